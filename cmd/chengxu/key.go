package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

func keyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "keys with which people sign what they do"}
	var r remote
	r.flags(cmd)
	cmd.AddCommand(keyGenerateCommand(), keyRequestCommand(), keySignCommand(), keyRegisterCommand(&r), keyListCommand(&r), keyEndCommand(&r))
	return cmd
}

func keyGenerateCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "generate", Short: "make a key, in a file of PKCS #8 that only its owner may read", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			public, private, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				return fmt.Errorf("make a key: %w", err)
			}
			if err := createPersonalKey(out, private); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), casefile.KeyID(public))
			return err
		},
	}
	cmd.Flags().StringVar(&out, "out", "chengxu-signing.pem", "file to write; one that exists is left alone")
	return cmd
}

func keyRequestCommand() *cobra.Command {
	var file, organ, person string
	cmd := &cobra.Command{
		Use: "request", Short: "print what registers a key for a person, with the proof that its holder asks for it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			private, err := readPersonalKey(file)
			if err != nil {
				return err
			}
			k := auth.SigningKey{Organ: casefile.OrganID(organ), Person: casefile.PersonID(person), Algorithm: casefile.Ed25519}
			k.Key = casefile.Sign(private, nil).Key
			public, _ := casefile.PublicKey(k.Key)
			k.ID = casefile.KeyID(public)
			k.Proof = casefile.Sign(private, casefile.KeyStatement(k.Organ, k.Person, k.Key)).Value
			return writeJSON(cmd.OutOrStdout(), k)
		},
	}
	cmd.Flags().StringVar(&file, "key", "chengxu-signing.pem", "file with the key")
	cmd.Flags().StringVar(&organ, "organ", "", "id of the organ (required)")
	cmd.Flags().StringVar(&person, "person", "", "id of the person (required)")
	if cmd.MarkFlagRequired("organ") != nil || cmd.MarkFlagRequired("person") != nil {
		return nil
	}
	return cmd
}

func keySignCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "sign STATEMENT", Short: "sign the statement of an act, from a file or from - (standard input); prints the signature", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			private, err := readPersonalKey(file)
			if err != nil {
				return err
			}
			text, err := readArgument(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			text = bytes.TrimRight(text, "\r\n")
			statement, err := casefile.ParseStatement(text)
			if err != nil {
				return notInOrder{err}
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s　%s　%s，在第 %d 条记录之后 behind entry %d\n",
				statement.Case, statement.Title, statement.Kind, statement.After, statement.After)
			return writeJSON(cmd.OutOrStdout(), casefile.Sign(private, text))
		},
	}
	cmd.Flags().StringVar(&file, "key", "chengxu-signing.pem", "file with the key")
	return cmd
}

func keyRegisterCommand(r *remote) *cobra.Command {
	return &cobra.Command{
		Use: "register REQUEST", Short: "register a key for the person that its request names; for administrators", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readArgument(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			if !json.Valid(text) {
				return fmt.Errorf("%s: want what \"chengxu key request\" prints", args[0])
			}
			answer, _, err := r.ask(cmd.Context(), http.MethodPost, "/api/v1/directory/keys", nil, json.RawMessage(text), "")
			if err != nil {
				return err
			}
			return r.print(cmd.OutOrStdout(), answer, func() error {
				var entry struct{ Entry auth.SigningKey }
				if err := json.Unmarshal(answer, &entry); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  %s\n", entry.Entry.ID, entry.Entry.Person)
				return err
			})
		},
	}
}

func keyListCommand(r *remote) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "list", Short: "your keys, or everybody's in the organ", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := "/api/v1/keys"
			if all {
				path = "/api/v1/directory/keys"
			}
			answer, _, err := r.ask(cmd.Context(), http.MethodGet, path, nil, nil, "")
			if err != nil {
				return err
			}
			return r.print(cmd.OutOrStdout(), answer, func() error {
				var page struct {
					Entries []struct{ Entry auth.SigningKey }
				}
				if err := json.Unmarshal(answer, &page); err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
				for _, e := range page.Entries {
					state := "有效"
					if e.Entry.Ended {
						state = "停用：" + e.Entry.Reason
					}
					fmt.Fprintf(w, "%s\t%s\t%s\n", e.Entry.ID, e.Entry.Person, state)
				}
				return w.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "the first page of everybody's")
	return cmd
}

func keyEndCommand(r *remote) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "end KEY", Short: "end a key of yours; what was signed with it stays signed", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, _, err := r.ask(cmd.Context(), http.MethodPost, "/api/v1/keys/"+url.PathEscape(args[0])+"/end", nil, map[string]string{"reason": reason}, "")
			return err
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why (required)")
	if cmd.MarkFlagRequired("reason") != nil {
		return nil
	}
	return cmd
}

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// maxArgument bounds a file that an argument names, in bytes.
const maxArgument = 8 << 20

// readArgument reads the file that an argument names, or standard input for "-".
func readArgument(in io.Reader, name string) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxArgument+1))
	if err == nil && len(b) > maxArgument {
		err = fmt.Errorf("%s: longer than %d bytes", name, maxArgument)
	}
	return b, err
}

const pemBlock = "PRIVATE KEY"

func createPersonalKey(path string, key ed25519.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = pem.Encode(f, &pem.Block{Type: pemBlock, Bytes: der})
	return errors.Join(err, f.Close())
}

// readPersonalKey reads an Ed25519 key in PKCS #8, which must be closed to everybody
// but its owner.
func readPersonalKey(path string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s is not a file", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key file %s is open to others (mode %04o): set its mode to 0600", path, info.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != pemBlock {
		return nil, fmt.Errorf("key file %s: want a block %q of PEM, as \"chengxu key generate\" writes", path, pemBlock)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key file %s holds a key of another kind; want Ed25519", path)
	}
	return private, nil
}
