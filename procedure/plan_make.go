package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// plan puts together the entry as it will be if the gates open.
func (p *planning) plan() *Plan {
	act := p.act
	act.By.Capacity, act.With = p.capacity, p.with
	_, verb := act.Split()
	entry := casefile.Entry{
		Case: p.c.ID, Organ: p.c.Organ, Sequence: p.c.Sequence + 1, Kind: casefile.EntryAct,
		On: p.today, Practice: p.c.Practice, Act: &act, Step: p.step.ID, Round: p.run.Round, Verb: verb,
		Facts: p.facts, Documents: p.filed(), Opinion: p.opinion(), Status: p.spec.Status,
	}
	if p.spec.Clock != "" {
		entry.Today = asDate(p.with[p.spec.Clock])
	}
	for _, digest := range asTexts(p.with[p.spec.Withdraws]) {
		entry.Withdrawn = append(entry.Withdrawn, casefile.Digest(digest))
	}
	out := &Plan{Gates: gatesOf(p.rule.Gate), Today: p.today, d: p.d, c: p.c, number: p.spec.Numbers}
	entry.Outcome = p.outcome()
	switch {
	case entry.Outcome != "":
		out.move = p.d.moveOn(p.c, p.step.ID, p.step.outcome(entry.Outcome))
	case p.spec.Leaves:
		out.move = p.d.moveOut(p.c, p.rule)
		if p.c.Status == casefile.StatusSuspended {
			entry.Status = casefile.StatusRunning // the file still has to be closed
		}
	}
	out.Gates = append(out.Gates, out.move.gates...)
	out.Applies = p.d.appliesAhead(out.move.to)
	out.Facts = p.judgedFacts()
	entry.Deadlines = p.periods(out.Facts)
	switch {
	case p.spec.Moves:
		out.pins = pinsOf(p.with) // duties are those of the packs to come; see [Plan.Adopt]
	case !p.spec.Neutral:
		out.Duties = p.d.Duties
	}
	out.entry = entry
	return out
}

func (p *planning) outcome() string {
	switch {
	case p.spec.OutcomeBy != "":
		return asText(p.with[p.spec.OutcomeBy])
	case p.spec.OutcomeOf != nil:
		return p.spec.OutcomeOf(p.c)
	}
	return p.spec.Outcome
}

// outcome gives the transition of an outcome.
func (s Step) outcome(is string) Transition {
	at := slices.IndexFunc(s.Outcomes, func(t Transition) bool { return t.Is == is })
	if at < 0 {
		return Transition{}
	}
	return s.Outcomes[at]
}

// opinion binds the act to the exact draft that it is about.
func (p *planning) opinion() *casefile.Opinion {
	draft, ok := p.c.CurrentDraft()
	if !p.spec.Opinion || !ok {
		return nil
	}
	conclusion := asText(p.with["conclusion"])
	if conclusion == "" {
		conclusion = asText(p.with["decision"])
	}
	if conclusion == "" {
		conclusion = p.outcome()
	}
	return &casefile.Opinion{
		Step: p.step.ID, Round: p.run.Round, Verb: p.spec.Verb, Draft: draft.Digest, Version: draft.Version,
		Conclusion: conclusion, Person: p.act.By.Person, Capacity: p.capacity,
		Sequence: p.c.Sequence + 1, On: p.today,
	}
}

// judgedFacts are all facts to judge with: of the case, of the act, of the
// engine.
func (p *planning) judgedFacts() casefile.Values {
	facts := p.d.FactsAt(p.c, p.step.ID, p.today)
	for _, name := range casefile.SortedNames(p.facts) {
		if forRules(name) {
			facts[name] = p.facts[name]
		}
	}
	if p.spec.FilesDraft {
		facts["draft_version"] = draftVersion(p.c) + 1
	}
	return facts
}

// forRules reports whether a fact is in the vocabulary of rules. Steps keep
// facts of their own, whose names have a dot.
func forRules(name string) bool { return !strings.Contains(name, ".") }

// periods gives the deadlines that the act opens, moves or drops.
func (p *planning) periods(facts casefile.Values) []casefile.Deadline {
	var out []casefile.Deadline
	scope := p.step.ID
	if scope == "" {
		scope = casefile.CaseScope
	}
	if p.spec.Watches != nil {
		for _, d := range p.spec.Watches(facts) {
			d.Basis = p.d.watchedBasis(d.ID, p.step)
			d.ID, d.Step, d.Sequence = scope+"/"+d.ID, p.step.ID, p.c.Sequence+1
			if before, known := deadline(p.c, d.ID); known && before.State == casefile.DeadlineElapsed && before.Due == d.Due {
				continue // it has run out already
			}
			out = append(out, d)
		}
	}
	for _, d := range p.c.Deadlines {
		period, mine := strings.CutPrefix(d.ID, scope+"/")
		dropped := mine && slices.Contains(p.spec.Drops, period) || p.spec.Leaves && d.Rule == ""
		if dropped && d.State == casefile.DeadlineOpen {
			d.State, d.Sequence = casefile.DeadlineDropped, p.c.Sequence+1
			out = append(out, d)
		}
	}
	return out
}

// watchedBasis is what sets a period that an act opens: an article of Order 713 for
// major decisions; for other procedures the basis of the step, or of the procedure.
func (d *Definition) watchedBasis(period string, step Step) string {
	if d.Basis == "国务院令第713号" || strings.HasPrefix(d.Over, "cn.major-decision@") {
		switch period {
		case commentWindow:
			return "国务院令第713号 第十五条第一款"
		case suspensionReview:
			return "国务院令第713号 第三十八条第二款"
		}
	}
	if step.Basis != "" {
		return step.Basis
	}
	return d.Basis
}

// FactsAt gives the facts of the case for the rules: what acts established and
// what the engine itself knows. The step is the one that an act belongs to,
// empty for acts of the case.
func (d *Definition) FactsAt(c *casefile.Case, step string, today legaltime.Date) casefile.Values {
	facts := make(casefile.Values, len(c.Facts)+8)
	//workflowcheck:ignore A map is filled from a map.
	for name, f := range c.Facts {
		if forRules(name) {
			facts[name] = f.Value
		}
	}
	opened := c.OpenedOn
	if opened.IsZero() {
		opened = today
	}
	facts["case_opened_on"] = opened.String()
	facts["stage_entered_on"] = enteredOn(c, step, today).String()
	facts["draft_version"] = draftVersion(c)
	facts["rule_set_pinned"] = true // every case pins its packs by digest
	facts["suspensions"] = append([]string{}, c.Suspensions...)
	facts["system_classified"] = false // this software is not approved for classified matter
	return facts
}

// enteredOn is the day on which the step was entered; for acts of the case, the
// day on which the case last moved.
func enteredOn(c *casefile.Case, step string, today legaltime.Date) legaltime.Date {
	if run, ok := c.Active(step); ok {
		return run.EnteredOn
	}
	if len(c.Steps) == 0 {
		return today
	}
	return c.Steps[len(c.Steps)-1].EnteredOn
}
