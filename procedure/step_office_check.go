package procedure

import "github.com/zhengdang/chengxu/casefile"

// officeCheck (办公机构审核): before the draft goes to legality review the office
// checks that it was drafted, assessed and put to consultation as it should be
// (国办发〔2018〕37号 第六项), and looks at what no document may lay down.
func officeCheck() StepType {
	return StepType{
		ID:       OfficeCheck,
		Title:    title("办公机构审核", "check by the office"),
		Outcomes: []string{"passed", "to-drafting", "to-opinions", "to-resubmit"},
		Acts: []ActSpec{
			{
				Verb: "submit", Title: title("报送审核", "submit for the check"),
				Fields: []Field{currentDraft(), text("drafter_opinion", "起草单位审核意见", "the drafting unit's own opinion").must(), attached()},
			},
			{
				Verb: "examine", Title: title("核对内容界限", "check the limits of content"), Needs: []string{"submit"}, Opinion: true,
				Fields: []Field{
					currentDraft(),
					flag("sets_licence", "设定行政许可", "creates a licence").must().is("sets_licence"),
					flag("sets_penalty", "设定行政处罚", "creates a penalty").must().is("sets_penalty"),
					flag("sets_coercion", "设定行政强制措施", "creates a coercive measure").must().is("sets_coercion"),
					flag("derogates", "减损权益、增加义务或者设置准入退出条件", "cuts rights, adds duties or sets conditions of entry or exit").must().is("derogates"),
					text("superior_basis", "上位法依据", "basis in superior law").is("superior_basis"),
					flag("contains_internal_matters", "含有内部管理事项", "holds internal matters").must().is("contains_internal_matters"),
					flag("major_econ_social", "属于重大经济社会方面的文件", "a major economic or social document").must().is("major_econ_social"),
				},
			},
			{
				Verb: "check", Title: title("审核程序", "check the procedure"), Needs: []string{"submit"},
				Fields: []Field{
					texts("checked", "已审核的事项", "what was checked").must().of("procedure", "assessment", "consultation").is("checked_items"),
					text("text", "审核意见", "what was found").must(), attached(),
				},
				Sets: casefile.Values{"office_check_passed": true},
			},
			{
				Verb: "return", Title: title("退回", "return"), OutcomeBy: "to",
				Fields: []Field{text("to", "退回至", "where to").must().of("to-drafting", "to-opinions", "to-resubmit"), reason()},
				Sets:   casefile.Values{"office_check_passed": false, "checked_items": []string{}},
			},
			{Verb: "pass", Title: title("转送合法性审核", "pass on to legality review"), Needs: []string{"examine", "check"}, Outcome: "passed"},
		},
	}
}
