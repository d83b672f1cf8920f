package audit

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// Precheck is how an item stands by what the case has recorded, and the entries that
// show it. Nothing is judged again for it.
type Precheck struct {
	Standing Standing `json:"standing"`
	Entries  []int64  `json:"entries,omitempty"`
}

// Record is what a case has recorded.
type Record struct {
	Case    casefile.Case    // as its entries have left it
	Entries []casefile.Entry // all of them, in order
	Hash    string           // of the leaf of the last entry
}

// Precheck gives how an item stands in the record.
func (r Record) Precheck(item Item) Precheck {
	if len(item.Reached) > 0 && !slices.ContainsFunc(r.Case.Steps, func(s casefile.StepRun) bool {
		return s.State != casefile.StepNotApplied && slices.Contains(item.Reached, s.Step)
	}) {
		if r.Case.Status != casefile.StatusClosed { // it may still come there
			return Precheck{Standing: CannotTell}
		}
		return Precheck{Standing: NotApplicable}
	}
	if w := item.Where; w != nil {
		if f, ok := r.Case.Facts[w.Fact]; ok && f.Value != w.Is {
			return Precheck{Standing: NotApplicable, Entries: []int64{f.Sequence}}
		}
	}
	var out Precheck
	for _, s := range item.Shows {
		one := r.shown(s)
		out.Standing = both(out.Standing, one.Standing)
		for _, n := range one.Entries {
			if !slices.Contains(out.Entries, n) {
				out.Entries = append(out.Entries, n)
			}
		}
	}
	slices.Sort(out.Entries)
	return out
}

// both joins how two parts of an item stand: the worse one counts, and a part that does
// not apply counts only where no other does.
func both(a, b Standing) Standing {
	for _, worst := range []Standing{NotMet, CannotTell, Met} {
		if a == worst || b == worst {
			return worst
		}
	}
	return NotApplicable
}

func (r Record) shown(s Show) Precheck {
	var out Precheck
	switch {
	case s.Rule != "":
		out = r.lastVerdict(s.Rule)
	case s.Step != "":
		out = r.lastRound(s)
	default:
		out = r.deadline(s.Deadline)
	}
	if out.Standing != "" {
		return out
	}
	if s.Absent != "" {
		return Precheck{Standing: s.Absent}
	}
	return Precheck{Standing: CannotTell}
}

// lastVerdict looks for the last verdict on a rule that let something happen; attempts
// that were stopped changed nothing.
func (r Record) lastVerdict(rule string) Precheck {
	for _, e := range slices.Backward(r.Entries) {
		if e.Kind == casefile.EntryBlocked || e.Verdict == nil {
			continue
		}
		for _, f := range e.Verdict.Findings {
			if f.Rule == rule {
				return Precheck{Standing: ofFinding(f), Entries: []int64{e.Sequence}}
			}
		}
	}
	return Precheck{}
}

func ofFinding(f casefile.Finding) Standing {
	switch {
	case f.Result == casefile.Pass:
		return Met
	case f.Result == casefile.Block && f.Reason == "": // a reason is for a person to weigh
		return NotMet
	}
	return CannotTell
}

// lastRound looks at how the last round of a step ended.
func (r Record) lastRound(s Show) Precheck {
	for _, run := range slices.Backward(r.Case.Steps) {
		if run.Step != s.Step {
			continue
		}
		out := Precheck{Standing: CannotTell, Entries: []int64{run.Entry}}
		switch {
		case run.State == casefile.StepNotApplied:
			out.Standing = NotApplicable
		case run.State == casefile.StepConcluded && slices.Contains(s.Outcomes, run.Outcome):
			out.Standing = Met
		case run.State == casefile.StepConcluded:
			out.Standing = NotMet
		}
		for _, e := range slices.Backward(r.Entries) {
			if e.Kind != casefile.EntryBlocked && e.Step == s.Step && e.Round == run.Round && e.Outcome != "" {
				out.Entries = append(out.Entries, e.Sequence)
				break
			}
		}
		return out
	}
	return Precheck{}
}

func (r Record) deadline(id string) Precheck {
	for _, d := range r.Case.Deadlines {
		if d.ID != id {
			continue
		}
		out := Precheck{Standing: CannotTell, Entries: []int64{d.Sequence}}
		switch d.State {
		case casefile.DeadlineMet:
			out.Standing = Met
			if r.breached(id) {
				out.Standing = NotMet // it was met late
			}
		case casefile.DeadlineBreached:
			out.Standing = NotMet
		case casefile.DeadlineDropped:
			out.Standing = NotApplicable
		case casefile.DeadlineOpen, casefile.DeadlineElapsed:
		}
		return out
	}
	return Precheck{}
}

// breached reports whether the due date passed unmet before.
func (r Record) breached(id string) bool {
	return slices.ContainsFunc(r.Entries, func(e casefile.Entry) bool {
		return slices.ContainsFunc(e.Deadlines, func(d casefile.Deadline) bool { return d.ID == id && d.State == casefile.DeadlineBreached })
	})
}
