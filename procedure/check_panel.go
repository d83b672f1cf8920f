package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// panel checks that the panel of a step can come together and decide.
func (k *checker) panel(at string, s Step, t StepType) {
	p := s.Panel
	k.present(at+".basis", p.Basis)
	k.rolesExist(at+".members", p.Members)
	k.rolesExist(at+".by", p.By)
	switch {
	case p.strictness() < 1:
		k.problem(at+".mode", "%q: want all, any, sequential or k_of_n", p.Mode)
	case p.Mode != PanelKOfN && p.K != 0:
		k.problem(at+".k", "belongs to mode k_of_n only")
	case p.Mode == PanelKOfN && (p.K < 1 || p.K > p.most()):
		k.problem(at+".k", "%d of at most %d members can never agree", p.K, p.most())
	}
	if p.Most < 0 || p.Most > MaxMembers {
		k.problem(at+".most", "%d: want 1 to %d", p.Most, MaxMembers)
	}
	if s.Lapse != nil {
		k.problem(at, "time would conclude the step without the panel: a step has a panel or a lapse, not both")
	}
	if slices.Contains([]StepTypeID{Intake, Study, Launch}, s.Type) {
		k.problem(at, "there is no draft yet in a step of type %s: nobody could vote on it", s.Type)
	}
	k.collects(at, p, t)
	k.least(at+".least", p)
}

// collects checks which acts wait for the panel, and which outcomes need it to
// agree.
func (k *checker) collects(at string, p *Panel, t StepType) {
	if len(p.Before) == 0 {
		k.problem(at+".before", "names no act: the panel would decide nothing")
	}
	var reach []string
	for i, verb := range p.Before {
		spec, ok := t.Act(verb)
		switch {
		case !ok || len(spec.Outcomes()) == 0:
			k.problem(path(at+".before", i), "step type %s has no act %q that concludes it", t.ID, verb)
		case slices.Index(p.Before, verb) != i:
			k.problem(path(at+".before", i), "act %q is named twice", verb)
		}
		reach = append(reach, spec.Outcomes()...)
	}
	for i, outcome := range p.Agreed {
		if !slices.Contains(reach, outcome) {
			k.problem(path(at+".agreed", i), "no act that waits for the panel ends the step as %q", outcome)
		}
	}
	for _, verb := range []string{inviteVerb, excuseVerb, voteVerb} {
		if _, taken := t.Act(verb); taken {
			k.problem(at, "step type %s has an act %q of its own", t.ID, verb)
		}
	}
}

// least checks that the legal minimum can be reached.
func (k *checker) least(at string, p *Panel) {
	l := p.Least
	if l == nil {
		return
	}
	k.present(at+".basis", l.Basis)
	if l.Members < 0 || l.Members == 0 && len(l.Roles) == 0 {
		k.problem(at, "asks for nobody: name how many members, or which roles")
	}
	if n := max(l.Members, len(l.Roles)); n > p.most() {
		k.problem(at, "asks for %d members, and the panel has at most %d", n, p.most())
	}
	for i, r := range l.Roles {
		switch {
		case !slices.Contains(p.Members, r):
			k.problem(at+".roles", "role %q has to be represented and cannot be invited", r)
		case slices.Index(l.Roles, r) != i:
			k.problem(at+".roles", "role %q is named twice", r)
		}
	}
}

// strictness orders the modes: what one agrees to, every laxer one would too. It is
// less than 1 for a mode that does not exist.
func (p *Panel) strictness() int {
	return slices.Index([]PanelMode{"", PanelAny, PanelKOfN, PanelAll, PanelSequential}, p.Mode)
}

// escalations checks who reads of late tasks.
func (k *checker) escalations() {
	for i, e := range k.d.Escalate {
		at := path("escalate", i)
		k.rolesExist(at+".to", e.To)
		if e.Days < -maxEscalation || e.Days > maxEscalation {
			k.problem(at+".days", "%d: want -%d to %d", e.Days, maxEscalation, maxEscalation)
		}
	}
}

// maxEscalation bounds how far from a due date somebody is told, in working days.
const maxEscalation = 60

// panel checks that the panel of the base is kept, at least as strict.
func (t *tightening) panel(at, was string, b, o Step) {
	if b.Panel == nil {
		return
	}
	if o.Panel == nil {
		t.problem(at, was+".panel", b.Panel.Basis, "drops the panel of step %q", b.ID)
		return
	}
	p, q := b.Panel, o.Panel
	here, there := at+".panel", was+".panel"
	if q.strictness() < p.strictness() {
		t.problem(here+".mode", there+".mode", p.Basis, "lets the panel decide in mode %s instead of %s", q.Mode, p.Mode)
	}
	if p.Mode == PanelKOfN && q.Mode == PanelKOfN && q.K < p.K || p.least() > q.least() {
		t.problem(here, there, p.Basis, "lets fewer members agree, or fewer come together, than the base")
	}
	if !within(p.Before, q.Before) {
		t.problem(here+".before", there+".before", p.Basis, "lets an act happen before the panel has decided")
	}
	if !within(p.Agreed, q.Agreed) {
		t.problem(here+".agreed", there+".agreed", p.Basis, "lets the step end as agreed against the panel")
	}
	t.roles(here+".members", there+".members", p.Basis, p.Members, q.Members)
	t.roles(here+".by", there+".by", p.Basis, p.By, q.By)
	if p.Least == nil {
		return
	}
	var kept []casefile.Role
	if q.Least != nil {
		kept = q.Least.Roles
	}
	if q.Least == nil || !within(p.Least.Roles, kept) {
		t.problem(here+".least", there+".least", p.Least.Basis, "drops the legal minimum of the panel, or a role that it asks for")
	}
}
