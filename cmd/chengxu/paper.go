package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/client"
	"github.com/zhengdang/chengxu/papers"
)

// paperOptions are the flags of chengxu paper.
type paperOptions struct {
	server, tokenFile, format, out string
	entry                          int64
}

func paperCommand() *cobra.Command {
	var o paperOptions
	cmd := &cobra.Command{
		Use:   "paper CASE [NAME]",
		Short: "make a paper (文书) of a case of a running server; without a name, list those that can be made",
		Long: "A paper is made from what the case records and from nothing else: the same entry gives the same bytes. The file\n" +
			"names its template, the entry and, for PDF, the fonts by digest.",
		Example: "  chengxu paper CASE\n  chengxu paper CASE legality-opinion --format pdf",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			token, err := readToken(o.tokenFile)
			if err != nil {
				return err
			}
			c := &client.Client{Base: strings.TrimRight(o.server, "/"), Token: token}
			if len(args) == 1 {
				return listPapers(cmd, c, args[0])
			}
			return o.make(cmd, c, args[0], args[1])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.server, "server", "http://127.0.0.1:8080", "URL of the server")
	f.StringVar(&o.tokenFile, "token-file", "", "file with a token; else CHENGXU_TOKEN")
	f.StringVar(&o.format, "format", "pdf", "html, pdf or docx")
	f.StringVar(&o.out, "out", "", "file to write; default NAME.FORMAT")
	f.Int64Var(&o.entry, "entry", 0, "as the case was behind this entry; 0: the last")
	return cmd
}

func listPapers(cmd *cobra.Command, c *client.Client, id string) error {
	answer, err := c.ListPapers(cmd.Context(), id)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	for _, p := range answer.Data.Papers {
		fmt.Fprintf(out, "%s  %s（模板版本 %s）\n", p.Name, p.Title.ZH, p.Version)
		for _, lack := range p.Missing {
			fmt.Fprintf(out, "    尚缺：%s\n", lack.Message.ZH)
		}
	}
	if missing := answer.Data.FontsMissing; missing != nil {
		fmt.Fprintln(out, missing.ZH)
	}
	return nil
}

func (o paperOptions) make(cmd *cobra.Command, c *client.Client, id, name string) error {
	if papers.Format(o.format).MediaType() == "" {
		return fmt.Errorf("--format %q: want html, pdf or docx", o.format)
	}
	params := client.MakePaperParams{}
	if o.entry > 0 {
		params.Entry = &o.entry
	}
	answer, err := c.MakePaper(cmd.Context(), id, name+"."+o.format, params)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if o.out == "" {
		o.out = name + "." + o.format
	}
	err = writeFile(o.out, func(w io.Writer) error {
		_, err := io.Copy(w, answer.Body)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), o.out)
	return err
}
