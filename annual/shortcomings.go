package annual

import (
	"slices"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
)

// shortcomingFigures give evidence of where procedure went wrong.
func shortcomingFigures() []Definition {
	return []Definition{
		{ID: "blocked", Group: Shortcomings, Kind: Count, Name: text("被规则拦下的办理", "Attempts stopped by the rules"), Unit: text("次", "times"),
			Formula: text("本年度被关口拦下并记入案卷的办理次数", "attempts of the year that a gate stopped, as recorded"), Basis: "法治政府建设年度报告 存在的不足",
			inCase: func(t *Told, y Year, c *tally) {
				for i, e := range t.Events {
					if e.Kind == casefile.EntryBlocked && y.Holds(e.On) {
						c.count(t, i)
					}
				}
			}},
		{ID: "blocked-by-article", Group: Shortcomings, Kind: Count, Name: text("拦下办理的条款", "Articles that stopped them"), Unit: text("次", "times"),
			Formula: text("本年度各条款拦下办理的次数；一次办理被几条拦下的逐条计", "how often each article stopped an attempt in the year; one stopped by several counts for each"), Basis: "法治政府建设年度报告 存在的不足",
			inCase: happened(casefile.HappeningBlocked, func(_ Event, h casefile.Happening) string { return h.Subject })},
		{ID: "returns", Group: Shortcomings, Kind: Count, Name: text("退回", "Returns"), Unit: text("次", "times"),
			Formula: text("本年度案件退回到以前环节的次数，按作出退回的环节分列", "times that a case went back to an earlier step in the year, by the step that sent it back"), Basis: "法治政府建设年度报告 存在的不足",
			inCase: happened(casefile.HappeningReturn, func(e Event, _ casefile.Happening) string { return string(e.Type) })},
		{ID: "papers-lacking", Group: Shortcomings, Kind: Count, Name: text("所缺材料", "Papers that were missing"), Unit: text("份", "papers"),
			Formula: text("本年度退回、要求补充时列明缺少的材料份数，按材料分列", "papers named as missing in the year when something was returned or a supplement asked for, by paper"), Basis: "法治政府建设年度报告 存在的不足",
			inCase: lacking},
		{ID: "deadlines-met", Group: Shortcomings, Kind: Share, Name: text("法定期限遵守率", "Deadlines met"), Unit: text("%", "%"),
			Formula: text("本年度到期的职责中：按期履行的 ÷ 履行和逾期的", "of the duties that were performed or breached in the year: those performed in time ÷ all"), Basis: "法治政府建设年度报告 存在的不足",
			inCase: deadlinesMet},
		{ID: "deadlines-breached", Group: Shortcomings, Kind: Count, Name: text("逾期未履行", "Deadlines breached"), Unit: text("次", "times"),
			Formula: text("本年度逾期的职责数，按依据分列", "duties breached in the year, by article"), Basis: "法治政府建设年度报告 存在的不足",
			inCase: happened(casefile.HappeningBreached, basisOf)},
	}
}

// happened counts what happened in the year, by the part that each belongs to.
func happened(kind casefile.HappeningKind, part func(Event, casefile.Happening) string) func(*Told, Year, *tally) {
	return func(t *Told, y Year, c *tally) {
		for i, e := range t.Events {
			if !y.Holds(e.On) {
				continue
			}
			for _, h := range e.Happened {
				if h.Kind == kind {
					c.part(t, i, part(e, h), 1)
				}
			}
		}
	}
}

// basisOf gives the article of a deadline, or its id where it cites none.
func basisOf(e Event, h casefile.Happening) string {
	at := slices.IndexFunc(e.Deadlines, func(d casefile.Deadline) bool { return d.ID == h.Subject })
	if at < 0 || e.Deadlines[at].Basis == "" {
		return h.Subject
	}
	return e.Deadlines[at].Basis
}

func deadlinesMet(t *Told, y Year, c *tally) {
	for i, e := range t.Events {
		if !y.Holds(e.On) {
			continue
		}
		var met, all int64
		for _, h := range e.Happened {
			switch h.Kind {
			case casefile.HappeningMet:
				met, all = met+1, all+1
			case casefile.HappeningBreached:
				all++
			case casefile.HappeningReturn, casefile.HappeningAttempt, casefile.HappeningBlocked:
			}
		}
		if all > 0 {
			whole := of(t, i)
			whole.N = all
			c.whole = append(c.whole, whole)
			c.times(t, i, met)
		}
	}
}

// lacking counts the papers that an act names as missing.
func lacking(t *Told, y Year, c *tally) {
	for i, e := range t.Events {
		if e.Kind != casefile.EntryAct || !y.Holds(e.On) {
			continue
		}
		papers := list(e.with("lacking"))
		if e.Verb == "request_supplement" {
			papers = append(papers, list(e.with("papers"))...)
		}
		for _, paper := range papers {
			c.part(t, i, paper, 1)
		}
	}
}

// fileFigures are those of reviews of whole files.
func fileFigures() []Definition {
	const basis = "案卷评查标准（两层：合法性标准、规范性标准）"
	return []Definition{
		{ID: "file-reviews", Group: Files, Kind: Count, Name: text("评查的案卷", "Files reviewed"), Unit: text("卷次", "reviews"), Basis: basis,
			Formula: text("本年度完成的评查数，按等次分列", "reviews finished in the year, by grade"),
			inReviews: func(all []audit.Review, c *tally) {
				for _, r := range all {
					c.add(Ref{Case: r.Case, Review: r.ID, N: 1, Part: r.Kept.Grade})
				}
			}},
		{ID: "file-score", Group: Files, Kind: Average, scale: 10, Name: text("平均得分", "Average score"), Unit: text("分", "points"), Basis: basis,
			Formula: text("本年度完成的评查得分之和 ÷ 评查数（得分按十分之一分计入）", "the sum of the scores of the reviews finished in the year ÷ reviews; scores are kept in tenths of a point"),
			inReviews: func(all []audit.Review, c *tally) {
				for _, r := range all {
					c.whole = append(c.whole, Ref{Case: r.Case, Review: r.ID, N: 1})
					c.add(Ref{Case: r.Case, Review: r.ID, N: int64(r.Kept.Score)})
				}
			}},
		{ID: "file-defects", Group: Files, Kind: Count, Name: text("评查发现的缺陷", "Defects found"), Unit: text("项次", "items"), Basis: basis,
			Formula: text("本年度完成的评查中不符合或者扣分的项次，按评查项目分列", "items not met or marked down in the reviews finished in the year, by item"),
			inReviews: func(all []audit.Review, c *tally) {
				for _, r := range all {
					for _, j := range r.Kept.Sheet.Items {
						if j.Result == audit.NotMet || j.Result != audit.NotApplicable && j.Marks != nil && *j.Marks < j.Points {
							c.add(Ref{Case: r.Case, Review: r.ID, N: 1, Part: j.Text.ZH})
						}
					}
				}
			}},
	}
}
