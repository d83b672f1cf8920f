package casework

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/impact"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// openCases is a store of open cases, each pinned to something.
type openCases struct {
	Store
	cases map[casefile.ID]casefile.Case
	asked []Filter
}

func (o *openCases) List(_ context.Context, f Filter) ([]Summary, string, error) {
	o.asked = append(o.asked, f)
	var out []Summary
	for _, id := range casefile.SortedNames(o.cases) {
		if c := o.cases[id]; c.Status == f.Status && !c.Practice && string(id) > f.After {
			if len(out) == f.Limit {
				return out, string(out[len(out)-1].ID), nil
			}
			out = append(out, Summary{ID: id, Status: c.Status})
		}
	}
	return out, "", nil
}

func (o *openCases) Case(_ context.Context, id casefile.ID) (casefile.Case, error) {
	return o.cases[id], nil
}

func (o *openCases) PutContent(context.Context, string, casefile.Digest, []byte) error { return nil }

// moving lets every case move but one.
type moving struct {
	Judges
	stuck casefile.ID
}

func (m moving) MayAdopt(_ context.Context, c casefile.Case, _ casefile.Pinned, _ legaltime.Date) (*casefile.Refusal, error) {
	if c.ID == m.stuck {
		return &casefile.Refusal{Code: casefile.RefusedNotPossible}, nil
	}
	return nil, nil //nolint:nilnil // nothing stands in the way
}

func TestOpenCasesThatTheCurrentReleaseWouldJudge(t *testing.T) {
	t.Parallel()
	library := shippedLibrary(t)
	def := library.Definitions()[0]
	store := &openCases{cases: map[casefile.ID]casefile.Case{}}
	s := New(Options{Library: library, Store: store, Judges: moving{stuck: "old"}})
	now, err := library.pin(t.Context(), def, []*rules.Pack{library.packs["cn.713@2019"]}, store)
	if err != nil {
		t.Fatal(err)
	}
	old := now
	old.Packs = []casefile.PinnedPack{{Pack: "cn.713@2019", Digest: "another"}}
	older := old
	older.Calendar = "another"
	for id, pinned := range map[casefile.ID]casefile.Pinned{"new": now, "old": old, "older": older, "closed": old, "drill": old, "held": old} {
		store.cases[id] = casefile.Case{ID: id, Pinned: pinned, Status: casefile.StatusRunning, Practice: id == "drill"}
	}
	closed, held := store.cases["closed"], store.cases["held"]
	closed.Status, held.Status = casefile.StatusClosed, casefile.StatusSuspended
	store.cases["closed"], store.cases["held"] = closed, held
	got, err := s.Impact(t.Context(), "organ", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Open != 4 || !got.Whole || got.Affected != 3 || got.Refused != 1 || got.Entries != 0 {
		t.Errorf("counted %+v", got)
	}
	if diff := cmp.Diff([]ChangeCount{{ChangedPack, "cn.713@2019", 3}, {ChangedCalendar, "", 1}}, got.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	for _, f := range store.asked {
		if f.Organ != "organ" || f.Practice == nil || *f.Practice {
			t.Errorf("asked for %+v", f)
		}
	}
}

func TestMoreOpenCasesThanAreLookedAt(t *testing.T) {
	t.Parallel()
	library := shippedLibrary(t)
	store := &openCases{cases: map[casefile.ID]casefile.Case{}}
	for i := range MostImpact + 1 {
		id := casefile.ID(legaltime.NewDate(2000, 1, 1).AddDays(i).String())
		store.cases[id] = casefile.Case{ID: id, Status: casefile.StatusRunning, Pinned: casefile.Pinned{Procedure: "gone@1"}}
	}
	got, err := New(Options{Library: library, Store: store, Judges: moving{}}).Impact(t.Context(), "organ", nil)
	if err != nil || got.Open != MostImpact || got.Whole {
		t.Errorf("%+v (%v)", got, err)
	}
}

func TestAPackTakesTheOldOnesPlaceOrStandsAboveIt(t *testing.T) {
	t.Parallel()
	library := shippedLibrary(t)
	base, shanghai := library.packs["cn.713@2019"], library.packs["cn.shanghai@2020"]
	pins := func(names ...string) casefile.Pinned {
		var out casefile.Pinned
		for _, name := range names {
			out.Packs = append(out.Packs, casefile.PinnedPack{Pack: name, Digest: "old"})
		}
		return out
	}
	for name, tt := range map[string]struct {
		pinned casefile.Pinned
		pack   *rules.Pack
		want   []casefile.PinnedPack
	}{
		"in its place":      {pins("cn.713@2018", "cn.suzhou@2020"), base, []casefile.PinnedPack{{Pack: "cn.713@2019", Digest: base.Digest()}, {Pack: "cn.suzhou@2020", Digest: "old"}}},
		"above":             {pins("cn.713@2019"), shanghai, []casefile.PinnedPack{{Pack: "cn.713@2019", Digest: "old"}, {Pack: "cn.shanghai@2020", Digest: shanghai.Digest()}}},
		"another procedure": {pins("cn.document@2018"), shanghai, pins("cn.document@2018").Packs},
	} {
		before := len(tt.pinned.Packs)
		if diff := cmp.Diff(tt.want, withPack(tt.pinned, tt.pack).Packs); diff != "" || len(tt.pinned.Packs) != before || tt.pinned.Packs[0].Digest != "old" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRulesAreCountedOncePerCase(t *testing.T) {
	t.Parallel()
	out := Impact{Cases: []ImpactCase{{Affected: Affected{Case: Summary{ID: "a"}}}, {Affected: Affected{Case: Summary{ID: "b"}}}, {Affected: Affected{Case: Summary{ID: "c"}}}}}
	change := func(of casefile.ID, kind rules.Kind, before, after casefile.Result, names ...string) impact.Change {
		c := impact.Change{Case: of, Act: "participation.close", Kind: kind, Before: before, After: after}
		for _, name := range names {
			c.Rules = append(c.Rules, impact.RuleChange{Rule: name, Before: before, After: after})
		}
		return c
	}
	out.answers(impact.Report{Entries: 9, Failures: make([]impact.Failure, 2), Changes: []impact.Change{
		change("a", rules.Admission, casefile.Pass, casefile.Block, "window", "notice"), change("a", rules.Admission, casefile.Pass, casefile.Block, "window"),
		change("b", rules.Admission, casefile.Block, casefile.Pass, "window"), change("c", rules.Watching, casefile.Pass, casefile.Block, "duty"),
	}})
	if out.Entries != 9 || out.Unasked != 2 || out.Differ != 3 || out.Stopped != 1 || out.Cases[0].Differ != 2 || len(out.Cases[0].Stopped) != 1 || len(out.Cases[2].Stopped) != 0 {
		t.Errorf("counted %+v", out)
	}
	if diff := cmp.Diff([]RuleCount{{Rule: "window", Cases: 2, Stopped: 1}, {Rule: "duty", Cases: 1}, {Rule: "notice", Cases: 1, Stopped: 1}}, out.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}
