package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// measuredBy runs bench in this process and gives what it printed.
func measuredBy(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, told bytes.Buffer
	cmd := root()
	cmd.SetArgs(append([]string{"bench", "--dir", t.TempDir()}, args...))
	cmd.SetOut(&out)
	cmd.SetErr(&told)
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("bench %v: %v\n%s", args, err, told.String())
	}
	return out.Bytes()
}

var smallBench = []string{"--writers", "1,2", "--acts", "1", "--open", "3", "--cases", "200,300", "--rounds", "2", "--comments", "40"}

// A small measurement gives every figure, and each of them says something.
func TestBenchMeasuresEverything(t *testing.T) {
	var report benchReport
	if err := json.Unmarshal(measuredBy(t, append(smallBench, "--json")...), &report); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range report.Figures {
		name := fmt.Sprintf("%s/%s/%d", f.Part, f.What, f.Among)
		got = append(got, name)
		timed := f.P50 > 0 && f.P99 >= f.P50
		if f.Count < 1 || !timed && (f.Value <= 0 || f.Unit == "") {
			t.Errorf("%s says nothing: %+v", name, f)
		}
		if rated := f.Part == benchActs || f.Part == benchComments; rated != (f.PerSecond > 0) {
			t.Errorf("%s: %v a second", name, f.PerSecond)
		}
	}
	want := []string{"start/until ready, new/0", "start/until ready, used before/0",
		"memory/resident, no case/0", "memory/resident, all open/3", "memory/heap for one open case/3", "memory/opening, one after the other/3"}
	for _, writers := range []int{1, 2} {
		for _, what := range []string{bareAlone, bareLocal, "acts of whole cases", "openings"} {
			want = append(want, fmt.Sprintf("acts/%s/%d", what, writers))
		}
	}
	for _, cases := range []int{200, 300} {
		for _, what := range []string{"list, last opened first", "list, a later page", "list, last changed first", "list, closed", "count", "search, words of every title",
			"search, one title", "search, no title", "one case, whole", "work list, with counts", "consultations, as the public"} {
			want = append(want, fmt.Sprintf("lists/%s/%d", what, cases))
		}
	}
	want = append(want, "comments/comments taken in/32")
	if _, err := os.Stat("/proc/self/status"); err != nil { // only Linux says what is resident
		want = slices.DeleteFunc(want, func(name string) bool { return strings.HasPrefix(name, "memory/resident") })
	}
	if !slices.Equal(got, want) {
		t.Errorf("measured %q\nwant %q", got, want)
	}
	if report.Machine.Cores < 1 || report.Machine.System == "" || !strings.Contains(report.Program, "go1.") || report.Configuration["writers"] != "1,2" {
		t.Errorf("the head does not say what was measured: %+v", report)
	}
}

// On PostgreSQL it measures databases of its own.
func TestBenchOnPostgreSQLAsText(t *testing.T) {
	address := os.Getenv("TEST_POSTGRES_URL")
	if address == "" {
		t.Skip("TEST_POSTGRES_URL is not set")
	}
	text := string(measuredBy(t, append(smallBench, "--parts", "start,lists", "--database-url", address)...))
	for _, want := range []string{"record PostgreSQL", "until ready, new", "search, one title", "p99 ms"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, bareAlone) {
		t.Errorf("a part was measured that nobody asked for:\n%s", text)
	}
}

// Of an installation that stands acts are measured, through its API, beside updates of
// its engine.
func TestBenchOnAnInstallationThatStands(t *testing.T) {
	c := &aCluster{}
	c.start(t)
	t.Setenv("CHENGXU_TOKEN", c.token(t, "bench", "trainer", "trainer"))
	var report benchReport
	args := []string{"--installation", c.url(), "--temporal-address", c.engine, "--writers", "2", "--acts", "1", "--json"}
	for range 2 { // cases of an earlier measurement are there
		if err := json.Unmarshal(measuredBy(t, args...), &report); err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Figures {
			if f.Part != benchActs || f.Count < 1 || f.P50 <= 0 || f.PerSecond <= 0 {
				t.Errorf("%s/%s says nothing: %+v", f.Part, f.What, f)
			}
		}
		if len(report.Figures) != 4 {
			t.Errorf("%d figures, want 4: %+v", len(report.Figures), report.Figures)
		}
	}
	c.stop(t)
}

func TestBenchRefusesWhatMeasuresNothing(t *testing.T) {
	for _, args := range [][]string{{"--parts", "speed"}, {"--writers", "0"}, {"--cases", "10"}, {"--acts", "-1"}, {"--writers", ""},
		{"--installation", "http://127.0.0.1:1", "--parts", "lists"}, {"--installation", "http://127.0.0.1:1", "--database-url", "postgres://x"}} {
		cmd := root()
		cmd.SetArgs(append([]string{"bench"}, args...))
		cmd.SetOut(&bytes.Buffer{})
		cmd.SetErr(&bytes.Buffer{})
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), args[0]) {
			t.Errorf("bench %v: %v", args, err)
		}
	}
}
