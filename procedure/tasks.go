package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// TasksVersion changes when Tasks gives something else for the same case: lists that
// another version has filled are filled again.
const TasksVersion = 1

// suspensionID is the deadline of the review of a suspension.
const suspensionID = casefile.CaseScope + "/" + suspensionReview

// Tasks gives what the case awaits, of whom, in the order of the running steps: one
// task for each role that an act is awaited from, and for the votes of a panel one
// for each member whose turn it is. It depends on the case alone.
func (d *Definition) Tasks(c *casefile.Case) []casefile.Task {
	switch c.Status {
	case casefile.StatusClosed:
		return nil
	case casefile.StatusSuspended:
		return d.suspended(c)
	case casefile.StatusRunning:
	}
	var out []casefile.Task
	for _, run := range c.ActiveSteps() {
		step, ok := d.Step(run.Step)
		if !ok {
			continue
		}
		like := casefile.Task{Step: step.ID, Round: run.Round, Title: step.Title, Since: run.EnteredOn}
		if due, ok := d.nextDue(c, run); ok {
			dueBy(&like, due)
		}
		for _, w := range d.awaited(c, step, run) {
			task := like
			task.Role, task.Person = w.Role, w.Person
			if task.Person == "" {
				task.Unit = unitOf(c, w.Role)
			}
			out = append(out, task)
		}
	}
	return out
}

// suspended gives the one task of a case that is suspended: to look at it again.
func (d *Definition) suspended(c *casefile.Case) []casefile.Task {
	spec, _ := caseAct("resume")
	rule, ok := d.caseRule(spec)
	if !ok {
		return nil
	}
	like := casefile.Task{Step: casefile.CaseScope, Title: title("中止复查", "review of the suspension"), Since: c.Today}
	if n := len(c.Suspensions); n > 0 {
		like.Since = asDate(c.Suspensions[n-1][:min(len("2006-01-02"), len(c.Suspensions[n-1]))])
	}
	if review, known := deadline(c, suspensionID); known && review.State == casefile.DeadlineOpen {
		dueBy(&like, review)
	}
	var out []casefile.Task
	for _, r := range rule.Roles {
		task := like
		task.Role, task.Unit = r, unitOf(c, r)
		out = append(out, task)
	}
	return out
}

func dueBy(t *casefile.Task, x casefile.Deadline) {
	t.Due, t.Provisional, t.Deadline, t.Breached = x.Due, x.Provisional, x.ID, x.State == casefile.DeadlineBreached
}

// Awaited is a role, or one person in it, from whom an act is awaited.
type Awaited struct {
	Role   casefile.Role
	Person casefile.PersonID // empty: whoever holds the role
}

// awaited gives from whom the round of a step awaits an act, each once. An act that
// only sends the case back, or changes the panel, is a right and not a task.
func (d *Definition) awaited(c *casefile.Case, s Step, run casefile.StepRun) []Awaited {
	var out []Awaited
	add := func(w Awaited) {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	for _, a := range d.open(c, s, run) {
		switch {
		case s.Panel != nil && a.spec.Verb == voteVerb:
			now := s.Panel.state(c, run)
			for _, m := range now.Members {
				if m.Turn && !now.Decided {
					add(Awaited{m.Role, m.Person})
				}
			}
			continue
		case s.Panel != nil && (a.spec.Verb == inviteVerb || a.spec.Verb == excuseVerb):
			now := s.Panel.state(c, run)
			if a.spec.Verb == excuseVerb || !now.Asked || now.Short == 0 && len(now.Lacking) == 0 {
				continue
			}
		case d.onlyBack(s, a.spec):
			continue
		}
		for _, r := range a.rule.Roles {
			add(Awaited{Role: r})
		}
	}
	return out
}

// onlyBack reports whether all that the act can lead to is the same step again, or
// one that the law has before it.
func (d *Definition) onlyBack(s Step, spec ActSpec) bool {
	outcomes := spec.Outcomes()
	if len(outcomes) == 0 {
		return false
	}
	return !slices.ContainsFunc(outcomes, func(o string) bool {
		to := s.outcome(o).To
		return to != "" && !d.before(s, to)
	})
}

// before reports whether the target is the step itself, or one before it.
func (d *Definition) before(s Step, to string) bool {
	i := d.rank(to)
	return i >= 0 && i <= d.rank(s.ID)
}

// rank gives where a step stands in the order of the law, a branch where its block
// does; -1 for what is no step.
func (d *Definition) rank(step string) int {
	if block, ok := d.Block(step); ok {
		step = block.ID
	}
	return slices.IndexFunc(d.Steps, func(s Step) bool { return s.ID == step })
}

// nextDue gives the deadline that a running step has to meet first: the earliest
// that is open in it or in no running step, such as that of a duty which came into
// being earlier on. A duty of the step that was breached while it ran comes first:
// what it asks for may still be lacking.
func (d *Definition) nextDue(c *casefile.Case, run casefile.StepRun) (first casefile.Deadline, ok bool) {
	for _, x := range c.Deadlines {
		if x.Due.IsZero() || !d.concerns(c, run, x) {
			continue
		}
		if !ok || x.Due.Before(first.Due) {
			first, ok = x, true
		}
	}
	return first, ok
}

func (d *Definition) concerns(c *casefile.Case, run casefile.StepRun, x casefile.Deadline) bool {
	if x.State == casefile.DeadlineBreached {
		return x.Step == run.Step && !x.Due.Before(run.EnteredOn)
	}
	if x.State != casefile.DeadlineOpen {
		return false
	}
	_, elsewhere := c.Active(x.Step)
	return x.Step == run.Step || !elsewhere
}

// unitOf gives the unit of whoever came last to act in the role, where it is known.
func unitOf(c *casefile.Case, r casefile.Role) string {
	unit := ""
	for _, held := range c.Acted {
		if held.Role == r && held.Unit != "" {
			unit = held.Unit
		}
	}
	return unit
}

// reminders gives the notices of an entry that tells of a due date coming near:
// one for each task of the step that it is about, of all tasks when it is about
// none that runs.
func reminders(tasks []casefile.Task, e casefile.Entry) []casefile.Notice {
	if e.Kind != casefile.EntryReminder {
		return nil
	}
	var out []casefile.Notice
	for _, x := range e.Deadlines {
		mine := func(t casefile.Task) bool { return t.Step == x.Step }
		for _, t := range tasks {
			if !mine(t) && slices.ContainsFunc(tasks, mine) {
				continue
			}
			out = append(out, casefile.Notice{
				Kind: casefile.NoticeReminder, Step: t.Step, Role: t.Role, Person: t.Person, Deadline: x.ID, Due: x.Due,
			})
		}
	}
	return out
}
