package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "settings, and where they come from"}
	cmd.AddCommand(&cobra.Command{
		Use:   "show [COMMAND [FLAG…]]",
		Short: "every setting of a command (default: serve), its value and where it comes from; secrets are masked",
		Long: "show prints what a command would run with, and does not run it: give it the command and its flags,\n" +
			"for example 'chengxu config show serve --data /var/lib/chengxu'.",
		DisableFlagParsing: true, // the flags are those of the command that is shown
		RunE: func(cmd *cobra.Command, args []string) error {
			if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
				return cmd.Help()
			}
			return showConfig(cmd, args)
		},
	})
	return cmd
}

func showConfig(cmd *cobra.Command, args []string) error {
	target, flags, err := cmd.Root().Find(args)
	if err != nil {
		return err
	}
	if target == cmd.Root() {
		target = commandNamed(cmd.Root(), "serve")
	}
	if !target.Runnable() {
		return fmt.Errorf("%s does nothing by itself: name one of its commands", target.CommandPath())
	}
	if err := target.ParseFlags(flags); err != nil {
		return err
	}
	if err := configure(target); err != nil {
		return err
	}
	out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(out, "SETTING\tVALUE\tFROM")
	for _, f := range settingsOf(target) {
		fmt.Fprintf(out, "%s\t%s\t%s\n", f.Name, shownValue(f), cameFrom(f))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return showVariables(cmd.OutOrStdout(), cmd.Root())
}

// shownValue gives the value of a flag without its secrets.
func shownValue(f *pflag.Flag) string {
	list, ok := f.Value.(pflag.SliceValue)
	if !ok {
		return quotedIfOdd(masked(f.Name, f.Value.String()))
	}
	values := list.GetSlice()
	for i := range values {
		values[i] = quotedIfOdd(masked(f.Name, values[i]))
	}
	return "[" + strings.Join(values, ", ") + "]"
}

// quotedIfOdd keeps a value on its line and in its column.
func quotedIfOdd(value string) string {
	if value == "" || strings.ContainsAny(value, "\t\n\r\v\f\x1b") {
		return fmt.Sprintf("%q", value)
	}
	return value
}

// showVariables names variables that are set and are no setting: those that are read
// elsewhere, and those that nothing reads, which may be misspelt.
func showVariables(out io.Writer, root *cobra.Command) error {
	settings := map[string]bool{variableOf(configFlag): true}
	for _, c := range commandsUnder(root) {
		for _, f := range settingsOf(c) {
			settings[variableOf(f.Name)] = true
		}
	}
	var lines []string
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case !strings.HasPrefix(name, "CHENGXU_") || value == "" || settings[name]:
		case slices.Contains(otherVariables(), name):
			lines = append(lines, name+" is set")
		default:
			lines = append(lines, name+" is set, and nothing reads it")
		}
	}
	slices.Sort(lines)
	for _, line := range lines {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}
