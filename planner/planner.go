// Package planner says when things can lawfully happen: from a start date the
// earliest date of each step, of the decision and of the end; from a wished date
// the latest start. It reads no clock and decides nothing: each date comes from
// asking the rules of the packs, on the facts that the plan supposes.
//
// A plan supposes that nobody loses a day: every act is done on the first day on
// which its gate opens, and every date that an act announces, such as the last
// day for comment, is the earliest that the rules accept. A minimum period (不少于)
// is planned in full, also where the law would let the one whom it protects be
// done sooner.
package planner

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// Bounds of a question, so that answering has one.
const (
	// Horizon is how far ahead a plan looks, in days: about twenty years.
	Horizon = 7305
	// MaxAssumptions is how many facts, outcomes and things left out a question may name.
	MaxAssumptions = 200

	firstYear, lastYear = 1990, 2150
)

// Planner answers questions about one procedure. It never changes and may be used
// by several goroutines.
type Planner struct {
	def      *procedure.Definition
	packs    []*rules.Pack
	judge    *rules.Judge
	calendar *legaltime.Calendar
	dates    map[string]bool               // facts that are dates
	asked    map[rules.Ref][]rule          // rules about dates at each gate of the definition
	periods  map[string]rules.Period       // minimum periods by pack and id, "cn.713/comment_window"
	announce map[string]string             // fact that an act announces → minimum period that a rule holds it to
	types    map[string]procedure.StepType // by step
}

// rule is a rule that reads dates.
type rule struct {
	rules.Rule
	name    string   // "cn.713/mad-…"
	facts   []string // dates that it reads, also through periods, without today
	minimum []string // minimum periods that it reads
}

// Question is what is to be planned.
type Question struct {
	// From is the day on which the case is opened; for a running case, the first
	// day on which anything more can be done.
	From legaltime.Date
	// Case is the running case; nil for a matter that is only planned.
	Case *casefile.Case
	// Assume are facts that are taken to be so. They come before those of the case.
	Assume casefile.Values
	// Outcomes says by step with which outcome it ends. Without it, a step ends
	// with its first outcome that leads forward; so does one that has sent the matter
	// back once, when the way comes to it again. A step beside others sends nothing back.
	Outcomes map[string]string
	// Do names acts, "<step>.<verb>", that end no step and are taken to be done, though
	// nothing asks for them: such as a hearing.
	Do []string
	// Leave names discretionary steps that are taken not to be required as long as
	// nobody knows, and acts, "<step>.<verb>", that are taken not to be done.
	Leave []string
}

// New returns a planner. The packs come with those that they build on, base packs
// first, and fit the definition as [procedure.Check] says.
func New(def *procedure.Definition, packs []*rules.Pack, calendar *legaltime.Calendar) (*Planner, error) {
	judge, err := rules.NewJudge(packs, calendar)
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", def.Name(), err)
	}
	p := &Planner{
		def: def, packs: packs, judge: judge, calendar: calendar, dates: map[string]bool{}, asked: map[rules.Ref][]rule{},
		periods: map[string]rules.Period{}, announce: map[string]string{}, types: map[string]procedure.StepType{},
	}
	for _, pack := range packs {
		for _, name := range pack.Vocabulary().Names() {
			if f, _ := pack.Vocabulary().Fact(name); f.Type == rules.TypeDate && name != today {
				p.dates[name] = true
			}
		}
		for _, x := range pack.Periods() {
			if x.Kind == rules.PeriodMinimum {
				p.periods[pack.ID()+"/"+x.ID] = x
			}
		}
	}
	for _, s := range def.Steps {
		p.types[s.ID], _ = procedure.Type(s.Type)
	}
	p.readGates()
	return p, nil
}

// Forward gives the plan from the question's first day. Errors are
// [casefile.ErrInvalid]: a day or a fact that makes no sense, packs that are not
// in force then, a way that leads nowhere, a closed case.
func (p *Planner) Forward(q Question) (*Plan, error) {
	if err := p.check(q); err != nil {
		return nil, err
	}
	return p.forward(q)
}

func (p *Planner) forward(q Question) (*Plan, error) {
	needed := map[string]bool{}
	for _, act := range q.Do {
		needed[act] = true
	}
	for {
		w := p.newWalk(q, needed)
		err := w.run()
		var late *actNeeded
		if errors.As(err, &late) && !needed[late.act] {
			needed = maps.Clone(needed) // an act of an earlier step turned out to be needed
			needed[late.act] = true
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("plan %s from %s: %w", p.def.Name(), q.From, err)
		}
		return w.plan, nil
	}
}

// check refuses questions that cannot be answered.
func (p *Planner) check(q Question) error {
	if y := q.From.Year(); q.From.IsZero() || y < firstYear || y > lastYear {
		return fmt.Errorf("first day %q: want a date in the years %d to %d: %w", q.From, firstYear, lastYear, casefile.ErrInvalid)
	}
	if len(q.Assume)+len(q.Outcomes)+len(q.Leave)+len(q.Do) > MaxAssumptions {
		return fmt.Errorf("more than %d assumptions: %w", MaxAssumptions, casefile.ErrInvalid)
	}
	if q.Case != nil && q.Case.Status == casefile.StatusClosed {
		return fmt.Errorf("case %s is closed: %w", q.Case.ID, casefile.ErrInvalid)
	}
	for _, name := range casefile.SortedNames(q.Assume) {
		if err := p.knows(name, q.Assume[name]); err != nil {
			return err
		}
	}
	for _, id := range casefile.SortedNames(q.Outcomes) {
		s, _ := p.def.Step(id)
		if !slices.ContainsFunc(s.Outcomes, func(t procedure.Transition) bool { return t.Is == q.Outcomes[id] }) {
			return fmt.Errorf("step %q has no outcome %q: %w", id, q.Outcomes[id], casefile.ErrInvalid)
		}
	}
	for _, id := range q.Do {
		step, verb := casefile.Act{Kind: id}.Split()
		if spec, ok := p.types[step].Act(verb); !ok || len(spec.Outcomes()) > 0 || slices.Contains(q.Leave, id) {
			return fmt.Errorf("%q is no act that can be supposed to be done: %w", id, casefile.ErrInvalid)
		}
	}
	for _, id := range q.Leave {
		if !p.discretionary(id) {
			return fmt.Errorf("%q is neither a discretionary step nor an act: %w", id, casefile.ErrInvalid)
		}
	}
	return nil
}

func (p *Planner) knows(name string, value any) error {
	for _, pack := range p.packs {
		if _, ok := pack.Vocabulary().Fact(name); ok {
			_, err := pack.Vocabulary().Normalise(name, value)
			return err
		}
	}
	return fmt.Errorf("fact %s is in none of the packs: %w", name, casefile.ErrInvalid)
}

func (p *Planner) discretionary(id string) bool {
	if s, ok := p.def.Step(id); ok {
		return s.Applies != ""
	}
	step, verb := casefile.Act{Kind: id}.Split()
	_, ok := p.types[step].Act(verb)
	return ok
}
