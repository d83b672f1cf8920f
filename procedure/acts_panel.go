package procedure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// The acts of a step that has a panel.
const (
	inviteVerb = "invite"
	excuseVerb = "excuse"
	voteVerb   = "vote"
)

// Kind gives the step type as the procedure has it: without the acts that it does
// without, and with those of the step's panel, if it has one.
func (s Step) Kind() (StepType, bool) {
	t, ok := Type(s.Type)
	if len(s.Without) > 0 {
		t = t.without(s.Without)
	}
	if ok && s.Panel != nil {
		t.Acts = append(slices.Clip(t.Acts), s.Panel.acts(s.ID)...)
	}
	return t, ok
}

// Rules gives who may do the acts of the step, those of its panel included.
func (s Step) Rules() []ActRule {
	p := s.Panel
	if p == nil {
		return s.Acts
	}
	return append(slices.Clip(s.Acts), ActRule{Verb: inviteVerb, Roles: p.By}, ActRule{Verb: excuseVerb, Roles: p.By},
		ActRule{Verb: voteVerb, Roles: p.Members})
}

func (p *Panel) acts(step string) []ActSpec {
	return []ActSpec{p.invite(step), p.excuse(step), p.vote(step)}
}

// invite (加签) adds a member: behind the others when nothing is said, else before,
// behind or beside one of them.
func (p *Panel) invite(step string) ActSpec {
	var roles []string
	for _, r := range p.Members {
		roles = append(roles, string(r))
	}
	return ActSpec{
		Verb: inviteVerb, Title: title("加签：增加会签人员", "add a member to the panel"),
		Fields: []Field{
			text("person", "会签人员", "member").must(),
			text("name", "姓名", "name").must(), text("unit", "单位", "unit"),
			text("role", "以何身份会签", "role in which the member votes").must().of(roles...),
			text("place", "次序（不填为排在最后）", "place in the order; last when left out").of("before", "after", "parallel"),
			text("of", "相对于哪一位会签人员（不填为全体）", "the member that the place is about; all of them when left out"),
		},
		Gives:  []string{panelFact(step)},
		Derive: func(a *Acting) casefile.Values { return p.keep(a, p.placed(a)) },
		Check:  p.mayInvite,
	}
}

func (p *Panel) mayInvite(a *Acting) *casefile.Refusal {
	now := p.state(a.Case, a.Run)
	person, of := casefile.PersonID(a.Text("person")), casefile.PersonID(a.Text("of"))
	if refusal := p.stillOpen(now); refusal != nil {
		return refusal
	}
	switch {
	case len(person) > maxPerson || strings.ContainsAny(string(person), "\n\r"):
		return badValue("person", "会签人员的编号过长或者含有换行。", "the id of the member is too long or holds a line break")
	case memberAt(now.Members, person) >= 0:
		return badValue("person", "该人员已是会签人员。", "this person is a member already")
	case len(now.Members) >= p.most():
		return notNow(fmt.Sprintf("会签人员至多%d人。", p.most()), fmt.Sprintf("the panel has at most %d members", p.most()))
	case of != "" && memberAt(now.Members, of) < 0:
		return badValue("of", "该人员不是会签人员。", "this person is no member")
	case of != "" && a.Text("place") == "":
		return missing("place", "请写明排在该人员之前、之后还是并行。", "say whether the place is before, after or parallel")
	}
	if p.Mode != PanelSequential {
		return nil
	}
	placed := p.placed(a)
	stage := placed[memberAt(placed, person)].Stage
	if slices.ContainsFunc(placed, func(m PanelMember) bool { return m.Vote != "" && m.Stage > stage }) {
		return badValue("place", "排在其后的人员已经会签，不能再排在其前。", "a member of a later stage has voted already")
	}
	return nil
}

// maxPerson bounds the id of a member, in bytes.
const maxPerson = 400

// stillOpen refuses to change a panel that has decided: on this draft, its outcome
// cannot change any more.
func (p *Panel) stillOpen(now PanelState) *casefile.Refusal {
	if now.Asked && now.Decided {
		return notNow("会签已有结果，草案修改前不再增减会签人员。", "the panel has decided; its members change only when the draft does")
	}
	return nil
}

// placed gives the members with the new one in its place.
func (p *Panel) placed(a *Acting) []PanelMember {
	members := p.state(a.Case, a.Run).Members
	first, last := 1, 0 // stages that the place is about
	for _, m := range members {
		last = max(last, m.Stage)
	}
	if at := memberAt(members, casefile.PersonID(a.Text("of"))); a.Text("of") != "" && at >= 0 {
		first, last = members[at].Stage, members[at].Stage
	}
	stage := last + 1
	switch a.Text("place") {
	case "before":
		stage = first
	case "parallel":
		stage = max(last, 1)
	}
	for i := range members {
		if a.Text("place") != "parallel" && members[i].Stage >= stage {
			members[i].Stage++
		}
	}
	members = append(members, PanelMember{
		Person: casefile.PersonID(a.Text("person")), Role: casefile.Role(a.Text("role")), Stage: stage,
	})
	slices.SortStableFunc(members, func(x, y PanelMember) int { return x.Stage - y.Stage })
	return members
}

// keep gives the members as a fact.
func (p *Panel) keep(a *Acting, members []PanelMember) casefile.Values {
	return casefile.Values{panelFact(a.Run.Step): listedMembers(members, a.Run.Round)}
}

// excuse (减签) removes a member who has not voted on the current draft, with a
// reason, and never below the legal minimum.
func (p *Panel) excuse(step string) ActSpec {
	return ActSpec{
		Verb: excuseVerb, Title: title("减签：减少会签人员", "remove a member from the panel"),
		Fields: []Field{text("person", "会签人员", "member").must(), reason()},
		Gives:  []string{panelFact(step)},
		Derive: func(a *Acting) casefile.Values { return p.keep(a, p.without(a)) },
		Check:  p.mayExcuse,
	}
}

func (p *Panel) without(a *Acting) []PanelMember {
	return slices.DeleteFunc(p.state(a.Case, a.Run).Members, func(m PanelMember) bool { return string(m.Person) == a.Text("person") })
}

func (p *Panel) mayExcuse(a *Acting) *casefile.Refusal {
	now := p.state(a.Case, a.Run)
	at := memberAt(now.Members, casefile.PersonID(a.Text("person")))
	if at < 0 {
		return badValue("person", "该人员不是会签人员。", "this person is no member")
	}
	if refusal := p.stillOpen(now); refusal != nil {
		return refusal
	}
	if now.Members[at].Vote != "" {
		return notNow("该人员已经会签，其意见保留在案。", "this member has voted; the vote stands")
	}
	left := p.without(a)
	short, lacking := p.lacks(left)
	if p.Least == nil && len(left) == 0 || short == 0 && len(lacking) == 0 {
		return nil
	}
	basis := p.Basis
	if p.Least != nil {
		basis = p.Least.Basis
	}
	return notNow("减去该人员后，会签人员少于最低要求（"+basis+"）。", "without this member the panel would be below its minimum ("+basis+")")
}

// vote is the opinion of one member on the current draft.
func (p *Panel) vote(step string) ActSpec {
	return ActSpec{
		Verb: voteVerb, Title: title("会签", "vote on the draft"), Opinion: true,
		Fields: []Field{
			currentDraft(),
			text("conclusion", "意见", "opinion").must().of(VoteAgree, VoteChanges, VoteDisagree),
			text("changes", "修改意见", "changes asked for").restricted(),
			text("reason", "理由", "reason").restricted(),
			text("article", "依据的条款", "article").restricted(), attached(),
		},
		Gives: []string{votesFact(step)},
		Derive: func(a *Acting) casefile.Values {
			draft, _ := a.Case.CurrentDraft()
			vote := fmt.Sprintf("%d|%s|%s=%s", a.Run.Round, draft.Digest, votesFor(a.By), a.Text("conclusion"))
			votes := ofThisRound(a.factTexts(votesFact(step)), a.Run.Round)
			return casefile.Values{votesFact(step): append(with(nil), append(votes, vote)...)}
		},
		Check: p.mayVote,
	}
}

// votesFor gives the member for whom somebody votes.
func votesFor(by casefile.Actor) casefile.PersonID {
	if by.Mandate != nil {
		return by.Mandate.Principal
	}
	return by.Person
}

func (p *Panel) mayVote(a *Acting) *casefile.Refusal {
	now := p.state(a.Case, a.Run)
	at := memberAt(now.Members, votesFor(a.By))
	if at < 0 {
		return noMember()
	}
	switch m := now.Members[at]; {
	case m.Vote != "":
		return notNow("已对现行草案会签。", "this member has voted on the current draft")
	case !m.Turn:
		return notNow("依次会签，尚未轮到。还须先由"+whoVotes(now, m.Stage)+"会签。", "it is not this member's turn; first: "+whoVotes(now, m.Stage))
	}
	return grounded(a)
}

// grounded asks for what the kind of opinion needs beside itself.
func grounded(a *Acting) *casefile.Refusal {
	kind := a.Text("conclusion")
	switch {
	case kind == VoteChanges && !a.Has("changes"):
		return missing("changes", "同意但须修改的，写明修改意见。", "whoever agrees with changes says which")
	case kind == VoteDisagree && !a.Has("reason"):
		return missing("reason", "不同意的，须说明理由。", "whoever disagrees gives a reason")
	case kind == VoteDisagree && !a.Has("article"):
		return missing("article", "不同意的，须写明所依据的条款。", "whoever disagrees names the article")
	}
	return nil
}

func noMember() *casefile.Refusal {
	return refuse(casefile.RefusedWrongRole, "by", "会签限于会签人员本人或者持其授权的人员。", "only a member of the panel votes, or whoever holds a mandate of one")
}

// whoVotes names the members whose votes are still to come; with a stage, only
// those of earlier ones.
func whoVotes(now PanelState, before int) string {
	var out []string
	for _, m := range now.Members {
		if m.Vote == "" && (before == 0 || m.Stage < before) {
			out = append(out, clip(string(m.Person)))
		}
	}
	const most = 5
	if len(out) > most {
		out = append(out[:most], "…")
	}
	return strings.Join(out, "、")
}

// votingRoles narrows the roles of a vote to the one in which the member was
// invited.
func (p *planning) votingRoles() ([]casefile.Role, *casefile.Refusal) {
	if p.step.Panel == nil || p.spec.Verb != voteVerb {
		return p.rule.Roles, nil
	}
	members := p.step.Panel.state(p.c, p.run).Members
	at := memberAt(members, votesFor(p.act.By))
	if at < 0 {
		return nil, noMember()
	}
	return []casefile.Role{members[at].Role}, nil
}

// mayVoteNow reports whether it is the turn of the member for whom somebody would
// vote.
func (d *Definition) mayVoteNow(c *casefile.Case, by casefile.Actor, s Step) bool {
	run, _ := c.Active(s.ID)
	members := s.Panel.state(c, run).Members
	at := memberAt(members, votesFor(by))
	if at < 0 || !members[at].Turn {
		return false
	}
	_, refusal := d.capacity(c, by, []casefile.Role{members[at].Role}, false)
	return refusal == nil
}

// paneled refuses to conclude a step before its panel has decided, and as agreed
// when it has not agreed.
func (p *planning) paneled() *casefile.Refusal {
	outcome := p.outcome()
	if outcome == "" || p.step.Panel == nil || !slices.Contains(p.step.Panel.Before, p.spec.Verb) {
		return nil
	}
	now := p.step.Panel.state(p.c, p.run)
	if refusal := p.d.undecided(now); refusal != nil {
		return refusal
	}
	if now.Asked && !now.Agreed && slices.Contains(p.step.Panel.Agreed, outcome) {
		return notNow("会签未获同意，不能以该结果办结（"+p.step.Panel.Basis+"）。", "the panel has not agreed: the step cannot end so ("+p.step.Panel.Basis+")")
	}
	return nil
}

// undecided says what a panel that has not decided waits for; nil when nothing.
func (d *Definition) undecided(now PanelState) *casefile.Refusal {
	switch {
	case !now.Asked || now.Decided:
		return nil
	case len(now.Lacking) > 0:
		var zh, en []string
		for _, r := range now.Lacking {
			zh, en = append(zh, d.Roles[r].ZH), append(en, d.Roles[r].EN)
		}
		return notNow("会签人员中还须有："+strings.Join(zh, "、")+"。", "the panel still needs a member who is: "+strings.Join(en, ", "))
	case now.Short > 0:
		return notNow(fmt.Sprintf("会签人员还缺%d人。", now.Short), fmt.Sprintf("the panel lacks %d members", now.Short))
	}
	return notNow("会签尚无结果，还须由"+whoVotes(now, 0)+"会签。", "the panel has not decided; still to vote: "+whoVotes(now, 0))
}

// waitsForPanel reports whether an act is not possible because the panel of the
// step has not decided.
func (d *Definition) waitsForPanel(c *casefile.Case, s Step, run casefile.StepRun, spec ActSpec) bool {
	return s.Panel != nil && slices.Contains(s.Panel.Before, spec.Verb) && d.undecided(s.Panel.state(c, run)) != nil
}
