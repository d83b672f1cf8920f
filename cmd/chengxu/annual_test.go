package main

import (
	"bytes"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/scenario"
)

// TestAnnualFiguresAgreeWithAnIndependentRecount plays whole examples, and counts every
// figure twice: by package annual, and by loops over the leaves of the logs that know
// nothing of it. When the record is changed for one of them, they must not agree.
func TestAnnualFiguresAgreeWithAnIndependentRecount(t *testing.T) {
	s := startTestStack(t, 0)
	calendar := must(legaltime.Embedded())
	figures := annualFigures(s.store, s.keys, true)
	counted := map[string]bool{}
	organs := map[casefile.OrganID]bool{}
	for i, file := range []string{
		"putuo-waste-sorting", "ningjin-yangguang-avenue", "pingyuan-s332-hearing", "xinzhuang-jindu-road", "sub-district-parking-document",
		"filing-review-parking-document",
		"document-cleanup-of-152", "document-cleanup-with-amendment", "document-validity-parking-notice", "document-litigation-market-rules",
		"maqiao-catalogue-2024", "stories/market-decided", "stories/market-moved", "conduct/w01-three-returns", "conduct/w05-deputy-presides", "conduct/w09-late-recovery", "conduct/w17-approved-as-amended",
	} {
		organs[play(t, s, "../../examples/"+file+".yaml", "annual-"+strconv.Itoa(i)).Organ] = true
	}
	for organ := range organs {
		cases := rawCases(t, s, organ)
		for year := 2021; year <= 2028; year++ {
			q := annual.Query{Organ: organ, Year: annual.Year(year), Practice: true}
			report := must(figures.Current(t.Context(), q))
			for _, problem := range recounted(cases, strconv.Itoa(year), calendar).differs(report) {
				t.Errorf("%s %d: %s", organ, year, problem)
			}
			for _, f := range report.Figures {
				counted[f.ID] = counted[f.ID] || f.Count > 0
				if f.Count > 0 {
					leftOut(t, cases, report, f, calendar)
				}
			}
			if year <= time.Now().Year() && must(figures.Current(t.Context(), annual.Query{Organ: organ, Year: annual.Year(year)})).Figures[0].Count != 0 {
				t.Errorf("%s %d: practice is counted as real", organ, year)
			}
		}
	}
	for _, id := range []string{"decisions-opened", "decisions-issued", "decisions-published", "decisions-with-participation", "decisions-with-expert", "decisions-with-risk", "decisions-with-legality",
		"decisions-with-deliberation", "comment-windows", "comment-days", "opinions-received", "opinions-adopted", "hearings-held", "reviews", "reviews-working-days", "reviews-with-counsel",
		"documents-amended", "documents-repealed", "documents-lapsed", "documents-extended", "review-results", "incidental-review-received", "incidental-review-in-time", "judicial-advice-received", "cleanups", "cleanup-results",
		"catalogue-items", "catalogue-results", "executions-completed", "documents-made", "documents-in-force", "documents-reviewed", "interpretation-synchronous", "filing-rate", "blocked", "blocked-by-article", "returns", "papers-lacking", "deadlines-met", "deadlines-breached"} {
		if !counted[id] {
			t.Errorf("no example shows anything of %s", id)
		}
	}
	freezes(t, s)
}

// leftOut takes an entry that a figure counts out of the record that is counted again,
// and wants the two counts to differ.
func leftOut(t *testing.T, cases map[string][]raw, report annual.Report, f annual.Figure, calendar *legaltime.Calendar) {
	t.Helper()
	ref := f.Counted[0]
	whole := cases[string(ref.Case)]
	if len(whole) == 0 || ref.Entry == 1 {
		return
	}
	gone := map[string][]raw{}
	for id, entries := range cases {
		gone[id] = entries
	}
	gone[string(ref.Case)] = slices.Delete(slices.Clone(whole), int(ref.Entry)-1, int(ref.Entry))
	if len(recounted(gone, strconv.Itoa(int(report.Year)), calendar).differs(report)) == 0 {
		t.Errorf("%s %d: nobody notices that entry %d of case %s, which %s counts, is gone", report.Organ, report.Year, ref.Entry, ref.Case, f.ID)
	}
}

// freezes goes through the command: freeze, show, verify, and the canonical form.
func freezes(t *testing.T, s *stack) {
	t.Helper()
	organ := "上海市嘉定区真新街道办事处"
	asked := []string{"--organ", organ, "--year", "2025", "--practice", "--data", s.dir}
	run := func(args ...string) string {
		var out bytes.Buffer
		cmd := root()
		cmd.SetOut(&out)
		cmd.SetArgs(append(append([]string{"report"}, args...), asked...))
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("report %v: %v", args, err)
		}
		return out.String()
	}
	contains(t, "the figures", run("annual"), "制定公布的规范性文件", "filing-rate", "1 ÷ 1")
	contains(t, "the frozen figures", run("annual", "--freeze", "--by", "审计员"), "第 1 次定稿，审计员")
	digest := string(annual.Digest([]byte(run("annual", "--json", "--version", "1"))))
	contains(t, "the verification", run("verify"), "第 1 次定稿属实", digest)
	now := must(annualFigures(s.store, s.keys, true).Restated(t.Context(), annual.Query{Organ: casefile.OrganID(organ), Year: 2025, Practice: true},
		must(annualFigures(s.store, s.keys, true).Current(t.Context(), annual.Query{Organ: casefile.OrganID(organ), Year: 2025, Practice: true}))))
	if diff := cmp.Diff([]annual.Restated(nil), now); diff != "" {
		t.Errorf("nothing was recorded since: %s", diff)
	}
	if _, err := scenario.Play(t.Context(), must(loadScenario("../../examples/sub-district-parking-document.yaml")), localEngine{s.cases, s.papers}, "annual-later", nil); err != nil { // its number is another one now
		t.Fatal(err)
	}
	contains(t, "the restatement", run("annual"), "与上一次定稿不同（重述）", "documents-made", "1 → 2")
	contains(t, "the second version", run("annual", "--freeze", "--by", "审计员"), "第 2 次定稿")
	contains(t, "the first version, still", run("verify", "--version", "1"), "第 1 次定稿属实", digest)
}
