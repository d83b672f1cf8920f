package main

import "github.com/spf13/cobra"

func apiCommand() *cobra.Command {
	o := serveOptions{cluster: &clusterOptions{}}
	cmd := &cobra.Command{
		Use:   "api",
		Short: "serve API and pages, beside other processes, with a Temporal cluster and a PostgreSQL",
		Long: "Any number may run; `chengxu worker` carries the cases on. All api processes share one --data: the keys that sign the\n" +
			"logs, definitions of the installation, trust.yaml, and documents unless --documents names a bucket. A process whose\n" +
			"keys are not those of the others is refused.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return serve(cmd.Context(), o, cmd.OutOrStdout(), nil)
		},
	}
	o.flags(cmd)
	o.served(cmd)
	o.cluster.flags(cmd.Flags())
	sharedDatabaseFlag(cmd, &o.database)
	return cmd
}
