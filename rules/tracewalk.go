package rules

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

// known gives an outcome with a value.
func (w *walker) known(n ast.Node, value any, children ...outcome) outcome {
	o := outcome{value: value, known: true}
	if w.tracing {
		o.node = w.traceNode(n, StateEvaluated, children)
		o.node.Value = plain(value)
	}
	return o
}

// unknown gives an outcome without a value.
func (w *walker) unknown(n ast.Node, missing []string, children ...outcome) outcome {
	o := outcome{missing: missing}
	if w.tracing {
		o.node = w.traceNode(n, StateUnknown, children)
		o.node.Missing = missing
	}
	return o
}

// skipped gives the trace of a node that was not evaluated, with all below it.
func (w *walker) skipped(n ast.Node) outcome {
	if !w.tracing {
		return outcome{}
	}
	var children []outcome
	for _, child := range childrenOf(n) {
		if body, ok := child.(*ast.PredicateNode); ok {
			child = body.Node
		}
		children = append(children, w.skipped(child))
	}
	return outcome{node: w.traceNode(n, StateSkipped, children)}
}

func (w *walker) traceNode(n ast.Node, state State, children []outcome) *TraceNode {
	said := w.notes[n]
	t := &TraceNode{Source: said.source, Op: said.op, State: state}
	if len(children) > 0 {
		t.Children = make([]*TraceNode, len(children))
		for i, child := range children {
			t.Children[i] = child.node
		}
	}
	return t
}

// operationOf names what a node does.
func operationOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return "fact"
	case *ast.MemberNode:
		name, _ := memberName(n)
		switch {
		case strings.HasPrefix(name, periodSpace):
			return "period"
		case strings.HasPrefix(name, tableSpace):
			return "table"
		}
		return "parameter"
	case *ast.PointerNode:
		return "item"
	case *ast.UnaryNode:
		if n.Operator == "!" {
			return "not"
		}
		return n.Operator
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&":
			return "and"
		case "||":
			return "or"
		}
		return n.Operator
	case *ast.ConditionalNode:
		return "?:"
	case *ast.ArrayNode:
		return "[]"
	case *ast.CallNode:
		return n.Callee.String()
	case *ast.BuiltinNode:
		return n.Name
	}
	return "literal"
}

// childrenOf gives the operands of a node, in order. The body of a predicate is
// an [ast.PredicateNode].
func childrenOf(n ast.Node) []ast.Node {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return []ast.Node{n.Node}
	case *ast.BinaryNode:
		return []ast.Node{n.Left, n.Right}
	case *ast.ConditionalNode:
		return []ast.Node{n.Cond, n.Exp1, n.Exp2}
	case *ast.ArrayNode:
		return n.Nodes
	case *ast.CallNode:
		return n.Arguments
	case *ast.BuiltinNode:
		return n.Arguments
	}
	return nil
}
