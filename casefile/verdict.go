package casefile

import "github.com/zhengdang/chengxu/legaltime"

// Result is what a rule or a gate says. There are three, never two: a missing
// fact never decides.
type Result string

const (
	Pass         Result = "pass"         // 通过
	Block        Result = "block"        // 不通过
	Undetermined Result = "undetermined" // 无法判断
)

// Effect is what a rule does when it is not met.
type Effect string

const (
	EffectBlock   Effect = "block"   // the transition must not happen
	EffectWarn    Effect = "warn"    // it may happen, with a recorded reason
	EffectDuty    Effect = "duty"    // an obligation with a due date, watched, never a bar
	EffectApplies Effect = "applies" // whether a discretionary step is required
)

// Verdict is the answer of the rules at one or more gates. Result is Block when
// a blocking rule is not met or a warning lacks its reason, else Undetermined
// when a fact is missing, else Pass.
type Verdict struct {
	Result   Result    `json:"result"`
	Gates    []string  `json:"gates"`
	Findings []Finding `json:"findings"`
}

// Finding is what one rule says, by which article, with the values that it
// read. Message and Remedy are filled for findings that do not pass; for the
// others they stand in the pack under the rule's id.
type Finding struct {
	Gate    string   `json:"gate"`
	Rule    string   `json:"rule"`
	Effect  Effect   `json:"effect"`
	Result  Result   `json:"result"`
	Values  Values   `json:"values,omitempty"`  // facts read
	Missing []string `json:"missing,omitempty"` // facts whose absence keeps the rule undetermined, sorted
	Basis   string   `json:"basis,omitempty"`   // citation, e.g. 国务院令第713号 第十五条第一款
	Message Text     `json:"message,omitzero"`
	Remedy  Text     `json:"remedy,omitzero"`
	Reason  string   `json:"reason,omitempty"` // recorded reason that lifts a warning

	// Due is the date that the rule derives: the deadline of a duty, or the
	// earliest lawful date of a waiting rule. Zero when the rule has none or
	// the facts for it are missing.
	Due legaltime.Date `json:"due,omitzero"`
	Met bool           `json:"met,omitempty"` // for duties: performed
	// RemindOn are the dates on which those who owe a duty are reminded, rising.
	RemindOn    []legaltime.Date `json:"remind_on,omitempty"`
	Provisional bool             `json:"provisional,omitempty"` // Due touches a year whose calendar is not announced
}

// NeedsReason reports whether the finding is a warning that still lacks its
// recorded reason.
func (f Finding) NeedsReason() bool {
	return f.Effect == EffectWarn && f.Result != Pass && f.Reason == ""
}

// Hindering gives the findings that keep the gate closed: blocking rules that
// are not met or undetermined, warnings without a reason, and the question
// whether a step ahead is required while nobody can answer it.
func (v Verdict) Hindering() []Finding {
	var out []Finding
	for _, f := range v.Findings {
		if f.Effect == EffectBlock && f.Result != Pass || f.NeedsReason() ||
			f.Effect == EffectApplies && f.Result == Undetermined {
			out = append(out, f)
		}
	}
	return out
}
