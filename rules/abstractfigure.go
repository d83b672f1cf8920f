package rules

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// constant gives the figure that a term of literals and parameters comes to.
func (f *features) constant(n ast.Node) (float64, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return float64(n.Value), true
	case *ast.FloatNode:
		return n.Value, true
	case *ast.MemberNode:
		name, _ := memberName(n)
		switch v := f.figures[name].(type) {
		case int64:
			return float64(v), true
		case float64:
			return v, true
		}
	case *ast.UnaryNode:
		x, ok := f.constant(n.Node)
		if n.Operator == "-" {
			x = -x
		}
		return x, ok
	}
	return 0, false
}

// figure is a statement about a figure and what it is compared with.
func (f *features) figure(operator string, left, right ast.Node) (statement, bool) {
	if operator == "in" {
		list, ok := right.(*ast.ArrayNode)
		if !ok {
			return statement{}, false
		}
		var among []float64
		for _, item := range list.Nodes {
			x, ok := f.constant(item)
			if !ok {
				return statement{}, false
			}
			among = append(among, x)
		}
		return f.at(left, among, func(x float64) bool { return slices.Contains(among, x) }), true
	}
	holds, ok := compareDays[operator]
	if !ok {
		return statement{}, false
	}
	if y, constant := f.constant(right); constant {
		return f.at(left, []float64{y}, func(x float64) bool { return holds(order(x, y)) }), true
	}
	if x, constant := f.constant(left); constant {
		return f.at(right, []float64{x}, func(y float64) bool { return holds(order(x, y)) }), true
	}
	return f.order(operator, left, right), true
}

func order(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// at is a statement about where a figure lies among the points that it is compared
// with: at one of them, or between two. Whole numbers have no place between
// neighbours.
func (f *features) at(term ast.Node, points []float64, holds func(float64) bool) statement {
	name := f.feature("figure "+term.String(), 1)
	known := append(f.points[name], points...)
	slices.Sort(known)
	f.points[name] = slices.Compact(known)
	f.values[name] = 2*len(f.points[name]) + 1
	whole := f.typeOf(term) == TypeInt
	length, isLength := term.(*ast.BuiltinNode)
	isLength = isLength && length.Name == "len"
	s := statement{[]string{name}, func(v []int) truth {
		x, possible := place(f.points[name], v[0], whole)
		if !possible || isLength && negative(f.points[name], v[0]) {
			return impossible
		}
		return truthOf(holds(x))
	}}
	return f.guarded(s, term)
}

// impossible is what an atom comes to on values of features that no facts have.
const impossible truth = 255

// negative reports whether all figures at a place are below zero.
func negative(points []float64, value int) bool {
	i := value / 2
	if value%2 == 1 {
		return points[i] < 0
	}
	return i < len(points) && points[i] <= 0
}

// place gives a figure at a point (odd values) or between points (even ones).
func place(points []float64, value int, whole bool) (x float64, possible bool) {
	i := value / 2
	switch {
	case value%2 == 1:
		return points[i], !whole || points[i] == float64(int64(points[i]))
	case i == 0:
		return points[0] - 1, true
	case i == len(points):
		return points[i-1] + 1, true
	}
	x = (points[i-1] + points[i]) / 2
	if !whole {
		return x, true
	}
	below := float64(int64(points[i-1])) + 1
	if points[i-1] < 0 && points[i-1] != float64(int64(points[i-1])) {
		below--
	}
	return below, below < points[i]
}
