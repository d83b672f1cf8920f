package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// lapsing gives the running step that the deadline concludes when it passes; ok
// is false when it concludes none now.
func (d *Definition) lapsing(c *casefile.Case, x casefile.Deadline) (s Step, run casefile.StepRun, ok bool) {
	if x.Rule == "" {
		return Step{}, casefile.StepRun{}, false
	}
	for _, s := range d.Steps {
		if s.Lapse == nil || s.Lapse.Duty != x.Rule {
			continue
		}
		if run, ok = c.Active(s.ID); ok {
			return s, run, true
		}
	}
	return Step{}, casefile.StepRun{}, false
}

// waits reports whether the deadline would conclude a step of a case that is
// suspended: nothing moves such a case, and its clock may stand still.
func (d *Definition) waits(c *casefile.Case, x casefile.Deadline) bool {
	if c.Status != casefile.StatusSuspended {
		return false
	}
	_, _, ok := d.lapsing(c, x)
	return ok
}

// planLapse is the plan in which time alone concludes a step: the gates are those
// of an act that ends it so, and the rules are asked again whether the period has
// run, for the record alone does not know what has stopped it since.
func (d *Definition) planLapse(c *casefile.Case, s Step, run casefile.StepRun, passed casefile.Deadline, today legaltime.Date) *Plan {
	passed.State, passed.Basis = casefile.DeadlineElapsed, s.Lapse.Basis
	p := d.timePlan(c, casefile.EntryLapse, passed, today)
	p.lapses = true
	p.entry.Step, p.entry.Round, p.entry.Outcome = s.ID, run.Round, s.Lapse.Is
	p.move = d.moveOn(c, s.ID, s.outcome(s.Lapse.Is))
	p.Gates, p.Applies, p.Duties = p.move.gates, d.appliesAhead(p.move.to), d.Duties
	p.Facts = d.FactsAt(c, s.ID, today)
	return p
}

// lapsed gives what the rules say of the duty that has passed.
func (p *Plan) lapsed(j rules.Judgement) (f casefile.Finding, ok bool) {
	rule := p.entry.Deadlines[0].Rule
	at := slices.IndexFunc(j.Duties, func(f casefile.Finding) bool { return f.Rule == rule })
	if at < 0 {
		return casefile.Finding{}, false
	}
	return j.Duties[at], true
}

// hasRun reports whether the rules confirm that the period has run and that what
// had to be done in it is not done.
func (p *Plan) hasRun(j rules.Judgement) bool {
	f, ok := p.lapsed(j)
	return ok && f.Result == casefile.Block && !f.Met && !f.Due.IsZero() && p.Today.After(f.Due)
}

// ranOut gives the deadline with the last day that the rules say: the record may
// not yet know of what moved it.
func (p *Plan) ranOut(j rules.Judgement) []casefile.Deadline {
	d := p.entry.Deadlines[0]
	f, _ := p.lapsed(j)
	d.Due, d.Provisional = f.Due, f.Provisional
	return []casefile.Deadline{d}
}

// notRun is the entry of a deadline that passed on the record and not by the
// rules. Where the last day has moved, it is watched again; where nobody can say,
// the deadline is closed and concludes nothing.
func (p *Plan) notRun(j rules.Judgement) casefile.Entry {
	before, _ := deadline(p.c, p.entry.Deadlines[0].ID)
	f, ok := p.lapsed(j)
	now, changed := dutyNow(f, before, true)
	if !ok || !changed || now.State == casefile.DeadlineOpen && !now.Due.IsZero() && p.Today.After(now.Due) {
		return held(p.entry)
	}
	e := held(p.entry)
	e.Kind = casefile.EntryReminder
	now = reminding(now, f, p.Today)
	now.Sequence = e.Sequence
	e.Deadlines = []casefile.Deadline{now}
	return e
}

// held is the record of a deadline that has passed and concludes nothing: the
// case stays where it is, and persons go on.
func held(e casefile.Entry) casefile.Entry {
	return casefile.Entry{
		Case: e.Case, Organ: e.Organ, Sequence: e.Sequence, Kind: e.Kind, On: e.On, Practice: e.Practice,
		Step: e.Step, Round: e.Round, Verdict: e.Verdict, Deadlines: e.Deadlines,
	}
}

// others gives the findings about duties other than the one that has passed.
func (p *Plan) others(findings []casefile.Finding) []casefile.Finding {
	if !p.lapses {
		return findings
	}
	rule := p.entry.Deadlines[0].Rule
	return slices.DeleteFunc(slices.Clone(findings), func(f casefile.Finding) bool { return f.Rule == rule })
}
