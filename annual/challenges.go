package annual

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// exchange is something that comes in and has to be answered by a day.
type exchange struct {
	id              string
	received, reply string // facts that hold the days
	rules           []string
	in              func(Event) bool // of the event that establishes the fact
	name            casefile.Text
	basis           string
}

func exchanges() []exchange {
	litigation := func(e Event) bool { return e.Type != procedure.Filing }
	return []exchange{
		{id: "incidental-review", received: "notice_received_on", reply: "replied_on", rules: []string{"ndl-reconsideration-reply-10wd"}, in: litigation,
			name: text("复议附带审查通知", "notices of incidental review"), basis: "行政复议法 第五十八条、第八十八条第二款"},
		{id: "transfer", received: "transfer_received_on", reply: "transfer_replied_on", rules: []string{"ndl-transferred-60d"}, in: litigation,
			name: text("转送处理", "transfers"), basis: "行政复议法 第六十条"},
		{id: "judicial-advice", received: "advice_received_on", reply: "advice_replied_on", rules: []string{"ndl-judicial-advice-60d"}, in: litigation,
			name: text("司法建议", "judicial advice"), basis: "行诉法解释 第一百四十九条第四款"},
		{id: "congress-opinion", received: "opinion_received_on", reply: "replied_on", rules: []string{"nd-congress-opinion-2m"},
			in:   func(e Event) bool { return e.Type == procedure.Filing },
			name: text("备案审查意见", "opinions of the filing review"), basis: "上海市人民代表大会常务委员会规范性文件备案审查条例 第三十三条"},
	}
}

// reviewResult is the step type in which the results of a review are recorded.
const reviewResult procedure.StepTypeID = "review-result"

// challengeFigures are those of what others ask about documents, and of the answers.
func challengeFigures() []Definition {
	out := []Definition{{ID: "review-results", Group: Challenges, Kind: Count, Unit: text("件", "results"), Basis: "行政复议法 第五十九条；行政诉讼法 第六十四条",
		Name: text("附带审查结果", "Results of incidental reviews"), Formula: text("本年度登记的审查结果数，按结果分列", "results of reviews recorded in the year, by result"),
		inCase: byPayload(reviewResult, "record", "result")}}
	for _, x := range exchanges() {
		out = append(out,
			Definition{ID: x.id + "-received", Group: Challenges, Kind: Count, Unit: text("件", "received"), Basis: x.basis, Name: text("收到的"+x.name.ZH, "Received: "+x.name.EN),
				Formula: text("本年度登记收到的件数", "those recorded as received in the year"),
				inCase:  events(func(e Event) bool { return x.in(e) && !e.sets(x.received).IsZero() })},
			Definition{ID: x.id + "-in-time", Group: Challenges, Kind: Share, Unit: text("%", "%"), Basis: x.basis, Name: text(x.name.ZH+"按期答复率", "Answered in time: "+x.name.EN),
				Formula: text("本年度答复的件数中：答复日期不晚于法定期限最后一日的 ÷ 全部；规则没有算出期限的不计", "of those answered in the year: those answered by the last day of the statutory period ÷ all; those for which the rules gave no day are left out"),
				inCase: func(t *Told, y Year, c *tally) {
					for i, e := range t.Events {
						replied := e.sets(x.reply)
						if !y.Holds(e.On) || replied.IsZero() || !x.in(e) {
							continue
						}
						if due := t.due(i, x.rules...); !due.IsZero() {
							c.amongst(t, i, !replied.After(due))
						}
					}
				}})
	}
	return out
}
