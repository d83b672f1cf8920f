package rules_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// packFiles makes a file system of the files of a pack.
func packFiles(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, content := range files {
		out[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return out
}

// packYAML writes a pack.yaml with one gate, or several lines of gates.
func packYAML(gates string) string {
	return `id: xx.small
version: "1"
title: {zh: 小规则包, en: Small pack}
rank: rule
instruments:
  - {id: xx.small, title: {zh: 小规定, en: Small Rules}, in_force: {from: 2020-01-01}, text_seen: 自拟}
in_force: {from: 2020-01-01}
law_at: opened_on
gates:
  - ` + gates + "\n"
}

const smallFacts = `opened_on: {type: date, source: engine, title: {zh: 立项日, en: Opened}}
today: {type: date, source: engine, title: {zh: 今天, en: Today}}
flag: {type: bool, source: record, initial: false, title: {zh: 标志, en: Flag}}
other: {type: bool, source: determination, title: {zh: 另一标志, en: Other}}
third: {type: bool, source: determination, title: {zh: 第三标志, en: Third}}
amount: {type: int, source: record, title: {zh: 数, en: Count}}
ratio: {type: number, source: record, title: {zh: 比例, en: Ratio}}
kind: {type: enum, enum: [a, b, c], source: record, title: {zh: 种类, en: Kind}}
name: {type: text, source: record, title: {zh: 名称, en: Name}}
list: {type: [text], source: record, title: {zh: 清单, en: List}}
more: {type: [text], source: record, title: {zh: 另一清单, en: More}}
from_on: {type: date, source: record, initial: "", title: {zh: 起, en: From}}
until_on: {type: date, source: record, initial: "", title: {zh: 止, en: Until}}
`

// small gives the files of a pack with one blocking rule, which stands in line 6
// of rules/one.yaml, and one that reads all facts.
func small(require string) map[string]string {
	const all = `flag and other and third and amount > 0 and ratio > 0 and kind == "a" and name == "" and len(list) + len(more) > 0 and today > from_on and today > until_on and amount < p.days`
	return map[string]string{
		"pack.yaml":  packYAML("{id: gate, question: {zh: 可以吗, en: May it}, rules: [one, all]}"),
		"facts.yaml": smallFacts,
		"rules/one.yaml": `- id: one
  title: {zh: 规则, en: Rule}
  effect: block
  provenance: verified
  require: |
    ` + require + `
  basis: 小规定 第一条
  message: {zh: 不满足, en: Not met}
  remedy: {zh: 补正, en: Mend it}
`,
		"rules/two.yaml": `- id: all
  title: {zh: 规则, en: Rule}
  effect: block
  provenance: verified
  require: |
    ` + all + `
  basis: 小规定 第二条
  message: {zh: 不满足, en: Not met}
  remedy: {zh: 补正, en: Mend it}
`,
		"parameters.yaml": `days:
  - {from: 2020-01-01, value: 30, unit: 天, basis: 小规定 第三条, provenance: verified}
  - {from: 2024-01-01, value: 20, unit: 天, basis: 小规定 第三条, provenance: verified}
`,
		"tests/none.yaml": "[]\n",
	}
}

// load loads the files of a pack, which must be right.
func load(t testing.TB, files map[string]string) *rules.Pack {
	t.Helper()
	p, err := rules.LoadPack(packFiles(files), ".")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// judgeOf gives a judge of a pack with one rule "one".
func judgeOf(t testing.TB, require string) *rules.Judge {
	t.Helper()
	j, err := rules.NewJudge([]*rules.Pack{load(t, small(require))}, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// equalDates lets cmp compare dates.
var equalDates = cmpopts.EquateComparable(legaltime.Date{})
