package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
)

// shelf holds the cases that a list is drawn from, beside the store.
type shelf struct {
	db    *store.Store
	cases map[casefile.ID]*shelved
	clock int // minutes; several cases share one
}

type shelved struct {
	sequence  int64
	title     string
	category  string
	practice  bool
	status    casefile.Status
	step      string
	openedOn  legaltime.Date
	openedAt  int64
	updatedAt int64
}

func (s *shelf) at() time.Time {
	return time.Date(2024, time.March, 1, 1, 0, 0, 0, time.UTC).Add(time.Duration(s.clock) * 6 * time.Hour)
}

func (s *shelf) open(ctx context.Context, t *rapid.T) {
	id := casefile.ID(fmt.Sprintf("c%02d", (len(s.cases)*37)%97)) // ids do not follow the instants
	c := &shelved{
		sequence: 1, status: casefile.StatusRunning, step: rapid.SampledFrom([]string{"intake", "study"}).Draw(t, "step"),
		title:    rapid.OneOf(rapid.StringOfN(rapid.SampledFrom([]rune("垃圾分类方案aA%_!")), 1, 6, -1), numbered).Draw(t, "title"),
		category: rapid.SampledFrom([]string{"policy", "plan"}).Draw(t, "category"),
		practice: rapid.Bool().Draw(t, "practice"),
	}
	s.clock += rapid.IntRange(0, 1).Draw(t, "later")
	e := openingEntry(testOrgan, id, c.title)
	e.At, e.Practice, e.Matter.Category, e.Entered[0].Step = s.at(), c.practice, c.category, c.step
	e.On = legaltime.DateIn(e.At, legaltime.China)
	c.openedOn, c.openedAt, c.updatedAt = e.On, e.At.UnixMilli(), e.At.UnixMilli()
	if _, err := s.db.Record(ctx, e); err != nil {
		t.Fatal(err)
	}
	s.cases[id] = c
}

// update records an entry that moves a case, and perhaps closes it or takes it to
// another step.
func (s *shelf) update(ctx context.Context, t *rapid.T) casefile.ID {
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(s.cases))).Draw(t, "which")
	c := s.cases[id]
	s.clock++
	c.sequence++
	e := actEntry(testOrgan, id, c.sequence)
	e.At, e.Practice, e.Step, e.Act.Kind = s.at(), c.practice, c.step, c.step+".note"
	switch {
	case c.status == casefile.StatusClosed:
		e.Step, e.Round, e.Act.Kind = "", 0, "case.note"
	case rapid.Bool().Draw(t, "move on"):
		e.Outcome, e.Entered = "done", []casefile.Entered{{Step: "drafting", Round: int(c.sequence), Applies: true}}
		c.step = "drafting"
	case rapid.IntRange(0, 3).Draw(t, "close") == 0:
		e.Outcome, e.Status, e.End = "done", casefile.StatusClosed, "archived"
		c.status, c.step = casefile.StatusClosed, ""
	}
	e.Round = 1
	if got, err := s.db.Case(ctx, id); err == nil && len(got.ActiveSteps()) == 1 {
		e.Round = got.ActiveSteps()[0].Round
	}
	if _, err := s.db.Record(ctx, e); err != nil {
		t.Fatal(err)
	}
	c.updatedAt = e.At.UnixMilli()
	return id
}

// want gives what a filter finds, in order, by looking at every case.
func (s *shelf) want(f store.Filter) []casefile.ID {
	out := []casefile.ID{}
	for id, c := range s.cases {
		if f.Practice != nil && *f.Practice != c.practice || f.Status != "" && f.Status != c.status ||
			f.Category != "" && f.Category != c.category || f.Step != "" && f.Step != c.step ||
			f.Procedure != "" && f.Procedure != "cn.major-decision@2019" ||
			!f.OpenedFrom.IsZero() && c.openedOn.Before(f.OpenedFrom) || !f.OpenedUntil.IsZero() && c.openedOn.After(f.OpenedUntil) ||
			!strings.Contains(strings.ToLower(c.title), strings.ToLower(strings.TrimSpace(f.Query))) {
			continue
		}
		out = append(out, id)
	}
	at := func(id casefile.ID) int64 {
		if f.Sort == store.SortUpdated {
			return s.cases[id].updatedAt
		}
		return s.cases[id].openedAt
	}
	slices.SortFunc(out, func(a, b casefile.ID) int {
		order := int(at(a) - at(b))
		if order == 0 {
			order = strings.Compare(string(a), string(b))
		}
		if f.Ascending {
			return order
		}
		return -order
	})
	return out
}

// numbered are texts with numbers, some longer than a gram.
var numbered = rapid.StringOfN(rapid.SampledFrom([]rune("第号000022")), 1, 9, -1)

func drawFilter(t *rapid.T) store.Filter {
	maybe := func(name string, values ...string) string {
		return rapid.SampledFrom(append(values, "", "")).Draw(t, name)
	}
	f := store.Filter{
		Organ: testOrgan, Category: maybe("category", "policy", "plan"), Status: casefile.Status(maybe("status", "running", "closed")),
		Step: maybe("step", "intake", "drafting"), Procedure: maybe("procedure", "cn.major-decision@2019", "none"),
		Sort: maybe("sort", store.SortOpened, store.SortUpdated), Ascending: rapid.Bool().Draw(t, "ascending"),
		Limit: rapid.IntRange(1, 4).Draw(t, "limit"),
	}
	f.Query = rapid.OneOf(rapid.Just(""), rapid.StringOfN(rapid.SampledFrom([]rune("垃圾分类方案a%_!")), 1, 3, -1), numbered).Draw(t, "query")
	switch rapid.IntRange(0, 2).Draw(t, "practice") {
	case 1:
		f.Practice = new(bool)
	case 2:
		yes := true
		f.Practice = &yes
	}
	if rapid.Bool().Draw(t, "from") {
		f.OpenedFrom = march1.AddDays(rapid.IntRange(0, 3).Draw(t, "from day"))
	}
	if rapid.Bool().Draw(t, "until") {
		f.OpenedUntil = march1.AddDays(rapid.IntRange(1, 5).Draw(t, "until day"))
	}
	return f
}

// turn reads all pages of a list; between two of them something may happen.
func turn(ctx context.Context, t *rapid.T, db *store.Store, f store.Filter, between func()) []casefile.ID {
	seen := []casefile.ID{}
	for page := 0; ; page++ {
		cases, next, err := db.List(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(cases) > f.Limit || page > 300 {
			t.Fatalf("page %d has %d cases, limit %d", page, len(cases), f.Limit)
		}
		seen = append(seen, ids(cases)...)
		if f.After = next; next == "" {
			return seen
		}
		between()
	}
}

// Every filter, order and bound finds what looking at every case finds.
func TestListsFindWhatLookingAtEveryCaseFinds(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		db.Bound(3, 2, 4)
		s := &shelf{db: db.Store, cases: map[casefile.ID]*shelved{}}
		rapid.Check(t, func(rt *rapid.T) {
			if len(s.cases) < 40 {
				s.open(t.Context(), rt)
				s.update(t.Context(), rt)
			}
			f := drawFilter(rt)
			want := s.want(f)
			if diff := cmp.Diff(want, turn(t.Context(), rt, db.Store, f, func() {})); diff != "" {
				rt.Errorf("%+v (-want +got):\n%s", f, diff)
			}
			n, whole, err := db.Count(t.Context(), f)
			if err != nil || n > int64(len(want)) || whole && n != int64(len(want)) {
				rt.Errorf("%+v: counted %d (whole: %t, %v), want %d", f, n, whole, err, len(want))
			}
		})
	})
}

// Whoever turns the pages while cases are opened and go on sees every case that
// was there all the time once, in the order that a case keeps; in the order of the
// last entries, every one that stayed as it is once, and none is lost where the
// oldest come first.
func TestPagesNeitherRepeatNorLoseWhatWasThereAllTheTime(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		db.Bound(3, 2, 4)
		s := &shelf{db: db.Store, cases: map[casefile.ID]*shelved{}}
		rapid.Check(t, func(rt *rapid.T) {
			for range 3 {
				if len(s.cases) < 60 {
					s.open(t.Context(), rt)
				}
			}
			f := store.Filter{Organ: testOrgan, Limit: rapid.IntRange(1, 9).Draw(rt, "limit"), Ascending: rapid.Bool().Draw(rt, "ascending"),
				Sort:  rapid.SampledFrom([]string{store.SortOpened, store.SortUpdated}).Draw(rt, "sort"),
				Query: rapid.SampledFrom([]string{"", "", "a"}).Draw(rt, "query")}
			before, moved := s.want(f), map[casefile.ID]bool{}
			happened := 0
			seen := turn(t.Context(), rt, db.Store, f, func() {
				if happened++; happened > 6 {
					return
				}
				if rapid.Bool().Draw(rt, "open") && len(s.cases) < 80 {
					s.open(t.Context(), rt)
				}
				moved[s.update(t.Context(), rt)] = true
			})
			times := map[casefile.ID]int{}
			for _, id := range seen {
				times[id]++
			}
			for _, id := range before {
				steady := f.Sort == store.SortOpened || !moved[id]
				if steady && times[id] != 1 || f.Ascending && times[id] == 0 {
					rt.Errorf("sort %s, ascending %t: case %s seen %d times (it moved: %t)", f.Sort, f.Ascending, id, times[id], moved[id])
				}
			}
		})
	})
}

func TestACursorOfAnotherOrderIsRefused(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		openCase(t, db, "a", "方案", 1)
		openCase(t, db, "b", "方案", 2)
		_, next, err := db.List(t.Context(), store.Filter{Organ: testOrgan, Limit: 1})
		if err != nil || next == "" {
			t.Fatal(next, err)
		}
		for _, f := range []store.Filter{{Sort: store.SortUpdated}, {Ascending: true}, {Sort: "size"}} {
			f.Organ, f.After = testOrgan, next
			if _, _, err := db.List(t.Context(), f); err == nil {
				t.Errorf("%+v was listed", f)
			}
		}
	})
}

// What an older program wrote is listed when the database is opened.
func TestCasesOfAnOlderProgramAreListed(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		openCase(t, db, "a", "普陀区生活垃圾分类方案", 1)
		openCase(t, db, "b", "公交方案", 2)
		later := actEntry(testOrgan, "a", 2)
		later.At = later.At.Add(10 * time.Hour)
		record(t, db.Store, later)
		for _, statement := range []string{`DELETE FROM case_terms`, `UPDATE cases SET listed = 0, updated_at = 0`} {
			if err := db.exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		s := reopen(t, db.url)
		for _, f := range []store.Filter{{Query: "垃圾"}, {Query: "垃圾分类", Step: "intake"}, {Sort: store.SortUpdated, Limit: 1}} {
			f.Organ = testOrgan
			cases, _, err := s.List(t.Context(), f)
			if err != nil || len(cases) != 1 || cases[0].ID != "a" {
				t.Errorf("%+v: %v, %v; want case a", f, ids(cases), err)
			}
		}
		record(t, s, actEntry(testOrgan, "a", 3))
	})
}
