package procedure_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// binding is a way in which one natural person comes to act in two roles: who does
// the first act, and who the second.
type binding struct {
	name          string
	first, second casefile.Actor
	free          bool // nobody is bound twice: the control
}

// under gives a person who acts for another one.
func under(person, principal casefile.PersonID, role casefile.Role) casefile.Actor {
	a := self(person, role)
	a.Mandate = &casefile.Mandate{ID: "m-" + string(person), Kind: casefile.Delegation, Principal: principal, PrincipalName: string(principal),
		Document: casefile.Digest(digest(7)), From: day("2020-01-01"), Until: day("2030-12-31")}
	return a
}

func self(person casefile.PersonID, role casefile.Role) casefile.Actor {
	return casefile.Actor{Person: person, Name: string(person), Roles: []casefile.Role{role}}
}

// bindings gives every way in which two acts can bind one person, each of the two
// done by the person, for the person, or by the person for somebody else; and those
// in which they do not.
func bindings(a, b casefile.Role) []binding {
	ways := func(who casefile.PersonID, role casefile.Role, other casefile.PersonID) map[string]casefile.Actor {
		return map[string]casefile.Actor{
			"in person": self(who, role), "by a delegate": under(other, who, role), "as a delegate": under(who, other, role),
		}
	}
	var out []binding
	for _, how := range casefile.SortedNames(ways("", a, "")) {
		for _, then := range casefile.SortedNames(ways("", b, "")) {
			out = append(out,
				binding{name: how + ", then " + then, first: ways("zhang", a, "li")[how], second: ways("zhang", b, "wang")[then]},
				binding{name: how + ", then somebody else " + then, first: ways("zhang", a, "li")[how], second: ways("zhao", b, "wang")[then], free: true})
		}
	}
	return append(out, binding{name: "the same delegate for two principals", first: under("li", "zhang", a), second: under("li", "zhao", b)})
}

// combination is an act in one role, to be done in a case in which another act was
// done in a role that excludes it.
type combination struct {
	set            procedure.Separation
	held, role     casefile.Role
	step, by, kind string // the step in which the first act was done; step and kind of the second
}

// combinations generates them from the separations of a definition: for each
// ordered pair of roles, each act that the first can do, by step, and each act
// that the second can do and that is not neutral.
func combinations(d *procedure.Definition) []combination {
	var out []combination
	for _, set := range d.Separate {
		for _, held := range set.Roles {
			for _, role := range set.Roles {
				if held == role {
					continue
				}
				for _, from := range stepsOf(d, held) {
					for _, kind := range actsOf(d, role) {
						step, _ := casefile.Act{Kind: kind}.Split()
						out = append(out, combination{set: set, held: held, role: role, step: from, by: step, kind: kind})
					}
				}
			}
		}
	}
	return out
}

// actsOf gives the kinds of act that bind whoever does them in the role.
func actsOf(d *procedure.Definition, role casefile.Role) []string {
	var out []string
	add := func(scope string, rules []procedure.ActRule, specs []procedure.ActSpec) {
		for _, rule := range rules {
			at := slices.IndexFunc(specs, func(s procedure.ActSpec) bool { return s.Verb == rule.Verb })
			if at >= 0 && slices.Contains(rule.Roles, role) && !specs[at].Neutral {
				out = append(out, scope+"."+rule.Verb)
			}
		}
	}
	for _, s := range d.Steps {
		kind, _ := procedure.Type(s.Type)
		add(s.ID, s.Acts, kind.Acts)
	}
	add(casefile.CaseScope, d.Always, procedure.CaseActs())
	return out
}

func stepsOf(d *procedure.Definition, role casefile.Role) []string {
	var out []string
	for _, kind := range actsOf(d, role) {
		if step, _ := (casefile.Act{Kind: kind}).Split(); !slices.Contains(out, step) {
			out = append(out, step)
		}
	}
	return out
}

// actedIn gives a case in which somebody has acted in a role, at a step that runs
// beside the step of the act to come.
func actedIn(t *testing.T, x combination, by casefile.Actor) *casefile.Case {
	t.Helper()
	by.Capacity = x.held
	c := &casefile.Case{}
	opened := casefile.Entry{Case: "c1", Organ: "organ", Sequence: 1, Kind: casefile.EntryOpened, On: day("2024-03-01"), Practice: true,
		Matter: &casefile.Matter{Title: "方案"}, Pinned: &casefile.Pinned{}, Act: &casefile.Act{ID: "o", By: casefile.Actor{Person: "opener"}}}
	for _, step := range []string{x.step, x.by} {
		if step != casefile.CaseScope && !slices.ContainsFunc(opened.Entered, func(e casefile.Entered) bool { return e.Step == step }) {
			opened.Entered = append(opened.Entered, casefile.Entered{Step: step, Round: 1, Applies: true})
		}
	}
	acted := casefile.Entry{Case: "c1", Organ: "organ", Sequence: 2, Kind: casefile.EntryAct, On: day("2024-03-01"),
		Act: &casefile.Act{ID: "a", By: by}, Step: x.step}
	for _, e := range []casefile.Entry{opened, acted} {
		if err := c.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if x.kind == "case.resume" {
		c.Status = casefile.StatusSuspended
	}
	return c
}

// Whoever has acted in a role, in person, through a delegate or as one, acts in no
// role that is separated from it: neither at the same step nor at one that runs
// beside it, neither in person nor through a delegate nor as one. All combinations
// of the shipped definition are tried, and as many that bind nobody twice.
func TestEveryViolationOfASeparationIsRefused(t *testing.T) {
	d := decision(t)
	all := combinations(d)
	tried, free, parallel := map[string]int{}, 0, 0
	for _, x := range all {
		if a, inA := d.Block(x.step); inA && x.step != x.by {
			if b, inB := d.Block(x.by); inB && a.ID == b.ID {
				parallel++
			}
		}
		for _, how := range bindings(x.held, x.role) {
			c := actedIn(t, x, how.first)
			_, refusal := d.Plan(c, casefile.Act{ID: "b", Kind: x.kind, By: how.second}, nil, day("2024-03-02"))
			violates := refusal != nil && refusal.Code == casefile.RefusedSeparation
			if violates == how.free {
				t.Errorf("%s at %s, then %s as %s, %s: refusal %v", x.held, x.step, x.kind, x.role, how.name, refusal)
				continue
			}
			if how.free {
				free++
				continue
			}
			if refusal.Message.ZH == "" || refusal.Message.EN == "" || !strings.Contains(refusal.Message.ZH, x.set.Basis) {
				t.Errorf("%s: the refusal does not cite %s: %+v", x.kind, x.set.Basis, refusal)
			}
			tried[fmt.Sprint(x.set.Roles)]++
			checkPossible(t, d, c, x, how)
		}
	}
	for _, set := range d.Separate {
		if tried[fmt.Sprint(set.Roles)] == 0 {
			t.Errorf("no combination of %v was tried", set.Roles)
		}
	}
	if free == 0 || parallel == 0 {
		t.Errorf("%d controls and %d combinations in parallel steps: the test shows too little", free, parallel)
	}
}

// checkPossible checks that what would be refused is not offered either.
func checkPossible(t *testing.T, d *procedure.Definition, c *casefile.Case, x combination, how binding) {
	t.Helper()
	for _, p := range d.Possible(c, how.second) {
		if p.Kind == x.kind && p.Allowed {
			t.Errorf("%s at %s, then %s as %s, %s: it is offered", x.held, x.step, x.kind, x.role, how.name)
		}
	}
}

// Somebody who holds both roles of a separation and has acted in one goes on in
// that one, where the act admits either.
func TestWhoHoldsTwoSeparatedRolesGoesOnInTheFirst(t *testing.T) {
	d := decision(t)
	x := combination{held: "chief", step: casefile.CaseScope, by: casefile.CaseScope}
	c := actedIn(t, x, self("zhang", "chief"))
	both := casefile.Actor{Person: "zhang", Name: "zhang", Roles: []casefile.Role{"legality_reviewer", "chief", "expert"}}
	act := casefile.Act{ID: "b", Kind: "case.suspend", By: both, With: casefile.Values{"reason": "等待", "decided_by": "区政府", "review_on": "2024-06-30"}}
	plan, refusal := d.Plan(c, act, nil, day("2024-03-02"))
	if refusal != nil {
		t.Fatal(refusal)
	}
	judgement, err := passing(casefile.Pass)(plan.Judge())
	if err != nil {
		t.Fatal(err)
	}
	if e := plan.Entry(judgement); e.Act.By.Capacity != "chief" {
		t.Errorf("acted as %q", e.Act.By.Capacity)
	}
}
