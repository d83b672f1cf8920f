package procedure

import "github.com/zhengdang/chengxu/casefile"

// reviewReceipt (收到审查通知): what came, when and about which clauses; from its receipt
// the times to reply run, whether or not the document can be reviewed
// (行政复议法 第五十八条、第六十条；行诉法解释 第一百四十七条、第一百四十九条).
func reviewReceipt() StepType {
	return StepType{
		ID:       ReviewReceipt,
		Title:    title("收到审查通知", "receipt of the notice"),
		Outcomes: []string{"to-answer", "not-maker"},
		Acts: []ActSpec{
			registerRequest(),
			{
				Verb: "determine_maker", Title: title("认定是否制定机关", "determine whether this organ made the document"), Needs: []string{"register"},
				Fields: []Field{
					flag("is_maker", "本机关是制定机关", "this organ made the document").must().is("is_maker"), text("grounds", "认定依据", "grounds").must(),
				},
			},
			{Verb: "accept", Title: title("转入准备答复", "prepare the reply"), Needs: []string{"register", "determine_maker"}, Outcome: "to-answer"},
			{
				Verb: "return", Title: title("退回通知", "return the notice"), Needs: []string{"register", "determine_maker"}, Outcome: "not-maker",
				Fields: []Field{text("maker", "制定机关", "who made it").must(), date("returned_on", "退回日期", "returned on").must().past(), reason(), attached()},
			},
		},
	}
}

// registerRequest records what reviewing organs send. Several may come in one case, also
// later on; each has a reply of its own, and a second one of a kind waits for the first.
func registerRequest() ActSpec {
	return ActSpec{
		Verb: "register", Title: title("登记收到的通知", "record what was received"),
		Fields: []Field{
			text("channel", "来件类别", "kind").must().of("reconsideration", "transfer", "court", "advice", "other"),
			date("received_on", "收到日期", "received on").must().past(),
			text("from", "来件机关", "from").must(), text("reference", "来件文号", "reference"),
			text("title", "所涉文件名称", "title of the document").is("document"), text("number", "所涉文件文号", "number of the document").is("doc_number"),
			texts("clauses", "涉及的条款", "clauses concerned").must(), attached(),
		},
		Gives: []string{
			"clauses", "notice_received_on", "replied_on", "transfer_received_on", "transfer_replied_on",
			"court_notice", "statement_filed", "advice_received_on", "advice_replied_on", "other_request_received_on",
		},
		Derive: requestReceived,
		Check:  soundRequest,
	}
}

// replies names, for each kind of request that has a time to reply, the facts of its
// receipt and of its reply.
func replies(channel string) (received, replied string) {
	switch channel {
	case "reconsideration":
		return "notice_received_on", "replied_on"
	case "transfer":
		return "transfer_received_on", "transfer_replied_on"
	case "advice":
		return "advice_received_on", "advice_replied_on"
	}
	return "", ""
}

func requestReceived(a *Acting) casefile.Values {
	out := casefile.Values{"clauses": with(a.factTexts("clauses"), a.Texts("clauses")...)}
	received, replied := replies(a.Text("channel"))
	switch {
	case received != "":
		out[received], out[replied] = a.Text("received_on"), ""
	case a.Text("channel") == "court":
		out["court_notice"], out["statement_filed"] = true, false
	default:
		out["other_request_received_on"] = a.Text("received_on")
	}
	return out
}

func soundRequest(a *Acting) *casefile.Refusal {
	if a.factText("doc_number") == "" && !a.Has("number") {
		return missing("number", "首次登记须写明所涉文件的文号。", "the first entry names the document by its number")
	}
	if a.Has("number") && a.factText("doc_number") != "" && a.Text("number") != a.factText("doc_number") {
		return badValue("number", "本案涉及的是另一件文件；每件文件分别立案。", "this case is about another document; each has a case of its own")
	}
	if len(a.Texts("clauses")) == 0 {
		return missing("clauses", "须写明涉及的条款。", "say which clauses are concerned")
	}
	if received, replied := replies(a.Text("channel")); open(a, received, replied) {
		return notNow("同类的上一件尚未答复；先答复，或者另行立案，以免混淆期限。",
			"the one before of this kind is unanswered: answer it first, or open another case, so that each keeps its time")
	}
	return nil
}

// open reports whether something was received and is unanswered.
func open(a *Acting, received, replied string) bool {
	return received != "" && !a.factDate(received).IsZero() && a.factDate(replied).IsZero()
}

// unanswered refuses to go on while a request of one of the kinds has no reply.
func unanswered(a *Acting, channels ...string) *casefile.Refusal {
	for _, channel := range channels {
		if received, replied := replies(channel); open(a, received, replied) {
			return notNow("还有收到而没有答复的通知、转送或者司法建议。", "a notice, a transfer or a piece of advice is unanswered")
		}
	}
	return nil
}
