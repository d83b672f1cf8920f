package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Defect is something in a pack that is well formed and cannot be meant: a gate
// that never opens, a rule that says nothing.
type Defect struct {
	Pack    string `json:"pack"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Snippet string `json:"snippet,omitempty"` // the source line and a caret
	// Witness are facts on which it shows, with the day as "today"; nil where
	// there is none to show, or none was found.
	Witness casefile.Values `json:"witness,omitempty"`
}

// Error gives "file:line:col: message", then the source line with a caret and the
// witness, where there are.
func (d Defect) Error() string {
	out := fmt.Sprintf("%s:%d:%d: %s%s", d.File, d.Line, d.Column, d.Message, d.Snippet)
	if d.Witness == nil {
		return out
	}
	var facts []string
	for _, name := range casefile.SortedNames(d.Witness) {
		facts = append(facts, fmt.Sprintf("%s: %s", name, quoted(d.Witness[name])))
	}
	return out + "\n    for example {" + strings.Join(facts, ", ") + "}"
}

func quoted(v any) string {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	if list, ok := v.([]string); ok {
		return fmt.Sprintf("%q", list)
	}
	return fmt.Sprint(v)
}

// Analyse looks for what is wrong with a pack without being malformed: rules that
// are always or never met, that contradict one another, or add nothing to another
// one of their gate; parts of expressions that make no difference; gates that
// never open; tables with rows that overlap, gaps, and rows that are never
// reached. It proves what it reports for all facts (see features), for each set of
// parameters that is ever in force; there may be defects that it does not find. A
// pack is analysed with those that it builds on; what is reported stands in the
// pack itself. Loading a pack does not analyse it: packs that have judged cases
// stay what they are.
func Analyse(p *Pack, calendar Calendar) ([]Defect, error) {
	j, err := NewJudge(p.Stack(), calendar)
	if err != nil {
		return nil, err
	}
	a := &analysis{judge: j, pack: p, seen: map[string]bool{}}
	for _, on := range p.lawDates() {
		if err := a.at(on); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(a.found, func(x, y Defect) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return a.found, nil
}

// lawDates gives the first days of the times in which parameters and rules stay
// the same.
func (p *Pack) lawDates() []legaltime.Date {
	out := []legaltime.Date{p.inForce.From}
	for _, q := range p.Stack() {
		out = append(out, q.inForce.From)
		for _, param := range slices.Concat(q.parameters, q.tightened) {
			for _, row := range param.Rows {
				out = append(out, row.From)
			}
		}
		for _, r := range q.rules {
			out = append(out, r.InForce.From)
			if !r.InForce.To.IsZero() {
				out = append(out, r.InForce.To.AddDays(1))
			}
		}
	}
	out = slices.DeleteFunc(out, func(d legaltime.Date) bool {
		return slices.ContainsFunc(p.Stack(), func(q *Pack) bool { return !q.inForce.Contains(d) })
	})
	slices.SortFunc(out, legaltime.Date.Compare)
	return slices.Compact(out)
}

// analysis is the analysis of one pack, on one law date after the other.
type analysis struct {
	judge *Judge
	pack  *Pack
	found []Defect
	seen  map[string]bool // reports made

	on       legaltime.Date
	facts    casefile.Values // that pick the law
	features *features
}

// at analyses the pack as it is for cases whose law is that of a date.
func (a *analysis) at(on legaltime.Date) error {
	a.on, a.facts = on, casefile.Values{}
	for _, p := range a.judge.packs {
		a.facts[p.lawAt] = on.String()
	}
	e, err := a.judge.evaluate(Input{Facts: a.facts, Today: on}, false)
	if err != nil {
		return err
	}
	defer e.done()
	s, err := e.state(a.pack)
	if err != nil {
		return err
	}
	a.features = newFeatures(a.pack, s.values)
	gates := a.gates()
	for _, g := range gates {
		for _, r := range g.rules {
			for _, x := range r.conditions() {
				a.features.add(x.root)
			}
		}
	}
	for _, t := range a.pack.tables {
		for _, row := range t.rows {
			a.features.add(row.root)
		}
	}
	for _, x := range a.pack.periods {
		if x.when != nil {
			a.features.add(x.when.root)
		}
	}
	for _, g := range gates {
		a.gate(g)
	}
	for _, t := range a.pack.tables {
		a.table(t)
	}
	for _, x := range a.pack.periods {
		if x.when != nil {
			a.expression("period "+x.ID, x.when, "the period never runs", "the period always runs; leave when out")
		}
	}
	return nil
}

// asked is a gate with the versions of its rules that are law.
type asked struct {
	ref   Ref
	kind  Kind
	rules []ruleOf
}

// ruleOf is a rule with its pack.
type ruleOf struct {
	*compiledRule
	pack *Pack
}

// conditions gives the expressions of a rule that are true or false.
func (r *compiledRule) conditions() []*expression {
	return slices.DeleteFunc([]*expression{r.require, r.arises, r.met}, func(x *expression) bool { return x == nil })
}

// gates gives the gates at which the pack has rules, with all that are asked
// there. Rules that need a parameter that is not in force yet are left out.
func (a *analysis) gates() []asked {
	var out []asked
	for _, mine := range a.pack.gates {
		g := asked{ref: mine.ref(a.pack.id), kind: mine.Kind}
		for _, p := range a.judge.packs {
			for _, other := range p.gates {
				if other.ref(p.id) == g.ref {
					g.rules = append(g.rules, a.law(p, other.Rules)...)
				}
			}
		}
		out = append(out, g)
	}
	return out
}

func (a *analysis) law(p *Pack, ids []string) []ruleOf {
	var out []ruleOf
	for _, id := range ids {
		r := p.versionAt(id, a.on)
		if r != nil && !slices.ContainsFunc(r.Parameters, func(name string) bool { return !a.figure(name) }) {
			out = append(out, ruleOf{r, p})
		}
	}
	return out
}

// figure reports whether a parameter is in force.
func (a *analysis) figure(name string) bool {
	param, ok := a.pack.scope.params[name]
	if !ok {
		return false
	}
	_, ok = param.at(a.on)
	return ok
}

// report notes a defect, once.
func (a *analysis) report(at position, snippet string, witness casefile.Values, format string, args ...any) {
	d := Defect{
		Pack: a.pack.Name(), File: at.file, Line: at.line, Column: at.column,
		Message: fmt.Sprintf(format, args...), Snippet: snippet, Witness: witness,
	}
	key := fmt.Sprintf("%s:%d:%d: %s", d.File, d.Line, d.Column, d.Message)
	if !a.seen[key] {
		a.seen[key] = true
		a.found = append(a.found, d)
	}
}

// reportPart notes a defect in a part of an expression.
func (a *analysis) reportPart(x *expression, part ast.Node, format string, args ...any) {
	if x.origin == nil {
		return
	}
	p := x.origin.problem(startOf(part), "")
	a.report(position{p.File, p.Line, p.Column}, p.Snippet, nil, format, args...)
}

// startOf gives the offset at which a part of an expression begins.
func startOf(n ast.Node) int {
	first := n.Location().From
	for _, child := range childrenOf(n) {
		if body, ok := child.(*ast.PredicateNode); ok {
			child = body.Node
		}
		first = min(first, startOf(child))
	}
	return first
}

// maxWitnessProbes bounds the search for one witness.
const maxWitnessProbes = 20_000

// witness looks for facts on which aims hold.
func (a *analysis) witness(aims ...*aim) casefile.Values {
	q := &question{judge: a.judge, in: Input{Facts: a.facts, Today: a.on.AddDays(30)}}
	for _, g := range aims {
		var atoms []*atom
		if g.rule != nil {
			for _, x := range g.rule.conditions() {
				atoms = append(atoms, atomsOf(g.pack, x.root)...)
			}
		} else {
			atoms = atomsOf(g.pack, g.node)
		}
		q.aims, q.atoms = append(q.aims, g), append(q.atoms, atoms)
	}
	s, err := q.search()
	if err != nil {
		return nil
	}
	s.known, s.budget = map[string]*completion{}, maxWitnessProbes
	for name := range s.fixed {
		s.fixed[name] = name == a.pack.lawAt || name == todayFact
	}
	found, err := s.minimal(aims, 1)
	if err != nil || len(found) == 0 {
		return nil
	}
	out := casefile.Values{}
	for _, atoms := range q.atoms {
		for _, at := range atoms {
			if slices.Contains(at.facts, todayFact) {
				out[todayFact] = q.in.Today.String()
			}
		}
	}
	for name, v := range found[0] {
		out[name] = v
	}
	for name, v := range a.facts {
		out[name] = v
	}
	return out
}

// Refused gives the problems for which a pack was refused as defects, so that both
// can be told in one way; nil for an error of another kind.
func Refused(pack string, err error) []Defect {
	var out []Defect
	for _, p := range Problems(err) {
		out = append(out, Defect{Pack: pack, File: p.File, Line: p.Line, Column: p.Column, Message: p.Message, Snippet: p.Snippet})
	}
	return out
}
