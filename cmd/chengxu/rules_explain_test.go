package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/rules"
)

// runRules runs "rules" with arguments and a standard input, in this process.
func runRules(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := root()
	cmd.SetArgs(append([]string{"rules"}, args...))
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestARuleIsExplainedWithItsArticleAndWhatWouldDo(t *testing.T) {
	facts := "case_opened_on: 2024-03-01\ncomment_close_on: 2024-06-05\n"
	out, err := runRules(t, facts, "explain", "mad-comment-window-elapsed", "--facts", "-", "--on", "2024-05-06")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"mad-comment-window-elapsed: block (2024-05-06)", "国务院令第713号", "today > comment_close_on  = false", "comment_close_on  = 2024-06-05",
		"wait until 2024-06-06.", "最早等到 2024-06-06。",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestAGateIsExplainedAsJSON(t *testing.T) {
	out, err := runRules(t, `{"case_opened_on": "2024-03-01"}`, "explain", "cn.713/expert_applies", "--facts", "-", "--on", "2024-05-06", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var e explanation
	if err := json.Unmarshal([]byte(out), &e); err != nil {
		t.Fatal(err)
	}
	if e.Result != "undetermined" || len(e.Traces) == 0 || len(e.Ways) != 1 || e.Ways[0].Changes[0].Fact != "highly_technical" {
		t.Errorf("got %s", out)
	}
}

func TestLintFindsNothingInTheShippedPacks(t *testing.T) {
	out, err := runRules(t, "", "lint")
	if err != nil || !strings.Contains(out, "0 defects") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestLintTellsEveryDefectWithItsPlace(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"analysis", "highly_technical\n", "highly_technical and not highly_technical\n", "rules/argument.yaml"},
		{"loading", "highly_technical\n", "highly_technicl\n", "unknown fact highly_technicl"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := packCopy(t)
			file := filepath.Join(dir, "rules", "argument.yaml")
			text := strings.Replace(content(t, file), "    "+tt.old, "    "+tt.new, 1)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := runRules(t, "", "lint", dir)
			var found notInOrder
			if !errors.As(err, &found) || !strings.Contains(out, tt.want) {
				t.Errorf("%v\n%s", err, out)
			}
			out, err = runRules(t, "", "lint", "--json", dir)
			var defects []rules.Defect
			if jerr := json.Unmarshal([]byte(out), &defects); jerr != nil || !errors.As(err, &found) || len(defects) == 0 || defects[0].Line == 0 {
				t.Errorf("%v, %v\n%s", err, jerr, out)
			}
		})
	}
}
