package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/rules"
)

// Lapse (逾期后果) lets time alone conclude a step: when the last day of the period
// has passed and the duty is unmet, the step ends with the outcome, through the
// same gates as if somebody had concluded it. It can be declared only where an
// article says so, and never follows from a due date by itself.
type Lapse struct {
	Period rules.Ref `yaml:"period" json:"period"` // "<pack>/<period>"; the pack says of it by which article it may lapse
	Duty   string    `yaml:"duty" json:"duty"`     // rule of the pack that watches the last day of the period
	Is     string    `yaml:"is" json:"is"`         // the outcome
	Basis  string    `yaml:"basis" json:"basis"`   // the article that lets time conclude the step
}

// lapse checks what can be checked without the packs.
func (k *checker) lapse(at string, s Step, t StepType) {
	l := s.Lapse
	if !gateForm.MatchString(string(l.Period)) {
		k.problem(at+".period", "%q: want <pack>/<period>", l.Period)
	} else if !k.d.hasPack(l.Period.Pack()) {
		k.problem(at+".period", "%q: pack %s is not among the packs of the procedure", l.Period, l.Period.Pack())
	}
	if !ruleForm.MatchString(l.Duty) {
		k.problem(at+".duty", "%q: want the id of the duty that watches the period", l.Duty)
	}
	switch {
	case !slices.Contains(t.Outcomes, l.Is):
		k.problem(at+".is", "step type %s cannot end in %q", s.Type, l.Is)
	case s.outcome(l.Is).To == "":
		k.problem(at+".is", "outcome %q leads nowhere", l.Is)
	}
	if strings.TrimSpace(l.Basis) == "" {
		k.problem(at+".basis", "is missing: time alone concludes a step only where an article says so")
	}
	for _, other := range k.d.Steps {
		if other.ID != s.ID && other.Lapse != nil && other.Lapse.Duty == l.Duty {
			k.problem(at+".duty", "%q concludes step %q too; one deadline concludes one step", l.Duty, other.ID)
		}
	}
}

func (d *Definition) hasPack(id string) bool {
	return slices.ContainsFunc(d.Packs, func(p string) bool { return strings.HasPrefix(p, id+"@") })
}

// lapses checks every outcome by lapse of time against the packs.
func (k *checker) lapses(packs []*rules.Pack) {
	for i, s := range k.d.Steps {
		if s.Lapse == nil {
			continue
		}
		for _, p := range packs {
			if p.ID() == s.Lapse.Period.Pack() {
				k.lapseIn(path("steps", i)+".lapse", *s.Lapse, p)
			}
		}
	}
}

// lapseIn checks that an article lets the period lapse, and that a duty that the
// definition watches has its last day as due date.
func (k *checker) lapseIn(at string, l Lapse, pack *rules.Pack) {
	periods := pack.Periods()
	i := slices.IndexFunc(periods, func(x rules.Period) bool { return x.ID == l.Period.Gate() })
	if i < 0 {
		k.problem(at+".period", "period %s does not exist in %s", l.Period, pack.Name())
		return
	}
	period := periods[i]
	switch {
	case period.LapseBasis == "":
		k.problem(at+".period", "no article lets time alone conclude this step: %s %s:%d: period %s has no lapse",
			pack.Name(), period.File, period.Line, period.ID)
	case period.LapseBasis != l.Basis:
		k.problem(at+".basis", "cites %s; %s %s:%d: period %s lapses by %s",
			l.Basis, pack.Name(), period.File, period.Line, period.ID, period.LapseBasis)
	}
	watches := func(r rules.Rule) bool {
		return r.ID == l.Duty && strings.TrimSpace(r.Due) == "d."+period.ID && slices.Contains(r.Periods, period.ID)
	}
	if !k.d.watched(pack, l.Duty) || !slices.ContainsFunc(pack.Rules(), watches) {
		k.problem(at+".duty", "no duty %q that the procedure watches has the last day of period %s as due date (d.%s): %s %s:%d",
			l.Duty, l.Period, period.ID, pack.Name(), period.File, period.Line)
	}
}

// watched reports whether the rule of the pack stands in a gate whose duties the
// definition watches.
func (d *Definition) watched(pack *rules.Pack, rule string) bool {
	return slices.ContainsFunc(pack.Gates(), func(g rules.Gate) bool {
		asked := g.AddsTo
		if asked == "" {
			asked = rules.Ref(pack.ID() + "/" + g.ID)
		}
		return g.Kind == rules.Watching && slices.Contains(d.Duties, asked) && slices.Contains(g.Rules, rule)
	})
}

// lapse checks that time concludes a step only as the base lets it.
func (t *tightening) lapse(at, was string, b, o Step) {
	switch {
	case o.Lapse == nil:
	case b.Lapse == nil:
		t.problem(at+".lapse", was, b.Basis, "lets time alone conclude step %q", b.ID)
	case *b.Lapse != *o.Lapse:
		t.problem(at+".lapse", was+".lapse", b.Lapse.Basis, "lets time conclude step %q otherwise than the base", b.ID)
	}
}

// newLapses refuses that time concludes a step that the overlay adds: nobody
// would have done what leads on.
func (t *tightening) newLapses() {
	for i, o := range t.over.Steps {
		if _, old := t.base.Step(o.ID); !old && o.Lapse != nil {
			t.problem(path("steps", i)+".lapse", "steps", t.base.Basis, "lets time alone conclude new step %q", o.ID)
		}
	}
}
