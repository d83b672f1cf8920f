package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/internal/intake"
)

// The parts of the form. The texts stand before the files, so that they were read when
// a file is refused.
const (
	onceField   = "once"
	filesField  = "attachment"
	maxDrained  = 64 << 20 // bytes of a refused form that are read, so that the browser reads the answer
	commentTime = 5 * time.Minute
)

// commentView is the form for a comment.
type commentView struct {
	Page            frame
	Row             consultationRow
	BackURL         string
	Action          string
	ClosesAt        string
	Takes, Gone     bool
	Sent            consult.Comment
	Once            string
	Alert           string            // why it was not taken
	Wrong           map[string]string // by field
	FilesLost       bool
	Accept          string
	MaxText         int
	Places          []int // of files
	FilesHint       string
	ClosedByTheHour bool
	Ended           bool // by the organ, and not by the hour
}

// Spent knows which forms were sent, so that one that is sent again, by going back or
// reloading, is not a second comment.
type Spent interface {
	// Use reports whether a form is sent for the first time.
	Use(ctx context.Context, once string) (first bool, err error)
	// GiveBack lets a form be sent again.
	GiveBack(ctx context.Context, once string) error
}

// spent remembers forms in this process. When there are very many, all are forgotten.
type spent struct {
	mu   sync.Mutex
	seen map[string]bool
}

const maxSpent = 50_000

// Use implements [Spent].
func (s *spent) Use(_ context.Context, once string) (first bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[once] {
		return false, nil
	}
	if s.seen == nil || len(s.seen) >= maxSpent {
		s.seen = map[string]bool{}
	}
	s.seen[once] = true
	return true, nil
}

// GiveBack implements [Spent].
func (s *spent) GiveBack(_ context.Context, once string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, once)
	return nil
}

// askComment handles GET /public/consultations/:id/comment.
func (h *handler) askComment(c echo.Context) error {
	v := h.visit(c, "/public")
	one, takes, err := h.o.Guard.Consultation(c.Request().Context(), clip(c.Param("id"), 200))
	if err != nil {
		return err
	}
	view := commentView{Sent: consult.Comment{Anchor: clip(c.QueryParam("article"), 100)}}
	return h.commentPage(c, v, http.StatusOK, one, takes, view)
}

// commentAgain shows the form with what was typed.
func (h *handler) commentAgain(c echo.Context) error {
	v := h.visit(c, "/public")
	one, takes, err := h.o.Guard.Consultation(c.Request().Context(), clip(c.Param("id"), 200))
	if err != nil {
		return err
	}
	t, err := readTyped(c)
	if err != nil {
		return err
	}
	why := t.again(c, v.words)
	view := commentView{Sent: typedComment(t.values.Get), FilesLost: len(t.files) > 0}
	if why.foreign {
		view.Alert = v.words["public.old-form"]
	}
	return h.commentPage(c, v, why.status(), one, takes, view)
}

// typedComment gives the comment that a form says.
func typedComment(field func(name string) string) consult.Comment {
	return consult.Comment{Text: plain(field("text")), Anchor: strings.TrimSpace(field("anchor")), Name: strings.TrimSpace(field("name")), Contact: strings.TrimSpace(field("contact"))}
}

// commentPage shows the form, with what was typed and what is wrong with it.
func (h *handler) commentPage(c echo.Context, v visit, status int, one consult.Consultation, takes bool, view commentView) error {
	base := consultationURL(one.ID)
	view.Page, view.Row = v.titled(v.words["public.comment-title"]), v.consultation(one, takes)
	view.BackURL, view.ClosesAt, view.Takes = v.url(base), lastSecond(one), takes
	view.Action, view.Once = v.url(base+"/comment", formField, h.o.Form(c.Request().Context())), rand.Text()
	if takes {
		view.Page.Form = h.formOf(c)
		view.Page.typed(base + "/comment")
	}
	if view.Ended = view.Row.State == "ended" && !view.Gone; view.Ended {
		moments, err := h.o.Guard.ConsultationCourse(c.Request().Context(), one)
		if err != nil {
			return err
		}
		view.ClosesAt = endedAt(view.Row.State, moments)
	}
	view.Accept, view.MaxText, view.Places = strings.Join(consult.AttachmentTypes(), ","), consult.MaxText, []int{1, 2, 3}[:consult.MaxAttachments]
	view.FilesHint = fmt.Sprintf(v.words["public.hint-files"], consult.MaxAttachments, consult.MaxAttachment>>20, consult.MaxAttachedInAll>>20)
	return h.pages.show(c, status, v.lang, "publiccomment.html", view)
}

// sendComment handles POST /public/consultations/:id/comment. Whatever it is refused
// for, the page has again what was typed; files have to be chosen again.
func (h *handler) sendComment(c echo.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), commentTime)
	defer cancel()
	intake.GiveTime(c.Response(), commentTime)
	c.SetRequest(c.Request().WithContext(ctx))
	v := h.visit(c, "/public")
	form, refused := h.readComment(c)
	defer h.forget(c, form)
	sent := typedComment(func(name string) string { return form.Texts[name] })
	sent.Consultation = clip(c.Param("id"), 200)
	if refused == nil {
		refused = h.sentHere(c, form)
	}
	var receipt consult.Receipt
	if refused == nil {
		receipt, refused = h.o.Guard.Comment(ctx, sent, form.Files)
		if errors.Is(refused, consult.ErrClosed) || errors.Is(refused, casefile.ErrInvalid) { // it is known that nothing was taken
			if err := h.o.Spent.GiveBack(ctx, form.Texts[onceField]); err != nil {
				h.o.Log.Error("form not given back", "request_id", c.Get(requestIDKey), "error", err)
			}
		}
	}
	one, takes, err := h.o.Guard.Consultation(ctx, sent.Consultation)
	switch {
	case refused == nil:
		return h.receiptPage(c, v, one, sent, receipt)
	case errors.Is(err, casefile.ErrNotFound):
		one, takes = consult.Consultation{ID: sent.Consultation}, false
	case err != nil:
		h.o.Log.Error("consultation not read", "request_id", c.Get(requestIDKey), "error", err)
	}
	status, view := h.refusedComment(c, v, refused)
	view.Sent, view.FilesLost, view.Gone = sent, len(form.Files) > 0 || view.FilesLost, errors.Is(err, casefile.ErrNotFound)
	if view.Gone {
		status, view.Alert, view.ClosedByTheHour = http.StatusNotFound, v.words["public.gone"], false
	}
	return h.commentPage(c, v, status, one, takes, view)
}

func (h *handler) forget(c echo.Context, form *intake.Form) {
	if err := form.Close(); err != nil {
		h.o.Log.Error("attachment not forgotten", "request_id", c.Get(requestIDKey), "error", err)
	}
}

// The refusals that are made here.
var (
	errCrowded = errors.New("too many forms are coming in")
	errForm    = errors.New("the form is not of this page")
	errSpent   = errors.New("the form was sent before")
)

// readComment reads the form. Where it is refused before its files are read, its texts
// are read all the same.
func (h *handler) readComment(c echo.Context) (*intake.Form, error) {
	r := c.Request()
	if !intake.IsForm(r) {
		return &intake.Form{}, fmt.Errorf("body: want multipart/form-data: %w", casefile.ErrInvalid)
	}
	reading := intake.Reading{Texts: []string{formField, onceField, "text", "anchor", "name", "contact"}, Media: echo.MIMETextPlain, Files: filesField,
		Receive: h.o.Guard.ReceiveAttachment, Browser: true}
	var refused error
	done, ok := h.o.Gate.TakeForm(r)
	switch {
	case ok:
		defer done()
	default:
		refused = errCrowded
	}
	if !h.o.Gate.Allow("comment", r) {
		refused = errCrowded
	}
	if refused != nil {
		reading.Receive = func(context.Context, string, string, io.Reader, int64) (*documents.Arrival, error) {
			return nil, refused
		}
	}
	form, err := reading.Read(r)
	if err != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxDrained)) //nolint:errcheck // who broke off gets no answer
	}
	if refused == nil {
		refused = err
	}
	return form, refused
}

// sentHere refuses a form that another site made, and one that was sent before. It is
// looked at here and not before the page: else what was typed would be lost.
func (h *handler) sentHere(c echo.Context, form *intake.Form) error {
	if h.o.Form(c.Request().Context()) == "" { // with a session it is looked at already
		held, err := c.Cookie(h.formCookie(c))
		if err != nil || held.Value == "" || subtle.ConstantTimeCompare([]byte(held.Value), []byte(form.Texts[formField])) != 1 {
			return errForm
		}
	}
	once := form.Texts[onceField]
	if len(once) != len(rand.Text()) {
		return errForm
	}
	first, err := h.o.Spent.Use(c.Request().Context(), once)
	if err != nil {
		return err
	}
	if !first {
		return errSpent
	}
	return nil
}

// refusedComment says why a comment was not taken, and beside which field.
func (h *handler) refusedComment(c echo.Context, v visit, err error) (status int, view commentView) {
	view.Wrong = map[string]string{}
	field, _, _ := strings.Cut(err.Error(), ":")
	var problem *intake.Problem
	switch {
	case errors.Is(err, consult.ErrClosed):
		view.ClosedByTheHour = true
		return http.StatusConflict, view
	case errors.Is(err, errCrowded):
		c.Response().Header().Set("Retry-After", "60")
		view.Alert, view.FilesLost = v.words["public.crowded"], true
		return http.StatusTooManyRequests, view
	case errors.Is(err, errForm):
		view.Alert = v.words["public.old-form"]
		return http.StatusForbidden, view
	case errors.Is(err, errSpent):
		view.Alert = v.words["public.sent-before"]
		return http.StatusConflict, view
	case errors.As(err, &problem):
		view.FilesLost = true
		view.Alert, view.Wrong[filesField] = v.words["public.not-taken"], names{lang: v.lang}.pick(problem.Message)
		if problem.Kind == intake.TooLarge {
			view.Wrong = map[string]string{"text": v.words["public.too-long"]}
		}
		return http.StatusUnprocessableEntity, view
	case errors.Is(err, casefile.ErrInvalid):
		if field == "attachment" {
			field = filesField
		}
		view.Alert, view.Wrong[field] = v.words["public.not-taken"], v.words.name("public-wrong", field)
		return http.StatusUnprocessableEntity, view
	}
	h.o.Log.Error("comment not taken", "request_id", c.Get(requestIDKey), "error", err)
	view.Alert = v.words["public.failed"]
	return http.StatusInternalServerError, view
}

// receiptPageView is what is shown once.
type receiptPageView struct {
	Page                    frame
	Row                     consultationRow
	Consultation, LookupURL string
	Receipt, At             string
	Number                  int64
	Text, Anchor            string
	Digest, Salt, Chain     string
	Attachments             []attachedRow
}

type attachedRow struct{ Name, Media, Size, Digest, State, StateName string }

func (v visit) attached(list []consult.Attachment) []attachedRow {
	var out []attachedRow
	for _, a := range list {
		out = append(out, attachedRow{Name: a.Name, Media: mediaName(a.MediaType), Size: v.size(a.Size), Digest: string(a.Digest), State: string(a.State),
			StateName: v.words.name("public-file", string(a.State))})
	}
	return out
}

// receiptPage is the answer itself: a receipt is a secret and stands in no address, so
// that there is nothing to lead on to.
func (h *handler) receiptPage(c echo.Context, v visit, one consult.Consultation, sent consult.Comment, r consult.Receipt) error {
	view := receiptPageView{Page: v.titled(v.words["public.receipt-title"]), Row: v.consultation(one, h.o.Guard.Takes(one)), Consultation: r.Consultation,
		LookupURL: v.url("/public/receipts"), Receipt: r.Receipt, At: instant(r.At), Number: r.Number, Text: sent.Text, Anchor: sent.Anchor,
		Digest: r.Digest, Salt: r.Salt, Chain: r.Chain, Attachments: v.attached(r.Attachments)}
	return h.pages.show(c, http.StatusCreated, v.lang, "publicreceipt.html", view)
}
