package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
)

func caseCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "case", Short: "open cases, act on them and read them, on a running server"}
	var r remote
	r.flags(cmd)
	cmd.AddCommand(caseListCommand(&r), caseOpenCommand(&r), caseShowCommand(&r), casePossibleCommand(&r),
		caseActCommand(&r), caseTryCommand(&r), caseEntriesCommand(&r))
	return cmd
}

func caseListCommand(r *remote) *cobra.Command {
	var q, status, after string
	cmd := &cobra.Command{
		Use: "list", Short: "the cases of your organ, the last opened first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			query := url.Values{}
			for name, value := range map[string]string{"q": q, "status": status, "after": after} {
				if value != "" {
					query.Set(name, value)
				}
			}
			answer, _, err := r.ask(cmd.Context(), http.MethodGet, "/api/v1/cases", query, nil, "")
			if err != nil {
				return err
			}
			return r.print(cmd.OutOrStdout(), answer, func() error {
				var page struct {
					Cases []struct {
						ID, Title, Status string
						Steps             []string
					}
					Next string
				}
				if err := json.Unmarshal(answer, &page); err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
				for _, c := range page.Cases {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.ID, c.Status, strings.Join(c.Steps, ","), c.Title)
				}
				if page.Next != "" {
					fmt.Fprintf(w, "--after %s\n", page.Next)
				}
				return w.Flush()
			})
		},
	}
	cmd.Flags().StringVar(&q, "q", "", "part of the title")
	cmd.Flags().StringVar(&status, "status", "", "running, suspended or closed")
	cmd.Flags().StringVar(&after, "after", "", "where the page before ended")
	return cmd
}

func caseOpenCommand(r *remote) *cobra.Command {
	var id, procedure, title, category, with, starts, under string
	var practice bool
	cmd := &cobra.Command{
		Use: "open", Short: "open a case", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			values, err := valuesArgument(with)
			if err != nil {
				return err
			}
			body := map[string]any{"id": writeID(id), "procedure": procedure, "matter": map[string]string{"title": title, "category": category}}
			addGiven(body, values, under)
			if practice {
				body["practice"], body["starts"] = true, starts
			}
			answer, _, err := r.ask(cmd.Context(), http.MethodPost, "/api/v1/cases", nil, body, "")
			return r.reply(cmd, answer, err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&id, "id", "", "id of this opening; the same id opens the case once (default: a new one)")
	f.StringVar(&procedure, "procedure", "cn.major-decision@2019", "procedure and version")
	f.StringVar(&title, "title", "", "title of the matter (required)")
	f.StringVar(&category, "category", "", "category of the matter")
	f.StringVar(&with, "with", "", "facts of the opening as a JSON object, or @FILE")
	f.BoolVar(&practice, "practice", false, "open a practice case (演练)")
	f.StringVar(&starts, "starts", "", "first date of the practice clock, YYYY-MM-DD")
	f.StringVar(&under, "under", "", "id of the mandate under which you act")
	if cmd.MarkFlagRequired("title") != nil {
		return nil
	}
	return cmd
}

func caseShowCommand(r *remote) *cobra.Command {
	return &cobra.Command{
		Use: "show CASE", Short: "where a case stands", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, header, err := r.ask(cmd.Context(), http.MethodGet, casePath(args[0], ""), nil, nil, "")
			if err != nil {
				return err
			}
			return r.print(cmd.OutOrStdout(), answer, func() error {
				var reading struct{ Case casefile.Case }
				if err := json.Unmarshal(answer, &reading); err != nil {
					return err
				}
				c := reading.Case
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s  ETag %s\n", c.ID, c.Matter.Title, c.Status, header.Get("ETag"))
				for _, s := range c.Steps {
					fmt.Fprintf(cmd.OutOrStdout(), "  %s 第%d轮  %s  %s %s\n", s.Step, s.Round, s.State, s.EnteredOn, s.Outcome)
				}
				for _, d := range c.Deadlines {
					if d.State == casefile.DeadlineOpen {
						fmt.Fprintf(cmd.OutOrStdout(), "  期限 %s  %s  %s\n", d.Due, d.ID, d.Title.ZH)
					}
				}
				return nil
			})
		},
	}
}

func casePossibleCommand(r *remote) *cobra.Command {
	return &cobra.Command{
		Use: "possible CASE", Aliases: []string{"explain"}, Short: "the acts that are possible now, and what hinders them", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, _, err := r.ask(cmd.Context(), http.MethodGet, casePath(args[0], "/possible"), nil, nil, "")
			if err != nil {
				return err
			}
			return r.print(cmd.OutOrStdout(), answer, func() error {
				var list struct {
					Possible []struct {
						Kind       string
						Title      casefile.Text
						Roles      []string
						Allowed    bool
						Hindrances []casefile.Finding
					}
				}
				if err := json.Unmarshal(answer, &list); err != nil {
					return err
				}
				for _, p := range list.Possible {
					mark := "  "
					if p.Allowed {
						mark = "● "
					}
					fmt.Fprintf(cmd.OutOrStdout(), "%s%s  %s  %s\n", mark, p.Kind, p.Title.ZH, strings.Join(p.Roles, ","))
					for _, f := range p.Hindrances {
						fmt.Fprintf(cmd.OutOrStdout(), "      %s  %s %s %s\n", f.Rule, f.Basis, f.Message.ZH, strings.Join(f.Missing, "、"))
					}
				}
				return nil
			})
		},
	}
}

func caseActCommand(r *remote) *cobra.Command {
	var id, with, under, ifMatch, key string
	var reasons map[string]string
	cmd := &cobra.Command{
		Use: "act CASE KIND", Short: "act on a case; exits with 1 when the act is refused or the rules stop it", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			values, err := valuesArgument(with)
			if err != nil {
				return err
			}
			body := map[string]any{"id": writeID(id), "kind": args[1]}
			addGiven(body, values, under)
			if len(reasons) > 0 {
				body["reasons"] = reasons
			}
			at := ifMatch
			if key != "" {
				signature, seen, err := r.sign(cmd.Context(), args[0], key, body)
				if err != nil {
					return err
				}
				body["signature"] = signature
				if at == "*" {
					at = seen
				}
			}
			answer, _, err := r.ask(cmd.Context(), http.MethodPost, casePath(args[0], "/acts"), nil, body, at)
			return r.reply(cmd, answer, err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&id, "id", "", "id of this act; the same id is the same act (default: a new one)")
	f.StringVar(&with, "with", "", "payload as a JSON object, or @FILE")
	f.StringToStringVar(&reasons, "reason", nil, "recorded reason for a rule that warns: RULE=TEXT")
	f.StringVar(&under, "under", "", "id of the mandate under which you act")
	f.StringVar(&key, "sign", "", "file with the key to sign the act with; see chengxu key")
	f.StringVar(&ifMatch, "if-match", "*", `the ETag with which the case was read, such as '"12"'; * acts on it as it is`)
	return cmd
}

func caseTryCommand(r *remote) *cobra.Command {
	var with, under string
	cmd := &cobra.Command{
		Use: "try CASE KIND", Short: "what an act would lead to; nothing is recorded", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			values, err := valuesArgument(with)
			if err != nil {
				return err
			}
			body := map[string]any{"kind": args[1]}
			addGiven(body, values, under)
			answer, _, err := r.ask(cmd.Context(), http.MethodPost, casePath(args[0], "/dry-run"), nil, body, "")
			if err != nil {
				return err
			}
			return r.print(cmd.OutOrStdout(), answer, func() error {
				var run struct {
					Admitted bool
					Verdict  casefile.Verdict
				}
				if err := json.Unmarshal(answer, &run); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "admitted: %t (%s)\n", run.Admitted, run.Verdict.Result)
				for _, f := range run.Verdict.Hindering() {
					fmt.Fprintf(cmd.OutOrStdout(), "  %s  %s  %s\n", f.Rule, f.Basis, f.Message.ZH)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&with, "with", "", "payload as a JSON object, or @FILE")
	cmd.Flags().StringVar(&under, "under", "", "id of the mandate under which you act")
	return cmd
}

func caseEntriesCommand(r *remote) *cobra.Command {
	return &cobra.Command{
		Use: "entries CASE", Short: "the entries of a case, in order", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, _, err := r.ask(cmd.Context(), http.MethodGet, casePath(args[0], "/entries"), nil, nil, "")
			if err != nil {
				return err
			}
			return r.print(cmd.OutOrStdout(), answer, func() error {
				var list struct {
					Entries []struct{ Entry casefile.Entry }
				}
				if err := json.Unmarshal(answer, &list); err != nil {
					return err
				}
				for _, e := range list.Entries {
					fmt.Fprintln(cmd.OutOrStdout(), entryLine(e.Entry))
				}
				return nil
			})
		},
	}
}

// entryLine is an entry in one line.
func entryLine(e casefile.Entry) string {
	line := fmt.Sprintf("%4d  %s  %-10s", e.Sequence, e.On, e.Kind)
	if e.Act != nil {
		line += "  " + e.Act.Kind + "  " + e.Act.By.Name
		if m := e.Act.By.Mandate; m != nil {
			line += "（代 " + m.PrincipalName + "）"
		}
	}
	if e.Outcome != "" {
		line += "  → " + e.Outcome
	}
	return line
}

// reply prints what an act led to. One that the rules stopped is printed too with
// --json: its entry is in the record.
func (r *remote) reply(cmd *cobra.Command, answer []byte, err error) error {
	return r.answered(cmd, answer, err, func() error {
		var reply struct {
			Entry casefile.Entry
			Case  casefile.Case
		}
		if err := json.Unmarshal(answer, &reply); err != nil {
			return err
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s\n", reply.Case.ID, entryLine(reply.Entry))
		return err
	})
}

func addGiven(body, values map[string]any, under string) {
	if values != nil {
		body["with"] = values
	}
	if under != "" {
		body["under"] = under
	}
}

func writeID(given string) string {
	if given != "" {
		return given
	}
	return randomName()
}

func casePath(id, rest string) string { return "/api/v1/cases/" + url.PathEscape(id) + rest }
