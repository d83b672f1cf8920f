package planner

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Plan (办理计划) is the earliest lawful course.
type Plan struct {
	Procedure string          `json:"procedure"`
	Packs     []string        `json:"packs"`
	Calendar  casefile.Digest `json:"calendar"`
	From      legaltime.Date  `json:"from"`
	Decision  legaltime.Date  `json:"decision,omitzero"` // the last step of collective deliberation (集体讨论决定) ends
	End       legaltime.Date  `json:"end"`
	EndAs     string          `json:"end_as"` // the end that is reached
	// Provisional says that a date touches a year whose days off are not announced:
	// the plan is to be made again when they are.
	Provisional bool         `json:"provisional"`
	Steps       []Step       `json:"steps"`    // in the order of the way, without those already behind
	Critical    []Wait       `json:"critical"` // what keeps the end from coming sooner, by date; without a gap for a planned matter
	Assumptions []Assumption `json:"assumptions"`
}

// Step is one step of the way.
type Step struct {
	ID          string         `json:"id"`
	Title       casefile.Text  `json:"title"`
	Basis       string         `json:"basis"`
	Block       string         `json:"block,omitempty"` // the block of parallel steps that it belongs to
	Round       int            `json:"round,omitempty"` // from the second time on that the way comes to it
	Required    Required       `json:"required"`
	Asked       []Asked        `json:"asked,omitempty"` // of the rules: whether it is required
	Enter       legaltime.Date `json:"enter"`
	Conclude    legaltime.Date `json:"conclude,omitzero"` // not set for a step that is not required
	Outcome     string         `json:"outcome,omitempty"`
	Provisional bool           `json:"provisional,omitempty"`
	Critical    bool           `json:"critical"` // the end would come sooner if this step could
	Waits       []Wait         `json:"waits"`
}

// Asked is what a rule says of whether a step is required.
type Asked struct {
	Rule   string          `json:"rule"`
	Basis  string          `json:"basis"`
	Result casefile.Result `json:"result"`
}

// Required says whether a step has to be gone through.
type Required string

// The answers.
const (
	RequiredAlways  Required = "always"
	RequiredByFacts Required = "by-facts" // the rules say so on the facts
	RequiredAssumed Required = "assumed"  // nobody knows yet; taken to be required
	NotRequired     Required = "not-required"
	NotAssumed      Required = "left-out" // nobody knows yet; the question leaves it out
)

// Wait is a time that has to run before a gate opens.
type Wait struct {
	Step   string        `json:"step"`
	Act    string        `json:"act"`              // the act that waits
	Period string        `json:"period,omitempty"` // "cn.713/comment_window"; empty: a date that the rule itself counts
	Title  casefile.Text `json:"title"`
	Basis  string        `json:"basis"`
	// From is the day from which it runs, which is not counted; Last is its last
	// day, Until the first day on which the gate opens.
	From        legaltime.Date       `json:"from,omitzero"`
	Length      legaltime.Period     `json:"length,omitzero"` // in force, as tightened
	Excluded    []legaltime.Interval `json:"excluded,omitempty"`
	Last        legaltime.Date       `json:"last,omitzero"`
	Until       legaltime.Date       `json:"until"`
	Announced   bool                 `json:"announced,omitempty"` // Last was announced, and is not what the length comes to
	Provisional bool                 `json:"provisional,omitempty"`
	Rule        string               `json:"rule"`
	RuleBasis   string               `json:"rule_basis"`

	began string // the step whose act began it
}

// Assumption is something that nobody knows yet and that the plan supposes.
type Assumption struct {
	Kind AssumptionKind `json:"kind"`
	Name string         `json:"name"` // the step, act, fact or period
	Text casefile.Text  `json:"text"`
}

// AssumptionKind says what is supposed.
type AssumptionKind string

// The kinds of assumptions.
const (
	AssumedStep   AssumptionKind = "step"
	AssumedAct    AssumptionKind = "act"
	AssumedFact   AssumptionKind = "fact"
	AssumedPeriod AssumptionKind = "period"
)

// Step gives the step of the plan with the id, in its last round.
func (p *Plan) Step(id string) (Step, bool) {
	for _, s := range slices.Backward(p.Steps) {
		if s.ID == id {
			return s, true
		}
	}
	return Step{}, false
}

// Wait gives the wait on a period, "cn.713/comment_window", that ends last.
func (p *Plan) Wait(period string) (w Wait, ok bool) {
	for _, s := range p.Steps {
		for _, x := range s.Waits {
			if x.Period == period && (!ok || x.Until.After(w.Until)) {
				w, ok = x, true
			}
		}
	}
	return w, ok
}

func later(a, b legaltime.Date) legaltime.Date {
	if b.After(a) {
		return b
	}
	return a
}
