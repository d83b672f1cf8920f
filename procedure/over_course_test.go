package procedure_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// course is where a case is, as the definition alone allows: the steps that run,
// and the end that is settled.
type course struct {
	active []string
	as     string
}

// done is one act that concludes a step.
type done struct {
	step, verb, outcome string
	role                casefile.Role
	gates               []rules.Ref
}

// enter gives every way in which a target can be entered: a discretionary step
// may be required or not.
func enter(d *procedure.Definition, to string, rest []string, as string, depth int) []course {
	s, ok := d.Step(to)
	if !ok || depth == 0 {
		return []course{{active: append(slices.Clone(rest), to), as: as}}
	}
	out := []course{{active: slices.Clone(rest), as: as}}
	branches := s.Parallel
	if len(branches) == 0 {
		branches = []string{to}
	}
	for _, id := range branches {
		b, _ := d.Step(id)
		var next []course
		for _, c := range out {
			next = append(next, course{active: append(slices.Clone(c.active), id), as: as})
			if b.Applies != "" && b.Skip == "" {
				next = append(next, c)
			}
		}
		out = next
	}
	if s.Skip != "" {
		out = append(out, enter(d, s.Skip, rest, as, depth-1)...)
	}
	return out
}

func blockOf(d *procedure.Definition, step string) procedure.Step {
	for _, s := range d.Steps {
		if slices.Contains(s.Parallel, step) {
			return s
		}
	}
	return procedure.Step{}
}

// after gives where a case can be once a step has ended.
func after(d *procedure.Definition, c course, step, outcome string) []course {
	s, ok := d.Step(step)
	i := slices.IndexFunc(s.Outcomes, func(t procedure.Transition) bool { return t.Is == outcome })
	if !ok || i < 0 || !slices.Contains(c.active, step) {
		return nil
	}
	t, as := s.Outcomes[i], c.as
	if t.As != "" {
		as = t.As
	}
	rest := slices.DeleteFunc(slices.Clone(c.active), func(x string) bool { return x == step })
	block := blockOf(d, step)
	switch {
	case t.To == procedure.Join && len(rest) > 0:
		return []course{{active: rest, as: as}}
	case t.To == procedure.Join:
		if block.Joined.As != "" {
			as = block.Joined.As
		}
		return enter(d, block.Joined.To, nil, as, 20)
	case t.To == step:
		return []course{{active: c.active, as: as}}
	}
	return enter(d, t.To, nil, as, 20)
}

// conclusions gives every act that can conclude a running step.
func conclusions(d *procedure.Definition, c course) []done {
	var out []done
	for _, id := range c.active {
		s, _ := d.Step(id)
		kind, _ := procedure.Type(s.Type)
		for _, a := range s.Acts {
			spec, _ := kind.Act(a.Verb)
			outcomes := append(slices.Clone(spec.Among), spec.Outcome)
			for _, f := range spec.Fields {
				if f.Name == spec.OutcomeBy {
					outcomes = append(outcomes, f.Enum...)
				}
			}
			for _, o := range outcomes {
				i := slices.IndexFunc(s.Outcomes, func(t procedure.Transition) bool { return t.Is == o })
				if i < 0 {
					continue
				}
				for _, r := range a.Roles {
					out = append(out, done{id, a.Verb, o, r, []rules.Ref{a.Gate, s.Outcomes[i].Gate, d.Throughout}})
				}
			}
		}
	}
	return out
}

// permits reports whether the definition lets the act happen, with no more gates
// than were asked.
func permits(d *procedure.Definition, x done) bool {
	return slices.ContainsFunc(conclusions(d, course{active: []string{x.step}}), func(y done) bool {
		return y.verb == x.verb && y.outcome == x.outcome && y.role == x.role &&
			!slices.ContainsFunc(y.gates, func(g rules.Ref) bool { return g != "" && !slices.Contains(x.gates, g) })
	})
}

// stroll takes a random course of the overlay, leaves out its new steps, and says
// where the base would not have allowed it.
func stroll(t *rapid.T, base, over *procedure.Definition) error {
	start := rapid.SampledFrom(base.Steps).Draw(t, "start").ID
	if block := blockOf(base, start); block.ID != "" {
		start = block.ID
	}
	now := rapid.SampledFrom(enter(over, start, nil, "", 20)).Draw(t, "entered")
	where := enter(base, start, nil, "", 20)
	var before []course // of the base, before the last act at one of its steps
	var last string
	for range 8 {
		acts := conclusions(over, now)
		if len(acts) == 0 {
			return nil
		}
		x := rapid.SampledFrom(acts).Draw(t, "act")
		now = rapid.SampledFrom(after(over, now, x.step, x.outcome)).Draw(t, "next")
		if _, old := base.Step(x.step); !old {
			where = append(where, insteadOf(base, before, where, last, x, blockOf(over, x.step).ID != "")...)
			continue
		}
		if !permits(base, x) {
			return fmt.Errorf("the base does not permit %+v", x)
		}
		before, last = where, x.step
		if where = afterAll(base, where, x.step, x.outcome); len(where) == 0 {
			return fmt.Errorf("after the base's own ways, %+v comes out of turn", x)
		}
	}
	return nil
}

func afterAll(d *procedure.Definition, from []course, step, outcome string) []course {
	var out []course
	for _, c := range from {
		out = append(out, after(d, c, step, outcome)...)
	}
	return out
}

// insteadOf gives where the base would be, had the one who left the new step
// taken an act without gates instead: at the step before it, or, for a new
// branch, at a branch of the base that runs or was the last to run.
func insteadOf(base *procedure.Definition, before, where []course, last string, x done, branch bool) []course {
	if branch {
		before = append(slices.Clone(before), where...)
	}
	var out []course
	for _, c := range before {
		for _, y := range conclusions(base, c) {
			free := y.gates[0] == "" && y.gates[1] == ""
			if free && y.role == x.role && (y.step == last || branch && blockOf(base, y.step).ID != "") {
				out = append(out, after(base, c, y.step, y.outcome)...)
			}
		}
	}
	return out
}

// loosenOrTighten makes one random change.
func loosenOrTighten(t *rapid.T, d *procedure.Definition, n int) {
	var targets []string
	for _, s := range d.Steps {
		if blockOf(d, s.ID).ID == "" {
			targets = append(targets, s.ID)
		}
	}
	role := rapid.SampledFrom(casefile.SortedNames(d.Roles)).Draw(t, "role")
	var single []int
	for i, s := range d.Steps {
		if len(s.Outcomes) > 0 {
			single = append(single, i)
		}
	}
	s := &d.Steps[rapid.SampledFrom(single).Draw(t, "step")]
	o := &s.Outcomes[rapid.IntRange(0, len(s.Outcomes)-1).Draw(t, "outcome")]
	a := &s.Acts[rapid.IntRange(0, len(s.Acts)-1).Draw(t, "act")]
	switch rapid.SampledFrom([]string{"target", "gate", "free", "role", "fewer", "oblige", "insert", "insert", "insert", "branch", "branch"}).Draw(t, "edit") {
	case "target":
		o.To = rapid.SampledFrom(targets).Draw(t, "to")
	case "gate":
		o.Gate, o.Free = "cn.713/archive", ""
	case "free":
		o.Gate, o.Free = "", "不问"
	case "role":
		a.Roles = append(a.Roles, role)
	case "fewer":
		a.Roles = a.Roles[:1]
	case "oblige":
		s.Applies = ""
	case "insert":
		next := insert(t, n, append(slices.Clone(targets), "drafting", "drafting"), o.To)
		if o.To != procedure.Join {
			o.To = next.ID
			d.Steps = append(d.Steps, next)
		}
	case "branch":
		i := slices.IndexFunc(d.Steps, func(s procedure.Step) bool { return len(s.Parallel) > 0 })
		next := insert(t, n, []string{procedure.Join, "drafting", "launch"}, procedure.Join)
		d.Steps[i].Parallel = append(d.Steps[i].Parallel, next.ID)
		d.Steps = append(d.Steps, next)
	}
}

// insert makes a new step that mostly leads to where its place leads.
func insert(t *rapid.T, n int, targets []string, to string) procedure.Step {
	id := fmt.Sprintf("new_%d", n)
	kind, _ := procedure.Type(rapid.SampledFrom([]procedure.StepTypeID{procedure.Study, procedure.Launch, procedure.FairCompetition}).Draw(t, "type"))
	s := procedure.Step{ID: id, Type: kind.ID, Title: casefile.Text{ZH: "新", EN: "new"}, Basis: "本地办法"}
	who := rapid.SampledFrom([]casefile.Role{"office", "drafter", "studier", "chief"}).Draw(t, "who")
	for _, a := range kind.Acts {
		s.Acts = append(s.Acts, procedure.ActRule{Verb: a.Verb, Roles: []casefile.Role{who}})
	}
	for _, o := range kind.Outcomes {
		way := rapid.SampledFrom([]string{to, to, to, id, rapid.SampledFrom(targets).Draw(t, "way")}).Draw(t, "leads")
		s.Outcomes = append(s.Outcomes, procedure.Transition{Is: o, To: way, Free: "新"})
	}
	return s
}

// Whatever an overlay changes: either it is refused, or every course of it is a
// course of the base once its new steps are left out.
func TestCoursesOfAnAcceptedOverlayAreCoursesOfTheBase(t *testing.T) {
	base := decision(t)
	accepted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		over, err := procedure.ParseCanonical(base.Canonical())
		if err != nil {
			t.Fatal(err)
		}
		over.ID, over.Over = "xx.local", base.Name()
		for n := range rapid.IntRange(1, 3).Draw(t, "edits") {
			loosenOrTighten(t, over, n)
		}
		if _, err := procedure.ParseCanonical(over.Canonical()); err != nil {
			return // no definition at all
		}
		if procedure.Tightens(base, over) != nil {
			refused++
			return
		}
		accepted++
		for range 30 {
			if err := stroll(t, base, over); err != nil {
				t.Fatal(err)
			}
		}
	})
	if accepted == 0 || refused == 0 {
		t.Errorf("%d overlays accepted, %d refused: the edits try only one side", accepted, refused)
	}
}
