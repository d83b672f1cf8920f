package web

import (
	"slices"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// possibleView is an act that can be done now, or that something stands before.
type possibleView struct {
	Kind, Title, Step, Roles string
	URL                      string // of the form, for whoever may do it
	Allowed                  bool
	State, StateName         string
	Findings                 []findingView
	Supplies                 string
	Leads                    []leadView
	LastOn, LastURL          string // the last attempt, when the rules stopped it
	Last                     []whyView
}

// leadView is where an act can lead.
type leadView struct {
	Outcome, To string
	Gated       bool
}

// findingView is what one rule says.
type findingView struct {
	Rule, Title          string
	State, StateName     string
	Effect               string
	Basis                string
	Message, Remedy      string
	Missing, Due, Reason string
	Provisional          bool
	Values               []pair
}

// The states of an act's gate.
const (
	gateOpen    = "open"
	gateDepends = "depends" // on what the act itself will supply
	gateReason  = "reason"
	gateUnknown = "undetermined"
	gateBlocked = "block"
)

func (n names) possible(p casework.Possible, entries []access.SeenEntry) possibleView {
	v := possibleView{Kind: p.Kind, Title: n.pick(p.Title), Step: n.step(p.Step), Roles: n.roles(p.Roles), Allowed: p.Allowed,
		State: gateState(p.Verdict)}
	if v.Title == "" {
		v.Title = n.act(p.Kind)
	}
	v.Leads = n.leads(p)
	if v.State == gateOpen && len(v.Leads) > 1 && slices.ContainsFunc(v.Leads, func(l leadView) bool { return l.Gated }) {
		v.State = gateDepends
	}
	v.StateName = n.words.name("gate", v.State)
	v.LastOn, v.LastURL, v.Last = n.lastBlocked(p.Kind, entries)
	for _, f := range p.Verdict.Hindering() {
		if !supplied(f) {
			v.Findings = append(v.Findings, n.finding(f))
		}
	}
	if v.State == gateDepends || v.State == gateUnknown {
		v.Supplies = n.factList(p.Supplies)
	}
	return v
}

// leads gives the outcomes that an act can have, and where each leads.
func (n names) leads(p casework.Possible) []leadView {
	var out []leadView
	for _, t := range p.Leads {
		lead := leadView{To: n.target(t.To), Gated: t.Gate != ""}
		if t.Is != "" {
			lead.Outcome = n.outcome(t.Is)
		}
		if lead.To != "" && !slices.Contains(out, lead) {
			out = append(out, lead)
		}
	}
	return out
}

// supplied reports whether the finding waits only for facts that the act itself
// establishes.
func supplied(f casefile.Finding) bool {
	return f.Result == casefile.Undetermined && len(f.Missing) == 0
}

// gateState gives the worst that a finding says.
func gateState(v casefile.Verdict) string {
	order := []string{gateOpen, gateDepends, gateReason, gateUnknown, gateBlocked}
	worst := 0
	for _, f := range v.Hindering() {
		state := gateUnknown
		switch {
		case supplied(f):
			state = gateDepends
		case f.NeedsReason():
			state = gateReason
		case f.Result == casefile.Block:
			state = gateBlocked
		}
		worst = max(worst, slices.Index(order, state))
	}
	return order[worst]
}

func (n names) finding(f casefile.Finding) findingView {
	v := findingView{Rule: f.Rule, Title: n.rule(f.Rule), State: findingState(f), Effect: n.words.name("effect", string(f.Effect)),
		Basis: f.Basis, Message: n.pick(f.Message), Remedy: n.pick(f.Remedy), Missing: n.factList(f.Missing),
		Due: f.Due.String(), Reason: f.Reason, Provisional: f.Provisional, Values: n.pairs(f.Values, n.fact)}
	v.StateName = n.words.name("finding", v.State)
	return v
}

// findingState tells a warning from a bar, and a requirement that exists from
// one that does not.
func findingState(f casefile.Finding) string {
	switch {
	case f.Effect == casefile.EffectApplies && f.Result == casefile.Pass:
		return "applies"
	case f.Effect == casefile.EffectApplies && f.Result == casefile.Block:
		return "not-required"
	case f.Effect == casefile.EffectWarn && f.Result != casefile.Pass:
		return "warn"
	}
	return string(f.Result)
}
