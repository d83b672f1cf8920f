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
	reads   []string // facts, "p.<parameter>", "d.<period>", "t.<table>"; sorted
	notes   notes    // of the nodes of root
	gives   Type
	origin  *exprSource // where it stands; nil for the conditions of a table
}

// compiler compiles the expressions of a pack.
type compiler struct {
	language language
	options  []expr.Option
}

// newCompiler returns a compiler of expressions that can name what is in the
// scope now.
func newCompiler(s scope) *compiler {
	return &compiler{language: language{s}, options: options(s)}
}

// options are what the library compiles by: facts typed by the vocabulary, the
// host functions, comparison of dates, and no builtin beyond the list.
func options(s scope) []expr.Option {
	env := types.Map{}
	for _, f := range s.facts {
		env[f.Name] = exprType(f.Type)
	}
	spaces := map[string]types.Map{parameterSpace: {}, periodSpace: {}, tableSpace: {}}
	declare := func(space, name string) {
		t, _ := s.typeOf(space + name)
		spaces[space][name] = exprType(t)
		env[space+name] = exprType(t)
	}
	for name := range s.params {
		declare(parameterSpace, name)
	}
	for name := range s.periods {
		declare(periodSpace, name)
	}
	for name := range s.tables {
		declare(tableSpace, name)
	}
	for space, names := range spaces {
		env[strings.TrimSuffix(space, ".")] = names
	}
	out := []expr.Option{
		expr.Env(env), expr.DisableAllBuiltins(), expr.DisableIfOperator(), expr.MaxNodes(maxNodes),
		expr.Optimize(false), // it would leave "x or true" out of the run, and with x a count that is provisional
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
	return append(out, expr.Function("text in", isIn, new(func(any, []string) bool)), expr.Operator("in", "text in"))
}

// isIn is the operator in for a list of texts, which the library would search by
// reflection.
func isIn(args ...any) (any, error) {
	item, isText := args[0].(string)
	list, _ := args[1].([]string)
	return isText && slices.Contains(list, item), nil
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

// flatten reads p.<name>, d.<name> and t.<name> as one variable each, so that no
// map is searched by reflection when the expression runs.
type flatten struct{}

// Visit implements [ast.Visitor].
func (flatten) Visit(node *ast.Node) {
	if member, ok := (*node).(*ast.MemberNode); ok {
		if name, ok := memberName(member); ok {
			ast.Patch(node, &ast.IdentifierNode{Value: name})
		}
	}
}

// compile gives the expression, or what is wrong with it.
func (c *compiler) compile(part string, source *exprSource, want Type) (*expression, *Problem) {
	x, err := c.compileText(part, source.text, want)
	if err != nil {
		return nil, source.failed(part, err)
	}
	x.origin = source
	return x, nil
}

// compileText gives the expression of a source that stands in no file.
func (c *compiler) compileText(part, source string, want Type) (*expression, error) {
	config := conf.CreateNew()
	for _, option := range c.options {
		option(config)
	}
	tree, err := parser.ParseWithConfig(source, config)
	if err != nil {
		return nil, err
	}
	got, err := c.language.typeOf(tree.Node, typeAny)
	if err == nil && got != want {
		err = refuse(tree.Node, "want %s, got %s", want, got)
	}
	if err != nil {
		return nil, err
	}
	ops := c.options
	if want == TypeBool {
		ops = append(slices.Clip(ops), expr.AsBool())
	}
	program, err := expr.Compile(source, ops...)
	if err != nil {
		return nil, err
	}
	return &expression{
		part: part, source: strings.TrimSpace(source),
		root: tree.Node, program: program, reads: readsOf(tree.Node), notes: notesOf(tree.Node), gives: want,
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

// notes are what is said of the nodes of an expression whatever the facts are. They
// are worked out once, so that walking the tree need not.
type notes map[ast.Node]note

type note struct {
	source, op string
	reads      []string // sorted
}

func notesOf(root ast.Node) notes {
	n := notes{}
	ast.Walk(&root, n)
	return n
}

// Visit implements [ast.Visitor].
func (n notes) Visit(node *ast.Node) {
	n[*node] = note{source: (*node).String(), op: operationOf(*node), reads: readsOf(*node)}
}

// readsOf gives what an expression reads: facts, "p.<parameter>", "d.<period>" and
// "t.<table>"; sorted.
func readsOf(n ast.Node) []string {
	var r reader
	ast.Walk(&n, &r)
	slices.Sort(r.names)
	return slices.Compact(r.names)
}

// reader collects the names below a node.
type reader struct{ names []string }

// Visit implements [ast.Visitor].
func (r *reader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.MemberNode:
		if name, ok := memberName(n); ok {
			r.names = append(r.names, name)
		}
	case *ast.IdentifierNode:
		if _, function := hostFunctions[n.Value]; !function && n.Value != "p" && n.Value != "d" && n.Value != "t" {
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
