package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// TestResult is what came of one of a pack's own tests.
type TestResult struct {
	Test    Test
	Got     casefile.Result
	Problem string // what did not come out as expected; empty: the test passes
	Basis   string // citation of the rule
	Trace   *Trace // of the rule, when its test fails
}

// Passed reports whether the test passes.
func (r TestResult) Passed() bool { return r.Problem == "" }

// RunTests runs the pack's own tests by a calendar, in the order of its files. The
// packs that it builds on judge along with it.
func RunTests(p *Pack, calendar Calendar) []TestResult {
	out := make([]TestResult, len(p.tests))
	j, err := NewJudge(p.Stack(), calendar)
	for i, t := range p.tests {
		if err != nil {
			out[i] = TestResult{Test: t, Problem: err.Error()}
			continue
		}
		out[i] = j.runTest(p, t)
	}
	return out
}

// runTest runs one test of a pack.
func (j *Judge) runTest(p *Pack, t Test) TestResult {
	out := TestResult{Test: t}
	switch {
	case t.Rule != "":
		j.testRule(p, t, &out)
	case t.Period != "":
		j.testPeriod(p, t, &out)
	default:
		j.testGate(p, t, &out)
	}
	return out
}

func (j *Judge) testRule(p *Pack, t Test, out *TestResult) {
	in := Input{Facts: t.Facts, Today: t.On}
	owner, id := p.owning(t.Rule)
	name := owner.id + "/" + id
	f, err := j.Rule(name, in)
	if err != nil {
		out.Problem = err.Error()
		return
	}
	rule, _ := owner.Rule(id)
	out.Got, out.Basis = f.Result, rule.Basis
	switch {
	case f.Result != t.Want:
		out.Problem = fmt.Sprintf("want %s, got %s (missing %q)", t.Want, f.Result, f.Missing)
	case t.Missing != nil && !slices.Equal(t.Missing, f.Missing):
		out.Problem = fmt.Sprintf("want %q missing, got %q", t.Missing, f.Missing)
	case t.Due != nil && *t.Due != f.Due:
		out.Problem = fmt.Sprintf("want due %q, got %q", t.Due, f.Due)
	case t.Met != nil && *t.Met != f.Met:
		out.Problem = fmt.Sprintf("want met %t, got %t", *t.Met, f.Met)
	case t.Effect != "" && t.Effect != f.Effect:
		out.Problem = fmt.Sprintf("want a rule that is %s, it is %s", t.Effect, f.Effect)
	case t.Provisional != nil && *t.Provisional != f.Provisional:
		out.Problem = fmt.Sprintf("want provisional %t, got %t", *t.Provisional, f.Provisional)
	case t.RemindOn != nil && !slices.Equal(t.RemindOn, f.RemindOn):
		out.Problem = fmt.Sprintf("want to be reminded on %q, got %q", t.RemindOn, f.RemindOn)
	default:
		return
	}
	if trace, err := j.Explain(name, t.Facts, t.On); err == nil {
		out.Trace = trace
	}
}

// owning gives the pack to which the rule of a test belongs, the pack itself or
// one that it builds on, and the rule's id; nil when there is none.
func (p *Pack) owning(rule string) (owner *Pack, id string) {
	pack, id, qualified := strings.Cut(rule, "/")
	if !qualified {
		pack, id = p.id, rule
	}
	for _, owner := range p.Stack() {
		if owner.id == pack && len(owner.versions[id]) > 0 {
			return owner, id
		}
	}
	return nil, ""
}

func (j *Judge) testGate(p *Pack, t Test, out *TestResult) {
	g, _ := p.Gate(t.Gate)
	ref := g.ref(p.id)
	in := Input{Facts: t.Facts, Today: t.On, Reasons: t.Reasons}
	switch g.Kind {
	case Applying:
		in.Applies = []Ref{ref}
	case Watching:
		in.Duties = []Ref{ref}
	case Admission:
		in.Gates = []Ref{ref}
	}
	judgement, err := j.Judge(in)
	if err != nil {
		out.Problem = err.Error()
		return
	}
	v := judgement.Verdict
	hinders := v.Hindering()
	switch g.Kind {
	case Applying:
		v = judgement.Applies[ref]
		hinders = v.Hindering()
	case Watching: // block: a duty is not in order
		v.Findings = judgement.Duties
		v.Result = admits(v.Findings)
		hinders = slices.DeleteFunc(slices.Clone(v.Findings), func(f casefile.Finding) bool { return f.Result == casefile.Pass })
	case Admission:
	}
	out.Got = v.Result
	var missing, hindering []string
	for _, f := range v.Findings {
		missing = merge(missing, f.Missing)
	}
	for _, f := range hinders {
		hindering = append(hindering, f.Rule)
	}
	switch {
	case v.Result != t.Want:
		out.Problem = fmt.Sprintf("want %s, got %s (hindered by %q, missing %q)", t.Want, v.Result, hindering, missing)
	case t.Missing != nil && !slices.Equal(t.Missing, missing):
		out.Problem = fmt.Sprintf("want %q missing, got %q", t.Missing, missing)
	case t.HinderedBy != nil && !sameSet(t.HinderedBy, hindering):
		out.Problem = fmt.Sprintf("want it hindered by %q, got %q", t.HinderedBy, hindering)
	}
}

func sameSet(a, b []string) bool {
	return slices.Equal(merge(nil, append(slices.Clone(a), "")), merge(nil, append(slices.Clone(b), "")))
}

// testPeriod asks whether a period runs, and until when.
func (j *Judge) testPeriod(p *Pack, t Test, out *TestResult) {
	e, err := j.evaluate(Input{Facts: t.Facts, Today: t.On}, false)
	if err != nil {
		out.Problem = err.Error()
		return
	}
	defer e.done()
	s, err := e.state(p)
	if err != nil {
		out.Problem = err.Error()
		return
	}
	at, err := e.periodAt(s, p.scope.periods[t.Period])
	if err != nil {
		out.Problem = err.Error()
		return
	}
	out.Got, out.Basis = at.Runs, at.Basis
	switch {
	case at.Runs != t.Want:
		out.Problem = fmt.Sprintf("want %s, got %s (missing %q)", t.Want, at.Runs, at.Missing)
	case t.Missing != nil && !slices.Equal(t.Missing, at.Missing):
		out.Problem = fmt.Sprintf("want %q missing, got %q", t.Missing, at.Missing)
	case t.Due != nil && *t.Due != at.Due.DueOn:
		out.Problem = fmt.Sprintf("want the last day %q, got %q", t.Due, at.Due.DueOn)
	case t.Provisional != nil && *t.Provisional != at.Due.Provisional:
		out.Problem = fmt.Sprintf("want provisional %t, got %t", *t.Provisional, at.Due.Provisional)
	}
}
