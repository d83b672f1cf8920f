package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

func scenarioCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "scenario", Short: "cases told as scripts"}
	cmd.AddCommand(scenarioRunCommand())
	return cmd
}

// scenarioOptions are the flags of scenario run.
type scenarioOptions struct {
	server, tokenFile, dossiers, run string
}

func scenarioRunCommand() *cobra.Command {
	var o scenarioOptions
	cmd := &cobra.Command{
		Use:   "run FILE...",
		Short: "play scenarios and compare what comes out with what they say",
		Long: "run plays scenarios on a throw-away engine in this process, or with --server against a running one.\n" +
			"It exits with 1 when something did not come out as a script says.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runScenarios(cmd.Context(), o, args, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&o.server, "server", "", "URL of a running server, such as http://127.0.0.1:8080")
	cmd.Flags().StringVar(&o.tokenFile, "token-file", "", "file with a token of the role trainer, for --server; else CHENGXU_TOKEN")
	cmd.Flags().StringVar(&o.dossiers, "dossier", "", "directory to keep the dossier of each case in")
	cmd.Flags().StringVar(&o.run, "run", "", "name of this run; played again under the same name, a case is taken up where it was")
	return cmd
}

// player says how scenarios are played.
type player struct {
	engine scenario.Engine
	packs  scenario.Packs
	run    string
	report *scenario.Report
}

func runScenarios(ctx context.Context, o scenarioOptions, files []string, out io.Writer) error {
	scripts, err := readScenarios(files)
	if err != nil {
		return err
	}
	playing, err := startPlaying(ctx, o, scripts)
	if err != nil {
		return err
	}
	defer playing.close()
	if o.run == "" {
		o.run = randomName()
	}
	report := scenario.NewReport(out)
	bad := 0
	for _, s := range scripts {
		name := o.run + "-" + strings.TrimSuffix(filepath.Base(s.File), ".yaml")
		result, err := runScenario(ctx, s, player{engine: playing.engine, packs: playing.packs, run: name, report: report})
		if err != nil {
			return fmt.Errorf("%s: %w", s.File, err)
		}
		if !result.OK() {
			bad++
		}
		if err := playing.keepAll(ctx, o.dossiers, s.File, result, out); err != nil {
			return fmt.Errorf("%s: %w", s.File, err)
		}
	}
	fmt.Fprintf(out, "\n%d passed, %d failed\n", len(scripts)-bad, bad)
	if bad > 0 {
		return notInOrder{fmt.Errorf("%d of %d scenarios: %w", bad, len(scripts), scenario.ErrNotAsExpected)}
	}
	return nil
}

func runScenario(ctx context.Context, s *scenario.Scenario, p player) (*scenario.Result, error) {
	p.report.Begin(s)
	result := &scenario.Result{Scenario: s}
	if s.Procedure != "" {
		var err error
		if result, err = scenario.Play(ctx, s, p.engine, p.run, p.report.Act); err != nil {
			return result, err
		}
	}
	if err := scenario.JudgeAll(s, p.packs, result); err != nil {
		return result, err
	}
	for _, j := range result.Judged {
		p.report.Judged(j)
	}
	p.report.End(result)
	return result, nil
}

// readScenarios reads all files before anything is played, so that a mistake in
// the last one does not come after minutes.
func readScenarios(files []string) ([]*scenario.Scenario, error) {
	var scripts []*scenario.Scenario
	var errs []error
	for _, file := range files {
		s, err := loadScenario(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		scripts = append(scripts, s)
	}
	return scripts, errors.Join(errs...)
}

func loadScenario(file string) (*scenario.Scenario, error) {
	s, err := scenario.Load(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if err != nil {
		return nil, err
	}
	s.File = file
	return s, nil
}

// playing is an engine to play against, and how to get dossiers from it.
type playing struct {
	engine scenario.Engine
	packs  scenario.Packs
	export func(ctx context.Context, id casefile.ID, w io.Writer) error
	close  func()
}

// startPlaying connects to the server, or starts a throw-away engine when a
// script plays a case.
func startPlaying(ctx context.Context, o scenarioOptions, scripts []*scenario.Scenario) (*playing, error) {
	own, err := loadShipped()
	if err != nil {
		return nil, err
	}
	p := &playing{packs: own.scenarioPacks(), close: func() {}}
	if o.server != "" {
		token, err := readToken(o.tokenFile)
		if err != nil {
			return nil, err
		}
		remote, err := scenario.NewClient(o.server, token)
		if err != nil {
			return nil, err
		}
		p.engine, p.export = remote, remote.Dossier
		return p, nil
	}
	plays := false
	for _, s := range scripts {
		plays = plays || s.Procedure != ""
	}
	if !plays {
		return p, nil
	}
	dir, err := os.MkdirTemp("", "chengxu-scenario-")
	if err != nil {
		return nil, fmt.Errorf("temporary data directory: %w", err)
	}
	s, err := startStack(ctx, stackOptions{place: place{data: dir}, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	p.engine, p.export = localEngine{s.cases, s.papers}, s.cases.Export
	p.close = func() {
		s.stop() //nolint:errcheck // a throw-away engine: nothing of it is kept
		os.RemoveAll(dir)
	}
	if err := s.awaitReady(ctx); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// keepAll keeps the dossiers of a scenario and of its chapters, those after the name
// of the file and the number of the chapter.
func (p *playing) keepAll(ctx context.Context, dir, file string, result *scenario.Result, out io.Writer) error {
	if dir == "" || result.Case.ID == "" {
		return nil
	}
	all := result.All()
	for n, one := range all[:len(all)-1] {
		chapter := fmt.Sprintf("%s.%d-%s", strings.TrimSuffix(filepath.Base(file), ".yaml"), n+1, filepath.Base(one.Scenario.File))
		if err := p.keep(ctx, dir, chapter, one.Case.ID, out); err != nil {
			return err
		}
	}
	return p.keep(ctx, dir, file, result.Case.ID, out)
}

// keep writes the dossier of a case beside the others.
func (p *playing) keep(ctx context.Context, dir, file string, id casefile.ID, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	name := filepath.Join(dir, strings.TrimSuffix(filepath.Base(file), ".yaml")+".zip")
	err := writeFile(name, func(w io.Writer) error { return p.export(ctx, id, w) })
	if err != nil {
		return fmt.Errorf("dossier: %w", err)
	}
	_, err = fmt.Fprintf(out, "   案卷：%s\n", name)
	return err
}

// writeFile writes a file whole or not at all.
func writeFile(name string, write func(io.Writer) error) error {
	if there, err := os.Stat(name); err == nil && there.IsDir() {
		return fmt.Errorf("%s 是目录，请写明文件名 is a directory: name a file in it", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".chengxu-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func readToken(file string) (string, error) {
	if file == "" {
		if token := os.Getenv("CHENGXU_TOKEN"); token != "" {
			return token, nil
		}
		return "", errors.New("a running server asks for a token: --token-file FILE or CHENGXU_TOKEN")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}

func randomName() string {
	b := make([]byte, 6)
	rand.Read(b) // never fails
	return "run-" + hex.EncodeToString(b)
}

func (s *shipped) scenarioPacks() scenario.Packs {
	return scenario.Packs{Packs: s.packs, Calendar: s.calendar}
}
