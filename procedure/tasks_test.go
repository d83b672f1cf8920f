package procedure_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// awaits checks the tasks of the case, written "step:role", with "/person" for
// tasks of one person and "@unit" for those on the desk of a unit.
func (w *walk) awaits(want ...string) {
	w.t.Helper()
	got := []string{}
	for _, task := range w.d.Tasks(&w.c) {
		text := task.Step + ":" + string(task.Role)
		if task.Person != "" {
			text += "/" + string(task.Person)
		}
		if task.Unit != "" {
			text += "@" + task.Unit
		}
		got = append(got, text)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		w.t.Errorf("tasks (-want +got):\n%s", diff)
	}
}

func TestTasksFollowTheCase(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	w.awaits("intake:office", "intake:drafter")
	toDrafting(w)
	w.awaits("drafting:drafter", "drafting:legal_officer")
	who := by("drafter")
	who.Unit = "绿化市容局"
	w.try(w.act(who, "drafting.legal_scan", v{"bases": []string{"条例"}}))
	w.awaits("drafting:drafter@绿化市容局", "drafting:legal_officer")
	toCoordination(w)
	w.do("office", "case.suspend", v{"reason": "等待规划", "decided_by": "区政府", "review_on": "2024-06-01"})
	w.awaits("case:office", "case:drafter@绿化市容局", "case:chief")
	for _, task := range w.d.Tasks(&w.c) {
		if task.Due.String() != "2024-06-01" || task.Deadline != "case/suspension_review" || task.Since.String() != "2024-03-01" {
			t.Errorf("the review of the suspension is %+v", task)
		}
	}
	w.do("office", "case.resume", v{"reason": "规划已定", "decided_by": "区政府"})
	w.awaits("coordination:drafter@绿化市容局", "coordination:consulted_unit")
	w.do("drafter", "coordination.rework", v{"reason": "修改"})
	w.awaits("drafting:drafter@绿化市容局", "drafting:legal_officer")
	w.do("office", "case.withdraw", v{"reason": "x", "agreed_by": "区政府"})
	w.awaits("archive:archivist", "archive:office", "archive:drafter@绿化市容局")
}

func TestWhoeverMayOnlySendBackHasNoTask(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toReview(w)
	w.do("drafter", "legality_review.submit", v{"draft": digest(1), "pack": []string{"draft", "legal-basis", "procedure-statement"}, "requested_by": "2024-03-20"})
	w.awaits("legality_review:legality_reviewer")
}

func TestTheVotesOfAPanelAreTasksOfPersons(t *testing.T) {
	w := toPanel(t, countersigned(t, "mode: all", "mode: sequential"))
	w.awaits("countersign:drafter") // to invite somebody
	w.invite("张", "justice")
	w.awaits("countersign:drafter", "countersign:justice/张")
	w.invite("李", "finance")
	w.awaits("countersign:justice/张")
	w.vote("张", "justice", procedure.VoteAgree, 1)
	w.awaits("countersign:finance/李")
	w.do("drafter", "case.revise", v{"draft": digest(2), "title": "修改稿", "changes": "x"})
	w.awaits("countersign:justice/张")
	w.vote("张", "justice", procedure.VoteAgree, 2)
	w.vote("李", "finance", procedure.VoteAgree, 2)
	w.awaits("countersign:office")
	w.do("office", "countersign.opine", v{"draft": digest(2), "conclusion": "pass", "text": "x"})
	w.awaits()
}

func TestATaskHasTheDueDateThatComesFirst(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	toDrafting(w)
	w.c.Deadlines = append(w.c.Deadlines, []casefile.Deadline{
		{ID: "of-the-case", Rule: "of-the-case", Step: "deliberation", Due: day("2024-05-01"), State: casefile.DeadlineOpen},
		{ID: "later", Rule: "later", Step: "drafting", Due: day("2024-06-01"), State: casefile.DeadlineOpen},
		{ID: "met", Rule: "met", Step: "drafting", Due: day("2024-03-02"), State: casefile.DeadlineMet},
	}...)
	due := func(want string, breached bool) {
		t.Helper()
		for _, task := range w.d.Tasks(&w.c) {
			if got := task.Due.String() + " " + task.Deadline; got != want || task.Breached != breached {
				t.Errorf("due %s (breached %t), want %s", got, task.Breached, want)
			}
		}
	}
	due("2024-05-01 of-the-case", false)
	w.c.Deadlines[1].Due, w.c.Deadlines[1].Provisional = day("2024-04-01"), true
	due("2024-04-01 later", false)
	if task := w.d.Tasks(&w.c)[0]; !task.Provisional {
		t.Error("a provisional due date is not marked")
	}
	w.c.Deadlines[1].State = casefile.DeadlineBreached
	due("2024-04-01 later", true)
	w.c.Deadlines[1].Due = day("2024-02-01") // breached before this round
	due("2024-05-01 of-the-case", false)
}

func TestAReminderIsANoticeToThoseWhoseTaskItIs(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	toDrafting(w)
	e := casefile.Entry{Kind: casefile.EntryReminder, Step: "drafting", Deadlines: []casefile.Deadline{
		{ID: "d", Rule: "d", Step: "drafting", Due: day("2024-05-01"), State: casefile.DeadlineOpen}}}
	var told []string
	for _, n := range w.d.Derive(&w.c, e).Notices {
		told = append(told, fmt.Sprint(n.Kind, " ", n.Step, " ", n.Role, " ", n.Deadline, " ", n.Due))
	}
	want := []string{"reminder drafting drafter d 2024-05-01", "reminder drafting legal_officer d 2024-05-01"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	e.Kind = casefile.EntryBreach
	if n := w.d.Derive(&w.c, e).Notices; len(n) > 0 {
		t.Errorf("a breach reminds: %+v", n)
	}
}

func TestSuperiorsReadOfATaskAsTheDefinitionSays(t *testing.T) {
	d := countersigned(t)
	task := casefile.Task{Step: "countersign", Role: "office", Due: day("2024-05-06"), Deadline: "d"}
	for _, tt := range []struct {
		left      int
		installed []procedure.Escalation
		role      casefile.Role
		want      string
	}{
		{3, nil, "finance", ""},
		{2, nil, "finance", "office"},
		{0, nil, "finance", "office"},
		{-1, nil, "finance", "office chief"},
		{-1, nil, "office", "chief"}, // nobody is told of a task of one's own
		{2, []procedure.Escalation{{Days: -9, To: []casefile.Role{"chief"}}}, "finance", "office"}, // the definition comes first
	} {
		task.Role = tt.role
		var told []string
		for _, n := range d.Escalations(task, tt.left, tt.installed) {
			told = append(told, string(n.Role))
		}
		if got := strings.Join(told, " "); got != tt.want {
			t.Errorf("with %d days left %q are told, want %q", tt.left, got, tt.want)
		}
	}
	installed := []procedure.Escalation{{Days: 1, To: []casefile.Role{"chief", "nobody"}}}
	if n := decision(t).Escalations(task, -1, installed); len(n) != 1 || n[0].Role != "chief" {
		t.Errorf("by the installation %+v are told", n)
	}
	task.Due = day("")
	if n := d.Escalations(task, -100, nil); len(n) > 0 {
		t.Errorf("a task without a due date is late: %+v", n)
	}
}

// Random acts: every task is one that somebody in its role can do something about
// now, every running step awaits somebody unless its gates alone hold it, and the
// tasks do not depend on how the case came to be what it is.
func TestWhateverIsDoneTheTasksAreThoseOfTheCase(t *testing.T) {
	d := decision(t)
	starts := []string{caseAfter(t, d), caseAfter(t, d, toDrafting), caseAfter(t, d, toMeeting)}
	rapid.Check(t, func(rt *rapid.T) {
		var c casefile.Case
		if err := json.Unmarshal([]byte(rapid.SampledFrom(starts).Draw(rt, "start")), &c); err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(1, 40).Draw(rt, "acts") {
			checkTasks(rt, d, &c)
			possible := d.Possible(&c, casefile.Actor{Person: "p"})
			if c.Status == casefile.StatusClosed || len(possible) == 0 {
				return
			}
			p := rapid.SampledFrom(possible).Draw(rt, "act")
			by := casefile.Actor{Person: casefile.PersonID(p.Roles[0]), Name: "甲", Unit: "单位", Roles: p.Roles}
			draft, _ := c.CurrentDraft()
			with := v{}
			for _, f := range p.Spec.Fields {
				if f.Required {
					with[f.Name] = value(rt, f, string(draft.Digest))
				}
			}
			plan, refusal := d.Plan(&c, casefile.Act{ID: "a", Kind: p.Kind, By: by, With: with}, papers(with), c.Today)
			if refusal == nil {
				apply(rt, &c, plan, casefile.Pass, casefile.Pass)
			}
		}
	})
}

func checkTasks(rt *rapid.T, d *procedure.Definition, c *casefile.Case) {
	tasks := d.Tasks(c)
	var again casefile.Case
	b, err := json.Marshal(c)
	if err != nil {
		rt.Fatal(err)
	}
	if err := json.Unmarshal(b, &again); err != nil {
		rt.Fatal(err)
	}
	if diff := cmp.Diff(tasks, d.Tasks(&again), cmp.Comparer(func(a, b casefile.Task) bool { return a == b })); diff != "" {
		rt.Fatalf("read back, the case has other tasks:\n%s", diff)
	}
	if c.Status == casefile.StatusClosed && len(tasks) > 0 {
		rt.Fatalf("a closed case awaits %+v", tasks)
	}
	for _, task := range tasks {
		who := casefile.Actor{Person: "somebody new", Roles: []casefile.Role{task.Role}}
		can := slices.ContainsFunc(d.Possible(c, who), func(p procedure.Possible) bool {
			return p.Allowed && (p.Step == task.Step || p.Step == "" && task.Step == casefile.CaseScope)
		})
		if !can {
			rt.Fatalf("nobody in the role can do anything about %+v", task)
		}
	}
	if c.Status != casefile.StatusRunning {
		return
	}
	for _, run := range c.ActiveSteps() {
		if !slices.ContainsFunc(tasks, func(t casefile.Task) bool { return t.Step == run.Step && t.Round == run.Round }) {
			rt.Fatalf("nobody is awaited in %s", run.Step)
		}
	}
}
