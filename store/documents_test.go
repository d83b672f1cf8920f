package store_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
)

// add notes a clean document whose bytes are stored elsewhere.
func add(t *testing.T, db *database, content string) casefile.Document {
	t.Helper()
	doc := casefile.Document{Digest: digest([]byte(content)), Title: "草案", MediaType: "text/plain", Size: int64(len(content))}
	addAs(t, db, casefile.StoredDocument{Document: doc, State: casefile.DocumentClean}, "p1")
	return doc
}

func addAs(t *testing.T, db *database, doc casefile.StoredDocument, by casefile.PersonID) casefile.StoredDocument {
	t.Helper()
	if err := db.ExpectDocument(t.Context(), testOrgan, doc.Digest); err != nil {
		t.Fatal(err)
	}
	out, err := db.AddDocument(t.Context(), testOrgan, doc, by)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// inline puts a document into the table with its content, as documents were kept
// before there was a storage.
func inline(t *testing.T, db *database, content []byte) casefile.Document {
	t.Helper()
	doc := add(t, db, string(content))
	if err := db.exec(t.Context(), `UPDATE documents SET content = ? WHERE digest = ?`, content, doc.Digest); err != nil {
		t.Fatal(err)
	}
	return doc
}

// removable checks which bytes are to be removed.
func removable(t *testing.T, db *database, expectedBefore time.Time, want ...casefile.Digest) {
	t.Helper()
	refs, err := db.RemovableDocuments(t.Context(), expectedBefore, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []casefile.Digest
	for _, ref := range refs {
		if ref.Organ != testOrgan {
			t.Errorf("organ %q", ref.Organ)
		}
		got = append(got, ref.Digest)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bytes to be removed (-want +got):\n%s", diff)
	}
}

// remove removes the bytes of a document and reports whether it came to that.
func remove(t *testing.T, db *database, digest casefile.Digest) (removed bool) {
	t.Helper()
	err := db.RemoveDocument(t.Context(), testOrgan, digest, time.Time{}, func(context.Context) error {
		removed = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return removed
}

func TestADocumentIsOfItsOrganAndCanBeRemoved(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		doc := add(t, db, "草案\x00")
		renamed := casefile.StoredDocument{Document: doc, State: casefile.DocumentQuarantined}
		renamed.Title = "另一名称"
		addAs(t, db, renamed, "p2")
		got, err := db.StoredDocument(t.Context(), testOrgan, doc.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(toJSON(t, doc), toJSON(t, got.Document)); diff != "" || got.State != casefile.DocumentClean || got.Inline {
			t.Errorf("document (-want +got):\n%s %+v", diff, got)
		}
		if got.For("p2").Title != "另一名称" || got.For("p3").Title != "草案" || !got.UploadedBy("p2") || got.UploadedBy("p3") || got.UploadedBy("") {
			t.Errorf("uploads: %+v", got.Uploads)
		}
		if _, err := db.StoredDocument(t.Context(), "other", doc.Digest); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("another organ: %v, want not found", err)
		}
		removable(t, db, time.Time{})
		for range 2 {
			if err := db.PurgeDocument(t.Context(), testOrgan, doc.Digest); err != nil {
				t.Fatal(err)
			}
		}
		left, err := db.StoredDocument(t.Context(), testOrgan, doc.Digest)
		if !errors.Is(err, casefile.ErrNotFound) || !left.Withdrawn || left.Title != "草案" {
			t.Errorf("after the purge: %+v %v, want the title, not found", left, err)
		}
		removable(t, db, time.Time{}, doc.Digest)
		if !remove(t, db, doc.Digest) || remove(t, db, doc.Digest) {
			t.Error("bytes are removed once")
		}
		removable(t, db, time.Time{})
		if again := addAs(t, db, renamed, "p2"); again.Title != renamed.Title || again.State != casefile.DocumentQuarantined {
			t.Errorf("added again: %+v, want %q in quarantine", again, renamed.Title)
		}
		renamed.Title = "a\x00"
		if _, err := db.AddDocument(t.Context(), testOrgan, renamed, "p1"); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("title with a zero character: %v, want invalid", err)
		}
	})
}

func TestBytesThatWereExpectedAndNeverAddedAreRemoved(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		lost, kept := digest([]byte("上传中断")), add(t, db, "上传完成").Digest
		for _, d := range []casefile.Digest{lost, kept} { // kept comes in once more, and that upload is lost
			if err := db.ExpectDocument(t.Context(), testOrgan, d); err != nil {
				t.Fatal(err)
			}
		}
		removable(t, db, time.Now().Add(-time.Hour))
		later := time.Now().Add(time.Hour)
		removable(t, db, later, lost, kept)
		for d, want := range map[casefile.Digest]bool{lost: true, kept: false} {
			removed := false
			if err := db.RemoveDocument(t.Context(), testOrgan, d, later, func(context.Context) error { removed = true; return nil }); err != nil {
				t.Fatal(err)
			}
			if removed != want {
				t.Errorf("removed: %t, want %t", removed, want)
			}
		}
		removable(t, db, later)
	})
}

func TestARemovalThatFailsIsStillToBeDone(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		doc := add(t, db, "涉密内容")
		if err := db.PurgeDocument(t.Context(), testOrgan, doc.Digest); err != nil {
			t.Fatal(err)
		}
		broken := errors.New("storage does not answer")
		if err := db.RemoveDocument(t.Context(), testOrgan, doc.Digest, time.Time{}, func(context.Context) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("removal: %v", err)
		}
		removable(t, reopened(t, db), time.Time{}, doc.Digest)
		addAs(t, db, casefile.StoredDocument{Document: doc, State: casefile.DocumentClean}, "p1")
		if remove(t, db, doc.Digest) {
			t.Error("bytes of a document that was stored again were removed")
		}
	})
}

// reopened is the database as another process sees it.
func reopened(t *testing.T, db *database) *database {
	return &database{Store: reopen(t, db.url), url: db.url, raw: db.raw, postgres: db.postgres}
}

func TestADocumentLeavesQuarantineOnce(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		put := func(content string) casefile.Digest {
			doc := casefile.Document{Digest: digest([]byte(content)), Title: "附件", Size: 1}
			addAs(t, db, casefile.StoredDocument{Document: doc, State: casefile.DocumentQuarantined}, "p1")
			return doc.Digest
		}
		good, bad := put("好"), put("坏")
		waiting, err := db.QuarantinedDocuments(t.Context(), 10)
		if err != nil || len(waiting) != 2 {
			t.Fatalf("waiting: %v %v", waiting, err)
		}
		settle := func(d casefile.Digest, state casefile.DocumentState) {
			if err := db.SettleDocument(t.Context(), testOrgan, d, state, "含病毒"); err != nil {
				t.Fatal(err)
			}
		}
		settle(good, casefile.DocumentClean)
		settle(bad, casefile.DocumentRefused)
		settle(good, casefile.DocumentRefused) // it is out of quarantine
		if doc, err := db.StoredDocument(t.Context(), testOrgan, good); err != nil || doc.State != casefile.DocumentClean {
			t.Errorf("good: %+v %v", doc, err)
		}
		if doc, err := db.StoredDocument(t.Context(), testOrgan, bad); !errors.Is(err, casefile.ErrNotFound) || doc.State != casefile.DocumentRefused || doc.Reason != "含病毒" {
			t.Errorf("bad: %+v %v", doc, err)
		}
		removable(t, db, time.Time{}, bad)
		if waiting, err = db.QuarantinedDocuments(t.Context(), 10); err != nil || len(waiting) != 0 {
			t.Errorf("waiting: %v %v", waiting, err)
		}
	})
}

func TestTheStricterLevelCountsUntilACaseFilesIt(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		doc := casefile.StoredDocument{Document: casefile.Document{Digest: digest([]byte("方案")), Title: "方案", Size: 1}, State: casefile.DocumentClean}
		for _, step := range []struct{ given, want casefile.Level }{
			{casefile.LevelPublic, casefile.LevelPublic},
			{casefile.LevelInternal, casefile.LevelInternal},
			{casefile.LevelPublic, casefile.LevelInternal},
			{casefile.LevelRestricted, casefile.LevelRestricted},
			{casefile.LevelInternal, casefile.LevelRestricted},
		} {
			doc.Level = step.given
			if got := addAs(t, db, doc, "p1"); got.Level != step.want {
				t.Errorf("stored as %q: level %q, want %q", step.given, got.Level, step.want)
			}
		}
		other := add(t, db, "已归档的方案")
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		e := actEntry(testOrgan, "c1", 2)
		e.Documents = []casefile.Document{other}
		record(t, db.Store, e)
		other.Level = casefile.LevelRestricted
		if got := addAs(t, db, casefile.StoredDocument{Document: other, State: casefile.DocumentClean}, "p9"); got.Level != casefile.LevelInternal {
			t.Errorf("a filed document became %q", got.Level)
		}
		cases, err := db.CasesWithDocument(t.Context(), testOrgan, other.Digest, 10)
		if err != nil || len(cases) != 1 || cases[0] != "c1" {
			t.Errorf("cases with it: %v %v", cases, err)
		}
		if cases, err = db.CasesWithDocument(t.Context(), "other", other.Digest, 10); err != nil || len(cases) != 0 {
			t.Errorf("cases of another organ: %v %v", cases, err)
		}
	})
}

// What was stored before there was a storage is read from the table, and purging
// it leaves nothing in either place.
func TestADocumentInTheTableIsReadAndRemoved(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		content := []byte("旧文件" + strings.Repeat("x", 1000))
		doc := inline(t, db, content)
		got, err := db.StoredDocument(t.Context(), testOrgan, doc.Digest)
		if err != nil || !got.Inline {
			t.Fatalf("%+v %v", got, err)
		}
		if b, err := db.InlineContent(t.Context(), testOrgan, doc.Digest); err != nil || !bytes.Equal(b, content) {
			t.Errorf("content: %q %v", b, err)
		}
		if err := db.PurgeDocument(t.Context(), testOrgan, doc.Digest); err != nil {
			t.Fatal(err)
		}
		if _, err := db.InlineContent(t.Context(), testOrgan, doc.Digest); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("after the purge: %v", err)
		}
		removable(t, db, time.Time{}, doc.Digest)
	})
}

func TestPracticeRemovesNoDocumentThatAnotherCaseFiles(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		shared, own := add(t, db, "正式案件的草案"), add(t, db, "演练的草案")
		record(t, db.Store, openingEntry(testOrgan, "real", "方案"))
		filed := actEntry(testOrgan, "real", 2)
		filed.Documents = []casefile.Document{shared}
		record(t, db.Store, filed)

		drill := openingEntry(testOrgan, "drill", "演练")
		drill.Practice = true
		record(t, db.Store, drill)
		sealed := actEntry(testOrgan, "drill", 2)
		sealed.Documents, sealed.Withdrawn = []casefile.Document{shared, own}, []casefile.Digest{shared.Digest, own.Digest}
		record(t, db.Store, sealed)

		if _, err := db.StoredDocument(t.Context(), testOrgan, shared.Digest); err != nil {
			t.Errorf("the document of the real case: %v", err)
		}
		if _, err := db.StoredDocument(t.Context(), testOrgan, own.Digest); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("the document of the practice case alone: %v, want not found", err)
		}
		removable(t, db, time.Time{}, own.Digest)
	})
}
