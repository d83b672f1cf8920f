package annual

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// The step types of the annual catalogue of decisions and of clean-ups of documents.
const (
	cataloguePublication procedure.StepTypeID = "catalogue-publication"
	catalogueTracking    procedure.StepTypeID = "catalogue-tracking"
	catalogueAccount     procedure.StepTypeID = "catalogue-account"
	cleanupPublication   procedure.StepTypeID = "cleanup-publication"
)

// catalogueFigures are those of the annual catalogue of decisions.
func catalogueFigures() []Definition {
	const basis = "国务院令第713号 第三条第三款"
	return []Definition{
		{ID: "catalogue-items", Group: Decisions, Kind: Count, Name: text("年度目录事项", "Items of the annual catalogue"), Unit: text("项", "items"), Basis: basis,
			Formula: text("本年度公布的目录所列事项数", "items listed in the catalogues published in the year"),
			inCase: func(t *Told, y Year, c *tally) {
				for i, e := range t.Events {
					if y.Holds(e.On) && e.did(cataloguePublication, "publish") {
						c.times(t, i, int64(len(list(t.fact(i, "listed_items")))))
					}
				}
			}},
		{ID: "catalogue-adjustments", Group: Decisions, Kind: Count, Name: text("目录调整", "Adjustments of the catalogue"), Unit: text("次", "times"), Basis: basis,
			Formula: text("本年度公布的目录调整次数", "adjustments of the catalogue published in the year"), inCase: acts(catalogueTracking, "adjust_publish")},
		{ID: "catalogue-results", Group: Decisions, Kind: Count, Name: text("目录事项结清", "Items accounted for"), Unit: text("项", "items"), Basis: basis,
			Formula: text("本年度结清的目录事项数，按完成、结转、撤销分列", "items accounted for in the year: completed, carried over, cancelled"),
			inCase: func(t *Told, y Year, c *tally) {
				for _, at := range accounted(t, y) {
					said, _ := t.Events[at].with("result").(string)
					c.part(t, at, said, 1)
				}
			}},
		{ID: "catalogue-completed", Group: Decisions, Kind: Share, Name: text("目录事项完成率", "Items completed"), Unit: text("%", "%"), Basis: basis,
			Formula: text("本年度结清的目录事项中：完成的 ÷ 全部", "of the items accounted for in the year: those completed ÷ all"),
			inCase: func(t *Told, y Year, c *tally) {
				for _, at := range accounted(t, y) {
					c.amongst(t, at, t.Events[at].with("result") == "completed")
				}
			}},
	}
}

// accounted gives the places of the events that account for an item in the year; of an
// item, the last one.
func accounted(t *Told, y Year) []int {
	var out []int
	for i, e := range t.Events {
		if !y.Holds(e.On) || !e.did(catalogueAccount, "account") {
			continue
		}
		again := func(b Event) bool { return b.did(catalogueAccount, "account") && b.with("item") == e.with("item") }
		if t.last(len(t.Events), again) == i {
			out = append(out, i)
		}
	}
	return out
}

// cleanupFigures are those of clean-ups of documents.
func cleanupFigures() []Definition {
	const basis = "国务院关于加强市县政府依法行政的决定；国办发〔2018〕37号 第九项"
	each := func(do func(t *Told, at int, c *tally)) func(*Told, Year, *tally) {
		return func(t *Told, y Year, c *tally) {
			at := t.last(len(t.Events), func(e Event) bool { return e.ended(cleanupPublication) })
			if at >= 0 && y.Holds(t.Events[at].On) {
				do(t, at, c)
			}
		}
	}
	length := func(t *Told, at int, fact string) int64 { return int64(len(list(t.fact(at, fact)))) }
	return []Definition{
		{ID: "cleanups", Group: Documents, Kind: Count, Name: text("规范性文件清理", "Clean-ups of documents"), Unit: text("次", "campaigns"), Basis: basis,
			Formula: text("本年度公布结果（或者依法不予公开）的清理次数", "clean-ups whose results were published, or lawfully withheld, in the year"),
			inCase:  each(func(t *Told, at int, c *tally) { c.count(t, at) })},
		{ID: "cleanup-results", Group: Documents, Kind: Count, Name: text("清理的文件", "Documents cleaned up"), Unit: text("件", "documents"), Basis: basis,
			Formula: text("这些清理中有结论的文件数，按继续有效、修改、废止、失效分列", "documents with a conclusion in these clean-ups: kept, to be amended, to be repealed, lapsed"),
			inCase: each(func(t *Told, at int, c *tally) {
				for _, fact := range []string{"kept", "to_amend", "to_repeal", "lapsed"} {
					if n := length(t, at, fact); n > 0 {
						c.part(t, at, fact, n)
					}
				}
			})},
		{ID: "cleanup-carried-out", Group: Documents, Kind: Share, Name: text("清理结论落实率", "Conclusions carried out"), Unit: text("%", "%"), Basis: basis,
			Formula: text("这些清理中应当修改、废止、宣布失效的文件：已落实或者已列入计划的 ÷ 全部", "of the documents to be amended, repealed or declared lapsed: those carried out or put into a plan ÷ all"),
			inCase: each(func(t *Told, at int, c *tally) {
				whole := of(t, at)
				if whole.N = length(t, at, "to_amend") + length(t, at, "to_repeal") + length(t, at, "lapsed"); whole.N == 0 {
					return
				}
				c.whole = append(c.whole, whole)
				done := t.last(len(t.Events), func(e Event) bool { _, ok := e.Facts["provided_for"]; return ok && e.Kind == casefile.EntryAct })
				if done >= 0 {
					c.times(t, done, length(t, done, "provided_for"))
				}
			})},
	}
}
