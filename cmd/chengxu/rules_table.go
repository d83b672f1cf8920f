package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/rules/sheet"
)

func rulesTableCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "table",
		Short: "decision tables (决策表): list, ask, and keep them in a spreadsheet",
	}
	cmd.AddCommand(tableListCommand(), tableExportCommand(), tableImportCommand(), tableAskCommand())
	return cmd
}

// tableLine is what is listed of a table.
type tableLine struct {
	Pack   string          `json:"pack"`
	Table  string          `json:"table"`
	Title  string          `json:"title"`
	Hit    rules.HitPolicy `json:"hit"`
	Inputs []string        `json:"inputs"`
	Rows   int             `json:"rows"`
}

func tableListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [PACK...]",
		Short: "list the decision tables of rule packs",
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			packs, err := own.packsNamed(args)
			if err != nil {
				return err
			}
			lines := []tableLine{}
			for _, p := range packs {
				for _, t := range p.Tables() {
					lines = append(lines, tableLine{p.Name(), t.ID, t.Title.ZH, t.Hit, t.Inputs, len(t.Rows)})
				}
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), lines)
			}
			for _, l := range lines {
				fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s, %s, %d rows over %s\n", l.Pack, l.Table, l.Title, l.Hit, l.Rows, strings.Join(l.Inputs, ", "))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// tableOf gives a table of a pack, both as named by the arguments.
func (s *shipped) tableOf(pack, id string) (*rules.Pack, rules.Table, error) {
	packs, err := s.packsNamed([]string{pack})
	if err != nil {
		return nil, rules.Table{}, err
	}
	var known []string
	for _, t := range packs[0].Tables() {
		if t.ID == id {
			return packs[0], t, nil
		}
		known = append(known, t.ID)
	}
	return nil, rules.Table{}, fmt.Errorf("%s has no decision table %s; it has %s", packs[0].Name(), id, strings.Join(known, ", "))
}

func tableExportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export PACK TABLE --out FILE.csv|FILE.xlsx",
		Short: "write a decision table as a spreadsheet, from which import reads it back",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			p, t, err := own.tableOf(args[0], args[1])
			if err != nil {
				return err
			}
			if err := exportTable(out, p, t); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %d rows written to %s\n", p.Name(), t.ID, len(t.Rows), out)
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the file to write, .csv or .xlsx")
	_ = cmd.MarkFlagRequired("out")
	return cmd
}

// exportTable writes the file whole or not at all.
func exportTable(file string, p *rules.Pack, t rules.Table) error {
	write := map[string]func(io.Writer, rules.Table, func(string) string) error{
		".csv": sheet.WriteCSV, ".xlsx": sheet.WriteXLSX,
	}[strings.ToLower(filepath.Ext(file))]
	if write == nil {
		return fmt.Errorf("%s: name a file that ends in .csv or .xlsx", file)
	}
	var content strings.Builder
	if err := write(&content, t, sheet.Titles(p.Stack())); err != nil {
		return err
	}
	return replaceFile(file, []byte(content.String()))
}

// replaceFile writes a file so that a reader sees all of the old or all of the
// new content.
func replaceFile(file string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".chengxu-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

func tableAskCommand() *cobra.Command {
	var file, on string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ask PACK TABLE --facts FILE",
		Short: "show what a decision table says of facts, and which rows hold",
		Long:  "FILE is YAML or JSON: a mapping of facts to values. What is not in it is unknown.",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			today := legaltime.DateIn(time.Now(), legaltime.China)
			if on != "" {
				var err error
				if today, err = legaltime.ParseDate(on); err != nil {
					return fmt.Errorf("--on: %w", err)
				}
			}
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			p, t, err := own.tableOf(args[0], args[1])
			if err != nil {
				return err
			}
			facts, err := readFacts(file, p.Stack())
			if err != nil {
				return err
			}
			judge, err := rules.NewJudge(p.Stack(), own.calendar)
			if err != nil {
				return err
			}
			at, err := judge.Table(rules.Ref(p.ID()+"/"+t.ID), rules.Input{Facts: facts, Today: today})
			if err != nil {
				return err
			}
			return printTableAt(cmd.OutOrStdout(), t, at, asJSON)
		},
	}
	cmd.Flags().StringVar(&file, "facts", "", "the file of facts")
	cmd.Flags().StringVar(&on, "on", "", "the date of the question, YYYY-MM-DD; today by default")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("facts")
	return cmd
}

// tableAnswer is what a table says of facts.
type tableAnswer struct {
	Pack    string     `json:"pack"`
	Table   string     `json:"table"`
	Value   any        `json:"value"` // null: undetermined
	Missing []string   `json:"missing,omitempty"`
	Rows    []tableHit `json:"rows"`
}

// tableHit is a row that holds.
type tableHit struct {
	Row   int      `json:"row"` // from 1
	When  []string `json:"when"`
	Then  any      `json:"then"`
	Basis string   `json:"basis"`
	Note  string   `json:"note,omitempty"`
}

func printTableAt(out io.Writer, t rules.Table, at rules.TableAt, asJSON bool) error {
	answer := tableAnswer{Pack: at.Pack, Table: at.Table, Value: at.Value, Missing: at.Missing, Rows: []tableHit{}}
	for _, i := range at.Rows {
		r := t.Rows[i]
		hit := tableHit{Row: i + 1, When: r.When, Then: r.Then, Basis: r.Basis, Note: r.Note}
		if hit.Basis == "" {
			hit.Basis = t.Basis
		}
		answer.Rows = append(answer.Rows, hit)
	}
	if asJSON {
		return printJSON(out, answer)
	}
	if answer.Value != nil {
		fmt.Fprintf(out, "%s 结果 result: %v\n", t.Title.ZH, answer.Value)
	} else {
		fmt.Fprintf(out, "%s 无法判断 undetermined; 缺少事实 facts missing: %s\n", t.Title.ZH, strings.Join(answer.Missing, ", "))
	}
	for _, hit := range answer.Rows {
		fmt.Fprintf(out, "  row %d [%s] → %v（%s）%s\n", hit.Row, strings.Join(hit.When, " | "), hit.Then, hit.Basis, hit.Note)
	}
	return nil
}
