package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shell runs commands of the program against a running Chengxu as the holder of a
// token.
type shell struct {
	t   *testing.T
	url string
}

// run gives what a command printed, and its exit code.
func (s shell) run(args ...string) (out string, code int) {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := root()
	cmd.SetArgs(append(args, "--server", s.url))
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	err := cmd.ExecuteContext(s.t.Context())
	var found notInOrder
	switch {
	case err == nil:
		return stdout.String(), 0
	case errors.As(err, &found):
		return stdout.String() + err.Error(), exitNotAsExpected
	}
	return stdout.String() + err.Error(), exitUsage
}

// done runs a command that has to succeed.
func (s shell) done(args ...string) string {
	s.t.Helper()
	out, code := s.run(args...)
	if code != 0 {
		s.t.Fatalf("%s: exits with %d: %s", strings.Join(args, " "), code, out)
	}
	return out
}

// An organ, its unit, people, their appointments, a mandate and accounts come into
// being from a shell, and end from there.
func TestASmallOrganIsSetUpFromAShell(t *testing.T) {
	s := startTestStack(t, 0)
	server := httptest.NewServer(must(s.handler(outside{}, slog.New(slog.NewTextHandler(t.Output(), nil)))))
	t.Cleanup(server.Close)
	admin := firstAdministrator(t, s, server.URL)
	_, answer := admin.send("POST", "/api/v1/tokens", `{"roles":["administrator"],"days":1,"reason":"设立机关"}`)
	var token struct{ ID, Secret string }
	if err := json.Unmarshal([]byte(answer), &token); err != nil || token.Secret == "" {
		t.Fatal(answer)
	}
	t.Setenv("CHENGXU_TOKEN", token.Secret)
	sh := shell{t, server.URL}
	sh.done("organ", "add", "bureau", "--name", "绿化局", "--superior", "示例区人民政府", "--zone", "+08:00")
	if out := sh.done("organ", "list"); !strings.Contains(out, "绿化局") || !strings.Contains(out, "示例区人民政府") {
		t.Errorf("organs: %s", out)
	}
	sh.done("organ", "unit", "add", "greens", "--name", "绿化科", "--organ", "bureau")
	for person, role := range map[string]string{"zhang": "chief", "li": "drafter"} {
		sh.done("person", "add", person, "--name", "某"+person, "--organ", "bureau")
		sh.done("person", "appoint", person, "--id", "a-"+person, "--roles", role, "--organ", "bureau", "--unit", "greens", "--from", "2020-01-01")
	}
	if out := sh.done("person", "list", "--organ", "bureau"); !strings.Contains(out, "某zhang") || strings.Contains(out, "管理员") {
		t.Errorf("people: %s", out)
	}
	if out := sh.done("person", "appointments", "--organ", "bureau"); !strings.Contains(out, "chief") {
		t.Errorf("appointments: %s", out)
	}
	first := strings.TrimSpace(sh.done("account", "open", "li", "--login", "li.hua", "--reason", "到任"))
	li := newVisitor(t, server.URL)
	if status, answer := li.send("POST", "/api/v1/session", `{"login":"li.hua","password":"`+first+`"}`); status != http.StatusOK {
		t.Fatal(status, answer)
	}
	if status, answer := li.send("POST", "/api/v1/session/password", `{"current":"`+first+`","next":"我的新密码是很长的一句话"}`); status != http.StatusNoContent {
		t.Fatal(status, answer)
	}
	paper := filepath.Join(t.TempDir(), "授权.txt")
	if err := os.WriteFile(paper, []byte("授权书"), 0o600); err != nil {
		t.Fatal(err)
	}
	mandate := []string{"mandate", "add", "--id", "m1", "--organ", "bureau", "--principal", "zhang", "--delegate", "li", "--roles", "chief", "--document", "@" + paper, "--from", "2026-01-01", "--until", "2099-01-01"}
	if out, code := sh.run(mandate...); code != exitNotAsExpected || !strings.Contains(out, "document") {
		t.Errorf("a mandate by a document that is not stored: %d %s", code, out)
	}
	if status, answer := li.send("POST", "/api/v1/documents?title=x", "授权书", "Content-Type", "text/plain"); status != http.StatusCreated {
		t.Fatal(status, answer)
	}
	sh.done(mandate...)
	if status, answer := li.send("GET", "/api/v1/session", ""); status != http.StatusOK || !strings.Contains(answer, `"principal_name":"某zhang"`) || !strings.Contains(answer, `"in_force":true`) {
		t.Errorf("the mandate: %d %s", status, answer)
	}
	sh.done("mandate", "end", "m1")
	if out := sh.done("mandate", "list", "--organ", "bureau", "--json"); !strings.Contains(out, `"revoked": true`) {
		t.Errorf("the mandate after its end: %s", out)
	}
	if _, answer := li.send("GET", "/api/v1/session", ""); strings.Contains(answer, "某zhang") {
		t.Errorf("a session of before knows the mandate: %s", answer)
	}
	sh.done("organ", "unit", "end", "greens")
	if out := sh.done("person", "end", "zhang", "--organ", "bureau", "--on", "2026-06-30"); !strings.Contains(out, "2020-01-01 – 2026-06-30") {
		t.Errorf("the appointment after its end: %s", out)
	}
	sh.refusals(first)
	if out := sh.done("account", "log", "--organ", "bureau"); !strings.Contains(out, "opened") || !strings.Contains(out, "到任") || !strings.Contains(out, "离任") || strings.Contains(out, "token-issued") {
		t.Errorf("the log of the bureau: %s", out)
	}
	if out := sh.done("account", "log"); !strings.Contains(out, "token-issued") || !strings.Contains(out, "设立机关") || !strings.Contains(out, "administrator's link") {
		t.Errorf("the log of the district: %s", out)
	}
}

// refusals tries what is refused, and what cannot be asked.
func (s shell) refusals(first string) {
	s.t.Helper()
	for _, tt := range []struct {
		args string
		code int
		says string
	}{
		{"organ add bureau --name x --superior 示例区人民政府", exitNotAsExpected, "case-changed"},
		{"organ add other --name x --superior nowhere", exitNotAsExpected, "not-found"},
		{"organ end nowhere", exitNotAsExpected, "not-found"},
		{"organ add other --name x", exitUsage, "superior"},
		{"person end zhang --organ bureau --on 2026-06-30", exitNotAsExpected, "no appointment"},
		{"person end zhang --organ bureau --on soon", exitUsage, "YYYY-MM-DD"},
		{"person appoint zhang --organ bureau --roles mayor --from 2020-01-01", exitNotAsExpected, "roles"},
		{"mandate add --principal zhang --delegate li --roles chief --document @nowhere --from 2026-01-01 --until 2026-01-02", exitUsage, "nowhere"},
		{"account open li --login li.hua", exitNotAsExpected, "conflict"},
		{"account close admin --reason 测试", exitNotAsExpected, "last account"},
		{"account close li.hua --reason 离任", 0, ""},
		{"account close li.hua --reason 再次", 0, ""},
		{"account reset li", exitNotAsExpected, "closed"},
		{"account list --organ bureau", 0, "closed"},
		{"account reopen li.hua", 0, ""},
		{"account reopen li.hua", exitNotAsExpected, "conflict"},
		{"account list --organ elsewhere --json", exitNotAsExpected, `"code": "not-found"`},
	} {
		out, code := s.run(strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(out, tt.says) {
			s.t.Errorf("%s: exits with %d, want %d and %q: %s", tt.args, code, tt.code, tt.says, out)
		}
		if strings.HasPrefix(tt.args, "account reopen") && code == 0 && (strings.TrimSpace(out) == first || len(strings.TrimSpace(out)) < 20) {
			s.t.Errorf("reopened with the password %q", out)
		}
	}
}
