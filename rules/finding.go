package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// verdict gives the findings at gates of one kind; the result is left to the
// caller. A rule that stands in several of the gates is found once.
func (e *evaluation) verdict(refs []Ref, kind Kind) (casefile.Verdict, error) {
	v := casefile.Verdict{Result: casefile.Pass, Gates: []string{}, Findings: []casefile.Finding{}}
	seen := map[string]bool{}
	for _, ref := range refs {
		p, ok := e.judge.byID[ref.Pack()]
		if !ok {
			return v, fmt.Errorf("gate %s: no such rule pack: %w", ref, casefile.ErrInvalid)
		}
		g, ok := p.Gate(ref.Gate())
		if !ok || g.AddsTo != "" {
			return v, fmt.Errorf("gate %s: not in %s: %w", ref, p.Name(), casefile.ErrInvalid)
		}
		if g.Kind != kind {
			return v, fmt.Errorf("gate %s is of kind %s, it was asked as %s: %w", ref, g.Kind, kind, casefile.ErrInvalid)
		}
		v.Gates = append(v.Gates, string(ref))
		if err := e.ofGate(&v, seen, p, g, ref); err != nil {
			return v, err
		}
		for _, added := range e.judge.added[ref] {
			if err := e.ofGate(&v, seen, added.pack, added.gate, ref); err != nil {
				return v, err
			}
		}
	}
	return v, nil
}

// ofGate adds the findings of the rules that one pack asks at a gate.
func (e *evaluation) ofGate(v *casefile.Verdict, seen map[string]bool, p *Pack, g Gate, ref Ref) error {
	v.Findings = slices.Grow(v.Findings, len(g.Rules))
	s, err := e.state(p)
	if err != nil {
		return err
	}
	for _, id := range g.Rules {
		if seen[id] {
			continue
		}
		seen[id] = true
		e.parts = nil
		f, found, err := e.find(s, ref, id)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		v.Findings = append(v.Findings, f)
		if e.tracing {
			e.traces = append(e.traces, &Trace{Pack: p.Name(), Rule: id, Parts: e.parts})
		}
	}
	return nil
}

// single gives the finding of one rule, at the first gate that it stands in.
func (e *evaluation) single(p *Pack, id string) (casefile.Finding, error) {
	s, err := e.state(p)
	if err != nil {
		return casefile.Finding{}, err
	}
	f, found, err := e.find(s, p.gateOf(id), id)
	if err == nil && !found {
		err = fmt.Errorf("rule %s is not in force on %s: %w", id, s.lawAt, casefile.ErrInvalid)
	}
	return f, err
}

// gateOf gives the first gate in which a rule stands.
func (p *Pack) gateOf(id string) Ref {
	for _, g := range p.gates {
		for _, rule := range g.Rules {
			if rule == id {
				return g.ref(p.id)
			}
		}
	}
	return Ref(p.id + "/")
}

// find gives the finding of the version of a rule that is law; found is false
// when none is. Without the date that picks it, a rule with several versions is
// undetermined.
func (e *evaluation) find(s *state, gate Ref, id string) (f casefile.Finding, found bool, err error) {
	versions := s.pack.versions[id]
	latest := versions[len(versions)-1]
	if s.lawAt.IsZero() {
		if latest.ownInForce {
			f = casefile.Finding{Gate: string(gate), Rule: id, Effect: latest.Effect, Result: casefile.Undetermined, Missing: []string{s.pack.lawAt}}
			latest.tell(&f)
			return f, true, nil
		}
		f, err = e.finding(s, gate, latest)
		return f, true, err
	}
	for _, r := range versions {
		if r.InForce.Contains(s.lawAt) {
			f, err = e.finding(s, gate, r)
			return f, true, err
		}
	}
	return f, false, nil
}

// finding judges one rule.
func (e *evaluation) finding(s *state, gate Ref, r *compiledRule) (casefile.Finding, error) {
	if err := e.derive(s, r.reads); err != nil {
		return casefile.Finding{}, fmt.Errorf("rule %s: %w", r.ID, err)
	}
	e.count.provisional = false
	f := casefile.Finding{Gate: string(gate), Rule: r.ID, Effect: r.Effect, Basis: r.Basis + s.figureBasis(r)}
	for _, name := range r.deep {
		e.count.provisional = e.count.provisional || s.derived[name]
		if v, ok := s.values[name]; ok {
			if f.Values == nil {
				f.Values = make(casefile.Values, len(r.deep))
			}
			f.Values[name] = v
		}
	}
	var err error
	if r.Effect == casefile.EffectDuty {
		err = e.duty(s, r, &f)
	} else {
		err = e.requirement(s, r, &f)
	}
	if err != nil {
		return casefile.Finding{}, err
	}
	f.Missing = s.law(f.Missing)
	f.Provisional = e.count.provisional
	if f.Result != casefile.Pass {
		r.tell(&f)
	}
	return f, nil
}

// tell fills in what the pack says of a rule that is not met.
func (r *compiledRule) tell(f *casefile.Finding) {
	f.Message, f.Remedy = r.Message, r.Remedy
}

// law names the fact that picks the parameters, where parameters are missing
// because it is.
func (s *state) law(missing []string) []string {
	if !s.lawAt.IsZero() {
		return missing
	}
	var names []string
	for _, name := range missing {
		if strings.HasPrefix(name, parameterSpace) {
			name = s.pack.lawAt
		}
		names = merge(names, []string{name})
	}
	return names
}

// requirement judges a rule that blocks, warns or applies.
func (e *evaluation) requirement(s *state, r *compiledRule, f *casefile.Finding) error {
	a, err := e.ask(s, r.ID, r.require)
	if err != nil {
		return err
	}
	f.Result, f.Missing = resultOf(a), a.missing
	_, err = e.due(s, r, f)
	return err
}

// due derives the date of a rule, if it has one and the facts for it are known.
func (e *evaluation) due(s *state, r *compiledRule, f *casefile.Finding) (answer, error) {
	if r.due == nil {
		return answer{}, nil
	}
	a, err := e.ask(s, r.ID, r.due)
	if err != nil || !a.known {
		return a, err
	}
	f.Due = a.value.(day).date
	if f.Due.IsZero() { // a period that does not run
		return answer{missing: []string{a.value.(day).fact}}, nil
	}
	if x, ok := s.pack.scope.periods[strings.TrimPrefix(r.Due, periodSpace)]; ok && r.Effect == casefile.EffectDuty {
		f.RemindOn = e.count.remindOn(x, f.Due)
	}
	return a, nil
}

// duty judges a duty: whether it exists, until when, and whether it has been
// performed. It passes while it does not exist, when it has been performed, and
// as long as there is time.
func (e *evaluation) duty(s *state, r *compiledRule, f *casefile.Finding) error {
	if r.arises != nil {
		arises, err := e.ask(s, r.ID, r.arises)
		if err != nil {
			return err
		}
		if f.Result, f.Missing = resultOf(arises), arises.missing; f.Result != casefile.Pass {
			if arises.is(false) {
				f.Result = casefile.Pass
			}
			return nil
		}
	}
	due, err := e.due(s, r, f)
	if err != nil {
		return err
	}
	met, err := e.ask(s, r.ID, r.met)
	if err != nil {
		return err
	}
	f.Met = met.is(true)
	if r.require != nil {
		a, err := e.ask(s, r.ID, r.require)
		f.Result, f.Missing = resultOf(a), a.missing
		return err
	}
	f.Result, f.Missing = inTime(met, due, r.due != nil, e.in.Today)
	return nil
}

// inTime is: performed, or there is still time.
func inTime(met, due answer, hasDue bool, today legaltime.Date) (casefile.Result, []string) {
	left := answer{known: true, value: false}
	if hasDue {
		left = answer{missing: due.missing}
		if due.known {
			left = answer{known: true, value: !today.After(due.value.(day).date)}
		}
	}
	switch {
	case met.is(true) || left.is(true):
		return casefile.Pass, nil
	case met.known && left.known:
		return casefile.Block, nil
	}
	return casefile.Undetermined, merge(met.missing, left.missing)
}

func resultOf(a answer) casefile.Result {
	switch {
	case a.is(true):
		return casefile.Pass
	case a.known:
		return casefile.Block
	}
	return casefile.Undetermined
}
