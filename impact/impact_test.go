package impact_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/impact"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// law is the shipped pack, the same with a comment window of 45 days, and the
// judges of both.
type law struct {
	calendar      *legaltime.Calendar
	pack, longer  *rules.Pack
	before, after *rules.Judge
	asks          []rules.Input // what the tests of the pack ask
}

func newLaw(t testing.TB) *law {
	t.Helper()
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	l := &law{pack: packs[slices.IndexFunc(packs, func(p *rules.Pack) bool { return p.Name() == "cn.713@2019" })]}
	if l.calendar, err = legaltime.Embedded(); err != nil {
		t.Fatal(err)
	}
	l.longer = edited(t, l.pack, "parameters.yaml", "value: 30, unit: 自然日, basis: 国务院令第713号 第十五条第一款", "value: 45, unit: 自然日, basis: 国务院令第713号 第十五条第一款")
	if l.before, err = rules.NewJudge([]*rules.Pack{l.pack}, l.calendar); err != nil {
		t.Fatal(err)
	}
	if l.after, err = rules.NewJudge([]*rules.Pack{l.longer}, l.calendar); err != nil {
		t.Fatal(err)
	}
	for _, test := range l.pack.Tests() {
		if in, ok := l.asked(test); ok {
			l.asks = append(l.asks, in)
		}
	}
	return l
}

// edited gives a pack with one place of one file changed.
func edited(t testing.TB, p *rules.Pack, file, old, new string) *rules.Pack {
	t.Helper()
	a := txtar.Parse(p.Archive())
	for i, f := range a.Files {
		if f.Name == file {
			if strings.Count(string(f.Data), old) != 1 {
				t.Fatalf("%s has %q %d times", file, old, strings.Count(string(f.Data), old))
			}
			a.Files[i].Data = []byte(strings.Replace(string(f.Data), old, new, 1))
		}
	}
	again, err := rules.ParseArchive(txtar.Format(a), p.Stack()...)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// asked gives what a test of the pack asks, at the gate in which its rule stands.
func (l *law) asked(test rules.Test) (rules.Input, bool) {
	in := rules.Input{Facts: test.Facts, Today: test.On, Reasons: test.Reasons}
	for _, g := range l.pack.Gates() {
		if g.ID != test.Gate && !slices.Contains(g.Rules, test.Rule) {
			continue
		}
		ref := rules.Ref(l.pack.ID() + "/" + g.ID)
		switch g.Kind {
		case rules.Admission:
			in.Gates = []rules.Ref{ref}
		case rules.Applying:
			in.Applies = []rules.Ref{ref}
		case rules.Watching:
			in.Duties = []rules.Ref{ref}
		}
		return in, true
	}
	return in, false
}

// recorded gives n questions: those of the pack's tests in turn, each with a
// consultation whose length and dates vary, and the gate that closes it. Seeded
// are those that a window of 45 days changes: 30 to 44 days without a reason.
func (l *law) recorded(n int) (all iter.Seq2[impact.Asked, error], seeded []string) {
	asked := make([]impact.Asked, n)
	for i := range n {
		in := l.asks[i%len(l.asks)]
		facts := casefile.Values{}
		for _, name := range casefile.SortedNames(in.Facts) {
			facts[name] = in.Facts[name]
		}
		opened := legaltime.NewDate(2023, 1, 1).AddDays(i % 211)
		days := 20 + i*7%40
		facts["comment_open_on"], facts["comment_close_on"] = opened.String(), opened.AddDays(days).String()
		facts["short_reason_in_notice"] = ""
		if i%5 == 0 {
			facts["short_reason_in_notice"] = "情况紧急"
		}
		in.Facts = facts
		if !slices.Contains(in.Gates, "cn.713/close_comment") {
			in.Gates = append(slices.Clone(in.Gates), "cn.713/close_comment")
		}
		asked[i] = impact.Asked{
			Case: casefile.ID(fmt.Sprintf("c%d", i/20)), Open: i/20%3 == 0, Sequence: int64(i%20 + 1), Act: "participation.close",
			On: in.Today, Input: in, From: l.before, To: l.after,
		}
		if days >= 30 && days < 45 && i%5 != 0 {
			seeded = append(seeded, fmt.Sprintf("%s/%d", asked[i].Case, asked[i].Sequence))
		}
	}
	return func(yield func(impact.Asked, error) bool) {
		for _, a := range asked {
			if !yield(a, nil) {
				return
			}
		}
	}, seeded
}

func TestImpactFindsExactlyWhatWasSeeded(t *testing.T) {
	t.Parallel()
	l := newLaw(t)
	const n = 5000
	all, seeded := l.recorded(n)
	report, err := impact.Of(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	if report.Entries != n || len(report.Failures) > 0 {
		t.Errorf("%d entries judged, failures %v", report.Entries, report.Failures)
	}
	var got []string
	open := map[casefile.ID]bool{}
	for _, c := range report.Changes {
		got = append(got, fmt.Sprintf("%s/%d", c.Case, c.Sequence))
		if len(c.Rules) != 1 || c.Rules[0].Rule != "mad-comment-min-30d-soft" || c.After != casefile.Block {
			t.Errorf("%s/%d: %+v", c.Case, c.Sequence, c)
		}
		if c.Open {
			open[c.Case] = true
		}
	}
	if diff := cmp.Diff(seeded, got); diff != "" {
		t.Errorf("changes, in order (-seeded +got):\n%s", diff)
	}
	if diff := cmp.Diff(casefile.SortedNames(open), report.Open); diff != "" || len(report.Open) == 0 {
		t.Errorf("open cases (-want +got):\n%s", diff)
	}
}

func TestTheSameLawChangesNothing(t *testing.T) {
	t.Parallel()
	l := newLaw(t)
	l.after = l.before
	all, _ := l.recorded(1000)
	report, err := impact.Of(t.Context(), all)
	if err != nil || len(report.Changes) != 0 || report.Entries != 1000 {
		t.Errorf("%d of %d changed (%v)", len(report.Changes), report.Entries, err)
	}
}

func TestAChangeShowsTheSubExpressionsWhoseValueDiffers(t *testing.T) {
	t.Parallel()
	l := newLaw(t)
	in := rules.Input{Gates: []rules.Ref{"cn.713/close_comment"}, Today: legaltime.NewDate(2024, 5, 6), Facts: casefile.Values{
		"case_opened_on": "2024-03-01", "comment_open_on": "2024-04-01", "comment_close_on": "2024-05-01", "short_reason_in_notice": "",
	}}
	asked := impact.Asked{Case: "c1", Open: true, Sequence: 7, Act: "participation.close", On: in.Today, Input: in, From: l.before, To: l.after}
	report, err := impact.Of(t.Context(), func(yield func(impact.Asked, error) bool) { yield(asked, nil) })
	if err != nil || len(report.Changes) != 1 {
		t.Fatalf("changes %+v (%v)", report.Changes, err)
	}
	c := report.Changes[0]
	if c.Gate != "cn.713/close_comment" || c.Before != casefile.Pass || c.After != casefile.Block || len(c.Rules) != 1 {
		t.Fatalf("change %+v", c)
	}
	var got []string
	for _, v := range c.Rules[0].Values {
		got = append(got, fmt.Sprintf("%s %s: %v → %v", v.Part, v.Source, v.Before, v.After))
	}
	for _, want := range []string{
		"require d.comment_window: 2024-05-01 → 2024-05-16", "require comment_close_on >= d.comment_window: true → false",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("the difference of the traces lacks %q:\n%s", want, strings.Join(got, "\n"))
		}
	}
	for _, same := range []string{"require isSet(comment_open_on): ", "require comment_close_on: ", `require short_reason_in_notice != ""`} {
		if slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, same) }) {
			t.Errorf("what is the same, or was not needed before, is listed:\n%s", strings.Join(got, "\n"))
		}
	}
}

func TestWhatCannotBeAskedIsListed(t *testing.T) {
	t.Parallel()
	l := newLaw(t)
	asked := impact.Asked{Case: "c1", Sequence: 3, From: l.before, To: l.after, Input: rules.Input{
		Gates: []rules.Ref{"cn.713/no_such_gate"}, Today: legaltime.NewDate(2024, 5, 6)}}
	report, err := impact.Of(t.Context(), func(yield func(impact.Asked, error) bool) { yield(asked, nil) })
	if err != nil || len(report.Failures) != 1 || report.Failures[0].Case != "c1" || !strings.Contains(report.Failures[0].Problem, "no_such_gate") {
		t.Errorf("%+v (%v)", report, err)
	}
	broken := errors.New("the record cannot be read")
	if _, err := impact.Of(t.Context(), func(yield func(impact.Asked, error) bool) { yield(impact.Asked{}, broken) }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	all, _ := l.recorded(10)
	if _, err := impact.Of(ctx, all); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// One iteration is a hundred thousand recorded entries, judged by both laws.
func BenchmarkImpact(b *testing.B) {
	l := newLaw(b)
	const n = 100_000
	all, seeded := l.recorded(n)
	for b.Loop() {
		report, err := impact.Of(b.Context(), all)
		if err != nil || len(report.Changes) != len(seeded) {
			b.Fatalf("%d changes, %d seeded (%v)", len(report.Changes), len(seeded), err)
		}
		b.ReportMetric(float64(report.Gates), "gates/op")
		b.ReportMetric(float64(len(report.Changes)), "changes/op")
	}
}
