package casefile

// CauseKind says what made an entry that no person made.
type CauseKind string

const (
	CauseRule     CauseKind = "rule"     // a duty of the rules: its due date passed, came near, or concluded the step
	CausePeriod   CauseKind = "period"   // a period of a step ran out
	CauseCalendar CauseKind = "calendar" // another calendar moved a due date of a duty
)

// Cause (起因) names the rule or the timer of an automatic entry. It follows from
// what is recorded and is no part of the entry.
type Cause struct {
	Kind     CauseKind `json:"kind"`
	Deadline string    `json:"deadline"`        // the deadline that was watched: the timer
	Rule     string    `json:"rule,omitempty"`  // of the duty; empty for a period
	Step     string    `json:"step,omitempty"`  //
	Basis    string    `json:"basis,omitempty"` // the article
}

// Cause gives what made the entry; ok is false for one that a person made. An
// automatic entry changes the deadline that made it first of all.
func (e Entry) Cause() (cause Cause, ok bool) {
	if e.Act != nil || len(e.Deadlines) == 0 {
		return Cause{}, false
	}
	d := e.Deadlines[0]
	cause = Cause{Kind: CausePeriod, Deadline: d.ID, Rule: d.Rule, Step: d.Step, Basis: d.Basis}
	if d.Rule != "" {
		cause.Kind = CauseRule
	}
	if e.Kind == EntryRecomputed {
		cause.Kind = CauseCalendar
	}
	return cause, d.ID != ""
}
