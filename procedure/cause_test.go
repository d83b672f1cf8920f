package procedure_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// Every kind of entry that time makes names the rule or the timer that made it; the
// kinds are those of the source, so that one that is added is asked too.
func TestEveryKindOfAutomaticEntryNamesItsCause(t *testing.T) {
	duty := casefile.Deadline{ID: "mad-publish-timely", Rule: "mad-publish-timely", Step: "publication", Basis: "国务院令第713号 第三十二条",
		Due: day("2024-03-20"), State: casefile.DeadlineOpen}
	reminded, reply := duty, duty
	reminded.RemindOn = []legaltime.Date{day("2024-03-11")}
	reply.ID, reply.Rule, reply.Step, reply.Due = "third-party-reply", "third-party-reply", "third_party", day("2024-03-22")
	period := casefile.Deadline{ID: "participation/comment", Step: "participation", Basis: "国务院令第713号 第十五条", Due: day("2024-03-10"), State: casefile.DeadlineOpen}

	moved := func(in rules.Input) (rules.Judgement, error) {
		j, err := passing(casefile.Pass)(in)
		j.Duties = []casefile.Finding{{Rule: duty.Rule, Basis: duty.Basis, Result: casefile.Block, Effect: casefile.EffectDuty, Due: day("2024-03-25")}}
		return j, err
	}
	asking, err := rules.NewJudge(disclosurePacks(t), shippedCalendar(t))
	if err != nil {
		t.Fatal(err)
	}
	byTime := func(d *procedure.Definition, c *casefile.Case, on string) *procedure.Plan {
		return d.PlanTime(c, day(on))
	}
	byCalendar := func(d *procedure.Definition, c *casefile.Case, on string) *procedure.Plan {
		return d.PlanCalendar(c, casefile.Digest(digest(9)), day(on))
	}
	seen := map[casefile.EntryKind]bool{casefile.EntryOpened: true, casefile.EntryAct: true, casefile.EntryBlocked: true} // made by persons
	for _, tt := range []struct {
		name     string
		d        *procedure.Definition
		judge    asked
		deadline casefile.Deadline
		on       string
		plan     func(d *procedure.Definition, c *casefile.Case, on string) *procedure.Plan
		kind     casefile.EntryKind
		cause    casefile.CauseKind
	}{
		{"a period runs out", decision(t), passing(casefile.Pass), period, "2024-03-11", byTime, casefile.EntryLapse, casefile.CausePeriod},
		{"a duty is missed", decision(t), passing(casefile.Pass), duty, "2024-03-21", byTime, casefile.EntryBreach, casefile.CauseRule},
		{"a due date comes near", decision(t), passing(casefile.Pass), reminded, "2024-03-12", byTime, casefile.EntryReminder, casefile.CauseRule},
		{"silence concludes a step", disclosure(t), asking.Judge, reply, "2024-03-23", byTime, casefile.EntryLapse, casefile.CauseRule},
		{"a calendar moves a due date", decision(t), moved, duty, "2024-03-12", byCalendar, casefile.EntryRecomputed, casefile.CauseCalendar},
	} {
		w := newWalk(t, tt.d, tt.judge, "2024-03-01")
		w.c.Deadlines = []casefile.Deadline{tt.deadline}
		plan := tt.plan(tt.d, &w.c, tt.on)
		if plan == nil {
			t.Fatalf("%s: nothing is recorded", tt.name)
		}
		e := w.record(plan)
		got, ok := e.Cause()
		want := casefile.Cause{Kind: tt.cause, Deadline: tt.deadline.ID, Rule: tt.deadline.Rule, Step: e.Deadlines[0].Step, Basis: e.Deadlines[0].Basis}
		if diff := cmp.Diff(want, got); !ok || diff != "" || e.Kind != tt.kind || got.Basis == "" {
			t.Errorf("%s: recorded as %s with cause (-want +got):\n%s", tt.name, e.Kind, diff)
		}
		seen[e.Kind] = true
	}
	src, err := os.ReadFile("../casefile/entry.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`EntryKind\s*=\s*"([a-z]+)"`).FindAllStringSubmatch(string(src), -1) {
		if !seen[casefile.EntryKind(m[1])] {
			t.Errorf("no entry of kind %s was tried", m[1])
		}
	}
}
