package api

import (
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/internal/intake"
)

// A comment with files comes as a form: one part "comment" with the JSON that is
// otherwise the body, and parts "attachment" with the files.
const (
	commentPart    = "comment"
	attachmentPart = "attachment"
	keyOfForm      = "comment-form"
)

// formOf gives the form that a request came with, or nil.
func formOf(c echo.Context) *intake.Form {
	form, _ := c.Get(keyOfForm).(*intake.Form)
	return form
}

// withForm reads a form before anything else is done with the request; other bodies
// are left as they are.
func (h *handler) withForm(next answer) answer {
	return func(c echo.Context, p auth.Principal) error {
		r := c.Request()
		if !intake.IsForm(r) {
			return next(c, p) // JSON, or refused where the body is read
		}
		reading := intake.Reading{Texts: []string{commentPart}, Media: echo.MIMEApplicationJSON, Files: attachmentPart, Receive: h.guard.ReceiveAttachment}
		if err := reading.Check(r); err != nil {
			return formFault(err)
		}
		done, ok := h.gate.TakeForm(r)
		if !ok {
			return &fault{code: codeTooManyUploads}
		}
		defer done()
		form, err := reading.Read(r)
		defer func() {
			if err := form.Close(); err != nil {
				h.log.Error("attachment not forgotten", "request_id", requestIDOf(c), "error", err)
			}
		}()
		if err != nil {
			return formFault(err)
		}
		if _, ok := form.Texts[commentPart]; !ok {
			return invalid(commentPart, "缺少意见部分。", "the part with the comment is missing")
		}
		c.Set(keyOfForm, form)
		return next(c, p)
	}
}

// formFault gives what is wrong with a form in the terms of the API.
func formFault(err error) error {
	var p *intake.Problem
	if !errors.As(err, &p) {
		return err
	}
	switch p.Kind {
	case intake.Malformed:
		return malformed(p.Message.ZH, p.Message.EN)
	case intake.MediaType:
		return wrongMediaType(p.Message.ZH, p.Message.EN)
	case intake.TooLarge:
		return tooLarge(p.Limit)
	case intake.File:
		return &fault{code: documentCode(p.Code), field: p.Field, detail: p.Message}
	case intake.Invalid:
	}
	return invalid(p.Field, p.Message.ZH, p.Message.EN)
}

// readAttachment handles GET /api/v1/consultations/{consultation}/comments/{number}/attachments/{attachment}.
func (h *handler) readAttachment(c echo.Context, p auth.Principal) error {
	number, err := numberParam(c)
	if err != nil {
		return err
	}
	digest, err := digestNamed(c, "attachment")
	if err != nil {
		return err
	}
	paper, err := h.guard.CommentAttachment(c.Request().Context(), p, pathParam(c, "consultation"), number, digest)
	if err != nil {
		return err
	}
	return h.sendPaper(c, paper)
}

// limited bounds how often a network may use a route.
func (h *handler) limited(kind string, next answer) answer {
	return func(c echo.Context, p auth.Principal) error {
		if !h.gate.Allow(kind, c.Request()) {
			return &fault{code: codeTooMany}
		}
		return next(c, p)
	}
}
