package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

// population is a store that knows ids alone.
type population struct {
	Store
	ids map[casefile.OrganID][]casefile.ID
}

func (p population) IDs(_ context.Context, f Filter, most int) ([]casefile.ID, error) {
	return slices.Clone(p.ids[f.Organ][:min(most, len(p.ids[f.Organ]))]), nil
}

func (p population) Summaries(_ context.Context, ids []casefile.ID) ([]Summary, error) {
	out := []Summary{}
	for _, id := range slices.Backward(ids) {
		out = append(out, Summary{ID: id})
	}
	return out, nil
}

func (d Draw) ids() []casefile.ID {
	var out []casefile.ID
	for _, c := range d.Cases {
		out = append(out, c.ID)
	}
	return out
}

func TestASampleIsDrawnAgainFromItsSeed(t *testing.T) {
	p := population{ids: map[casefile.OrganID][]casefile.ID{}}
	for i := range 1000 {
		of := casefile.OrganID(fmt.Sprintf("o%d", i%3))
		p.ids[of] = append(p.ids[of], casefile.ID(fmt.Sprintf("case-%04d", i)))
	}
	s := New(Options{Store: p})
	draw := func(seed string, n int, organs ...casefile.OrganID) Draw {
		d, err := s.Sample(t.Context(), organs, Filter{}, seed, n)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first := draw("1 May", 20, "o0", "o1", "o2")
	slices.Reverse(p.ids["o1"])
	again := draw("1 May", 20, "o2", "o1", "o0")
	if !slices.Equal(first.ids(), again.ids()) || first.Population != 1000 || len(first.Cases) != 20 {
		t.Errorf("another order of the cases gives another sample of %d:\n%v\n%v", first.Population, first.ids(), again.ids())
	}
	if other := draw("2 May", 20, "o0", "o1", "o2"); slices.Equal(first.ids(), other.ids()) {
		t.Error("another seed gives the same sample")
	}
	if more := draw("1 May", 40, "o0", "o1", "o2"); !slices.Equal(more.ids()[:20], first.ids()) {
		t.Error("a larger sample of the same seed does not hold the smaller one")
	}
	if all := draw("x", 200, "nobody's"); all.Population != 0 || len(all.Cases) != 0 {
		t.Errorf("of nothing: %+v", all)
	}
	// The documented hash, so that others can draw with their own tools:
	// printf 'seed\ncase-0001' | sha256sum
	p.ids["one"] = []casefile.ID{"case-0001"}
	if got := draw("seed", 1, "one").Cases[0].Hash; got != "be1045cca42d364445464f0c71f979e47152475c3ba50a3004a5330538436c2b" {
		t.Errorf("hash %s", got)
	}
}

func TestASampleThatCannotBeDrawn(t *testing.T) {
	s := New(Options{Store: population{ids: map[casefile.OrganID][]casefile.ID{"o": make([]casefile.ID, MaxPopulation+5)}}})
	for _, tt := range []struct {
		seed, field string
		n           int
	}{{"", "seed", 1}, {" ", "seed", 1}, {"a\nb", "seed", 1}, {"x", "n", 0}, {"x", "n", 201}, {"x", "", 1}} {
		_, err := s.Sample(t.Context(), []casefile.OrganID{"o"}, Filter{}, tt.seed, tt.n)
		var refusal *casefile.Refusal
		if !errors.As(err, &refusal) || refusal.Field != tt.field || !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("seed %q of %d: %v", tt.seed, tt.n, err)
		}
	}
}
