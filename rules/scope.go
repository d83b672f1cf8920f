package rules

import (
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/zhengdang/chengxu/casefile"
)

// scope is what the expressions of a pack can name: what it declares, and what
// the packs that it builds on declare.
type scope struct {
	facts   map[string]FactType
	params  map[string]Parameter
	owner   map[string]*Pack // of each parameter
	periods map[string]*period
	tables  map[string]*table
}

func newScope() scope {
	return scope{
		facts: map[string]FactType{}, params: map[string]Parameter{}, owner: map[string]*Pack{},
		periods: map[string]*period{}, tables: map[string]*table{},
	}
}

// include adds what another pack's expressions can name.
func (s scope) include(p *Pack) {
	for name, f := range p.scope.facts {
		s.facts[name] = f
	}
	for name, param := range p.scope.params {
		s.params[name], s.owner[name] = param, p.scope.owner[name]
	}
	for name, x := range p.scope.periods {
		s.periods[name] = x
	}
	for name, x := range p.scope.tables {
		s.tables[name] = x
	}
}

// The three spaces of names beside the facts.
const (
	parameterSpace = "p." // figures of the law
	periodSpace    = "d." // the last day of a period
	tableSpace     = "t." // the result of a decision table
)

// memberName gives the name in p.<name>, d.<name> or t.<name>, with its space.
func memberName(n *ast.MemberNode) (string, bool) {
	space, ok := n.Node.(*ast.IdentifierNode)
	if !ok || n.Optional || space.Value != "p" && space.Value != "d" && space.Value != "t" {
		return "", false
	}
	name, ok := n.Property.(*ast.StringNode)
	if !ok {
		return "", false
	}
	return space.Value + "." + name.Value, true
}

// typeOf gives the type of a name in one of the spaces; ok is false when it is
// not declared.
func (s scope) typeOf(name string) (t Type, ok bool) {
	switch {
	case strings.HasPrefix(name, parameterSpace):
		p, ok := s.params[name[len(parameterSpace):]]
		return p.Type, ok
	case strings.HasPrefix(name, periodSpace):
		_, ok := s.periods[name[len(periodSpace):]]
		return TypeDate, ok
	case strings.HasPrefix(name, tableSpace):
		x, ok := s.tables[name[len(tableSpace):]]
		if !ok {
			return "", false
		}
		return x.gives(), true
	}
	f, ok := s.facts[name]
	return f.Type, ok
}

// deep gives the names, and all that the periods and tables among them read;
// sorted.
func (s scope) deep(names []string) []string {
	out := names
	for _, name := range names {
		switch {
		case strings.HasPrefix(name, periodSpace):
			out = merge(out, s.periods[name[len(periodSpace):]].reads)
		case strings.HasPrefix(name, tableSpace):
			out = merge(out, s.tables[name[len(tableSpace):]].reads)
		}
	}
	return out
}

// split sorts the names that a rule reads into facts and the names of each
// space.
func split(names []string) (facts, params, periods, tables []string) {
	for _, name := range names {
		switch {
		case strings.HasPrefix(name, parameterSpace):
			params = append(params, name[len(parameterSpace):])
		case strings.HasPrefix(name, periodSpace):
			periods = append(periods, name[len(periodSpace):])
		case strings.HasPrefix(name, tableSpace):
			tables = append(tables, name[len(tableSpace):])
		default:
			facts = append(facts, name)
		}
	}
	return facts, params, periods, tables
}

// TitleOf gives the title of what expressions of the pack can name: a fact, the
// last day of a period ("d.<id>") or a decision table ("t.<id>"); ok is false for
// other names, also for parameters, which have none.
func (p *Pack) TitleOf(name string) (title casefile.Text, ok bool) {
	switch {
	case strings.HasPrefix(name, periodSpace):
		x, ok := p.scope.periods[name[len(periodSpace):]]
		if !ok {
			return casefile.Text{}, false
		}
		return casefile.Text{ZH: x.Title.ZH + "届满日", EN: "last day of the " + x.Title.EN}, true
	case strings.HasPrefix(name, tableSpace):
		x, ok := p.scope.tables[name[len(tableSpace):]]
		if !ok {
			return casefile.Text{}, false
		}
		return x.Title, true
	}
	f, ok := p.scope.facts[name]
	return f.Title, ok
}
