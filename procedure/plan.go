package procedure

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// Plan is what an act, or the passing of time, leads to if the gates open. It
// depends on nothing but the definition, the case, the act, the documents that
// it names and the date; making it again makes the same one.
type Plan struct {
	Gates   []rules.Ref     // asked before the act
	Applies []rules.Ref     // asked about discretionary steps ahead
	Duties  []rules.Ref     // asked about duties after it
	Facts   casefile.Values // to judge with: of the case, of the act, of the engine
	Today   legaltime.Date

	d     *Definition
	c     *casefile.Case
	entry casefile.Entry // as it will be if the gates open, but for what the judgement decides
	move  move
	// recompute says that nothing happens but that due dates are counted anew.
	recompute bool
	// lapses says that time alone concludes a step, where the rules confirm it.
	lapses bool
	pins   *casefile.Pinned // to which the act moves the case; nil for every other act
	number Numbers          // zero for an act that takes no number
}

// Judge gives what has to be asked of the rules.
func (p *Plan) Judge() rules.Input {
	in := rules.Input{Gates: p.Gates, Applies: p.Applies, Duties: p.Duties, Facts: p.Facts, Today: p.Today}
	if p.entry.Act != nil {
		in.Reasons = p.entry.Act.Reasons
	}
	return in
}

// planning is an act on its way to a plan. Each stage may refuse it.
type planning struct {
	d     *Definition
	c     *casefile.Case
	act   casefile.Act
	docs  []casefile.Document
	today legaltime.Date

	step Step // zero for acts of the case
	kind StepType
	run  casefile.StepRun
	spec ActSpec
	rule ActRule

	capacity casefile.Role
	with     casefile.Values
	facts    casefile.Values // established by the act
}

// Plan says what the act leads to, or why it is refused. A refused act leaves
// no trace. The documents are those stored with the organ that the act names.
func (d *Definition) Plan(c *casefile.Case, act casefile.Act, docs []casefile.Document, today legaltime.Date) (*Plan, *casefile.Refusal) {
	p := &planning{d: d, c: c, act: act, docs: docs, today: today}
	for _, stage := range []func() *casefile.Refusal{p.find, p.inTime, p.byWhom, p.inOrder, p.content, p.sense, p.routed, p.paneled, p.reasons, p.establish} {
		if refusal := stage(); refusal != nil {
			refusal.Act = clip(act.Kind)
			return nil, refusal
		}
	}
	plan := p.plan()
	if refusal := plan.signed(); refusal != nil {
		refusal.Act = clip(act.Kind)
		return nil, refusal
	}
	return plan, nil
}

// find looks up the act in the definition.
func (p *planning) find() *casefile.Refusal {
	unknown := refuse(casefile.RefusedUnknownAct, "kind", "本程序没有这一办理行为。", "this procedure has no such act")
	scope, verb := p.act.Split()
	if scope == casefile.CaseScope {
		spec, ok := caseAct(verb)
		rule, allowed := p.d.caseRule(spec)
		if !ok || !allowed {
			return unknown
		}
		p.spec, p.rule = spec, rule
		return nil
	}
	step, ok := p.d.Step(scope)
	if !ok || step.IsBlock() {
		return unknown
	}
	kind, _ := step.Kind()
	spec, ok := kind.Act(verb)
	rule, allowed := ruleFor(step.Rules(), verb)
	if !ok || !allowed {
		return unknown
	}
	p.step, p.kind, p.spec, p.rule = step, kind, spec, rule
	return nil
}

// caseRule says who may do an act of the case. Definitions that were written
// before a case could move have no rule for the acts by which it does: those fall
// to whoever may open a case.
func (d *Definition) caseRule(spec ActSpec) (ActRule, bool) {
	rule, ok := ruleFor(d.Always, spec.Verb)
	if ok || !spec.Implied {
		return rule, ok
	}
	return ActRule{Verb: spec.Verb, Roles: d.Open.Roles}, true
}

func ruleFor(list []ActRule, verb string) (ActRule, bool) {
	at := slices.IndexFunc(list, func(a ActRule) bool { return a.Verb == verb })
	if at < 0 {
		return ActRule{}, false
	}
	return list[at], true
}

// inTime refuses what the state of the case does not admit.
func (p *planning) inTime() *casefile.Refusal {
	if refusal := admitted(p.c, p.spec); refusal != nil {
		return refusal
	}
	if p.step.ID == "" {
		return nil
	}
	run, ok := p.c.Active(p.step.ID)
	if !ok {
		return notNow("案件不在“"+p.step.Title.ZH+"”环节。", "the case is not at "+p.step.Title.EN)
	}
	p.run = run
	return nil
}

// admitted checks the status of the case against what the act asks for.
func admitted(c *casefile.Case, spec ActSpec) *casefile.Refusal {
	switch {
	case c.Status == casefile.StatusClosed:
		return refuse(casefile.RefusedClosed, "", "案件已经办结，不再接受办理行为。", "the case is closed and admits no further act")
	case c.Status == casefile.StatusSuspended && !spec.WhileSuspended:
		return refuse(casefile.RefusedSuspended, "", "案件已经中止，恢复后才能办理。", "the case is suspended; resume it first")
	case c.Status != casefile.StatusSuspended && spec.OnlySuspended:
		return notNow("案件没有中止。", "the case is not suspended")
	case spec.PracticeOnly && !c.Practice:
		return refuse(casefile.RefusedPracticeOnly, "", "该行为只用于演练案件。", "this act exists only in practice cases")
	}
	return nil
}

// byWhom finds the capacity in which the actor acts.
func (p *planning) byWhom() *casefile.Refusal {
	by := p.act.By
	if strings.TrimSpace(string(by.Person)) == "" || utf8.RuneCountInString(string(by.Person)+by.Name+by.Unit) > MaxItems {
		return badValue("by", "办理人缺失或者过长。", "the person who acts is missing or too long")
	}
	if refusal := mandated(by, p.today); refusal != nil {
		return refusal
	}
	roles, refusal := p.votingRoles()
	if refusal != nil {
		return refusal
	}
	capacity, refusal := p.d.capacity(p.c, by, roles, p.spec.Neutral)
	p.capacity = capacity
	return refusal
}

// capacity gives the first of the roles that the actor holds and that no
// separation of duties forbids.
func (d *Definition) capacity(c *casefile.Case, by casefile.Actor, roles []casefile.Role, neutral bool) (casefile.Role, *casefile.Refusal) {
	var forbidden *casefile.Refusal
	for _, r := range roles {
		if !by.Holds(r) {
			continue
		}
		if neutral {
			return "", nil
		}
		if forbidden = d.separated(c, by.Persons(), r); forbidden == nil {
			return r, nil
		}
	}
	if forbidden != nil {
		return "", forbidden
	}
	var zh, en []string
	for _, r := range roles {
		zh, en = append(zh, d.Roles[r].ZH), append(en, d.Roles[r].EN)
	}
	return "", refuse(casefile.RefusedWrongRole, "by", "该行为须由以下人员之一办理："+strings.Join(zh, "、")+"。",
		"this act belongs to one of: "+strings.Join(en, ", "))
}

// mandated refuses a mandate that is not in force. Who holds it is known to those
// who signed the actor in.
func mandated(by casefile.Actor, today legaltime.Date) *casefile.Refusal {
	m := by.Mandate
	switch {
	case m == nil:
		return nil
	case m.Principal == "" || m.Principal == by.Person || !digestForm.MatchString(string(m.Document)):
		return refuse(casefile.RefusedMandate, "under", "授权须写明授权人和授权文书。", "a mandate names its principal and the authorising document")
	case !m.Covers(today):
		return refuse(casefile.RefusedMandate, "under",
			fmt.Sprintf("授权自%s至%s有效，今天（%s）不在期限内。", m.From, m.Until, today),
			fmt.Sprintf("the mandate is in force from %s to %s, and today is %s", m.From, m.Until, today))
	}
	return nil
}

// separated says with which role one of the persons has already acted that
// excludes this one. Whoever acts for another binds both.
func (d *Definition) separated(c *casefile.Case, persons []casefile.PersonID, role casefile.Role) *casefile.Refusal {
	for _, s := range d.Separate {
		if !slices.Contains(s.Roles, role) {
			continue
		}
		for _, held := range c.Acted {
			if slices.Contains(persons, held.Person) && held.Role != role && slices.Contains(s.Roles, held.Role) {
				return refuse(casefile.RefusedSeparation, "by",
					fmt.Sprintf("该人员已在本案中以“%s”身份办理，不得再以“%s”身份办理（%s）。", d.Roles[held.Role].ZH, d.Roles[role].ZH, s.Basis),
					fmt.Sprintf("this person has acted as %s in this case and may not act as %s (%s)", d.Roles[held.Role].EN, d.Roles[role].EN, s.Basis))
			}
		}
	}
	return nil
}

// inOrder keeps the order among the acts of a round.
func (p *planning) inOrder() *casefile.Refusal {
	return ordered(p.kind, p.spec, p.run.Done)
}

func ordered(t StepType, spec ActSpec, done []string) *casefile.Refusal {
	titleOf := func(verb string) casefile.Text {
		s, _ := t.Act(verb)
		return s.Title
	}
	for _, verb := range spec.Needs {
		if !slices.Contains(done, verb) {
			return notNow("须先“"+titleOf(verb).ZH+"”。", "first: "+titleOf(verb).EN)
		}
	}
	for _, verb := range spec.Bars {
		if slices.Contains(done, verb) {
			return notNow("已经“"+titleOf(verb).ZH+"”，不能再办理此行为。", "no longer possible after: "+titleOf(verb).EN)
		}
	}
	if spec.Once && slices.Contains(done, spec.Verb) {
		return notNow("本轮已经“"+spec.Title.ZH+"”。", "already done in this round: "+spec.Title.EN)
	}
	return nil
}

// routed refuses an outcome that the step type has gained since the definition
// of the case was written: nothing says where it leads.
func (p *planning) routed() *casefile.Refusal {
	outcome := p.outcome()
	if outcome == "" || p.step.outcome(outcome).To != "" {
		return nil
	}
	return badValue(p.spec.OutcomeBy, "本案所依的程序版本没有这一结果。", "the version of the procedure that this case follows has no such outcome")
}

// maxReasonText bounds a recorded reason as the rules do.
const maxReasonText = 4000

// reasons checks the recorded reasons. Which rules warn is for the rules to
// say; a reason where no rule is asked at all is refused here.
func (p *planning) reasons() *casefile.Refusal {
	if len(p.act.Reasons) == 0 {
		return nil
	}
	if len(p.act.Reasons) > MaxItems {
		return badValue("reasons", "理由过多。", "too many reasons")
	}
	asked := p.rule.Gate != "" || len(p.spec.Outcomes()) > 0
	for _, rule := range casefile.SortedNames(p.act.Reasons) {
		text := p.act.Reasons[rule]
		if !asked || !ruleForm.MatchString(rule) {
			return refuse(casefile.RefusedUnknownReason, "reasons", "该行为没有可以说明理由的规则“"+clip(rule)+"”。",
				"no rule "+clip(rule)+" is asked here for which a reason could be recorded")
		}
		if strings.TrimSpace(text) == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxReasonText {
			return badValue("reasons", fmt.Sprintf("规则“%s”的理由须为1至%d字。", rule, maxReasonText),
				fmt.Sprintf("the reason for rule %s must have 1 to %d characters", rule, maxReasonText))
		}
	}
	return nil
}
