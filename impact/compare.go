package impact

import (
	"reflect"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// compare notes the gates whose answers differ. A finding that differs without
// letting anybody through, or holding anybody up, is no change.
func (r *Report) compare(asked Asked, before, after rules.Judgement) {
	r.gates(asked, rules.Admission, before.Verdict.Findings, after.Verdict.Findings)
	for _, ref := range casefile.SortedNames(union(before.Applies, after.Applies)) {
		r.gates(asked, rules.Applying, before.Applies[ref].Findings, after.Applies[ref].Findings)
	}
	r.gates(asked, rules.Watching, before.Duties, after.Duties)
}

func union[V any](a, b map[rules.Ref]V) map[rules.Ref]bool {
	out := map[rules.Ref]bool{}
	for _, m := range []map[rules.Ref]V{a, b} {
		for _, ref := range casefile.SortedNames(m) {
			out[ref] = true
		}
	}
	return out
}

// gates compares findings gate by gate.
func (r *Report) gates(asked Asked, kind rules.Kind, before, after []casefile.Finding) {
	if slices.EqualFunc(before, after, func(a, b casefile.Finding) bool {
		return a.Gate == b.Gate && a.Rule == b.Rule && sameAnswer(kind, &a, &b)
	}) {
		return
	}
	var seen []string
	for _, f := range slices.Concat(before, after) {
		if slices.Contains(seen, f.Gate) {
			continue
		}
		seen = append(seen, f.Gate)
		a, b := at(before, f.Gate), at(after, f.Gate)
		changed := changedRules(asked, kind, a, b)
		if len(changed) == 0 {
			continue
		}
		r.Changes = append(r.Changes, Change{
			Case: asked.Case, Open: asked.Open, Sequence: asked.Sequence, Act: asked.Act, On: asked.On,
			Gate: rules.Ref(f.Gate), Kind: kind, Before: result(kind, a), After: result(kind, b), Rules: changed,
		})
	}
}

func at(findings []casefile.Finding, gate string) []casefile.Finding {
	var out []casefile.Finding
	for _, f := range findings {
		if f.Gate == gate {
			out = append(out, f)
		}
	}
	return out
}

// result gives the answer of a gate by its findings.
func result(kind rules.Kind, findings []casefile.Finding) casefile.Result {
	if len(findings) == 0 {
		return ""
	}
	has := func(r casefile.Result) bool {
		return slices.ContainsFunc(findings, func(f casefile.Finding) bool {
			return f.Result == r && (kind != rules.Admission || hinders(f))
		})
	}
	if kind == rules.Applying { // the step is required as soon as one rule says so
		switch {
		case has(casefile.Pass):
			return casefile.Pass
		case has(casefile.Undetermined):
			return casefile.Undetermined
		}
		return casefile.Block
	}
	switch {
	case has(casefile.Block):
		return casefile.Block
	case has(casefile.Undetermined):
		return casefile.Undetermined
	}
	return casefile.Pass
}

// hinders reports whether a finding keeps an admission gate closed.
func hinders(f casefile.Finding) bool {
	return len(casefile.Verdict{Findings: []casefile.Finding{f}}.Hindering()) > 0
}

// changedRules gives the rules whose answers differ, each with the difference of
// its traces.
func changedRules(asked Asked, kind rules.Kind, before, after []casefile.Finding) []RuleChange {
	var out []RuleChange
	for _, f := range before {
		if g := of(after, f.Rule); !sameAnswer(kind, &f, g) {
			out = append(out, ruleChange(asked, &f, g))
		}
	}
	for _, g := range after {
		if of(before, g.Rule) == nil && !sameAnswer(kind, nil, &g) {
			out = append(out, ruleChange(asked, nil, &g))
		}
	}
	return out
}

func of(findings []casefile.Finding, rule string) *casefile.Finding {
	for i := range findings {
		if findings[i].Rule == rule {
			return &findings[i]
		}
	}
	return nil
}

// sameAnswer reports whether two findings mean the same; nil is a rule that is
// not there, which is as good as one that is met.
func sameAnswer(kind rules.Kind, a, b *casefile.Finding) bool {
	return answerOf(kind, a) == answerOf(kind, b)
}

// answer is what of a finding matters.
type answer struct {
	result casefile.Result
	due    string
	met    bool
}

func answerOf(kind rules.Kind, f *casefile.Finding) answer {
	switch {
	case f == nil, kind == rules.Admission && !hinders(*f):
		return answer{}
	case kind != rules.Watching:
		return answer{result: f.Result}
	}
	a := answer{due: f.Due.String(), met: f.Met}
	if f.Result != casefile.Pass {
		a.result = f.Result
	}
	return a
}

func ruleChange(asked Asked, before, after *casefile.Finding) RuleChange {
	var out RuleChange
	var a, b *rules.Trace
	if before != nil {
		out.Rule, out.Basis, out.Before, out.DueBefore = before.Rule, before.Basis, before.Result, before.Due
		a = traceOf(asked.From, before.Rule, asked.Input)
	}
	if after != nil {
		out.Rule, out.Basis, out.After, out.DueAfter = after.Rule, after.Basis, after.Result, after.Due
		b = traceOf(asked.To, after.Rule, asked.Input)
	}
	out.Values = traceDifference(a, b)
	return out
}

func traceOf(j *rules.Judge, rule string, in rules.Input) *rules.Trace {
	t, err := j.Explain(rule, in.Facts, in.Today)
	if err != nil {
		return nil // the finding stands without it
	}
	return t
}

// traceDifference gives the sub-expressions whose values differ, in the order in
// which they stand in the rule. Literals, and what one of the sides did not need,
// are left out.
func traceDifference(a, b *rules.Trace) []ValueChange {
	before, after := values(a), values(b)
	var out []ValueChange
	for _, v := range before {
		w, there := find(after, v)
		if v.skipped || w.skipped {
			continue
		}
		if !there || !reflect.DeepEqual(v.value, w.value) {
			out = append(out, ValueChange{Part: v.part, Source: v.source, Before: v.value, After: w.value})
		}
	}
	for _, w := range after {
		if _, there := find(before, w); !there && !w.skipped {
			out = append(out, ValueChange{Part: w.part, Source: w.source, After: w.value})
		}
	}
	return out
}

// valued is a sub-expression and its value.
type valued struct {
	part, source string
	value        any
	skipped      bool // not needed: the rest had decided
}

func find(all []valued, like valued) (valued, bool) {
	at := slices.IndexFunc(all, func(v valued) bool { return v.part == like.part && v.source == like.source })
	if at < 0 {
		return valued{}, false
	}
	return all[at], true
}

func values(t *rules.Trace) []valued {
	if t == nil {
		return nil
	}
	var out []valued
	var walk func(part string, n *rules.TraceNode)
	walk = func(part string, n *rules.TraceNode) {
		if n.Op != "literal" {
			v := valued{part: part, source: n.Source, value: n.Value, skipped: n.State == rules.StateSkipped}
			if _, there := find(out, v); !there { // an expression that occurs twice has one value
				out = append(out, v)
			}
		}
		for _, child := range n.Children {
			walk(part, child)
		}
	}
	for _, part := range t.Parts {
		walk(part.Part, part.Root)
	}
	return out
}
