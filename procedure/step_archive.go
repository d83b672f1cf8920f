package procedure

import "github.com/zhengdang/chengxu/casefile"

// archive (归档): the file of the whole procedure, complete and trustworthy
// (国务院令第713号 第三十三条；档案法 第三十七条).
func archive() StepType {
	return StepType{
		ID:       Archive,
		Title:    title("归档", "archive"),
		Outcomes: []string{"complete"},
		Papers:   &Papers{Of: archivedPapers, Held: "archived_docs"},
		Acts: []ActSpec{
			{
				Verb: "list", Title: title("确定应归档材料", "determine the papers to be archived"),
				Fields: []Field{texts("additional", "另外应归档的材料", "further papers")},
				Gives:  []string{"required_docs"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{"required_docs": with(requiredPapers(a.Case), a.Texts("additional")...)}
				},
			},
			{
				Verb: "file", Title: title("归入案卷", "put papers into the file"),
				Fields: []Field{
					texts("papers", "归入的材料", "papers filed").must(),
					papers("documents", "材料原文（摘要值）", "the papers themselves (digests)"), text("location", "存放位置", "where they are kept"),
				},
				Gives: []string{"archived_docs"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{"archived_docs": with(a.factTexts("archived_docs"), a.Texts("papers")...)}
				},
			},
			{
				Verb: "certify", Title: title("认定电子档案真实可靠", "certify that the record is trustworthy"),
				Fields: []Field{
					flag("author_known", "形成者可确认", "the author is certain").must().is("author_known"),
					flag("time_known", "形成时间可确认", "the time of making is certain").must().is("time_known"),
					flag("process_logged", "形成和办理过程可追溯", "the process is traceable").must().is("process_logged"),
					flag("metadata_complete", "元数据要素齐全", "the metadata are complete").must().is("metadata_complete"),
				},
			},
			{
				Verb: "complete", Title: title("归档完成", "close the file"), Needs: []string{"list"}, Outcome: "complete",
				Gives:  []string{"formed_on"},
				Derive: func(a *Acting) casefile.Values { return casefile.Values{"formed_on": a.Today.String()} },
			},
		},
	}
}

// archivedPapers lists what is to be archived: what was determined, or before that
// what the case has come to.
func archivedPapers(c *casefile.Case) []string {
	if list := asTexts(c.Facts["required_docs"].Value); len(list) > 0 {
		return list
	}
	return requiredPapers(c)
}
