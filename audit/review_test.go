package audit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
)

// file is a record in which an act passed a rule, with a step and a deadline.
func file(change func(r *audit.Record)) audit.Record {
	r := audit.Record{Hash: "ff", Case: casefile.Case{ID: "c1", Organ: "o1", Sequence: 3, Status: casefile.StatusClosed, Pinned: casefile.Pinned{Procedure: "cn.major-decision@2019"},
		Steps: []casefile.StepRun{{Step: "deliberation", Round: 1, State: casefile.StepConcluded, Outcome: "approved", Entry: 1}, {Step: "risk", Round: 1, State: casefile.StepNotApplied, Entry: 1}},
		Facts: map[string]casefile.Fact{"technical": {Value: true, Sequence: 1}}, Deadlines: []casefile.Deadline{{ID: "duty", State: casefile.DeadlineMet, Sequence: 3}}},
		Entries: []casefile.Entry{
			{Sequence: 1, Kind: casefile.EntryOpened},
			{Sequence: 2, Kind: casefile.EntryAct, Step: "deliberation", Round: 1, Outcome: "approved", Verdict: &casefile.Verdict{Findings: []casefile.Finding{{Rule: "rule", Result: casefile.Pass}}}},
			{Sequence: 3, Kind: casefile.EntryBlocked, Verdict: &casefile.Verdict{Findings: []casefile.Finding{{Rule: "rule", Result: casefile.Block}}}},
		}}
	if change != nil {
		change(&r)
	}
	return r
}

func TestItemsAreCheckedByWhatIsRecorded(t *testing.T) {
	verdict := func(f casefile.Finding) func(r *audit.Record) {
		f.Rule = "rule"
		return func(r *audit.Record) {
			r.Entries[2] = casefile.Entry{Sequence: 3, Kind: casefile.EntryAct, Verdict: &casefile.Verdict{Findings: []casefile.Finding{f}}}
		}
	}
	rule := audit.Item{Shows: []audit.Show{{Rule: "rule"}}}
	with := func(i audit.Item, change func(i *audit.Item)) audit.Item { change(&i); return i }
	duty := audit.Item{Shows: []audit.Show{{Deadline: "duty"}}}
	became := func(s casefile.DeadlineState) func(r *audit.Record) {
		return func(r *audit.Record) { r.Case.Deadlines[0].State = s }
	}
	step := audit.Item{Shows: []audit.Show{{Step: "deliberation", Outcomes: []string{"approved"}, Absent: audit.NotMet}}}
	for _, tt := range []struct {
		name   string
		item   audit.Item
		change func(r *audit.Record)
		want   string
	}{
		{"the last verdict that let something happen", rule, nil, "met [2]"},
		{"a later one", rule, verdict(casefile.Finding{Result: casefile.Block}), "not-met [3]"},
		{"a warning with a reason", rule, verdict(casefile.Finding{Result: casefile.Block, Effect: casefile.EffectWarn, Reason: "x"}), "cannot-tell [3]"},
		{"a fact was missing", rule, verdict(casefile.Finding{Result: casefile.Undetermined}), "cannot-tell [3]"},
		{"no verdict", audit.Item{Shows: []audit.Show{{Rule: "other"}}}, nil, "cannot-tell []"},
		{"no verdict, where that says something", audit.Item{Shows: []audit.Show{{Rule: "other", Absent: audit.NotMet}}}, nil, "not-met []"},
		{"the worse part counts", audit.Item{Shows: []audit.Show{{Rule: "rule"}, {Rule: "other", Absent: audit.NotMet}}}, nil, "not-met [2]"},
		{"nobody can tell a part", audit.Item{Shows: []audit.Show{{Rule: "rule"}, {Rule: "other"}}}, nil, "cannot-tell [2]"},
		{"a part does not apply", audit.Item{Shows: []audit.Show{{Rule: "rule"}, {Step: "risk"}}}, nil, "met [1 2]"},
		{"no part applies", audit.Item{Shows: []audit.Show{{Step: "risk"}}}, nil, "not-applicable [1]"},
		{"a step", step, nil, "met [1 2]"},
		{"a step that ended otherwise", step, func(r *audit.Record) { r.Case.Steps[0].Outcome = "rework" }, "not-met [1 2]"},
		{"a step that was broken off", step, func(r *audit.Record) { r.Case.Steps[0].State = casefile.StepInterrupted }, "cannot-tell [1 2]"},
		{"a step that was left out", step, func(r *audit.Record) { r.Case.Steps = nil }, "not-met []"},
		{"a deadline", duty, nil, "met [3]"},
		{"a deadline that passed", duty, became(casefile.DeadlineBreached), "not-met [3]"},
		{"an open deadline", duty, became(casefile.DeadlineOpen), "cannot-tell [3]"},
		{"a deadline that fell away", duty, became(casefile.DeadlineDropped), "not-applicable [3]"},
		{"a deadline met late", duty, func(r *audit.Record) {
			r.Entries[0].Deadlines = []casefile.Deadline{{ID: "duty", State: casefile.DeadlineBreached}}
		}, "not-met [3]"},
		{"the case never came there", with(rule, func(i *audit.Item) { i.Reached = []string{"publication", "risk"} }), nil, "not-applicable []"},
		{"the case may still come there", with(rule, func(i *audit.Item) { i.Reached = []string{"publication"} }), func(r *audit.Record) { r.Case.Status = casefile.StatusRunning }, "cannot-tell []"},
		{"it came to one of two", with(rule, func(i *audit.Item) { i.Reached = []string{"publication", "deliberation"} }), nil, "met [2]"},
		{"a fact says that it concerns it", with(rule, func(i *audit.Item) { i.Where = &audit.Where{Fact: "technical", Is: true} }), nil, "met [2]"},
		{"a fact says that it does not", with(rule, func(i *audit.Item) { i.Where = &audit.Where{Fact: "technical"} }), nil, "not-applicable [1]"},
		{"the fact is not recorded", with(rule, func(i *audit.Item) { i.Where = &audit.Where{Fact: "other", Is: true} }), nil, "met [2]"},
	} {
		got := file(tt.change).Precheck(tt.item)
		if s := fmt.Sprint(got.Standing, " ", got.Entries); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, s, tt.want)
		}
	}
}

func TestShippedChecklists(t *testing.T) {
	all, err := audit.Checklists()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d checklists, %v", len(all), err)
	}
	for procedure, want := range map[string]bool{"cn.major-decision@2019": true, "cn.normative-document@2018": false, "": false} {
		if _, ok, err := audit.ChecklistFor(procedure); ok != want || err != nil {
			t.Errorf("%s: %t, %v", procedure, ok, err)
		}
	}
}

func marks(n int) *int { return &n }

// sheet is of one veto and three items with points of which two apply.
func sheet(veto audit.Standing, a, b int) audit.Sheet {
	judged := func(id string, kind audit.ItemKind, points int, s audit.Standing, m *int) audit.Judged {
		return audit.Judged{Item: audit.Item{ID: id, Kind: kind, Points: points}, Pre: audit.Precheck{Standing: s}, Result: s, Marks: m}
	}
	return audit.Sheet{Grades: []audit.Grade{{ID: "excellent", From: 90}, {ID: "qualified", From: 60}, {ID: "unqualified"}}, Items: []audit.Judged{
		judged("v", audit.Veto, 0, veto, nil), judged("a", audit.Points, 50, audit.Met, marks(a)), judged("b", audit.Points, 20, audit.Met, marks(b)), judged("c", audit.Points, 30, audit.NotApplicable, nil)}}
}

func TestAVetoOutweighsEveryScore(t *testing.T) {
	for _, tt := range []struct {
		sheet audit.Sheet
		want  string
	}{
		{sheet(audit.Met, 50, 20), "1000 excellent"},
		{sheet(audit.Met, 43, 20), "900 excellent"},
		{sheet(audit.Met, 42, 20), "885 qualified"},
		{sheet(audit.NotApplicable, 42, 0), "600 qualified"},
		{sheet(audit.Met, 41, 0), "585 unqualified"},
		{sheet(audit.NotMet, 50, 20), "1000 unqualified"},
	} {
		score, grade, ok := tt.sheet.Outcome()
		if got := fmt.Sprint(score, " ", grade); got != tt.want || !ok {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
	if _, _, ok := (audit.Sheet{}).Outcome(); ok {
		t.Error("a score of nothing")
	}
}

func TestWhatAReviewHasToSay(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer audit.Answer
		want   string // when it is kept, or else when it is finished
	}{
		{"nothing", audit.Answer{Item: "a"}, "missing-field a"},
		{"as the record shows", audit.Answer{Item: "a", Result: audit.Met, Marks: marks(50)}, ""},
		{"no marks", audit.Answer{Item: "a", Result: audit.Met}, "missing-field a"},
		{"too many marks", audit.Answer{Item: "a", Result: audit.Met, Marks: marks(51)}, "bad-value a"},
		{"marks below nothing", audit.Answer{Item: "a", Result: audit.Met, Marks: marks(-1)}, "bad-value a"},
		{"marks taken off", audit.Answer{Item: "a", Result: audit.Met, Marks: marks(49)}, "missing-field a"},
		{"marks taken off with a reason", audit.Answer{Item: "a", Result: audit.Met, Marks: marks(49), Reason: "x"}, ""},
		{"against the record", audit.Answer{Item: "a", Result: audit.NotMet, Marks: marks(0)}, "missing-field a"},
		{"against the record with a reason", audit.Answer{Item: "a", Result: audit.NotMet, Marks: marks(0), Reason: "x"}, ""},
		{"not met and full marks", audit.Answer{Item: "a", Result: audit.NotMet, Marks: marks(50), Reason: "x"}, "bad-value a"},
		{"a veto against the record", audit.Answer{Item: "v", Result: audit.NotMet}, "missing-field v"},
		{"a veto has no marks", audit.Answer{Item: "v", Result: audit.NotMet, Reason: "x", Marks: marks(7)}, ""},
		{"what an auditor cannot say", audit.Answer{Item: "a", Result: audit.CannotTell}, "bad-value a"},
		{"a long reason", audit.Answer{Item: "a", Result: audit.Met, Reason: strings.Repeat("字", audit.MaxReason+1)}, "bad-value a"},
		{"no such item", audit.Answer{Item: "x", Result: audit.Met}, "bad-value x"},
	} {
		s, err := sheet(audit.Met, 50, 20).Answered([]audit.Answer{tt.answer})
		if err == nil {
			err = s.Complete()
		}
		if got := refused(t, err); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := refused(t, (audit.Sheet{}).Complete()); got != "not-possible-now " {
		t.Errorf("nothing applies: %q", got)
	}
}

func TestALookBackShowsWhatChanged(t *testing.T) {
	before, after := sheet(audit.NotMet, 30, 20), sheet(audit.Met, 50, 20)
	before.Items = append(before.Items, audit.Judged{Item: audit.Item{ID: "gone"}, Result: audit.Met})
	var got []string
	for _, c := range audit.Changes(before, after) {
		got = append(got, fmt.Sprint(c.Item.ID, " ", c.Before.Result, " ", c.After.Result))
	}
	if want := []string{"v not-met met", "a met met", "gone met "}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	tally := audit.Count([]audit.Review{{Kept: audit.Version{Finished: true, Score: 700, Sheet: before}}, {Kept: audit.Version{Finished: true, Score: 1000, Sheet: after}}, {Kept: audit.Version{Score: 1}}})
	if tally.Reviews != 2 || tally.Average != 850 || tally.Items[0].NotMet != 1 || tally.Items[0].Applied != 2 || tally.Items[1].Lost != 1 || len(tally.Items) != 4 {
		t.Errorf("%+v", tally)
	}
}

// rack keeps reviews in memory.
type rack struct {
	shelf
	all map[string]audit.Review
}

func (k rack) AddReview(_ context.Context, r audit.Review) error { k.all[r.ID] = r; return nil }

func (k rack) AddReviewVersion(_ context.Context, id string, v audit.Version) error {
	r := k.all[id]
	if v.Number != r.Kept.Number+1 {
		return casefile.ErrConflict
	}
	r.Kept = v
	k.all[id] = r
	return nil
}

func (k rack) Review(_ context.Context, id string) (audit.Review, error) {
	r, ok := k.all[id]
	if !ok {
		return r, casefile.ErrNotFound
	}
	return r, nil
}

func (k rack) Reviews(_ context.Context, f audit.ReviewFilter) ([]audit.Review, error) {
	var out []audit.Review
	for _, r := range k.all {
		if f.Finished == nil || *f.Finished == r.Kept.Finished {
			out = append(out, r)
		}
	}
	return out, nil
}

func TestAReviewIsFinishedOnceByWhoeverBeganIt(t *testing.T) {
	s, ctx, rec := audit.New(rack{all: map[string]audit.Review{}}, func() time.Time { return time.Unix(1, 0) }), t.Context(), file(nil)
	by, other := audit.Person{Organ: "o1", Person: "a"}, audit.Person{Organ: "o1", Person: "b"}
	document := rec.Case
	document.Pinned.Procedure = "cn.normative-document@2018"
	if _, err := s.Begin(ctx, document, "", by); refused(t, err) != "not-possible-now " {
		t.Errorf("a procedure without checklist: %v", err)
	}
	r, err := s.Begin(ctx, rec.Case, "", by)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Begin(ctx, rec.Case, "", by); err != nil || again.ID != r.ID {
		t.Errorf("begun twice: %v, %v", again.ID, err)
	}
	if _, err := s.Begin(ctx, rec.Case, r.ID, by); refused(t, err) != "not-possible-now " {
		t.Errorf("a look back at what is not finished: %v", err)
	}
	draft, err := s.Draft(r, rec)
	if err != nil || draft.Kept.Number != 0 || len(draft.Kept.Sheet.Items) == 0 {
		t.Fatalf("%+v, %v", draft, err)
	}
	var answers []audit.Answer
	for _, j := range draft.Kept.Sheet.Items {
		a := audit.Answer{Item: j.ID, Result: audit.Met, Reason: "已核"}
		if j.Kind == audit.Points {
			a.Marks = marks(j.Points)
		}
		answers = append(answers, a)
	}
	said := audit.Saying{Answers: answers, Head: 3, Finish: true}
	for want, change := range map[string]func(s *audit.Saying, by *audit.Person){
		"wrong-role ":   func(_ *audit.Saying, by *audit.Person) { *by = other },
		"case-changed ": func(s *audit.Saying, _ *audit.Person) { s.Head = 2 },
		"missing-field legality-review": func(s *audit.Saying, _ *audit.Person) {
			s.Answers = slices.Clone(s.Answers)
			s.Answers[0].Result = ""
		},
	} {
		said, by := said, by
		change(&said, &by)
		if _, err := s.Keep(ctx, r, rec, said, by); refused(t, err) != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	kept, err := s.Keep(ctx, r, rec, audit.Saying{Answers: answers[:1]}, by)
	if err != nil || kept.Kept.Finished || kept.Kept.Number != 1 || kept.Kept.Sheet.Items[0].Reason != "已核" {
		t.Fatalf("%+v, %v", kept.Kept, err)
	}
	if _, err := s.Keep(ctx, kept, rec, said, by); refused(t, err) != "case-changed " {
		t.Errorf("kept elsewhere: %v", err)
	}
	said.After = 1
	done, err := s.Keep(ctx, kept, rec, said, by)
	if err != nil || !done.Kept.Finished || done.Kept.Score != 1000 || done.Kept.Grade != "excellent" || done.Kept.Head != 3 || done.Kept.Hash != "ff" {
		t.Fatalf("%+v, %v", done.Kept, err)
	}
	said.After = 2
	if _, err := s.Keep(ctx, done, rec, said, by); refused(t, err) != "not-possible-now " {
		t.Errorf("changed after it was finished: %v", err)
	}
	if again, err := s.Begin(ctx, rec.Case, r.ID, by); err != nil || again.Follows != r.ID || again.ID == r.ID {
		t.Errorf("a look back: %+v, %v", again, err)
	}
	if _, err := s.Review(ctx, "c2", r.ID); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("in another case: %v", err)
	}
}
