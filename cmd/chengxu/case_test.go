package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// A person opens a case, looks at what is possible, acts, is refused and reads it
// back, with the command alone.
func TestACaseIsRunFromTheCommandLine(t *testing.T) {
	w := newTrial(t)
	t.Setenv("CHENGXU_TOKEN", w.tokens["office"])
	run := func(args ...string) answer {
		return w.command(t, append([]string{"case", "--server", w.url}, args...)...)
	}
	opened := run("open", "--id", "cli-1", "--title", "命令行立案", "--category", "policy",
		"--with", `{"body_kind":"district-gov","decision_body":"区政府","contains_state_secret":false}`)
	if opened.status != 0 {
		t.Fatal(opened.text)
	}
	id, _, _ := strings.Cut(opened.text, "\n")
	if again := run("open", "--id", "cli-1", "--title", "命令行立案", "--category", "policy",
		"--with", `{"body_kind":"district-gov","decision_body":"区政府","contains_state_secret":false}`); !strings.HasPrefix(again.text, id) {
		t.Errorf("the same id opened another case: %s", again.text)
	}
	if got := run("possible", id); !strings.Contains(got.text, "● intake.register") {
		t.Errorf("possible: %s", got.text)
	}
	register := []string{"act", id, "intake.register", "--with", `{"proposer_kind":"public","proposer":"居民","received_on":"2025-03-03","summary":"增设路灯"}`}
	if got := run(append(register, "--if-match", `"7"`)...); got.status != 1 || !strings.Contains(got.text, "case-changed") {
		t.Errorf("an act on another state: %s", got.text)
	}
	if got := run(register...); got.status != 0 {
		t.Errorf("act: %s", got.text)
	}
	if got := run("act", id, "intake.register", "--with", "[1]"); got.status != 1 || !strings.Contains(got.text, "JSON object") {
		t.Errorf("a payload that is no object: %s", got.text)
	}
	if got := run("act", id, "participation.open"); got.status != 1 || !strings.Contains(got.text, "not-possible-now") && !strings.Contains(got.text, "wrong-role") {
		t.Errorf("an act out of place: %s", got.text)
	}
	if got := run("try", id, "case.note", "--with", `{"text":"试"}`); !strings.Contains(got.text, "admitted: true") {
		t.Errorf("try: %s", got.text)
	}
	if got := run("list", "--q", "命令行"); !strings.Contains(got.text, id) {
		t.Errorf("list: %s", got.text)
	}
	if got := run("show", id); !strings.Contains(got.text, "intake") || !strings.Contains(got.text, `ETag "2"`) {
		t.Errorf("show: %s", got.text)
	}
	got := run("entries", id, "--json")
	var list struct{ Entries []json.RawMessage }
	if err := json.Unmarshal([]byte(got.text), &list); err != nil || len(list.Entries) != 2 {
		t.Errorf("entries: %v %s", err, got.text)
	}
	if got := run("show", "nosuchcase"); got.status != 1 || !strings.Contains(got.text, "not-found") {
		t.Errorf("a case that does not exist: %s", got.text)
	}
}
