package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

func administratorCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "administrator", Short: "administrators, for whoever runs the installation"}
	cmd.AddCommand(administratorLinkCommand())
	return cmd
}

func administratorLinkCommand() *cobra.Command {
	var at place
	var organ, url string
	cmd := &cobra.Command{
		Use:   "link",
		Short: "print a one-time link for the first administrator, or with --organ for another one of an organ",
		Long: "The link can be used once, within 24 hours; links that were printed before end. Without --organ it makes the\n" +
			"first organ, and is refused when there are accounts already.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			accounts, closeStore, err := openAccounts(cmd, at)
			if err != nil {
				return err
			}
			defer closeStore()
			var secret string
			if organ != "" {
				secret, err = accounts.LinkFor(cmd.Context(), casefile.OrganID(organ))
			} else {
				var ok bool
				if secret, ok, err = accounts.FirstLink(cmd.Context()); err == nil && !ok {
					err = errors.New("there are accounts already: name the organ of the new administrator with --organ")
				}
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s/first/%s\n", url, secret)
			return err
		},
	}
	at.flags(cmd.Flags())
	cmd.Flags().StringVar(&organ, "organ", "", "organ of the new administrator")
	cmd.Flags().StringVar(&url, "url", "http://127.0.0.1:8080", "address of the pages")
	return cmd
}

func openAccounts(cmd *cobra.Command, at place) (*auth.Accounts, func(), error) {
	own, err := loadShipped()
	if err != nil {
		return nil, nil, err
	}
	db, err := at.open(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	accounts, err := auth.NewAccounts(db, auth.NewDirectory(db, own.roles()), auth.AccountOptions{})
	return accounts, func() { db.Close() }, err
}
