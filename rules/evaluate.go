package rules

import (
	"errors"
	"fmt"
	"strings"

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
	parts   []TracePart // when tracing: of the rule under way
	traces  []*Trace    // when tracing a gate
}

// state is what the facts are to one pack.
type state struct {
	pack    *Pack
	env     map[string]any      // what is known, by name, as expressions read it
	values  casefile.Values     // the same, as findings show it
	figures map[string]figure   // parameters in force, by name
	derived map[string]bool     // periods and tables that were asked for: whether the count is provisional
	behind  map[string][]string // of those without a value: the facts that are missing
	lawAt   legaltime.Date      // zero: the fact is missing
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
	size := len(e.in.Facts) + len(p.scope.params) + 1
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
		s.figures = make(map[string]figure, len(p.scope.params))
		for name, param := range p.scope.params {
			if f, ok := figureOf(e.judge.packs, p.scope.owner[name], param, date); ok {
				s.figures[name] = f
				s.values[parameterSpace+name] = f.row.Value
				s.env[parameterSpace+name] = e.expressed(param.Type, "", f.row.Value)
			}
		}
	}
	e.states[p] = s
	return s, nil
}

// read takes the known facts into the state.
func (s *state) read(e *evaluation) error {
	var errs map[string]error
	facts := s.pack.scope.facts
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
func (e *evaluation) ask(s *state, of string, x *expression) (answer, error) {
	if err := e.derive(s, x.reads); err != nil {
		return answer{}, err
	}
	if !e.tracing && s.knows(x.reads) {
		if value, err := e.machine.Run(x.program, s.env); err == nil {
			return answer{value: value, known: true}, nil
		}
	}
	w := walker{notes: x.notes, env: s.env, behind: s.behind, tracing: e.tracing}
	o := w.walk(x.root)
	if e.tracing {
		e.parts = append(e.parts, TracePart{Part: x.part, Source: x.source, Root: o.node})
	}
	if !o.known && w.err != nil {
		return answer{}, fmt.Errorf("%s: %s: %w", of, x.part, w.err)
	}
	return answer{value: o.value, known: o.known, missing: o.missing}, nil
}

// derive computes the periods and tables among the names, each once.
func (e *evaluation) derive(s *state, names []string) error {
	for _, name := range names {
		if _, done := s.derived[name]; done || !isDerived(name) {
			continue
		}
		if err := e.deriveOne(s, name); err != nil {
			return err
		}
	}
	return nil
}

func isDerived(name string) bool {
	return strings.HasPrefix(name, periodSpace) || strings.HasPrefix(name, tableSpace)
}

func (e *evaluation) deriveOne(s *state, name string) error {
	provisional, tracing := e.count.provisional, e.tracing
	defer func() { e.count.provisional, e.tracing = provisional, tracing }()
	e.count.provisional, e.tracing = false, false
	if x, ok := s.pack.scope.periods[strings.TrimPrefix(name, periodSpace)]; ok && strings.HasPrefix(name, periodSpace) {
		l, err := e.lastDay(s, x)
		if err != nil {
			return err
		}
		s.keep(name, l.value, l.missing, e.count.provisional || l.due.Provisional)
		return nil
	}
	h, err := e.look(s, s.pack.scope.tables[strings.TrimPrefix(name, tableSpace)])
	if err != nil {
		return err
	}
	s.keep(name, h.value, h.missing, e.count.provisional)
	return nil
}

// keep notes the value of a period or a table, or what is missing for it.
func (s *state) keep(name string, value any, missing []string, provisional bool) {
	if s.derived == nil {
		s.derived, s.behind = map[string]bool{}, map[string][]string{}
	}
	s.derived[name] = provisional
	if missing != nil {
		s.behind[name] = missing
		return
	}
	s.env[name], s.values[name] = value, plain(value)
}

func (s *state) knows(names []string) bool {
	for _, name := range names {
		if _, ok := s.env[name]; !ok {
			return false
		}
	}
	return true
}
