package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"io"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/scenario"
	"github.com/zhengdang/chengxu/worker"
)

func dossierCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "dossier", Short: "export a case whole, and verify such a dossier offline"}
	cmd.AddCommand(dossierExportCommand(), dossierVerifyCommand())
	return cmd
}

func dossierExportCommand() *cobra.Command {
	var server, tokenFile, out string
	cmd := &cobra.Command{
		Use:   "export CASE",
		Short: "write the dossier of a case of a running server",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			token, err := readToken(tokenFile)
			if err != nil {
				return err
			}
			client, err := scenario.NewClient(server, token)
			if err != nil {
				return err
			}
			if out == "" {
				out = args[0] + ".zip"
			}
			err = writeFile(out, func(w io.Writer) error {
				return client.Dossier(cmd.Context(), casefile.ID(args[0]), w)
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), out)
			return err
		},
	}
	cmd.Flags().StringVar(&server, "server", "http://127.0.0.1:8080", "URL of the server")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "file with a token; else CHENGXU_TOKEN")
	cmd.Flags().StringVar(&out, "out", "", "file to write; default CASE.zip")
	return cmd
}

func dossierVerifyCommand() *cobra.Command {
	var keyFile string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "verify dossiers: seal, law and run; needs no server, network or database",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts := dossier.Options{Replayer: dossier.ReplayerFunc(worker.Replay)}
			if keyFile != "" {
				key, err := os.ReadFile(keyFile)
				if err != nil {
					return err
				}
				opts.Key = strings.TrimSpace(string(key))
			}
			bad := 0
			for _, file := range args {
				report, err := verifyFile(file, opts)
				if err != nil {
					return err
				}
				if !report.OK() {
					bad++
				}
				if err := printReport(cmd.OutOrStdout(), file, report, asJSON); err != nil {
					return err
				}
			}
			if bad > 0 {
				return notInOrder{fmt.Errorf("%d of %d dossiers do not verify", bad, len(args))}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "file with the verifier key that the organ has published")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a file")
	return cmd
}

func verifyFile(file string, opts dossier.Options) (dossier.Report, error) {
	f, err := os.Open(file)
	if err != nil {
		return dossier.Report{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return dossier.Report{}, err
	}
	if !info.Mode().IsRegular() {
		return dossier.Report{}, fmt.Errorf("%s: %w", file, errors.New("not a file"))
	}
	return dossier.VerifyFile(f, info.Size(), opts), nil
}

func printReport(w io.Writer, file string, report dossier.Report, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(struct {
			File string `json:"file"`
			OK   bool   `json:"ok"`
			dossier.Report
		}{file, report.OK(), report})
	}
	_, err := fmt.Fprintf(w, "%s\n%s\n", file, report)
	return err
}
