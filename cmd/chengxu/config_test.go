package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// runHere runs a command in this process.
func runHere(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := root()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// settingsShown gives what "config show" says, by setting.
func settingsShown(t *testing.T, args ...string) map[string]string {
	t.Helper()
	out, err := runHere(t, append([]string{"config", "show"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for line := range strings.Lines(out) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		shown[name] = strings.Join(strings.Fields(rest), " ")
	}
	return shown
}

// settingsFile writes a file of settings into a data directory of the test.
func settingsFile(t *testing.T, mode os.FileMode, lines ...string) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, configName)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), mode); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

func TestFlagsGoBeforeTheEnvironmentBeforeTheFile(t *testing.T) {
	dir, path := settingsFile(t, 0o644,
		"listen: 127.0.0.1:1",
		"log-level: error",
		"log-format: json",
		"proxy: 10.0.0.0/8",
		"serve:",
		"  open-practice: true",
		"  proxy: [172.16.0.0/12, 192.168.0.0/16]",
		"  escalate-after: 3")
	t.Setenv("CHENGXU_LOG_LEVEL", "warn")
	t.Setenv("CHENGXU_LISTEN", "127.0.0.1:2")
	t.Setenv("CHENGXU_PUBLIC_URL", "") // set to nothing is not set
	t.Setenv("CHENGXU_ESCALATE_TO", "chief,office")
	got := settingsShown(t, "serve", "--data", dir, "--listen", "127.0.0.1:3")
	for name, want := range map[string]string{
		"data":           dir + " flag",
		"listen":         "127.0.0.1:3 flag",
		"log-level":      "warn environment CHENGXU_LOG_LEVEL",
		"log-format":     "json " + path + ":3",
		"open-practice":  "true " + path + ":6",
		"proxy":          "[172.16.0.0/12, 192.168.0.0/16] " + path + ":7",
		"escalate-after": "3 " + path + ":8",
		"escalate-to":    "[chief, office] environment CHENGXU_ESCALATE_TO",
		"public-url":     `"" default`,
		"smtp-security":  "starttls default",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}

// Every flag of every command can be set from the environment.
func TestEveryFlagHasAVariableOfItsOwn(t *testing.T) {
	for _, cmd := range commandsUnder(root()) {
		by := map[string]string{}
		for _, f := range settingsOf(cmd) {
			name := variableOf(f.Name)
			if other, taken := by[name]; taken {
				t.Errorf("%s: --%s and --%s are both %s", cmd.CommandPath(), f.Name, other, name)
			}
			by[name] = f.Name
			for _, other := range otherVariables() {
				if name == other {
					t.Errorf("%s: --%s takes the place of %s", cmd.CommandPath(), f.Name, other)
				}
			}
		}
	}
	t.Setenv("CHENGXU_YEAR", "2026")
	if _, err := runHere(t, "report", "annual", "--data", t.TempDir()); err == nil || !strings.Contains(err.Error(), `required flag(s) "organ"`) {
		t.Errorf("a required flag that nobody gives: %v", err)
	}
	t.Setenv("CHENGXU_ORGAN", "bureau")
	if _, err := runHere(t, "report", "annual", "--data", t.TempDir()); err != nil {
		t.Errorf("required flags that the environment gives: %v", err)
	}
}

func TestSettingsThatCannotBeAreRefusedWithTheirLine(t *testing.T) {
	for _, tt := range []struct {
		name  string
		mode  os.FileMode
		lines []string
		want  string // after the path; empty: it is accepted
	}{
		{"a name that no command knows", 0o644, []string{"listen: a:1", "lisen: a:1"}, `:2: unknown setting "lisen"`},
		{"a name of another command", 0o644, []string{"serve:", "  threshold: 1"}, `:2: unknown setting "threshold"`},
		{"a command that is not there", 0o644, []string{"sever: {listen: a}"}, `:1: unknown setting "sever"`},
		{"a name twice", 0o644, []string{"listen: a:1", "listen: a:2"}, ":2: listen is set twice"},
		{"a list where one value belongs", 0o644, []string{"listen: [a, b]"}, ":1: --listen: want one value"},
		{"no value", 0o644, []string{"listen:"}, ":1: listen: want a value"},
		{"a value of another kind", 0o644, []string{"escalate-after: soon"}, ":1: --escalate-after: want a value of the type int"},
		{"another directory", 0o644, []string{"data: /elsewhere"}, ":1: this file was found in the data directory"},
		{"another file", 0o644, []string{"config: /elsewhere"}, ":1: a file of settings names no other"},
		{"two documents", 0o644, []string{"listen: a:1", "---", "listen: a:2"}, ": want one document"},
		{"no settings", 0o644, []string{"- listen"}, ":1: want settings"},
		{"a password that others may read", 0o644, []string{"listen: a:1", "public-url: https://a:geheim@b"}, ":2: holds a secret, and the file is open to others (mode 0644)"},
		{"a password that the group may read", 0o640, []string{"public-url: https://a:geheim@b"}, ":1: holds a secret"},
		{"a password for the owner alone", 0o600, []string{"public-url: https://a:geheim@b"}, ""},
		{"nothing", 0o644, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, path := settingsFile(t, tt.mode, tt.lines...)
			out, err := runHere(t, "config", "show", "serve", "--data", dir)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), path+tt.want) {
				t.Errorf("error %v, want %s%s", err, path, tt.want)
			}
			if strings.Contains(out, "geheim") || err != nil && strings.Contains(err.Error(), "geheim") {
				t.Errorf("the password is shown:\n%s\n%v", out, err)
			}
		})
	}
}

func TestSecretsAreMasked(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"database-url", "postgres://u:geheim@db/c?sslmode=disable", "postgres://u:xxxxx@db/c?sslmode=disable"},
		{"database-url", "postgres://db/c?password=geheim&user=u", "postgres://db/c?password=xxxxx&user=u"},
		{"database-url", "postgres://u@db/c", "postgres://u@db/c"},
		{"database-url", "postgres://u:ge%heim@db/c", "xxxxx"}, // cannot be read
		{"documents", "s3://bucket/x?endpoint=h:1&region=r", "s3://bucket/x?endpoint=h:1&region=r"},
		{"api-token", "geheim", "xxxxx"},
		{"token-file", "/run/token", "/run/token"},
		{"smtp-password-file", "/run/password", "/run/password"},
		{"listen", "", ""},
	} {
		if got := masked(tt.name, tt.value); got != tt.want {
			t.Errorf("%s %s is shown as %s, want %s", tt.name, tt.value, got, tt.want)
		}
	}
}

func TestWhatNothingReadsIsSaid(t *testing.T) {
	t.Setenv("CHENGXU_LISSEN", "a:1")
	t.Setenv("CHENGXU_S3_SECRET_KEY", "geheim")
	out, err := runHere(t, "config", "show", "--data", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"CHENGXU_LISSEN is set, and nothing reads it\n", "CHENGXU_S3_SECRET_KEY is set\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("not said: %s\n%s", want, out)
		}
	}
	if strings.Contains(out, "geheim") {
		t.Error("a secret is shown")
	}
}

// A file that is named serves commands without a data directory too.
func TestAFileIsNamedByFlagOrEnvironment(t *testing.T) {
	_, path := settingsFile(t, 0o644, "server: http://a.example:1", "case:", "  server: http://b.example:1", "  list: {status: open}")
	if got := settingsShown(t, "case", "show", "--config", path)["server"]; got != "http://b.example:1 "+path+":3" {
		t.Errorf("case show: %s", got)
	}
	t.Setenv("CHENGXU_CONFIG", path)
	if got := settingsShown(t, "organ", "list")["server"]; got != "http://a.example:1 "+path+":1" {
		t.Errorf("organ list: %s", got)
	}
	if got := settingsShown(t, "case", "list")["status"]; got != "open "+path+":4" {
		t.Errorf("case list: %s", got)
	}
	t.Setenv("CHENGXU_CONFIG", path+".not")
	if _, err := runHere(t, "organ", "list"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestTheReferenceOfSettingsIsTrue(t *testing.T) {
	const path = "../../docs/reference/configuration.md"
	want := configReference(root())
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), want); diff != "" {
		t.Errorf("%s is not what the flags say; go test ./cmd/chengxu -run ReferenceOfSettings -update (-have +want):\n%s", path, diff)
	}
}
