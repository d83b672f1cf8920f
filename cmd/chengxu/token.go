package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

func tokenCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "bearer tokens for the API and the pages"}
	var at place
	at.flags(cmd.PersistentFlags())
	cmd.AddCommand(tokenCreateCommand(&at), tokenListCommand(&at), tokenRevokeCommand(&at))
	return cmd
}

func tokenCreateCommand(at *place) *cobra.Command {
	var organ, person, name, unit, reason string
	var roles, scopes []string
	var days int
	cmd := &cobra.Command{
		Use:   "create",
		Short: "create a token bound to a person and roles; it is shown once",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tokens, closeStore, err := openTokens(cmd, *at)
			if err != nil {
				return err
			}
			defer closeStore()
			if days < 1 || days > 366 {
				return fmt.Errorf("--days %d: want 1 to 366", days)
			}
			grant := auth.Grant{
				Organ: casefile.OrganID(organ), Person: casefile.PersonID(person), Name: name, Unit: unit,
				Expires: time.Now().AddDate(0, 0, days), Why: auth.Why{Reason: reason},
			}
			for _, r := range roles {
				grant.Roles = append(grant.Roles, casefile.Role(r))
			}
			for _, scope := range scopes {
				grant.Scopes = append(grant.Scopes, auth.Scope(scope))
			}
			secret, token, err := tokens.Issue(cmd.Context(), grant)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "令牌 %s，%s，角色 %s，有效至 %s。只显示这一次：\n",
				token.ID, name, strings.Join(roles, "、"), grant.Expires.Format(time.DateOnly))
			_, err = fmt.Fprintln(cmd.OutOrStdout(), secret)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&organ, "organ", "", "organ that the person acts for (required)")
	f.StringVar(&person, "person", "", "identifier of the person (required)")
	f.StringVar(&name, "name", "", "name of the person (required)")
	f.StringVar(&unit, "unit", "", "unit of the person")
	f.StringSliceVar(&roles, "roles", nil, "roles, separated by commas (required)")
	f.StringSliceVar(&scopes, "scopes", nil, "what it is limited to, separated by commas: read, act, events, admin (none: everything that the roles allow)")
	f.StringVar(&reason, "reason", "", "why, for the log")
	f.IntVar(&days, "days", 90, "days until the token expires")
	for _, required := range []string{"organ", "person", "name", "roles"} {
		if err := cmd.MarkFlagRequired(required); err != nil {
			return nil
		}
	}
	return cmd
}

func tokenListCommand(at *place) *cobra.Command {
	var organ string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the tokens of an organ",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tokens, closeStore, err := openTokens(cmd, *at)
			if err != nil {
				return err
			}
			defer closeStore()
			list, err := tokens.List(cmd.Context(), casefile.OrganID(organ))
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
			for _, t := range list {
				state := "有效至 " + t.Expires.Format(time.DateOnly)
				if !t.Revoked.IsZero() {
					state = "已吊销"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%v\t%s\n", t.ID, t.Holder.Person, t.Holder.Name, t.Holder.Roles, state)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&organ, "organ", "", "organ")
	return cmd
}

func tokenRevokeCommand(at *place) *cobra.Command {
	var organ, reason string
	cmd := &cobra.Command{
		Use:   "revoke ID",
		Short: "revoke a token at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			tokens, closeStore, err := openTokens(cmd, *at)
			if err != nil {
				return err
			}
			defer closeStore()
			return tokens.Revoke(cmd.Context(), casefile.OrganID(organ), args[0], auth.Why{Reason: reason})
		},
	}
	cmd.Flags().StringVar(&organ, "organ", "", "organ")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the log")
	return cmd
}

func openTokens(cmd *cobra.Command, at place) (*auth.Tokens, func(), error) {
	own, err := loadShipped()
	if err != nil {
		return nil, nil, err
	}
	db, err := at.open(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	return auth.New(db, own.roles(), auth.Options{}), func() { db.Close() }, nil
}

// roles gives every role that a shipped procedure declares.
func (s *shipped) roles() []casefile.Role {
	var out []casefile.Role
	for _, d := range s.definitions {
		for _, role := range casefile.SortedNames(d.Roles) {
			if !slices.Contains(out, role) {
				out = append(out, role)
			}
		}
	}
	return out
}
