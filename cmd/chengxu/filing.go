package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/filing"
)

func filingCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "filing", Short: "normative documents filed with an organ of another installation (备案), as signed packages"}
	var r remote
	r.flags(cmd)
	cmd.AddCommand(filingExportCommand(&r), filingVerifyCommand(), filingSendCommand(&r), filingAnswerCommand(&r), filingTakeCommand(&r))
	return cmd
}

func filingExportCommand(r *remote) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "export CASE", Short: "write what a case has filed as a package for the organ that reviews it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.fetched(cmd, casePath(args[0], "/filing"), out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "filing.zip", "file to write")
	return cmd
}

func filingAnswerCommand(r *remote) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "answer FILING", Short: "write what the review of a package has answered last as a package for its maker", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.fetched(cmd, "/api/v1/filings/"+url.PathEscape(args[0])+"/answer", out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "answer.zip", "file to write")
	return cmd
}

func filingSendCommand(r *remote) *cobra.Command {
	return &cobra.Command{
		Use: "send FILE", Short: "hand a package to the server of the organ that reviews it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := r.upload(cmd.Context(), "/api/v1/filings", nil, args[0])
			return r.answered(cmd, answer, err, func() error {
				var taken struct{ ID, Document, Title string }
				if err := json.Unmarshal(answer, &taken); err != nil {
					return fmt.Errorf("read answer: %w", err)
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s\n", taken.ID, taken.Document, taken.Title)
				return err
			})
		},
	}
}

func filingTakeCommand(r *remote) *cobra.Command {
	var on, under string
	cmd := &cobra.Command{
		Use: "take CASE FILE", Short: "take an answer into the case that filed", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{}
			for name, value := range map[string]string{"received_on": on, "under": under} {
				if value != "" {
					query.Set(name, value)
				}
			}
			answer, err := r.upload(cmd.Context(), casePath(args[0], "/filing/answers"), query, args[1])
			return r.answered(cmd, answer, err, func() error {
				var done struct {
					Entry struct {
						Sequence int64
						Act      struct{ Kind string }
					}
				}
				if err := json.Unmarshal(answer, &done); err != nil {
					return fmt.Errorf("read answer: %w", err)
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%d  %s\n", done.Entry.Sequence, done.Entry.Act.Kind)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&on, "received-on", "", "the day on which it came (default: today)")
	cmd.Flags().StringVar(&under, "under", "", "id of the mandate under which you act")
	return cmd
}

func filingVerifyCommand() *cobra.Command {
	var keyFile string
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "verify a package offline by the key that its organ has published", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := os.ReadFile(keyFile)
			if err != nil {
				return err
			}
			content, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			pack, problems := filing.Open(content, []string{strings.TrimSpace(string(key))})
			for _, p := range problems {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s / %s\n", p.Place, p.Message.ZH, p.Message.EN)
			}
			if pack == nil {
				return notInOrder{fmt.Errorf("%s does not verify", args[0])}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "已验证 verified  %s\n", pack.Digest)
			return writeJSON(cmd.OutOrStdout(), pack.Statement)
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "file with the verifier key that the organ has published (required)")
	return required(cmd, "key")
}

// fetched writes an answer of the server to a file.
func (r *remote) fetched(cmd *cobra.Command, path, out string) error {
	answer, _, err := r.ask(cmd.Context(), http.MethodGet, path, nil, nil, "")
	if err != nil {
		return err
	}
	err = writeFile(out, func(w io.Writer) error {
		_, err := w.Write(answer)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), out)
	return err
}

// upload sends a file as a package.
func (r *remote) upload(ctx context.Context, path string, query url.Values, file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	answer, _, err := r.send(ctx, http.MethodPost, path, query, bytes.NewReader(content), "application/zip", "")
	return answer, err
}
