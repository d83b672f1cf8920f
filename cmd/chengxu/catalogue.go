package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/yearlist"
)

func catalogueCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "catalogue", Short: "annual catalogues of decisions (年度目录), on a running server"}
	var r remote
	r.flags(cmd)
	cmd.AddCommand(catalogueImportCommand(&r), catalogueShowCommand(&r))
	return cmd
}

func catalogueImportCommand(r *remote) *cobra.Command {
	var id, under string
	var check bool
	cmd := &cobra.Command{
		Use:   "import FILE --case CASE",
		Short: "file the items of a spreadsheet (.xlsx, .csv) or of published catalogues (.yaml) in the case of a catalogue",
		Long: "Reads the whole file first, and asks of every row whether it would be filed; if anything is wrong, it is told with\n" +
			"its row, nothing is filed, and the exit code is 1. Then each item is an act of the holder of the token. Items that\n" +
			"the case has already under the same name are left out, so the same file can be imported again.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			i := importingItems{r: r, cmd: cmd, under: under}
			if err := i.prepare(id, args[0]); err != nil {
				return err
			}
			if check {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%d items in order, %d of them are in the case already; nothing was filed\n", i.read, i.read-len(i.rows))
				return err
			}
			return i.file()
		},
	}
	cmd.Flags().StringVar(&id, "case", "", "id of the case of the catalogue (required)")
	cmd.Flags().StringVar(&under, "under", "", "id of the mandate under which you act")
	cmd.Flags().BoolVar(&check, "check", false, "read the file and file nothing")
	_ = cmd.MarkFlagRequired("case")
	return cmd
}

// importingItems are items on their way into a case.
type importingItems struct {
	r     *remote
	cmd   *cobra.Command
	under string

	c    casefile.Case
	kind string // of the act that files an item
	read int    // items in the file
	rows []yearlist.Row
}

// prepare reads the case and the file.
func (i *importingItems) prepare(id, name string) error {
	answer, _, err := i.r.ask(i.cmd.Context(), http.MethodGet, casePath(id, ""), nil, nil, "")
	if err != nil {
		return err
	}
	var reading struct{ Case casefile.Case }
	if err := json.Unmarshal(answer, &reading); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	i.c = reading.Case
	if answer, _, err = i.r.ask(i.cmd.Context(), http.MethodGet, casePath(id, "/possible"), nil, nil, ""); err != nil {
		return err
	}
	var list struct{ Possible []struct{ Kind string } }
	if err := json.Unmarshal(answer, &list); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	for _, p := range list.Possible {
		if strings.HasSuffix(p.Kind, "."+yearlist.Verb) {
			i.kind = p.Kind
		}
	}
	if i.kind == "" {
		return notInOrder{fmt.Errorf("case %s takes no items now: it is no catalogue, the call was not announced, or it is closed: %w", id, casefile.ErrConflict)}
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := yearlist.Read(filepath.Base(name), f, i.c.CatalogueYear())
	if errors.Is(err, casefile.ErrInvalid) {
		return notInOrder{fmt.Errorf("%s: nothing was filed:\n%w", name, err)}
	}
	if err != nil {
		return err
	}
	i.read, i.rows = len(rows), yearlist.Missing(&i.c, rows)
	return i.try()
}

// try asks of every row whether it would be filed, before the first is.
func (i *importingItems) try() error {
	for _, row := range i.rows {
		body := map[string]any{"kind": i.kind}
		addGiven(body, yearlist.Payload(row.CatalogueEntry), i.under)
		answer, _, err := i.r.ask(i.cmd.Context(), http.MethodPost, casePath(string(i.c.ID), "/dry-run"), nil, body, "")
		if err != nil {
			return fmt.Errorf("row %d: nothing was filed: %w", row.Row, err)
		}
		var run struct {
			Admitted bool `json:"admitted"`
		}
		if err := json.Unmarshal(answer, &run); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		if !run.Admitted {
			return notInOrder{fmt.Errorf("row %d: nothing was filed: the rules do not admit %s: %w", row.Row, row.Name, casefile.ErrConflict)}
		}
	}
	return nil
}

// file does the acts.
func (i *importingItems) file() error {
	before := len(i.c.Catalogue())
	for at, row := range i.rows {
		body := map[string]any{"id": yearlist.ActID(i.c.ID, before+at, row.Name), "kind": i.kind}
		addGiven(body, yearlist.Payload(row.CatalogueEntry), i.under)
		if _, _, err := i.r.ask(i.cmd.Context(), http.MethodPost, casePath(string(i.c.ID), "/acts"), nil, body, "*"); err != nil {
			return fmt.Errorf("row %d, after %d items were filed: %w", row.Row, at, err)
		}
		if !i.r.json {
			fmt.Fprintf(i.cmd.OutOrStdout(), "filed  %s\n", row.Name)
		}
	}
	if i.r.json {
		return printJSON(i.cmd.OutOrStdout(), map[string]any{"case": i.c.ID, "filed": len(i.rows), "left_out": i.read - len(i.rows)})
	}
	_, err := fmt.Fprintf(i.cmd.OutOrStdout(), "%d items filed, %d were there already\n", len(i.rows), i.read-len(i.rows))
	return err
}

func catalogueShowCommand(r *remote) *cobra.Command {
	return &cobra.Command{
		Use: "show CASE", Short: "the items of a catalogue, late ones marked", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, _, err := r.ask(cmd.Context(), http.MethodGet, casePath(args[0], "/catalogue"), nil, nil, "")
			if err != nil {
				return err
			}
			return r.print(cmd.OutOrStdout(), answer, func() error {
				var list struct {
					Items []struct {
						casefile.CatalogueItem
						Late bool
					}
				}
				if err := json.Unmarshal(answer, &list); err != nil {
					return fmt.Errorf("read answer: %w", err)
				}
				for _, i := range list.Items {
					late := ""
					if i.Late {
						late = "逾期"
					}
					fmt.Fprintf(cmd.OutOrStdout(), "%d  %s  %s  %s  %s %s%s %s\n", i.No, i.Name, i.Unit, i.PlannedOn, i.Screened, i.State, i.Mark, late)
				}
				return nil
			})
		},
	}
}
