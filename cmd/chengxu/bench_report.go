package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// benchReport is what was measured, on what, of what.
type benchReport struct {
	Taken         string            `json:"taken"` // instant, UTC
	Program       string            `json:"program"`
	Machine       benchMachine      `json:"machine"`
	Configuration map[string]string `json:"configuration"`
	Figures       []benchFigure     `json:"figures"`
}

// benchMachine is what the figures depend on most.
type benchMachine struct {
	System    string `json:"system"`
	Processor string `json:"processor,omitempty"`
	Cores     int    `json:"cores"`
	MemoryMB  int64  `json:"memory_mb,omitempty"`
}

// benchFigure is one line of the table. What does not apply is left out.
type benchFigure struct {
	Part      string  `json:"part"`
	What      string  `json:"what"`
	Among     int     `json:"among,omitempty"` // writers, or cases
	Count     int     `json:"count"`           // how often it was measured
	P50       float64 `json:"p50_ms,omitempty"`
	P99       float64 `json:"p99_ms,omitempty"`
	PerSecond float64 `json:"per_second,omitempty"`
	Value     float64 `json:"value,omitempty"`
	Unit      string  `json:"unit,omitempty"` // of the value
}

func newBenchReport(o benchOptions) *benchReport {
	r := &benchReport{Taken: time.Now().UTC().Format(time.RFC3339), Program: version(), Machine: thisMachine(), Configuration: map[string]string{
		"parts": strings.Join(o.parts, ","), "record": "SQLite", "writers": numbers(o.writers), "acts": strconv.Itoa(o.acts), "open": strconv.Itoa(o.open),
		"cases": numbers(o.cases), "rounds": strconv.Itoa(o.rounds), "comments": strconv.Itoa(o.comments),
	}}
	if o.database != "" {
		r.Configuration["record"] = "PostgreSQL"
	}
	if o.server != "" {
		r.Configuration["record"] = o.server
	}
	if o.script != "" {
		r.Configuration["scenario"] = o.script
	}
	return r
}

func numbers(list []int) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.Itoa(n)
	}
	return strings.Join(out, ",")
}

// took notes how long something took each time.
func (r *benchReport) took(part, what string, among int, took []time.Duration) {
	r.Figures = append(r.Figures, benchFigure{Part: part, What: what, Among: among, Count: len(took), P50: ms(quantile(took, 0.5)), P99: ms(quantile(took, 0.99))})
}

// rate notes how long something took each time, and how often it was done in a time.
func (r *benchReport) rate(part, what string, among int, took []time.Duration, within time.Duration) {
	r.took(part, what, among, took)
	r.Figures[len(r.Figures)-1].PerSecond = float64(len(took)) / within.Seconds()
}

// value notes a single figure.
func (r *benchReport) value(part, what string, among, count int, value float64, unit string) {
	r.Figures = append(r.Figures, benchFigure{Part: part, What: what, Among: among, Count: count, Value: value, Unit: unit})
}

func (r *benchReport) writeJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(r)
}

func (r *benchReport) writeText(w io.Writer) error {
	fmt.Fprintf(w, "%s\nchengxu %s\n%s, %s, %d cores, %d MB\n", r.Taken, r.Program, r.Machine.System, r.Machine.Processor, r.Machine.Cores, r.Machine.MemoryMB)
	for _, name := range []string{"record", "parts", "writers", "acts", "open", "cases", "rounds", "comments", "scenario"} {
		if value := r.Configuration[name]; value != "" {
			fmt.Fprintf(w, "%s %s  ", name, value)
		}
	}
	fmt.Fprint(w, "\n\n")
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "part\twhat\tamong\ttimes\tp50 ms\tp99 ms\ta second\tvalue\t")
	for _, f := range r.Figures {
		value := shownFigure(f.Value, 1)
		if value != "" {
			value += " " + f.Unit
		}
		among := ""
		if f.Among > 0 {
			among = strconv.Itoa(f.Among)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t\n", f.Part, f.What, among, f.Count, shownFigure(f.P50, 2), shownFigure(f.P99, 2), shownFigure(f.PerSecond, 1), value)
	}
	return table.Flush()
}

// shownFigure writes a figure, and nothing where there is none.
func shownFigure(v float64, digits int) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// quantile gives the value that so large a part of the others does not exceed.
func quantile(took []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func thisMachine() benchMachine {
	m := benchMachine{System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Processor: procValue("/proc/cpuinfo", "model name")}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System += " " + strings.TrimSpace(string(kernel))
	}
	if text, found := strings.CutSuffix(procValue("/proc/meminfo", "MemTotal"), " kB"); found {
		if kb, err := strconv.ParseInt(text, 10, 64); err == nil {
			m.MemoryMB = kb / 1024
		}
	}
	return m
}

// procValue gives the first value of a name in a file of Linux, or nothing.
func procValue(file, name string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
