package api

import (
	"fmt"
	"regexp"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
)

// The problem codes of the API itself; the codes of [casefile.Refusal] join
// them. The set is part of the contract: add, never rename.
const (
	codeMalformed       = "malformed-body"
	codeInvalid         = "invalid-request"
	codeUnknownField    = string(casefile.RefusedUnknownField)
	codeTooLarge        = "body-too-large"
	codeMediaType       = "unsupported-media-type"
	codeIdempotency     = "idempotency-mismatch"
	codeUnauthenticated = "unauthenticated"
	codeForbidden       = "forbidden"
	codeStandIn         = "stand-in-refused"
	codeNotFound        = "not-found"
	codeMethod          = "method-not-allowed"
	codeConflict        = "conflict"
	codeGate            = "gate-refused"
	codeNotReady        = "not-ready"
	codePrecondition    = "precondition-required"
	codeClosed          = "consultation-closed"
	codeTooMany         = "too-many-requests"
	codeCrossSite       = "cross-site-request"
	codeSignIn          = "sign-in-refused"
	codeMustChange      = "password-change-required"
	codeChanged         = string(casefile.RefusedChanged)
	codeTimeout         = "timeout"
	codeInProgress      = "in-progress"
	codeOutcomeUnknown  = "outcome-unknown"
	codeAnswerNotKept   = "answer-not-kept"
	codeTooManyKeys     = "too-many-keys"
	codeTooManyUploads  = "too-many-uploads"
	codeDigest          = "digest-mismatch"
	codeDocument        = "document-refused"
	codeRange           = "range-not-satisfiable"
	codeTooManyStreams  = "too-many-streams"
	codeInternal        = "internal"
)

var (
	idPattern     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$`)
	digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// fault is an error that the API itself found in a request.
type fault struct {
	code   string
	field  string
	detail casefile.Text
}

func (f *fault) Error() string { return f.code + ": " + f.detail.EN }

// gateRefused is the answer to an act that the rules stopped and that entry
// recorded.
type gateRefused struct{ entry casefile.Entry }

func (g *gateRefused) Error() string {
	return fmt.Sprintf("entry %d of case %s: the gate is closed", g.entry.Sequence, g.entry.Case)
}

// admitted gives the refusal that the rules recorded, or nil.
func admitted(r access.Reply) error {
	if r.Entry.Kind == casefile.EntryBlocked {
		return &gateRefused{entry: r.Entry}
	}
	return nil
}

func text(zh, en string) casefile.Text { return casefile.Text{ZH: zh, EN: en} }

func malformed(zh, en string) error {
	return &fault{code: codeMalformed, detail: text(zh, en)}
}

func invalid(field, zh, en string) error { return invalidAs(codeInvalid, field, zh, en) }

// invalidAs makes a fault about a field. What comes from the request is clipped,
// so that an answer never grows with the question.
func invalidAs(code, field, zh, en string) error {
	if field != "" && code == codeInvalid {
		zh, en = field+"："+zh, field+": "+en
	}
	return &fault{code: code, field: clip(field, 100), detail: text(clip(zh, 400), clip(en, 400))}
}

func wrongMediaType(zh, en string) error {
	return &fault{code: codeMediaType, detail: text(zh, en)}
}

func tooLarge(limit int64) error {
	return &fault{code: codeTooLarge, detail: text(
		fmt.Sprintf("请求体不得超过 %d 字节。", limit), fmt.Sprintf("the body must not exceed %d bytes", limit))}
}

func notFound() error { return fmt.Errorf("this request: %w", casefile.ErrNotFound) }

func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}
