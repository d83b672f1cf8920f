package rules

import "github.com/zhengdang/chengxu/casefile"

// State says what became of a sub-expression.
type State string

// The states of a sub-expression.
const (
	StateEvaluated State = "evaluated"
	StateSkipped   State = "skipped" // not needed: the rest had decided
	StateUnknown   State = "unknown" // a fact is missing
)

// Trace (推理过程) explains what a rule says of the facts: each expression of the
// rule as a tree of all its sub-expressions with their values.
type Trace struct {
	Pack    string           `json:"pack"`
	Rule    string           `json:"rule"`
	Finding casefile.Finding `json:"finding"`
	Parts   []TracePart      `json:"parts"`
}

// GateTrace explains a gate: its verdict, and the trace of each rule in the order of
// the findings.
type GateTrace struct {
	Verdict casefile.Verdict `json:"verdict"`
	Rules   []*Trace         `json:"rules"`
}

// TracePart is one expression of a rule.
type TracePart struct {
	Part   string     `json:"part"` // "require", "due", "arises" or "met"
	Source string     `json:"source"`
	Root   *TraceNode `json:"root"`
}

// TraceNode is one sub-expression. Under a predicate the first child is the
// list; then comes the body once for each item that was looked at, or once as
// skipped when there was none.
type TraceNode struct {
	Source   string       `json:"source"`
	Op       string       `json:"op"` // an operator, a function, "?:", "[]", "fact", "parameter", "period", "table", "literal" or "item"
	State    State        `json:"state"`
	Value    any          `json:"value,omitempty"` // bool, int64, float64, string or a list; a date is a string
	Missing  []string     `json:"missing,omitempty"`
	Item     any          `json:"item,omitempty"` // the item of the list, in the body of a predicate
	Children []*TraceNode `json:"children,omitempty"`
}

// plain gives a value of an expression as it stands in a trace or a finding.
func plain(value any) any {
	switch v := value.(type) {
	case int:
		return int64(v)
	case day:
		return v.date.String()
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	}
	return value
}
