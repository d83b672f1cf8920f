package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// NewCase is a case that is about to be opened.
type NewCase struct {
	Case     casefile.ID
	Organ    casefile.OrganID
	Matter   casefile.Matter
	Act      casefile.Act // of kind "case.open"
	Practice bool
	Pinned   casefile.Pinned
	Initial  casefile.Values // initial facts of the pinned packs; see [InitialFacts]
	Today    legaltime.Date
}

// OpeningKind is the kind of the act that opens a case.
const OpeningKind = "case.open"

// OpeningAct describes the act that opens a case.
func OpeningAct() ActSpec {
	return ActSpec{
		Verb: "open", Title: title("立案", "open the case"),
		Fields: []Field{
			text("body_kind", "决策机关类型", "kind of decision-making body").must().
				of("district-gov", "department", "town", "sub-district").is("body_kind"),
			flag("contains_state_secret", "含有国家秘密", "contains state secrets").must().is("contains_state_secret"),
			text("decision_body", "决策机关（不填为本机关）", "decision-making body; this organ when left out").is("decision_body"),
		},
	}
}

// PlanOpening says what opening the case leads to: the initial facts of the
// record, the facts of the opening act, and the first step.
func (d *Definition) PlanOpening(n NewCase) (*Plan, *casefile.Refusal) {
	p := &planning{
		d: d, c: &casefile.Case{ID: n.Case, Organ: n.Organ, Practice: n.Practice}, act: n.Act, today: n.Today,
		spec: OpeningAct(), rule: ActRule{Verb: "open", Roles: d.Open.Roles, Gate: d.Open.Gate},
	}
	follows := func() *casefile.Refusal { return d.Open.followsOne(n.Matter) }
	stages := []func() *casefile.Refusal{p.isOpening, p.byWhom, follows, p.content, p.reasons, p.establish}
	for _, stage := range stages {
		if refusal := stage(); refusal != nil {
			refusal.Act = clip(n.Act.Kind)
			return nil, refusal
		}
	}
	facts := casefile.Values{"decision_body": string(n.Organ)}
	for _, given := range []casefile.Values{n.Initial, p.facts} {
		for _, name := range casefile.SortedNames(given) {
			if name == "decision_body" && asText(given[name]) == "" {
				continue
			}
			facts[name] = given[name]
		}
	}
	p.facts = facts
	plan := p.plan()
	plan.move = move{to: d.Start}
	plan.Applies = d.appliesAhead(d.Start)
	plan.entry.Kind = casefile.EntryOpened
	plan.entry.Matter, plan.entry.Pinned = &n.Matter, &n.Pinned
	return plan, nil
}

func (p *planning) isOpening() *casefile.Refusal {
	if p.act.Kind != OpeningKind {
		return refuse(casefile.RefusedUnknownAct, "kind", "立案的行为是 case.open。", "a case is opened by the act case.open")
	}
	if p.today.IsZero() {
		return badValue("starts", "缺少日期。", "the date is missing")
	}
	return nil
}

// followsOne refuses a case that stands alone where the procedure takes up another.
func (o Opening) followsOne(m casefile.Matter) *casefile.Refusal {
	if len(o.Follows) == 0 || m.Follows != "" {
		return nil
	}
	return missing("matter.follows", "本程序须接续此前的案件，请写明所接续的案件。", "this procedure takes up a case before; name it")
}

// Admits reports whether a case of the procedure may follow the case.
func (o Opening) Admits(before casefile.Case) bool {
	id, _, _ := strings.Cut(before.Pinned.Procedure, "@")
	return len(o.Follows) == 0 || slices.ContainsFunc(o.Follows, func(p Previous) bool {
		return p.Procedure == id && (len(p.As) == 0 || slices.Contains(p.As, before.End))
	})
}

// InitialFacts gives the facts that the opening entry of a case establishes
// because the record itself shows that nothing has happened yet. The packs are
// those pinned to the case.
func InitialFacts(packs []*rules.Pack) casefile.Values {
	out := casefile.Values{}
	for _, pack := range packs {
		initial := pack.Vocabulary().Initial()
		for _, fact := range casefile.SortedNames(initial) {
			out[fact] = initial[fact]
		}
	}
	return out
}
