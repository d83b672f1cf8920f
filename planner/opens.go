package planner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// opens gives the first day, from ready on, on which the gates let the act
// happen, as far as dates decide.
func (w *walk) opens(s *stepAt, spec procedure.ActSpec, ready legaltime.Date, gates []rules.Ref) (legaltime.Date, error) {
	w.entered(s)
	o, list := w.establishes(spec), w.rulesAt(gates)
	for _, r := range list {
		for _, f := range r.facts {
			if o.has(f) {
				continue
			}
			on, err := w.resolve(s, f, list)
			if err != nil {
				return ready, err
			}
			ready = later(ready, on)
		}
	}
	day := ready
	for _, r := range list {
		until, err := w.opensFor(s, spec, o, r, ready)
		if err != nil {
			return ready, err
		}
		day = later(day, until)
	}
	for _, f := range o.derived {
		w.facts[f] = day.String()
	}
	for _, f := range o.chosen {
		if _, open := w.choose[f]; open && slices.ContainsFunc(list, func(r rule) bool { return slices.Contains(r.facts, f) }) {
			w.announced(f, day, list)
		}
	}
	return day, w.err
}

// entered tells the rules which step they are asked in.
func (w *walk) entered(s *stepAt) {
	if _, supposed := w.q.Assume[stageEntered]; !supposed && w.p.dates[stageEntered] {
		w.facts[stageEntered] = s.out.Enter.String()
	}
}

// stageEntered is the fact that the engine supplies: the day on which the step
// was entered.
const stageEntered = "stage_entered_on"

// opensFor gives the first day on which one rule is met, and notes the wait.
func (w *walk) opensFor(s *stepAt, spec procedure.ActSpec, o own, r rule, ready legaltime.Date) (legaltime.Date, error) {
	until := ready
	if !slices.ContainsFunc(r.facts, func(f string) bool { return slices.Contains(o.chosen, f) }) {
		until = w.first(ready, func(day legaltime.Date) int {
			for _, f := range o.derived {
				w.facts[f] = day.String()
			}
			return w.rank(r, day)
		})
	}
	var waits []Wait
	for _, period := range r.minimum {
		if slices.Contains(r.Facts, today) {
			break // the rule itself says how long it waits
		}
		if slices.ContainsFunc(w.p.periods[period].Facts, o.has) {
			continue // the act itself begins it
		}
		at, err := w.periodAt(period, ready)
		if err != nil {
			return ready, err
		}
		if at.Due.DueOn.IsZero() {
			w.unplaced(period, at)
			continue
		}
		if at.Runs == casefile.Undetermined {
			w.assume(AssumedPeriod, period, "是否适用“"+at.Period.Title.ZH+"”尚未认定，按适用计算", "nobody knows yet whether it runs; counted: "+at.Period.Title.EN)
		}
		if at.Runs != casefile.Block && !w.passesWithout(r, period) {
			until = later(until, at.Due.DueOn)
			waits = append(waits, w.waitOn(s, spec, r, period, at))
		}
	}
	if until.After(ready) && len(waits) == 0 {
		waits = append(waits, w.waitCounted(s, spec, r, ready, until))
	}
	bindLast(waits, until)
	for _, x := range waits {
		s.out.Waits = append(s.out.Waits, x)
		s.out.Provisional = s.out.Provisional || x.Provisional
	}
	return until, w.err
}

// bindLast makes the wait that ends last keep the gate closed until it opens.
func bindLast(waits []Wait, until legaltime.Date) {
	last := -1
	for i, x := range waits {
		if last < 0 || x.Last.After(waits[last].Last) {
			last = i
		}
	}
	if last >= 0 {
		waits[last].Until = until
	}
}

// waitOn is the wait on a declared period.
func (w *walk) waitOn(s *stepAt, spec procedure.ActSpec, r rule, period string, at rules.PeriodAt) Wait {
	return Wait{
		Step: s.step.ID, Act: s.step.ID + "." + spec.Verb, Period: period, Title: at.Period.Title, Basis: at.Basis,
		From: at.From, Length: at.Length, Excluded: at.Excluded, Last: at.Due.DueOn, Until: at.Due.DueOn,
		Provisional: at.Due.Provisional, Rule: r.name, RuleBasis: r.Basis, began: w.beganBy(at),
	}
}

// beganBy gives the step whose act established the day from which a period runs.
func (w *walk) beganBy(at rules.PeriodAt) string {
	for _, f := range at.Period.Facts {
		if step, ok := w.origin[f]; ok && w.date(f) == at.From {
			return step
		}
	}
	return ""
}

// waitCounted is the wait on a date: one that was announced, with the period
// that it is held to, or one that the rule counts by itself.
func (w *walk) waitCounted(s *stepAt, spec procedure.ActSpec, r rule, ready, until legaltime.Date) Wait {
	var last legaltime.Date
	var fact string
	for _, f := range r.facts {
		if d := w.date(f); !d.After(until) && d.After(last) {
			last, fact = d, f
		}
	}
	x := Wait{Rule: r.name, RuleBasis: r.Basis, Title: r.Title, Basis: r.Basis, From: ready}
	found := false
	for _, period := range r.minimum {
		at, err := w.periodAt(period, ready)
		if err == nil && !at.Due.DueOn.IsZero() && !at.Due.DueOn.After(until) && (!found || at.Due.DueOn.After(x.Last)) {
			x, found = w.waitOn(s, spec, r, period, at), true
		}
	}
	if period := w.p.announce[fact]; period != "" && !found {
		if at, err := w.periodAt(period, ready); err == nil && !at.From.IsZero() {
			x, found = w.waitOn(s, spec, r, period, at), true
			x.Announced, x.Last = last != at.Due.DueOn, last
		}
	}
	if !found {
		x.Last = last
	}
	x.Step, x.Act, x.Until = s.step.ID, s.step.ID+"."+spec.Verb, until
	return x
}

// unplaced notes a period whose first day nobody knows.
func (w *walk) unplaced(period string, at rules.PeriodAt) {
	if at.Runs == casefile.Block {
		return
	}
	w.assume(AssumedPeriod, period, "起算日未知，未计入：“"+at.Period.Title.ZH+"”", "not counted, as nobody knows from when it runs: "+at.Period.Title.EN)
}

// passesWithout reports whether the rule can be met without the period: it is
// met in the end although nobody knows from when the period runs.
func (w *walk) passesWithout(r rule, period string) bool {
	kept := casefile.Values{}
	for _, f := range w.p.periods[period].Facts {
		if v, ok := w.facts[f]; ok && w.p.dates[f] && !w.picksLaw(f) {
			kept[f] = v
			delete(w.facts, f)
		}
	}
	result := w.rank(r, w.q.From.AddDays(Horizon))
	for _, f := range casefile.SortedNames(kept) {
		w.facts[f] = kept[f]
	}
	return result == rank(casefile.Pass)
}

func (w *walk) picksLaw(fact string) bool {
	return slices.ContainsFunc(w.p.packs, func(p *rules.Pack) bool { return p.LawAt() == fact })
}

// periodAt gives a period on the facts.
func (w *walk) periodAt(name string, day legaltime.Date) (rules.PeriodAt, error) {
	all, err := w.p.judge.Periods(rules.Input{Facts: w.facts, Today: day})
	if err != nil {
		return rules.PeriodAt{}, err
	}
	for _, at := range all {
		if packID(at.Pack)+"/"+at.Period.ID == name {
			return at, nil
		}
	}
	return rules.PeriodAt{}, nil
}

// packID gives the id in the name of a pack.
func packID(name string) string {
	id, _, _ := strings.Cut(name, "@")
	return id
}

// rank gives how far the rule lets a gate open on a day.
func (w *walk) rank(r rule, day legaltime.Date) int {
	f, err := w.p.judge.Rule(r.name, rules.Input{Facts: w.facts, Today: day})
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		return 0
	}
	return rank(f.Result)
}

// lastCounted is the last year that the rules can count in.
const lastCounted = 2199

var errFarAhead = fmt.Errorf("more than %d days ahead: %w", Horizon, casefile.ErrInvalid)

// first gives the first day from lo on with the rank that is reached in the end.
// A rule that waits lets more happen as time goes on, never less; what time only
// closes is no wait.
func (w *walk) first(lo legaltime.Date, rank func(legaltime.Date) int) legaltime.Date {
	now, inTheEnd := rank(lo), rank(lo.AddDays(Horizon))
	if inTheEnd <= now {
		if now == 0 && w.err == nil && rank(legaltime.NewDate(lastCounted, time.December, 31)) > now {
			w.err = errFarAhead
		}
		return lo
	}
	low, high := 0, Horizon // open on high, not on low
	for low+1 < high {
		if mid := (low + high) / 2; rank(lo.AddDays(mid)) >= inTheEnd {
			high = mid
		} else {
			low = mid
		}
	}
	return lo.AddDays(high)
}
