package procedure

import "github.com/zhengdang/chengxu/casefile"

// executionReview is the day on which a suspension of the execution is looked at again.
const executionReview = "execution_review"

// executionSuspension are the acts of the urgent suspension (先行中止执行, 第三十七条): the
// chief alone suspends, with grounds and until a day; then the body decides.
func executionSuspension() []ActSpec {
	return []ActSpec{
		{
			Verb: "suspend", Title: title("行政首长先行中止执行", "the chief suspends the execution"), Needs: []string{"task_sheet"},
			Fields: []Field{
				flag("art35_situation", "出现条例第三十五条规定的情形", "a situation of article 35 has arisen").must().is("art35_situation"),
				flag("urgent", "情况紧急", "the situation is urgent").must().is("urgent"),
				text("grounds", "理由和依据", "grounds").must(), text("scope", "中止的范围", "what is suspended").must(),
				date("review_on", "复查日期", "day of the review").must().is("execution_review_on"), attached(),
			},
			Sets:  casefile.Values{"execution_suspended": true, "execution_suspension_decided": false},
			Gives: []string{"suspended_by"},
			// Who suspends is whoever acts: the power of the chief is not delegated.
			Derive: func(a *Acting) casefile.Values { return casefile.Values{"suspended_by": actingName(a)} },
			Check: func(a *Acting) *casefile.Refusal {
				if a.factBool("execution_suspended") {
					return notNow("执行已经中止。", "the execution is suspended already")
				}
				return reviewAhead(a)
			},
			Watches: watchExecutionReview,
		},
		{
			Verb: "confirm_suspension", Title: title("决策机关决定继续中止", "the body decides that it stays suspended"), Needs: []string{"suspend"},
			Fields: append(meetingFields(),
				text("next", "后续处理", "what comes next").must().of("wait", "adjust", "stop"),
				date("review_on", "下次复查日期", "day of the next review").must().is("execution_review_on"), attached()),
			Sets: casefile.Values{"execution_suspension_decided": true},
			Check: func(a *Acting) *casefile.Refusal {
				if refusal := suspendedNow(a); refusal != nil {
					return refusal
				}
				return reviewAhead(a)
			},
			Watches: watchExecutionReview,
		},
		{
			Verb: "resume", Title: title("决策机关决定恢复执行", "the body decides that it resumes"), Needs: []string{"suspend"},
			Fields: append(meetingFields(), attached()),
			Sets:   casefile.Values{"execution_suspended": false, "execution_suspension_decided": true},
			Drops:  []string{executionReview},
			Check:  suspendedNow,
		},
	}
}

// meetingFields say which meeting of the body decided, and why.
func meetingFields() []Field {
	return []Field{
		text("meeting", "集体讨论的会议", "meeting of the body").must(), date("held_on", "会议日期", "held on").must().past(),
		texts("present", "到会组成人员", "members present").must(), reason(),
	}
}

// actingName is the name of the person who acts, whoever it is done for.
func actingName(a *Acting) string {
	if a.By.Name != "" {
		return a.By.Name
	}
	return string(a.By.Person)
}

func suspendedNow(a *Acting) *casefile.Refusal {
	if a.factBool("execution_suspended") {
		return nil
	}
	return notNow("执行没有中止。", "the execution is not suspended")
}

func reviewAhead(a *Acting) *casefile.Refusal {
	if a.Date("review_on").After(a.Today) {
		return nil
	}
	return badValue("review_on", "复查日期须在今天之后。", "the day of the review must lie ahead")
}

// watchExecutionReview watches the day of the review: a suspension without an end
// would be a stop without the procedure of the law.
func watchExecutionReview(facts casefile.Values) []casefile.Deadline {
	on := asDate(facts["execution_review_on"])
	if on.IsZero() {
		return nil
	}
	return []casefile.Deadline{{
		ID: executionReview, Due: on, State: casefile.DeadlineOpen,
		Title: title("中止执行复查", "review of the suspension of the execution"),
	}}
}
