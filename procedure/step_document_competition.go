package procedure

// documentCompetition (规范性文件公平竞争审查) is the fair-competition review of a
// document: who reviews depends on whose document it is, those concerned are heard
// (operators in a step of their own), and an exception has four elements (公平竞争审查条例 第十二条至第十七条).
func documentCompetition() StepType {
	t := fairCompetition()
	t.ID = DocumentCompetition
	for i, spec := range t.Acts {
		switch spec.Verb {
		case "examine":
			spec.Fields = append(spec.Fields,
				flag("public_interest", "涉及公众利益", "public interests are engaged").must().is("public_interest"),
				flag("public_heard", "已听取社会公众意见", "the public was heard").is("public_heard"))
		case "conclude":
			spec.Fields = append(spec.Fields,
				text("reviewer", "审查主体", "who reviewed").must().of("drafter", "market-regulator").is("fc_reviewer"),
				text("ground", "例外情形", "ground of the exception").of("security", "innovation", "public-interest", "other-by-law").is("ground"),
				flag("no_lesser_alternative", "没有对公平竞争影响更小的替代方案", "there is no less restrictive alternative").is("no_lesser_alternative"),
				flag("has_sunset", "已确定合理的实施期限或者终止条件", "a time limit or an end condition is set").is("has_sunset"),
				flag("detailed_reasons", "已在审查结论中详细说明", "reasons are given in detail").is("detailed_reasons"))
		}
		t.Acts[i] = spec
	}
	return t
}
