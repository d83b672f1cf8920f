// Package telemetry counts, times and traces what a process does, in the forms of
// Prometheus and OpenTelemetry. Nothing that it passes on names a person or holds what
// somebody wrote: labels come from fixed sets and from the patterns of routes, and
// spans keep the attributes of a list alone.
//
// It imports nothing of this module.
package telemetry

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the figures of one process.
type Metrics struct {
	registry *prometheus.Registry

	acts     *prometheus.CounterVec
	actTime  *prometheus.HistogramVec
	verdicts *prometheus.CounterVec
	entries  *prometheus.CounterVec
	requests *prometheus.CounterVec
	answers  *prometheus.HistogramVec
	signIns  *prometheus.CounterVec
}

// actBuckets reach from an act on an idle machine to what a caller waits for at most.
func actBuckets() []float64 {
	return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
}

// NewMetrics returns metrics that count nothing yet, beside those of the Go runtime
// and the process. Version is that of the program.
func NewMetrics(version string) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	seconds := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: actBuckets()}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		acts: counter("chengxu_acts_total", "Acts and openings that were answered by this process, by outcome: accepted, blocked by the rules, refused before the record, or failed.",
			"outcome"),
		actTime: seconds("chengxu_act_duration_seconds", "Time from an act to its answer, in this process.", "outcome"),
		verdicts: counter("chengxu_verdicts_total", "Verdicts of the rules at the gates of acts, in this process, by result: pass, block or undetermined.",
			"result"),
		entries: counter("chengxu_entries_recorded_total", "Entries that this process has written into the record, by kind.", "kind"),
		requests: counter("chengxu_http_requests_total", "HTTP requests that were answered, by the pattern of the route and the status.",
			"method", "route", "code"),
		answers: seconds("chengxu_http_request_duration_seconds", "Time from an HTTP request to the end of its answer.", "method", "route"),
		signIns: counter("chengxu_sign_ins_total", "Attempts to sign in, by method and outcome; every outcome but ok is a refusal.", "method", "outcome"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "chengxu_build_info", Help: "1; the label is the version of the program.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.acts, m.actTime, m.verdicts, m.entries, m.requests, m.answers, m.signIns, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, outcome := range []string{"accepted", "blocked", "refused", "failed"} { // there from the start, so that a rate sees the first one
		m.acts.WithLabelValues(outcome)
	}
	for _, result := range []string{"pass", "block", "undetermined"} {
		m.verdicts.WithLabelValues(result)
	}
	return m
}

// Act counts an act that was answered.
func (m *Metrics) Act(outcome string, took time.Duration) {
	m.acts.WithLabelValues(outcome).Inc()
	m.actTime.WithLabelValues(outcome).Observe(took.Seconds())
}

// Judged counts a verdict.
func (m *Metrics) Judged(result string) { m.verdicts.WithLabelValues(result).Inc() }

// Recorded counts an entry.
func (m *Metrics) Recorded(kind string) { m.entries.WithLabelValues(kind).Inc() }

// SignIn counts an attempt to sign in.
func (m *Metrics) SignIn(method, outcome string) { m.signIns.WithLabelValues(method, outcome).Inc() }

// Request counts an HTTP request. Route is the pattern of the route, not the path; it
// is empty when there was none.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	method, route = KnownMethod(method), KnownRoute(route)
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.answers.WithLabelValues(method, route).Observe(took.Seconds())
}

// KnownMethod gives a method, or "other" for one that a client has made up.
func KnownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// KnownRoute gives the pattern of a route, or "none".
func KnownRoute(route string) string {
	if route == "" {
		return "none"
	}
	return route
}

// Register adds figures that are found out when they are asked for.
func (m *Metrics) Register(c prometheus.Collector) error { return m.registry.Register(c) }

// Gatherer gives the figures as they are.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Handler answers with the figures, to one caller at a time.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 10 * time.Second, ErrorHandling: promhttp.ContinueOnError})
}
