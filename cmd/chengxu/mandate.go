package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func mandateCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "mandate", Short: "mandates (授权) to act for somebody else, on a running server, for administrators"}
	var r remote
	r.flags(cmd)
	cmd.AddCommand(mandateAddCommand(&r), listCommand(&r, "mandates", "the mandates of an organ"),
		endCommand(&r, "mandates", "end MANDATE", "revoke a mandate at once; its entry stays", "revoked"))
	return cmd
}

func mandateAddCommand(r *remote) *cobra.Command {
	var id, organ, kind, principal, delegate, document, from, until string
	var roles []string
	cmd := &cobra.Command{
		Use: "add", Short: "let a person act for another one, from a first to a last day", Args: cobra.NoArgs,
		Long: "The authorising document has to be stored with the organ before.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			digest, err := digestArgument(document)
			if err != nil {
				return err
			}
			who, err := r.read(cmd, "people", principal)
			if err != nil {
				return err
			}
			return r.enter(cmd, "mandates", map[string]any{"id": writeID(id), "organ": organ, "kind": kind, "principal": principal, "principal_name": who.Name,
				"delegate": delegate, "roles": roles, "document": digest, "from": from, "until": until})
		},
	}
	f := cmd.Flags()
	f.StringVar(&id, "id", "", "id of the mandate; the same id is entered once (default: a new one)")
	f.StringVar(&organ, "organ", "", "an organ below yours (default: your own)")
	f.StringVar(&kind, "kind", "acting", "acting (代理) or delegation (委托)")
	f.StringVar(&principal, "principal", "", "the person for whom (required)")
	f.StringVar(&delegate, "delegate", "", "the person who acts (required)")
	f.StringSliceVar(&roles, "roles", nil, "roles of the principal that are handed on, separated by commas (required)")
	f.StringVar(&document, "document", "", "the authorising document: its SHA-256, or @FILE (required)")
	f.StringVar(&from, "from", "", "first day, YYYY-MM-DD (required)")
	f.StringVar(&until, "until", "", "last day, YYYY-MM-DD (required)")
	return required(cmd, "principal", "delegate", "roles", "document", "from", "until")
}

// digestArgument gives a digest, or that of the file named after @.
func digestArgument(text string) (string, error) {
	name, ok := strings.CutPrefix(text, "@")
	if !ok {
		return text, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}
