package casework

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// shelf is a store of documents alone.
type shelf struct {
	Store
	removed casefile.Digest
	asked   int
}

func (s *shelf) Document(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (casefile.Document, []byte, error) {
	s.asked++
	switch digest {
	case s.removed:
		return casefile.Document{Digest: digest, Withdrawn: true}, nil, fmt.Errorf("removed: %w", casefile.ErrNotFound)
	case "unknown":
		return casefile.Document{}, nil, fmt.Errorf("unknown: %w", casefile.ErrNotFound)
	}
	return casefile.Document{Digest: digest}, []byte(digest), nil
}

func TestADocumentRemovedElsewhereDoesNotKeepACaseFromBeingExported(t *testing.T) {
	s := New(Options{Store: &shelf{removed: "secret"}})
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
	docs, err := New(Options{Store: store}).named(t.Context(), "o", casefile.Values{"a": many, "b": many[0], "c": []any{many[0], 1}})
	if err != nil || len(docs) != maxNamed || store.asked != maxNamed {
		t.Errorf("%d documents, %d asked for, %v; want %d", len(docs), store.asked, err, maxNamed)
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
