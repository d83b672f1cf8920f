package rules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/rules"
)

func instruments() []rules.Instrument {
	return []rules.Instrument{
		{ID: "order", CitedAs: []string{"国务院令第713号", "重大行政决策程序暂行条例"}, Articles: 44},
		{ID: "disclosure", CitedAs: []string{"政府信息公开条例"}},
		{ID: "review", CitedAs: []string{"沪府办发〔2020〕5号", "上海市重大行政决策合法性审查工作规则"}},
		{ID: "code", CitedAs: []string{"民法典"}, Articles: 1260},
	}
}

func TestABasisIsReadAsCitations(t *testing.T) {
	order := func(c rules.Citation) rules.Citation {
		c.Instrument, c.Name = "order", "国务院令第713号"
		return c
	}
	for _, tt := range []struct {
		basis string
		want  []rules.Citation
	}{
		{"国务院令第713号", []rules.Citation{order(rules.Citation{})}},
		{"国务院令第713号 第十五条第一款", []rules.Citation{order(rules.Citation{Article: 15, Paragraph: 1})}},
		{"国务院令第713号第十五条", []rules.Citation{order(rules.Citation{Article: 15})}},
		{"国务院令第713号 第二十九条第一项", []rules.Citation{order(rules.Citation{Article: 29, Item: 1})}},
		{"国务院令第713号 第十条第一项、第三项", []rules.Citation{
			order(rules.Citation{Article: 10, Item: 1}), order(rules.Citation{Article: 10, Item: 3}),
		}},
		{"国务院令第713号 第三条第一款第二项、第二款、第五条", []rules.Citation{
			order(rules.Citation{Article: 3, Paragraph: 1, Item: 2}), order(rules.Citation{Article: 3, Paragraph: 2}), order(rules.Citation{Article: 5}),
		}},
		{"国务院令第713号 第十四条至第十八条、第二十条", []rules.Citation{
			order(rules.Citation{Article: 14, To: 18}), order(rules.Citation{Article: 20}),
		}},
		{"国务院令第713号 第二章第二节至第四节", []rules.Citation{order(rules.Citation{Chapter: 2, Section: 2, To: 4})}},
		{"国务院令第713号 第三十三条（条例未定日数；参照第三十日的规定）", []rules.Citation{order(rules.Citation{Article: 33})}},
		{"国务院令第713号 第十四条第一款、第三十二条；政府信息公开条例 第十四条、第十七条", []rules.Citation{
			order(rules.Citation{Article: 14, Paragraph: 1}), order(rules.Citation{Article: 32}),
			{Instrument: "disclosure", Name: "政府信息公开条例", Article: 14}, {Instrument: "disclosure", Name: "政府信息公开条例", Article: 17},
		}},
		{"《重大行政决策程序暂行条例》（国务院令第713号） 第二条", []rules.Citation{
			{Instrument: "order", Name: "《重大行政决策程序暂行条例》（国务院令第713号）", Article: 2},
		}},
		{"沪府办发〔2020〕5号《上海市重大行政决策合法性审查工作规则》 第七条", []rules.Citation{
			{Instrument: "review", Name: "沪府办发〔2020〕5号《上海市重大行政决策合法性审查工作规则》", Article: 7},
		}},
		{"民法典 第一千二百零三条", []rules.Citation{{Instrument: "code", Name: "民法典", Article: 1203}}},
	} {
		got, err := rules.ParseCitations(tt.basis, instruments())
		if err != nil {
			t.Errorf("%s: %v", tt.basis, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.basis, diff)
		}
	}
}

func TestABasisThatCannotBeReadSaysWhy(t *testing.T) {
	for _, tt := range []struct{ basis, want string }{
		{"国务院令第714号 第一条", `"国务院令第714号" is no instrument of pack.yaml`},
		{"第十五条", `"" is no instrument of pack.yaml`},
		{"国务院令第713号 第十五条；第十六条", `"" is no instrument`},
		{"国务院令第713号 第四十五条", "国务院令第713号 has 44 articles; there is no 第四十五条"},
		{"国务院令第713号 第四十条至第四十五条", "there is no 第四十五条"},
		{"国务院令第713号 第一十五条", "not read as a place"},
		{"国务院令第713号 第十五条和第十六条", "not read as a place"},
		{"国务院令第713号 第十五条第一款第一条", "not read as a place"},
		{"国务院令第713号 第十八条至第十四条", "not a range"},
		{"国务院令第713号 第十四条至第二款", "not a range"},
		{"国务院令第713号《政府信息公开条例》 第一条", "names several instruments"},
	} {
		if _, err := rules.ParseCitations(tt.basis, instruments()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %q", tt.basis, err, tt.want)
		}
	}
}

func TestAnyCitationReadsBackAsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rules.Citation{Instrument: "code", Name: "民法典"}
		if rapid.Bool().Draw(t, "article") {
			c.Article = rapid.IntRange(1, 1260).Draw(t, "n")
			c.Paragraph = rapid.IntRange(0, 40).Draw(t, "paragraph")
			c.Item = rapid.IntRange(0, 120).Draw(t, "item")
			if last := max(c.Item, c.Paragraph); rapid.Bool().Draw(t, "range") && c.Item+c.Paragraph > 0 {
				c.To = last + 1
				if c.Item > 0 {
					c.To = c.Item + 1
				}
			}
		} else {
			c.Chapter = rapid.IntRange(0, 30).Draw(t, "chapter")
			if c.Chapter > 0 {
				c.Section = rapid.IntRange(0, 12).Draw(t, "section")
			}
		}
		got, err := rules.ParseCitations(c.String(), instruments())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]rules.Citation{c}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c, diff)
		}
	})
}

func TestCitationsTouchWhereTheyHaveTextInCommon(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"第十五条", "第十五条第一款", true},
		{"第十五条第一款", "第十五条第二款", false},
		{"第十四条至第十八条", "第十五条第二款", true},
		{"第十四条至第十八条", "第十九条", false},
		{"第十四条至第十八条", "第十八条至第二十条", true},
		{"第二十九条第一项", "第二十九条第二项", false},
		{"第二十九条第一项", "第二十九条第一款第二项", true}, // which paragraph is meant is not said
		{"", "第十五条", true},
		{"第二章", "第十五条", true},
		{"第二章", "第三章", false},
		{"第二章第二节至第四节", "第二章第三节", true},
		{"第二章第二节至第四节", "第二章第一节", false},
	} {
		parse := func(place string) rules.Citation {
			list, err := rules.ParseCitations("国务院令第713号 "+place, instruments())
			if err != nil {
				t.Fatal(err)
			}
			return list[0]
		}
		a, b := parse(tt.a), parse(tt.b)
		if a.Touches(b) != tt.want || b.Touches(a) != tt.want {
			t.Errorf("%s and %s: %t and %t, want %t", tt.a, tt.b, a.Touches(b), b.Touches(a), tt.want)
		}
	}
	other := rules.Citation{Instrument: "disclosure", Article: 15}
	if other.Touches(rules.Citation{Instrument: "order", Article: 15}) {
		t.Error("articles of different instruments touch")
	}
}
