package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A setting is a flag of a command. Who did not give the flag is asked for it in the
// environment, then in one file; the default of the flag comes last. Values from all
// three are read by the flag itself, so that they are checked in one place.

const (
	configFlag = "config"
	configName = "chengxu.yaml" // looked for in the data directory
	// originOf is the annotation of a flag that says where its value comes from.
	originOf = "chengxu-origin"
)

// otherVariables are read where they are needed; no flag stands for them.
func otherVariables() []string {
	return []string{"CHENGXU_S3_ACCESS_KEY", "CHENGXU_S3_SECRET_KEY", "CHENGXU_TOKEN"}
}

// withSettings lets every command below cmd take its settings from environment and file.
func withSettings(cmd *cobra.Command) *cobra.Command {
	cmd.PersistentFlags().String(configFlag, "", "file of settings; default: "+configName+" in the data directory, when there is one")
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.DisableFlagParsing || cmd.Name() == "help" { // reads its arguments itself
			return nil
		}
		return configure(cmd)
	}
	return cmd
}

// variableOf gives the name of the environment variable of a flag.
func variableOf(flag string) string {
	return "CHENGXU_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// isSetting reports whether a flag can be set from elsewhere.
func isSetting(f *pflag.Flag) bool {
	return !f.Hidden && f.Name != "help" && f.Name != "version"
}

// configure gives the flags that were not given what the environment and the file say.
func configure(cmd *cobra.Command) error {
	if err := takeEnvironment(cmd.Flags()); err != nil {
		return err
	}
	path, found, err := configPath(cmd.Flags())
	if err != nil || path == "" {
		return err
	}
	file, err := readConfig(path, cmd.Root())
	if err != nil {
		return err
	}
	return file.apply(cmd, found)
}

func takeEnvironment(flags *pflag.FlagSet) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := variableOf(f.Name)
		value := os.Getenv(name)
		if f.Changed || !isSetting(f) || value == "" { // set to nothing is not set
			return
		}
		errs = append(errs, set(flags, f, "environment "+name, value))
	})
	return errors.Join(errs...)
}

// set gives a flag its value, and notes where it comes from. What was wrong with the
// value is said without the value: it may be a secret.
func set(flags *pflag.FlagSet, f *pflag.Flag, origin, value string) error {
	err := flags.Set(f.Name, value)
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		err = fmt.Errorf("want a value of the type %s", f.Value.Type())
	}
	if err != nil {
		return fmt.Errorf("%s: --%s: %w", origin, f.Name, err)
	}
	return flags.SetAnnotation(f.Name, originOf, []string{origin})
}

// setList is set for a flag that takes several values.
func setList(flags *pflag.FlagSet, f *pflag.Flag, origin string, values []string) error {
	list, ok := f.Value.(pflag.SliceValue)
	if !ok {
		return fmt.Errorf("%s: --%s: want one value, not a list", origin, f.Name)
	}
	if err := list.Replace(values); err != nil {
		return fmt.Errorf("%s: --%s: want values of the type %s", origin, f.Name, f.Value.Type())
	}
	f.Changed = true
	return flags.SetAnnotation(f.Name, originOf, []string{origin})
}

// configPath gives the file to read, or nothing, and whether it was found rather than
// named.
func configPath(flags *pflag.FlagSet) (path string, found bool, err error) {
	if f := flags.Lookup(configFlag); f != nil && f.Value.String() != "" {
		return f.Value.String(), false, nil
	}
	data := flags.Lookup("data")
	if data == nil || data.Value.String() == "" {
		return "", false, nil
	}
	path = filepath.Join(data.Value.String(), configName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	} else if err != nil {
		return "", false, fmt.Errorf("settings: %w", err)
	}
	return path, true, nil
}

// cameFrom says where the value of a flag comes from.
func cameFrom(f *pflag.Flag) string {
	switch noted := f.Annotations[originOf]; {
	case len(noted) > 0:
		return noted[0]
	case f.Changed:
		return "flag"
	}
	return "default"
}

// settingsOf gives the flags of a command that can be set from elsewhere, by name.
func settingsOf(cmd *cobra.Command) []*pflag.Flag {
	var out []*pflag.Flag
	add := func(f *pflag.Flag) {
		if isSetting(f) && f.Name != configFlag && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	cmd.LocalFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	slices.SortFunc(out, func(a, b *pflag.Flag) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// commandsUnder gives cmd and all commands below it that do something.
func commandsUnder(cmd *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	if cmd.Runnable() && cmd.Name() != "help" {
		out = append(out, cmd)
	}
	for _, c := range cmd.Commands() {
		if !c.Hidden && c.Name() != "completion" {
			out = append(out, commandsUnder(c)...)
		}
	}
	return out
}
