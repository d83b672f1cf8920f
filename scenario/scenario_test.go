package scenario_test

import (
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/scenario"
)

const good = `scenario: 按期征求意见
procedure: cn.major-decision@2019
organ: 示例区政府
starts: 2024-03-01
people:
  drafter: {name: 承办人, roles: [drafter]}
matter: {title: 方案, category: policy}
documents:
  draft: {title: 草案, text: 内容}
acts:
  - {on: 2024-03-29, by: drafter, do: participation.open, with: {closes_on: 2024-04-29, draft: "doc:draft"}, expect: accepted}
  - {on: 2024-04-10, by: drafter, do: participation.close, expect: {blocked: [mad-comment-window-elapsed]}}
`

func TestParse(t *testing.T) {
	s, err := scenario.Parse("a.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Acts[0].With["closes_on"]; got != "2024-04-29" {
		t.Errorf("a date in a payload is %T %v, want the text 2024-04-29", got, got)
	}
	if s.Acts[1].Line != 12 {
		t.Errorf("line of the second act = %d, want 12", s.Acts[1].Line)
	}
	if s.Open.By != "drafter" {
		t.Errorf("opened by %q, want who does the first act", s.Open.By)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, old, new, want string
	}{
		{"an unknown key", "organ:", "organs:", "organs"},
		{"an unknown key of an act", "expect: accepted}", "expects: accepted}", `unknown key "expects"`},
		{"an unknown person", "by: drafter, do: participation.close", "by: nobody, do: participation.close", `"nobody" is not among the people`},
		{"an act without an expectation", ", expect: accepted}", "}", "say what must come of it"},
		{"an expectation that is no word of ours", "expect: accepted}", "expect: fine}", `expect "fine"`},
		{"an empty expectation", "{blocked: [mad-comment-window-elapsed]}", "{}", "expect: empty"},
		{"an unknown kind of expectation", "{blocked: [", "{stopped: [", `unknown key "stopped"`},
		{"refused beside blocked", "{blocked: [mad-comment-window-elapsed]}", "{blocked: [a], refused: bad-value}", "refused stands alone"},
		{"a clock that goes back", "on: 2024-04-10", "on: 2024-03-10", "the clock never goes back"},
		{"a document that is not there", "doc:draft", "doc:other", `document "other" is not among the documents`},
		{"a date that does not exist", "starts: 2024-03-01", "starts: 2024-02-30", "2024-02-30"},
		{"no title", "scenario: 按期征求意见", "scenario: ''", "the title is missing"},
		{"no organ", "organ: 示例区政府", "organ: ''", "organ: missing"},
		{"two documents", "matter:", "---\nmatter:", "found a second document"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := strings.Replace(good, tt.old, tt.new, 1)
			if src == good {
				t.Fatal("the row changes nothing")
			}
			_, err := scenario.Parse("a.yaml", []byte(src))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "a.yaml: ") {
				t.Errorf("error = %q, want the file and %q", err, tt.want)
			}
		})
	}
	if _, err := scenario.Parse("a.yaml", nil); err == nil {
		t.Error("an empty file was accepted")
	}
	if _, err := scenario.Parse("a.yaml", make([]byte, 2<<20)); err == nil {
		t.Error("a file of 2 MiB was accepted")
	}
}
