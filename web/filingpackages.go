package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/filing"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

func (h *handler) packageRoutes(e *echo.Echo) {
	e.POST("/filings", h.signedIn(access.ReceiveFilings, h.uploadFiling))
	e.GET("/filings/:id/package", h.signedIn(access.ReadFilings, h.downloadPackage))
	e.GET("/filings/:id/answer", h.signedIn(access.ReadFilings, h.downloadAnswer))
	e.POST("/filings/:id/review", h.signedIn(access.ReceiveFilings, h.reviewFiling))
	e.GET("/cases/:id/filing", h.signedIn(access.ReadCase, h.showCaseFiling))
	e.POST("/cases/:id/filing", h.signedIn(access.ActOnCase, h.takeAnswer))
	e.GET("/cases/:id/filing/package", h.signedIn(access.ExportCase, h.downloadFiling))
}

// packageFile reads the package that a form brings.
func (h *handler) packageFile(c echo.Context, v viewer) ([]byte, error) {
	done, ok := h.o.Gate.TakeUpload(v.principal.Organ, v.principal.Person)
	if !ok {
		return nil, packageWrong("正在处理您的其他文件，请稍后再试。", "other files of yours are being read; try again later")
	}
	defer done()
	intake.GiveTime(c.Response(), uploadWithin)
	req := c.Request()
	req.Body = http.MaxBytesReader(c.Response(), req.Body, filing.MaxSize+64<<10)
	if err := req.ParseMultipartForm(1 << 20); err != nil {
		var over *http.MaxBytesError
		if errors.As(err, &over) {
			return nil, packageWrong(fmt.Sprintf("文件不得超过 %d 字节。", filing.MaxSize), fmt.Sprintf("a package has at most %d bytes", filing.MaxSize))
		}
		return nil, fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
	}
	defer req.MultipartForm.RemoveAll() //nolint:errcheck // temporary files
	if err := legible(req.MultipartForm.Value); err != nil {
		return nil, err
	}
	sent := req.MultipartForm.File["package"]
	if len(sent) == 0 || sent[0].Size == 0 {
		return nil, packageWrong("请选择文件。", "choose a file")
	}
	content, err := sent[0].Open()
	if err != nil {
		return nil, fmt.Errorf("read package: %w", err)
	}
	defer content.Close()
	return io.ReadAll(content)
}

func packageWrong(zh, en string) error {
	return &casefile.Refusal{Code: casefile.RefusedBadValue, Field: "package", Message: casefile.Text{ZH: zh, EN: en}}
}

// uploadFiling handles POST /filings.
func (h *handler) uploadFiling(c echo.Context, v viewer) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), uploadWithin)
	defer cancel()
	content, err := h.packageFile(c, v)
	var r access.Received
	if err == nil {
		r, err = h.o.Guard.ReceiveFiling(ctx, v.principal, content)
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, filingURL(casefile.ID(r.Digest)))
	}
	status, refusal := refusalOf(err)
	if refusal == nil {
		return err
	}
	return h.filingsPage(c, v, status, h.names(language(c), nil).pick(refusal.Message))
}

// receivedRow is a filing that came as a package.
func (n names) receivedRow(r access.Received) filingRow {
	row := filingRow{URL: filingURL(casefile.ID(r.Digest)), Number: r.Document, Organ: string(r.Peer), Practice: r.Practice, On: r.Statement.On.String(), Package: true}
	if filed := r.Statement.Filed; filed != nil {
		row.Title, row.Pack = filed.Title, n.tokens(filed.Pack)
	}
	if r.Review != "" {
		row.ReviewURL = caseURL(r.Review)
	}
	return row
}

func (n names) tokens(ids []string) string {
	named := make([]string, len(ids))
	for i, id := range ids {
		named[i] = n.words.name("token", id)
	}
	return n.list(named)
}

// receivedView is a package that was filed here.
type receivedView struct {
	Page                  frame
	Row                   filingRow
	Body, Case            string
	Digest, Key           string
	Came, By              string
	Papers                []link
	PackageURL, AnswerURL string
	Action                string // takes it into its review
	Fields                []fieldView
	Wrong                 string
}

// showReceived shows a package, with what is wrong with taking it in.
func (h *handler) showReceived(c echo.Context, v viewer, r access.Received, status int, values url.Values, wrong string) error {
	lang := language(c)
	n := h.names(lang, nil)
	at := filingURL(casefile.ID(r.Digest))
	view := receivedView{Page: h.frame(c, lang, v, "filings.title"), Row: n.receivedRow(r), Case: string(r.About), Digest: string(r.Digest), Key: r.Key,
		Came: r.At.In(legaltime.China).Format(time.DateTime), By: r.ByName, PackageURL: at + "/package", Wrong: wrong}
	view.Page.Title, view.Page.Practice, view.Row.Organ = view.Row.Title, r.Practice, h.organNames(c.Request().Context())(r.Peer)
	if filed := r.Statement.Filed; filed != nil {
		view.Body = filed.Body
	}
	for _, p := range r.Statement.Papers {
		view.Papers = append(view.Papers, link{URL: at + "/papers/" + string(p.Digest), Name: p.Title})
	}
	if r.Review != "" {
		view.AnswerURL = at + "/answer"
		return h.pages.show(c, status, lang, "received.html", view)
	}
	view.Action = at + "/review"
	f := filled{values: values}
	for _, field := range procedure.OpeningAct().Fields {
		if field.Required {
			view.Fields = append(view.Fields, n.field(field, &f, h.today()))
		}
	}
	return h.pages.show(c, status, lang, "received.html", view)
}

// received gives the package that the path names.
func (h *handler) received(c echo.Context, v viewer) (access.Received, error) {
	id, err := param(c, "id")
	if err != nil {
		return access.Received{}, err
	}
	return h.o.Guard.ReceivedFiling(c.Request().Context(), v.principal, casefile.Digest(id))
}

// reviewFiling handles POST /filings/:id/review.
func (h *handler) reviewFiling(c echo.Context, v viewer) error {
	r, err := h.received(c, v)
	if err != nil {
		return err
	}
	if err := parsed(c.Request()); err != nil {
		return err
	}
	values, spec := c.Request().PostForm, procedure.OpeningAct()
	with := payload(spec, values)
	var reply access.Reply
	refusal := spec.WellFormed(with)
	status := http.StatusUnprocessableEntity
	if refusal == nil {
		reply, err = h.o.Guard.ReviewFiling(c.Request().Context(), v.principal, access.As{}, r.Digest, with)
		if status, refusal = refusalOf(err); err != nil && refusal == nil {
			return err
		}
	}
	n := h.names(language(c), nil)
	switch {
	case refusal != nil:
		return h.showReceived(c, v, r, status, values, n.pick(refusal.Message))
	case reply.Entry.Kind == casefile.EntryBlocked:
		return h.showReceived(c, v, r, http.StatusConflict, values, n.words["filings.blocked"])
	}
	return c.Redirect(http.StatusSeeOther, caseURL(reply.Case.ID))
}

// downloadPackage handles GET /filings/:id/package.
func (h *handler) downloadPackage(c echo.Context, v viewer) error {
	r, err := h.received(c, v)
	if err != nil {
		return err
	}
	return h.sendPackage(c, "filing-"+string(r.Digest[:12]), func(ctx context.Context, w io.Writer) error {
		return h.o.Guard.ReceivedPackage(ctx, v.principal, r.Digest, w)
	})
}

// downloadAnswer handles GET /filings/:id/answer.
func (h *handler) downloadAnswer(c echo.Context, v viewer) error {
	r, err := h.received(c, v)
	if err != nil {
		return err
	}
	err = h.sendPackage(c, "answer-"+string(r.Digest[:12]), func(ctx context.Context, w io.Writer) error {
		return h.o.Guard.FilingAnswer(ctx, v.principal, r.Digest, w)
	})
	if status, refusal := refusalOf(err); refusal != nil {
		return h.showReceived(c, v, r, status, nil, h.names(language(c), nil).pick(refusal.Message))
	}
	return err
}

// sendPackage sends a package whole, or breaks the connection.
func (h *handler) sendPackage(c echo.Context, name string, write func(ctx context.Context, w io.Writer) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), uploadWithin)
	defer cancel()
	out := &download{c: c, media: "application/zip", name: name + ".zip"}
	if err := write(ctx, out); err != nil {
		if !c.Response().Committed {
			return err
		}
		h.o.Log.Error("package broken off", "error", err)
		panic(http.ErrAbortHandler) //nolint:forbidigo // half a package must not look like a whole one
	}
	return nil
}

// caseFilingView is what a case has filed with an organ elsewhere, and its answers.
type caseFilingView struct {
	Page              frame
	Matter, CaseURL   string
	Filed             bool
	PackageURL        string // empty: the viewer may not hand it over
	Action            string // takes an answer in; empty: the viewer acts in no such case
	Today, ReceivedOn string
	Wrong             string
}

// showCaseFiling handles GET /cases/:id/filing.
func (h *handler) showCaseFiling(c echo.Context, v viewer) error {
	return h.caseFilingPage(c, v, http.StatusOK, "")
}

func (h *handler) caseFilingPage(c echo.Context, v viewer, status int, wrong string) error {
	_, found, err := h.visible(c)
	if err != nil {
		return err
	}
	ctx, lang := c.Request().Context(), language(c)
	def, err := h.o.Guard.Definition(ctx, v.principal, found.ID)
	if err != nil {
		return err
	}
	if !filesDocument(def) {
		return fmt.Errorf("filing of case %s: %w", found.ID, casefile.ErrNotFound)
	}
	whole, err := h.o.Guard.MayExport(ctx, v.principal, found.ID)
	if err != nil {
		return err
	}
	view := caseFilingView{Page: h.frame(c, lang, v, "filings.hand-over"), Matter: found.Matter.Title, CaseURL: caseURL(found.ID), Filed: text(found.Facts["filed_on"].Value) != "", Wrong: wrong}
	view.Page.Title, view.Page.Practice = view.Page.Title+" · "+found.Matter.Title, found.Practice
	if view.Today = h.today(); found.Practice {
		view.Today = found.Today.String()
	}
	if view.Filed && whole {
		view.PackageURL = caseURL(found.ID) + "/filing/package"
	}
	if view.Filed && access.Permit(v.principal, access.ActOnCase) == nil && found.Organ == v.principal.Organ && found.Status != casefile.StatusClosed {
		view.Action = caseURL(found.ID) + "/filing?form=" + url.QueryEscape(view.Page.Form)
	}
	return h.pages.show(c, status, lang, "casefiling.html", view)
}

// filesDocument reports whether a procedure files its document with a reviewing organ.
func filesDocument(def *procedure.Definition) bool {
	for _, s := range def.Steps {
		if s.Type == procedure.Filing {
			return true
		}
	}
	return false
}

// downloadFiling handles GET /cases/:id/filing/package.
func (h *handler) downloadFiling(c echo.Context, v viewer) error {
	_, found, err := h.visible(c)
	if err != nil {
		return err
	}
	err = h.sendPackage(c, "filing-"+string(found.ID), func(ctx context.Context, w io.Writer) error {
		return h.o.Guard.FilingPackage(ctx, v.principal, found.ID, w)
	})
	if status, refusal := refusalOf(err); refusal != nil {
		return h.caseFilingPage(c, v, status, h.names(language(c), nil).pick(refusal.Message))
	}
	return err
}

// takeAnswer handles POST /cases/:id/filing.
func (h *handler) takeAnswer(c echo.Context, v viewer) error {
	_, found, err := h.visible(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), uploadWithin)
	defer cancel()
	content, err := h.packageFile(c, v)
	var reply access.Reply
	if err == nil {
		reply, err = h.o.Guard.TakeAnswer(ctx, v.principal, access.As{}, found.ID, content, legaltime.Date{})
	}
	n := h.names(language(c), nil)
	status, refusal := refusalOf(err)
	switch {
	case refusal != nil:
		h.note(c, v, found.ID, casefile.Act{ID: "answer", Kind: "filing.answer"}, refusal)
		return h.caseFilingPage(c, v, status, n.pick(refusal.Message))
	case err != nil:
		return err
	case reply.Entry.Kind == casefile.EntryBlocked:
		return h.caseFilingPage(c, v, http.StatusConflict, n.words["filings.blocked"])
	}
	return c.Redirect(http.StatusSeeOther, caseURL(found.ID)+anchor(reply.Entry.Sequence))
}
