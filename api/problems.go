package api

import (
	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// problemCodes gives every problem code, in the order of docs/reference/errors.md.
func problemCodes() []string {
	var out []string
	for _, refusal := range []casefile.RefusalCode{
		casefile.RefusedUnknownAct, casefile.RefusedNotPossible, casefile.RefusedWrongRole, casefile.RefusedSeparation,
		casefile.RefusedMissingField, casefile.RefusedUnknownField, casefile.RefusedBadValue, casefile.RefusedFutureDate,
		casefile.RefusedStaleDigest, casefile.RefusedUnknownDigest, casefile.RefusedUnknownReason, casefile.RefusedSuspended,
		casefile.RefusedClosed, casefile.RefusedReusedID, casefile.RefusedPracticeOnly, casefile.RefusedClockBackwards,
		casefile.RefusedMandate, casefile.RefusedIndependence, casefile.RefusedChanged, casefile.RefusedSignature, casefile.RefusedQuarantined,
	} {
		out = append(out, string(refusal))
	}
	return append(out, codeGate, codeMalformed, codeInvalid, codeTooLarge, codeMediaType, codeIdempotency, codeInProgress,
		codeOutcomeUnknown, codeAnswerNotKept, codeTooManyKeys, codeTooManyUploads, codeTooManyStreams, codeDigest, codeDocument, codeRange, codeUnauthenticated, codeForbidden, codeStandIn, codeNotFound,
		codeMethod, codeConflict, codePrecondition, codeCrossSite, codeMustChange, codeSignIn, codeClosed, codeTooMany, codeNotReady, codeTimeout, codeInternal)
}

type problemTypeView struct {
	Code   string        `json:"code"`
	Type   string        `json:"type"`
	Status int           `json:"status"`
	Title  casefile.Text `json:"title"`
	Detail casefile.Text `json:"detail"` // where an occurrence brings none of its own
}

type problemTypesView struct {
	Problems []problemTypeView `json:"problems"`
}

// listProblems handles GET /api/v1/problems.
func (h *handler) listProblems(c echo.Context, _ auth.Principal) error {
	var out problemTypesView
	for _, code := range problemCodes() {
		out.Problems = append(out.Problems, problemTypeView{
			Code: code, Type: problemBase + code, Status: status(code), Title: titleOf(code), Detail: detailOf(code)})
	}
	return tagged(c, echo.MIMEApplicationJSON, out)
}

func (h *handler) problemRoutes(r *routes) {
	r.add("GET", "/api/v1/problems", access.ReadService, h.listProblems)
}
