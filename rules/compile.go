package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Bounds of an expression: nodes when compiled, memory when run.
const (
	maxNodes     = 300
	memoryBudget = 100_000
)

// expression is a compiled expression.
type expression struct {
	part    string // "require", "due", "arises" or "met"
	source  string
	root    ast.Node
	program *vm.Program
	reads   []string // facts, and parameters as "p.<name>"; sorted
}

// compiler compiles the expressions of a pack.
type compiler struct {
	language language
	options  []expr.Option
}

func newCompiler(facts map[string]FactType, params map[string]Parameter) *compiler {
	return &compiler{language: language{facts, params}, options: options(facts, params)}
}

// options are what the library compiles by: facts typed by the vocabulary, the
// host functions, comparison of dates, and no builtin beyond the list.
func options(facts map[string]FactType, params map[string]Parameter) []expr.Option {
	env, ps := types.Map{}, types.Map{}
	for _, f := range facts {
		env[f.Name] = exprType(f.Type)
	}
	for _, p := range params {
		ps[p.Name] = exprType(p.Type)
		env["p."+p.Name] = exprType(p.Type)
	}
	env["p"] = ps
	out := []expr.Option{
		expr.Env(env), expr.DisableAllBuiltins(), expr.DisableIfOperator(), expr.MaxNodes(maxNodes),
		expr.Patch(flatten{}),
	}
	for _, name := range []string{"all", "any", "none", "one", "len"} {
		out = append(out, expr.EnableBuiltin(name))
	}
	for name, f := range hostFunctions {
		out = append(out, expr.Function(name, f.call, f.typ))
	}
	for operator := range compareDays {
		name := "date " + operator
		out = append(out,
			expr.Function(name, comparison(operator), new(func(day, day) bool)),
			expr.Operator(operator, name))
	}
	return out
}

func exprType(t Type) types.Type {
	switch t {
	case TypeBool:
		return types.Bool
	case TypeInt:
		return types.Int
	case TypeNumber:
		return types.Float64
	case TypeDate:
		return types.TypeOf(day{})
	case TypeTexts:
		return types.TypeOf([]string{})
	case TypeText, TypeEnum:
		return types.String
	default:
		return types.Any
	}
}

// flatten reads p.<name> as one variable, so that no map is searched by
// reflection when the expression runs.
type flatten struct{}

// Visit implements [ast.Visitor].
func (flatten) Visit(node *ast.Node) {
	if member, ok := (*node).(*ast.MemberNode); ok {
		if name, ok := parameterName(member); ok {
			ast.Patch(node, &ast.IdentifierNode{Value: "p." + name})
		}
	}
}

// compile gives the expression, or what is wrong with it.
func (c *compiler) compile(part string, source *exprSource, want Type) (*expression, *Problem) {
	config := conf.CreateNew()
	for _, option := range c.options {
		option(config)
	}
	tree, err := parser.ParseWithConfig(source.text, config)
	if err != nil {
		return nil, source.failed(part, err)
	}
	got, err := c.language.typeOf(tree.Node, typeAny)
	if err == nil && got != want {
		err = refuse(tree.Node, "want %s, got %s", want, got)
	}
	if err != nil {
		return nil, source.failed(part, err)
	}
	ops := c.options
	if want == TypeBool {
		ops = append(slices.Clip(ops), expr.AsBool())
	}
	program, err := expr.Compile(source.text, ops...)
	if err != nil {
		return nil, source.failed(part, err)
	}
	return &expression{
		part: part, source: strings.TrimSpace(source.text),
		root: tree.Node, program: program, reads: readsOf(tree.Node),
	}, nil
}

// failed makes a problem of an error of the parser, of the language check or
// of the compiler.
func (s *exprSource) failed(part string, err error) *Problem {
	offset, message := 0, err.Error()
	var located *file.Error
	var broken *violation
	switch {
	case errors.As(err, &located):
		offset, message = located.From, located.Message
	case errors.As(err, &broken):
		offset = broken.node.Location().From
	}
	message = strings.ReplaceAll(message, "rules.day", "date")
	return s.problem(offset, fmt.Sprintf("%s: %s", part, message))
}

// readsOf gives what an expression reads: facts, and parameters as "p.<name>".
func readsOf(n ast.Node) []string {
	var r reader
	ast.Walk(&n, &r)
	slices.Sort(r.names)
	return slices.Compact(r.names)
}

// reader collects the facts and parameters below a node.
type reader struct{ names []string }

// Visit implements [ast.Visitor].
func (r *reader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.MemberNode:
		if name, ok := parameterName(n); ok {
			r.names = append(r.names, "p."+name)
		}
	case *ast.IdentifierNode:
		if _, function := hostFunctions[n.Value]; !function && n.Value != "p" {
			r.names = append(r.names, n.Value)
		}
	}
}

// merge gives the union of two sorted lists.
func merge(a, b []string) []string {
	if len(b) == 0 {
		return a
	}
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}
