package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
)

// remote is a running server, and the token with which it is asked.
type remote struct {
	server, tokenFile string
	json              bool
}

func (r *remote) flags(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&r.server, "server", "http://127.0.0.1:8080", "URL of the server")
	cmd.PersistentFlags().StringVar(&r.tokenFile, "token-file", "", "file with a token; else CHENGXU_TOKEN")
	cmd.PersistentFlags().BoolVar(&r.json, "json", false, "print the answer of the server as it is")
}

// problemAnswer is an error that the server answered with.
type problemAnswer struct {
	Status    int               `json:"status"`
	Code      string            `json:"code"`
	Details   casefile.Text     `json:"details"`
	Field     string            `json:"field"`
	Sequence  int64             `json:"sequence"`
	Verdict   *casefile.Verdict `json:"verdict"`
	RequestID string            `json:"request_id"`
}

func (p *problemAnswer) Error() string {
	out := p.Code + ": " + p.Details.ZH + " " + p.Details.EN
	if p.Field != "" {
		out += " (" + p.Field + ")"
	}
	if p.Verdict == nil {
		return out
	}
	for _, f := range p.Verdict.Hindering() {
		out += fmt.Sprintf("\n  %s  %s  %s", f.Rule, f.Basis, f.Message.ZH)
		if f.Remedy.ZH != "" {
			out += "  → " + f.Remedy.ZH
		}
		if len(f.Missing) > 0 {
			out += "  缺：" + strings.Join(f.Missing, "、")
		}
	}
	return out
}

// maxRemoteAnswer bounds what is read of an answer, in bytes.
const maxRemoteAnswer = 128 << 20

// ask sends a request and gives the body of the answer. A body that is not nil is
// sent as JSON, as a write on the case as the header If-Match says.
func (r *remote) ask(ctx context.Context, method, path string, query url.Values, body any, ifMatch string) ([]byte, http.Header, error) {
	if body == nil {
		return r.send(ctx, method, path, query, nil, "", ifMatch)
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, nil, fmt.Errorf("encode request: %w", err)
	}
	return r.send(ctx, method, path, query, bytes.NewReader(b), "application/json", ifMatch)
}

// send is ask with a body of any type; an empty type is that of no body.
func (r *remote) send(ctx context.Context, method, path string, query url.Values, content io.Reader, media, ifMatch string) ([]byte, http.Header, error) {
	token, err := readToken(r.tokenFile)
	if err != nil {
		return nil, nil, err
	}
	base, err := url.Parse(r.server)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, nil, fmt.Errorf("server %q: want a URL such as http://127.0.0.1:8080", r.server)
	}
	target := base.JoinPath(path)
	target.RawQuery = query.Encode()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target.String(), content)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if ifMatch != "" {
		req.Header.Set("If-Match", ifMatch)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxRemoteAnswer))
	if err != nil {
		return nil, nil, fmt.Errorf("read answer: %w", err)
	}
	if resp.StatusCode < 300 {
		return answer, resp.Header, nil
	}
	var problem problemAnswer
	if json.Unmarshal(answer, &problem) != nil || problem.Code == "" {
		return nil, nil, fmt.Errorf("%s %s: %s", method, target.Path, resp.Status)
	}
	return answer, resp.Header, notInOrder{&problem}
}

// print writes an answer: as it is with --json, else by the function.
func (r *remote) print(out io.Writer, answer []byte, show func() error) error {
	if !r.json {
		return show()
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, answer, "", "  "); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	_, err := fmt.Fprintln(out, pretty.String())
	return err
}

// answered prints what the server answered, with --json a refusal too. An answer
// without content is printed by the function alone.
func (r *remote) answered(cmd *cobra.Command, answer []byte, err error, show func() error) error {
	switch {
	case err != nil && r.json && len(answer) > 0:
		return errors.Join(err, r.print(cmd.OutOrStdout(), answer, nil))
	case err != nil:
		return err
	case len(answer) == 0:
		return show()
	}
	return r.print(cmd.OutOrStdout(), answer, show)
}

// valuesArgument reads a JSON object from the command line, or from a file when it
// begins with @.
func valuesArgument(text string) (map[string]any, error) {
	if text == "" {
		return nil, nil
	}
	source := []byte(text)
	if name, ok := strings.CutPrefix(text, "@"); ok {
		var err error
		if source, err = os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	dec := json.NewDecoder(bytes.NewReader(source))
	dec.UseNumber()
	var out map[string]any
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("%.40q: want a JSON object, or @FILE: %w", text, err)
	}
	return out, nil
}
