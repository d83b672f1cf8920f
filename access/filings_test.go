package access_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// makers are cases of organs that have papers on file.
type makers struct{ files }

const (
	sentText   = casefile.Digest("sent-text")
	sealedText = casefile.Digest("sealed-text")
	goneText   = casefile.Digest("gone-text")
	ownText    = casefile.Digest("own-text") // on file, and not sent
)

func (m *makers) Case(ctx context.Context, id casefile.ID) (casefile.Case, error) {
	c, err := m.files.Case(ctx, id)
	c.Documents = []casefile.Document{{Digest: sentText}, {Digest: sealedText, Level: casefile.LevelRestricted}, {Digest: goneText, Withdrawn: true}, {Digest: ownText}}
	return c, err
}

func (m *makers) Procedures() []*procedure.Definition {
	return []*procedure.Definition{{ID: "cn.filing-review", Version: "1", Open: procedure.Opening{Roles: []casefile.Role{"filing_clerk", "filing_reviewer", auth.Trainer}}}}
}

// sent is what every organ has filed, by the name of its case, which is that of the organ.
type sent struct{}

func (sent) Filed(_ context.Context, id casefile.ID) (access.Filed, error) {
	if !slices.Contains(organs(), casefile.OrganID(id)) {
		return access.Filed{}, fmt.Errorf("filing: %w", casefile.ErrNotFound)
	}
	return access.Filed{Case: id, Organ: casefile.OrganID(id), Filing: casefile.Filing{Papers: []casefile.Paper{{Digest: sentText}, {Digest: sealedText}, {Digest: goneText}}}}, nil
}

func (s sent) FiledBy(ctx context.Context, organs []casefile.OrganID, _ string, _ int) (list []access.Filed, next string, err error) {
	for _, organ := range organs {
		f, err := s.Filed(ctx, casefile.ID(organ))
		if err != nil {
			return nil, "", err
		}
		list = append(list, f)
	}
	return list, "", nil
}

// shelves have every document.
type shelves struct{ access.Documents }

func (shelves) Find(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	return casefile.StoredDocument{Document: casefile.Document{Digest: digest}, State: casefile.DocumentClean}, nil
}

func reviewing(t *testing.T) (*access.Guard, *makers) {
	t.Helper()
	directory, _, _ := ministry(t)
	m := &makers{}
	return access.New(access.Options{Cases: m, Directory: directory, Filings: sent{}, Documents: shelves{}}), m
}

func member(organ casefile.OrganID, roles ...casefile.Role) auth.Principal {
	return auth.Principal{Organ: organ, Person: casefile.PersonID(organ + "-somebody"), Roles: roles}
}

// What an organ has filed is read by those who review filings in the organ right above
// it, and by nobody else. They read no more than what was sent.
func TestWhoReadsWhatWasFiled(t *testing.T) {
	g, _ := reviewing(t)
	for _, tt := range []struct {
		name string
		by   auth.Principal
		want error
	}{
		{"a clerk of the organ above", member("district", "filing_clerk"), nil},
		{"a reviewer of the organ above", member("district", "filing_reviewer", "drafter"), nil},
		{"somebody else of the organ above", member("district", "drafter", "office", "chief"), casefile.ErrNotFound},
		{"a trainer of the organ above", member("district", auth.Trainer), casefile.ErrNotFound},
		{"an administrator of the organ above", member("district", auth.Administrator), casefile.ErrForbidden},
		{"a clerk of the organ itself", member("bureau", "filing_clerk"), casefile.ErrNotFound},
		{"a clerk of the organ below", member("station", "filing_clerk"), casefile.ErrNotFound},
		{"a clerk of an organ beside", member("beside", "filing_clerk"), casefile.ErrNotFound},
		{"the public", auth.Principal{}, auth.ErrUnauthenticated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := g.Filing(t.Context(), tt.by, "bureau")
			if !errors.Is(err, tt.want) {
				t.Errorf("the filing: %v, want %v", err, tt.want)
			}
			if _, err := g.FiledPaper(t.Context(), tt.by, "bureau", sentText); !errors.Is(err, tt.want) {
				t.Errorf("a paper: %v, want %v", err, tt.want)
			}
			if _, err := g.Case(t.Context(), tt.by, "bureau"); err == nil && tt.by.Organ != "bureau" {
				t.Error("the case itself is open")
			}
		})
	}
	clerk := member("district", "filing_clerk")
	if _, err := g.Filing(t.Context(), clerk, "station"); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("of two levels below: %v", err)
	}
	for _, digest := range []casefile.Digest{sealedText, goneText, ownText, "none"} {
		if _, err := g.FiledPaper(t.Context(), clerk, "bureau", digest); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("%s: %v", digest, err)
		}
	}
	if f, err := g.Filing(t.Context(), clerk, "bureau"); err != nil || len(f.Papers) != 1 {
		t.Errorf("%v: papers %v", err, f.Papers)
	}
	if list, _, def, err := g.Filings(t.Context(), clerk, "", 10); err != nil || len(list) != 1 || list[0].Organ != "bureau" || def.ID != "cn.filing-review" {
		t.Errorf("%v: list %v", err, list)
	}
	if _, _, _, err := g.Filings(t.Context(), member("district", "drafter"), "", 10); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("the list, to somebody else: %v", err)
	}
}

// A review names the case of the maker, although that case is not to be seen.
func TestAReviewFollowsWhatWasFiled(t *testing.T) {
	g, m := reviewing(t)
	opening := func(follows casefile.ID) casework.Opening {
		return casework.Opening{ID: "x", Procedure: "cn.filing-review@1", Matter: casefile.Matter{Title: "备案审查", Follows: follows}}
	}
	if _, err := g.Open(t.Context(), member("district", "filing_clerk"), access.As{}, opening("bureau")); err != nil || len(m.opened) != 1 {
		t.Errorf("%v: %d opened", err, len(m.opened))
	}
	var refusal *casefile.Refusal
	for _, by := range []auth.Principal{member("district", "drafter"), member("beside", "filing_clerk")} {
		if _, err := g.Open(t.Context(), by, access.As{}, opening("bureau")); !errors.As(err, &refusal) || len(m.opened) != 1 {
			t.Errorf("%s: %v, %d opened", by.Person, err, len(m.opened))
		}
	}
	act := casefile.Act{Kind: "reception.receive", With: casefile.Values{"case": "bureau"}}
	if _, err := g.Act(t.Context(), member("district", "filing_clerk"), access.As{}, "district", act, 0); err != nil {
		t.Errorf("naming it: %v", err)
	}
	if _, err := g.Act(t.Context(), member("district", "drafter"), access.As{}, "district", act, 0); !errors.As(err, &refusal) {
		t.Errorf("naming it, by somebody else: %v", err)
	}
}
