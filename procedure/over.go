package procedure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// DefinitionLookup gives a definition by name, "cn.major-decision@2019".
type DefinitionLookup interface {
	Definition(name string) (*Definition, bool)
}

// Tightens checks that an overlay (a lower instrument's definition that builds
// on the base) takes nothing away from what the base prescribes:
//
//   - every pack, step, duty, separation (职务分离) and independence (独立性) of the
//     base is there, and every step keeps its type and its block; a discretionary
//     step may become obligatory, never the other way round;
//   - every gate of the base is asked where the base asks it; where the base asks
//     none, the overlay may;
//   - nobody may do an act whom the base does not let do it;
//   - every panel (会签) of the base is there, at least as strict: see [Panel]. An
//     overlay may add one;
//   - no end is added, and no outcome by lapse of time; one of the base may be
//     left out;
//   - new steps may be put in between, where leaving them out of any course of the
//     overlay gives a course of the base. A new step that stands between a step
//     and what follows it may also take a way that the base leaves open at that
//     step: without a gate, and for the same roles. A new branch of a block may
//     do so when every branch of the base leaves that way open.
//
// All violations come back together, each with the places in both files and the
// article that the base gives; the error wraps [casefile.ErrInvalid].
func Tightens(base, overlay *Definition) error {
	t := &tightening{base: base, over: overlay}
	t.head()
	t.separations()
	t.independences()
	t.caseActs()
	t.ends()
	for i, s := range base.Steps {
		t.step(path("steps", i), s)
	}
	t.newBranches()
	t.newLapses()
	if len(t.errs) > 0 {
		return invalid(t.errs)
	}
	return nil
}

// tightening collects where an overlay loosens its base.
type tightening struct {
	base, over *Definition
	errs       []error
}

// place names a part of a definition, by file and line when it came from one.
func (d *Definition) place(path string) string {
	if at := strings.TrimSuffix(d.source.at(path), ": "); at != "" {
		return at + " " + name(path)
	}
	return d.Name() + " " + name(path)
}

// problem notes a violation at a place of the overlay, against a place of the
// base and the article given there.
func (t *tightening) problem(over, base, basis, format string, args ...any) {
	t.errs = append(t.errs, fmt.Errorf("%s: %s (%s: %s)",
		t.over.place(over), fmt.Sprintf(format, args...), t.base.place(base), basis))
}

func (t *tightening) head() {
	b, o := t.base, t.over
	if o.Over != b.Name() {
		t.problem("over", "id", b.Basis, "builds on %q, not on %s", o.Over, b.Name())
	}
	for i, p := range b.Packs {
		if !slices.Contains(o.Packs, p) {
			t.problem("packs", path("packs", i), b.Basis, "leaves out rule pack %s", p)
		}
	}
	for i, ref := range b.Duties {
		if !slices.Contains(o.Duties, ref) {
			t.problem("duties", path("duties", i), b.Basis, "does not watch the duties of %s", ref)
		}
	}
	t.gate("throughout", "throughout", b.Basis, b.Throughout, o.Throughout)
	t.gate("open", "open", b.Basis, b.Open.Gate, o.Open.Gate)
	t.roles("open.roles", "open.roles", b.Basis, b.Open.Roles, o.Open.Roles)
	t.follows()
	t.leads("start", "start", b.Basis, Transition{To: b.Start}, Transition{To: o.Start}, nil)
}

// follows checks that a case of the overlay follows only what one of the base may.
func (t *tightening) follows() {
	b, o := t.base.Open.Follows, t.over.Open.Follows
	if len(b) == 0 {
		return
	}
	if len(o) == 0 {
		t.problem("open", "open.follows", t.base.Basis, "does not say which case it follows")
	}
	for i, p := range o {
		kept := slices.ContainsFunc(b, func(x Previous) bool {
			return x.Procedure == p.Procedure && (len(x.As) == 0 || len(p.As) > 0 && within(p.As, x.As))
		})
		if !kept {
			t.problem(path("open.follows", i), "open.follows", t.base.Basis, "follows cases of %q that the base does not admit", p.Procedure)
		}
	}
}

// gate checks that a gate of the base is still asked.
func (t *tightening) gate(over, base, basis string, want, got rules.Ref) {
	if want != "" && got != want {
		t.problem(over, base, basis, "does not ask gate %s", want)
	}
}

// roles checks that nobody may do what the base does not let them.
func (t *tightening) roles(over, base, basis string, may, given []casefile.Role) {
	for _, r := range given {
		if !slices.Contains(may, r) {
			t.problem(over, base, basis, "lets role %q do what the base does not let it do", r)
		}
	}
}

func (t *tightening) separations() {
	t.roles("cleared", "cleared", t.base.Basis, t.base.Cleared, t.over.Cleared)
	for i, s := range t.base.Separate {
		kept := slices.ContainsFunc(t.over.Separate, func(o Separation) bool { return within(s.Roles, o.Roles) })
		if !kept {
			t.problem("separate", path("separate", i), s.Basis, "drops the separation of %v", s.Roles)
		}
	}
}

func (t *tightening) caseActs() {
	for i, a := range t.over.Always {
		at := path("always", i)
		j := slices.IndexFunc(t.base.Always, func(b ActRule) bool { return b.Verb == a.Verb })
		if j < 0 {
			t.problem(at, "always", t.base.Basis, "adds the act %q to the case", a.Verb)
			continue
		}
		b, was := t.base.Always[j], path("always", j)
		t.act(at, was, t.base.Basis, b, a)
		if b.To != "" || a.To != "" {
			t.leads(at, was, t.base.Basis, Transition{To: b.To, As: b.As}, Transition{To: a.To, As: a.As}, nil)
		}
	}
}

func (t *tightening) act(over, base, basis string, want, got ActRule) {
	t.roles(over+".roles", base+".roles", basis, want.Roles, got.Roles)
	t.gate(over, base, basis, want.Gate, got.Gate)
}

func (t *tightening) ends() {
	for i, e := range t.over.Ends {
		if !t.base.IsEnd(e.ID) {
			t.problem(path("ends", i), "ends", t.base.Basis, "adds the end %q", e.ID)
		}
	}
}

// step checks one step of the base against the same step of the overlay.
func (t *tightening) step(was string, b Step) {
	i := slices.IndexFunc(t.over.Steps, func(o Step) bool { return o.ID == b.ID })
	if i < 0 {
		t.problem("steps", was, b.Basis, "leaves out step %q", b.ID)
		return
	}
	o, at := t.over.Steps[i], path("steps", i)
	blockB, _ := t.base.Block(b.ID)
	blockO, _ := t.over.Block(b.ID)
	if b.Type != o.Type || b.IsBlock() != o.IsBlock() || blockB.ID != blockO.ID {
		t.problem(at, was, b.Basis, "step %q is of another type or in another block", b.ID)
		return
	}
	if b.IsBlock() {
		if !within(b.Parallel, o.Parallel) {
			t.problem(at+".parallel", was+".parallel", b.Basis, "leaves out a branch of block %q", b.ID)
		}
		t.gate(at+".joined", was+".joined", b.Basis, b.Joined.Gate, o.Joined.Gate)
		t.leads(at+".joined", was+".joined", b.Basis, *b.Joined, *o.Joined, nil)
		return
	}
	t.discretion(at, was, b, o)
	t.lapse(at, was, b, o)
	t.panel(at, was, b, o)
	for j, a := range o.Acts {
		rule, ok := ruleFor(b.Acts, a.Verb)
		if !ok {
			t.problem(path(at+".acts", j), was+".acts", b.Basis, "adds the act %q", a.Verb)
			continue
		}
		k := slices.IndexFunc(b.Acts, func(x ActRule) bool { return x.Verb == a.Verb })
		t.act(path(at+".acts", j), path(was+".acts", k), b.Basis, rule, a)
	}
	for j, tr := range o.Outcomes {
		here := path(at+".outcomes", j)
		k := slices.IndexFunc(b.Outcomes, func(x Transition) bool { return x.Is == tr.Is })
		if k < 0 {
			t.problem(here, was+".outcomes", b.Basis, "adds the outcome %q", tr.Is)
			continue
		}
		there := path(was+".outcomes", k)
		t.gate(here, there, b.Basis, b.Outcomes[k].Gate, tr.Gate)
		t.leads(here, there, b.Basis, b.Outcomes[k], tr, []Step{b})
	}
}

func (t *tightening) discretion(at, was string, b, o Step) {
	switch {
	case o.Applies == "":
	case b.Applies == "":
		t.problem(at+".applies", was, b.Basis, "makes the obligatory step %q discretionary", b.ID)
	case b.Applies != o.Applies:
		t.problem(at+".applies", was+".applies", b.Basis, "asks gate %s whether step %q is required, not %s", o.Applies, b.ID, b.Applies)
	case b.Skip != "":
		t.leads(at+".skip", was+".skip", b.Basis, Transition{To: b.Skip}, Transition{To: o.Skip}, nil)
	}
}

// within reports whether every item of a is in b.
func within[T comparable](a, b []T) bool {
	return !slices.ContainsFunc(a, func(x T) bool { return !slices.Contains(b, x) })
}
