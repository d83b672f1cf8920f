package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
)

// typeInts and typeNumbers are the types of array literals. They are no types of
// facts.
const (
	typeInts    Type = "[int]"
	typeNumbers Type = "[number]"
	typeBools   Type = "[bool]"
	typeAny     Type = ""
)

// language decides which expressions are accepted: a small part of what the
// library offers, closed by this list and not by what is forbidden, so that a
// new version of the library adds nothing. It also gives each expression a type,
// for the checks that the library does not make.
type language struct{ scope }

// violation is an expression that is not accepted, and where.
type violation struct {
	node    ast.Node
	message string
}

func (v *violation) Error() string { return v.message }

func refuse(n ast.Node, format string, args ...any) error {
	return &violation{node: n, message: fmt.Sprintf(format, args...)}
}

// builtins of the library that are accepted.
func isPredicate(name string) bool {
	return slices.Contains([]string{"all", "any", "none", "one"}, name)
}

// reserved reports whether a name cannot be a fact.
func reserved(name string) bool {
	words := []string{
		"p", "d", "t", "in", "not", "and", "or", "matches", "contains", "startsWith", "endsWith", "let", "if", "else",
		"true", "false", "nil",
	}
	_, host := hostFunctions[name]
	return host || slices.Contains(words, name) || slices.Contains(builtin.Names, name)
}

// typeOf gives the type of an expression. item is the type of # where there is
// one.
func (l language) typeOf(n ast.Node, item Type) (Type, error) {
	switch n := n.(type) {
	case *ast.BoolNode:
		return TypeBool, nil
	case *ast.IntegerNode:
		return TypeInt, nil
	case *ast.FloatNode:
		return TypeNumber, nil
	case *ast.StringNode:
		return TypeText, nil
	case *ast.IdentifierNode:
		return l.fact(n)
	case *ast.MemberNode:
		return l.member(n)
	case *ast.PointerNode:
		if n.Name != "" || item == typeAny {
			return "", refuse(n, "#%s is not accepted here", n.Name)
		}
		return item, nil
	case *ast.UnaryNode:
		return l.unary(n, item)
	case *ast.BinaryNode:
		return l.binary(n, item)
	case *ast.ConditionalNode:
		return l.conditional(n, item)
	case *ast.ArrayNode:
		return l.array(n, item)
	case *ast.CallNode:
		return l.call(n, item)
	case *ast.BuiltinNode:
		return l.builtin(n, item)
	}
	return "", refuse(n, "%s is not part of the expression language", strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast."), "Node"))
}

func (l language) fact(n *ast.IdentifierNode) (Type, error) {
	f, ok := l.facts[n.Value]
	if !ok {
		return "", refuse(n, "unknown fact %s", n.Value)
	}
	if f.Type == TypeEnum {
		return TypeText, nil
	}
	return f.Type, nil
}

// member gives the type of p.<parameter>, d.<period> or t.<table>.
func (l language) member(n *ast.MemberNode) (Type, error) {
	name, ok := memberName(n)
	if !ok {
		return "", refuse(n, "only p.<parameter>, d.<period> and t.<table> can be written with a dot or brackets")
	}
	t, ok := l.scope.typeOf(name)
	switch {
	case ok:
		return t, nil
	case strings.HasPrefix(name, periodSpace):
		return "", refuse(n, "unknown period %s", name)
	case strings.HasPrefix(name, tableSpace):
		return "", refuse(n, "unknown decision table %s", name)
	}
	return "", refuse(n, "unknown parameter %s", name)
}

func (l language) unary(n *ast.UnaryNode, item Type) (Type, error) {
	t, err := l.typeOf(n.Node, item)
	if err != nil {
		return "", err
	}
	switch n.Operator {
	case "not", "!":
		return TypeBool, l.want(n.Node, TypeBool, t)
	case "-", "+":
		if t == TypeInt || t == TypeNumber {
			return t, nil
		}
		return "", refuse(n, "%s does not apply to %s", n.Operator, t)
	}
	return "", refuse(n, "the operator %s is not accepted", n.Operator)
}

func (l language) binary(n *ast.BinaryNode, item Type) (Type, error) {
	left, err := l.typeOf(n.Left, item)
	if err != nil {
		return "", err
	}
	right, err := l.typeOf(n.Right, item)
	if err != nil {
		return "", err
	}
	switch n.Operator {
	case "and", "or", "&&", "||":
		if err := l.want(n.Left, TypeBool, left); err != nil {
			return "", err
		}
		return TypeBool, l.want(n.Right, TypeBool, right)
	case "==", "!=", "<", "<=", ">", ">=":
		return TypeBool, l.comparison(n, left, right)
	case "in":
		if itemOf(right) == typeAny || !comparableTypes(left, itemOf(right)) {
			return "", refuse(n, "in looks for a value in a list, not for %s in %s", left, right)
		}
		return TypeBool, l.enumValues(n.Left, n.Right)
	case "+", "-", "*", "/", "%":
		return l.arithmetic(n, left, right)
	}
	return "", refuse(n, "the operator %s is not accepted", n.Operator)
}

func (l language) comparison(n *ast.BinaryNode, left, right Type) error {
	if itemOf(left) != typeAny || itemOf(right) != typeAny || !comparableTypes(left, right) {
		return refuse(n, "%s cannot be compared with %s by %s", left, right, n.Operator)
	}
	if left == TypeBool && n.Operator != "==" && n.Operator != "!=" {
		return refuse(n, "bool cannot be compared by %s", n.Operator)
	}
	if err := l.enumValues(n.Left, n.Right); err != nil {
		return err
	}
	return l.enumValues(n.Right, n.Left)
}

// enumValues refuses a comparison of an enum with a text that it never is.
func (l language) enumValues(value, with ast.Node) error {
	name, ok := value.(*ast.IdentifierNode)
	if !ok || l.facts[name.Value].Type != TypeEnum {
		return nil
	}
	literals := []ast.Node{with}
	if list, ok := with.(*ast.ArrayNode); ok {
		literals = list.Nodes
	}
	enum := l.facts[name.Value].Enum
	for _, literal := range literals {
		if text, ok := literal.(*ast.StringNode); ok && !slices.Contains(enum, text.Value) {
			return refuse(literal, "%s is never %q; it is one of %q", name.Value, text.Value, enum)
		}
	}
	return nil
}

func (l language) arithmetic(n *ast.BinaryNode, left, right Type) (Type, error) {
	numeric := func(t Type) bool { return t == TypeInt || t == TypeNumber }
	if !numeric(left) || !numeric(right) || n.Operator == "%" && (left != TypeInt || right != TypeInt) {
		return "", refuse(n, "%s %s %s cannot be computed", left, n.Operator, right)
	}
	if n.Operator == "/" || n.Operator == "%" {
		// So that nothing is ever divided by zero.
		whole, isInt := n.Right.(*ast.IntegerNode)
		fraction, isFloat := n.Right.(*ast.FloatNode)
		if (!isInt || whole.Value == 0) && (!isFloat || fraction.Value == 0) {
			return "", refuse(n, "divide by a number other than zero that is written out")
		}
	}
	if n.Operator == "/" || left == TypeNumber || right == TypeNumber {
		return TypeNumber, nil
	}
	return TypeInt, nil
}

func (l language) conditional(n *ast.ConditionalNode, item Type) (Type, error) {
	if !n.Ternary {
		return "", refuse(n, "write cond ? a : b")
	}
	cond, err := l.typeOf(n.Cond, item)
	if err != nil {
		return "", err
	}
	if err := l.want(n.Cond, TypeBool, cond); err != nil {
		return "", err
	}
	yes, err := l.typeOf(n.Exp1, item)
	if err != nil {
		return "", err
	}
	no, err := l.typeOf(n.Exp2, item)
	if err != nil {
		return "", err
	}
	return yes, l.want(n.Exp2, yes, no)
}

func (l language) array(n *ast.ArrayNode, item Type) (Type, error) {
	if len(n.Nodes) == 0 {
		return "", refuse(n, "an empty list holds nothing to compare with")
	}
	var of Type
	for i, element := range n.Nodes {
		t, err := l.typeOf(element, item)
		if err != nil {
			return "", err
		}
		if i == 0 {
			of = t
		}
		if err := l.want(element, of, t); err != nil {
			return "", err
		}
	}
	switch of {
	case TypeText:
		return TypeTexts, nil
	case TypeInt:
		return typeInts, nil
	case TypeNumber:
		return typeNumbers, nil
	case TypeBool:
		return typeBools, nil
	default:
		return "", refuse(n, "a list of %s is not accepted", of)
	}
}

func (l language) call(n *ast.CallNode, item Type) (Type, error) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return "", refuse(n, "only functions can be called")
	}
	f, ok := hostFunctions[callee.Value]
	if !ok {
		return "", refuse(n, "unknown function %s", callee.Value)
	}
	if len(n.Arguments) != len(f.takes) {
		return "", refuse(n, "%s takes %d arguments, not %d", callee.Value, len(f.takes), len(n.Arguments))
	}
	for i, argument := range n.Arguments {
		t, err := l.typeOf(argument, item)
		if err != nil {
			return "", err
		}
		if err := l.want(argument, f.takes[i], t); err != nil {
			return "", err
		}
		if _, literal := argument.(*ast.ArrayNode); literal {
			return "", refuse(argument, "%s takes a fact, not a list that is written out", callee.Value)
		}
	}
	return f.gives, nil
}

func (l language) builtin(n *ast.BuiltinNode, item Type) (Type, error) {
	if n.Name != "len" && !isPredicate(n.Name) {
		return "", refuse(n, "the function %s is not accepted", n.Name)
	}
	if n.Name == "len" {
		if len(n.Arguments) != 1 {
			return "", refuse(n, "len takes one argument")
		}
		t, err := l.typeOf(n.Arguments[0], item)
		if err != nil {
			return "", err
		}
		if t != TypeText && itemOf(t) == typeAny {
			return "", refuse(n, "%s has no length", t)
		}
		return TypeInt, nil
	}
	if item != typeAny {
		return "", refuse(n, "%s stands inside another predicate", n.Name)
	}
	if len(n.Arguments) != 2 {
		return "", refuse(n, "%s takes a list and a predicate", n.Name)
	}
	list, err := l.typeOf(n.Arguments[0], typeAny)
	if err != nil {
		return "", err
	}
	if itemOf(list) == typeAny {
		return "", refuse(n.Arguments[0], "want a list, got %s", list)
	}
	body, ok := n.Arguments[1].(*ast.PredicateNode)
	if !ok {
		return "", refuse(n, "%s takes a list and a predicate", n.Name)
	}
	t, err := l.typeOf(body.Node, itemOf(list))
	if err != nil {
		return "", err
	}
	return TypeBool, l.want(body.Node, TypeBool, t)
}

func (l language) want(n ast.Node, want, got Type) error {
	if want == got {
		return nil
	}
	return refuse(n, "want %s, got %s", want, got)
}

// itemOf gives the type of the items of a list; typeAny when t is no list.
func itemOf(t Type) Type {
	switch t {
	case TypeTexts:
		return TypeText
	case typeInts:
		return TypeInt
	case typeNumbers:
		return TypeNumber
	case typeBools:
		return TypeBool
	default:
		return typeAny
	}
}

func comparableTypes(a, b Type) bool {
	numeric := func(t Type) bool { return t == TypeInt || t == TypeNumber }
	return a == b || numeric(a) && numeric(b)
}
