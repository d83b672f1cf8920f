package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/filing"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/legaltime"
)

func (h *handler) filingRoutes(r *routes) {
	r.add("GET", "/api/v1/filings", access.ReadFilings, h.listFilings, r.quick)
	r.add("POST", "/api/v1/filings", access.ReceiveFilings, h.receiveFiling, r.slow)
	r.add("GET", "/api/v1/filings/:filing", access.ReadFilings, h.readFiling, r.quick)
	r.add("GET", "/api/v1/filings/:filing/papers/:digest", access.ReadFilings, h.readFiledPaper, r.slow)
	r.add("GET", "/api/v1/filings/:filing/package", access.ReadFilings, h.readFilingPackage, r.slow)
	r.once("POST", "/api/v1/filings/:filing/review", access.ReceiveFilings, h.reviewFiling, r.quick)
	r.add("GET", "/api/v1/filings/:filing/answer", access.ReadFilings, h.readFilingAnswer, r.slow)
	r.add("GET", "/api/v1/cases/:id/filing", access.ExportCase, h.exportFiling, r.slow)
	r.add("POST", "/api/v1/cases/:id/filing/answers", access.ActOnCase, h.takeAnswer, r.slow)
}

// packageMedia is the media type of packages.
const packageMedia = "application/zip"

type filingView struct {
	ID         string            `json:"id"`
	Package    bool              `json:"package"` // taken in from another installation
	Organ      casefile.OrganID  `json:"organ"`
	Case       casefile.ID       `json:"case"` // of the maker
	Practice   bool              `json:"practice"`
	Document   string            `json:"document"`
	Title      string            `json:"title"`
	Body       string            `json:"body"`
	FiledOn    legaltime.Date    `json:"filed_on,omitzero"`
	Pack       []string          `json:"pack"`
	Papers     []casefile.Paper  `json:"papers"`
	Key        string            `json:"key,omitempty"`
	ReceivedAt *time.Time        `json:"received_at,omitempty"`
	ReceivedBy casefile.PersonID `json:"received_by,omitempty"`
	Review     casefile.ID       `json:"review,omitempty"` // in which it was taken in
}

type filingPage struct {
	Filings []filingView `json:"filings"`
	Next    string       `json:"next,omitempty"`
}

func filedHereOf(f access.Filed) filingView {
	return filingView{ID: string(f.Case), Organ: f.Organ, Case: f.Case, Practice: f.Practice, Document: f.Document, Title: f.Title, Body: f.Body, FiledOn: f.On,
		Pack: filled(f.Pack), Papers: filled(f.Papers)}
}

func receivedOf(r access.Received) filingView {
	v := filingView{ID: string(r.Digest), Package: true, Organ: r.Peer, Case: r.About, Practice: r.Practice, Document: r.Document, FiledOn: r.Statement.On,
		Pack: []string{}, Papers: []casefile.Paper{}, Key: r.Key, ReceivedAt: &r.At, ReceivedBy: r.By, Review: r.Review}
	if filed := r.Statement.Filed; filed != nil {
		v.Title, v.Body, v.Pack = filed.Title, filed.Body, filled(filed.Pack)
	}
	for _, p := range r.Statement.Papers {
		v.Papers = append(v.Papers, casefile.Paper{Digest: p.Digest, Title: p.Title})
	}
	return v
}

// listFilings handles GET /api/v1/filings.
func (h *handler) listFilings(c echo.Context, p auth.Principal) error {
	q, err := queryOf(c.Request(), "source", "after", "limit")
	if err != nil {
		return err
	}
	limit, err := limitOf(q, 200)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = 50
	}
	out := filingPage{Filings: []filingView{}}
	switch q["source"] {
	case "", "here":
		list, next, _, err := h.guard.Filings(c.Request().Context(), p, q["after"], limit)
		if err != nil {
			return err
		}
		for _, f := range list {
			out.Filings = append(out.Filings, filedHereOf(f))
		}
		out.Next = next
	case "package":
		list, next, err := h.guard.ReceivedFilings(c.Request().Context(), p, q["after"], limit)
		if err != nil {
			return err
		}
		for _, r := range list {
			out.Filings = append(out.Filings, receivedOf(r))
		}
		out.Next = next
	default:
		return invalid("source", "须为 here 或 package。", "is here or package")
	}
	return c.JSON(http.StatusOK, out)
}

// receiveFiling handles POST /api/v1/filings. The body is the package.
func (h *handler) receiveFiling(c echo.Context, p auth.Principal) error {
	if _, err := queryOf(c.Request()); err != nil {
		return err
	}
	content, done, err := h.packageBody(c, p)
	if err != nil {
		return err
	}
	defer done()
	r, err := h.guard.ReceiveFiling(c.Request().Context(), p, content)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/v1/filings/"+string(r.Digest))
	return c.JSON(http.StatusCreated, receivedOf(r))
}

// packageBody reads a package, a few at a time of one organ and person.
func (h *handler) packageBody(c echo.Context, p auth.Principal) (content []byte, done func(), err error) {
	if c.Request().Header.Get(echo.HeaderContentType) != packageMedia {
		return nil, nil, wrongMediaType("请求体须为 application/zip。", "the body must be application/zip")
	}
	done, ok := h.gate.TakeUpload(p.Organ, p.Person)
	if !ok {
		return nil, nil, &fault{code: codeTooManyUploads}
	}
	intake.GiveTime(c.Response(), slowAnswer)
	if content, err = readBody(c, filing.MaxSize); err != nil {
		done()
		return nil, nil, err
	}
	return content, done, nil
}

// filed tells by the id whether a filing came as a package.
func (h *handler) filed(c echo.Context, p auth.Principal) (casefile.ID, *access.Received, error) {
	id := pathParam(c, "filing")
	if !idPattern.MatchString(id) {
		return "", nil, notFound()
	}
	if digestPattern.MatchString(id) {
		r, err := h.guard.ReceivedFiling(c.Request().Context(), p, casefile.Digest(id))
		if err == nil {
			return "", &r, nil
		}
		if !errors.Is(err, casefile.ErrNotFound) {
			return "", nil, err
		}
	}
	return casefile.ID(id), nil, nil
}

// packaged gives a filing that came as a package; others are not found.
func (h *handler) packaged(c echo.Context, p auth.Principal) (access.Received, error) {
	_, r, err := h.filed(c, p)
	switch {
	case err != nil:
		return access.Received{}, err
	case r == nil:
		return access.Received{}, notFound()
	}
	return *r, nil
}

// readFiling handles GET /api/v1/filings/{filing}.
func (h *handler) readFiling(c echo.Context, p auth.Principal) error {
	id, r, err := h.filed(c, p)
	if err != nil {
		return err
	}
	if r != nil {
		return c.JSON(http.StatusOK, receivedOf(*r))
	}
	f, err := h.guard.Filing(c.Request().Context(), p, id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, filedHereOf(f))
}

// readFiledPaper handles GET /api/v1/filings/{filing}/papers/{digest}.
func (h *handler) readFiledPaper(c echo.Context, p auth.Principal) error {
	digest, err := digestParam(c)
	if err != nil {
		return err
	}
	id, r, err := h.filed(c, p)
	if err != nil {
		return err
	}
	var paper access.Paper
	if r != nil {
		paper, err = h.guard.ReceivedPaper(c.Request().Context(), p, r.Digest, digest)
	} else {
		paper, err = h.guard.FiledPaper(c.Request().Context(), p, id, digest)
	}
	if err != nil {
		return err
	}
	return h.sendPaper(c, paper)
}

// readFilingPackage handles GET /api/v1/filings/{filing}/package.
func (h *handler) readFilingPackage(c echo.Context, p auth.Principal) error {
	r, err := h.packaged(c, p)
	if err != nil {
		return err
	}
	return h.sendPackage(c, "filing-"+string(r.Digest[:12]), func(ctx context.Context, w io.Writer) error { return h.guard.ReceivedPackage(ctx, p, r.Digest, w) })
}

// readFilingAnswer handles GET /api/v1/filings/{filing}/answer.
func (h *handler) readFilingAnswer(c echo.Context, p auth.Principal) error {
	r, err := h.packaged(c, p)
	if err != nil {
		return err
	}
	return h.sendPackage(c, "answer-"+string(r.Digest[:12]), func(ctx context.Context, w io.Writer) error { return h.guard.FilingAnswer(ctx, p, r.Digest, w) })
}

// exportFiling handles GET /api/v1/cases/{id}/filing.
func (h *handler) exportFiling(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	return h.sendPackage(c, "filing-"+string(found.ID), func(ctx context.Context, w io.Writer) error { return h.guard.FilingPackage(ctx, p, found.ID, w) })
}

// sendPackage sends a package whole, or breaks the connection.
func (h *handler) sendPackage(c echo.Context, name string, write func(ctx context.Context, w io.Writer) error) error {
	out := &download{c: c, media: packageMedia, name: name + ".zip"}
	if err := write(c.Request().Context(), out); err != nil {
		if !c.Response().Committed {
			return fmt.Errorf("package %s: %w", name, err)
		}
		h.log.Error("package broken off", "request_id", requestIDOf(c), "error", err)
		panic(http.ErrAbortHandler) //nolint:forbidigo // half a package must not look like a whole one
	}
	return nil
}

// reviewFiling handles POST /api/v1/filings/{filing}/review.
func (h *handler) reviewFiling(c echo.Context, p auth.Principal) error {
	r, err := h.packaged(c, p)
	if err != nil {
		return err
	}
	var req struct {
		With  payload `json:"with"`
		Under string  `json:"under"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	reply, err := h.guard.ReviewFiling(c.Request().Context(), p, access.As{Under: req.Under}, r.Digest, req.With.values())
	if err != nil {
		return err
	}
	if err := admitted(reply); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/v1/cases/"+string(reply.Case.ID))
	return c.JSON(http.StatusCreated, replyOf(reply))
}

// takeAnswer handles POST /api/v1/cases/{id}/filing/answers. The body is the package.
func (h *handler) takeAnswer(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	q, err := queryOf(c.Request(), "received_on", "under")
	if err != nil {
		return err
	}
	var on legaltime.Date
	if given := q["received_on"]; given != "" {
		if on, err = legaltime.ParseDate(given); err != nil {
			return invalid("received_on", "须为 YYYY-MM-DD 形式的日期。", "must be a date YYYY-MM-DD")
		}
	}
	content, done, err := h.packageBody(c, p)
	if err != nil {
		return err
	}
	defer done()
	reply, err := h.guard.TakeAnswer(c.Request().Context(), p, access.As{Under: q["under"]}, found.ID, content, on)
	if err != nil {
		return h.refused(c, p, Attempt{Case: found.ID, Act: "filing.answer"}, err)
	}
	if err := admitted(reply); err != nil {
		return err
	}
	tag(c, reply.Case.Case)
	return c.JSON(http.StatusOK, replyOf(reply))
}
