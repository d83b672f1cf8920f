package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// IsBlock reports whether the step is a block of steps side by side.
func (s Step) IsBlock() bool { return len(s.Parallel) > 0 || s.Joined != nil }

// Block gives the block that the step is a branch of; ok is false when it is
// in none.
func (d *Definition) Block(step string) (block Step, ok bool) {
	for _, s := range d.Steps {
		if slices.Contains(s.Parallel, step) {
			return s, true
		}
	}
	return Step{}, false
}

// IsEnd reports whether the id is an end of the procedure.
func (d *Definition) IsEnd(id string) bool {
	return slices.ContainsFunc(d.Ends, func(e End) bool { return e.ID == id })
}

func (k *checker) step(at string, s Step) {
	if !nameForm.MatchString(s.ID) || s.ID == Join || s.ID == casefile.CaseScope {
		k.problem(at+".id", "%q: want small letters, digits and underscores, and neither %q nor %q", s.ID, Join, casefile.CaseScope)
	}
	same := slices.DeleteFunc(slices.Clone(k.d.Steps), func(x Step) bool { return x.ID != s.ID })
	if len(same) > 1 {
		k.problem(at+".id", "step %q comes %d times", s.ID, len(same))
	}
	k.titled(at+".title", s.Title)
	k.present(at+".basis", s.Basis)
	if s.IsBlock() {
		k.block(at, s)
		return
	}
	k.single(at, s)
}

// single checks a step that is not a block.
func (k *checker) single(at string, s Step) {
	whole, ok := Type(s.Type)
	if !ok {
		k.problem(at+".type", "step type %q does not exist", s.Type)
		return
	}
	t := whole
	if len(s.Without) > 0 {
		t = whole.without(s.Without)
		k.without(at+".without", s, whole)
	}
	k.verbs(at+".acts", s.Acts, t.Acts, "step type "+string(s.Type))
	for i, a := range s.Acts {
		here := path(at+".acts", i)
		if a.Gate != "" {
			k.ref(here+".gate", a.Gate)
		}
		if a.Free != "" || a.To != "" || a.As != "" {
			k.problem(here, "free, to and as belong to acts of the case; where a step leads stands in its outcomes")
		}
	}
	for i, o := range s.Outcomes {
		here := path(at+".outcomes", i)
		if !slices.Contains(t.Outcomes, o.Is) {
			k.problem(here, "step type %s cannot end in %q", s.Type, o.Is)
		}
		if slices.IndexFunc(s.Outcomes, func(x Transition) bool { return x.Is == o.Is }) != i {
			k.problem(here, "outcome %q is routed twice", o.Is)
		}
		k.gatedOrFree(here, o.Gate, o.Free)
		k.target(here, o.To, o.As, s.ID)
	}
	for _, o := range t.Outcomes {
		if !k.kept && !slices.ContainsFunc(s.Outcomes, func(x Transition) bool { return x.Is == o }) {
			k.problem(at+".outcomes", "outcome %q leads nowhere", o)
		}
	}
	if s.Lapse != nil {
		k.lapse(at+".lapse", s, t)
	}
	if s.Panel != nil {
		k.panel(at+".panel", s, t)
	}
	k.discretion(at, s)
}

// without checks that what the procedure does without is there to be left out,
// and that no act that it keeps waits for it.
func (k *checker) without(at string, s Step, whole StepType) {
	for i, verb := range s.Without {
		if _, ok := whole.Act(verb); !ok || slices.Index(s.Without, verb) != i {
			k.problem(path(at, i), "step type %s has no act %q to do without, or it is named twice", s.Type, verb)
		}
	}
	for _, spec := range whole.without(s.Without).Acts {
		for _, verb := range spec.Needs {
			if slices.Contains(s.Without, verb) {
				k.problem(at, "act %q comes after %q, which the step does without", spec.Verb, verb)
			}
		}
	}
}

// discretion checks what is said about leaving the step out.
func (k *checker) discretion(at string, s Step) {
	if s.Applies != "" {
		k.ref(at+".applies", s.Applies)
	}
	_, branch := k.d.Block(s.ID)
	switch {
	case branch && s.Skip != "":
		k.problem(at+".skip", "a branch that does not apply is simply left out")
	case !branch && s.Applies != "" && s.Skip == "":
		k.problem(at, "says when it applies, and not with skip where the case goes otherwise")
	case s.Applies == "" && s.Skip != "":
		k.problem(at+".skip", "without a gate in applies nothing can be skipped")
	case s.Skip != "":
		k.target(at+".skip", s.Skip, "", s.ID)
	}
}

// target checks where something leads. The step it leads from is empty for acts
// of the case.
func (k *checker) target(at, to, as, from string) {
	if as != "" && !k.d.IsEnd(as) {
		k.problem(at+".as", "%q is not an end", as)
	}
	if to == "" {
		k.problem(at, "does not say where it leads")
		return
	}
	block, branch := k.d.Block(from)
	if to == Join {
		if !branch {
			k.problem(at, "leads to the join of a block, and the step is in none")
		}
		return
	}
	if k.d.IsEnd(to) {
		if as != "" {
			k.problem(at+".as", "leads to an end already")
		}
		return
	}
	if _, ok := k.d.Step(to); !ok {
		k.problem(at, "leads to %q, which is neither a step nor an end", to)
		return
	}
	if inner, inBlock := k.d.Block(to); inBlock && to != from {
		if branch && inner.ID == block.ID {
			k.problem(at, "leads to %q, another branch of the same block", to)
			return
		}
		k.problem(at, "leads into the middle of block %q", inner.ID)
	}
}

// block checks that steps side by side come together again.
func (k *checker) block(at string, s Step) {
	if s.Type != "" || len(s.Acts) > 0 || len(s.Outcomes) > 0 || s.Lapse != nil || s.Panel != nil || s.Applies != "" || s.Skip != "" {
		k.problem(at, "a block of parallel steps has no type, acts, outcomes, lapse, panel, applies or skip of its own")
	}
	if len(s.Parallel) < 2 {
		k.problem(at+".parallel", "a block needs two branches at least")
	}
	unconditional := false
	for i, id := range s.Parallel {
		here := path(at+".parallel", i)
		b, ok := k.d.Step(id)
		switch {
		case !ok:
			k.problem(here, "step %q does not exist", id)
			continue
		case b.IsBlock():
			k.problem(here, "%q is a block itself", id)
			continue
		case slices.Index(s.Parallel, id) != i:
			k.problem(here, "branch %q comes twice", id)
		}
		if other, _ := k.d.Block(id); other.ID != s.ID {
			k.problem(here, "%q is a branch of block %q already", id, other.ID)
		}
		unconditional = unconditional || b.Applies == ""
		if !slices.ContainsFunc(b.Outcomes, func(t Transition) bool { return t.To == Join }) {
			k.problem(here, "the join can wait for ever: no outcome of %q leads to it", id)
		}
	}
	if !unconditional {
		k.problem(at+".parallel", "no branch is unconditional: when none applied, nothing would lead on")
	}
	if s.Joined == nil {
		k.problem(at, "does not say with joined where it leads")
		return
	}
	if s.Joined.Is != "" {
		k.problem(at+".joined", "has no outcome of its own")
	}
	k.gatedOrFree(at+".joined", s.Joined.Gate, s.Joined.Free)
	k.target(at+".joined", s.Joined.To, s.Joined.As, "")
}
