package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/examples"
	"github.com/zhengdang/chengxu/internal/manycases"
	"github.com/zhengdang/chengxu/scenario"
)

// The parts of a measurement, in their order.
const (
	benchStart    = "start"
	benchMemory   = "memory"
	benchActs     = "acts"
	benchLists    = "lists"
	benchComments = "comments"
)

func benchParts() []string {
	return []string{benchStart, benchMemory, benchActs, benchLists, benchComments}
}

// benchOptions are the flags of bench.
type benchOptions struct {
	parts    []string
	database string // URL of a PostgreSQL; empty: SQLite
	dir      string // where the throw-away directory is made
	script   string // file; empty: an example that is shipped
	writers  []int
	acts     int
	open     int
	cases    []int
	rounds   int
	comments int
	profiles string // directory; empty: none are taken
	json     bool

	server    string // URL of an installation that stands; empty: one is started
	tokenFile string
	cluster   clusterOptions // the engine of that installation
}

func benchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "measure this machine: acts, lists, comments, start-up, memory",
		Long: "bench starts an installation of its own in a throw-away directory, measures it, and prints what it\n" +
			"measured. With --database-url it makes databases of its own on a PostgreSQL, and removes them. A run of about\n" +
			"under a minute: bench --writers 1,8 --acts 200 --cases 1000 --open 100\n\n" +
			"With --installation it measures acts of an installation that stands, over HTTP, beside updates of its engine that do\n" +
			"nothing. The practice cases that it plays stay there: use an installation that was set up for it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.server != "" && !cmd.Flags().Changed("parts") {
				o.parts = []string{benchActs}
			}
			if err := o.check(); err != nil {
				return err
			}
			report, err := runBench(cmd.Context(), o, func(doing string) { fmt.Fprintln(cmd.ErrOrStderr(), doing) })
			if err != nil {
				return err
			}
			if o.json {
				return report.writeJSON(cmd.OutOrStdout())
			}
			return report.writeText(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.parts, "parts", benchParts(), "what is measured, separated by commas")
	f.StringVar(&o.database, "database-url", "", "postgres://… of a PostgreSQL on which databases may be made; default: SQLite")
	f.StringVar(&o.dir, "dir", "", "directory on the disk that is measured; default: that of temporary files")
	f.StringVar(&o.script, "scenario", "", "scenario whose case is played for acts; default: an example of 100 acts")
	f.IntSliceVar(&o.writers, "writers", []int{1, 8, 32}, "acts: how many people act at the same time, each on a case of their own")
	f.IntVar(&o.acts, "acts", 2000, "acts: how many are measured at least for each number of writers; cases are played to their end")
	f.IntVar(&o.open, "open", 1000, "memory: how many cases are opened")
	f.IntSliceVar(&o.cases, "cases", []int{1_000, 100_000, 1_000_000}, "lists: among how many cases; a million take much disk, see --dir")
	f.IntVar(&o.rounds, "rounds", 200, "lists: how often each question is asked")
	f.IntVar(&o.comments, "comments", 5000, "comments: how many are taken in")
	f.StringVar(&o.profiles, "profiles", "", "directory for a profile of processor time of each row of acts")
	f.BoolVar(&o.json, "json", false, "print as JSON")
	f.StringVar(&o.server, "installation", "", "URL of an installation that stands, such as http://127.0.0.1:8080; default: one is started")
	f.StringVar(&o.tokenFile, "token-file", "", "file with a token of the role trainer, for --installation; else CHENGXU_TOKEN")
	o.cluster.flags(f)
	return cmd
}

// check refuses what nothing can be measured with.
func (o benchOptions) check() error {
	for _, part := range o.parts {
		if !slices.Contains(benchParts(), part) {
			return fmt.Errorf("--parts %s: want %s", part, strings.Join(benchParts(), ", "))
		}
	}
	if o.server != "" && (o.database != "" || !slices.Equal(o.parts, []string{benchActs})) {
		return errors.New("--installation: of an installation that stands acts are measured, and nothing else")
	}
	for name, values := range map[string][]int{"writers": o.writers, "cases": o.cases,
		"acts": {o.acts}, "open": {o.open}, "rounds": {o.rounds}, "comments": {o.comments}} {
		if len(values) == 0 || slices.Min(values) < 1 {
			return fmt.Errorf("--%s: want numbers from 1", name)
		}
	}
	if slices.Min(o.cases) < leastCrowd {
		return fmt.Errorf("--cases: want at least %d, so that each question finds something", leastCrowd)
	}
	return nil
}

// bench is a measurement that is under way.
type bench struct {
	benchOptions
	root   string // the throw-away directory
	script *scenario.Scenario
	report *benchReport
	tell   func(doing string)
}

// runBench measures one part after the other.
func runBench(ctx context.Context, o benchOptions, tell func(doing string)) (report *benchReport, err error) {
	b := &bench{benchOptions: o, tell: tell, report: newBenchReport(o)}
	if b.script, err = benchScenario(o.script); err != nil {
		return nil, err
	}
	if b.root, err = os.MkdirTemp(o.dir, "chengxu-bench-"); err != nil {
		return nil, fmt.Errorf("throw-away directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.root)) }()
	parts := map[string]func(context.Context) error{
		benchStart: b.start, benchMemory: b.memory, benchActs: b.actsOf, benchLists: b.lists, benchComments: b.intake,
	}
	for _, part := range benchParts() {
		if !slices.Contains(o.parts, part) {
			continue
		}
		tell("measuring " + part)
		if err := parts[part](ctx); err != nil {
			return nil, fmt.Errorf("measure %s: %w", part, err)
		}
	}
	return b.report, nil
}

// benchScenario reads the scenario whose case is played.
func benchScenario(file string) (*scenario.Scenario, error) {
	if file != "" {
		return loadScenario(file)
	}
	return exampleScenario("putuo-waste-sorting.yaml")
}

func exampleScenario(name string) (*scenario.Scenario, error) {
	return scenario.Load(fs.FS(examples.Files), name)
}

// place gives a place of its own for an installation, and what removes it.
func (b *bench) place(ctx context.Context, name string) (place, func() error, error) {
	at := place{data: filepath.Join(b.root, name)}
	remove := func() error { return os.RemoveAll(at.data) }
	if b.database == "" {
		return at, remove, nil
	}
	address, drop, err := manycases.Database(ctx, b.database)
	if err != nil {
		return at, nil, fmt.Errorf("database for the measurement: %w", err)
	}
	at.database = address
	return at, func() error { return errors.Join(drop(context.WithoutCancel(ctx)), remove()) }, nil
}

// with starts an installation of its own and gives it to do, and removes it after.
func (b *bench) with(ctx context.Context, name string, do func(*stack) error) (err error) {
	at, remove, err := b.place(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	s, _, err := startMeasured(ctx, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	return do(s)
}

// startMeasured starts an installation and says how long it took until it answered.
func startMeasured(ctx context.Context, at place) (*stack, time.Duration, error) {
	began := time.Now()
	s, err := startStack(ctx, stackOptions{place: at, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, 0, err
	}
	if err := s.awaitReady(ctx); err != nil {
		return nil, 0, errors.Join(err, s.stop())
	}
	return s, time.Since(began), nil
}
