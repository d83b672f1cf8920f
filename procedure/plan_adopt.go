package procedure

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// Moves gives the pins to which the plan moves the case, and which judge it; ok is
// false when it stays. The plan of an act is complete only once [Plan.Adopt] was
// called.
func (p *Plan) Moves() (pinned casefile.Pinned, ok bool) {
	if p.pins == nil {
		return casefile.Pinned{}, false
	}
	return *p.pins, true
}

// Adopt completes the plan of a case that moves: the definition that it follows
// from now on, and the facts that come with its packs; see [Release.MayAdopt].
// Duties are those of the new release.
func (p *Plan) Adopt(next *Definition, established casefile.Values) {
	if p.pins == nil || p.recompute {
		return
	}
	facts := casefile.Values{}
	for _, given := range []casefile.Values{established, p.entry.Facts} {
		for _, name := range casefile.SortedNames(given) {
			facts[name] = given[name]
			if forRules(name) {
				p.Facts[name] = given[name]
			}
		}
	}
	p.entry.Facts, p.entry.Pinned = facts, p.pins
	p.d, p.Duties = next, next.Duties
}

// fallen drops the duties that the new release does not know any more.
func (p *Plan) fallen(e casefile.Entry, findings []casefile.Finding) []casefile.Deadline {
	var out []casefile.Deadline
	for _, d := range p.c.Deadlines {
		told := slices.ContainsFunc(findings, func(f casefile.Finding) bool { return f.Rule == d.Rule })
		if d.Rule == "" || told || d.State != casefile.DeadlineOpen {
			continue
		}
		d.State, d.Sequence = casefile.DeadlineDropped, e.Sequence
		out = append(out, d)
	}
	return out
}

// Release (版本) is what pins name: the definition that a case follows, the rule
// packs, and the judge of these packs by the pinned calendar.
type Release struct {
	Pinned     casefile.Pinned
	Definition *Definition
	Packs      []*rules.Pack
	Judge      *rules.Judge
}

// MayAdopt says whether a case that follows from can move to the release, or why
// not: it must stand at steps that the definition has, of the same type, and the packs must answer all that it
// asks, with the facts of the record as they are. It gives the facts that the
// entry establishes, because the record itself shows that nothing has happened
// yet of what the packs bring.
func (r Release) MayAdopt(from *Definition, c *casefile.Case, today legaltime.Date) (casefile.Values, *casefile.Refusal) {
	established := InitialFacts(r.Packs)
	for _, name := range casefile.SortedNames(c.Facts) {
		delete(established, name)
	}
	for _, stage := range []func() *casefile.Refusal{
		func() *casefile.Refusal { return r.isNamed(c) },
		func() *casefile.Refusal { return r.Definition.standsAt(from, c) },
		func() *casefile.Refusal { return r.Definition.answered(r.Packs) },
		func() *casefile.Refusal { return factsFit(c, r.Packs) },
		func() *casefile.Refusal { return r.judges(c, established, today) },
	} {
		if refusal := stage(); refusal != nil {
			refusal.Act = casefile.CaseScope + "." + adopt().Verb
			return nil, refusal
		}
	}
	return established, nil
}

// isNamed compares the contents with the pins that name them.
func (r Release) isNamed(c *casefile.Case) *casefile.Refusal {
	d, pinned, packs := r.Definition, r.Pinned, r.Packs
	same := len(packs) == len(pinned.Packs) && len(packs) >= len(d.Packs)
	for i := range packs {
		same = same && packs[i].Name() == pinned.Packs[i].Pack && packs[i].Digest() == pinned.Packs[i].Digest &&
			(i < len(d.Packs) && d.Packs[i] == pinned.Packs[i].Pack || i >= len(d.Packs) && len(packs[i].Over()) > 0)
	}
	if !same {
		return badValue("packs", fmt.Sprintf("规则包与程序定义所要求的（%v）不一致。", d.Packs),
			fmt.Sprintf("these are not the rule packs that the definition asks for (%v)", d.Packs))
	}
	if d.Digest() != pinned.Definition || d.Name() != pinned.Procedure {
		return badValue("definition", "摘要值所指的程序定义是"+d.Name()+"。", "the digest names the definition of "+d.Name())
	}
	if !sameProcedure(c.Pinned.Procedure, d.ID) {
		return badValue("procedure", "案件不能转入另一程序。", "a case cannot move to another procedure")
	}
	return nil
}

func sameProcedure(name, id string) bool {
	found := packForm.FindStringSubmatch(name)
	return len(found) > 1 && found[1] == id
}

// standsAt refuses a definition that lacks what the case stands at, makes another
// type of step of it, or has something beside it that the case would pass by unseen.
func (d *Definition) standsAt(from *Definition, c *casefile.Case) *casefile.Refusal {
	for _, run := range c.ActiveSteps() {
		step, ok := d.Step(run.Step)
		if !ok || step.IsBlock() {
			return badValue("definition", "新的程序没有案件所在的环节“"+clip(run.Step)+"”。",
				"the case is at "+clip(run.Step)+", which the definition does not have")
		}
		if was, _ := from.Step(run.Step); was.Type != step.Type {
			return badValue("definition", fmt.Sprintf("案件所在的环节“%s”在新的程序中是另一类环节（%s，原为%s）。", step.ID, step.Type, was.Type),
				fmt.Sprintf("the case is at %s, which is a step of type %s in the definition and was %s", step.ID, step.Type, was.Type))
		}
		block, _ := d.Block(run.Step)
		for _, id := range block.Parallel {
			if c.Rounds(id) == 0 {
				return badValue("definition", "新的程序在案件所在环节旁增加了并行环节“"+id+"”，案件已经错过。",
					"the definition has step "+id+" beside the one that the case is at, and the case has not entered it")
			}
		}
	}
	if c.End != "" && !d.IsEnd(c.End) {
		return badValue("definition", "新的程序没有已定的办结方式“"+clip(c.End)+"”。",
			"it is settled that the case ends as "+clip(c.End)+", which the definition does not have")
	}
	return nil
}

// answered refuses packs that do not answer what the definition asks.
func (d *Definition) answered(packs []*rules.Pack) *casefile.Refusal {
	k := &checker{d: d, kept: true}
	k.gates(packs)
	k.facts(packs)
	if len(k.errs) == 0 {
		return nil
	}
	return badValue("packs", "规则包不能回答程序定义所问："+k.errs[0].Error(), "the packs do not answer what the definition asks: "+k.errs[0].Error())
}

// factsFit refuses packs to which a fact of the record means something else.
func factsFit(c *casefile.Case, packs []*rules.Pack) *casefile.Refusal {
	for _, name := range casefile.SortedNames(c.Facts) {
		if !forRules(name) {
			continue
		}
		for _, p := range packs {
			if _, known := p.Vocabulary().Fact(name); !known {
				continue
			}
			if _, err := p.Vocabulary().Normalise(name, c.Facts[name].Value); err != nil {
				return badValue("packs", "案卷中的事实与规则包"+p.Name()+"不合："+err.Error(),
					"a fact of the record does not fit rule pack "+p.Name()+": "+err.Error())
			}
		}
	}
	return nil
}

// judges asks every gate once, so that no case moves to packs that cannot judge
// it, such as packs that were not in force when it was opened. What they say does
// not matter here.
func (r Release) judges(c *casefile.Case, established casefile.Values, today legaltime.Date) *casefile.Refusal {
	in := rules.Input{Gates: r.Definition.admissions(), Duties: r.Definition.Duties, Facts: r.Definition.FactsAt(c, "", today), Today: today}
	for _, name := range casefile.SortedNames(established) {
		in.Facts[name] = established[name]
	}
	if _, err := r.Judge.Judge(in); err != nil {
		return badValue("packs", "规则包不能判断本案："+err.Error(), "the packs cannot judge this case: "+err.Error())
	}
	return nil
}

// admissions gives every gate that is asked before an act or a transition.
func (d *Definition) admissions() []rules.Ref {
	refs := []rules.Ref{d.Open.Gate, d.Throughout}
	for _, a := range d.Always {
		refs = append(refs, a.Gate)
	}
	for _, s := range d.Steps {
		for _, a := range s.Acts {
			refs = append(refs, a.Gate)
		}
		for _, o := range s.Outcomes {
			refs = append(refs, o.Gate)
		}
		if s.Joined != nil {
			refs = append(refs, s.Joined.Gate)
		}
	}
	return gatesOf(refs...)
}
