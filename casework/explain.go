package casework

import (
	"context"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// Explanation says why a running step lies on a desk: which article asks for it,
// what is awaited and of whom, by when, and what is missing to conclude it.
type Explanation struct {
	Case      casefile.ID
	Step      string
	Round     int
	Title     casefile.Text
	Basis     string
	Tasks     []WorkItem // whom it waits for
	Acts      []Possible // of the step, that it admits now
	Deadlines []DeadlineLeft
	Ahead     []Need
	Guarded   []Need              // acts with a gate of their own, possible or not; without ways
	Mode      procedure.PanelMode // of the panel; empty: the step has none
	Panel     procedure.PanelState
}

// DeadlineLeft is an open deadline and the working days that are left; negative:
// late.
type DeadlineLeft struct {
	casefile.Deadline
	Left int
}

// Need is what it takes to conclude the step in one way.
type Need struct {
	procedure.Ahead
	Verdict  casefile.Verdict
	Required []string        // facts that the rules at the gates read
	Present  casefile.Values // those that are known
	Missing  []string        // those that are not, and that the act itself does not establish
	Supplies []string        // those that the act itself will establish
	Ways     []rules.Way     // smallest sets of changes that open the gates; none when they are open
}

// Explain says why a step of a case lies on a desk. A step that is not running is
// [casefile.ErrNotFound].
func (s *Service) Explain(ctx context.Context, id casefile.ID, step string, by casefile.Actor) (Explanation, error) {
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return Explanation{}, err
	}
	def, err := s.definition(ctx, c.Pinned.Definition)
	if err != nil {
		return Explanation{}, err
	}
	if step == casefile.CaseScope && c.Status == casefile.StatusSuspended {
		return s.explainSuspension(ctx, &c, def, by)
	}
	run, running := c.Active(step)
	st, known := def.Step(step)
	if !running || !known || c.Status == casefile.StatusClosed {
		return Explanation{}, fmt.Errorf("step %s of case %s is not running: %w", step, id, casefile.ErrNotFound)
	}
	out := Explanation{Case: id, Step: step, Round: run.Round, Title: st.Title, Basis: st.Basis}
	if panel, ok := def.Panel(&c, step); ok {
		out.Mode, out.Panel = st.Panel.Mode, panel
	}
	for _, fill := range []func(context.Context, *explaining) error{s.explainTasks, s.explainActs, s.explainDeadlines, s.explainAhead} {
		if err := fill(ctx, &explaining{c: &c, def: def, by: by, out: &out}); err != nil {
			return Explanation{}, err
		}
	}
	return out, nil
}

// explainSuspension says why a case that is suspended lies on a desk: somebody has
// to look at it again.
func (s *Service) explainSuspension(ctx context.Context, c *casefile.Case, def *procedure.Definition, by casefile.Actor) (Explanation, error) {
	out := Explanation{Case: c.ID, Step: casefile.CaseScope, Basis: def.Basis}
	x := &explaining{c: c, def: def, by: by, out: &out}
	if err := s.explainTasks(ctx, x); err != nil {
		return Explanation{}, err
	}
	if len(out.Tasks) > 0 {
		out.Title = out.Tasks[0].Title
	}
	var err error
	out.Acts, err = s.possible(ctx, c, def, by, func(p procedure.Possible) bool { return p.Step == "" })
	if err != nil {
		return Explanation{}, err
	}
	return out, s.explainDeadlines(ctx, x)
}

// explaining is an explanation on its way.
type explaining struct {
	c   *casefile.Case
	def *procedure.Definition
	by  casefile.Actor
	out *Explanation
}

func (s *Service) explainTasks(ctx context.Context, x *explaining) error {
	all, err := s.TasksOf(ctx, x.c.ID)
	for _, t := range all {
		if t.Step == x.out.Step {
			x.out.Tasks = append(x.out.Tasks, t)
		}
	}
	return err
}

func (s *Service) explainActs(ctx context.Context, x *explaining) error {
	all, err := s.possible(ctx, x.c, x.def, x.by, func(p procedure.Possible) bool { return p.Step == x.out.Step })
	x.out.Acts = all
	return err
}

// explainDeadlines gives what is open in the step, or in no step that is running.
func (s *Service) explainDeadlines(ctx context.Context, x *explaining) error {
	calendar, err := s.pinnedCalendar(ctx, x.c.Pinned.Calendar)
	if err != nil {
		return err
	}
	for _, d := range x.c.Deadlines {
		_, elsewhere := x.c.Active(d.Step)
		if d.State != casefile.DeadlineOpen || d.Due.IsZero() || d.Step != x.out.Step && elsewhere {
			continue
		}
		left, _ := calendar.WorkingDaysBetween(clock(*x.c), d.Due)
		x.out.Deadlines = append(x.out.Deadlines, DeadlineLeft{Deadline: d, Left: left})
	}
	slices.SortStableFunc(x.out.Deadlines, func(a, b DeadlineLeft) int { return a.Left - b.Left })
	return nil
}

// explainAhead judges the gates of each way to conclude the step with the facts that
// are there, and looks for what would open those that stay closed.
func (s *Service) explainAhead(ctx context.Context, x *explaining) error {
	judge, err := s.o.Judges.JudgeFor(ctx, x.c.Pinned)
	if err != nil {
		return err
	}
	today := clock(*x.c)
	facts := x.def.FactsAt(x.c, x.out.Step, today)
	for _, a := range x.def.Ahead(x.c, x.out.Step) {
		in := rules.Input{Gates: a.Gates, Facts: facts, Today: today}
		n, err := need(judge, a, in)
		if err == nil && n.Verdict.Result != casefile.Pass {
			n.Ways, err = judge.WhatIf(in)
		}
		if err != nil {
			return fmt.Errorf("judge %s: %w", a.Kind, err)
		}
		x.out.Ahead = append(x.out.Ahead, n)
	}
	for _, a := range x.def.Guarded(x.c, x.out.Step) {
		n, err := need(judge, a, rules.Input{Gates: a.Gates, Facts: facts, Today: today})
		if err != nil {
			return fmt.Errorf("judge %s: %w", a.Kind, err)
		}
		x.out.Guarded = append(x.out.Guarded, n)
	}
	return nil
}

func need(judge *rules.Judge, a procedure.Ahead, in rules.Input) (Need, error) {
	n := Need{Ahead: a, Present: casefile.Values{}, Verdict: casefile.Verdict{Result: casefile.Pass}}
	if len(in.Gates) == 0 {
		return n, nil
	}
	judgement, err := judge.Judge(in)
	if err != nil {
		return n, err
	}
	n.Verdict = judgement.Verdict
	missing := map[string]bool{}
	for _, f := range n.Verdict.Findings {
		for _, name := range casefile.SortedNames(f.Values) {
			if _, fact := in.Facts[name]; fact { // not what is counted from facts, nor a figure of the law
				n.Present[name] = f.Values[name]
			}
		}
		for _, name := range f.Missing {
			missing[name] = true
		}
	}
	for _, name := range casefile.SortedNames(missing) {
		delete(n.Present, name)
		if establishes(a.Spec, name) {
			n.Supplies = append(n.Supplies, name)
		} else {
			n.Missing = append(n.Missing, name)
		}
	}
	n.Required = append(casefile.SortedNames(n.Present), casefile.SortedNames(missing)...)
	slices.Sort(n.Required)
	return n, nil
}

// establishes reports whether an act itself establishes the fact.
func establishes(spec procedure.ActSpec, fact string) bool {
	_, set := spec.Sets[fact]
	return set || slices.ContainsFunc(spec.Fields, func(f procedure.Field) bool { return f.Fact == fact })
}

// Hindering gives the findings that keep the gates closed whatever the act itself
// establishes: not those that judge nothing but what it will replace.
func (n Need) Hindering() []casefile.Finding {
	own := func(name string) bool { return establishes(n.Spec, name) || slices.Contains(n.Spec.Gives, name) }
	return slices.DeleteFunc(n.Verdict.Hindering(), func(f casefile.Finding) bool {
		read := slices.Clone(f.Missing)
		for _, name := range casefile.SortedNames(f.Values) {
			if _, fact := n.Present[name]; fact {
				read = append(read, name)
			}
		}
		return len(read) > 0 && !slices.ContainsFunc(read, func(name string) bool { return !own(name) })
	})
}
