package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// PointKind says what the tests are to show at a point.
type PointKind string

// The kinds of points.
const (
	PointBranch   PointKind = "branch"   // a condition true, false and, where its facts can be missing, unknown
	PointBoundary PointKind = "boundary" // a comparison at its boundary and next to it on both sides
)

// Point is one thing about an expression that the tests of its pack are to show.
type Point struct {
	Subject
	Part    string    `json:"part"` // "require", "due", "arises", "met", "from", "when" or "row"
	Kind    PointKind `json:"kind"`
	Source  string    `json:"source"` // the condition or comparison
	Want    string    `json:"want"`   // "true", "false", "unknown"; "equal", "just below", "just above"
	File    string    `json:"file"`
	Line    int       `json:"line"`
	Column  int       `json:"column"`
	Covered bool      `json:"covered"`
	Why     string    `json:"why,omitempty"` // why it was not reached
}

// Coverage (测试覆盖) is what the tests of a pack show of its expressions.
type Coverage struct {
	Pack   string
	Points []Point // in the order of the rules, and of each expression
}

// Missing gives the points that no test reaches.
func (c *Coverage) Missing() []Point {
	return slices.DeleteFunc(slices.Clone(c.Points), func(p Point) bool { return p.Covered })
}

// Share gives the percentage of the points of a kind that are reached; of all
// kinds when kind is empty.
func (c *Coverage) Share(kind PointKind) float64 {
	covered, of := 0, 0
	for _, p := range c.Points {
		if kind != "" && p.Kind != kind {
			continue
		}
		of++
		if p.Covered {
			covered++
		}
	}
	return percent(covered, of)
}

// Cover measures what the tests of a pack show: from the traces of the rules,
// periods and tables that each test asks. A test that cannot be judged is
// [casefile.ErrInvalid].
func Cover(p *Pack, calendar Calendar) (*Coverage, error) {
	j, err := NewJudge(p.Stack(), calendar)
	if err != nil {
		return nil, err
	}
	c := newCovering(p)
	for _, t := range p.tests {
		if err := c.test(j, t); err != nil {
			return nil, fmt.Errorf("%s:%d: test %q: %w", t.File, t.Line, t.Name, err)
		}
	}
	return c.coverage(), nil
}

// covering collects what traces show.
type covering struct {
	pack     *Pack
	language language
	subjects []*subject
	of       map[Subject][]*subject
	at       map[ast.Node]*site
}

// subject is a rule, a period or a table, and the sites of its expressions.
type subject struct {
	Subject
	at          position
	expressions []*expression
	asked       bool
	duty        bool // whose other expressions count once it has arisen
	reached     map[*expression]bool
	sites       map[*expression][]*site
}

// site is a condition or a comparison of an expression, and what was seen of it.
type site struct {
	node          ast.Node
	condition     bool   // its values count
	comparison    bool   // the differences of its sides count
	optional      bool   // its facts are always known
	floor         bool   // what is compared with 0 counts something
	unless        string // why it may never have been evaluated
	evaluated     int
	yes, no, none int // how often true, false and unknown
	differences   []float64
}

func newCovering(p *Pack) *covering {
	c := &covering{pack: p, language: language{p.scope}, of: map[Subject][]*subject{}, at: map[ast.Node]*site{}}
	for _, r := range p.rules {
		s := c.subject(Subject{Rule: r.ID}, r.at, r.require, r.due, r.arises, r.met)
		s.duty = r.arises != nil
	}
	for _, x := range p.periods {
		c.subject(Subject{Period: x.ID}, x.at, x.from, x.when)
	}
	for _, x := range p.tables {
		c.subject(Subject{Table: x.ID}, x.at, x.rows...)
	}
	return c
}

func (c *covering) subject(name Subject, at position, expressions ...*expression) *subject {
	s := &subject{Subject: name, at: at, reached: map[*expression]bool{}, sites: map[*expression][]*site{}}
	for _, x := range expressions {
		if x != nil {
			s.expressions = append(s.expressions, x)
			c.find(func(found *site) { s.sites[x] = append(s.sites[x], found) }, x.root, spotOf{skeleton: true})
		}
	}
	c.subjects = append(c.subjects, s)
	c.of[name] = append(c.of[name], s)
	return s
}

// test traces what a test asks: rules with their periods and tables, or a
// period.
func (c *covering) test(j *Judge, t Test) error {
	e, err := j.evaluate(Input{Facts: t.Facts, Today: t.On}, true)
	if err != nil {
		return err
	}
	defer e.done()
	s, err := e.state(c.pack)
	if err != nil {
		return err
	}
	rules := []string{t.Rule}
	switch {
	case strings.Contains(t.Rule, "/"): // a rule of a pack that this one builds on
		return nil
	case t.Period != "":
		return c.period(e, s, t.Period)
	case t.Gate != "":
		g, _ := c.pack.Gate(t.Gate)
		rules = g.Rules
	}
	for _, id := range rules {
		e.parts = nil
		if _, _, err := e.find(s, c.pack.gateOf(id), id); err != nil {
			return err
		}
		c.show(Subject{Rule: id}, e.parts)
		rule, _ := c.pack.Rule(id)
		for _, name := range rule.Periods {
			if err := c.period(e, s, name); err != nil {
				return err
			}
		}
		for _, name := range rule.Tables {
			if err := c.table(e, s, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *covering) period(e *evaluation, s *state, name string) error {
	e.parts = nil
	if _, err := e.periodAt(s, c.pack.scope.periods[name]); err != nil {
		return err
	}
	c.show(Subject{Period: name}, e.parts)
	return nil
}

func (c *covering) table(e *evaluation, s *state, name string) error {
	e.parts = nil
	if _, err := e.look(s, c.pack.scope.tables[name]); err != nil {
		return err
	}
	c.show(Subject{Table: name}, e.parts)
	return nil
}

// show notes what the traced expressions of a subject show. Of a rule with several
// versions, those are meant that read as the trace does.
func (c *covering) show(name Subject, parts []TracePart) {
	for _, s := range c.of[name] {
		s.asked = true
		for _, part := range parts {
			for _, x := range s.expressions {
				if x.part == part.Part && x.source == part.Source {
					s.reached[x] = true
					c.walk(x.root, part.Root)
				}
			}
		}
	}
}

// spotOf is where a node stands: in the skeleton or in an atom, among items of
// what type, and why it may never be evaluated.
type spotOf struct {
	skeleton bool
	item     Type
	unless   string
}

// find lists the sites of an expression, from its root down. In the skeleton of
// and, or, not and ?: what is none of these is a condition.
func (c *covering) find(add func(*site), n ast.Node, at spotOf) {
	s := &site{node: n, unless: at.unless}
	if binary, ok := n.(*ast.BinaryNode); ok {
		s.comparison, s.floor = c.ordered(binary, at.item)
	}
	_, literal := n.(*ast.BoolNode) // a row that always holds
	if t, err := c.language.typeOf(n, at.item); at.skeleton && !inSkeleton(n) && err == nil && t == TypeBool && !literal {
		s.condition, s.optional = true, !c.canBeMissing(n)
	}
	if s.condition || s.comparison {
		add(s)
		c.at[n] = s
	}
	at.skeleton = at.skeleton && inSkeleton(n)
	because := func(why string) spotOf { return spotOf{at.skeleton, at.item, why} }
	switch n := n.(type) {
	case *ast.ConditionalNode:
		c.find(add, n.Cond, at)
		c.find(add, n.Exp1, because("the condition before it was never true"))
		c.find(add, n.Exp2, because("the condition before it was never false"))
	case *ast.BinaryNode:
		c.find(add, n.Left, at)
		if _, ok := connective(n.Operator); ok {
			at = because("the left side always decided")
		}
		c.find(add, n.Right, at)
	default:
		for _, child := range childrenOf(n) {
			if body, ok := child.(*ast.PredicateNode); ok {
				list, _ := c.language.typeOf(childrenOf(n)[0], at.item)
				c.find(add, body.Node, spotOf{item: itemOf(list), unless: "the list was always empty"})
				continue
			}
			c.find(add, child, at)
		}
	}
}

// inSkeleton reports whether a node is and, or, not or ?:.
func inSkeleton(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return n.Operator == "not" || n.Operator == "!"
	case *ast.BinaryNode:
		_, ok := connective(n.Operator)
		return ok
	case *ast.ConditionalNode:
		return true
	}
	return false
}

// ordered reports whether a node compares numbers or dates, and whether it
// compares with 0 what is never below it: counts are not.
func (c *covering) ordered(n *ast.BinaryNode, item Type) (ordered, floor bool) {
	if _, comparison := compareDays[n.Operator]; !comparison {
		return false, false
	}
	t, err := c.language.typeOf(n.Left, item)
	zero, literal := n.Right.(*ast.IntegerNode)
	floor = literal && zero.Value == 0
	return err == nil && (t == TypeInt || t == TypeNumber || t == TypeDate), floor
}

// canBeMissing reports whether a fact below a node may be unknown, or a date not
// set: the engine supplies its facts always, and the record begins with initial
// values.
func (c *covering) canBeMissing(n ast.Node) bool {
	call, ok := n.(*ast.CallNode)
	asksIfSet := ok && call.Callee.String() == "isSet"
	for _, name := range c.language.deep(readsOf(n)) {
		f, ok := c.language.facts[name]
		if !ok || f.Source == SourceEngine {
			continue
		}
		if f.Initial == nil || f.Type == TypeDate && !asksIfSet {
			return true
		}
	}
	return false
}

// walk notes what a node of a trace shows of a node of the expression.
func (c *covering) walk(n ast.Node, t *TraceNode) {
	if s := c.at[n]; s != nil {
		s.see(t)
	}
	children := childrenOf(n)
	for i, shown := range t.Children {
		child := children[min(i, len(children)-1)] // the body of a predicate stands there once for each item
		if body, ok := child.(*ast.PredicateNode); ok {
			child = body.Node
		}
		c.walk(child, shown)
	}
}
