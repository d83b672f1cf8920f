package rules

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/expr-lang/expr/vm"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// maxReason bounds a recorded reason, in characters.
const maxReason = 4000

// Input is what is asked, and of which facts.
type Input struct {
	Gates   []Ref             `json:"gates,omitempty"`   // may the act happen
	Applies []Ref             `json:"applies,omitempty"` // are the discretionary steps ahead required
	Duties  []Ref             `json:"duties,omitempty"`  // which duties exist, and until when
	Facts   casefile.Values   `json:"facts,omitempty"`   // facts that no pack knows are not read
	Reasons map[string]string `json:"reasons,omitempty"` // rule id → recorded reason, for rules that warn
	Today   legaltime.Date    `json:"today"`             // the fact "today"
}

// Judgement is the answer. It depends on nothing but the input, the packs and
// the calendar, byte for byte.
type Judgement struct {
	Verdict casefile.Verdict         `json:"verdict"`
	Applies map[Ref]casefile.Verdict `json:"applies,omitempty"` // pass: the step is required; block: it is not
	Duties  []casefile.Finding       `json:"duties,omitempty"`
}

// Judge (裁判) answers the gates of its packs by one calendar. It may be used by
// several goroutines.
type Judge struct {
	packs    []*Pack
	byID     map[string]*Pack
	added    map[Ref][]addedGate // what further packs ask at a gate
	calendar Calendar
	vms      sync.Pool // of *vm.VM: compiled expressions are shared, machines are not
}

// addedGate is a gate whose rules answer the question of another pack's gate.
type addedGate struct {
	pack *Pack
	gate Gate
}

// NewJudge returns a judge. The packs must have different ids and no rule id in
// common, and agree on the types of the facts that they share. A pack comes after
// those that it builds on.
func NewJudge(packs []*Pack, calendar Calendar) (*Judge, error) {
	if calendar == nil {
		return nil, fmt.Errorf("judge without a calendar: %w", casefile.ErrInvalid)
	}
	j := &Judge{
		packs: packs, byID: map[string]*Pack{}, added: map[Ref][]addedGate{}, calendar: calendar,
		vms: sync.Pool{New: func() any { return &vm.VM{MemoryBudget: memoryBudget} }},
	}
	facts, ruleOf := map[string]FactType{}, map[string]string{}
	var errs []error
	for _, p := range packs {
		if _, twice := j.byID[p.id]; twice {
			errs = append(errs, fmt.Errorf("rule pack %s is given twice: %w", p.id, casefile.ErrInvalid))
		}
		errs = append(errs, j.layer(p)...)
		j.byID[p.id] = p
		for _, name := range p.vocabulary.names {
			f := p.vocabulary.facts[name]
			if known, ok := facts[name]; ok && known.Type != f.Type {
				errs = append(errs, fmt.Errorf("fact %s is %s in one pack and %s in %s: %w", name, known.Type, f.Type, p.Name(), casefile.ErrInvalid))
			}
			facts[name] = f
		}
		for _, id := range casefile.SortedNames(p.versions) {
			if other, ok := ruleOf[id]; ok {
				errs = append(errs, fmt.Errorf("rule %s is in %s and in %s: %w", id, other, p.Name(), casefile.ErrInvalid))
			}
			ruleOf[id] = p.Name()
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return j, nil
}

// layer joins a pack to those before it. A pack was compiled against the packs
// that it builds on, so they must be the very same ones.
func (j *Judge) layer(p *Pack) []error {
	var errs []error
	for _, base := range p.over {
		switch given, ok := j.byID[base.id]; {
		case !ok:
			errs = append(errs, fmt.Errorf("rule pack %s builds on %s, which does not come before it: %w", p.Name(), base.id, casefile.ErrInvalid))
		case given.digest != base.digest:
			errs = append(errs, fmt.Errorf("rule pack %s was read over another %s than the one given: %w", p.Name(), base.Name(), casefile.ErrInvalid))
		}
	}
	for _, g := range p.gates {
		if g.AddsTo != "" {
			j.added[g.AddsTo] = append(j.added[g.AddsTo], addedGate{p, g})
		}
	}
	return errs
}

// Judge answers. A gate that does not open is an answer, not an error. Errors
// are [casefile.ErrInvalid]: a gate that is unknown or asked for what it is not,
// a fact of the wrong type, no date, a pack that is not in force, a reason for a
// rule that does not warn there. A reason that turns out not to be needed is no
// error: the rule was met.
func (j *Judge) Judge(in Input) (Judgement, error) {
	e, err := j.evaluate(in, false)
	if err != nil {
		return Judgement{}, err
	}
	defer e.done()
	var out Judgement
	if out.Verdict, err = e.verdict(in.Gates, Admission); err != nil {
		return Judgement{}, err
	}
	if err := giveReasons(out.Verdict.Findings, in.Reasons); err != nil {
		return Judgement{}, err
	}
	out.Verdict.Result = admits(out.Verdict.Findings)
	for _, ref := range in.Applies {
		v, err := e.verdict([]Ref{ref}, Applying)
		if err != nil {
			return Judgement{}, err
		}
		v.Result = applies(v.Findings)
		if out.Applies == nil {
			out.Applies = map[Ref]casefile.Verdict{}
		}
		out.Applies[ref] = v
	}
	duties, err := e.verdict(in.Duties, Watching)
	if err != nil {
		return Judgement{}, err
	}
	if len(duties.Findings) > 0 {
		out.Duties = duties.Findings
	}
	return out, nil
}

// Warns reports whether a pack of the judge has a rule with the id that warns,
// for which a reason can therefore be recorded.
func (j *Judge) Warns(rule string) bool {
	for _, p := range j.packs {
		if r, ok := p.Rule(rule); ok && r.Effect == casefile.EffectWarn {
			return true
		}
	}
	return false
}

// Rule gives the finding of one rule, "cn.713/mad-…" or the bare rule id,
// whichever gate it stands in. A reason given for it is noted in the finding.
func (j *Judge) Rule(rule string, in Input) (casefile.Finding, error) {
	e, err := j.evaluate(in, false)
	if err != nil {
		return casefile.Finding{}, err
	}
	defer e.done()
	p, r, err := j.find(rule)
	if err != nil {
		return casefile.Finding{}, err
	}
	f, err := e.single(p, r)
	if err != nil {
		return casefile.Finding{}, err
	}
	found := []casefile.Finding{f}
	err = giveReasons(found, in.Reasons)
	return found[0], err
}

// Explain gives the trace of one rule, "cn.713/mad-…" or the bare rule id, on
// the facts.
func (j *Judge) Explain(rule string, facts casefile.Values, today legaltime.Date) (*Trace, error) {
	e, err := j.evaluate(Input{Facts: facts, Today: today}, true)
	if err != nil {
		return nil, err
	}
	defer e.done()
	p, r, err := j.find(rule)
	if err != nil {
		return nil, err
	}
	f, err := e.single(p, r)
	if err != nil {
		return nil, err
	}
	return &Trace{Pack: p.Name(), Rule: r, Finding: f, Parts: e.parts}, nil
}

// ExplainGate gives the verdict of one gate of any kind with the trace of each of
// its rules. At an applicability gate pass means that the step is required; at a
// gate of duties, that all of them are in order. Of the input it reads facts,
// date and reasons. Errors are those of [Judge.Judge].
func (j *Judge) ExplainGate(ref Ref, in Input) (GateTrace, error) {
	e, err := j.evaluate(in, true)
	if err != nil {
		return GateTrace{}, err
	}
	defer e.done()
	kind := Admission
	if p, ok := j.byID[ref.Pack()]; ok {
		if g, ok := p.Gate(ref.Gate()); ok {
			kind = g.Kind
		}
	}
	v, err := e.verdict([]Ref{ref}, kind)
	if err != nil {
		return GateTrace{}, err
	}
	if err := giveReasons(v.Findings, in.Reasons); err != nil {
		return GateTrace{}, err
	}
	v.Result = admits(v.Findings)
	if kind == Applying {
		v.Result = applies(v.Findings)
	}
	for i, f := range v.Findings {
		e.traces[i].Finding = f
	}
	return GateTrace{Verdict: v, Rules: e.traces}, nil
}

// find gives the pack of a rule, and the rule's id.
func (j *Judge) find(rule string) (*Pack, string, error) {
	pack, id, qualified := strings.Cut(rule, "/")
	if !qualified {
		pack, id = "", rule
	}
	for _, p := range j.packs {
		if _, ok := p.versions[id]; ok && (!qualified || p.id == pack) {
			return p, id, nil
		}
	}
	return nil, "", fmt.Errorf("rule %s: %w", rule, casefile.ErrNotFound)
}

// giveReasons notes the recorded reasons in the findings of rules that warn. A
// blank reason is no reason.
func giveReasons(findings []casefile.Finding, reasons map[string]string) error {
	for _, id := range casefile.SortedNames(reasons) {
		reason := reasons[id]
		if strings.TrimSpace(reason) == "" {
			continue
		}
		if utf8.RuneCountInString(reason) > maxReason {
			return fmt.Errorf("reason for rule %s is longer than %d characters: %w", id, maxReason, casefile.ErrInvalid)
		}
		asked := false
		for i := range findings {
			f := &findings[i]
			if f.Rule != id || f.Effect != casefile.EffectWarn {
				continue
			}
			asked = true
			if f.Result != casefile.Pass {
				f.Reason = reason
			}
		}
		if !asked {
			return fmt.Errorf("a reason is given for rule %s, which does not warn here: %w", id, casefile.ErrInvalid)
		}
	}
	return nil
}

// admits gives the result at the gates: block when a blocking rule is not met or
// a warning lacks its reason, else undetermined when a fact is missing.
func admits(findings []casefile.Finding) casefile.Result {
	result := casefile.Pass
	for _, f := range findings {
		if f.Result == casefile.Pass || f.Reason != "" {
			continue
		}
		if f.Result == casefile.Block {
			return casefile.Block
		}
		result = casefile.Undetermined
	}
	return result
}

// applies gives the result at an applicability gate: the step is required as
// soon as one rule says so.
func applies(findings []casefile.Finding) casefile.Result {
	result := casefile.Block
	for _, f := range findings {
		if f.Result == casefile.Pass {
			return casefile.Pass
		}
		if f.Result == casefile.Undetermined {
			result = casefile.Undetermined
		}
	}
	return result
}
