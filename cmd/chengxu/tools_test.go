package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/workflows"
)

// temporalTool is Temporal's own command line tool beside an engine that runs.
type temporalTool struct{ path, address string }

func newTemporalTool(t *testing.T, s *stack) temporalTool {
	t.Helper()
	path := must(filepath.Abs("../../.cache/bin/temporal"))
	if _, err := os.Stat(path); err != nil {
		t.Skip("Temporal's command line tool is not there: sh scripts/setup-test.sh builds it")
	}
	address := must(os.ReadFile(filepath.Join(s.dir, "temporal", "address")))
	return temporalTool{path, strings.TrimSpace(string(address))}
}

// run runs the tool as an operator does, and gives what it printed.
func (tool temporalTool) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool.path, append(args, "--address", tool.address, "--namespace", "chengxu", "--color", "never")...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")} // no profile of whoever runs the test
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// found gives the workflow ids that a query finds, in order, once they are as wanted:
// the engine lists what has happened a moment later.
func (tool temporalTool) found(t *testing.T, query string, want ...string) {
	t.Helper()
	slices.Sort(want)
	var got []string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) { //nolint:forbidigo // another process is polled
		out, err := tool.run(t, "workflow", "list", "--query", query, "--output", "json")
		if err != nil {
			t.Fatalf("workflow list --query %q: %v\n%s", query, err, out)
		}
		var list []struct {
			Execution struct {
				WorkflowID string `json:"workflowId"`
			} `json:"execution"`
		}
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			t.Fatalf("workflow list --query %q: %v\n%s", query, err, out)
		}
		got = nil
		for _, one := range list {
			got = append(got, one.Execution.WorkflowID)
		}
		if slices.Sort(got); slices.Equal(got, want) {
			return
		}
	}
	t.Errorf("workflow list --query %q: %q, want %q", query, got, want)
}

// Temporal's own tool finds cases by what they are about, shows where they stand, and
// reads what they hold.
func TestTheToolsOfTemporalWork(t *testing.T) {
	s := startTestStack(t, 0)
	tool := newTemporalTool(t, s)
	practice := play(t, s, "../../examples/conduct/to-review.yaml", "tools")
	opened, err := s.cases.Open(t.Context(), casework.Opening{
		ID: "real", Procedure: "cn.major-decision", Organ: "区政府", Matter: casefile.Matter{Title: "停车收费方案", Category: "policy"},
		With: casefile.Values{"body_kind": "district-gov", "contains_state_secret": false}, By: benchActor,
	})
	if err != nil {
		t.Fatal(err)
	}
	a, b := workflows.WorkflowID(practice.ID), workflows.WorkflowID(opened.Case.ID)
	tool.found(t, `WorkflowType = "Case"`, a, b)
	tool.found(t, `CasePractice = true`, a)
	tool.found(t, `CasePractice = false AND CaseStatus = "running"`, b)
	tool.found(t, fmt.Sprintf(`CaseOrgan = %q AND CaseProcedure = "cn.major-decision"`, practice.Organ), a)
	tool.found(t, `CaseOrgan = "区政府"`, b)
	tool.found(t, `CaseSteps = "legality_review" AND CaseStatus = "running"`, a)
	tool.found(t, `CaseSteps = "archive"`)

	for what, test := range map[string]struct {
		args []string
		want []string
	}{
		"the list for people": {[]string{"workflow", "list"}, []string{a, b, "Case", "Running"}},
		"a case":              {[]string{"workflow", "describe", "--workflow-id", b}, []string{b, "Case", "chengxu-cases", "CaseOrgan", "区政府", "CasePractice", "false", "停车收费方案"}},
		"a practice case":     {[]string{"workflow", "describe", "--workflow-id", a}, []string{"CasePractice", "true", "legality_review"}},
		"what happened":       {[]string{"workflow", "show", "--workflow-id", a}, []string{"WorkflowExecutionStarted", "WorkflowExecutionUpdateAccepted", "MarkerRecorded"}},
	} {
		out, err := tool.run(t, test.args...)
		if err != nil {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: temporal %s does not show %q:\n%.4000s", what, strings.Join(test.args, " "), want, out)
			}
		}
	}
	said := tool.input(t, b)
	if said.Case != opened.Case.ID || said.Matter.Title != "停车收费方案" || said.Pinned.Procedure != "cn.major-decision@2019" {
		t.Errorf("the history holds %+v", said)
	}
}

// input reads what a workflow was started with out of its history, with no codec.
func (tool temporalTool) input(t *testing.T, id string) (in workflows.CaseInput) {
	t.Helper()
	out, err := tool.run(t, "workflow", "show", "--workflow-id", id, "--output", "json")
	if err != nil {
		t.Fatalf("workflow show: %v\n%s", err, out)
	}
	var history struct {
		Events []struct {
			Started struct {
				Input struct {
					Payloads []struct {
						Data []byte `json:"data"`
					} `json:"payloads"`
				} `json:"input"`
			} `json:"workflowExecutionStartedEventAttributes"`
		} `json:"events"`
	}
	if err := json.Unmarshal([]byte(out), &history); err != nil {
		t.Fatalf("the history is no JSON: %v\n%.2000s", err, out)
	}
	if len(history.Events) == 0 || len(history.Events[0].Started.Input.Payloads) == 0 {
		t.Fatalf("the history does not begin with what the case was opened with:\n%.2000s", out)
	}
	if err := json.Unmarshal(history.Events[0].Started.Input.Payloads[0].Data, &in); err != nil {
		t.Fatalf("the payload is no JSON: %v", err)
	}
	return in
}

// The tool is built with the libraries of the program, so that it costs little.
func TestTheToolOfTemporalIsBuiltWithOurLibraries(t *testing.T) {
	for _, module := range []string{"go.temporal.io/server", "go.temporal.io/sdk", "go.temporal.io/api", "google.golang.org/grpc", "modernc.org/sqlite"} {
		if got, want := requiredVersion(t, "../../internal/temporaltool/go.mod", module), requiredVersion(t, "../../go.mod", module); got != want {
			t.Errorf("internal/temporaltool asks for %s %s, and the program for %s", module, got, want)
		}
	}
}

// The address is there while the engine runs, and for nobody but its owner.
func TestTheAddressOfTheEngineIsTold(t *testing.T) {
	dir := t.TempDir()
	s, err := startStack(t.Context(), stackOptions{place: place{data: dir}, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "temporal", "address")
	if got := strings.TrimSpace(string(must(os.ReadFile(file)))); got != s.engine.dial.HostPort {
		t.Errorf("%s says %q, and the engine answers at %q", file, got, s.engine.dial.HostPort)
	}
	if mode := must(os.Stat(file)).Mode(); mode.Perm() != 0o600 {
		t.Errorf("%s has mode %s", file, mode)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the engine has stopped, and %s is still there: %v", file, err)
	}
}
