package rules

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// change is one small change of an expression: the node at becomes to, and the
// whole expression root.
type change struct {
	operator Operator
	at, to   ast.Node
	root     ast.Node
}

// mutator lists the changes of an expression.
type mutator struct {
	language language
	out      []change
}

// spot is where a node stands: in what type of list item (typeAny: none),
// whether directly under not, and how the expression is rebuilt with another
// node in its place. Nothing that is shared is changed.
type spot struct {
	item    Type
	negated bool
	put     func(ast.Node) ast.Node
}

// below gives the spot of an operand.
func (s spot) below(rebuild func(ast.Node) ast.Node) spot {
	return spot{item: s.item, put: func(n ast.Node) ast.Node { return s.put(rebuild(n)) }}
}

// locate gives where a node of an expression stands in its file; the zero
// position for an expression that stands in none.
func (x *expression) locate(n ast.Node) position {
	if x.origin == nil {
		return position{}
	}
	at := x.origin.problem(n.Location().From, "")
	return position{at.File, at.Line, at.Column}
}

// changesOf lists the changes of an expression, from its root down and from left
// to right.
func changesOf(l language, root ast.Node) []change {
	m := mutator{language: l}
	m.visit(root, spot{item: typeAny, put: func(n ast.Node) ast.Node { return n }})
	return m.out
}

func (m *mutator) change(o Operator, s spot, at ast.Node, to ...ast.Node) {
	for _, n := range to {
		m.out = append(m.out, change{operator: o, at: at, to: n, root: s.put(n)})
	}
}

// visit changes a node and then what is below it.
func (m *mutator) visit(n ast.Node, s spot) {
	switch n := n.(type) {
	case *ast.BoolNode:
		m.change(OperatorNegation, s, n, &ast.BoolNode{Value: !n.Value})
	case *ast.IntegerNode:
		m.change(OperatorNumber, s, n, &ast.IntegerNode{Value: n.Value + 1}, &ast.IntegerNode{Value: n.Value - 1})
	case *ast.FloatNode:
		m.change(OperatorNumber, s, n, &ast.FloatNode{Value: tenth(n.Value + 0.1)}, &ast.FloatNode{Value: tenth(n.Value - 0.1)})
	case *ast.IdentifierNode, *ast.MemberNode:
		m.negate(n, s)
	case *ast.UnaryNode:
		m.unary(n, s)
	case *ast.BinaryNode:
		m.binary(n, s)
	case *ast.ConditionalNode:
		m.conditional(n, s)
	case *ast.ArrayNode:
		m.array(n, s)
	case *ast.CallNode:
		m.call(n, s)
	case *ast.BuiltinNode:
		m.builtin(n, s)
	}
}

// negate puts not before a condition, unless that is what dropping the not
// above it comes to.
func (m *mutator) negate(n ast.Node, s spot) {
	if t, err := m.language.typeOf(n, s.item); err == nil && t == TypeBool && !s.negated {
		m.change(OperatorNegation, s, n, not(n))
	}
}

func not(n ast.Node) ast.Node { return &ast.UnaryNode{Operator: "not", Node: n} }

func (m *mutator) unary(n *ast.UnaryNode, s spot) {
	operator := OperatorArithmetic
	if n.Operator == "not" || n.Operator == "!" {
		operator = OperatorNegation
	}
	m.change(operator, s, n, n.Node)
	inner := s.below(func(x ast.Node) ast.Node { c := *n; c.Node = x; return &c })
	inner.negated = operator == OperatorNegation
	m.visit(n.Node, inner)
}

func (m *mutator) binary(n *ast.BinaryNode, s spot) {
	with := func(operator string) ast.Node { c := *n; c.Operator = operator; return &c }
	switch n.Operator {
	case "and", "&&", "or", "||":
		m.connective(n, s, with)
	case "==", "!=", "<", "<=", ">", ">=":
		m.comparison(n, s, with)
	case "in":
		m.negate(n, s)
		m.widen(n, s)
	case "+":
		m.change(OperatorArithmetic, s, n, with("-"), n.Left, n.Right)
	case "-":
		m.change(OperatorArithmetic, s, n, with("+"), n.Left)
	case "*":
		m.change(OperatorArithmetic, s, n, with("+"), n.Left, n.Right)
	case "/", "%":
		m.change(OperatorArithmetic, s, n, with("*"), n.Left)
	}
	m.visit(n.Left, s.below(func(x ast.Node) ast.Node { c := *n; c.Left = x; return &c }))
	m.visit(n.Right, s.below(func(x ast.Node) ast.Node { c := *n; c.Right = x; return &c }))
}

// connective swaps and with or, and drops each operand of a chain.
func (m *mutator) connective(n *ast.BinaryNode, s spot, with func(string) ast.Node) {
	swapped := map[string]string{"and": "or", "&&": "||", "or": "and", "||": "&&"}
	m.change(OperatorConnective, s, n, with(swapped[n.Operator]))
	m.change(OperatorDropped, s, n, n.Left)
	if left, ok := n.Left.(*ast.BinaryNode); !ok || left.Operator != n.Operator {
		m.change(OperatorDropped, s, n, n.Right)
	}
}

// neighbours are the comparisons that differ from an operator in one of the
// three orders of two values, and its negation.
func neighbours(operator string, ordered bool) []string {
	switch operator {
	case "<":
		return []string{"<=", "!=", ">="}
	case "<=":
		return []string{"<", "==", ">"}
	case ">":
		return []string{">=", "!=", "<="}
	case ">=":
		return []string{">", "==", "<"}
	case "==":
		if ordered {
			return []string{"!=", "<=", ">="}
		}
		return []string{"!="}
	}
	if ordered {
		return []string{"==", "<", ">"}
	}
	return []string{"=="}
}

func (m *mutator) comparison(n *ast.BinaryNode, s spot, with func(string) ast.Node) {
	negation := map[string]string{"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
	for _, operator := range neighbours(n.Operator, m.ordered(n, s.item)) {
		if !s.negated || operator != negation[n.Operator] {
			m.change(OperatorComparison, s, n, with(operator))
		}
	}
	for _, other := range m.otherTexts(n.Left, n.Right) {
		c := *n
		c.Right = other
		m.change(OperatorText, s, n, &c)
	}
	for _, other := range m.otherTexts(n.Right, n.Left) {
		c := *n
		c.Left = other
		m.change(OperatorText, s, n, &c)
	}
}

// ordered reports whether a comparison is of numbers or dates.
func (m *mutator) ordered(n *ast.BinaryNode, item Type) bool {
	t, err := m.language.typeOf(n.Left, item)
	return err == nil && (t == TypeInt || t == TypeNumber || t == TypeDate)
}

// otherTexts gives what a literal that a value is compared with could have been:
// each other value of an enum; else blank for a text, and a text for blank.
func (m *mutator) otherTexts(value, literal ast.Node) []ast.Node {
	text, ok := literal.(*ast.StringNode)
	if !ok {
		return nil
	}
	if values := m.enumOf(value); values != nil {
		var out []ast.Node
		for _, other := range values {
			if other != text.Value {
				out = append(out, &ast.StringNode{Value: other})
			}
		}
		return out
	}
	if text.Value == "" {
		return []ast.Node{&ast.StringNode{Value: "x"}}
	}
	return []ast.Node{&ast.StringNode{Value: ""}}
}

// enumOf gives the values of a fact that is an enum; nil for anything else.
func (m *mutator) enumOf(value ast.Node) []string {
	name, ok := value.(*ast.IdentifierNode)
	if !ok || m.language.facts[name.Value].Type != TypeEnum {
		return nil
	}
	return m.language.facts[name.Value].Enum
}

// widen adds to a list in which an enum is looked for each value that it lacks.
func (m *mutator) widen(n *ast.BinaryNode, s spot) {
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return
	}
	has := map[string]bool{}
	for _, item := range list.Nodes {
		if text, ok := item.(*ast.StringNode); ok {
			has[text.Value] = true
		}
	}
	for _, value := range m.enumOf(n.Left) {
		if has[value] {
			continue
		}
		c := *n
		c.Right = &ast.ArrayNode{Nodes: append(slices.Clip(slices.Clone(list.Nodes)), &ast.StringNode{Value: value})}
		m.change(OperatorList, s, n, &c)
	}
}

func (m *mutator) conditional(n *ast.ConditionalNode, s spot) {
	m.change(OperatorBranch, s, n, n.Exp1, n.Exp2)
	m.visit(n.Cond, s.below(func(x ast.Node) ast.Node { c := *n; c.Cond = x; return &c }))
	m.visit(n.Exp1, s.below(func(x ast.Node) ast.Node { c := *n; c.Exp1 = x; return &c }))
	m.visit(n.Exp2, s.below(func(x ast.Node) ast.Node { c := *n; c.Exp2 = x; return &c }))
}

// array drops each element of a list; a list is never empty.
func (m *mutator) array(n *ast.ArrayNode, s spot) {
	for i, element := range n.Nodes {
		if len(n.Nodes) > 1 {
			m.change(OperatorList, s, n, &ast.ArrayNode{Nodes: slices.Delete(slices.Clone(n.Nodes), i, i+1)})
		}
		if _, text := element.(*ast.StringNode); !text {
			m.visit(element, s.below(func(x ast.Node) ast.Node { return &ast.ArrayNode{Nodes: replaced(n.Nodes, i, x)} }))
		}
	}
}

func replaced(nodes []ast.Node, i int, by ast.Node) []ast.Node {
	out := slices.Clone(nodes)
	out[i] = by
	return out
}

// call counts by the other kind of day and picks the other date.
func (m *mutator) call(n *ast.CallNode, s spot) {
	other := map[string]string{
		"addWd": "addCal", "addCal": "addWd", "workdays": "calDays", "calDays": "workdays",
		"earlier": "later", "later": "earlier", "addMonths": "addYears", "addYears": "addMonths",
	}
	name := n.Callee.String()
	if by, ok := other[name]; ok {
		m.change(OperatorFunction, s, n, &ast.CallNode{Callee: &ast.IdentifierNode{Value: by}, Arguments: n.Arguments})
	}
	switch name {
	case "earlier", "later":
		m.change(OperatorDropped, s, n, n.Arguments...)
	case "roll":
		m.change(OperatorDropped, s, n, n.Arguments[0])
	}
	m.negate(n, s)
	for i, argument := range n.Arguments {
		m.visit(argument, s.below(func(x ast.Node) ast.Node { c := *n; c.Arguments = replaced(n.Arguments, i, x); return &c }))
	}
}

func (m *mutator) builtin(n *ast.BuiltinNode, s spot) {
	if !isPredicate(n.Name) { // len
		m.visit(n.Arguments[0], s.below(func(x ast.Node) ast.Node { c := *n; c.Arguments = []ast.Node{x}; return &c }))
		return
	}
	with := func(name string) ast.Node { c := *n; c.Name = name; return &c }
	switch n.Name {
	case "all":
		m.change(OperatorQuantifier, s, n, with("any"), with("none"))
	case "any":
		m.change(OperatorQuantifier, s, n, with("all"), with("one"))
	case "none":
		m.change(OperatorQuantifier, s, n, not(with("all")), not(with("one")))
	case "one":
		m.change(OperatorQuantifier, s, n, with("any"), with("none"))
	}
	m.negate(n, s)
	list, body := n.Arguments[0], n.Arguments[1].(*ast.PredicateNode).Node
	m.visit(list, s.below(func(x ast.Node) ast.Node { c := *n; c.Arguments = replaced(n.Arguments, 0, x); return &c }))
	inner := s.below(func(x ast.Node) ast.Node {
		c := *n
		c.Arguments = replaced(n.Arguments, 1, &ast.PredicateNode{Node: x})
		return &c
	})
	if t, err := m.language.typeOf(list, typeAny); err == nil {
		inner.item = itemOf(t)
	}
	m.visit(body, inner)
}
