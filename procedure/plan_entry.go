package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// Entry gives the entry as it is recorded, but for the instant. When a gate
// stays closed, or nobody can say yet whether a step ahead is required, it
// records the attempt and what the rules said of it, and nothing else.
func (p *Plan) Entry(j rules.Judgement) casefile.Entry {
	if p.recompute {
		return p.recomputed(j)
	}
	e := p.entry
	if p.lapses {
		if !p.hasRun(j) {
			return p.notRun(j)
		}
		e.Deadlines = p.ranOut(j)
	}
	arrived := p.d.arrive(p.c, p.move.to, j.Applies)
	if (e.Act != nil || p.lapses) && (len(p.Gates) > 0 || len(arrived.open) > 0) {
		v := withOpenQuestions(j.Verdict, arrived.open)
		e.Verdict = &v
		switch {
		case v.Result != casefile.Pass && p.lapses:
			return held(e)
		case v.Result != casefile.Pass:
			return blocked(e)
		}
	}
	e.Entered = arrived.entered
	e.Broken = p.move.broken
	p.settle(&e, arrived)
	if len(e.Entered) > 0 {
		p.freshStart(&e)
	}
	e.Deadlines = append(slices.Clip(e.Deadlines), p.duties(e, p.others(j.Duties))...)
	if p.pins != nil {
		e.Deadlines = append(e.Deadlines, p.fallen(e, j.Duties)...)
	}
	if len(e.Facts) == 0 {
		e.Facts = nil
	}
	return e
}

// withOpenQuestions adds to the verdict the questions that hold the case. It
// leaves its argument as it is.
func withOpenQuestions(v casefile.Verdict, open []casefile.Verdict) casefile.Verdict {
	if v.Result == "" {
		v.Result = casefile.Pass
	}
	v.Gates = append([]string{}, v.Gates...)
	v.Findings = append([]casefile.Finding{}, v.Findings...)
	for _, q := range open {
		v.Gates = append(v.Gates, q.Gates...)
		v.Findings = append(v.Findings, q.Findings...)
		if v.Result == casefile.Pass {
			v.Result = casefile.Undetermined
		}
	}
	return v
}

// blocked is the record of an attempt.
func blocked(e casefile.Entry) casefile.Entry {
	return casefile.Entry{
		Case: e.Case, Organ: e.Organ, Sequence: e.Sequence, Kind: casefile.EntryBlocked, On: e.On, Practice: e.Practice,
		Act: e.Act, Step: e.Step, Round: e.Round, Verb: e.Verb, Verdict: e.Verdict,
	}
}

// settle notes the end that is reached, or settled ahead of it. An end that was
// settled before is not changed by the last step.
func (p *Plan) settle(e *casefile.Entry, arrived arrival) {
	e.End = p.move.as
	if arrived.end == "" {
		return
	}
	e.Status = casefile.StatusClosed
	switch {
	case p.c.End != "":
		e.End = p.c.End
	case e.End == "":
		e.End = arrived.end
	}
}

// freshStart takes back the reason for a standstill: it was about the step that
// was left.
func (p *Plan) freshStart(e *casefile.Entry) {
	const stall = "stall_reason"
	if _, given := e.Facts[stall]; given || asText(p.c.Facts[stall].Value) == "" {
		return
	}
	facts := casefile.Values{stall: ""}
	for _, name := range casefile.SortedNames(e.Facts) {
		facts[name] = e.Facts[name]
	}
	e.Facts = facts
}
