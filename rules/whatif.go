package rules

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// MaxWays bounds how many ways to open a gate are given.
const MaxWays = 5

// Way (补正途径) is a smallest set of things that together make what was asked
// pass: with less, it would not.
type Way struct {
	Changes   []Change       `json:"changes,omitempty"`
	Reasons   []string       `json:"reasons,omitempty"`   // rules that warn, for which a reason has to be recorded; sorted
	WaitUntil legaltime.Date `json:"wait_until,omitzero"` // the first day on which it passes, when time has to pass
	// Provisional says that a date in it is counted in a year whose calendar is not
	// announced.
	Provisional bool          `json:"provisional,omitempty"`
	Rules       []WayRule     `json:"rules"` // the rules that it satisfies
	Remedy      casefile.Text `json:"remedy"`
	values      assignment
}

// Change is what a fact would have to be.
type Change struct {
	Fact  string        `json:"fact"`
	Title casefile.Text `json:"title"`
	Unit  string        `json:"unit,omitempty"`
	Now   any           `json:"now,omitempty"` // nil: not known
	Is    Relation      `json:"is"`
	Value any           `json:"value,omitempty"`
}

// Relation says how the fact has to stand to the value of a [Change]. For figures
// and dates it is sufficient; other values may do as well.
type Relation string

// The relations.
const (
	RelationIs      Relation = "is"
	RelationOneOf   Relation = "one-of"
	RelationNoneOf  Relation = "none-of" // given, and none of the list
	RelationGiven   Relation = "given"   // a text that is not empty, a date that is set
	RelationAtLeast Relation = "at-least"
	RelationAtMost  Relation = "at-most"
	RelationHas     Relation = "has"   // the list holds these items besides what it holds
	RelationLacks   Relation = "lacks" // the list does not hold these items
	RelationItems   Relation = "items" // the list has at least so many items
)

// WayRule is a rule that a way satisfies.
type WayRule struct {
	Rule  string        `json:"rule"`
	Title casefile.Text `json:"title"`
	Basis string        `json:"basis"`
}

// WhatIf gives the smallest sets of changed facts that would open the gates of
// the input and answer its questions whether a step applies; at most [MaxWays],
// those with fewest facts first, none when the gates are open. It looks among the
// values at which a rule can change its answer, and gives up on gates whose rules
// allow too many combinations. Facts of the engine cannot be changed; that days
// pass is reported apart. Errors are those of [Judge.Judge].
func (j *Judge) WhatIf(in Input) ([]Way, error) {
	q, err := j.question(in)
	if err != nil {
		return nil, err
	}
	return q.ways(MaxWays)
}

// question gives what has to hold for the gates to open.
func (j *Judge) question(in Input) (*question, error) {
	e, err := j.evaluate(in, false)
	if err != nil {
		return nil, err
	}
	defer e.done()
	v, err := e.verdict(in.Gates, Admission)
	if err != nil {
		return nil, err
	}
	if err := giveReasons(v.Findings, in.Reasons); err != nil {
		return nil, err
	}
	q := &question{judge: j, in: in}
	for _, f := range v.Findings {
		if f.Reason != "" {
			continue
		}
		if err := q.ask(e, f); err != nil {
			return nil, err
		}
	}
	for _, ref := range in.Applies {
		a, err := e.verdict([]Ref{ref}, Applying)
		if err != nil {
			return nil, err
		}
		if err := q.askWhetherApplies(e, a.Findings); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// WhatIfRule gives the smallest sets of changed facts that would make one rule
// pass, as [Judge.WhatIf] does for gates. For a duty they end or perform it.
func (j *Judge) WhatIfRule(rule string, facts casefile.Values, today legaltime.Date) ([]Way, error) {
	in := Input{Facts: facts, Today: today}
	e, err := j.evaluate(in, false)
	if err != nil {
		return nil, err
	}
	defer e.done()
	p, id, err := j.find(rule)
	if err != nil {
		return nil, err
	}
	f, err := e.single(p, id)
	if err != nil {
		return nil, err
	}
	q := &question{judge: j, in: in}
	f.Effect = casefile.EffectBlock // a reason would not make it pass
	if err := q.ask(e, f); err != nil {
		return nil, err
	}
	return q.ways(MaxWays)
}
