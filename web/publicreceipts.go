package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
)

// receiptsView is the page on which a receipt is looked up. Receipts come in forms
// alone, so that they stand in no log and in no address.
type receiptsView struct {
	Page                frame
	Action, WithdrawURL string
	Receipt             string
	Alert               string
	Done                bool // it was just withdrawn
	Found               *foundView
}

type foundView struct {
	Row                   consultationRow
	Shown                 bool
	Comment               commentRow
	Digest, Chain         string
	Attachments           []attachedRow
	Adoption, MayWithdraw bool
	VisibilityName        string
}

// askReceipt handles GET /public/receipts.
func (h *handler) askReceipt(c echo.Context) error {
	return h.receiptsPage(c, http.StatusOK, receiptsView{})
}

func (h *handler) receiptsPage(c echo.Context, status int, view receiptsView) error {
	v := h.visit(c, "/public/receipts")
	view.Page = v.titled(v.words["public.lookup-title"])
	view.Action, view.WithdrawURL = v.url("/public/receipts"), v.url("/public/receipts/withdraw")
	if view.Receipt != "" && view.Alert == "" {
		found, err := h.foundByReceipt(c, v, view.Receipt)
		switch {
		case errors.Is(err, casefile.ErrNotFound):
			status, view.Alert = http.StatusNotFound, v.words["public.no-receipt"]
		case err != nil:
			return err
		default:
			view.Found = &found
		}
	}
	return h.pages.show(c, status, v.lang, "publicreceipts.html", view)
}

func (h *handler) foundByReceipt(c echo.Context, v visit, receipt string) (foundView, error) {
	of, r, err := h.o.Guard.Receipt(c.Request().Context(), receipt)
	if err != nil {
		return foundView{}, err
	}
	takes := h.o.Guard.Takes(of)
	out := foundView{Row: v.consultation(of, takes), Shown: of.Shown, Comment: v.comment(r), Digest: r.Digest, Chain: r.Chain,
		Attachments: v.attached(r.Comment.Attachments), Adoption: of.Adoption, MayWithdraw: takes && of.Shown && !r.Withdrawn}
	out.VisibilityName = v.words.name("public-visible", out.Comment.Visibility)
	if r.Visibility == consult.Hidden && !r.Withdrawn {
		out.VisibilityName += v.words["list.separator"] + v.words.name("public-why", r.Why)
	}
	return out, nil
}

// sentReceipt reads a receipt as people type it.
func sentReceipt(c echo.Context) (*http.Request, string, error) {
	r, err := form(c)
	if err != nil {
		return nil, "", err
	}
	return r, strings.ToUpper(strings.Join(strings.Fields(clip(r.PostForm.Get("receipt"), 100)), "")), nil
}

// showReceipt handles POST /public/receipts.
func (h *handler) showReceipt(c echo.Context) error {
	_, receipt, err := sentReceipt(c)
	if err != nil {
		return err
	}
	view := receiptsView{Receipt: receipt}
	if receipt == "" {
		view.Alert = h.pages.words[languageOf(c)]["public.no-receipt"]
		return h.receiptsPage(c, http.StatusUnprocessableEntity, view)
	}
	return h.receiptsPage(c, http.StatusOK, view)
}

// withdrawComment handles POST /public/receipts/withdraw. It has to be confirmed.
func (h *handler) withdrawComment(c echo.Context) error {
	r, receipt, err := sentReceipt(c)
	if err != nil {
		return err
	}
	words := h.pages.words[languageOf(c)]
	view := receiptsView{Receipt: receipt}
	if r.PostForm.Get("sure") != "yes" {
		view.Alert = words["public.not-sure"]
		return h.receiptsPage(c, http.StatusUnprocessableEntity, view)
	}
	err = h.o.Guard.WithdrawComment(r.Context(), receipt)
	switch {
	case errors.Is(err, consult.ErrClosed):
		view.Alert = words["public.not-withdrawn"]
		return h.receiptsPage(c, http.StatusConflict, view)
	case errors.Is(err, casefile.ErrNotFound):
		view.Alert = words["public.no-receipt"]
		return h.receiptsPage(c, http.StatusNotFound, view)
	case err != nil:
		return err
	}
	view.Done = true
	return h.receiptsPage(c, http.StatusOK, view)
}
