package procedure_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

func TestWhatRestsOnTheArticleOnPublicCommentIsListed(t *testing.T) {
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	source, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var definitions []*procedure.Definition
	for _, s := range source {
		d, err := procedure.Load(s.Name, s.Content)
		if err != nil {
			t.Fatal(err)
		}
		if d.Name() == "cn.major-decision@2019" {
			definitions = append(definitions, d)
		}
	}
	article15 := rules.Citation{Instrument: "so-713", Article: 15}
	type entry struct {
		kind, id string
		broad    bool
	}
	var got []entry
	for _, c := range append(rules.CitedBy(packs, article15), procedure.CitedBy(definitions, packs, article15)...) {
		got = append(got, entry{c.Kind, c.ID, c.Broad})
	}
	want := []entry{
		{"rule", "mad-comment-notice-content", false},
		{"rule", "mad-comment-min-30d-soft", false},
		{"rule", "mad-comment-window-elapsed", false},
		{"parameter", "comment_days", false},
		{"period", "comment_window", false},
		{"obligation", "comment-channels", false},
		{"obligation", "comment-draft", false},
		{"obligation", "comment-explanation", false},
		{"obligation", "comment-how", false},
		{"obligation", "comment-until", false},
		{"obligation", "comment-days", false},
		{"obligation", "comment-shortened", false},
		{"procedure", "cn.major-decision", true},
		{"step", "opinions", true},
		{"step", "participation", false},
		{"act", "participation.open", false},
		{"act", "participation.close", false},
		{"transition", "participation → done → join", false},
		{"transition", "participation → exempt → join", false},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(entry{})); diff != "" {
		t.Errorf("what rests on article 15 (-want +got):\n%s", diff)
	}
}

func TestAReasonThatBeginsWithACitationRestsOnIt(t *testing.T) {
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	d := &procedure.Definition{ID: "x", Version: "1", Basis: "国务院令第713号", Steps: []procedure.Step{{
		ID: "a", Basis: "国务院令第713号 第十条",
		Outcomes: []procedure.Transition{
			{Is: "out", To: "b", Free: "第三条第二款：转入其他程序"},
			{Is: "no", To: "b", Free: "公平竞争审查条例：不得出台"},
			{Is: "more", To: "a", Free: "补充研究"},
		},
	}}}
	for _, tt := range []struct {
		of   rules.Citation
		want []string
	}{
		{rules.Citation{Instrument: "so-713", Article: 3, Paragraph: 2}, []string{"x", "a → out → b"}},
		{rules.Citation{Instrument: "so-713", Article: 4}, []string{"x"}},
		{rules.Citation{Instrument: "fair-competition-2024", Article: 18}, []string{"a → no → b"}},
	} {
		var got []string
		for _, c := range procedure.CitedBy([]*procedure.Definition{d}, packs, tt.of) {
			got = append(got, c.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.of, diff)
		}
	}
}
