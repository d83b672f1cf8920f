package rules_test

import (
	"os"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

func calendar(t testing.TB) *legaltime.Calendar {
	t.Helper()
	c, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func demo(t testing.TB) *rules.Pack {
	t.Helper()
	p, err := rules.LoadPack(os.DirFS("testdata"), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThePacksOwnTestsPass(t *testing.T) {
	for _, r := range rules.RunTests(demo(t), calendar(t)) {
		if !r.Passed() {
			t.Errorf("%s:%d: %s: %s", r.Test.File, r.Test.Line, r.Test.Name, r.Problem)
		}
	}
}

func TestATestThatFailsShowsWhyWithArticleAndTrace(t *testing.T) {
	for _, tt := range []struct{ name, test, want string }{
		{"other result", "{name: 试, rule: one, facts: {flag: true}, want: block}", "want block, got pass"},
		{"other facts missing", "{name: 试, rule: one, facts: {}, want: undetermined, missing: [other]}", `want ["other"] missing, got ["flag"]`},
		{"a due date where there is none", "{name: 试, rule: one, facts: {flag: true}, want: pass, due: 2024-01-01}", `want due "2024-01-01", got ""`},
		{"not provisional", "{name: 试, rule: one, facts: {flag: true}, want: pass, provisional: true}", "want provisional true, got false"},
		{"other result of a gate", "{name: 试, gate: gate, on: 2024-01-02, facts: {flag: true}, want: pass}", "want pass, got undetermined"},
		{"other rules hinder", "{name: 试, gate: gate, on: 2024-01-02, facts: {flag: false}, want: block, hindered_by: [all]}", `want it hindered by ["all"], got ["one" "all"]`},
		{"a reason for a rule that blocks", "{name: 试, gate: gate, on: 2024-01-02, facts: {flag: false}, want: block, reasons: {one: 理由}}", "does not warn"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := small("flag")
			files["tests/none.yaml"] = "- " + tt.test + "\n"
			results := rules.RunTests(load(t, files), calendar(t))
			if len(results) != 1 || results[0].Passed() || !strings.Contains(results[0].Problem, tt.want) {
				t.Fatalf("got %+v, want a failure with %q", results, tt.want)
			}
			if r := results[0]; r.Test.Rule != "" && (r.Basis != "小规定 第一条" || r.Trace == nil) {
				t.Errorf("article %q, trace %v", r.Basis, r.Trace)
			}
		})
	}
}
