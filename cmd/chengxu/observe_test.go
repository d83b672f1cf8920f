package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/telemetry"
	"github.com/zhengdang/chengxu/scenario"
)

// collected keeps the spans that left the process.
type collected struct {
	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan
}

func (c *collected) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spans = append(c.spans, spans...)
	return nil
}

func (c *collected) Shutdown(context.Context) error { return nil }

// observed is an example that was played on an installation that is watched.
type observed struct {
	s      *stack
	script *scenario.Scenario
	result *scenario.Result
	spans  []sdktrace.ReadOnlySpan
	log    []map[string]any
	before map[string]float64 // figures before anything happened, by name and labels
	after  map[string]float64
	lint   []string
	values []string // of labels
}

// watchTheExample plays an example through the API.
func watchTheExample(t *testing.T) observed {
	t.Helper()
	var lines locked
	var spans collected
	log, err := telemetry.NewLog(&lines, "json", "info")
	if err != nil {
		t.Fatal(err)
	}
	tracing := telemetry.NewTracing(&spans)
	seen, err := newObserver(log, tracing, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := startTestStackWith(t, stackOptions{seen: seen})
	script, err := loadScenario(wholeCase)
	if err != nil {
		t.Fatal(err)
	}
	o := observed{s: s, script: script, before: figuresOf(t, seen)}
	server := httptest.NewServer(must(s.handler(outside{}, log)))
	t.Cleanup(server.Close)
	client, err := scenario.NewClient(server.URL, issued(t, s, casefile.OrganID(script.Organ), "trainer", auth.Trainer))
	if err != nil {
		t.Fatal(err)
	}
	if o.result, err = scenario.Play(t.Context(), script, client, "watched", nil); err != nil {
		t.Fatal(err)
	}
	newVisitor(t, server.URL).send(http.MethodPost, "/sign-in", url.Values{"login": {"nobody"}, "password": {"wrong-wrong-wrong"}}.Encode())
	resp, err := http.Get(server.URL + "/no/such/" + string(o.result.Case.ID)) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := s.keys.sealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.after = figuresOf(t, seen)
	problems, err := testutil.GatherAndLint(seen.metrics.Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		o.lint = append(o.lint, p.Metric+": "+p.Text)
	}
	o.values = labelValues(t, seen)
	if err := tracing.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.spans = spans.spans
	for line := range strings.Lines(lines.String()) {
		var read map[string]any
		if err := json.Unmarshal([]byte(line), &read); err != nil {
			t.Fatalf("no line of JSON: %s", line)
		}
		o.log = append(o.log, read)
	}
	return o
}

func gathered(t *testing.T, seen *observer) []*dto.MetricFamily {
	t.Helper()
	families, err := seen.metrics.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// figuresOf gives counters, gauges and the counts of histograms, by name and labels.
func figuresOf(t *testing.T, seen *observer) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for _, family := range gathered(t, seen) {
		for _, m := range family.GetMetric() {
			key := family.GetName()
			for _, l := range m.GetLabel() {
				key += " " + l.GetName() + "=" + l.GetValue()
			}
			out[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return out
}

func labelValues(t *testing.T, seen *observer) []string {
	t.Helper()
	var out []string
	for _, family := range gathered(t, seen) {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				out = append(out, l.GetValue())
			}
		}
	}
	return out
}

// ownWords are words of the program that a payload may hold too.
var ownWords = []string{"pass", "block", "undetermined"}

// private gives what a played example holds of people and of what they wrote: names,
// ids, titles, texts and payloads.
func (o observed) private() []string {
	var out []string
	add := func(text string) {
		if len(text) > 3 && text != o.script.Organ && !slices.Contains(ownWords, text) {
			out = append(out, text)
		}
	}
	for id, p := range o.script.People {
		add(id)
		add(p.Name)
	}
	add(o.script.Matter.Title)
	for _, d := range o.script.Documents {
		add(d.Title)
		add(d.Text)
	}
	var in func(v any)
	in = func(v any) {
		switch v := v.(type) {
		case string:
			add(v)
		case []string:
			for _, item := range v {
				add(item)
			}
		case []any:
			for _, item := range v {
				in(item)
			}
		case casefile.Values:
			for _, item := range v {
				in(item)
			}
		case map[string]any:
			for _, item := range v {
				in(item)
			}
		}
	}
	for _, p := range o.result.Played {
		if p.Got.Entry.Act != nil {
			in(p.Got.Entry.Act.With)
			add(string(p.Got.Entry.Act.By.Person))
			add(p.Got.Entry.Act.By.Name)
		}
	}
	for _, a := range o.script.Acts {
		in(a.With)
		for _, reason := range a.Reasons {
			add(reason)
		}
	}
	return out
}

// holds reports whether a text gives away one of the private ones: any Chinese text
// within it, or a word of it.
func holds(text string, private []string) string {
	words := regexp.MustCompile(`[A-Za-z0-9_]+`).FindAllString(text, -1)
	for _, p := range private {
		if strings.ContainsFunc(p, func(r rune) bool { return r > 0x7f }) && strings.Contains(text, p) || text == p || slices.Contains(words, p) {
			return p
		}
	}
	return ""
}

// outcomes gives how many acts came out how: by the record, and where it shows nothing by
// what was answered. The player moves the clock by acts of its own.
func (o observed) outcomes(t *testing.T) map[string]float64 {
	t.Helper()
	want := map[string]float64{}
	for _, p := range o.result.Played {
		if p.Got.Refusal != nil {
			want["refused"]++
		}
	}
	for sequence := int64(1); sequence <= o.result.Case.Sequence; sequence++ {
		entry, err := o.s.store.Entry(t.Context(), o.result.Case.ID, sequence)
		if err != nil {
			t.Fatal(err)
		}
		switch entry.Kind {
		case casefile.EntryOpened, casefile.EntryAct:
			want["accepted"]++
		case casefile.EntryBlocked:
			want["blocked"]++
		default: // what time did
		}
	}
	return want
}

func TestAnInstallationTellsHowItRuns(t *testing.T) {
	o := watchTheExample(t)
	want := o.outcomes(t)
	if want["accepted"] == 0 || want["blocked"] == 0 || want["refused"] == 0 {
		t.Fatalf("the example shows too little: %v", want)
	}
	t.Run("figures", func(t *testing.T) { o.checkFigures(t, want) })
	t.Run("trace", func(t *testing.T) { o.checkTraces(t) })
	t.Run("log", func(t *testing.T) { o.checkLog(t, want) })
	t.Run("reference", func(t *testing.T) { o.checkReference(t) })
	t.Run("dashboard and alerts", func(t *testing.T) { o.checkQueries(t) })
}

func (o observed) checkFigures(t *testing.T, want map[string]float64) {
	for _, problem := range o.lint {
		t.Error(problem)
	}
	moved := func(key string, by float64) {
		t.Helper()
		if got := o.after[key] - o.before[key]; got != by {
			t.Errorf("%s moved by %v, want %v", key, got, by)
		}
	}
	for outcome, n := range want {
		moved("chengxu_acts_total outcome="+outcome, n)
		moved("chengxu_act_duration_seconds outcome="+outcome, n)
	}
	moved("chengxu_log_entries", float64(o.result.Case.Sequence))
	moved("chengxu_log_unsealed_entries", 0) // signed before they were counted
	moved("chengxu_logs", 1)
	moved("chengxu_http_requests_total code=404 method=GET route=none", 1)
	for key, least := range map[string]float64{
		"chengxu_verdicts_total result=pass":                                             1,
		"chengxu_verdicts_total result=block":                                            1,
		"chengxu_entries_recorded_total kind=act":                                        2,
		"chengxu_entries_recorded_total kind=opened":                                     1,
		"chengxu_http_requests_total code=200 method=POST route=/api/v1/cases/:id/acts":  2,
		"chengxu_http_request_duration_seconds method=POST route=/api/v1/cases/:id/acts": 2,
		"chengxu_sign_ins_total method=password outcome=unknown":                         1,
	} {
		if got := o.after[key] - o.before[key]; got < least {
			t.Errorf("%s moved by %v, want %v at least", key, got, least)
		}
	}
	for key, value := range map[string]float64{"chengxu_ready": 1, "chengxu_figures_up": 1, "chengxu_log_heads_refused": 0, "chengxu_unready cause=ledger": 0} {
		if got, ok := o.after[key]; !ok || got != value {
			t.Errorf("%s is %v (%t), want %v", key, got, ok, value)
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(o.after)), func(key string) bool { return strings.HasPrefix(key, "temporal_request") }) {
		t.Error("no figures of the SDK of the engine")
	}
	private := append(o.private(), string(o.result.Case.ID), o.script.Organ)
	for _, value := range o.values {
		if p := holds(value, private); p != "" {
			t.Errorf("a label %q holds %q", value, p)
		}
	}
}

func (o observed) checkTraces(t *testing.T) {
	traces := map[string]map[string]bool{}
	for _, span := range o.spans {
		id := span.SpanContext().TraceID().String()
		if traces[id] == nil {
			traces[id] = map[string]bool{}
		}
		traces[id][span.Name()] = true
	}
	layers := []string{"POST /api/v1/cases/:id/acts", "act", "UpdateWorkflow:act", "HandleUpdate:act", "RunActivity:Judge", "judge", "RunActivity:Record", "record"}
	whole, most := 0, 0
	for _, names := range traces {
		n := 0
		for _, layer := range layers {
			if names[layer] {
				n++
			}
		}
		most = max(most, n)
		if n == len(layers) {
			whole++
		}
	}
	if want := int(o.outcomes(t)["accepted"] / 2); whole < want {
		t.Errorf("%d traces go through all of %v, want %d at least; the longest has %d", whole, layers, want, most)
	}
	private := o.private()
	for _, span := range o.spans {
		texts := []string{span.Name(), span.Status().Description}
		for _, a := range span.Attributes() {
			texts = append(texts, a.Value.String())
		}
		for _, e := range span.Events() {
			texts = append(texts, e.Name)
			for _, a := range e.Attributes {
				texts = append(texts, a.Value.String())
			}
		}
		for _, text := range texts {
			if p := holds(text, private); p != "" {
				t.Errorf("span %s holds %q in %q", span.Name(), p, text)
			}
		}
	}
}

func (o observed) checkLog(t *testing.T, want map[string]float64) {
	got := map[string]float64{}
	requests := 0
	private := o.private()
	for _, line := range o.log {
		switch line["msg"] {
		case "act":
			outcome, _ := line["outcome"].(string)
			got[outcome]++
			if line["trace_id"] == nil || line["act"] == nil || line["case"] == nil || line["organ"] != o.script.Organ {
				t.Errorf("a line of an act lacks something: %v", line)
			}
		case "request":
			requests++
			if line["trace_id"] == nil || line["route"] == nil || line["status"] == nil || line["request_id"] == nil {
				t.Errorf("a line of a request lacks something: %v", line)
			}
		}
		for key, value := range line {
			text, _ := value.(string)
			if p := holds(text, private); p != "" && key != "act" {
				t.Errorf("the log says %q: %v", p, line)
			}
		}
	}
	for outcome, n := range want {
		if got[outcome] != n {
			t.Errorf("%v lines of acts %s, want %v", got[outcome], outcome, n)
		}
	}
	if requests < len(o.result.Played) {
		t.Errorf("%d lines of requests for %d acts", requests, len(o.result.Played))
	}
}
