package rules

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/zhengdang/chengxu/casefile"
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
	Rule    string    `json:"rule"`
	Part    string    `json:"part"` // "require", "due", "arises" or "met"
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

// Cover measures what the tests of a pack show: from the trace of each rule in
// each test that asks it. A test that cannot be judged is
// [casefile.ErrInvalid].
func Cover(p *Pack, calendar Calendar) (*Coverage, error) {
	j, err := NewJudge([]*Pack{p}, calendar)
	if err != nil {
		return nil, err
	}
	c := newCovering(p)
	for _, t := range p.tests {
		asked := []string{t.Rule}
		if t.Rule == "" {
			g, _ := p.Gate(t.Gate)
			asked = g.Rules
		}
		for _, id := range asked {
			trace, err := j.Explain(p.id+"/"+id, t.Facts, t.On)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: test %q: %w", t.File, t.Line, t.Name, err)
			}
			c.trace(id, t.Facts, trace)
		}
	}
	return c.coverage(), nil
}

// covering collects what traces show.
type covering struct {
	pack     *Pack
	language language
	asked    map[string]bool // by rule id
	reached  map[*expression]bool
	sites    map[*expression][]*site
	at       map[ast.Node]*site
}

// site is a condition or a comparison of an expression, and what was seen of it.
type site struct {
	node          ast.Node
	condition     bool // its values count
	comparison    bool // the differences of its sides count
	optional      bool // its facts are always known
	floor         bool // what is compared with 0 counts something
	unless        string
	evaluated     int
	yes, no, none int // how often true, false and unknown
	differences   []float64
}

func newCovering(p *Pack) *covering {
	c := &covering{
		pack: p, language: newMutationRun(p, nil).compiler.language, asked: map[string]bool{},
		reached: map[*expression]bool{}, sites: map[*expression][]*site{}, at: map[ast.Node]*site{},
	}
	for _, r := range p.rules {
		for _, x := range r.expressions() {
			if *x != nil {
				c.find(*x, (*x).root, true, "", typeAny)
			}
		}
	}
	return c
}

// find lists the sites of an expression, from its root down. In the skeleton of
// and, or, not and ?: what is none of these is a condition.
func (c *covering) find(x *expression, n ast.Node, skeleton bool, unless string, item Type) {
	s := &site{node: n, unless: unless}
	if binary, ok := n.(*ast.BinaryNode); ok {
		s.comparison, s.floor = c.ordered(binary, item)
	}
	t, err := c.language.typeOf(n, item)
	if skeleton && !inSkeleton(n) && err == nil && t == TypeBool {
		s.condition, s.optional = true, !c.canBeMissing(n)
	}
	if s.condition || s.comparison {
		c.sites[x] = append(c.sites[x], s)
		c.at[n] = s
	}
	skeleton = skeleton && inSkeleton(n)
	switch n := n.(type) {
	case *ast.ConditionalNode:
		c.find(x, n.Cond, skeleton, unless, item)
		c.find(x, n.Exp1, skeleton, "the condition before it was never true", item)
		c.find(x, n.Exp2, skeleton, "the condition before it was never false", item)
	case *ast.BinaryNode:
		c.find(x, n.Left, skeleton, unless, item)
		if _, ok := connective(n.Operator); ok {
			unless = "the left side always decided"
		}
		c.find(x, n.Right, skeleton, unless, item)
	default:
		for _, child := range childrenOf(n) {
			if body, ok := child.(*ast.PredicateNode); ok {
				list, _ := c.language.typeOf(childrenOf(n)[0], item)
				c.find(x, body.Node, false, "the list was always empty", itemOf(list))
				continue
			}
			c.find(x, child, skeleton, unless, item)
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
	if call, ok := n.(*ast.CallNode); ok && call.Callee.String() == "isSet" {
		return c.unknownAtFirst(call.Arguments[0], false)
	}
	return c.unknownAtFirst(n, true)
}

func (c *covering) unknownAtFirst(n ast.Node, set bool) bool {
	for _, name := range readsOf(n) {
		f, ok := c.language.facts[name]
		if !ok || f.Source == SourceEngine {
			continue
		}
		if f.Initial == nil || set && f.Type == TypeDate {
			return true
		}
	}
	return false
}

// trace notes what a trace shows.
func (c *covering) trace(rule string, facts casefile.Values, t *Trace) {
	c.asked[rule] = true
	for _, part := range t.Parts {
		for _, r := range c.pack.versions[rule] {
			for _, x := range r.expressions() {
				if *x != nil && (*x).part == part.Part && (*x).source == part.Source {
					c.reached[*x] = true
					c.walk((*x).root, part.Root)
				}
			}
		}
	}
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
