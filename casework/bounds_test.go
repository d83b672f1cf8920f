package casework

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// shelf is a storage of documents alone.
type shelf struct {
	Documents
	removed casefile.Digest
	states  map[casefile.Digest]casefile.DocumentState
	asked   int
}

func (s *shelf) Find(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	s.asked++
	doc := casefile.StoredDocument{Document: casefile.Document{Digest: digest, Title: "首次所用标题"}, State: s.states[digest],
		Uploads: []casefile.UploadRecord{{Person: "p1", Title: "自己的标题"}}}
	switch {
	case digest == s.removed || doc.State == casefile.DocumentRefused:
		doc.Withdrawn = true
		return doc, fmt.Errorf("removed: %w", casefile.ErrNotFound)
	case digest == "unknown":
		return casefile.StoredDocument{}, fmt.Errorf("unknown: %w", casefile.ErrNotFound)
	}
	return doc, nil
}

func (*shelf) Open(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(string(digest))), nil
}

func TestADocumentRemovedElsewhereDoesNotKeepACaseFromBeingExported(t *testing.T) {
	s := New(Options{Documents: &shelf{removed: "secret"}})
	c := casefile.Case{Documents: []casefile.Document{{Digest: "draft"}, {Digest: "secret"}, {Digest: "own", Withdrawn: true}}}
	got, err := s.documentContents(t.Context(), c)
	if err != nil || len(got) != 1 || string(got["draft"]) != "draft" {
		t.Errorf("got %q, %v; want the draft alone", got, err)
	}
	c.Documents = append(c.Documents, casefile.Document{Digest: "unknown"})
	if _, err := s.documentContents(t.Context(), c); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("a document that was never removed and is not there: %v, want not found", err)
	}
}

func TestAnActHoldsTheCaseForAFewDocumentsOnly(t *testing.T) {
	store := &shelf{}
	var many []string
	for n := range 5 * procedure.MaxItems {
		many = append(many, fmt.Sprintf("%064x", n), fmt.Sprintf("%064x", n), "no digest")
	}
	docs, err := New(Options{Documents: store}).named(t.Context(), "o",
		casefile.Act{With: casefile.Values{"a": many, "b": many[0], "c": []any{many[0], 1}}})
	if err != nil || len(docs) != maxNamed || store.asked != maxNamed {
		t.Errorf("%d documents, %d asked for, %v; want %d", len(docs), store.asked, err, maxNamed)
	}
}

func TestADocumentThatIsNotExaminedCannotBeNamed(t *testing.T) {
	waiting, harmful, clean := casefile.Digest(strings.Repeat("1", 64)), casefile.Digest(strings.Repeat("2", 64)), casefile.Digest(strings.Repeat("3", 64))
	s := New(Options{Documents: &shelf{states: map[casefile.Digest]casefile.DocumentState{
		waiting: casefile.DocumentQuarantined, harmful: casefile.DocumentRefused, clean: casefile.DocumentClean}}})
	act := func(d casefile.Digest) casefile.Act {
		return casefile.Act{Kind: "case.note", By: casefile.Actor{Person: "p1"}, With: casefile.Values{"attached": []string{string(d)}}}
	}
	for _, digest := range []casefile.Digest{waiting, harmful} {
		_, err := s.named(t.Context(), "o", act(digest))
		var refusal *casefile.Refusal
		if !errors.As(err, &refusal) || refusal.Code != casefile.RefusedQuarantined {
			t.Errorf("%.4s…: %v, want quarantined", digest, err)
		}
	}
	docs, err := s.named(t.Context(), "o", act(clean))
	if err != nil || len(docs) != 1 || docs[0].Title != "自己的标题" {
		t.Errorf("%+v, %v: want the clean document under the actor's own title", docs, err)
	}
}

func TestTheCategoryOfAMatterIsBounded(t *testing.T) {
	o := Opening{ID: "o1", Matter: casefile.Matter{Title: "方案", Category: strings.Repeat("类", maxCategory)}, By: casefile.Actor{Person: "p"}}
	if refusal := checkOpening(o); refusal != nil {
		t.Errorf("%d characters: %v", maxCategory, refusal)
	}
	for _, category := range []string{o.Matter.Category + "类", "\xff"} {
		o.Matter.Category = category
		if refusal := checkOpening(o); refusal == nil || refusal.Field != "category" {
			t.Errorf("%.10q: %v, want refused", category, refusal)
		}
	}
}

func TestATitleHoldsWhatCanBeSeen(t *testing.T) {
	for title, ok := range map[string]bool{"垃圾分类 方案（草案）": true, "a\x00b": false, "a\nb": false, "Plan\u202efdp": false, "方\u200b案": false, "\xff": false} {
		o := Opening{ID: "o1", Matter: casefile.Matter{Title: title}, By: casefile.Actor{Person: "p"}}
		if refusal := checkOpening(o); (refusal == nil) != ok || refusal != nil && refusal.Field != "title" {
			t.Errorf("%q: %v", title, refusal)
		}
	}
}
