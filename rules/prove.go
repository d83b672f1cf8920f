package rules

import "github.com/expr-lang/expr/ast"

// maxProofSteps bounds one proof. What takes longer is taken to be possible.
const maxProofSteps = 200_000

// demand is that an expression comes to something.
type demand struct {
	node ast.Node
	is   truth
}

// proof looks for values of features that meet demands.
type proof struct {
	features *features
	at       map[string]int
	steps    int
}

// possible reports whether all the demands can be met at once. A false is proven.
func (f *features) possible(demands ...demand) bool {
	p := &proof{features: f, at: map[string]int{}}
	return p.meet(demands) || p.steps > maxProofSteps
}

// differs reports whether two expressions can come to different things.
func (f *features) differs(a, b ast.Node) bool {
	for _, x := range []truth{isTrue, isFalse, isUndefined} {
		for _, y := range []truth{isTrue, isFalse, isUndefined} {
			if x != y && f.possible(demand{a, x}, demand{b, y}) {
				return true
			}
		}
	}
	return false
}

// meet meets the first demand in each way in which that can be, and then the
// others.
func (p *proof) meet(demands []demand) bool {
	if p.steps++; p.steps > maxProofSteps {
		return false
	}
	if len(demands) == 0 {
		return true
	}
	d, rest := demands[0], demands[1:]
	options := d.unfold()
	if options == nil {
		return p.atom(p.features.atoms[d.node], d.is, 0, rest)
	}
	for _, option := range options {
		if p.meet(append(option, rest...)) {
			return true
		}
	}
	return false
}

// atom gives the features of an atom values with which it comes to what is
// demanded.
func (p *proof) atom(s statement, is truth, i int, rest []demand) bool {
	if i == len(s.about) {
		values := make([]int, len(s.about))
		for k, name := range s.about {
			values[k] = p.at[name]
		}
		return s.holds(values) == is && p.meet(rest)
	}
	name := s.about[i]
	if _, given := p.at[name]; given {
		return p.atom(s, is, i+1, rest)
	}
	for v := range p.features.values[name] {
		p.at[name] = v
		if p.atom(s, is, i+1, rest) {
			return true
		}
	}
	delete(p.at, name)
	return false
}

// unfold gives the ways in which a connective comes to what is demanded; nil for
// an atom. An impossible one has an empty list of ways.
func (d demand) unfold() [][]demand {
	switch n := d.node.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return [][]demand{{{n.Node, d.is.not()}}}
		}
	case *ast.BinaryNode:
		if decisive, ok := connective(n.Operator); ok {
			return connect(n, truthOf(decisive), d.is)
		}
	case *ast.ConditionalNode:
		out := [][]demand{
			{{n.Cond, isTrue}, {n.Exp1, d.is}},
			{{n.Cond, isFalse}, {n.Exp2, d.is}},
		}
		if d.is != isUndefined {
			return append(out, []demand{{n.Cond, isUndefined}, {n.Exp1, d.is}, {n.Exp2, d.is}})
		}
		for _, yes := range []truth{isTrue, isFalse, isUndefined} {
			for _, no := range []truth{isTrue, isFalse, isUndefined} {
				if yes != no || yes == isUndefined {
					out = append(out, []demand{{n.Cond, isUndefined}, {n.Exp1, yes}, {n.Exp2, no}})
				}
			}
		}
		return out
	}
	return nil
}

// connect gives the ways in which and or or comes to something: to the value that
// decides by either side, to the other one by both, and otherwise to nothing.
func connect(n *ast.BinaryNode, decisive, is truth) [][]demand {
	if is == decisive {
		return [][]demand{{{n.Left, decisive}}, {{n.Right, decisive}}}
	}
	if is == isUndefined {
		return [][]demand{
			{{n.Left, isUndefined}, {n.Right, isUndefined}},
			{{n.Left, isUndefined}, {n.Right, decisive.not()}},
			{{n.Left, decisive.not()}, {n.Right, isUndefined}},
		}
	}
	return [][]demand{{{n.Left, is}, {n.Right, is}}}
}
