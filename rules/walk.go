package rules

import (
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"
)

// walker evaluates an expression by walking its tree. It is slower than the
// compiled program and knows three values; it also keeps the trace.
//
// From the root down, and, or, not and ?: are the skeleton: they follow Kleene's
// tables. Whatever else stands there is an atom: it is unknown when any fact in
// it is missing. Inside an atom whose facts are all known, two values suffice.
type walker struct {
	notes   notes
	env     map[string]any
	behind  map[string][]string // of periods and tables without a value: the facts that are missing
	tracing bool
	err     error // a figure out of range; the first one
}

// outcome is what a sub-expression came to. Without known there is no value,
// and missing names the facts that would be needed.
type outcome struct {
	value   any
	known   bool
	missing []string // sorted
	node    *TraceNode
}

func (o outcome) is(b bool) bool { return o.known && o.value == b }

// walk evaluates a node of the skeleton.
func (w *walker) walk(n ast.Node) outcome {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			o := w.walk(n.Node)
			if !o.known {
				return w.unknown(n, o.missing, o)
			}
			return w.known(n, !o.value.(bool), o)
		}
	case *ast.BinaryNode:
		if decisive, ok := connective(n.Operator); ok {
			return w.connect(n, decisive)
		}
	case *ast.ConditionalNode:
		return w.choose(n)
	}
	return w.atom(n, nil)
}

// connective gives the value that decides and (false) or or (true) alone.
func connective(operator string) (decisive, ok bool) {
	switch operator {
	case "and", "&&":
		return false, true
	case "or", "||":
		return true, true
	}
	return false, false
}

func (w *walker) connect(n *ast.BinaryNode, decisive bool) outcome {
	left := w.walk(n.Left)
	if left.is(decisive) {
		return w.known(n, decisive, left, w.skipped(n.Right))
	}
	right := w.walk(n.Right)
	switch {
	case right.is(decisive):
		return w.known(n, decisive, left, right)
	case left.known && right.known:
		return w.known(n, !decisive, left, right)
	}
	return w.unknown(n, merge(left.missing, right.missing), left, right)
}

// choose evaluates cond ? a : b. When cond is unknown, the value is known only if
// both branches agree.
func (w *walker) choose(n *ast.ConditionalNode) outcome {
	cond := w.walk(n.Cond)
	if cond.is(true) {
		return w.same(n, w.walk(n.Exp1), func(o outcome) []outcome { return []outcome{cond, o, w.skipped(n.Exp2)} })
	}
	if cond.is(false) {
		return w.same(n, w.walk(n.Exp2), func(o outcome) []outcome { return []outcome{cond, w.skipped(n.Exp1), o} })
	}
	yes, no := w.walk(n.Exp1), w.walk(n.Exp2)
	if yes.known && no.known && plain(yes.value) == plain(no.value) {
		return w.known(n, yes.value, cond, yes, no)
	}
	return w.unknown(n, merge(merge(cond.missing, yes.missing), no.missing), cond, yes, no)
}

// same passes the outcome of a branch on.
func (w *walker) same(n ast.Node, branch outcome, children func(outcome) []outcome) outcome {
	if !branch.known {
		return w.unknown(n, branch.missing, children(branch)...)
	}
	return w.known(n, branch.value, children(branch)...)
}

// atom evaluates a node outside the skeleton. item is the value of #, nil where
// there is none.
func (w *walker) atom(n ast.Node, item any) outcome {
	if missing := w.absent(n); missing != nil {
		return w.unknown(n, missing, w.pieces(n, item)...)
	}
	return w.full(n, item)
}

// full evaluates a node in an atom whose facts are all known.
func (w *walker) full(n ast.Node, item any) outcome {
	switch n := n.(type) {
	case *ast.BoolNode:
		return w.known(n, n.Value)
	case *ast.IntegerNode:
		return w.known(n, n.Value)
	case *ast.FloatNode:
		return w.known(n, n.Value)
	case *ast.StringNode:
		return w.known(n, n.Value)
	case *ast.PointerNode:
		return w.known(n, item)
	case *ast.IdentifierNode:
		return w.known(n, w.env[n.Value])
	case *ast.MemberNode:
		name, _ := memberName(n)
		return w.known(n, w.env[name])
	case *ast.BinaryNode:
		if decisive, ok := connective(n.Operator); ok {
			return w.connectInAtom(n, decisive, item)
		}
	case *ast.ConditionalNode:
		return w.chooseInAtom(n, item)
	case *ast.BuiltinNode:
		if isPredicate(n.Name) {
			return w.predicate(n)
		}
	}
	return w.apply(n, item)
}

// absent gives the facts below a node that are missing, sorted; nil when none.
func (w *walker) absent(n ast.Node) []string {
	var out []string
	for _, name := range w.notes[n].reads {
		if _, ok := w.env[name]; ok {
			continue
		}
		if behind, derived := w.behind[name]; derived {
			out = merge(out, behind)
			continue
		}
		out = merge(out, []string{name})
	}
	return out
}

// pieces gives the children of an unknown atom, for the trace: what is known of
// them.
func (w *walker) pieces(n ast.Node, item any) []outcome {
	if !w.tracing {
		return nil
	}
	var out []outcome
	for _, child := range childrenOf(n) {
		if body, ok := child.(*ast.PredicateNode); ok {
			out = append(out, w.skipped(body.Node))
			continue
		}
		out = append(out, w.atom(child, item))
	}
	return out
}

func (w *walker) connectInAtom(n *ast.BinaryNode, decisive bool, item any) outcome {
	left := w.full(n.Left, item)
	if !left.known {
		return w.unknown(n, left.missing, left, w.skipped(n.Right))
	}
	if left.is(decisive) {
		return w.known(n, decisive, left, w.skipped(n.Right))
	}
	return w.same(n, w.full(n.Right, item), func(o outcome) []outcome { return []outcome{left, o} })
}

func (w *walker) chooseInAtom(n *ast.ConditionalNode, item any) outcome {
	cond := w.full(n.Cond, item)
	switch {
	case !cond.known:
		return w.unknown(n, cond.missing, cond, w.skipped(n.Exp1), w.skipped(n.Exp2))
	case cond.is(true):
		return w.same(n, w.full(n.Exp1, item), func(o outcome) []outcome { return []outcome{cond, o, w.skipped(n.Exp2)} })
	}
	return w.same(n, w.full(n.Exp2, item), func(o outcome) []outcome { return []outcome{cond, w.skipped(n.Exp1), o} })
}

// apply evaluates the operands of an operator or function, then itself.
func (w *walker) apply(n ast.Node, item any) outcome {
	operands := childrenOf(n)
	done := make([]outcome, 0, len(operands))
	values := make([]any, 0, len(operands))
	for i, operand := range operands {
		o := w.full(operand, item)
		done = append(done, o)
		if !o.known {
			for _, rest := range operands[i+1:] {
				done = append(done, w.skipped(rest))
			}
			return w.unknown(n, o.missing, done...)
		}
		values = append(values, o.value)
	}
	value, missing := w.compute(n, values)
	if missing != nil || w.err != nil {
		return w.unknown(n, missing, done...)
	}
	return w.known(n, value, done...)
}

// predicate evaluates all, any, none and one; it stops as soon as the rest does
// not matter.
func (w *walker) predicate(n *ast.BuiltinNode) outcome {
	list, body := w.full(n.Arguments[0], nil), n.Arguments[1].(*ast.PredicateNode).Node
	done := []outcome{list}
	if !list.known {
		return w.unknown(n, list.missing, list, w.skipped(body))
	}
	holds := 0
	items := itemsOf(list.value)
	for _, item := range items {
		o := w.full(body, item)
		if o.node != nil {
			o.node.Item = plain(item)
		}
		done = append(done, o)
		switch {
		case !o.known:
			return w.unknown(n, o.missing, done...)
		case o.is(true):
			holds++
		}
		if n.Name == "all" && o.is(false) || (n.Name == "any" || n.Name == "none") && o.is(true) {
			break
		}
	}
	if len(items) == 0 {
		done = append(done, w.skipped(body))
	}
	switch n.Name {
	case "all":
		return w.known(n, holds == len(items), done...)
	case "any":
		return w.known(n, holds > 0, done...)
	case "none":
		return w.known(n, holds == 0, done...)
	}
	return w.known(n, holds == 1, done...)
}

// compute applies an operator or function to known values. It names the facts
// without which there is no value.
func (w *walker) compute(n ast.Node, values []any) (value any, missing []string) {
	var err error
	switch n := n.(type) {
	case *ast.UnaryNode:
		value = unary(n.Operator, values[0])
	case *ast.BinaryNode:
		if _, dates := values[0].(day); dates {
			value, err = comparison(n.Operator)(values...)
		} else {
			value = binary(n.Operator, values[0], values[1])
		}
	case *ast.ArrayNode:
		value = values
	case *ast.CallNode:
		value, err = hostFunctions[n.Callee.(*ast.IdentifierNode).Value].call(values...)
	case *ast.BuiltinNode: // len
		value = length(values[0])
	}
	if err == nil {
		return value, nil
	}
	var u *undetermined
	if errors.As(err, &u) {
		if u.facts == nil {
			return nil, w.notes[n].reads
		}
		return nil, u.facts
	}
	if w.err == nil {
		w.err = err
	}
	return nil, nil
}

func unary(operator string, value any) any {
	switch operator {
	case "not", "!":
		return !value.(bool)
	case "-":
		return runtime.Negate(value)
	}
	return value
}

func binary(operator string, a, b any) any {
	switch operator {
	case "==":
		return runtime.Equal(a, b)
	case "!=":
		return !runtime.Equal(a, b)
	case "<":
		return runtime.Less(a, b)
	case "<=":
		return runtime.LessOrEqual(a, b)
	case ">":
		return runtime.More(a, b)
	case ">=":
		return runtime.MoreOrEqual(a, b)
	case "in":
		if list, texts := b.([]string); texts {
			item, isText := a.(string)
			return isText && slices.Contains(list, item)
		}
		return runtime.In(a, b)
	case "+":
		return runtime.Add(a, b)
	case "-":
		return runtime.Subtract(a, b)
	case "*":
		return runtime.Multiply(a, b)
	case "/":
		return runtime.Divide(a, b)
	}
	return runtime.Modulo(a, b)
}

func length(value any) int {
	if s, ok := value.(string); ok {
		return utf8.RuneCountInString(s)
	}
	return len(itemsOf(value))
}

func itemsOf(list any) []any {
	texts, ok := list.([]string)
	if !ok {
		items, _ := list.([]any)
		return items
	}
	out := make([]any, len(texts))
	for i, s := range texts {
		out[i] = s
	}
	return out
}
