package procedure

import "github.com/zhengdang/chengxu/casefile"

// accountabilityFound says that somebody was held to account.
const accountabilityFound = "accountability.found"

// accountability (责任追究记录): what the competent authority has found and ordered. The
// authority decides; this is the record of it, and who is named in it is known only to
// those who work on the case (国务院令第713号 第三十八条至第四十一条).
func accountability() StepType {
	return StepType{
		ID:       Accountability,
		Title:    title("责任追究记录", "accountability"),
		Outcomes: []string{"closed"},
		Acts: []ActSpec{
			{
				Verb: "record", Title: title("登记责任认定和处理", "record what was found and ordered"),
				Fields: []Field{
					text("ground", "追责情形", "ground").must().
						of("unlawful-procedure", "grave-error", "undue-delay", "undertaking-unit", "execution-unit", "assessor"),
					text("findings", "认定的事实", "findings").must().restricted(),
					texts("persons", "责任人员和单位", "persons and units").must().restricted(),
					texts("measures", "处理", "measures").must().
						of("correction", "criticism", "time-limit", "disqualification", "liability", "relieved").restricted(),
					text("decided_by", "作出处理的机关", "authority that decided").must(), date("decided_on", "处理日期", "decided on").must().past(),
					flag("dissented", "其中有人讨论时表示不同意见", "somebody among them dissented in the meeting").must().restricted(),
					text("relief", "减免责任的情况", "how those who dissented are relieved").restricted(),
					text("reference", "文号", "reference").restricted(), attached(),
				},
				Gives:  []string{accountabilityFound},
				Derive: func(*Acting) casefile.Values { return casefile.Values{accountabilityFound: true} },
				Check: func(a *Acting) *casefile.Refusal {
					if a.Bool("dissented") && !a.Has("relief") {
						return missing("relief", "讨论时表示不同意见的，须写明是否按规定减免责任。", "say how those who dissented in the meeting are relieved")
					}
					return nil
				},
			},
			{
				Verb: "close", Title: title("没有其他追责事项", "nothing more to account for"), Outcome: "closed",
				Fields: []Field{reason()}, Check: lastOnes,
			},
		},
	}
}
