package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/store"
)

type watchOptions struct {
	place
	instrument, article string
	json                bool
}

func rulesWatchCommand() *cobra.Command {
	var o watchOptions
	cmd := &cobra.Command{
		Use:   "watch --instrument ID [--article 第十五条] [PACK...]",
		Short: "what rests on an instrument or article that is repealed or amended",
		Long: "watch lists the rules, parameters, periods, tables and obligations that cite the article or the whole\n" +
			"instrument, and the steps, acts and transitions of the procedures that rest on them. With --data it also lists\n" +
			"the open cases that are judged by such rules, and the documents of cases that ended published under them.",
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			packs, err := own.packsNamed(args)
			if err != nil {
				return err
			}
			return own.watch(cmd.Context(), packs, o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.instrument, "instrument", "", "id of the instrument in pack.yaml, or a name under which it is cited")
	f.StringVar(&o.article, "article", "", "article, paragraph or item; default: the whole instrument")
	f.StringVar(&o.data, "data", "", "data directory of a server, whose cases are looked at, too")
	o.databaseFlag(f)
	f.BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

// watched is what a change of the law concerns.
type watched struct {
	Place     string              `json:"place"`
	Citing    []rules.Citing      `json:"citing"`
	OpenCases []watchedCase       `json:"open_cases,omitempty"`
	Published []publishedDocument `json:"published,omitempty"`
}

type watchedCase struct {
	ID    casefile.ID      `json:"id"`
	Organ casefile.OrganID `json:"organ"`
	Title string           `json:"title"`
	Packs []string         `json:"packs"` // the ones concerned
}

type publishedDocument struct {
	Case     casefile.ID     `json:"case"`
	Title    string          `json:"title"`
	Document string          `json:"document"`
	Digest   casefile.Digest `json:"digest"`
}

func (s *shipped) watch(ctx context.Context, packs []*rules.Pack, o watchOptions, out io.Writer) error {
	i, ok := rules.FindInstrument(packs, o.instrument)
	if !ok {
		return fmt.Errorf("--instrument %q: no pack lists it; give an id of pack.yaml or a name of cited_as", o.instrument)
	}
	if len(i.CitedAs) == 0 {
		return fmt.Errorf("--instrument %s: its pack does not say in cited_as how it is cited", i.ID)
	}
	places, err := rules.ParseCitations(i.CitedAs[0]+" "+o.article, []rules.Instrument{i})
	if err != nil || len(places) != 1 {
		return errors.Join(fmt.Errorf("--article %q: want one place, such as 第十五条第一款", o.article), err)
	}
	of := places[0]
	w := watched{Place: of.String()}
	w.Citing = append(rules.CitedBy(packs, of), procedure.CitedBy(s.definitions, packs, of)...)
	if o.data != "" || o.database != "" {
		if err := w.lookAtCases(ctx, packs, o.place, of); err != nil {
			return err
		}
	}
	if o.json {
		return printJSON(out, w)
	}
	w.print(out)
	return nil
}

// lookAtCases adds the cases whose own packs, as they were when the case was
// opened, are concerned.
func (w *watched) lookAtCases(ctx context.Context, packs []*rules.Pack, at place, of rules.Citation) error {
	if at.database == "" { // opening would make it
		if _, err := os.Stat(filepath.Join(at.data, "chengxu.db")); err != nil {
			return fmt.Errorf("--data %s: no data directory of a server: %w", at.data, err)
		}
	}
	db, err := at.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	cases, err := db.PinnedCases(ctx)
	if err != nil {
		return err
	}
	known := map[casefile.Digest]*rules.Pack{}
	for _, p := range packs {
		known[p.Digest()] = p
	}
	for _, c := range cases {
		var over []*rules.Pack
		var concerned []string
		for _, pinned := range c.Packs {
			p := known[pinned.Digest]
			if p == nil {
				archive, err := db.Content(ctx, pinned.Digest)
				if err != nil {
					return fmt.Errorf("case %s: rule pack %s: %w", c.ID, pinned.Pack, err)
				}
				if p, err = rules.ParseArchive(archive, over...); err != nil {
					return fmt.Errorf("case %s: %w", c.ID, err)
				}
				known[pinned.Digest] = p
			}
			over = append(over, p)
			if len(rules.CitedBy([]*rules.Pack{p}, of)) > 0 {
				concerned = append(concerned, p.Name())
			}
		}
		w.addCase(c, concerned)
	}
	return nil
}

func (w *watched) addCase(c store.PinnedCase, concerned []string) {
	switch {
	case len(concerned) == 0:
	case c.Status != casefile.StatusClosed:
		w.OpenCases = append(w.OpenCases, watchedCase{c.ID, c.Organ, c.Title, concerned})
	case c.End == "published":
		for _, d := range c.Documents {
			w.Published = append(w.Published, publishedDocument{c.ID, c.Title, d.Title, d.Digest})
		}
	}
}

func (w *watched) print(out io.Writer) {
	fmt.Fprintf(out, "%s：\n", w.Place)
	for _, c := range w.Citing {
		at := ""
		if c.File != "" {
			at = fmt.Sprintf("  %s:%d", c.File, c.Line)
		}
		basis := c.Basis
		if len(c.Through) > 0 {
			basis += "（" + strings.Join(c.Through, "、") + "）"
		}
		if c.Broad {
			basis += "  （概括引用，须核对）"
		}
		fmt.Fprintf(out, "  %-28s %-12s %s %s  %s%s\n", c.In, c.Kind, c.ID, c.Title, basis, at)
	}
	for _, c := range w.OpenCases {
		fmt.Fprintf(out, "  在办案件 %s %s %s（%s）\n", c.ID, c.Organ, c.Title, strings.Join(c.Packs, "、"))
	}
	for _, d := range w.Published {
		fmt.Fprintf(out, "  已公布 %s %s：%s %s\n", d.Case, d.Title, d.Document, d.Digest)
	}
}
