package procedure

import "github.com/zhengdang/chengxu/casefile"

// classification (识别): somebody finds out whether what is to be drafted is a
// normative document, whatever it will be called (国办发〔2018〕37号；上海市行政规范性
// 文件管理规定 第二条).
func classification() StepType {
	return StepType{
		ID:       Classification,
		Title:    title("文件识别", "classification of the document"),
		Outcomes: []string{"normative-document", "internal-document"},
		Acts: []ActSpec{
			{
				Verb: "register", Title: title("登记制定建议", "register the proposal to make a document"), Once: true,
				Fields: []Field{
					text("undertaking_unit", "起草单位", "drafting unit").must().is("undertaking_unit"),
					text("summary", "拟规定的内容", "what is to be laid down").must(), attached(),
				},
			},
			{
				Verb: "classify", Title: title("识别文件", "classify the document"), Needs: []string{"register"},
				Fields: []Field{
					flag("touches_rights", "涉及公民、法人和其他组织权利义务", "touches rights or duties").must().is("touches_rights"),
					flag("general_application", "具有普遍约束力", "binds generally").must().is("general_application"),
					flag("repeated_application", "在一定期限内反复适用", "is applied repeatedly").must().is("repeated_application"),
					flag("classified_as_nd", "按行政规范性文件管理", "is managed as a normative document").must().is("classified_as_nd"),
					flag("is_penalty_benchmark", "属于行政处罚裁量基准", "is a benchmark for penalties").must().is("is_penalty_benchmark"),
					flag("is_major_decision", "同时构成重大行政决策", "is a major administrative decision as well").must().is("is_major_decision"),
					flag("assessment_required", "属于应当评估论证的重要文件", "important enough to be assessed").must().is("assessment_required"),
					reason(),
				},
			},
			{
				Verb: "link_decision", Title: title("关联重大行政决策案件", "name the case of the major decision"), Needs: []string{"classify"},
				Fields: []Field{text("decision_case", "决策案件编号", "case of the decision").must()},
				Sets:   casefile.Values{"mad_case_linked": true},
			},
			{
				Verb: "conclude", Title: title("识别完成", "conclude the classification"), Needs: []string{"classify"},
				Among: []string{"normative-document", "internal-document"}, OutcomeOf: classified,
			},
		},
	}
}

// classified is the outcome that the classification leads to.
func classified(c *casefile.Case) string {
	if isTrue(c.Facts["classified_as_nd"].Value) {
		return "normative-document"
	}
	return "internal-document"
}
