package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/documents"
)

// problemBase is what the type of every problem begins with.
const problemBase = "https://github.com/zhengdang/chengxu/problems/"

// problem is the body of every error (RFC 9457).
type problem struct {
	Type      string            `json:"type"`
	Title     string            `json:"title"`
	Status    int               `json:"status"`
	Detail    string            `json:"detail"`
	Code      string            `json:"code"`
	Titles    casefile.Text     `json:"titles"`
	Details   casefile.Text     `json:"details"`
	RequestID string            `json:"request_id"`
	Act       string            `json:"act,omitempty"`
	Field     string            `json:"field,omitempty"`
	Sequence  int64             `json:"sequence,omitempty"`
	Verdict   *casefile.Verdict `json:"verdict,omitempty"`
	Missing   []string          `json:"missing,omitempty"`
	Citations []string          `json:"citations,omitempty"`
	Errors    []fieldError      `json:"errors,omitempty"` // places of the body that are wrong
}

// status gives the HTTP status of a problem code. This is the only place that
// decides it.
func status(code string) int {
	switch code {
	case codeMalformed, codeDigest:
		return http.StatusBadRequest
	case codeUnauthenticated, codeSignIn:
		return http.StatusUnauthorized
	case codeForbidden, codeCrossSite, codeMustChange, codeStandIn, string(casefile.RefusedWrongRole), string(casefile.RefusedSeparation), string(casefile.RefusedMandate), string(casefile.RefusedIndependence):
		return http.StatusForbidden
	case codeNotFound:
		return http.StatusNotFound
	case codeMethod:
		return http.StatusMethodNotAllowed
	case codeTooManyKeys, codeTooManyUploads, codeTooManyStreams:
		return http.StatusTooManyRequests
	case codeConflict, codeGate, codeInProgress, codeOutcomeUnknown, codeAnswerNotKept, string(casefile.RefusedNotPossible), string(casefile.RefusedStaleDigest),
		string(casefile.RefusedSuspended), string(casefile.RefusedClosed), string(casefile.RefusedClockBackwards),
		string(casefile.RefusedQuarantined), codeClosed:
		return http.StatusConflict
	case codePrecondition:
		return http.StatusPreconditionRequired
	case codeChanged:
		return http.StatusPreconditionFailed
	case codeTooMany:
		return http.StatusTooManyRequests
	case codeTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeMediaType:
		return http.StatusUnsupportedMediaType
	case codeRange:
		return http.StatusRequestedRangeNotSatisfiable
	case codeInvalid, codeIdempotency, codeDocument, string(casefile.RefusedUnknownAct), string(casefile.RefusedMissingField),
		codeUnknownField, string(casefile.RefusedBadValue), string(casefile.RefusedFutureDate),
		string(casefile.RefusedUnknownDigest), string(casefile.RefusedReusedID),
		string(casefile.RefusedUnknownReason), string(casefile.RefusedPracticeOnly), string(casefile.RefusedSignature):
		return http.StatusUnprocessableEntity
	case codeNotReady, codeTimeout:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem answers a request that ended in an error. An error that it does not
// know is logged with the request's id and shown as internal.
func (h *handler) problem(err error, c echo.Context) {
	p := describe(err)
	p.RequestID = requestIDOf(c)
	if p.Code == codeInternal {
		h.log.Error("request failed", "request_id", p.RequestID, "method", c.Request().Method,
			"path", c.Request().URL.Path, "error", err)
	}
	if c.Response().Committed {
		return
	}
	lang := language(c.Request())
	p.Title, p.Detail = pick(lang, p.Titles), pick(lang, p.Details)
	header := c.Response().Header()
	header.Set("Content-Language", lang)
	header.Add(echo.HeaderVary, "Accept-Language")
	header.Set(echo.HeaderContentType, "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		header.Set(echo.HeaderWWWAuthenticate, `Bearer realm="chengxu"`)
	}
	switch {
	case p.Status == http.StatusServiceUnavailable, p.Code == codeInProgress, p.Code == codeTooManyUploads:
		header.Set("Retry-After", "2")
	case p.Status == http.StatusTooManyRequests:
		header.Set("Retry-After", "60")
	}
	c.Response().WriteHeader(p.Status)
	if err := json.NewEncoder(c.Response()).Encode(p); err != nil {
		h.log.Info("answer not delivered", "request_id", p.RequestID, "error", err)
	}
}

// describe gives the problem that an error is.
func describe(err error) problem {
	p := problem{Code: codeOf(err)}
	var known *fault
	var refusal *casefile.Refusal
	var gate *gateRefused
	var blocked *casework.Blocked
	var paper *documents.Refused
	var form *payloadFault
	if errors.As(err, &form) {
		p.Errors = form.errors
	}
	switch {
	case errors.As(err, &paper):
		p.Field, p.Details = documentField(paper.Code), paper.Message
	case errors.As(err, &known):
		p.Field, p.Details = known.field, known.detail
	case errors.Is(err, auth.ErrStandIn) && errors.Is(err, casefile.ErrForbidden):
		p.Field, p.Details = "as", text("只有教员（trainer）可以代他人办理，且仅限演练案件。",
			"only a trainer may act in another person's place, and in practice cases only")
	case errors.Is(err, auth.ErrStandIn):
		p.Field, p.Details = "as", text("须写明 person 与 name（各 1 至 100 字），角色须为程序所声明且不重复。",
			"needs a person and a name of 1 to 100 characters, and roles that a procedure declares, each once")
	case errors.As(err, &refusal):
		p.Act, p.Field, p.Details = refusal.Act, refusal.Field, refusal.Message
	case errors.As(err, &gate):
		if gate.entry.Act != nil {
			p.Act = gate.entry.Act.Kind
		}
		p.Sequence, p.Verdict = gate.entry.Sequence, gate.entry.Verdict
	case errors.As(err, &blocked):
		p.Act, p.Verdict = "case.open", &blocked.Verdict
	}
	p.Type, p.Status, p.Titles = problemBase+p.Code, status(p.Code), titleOf(p.Code)
	if p.Verdict != nil {
		p.Missing, p.Citations = hindered(*p.Verdict)
	}
	if p.Details.IsZero() {
		p.Details = detailOf(p.Code)
	}
	return p
}

// codeOf gives the problem code of an error.
func codeOf(err error) string {
	var known *fault
	var refusal *casefile.Refusal
	var gate *gateRefused
	var blocked *casework.Blocked
	var routing *echo.HTTPError
	var paper *documents.Refused
	switch {
	case errors.As(err, &known):
		return known.code
	case errors.As(err, &paper):
		return documentCode(paper.Code)
	case errors.As(err, &refusal) && refusal.Code != "":
		return string(refusal.Code)
	case errors.As(err, &gate), errors.As(err, &blocked):
		return codeGate
	case errors.As(err, &routing):
		return codeOfRouting(routing.Code)
	case errors.Is(err, auth.ErrStandIn) && errors.Is(err, casefile.ErrForbidden):
		return codeStandIn
	case errors.Is(err, consult.ErrClosed):
		return codeClosed
	case errors.Is(err, auth.ErrTooMany):
		return codeTooMany
	case errors.Is(err, access.ErrMustChange):
		return codeMustChange
	case errors.Is(err, auth.ErrUnauthenticated):
		return codeUnauthenticated
	case errors.Is(err, casefile.ErrNotFound):
		return codeNotFound
	case errors.Is(err, casefile.ErrForbidden):
		return codeForbidden
	case errors.Is(err, casefile.ErrConflict):
		return codeConflict
	case errors.Is(err, casefile.ErrInvalid):
		return codeInvalid
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return codeTimeout
	}
	return codeInternal
}

// codeOfRouting gives the problem code of what the router or a middleware of its
// library ended in.
func codeOfRouting(status int) string {
	switch status {
	case http.StatusBadRequest:
		return codeMalformed
	case http.StatusUnauthorized:
		return codeUnauthenticated
	case http.StatusForbidden:
		return codeForbidden
	case http.StatusNotFound:
		return codeNotFound
	case http.StatusMethodNotAllowed:
		return codeMethod
	case http.StatusRequestEntityTooLarge:
		return codeTooLarge
	case http.StatusUnsupportedMediaType:
		return codeMediaType
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return codeTimeout
	}
	return codeInternal
}

// hindered gives the facts and the articles of the findings that keep a gate
// closed, each once, in the order of the findings.
func hindered(v casefile.Verdict) (missing, citations []string) {
	for _, f := range v.Hindering() {
		for _, fact := range f.Missing {
			if !slices.Contains(missing, fact) {
				missing = append(missing, fact)
			}
		}
		if f.Basis != "" && !slices.Contains(citations, f.Basis) {
			citations = append(citations, f.Basis)
		}
	}
	return missing, citations
}
