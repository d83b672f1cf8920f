package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"
)

// configFile is a file of settings: names of flags with their values, for every
// command that has the flag; and names of commands, with settings for these alone.
type configFile struct {
	path string
	top  *yaml.Node // nil: the file holds nothing
}

// maxConfig bounds a file of settings, in bytes.
const maxConfig = 1 << 20

// readConfig reads a file. A name that no command knows is an error, and so is a
// secret that others can read.
func readConfig(path string, root *cobra.Command) (*configFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return nil, fmt.Errorf("settings: read %s: %w", path, err)
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(b)))
	var doc, more yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return &configFile{path: path}, nil
	} else if err != nil {
		return nil, fmt.Errorf("settings: %s: %w", path, err)
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("settings: %s: want one document", path)
	}
	out := &configFile{path: path, top: doc.Content[0]}
	if err := out.check(out.top, root); err != nil {
		return nil, err
	}
	if secret := firstSecret(out.top, ""); secret != nil && info.Mode().Perm()&0o077 != 0 {
		return nil, out.wrong(secret, "holds a secret, and the file is open to others (mode %04o): set its mode to 0600", info.Mode().Perm())
	}
	return out, nil
}

func (c *configFile) wrong(at *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{c.path, at.Line}, args...)...)
}

// check reports what cannot be a setting of cmd or of a command below it.
func (c *configFile) check(n *yaml.Node, cmd *cobra.Command) error {
	if n.Kind != yaml.MappingNode {
		return c.wrong(n, "want settings, each as name: value")
	}
	var errs []error
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		if seen[name] {
			errs = append(errs, c.wrong(key, "%s is set twice", name))
			continue
		}
		seen[name] = true
		switch below := commandNamed(cmd, name); {
		case below != nil && value.Kind == yaml.MappingNode:
			errs = append(errs, c.check(value, below))
		case name == configFlag:
			errs = append(errs, c.wrong(key, "a file of settings names no other"))
		case !anyHas(cmd, name):
			errs = append(errs, c.wrong(key, "unknown setting %q: no command under %q has a flag of this name", name, cmd.CommandPath()))
		case value.Kind != yaml.ScalarNode && value.Kind != yaml.SequenceNode || value.Tag == "!!null":
			errs = append(errs, c.wrong(key, "%s: want a value, or a list of values", name))
		case value.Kind == yaml.SequenceNode && slices.ContainsFunc(value.Content, func(item *yaml.Node) bool { return item.Kind != yaml.ScalarNode }):
			errs = append(errs, c.wrong(key, "%s: want a list of plain values", name))
		}
	}
	return errors.Join(errs...)
}

func commandNamed(cmd *cobra.Command, name string) *cobra.Command {
	for _, c := range cmd.Commands() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

// anyHas reports whether cmd or a command below it has a setting of the name.
func anyHas(cmd *cobra.Command, name string) bool {
	return slices.ContainsFunc(commandsUnder(cmd), func(c *cobra.Command) bool {
		return slices.ContainsFunc(settingsOf(c), func(f *pflag.Flag) bool { return f.Name == name })
	})
}

// apply gives the flags of a command that have no value yet those of the file. What
// is set for the command itself goes before what is set for all.
func (c *configFile) apply(cmd *cobra.Command, found bool) error {
	if c.top == nil {
		return nil
	}
	levels := []*yaml.Node{c.top}
	for _, name := range strings.Fields(cmd.CommandPath())[1:] {
		below := valueOf(levels[len(levels)-1], name)
		if below == nil || below.Kind != yaml.MappingNode {
			break
		}
		levels = append(levels, below)
	}
	slices.Reverse(levels)
	var errs []error
	for _, level := range levels {
		for i := 0; i < len(level.Content); i += 2 {
			errs = append(errs, c.give(cmd.Flags(), level.Content[i], level.Content[i+1], found))
		}
	}
	return errors.Join(errs...)
}

func (c *configFile) give(flags *pflag.FlagSet, key, value *yaml.Node, found bool) error {
	f := flags.Lookup(key.Value)
	if f == nil || value.Kind == yaml.MappingNode {
		return nil
	}
	if found && f.Name == "data" {
		return c.wrong(key, "this file was found in the data directory and cannot name another: use --data or %s, or name the file by --config", variableOf("data"))
	}
	if f.Changed {
		return nil
	}
	at := fmt.Sprintf("%s:%d", c.path, key.Line)
	if value.Kind == yaml.ScalarNode {
		return set(flags, f, at, value.Value)
	}
	values := make([]string, len(value.Content))
	for i, item := range value.Content {
		values[i] = item.Value
	}
	return setList(flags, f, at, values)
}

func valueOf(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// firstSecret gives the first value that is, or holds, a secret; nil: there is none.
func firstSecret(n *yaml.Node, name string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			if secret := firstSecret(n.Content[i+1], n.Content[i].Value); secret != nil {
				return secret
			}
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if secret := firstSecret(item, name); secret != nil {
				return secret
			}
		}
	case yaml.ScalarNode:
		if masked(name, n.Value) != n.Value {
			return n
		}
	default: // is no setting
	}
	return nil
}

var (
	secretName  = regexp.MustCompile(`(?i)(^|[-_])(password|secret|token)$`)
	secretQuery = regexp.MustCompile(`(?i)pass|secret|token|key`)
)

// mask stands for what is not shown.
const mask = "xxxxx"

// masked gives a value with its secrets masked: all of it by the name of the setting,
// else the password and the like in a URL.
func masked(name, value string) string {
	if value == "" {
		return value
	}
	if secretName.MatchString(name) {
		return mask
	}
	if !strings.Contains(value, "://") {
		return value
	}
	u, err := url.Parse(value)
	if err != nil { // it may hold a password all the same
		return mask
	}
	changed := false
	if _, has := u.User.Password(); has {
		u.User, changed = url.UserPassword(u.User.Username(), mask), true
	}
	query := u.Query()
	for key := range query {
		if secretQuery.MatchString(key) {
			query.Set(key, mask)
			changed = true
		}
	}
	if !changed {
		return value
	}
	u.RawQuery = query.Encode()
	return u.String()
}
