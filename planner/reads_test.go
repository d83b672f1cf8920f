package planner_test

import (
	"regexp"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/procedure"
)

var periodRead = regexp.MustCompile(`d\.(p\d+)`)

// readOnTheWay gives the dates that rules on the way read: those on the way out of
// a step, and those at the acts that the way out takes or that establish a date
// which is read on the way. An act that nothing asks for is not waited for, so what
// its own gate reads is not either.
func (w *world) readOnTheWay() []string {
	var reads, asked []string
	for _, s := range w.def.Steps {
		if s.IsBlock() {
			continue
		}
		asked = append(asked, s.ID)
		kind, _ := procedure.Type(s.Type)
		for _, a := range kind.Acts {
			if slices.Contains(a.Outcomes(), s.Outcomes[0].Is) {
				asked = append(asked, before(s.ID, kind, a.Needs)...)
			}
		}
	}
	for i := 0; i < len(asked); i++ {
		for _, fact := range w.readAt(asked[i]) {
			if slices.Contains(reads, fact) {
				continue
			}
			reads = append(reads, fact)
			for _, act := range w.establish(fact) {
				if !slices.Contains(asked, act) {
					asked = append(asked, act)
				}
			}
		}
	}
	return reads
}

// readAt gives the dates that the rules at one place read, also through periods.
func (w *world) readAt(at string) []string {
	var out []string
	for _, l := range w.asked[at] {
		for _, fact := range dateFacts {
			if strings.Contains(l.text, fact) {
				out = append(out, fact)
			}
		}
		for _, m := range periodRead.FindAllStringSubmatch(l.text, -1) {
			out = append(out, w.periods[m[1]].from)
		}
	}
	return out
}

// establish gives the acts, "<step>.<verb>", that establish a date, and those that
// they need before them.
func (w *world) establish(fact string) []string {
	var out []string
	for _, s := range w.def.Steps {
		kind, _ := procedure.Type(s.Type)
		for verb, own := range events[s.Type] {
			if own == fact {
				out = append(out, before(s.ID, kind, []string{verb})...)
			}
		}
		if x, ok := announced[s.Type]; ok && x.fact == fact {
			out = append(out, before(s.ID, kind, []string{x.verb})...)
		}
	}
	slices.Sort(out)
	return out
}

// before gives acts of a step with all that they need before them.
func before(step string, kind procedure.StepType, verbs []string) []string {
	var out []string
	for _, verb := range verbs {
		a, _ := kind.Act(verb)
		out = append(append(out, step+"."+verb), before(step, kind, a.Needs)...)
	}
	return out
}
