package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/rules/sheet"
)

func tableImportCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE --into DIR",
		Short: "take a decision table from a spreadsheet into the pack in a folder",
		Long: "Writes tables/<id>.yaml, or the file that holds the table of this id already, whose comment at the top\n" +
			"stays. When the pack would not load with it, nothing is changed, the problems are shown, and the exit code\n" +
			"is 1. A pack has no table that none of its rules reads: write the rule first.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			t, err := readTable(args[0])
			if err != nil {
				return err
			}
			i := importing{from: args[0], dir: dir, table: t}
			if err := i.run(own.packs); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"table": t.ID, "rows": len(t.Rows), "file": i.file})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d rows written to %s; the pack loads\n", t.ID, len(t.Rows), filepath.Join(dir, i.file))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "into", "", "the folder of the pack")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("into")
	return cmd
}

func readTable(file string) (rules.Table, error) {
	read := map[string]func(io.Reader) (rules.Table, error){
		".csv": sheet.ReadCSV, ".xlsx": sheet.ReadXLSX,
	}[strings.ToLower(filepath.Ext(file))]
	if read == nil {
		return rules.Table{}, fmt.Errorf("%s: name a file that ends in .csv or .xlsx", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return rules.Table{}, err
	}
	defer f.Close()
	t, err := read(f)
	if errors.Is(err, casefile.ErrInvalid) {
		return t, notInOrder{fmt.Errorf("%s:\n%w", file, err)}
	}
	return t, err
}

// importing is a table on its way into a pack.
type importing struct {
	from  string // the spreadsheet
	dir   string // the folder of the pack
	table rules.Table
	file  string // in the folder
	above int    // lines of comment above the table
}

// run tries the table in a copy of the pack, then writes it.
func (i *importing) run(over []*rules.Pack) error {
	if _, err := os.Stat(filepath.Join(i.dir, "pack.yaml")); err != nil {
		return fmt.Errorf("%s is not the folder of a rule pack: %w", i.dir, err)
	}
	comment, err := i.locate()
	if err != nil {
		return err
	}
	content, err := sheet.YAML(i.table)
	if err != nil {
		return err
	}
	content = append(comment, content...)
	trial, err := os.MkdirTemp("", "chengxu-pack-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(trial)
	if err := os.CopyFS(trial, os.DirFS(i.dir)); err != nil {
		return err
	}
	if err := i.write(trial, content); err != nil {
		return err
	}
	_, err = rules.LoadPack(os.DirFS(trial), ".", over...)
	if errors.Is(err, casefile.ErrInvalid) {
		return notInOrder{fmt.Errorf("%s: with this table the pack does not load, so nothing was changed:\n%s", i.dir, i.explain(err))}
	}
	if err != nil {
		return err
	}
	return i.write(i.dir, content)
}

func (i *importing) write(dir string, content []byte) error {
	if err := os.MkdirAll(filepath.Join(dir, "tables"), 0o755); err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, i.file), content)
}

// locate finds the file that holds the table, and gives the comment at its top.
func (i *importing) locate() ([]byte, error) {
	i.file = "tables/" + i.table.ID + ".yaml"
	files, err := filepath.Glob(filepath.Join(i.dir, "tables", "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var head struct {
			ID string `yaml:"id"`
		}
		if yaml.Unmarshal(content, &head) != nil || head.ID != i.table.ID {
			continue // what is wrong with another file is for the loader to say
		}
		i.file = "tables/" + filepath.Base(name)
		var comment []byte
		for line := range bytes.Lines(content) {
			if !bytes.HasPrefix(line, []byte("#")) {
				break
			}
			comment = append(comment, line...)
			i.above++
		}
		return comment, nil
	}
	return nil, nil
}

// explain shows the problems of the pack; those of the table with the row of the
// spreadsheet.
func (i *importing) explain(err error) string {
	var out strings.Builder
	for _, p := range problemsOf(err) {
		if row, ok := sheet.RowAt(i.table, p.Line-i.above); ok && p.File == i.file {
			fmt.Fprintf(&out, "%s row %d: %s%s\n", i.from, row, p.Message, p.Snippet)
			continue
		}
		fmt.Fprintf(&out, "%v\n", p)
	}
	if out.Len() == 0 {
		return err.Error()
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// problemsOf gives the problems that an error of the loader joins.
func problemsOf(err error) []*rules.Problem {
	switch e := err.(type) { //nolint:errorlint // the tree is walked by hand
	case *rules.Problem:
		return []*rules.Problem{e}
	case interface{ Unwrap() []error }:
		var out []*rules.Problem
		for _, inner := range e.Unwrap() {
			out = append(out, problemsOf(inner)...)
		}
		return out
	case interface{ Unwrap() error }:
		return problemsOf(e.Unwrap())
	}
	return nil
}
