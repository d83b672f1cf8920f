package web

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// findingRoutes registers what auditors write on entries, and what is answered.
func (h *handler) findingRoutes(e *echo.Echo) {
	e.GET("/findings", h.signedIn(access.ReadFindings, h.showFindings))
	e.GET("/findings.csv", h.signedIn(access.ReadFindings, h.downloadFindings))
	e.GET("/cases/:id/findings/new", h.signedIn(access.WriteFindings, h.askFinding))
	h.shortForm(e, "/cases/:id/findings", "finding", h.signedIn(access.WriteFindings, h.recordFinding))
	e.GET("/cases/:id/findings/:finding", h.signedIn(access.ReadFindings, h.showFinding))
	h.shortForm(e, "/cases/:id/findings/:finding/moves", "move", h.signedIn(access.WriteFindings, h.moveFinding))
	h.shortForm(e, "/cases/:id/findings/:finding/replies", "reply", h.signedIn(access.ReplyFinding, h.replyFinding))
}

func findingURL(of casefile.ID, id string) string {
	return caseURL(of) + "/findings/" + url.PathEscape(id)
}

// findingsView is the list over all cases.
type findingsView struct {
	Page                                      frame
	Auditor                                   bool
	Organs, States, Kinds, Severities, Practs []choice
	Rows                                      []findingRow
	CSVURL, NextURL                           string
	Filtered                                  bool
}

const findingsPage = 50

// findingsFilter is what was asked for; what is no value asks for none.
func findingsFilter(c echo.Context) (f audit.Filter, q url.Values) {
	q = url.Values{}
	known := func(name string, value string, ok bool) string {
		if !ok || value == "" {
			return ""
		}
		q.Set(name, value)
		return value
	}
	f.State = audit.State(known("state", c.QueryParam("state"), slices.Contains(audit.States(), audit.State(c.QueryParam("state")))))
	f.Kind = audit.Kind(known("kind", c.QueryParam("kind"), slices.Contains(audit.Kinds(), audit.Kind(c.QueryParam("kind")))))
	f.Severity = audit.Severity(known("severity", c.QueryParam("severity"), slices.Contains(audit.Severities(), audit.Severity(c.QueryParam("severity")))))
	if organ := known("organ", clip(c.QueryParam("organ"), 200), true); organ != "" {
		f.Organs = []casefile.OrganID{casefile.OrganID(organ)}
	}
	if practice := c.QueryParam("practice"); practice == "true" || practice == "false" {
		only := known("practice", practice, true) == "true"
		f.Practice = &only
	}
	f.After, f.Limit = clip(c.QueryParam("after"), 100), findingsPage
	return f, q
}

// showFindings handles GET /findings.
func (h *handler) showFindings(c echo.Context, v viewer) error {
	f, q := findingsFilter(c)
	list, err := h.o.Guard.Findings(c.Request().Context(), v.principal, f)
	if err != nil {
		return fmt.Errorf("findings: %w", err)
	}
	lang := language(c)
	n := h.names(lang, nil)
	view := findingsView{Page: h.frame(c, lang, v, "findings.title"), Auditor: v.principal.Holds(auth.Auditor), Rows: h.findingRows(n, list), Filtered: len(q) > 0,
		CSVURL: "/findings.csv?" + q.Encode(), Practs: []choice{{Name: n.words["audit.any"]}}}
	if view.Auditor && len(v.principal.Oversees) > 0 {
		view.Organs = append(view.Organs, choice{Name: n.words.name("organ", "all")})
		for _, organ := range append([]casefile.OrganID{v.principal.Organ}, v.principal.Oversees...) {
			view.Organs = append(view.Organs, choice{Value: string(organ), Name: string(organ), Chosen: q.Get("organ") == string(organ)})
		}
	}
	view.States = findingChoices(n, n.findingState, audit.States(), f.State)
	view.Kinds = findingChoices(n, n.findingKind, audit.Kinds(), f.Kind)
	view.Severities = findingChoices(n, n.severity, audit.Severities(), f.Severity)
	if !view.Auditor {
		view.States = append(view.States[:1:1], view.States[2:]...) // drafts are not theirs
	}
	for _, kind := range []string{"false", "true"} {
		view.Practs = append(view.Practs, choice{Value: kind, Name: n.words.name("practice", kind), Chosen: q.Get("practice") == kind})
	}
	if len(list) == findingsPage {
		q.Set("after", list[len(list)-1].ID)
		view.NextURL = "/findings?" + q.Encode()
	}
	return h.pages.show(c, http.StatusOK, lang, "findings.html", view)
}

// findingChoices gives the values of a closed set, with all of them in front.
func findingChoices[T ~string](n names, name func(T) string, all []T, chosen T) []choice {
	out := []choice{{Name: n.words["audit.any"]}}
	for _, one := range all {
		out = append(out, choice{Value: string(one), Name: name(one), Chosen: one == chosen})
	}
	return out
}

// downloadFindings handles GET /findings.csv: what the list would show, at most 500.
func (h *handler) downloadFindings(c echo.Context, v viewer) error {
	f, _ := findingsFilter(c)
	f.After, f.Limit = "", 500
	list, err := h.o.Guard.Findings(c.Request().Context(), v.principal, f)
	if err != nil {
		return fmt.Errorf("findings: %w", err)
	}
	n := h.names(language(c), nil)
	rows := [][]string{{"id", "organ", "case", "matter", "practice", "entry", "kind", "severity", "state", "result", "text", "remedy", "due", "by", "at", "events", "last_on"}}
	for _, one := range list {
		r := h.findingRow(n, one)
		entry, last := "", one.At
		if one.Entry > 0 {
			entry = strconv.FormatInt(one.Entry, 10)
		}
		if k := len(one.Events); k > 0 {
			last = one.Events[k-1].At
		}
		rows = append(rows, []string{one.ID, string(one.Organ), string(one.Case), one.Title, strconv.FormatBool(one.Practice), entry, r.KindName, r.SeverityName, r.StateName, r.Result,
			one.Text, one.Remedy, r.Due, r.By, r.At, strconv.FormatInt(one.Last(), 10), minute(last)})
	}
	return h.table(c, "findings.csv", rows)
}

// findingForm is the form of a new finding.
type findingForm struct {
	Page              frame
	Action, ID        string
	Matter, CaseURL   string
	Entry, Last       int64
	Kinds, Severities []choice
	Text, Remedy, Due string
	Wrong             string // what is wrong, and with which field
	Field             string
}

// newFindingForm gives an empty form about an entry, or about the whole case.
func (h *handler) newFindingForm(n names, page frame, of casefile.Case, entry int64) findingForm {
	f := findingForm{Page: page, Action: caseURL(of.ID) + "/findings", ID: rand.Text(), Matter: of.Matter.Title, CaseURL: caseURL(of.ID), Entry: entry, Last: of.Sequence}
	f.Kinds = findingChoices(n, n.findingKind, audit.Kinds(), "")[1:]
	f.Severities = findingChoices(n, n.severity, audit.Severities(), audit.Ordinary)[1:]
	return f
}

// askFinding handles GET /cases/:id/findings/new.
func (h *handler) askFinding(c echo.Context, v viewer) error {
	_, found, err := h.visible(c)
	if err != nil {
		return err
	}
	lang := language(c)
	entry, _ := strconv.ParseInt(c.QueryParam("entry"), 10, 64) // what is no number is the whole case
	page := h.frame(c, lang, v, "findings.new")
	page.Practice = found.Practice
	return h.pages.show(c, http.StatusOK, lang, "findingnew.html", h.newFindingForm(h.names(lang, nil), page, found, max(0, min(entry, found.Sequence))))
}

// recordFinding handles POST /cases/:id/findings.
func (h *handler) recordFinding(c echo.Context, v viewer) error {
	_, found, err := h.visible(c)
	if err != nil {
		return err
	}
	sent, err := sentFinding(c)
	if err == nil {
		var kept access.SeenFinding
		if kept, err = h.o.Guard.RecordFinding(c.Request().Context(), v.principal, found.ID, sent); err == nil {
			return c.Redirect(http.StatusSeeOther, findingURL(found.ID, kept.ID))
		}
	}
	status, refusal := refusalOf(err)
	if refusal == nil {
		return fmt.Errorf("record finding: %w", err)
	}
	lang := language(c)
	n, page := h.names(lang, nil), h.frame(c, lang, v, "findings.new")
	page.Practice = found.Practice
	view := h.newFindingForm(n, page, found, max(0, sent.Entry))
	view.ID, view.Text, view.Remedy, view.Due, view.Wrong, view.Field = sent.ID, sent.Text, sent.Remedy, c.FormValue("due"), n.pick(refusal.Message), refusal.Field
	view.Kinds = findingChoices(n, n.findingKind, audit.Kinds(), sent.Kind)[1:]
	view.Severities = findingChoices(n, n.severity, audit.Severities(), sent.Severity)[1:]
	return h.pages.show(c, status, lang, "findingnew.html", view)
}

// sentFinding reads the form of a finding; what is wrong with it is a refusal.
func sentFinding(c echo.Context) (audit.Finding, error) {
	f := audit.Finding{ID: c.FormValue("id"), Kind: audit.Kind(c.FormValue("kind")), Severity: audit.Severity(c.FormValue("severity")),
		Text: lines(c.FormValue("text")), Remedy: lines(c.FormValue("remedy"))}
	if !idPattern.MatchString(f.ID) {
		return f, fmt.Errorf("finding: id: %w", casefile.ErrInvalid)
	}
	var err error
	if entry := strings.TrimSpace(c.FormValue("entry")); entry != "" {
		if f.Entry, err = strconv.ParseInt(entry, 10, 64); err != nil {
			f.Entry = -1 // no entry has that number
		}
	}
	if due := c.FormValue("due"); due != "" {
		if f.Due, err = legaltime.ParseDate(due); err != nil {
			return f, &casefile.Refusal{Code: casefile.RefusedBadValue, Field: "due", Message: casefile.Text{ZH: "日期无效，请写作 YYYY-MM-DD。", EN: "that is no date; write YYYY-MM-DD"}}
		}
	}
	return f, nil
}

// lines gives a text of a form with the ends of lines that the rest has.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// showFinding handles GET /cases/:id/findings/:finding.
func (h *handler) showFinding(c echo.Context, v viewer) error {
	return h.findingPage(c, v, http.StatusOK, findingAnswer{})
}

// moveFinding handles POST /cases/:id/findings/:finding/moves.
func (h *handler) moveFinding(c echo.Context, v viewer) error {
	sent := findingAnswer{Move: c.FormValue("move"), Result: c.FormValue("result"), Text: lines(c.FormValue("text"))}
	return h.answered(c, v, sent, func(id casefile.ID, finding string, after int64) error {
		_, err := h.o.Guard.MoveFinding(c.Request().Context(), v.principal, id, finding,
			audit.Event{Move: audit.Move(sent.Move), Result: audit.Result(sent.Result), Text: sent.Text}, after)
		return err
	})
}

// replyFinding handles POST /cases/:id/findings/:finding/replies.
func (h *handler) replyFinding(c echo.Context, v viewer) error {
	sent := findingAnswer{Move: string(audit.Reply), Text: lines(c.FormValue("text"))}
	return h.answered(c, v, sent, func(id casefile.ID, finding string, after int64) error {
		_, err := h.o.Guard.ReplyFinding(c.Request().Context(), v.principal, id, finding, sent.Text, after)
		return err
	})
}

// answered does what a form of a finding asks for, or shows it again with what is wrong.
func (h *handler) answered(c echo.Context, v viewer, sent findingAnswer, do func(id casefile.ID, finding string, after int64) error) error {
	id, finding := c.Param("id"), c.Param("finding")
	after, err := strconv.ParseInt(c.FormValue("after"), 10, 64)
	if err != nil || after < 0 || !idPattern.MatchString(id) || !idPattern.MatchString(finding) {
		return fmt.Errorf("finding: %w", casefile.ErrNotFound)
	}
	err = do(casefile.ID(id), finding, after)
	if err == nil {
		return c.Redirect(http.StatusSeeOther, findingURL(casefile.ID(id), finding))
	}
	status, refusal := refusalOf(err)
	if refusal == nil {
		return fmt.Errorf("finding: %w", err)
	}
	sent.Wrong, sent.Field = h.names(language(c), nil).pick(refusal.Message), refusal.Field
	return h.findingPage(c, v, status, sent)
}
