package planner

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// Backward gives the plan with the latest first day from which the step is
// concluded by a date; an empty step means the decision, or the end where the way
// has none. The question's own first day counts for a running case only: nothing
// can be done before it. The error is [casefile.ErrInvalid] when no first day is
// early enough.
//
// As long as the same law is in force, starting later never means being done
// sooner; so each time in which no figure and no rule changes is searched by
// halving.
func (p *Planner) Backward(q Question, step string, by legaltime.Date) (*Plan, error) {
	earliest := by.AddDays(-Horizon)
	if q.Case != nil {
		earliest = q.From
	} else {
		q.From = by
	}
	if err := p.check(q); err != nil {
		return nil, err
	}
	if by.Before(earliest) {
		return nil, fmt.Errorf("%s is over: %w", by, casefile.ErrInvalid)
	}
	to := by
	for _, pack := range p.packs {
		if end := pack.InForce().To; q.Case == nil && !end.IsZero() && end.Before(to) {
			to = end
		}
	}
	for _, from := range p.changes(q, earliest, to) {
		plan, err := p.latest(q, step, by, from, to)
		if plan != nil || err != nil {
			return plan, err
		}
		to = from.AddDays(-1)
	}
	return nil, fmt.Errorf("no first day from %s on is early enough to be done by %s: %w", earliest, by, casefile.ErrInvalid)
}

// latest gives the plan with the latest first day between two days from which
// the step is concluded in time; nil when there is none.
func (p *Planner) latest(q Question, step string, by, from, to legaltime.Date) (*Plan, error) {
	inTime := func(day legaltime.Date) (*Plan, error) {
		q.From = day
		plan, err := p.forward(q)
		if err != nil {
			return nil, err
		}
		done, err := plan.doneOn(step)
		if err != nil || done.After(by) {
			return nil, err
		}
		return plan, nil
	}
	best, err := inTime(from)
	if best == nil || err != nil {
		return nil, err
	}
	low, high := 0, from.DaysUntil(to)+1 // in time from low on, not from high on
	for low+1 < high {
		mid := (low + high) / 2
		plan, err := inTime(from.AddDays(mid))
		switch {
		case err != nil:
			return nil, err
		case plan != nil:
			low, best = mid, plan
		default:
			high = mid
		}
	}
	return best, nil
}

// doneOn gives the day on which the step is concluded.
func (p *Plan) doneOn(step string) (legaltime.Date, error) {
	switch {
	case step == "" && !p.Decision.IsZero():
		return p.Decision, nil
	case step == "":
		return p.End, nil
	}
	s, ok := p.Step(step)
	if !ok || s.Conclude.IsZero() {
		return legaltime.Date{}, fmt.Errorf("step %q is not on the way: %w", step, casefile.ErrInvalid)
	}
	return s.Conclude, nil
}

// changes gives the days between the two, the last first, on which the law that
// picks figures and rules begins to be another, and the earliest day. For a
// running case that day has passed. Days on which a pack is not in force are left
// out.
func (p *Planner) changes(q Question, earliest, latest legaltime.Date) []legaltime.Date {
	days := []legaltime.Date{earliest}
	if q.Case == nil {
		for _, pack := range p.packs {
			for _, param := range pack.Parameters() {
				for _, row := range param.Rows {
					days = append(days, row.From)
				}
			}
			for _, r := range pack.Rules() {
				days = append(days, r.InForce.From)
				if !r.InForce.To.IsZero() {
					days = append(days, r.InForce.To.AddDays(1))
				}
			}
			days = append(days, pack.InForce().From)
		}
	}
	days = slices.DeleteFunc(days, func(d legaltime.Date) bool {
		outside := q.Case == nil && slices.ContainsFunc(p.packs, func(x *rules.Pack) bool { return !x.InForce().Contains(d) })
		return d.Before(earliest) || d.After(latest) || outside
	})
	slices.SortFunc(days, func(a, b legaltime.Date) int { return b.Compare(a) })
	return slices.Compact(days)
}
