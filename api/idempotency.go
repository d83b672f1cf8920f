package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// Write is a write with an idempotency key: who asked for it, on which route.
type Write struct {
	Caller, Route, Key string
	Limited            bool // whether the number of keys of the caller is
}

// Known is what is known of a write that was begun before.
type Known struct {
	Fingerprint string // of what was asked
	BegunAt     time.Time
	Answer      []byte // nil: none yet
}

// Replies keeps the answers to writes, at least a day. Begin tells one of those
// who ask for the same at once that it is begun; too many keys of a caller are
// [casefile.ErrForbidden].
type Replies interface {
	Begin(ctx context.Context, w Write, fingerprint string, at time.Time) (known Known, begun bool, err error)
	Finish(ctx context.Context, w Write, answer []byte) error
	Drop(ctx context.Context, w Write) error
	Purge(ctx context.Context, now time.Time) error
}

const (
	keyHeader    = "Idempotency-Key"
	maxAnswer    = 64 << 10              // bytes of an answer that is kept
	publicKey    = 20                    // characters of a key of somebody unknown, at least: nobody guesses it
	waitReply    = 5 * time.Second       // how long the same write is waited for
	pollReply    = 50 * time.Millisecond //
	brokenAfter  = 10 * time.Minute      // after which nobody works on a write any more
	purgeReplies = time.Hour             // how often old answers are removed
)

// keptAnswer is an answer as it is kept.
type keptAnswer struct {
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`
	Hidden bool        `json:"hidden,omitempty"` // the body is not kept: a secret shown once, or too large
	Broken bool        `json:"broken,omitempty"` // nobody knows whether the write took effect
}

// keptHeaders are the headers that belong to an answer; others are made anew.
func keptHeaders() []string {
	return []string{echo.HeaderContentType, echo.HeaderLocation, "ETag", "Content-Language"}
}

// once lets a write take effect once for each idempotency key of a caller: the
// same key with the same request gets the same answer. A write that was refused
// leaves nothing, and may be asked for again under its key. Without a key nothing
// is promised.
func (h *handler) once(route string, secret bool, next answer) answer {
	return func(c echo.Context, p auth.Principal) error {
		w, err := writeOf(c, p, route)
		if err != nil || w.Key == "" {
			return orElse(err, func() error { return next(c, p) })
		}
		print, err := fingerprint(c)
		if err != nil {
			return err
		}
		h.purge(c.Request().Context())
		known, begun, err := h.begin(c.Request().Context(), w, print)
		switch {
		case err != nil:
			return err
		case !begun:
			return replay(c, known)
		}
		return h.run(c, p, w, secret, next)
	}
}

func orElse(err error, do func() error) error {
	if err != nil {
		return err
	}
	return do()
}

// writeOf reads the key; it is empty when there is none.
func writeOf(c echo.Context, p auth.Principal, route string) (Write, error) {
	keys := c.Request().Header.Values(keyHeader)
	if len(keys) == 0 {
		return Write{}, nil
	}
	if len(keys) > 1 || !idPattern.MatchString(keys[0]) {
		return Write{}, invalid(keyHeader, "只能有一个，须为1至100个字母、数字或 . _ : - ，并以字母或数字开头。",
			"must be one, of 1 to 100 letters, digits or . _ : - and begin with a letter or digit")
	}
	w := Write{Caller: "public", Route: route, Key: keys[0]}
	if p.Public() {
		if len(w.Key) < publicKey {
			return Write{}, invalid(keyHeader, fmt.Sprintf("未登录者的键须至少 %d 个字符，并且随机产生。", publicKey),
				fmt.Sprintf("of somebody who is not signed in must have at least %d characters, made at random", publicKey))
		}
		return w, nil
	}
	sum := sha256.Sum256([]byte(string(p.Organ) + "\x00" + string(p.Person)))
	w.Caller, w.Limited = hex.EncodeToString(sum[:]), true
	return w, nil
}

// fingerprint stands for what was asked: address, query, what decides how the body
// is read, and the body, which stays readable. Of a form it is what is in the parts:
// who sends it again makes another boundary.
func fingerprint(c echo.Context) (string, error) {
	r := c.Request()
	var body []string
	kind := r.Header.Get(echo.HeaderContentType)
	if form := formOf(c); form != nil {
		kind, body = echo.MIMEMultipartForm, form.Parts(commentPart)
	} else {
		raw, err := readBody(c, maxBody)
		if err != nil {
			return "", err
		}
		r.Body = io.NopCloser(bytes.NewReader(raw))
		body = []string{string(raw)}
	}
	parts := append([]string{r.URL.Path, r.URL.RawQuery, kind, r.Header.Get("If-Match")}, body...)
	sum := sha256.New()
	for _, part := range parts {
		_, _ = io.WriteString(sum, strconv.Itoa(len(part))+":"+part) // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// begin begins a write, or waits for the answer of whoever has begun it.
func (h *handler) begin(ctx context.Context, w Write, print string) (known Known, begun bool, err error) {
	tick := time.NewTicker(pollReply)
	defer tick.Stop()
	patience := time.NewTimer(h.patience)
	defer patience.Stop()
	for waited := false; ; {
		known, begun, err = h.replies.Begin(ctx, w, print, h.now().UTC())
		switch {
		case errors.Is(err, casefile.ErrForbidden):
			return known, false, &fault{code: codeTooManyKeys, field: keyHeader}
		case err != nil || begun:
			return known, begun, err
		case known.Fingerprint != print:
			return known, false, &fault{code: codeIdempotency, field: keyHeader, detail: text(
				"该幂等键已用于另一请求。", "this key was used for another request")}
		case known.Answer != nil:
			return known, false, nil
		case h.now().Sub(known.BegunAt) > brokenAfter:
			return known, false, &fault{code: codeOutcomeUnknown, field: keyHeader}
		case waited:
			return known, false, &fault{code: codeInProgress, field: keyHeader}
		}
		select {
		case <-tick.C:
		case <-patience.C:
			waited = true
		case <-ctx.Done():
			return known, false, ctx.Err()
		}
	}
}

// run does the write and keeps its answer. Where nobody can know whether it took
// effect, that is what is kept: it must not take effect twice.
func (h *handler) run(c echo.Context, p auth.Principal, w Write, secret bool, next answer) (err error) {
	tee := &teeWriter{ResponseWriter: c.Response().Writer}
	c.Response().Writer = tee
	kept := keptAnswer{Broken: true}
	defer func() { // also when the handler panics
		c.Response().Writer = tee.ResponseWriter
		h.settle(c, w, kept)
	}()
	err = next(c, p)
	status := c.Response().Status
	if err != nil {
		found := describe(err)
		if status = found.Status; found.Code == codeNotReady {
			status = http.StatusBadRequest // nothing was begun
		}
	}
	switch {
	case status >= http.StatusInternalServerError:
	case status >= http.StatusBadRequest:
		kept = keptAnswer{}
	default:
		kept = keptAnswer{Status: status, Header: http.Header{}, Body: tee.body.Bytes(), Hidden: secret || tee.over}
		for _, name := range keptHeaders() {
			if v := c.Response().Header().Get(name); v != "" {
				kept.Header.Set(name, v)
			}
		}
		if kept.Hidden {
			kept.Body = nil
		}
	}
	return err
}

// settle keeps what became of a write; nothing for one without effect. It is not
// given up when the caller has gone.
func (h *handler) settle(c echo.Context, w Write, kept keptAnswer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), 10*time.Second)
	defer cancel()
	var err error
	if kept.Status == 0 && !kept.Broken {
		err = h.replies.Drop(ctx, w)
	} else {
		var answer []byte
		if answer, err = json.Marshal(kept); err == nil {
			err = h.replies.Finish(ctx, w, answer)
		}
	}
	if err != nil {
		h.log.Error("answer not kept", "request_id", requestIDOf(c), "error", err)
	}
}

// replay gives the answer that was kept.
func replay(c echo.Context, known Known) error {
	var kept keptAnswer
	if err := json.Unmarshal(known.Answer, &kept); err != nil {
		return fmt.Errorf("read kept answer: %w", err)
	}
	switch {
	case kept.Broken:
		return &fault{code: codeOutcomeUnknown, field: keyHeader}
	case kept.Hidden:
		return &fault{code: codeAnswerNotKept, field: keyHeader}
	}
	header := c.Response().Header()
	for _, name := range keptHeaders() {
		if v := kept.Header.Get(name); v != "" {
			header.Set(name, v)
		}
	}
	header.Set("Idempotency-Replayed", "true")
	c.Response().WriteHeader(kept.Status)
	_, err := c.Response().Write(kept.Body)
	return err
}

// purge removes old answers, now and then.
func (h *handler) purge(ctx context.Context) {
	now := h.now()
	last := h.purged.Load()
	if now.UnixMilli()-last < purgeReplies.Milliseconds() || !h.purged.CompareAndSwap(last, now.UnixMilli()) {
		return
	}
	if err := h.replies.Purge(ctx, now.UTC()); err != nil {
		h.log.Warn("old answers not removed", "error", err)
	}
}

// teeWriter notes what is written, to a bound.
type teeWriter struct {
	http.ResponseWriter
	body bytes.Buffer
	over bool
}

// Write implements [io.Writer].
func (t *teeWriter) Write(b []byte) (int, error) {
	if t.over = t.over || t.body.Len()+len(b) > maxAnswer; !t.over {
		t.body.Write(b)
	}
	return t.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] reach the writer itself.
func (t *teeWriter) Unwrap() http.ResponseWriter { return t.ResponseWriter }
