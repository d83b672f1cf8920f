package procedure

import (
	"github.com/zhengdang/chengxu/casefile"
)

// documentPublication (规范性文件公布): the text goes out together with its
// interpretation and into the database of documents; what is not published binds
// nobody, so there is no withholding here (优化营商环境条例 第六十四条；政府信息公开条例 第二十条、第二十六条).
func documentPublication() StepType {
	return StepType{
		ID:       DocumentPublication,
		Title:    title("公布和解读", "publication and interpretation"),
		Outcomes: []string{"published"},
		Acts: []ActSpec{
			secrecyReview(),
			referred(),
			checkPrivacy(),
			{
				Verb: "publish", Title: title("公布文件", "publish the document"), Needs: []string{"secrecy_review"}, Once: true,
				Fields: []Field{
					currentDraft(), texts("channels", "公布途径", "channels").must(),
					date("published_on", "公布日期（不填为今天）", "published on; today when left out").past().is("published_on"),
					texts("links", "网址", "addresses"), attached(),
				},
				Gives: []string{"published_on"}, Derive: publishedToday, Check: publishedInForce, Registers: publishedDocument,
			},
			{
				Verb: "interpret", Title: title("发布解读材料", "publish the interpretation"),
				Fields: []Field{
					date("interpretation_on", "发布日期", "published on").must().past().is("interpretation_on"),
					texts("channels", "发布途径", "channels").must(), attached(),
				},
			},
			{
				Verb: "publish_adoption", Title: title("公布意见采纳情况", "publish what became of the views"),
				Fields: []Field{
					flag("concentrated_views_rejected", "未采纳相对集中的意见", "concentrated views were not adopted").must().is("concentrated_views_rejected"),
					flag("reasons_published", "已说明理由", "the reasons are published").must().is("rejection_reasons_published"),
					texts("channels", "公布途径", "channels").must(), attached(),
				},
				Sets: casefile.Values{"adoption_published": true},
			},
			{
				Verb: "enter_database", Title: title("载入规范性文件数据库", "enter into the database of documents"), Needs: []string{"publish"},
				Fields: []Field{text("database_id", "数据库编号", "id in the database").must().is("database_id")},
			},
			{Verb: "conclude", Title: title("公布完成", "conclude publication"), Needs: []string{"publish"}, Outcome: "published"},
		},
	}
}

// publishedInForce keeps the dates of a document in their order: issued, published,
// in force.
func publishedInForce(a *Acting) *casefile.Refusal {
	on := a.Date("published_on")
	if on.IsZero() {
		on = a.Today
	}
	switch {
	case on.Before(a.factDate("issue_on")):
		return badValue("published_on", "公布日期早于印发日期。", "published before it was issued")
	case on.After(a.factDate("effective_on")):
		return notNow("施行日期已过而文件尚未公布，不能施行；请退回登记环节另定施行日期。",
			"it was to take effect before it is published; a later day has to be set")
	}
	return nil
}
