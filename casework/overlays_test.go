package casework

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// inUse are the rule packs in use for one organ.
type inUse struct {
	organ casefile.OrganID
	packs []*rules.Pack
	asked []legaltime.Date
}

func (u *inUse) InUse(_ context.Context, organ casefile.OrganID, on legaltime.Date) ([]*rules.Pack, error) {
	u.asked = append(u.asked, on)
	if organ != u.organ {
		return nil, nil
	}
	return u.packs, nil
}

func shippedLibrary(t *testing.T) *Library {
	t.Helper()
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	source, err := procedure.Shipped("cn.major-decision.2019.yaml")
	if err != nil {
		t.Fatal(err)
	}
	def, err := procedure.Load(source.Name, source.Content)
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLibrary([]*procedure.Definition{def}, packs, calendar)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// next gives a pack as the revision after itself.
func next(t *testing.T, p *rules.Pack) *rules.Pack {
	t.Helper()
	a := txtar.Parse(p.Archive())
	own := regexp.MustCompile(`(?m)^revision: .*\n`)
	for i, f := range a.Files {
		if f.Name == "pack.yaml" {
			a.Files[i].Data = fmt.Appendf(own.ReplaceAll(f.Data, nil), "revision: %d\n", p.Revision()+1)
		}
	}
	again, err := rules.ParseArchive(txtar.Format(a), p.Stack()...)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestWhatJudgesANewCase(t *testing.T) {
	t.Parallel()
	library := shippedLibrary(t)
	base, shanghai := library.packs["cn.713@2019"], library.packs["cn.shanghai@2020"]
	second, local := next(t, base), next(t, shanghai)
	start, err := legaltime.ParseDate("2024-03-01")
	if err != nil {
		t.Fatal(err)
	}
	name := func(p *rules.Pack) string {
		if p.Digest() == library.packs[p.Name()].Digest() {
			return p.Name() + " shipped"
		}
		return p.Name() + " next"
	}
	for _, tt := range []struct {
		what     string
		organ    casefile.OrganID
		active   []*rules.Pack
		overlays []string
		want     []string
		refused  string
	}{
		{what: "nothing in use", organ: "pudong", want: []string{"cn.713@2019 shipped"}},
		{what: "an overlay in use", organ: "pudong", active: []*rules.Pack{local}, want: []string{"cn.713@2019 shipped", "cn.shanghai@2020 next"}},
		{what: "for another organ", organ: "suzhou", active: []*rules.Pack{local}, want: []string{"cn.713@2019 shipped"}},
		{what: "the base itself mended", organ: "pudong", active: []*rules.Pack{second}, want: []string{"cn.713@2019 next"}},
		{what: "overlay first in the list", organ: "pudong", active: []*rules.Pack{local, second}, want: []string{"cn.713@2019 next", "cn.shanghai@2020 next"}},
		{what: "an older base than the shipped one", organ: "pudong", active: []*rules.Pack{base}, want: []string{"cn.713@2019 shipped"}},
		{what: "named, shipped", organ: "pudong", overlays: []string{"cn.shanghai@2020"}, want: []string{"cn.713@2019 shipped", "cn.shanghai@2020 shipped"}},
		{what: "named, in use", organ: "pudong", active: []*rules.Pack{local, second}, overlays: []string{"cn.shanghai@2020"},
			want: []string{"cn.713@2019 next", "cn.shanghai@2020 next"}},
		{what: "named none", organ: "pudong", active: []*rules.Pack{local}, overlays: []string{}, want: []string{"cn.713@2019 shipped"}},
		{what: "named and unknown", organ: "pudong", overlays: []string{"cn.nowhere@2020"}, refused: "there is no such rule pack"},
		{what: "named and no overlay", organ: "pudong", overlays: []string{"cn.713@2019"}, refused: "not laid over another pack"},
		{what: "named twice", organ: "pudong", overlays: []string{"cn.shanghai@2020", "cn.shanghai@2020"}, refused: "named twice"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			use := &inUse{organ: "pudong", packs: tt.active}
			s := New(Options{Library: library, Releases: use})
			packs, err := s.packsFor(t.Context(), library.Definitions()[0], Opening{Organ: tt.organ, Overlays: tt.overlays}, start)
			var refusal *casefile.Refusal
			if tt.refused != "" {
				if !errors.As(err, &refusal) || !strings.Contains(refusal.Message.EN, tt.refused) || refusal.Field != "overlays" {
					t.Errorf("got %v, want %q", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range packs {
				got = append(got, name(p))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if len(use.asked) != 1 || use.asked[0] != start {
				t.Errorf("asked for %v, want %s", use.asked, start)
			}
		})
	}
}

func TestOnlyPracticeCasesNameTheirOverlays(t *testing.T) {
	t.Parallel()
	o := Opening{ID: "o1", Matter: casefile.Matter{Title: "方案"}, By: casefile.Actor{Person: "p"}, Overlays: []string{"cn.shanghai@2020"}}
	if refusal := checkOpening(o); refusal == nil || refusal.Field != "overlays" {
		t.Errorf("a real case names its own: %v", refusal)
	}
}
