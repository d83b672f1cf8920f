// Package client asks the API of a Chengxu over HTTP. Types and methods are
// generated from the contract; what is written by hand is how a request is sent,
// how pages and streams are followed, and how a delivery of a webhook is checked.
//
// It imports the standard library alone, so that it can be used anywhere.
package client

//go:generate go run ../internal/clientgen -contract ../api/openapi.yaml -go api.go -ts typescript/chengxu.ts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Client asks one Chengxu as the holder of a token. It is safe for concurrent use.
type Client struct {
	Base  string       // such as "https://chengxu.example.gov.cn"
	Token string       // empty: as a member of the public
	HTTP  *http.Client // nil: [http.DefaultClient]
}

// Answer is what an operation answered.
type Answer[T any] struct {
	Data   T
	Status int
	// ETag of a case is what If-Match carries when the case is acted on.
	ETag   string
	Header http.Header
}

// ProblemError is a refusal by the service: see docs/reference/errors.md.
type ProblemError struct{ Problem Problem }

func (e *ProblemError) Error() string {
	return fmt.Sprintf("%d %s: %s", e.Problem.Status, e.Problem.Code, e.Problem.Detail)
}

// Code gives the code of the problem that an error is about, and nothing for
// other errors.
func Code(err error) string {
	var problem *ProblemError
	if errors.As(err, &problem) {
		return problem.Problem.Code
	}
	return ""
}

// UnexpectedAnswerError is an answer that the contract does not have, from the
// service or from something before it.
type UnexpectedAnswerError struct{ Status int }

func (e *UnexpectedAnswerError) Error() string {
	return fmt.Sprintf("the answer %d is none of the contract", e.Status)
}

// maxAnswer is the largest answer that is read as JSON, in bytes.
const maxAnswer = 64 << 20

// request is what an operation asks.
type request struct {
	method, path string
	values       url.Values
	headers      http.Header
	json         any // body; nil: none
	mediaType    string
	body         io.Reader
}

func (r *request) query(name string, value any) {
	if text, ok := textOf(value); ok {
		if r.values == nil {
			r.values = url.Values{}
		}
		r.values.Set(name, text)
	}
}

func (r *request) header(name string, value any) {
	if text, ok := textOf(value); ok {
		if r.headers == nil {
			r.headers = http.Header{}
		}
		r.headers.Set(name, text)
	}
}

// textOf gives a parameter as text; ok is false for one that is left out.
func textOf(value any) (text string, ok bool) {
	switch v := value.(type) {
	case *bool:
		if v == nil {
			return "", false
		}
		return strconv.FormatBool(*v), true
	case *int64:
		if v == nil {
			return "", false
		}
		return strconv.FormatInt(*v, 10), true
	}
	text = fmt.Sprint(value)
	return text, text != ""
}

// send sends a request and gives the answer as it comes, for the caller to read
// and close. A refusal is a [*ProblemError].
func send(ctx context.Context, c *Client, r request) (*http.Response, error) {
	body, mediaType := r.body, r.mediaType
	if r.json != nil {
		raw, err := json.Marshal(r.json)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body, mediaType = bytes.NewReader(raw), "application/json"
	}
	target := strings.TrimRight(c.Base, "/") + r.path
	if len(r.values) > 0 {
		target += "?" + r.values.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, err
	}
	for name := range r.headers {
		req.Header.Set(name, r.headers.Get(name))
	}
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	web := c.HTTP
	if web == nil {
		web = http.DefaultClient
	}
	resp, err := web.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 || resp.StatusCode == http.StatusNotModified {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp)
}

// refusal reads why the service refused.
func refusal(resp *http.Response) error {
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || media != "application/problem+json" {
		return &UnexpectedAnswerError{Status: resp.StatusCode}
	}
	problem := &ProblemError{}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&problem.Problem); err != nil {
		return &UnexpectedAnswerError{Status: resp.StatusCode}
	}
	return problem
}

// call sends a request and reads the JSON of the answer, when it has a body.
func call[T any](ctx context.Context, c *Client, r request) (*Answer[T], error) {
	resp, err := send(ctx, c, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	out := &Answer[T]{Status: resp.StatusCode, ETag: resp.Header.Get("ETag"), Header: resp.Header}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if len(raw) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(raw, &out.Data); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	return out, nil
}
