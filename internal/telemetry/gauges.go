package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Figure is one value of the moment.
type Figure struct {
	Name   string
	Help   string
	Label  string // name of its one label; empty: it has none
	Values map[string]float64
	// Counts says that the value only rises while the process lives.
	Counts bool
}

// Value is a figure without a label.
func Value(name, help string, value float64) Figure {
	return Figure{Name: name, Help: help, Values: map[string]float64{"": value}}
}

// Gauges asks for figures of the moment when they are scraped, and keeps the answer for
// some seconds: however often they are scraped, they cost no more.
type Gauges struct {
	ask    func(ctx context.Context) ([]Figure, error)
	keep   time.Duration
	within time.Duration
	log    *slog.Logger
	up     *prometheus.Desc

	mu    sync.Mutex
	asked time.Time
	last  []Figure
	err   error
}

// NewGauges returns gauges over a question, whose answer is kept for a while and which
// may take so long. What goes wrong is logged, and shows as chengxu_figures_up 0.
func NewGauges(ask func(ctx context.Context) ([]Figure, error), keep, within time.Duration, log *slog.Logger) *Gauges {
	return &Gauges{ask: ask, keep: keep, within: within, log: log,
		up: prometheus.NewDesc("chengxu_figures_up", "1 when the figures of the moment could be found out, 0 when not; they are left out then.", nil, nil)}
}

// Describe implements [prometheus.Collector]. It names nothing: which figures there are
// is known when they are asked for.
func (g *Gauges) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (g *Gauges) Collect(out chan<- prometheus.Metric) {
	figures, err := g.read()
	up := 1.0
	if err != nil {
		up = 0
	}
	out <- prometheus.MustNewConstMetric(g.up, prometheus.GaugeValue, up)
	for _, f := range figures {
		var labels []string
		if f.Label != "" {
			labels = []string{f.Label}
		}
		kind := prometheus.GaugeValue
		if f.Counts {
			kind = prometheus.CounterValue
		}
		desc := prometheus.NewDesc(f.Name, f.Help, labels, nil)
		for label, value := range f.Values {
			var values []string
			if f.Label != "" {
				values = []string{label}
			}
			out <- prometheus.MustNewConstMetric(desc, kind, value, values...)
		}
	}
}

func (g *Gauges) read() ([]Figure, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.asked.IsZero() && time.Since(g.asked) < g.keep {
		return g.last, g.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.within)
	defer cancel()
	g.last, g.err = g.ask(ctx)
	g.asked = time.Now()
	if g.err != nil {
		g.log.WarnContext(ctx, "figures of the moment", "error", g.err)
	}
	return g.last, g.err
}
