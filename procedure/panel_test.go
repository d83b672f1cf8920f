package procedure_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// countersigned gives a made-up definition with a panel, with texts replaced in
// pairs.
func countersigned(t testing.TB, pairs ...string) *procedure.Definition {
	t.Helper()
	b, err := os.ReadFile("testdata/panel/definition.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := procedure.Load("x.yaml", []byte(replaced(t, string(b), pairs...)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func replaced(t testing.TB, src string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(src, pairs[i]) {
			t.Fatalf("the definition has no %q", pairs[i])
		}
		src = strings.Replace(src, pairs[i], pairs[i+1], 1)
	}
	return src
}

// toPanel walks to the step with the panel.
func toPanel(t testing.TB, d *procedure.Definition) *walk {
	t.Helper()
	w := newWalk(t, d, passing(casefile.Pass), "2024-03-01")
	w.do("drafter", "drafting.file_draft", v{"draft": digest(1), "title": "草案"})
	w.do("drafter", "drafting.conclude", nil)
	return w
}

func member(person string, role casefile.Role) casefile.Actor {
	return casefile.Actor{Person: casefile.PersonID(person), Name: person, Roles: []casefile.Role{role}}
}

func (w *walk) invite(person string, role casefile.Role, place ...string) {
	w.t.Helper()
	with := v{"person": person, "name": person, "role": string(role)}
	if len(place) > 0 {
		with["place"] = place[0]
	}
	if len(place) > 1 {
		with["of"] = place[1]
	}
	w.do("drafter", "countersign.invite", with)
}

func ballot(kind string, draft int) v {
	out := v{"draft": digest(draft), "conclusion": kind}
	switch kind {
	case procedure.VoteChanges:
		out["changes"] = "修改第二条"
	case procedure.VoteDisagree:
		out["reason"], out["article"] = "经费没有来源", "预算法 第十三条"
	}
	return out
}

func (w *walk) vote(person string, role casefile.Role, kind string, draft int) casefile.Entry {
	w.t.Helper()
	return w.try(w.act(member(person, role), "countersign.vote", ballot(kind, draft)))
}

func (w *walk) panel() procedure.PanelState {
	s, _ := w.d.Panel(&w.c, "countersign")
	return s
}

var (
	opinion = v{"draft": digest(1), "conclusion": "pass", "text": "会签完毕"}
	kinds   = []string{"", procedure.VoteAgree, procedure.VoteChanges, procedure.VoteDisagree}
)

// outcomeOf says what a panel comes to once everybody has voted.
func outcomeOf(mode procedure.PanelMode, k int, votes []string) bool {
	yes := 0
	for _, kind := range votes {
		if kind == procedure.VoteAgree || kind == procedure.VoteChanges {
			yes++
		}
	}
	switch mode {
	case procedure.PanelAny:
		return yes >= 1
	case procedure.PanelKOfN:
		return yes >= k
	case procedure.PanelAll, procedure.PanelSequential:
	}
	return yes == len(votes)
}

// outcomes gives every outcome that the votes still to come can lead to.
func outcomes(mode procedure.PanelMode, k int, votes []string) map[bool]bool {
	at := slices.Index(votes, "")
	if at < 0 {
		return map[bool]bool{outcomeOf(mode, k, votes): true}
	}
	out := map[bool]bool{}
	for _, kind := range kinds[1:] {
		next := slices.Clone(votes)
		next[at] = kind
		for o := range outcomes(mode, k, next) {
			out[o] = true
		}
	}
	return out
}

// everyBallot visits every combination of n votes, given or not.
func everyBallot(n int, visit func(votes []string)) {
	votes := make([]string, n)
	var fill func(i int)
	fill = func(i int) {
		if i == n {
			visit(votes)
			return
		}
		for _, kind := range kinds {
			votes[i] = kind
			fill(i + 1)
		}
	}
	fill(0)
}

// seated gives a case at a panel whose members have voted so.
func seated(votes []string) *casefile.Case {
	c := &casefile.Case{
		ID: "c", Status: casefile.StatusRunning, Steps: []casefile.StepRun{{Step: "countersign", Round: 1, State: casefile.StepActive}},
		Documents: []casefile.Document{{Digest: casefile.Digest(digest(1)), Kind: casefile.KindDraft, Version: 1}},
	}
	var members, cast []string
	for i, kind := range votes {
		role := []string{"justice", "finance"}[min(i, 1)]
		members = append(members, fmt.Sprintf("1|%d|%s|p%d", i+1, role, i))
		if kind != "" {
			cast = append(cast, fmt.Sprintf("1|%s|p%d=%s", digest(1), i, kind))
		}
	}
	c.Facts = map[string]casefile.Fact{"countersign.panel": {Value: members}, "countersign.votes": {Value: cast}}
	return c
}

// rule is a way to count votes.
type rule struct {
	mode procedure.PanelMode
	k    int
}

func (r rule) String() string { return fmt.Sprintf("%s %d", r.mode, r.k) }

// counted gives the definition with a way to count, for panels of n and more.
func (r rule) counted(t *testing.T, n int, more ...string) *procedure.Definition {
	t.Helper()
	mode := "mode: " + string(r.mode)
	if r.k > 0 {
		mode += fmt.Sprintf("\n      k: %d", r.k)
	}
	return countersigned(t, append([]string{"mode: all", mode, "members: 2, roles: [justice]", fmt.Sprintf("members: %d", n)}, more...)...)
}

func rulesFor(n int) []rule {
	out := []rule{{procedure.PanelAny, 0}, {procedure.PanelAll, 0}, {procedure.PanelSequential, 0}}
	for k := 1; k <= n; k++ {
		out = append(out, rule{procedure.PanelKOfN, k})
	}
	return out
}

// Every panel of up to four members, with every combination of votes: any-of and
// k-of-n decide exactly when no vote to come can change the outcome, all-of and
// sequential when everybody was heard.
func TestAPanelDecidesExactlyWhenItsOutcomeIsSettled(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for _, r := range rulesFor(n) {
			d := r.counted(t, n)
			everyBallot(n, func(votes []string) {
				got, ok := d.Panel(seated(votes), "countersign")
				can := outcomes(r.mode, r.k, votes)
				decided := len(can) == 1
				if r.mode == procedure.PanelAll || r.mode == procedure.PanelSequential {
					decided = !slices.Contains(votes, "")
				}
				if !ok || !got.Asked || got.Decided != decided || decided && got.Agreed != can[true] {
					t.Errorf("%s, votes %q: %+v, outcomes to come %v", r, votes, got, can)
				}
			})
		}
	}
}

// What a stricter panel agrees to, the laxer one that it builds on agrees to as
// well; so an overlay can only close what the base would leave open.
func TestAPanelOfAnOverlayAgreesToNothingThatTheBaseWouldNot(t *testing.T) {
	const n = 3
	accepted := 0
	for _, base := range rulesFor(n) {
		for _, over := range rulesFor(n) {
			b, o := base.counted(t, n), over.counted(t, n, "id: xx.countersigned\n", "id: xx.local\nover: xx.countersigned@1\n")
			if procedure.Tightens(b, o) != nil {
				continue
			}
			accepted++
			everyBallot(n, func(votes []string) {
				c := seated(votes)
				laxer, _ := b.Panel(c, "countersign")
				stricter, _ := o.Panel(c, "countersign")
				if stricter.Decided && stricter.Agreed && !outcomes(base.mode, base.k, votes)[true] || stricter.Decided && stricter.Agreed && laxer.Decided && !laxer.Agreed {
					t.Errorf("%s over %s agrees with %q", over, base, votes)
				}
			})
		}
	}
	if accepted < len(rulesFor(n)) {
		t.Errorf("%d pairs accepted: not even a panel over its like", accepted)
	}
}

func TestAStepWaitsForItsPanel(t *testing.T) {
	w := toPanel(t, countersigned(t))
	missing := func(want string) {
		t.Helper()
		_, refusal := w.d.Plan(&w.c, w.act(by("office"), "countersign.opine", opinion), papers(opinion), w.today)
		if refusal == nil || refusal.Code != casefile.RefusedNotPossible || !strings.Contains(refusal.Message.EN, want) {
			t.Errorf("refused with %v, want %q", refusal, want)
		}
		if slices.ContainsFunc(w.d.Possible(&w.c, by("office")), func(p procedure.Possible) bool { return p.Kind == "countersign.opine" }) {
			t.Error("the opinion is listed as possible")
		}
	}
	missing("still needs a member who is: justice")
	w.invite("张", "justice")
	missing("lacks 1 members")
	w.invite("李", "finance")
	missing("still to vote: 张、李")
	w.vote("李", "finance", procedure.VoteAgree, 1)
	missing("still to vote: 张")
	if e := w.vote("张", "justice", procedure.VoteChanges, 1); e.Opinion == nil || e.Opinion.Conclusion != procedure.VoteChanges || string(e.Opinion.Draft) != digest(1) {
		t.Errorf("the vote is no opinion on the draft: %+v", e.Opinion)
	}
	w.do("office", "countersign.opine", opinion)
	if w.c.Status != casefile.StatusClosed || w.c.End != "done" {
		t.Errorf("the case is %s as %q", w.c.Status, w.c.End)
	}
}

func TestADraftMayBeSentBackWithoutThePanel(t *testing.T) {
	w := toPanel(t, countersigned(t))
	w.invite("张", "justice")
	w.do("office", "countersign.rework", v{"reason": "修改"})
	w.at("drafting")
	w.do("drafter", "drafting.conclude", nil)
	if got := w.panel(); len(got.Members) > 0 || got.Decided {
		t.Errorf("a new round begins with %+v", got)
	}
}

func TestAgainstThePanelAStepDoesNotEndAsAgreed(t *testing.T) {
	w := toPanel(t, countersigned(t))
	w.invite("张", "justice")
	w.invite("李", "finance")
	w.vote("张", "justice", procedure.VoteAgree, 1)
	w.vote("李", "finance", procedure.VoteDisagree, 1)
	w.refused(by("office"), "countersign.opine", opinion, casefile.RefusedNotPossible)
	w.refused(by("office"), "countersign.omit", v{"reason": "x"}, casefile.RefusedNotPossible)
	w.do("office", "countersign.opine", v{"draft": digest(1), "conclusion": "fix", "text": "退回修改"})
	w.at("countersign")
	if got := w.panel(); len(got.Members) > 0 {
		t.Errorf("a new round begins with %+v", got)
	}
}

func TestWhatAVoteNeeds(t *testing.T) {
	w := toPanel(t, countersigned(t))
	w.invite("张", "justice")
	w.invite("李", "finance")
	for name, tt := range map[string]struct {
		who  casefile.Actor
		with v
		want casefile.RefusalCode
	}{
		"disagreement without a reason":   {member("张", "justice"), v{"draft": digest(1), "conclusion": "disagree", "article": "第三条"}, casefile.RefusedMissingField},
		"disagreement without an article": {member("张", "justice"), v{"draft": digest(1), "conclusion": "disagree", "reason": "不合"}, casefile.RefusedMissingField},
		"changes that are not named":      {member("张", "justice"), v{"draft": digest(1), "conclusion": "agree_with_changes"}, casefile.RefusedMissingField},
		"a kind that does not exist":      {member("张", "justice"), v{"draft": digest(1), "conclusion": "abstain"}, casefile.RefusedBadValue},
		"another draft":                   {member("张", "justice"), v{"draft": digest(2), "conclusion": "agree"}, casefile.RefusedStaleDigest},
		"no draft":                        {member("张", "justice"), v{"conclusion": "agree"}, casefile.RefusedMissingField},
		"somebody who was not invited":    {member("王", "justice"), ballot("agree", 1), casefile.RefusedWrongRole},
		"a role other than invited in":    {member("张", "finance"), ballot("agree", 1), casefile.RefusedWrongRole},
		"a role that excludes another":    {casefile.Actor{Person: "drafter", Name: "x", Roles: []casefile.Role{"justice"}}, ballot("agree", 1), casefile.RefusedWrongRole},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refused(tt.who, "countersign.vote", tt.with, tt.want)
		})
	}
	w.t = t
	w.vote("张", "justice", procedure.VoteAgree, 1)
	w.refused(member("张", "justice"), "countersign.vote", ballot("disagree", 1), casefile.RefusedNotPossible)
	w.invite("drafter", "justice")
	w.refused(member("drafter", "justice"), "countersign.vote", ballot("agree", 1), casefile.RefusedSeparation)
}

// A vote is done in the role of the invitation, also for those who ask which role
// that is before it is done, such as the checks of independence.
func TestAVoteIsDoneInTheRoleOfTheInvitation(t *testing.T) {
	w := toPanel(t, countersigned(t))
	w.invite("张", "justice")
	w.invite("李", "finance")
	both := casefile.Actor{Person: "张", Name: "张", Roles: []casefile.Role{"finance", "justice"}}
	act := w.act(both, "countersign.vote", ballot(procedure.VoteAgree, 1))
	if got := w.d.CapacityFor(&w.c, act); got != "justice" {
		t.Errorf("the vote would be done as %q", got)
	}
	if e := w.try(act); e.Act.By.Capacity != "justice" || e.Opinion.Capacity != "justice" {
		t.Errorf("the vote was done as %q", e.Act.By.Capacity)
	}
	act.By.Person = "王"
	if got := w.d.CapacityFor(&w.c, act); got != "" {
		t.Errorf("somebody who was not invited would vote as %q", got)
	}
}

func TestAMandateVotesForItsPrincipal(t *testing.T) {
	w := toPanel(t, countersigned(t))
	w.invite("张", "justice")
	w.invite("李", "finance")
	who := member("助手", "justice")
	who.Mandate = &casefile.Mandate{ID: "m1", Kind: casefile.ActingFor, Principal: "张", Document: casefile.Digest(digest(9)),
		From: day("2024-02-01"), Until: day("2024-04-01")}
	w.try(w.act(who, "countersign.vote", ballot(procedure.VoteAgree, 1)))
	if m := w.panel().Members[0]; m.Person != "张" || m.Vote != procedure.VoteAgree {
		t.Errorf("the vote went to %+v", w.panel().Members)
	}
	w.refused(member("张", "justice"), "countersign.vote", ballot(procedure.VoteAgree, 1), casefile.RefusedNotPossible)
	who.Mandate.Principal = "李"
	w.refused(who, "countersign.vote", ballot(procedure.VoteAgree, 1), casefile.RefusedWrongRole)
}

func TestMembersOfASequenceVoteInTurn(t *testing.T) {
	w := toPanel(t, countersigned(t, "mode: all", "mode: sequential"))
	order := func(want string) {
		t.Helper()
		var got []string
		for _, m := range w.panel().Members {
			got = append(got, fmt.Sprintf("%d%s", m.Stage, m.Person))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("the order is %v, want %s", got, want)
		}
	}
	w.invite("甲", "justice")
	w.invite("乙", "finance")
	w.invite("丙", "finance", "parallel", "甲")
	order("1甲 1丙 2乙")
	w.refused(member("乙", "finance"), "countersign.vote", ballot("agree", 1), casefile.RefusedNotPossible)
	w.vote("甲", "justice", procedure.VoteAgree, 1)
	w.invite("丁", "finance", "after", "甲")
	order("1甲 1丙 2丁 3乙")
	w.vote("丙", "finance", procedure.VoteAgree, 1)
	w.vote("丁", "finance", procedure.VoteAgree, 1)
	late := v{"person": "戊", "name": "戊", "role": "finance", "place": "before", "of": "丁"}
	w.refused(by("drafter"), "countersign.invite", late, casefile.RefusedBadValue)
	late["of"] = "乙"
	w.do("drafter", "countersign.invite", late)
	order("1甲 1丙 2丁 3戊 4乙")
	w.refused(member("乙", "finance"), "countersign.vote", ballot("agree", 1), casefile.RefusedNotPossible)
	w.do("drafter", "countersign.excuse", v{"person": "戊", "reason": "出差"})
	w.vote("乙", "finance", procedure.VoteDisagree, 1)
	if got := w.panel(); !got.Decided || got.Agreed {
		t.Errorf("the panel stands at %+v", got)
	}
}

func TestWhoCanBeInvited(t *testing.T) {
	w := toPanel(t, countersigned(t))
	w.refused(by("office"), "countersign.invite", v{"person": "张", "name": "张", "role": "justice"}, casefile.RefusedWrongRole)
	for name, tt := range map[string]struct {
		with v
		want casefile.RefusalCode
	}{
		"a role that is none of the panel's": {v{"person": "张", "name": "张", "role": "chief"}, casefile.RefusedBadValue},
		"beside nobody":                      {v{"person": "张", "name": "张", "role": "justice", "place": "after", "of": "王"}, casefile.RefusedBadValue},
		"beside somebody, and not where":     {v{"person": "张", "name": "张", "role": "justice", "of": "李"}, casefile.RefusedMissingField},
		"somebody twice":                     {v{"person": "李", "name": "李", "role": "justice"}, casefile.RefusedBadValue},
		"a line break":                       {v{"person": "张\n三", "name": "张", "role": "justice"}, casefile.RefusedBadValue},
	} {
		t.Run(name, func(t *testing.T) {
			w := toPanel(t, countersigned(t))
			w.invite("李", "finance")
			w.refused(by("drafter"), "countersign.invite", tt.with, tt.want)
		})
	}
	for n := range 5 {
		w.invite(fmt.Sprint("p", n), "finance")
	}
	w.refused(by("drafter"), "countersign.invite", v{"person": "p5", "name": "x", "role": "justice"}, casefile.RefusedNotPossible)
}

func TestNobodyIsExcusedBelowTheLegalMinimum(t *testing.T) {
	w := toPanel(t, countersigned(t))
	w.invite("张", "justice")
	w.invite("李", "finance")
	w.refused(by("drafter"), "countersign.excuse", v{"person": "李", "reason": "x"}, casefile.RefusedNotPossible) // two at least
	w.invite("王", "finance")
	w.refused(by("drafter"), "countersign.excuse", v{"person": "王"}, casefile.RefusedMissingField)
	w.refused(by("drafter"), "countersign.excuse", v{"person": "赵", "reason": "x"}, casefile.RefusedBadValue)
	w.refused(by("drafter"), "countersign.excuse", v{"person": "张", "reason": "x"}, casefile.RefusedNotPossible) // justice has to be there
	w.do("drafter", "countersign.excuse", v{"person": "王", "reason": "回避"})
	w.vote("李", "finance", procedure.VoteAgree, 1)
	w.invite("王", "finance")
	w.refused(by("drafter"), "countersign.excuse", v{"person": "李", "reason": "x"}, casefile.RefusedNotPossible) // has voted
}

func TestAChangedDraftAsksThePanelAgain(t *testing.T) {
	w := toPanel(t, countersigned(t))
	w.invite("张", "justice")
	w.invite("李", "finance")
	w.vote("张", "justice", procedure.VoteAgree, 1)
	w.vote("李", "finance", procedure.VoteAgree, 1)
	w.refused(by("drafter"), "countersign.invite", v{"person": "王", "name": "王", "role": "finance"}, casefile.RefusedNotPossible)
	w.refused(by("drafter"), "countersign.excuse", v{"person": "李", "reason": "x"}, casefile.RefusedNotPossible)
	w.do("drafter", "case.revise", v{"draft": digest(2), "title": "修改稿", "changes": "第二条"})
	if got := w.panel(); got.Decided || !got.Members[0].Stale || !got.Members[1].Stale || got.Members[0].Vote != "" {
		t.Errorf("after the change the panel stands at %+v", got)
	}
	changed := v{"draft": digest(2), "conclusion": "pass", "text": "会签完毕"}
	w.refused(by("office"), "countersign.opine", changed, casefile.RefusedNotPossible)
	w.invite("王", "finance")
	w.do("drafter", "countersign.excuse", v{"person": "李", "reason": "不再涉及"})
	w.vote("张", "justice", procedure.VoteAgree, 2)
	w.vote("王", "finance", procedure.VoteAgree, 2)
	w.do("office", "countersign.opine", changed)
}

func TestAPanelWithoutAMinimumIsAskedOnlyWhenSomebodyIsInvited(t *testing.T) {
	optional := []string{"      least: {members: 2, roles: [justice], basis: 本地办法 第五条}\n", ""}
	w := toPanel(t, countersigned(t, optional...))
	w.invite("张", "justice")
	w.refused(by("office"), "countersign.opine", opinion, casefile.RefusedNotPossible)
	w.do("drafter", "countersign.excuse", v{"person": "张", "reason": "不涉及"})
	w.do("office", "countersign.opine", opinion)
}

// Random acts at a panel: what it has decided stays decided as long as the draft
// is the same, the step ends only when it may, and nobody votes out of turn.
func TestWhateverHappensADecidedPanelStaysDecided(t *testing.T) {
	definitions := []*procedure.Definition{rule{procedure.PanelSequential, 0}.counted(t, 2, "members: 2", "members: 1, roles: [justice]")}
	for _, r := range rulesFor(3) {
		definitions = append(definitions, r.counted(t, 2))
	}
	start := toPanel(t, definitions[0]).c // the same under each
	people := []string{"甲", "乙", "丙", "丁"}
	decided, reopened := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		d := rapid.SampledFrom(definitions).Draw(rt, "definition")
		w := &walk{t: t, d: d, judge: passing(casefile.Pass), c: copied(rt, start), today: start.Today}
		draft := 1
		for range rapid.IntRange(1, 25).Draw(rt, "acts") {
			before, who := w.panel(), rapid.SampledFrom(people).Draw(rt, "who")
			role := rapid.SampledFrom([]casefile.Role{"finance", "justice"}).Draw(rt, "role")
			actor, with := by("drafter"), v{"person": who, "name": who, "role": string(role)}
			kind := rapid.SampledFrom([]string{"invite", "vote", "vote", "vote", "excuse", "revise"}).Draw(rt, "kind")
			switch kind {
			case "invite":
				if len(before.Members) > 0 && rapid.Bool().Draw(rt, "placed") {
					with["place"] = rapid.SampledFrom([]string{"before", "after", "parallel"}).Draw(rt, "place")
					with["of"] = string(rapid.SampledFrom(before.Members).Draw(rt, "of").Person)
				}
			case "vote":
				actor, with = casefile.Actor{Person: casefile.PersonID(who), Name: who, Roles: []casefile.Role{"finance", "justice"}},
					ballot(rapid.SampledFrom(kinds[1:]).Draw(rt, "opinion"), draft)
			case "excuse":
				with = v{"person": who, "reason": "回避"}
			case "revise":
				with = v{"draft": digest(draft + 1), "title": "修改", "changes": "x"}
			}
			name := "countersign." + kind
			if kind == "revise" {
				name = "case.revise"
			}
			act := w.act(actor, name, with)
			plan, refusal := d.Plan(&w.c, act, papers(with), w.today)
			if refusal == nil {
				w.record(plan)
				if kind == "revise" {
					draft++
				}
			}
			after := w.panel()
			checkPanel(rt, d, w, before, after, kind, who, refusal == nil)
			if before.Decided && kind != "revise" {
				decided++
			}
			if before.Decided && !after.Decided {
				reopened++
			}
		}
	})
	if decided == 0 || reopened == 0 {
		t.Errorf("%d acts on a decided panel, %d times the draft reopened it: the walks try too little", decided, reopened)
	}
}

func copied(rt *rapid.T, c casefile.Case) (out casefile.Case) {
	b, err := json.Marshal(c)
	if err != nil {
		rt.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		rt.Fatal(err)
	}
	return out
}

func checkPanel(rt *rapid.T, d *procedure.Definition, w *walk, before, after procedure.PanelState, kind, who string, admitted bool) {
	if kind != "revise" && before.Decided && (!after.Decided || after.Agreed != before.Agreed) {
		rt.Fatalf("%s changed what was decided: %+v, then %+v", kind, before, after)
	}
	complete := before.Short == 0 && len(before.Lacking) == 0
	if kind == "excuse" && complete && (after.Short > 0 || len(after.Lacking) > 0) {
		rt.Fatalf("excusing %s left too few: %+v", who, after)
	}
	if kind == "vote" && admitted {
		at := slices.IndexFunc(before.Members, func(m procedure.PanelMember) bool { return string(m.Person) == who })
		if at < 0 || !before.Members[at].Turn || before.Members[at].Vote != "" {
			rt.Fatalf("%s voted out of turn: %+v", who, before)
		}
	}
	draft, _ := w.c.CurrentDraft()
	with := v{"draft": string(draft.Digest), "conclusion": "pass", "text": "x"}
	_, refusal := d.Plan(&w.c, w.act(by("office"), "countersign.opine", with), papers(with), w.today)
	if may := after.Decided && after.Agreed; may != (refusal == nil) {
		rt.Fatalf("concluding was refused with %v at %+v", refusal, after)
	}
}
