package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// enrolled is an entry of the directory of any kind, as the API shows it.
type enrolled struct {
	ID, Name                  string
	Superior, Parent, Mail    string
	Person, Unit              string
	Roles                     []string
	From, Until               string
	Kind, Principal, Delegate string
	Revoked, Ended            bool

	version string // the ETag with which it was read
	raw     map[string]any
}

// line is the entry in one line, with tabs between the columns.
func (e enrolled) line() string {
	columns := []string{e.ID}
	switch {
	case e.Delegate != "":
		columns = append(columns, e.Kind, e.Principal+" → "+e.Delegate, strings.Join(e.Roles, ","), e.From+" – "+e.Until)
	case e.Person != "":
		columns = append(columns, e.Person, strings.Join(e.Roles, ","), e.Unit, e.From+" – "+e.Until)
	default:
		columns = append(columns, e.Name, e.Superior+e.Parent+e.Mail)
	}
	switch {
	case e.Revoked:
		columns = append(columns, "已撤销 revoked")
	case e.Ended:
		columns = append(columns, "已终止 ended")
	}
	return strings.TrimRight(strings.Join(columns, "\t"), "\t")
}

func directoryPath(kind, id string) string {
	if id == "" {
		return "/api/v1/directory/" + kind
	}
	return "/api/v1/directory/" + kind + "/" + url.PathEscape(id)
}

// enter enters a new entry. What is empty is left out.
func (r *remote) enter(cmd *cobra.Command, kind string, entry map[string]any) error {
	for name, value := range entry {
		if value == "" {
			delete(entry, name)
		}
	}
	answer, _, err := r.ask(cmd.Context(), http.MethodPost, directoryPath(kind, ""), nil, entry, "")
	return r.entered(cmd, answer, err)
}

// entered prints the entry that was answered with.
func (r *remote) entered(cmd *cobra.Command, answer []byte, err error) error {
	return r.answered(cmd, answer, err, func() error {
		var record struct{ Entry enrolled }
		if err := json.Unmarshal(answer, &record); err != nil {
			return err
		}
		return inColumns(cmd.OutOrStdout(), []string{record.Entry.line()})
	})
}

// read reads an entry, to change it.
func (r *remote) read(cmd *cobra.Command, kind, id string) (enrolled, error) {
	answer, header, err := r.ask(cmd.Context(), http.MethodGet, directoryPath(kind, id), nil, nil, "")
	if err != nil {
		return enrolled{}, err
	}
	var record struct{ Entry json.RawMessage }
	var e enrolled
	if err := json.Unmarshal(answer, &record); err != nil {
		return enrolled{}, fmt.Errorf("read answer: %w", err)
	}
	if err := json.Unmarshal(record.Entry, &e); err != nil {
		return enrolled{}, fmt.Errorf("read answer: %w", err)
	}
	e.version = header.Get("ETag")
	return e, json.Unmarshal(record.Entry, &e.raw)
}

// amend reads an entry, sets one of its fields and sends it as the next version: if
// somebody else was faster, it is refused.
func (r *remote) amend(cmd *cobra.Command, kind, id, field string, value any) error {
	e, err := r.read(cmd, kind, id)
	if err != nil {
		return err
	}
	e.raw[field] = value
	answer, _, err := r.ask(cmd.Context(), http.MethodPut, directoryPath(kind, id), nil, e.raw, e.version)
	return r.entered(cmd, answer, err)
}

// page gives one page of entries as the server answers, and where the next begins.
func (r *remote) page(cmd *cobra.Command, kind, organ, after string) (answer []byte, entries []enrolled, next string, err error) {
	answer, err = r.organPage(cmd, directoryPath(kind, ""), organ, "after", after)
	if err != nil {
		return answer, nil, "", err
	}
	var page struct {
		Entries []struct{ Entry enrolled }
		Next    string
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return nil, nil, "", fmt.Errorf("read answer: %w", err)
	}
	for _, one := range page.Entries {
		entries = append(entries, one.Entry)
	}
	return answer, entries, page.Next, nil
}

// listCommand lists the entries of a kind.
func listCommand(r *remote, kind, short string) *cobra.Command {
	var organ, after string
	cmd := &cobra.Command{
		Use: "list", Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, entries, next, err := r.page(cmd, kind, organ, after)
			return r.answered(cmd, answer, err, func() error {
				var lines []string
				for _, e := range entries {
					lines = append(lines, e.line())
				}
				if next != "" {
					lines = append(lines, "--after "+next)
				}
				return inColumns(cmd.OutOrStdout(), lines)
			})
		},
	}
	cmd.Flags().StringVar(&organ, "organ", "", "an organ below yours (default: your own)")
	cmd.Flags().StringVar(&after, "after", "", "where the page before ended")
	return cmd
}

// endCommand ends an entry by setting a field.
func endCommand(r *remote, kind, use, short, field string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return r.amend(cmd, kind, args[0], field, true) },
	}
}

func inColumns(out io.Writer, lines []string) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	return w.Flush()
}
