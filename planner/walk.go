package planner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// walk is one way through the procedure, from step to step.
type walk struct {
	p        *Planner
	q        Question
	needed   map[string]bool           // acts that a later step needs
	facts    casefile.Values           // known and supposed
	known    casefile.Values           // known only
	choose   map[string]legaltime.Date // dates that an act announced and that are not chosen yet → day of the act
	origin   map[string]string         // date → the step whose act established it
	steps    []*stepAt                 // entered, in order
	sentBack map[string]bool           // steps that have sent the matter back
	law      map[string]legaltime.Date // by pack id
	plan     *Plan
	err      error // the first error of the judge
}

// stepAt is a step that has been entered.
type stepAt struct {
	step  procedure.Step
	kind  procedure.StepType
	ready legaltime.Date            // the first day on which something can be done
	done  []string                  // verbs done before the plan begins
	acts  map[string]legaltime.Date // by verb: the day on which the act is done
	busy  map[string]bool
	left  bool // concluded
	out   Step
}

func (p *Planner) newWalk(q Question, needed map[string]bool) *walk {
	w := &walk{
		p: p, q: q, needed: needed, facts: casefile.Values{}, known: casefile.Values{}, choose: map[string]legaltime.Date{},
		law: map[string]legaltime.Date{}, origin: map[string]string{}, sentBack: map[string]bool{},
		plan: &Plan{
			Procedure: p.def.Name(), Calendar: casefile.Digest(p.calendar.Digest()), From: q.From,
			Steps: []Step{}, Critical: []Wait{}, Assumptions: []Assumption{},
		},
	}
	opened := q.From
	if q.Case != nil {
		w.facts, opened = p.def.FactsAt(q.Case, "", q.From), q.Case.OpenedOn
	}
	for _, pack := range p.packs {
		w.plan.Packs = append(w.plan.Packs, pack.Name())
		if _, ok := w.facts[pack.LawAt()]; !ok {
			w.facts[pack.LawAt()] = opened.String()
		}
	}
	maps.Copy(w.facts, q.Assume)
	maps.Copy(w.known, w.facts)
	for _, pack := range p.packs {
		w.law[pack.ID()] = w.date(pack.LawAt())
	}
	w.supposeFigures()
	return w
}

// supposeFigures supposes that periods are neither extended nor stopped where
// nobody knows.
func (w *walk) supposeFigures() {
	suppose := func(fact string, value any, of rules.Period) {
		if _, ok := w.facts[fact]; !ok {
			w.facts[fact] = value
			w.assume(AssumedPeriod, fact, "期间不延长、不中止："+of.Title.ZH, "neither extended nor stopped: "+of.Title.EN)
		}
	}
	for _, name := range casefile.SortedNames(w.p.periods) {
		x := w.p.periods[name]
		if x.Extend != nil {
			suppose(x.Extend.Days, int64(0), x)
		}
		if len(x.Stops) > 0 {
			suppose("suspensions", []string{}, x)
		}
	}
}

// lawOf gives the date that picks the law for a rule.
func (w *walk) lawOf(rule string) legaltime.Date {
	pack, _, _ := strings.Cut(rule, "/")
	return w.law[pack]
}

// date gives a fact as a date; zero when it is unknown or known not to be set.
func (w *walk) date(fact string) legaltime.Date {
	s, _ := w.facts[fact].(string)
	d, err := legaltime.ParseDate(s)
	if err != nil {
		return legaltime.Date{}
	}
	return d
}

func (w *walk) assume(kind AssumptionKind, name, zh, en string) {
	a := Assumption{Kind: kind, Name: name, Text: casefile.Text{ZH: zh, EN: en}}
	if !slices.Contains(w.plan.Assumptions, a) {
		w.plan.Assumptions = append(w.plan.Assumptions, a)
	}
}

// run walks to the end.
func (w *walk) run() error {
	at, day := w.p.def.Start, w.q.From
	var err error
	if w.q.Case != nil {
		if at, day, err = w.resume(); err != nil {
			return err
		}
	}
	for range (len(w.p.def.Steps) + 1) * (len(w.q.Outcomes) + 1) {
		if w.p.def.IsEnd(at) {
			w.plan.End, w.plan.EndAs = day, either(w.plan.EndAs, at)
			w.finish()
			return nil
		}
		if at, day, err = w.pass(at, day); err != nil {
			return err
		}
		if w.q.From.DaysUntil(day) > Horizon {
			return errFarAhead
		}
	}
	return fmt.Errorf("the outcomes lead round in a circle, through step %q: %w", at, casefile.ErrInvalid)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// resume goes on from the steps that run in the case.
func (w *walk) resume() (to string, day legaltime.Date, err error) {
	running := w.q.Case.ActiveSteps()
	if len(running) == 0 {
		return "", day, fmt.Errorf("no step of case %s is running: %w", w.q.Case.ID, casefile.ErrInvalid)
	}
	if w.q.Case.Status == casefile.StatusSuspended {
		w.assume(AssumedStep, casefile.CaseScope, "假定当日恢复办理", "the case is supposed to be resumed on the first day")
	}
	var list []*stepAt
	for _, r := range running {
		s, ok := w.p.def.Step(r.Step)
		if !ok {
			return "", day, fmt.Errorf("case %s is in step %q, which %s does not have: %w", w.q.Case.ID, r.Step, w.p.def.Name(), casefile.ErrInvalid)
		}
		at := w.enter(s, w.q.From, RequiredAlways)
		at.out.Enter, at.done = r.EnteredOn, r.Done
		list = append(list, at)
	}
	return w.leave(list)
}

// pass enters a step, a block or what stands in place of a step that is not
// required, and leaves it.
func (w *walk) pass(id string, day legaltime.Date) (to string, on legaltime.Date, err error) {
	s, ok := w.p.def.Step(id)
	if !ok {
		return "", day, fmt.Errorf("step %q does not exist: %w", id, casefile.ErrInvalid)
	}
	var list []*stepAt
	branches := []string{id}
	if s.IsBlock() {
		branches = s.Parallel
	}
	for _, branch := range branches {
		b, _ := w.p.def.Step(branch)
		required, asked, err := w.required(b, day)
		if err != nil {
			return "", day, err
		}
		if required == NotRequired || required == NotAssumed {
			w.plan.Steps = append(w.plan.Steps, Step{
				ID: b.ID, Title: b.Title, Basis: b.Basis, Block: w.block(b.ID), Required: required, Asked: asked, Enter: day, Waits: []Wait{},
			})
			continue
		}
		round := w.again(b.ID)
		at := w.enter(b, day, required)
		at.out.Asked, at.out.Round = asked, round
		list = append(list, at)
	}
	if len(list) == 0 {
		return s.Skip, day, nil
	}
	return w.leave(list)
}

// again gives which time it is that the way comes to a step, from the second on. What
// its acts established before is established anew.
func (w *walk) again(step string) (round int) {
	if len(w.sentBack) == 0 {
		return 0
	}
	for _, at := range w.steps {
		if at.step.ID == step {
			round++
		}
	}
	if w.q.Case != nil {
		if before := w.q.Case.Rounds(step); round == 0 || !slices.ContainsFunc(w.q.Case.ActiveSteps(), func(r casefile.StepRun) bool { return r.Step == step }) {
			round += before
		} else {
			round += before - 1 // the running one is among the steps
		}
	}
	if round == 0 {
		return 0
	}
	for _, a := range w.p.types[step].Acts {
		o := w.establishes(a)
		for _, fact := range slices.Concat(o.derived, o.chosen) {
			if _, supposed := w.q.Assume[fact]; !supposed {
				delete(w.facts, fact)
				delete(w.origin, fact)
				delete(w.choose, fact)
			}
		}
	}
	return round + 1
}

func (w *walk) block(step string) string {
	b, _ := w.p.def.Block(step)
	return b.ID
}

func (w *walk) enter(s procedure.Step, day legaltime.Date, required Required) *stepAt {
	at := &stepAt{
		step: s, kind: w.p.types[s.ID], ready: day, acts: map[string]legaltime.Date{}, busy: map[string]bool{},
		out: Step{ID: s.ID, Title: s.Title, Basis: s.Basis, Block: w.block(s.ID), Required: required, Enter: day, Waits: []Wait{}},
	}
	w.steps = append(w.steps, at)
	return at
}

// required asks the rules whether a step has to be gone through.
func (w *walk) required(s procedure.Step, day legaltime.Date) (Required, []Asked, error) {
	if s.Applies == "" {
		return RequiredAlways, nil, nil
	}
	j, err := w.p.judge.Judge(rules.Input{Applies: []rules.Ref{s.Applies}, Facts: w.known, Today: day})
	if err != nil {
		return "", nil, err
	}
	var asked []Asked
	for _, f := range j.Applies[s.Applies].Findings {
		asked = append(asked, Asked{Rule: f.Rule, Basis: f.Basis, Result: f.Result})
	}
	switch j.Applies[s.Applies].Result {
	case casefile.Pass:
		return RequiredByFacts, asked, nil
	case casefile.Block:
		return NotRequired, asked, nil
	case casefile.Undetermined:
	}
	if slices.Contains(w.q.Leave, s.ID) {
		w.assume(AssumedStep, s.ID, "是否需要“"+s.Title.ZH+"”尚未认定，按不需要计算", "nobody knows yet whether "+s.Title.EN+" is required; left out")
		return NotAssumed, asked, nil
	}
	w.assume(AssumedStep, s.ID, "是否需要“"+s.Title.ZH+"”尚未认定，按需要计算", "nobody knows yet whether "+s.Title.EN+" is required; counted as required")
	return RequiredAssumed, asked, nil
}

// leave concludes steps that run side by side, and gives where they lead.
func (w *walk) leave(list []*stepAt) (to string, day legaltime.Date, err error) {
	as := ""
	for _, s := range list {
		t, err := w.outcome(s.step)
		if err != nil {
			return "", day, err
		}
		on, err := w.conclude(s, t)
		if err != nil {
			return "", day, err
		}
		to, as, day = t.To, t.As, later(day, on)
	}
	if to == procedure.Join {
		last := list[0] // who concludes last joins the block
		for _, s := range list {
			if !s.out.Conclude.Before(day) {
				last = s
			}
		}
		block, _ := w.p.def.Block(last.step.ID)
		to, as = block.Joined.To, either(block.Joined.As, as)
		if day, err = w.opens(last, procedure.ActSpec{}, day, gatesOf(block.Joined.Gate)); err != nil {
			return "", day, err
		}
		last.out.Conclude = day
	}
	if as != "" {
		w.plan.EndAs = as
	}
	for _, s := range list {
		s.left = true
		if s.step.Type == procedure.Deliberation {
			w.plan.Decision = s.out.Conclude
		}
		w.plan.Steps = append(w.plan.Steps, s.out)
	}
	return to, day, nil
}

// outcome gives the transition by which the way goes on: the one that the
// question names, else the first that leads forward. One that sends the matter back is
// taken once.
func (w *walk) outcome(s procedure.Step) (procedure.Transition, error) {
	here := slices.IndexFunc(w.p.def.Steps, func(x procedure.Step) bool { return x.ID == s.ID })
	want, named := w.q.Outcomes[s.ID]
	named = named && !w.sentBack[s.ID]
	for _, t := range s.Outcomes {
		there := slices.IndexFunc(w.p.def.Steps, func(x procedure.Step) bool { return x.ID == t.To })
		forward := t.To == procedure.Join || there > here || w.p.def.IsEnd(t.To)
		switch {
		case named && t.Is != want, !named && !forward:
			continue
		case !forward && w.block(s.ID) != "":
			return t, fmt.Errorf("step %q is beside others and is not supposed to send the matter back: %w", s.ID, casefile.ErrInvalid)
		case !forward:
			w.sentBack[s.ID] = true
			w.assume(AssumedStep, s.ID, "假定“"+s.Title.ZH+"”退回一次，其后照常往下办", s.Title.EN+" is supposed to send the matter back once")
		}
		return t, nil
	}
	return procedure.Transition{}, fmt.Errorf("no outcome of step %q leads forward: %w", s.ID, casefile.ErrInvalid)
}

// finish puts together what the walk has found.
func (w *walk) finish() {
	for _, s := range w.plan.Steps {
		w.plan.Provisional = w.plan.Provisional || s.Provisional
	}
	w.critical()
}
