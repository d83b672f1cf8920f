package main

import "github.com/spf13/cobra"

func organCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "organ", Short: "organs and their units, on a running server, for administrators"}
	var r remote
	r.flags(cmd)
	unit := &cobra.Command{Use: "unit", Short: "units of an organ (内设机构)"}
	unit.AddCommand(unitAddCommand(&r), listCommand(&r, "units", "the units of an organ"), endCommand(&r, "units", "end UNIT", "end a unit; its entry stays", "ended"))
	cmd.AddCommand(organAddCommand(&r), listCommand(&r, "organs", "your organ, and those below it"),
		endCommand(&r, "organs", "end ORGAN", "end an organ; its entry stays", "ended"), unit)
	return cmd
}

func organAddCommand(r *remote) *cobra.Command {
	var name, superior, zone string
	cmd := &cobra.Command{
		Use: "add ORGAN", Short: "enter an organ below yours", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.enter(cmd, "organs", map[string]any{"id": args[0], "name": name, "superior": superior, "zone": zone})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name (required)")
	cmd.Flags().StringVar(&superior, "superior", "", "the organ above it: yours, or one below it (required)")
	cmd.Flags().StringVar(&zone, "zone", "", "zone of its days: UTC or an offset such as +08:00 (default: Asia/Shanghai)")
	return required(cmd, "name", "superior")
}

func unitAddCommand(r *remote) *cobra.Command {
	var name, organ, parent string
	cmd := &cobra.Command{
		Use: "add UNIT", Short: "enter a unit", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.enter(cmd, "units", map[string]any{"id": args[0], "name": name, "organ": organ, "parent": parent})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name (required)")
	cmd.Flags().StringVar(&organ, "organ", "", "an organ below yours (default: your own)")
	cmd.Flags().StringVar(&parent, "parent", "", "the unit that it is part of")
	return required(cmd, "name")
}
