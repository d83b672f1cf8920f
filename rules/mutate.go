package rules

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// Operator names a kind of mutation.
type Operator string

// The kinds of mutation.
const (
	OperatorComparison Operator = "comparison" // a comparison becomes one of its neighbours or its negation
	OperatorConnective Operator = "connective" // and becomes or, or becomes and
	OperatorNegation   Operator = "negation"   // not is put in or left out
	OperatorDropped    Operator = "dropped"    // a condition, an expression or a row is left out
	OperatorBranch     Operator = "branch"     // cond ? a : b becomes a, or b
	OperatorNumber     Operator = "number"     // one more, one less; a fraction by a tenth
	OperatorList       Operator = "list"       // a list has an element less, or another value of the enum more
	OperatorQuantifier Operator = "quantifier" // all becomes any, and the like
	OperatorText       Operator = "text"       // a text becomes blank, blank a text, a value of an enum another one
	OperatorFunction   Operator = "function"   // working days become calendar days, the earlier date the later one
	OperatorArithmetic Operator = "arithmetic" // plus becomes minus, or an operand is left out
	OperatorParameter  Operator = "parameter"  // a figure of the law one more, one less, or from another day
	OperatorEffect     Operator = "effect"     // a rule that blocks only warns, or the other way round
	OperatorGate       Operator = "gate"       // a rule is not asked at a gate
	OperatorPeriod     Operator = "period"     // a period has another unit or reminder, or loses when, roll_forward, stops or extend
	OperatorTable      Operator = "table"      // a row of a table says something else
)

// Subject is what a mutant or a point of coverage is about: a rule, or one of
// the others.
type Subject struct {
	Rule      string `json:"rule,omitempty"`
	Parameter string `json:"parameter,omitempty"` // "comment_days", or "cn.713/comment_days" where it is tightened
	Period    string `json:"period,omitempty"`
	Table     string `json:"table,omitempty"`
}

// String gives the name with its kind, "rule mad-…".
func (s Subject) String() string {
	switch {
	case s.Rule != "":
		return "rule " + s.Rule
	case s.Parameter != "":
		return "parameter " + s.Parameter
	case s.Period != "":
		return "period " + s.Period
	}
	return "table " + s.Table
}

// Mutant (变异体) is a pack with one small mistake, and the test that notices it.
// It is named by what it changes and by the change.
type Mutant struct {
	Subject
	Operator Operator      `json:"operator"`
	Change   string        `json:"change"`           // "require: a >= b → a > b"
	Source   string        `json:"source,omitempty"` // the whole expression with the change
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Column   int           `json:"column"`
	KilledBy string        `json:"killed_by,omitempty"` // the first test that fails; empty: the mutant survives
	Because  casefile.Text `json:"because,omitzero"`    // why no test can notice it, as survivors.yaml declares
}

// Killed reports whether a test notices the mistake.
func (m Mutant) Killed() bool { return m.KilledBy != "" }

// Declared reports whether survivors.yaml says why no test can notice it.
func (m Mutant) Declared() bool { return m.Because != casefile.Text{} }

// Mutation (变异测试) is what the tests of a pack notice of small mistakes in it.
type Mutation struct {
	Pack    string
	Mutants []Mutant
	Stale   []Survivor // declared, but killed or no mutant at all
}

// Killed counts the mutants that a test notices.
func (m *Mutation) Killed() int {
	n := 0
	for _, x := range m.Mutants {
		if x.Killed() {
			n++
		}
	}
	return n
}

// Survivors gives the mutants that no test notices.
func (m *Mutation) Survivors() []Mutant {
	return slices.DeleteFunc(slices.Clone(m.Mutants), Mutant.Killed)
}

// Share gives the percentage of all mutants that are killed.
func (m *Mutation) Share() float64 { return percent(m.Killed(), len(m.Mutants)) }

// Score gives the percentage of the mutants killed that are not declared to be
// beyond any test.
func (m *Mutation) Score() float64 {
	declared := 0
	for _, x := range m.Survivors() {
		if x.Declared() {
			declared++
		}
	}
	return percent(m.Killed(), len(m.Mutants)-declared)
}

// percent of nothing is 100.
func percent(part, of int) float64 {
	if of == 0 {
		return 100
	}
	return 100 * float64(part) / float64(of)
}

// Mutate makes every mutant of a pack and runs the tests of the pack that ask
// what is changed; the packs that it builds on stay as they are. The pack's
// tests must pass, else the error is [casefile.ErrInvalid].
func Mutate(p *Pack, calendar Calendar) (*Mutation, error) {
	for _, r := range RunTests(p, calendar) {
		if !r.Passed() {
			return nil, fmt.Errorf("%s:%d: the test %q fails before anything is mutated: %s: %w", r.Test.File, r.Test.Line, r.Test.Name, r.Problem, casefile.ErrInvalid)
		}
	}
	run := newMutationRun(p, calendar)
	for _, r := range p.rules {
		run.rule(r)
	}
	for i, x := range p.parameters {
		run.parameter(x, func(c *Pack) *Parameter {
			c.parameters = slices.Clone(c.parameters)
			return &c.parameters[i]
		})
	}
	for i, x := range p.tightened {
		run.parameter(x, func(c *Pack) *Parameter {
			c.tightened = slices.Clone(c.tightened)
			return &c.tightened[i]
		})
	}
	for _, x := range p.periods {
		run.period(x)
	}
	for _, x := range p.tables {
		run.table(x)
	}
	out := &Mutation{Pack: p.Name(), Mutants: run.out}
	out.declare(p.survivors)
	return out, nil
}

// mutationRun makes mutants and runs tests on them.
type mutationRun struct {
	pack     *Pack
	calendar Calendar
	compiler *compiler
	ofRule   map[string][]Test // the tests that ask a rule
	ofGate   map[string][]Test
	ofPeriod map[string][]Test
	out      []Mutant
}

func newMutationRun(p *Pack, calendar Calendar) *mutationRun {
	m := &mutationRun{
		pack: p, calendar: calendar, compiler: newCompiler(p.scope),
		ofRule: map[string][]Test{}, ofGate: map[string][]Test{}, ofPeriod: map[string][]Test{},
	}
	for _, t := range p.tests {
		switch {
		case t.Rule != "":
			m.ofRule[t.Rule] = append(m.ofRule[t.Rule], t)
		case t.Period != "":
			m.ofPeriod[t.Period] = append(m.ofPeriod[t.Period], t)
		default:
			m.ofGate[t.Gate] = append(m.ofGate[t.Gate], t)
			g, _ := p.Gate(t.Gate)
			for _, id := range g.Rules {
				m.ofRule[id] = append(m.ofRule[id], t)
			}
		}
	}
	return m
}

// testsOf gives the tests of the rules and periods that hold, in the order of the
// rules.
func (m *mutationRun) testsOf(rule func(*compiledRule) bool, period func(*period) bool) []Test {
	var out []Test
	seen := map[string]bool{}
	add := func(tests []Test) {
		for _, t := range tests {
			if !seen[t.Name] {
				seen[t.Name] = true
				out = append(out, t)
			}
		}
	}
	for _, x := range m.pack.periods {
		if period(x) {
			add(m.ofPeriod[x.ID])
		}
	}
	for _, r := range m.pack.rules {
		if rule(r) {
			add(m.ofRule[r.ID])
		}
	}
	return out
}

// try runs tests on a mutant, until one fails.
func (m *mutationRun) try(x Mutant, mutated *Pack, tests []Test) {
	j, err := NewJudge(mutated.Stack(), m.calendar)
	if err != nil {
		x.KilledBy = err.Error() // no judge takes it
	}
	for _, t := range tests {
		if x.Killed() {
			break
		}
		if r := j.runTest(mutated, t); !r.Passed() {
			x.KilledBy = t.Name
		}
	}
	m.out = append(m.out, x)
}
