package rules

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// The analysis of packs proves that something can never happen. For that it
// looks at less than the facts, so that the proof covers all of them: each atom
// becomes a statement about a few features. A feature is a yes-no fact; a text
// among the texts it is compared with; a figure among the figures it is compared
// with; which of two terms comes first; whether a date is set. Whatever is none of
// these is a feature of its own that may come out either way. Two features are
// taken to be independent, although they may not be. So what is impossible for
// features is impossible for facts, but not the other way round: the analysis
// misses some defects, and reports none that is not there.

// truth is what an atom or an expression comes to when all facts are known.
// Without a value it is undefined: a date in it is not set, or a list is empty.
type truth uint8

const (
	isTrue truth = iota
	isFalse
	isUndefined
)

func (t truth) not() truth {
	switch t {
	case isTrue:
		return isFalse
	case isFalse:
		return isTrue
	case isUndefined, impossible:
	}
	return t
}

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// features are what the atoms of some expressions are statements about. The
// values of a feature are 0, 1, ….
type features struct {
	figures map[string]any // parameters in force, as "p.<name>"
	scope   scope
	values  map[string]int       // how many values each feature has
	texts   map[string][]string  // of a feature that is a text: what it is compared with
	points  map[string][]float64 // of a feature that is a figure: what it is compared with, sorted
	atoms   map[ast.Node]statement
}

// statement is an atom in terms of features.
type statement struct {
	about []string                 // the features, in order
	holds func(values []int) truth // on their values
}

func newFeatures(p *Pack, figures map[string]any) *features {
	return &features{
		figures: figures, scope: p.scope, values: map[string]int{}, texts: map[string][]string{},
		points: map[string][]float64{}, atoms: map[ast.Node]statement{},
	}
}

// add takes the atoms of an expression in. All expressions are added before the
// first question is asked.
func (f *features) add(n ast.Node) {
	for _, below := range connected(n) {
		f.add(below)
	}
	if connected(n) == nil {
		if _, ok := f.atoms[n]; !ok {
			f.atoms[n] = f.state(n)
		}
	}
}

// connected gives what a connective joins; nil for an atom.
func connected(n ast.Node) []ast.Node {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return []ast.Node{n.Node}
		}
	case *ast.BinaryNode:
		if _, ok := connective(n.Operator); ok {
			return []ast.Node{n.Left, n.Right}
		}
	case *ast.ConditionalNode:
		return []ast.Node{n.Cond, n.Exp1, n.Exp2}
	}
	return nil
}

// feature notes a feature with a number of values.
func (f *features) feature(name string, values int) string {
	f.values[name] = max(f.values[name], values)
	return name
}

// state makes an atom a statement.
func (f *features) state(n ast.Node) statement {
	switch n := n.(type) {
	case *ast.BoolNode:
		return statement{holds: func([]int) truth { return truthOf(n.Value) }}
	case *ast.IdentifierNode:
		return f.yes(n.Value, true)
	case *ast.CallNode:
		if fact, ok := n.Arguments[0].(*ast.IdentifierNode); ok && n.Callee.String() == "isSet" && fact.Value != todayFact {
			return statement{[]string{f.feature("set "+fact.Value, 2)}, func(v []int) truth { return truthOf(v[0] == 0) }}
		}
	case *ast.BinaryNode:
		if s, ok := f.compared(n); ok {
			return s
		}
	}
	return f.opaque(n)
}

// yes is a statement about a yes-no fact.
func (f *features) yes(fact string, want bool) statement {
	return statement{[]string{f.feature("yes "+fact, 2)}, func(v []int) truth { return truthOf((v[0] == 0) == want) }}
}

// opaque takes an atom as a feature of its own.
func (f *features) opaque(n ast.Node) statement {
	values := 2
	if f.undefinable(n) {
		values = 3
	}
	return statement{[]string{f.feature("atom "+n.String(), values)}, func(v []int) truth { return truth(v[0]) }}
}

// undefinable reports whether a term may have no value although all facts are
// known: it reads a date other than today, or the last of a list, or something
// derived.
func (f *features) undefinable(n ast.Node) bool {
	for _, name := range readsOf(n) {
		if strings.HasPrefix(name, parameterSpace) || name == todayFact {
			continue
		}
		if t, _ := f.scope.typeOf(name); t == TypeDate || strings.HasPrefix(name, tableSpace) || strings.HasPrefix(name, periodSpace) {
			return true
		}
	}
	return strings.Contains(n.String(), "last(")
}

// guarded adds to a statement about terms that it is undefined when one of them
// is.
func (f *features) guarded(s statement, terms ...ast.Node) statement {
	guards := map[string]bool{}
	var names []string
	for _, term := range terms {
		for _, g := range f.guards(term) {
			if !guards[g] {
				guards[g] = true
				names = append(names, g)
			}
		}
	}
	inner := s.holds
	k := len(s.about)
	s.about = append(slices.Clip(s.about), names...)
	s.holds = func(v []int) truth {
		for _, g := range v[k:] {
			if g != 0 {
				return isUndefined
			}
		}
		return inner(v[:k])
	}
	return s
}

// guards gives the features that say whether a term has a value: that the dates
// in it are set.
func (f *features) guards(term ast.Node) []string {
	switch n := term.(type) {
	case *ast.IdentifierNode:
		if t := f.scope.facts[n.Value].Type; t == TypeDate && n.Value != todayFact {
			return []string{f.feature("set "+n.Value, 2)}
		}
		return nil
	case *ast.CallNode:
		if slices.Contains([]string{"calDays", "workdays", "addCal", "addWd", "addMonths", "addYears", "roll", "earlier", "later"}, n.Callee.String()) {
			var out []string
			for _, argument := range n.Arguments {
				out = append(out, f.guards(argument)...)
			}
			return out
		}
	}
	if f.undefinable(term) {
		return []string{f.feature("value "+term.String(), 2)}
	}
	return nil
}

// compared makes a comparison a statement; ok is false when it is not of a known
// form.
func (f *features) compared(n *ast.BinaryNode) (statement, bool) {
	left, right := n.Left, n.Right
	switch f.typeOf(left) {
	case TypeBool:
		fact, isFact := left.(*ast.IdentifierNode)
		literal, isLiteral := right.(*ast.BoolNode)
		if isFact && isLiteral && (n.Operator == "==" || n.Operator == "!=") {
			return f.yes(fact.Value, literal.Value == (n.Operator == "==")), true
		}
	case TypeInt, TypeNumber:
		return f.figure(n.Operator, left, right)
	case TypeText, TypeEnum:
		return f.text(n.Operator, left, right)
	case TypeDate:
		return f.order(n.Operator, left, right), true
	default:
	}
	return statement{}, false
}

func (f *features) typeOf(n ast.Node) Type {
	t, err := language{scope: f.scope}.typeOf(n, typeAny)
	if err != nil {
		return typeAny
	}
	return t
}

// order is a statement about which of two terms comes first. The order of two
// terms is one feature, whichever of them stands left.
func (f *features) order(operator string, left, right ast.Node) statement {
	holds, sign := compareDays[operator], 1
	a, b := left.String(), right.String()
	if a > b {
		a, b, sign = b, a, -1
	}
	s := statement{[]string{f.feature("order "+a+" / "+b, 3)}, func(v []int) truth { return truthOf(holds(sign * (v[0] - 1))) }}
	return f.guarded(s, left, right)
}

// text is a statement about which of the texts that it is compared with a text
// is. An enum is one of its values.
func (f *features) text(operator string, left, right ast.Node) (statement, bool) {
	if literal, ok := left.(*ast.StringNode); ok && operator != "in" {
		if _, both := right.(*ast.StringNode); !both {
			return f.text(operator, right, literal)
		}
	}
	var among []string
	literals := []ast.Node{right}
	if list, ok := right.(*ast.ArrayNode); ok && operator == "in" {
		literals = list.Nodes
	}
	for _, item := range literals {
		literal, ok := item.(*ast.StringNode)
		if !ok {
			return f.twoTexts(operator, left, right)
		}
		among = append(among, literal.Value)
	}
	if operator != "==" && operator != "!=" && operator != "in" {
		return statement{}, false
	}
	name := f.feature("text "+left.String(), 1)
	known := f.texts[name]
	if fact, ok := left.(*ast.IdentifierNode); ok && known == nil {
		known = f.scope.facts[fact.Value].Enum
	}
	f.texts[name] = with(known, among)
	f.values[name] = len(f.texts[name])
	if fact, ok := left.(*ast.IdentifierNode); !ok || f.scope.facts[fact.Value].Type != TypeEnum {
		f.values[name]++ // some other text
	}
	s := statement{[]string{name}, func(v []int) truth {
		texts := f.texts[name]
		is := v[0] < len(texts) && slices.Contains(among, texts[v[0]])
		return truthOf(is == (operator != "!="))
	}}
	return f.guarded(s, left), true
}

// twoTexts is a statement about whether two texts are equal.
func (f *features) twoTexts(operator string, left, right ast.Node) (statement, bool) {
	if operator != "==" && operator != "!=" {
		return statement{}, false
	}
	a, b := left.String(), right.String()
	if a > b {
		a, b = b, a
	}
	s := statement{[]string{f.feature("same "+a+" / "+b, 2)}, func(v []int) truth { return truthOf((v[0] == 0) == (operator == "==")) }}
	return f.guarded(s, left, right), true
}
