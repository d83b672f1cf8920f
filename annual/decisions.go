package annual

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// stage is a step that a decision goes through where it is required.
type stage struct {
	id     string
	types  []procedure.StepTypeID
	done   []string // outcomes with which it was done
	exempt string   // outcome with which it was lawfully not required
	name   casefile.Text
	basis  string
}

func stages() []stage {
	return []stage{
		{id: "participation", types: []procedure.StepTypeID{procedure.Participation}, done: []string{"done"}, exempt: "exempt",
			name: text("公众参与", "public participation"), basis: "国务院令第713号 第十四条至第十八条"},
		{id: "expert", types: []procedure.StepTypeID{procedure.ExpertArgument}, done: []string{"done"},
			name: text("专家论证", "expert argument"), basis: "国务院令第713号 第十九条至第二十一条"},
		{id: "risk", types: []procedure.StepTypeID{procedure.RiskAssessment}, done: []string{"controllable"},
			name: text("风险评估", "risk assessment"), basis: "国务院令第713号 第二十二条至第二十四条"},
		{id: "competition", types: []procedure.StepTypeID{procedure.FairCompetition, procedure.DocumentCompetition}, done: []string{"compliant", "exception"},
			name: text("公平竞争审查", "fair-competition review"), basis: "国务院令第713号 第二十九条第一项；公平竞争审查条例"},
		legalityStage(),
		{id: "deliberation", types: []procedure.StepTypeID{procedure.Deliberation}, done: []string{"approved", "amended"},
			name: text("集体讨论决定", "collective deliberation"), basis: "国务院令第713号 第三十条"},
	}
}

func legalityStage() stage {
	return stage{id: "legality", types: []procedure.StepTypeID{procedure.LegalityReview}, done: []string{"lawful", "lawful-with-conditions", "exploratory", "unchanged"},
		name: text("合法性审查", "legality review"), basis: "国务院令第713号 第二十五条至第二十八条"}
}

// stood says how a stage stood before the event at a place: whether it was required
// then, and the place of the event that did it in its last round; -1: it was not done.
func (t *Told) stood(s stage, before int) (required bool, done int) {
	done = -1
	for i, e := range t.Events[:before] {
		if e.Kind == casefile.EntryBlocked {
			continue
		}
		if slices.Contains(s.types, e.Type) && e.Outcome != "" {
			switch {
			case e.Outcome == s.exempt:
				required = false
			case slices.Contains(s.done, e.Outcome):
				done = i
			}
		}
		for _, in := range e.Entered {
			if step, ok := t.Definition.Step(in.Step); ok && slices.Contains(s.types, step.Type) {
				required, done = in.Applies, -1
			}
		}
	}
	return required, done
}

// issued gives the place of the last event with which a decision was issued (出台);
// -1: none was.
func (t *Told) issued() int {
	if !t.steps(procedure.Launch) {
		return -1
	}
	return t.last(len(t.Events), func(e Event) bool { return e.ended(procedure.PartyReport, "issued") })
}

// decisionFigures are those of major decisions.
func decisionFigures() []Definition {
	out := []Definition{
		{ID: "decisions-opened", Group: Decisions, Kind: Count, Name: text("立案的重大行政决策事项", "Major decisions opened"), Unit: text("件", "cases"),
			Formula: text("本年度立案、程序含决策启动环节的案件数", "cases opened in the year whose procedure has a launch"), Basis: "国务院令第713号 第十条",
			inCase: func(t *Told, y Year, c *tally) {
				if t.steps(procedure.Launch) && y.Holds(t.Events[0].On) {
					c.count(t, 0)
				}
			}},
		{ID: "decisions-issued", Group: Decisions, Kind: Count, Name: text("出台的重大行政决策", "Major decisions issued"), Unit: text("件", "cases"),
			Formula: text("本年度经请示报告后出台的决策数；同一案件以最后一次出台为准", "decisions issued in the year after the report to the Party committee; of a case, the last time"), Basis: "国务院令第713号 第三十条、第三十一条",
			inCase: func(t *Told, y Year, c *tally) {
				if at := t.issued(); at >= 0 && y.Holds(t.Events[at].On) {
					c.count(t, at)
				}
			}},
		{ID: "decisions-published", Group: Decisions, Kind: Count, Name: text("公布的重大行政决策", "Major decisions published"), Unit: text("件", "cases"),
			Formula: text("本年度公布的决策数", "decisions published in the year"), Basis: "国务院令第713号 第三十二条",
			inCase: acts(procedure.Publication, "publish")},
	}
	for _, s := range stages() {
		out = append(out, Definition{ID: "decisions-with-" + s.id, Group: Decisions, Kind: Share, Unit: text("%", "%"), Basis: s.basis,
			Name: text("应经"+s.name.ZH+"的决策中已履行的比例", "Decisions with "+s.name.EN+", of those that needed it"),
			Formula: text("本年度出台的决策中：已完成"+s.name.ZH+"的件数 ÷ 依规则应当进行的件数",
				"of the decisions issued in the year: those in which it was done ÷ those in which the rules required it"),
			inCase: func(t *Told, y Year, c *tally) {
				at := t.issued()
				if at < 0 || !y.Holds(t.Events[at].On) {
					return
				}
				required, done := t.stood(s, at)
				if !required {
					return
				}
				c.whole = append(c.whole, of(t, at))
				if done >= 0 {
					c.count(t, done)
				}
			}})
	}
	return append(out, meetingFigures()...)
}

func meetingFigures() []Definition {
	return []Definition{
		{ID: "decided-against-majority", Group: Decisions, Kind: Count, Name: text("与多数意见不一致的决定", "Decisions against the majority"), Unit: text("次", "times"),
			Formula: text("本年度行政首长的决定与会议组成人员多数意见不同的次数；没有多数意见的不计", "decisions of the chief in the year that differ from the view of the majority; where there was none, none is counted"), Basis: "国务院令第713号 第三十条第二款",
			inCase: func(t *Told, y Year, c *tally) {
				for i, e := range t.Events {
					if !e.did(procedure.Deliberation, "decide") || !y.Holds(e.On) || !t.steps(procedure.Launch) {
						continue
					}
					if majority := t.text(i, "majority_view"); majority != "" && majority != "split" && majority != t.text(i, "chief_decision") {
						c.count(t, i)
					}
				}
			}},
		{ID: "decisions-deferred", Group: Decisions, Kind: Count, Name: text("会议决定暂缓", "Deferred by the meeting"), Unit: text("次", "times"),
			Formula: text("本年度集体讨论后暂缓的次数", "times that a decision was deferred by the meeting in the year"), Basis: "国务院令第713号 第三十条",
			inCase: ofDecisions(outcomes(procedure.Deliberation, "deferred"))},
		{ID: "decisions-rejected", Group: Decisions, Kind: Count, Name: text("会议不予通过", "Rejected by the meeting"), Unit: text("次", "times"),
			Formula: text("本年度集体讨论后不予通过的次数", "times that a decision was rejected by the meeting in the year"), Basis: "国务院令第713号 第三十条",
			inCase: ofDecisions(outcomes(procedure.Deliberation, "rejected"))},
	}
}

// acts counts the acts of a verb in steps of a type that were done in the year.
func acts(of procedure.StepTypeID, verb string) func(*Told, Year, *tally) {
	return events(func(e Event) bool { return e.did(of, verb) })
}

// outcomes counts how often steps of a type ended so in the year.
func outcomes(of procedure.StepTypeID, ended ...string) func(*Told, Year, *tally) {
	return events(func(e Event) bool { return e.ended(of, ended...) })
}

// events counts the events of the year that are so.
func events(is func(Event) bool) func(*Told, Year, *tally) {
	return func(t *Told, y Year, c *tally) {
		for i, e := range t.Events {
			if y.Holds(e.On) && is(e) {
				c.count(t, i)
			}
		}
	}
}

// ofDecisions counts only in cases of major decisions.
func ofDecisions(count func(*Told, Year, *tally)) func(*Told, Year, *tally) {
	return func(t *Told, y Year, c *tally) {
		if t.steps(procedure.Launch) {
			count(t, y, c)
		}
	}
}
