package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// auditRoutes registers the pages by which a case is gone through again.
func (h *handler) auditRoutes(e *echo.Echo) {
	e.GET("/audit", h.showAudit)
	e.GET("/audit/sample.csv", h.downloadSample)
	e.GET("/audit/compare", h.compare)
	e.GET("/cases/:id/at", h.findEntry)
	e.GET("/cases/:id/at/:entry", h.replay)
	e.GET("/cases/:id/verify", h.showVerification)
	e.POST("/cases/:id/verify", h.startVerification)
}

// replayView is a case as it was behind an entry. The entries are a stretch around it.
type replayView struct {
	caseView
	Case, CaseURL, URL string // of the case, and of the places in time
	At, Last           int64
	First, Prev, Next  string
	Latest             string // "" at the last entry
	Now                entryView
	Here               string // what the links to this entry are
	Acted              []actedView
	Around             []momentView
	Ended, FewFacts    bool
	Initial            []factView   // facts that nobody had stated
	Open, Done, Missed int          // deadlines
	Record             *findingForm // of what an auditor finds in the entry; nil: not for the viewer
}

// actedView is somebody who had acted by then.
type actedView struct{ Name, Role, Unit string }

// momentView is an entry to go to.
type momentView struct {
	Sequence               int64
	URL, On, Title, Person string
	Kind, KindName         string
	Here                   bool
}

// aroundShown is how many entries before the one that is shown are listed.
const aroundShown = 8

// findEntry handles GET /cases/:id/at, the form of the slider.
func (h *handler) findEntry(c echo.Context) error {
	entry, err := strconv.ParseInt(c.QueryParam("entry"), 10, 64)
	if err != nil || entry < 1 {
		entry = 1
	}
	return c.Redirect(http.StatusSeeOther, pastURL(c.Param("id"))+strconv.FormatInt(entry, 10))
}

func pastURL(id string) string { return "/cases/" + url.PathEscape(id) + "/at/" }

// replay handles GET /cases/:id/at/:entry.
func (h *handler) replay(c echo.Context) error {
	return h.audited(c, func(v viewer) error {
		id, sequence, err := moment(c)
		if err != nil {
			return err
		}
		past, err := h.o.Guard.At(c.Request().Context(), v.principal, id, sequence)
		if err != nil {
			return fmt.Errorf("past of case: %w", err)
		}
		lang := language(c)
		view, words := h.replayView(past, lang), h.pages.words[lang]
		if view.Audit, err = h.auditing(c.Request().Context(), v, h.names(lang, nil), id); err != nil {
			return err
		}
		view.Page = h.frame(c, lang, v, "")
		view.Now.Audited = view.Audit.at(view.At)
		if view.Audit.NewURL != "" {
			form := h.newFindingForm(h.names(lang, nil), view.Page, past.Seen.Case, view.At)
			form.Last = past.Last
			view.Record = &form
		}
		view.Page.Title, view.Page.Practice = view.Title+" · "+fmt.Sprintf(words["replay.at"], sequence), view.Practice
		return h.pages.show(c, http.StatusOK, lang, "replay.html", view)
	})
}

// audited handles a page of somebody who may have to sign in first.
func (h *handler) audited(c echo.Context, do func(viewer) error) error {
	v, err := h.viewer(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err == nil {
		err = do(v)
	}
	if errors.Is(err, auth.ErrUnauthenticated) { // a visitor, where only practice is open
		return toSignIn(c)
	}
	return err
}

// moment gives the case and the entry that a path names.
func moment(c echo.Context) (casefile.ID, int64, error) {
	id := c.Param("id")
	entry, err := strconv.ParseInt(c.Param("entry"), 10, 64)
	if err != nil || !idPattern.MatchString(id) {
		return "", 0, fmt.Errorf("entry %.40q of case %.40q: %w", c.Param("entry"), id, casefile.ErrNotFound)
	}
	return casefile.ID(id), entry, nil
}

func (h *handler) replayView(past access.Past, lang string) replayView {
	c := past.Seen.Case
	n := h.names(lang, past.Definition)
	v := replayView{At: c.Sequence, Last: past.Last, Case: string(c.ID), CaseURL: caseURL(c.ID), URL: pastURL(string(c.ID)), Ended: c.Status == casefile.StatusClosed,
		caseView: h.caseView(file{c: c, def: past.Definition, possible: past.Possible, entries: past.Entries, today: c.Today}, lang)}
	v.place()
	v.Now, v.Here = n.entry(past.Entries[c.Sequence-1]), v.URL+strconv.FormatInt(c.Sequence, 10)
	v.foldFacts(c, past.Entries)
	v.FewFacts = len(v.Facts) <= 20
	v.Entries = nil // they stand on the page of the case
	at := func(sequence int64) string {
		if sequence < 1 || sequence > past.Last {
			return ""
		}
		return v.URL + strconv.FormatInt(sequence, 10)
	}
	v.Prev, v.Next = at(c.Sequence-1), at(c.Sequence+1)
	if v.Prev != "" {
		v.First = at(1)
	}
	if v.Next != "" {
		v.Latest = at(past.Last)
	}
	for _, d := range c.Deadlines {
		switch d.State {
		case casefile.DeadlineOpen:
			v.Open++
		case casefile.DeadlineBreached:
			v.Missed++
		default:
			v.Done++
		}
	}
	v.Acted = n.acted(c, past.Entries)
	for i := max(0, len(past.Entries)-1-aroundShown); i < len(past.Entries); i++ {
		e := n.entry(past.Entries[i])
		v.Around = append(v.Around, momentView{Sequence: e.Sequence, URL: at(e.Sequence), On: e.On, Title: e.Title, Person: e.Person,
			Kind: e.Kind, KindName: e.KindName, Here: e.Sequence == c.Sequence})
	}
	return v
}

// acted gives who had acted, by the names under which they did.
func (n names) acted(c casefile.Case, entries []access.SeenEntry) []actedView {
	called := map[casefile.PersonID]string{}
	for _, e := range entries {
		if e.Entry.Act != nil && e.Entry.Act.By.Name != "" {
			called[e.Entry.Act.By.Person] = e.Entry.Act.By.Name
		}
	}
	var out []actedView
	for _, held := range c.Acted {
		v := actedView{Name: called[held.Person], Role: n.role(held.Role), Unit: held.Unit}
		if v.Name == "" {
			v.Name = string(held.Person)
		}
		out = append(out, v)
	}
	return out
}

// place turns the links to entries of the page of a case into links to the case as it
// was behind them.
func (v *replayView) place() {
	to := func(link *string) {
		if sequence, ok := strings.CutPrefix(*link, "#entry-"); ok {
			*link = v.URL + sequence
		}
	}
	for i := range v.Deadlines {
		to(&v.Deadlines[i].EntryURL)
	}
	for i := range v.Documents {
		to(&v.Documents[i].EntryURL)
	}
	for i := range v.Opinions {
		to(&v.Opinions[i].EntryURL)
	}
	for i := range v.Facts {
		to(&v.Facts[i].EntryURL)
	}
	for i := range v.Blocked {
		to(&v.Blocked[i].EntryURL)
		to(&v.Blocked[i].LaterURL)
	}
	for i := range v.StepActs {
		to(&v.StepActs[i].LastURL)
	}
	for i := range v.CaseActs {
		to(&v.CaseActs[i].LastURL)
	}
	var stages func([]stageView)
	stages = func(all []stageView) {
		for i := range all {
			for j := range all[i].Rounds {
				to(&all[i].Rounds[j].EntryURL)
			}
			stages(all[i].Branches)
		}
	}
	stages(v.Stages)
}

// foldFacts sets apart the facts that nobody had stated by then.
func (v *replayView) foldFacts(c casefile.Case, entries []access.SeenEntry) {
	var stated []factView
	for _, f := range v.Facts {
		fact := c.Facts[f.ID]
		if at := fact.Sequence - 1; at >= 0 && at < int64(len(entries)) && initial(entries[at].Entry, f.ID, fact.Value) {
			v.Initial = append(v.Initial, f)
		} else {
			stated = append(stated, f)
		}
	}
	v.Facts = stated
}
