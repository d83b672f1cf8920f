package rules

import (
	"errors"
	"fmt"

	"github.com/expr-lang/expr/vm"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// todayFact is the fact that the engine supplies on every judgement.
const todayFact = "today"

// evaluation is one judgement under way. It belongs to one goroutine.
type evaluation struct {
	judge   *Judge
	in      Input
	count   counting
	machine *vm.VM
	states  map[*Pack]*state
	tracing bool
	parts   []TracePart // when tracing
}

// state is what the facts are to one pack.
type state struct {
	pack   *Pack
	env    map[string]any  // known facts, and parameters as "p.<name>", as expressions read them
	values casefile.Values // the same, as findings show them
	lawAt  legaltime.Date  // zero: the fact is missing
}

func (j *Judge) evaluate(in Input, tracing bool) (*evaluation, error) {
	if in.Today.IsZero() {
		return nil, fmt.Errorf("judge without a date: %w", casefile.ErrInvalid)
	}
	return &evaluation{
		judge: j, in: in, count: counting{calendar: j.calendar},
		machine: j.vms.Get().(*vm.VM), states: map[*Pack]*state{}, tracing: tracing,
	}, nil
}

// done gives the machine back.
func (e *evaluation) done() { e.judge.vms.Put(e.machine) }

// state reads the facts that a pack knows, once.
func (e *evaluation) state(p *Pack) (*state, error) {
	if s, ok := e.states[p]; ok {
		return s, nil
	}
	size := len(e.in.Facts) + len(p.parameters) + 1
	s := &state{pack: p, env: make(map[string]any, size), values: make(casefile.Values, size)}
	if err := s.read(e); err != nil {
		return nil, err
	}
	if at, ok := s.values[p.lawAt].(string); ok && at != "" {
		date, err := legaltime.ParseDate(at)
		if err != nil {
			return nil, fmt.Errorf("fact %s: %w: %w", p.lawAt, err, casefile.ErrInvalid)
		}
		if !p.inForce.Contains(date) {
			return nil, fmt.Errorf("rule pack %s is not in force on %s: %w", p.Name(), date, casefile.ErrInvalid)
		}
		s.lawAt = date
		for _, param := range p.parameters {
			if v, ok := param.at(date); ok {
				s.values["p."+param.Name] = v
				s.env["p."+param.Name] = e.expressed(param.Type, "", v)
			}
		}
	}
	e.states[p] = s
	return s, nil
}

// read takes the known facts into the state.
func (s *state) read(e *evaluation) error {
	var errs map[string]error
	facts := s.pack.vocabulary.facts
	take := func(f FactType, value any) {
		v, err := f.normalise(value)
		if err != nil {
			if errs == nil {
				errs = map[string]error{}
			}
			errs[f.Name] = err
			return
		}
		s.values[f.Name] = v
		s.env[f.Name] = e.expressed(f.Type, f.Name, v)
	}
	for name, value := range e.in.Facts {
		if f, ok := facts[name]; ok && name != todayFact {
			take(f, value)
		}
	}
	if f, ok := facts[todayFact]; ok {
		take(f, e.in.Today)
	}
	var wrong []error
	for _, name := range casefile.SortedNames(errs) {
		wrong = append(wrong, fmt.Errorf("fact %s: %w: %w", name, errs[name], casefile.ErrInvalid))
	}
	return errors.Join(wrong...)
}

// expressed gives a normalised value as expressions read it.
func (e *evaluation) expressed(t Type, fact string, value any) any {
	switch v := value.(type) {
	case int64:
		return int(v)
	case string:
		if t == TypeDate {
			d := day{fact: fact, count: &e.count}
			if v != "" {
				d.date, _ = legaltime.ParseDate(v) // it was normalised
			}
			return d
		}
	}
	return value
}

// answer is the value of an expression, or the facts that are missing for it.
type answer struct {
	value   any
	known   bool
	missing []string
}

func (a answer) is(b bool) bool { return a.known && a.value == b }

// ask evaluates an expression. When all its facts are known the compiled program
// answers; when one is missing, or a date is not set, the walk over its tree.
func (e *evaluation) ask(s *state, r *compiledRule, x *expression) (answer, error) {
	if !e.tracing && s.knows(x.reads) {
		if value, err := e.machine.Run(x.program, s.env); err == nil {
			return answer{value: value, known: true}, nil
		}
	}
	w := walker{env: s.env, tracing: e.tracing}
	o := w.walk(x.root)
	if e.tracing {
		e.parts = append(e.parts, TracePart{Part: x.part, Source: x.source, Root: o.node})
	}
	if !o.known && w.err != nil {
		return answer{}, fmt.Errorf("rule %s: %s: %w", r.ID, x.part, w.err)
	}
	return answer{value: o.value, known: o.known, missing: o.missing}, nil
}

func (s *state) knows(names []string) bool {
	for _, name := range names {
		if _, ok := s.env[name]; !ok {
			return false
		}
	}
	return true
}
