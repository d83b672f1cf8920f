package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/scenario"
)

// TestTheLifeOfANormativeDocument plays the cases of one document on the real engine: it is made
// and filed, extended, partly disabled after a judgment, amended by another document,
// and ends with its term. Each dossier is verified without the engine, and what the
// entries change in the register of documents is what the story says.
func TestTheLifeOfANormativeDocument(t *testing.T) {
	s := startTestStack(t, 0)
	script, err := loadScenario("../../examples/sub-district-parking-document.yaml")
	if err != nil {
		t.Fatal(err)
	}
	result, err := scenario.Play(t.Context(), script, localEngine{s.cases, s.papers}, "life", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range result.Problems {
		t.Error(problem)
	}
	var ran []string
	got := map[string]bool{}
	for _, one := range result.All() {
		ran = append(ran, one.Case.Pinned.Procedure)
		verified(t, exported(t, s, one.Case.ID))
		for _, change := range changesBy(t, s, one.Case) {
			got[change] = true
		}
	}
	const chapters = "cn.normative-document@2018 cn.document-litigation@2024 cn.document-validity@2019 cn.normative-document@2018"
	if strings.Join(ran, " ") != chapters {
		t.Errorf("cases ran under %v", ran)
	}
	want := map[string]bool{
		"2025-07-15 〔2025〕2号 published until 2027-07-14":          true,
		"2025-07-02 〔2025〕2号 filed by 示例登记号":                      true,
		"2025-12-15 〔2025〕2号 extended until 2027-12-31 by 示例延期决定": true,
		"2026-02-11 〔2025〕2号 clause-disabled 第四条 by 示例行政判决":       true,
		"2026-07-15 〔2026〕1号 published until 2027-12-31":          true,
		"2026-07-01 〔2026〕1号 filed by 示例登记号之二":                    true,
		"2026-07-15 〔2025〕2号 amended by 〔2026〕1号":                 true,
		"2026-07-15 〔2025〕2号 clause-restored 第四条 by 〔2026〕1号":     true,
		"2028-01-01 〔2025〕2号 lapsed":                              true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes of the register (-want +got):\n%s", diff)
	}
}

// changesBy gives what the entries of a case change in the register of documents, one
// line each.
func changesBy(t *testing.T, s *stack, c casefile.Case) []string {
	t.Helper()
	var def *procedure.Definition
	for _, d := range s.shipped.definitions {
		if d.Name() == c.Pinned.Procedure {
			def = d
		}
	}
	sealed, err := s.store.Sealed(t.Context(), c.ID)
	if err != nil || def == nil {
		t.Fatal(err, def)
	}
	var out []string
	var now casefile.Case
	for _, one := range sealed {
		if err := now.Apply(one.Entry); err != nil {
			t.Fatal(err)
		}
		for _, x := range def.Derive(&now, one.Entry).Register {
			line := x.On.String() + " " + x.Document + " " + string(x.Change)
			if !x.Until.IsZero() {
				line += " until " + x.Until.String()
			}
			if len(x.Clauses) > 0 {
				line += " " + strings.Join(x.Clauses, "、")
			}
			if x.By != "" {
				line += " by " + x.By
			}
			out = append(out, strings.ReplaceAll(line, "演练上海市嘉定区真新街道办事处", ""))
		}
	}
	return out
}
