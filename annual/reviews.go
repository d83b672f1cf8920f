package annual

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// participationFigures are those of comment, in cases of every procedure.
func participationFigures() []Definition {
	return []Definition{
		{ID: "comment-windows", Group: Participation, Kind: Count, Name: text("公开征求意见", "Calls for comment"), Unit: text("次", "times"),
			Formula: text("本年度发布征求意见公告的次数", "notices of a call for comment published in the year"), Basis: "国务院令第713号 第十五条；优化营商环境条例 第六十二条",
			inCase: acts(procedure.Participation, "open")},
		{ID: "comment-days", Group: Participation, Kind: Average, Name: text("平均征求意见期限", "Average time for comment"), Unit: text("日", "days"),
			Formula: text("本年度结束的征求意见：公告之日（不计）至截止日的日数之和 ÷ 次数", "of the calls closed in the year: days from the notice, its day not counted, to the last day ÷ number of calls"), Basis: "国务院令第713号 第十五条第二款",
			inCase: commentDays},
		{ID: "comment-shortened", Group: Participation, Kind: Share, Name: text("缩短期限的征求意见", "Calls with a shortened time"), Unit: text("%", "%"),
			Formula: text("本年度发布的征求意见公告中：公告写明缩短理由的次数 ÷ 公告次数", "of the notices published in the year: those that state a reason for shortening ÷ all"), Basis: "国务院令第713号 第十五条第二款",
			inCase: func(t *Told, y Year, c *tally) {
				for i, e := range t.Events {
					if e.did(procedure.Participation, "open") && y.Holds(e.On) {
						c.amongst(t, i, t.text(i, "short_reason_in_notice") != "")
					}
				}
			}},
		{ID: "opinions-received", Group: Participation, Kind: Count, Name: text("收到的公众意见", "Opinions received"), Unit: text("件", "opinions"),
			Formula: text("本年度登记的意见件数之和", "the sum of the opinions registered in the year"), Basis: "国务院令第713号 第十五条、第十八条",
			inCase: func(t *Told, y Year, c *tally) {
				for i, e := range t.Events {
					if e.did(procedure.Participation, "register") && y.Holds(e.On) {
						c.times(t, i, number(e.with("count")))
					}
				}
			}},
		{ID: "opinions-adopted", Group: Participation, Kind: Share, Name: text("公众意见采纳率", "Opinions adopted"), Unit: text("%", "%"),
			Formula: text("本年度处理的意见中：采纳和部分采纳的件数 ÷ 处理的件数", "of the opinions dealt with in the year: those adopted, also in part ÷ all"), Basis: "国务院令第713号 第十八条",
			inCase: opinionsAdopted},
		{ID: "hearings-held", Group: Participation, Kind: Count, Name: text("召开的听证会", "Hearings held"), Unit: text("次", "times"),
			Formula: text("本年度结束的听证会次数", "hearings closed in the year"), Basis: "国务院令第713号 第十六条、第十七条",
			inCase: acts(procedure.Participation, "close_hearing")},
	}
}

func commentDays(t *Told, y Year, c *tally) {
	for i, e := range t.Events {
		if !e.did(procedure.Participation, "close") || !y.Holds(e.On) {
			continue
		}
		opened, closes := dateOf(t.text(i, "comment_open_on")), dateOf(t.text(i, "comment_close_on"))
		if opened.IsZero() || closes.IsZero() {
			continue
		}
		c.whole = append(c.whole, of(t, i))
		c.times(t, i, int64(opened.DaysUntil(closes)))
	}
}

func opinionsAdopted(t *Told, y Year, c *tally) {
	for i, e := range t.Events {
		if !e.did(procedure.Participation, "answer") || !y.Holds(e.On) {
			continue
		}
		whole := of(t, i)
		if whole.N = number(e.with("count")); whole.N == 0 {
			continue
		}
		c.whole = append(c.whole, whole)
		c.times(t, i, number(e.with("adopted"))+number(e.with("partly")))
	}
}

// reviewFigures are those of legality reviews, in cases of every procedure.
func reviewFigures() []Definition {
	basis := "国务院令第713号 第二十五条至第二十八条；国办发〔2018〕37号 第六项"
	concluded := func(conclusion string) func(*Told, Year, *tally) {
		return events(func(e Event) bool { return e.opinion() && e.Outcome == conclusion })
	}
	return []Definition{
		{ID: "reviews", Group: Reviews, Kind: Count, Name: text("合法性审查（审核）", "Legality reviews"), Unit: text("次", "times"),
			Formula: text("本年度出具的合法性审查意见数，按结论分列", "legality opinions given in the year, by conclusion"), Basis: basis,
			inCase: func(t *Told, y Year, c *tally) {
				for i, e := range t.Events {
					if y.Holds(e.On) && e.opinion() {
						c.part(t, i, e.Outcome, 1)
					}
				}
			}},
		{ID: "reviews-returned", Group: Reviews, Kind: Count, Name: text("退回送审材料", "Packs returned"), Unit: text("次", "times"),
			Formula: text("本年度因材料不符合要求退回的次数", "packs returned in the year because papers were missing"), Basis: "国务院令第713号 第二十六条第一款",
			inCase: outcomes(procedure.LegalityReview, "returned")},
		{ID: "reviews-unlawful", Group: Reviews, Kind: Count, Name: text("审查结论为不合法", "Found unlawful"), Unit: text("次", "times"),
			Formula: text("本年度结论为不合法的意见数", "opinions of the year that the draft is unlawful"), Basis: "国务院令第713号 第二十五条第二款", inCase: concluded("unlawful")},
		{ID: "reviews-conditional", Group: Reviews, Kind: Count, Name: text("审查结论附修改补充要求", "Lawful with conditions"), Unit: text("次", "times"),
			Formula: text("本年度附修改补充要求的意见数", "opinions of the year with conditions"), Basis: "国务院令第713号 第二十八条", inCase: concluded("lawful-with-conditions")},
		{ID: "reviews-working-days", Group: Reviews, Kind: Average, Name: text("平均审查时间", "Average time of a review"), Unit: text("工作日", "working days"),
			Formula: text("本年度出具的意见：收齐材料之日（不计）至出具之日的工作日之和 ÷ 意见数；中止的时间不扣除", "of the opinions of the year: working days from the complete pack, its day not counted, to the opinion ÷ opinions; time of suspension is not taken off"),
			Basis:   "国务院令第713号 第二十七条", inCase: reviewDays},
		{ID: "reviews-with-counsel", Group: Reviews, Kind: Share, Name: text("法律顾问、公职律师参与率", "Reviews with counsel"), Unit: text("%", "%"),
			Formula: text("本年度出具的意见中：同一轮审查有法律顾问或者公职律师意见的 ÷ 全部", "of the opinions of the year: those with an opinion of counsel in the same round ÷ all"), Basis: "国务院令第713号 第二十七条；国办发〔2018〕37号 第六项",
			inCase: func(t *Told, y Year, c *tally) {
				for i, e := range t.Events {
					if y.Holds(e.On) && e.opinion() {
						c.amongst(t, i, t.last(i, func(b Event) bool {
							return b.did(procedure.LegalityReview, "counsel_opinion") && b.Step == e.Step && b.Round == e.Round
						}) >= 0)
					}
				}
			}},
	}
}

// opinion reports whether the event gave the opinion of a legality review.
func (e Event) opinion() bool {
	return e.Kind == casefile.EntryAct && e.ended(procedure.LegalityReview, "lawful", "lawful-with-conditions", "unlawful", "exploratory")
}

func reviewDays(t *Told, y Year, c *tally) {
	for i, e := range t.Events {
		if !y.Holds(e.On) || !e.opinion() {
			continue
		}
		from := dateOf(t.text(i, "review_received_on"))
		if from.IsZero() {
			continue
		}
		days, _ := t.Calendar.WorkingDaysBetween(from, e.On)
		c.whole = append(c.whole, of(t, i))
		c.times(t, i, int64(days))
	}
}
