package web

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// findingRow is a finding in a list.
type findingRow struct {
	URL, CaseURL, EntryURL string // of the entry on the page of the case; empty: the whole case
	Matter, Organ          string
	Entry                  int64
	Kind, KindName         string
	Severity, SeverityName string
	State, StateName       string
	Result, Text, Due      string
	By, At                 string
	Practice, Overdue      bool
	Withheld, MayReply     bool
}

func (n names) findingKind(k audit.Kind) string { return n.words.name("finding-kind", string(k)) }

func (n names) severity(s audit.Severity) string { return n.words.name("finding-severity", string(s)) }

func (n names) findingState(s audit.State) string { return n.words.name("finding-state", string(s)) }

// minute gives an instant as it is shown.
func minute(at time.Time) string { return at.In(legaltime.China).Format("2006-01-02 15:04") }

func (h *handler) findingRow(n names, f access.SeenFinding) findingRow {
	r := findingRow{URL: findingURL(f.Case, f.ID), CaseURL: caseURL(f.Case), Matter: f.Title, Organ: string(f.Organ), Entry: f.Entry,
		Kind: string(f.Kind), KindName: n.findingKind(f.Kind), Severity: string(f.Severity), SeverityName: n.severity(f.Severity),
		State: string(f.State()), StateName: n.findingState(f.State()), Text: f.Text, Due: f.Due.String(), By: f.By.Name, At: minute(f.At),
		Practice: f.Practice, Overdue: f.Overdue(legaltime.DateIn(h.o.Now(), legaltime.China)), Withheld: f.Withheld, MayReply: f.MayReply}
	if r.Matter == "" {
		r.Matter = string(f.Case)
	}
	if f.Entry > 0 {
		r.EntryURL = r.CaseURL + anchor(f.Entry)
	}
	if k := len(f.Events); k > 0 && f.Events[k-1].Result != "" {
		r.Result = n.words.name("finding-result", string(f.Events[k-1].Result))
	}
	return r
}

func (h *handler) findingRows(n names, list []access.SeenFinding) []findingRow {
	var out []findingRow
	for _, f := range list {
		out = append(out, h.findingRow(n, f))
	}
	return out
}

// findingAnswer is what somebody sent about a finding, and what is wrong with it.
type findingAnswer struct{ Move, Result, Text, Wrong, Field string }

// oneFinding is one finding with what became of it.
type oneFinding struct {
	Page frame
	findingRow
	Remedy    string
	Events    []findingEvent
	After     int64
	Results   []choice
	Sent      findingAnswer
	MayMove   bool
	Reopens   bool   // what was released and closed
	ReplayURL string // of the entry
}

type findingEvent struct{ Move, Name, Result, Text, By, Organ, At string }

// findingPage shows a finding, with what was sent about it.
func (h *handler) findingPage(c echo.Context, v viewer, status int, sent findingAnswer) error {
	_, found, err := h.visible(c)
	if err != nil {
		return err
	}
	id, err := param(c, "finding")
	if err != nil {
		return fmt.Errorf("finding: %w", err)
	}
	f, err := h.o.Guard.Finding(c.Request().Context(), v.principal, found.ID, id)
	if err != nil {
		return fmt.Errorf("finding of case %s: %w", found.ID, err)
	}
	lang := language(c)
	n := h.names(lang, nil)
	view := oneFinding{Page: h.frame(c, lang, v, "findings.one"), findingRow: h.findingRow(n, f), Remedy: f.Remedy, After: f.Last(), Sent: sent, MayMove: f.MayMove, Reopens: f.WasReleased()}
	view.Page.Practice = found.Practice
	view.Page.Title = view.KindName + " · " + found.Matter.Title
	if f.Entry > 0 {
		view.ReplayURL = pastURL(string(f.Case)) + strconv.FormatInt(f.Entry, 10)
	}
	for _, e := range f.Events {
		shown := findingEvent{Move: string(e.Move), Name: n.words.name("finding-move", string(e.Move)), Text: e.Text, By: e.By.Name, Organ: string(e.By.Organ), At: minute(e.At)}
		if e.Result != "" {
			shown.Result = n.words.name("finding-result", string(e.Result))
		}
		view.Events = append(view.Events, shown)
	}
	for _, r := range audit.Results() {
		if f.State() != audit.Recorded || r == audit.Withdrawn {
			view.Results = append(view.Results, choice{Value: string(r), Name: n.words.name("finding-result", string(r)), Chosen: string(r) == sent.Result})
		}
	}
	return h.pages.show(c, status, lang, "finding.html", view)
}

// auditing is what auditors found in a case, as its pages show it.
type auditing struct {
	Findings   []findingRow
	NewURL     string // records a finding; empty: not for the viewer
	ReviewsURL string // of the whole file
}

// auditing gives what auditors found in a case, for whoever may know of it.
func (h *handler) auditing(ctx context.Context, v viewer, n names, of casefile.ID) (auditing, error) {
	if may := access.Permit(v.principal, access.ReadFindings) == nil; v.visitor || !may {
		return auditing{}, nil
	}
	list, err := h.o.Guard.FindingsOf(ctx, v.principal, of)
	if err != nil {
		return auditing{}, fmt.Errorf("findings on case %s: %w", of, err)
	}
	out := auditing{Findings: h.findingRows(n, list), ReviewsURL: caseURL(of) + "/reviews"}
	if access.Permit(v.principal, access.WriteFindings) == nil {
		out.NewURL = caseURL(of) + "/findings/new"
	}
	return out, nil
}

// at gives the findings on an entry.
func (a auditing) at(entry int64) []findingRow {
	var out []findingRow
	for _, f := range a.Findings {
		if f.Entry == entry {
			out = append(out, f)
		}
	}
	return out
}

// audit sets what auditors found beside the entries of a case.
func (v *caseView) audit(a auditing) {
	v.Audit = a
	for _, g := range v.Entries {
		for i := range g.Entries {
			g.Entries[i].Audited = a.at(g.Entries[i].Sequence)
		}
	}
}

// workFindings gives the open findings that somebody may answer, for the page of work.
func (h *handler) workFindings(ctx context.Context, v viewer, n names) ([]findingRow, error) {
	if answers := access.Permit(v.principal, access.ReplyFinding) == nil; v.principal.Holds(auth.Auditor) || !answers {
		return nil, nil
	}
	list, err := h.o.Guard.Findings(ctx, v.principal, audit.Filter{Open: true, Limit: workNotices})
	if err != nil {
		return nil, fmt.Errorf("findings to answer: %w", err)
	}
	var out []findingRow
	for _, f := range list {
		if f.MayReply && f.State() == audit.Released {
			out = append(out, h.findingRow(n, f))
		}
	}
	return out, nil
}
