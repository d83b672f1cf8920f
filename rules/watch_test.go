package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/rules"
)

// filing is a pack on the filing of rules. The Regulation of 2001 (法规规章备案条例)
// was replaced on 2024-11-01 by that of 2024 (法规规章备案审查条例).
func filing(t *testing.T) *rules.Pack {
	t.Helper()
	files := small("flag")
	files["pack.yaml"] = strings.Replace(files["pack.yaml"],
		"  - {id: xx.small, title: {zh: 小规定, en: Small Rules}, in_force: {from: 2020-01-01}, text_seen: 自拟}\n",
		`  - {id: filing-2001, title: {zh: 法规规章备案条例, en: Filing 2001}, in_force: {from: 2002-01-01, to: 2024-10-31}, text_seen: 全文, cited_as: [法规规章备案条例, 国务院令第337号]}
  - {id: filing-2024, title: {zh: 法规规章备案审查条例, en: Filing 2024}, in_force: {from: 2024-11-01}, text_seen: 全文, cited_as: [法规规章备案审查条例], articles: 26}
`, 1)
	files["rules/one.yaml"] = strings.Replace(files["rules/one.yaml"], "小规定 第一条", "《法规规章备案条例》（国务院令第337号） 第三条、第四条", 1)
	files["rules/two.yaml"] = strings.Replace(files["rules/two.yaml"], "小规定 第二条", "法规规章备案审查条例 第四条", 1)
	files["parameters.yaml"] = strings.Replace(files["parameters.yaml"], "小规定 第三条", "法规规章备案条例 第三条", 1)
	files["parameters.yaml"] = strings.Replace(files["parameters.yaml"], "小规定 第三条", "法规规章备案审查条例 第四条第一款", 1)
	files["obligations.yaml"] = `instrument: filing-2024
obligations:
  - {id: file-in-time, article: 第四条, who: {zh: 制定机关, en: maker}, must: {zh: 按时备案, en: file in time}, met_by: {rules: [all]}}
without_obligation:
  - {article: 第一条, because: {zh: 目的, en: purpose}}
`
	return load(t, files)
}

func TestWhatCitesARepealedInstrumentIsListed(t *testing.T) {
	for _, tt := range []struct {
		of   rules.Citation
		want []string
	}{
		{rules.Citation{Instrument: "filing-2001"}, []string{"rule one rules/one.yaml:1", "parameter days parameters.yaml:2"}},
		{rules.Citation{Instrument: "filing-2001", Article: 4}, []string{"rule one rules/one.yaml:1"}},
		{rules.Citation{Instrument: "filing-2001", Article: 5}, nil},
		{rules.Citation{Instrument: "filing-2024", Article: 4, Paragraph: 2}, []string{"rule all rules/two.yaml:1", "obligation file-in-time obligations.yaml:3"}},
		{rules.Citation{Instrument: "filing-2024"}, []string{
			"rule all rules/two.yaml:1", "parameter days parameters.yaml:3", "obligation file-in-time obligations.yaml:3",
		}},
	} {
		var got []string
		for _, c := range rules.CitedBy([]*rules.Pack{filing(t)}, tt.of) {
			got = append(got, fmt.Sprintf("%s %s %s:%d", c.Kind, c.ID, c.File, c.Line))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.of, diff)
		}
	}
}

func TestAnInstrumentIsFoundByIDOrName(t *testing.T) {
	packs := []*rules.Pack{filing(t)}
	for _, name := range []string{"filing-2001", "法规规章备案条例", "国务院令第337号"} {
		if i, ok := rules.FindInstrument(packs, name); !ok || i.ID != "filing-2001" {
			t.Errorf("%s: %v, %t", name, i, ok)
		}
	}
	if i, ok := rules.FindInstrument(packs, "备案条例"); ok {
		t.Errorf("a part of a name found %s", i.ID)
	}
}
