package api

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/legaltime"
)

func (h *handler) publicRoutes(r *routes) {
	read := func(do answer) answer { return h.limited("read", do) }
	r.add("GET", "/api/v1/public/consultations", access.ReadPublic, read(h.listConsultations), r.quick)
	r.add("GET", "/api/v1/public/consultations/:consultation", access.ReadPublic, read(h.readConsultation), r.quick)
	r.add("GET", "/api/v1/public/consultations/:consultation/papers/:digest", access.ReadPublic, read(h.readPaper), r.slow)
	r.add("GET", "/api/v1/public/consultations/:consultation/comments", access.ReadPublic, read(h.listPublicComments), r.quick)
	r.onceWithin(func(next answer) answer { return h.limited("comment", h.withForm(next)) },
		"POST", "/api/v1/public/consultations/:consultation/comments", access.CommentOn, h.comment, r.slow)
	r.add("GET", "/api/v1/public/receipts/:receipt", access.ReadPublic, read(h.readReceipt), r.quick)
	r.add("DELETE", "/api/v1/public/receipts/:receipt", access.CommentOn, h.limited("comment", h.withdrawComment), r.quick)
	r.add("GET", "/api/v1/public/decisions", access.ReadPublic, read(h.listDecisions), r.quick)
	r.add("GET", "/api/v1/public/decisions/:decision/papers/:digest", access.ReadPublic, read(h.readDecisionPaper), r.slow)
	r.add("GET", "/api/v1/public/documents", access.ReadPublic, read(h.listNormativeDocuments), r.quick)
	r.add("GET", "/api/v1/public/documents/:organ/:document", access.ReadPublic, read(h.readNormativeDocument), r.quick)
	r.add("GET", "/api/v1/public/feeds/consultations.atom", access.ReadPublic, read(h.feedConsultations), r.quick)
	r.add("GET", "/api/v1/public/feeds/decisions.atom", access.ReadPublic, read(h.feedDecisions), r.quick)
	r.add("GET", "/api/v1/public/feeds/documents.atom", access.ReadPublic, read(h.feedNormativeDocuments), r.quick)
	r.add("GET", "/api/v1/consultations/:consultation/comments", access.ReadComments, h.listComments, r.quick)
	r.add("GET", "/api/v1/consultations/:consultation/comments/:number/attachments/:attachment", access.ReadComments, h.readAttachment, r.slow)
	r.add("GET", "/api/v1/consultations/:consultation/groups", access.ReadComments, h.listGroups, r.slow)
	r.add("GET", "/api/v1/consultations/:consultation/moderation", access.ReadComments, h.listModeration, r.quick)
	r.add("PUT", "/api/v1/consultations/:consultation/comments/:number/visibility", access.Moderate, h.moderate, r.quick)
	r.add("POST", "/api/v1/consultations/:consultation/dispositions", access.Moderate, h.dispose, r.quick)
}

type consultationView struct {
	ID       string           `json:"id"`
	Organ    casefile.OrganID `json:"organ"`
	Title    string           `json:"title"`
	OpensOn  legaltime.Date   `json:"opens_on"`
	ClosesOn legaltime.Date   `json:"closes_on"`
	ClosesAt time.Time        `json:"closes_at"`
	Open     bool             `json:"open"`
	Adoption bool             `json:"adoption_published"`
	Channels []string         `json:"channels"`
	Papers   []casefile.Paper `json:"papers"`
	Received int64            `json:"received"`
	Chain    string           `json:"chain"`
}

func consultationOf(c consult.Consultation, open bool) consultationView {
	return consultationView{ID: c.ID, Organ: c.Organ, Title: c.Title, OpensOn: c.OpensOn, ClosesOn: c.ClosesOn, ClosesAt: c.ClosesAt, Open: open, Adoption: c.Adoption,
		Channels: filled(c.Channels), Papers: filled(c.Papers), Received: c.Received, Chain: c.Chain}
}

type consultationPageView struct {
	Consultations []consultationView `json:"consultations"`
	Next          string             `json:"next,omitempty"`
}

// publicFilter reads the query of a list for the public.
func publicFilter(r *http.Request, more ...string) (consult.Filter, map[string]string, error) {
	query, err := queryOf(r, append([]string{"organ", "q", "after", "limit"}, more...)...)
	if err != nil {
		return consult.Filter{}, nil, err
	}
	limit, err := limitOf(query, 200)
	if err != nil {
		return consult.Filter{}, nil, err
	}
	if limit == 0 {
		limit = 50
	}
	if len(query["after"]) > 200 || len([]rune(query["q"])) > 100 {
		return consult.Filter{}, nil, invalid("q", "查询词不得超过 100 字，游标不得超过 200 字符。", "q has at most 100 characters and after at most 200")
	}
	return consult.Filter{Organ: casefile.OrganID(query["organ"]), Query: query["q"], After: query["after"], Limit: limit}, query, nil
}

// listConsultations handles GET /api/v1/public/consultations.
func (h *handler) listConsultations(c echo.Context, _ auth.Principal) error {
	filter, query, err := publicFilter(c.Request(), "state", "format")
	if err != nil {
		return err
	}
	if filter.State = query["state"]; filter.State != "" && filter.State != "open" && filter.State != "ended" {
		return invalid("state", "须为 open 或 ended。", "must be open or ended")
	}
	list, next, err := h.guard.Consultations(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	out := consultationPageView{Consultations: []consultationView{}, Next: next}
	rows := [][]string{{"id", "organ", "title", "opens_on", "closes_on", "open", "received"}}
	for _, one := range list {
		v := consultationOf(one, h.takes(one))
		out.Consultations = append(out.Consultations, v)
		rows = append(rows, []string{v.ID, string(v.Organ), v.Title, v.OpensOn.String(), v.ClosesOn.String(), strconv.FormatBool(v.Open), strconv.FormatInt(v.Received, 10)})
	}
	return table(c, query["format"], out, rows)
}

// takes reports whether a consultation of a list takes comments now.
func (h *handler) takes(c consult.Consultation) bool { return h.guard.Takes(c) }

// readConsultation handles GET /api/v1/public/consultations/{consultation}.
func (h *handler) readConsultation(c echo.Context, _ auth.Principal) error {
	one, takes, err := h.guard.Consultation(c.Request().Context(), pathParam(c, "consultation"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, consultationOf(one, takes))
}

// readPaper handles GET /api/v1/public/consultations/{consultation}/papers/{digest}.
func (h *handler) readPaper(c echo.Context, _ auth.Principal) error {
	return h.paper(c, pathParam(c, "consultation"))
}

// readDecisionPaper handles GET /api/v1/public/decisions/{decision}/papers/{digest}.
func (h *handler) readDecisionPaper(c echo.Context, _ auth.Principal) error {
	return h.paper(c, pathParam(c, "decision"))
}

func (h *handler) paper(c echo.Context, of string) error {
	digest, err := digestParam(c)
	if err != nil {
		return err
	}
	paper, err := h.guard.PublicPaper(c.Request().Context(), of, digest)
	if err != nil {
		return err
	}
	return h.sendPaper(c, paper)
}

type receiptStatusView struct {
	Consultation consultationView `json:"consultation"`
	Comment      commentView      `json:"comment"`
}

// readReceipt handles GET /api/v1/public/receipts/{receipt}.
func (h *handler) readReceipt(c echo.Context, _ auth.Principal) error {
	of, r, err := h.guard.Receipt(c.Request().Context(), pathParam(c, "receipt"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, receiptStatusView{Consultation: consultationOf(of, h.takes(of)), Comment: commentOf(r)})
}

// withdrawComment handles DELETE /api/v1/public/receipts/{receipt}.
func (h *handler) withdrawComment(c echo.Context, _ auth.Principal) error {
	if err := h.guard.WithdrawComment(c.Request().Context(), pathParam(c, "receipt")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// table answers with JSON, or with CSV when that is asked for.
func table(c echo.Context, format string, whole any, rows [][]string) error {
	switch format {
	case "", "json":
		return c.JSON(http.StatusOK, whole)
	case "csv":
	default:
		return invalid("format", "须为 json 或 csv。", "must be json or csv")
	}
	attach(c, "text/csv; charset=utf-8", "list.csv")
	c.Response().WriteHeader(http.StatusOK)
	w := csv.NewWriter(c.Response())
	for _, row := range rows {
		for i := range row {
			row[i] = documents.Cell(row[i])
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

type decisionView struct {
	ID          casefile.ID      `json:"id"`
	Organ       casefile.OrganID `json:"organ"`
	Title       string           `json:"title"`
	Number      string           `json:"number"`
	PublishedOn legaltime.Date   `json:"published_on"`
	Papers      []casefile.Paper `json:"papers"`
}

type decisionPageView struct {
	Decisions []decisionView `json:"decisions"`
	Next      string         `json:"next,omitempty"`
}

// listDecisions handles GET /api/v1/public/decisions.
func (h *handler) listDecisions(c echo.Context, _ auth.Principal) error {
	filter, query, err := publicFilter(c.Request(), "format")
	if err != nil {
		return err
	}
	list, next, err := h.guard.Decisions(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	out := decisionPageView{Decisions: []decisionView{}, Next: next}
	rows := [][]string{{"id", "organ", "title", "number", "published_on"}}
	for _, d := range list {
		out.Decisions = append(out.Decisions, decisionView{ID: d.Case, Organ: d.Organ, Title: d.Title, Number: d.Number, PublishedOn: d.On, Papers: filled(d.Papers)})
		rows = append(rows, []string{string(d.Case), string(d.Organ), d.Title, d.Number, d.On.String()})
	}
	return table(c, query["format"], out, rows)
}

// paperURL gives the address of a paper.
func paperURL(base, of string, digest casefile.Digest) string {
	return base + "/" + url.PathEscape(of) + "/papers/" + string(digest)
}
