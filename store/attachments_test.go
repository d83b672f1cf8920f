package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/legaltime"
)

// attached is a file whose bytes are expected on the shelf of a consultation.
func attached(t *testing.T, db *database, consultation, content string) consult.Attachment {
	t.Helper()
	a := consult.Attachment{Digest: digest([]byte(content)), Name: content + ".txt", MediaType: "text/plain", Size: int64(len(content)), State: casefile.DocumentClean}
	if err := db.ExpectDocument(t.Context(), consult.Shelf(consultation), a.Digest); err != nil {
		t.Fatal(err)
	}
	return a
}

// onShelf reports whether a file is recorded as a document of a consultation.
func onShelf(t *testing.T, db *database, consultation string, a consult.Attachment) bool {
	t.Helper()
	_, err := db.StoredDocument(t.Context(), consult.Shelf(consultation), a.Digest)
	if err != nil && !errors.Is(err, casefile.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// A comment and its files are recorded together, to the last instant; a late one
// records neither.
func TestFilesAreRecordedWithTheirCommentOrNotAtAll(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		id := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil)
		end := date("2026-04-01").Start(legaltime.China)
		now := end.Add(-time.Millisecond)
		s := consult.New(db, func() time.Time { return now })
		one, two := attached(t, db, id, "附件一"), attached(t, db, id, "附件二")
		receipt, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: "见附件", Attachments: []consult.Attachment{one, two}})
		if err != nil {
			t.Fatal(err)
		}
		now = end
		late := attached(t, db, id, "附件三")
		if _, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: "晚了", Attachments: []consult.Attachment{late, one}}); !errors.Is(err, consult.ErrClosed) {
			t.Errorf("late: %v", err)
		}
		if !onShelf(t, db, id, one) || !onShelf(t, db, id, two) || onShelf(t, db, id, late) {
			t.Error("the files of the comment are recorded, and no others")
		}
		if _, err := db.StoredDocument(t.Context(), testOrgan, one.Digest); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a file is a document of the organ: %v", err)
		}
		refs, err := db.RemovableDocuments(t.Context(), time.Now().Add(time.Hour), 10)
		if err != nil || len(refs) != 1 || refs[0].Digest != late.Digest {
			t.Errorf("bytes to be removed: %v %v", refs, err)
		}
		list, err := db.Comments(t.Context(), id, 0, 10, "", false)
		if err != nil || len(list) != 1 {
			t.Fatalf("%v %+v", err, list)
		}
		if diff := cmp.Diff([]consult.Attachment{one, two}, list[0].Comment.Attachments); diff != "" || list[0].Attached != 2 {
			t.Errorf("attachments (-want +got):\n%s", diff)
		}
		said := list[0].Comment
		if want := said.Digest(receipt.Salt); want != receipt.Digest || want != list[0].Digest || consult.Link("", 1, receipt.At, want) != receipt.Chain {
			t.Error("the running hash is not over the files")
		}
		if said.Attachments = said.Attachments[:1]; said.Digest(receipt.Salt) == receipt.Digest {
			t.Error("a file that is left out changes nothing")
		}
	})
}

// Comments without files between those with files get none of theirs.
func TestFilesStandAtTheirComment(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		id, other := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil), calling(t, db, "c2", "2026-03-01", "2026-03-31", nil)
		s := consult.New(db, func() time.Time { return date("2026-03-10").Start(legaltime.China) })
		for n, of := range []string{id, id, id, other} {
			c := consult.Comment{Consultation: of, Text: "意见"}
			if n != 1 {
				c.Attachments = []consult.Attachment{attached(t, db, of, "同一附件")}
			}
			if _, err := s.Comment(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		for after, want := range map[int64][]int{0: {1, 0, 1}, 1: {0, 1}, 2: {1}} {
			list, err := db.Comments(t.Context(), id, after, 10, "", false)
			var got []int
			for _, r := range list {
				got = append(got, len(r.Comment.Attachments))
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("after %d (-want +got): %v\n%s", after, err, diff)
			}
		}
		if list, err := s.Comments(t.Context(), id, 0, 10, false); err != nil || list[0].Comment.Attachments != nil || list[0].Attached != 1 {
			t.Errorf("without people: %v %+v", err, list)
		}
	})
}

// A file goes with the last comment that brought it, its name with each.
func TestFilesThatAreWithdrawn(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		id := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil)
		s := consult.New(db, func() time.Time { return date("2026-03-10").Start(legaltime.China) })
		var receipts []string
		for range 2 {
			r, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: "见附件", Attachments: []consult.Attachment{attached(t, db, id, "联名信")}})
			if err != nil {
				t.Fatal(err)
			}
			receipts = append(receipts, r.Receipt)
		}
		a := consult.Attachment{Digest: digest([]byte("联名信"))}
		for n, there := range []bool{true, false} {
			for range 2 {
				if err := s.Withdraw(t.Context(), receipts[n]); err != nil {
					t.Fatal(err)
				}
			}
			if got := onShelf(t, db, id, a); got != there {
				t.Errorf("after %d withdrawn: on the shelf %t", n+1, got)
			}
			_, r, err := s.Lookup(t.Context(), receipts[n])
			if err != nil || len(r.Comment.Attachments) != 1 || r.Comment.Attachments[0].Name != "" || r.Comment.Attachments[0].State != consult.Removed || r.Comment.Digest(r.Salt) != r.Digest {
				t.Errorf("by the receipt: %v %+v", err, r)
			}
			if _, err := s.Attachment(t.Context(), id, int64(n+1), a.Digest); !errors.Is(err, casefile.ErrNotFound) {
				t.Errorf("a file that was withdrawn: %v", err)
			}
		}
		removed := false
		if err := db.RemoveDocument(t.Context(), consult.Shelf(id), a.Digest, time.Time{}, func(context.Context) error { removed = true; return nil }); err != nil || !removed {
			t.Errorf("bytes: %v, removed %t", err, removed)
		}
	})
}

// Whoever has stored bytes learns what became of them, also when nobody waits for
// the answer any more.
func TestACommentWithFilesIsNotGivenUp(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		id := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil)
		s := consult.New(db, func() time.Time { return date("2026-03-10").Start(legaltime.China) })
		a := attached(t, db, id, "附件")
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if r, err := s.Comment(gone, consult.Comment{Consultation: id, Text: "见附件", Attachments: []consult.Attachment{a}}); err != nil || r.Number != 1 || !onShelf(t, db, id, a) {
			t.Errorf("%v %+v", err, r)
		}
	})
}

func TestTheDatabaseRefusesToChangeWhatWasAttached(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		id := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil)
		s := consult.New(db, func() time.Time { return date("2026-03-10").Start(legaltime.China) })
		if _, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: "见附件", Attachments: []consult.Attachment{attached(t, db, id, "附件")}}); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{`UPDATE comment_attachments SET digest = 'x'`, `UPDATE comment_attachments SET number = 2`, `UPDATE comment_attachments SET size = 1`,
			`DELETE FROM comment_attachments`} {
			if err := db.exec(t.Context(), statement); err == nil {
				t.Errorf("%s succeeded", statement)
			}
		}
	})
}
