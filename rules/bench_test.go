package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// thirtyRules writes a pack with one gate of thirty rules over sixty facts, of
// the kinds that occur in the law: flags, dates, counts, lists and enums.
func thirtyRules() fstest.MapFS {
	var gate []string
	var facts, text strings.Builder
	fact := func(name, kind string) {
		fmt.Fprintf(&facts, "%s: {%s, source: record, title: {zh: 事实, en: Fact}}\n", name, kind)
	}
	fact("opened_on", "type: date")
	facts.WriteString("today: {type: date, source: engine, title: {zh: 今天, en: Today}}\n")
	for i := range 30 {
		var require string
		a, b := fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)
		switch i % 5 {
		case 0:
			fact(a, "type: bool")
			fact(b, "type: bool")
			require = fmt.Sprintf("not %s or %s", a, b)
		case 1:
			fact(a, "type: date")
			fact(b, "type: text")
			require = fmt.Sprintf(`isSet(%s) and (calDays(%s, today) >= 30 or %s != "")`, a, a, b)
		case 2:
			fact(a, "type: int")
			fact(b, "type: int")
			require = fmt.Sprintf("%s == 0 or %s >= %s", a, b, a)
		case 3:
			fact(a, "type: [text]")
			fact(b, "type: [text]")
			require = fmt.Sprintf("len(%s) >= 1 and all(%s, # in %s)", a, a, b)
		case 4:
			fact(a, "type: enum, enum: [yes, no, none]")
			fact(b, "type: date")
			require = fmt.Sprintf(`%s in ["yes", "none"] and today > %s`, a, b)
		}
		id := fmt.Sprintf("rule-%d", i)
		gate = append(gate, id)
		fmt.Fprintf(&text, `- id: %s
  title: {zh: 规则, en: Rule}
  effect: block
  provenance: verified
  require: |
    %s
  basis: 示例规定
  message: {zh: 不满足, en: Not met}
  remedy: {zh: 补正, en: Mend it}
`, id, require)
	}
	return packFiles(map[string]string{
		"pack.yaml":       packYAML("{id: gate, question: {zh: 可以吗, en: May it}, rules: [" + strings.Join(gate, ", ") + "]}"),
		"facts.yaml":      facts.String(),
		"rules/all.yaml":  text.String(),
		"tests/none.yaml": "[]\n",
	})
}

func thirtyFacts() casefile.Values {
	facts := casefile.Values{"opened_on": "2024-01-02"}
	for i := range 30 {
		a, b := fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)
		switch i % 5 {
		case 0:
			facts[a], facts[b] = true, true
		case 1:
			facts[a], facts[b] = "2024-03-01", ""
		case 2:
			facts[a], facts[b] = int64(7), int64(7)
		case 3:
			facts[a], facts[b] = []string{"draft", "note"}, []string{"report", "note", "draft"}
		case 4:
			facts[a], facts[b] = "yes", "2024-04-01"
		}
	}
	return facts
}

func BenchmarkJudge30Rules(b *testing.B) {
	p, err := rules.LoadPack(thirtyRules(), ".")
	if err != nil {
		b.Fatal(err)
	}
	judge, err := rules.NewJudge([]*rules.Pack{p}, calendar(b))
	if err != nil {
		b.Fatal(err)
	}
	run := func(b *testing.B, facts casefile.Values, want casefile.Result) {
		in := rules.Input{Gates: []rules.Ref{"xx.small/gate"}, Facts: facts, Today: legaltime.NewDate(2024, 6, 3)}
		b.ReportAllocs()
		for b.Loop() {
			j, err := judge.Judge(in)
			if err != nil {
				b.Fatal(err)
			}
			if j.Verdict.Result != want {
				b.Fatalf("got %s, want %s", j.Verdict.Result, want)
			}
		}
	}
	b.Run("all facts known", func(b *testing.B) { run(b, thirtyFacts(), casefile.Pass) })
	b.Run("half of the facts missing", func(b *testing.B) {
		facts := thirtyFacts()
		for i := range 15 {
			delete(facts, fmt.Sprintf("b%d", i))
		}
		run(b, facts, casefile.Undetermined)
	})
}

func BenchmarkLoad30Rules(b *testing.B) {
	files := thirtyRules()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rules.LoadPack(files, "."); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadShipped(b *testing.B) {
	for b.Loop() {
		if _, err := rules.Embedded(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	judge, err := rules.NewJudge([]*rules.Pack{demo(b)}, calendar(b))
	if err != nil {
		b.Fatal(err)
	}
	facts := casefile.Values{"opened_on": "2024-03-01", "comment_open_on": "2024-03-29", "comment_close_on": "2024-04-28", "short_reason": ""}
	for b.Loop() {
		if _, err := judge.Explain("comment-period", facts, legaltime.NewDate(2024, 6, 3)); err != nil {
			b.Fatal(err)
		}
	}
}
