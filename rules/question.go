package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// question is what has to hold, and of which facts it depends.
type question struct {
	judge    *Judge
	in       Input
	aims     []*aim
	atoms    [][]*atom // of each aim
	hinders  []WayRule
	rules    []*aim     // that each hindering rule passes
	facts    [][]string // of each hindering rule
	hopeless bool       // a rule cannot be asked before the law is known
}

// ask adds that a rule at a gate has to be met.
func (q *question) ask(e *evaluation, f casefile.Finding) error {
	g, atoms, err := q.aimAt(e, f)
	if err != nil || g == nil {
		return err
	}
	if f.Effect == casefile.EffectWarn {
		g = &aim{kind: aimAny, of: []*aim{g, {kind: aimReason, given: f.Rule}}}
	}
	q.aims, q.atoms = append(q.aims, g), append(q.atoms, atoms)
	return nil
}

// askWhetherApplies adds that a gate about a discretionary step gives an answer.
func (q *question) askWhetherApplies(e *evaluation, findings []casefile.Finding) error {
	not := &aim{kind: aimAll}
	either := &aim{kind: aimAny, of: []*aim{not}}
	var all []*atom
	for _, f := range findings {
		g, atoms, err := q.aimAt(e, f)
		if err != nil || g == nil {
			return err
		}
		contrary := *g
		contrary.want = false
		either.of, not.of, all = append(either.of, g), append(not.of, &contrary), append(all, atoms...)
	}
	q.aims, q.atoms = append(q.aims, either), append(q.atoms, all)
	return nil
}

// aimAt gives the aim that a rule passes, and notes the rule if it does not.
func (q *question) aimAt(e *evaluation, f casefile.Finding) (*aim, []*atom, error) {
	p, id, err := q.judge.find(f.Rule)
	if err != nil {
		return nil, nil, err
	}
	s, err := e.state(p)
	if err != nil {
		return nil, nil, err
	}
	r := p.versionAt(id, s.lawAt)
	if r == nil {
		q.hopeless = true
		return nil, nil, nil
	}
	if f.Result != casefile.Pass {
		q.hinders = append(q.hinders, WayRule{Rule: id, Title: r.Title, Basis: f.Basis})
		q.facts = append(q.facts, r.deep)
	}
	var atoms []*atom
	for _, x := range r.conditions() {
		atoms = append(atoms, atomsOf(p, x.root)...)
	}
	g := &aim{kind: aimRule, pack: p, rule: r, want: true}
	if f.Result != casefile.Pass {
		q.rules = append(q.rules, g)
	}
	return g, atoms, nil
}

// versionAt gives the version of a rule that is law on a date; nil when none is,
// or when the date that picks it is not known and there are several.
func (p *Pack) versionAt(id string, on legaltime.Date) *compiledRule {
	versions := p.versions[id]
	if latest := versions[len(versions)-1]; on.IsZero() {
		if latest.ownInForce {
			return nil
		}
		return latest
	}
	for _, r := range versions {
		if r.InForce.Contains(on) {
			return r
		}
	}
	return nil
}

// ways searches for the smallest sets: first among aims that share facts, then
// those together.
func (q *question) ways(limit int) ([]Way, error) {
	if q.hopeless || len(q.hinders) == 0 {
		return nil, nil
	}
	all, err := q.search()
	if err != nil {
		return nil, err
	}
	sets := []assignment{{}}
	for _, aims := range q.apart(all.fixed) {
		part := *all
		part.found, part.known, part.probes = nil, map[string]*completion{}, 0
		found, err := part.minimal(aims, limit)
		if err != nil {
			return nil, err
		}
		sets = combine(sets, found, limit)
	}
	var out []Way
	for _, set := range sets {
		out = append(out, q.describe(all, set))
	}
	return out, nil
}

// search prepares a search over all facts of the question.
func (q *question) search() (*search, error) {
	s := &search{judge: q.judge, in: q.in, fixed: map[string]bool{}, budget: maxProbes}
	atoms := slices.Concat(q.atoms...)
	facts := casefile.Values{}
	for _, a := range atoms {
		for _, name := range a.facts {
			if v, ok := q.in.Facts[name]; ok {
				v, err := a.pack.scope.facts[name].normalise(v)
				if err != nil {
					return nil, fmt.Errorf("fact %s: %w: %w", name, err, casefile.ErrInvalid)
				}
				facts[name] = v
			}
			f := a.pack.scope.facts[name]
			s.fixed[name] = name != todayFact && (f.Source == SourceEngine || name == a.pack.lawAt)
		}
		if v, ok := q.in.Facts[a.pack.lawAt]; ok {
			facts[a.pack.lawAt] = v
		}
	}
	s.in.Facts = facts
	var err error
	s.domain, err = q.judge.domains(atoms, facts, q.in.Today)
	return s, err
}

// apart parts the aims into groups that have no fact in common that could be
// changed.
func (q *question) apart(fixed map[string]bool) [][]*aim {
	var joined []*atom
	for _, atoms := range q.atoms {
		one := &atom{}
		for _, a := range atoms {
			for _, name := range a.facts {
				switch {
				case name == todayFact:
					one.facts = append(one.facts, "(waiting)") // together leaves today out, and waiting is shared
				case !fixed[name]:
					one.facts = append(one.facts, name)
				}
			}
		}
		joined = append(joined, one)
	}
	var out [][]*aim
	for _, group := range together(joined) {
		var aims []*aim
		for i, one := range joined {
			if slices.Contains(group, one) {
				aims = append(aims, q.aims[i])
			}
		}
		out = append(out, aims)
	}
	return out
}

// combine gives the unions of two lists of sets that share no facts, the
// smallest first.
func combine(sets, more []assignment, limit int) []assignment {
	var out []assignment
	for _, a := range sets {
		for _, b := range more {
			out = append(out, a.and(b))
		}
	}
	slices.SortStableFunc(out, func(a, b assignment) int {
		return cmp.Or(cmp.Compare(len(a), len(b)),
			cmp.Compare(strings.Join(casefile.SortedNames(a), " "), strings.Join(casefile.SortedNames(b), " ")))
	})
	return out[:min(len(out), limit)]
}

// describe says what a set asks for.
func (q *question) describe(s *search, set assignment) Way {
	set = set.and(nil)
	for _, name := range casefile.SortedNames(set) {
		if list, ok := set[name].([]string); ok {
			set[name] = q.shrink(s, set, name, list)
		}
	}
	w := Way{values: set, Rules: []WayRule{}}
	for _, name := range casefile.SortedNames(set) {
		rule, isReason := strings.CutPrefix(name, reasonPrefix)
		switch {
		case isReason:
			w.Reasons = append(w.Reasons, rule)
		case name == todayFact:
			w.WaitUntil = q.edge(s, set, name, -1)
		default:
			w.Changes = append(w.Changes, q.change(s, set, name))
		}
	}
	for i, r := range q.hinders {
		if slices.Contains(w.Reasons, r.Rule) || slices.ContainsFunc(q.facts[i], func(name string) bool { _, ok := set[name]; return ok }) {
			w.Rules = append(w.Rules, r)
		}
	}
	w.Provisional = q.provisional(s, set)
	w.Remedy = remedyOf(w)
	return w
}

// provisional reports whether a rule counts in a year whose calendar is not
// announced when it is met by a set.
func (q *question) provisional(s *search, set assignment) bool {
	e, err := s.evaluation(set, nil)
	if err != nil {
		return false
	}
	defer e.done()
	for _, rule := range q.rules {
		st, err := e.state(rule.pack)
		if err != nil {
			return false
		}
		if f, err := e.finding(st, "", rule.rule); err == nil && f.Provisional {
			return true
		}
	}
	return false
}

// opens reports whether the aims hold when a fact of a set has another value.
func (q *question) opens(s *search, set assignment, name string, value any) bool {
	a := set.and(assignment{name: value})
	e, err := s.evaluation(a, nil)
	if err != nil {
		return false
	}
	defer e.done()
	for _, g := range q.aims {
		if ok, err := s.holds(e, g, a); !ok || err != nil {
			return false
		}
	}
	return true
}

// shrink takes out of a list what it does not need, and puts back what need not
// have been taken out.
func (q *question) shrink(s *search, set assignment, name string, list []string) []string {
	have, _ := s.in.Facts[name].([]string)
	for _, item := range have {
		if back := with(list, []string{item}); len(back) > len(list) && q.opens(s, set, name, back) {
			list = back
		}
	}
	for _, item := range without(list, have) {
		if less := without(list, []string{item}); q.opens(s, set, name, less) {
			list = less
		}
	}
	return list
}

// edge moves a date as far as the aims still hold.
func (q *question) edge(s *search, set assignment, name string, step int) legaltime.Date {
	const far = 400
	at := dateOf(set[name])
	for range far {
		next := at.AddDays(step)
		if name == todayFact && !next.After(q.in.Today) || !q.opens(s, set, name, next.String()) {
			break
		}
		at = next
	}
	return at
}

// dateOf gives the date of a normalised value; zero for one that is not set.
func dateOf(value any) legaltime.Date {
	text, _ := value.(string)
	d, err := legaltime.ParseDate(text)
	if err != nil {
		return legaltime.Date{}
	}
	return d
}
