package rules

import (
	"github.com/expr-lang/expr/ast"

	"github.com/zhengdang/chengxu/casefile"
)

// gate analyses the rules of a gate, each for itself and against the others.
func (a *analysis) gate(g asked) {
	var sound []ruleOf
	for _, r := range g.rules {
		if r.pack != a.pack || a.rule(g, r) {
			sound = append(sound, r)
		}
	}
	if g.kind == Watching {
		return
	}
	clash := len(sound) < len(g.rules)
	for i, r := range sound {
		for _, other := range sound[:i] {
			if r.pack != a.pack && other.pack != a.pack {
				continue
			}
			if g.kind == Admission && a.contradict(g, other, r) {
				clash = true
				continue
			}
			a.redundant(g, other, r)
		}
	}
	if !clash && g.kind == Admission {
		a.opens(g, sound)
	}
}

func (a *analysis) passes(r ruleOf) demand { return demand{r.require.root, isTrue} }

func aimOf(r ruleOf, want bool) *aim {
	return &aim{kind: aimRule, pack: r.pack, rule: r.compiledRule, want: want}
}

// rule analyses a rule for itself. A rule that is always or never met is not
// compared with others.
func (a *analysis) rule(g asked, r ruleOf) bool {
	what := "rule " + r.ID
	if r.Effect == casefile.EffectDuty {
		if r.arises != nil {
			a.expression(what, r.arises, "the duty never arises", "the duty always exists; leave arises out")
		}
		a.expression(what, r.met, "the duty can never be performed", "the duty is always performed")
		if r.require != nil {
			a.expression(what, r.require, "it can never be met", "it is always met")
		}
		return true
	}
	never, always := "it can never be met", "it is always met, whatever the facts: it asks nothing"
	switch r.Effect {
	case casefile.EffectBlock:
		never += ", so gate " + string(g.ref) + " can never open"
	case casefile.EffectApplies:
		never, always = "it never holds", "it always holds, whatever the facts"
	default:
	}
	return a.expression(what, r.require, never, always)
}

// expression analyses an expression for itself: that it comes out both ways, and
// that each of its parts makes a difference.
func (a *analysis) expression(what string, x *expression, never, always string) bool {
	can, cannot := a.features.possible(demand{x.root, isTrue}), a.features.possible(demand{x.root, isFalse}) ||
		a.features.possible(demand{x.root, isUndefined})
	switch {
	case !can:
		a.reportPart(x, x.root, "%s: %s: %s", what, x.part, never)
	case !cannot:
		a.reportPart(x, x.root, "%s: %s: %s", what, x.part, always)
	default:
		a.idle(what, x, x.root)
	}
	return can && cannot
}

// idle reports parts of an expression without which it would come out the same.
func (a *analysis) idle(what string, x *expression, at ast.Node) {
	same := func(instead ast.Node) bool {
		return !a.features.differs(x.root, swapped(x.root, at, instead))
	}
	report := func(part ast.Node) {
		a.reportPart(x, part, "%s: %s: this part makes no difference: without it the answer is always the same", what, x.part)
	}
	switch n := at.(type) {
	case *ast.BinaryNode:
		if _, ok := connective(n.Operator); !ok {
			return
		}
		if same(n.Left) {
			report(n.Right)
			a.idle(what, x, n.Left)
			return
		}
		if same(n.Right) {
			report(n.Left)
			a.idle(what, x, n.Right)
			return
		}
	case *ast.ConditionalNode:
		if same(n.Exp1) || same(n.Exp2) {
			report(n.Cond)
			return
		}
	}
	for _, below := range connected(at) {
		a.idle(what, x, below)
	}
}

// swapped gives a tree in which another node stands in the place of one. The tree
// is not changed.
func swapped(n, old, instead ast.Node) ast.Node {
	if n == old {
		return instead
	}
	switch n := n.(type) {
	case *ast.UnaryNode:
		if connected(n) != nil {
			return &ast.UnaryNode{Operator: n.Operator, Node: swapped(n.Node, old, instead)}
		}
	case *ast.BinaryNode:
		if connected(n) != nil {
			return &ast.BinaryNode{Operator: n.Operator, Left: swapped(n.Left, old, instead), Right: swapped(n.Right, old, instead)}
		}
	case *ast.ConditionalNode:
		return &ast.ConditionalNode{
			Ternary: true, Cond: swapped(n.Cond, old, instead),
			Exp1: swapped(n.Exp1, old, instead), Exp2: swapped(n.Exp2, old, instead),
		}
	}
	return n
}

// contradict reports two rules that cannot both be met.
func (a *analysis) contradict(g asked, r, later ruleOf) bool {
	if a.features.possible(a.passes(r), a.passes(later)) {
		return false
	}
	at, other := later, r
	if at.pack != a.pack {
		at, other = r, later
	}
	consequence := "a reason is always needed"
	if r.Effect == casefile.EffectBlock && later.Effect == casefile.EffectBlock {
		consequence = "the gate can never open"
	}
	a.report(at.at, "", a.witness(aimOf(other, true), aimOf(at, false)),
		"rule %s contradicts rule %s (%s): at gate %s they are never both met, so %s", at.ID, other.ID, placeOf(other, at), g.ref, consequence)
	return true
}

// placeOf says where a rule stands, seen from another one.
func placeOf(r, from ruleOf) string {
	place := position{r.File, r.Line, 0}.lines()
	if r.pack != from.pack {
		return r.pack.Name() + " " + place
	}
	return place
}

// redundant reports the one of two rules of the same effect that adds nothing to
// the other.
func (a *analysis) redundant(g asked, r, later ruleOf) {
	if r.Effect != later.Effect {
		return
	}
	// implied: whenever the first passes, so does the second.
	implied := func(first, second ruleOf) bool {
		return !a.features.possible(a.passes(first), demand{second.require.root, isFalse}) &&
			!a.features.possible(a.passes(first), demand{second.require.root, isUndefined})
	}
	forth, back := implied(r, later), implied(later, r)
	if g.kind == Applying { // one is enough there, so the narrower one adds nothing
		forth, back = back, forth
	}
	switch {
	case forth && back:
		if later.pack != a.pack {
			r, later = later, r
		}
		a.report(later.at, "", a.witness(aimOf(r, false), aimOf(later, false)),
			"rule %s says the same as rule %s (%s) at gate %s, whatever the facts", later.ID, r.ID, placeOf(r, later), g.ref)
	case forth && later.pack == a.pack:
		a.addsNothing(g, later, r)
	case back && r.pack == a.pack:
		a.addsNothing(g, r, later)
	}
}

// addsNothing reports a rule that another one makes idle.
func (a *analysis) addsNothing(g asked, idle, by ruleOf) {
	if g.kind == Applying {
		a.report(idle.at, "", a.witness(aimOf(idle, false), aimOf(by, true)),
			"rule %s adds nothing at gate %s: whenever it holds, rule %s (%s) holds", idle.ID, g.ref, by.ID, placeOf(by, idle))
		return
	}
	a.report(idle.at, "", a.witness(aimOf(idle, true), aimOf(by, false)),
		"rule %s adds nothing at gate %s: whenever rule %s (%s) is met, so is it", idle.ID, g.ref, by.ID, placeOf(by, idle))
}

// opens reports a gate whose blocking rules are never all met, although each two
// of them can be.
func (a *analysis) opens(g asked, rules []ruleOf) {
	var demands []demand
	var first *ruleOf
	for i, r := range rules {
		if r.Effect != casefile.EffectBlock {
			continue
		}
		demands = append(demands, a.passes(r))
		if first == nil && r.pack == a.pack {
			first = &rules[i]
		}
	}
	if first != nil && !a.features.possible(demands...) {
		a.report(first.at, "", nil, "gate %s can never open: its rules, the first of which is %s, are never all met", g.ref, first.ID)
	}
}
