package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/zhengdang/chengxu/casefile"
)

// maxProbes bounds the judgements that one search makes.
const maxProbes = 100_000

// reasonPrefix marks, among the facts of an assignment, the reason for a rule
// that warns.
const reasonPrefix = "reason:"

// assignment gives facts other values.
type assignment map[string]any

// and gives the assignment with more; neither is changed.
func (a assignment) and(more assignment) assignment {
	out := make(assignment, len(a)+len(more))
	maps.Copy(out, a)
	maps.Copy(out, more)
	return out
}

// within reports whether everything in a is in b.
func (a assignment) within(b assignment) bool {
	for name, value := range a {
		other, ok := b[name]
		if !ok || !sameValue(value, other) {
			return false
		}
	}
	return true
}

// names reports whether every fact of a is one of b.
func (a assignment) names(b assignment) bool {
	for name := range a {
		if _, ok := b[name]; !ok {
			return false
		}
	}
	return true
}

func sameValue(a, b any) bool {
	x, isList := a.([]string)
	y, both := b.([]string)
	if isList || both {
		return isList && both && slices.Equal(x, y)
	}
	return a == b
}

// aim is what a search wants to hold. It is a tree that unfolds from rules to
// the atoms of their expressions.
type aim struct {
	kind  aimKind
	of    []*aim        // all, any
	pack  *Pack         // rule, node
	rule  *compiledRule // rule
	node  ast.Node      // node
	want  bool          // node: the value wanted; rule: pass, or block
	given string        // reason: the rule
	atom  *atom         // node, once it was seen to be an atom
}

type aimKind int

const (
	aimAll aimKind = iota
	aimAny
	aimRule
	aimNode
	aimReason
)

// search looks for the smallest sets of facts that make aims hold when their
// values are changed. It tries the values of the domains and no others; among
// those it is exact.
type search struct {
	judge   *Judge
	in      Input
	fixed   map[string]bool // facts that nobody can change
	domain  map[string][]any
	known   map[string]*completion // by atom and what it starts from
	probes  int
	budget  int // of probes
	size    int // of the sets looked for
	cut     bool
	found   []assignment
	problem error
}

// evaluation gives the facts of an assignment to judge by, of the names only;
// nil for all of them.
func (s *search) evaluation(a assignment, names []string) (*evaluation, error) {
	in := Input{Facts: make(casefile.Values, len(names)+2), Today: s.in.Today}
	if names == nil {
		maps.Copy(in.Facts, s.in.Facts)
	}
	for _, name := range names {
		if v, ok := s.in.Facts[name]; ok {
			in.Facts[name] = v
		}
	}
	for _, p := range s.judge.packs {
		if v, ok := s.in.Facts[p.lawAt]; ok {
			in.Facts[p.lawAt] = v
		}
	}
	for name, value := range a {
		switch {
		case name == todayFact:
			in.Today = dateOf(value)
		case !strings.HasPrefix(name, reasonPrefix) && (names == nil || slices.Contains(names, name)):
			in.Facts[name] = value
		}
	}
	s.probes++
	return s.judge.evaluate(in, false)
}

// minimal gives the smallest assignments that make the aims hold, those with
// fewer facts first: no part of the facts of one would do. It stops after a size
// at which there are at least as many as wanted.
func (s *search) minimal(aims []*aim, wanted int) ([]assignment, error) {
	for s.size = 0; ; s.size++ {
		s.cut = false
		s.extend(assignment{}, aims)
		if s.problem != nil {
			return nil, s.problem
		}
		if !s.cut || len(s.found) >= wanted || s.probes > s.budget {
			return s.found, nil
		}
	}
}

// extend carries an assignment on until the aims hold.
func (s *search) extend(a assignment, aims []*aim) {
	if s.problem != nil || s.probes > s.budget || slices.ContainsFunc(s.found, func(f assignment) bool { return f.names(a) }) {
		return
	}
	e, err := s.evaluation(a, nil)
	if err != nil {
		s.problem = err
		return
	}
	defer e.done()
	for i, g := range aims {
		ok, err := s.holds(e, g, a)
		if err != nil {
			if len(a) == 0 {
				s.problem = err
			}
			return // a figure out of range leads nowhere
		}
		if !ok {
			s.branch(a, aims, i)
			return
		}
	}
	s.found = append(s.found, a)
}

// branch makes one aim hold, in each way in which that can be.
func (s *search) branch(a assignment, aims []*aim, i int) {
	g := aims[i]
	become := func(with ...*aim) { s.extend(a, slices.Concat(aims[:i], with, aims[i+1:])) }
	switch g.kind {
	case aimAll:
		become(g.of...)
	case aimAny:
		for _, one := range g.of {
			become(one)
		}
	case aimReason:
		s.assign(a, aims, assignment{reasonPrefix + g.given: true})
	case aimRule:
		become(g.unfoldRule())
	case aimNode:
		if below := g.unfold(); below != nil {
			become(below)
			return
		}
		for _, more := range s.completions(a, g) {
			s.assign(a, aims, more)
		}
	}
}

// assign extends by an assignment, if there is room for it.
func (s *search) assign(a assignment, aims []*aim, more assignment) {
	if len(a)+len(more) > s.size {
		s.cut = true
		return
	}
	s.extend(a.and(more), aims)
}

// holds reports whether an aim is reached on the facts.
func (s *search) holds(e *evaluation, g *aim, a assignment) (bool, error) {
	switch g.kind {
	case aimAll, aimAny:
		for _, one := range g.of {
			ok, err := s.holds(e, one, a)
			if err != nil || ok == (g.kind == aimAny) {
				return ok, err
			}
		}
		return g.kind == aimAll, nil
	case aimReason:
		_, ok := a[reasonPrefix+g.given]
		return ok, nil
	case aimRule:
		st, err := e.state(g.pack)
		if err != nil {
			return false, err
		}
		f, err := e.finding(st, "", g.rule)
		return f.Result == map[bool]casefile.Result{true: casefile.Pass, false: casefile.Block}[g.want], err
	case aimNode:
		return e.gives(g.pack, g.node, g.want)
	}
	return false, nil
}

// gives reports whether a part of an expression has a value.
func (e *evaluation) gives(p *Pack, n ast.Node, want bool) (bool, error) {
	st, err := e.state(p)
	if err != nil {
		return false, err
	}
	if err := e.derive(st, readsOf(n)); err != nil {
		return false, err
	}
	w := walker{notes: notesOf(n), env: st.env, behind: st.behind}
	o := w.walk(n)
	return o.is(want), w.err
}

// unfoldRule gives what makes a rule pass, or block.
func (g *aim) unfoldRule() *aim {
	node := func(x *expression, want bool) *aim {
		return &aim{kind: aimNode, pack: g.pack, node: x.root, want: want}
	}
	r := g.rule
	if r.Effect != casefile.EffectDuty {
		return node(r.require, g.want)
	}
	out := &aim{kind: aimAny}
	if r.arises != nil {
		out.of = append(out.of, node(r.arises, false))
	}
	if r.require != nil {
		out.of = append(out.of, node(r.require, true))
		return out
	}
	out.of = append(out.of, node(r.met, true))
	return out
}

// unfold gives the aims that a connective comes down to; nil for an atom.
func (g *aim) unfold() *aim {
	node := func(n ast.Node, want bool) *aim { return &aim{kind: aimNode, pack: g.pack, node: n, want: want} }
	both := func(kind aimKind, of ...*aim) *aim { return &aim{kind: kind, of: of} }
	switch n := g.node.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return node(n.Node, !g.want)
		}
	case *ast.BinaryNode:
		if decisive, ok := connective(n.Operator); ok {
			kind := aimAll
			if decisive == g.want {
				kind = aimAny
			}
			return both(kind, node(n.Left, g.want), node(n.Right, g.want))
		}
	case *ast.ConditionalNode:
		return both(aimAny,
			both(aimAll, node(n.Cond, true), node(n.Exp1, g.want)),
			both(aimAll, node(n.Cond, false), node(n.Exp2, g.want)),
			both(aimAll, node(n.Exp1, g.want), node(n.Exp2, g.want)))
	}
	return nil
}

// completions gives the assignments that, added to one, give an atom the value
// wanted, and of which no part does.
func (s *search) completions(a assignment, g *aim) []assignment {
	if g.atom == nil {
		g.atom = atomOf(g.pack, g.node)
	}
	start := assignment{}
	var free []string
	for _, name := range g.atom.facts {
		switch value, ok := a[name]; {
		case ok:
			start[name] = value
		case !s.fixed[name]:
			free = append(free, name)
		}
	}
	key := fmt.Sprintf("%p %t %v", g.node, g.want, start)
	c := s.known[key]
	if c == nil {
		c = &completion{}
		s.known[key] = c
	}
	for room := s.size - len(a); c.size < len(free); {
		if c.size >= room {
			s.cut = true
			break
		}
		c.size++
		s.complete(g, start, free, c.size, assignment{}, &c.found)
	}
	return c.found
}

// completion is what makes an atom hold, looked for up to a number of facts.
type completion struct {
	size  int
	found []assignment
}

// complete tries all values of size of the free facts.
func (s *search) complete(g *aim, start assignment, free []string, size int, more assignment, out *[]assignment) {
	if s.probes > s.budget {
		return
	}
	if size == 0 {
		if slices.ContainsFunc(*out, func(smaller assignment) bool { return smaller.within(more) }) {
			return
		}
		e, err := s.evaluation(start.and(more), g.atom.facts)
		if err != nil {
			return
		}
		defer e.done()
		if ok, err := e.gives(g.pack, g.node, g.want); ok && err == nil {
			*out = append(*out, maps.Clone(more))
		}
		return
	}
	for i := 0; i+size <= len(free); i++ {
		for _, value := range s.domain[free[i]] {
			if have, ok := s.in.Facts[free[i]]; ok && sameValue(have, value) {
				continue
			}
			more[free[i]] = value
			s.complete(g, start, free[i+1:], size-1, more, out)
		}
		delete(more, free[i])
	}
}
