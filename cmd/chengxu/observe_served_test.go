package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// own are the figures that this program gives itself a name for.
var own = regexp.MustCompile(`\bchengxu_[a-z_]+`)

// checkReference holds the reference to what is there, and the other way round.
func (o observed) checkReference(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	named := own.FindAllString(string(page), -1)
	for _, name := range o.names() {
		if strings.HasPrefix(name, "chengxu_") && !slices.Contains(named, name) {
			t.Errorf("%s is not in docs/reference/metrics.md", name)
		}
	}
	for _, name := range named {
		if !slices.Contains(o.names(), name) {
			t.Errorf("docs/reference/metrics.md names %s, which is not there", name)
		}
	}
}

func (o observed) names() []string {
	var out []string
	for key := range o.after {
		name, _, _ := strings.Cut(key, " ")
		out = append(out, name)
	}
	return out
}

// checkQueries holds the dashboard and the alerts to figures that there are.
func (o observed) checkQueries(t *testing.T) {
	names := o.names()
	used := regexp.MustCompile(`\b(?:chengxu|temporal|go|process)_[a-z0-9_]+`)
	for _, file := range []string{"grafana/chengxu.json", "prometheus/alerts.yaml"} {
		content, err := os.ReadFile("../../deploy/" + file)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, query := range queriesIn(t, file, content) {
			for _, name := range used.FindAllString(query, -1) {
				found++
				for _, suffix := range []string{"_bucket", "_sum", "_count"} {
					if base, ok := strings.CutSuffix(name, suffix); ok && slices.Contains(names, base) {
						name = base
					}
				}
				if !slices.Contains(names, name) {
					t.Errorf("%s asks for %s, which is not there: %s", file, name, query)
				}
			}
		}
		if found < 5 {
			t.Errorf("%s asks for %d figures only", file, found)
		}
	}
}

// Who watches the process sees it start, be ready and stop, on an address of its own.
func TestMetricsAreServedApart(t *testing.T) {
	listen, watched := freeAddress(t), freeAddress(t)
	server := startServe(t, t.TempDir(), listen, "--metrics-listen", watched, "--drain", "30s", "--log-format", "json")
	status, body := fetch(t, "http://"+watched+"/metrics")
	if status != http.StatusOK || !strings.Contains(body, "\nchengxu_ready 1\n") || !strings.Contains(body, "# HELP chengxu_acts_total ") {
		t.Errorf("metrics: %d\n%s", status, body)
	}
	if status, _ := fetch(t, "http://"+listen+"/metrics"); status != http.StatusNotFound {
		t.Errorf("metrics on the public address: %d", status)
	}
	if status, body := fetch(t, "http://"+watched+"/readyz"); status != http.StatusOK || !strings.Contains(body, `"ready"`) {
		t.Errorf("ready: %d %s", status, body)
	}
	if err := server.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	within(t, "both addresses say that the process stops", func() bool {
		one, body := fetch(t, "http://"+watched+"/readyz")
		other, problem := fetch(t, "http://"+listen+"/readyz")
		return one == http.StatusServiceUnavailable && strings.Contains(body, `"draining"`) &&
			other == http.StatusServiceUnavailable && strings.Contains(problem, "draining")
	})
	if status, _ := fetch(t, "http://"+listen+"/healthz"); status != http.StatusOK {
		t.Errorf("a process that drains is alive: %d", status)
	}
	if err := server.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.cmd.Wait() //nolint:errcheck // it was killed
	for line := range strings.Lines(server.output.String()) {
		if strings.HasPrefix(line, "{") && !json.Valid([]byte(line)) {
			t.Errorf("no line of JSON: %s", line)
		}
	}
}

func fetch(t *testing.T, at string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(at) //nolint:noctx,gosec // an address of the test
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, b.String()
}

// within waits for a condition.
func within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	end := time.NewTimer(time.Minute)
	defer end.Stop()
	for !holds() {
		select {
		case <-end.C:
			t.Fatal("never: " + what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
