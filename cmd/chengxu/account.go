package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
)

func accountCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "account", Short: "local accounts, on a running server, for administrators"}
	var r remote
	r.flags(cmd)
	cmd.AddCommand(accountOpenCommand(&r), accountListCommand(&r), accountResetCommand(&r), accountCloseCommand(&r), accountReopenCommand(&r), accountLogCommand(&r))
	return cmd
}

// firstPassword prints a password that is shown once: alone on standard output, so
// that it can be taken from there.
func (r *remote) firstPassword(cmd *cobra.Command, path string, body map[string]any) error {
	answer, _, err := r.ask(cmd.Context(), http.MethodPost, path, nil, body, "")
	return r.answered(cmd, answer, err, func() error {
		var first struct{ Person, Password string }
		if err := json.Unmarshal(answer, &first); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s 的首次密码，登录时须修改。只显示这一次：\n", first.Person)
		_, err := fmt.Fprintln(cmd.OutOrStdout(), first.Password)
		return err
	})
}

func accountOpenCommand(r *remote) *cobra.Command {
	var login, reason string
	cmd := &cobra.Command{
		Use: "open PERSON", Short: "open an account; the first password is shown once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.firstPassword(cmd, "/api/v1/accounts", map[string]any{"person": args[0], "login": login, "reason": reason})
		},
	}
	cmd.Flags().StringVar(&login, "login", "", "login (required)")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the log")
	return required(cmd, "login")
}

func accountResetCommand(r *remote) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "reset PERSON", Short: "give an account another first password; the sessions of the person end", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.firstPassword(cmd, "/api/v1/accounts", map[string]any{"person": args[0], "reset": true, "reason": reason})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the log")
	return cmd
}

func accountReopenCommand(r *remote) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "reopen LOGIN", Short: "open a closed account again, with another first password", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.firstPassword(cmd, "/api/v1/accounts/"+url.PathEscape(args[0])+"/reopen", map[string]any{"reason": reason})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the log")
	return cmd
}

func accountCloseCommand(r *remote) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "close LOGIN", Short: "close an account; sessions and tokens of its person end at once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, _, err := r.ask(cmd.Context(), http.MethodPost, "/api/v1/accounts/"+url.PathEscape(args[0])+"/close", nil, map[string]any{"reason": reason}, "")
			return r.answered(cmd, answer, err, func() error { return nil })
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the log (required)")
	return required(cmd, "reason")
}

func accountListCommand(r *remote) *cobra.Command {
	var organ, after string
	cmd := &cobra.Command{
		Use: "list", Short: "the accounts of an organ, by login", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, err := r.organPage(cmd, "/api/v1/accounts", organ, "after", after)
			return r.answered(cmd, answer, err, func() error {
				var page struct {
					Accounts []struct{ Login, Person, Closed string }
					Next     string
				}
				if err := json.Unmarshal(answer, &page); err != nil {
					return err
				}
				var lines []string
				for _, a := range page.Accounts {
					state := "启用 open"
					if a.Closed != "" {
						state = "关闭 closed " + a.Closed
					}
					lines = append(lines, a.Login+"\t"+a.Person+"\t"+state)
				}
				if page.Next != "" {
					lines = append(lines, "--after "+page.Next)
				}
				return inColumns(cmd.OutOrStdout(), lines)
			})
		},
	}
	cmd.Flags().StringVar(&organ, "organ", "", "an organ below yours (default: your own)")
	cmd.Flags().StringVar(&after, "after", "", "where the page before ended")
	return cmd
}

func accountLogCommand(r *remote) *cobra.Command {
	var organ string
	var before int64
	cmd := &cobra.Command{
		Use: "log", Short: "who opened, closed, bound, issued or revoked what, and why, the last first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := ""
			if before > 0 {
				start = strconv.FormatInt(before, 10)
			}
			answer, err := r.organPage(cmd, "/api/v1/account-log", organ, "before", start)
			return r.answered(cmd, answer, err, func() error {
				var page struct {
					Changes []struct{ At, By, Person, Act, Object, Reason string }
					Next    int64
				}
				if err := json.Unmarshal(answer, &page); err != nil {
					return err
				}
				var lines []string
				for _, c := range page.Changes {
					lines = append(lines, c.At+"\t"+c.By+"\t"+c.Act+"\t"+c.Person+"\t"+c.Object+"\t"+c.Reason)
				}
				if page.Next > 0 {
					lines = append(lines, "--before "+strconv.FormatInt(page.Next, 10))
				}
				return inColumns(cmd.OutOrStdout(), lines)
			})
		},
	}
	cmd.Flags().StringVar(&organ, "organ", "", "an organ below yours (default: your own)")
	cmd.Flags().Int64Var(&before, "before", 0, "where the page before ended")
	return cmd
}

// organPage asks for a page of what belongs to an organ.
func (r *remote) organPage(cmd *cobra.Command, path, organ, where, from string) ([]byte, error) {
	query := url.Values{}
	for name, value := range map[string]string{"organ": organ, where: from} {
		if value != "" {
			query.Set(name, value)
		}
	}
	answer, _, err := r.ask(cmd.Context(), http.MethodGet, path, query, nil, "")
	return answer, err
}
