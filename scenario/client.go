package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// patience is how long a client goes on asking a server that does not answer,
// for example while it is started again.
const patience = 90 * time.Second

// maxAnswer bounds what a client reads of an answer, in bytes. Dossiers are the
// largest answers.
const maxAnswer = 1 << 30

// Client plays scenarios against a running server, through its API. A request
// that found no answer is sent again: every write carries its id, so the act is
// done once.
type Client struct {
	base      *url.URL
	token     string
	http      *http.Client
	maxAnswer int64
	patience  time.Duration
}

var _ Engine = (*Client)(nil)

// NewClient returns a client of the server at the URL. The token needs the role
// trainer, which may act as any person in practice cases.
func NewClient(server, token string) (*Client, error) {
	base, err := url.Parse(server)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("server %q: want a URL such as http://127.0.0.1:8080", server)
	}
	return &Client{base: base, token: token, http: &http.Client{Timeout: time.Minute, Transport: keeping()}, maxAnswer: maxAnswer, patience: patience}, nil
}

// keeping keeps a connection for each of many callers.
func keeping() *http.Transport {
	return &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
}

// Upload stores a document. The organ is the token's.
func (c *Client) Upload(ctx context.Context, _, title string, content []byte) (casefile.Digest, error) {
	var stored struct {
		Digest casefile.Digest `json:"digest"`
	}
	err := c.must(ctx, request{
		method: http.MethodPost, path: "/api/v1/documents", query: url.Values{"title": {title}},
		mediaType: "text/plain; charset=utf-8", body: content, into: &stored,
	})
	return stored.Digest, err
}

// person is how the API takes the person in whose place a trainer acts.
type person struct {
	Person casefile.PersonID `json:"person"`
	Name   string            `json:"name"`
	Unit   string            `json:"unit,omitempty"`
	Roles  []casefile.Role   `json:"roles"`
}

func as(a casefile.Actor) person {
	return person{Person: a.Person, Name: a.Name, Unit: a.Unit, Roles: a.Roles}
}

// Open opens a practice case for the organ of the token.
func (c *Client) Open(ctx context.Context, r OpenRequest) (Outcome, error) {
	body := map[string]any{
		"id": r.ID, "procedure": r.Procedure, "matter": r.Matter, "with": r.With,
		"practice": true, "starts": r.Starts, "as": as(r.By),
	}
	if r.Overlays != nil {
		body["overlays"] = r.Overlays
	}
	return c.write(ctx, "/api/v1/cases", "", body)
}

// Act does an act.
func (c *Client) Act(ctx context.Context, id casefile.ID, act casefile.Act) (Outcome, error) {
	body := map[string]any{"id": act.ID, "kind": act.Kind, "as": as(act.By)}
	if len(act.With) > 0 {
		body["with"] = act.With
	}
	if len(act.Reasons) > 0 {
		body["reasons"] = act.Reasons
	}
	return c.write(ctx, "/api/v1/cases/"+url.PathEscape(string(id))+"/acts", id, body)
}

// Dossier writes the dossier of a case.
func (c *Client) Dossier(ctx context.Context, id casefile.ID, w io.Writer) error {
	var content []byte
	err := c.must(ctx, request{
		method: http.MethodGet, path: "/api/v1/cases/" + url.PathEscape(string(id)) + "/dossier", raw: &content,
	})
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

// problem is what the client reads of a problem detail.
type problem struct {
	Code     string            `json:"code"`
	Details  casefile.Text     `json:"details"`
	Act      string            `json:"act"`
	Field    string            `json:"field"`
	Sequence int64             `json:"sequence"`
	Verdict  *casefile.Verdict `json:"verdict"`
}

// gateRefused is the problem code of an act that the rules stopped.
const gateRefused = "gate-refused"

func (c *Client) write(ctx context.Context, path string, id casefile.ID, body any) (Outcome, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return Outcome{}, err
	}
	var reply struct {
		Entry casefile.Entry `json:"entry"`
		Case  casefile.Case  `json:"case"`
	}
	p, err := c.send(ctx, request{
		method: http.MethodPost, path: path, mediaType: "application/json", body: encoded, into: &reply,
	})
	if err != nil {
		return Outcome{}, err
	}
	if p == nil {
		return Outcome{Entry: reply.Entry, Case: reply.Case}, nil
	}
	if p.Code != gateRefused {
		return Outcome{Refusal: &casefile.Refusal{
			Code: casefile.RefusalCode(p.Code), Act: p.Act, Field: p.Field, Message: p.Details}}, nil
	}
	stopped := Outcome{Entry: casefile.Entry{Case: id, Kind: casefile.EntryBlocked, Sequence: p.Sequence, Verdict: p.Verdict}}
	if id == "" {
		return stopped, nil
	}
	var reading struct {
		Case casefile.Case `json:"case"`
	}
	if err := c.must(ctx, request{method: http.MethodGet, path: "/api/v1/cases/" + url.PathEscape(string(id)), into: &reading}); err != nil {
		return Outcome{}, err
	}
	stopped.Case = reading.Case
	return stopped, nil
}

// request is one exchange with the server.
type request struct {
	method, path, mediaType string
	query                   url.Values
	body                    []byte
	into                    any     // the answer, decoded
	raw                     *[]byte // or the answer as it is
}

// errNoAnswer marks exchanges that may be repeated.
var errNoAnswer = errors.New("no answer")

// must is send for requests of which a problem is an error.
func (c *Client) must(ctx context.Context, r request) error {
	p, err := c.send(ctx, r)
	if err == nil && p != nil {
		err = fmt.Errorf("%s %s: %s: %s (%s)", r.method, r.path, p.Code, p.Details.EN, p.Details.ZH)
	}
	return err
}

// send exchanges until the server answers, or patience ends. A problem that
// tells of the act comes back as such, any other as an error.
func (c *Client) send(ctx context.Context, r request) (*problem, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	pause := 50 * time.Millisecond
	for {
		p, err := c.once(ctx, r)
		if !errors.Is(err, errNoAnswer) {
			return p, err
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, time.Second)
		case <-ctx.Done():
			return nil, err
		}
	}
}

func (c *Client) once(ctx context.Context, r request) (*problem, error) {
	target := c.base.JoinPath(r.path)
	target.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, target.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	if r.method == http.MethodPost {
		req.Header.Set("If-Match", "*") // a script acts on the case as it is
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if r.mediaType != "" {
		req.Header.Set("Content-Type", r.mediaType)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %w", r.method, r.path, errNoAnswer, err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, c.maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %w", r.method, r.path, errNoAnswer, err)
	}
	if int64(len(content)) > c.maxAnswer {
		return nil, fmt.Errorf("%s %s: the answer is larger than %d bytes", r.method, r.path, c.maxAnswer)
	}
	if resp.StatusCode >= 500 || busy(resp) {
		return nil, fmt.Errorf("%s %s: %w: status %d", r.method, r.path, errNoAnswer, resp.StatusCode)
	}
	return r.read(resp.StatusCode, content)
}

// busy reports whether the server asks to be asked again within seconds, as it does
// when many documents are sent to it at once.
func busy(resp *http.Response) bool {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	return resp.StatusCode == http.StatusTooManyRequests && err == nil && seconds < 10
}

func (r request) read(status int, content []byte) (*problem, error) {
	if status >= 400 {
		var p problem
		if err := json.Unmarshal(content, &p); err != nil {
			return nil, fmt.Errorf("%s %s: status %d", r.method, r.path, status)
		}
		if status == http.StatusUnauthorized || status == http.StatusNotFound || status == http.StatusTooManyRequests {
			return nil, fmt.Errorf("%s %s: %s (%s)", r.method, r.path, p.Details.EN, p.Details.ZH)
		}
		return &p, nil
	}
	if r.raw != nil {
		*r.raw = content
		return nil, nil
	}
	if err := json.Unmarshal(content, r.into); err != nil {
		return nil, fmt.Errorf("%s %s: answer: %w", r.method, r.path, err)
	}
	return nil, nil
}
