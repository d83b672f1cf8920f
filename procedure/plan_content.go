package procedure

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

var ruleForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// Bounds of what a case accumulates.
const (
	maxListFact = 2000
	maxCount    = 1_000_000_000_000
)

// content checks the payload and the draft that it names.
func (p *planning) content() *casefile.Refusal {
	with, refusal := payload{fields: p.spec.Fields, today: p.today, known: p.known}.normalised(p.act.With)
	if refusal != nil {
		return refusal
	}
	p.with = with
	if p.spec.FilesDraft {
		return p.newDraft()
	}
	if f, ok := p.spec.field("draft"); ok && f.Kind == KindDigest {
		return p.sameDraft()
	}
	return p.withdrawable()
}

// known reports whether the act may name the document: it is stored with the
// organ or filed in the case, and its content is still there.
func (p *planning) known(digest casefile.Digest) bool {
	if slices.ContainsFunc(p.c.Documents, func(d casefile.Document) bool { return d.Digest == digest && d.Withdrawn }) {
		return false
	}
	return p.c.HasDocument(digest) || p.stored(digest) != nil
}

func (p *planning) stored(digest casefile.Digest) *casefile.Document {
	at := slices.IndexFunc(p.docs, func(d casefile.Document) bool { return d.Digest == digest })
	if at < 0 {
		return nil
	}
	return &p.docs[at]
}

// newDraft refuses to file as new what is the current draft already.
func (p *planning) newDraft() *casefile.Refusal {
	draft, ok := p.c.CurrentDraft()
	if ok && string(draft.Digest) == asText(p.with["draft"]) {
		return badValue("draft", "该文本就是现行草案，没有修改。", "this is the current draft already; nothing has changed")
	}
	return nil
}

// sameDraft refuses an act about a draft that is not the current one: what is
// signed is exactly what is shown.
func (p *planning) sameDraft() *casefile.Refusal {
	draft, ok := p.c.CurrentDraft()
	if !ok {
		return notNow("尚未提交草案。", "no draft has been filed yet")
	}
	if string(draft.Digest) != asText(p.with["draft"]) {
		return refuse(casefile.RefusedStaleDigest, "draft",
			fmt.Sprintf("所针对的文本不是现行草案（第%d版）。", draft.Version),
			fmt.Sprintf("this is not the current draft (version %d)", draft.Version))
	}
	return nil
}

// withdrawable refuses to remove what is not in the file.
func (p *planning) withdrawable() *casefile.Refusal {
	for _, digest := range asTexts(p.with[p.spec.Withdraws]) {
		if !p.c.HasDocument(casefile.Digest(digest)) {
			return refuse(casefile.RefusedUnknownDigest, p.spec.Withdraws, "案卷中没有该材料。", "there is no such document in the file")
		}
	}
	return nil
}

// sense asks the step type whether the payload makes sense, and moves the clock
// only forward.
func (p *planning) sense() *casefile.Refusal {
	if p.spec.Clock != "" {
		to := asDate(p.with[p.spec.Clock])
		if !to.After(p.today) {
			return refuse(casefile.RefusedClockBackwards, p.spec.Clock, "演练时钟只能向后推进。", "the practice clock only moves forward")
		}
	}
	if p.spec.Check == nil {
		return nil
	}
	return p.spec.Check(p.acting())
}

func (p *planning) acting() *Acting {
	a := &Acting{Case: p.c, Run: p.run, By: p.act.By, With: p.with, Today: p.today}
	for _, s := range p.c.ActiveSteps() {
		step, _ := p.d.Step(s.Step)
		a.Types = append(a.Types, step.Type)
	}
	return a
}

// establish computes the facts that the act establishes.
func (p *planning) establish() *casefile.Refusal {
	facts := casefile.Values{}
	for _, f := range p.spec.Fields {
		v, given := p.with[f.Name]
		if f.Fact == "" || !given || f.Kind == KindDate && v == "" || len(f.Enum) > 0 && v == "" {
			continue
		}
		facts[f.Fact] = v
	}
	for _, name := range casefile.SortedNames(p.spec.Sets) {
		facts[name] = p.spec.Sets[name]
	}
	if p.spec.FilesDraft {
		p.draftFacts(facts)
	}
	if p.spec.Derive != nil {
		derived := p.spec.Derive(p.acting())
		for _, name := range casefile.SortedNames(derived) {
			facts[name] = derived[name]
		}
	}
	p.facts = facts
	for _, name := range casefile.SortedNames(facts) {
		if list, ok := facts[name].([]string); ok && len(list) > maxListFact {
			return badValue("", "案件累计的项目过多。", "the case has accumulated too many items of "+name)
		}
		if n, ok := facts[name].(int64); ok && n > maxCount {
			return badValue("", "案件累计的数目过大。", "the case has accumulated too large a number of "+name)
		}
	}
	return nil
}

// draftFacts are the facts that follow from a new text: a review of the old one
// is not a review of this one.
func (p *planning) draftFacts(facts casefile.Values) {
	yes := func(name string) bool { v, _ := p.c.Facts[name].Value.(bool); return v }
	if yes("reviewed") {
		facts["changes_since_review_substantive"] = true
	}
	if yes("secrecy_review_done") {
		facts["secrecy_review_done"] = false
	}
}

// filed gives the documents that the act adds to the file.
func (p *planning) filed() []casefile.Document {
	var out []casefile.Document
	add := func(digest, kind string) {
		d := casefile.Digest(digest)
		if digest == "" || slices.ContainsFunc(out, func(x casefile.Document) bool { return x.Digest == d }) ||
			kind == casefile.KindMaterial && p.c.HasDocument(d) {
			return
		}
		doc := casefile.Document{Digest: d, Kind: kind, Sequence: p.c.Sequence + 1, FiledOn: p.today}
		if stored := p.stored(d); stored != nil {
			doc.Title, doc.MediaType, doc.Size, doc.Level = stored.Title, stored.MediaType, stored.Size, stored.Level
		}
		if kind == casefile.KindDraft {
			doc.Version = draftVersion(p.c) + 1
			doc.Title = asText(p.with["title"])
		}
		out = append(out, doc)
	}
	if p.spec.FilesDraft {
		add(asText(p.with["draft"]), casefile.KindDraft)
	}
	for _, f := range p.spec.Fields {
		switch f.Kind {
		case KindDigest:
			add(asText(p.with[f.Name]), casefile.KindMaterial)
		case KindDigests:
			for _, digest := range asTexts(p.with[f.Name]) {
				add(digest, casefile.KindMaterial)
			}
		case KindBool, KindInt, KindNumber, KindText, KindDate, KindTexts, KindCase:
		}
	}
	return out
}
