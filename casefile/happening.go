package casefile

import "slices"

// HappeningKind says what an entry tells of that figures count.
type HappeningKind string

// The kinds.
const (
	HappeningMet      HappeningKind = "met"      // a deadline; of it
	HappeningBreached HappeningKind = "breached" // a deadline; of it
	HappeningReturn   HappeningKind = "return"   // from a step, to one that comes before it
	HappeningAttempt  HappeningKind = "attempt"  // an act that the rules stopped; its step
	HappeningBlocked  HappeningKind = "blocked"  // an article that stopped an act, and its rule
)

// Happening is something that figures count.
type Happening struct {
	Kind           HappeningKind
	Subject, Other string
}

// Happenings gives what an entry tells of that figures count. The case is as it was
// before the entry.
func (c *Case) Happenings(e Entry) []Happening {
	var out []Happening
	add := func(kind HappeningKind, subject, other string) {
		if h := (Happening{kind, subject, other}); !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	for _, d := range e.Deadlines {
		at := slices.IndexFunc(c.Deadlines, func(known Deadline) bool { return known.ID == d.ID })
		if at >= 0 && c.Deadlines[at].State == d.State {
			continue
		}
		switch d.State {
		case DeadlineMet:
			add(HappeningMet, d.ID, d.Step)
		case DeadlineBreached:
			add(HappeningBreached, d.ID, d.Step)
		case DeadlineOpen, DeadlineElapsed, DeadlineDropped:
		}
	}
	if to, ok := c.returned(e); ok {
		add(HappeningReturn, e.Step, to)
	}
	if e.Kind == EntryBlocked {
		add(HappeningAttempt, e.Step, "")
		if e.Verdict != nil {
			for _, f := range e.Verdict.Hindering() {
				article := f.Basis
				if article == "" {
					article = f.Rule
				}
				add(HappeningBlocked, article, f.Rule)
			}
		}
	}
	return out
}

// returned gives the step to which an entry sends the case back: one that the case
// came to before the step of the entry, or the same again. Going on to what comes
// after it for another round is no return.
func (c *Case) returned(e Entry) (to string, ok bool) {
	first := func(step string) int {
		return slices.IndexFunc(c.Steps, func(run StepRun) bool { return run.Step == step })
	}
	from := first(e.Step)
	for _, in := range e.Entered {
		if at := first(in.Step); in.Applies && at >= 0 && (from < 0 || at <= from) {
			return in.Step, true
		}
	}
	return "", false
}
