package procedure

import "github.com/zhengdang/chengxu/casefile"

// publication (公布): in time, after a secrecy review, with an account of what
// became of the views given (国务院令第713号 第三十二条).
func publication() StepType {
	return StepType{
		ID:       Publication,
		Title:    title("公布", "publication"),
		Outcomes: []string{"published", "withheld"},
		Acts: []ActSpec{
			determine("wide_concern", "highly_technical", "doubtful", "non_disclosable_by_law"),
			secrecyReview(),
			referred(),
			checkPrivacy(),
			{
				Verb: "publish", Title: title("公布决策", "publish the decision"), Once: true,
				Fields: []Field{
					currentDraft(), texts("channels", "公布途径", "channels").must(),
					date("published_on", "公布日期（不填为今天）", "published on; today when left out").past().is("published_on"),
					text("number", "文号", "document number"), texts("links", "网址", "addresses"), attached(),
				},
				Gives: []string{"published_on"}, Derive: publishedToday, Check: publishedAfterDecision,
			},
			{
				Verb: "publish_adoption", Title: title("公布意见采纳情况", "publish what became of the views"),
				Fields: []Field{texts("channels", "公布途径", "channels").must(), attached()},
				Sets:   casefile.Values{"adoption_published": true},
			},
			{
				Verb: "interpret", Title: title("发布宣传解读", "publish the explanation"),
				Fields: []Field{texts("channels", "方式和途径", "ways and channels").must(), attached()},
				Sets:   casefile.Values{"interpretation_published": true},
			},
			withhold(),
			{
				Verb: "conclude", Title: title("公布完成", "conclude publication"), Needs: []string{"publish"}, Outcome: "published",
			},
		},
	}
}

// withhold closes publication where the law forbids it.
func withhold() ActSpec {
	return ActSpec{
		Verb: "withhold", Title: title("依法不予公开", "lawfully withhold"), Needs: []string{"secrecy_review"}, Bars: []string{"publish"},
		Outcome: "withheld",
		Fields:  []Field{text("basis", "不予公开的法律依据", "legal ground").must().is("non_disclosure_basis"), reason()},
		Sets:    casefile.Values{"non_disclosable_by_law": true},
		Check:   notDoubtful,
	}
}

func publishedToday(a *Acting) casefile.Values {
	if a.Has("published_on") {
		return nil
	}
	return casefile.Values{"published_on": a.Today.String()}
}

func publishedAfterDecision(a *Acting) *casefile.Refusal {
	if on := a.Date("published_on"); !on.IsZero() && on.Before(a.factDate("issue_on")) {
		return badValue("published_on", "公布日期早于出台日期。", "published before it was issued")
	}
	return nil
}

func checkPrivacy() ActSpec {
	return ActSpec{
		Verb: "privacy", Title: title("个人信息保护核查", "check of personal data"),
		Fields: []Field{
			flag("within_duty", "个人信息为履职所必需", "the personal data are needed for the duty").must().is("within_duty"),
			flag("personal_data_published", "个人信息随文公开", "personal data go into the published text").must().is("published"),
			flag("deidentified", "已去标识化", "de-identified").is("deidentified"),
			flag("pia_trigger", "须作个人信息保护影响评估", "an impact assessment is required").must().is("pia_trigger"),
			flag("pia_done", "影响评估已完成", "the impact assessment is done").is("pia_done"),
		},
	}
}

// notDoubtful has the authority asked where it is doubtful whether the decision
// may be published (政府信息公开条例 第十七条).
func notDoubtful(a *Acting) *casefile.Refusal {
	if a.factBool("doubtful") && a.factText("referred_result") != "withhold" {
		return notNow("能否公开难以确定的，须先报请有关主管部门或者同级保密行政管理部门确定。",
			"it is doubtful whether it may be published: the authority has to be asked first")
	}
	return nil
}

func secrecyReview() ActSpec {
	return ActSpec{
		Verb: "secrecy_review", Title: title("保密审查", "secrecy review"), Opinion: true,
		Fields: []Field{
			currentDraft(), text("conclusion", "审查结论", "conclusion").must(),
			flag("doubtful", "能否公开难以确定", "it is doubtful whether it may be published").must().is("doubtful"), attached(),
		},
		Sets: casefile.Values{"secrecy_review_done": true},
	}
}

// referred is the answer of the authority that was asked whether to publish.
func referred() ActSpec {
	return ActSpec{
		Verb: "refer", Title: title("登记报请确定的结果", "record the answer of the authority asked"), Needs: []string{"secrecy_review"},
		Fields: []Field{
			text("result", "结果", "answer").must().of("publish", "withhold").is("referred_result"),
			text("authority", "确定机关", "authority").must(), text("reference", "文号", "reference"), attached(),
		},
	}
}
