package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/internal/yearlist"
	"github.com/zhengdang/chengxu/procedure"
)

// yearlistRoutes registers the pages of an annual catalogue of decisions.
func (h *handler) yearlistRoutes(e *echo.Echo) {
	e.GET("/cases/:id/catalogue", h.showYearlist)
	e.POST("/cases/:id/catalogue", h.importItems)
}

func yearlistURL(id casefile.ID) string { return caseURL(id) + "/catalogue" }

// yearlistView is the page of the items of a catalogue.
type yearlistView struct {
	Page                frame
	Matter, CaseURL     string
	Items               []yearlistItem
	Late                int
	Published, Adjusted string
	Action              string // takes a file of items; empty: the viewer files none now
	MaxItems            int
	Filed, Skipped      int // by the import that led here
	Told                bool
	Alert               string
	Problems            []problemRow
	MayOpen             bool
}

// yearlistItem is a row of it.
type yearlistItem struct {
	No                                                  int
	Name, Category, Unit, Basis, Steps, Planned, Timing string
	State, Mark, Pending, Result, Reason                string
	Late, Gone                                          bool
	Cases                                               []link
	OpenURL                                             string
}

type problemRow struct{ Place, Message string }

// showYearlist handles GET /cases/:id/catalogue.
func (h *handler) showYearlist(c echo.Context) error {
	v, f, err := h.yearlist(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	view := h.yearlistView(c, v, f)
	view.Told = c.QueryParam("filed") != ""
	_, _ = fmt.Sscan(clip(c.QueryParam("filed"), 6), &view.Filed)
	_, _ = fmt.Sscan(clip(c.QueryParam("skipped"), 6), &view.Skipped)
	return h.pages.show(c, http.StatusOK, view.Page.Lang, "yearlist.html", view)
}

// yearlist gathers the case of a catalogue; other cases have no such page.
func (h *handler) yearlist(c echo.Context) (viewer, file, error) {
	v, found, err := h.visible(c)
	if err != nil {
		return v, file{}, err
	}
	f, err := h.file(c.Request().Context(), found, v)
	if err == nil && !f.isYearlist() {
		err = fmt.Errorf("catalogue in case %s: %w", found.ID, casefile.ErrNotFound)
	}
	return v, f, err
}

func isFiling(spec procedure.ActSpec) bool { return spec.Verb == yearlist.Verb }

// isYearlist reports whether the case is that of a catalogue.
func (f file) isYearlist() bool {
	for _, step := range f.def.Steps {
		if kind, _ := step.Kind(); slices.ContainsFunc(kind.Acts, isFiling) {
			return true
		}
	}
	return false
}

// filing gives the act by which the viewer may file items now, and as whom; empty: there
// is none.
func (f file) filing() (kind string, as access.As) {
	for _, step := range f.def.Steps {
		kind = step.ID + "." + yearlist.Verb
		if ways := f.means.Ways(kind); len(ways) > 0 {
			return kind, ways[0]
		}
	}
	return "", access.As{}
}

func (h *handler) yearlistView(c echo.Context, v viewer, f file) yearlistView {
	lang := language(c)
	n := h.names(lang, f.def)
	view := yearlistView{Page: h.frame(c, lang, v, "yearlist.title"), Matter: f.c.Matter.Title, CaseURL: caseURL(f.c.ID), MaxItems: yearlist.MaxItems}
	view.Page.Title, view.Page.Practice = view.Page.Title+" · "+f.c.Matter.Title, f.c.Practice
	if kind, _ := f.filing(); kind != "" && !v.visitor {
		view.Action = yearlistURL(f.c.ID) + "?form=" + url.QueryEscape(view.Page.Form)
	}
	view.Published, view.Adjusted = text(f.c.Facts["published_on"].Value), text(f.c.Facts["catalogue.adjusted_on"].Value)
	decisions := ""
	if !v.visitor {
		for _, d := range h.openable(v.principal) {
			if d.ID == "cn.major-decision" {
				decisions = d.Name()
			}
		}
	}
	for _, item := range f.c.Catalogue() {
		if item.Screened == "withdrawn" {
			continue
		}
		shown := n.yearlistItem(item, f)
		if shown.Late {
			view.Late++
		}
		if decisions != "" && item.Listed() && item.Result == "" && len(shown.Cases) == 0 {
			shown.OpenURL = "/cases/new?" + url.Values{"procedure": {decisions}, "title": {item.Name}, "category": {item.Category}, "follows": {string(f.c.ID)}}.Encode()
			view.MayOpen = true
		}
		view.Items = append(view.Items, shown)
	}
	return view
}

// catalogueEntry gives what a row says of the entry itself.
func (n names) catalogueEntry(i casefile.CatalogueItem) yearlistItem {
	out := yearlistItem{No: i.No, Name: i.Name, Unit: i.Unit, Basis: i.Basis, Steps: n.list(i.Steps), Timing: i.Timing,
		Gone: i.Screened != "" && !i.Listed()}
	if i.Category != "" {
		out.Category = n.words.name("token", i.Category)
	}
	if !i.PlannedOn.IsZero() {
		out.Planned = i.PlannedOn.String()
	}
	if i.Mark != "" {
		out.Mark = n.words.name("mark", i.Mark)
	}
	return out
}

// yearlistItem gives a row, with the decisions that were opened from the item or are tied to it.
func (n names) yearlistItem(i casefile.CatalogueItem, f file) yearlistItem {
	out := n.catalogueEntry(i)
	out.Reason, out.Late = i.Reason, i.Late(f.today)
	switch {
	case i.Screened == "":
		out.State = n.words["yearlist.filed"]
	case i.Screened != "enter":
		out.State = n.words.name("token", i.Screened)
		if i.Into != "" {
			out.State += " · " + i.Into
		}
	case i.Result != "":
		out.Result = n.words.name("token", i.Result)
	case i.State != "":
		out.State = n.words.name("token", i.State)
	}
	if i.Adjust != "" {
		out.Pending = n.words.name("token", i.Adjust)
		if i.To != nil && i.To.PlannedOn != i.PlannedOn {
			out.Pending += " → " + i.To.PlannedOn.String()
		}
	}
	out.Cases = n.decisionsOf(i, f.following)
	return out
}

func (n names) decisionsOf(i casefile.CatalogueItem, following []casework.Summary) []link {
	var out []link
	for _, s := range following {
		if s.ID == i.Case || s.Title == i.Name {
			out = append(out, link{Name: s.Title + " · " + n.words.name("status", string(s.Status)), URL: caseURL(s.ID)})
		}
	}
	if i.Case != "" && !slices.ContainsFunc(following, func(s casework.Summary) bool { return s.ID == i.Case }) {
		out = append(out, link{Name: n.words["yearlist.tied"], URL: caseURL(i.Case)})
	}
	return out
}

// importItems handles POST /cases/:id/catalogue. The file is read as a whole, and every row
// tried, before anything is filed; each item is then an act of the person who sends it. What
// is broken off is completed by the same file: items that were filed are left out.
func (h *handler) importItems(c echo.Context) error {
	req := c.Request()
	req.Body = http.MaxBytesReader(c.Response(), req.Body, yearlist.MaxBytes+64<<10)
	v, f, err := h.yearlist(c)
	if err == nil && v.visitor {
		err = errSignIn
	}
	if err != nil {
		return err
	}
	kind, as := f.filing()
	if kind == "" {
		return fmt.Errorf("file items of case %s: %w", f.c.ID, casefile.ErrForbidden)
	}
	if err := req.ParseMultipartForm(1 << 20); err != nil {
		return fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
	}
	defer req.MultipartForm.RemoveAll() //nolint:errcheck // temporary files
	sent := req.MultipartForm.File["file"]
	if len(sent) == 0 {
		return h.notImported(c, v, f, 0, &yearlist.Problem{Message: casefile.Text{ZH: "请选择文件。", EN: "choose a file"}})
	}
	content, err := sent[0].Open()
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	defer content.Close()
	rows, err := yearlist.Read(sent[0].Filename, content, f.c.CatalogueYear())
	if err != nil {
		return h.notImported(c, v, f, 0, err)
	}
	fresh := yearlist.Missing(&f.c, rows)
	before := len(f.c.Catalogue())
	if err := h.allWouldBeFiled(req.Context(), v, f, kind, as, fresh); err != nil {
		return h.notImported(c, v, f, 0, err)
	}
	for i, row := range fresh {
		act := casefile.Act{ID: yearlist.ActID(f.c.ID, before+i, row.Name), Kind: kind, With: yearlist.Payload(row.CatalogueEntry)}
		if _, err := h.o.Guard.Act(req.Context(), v.principal, as, f.c.ID, act, 0); err != nil {
			return h.notImported(c, v, f, i, &rowFault{row: row.Row, err: err})
		}
	}
	return c.Redirect(http.StatusSeeOther, fmt.Sprintf("%s?filed=%d&skipped=%d", yearlistURL(f.c.ID), len(fresh), len(rows)-len(fresh)))
}

// allWouldBeFiled tries every row before the first is filed, so that a file with a row that
// is refused files nothing.
func (h *handler) allWouldBeFiled(ctx context.Context, v viewer, f file, kind string, as access.As, rows []yearlist.Row) error {
	for _, row := range rows {
		act := casefile.Act{Kind: kind, With: yearlist.Payload(row.CatalogueEntry)}
		run, err := h.o.Guard.DryRun(ctx, v.principal, as, f.c.ID, act)
		if err == nil && !run.Admitted && run.Verdict.Result == casefile.Block {
			err = &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: casefile.Text{ZH: "规则不允许申报这一事项。", EN: "the rules do not admit this item"}}
		}
		if err != nil {
			return &rowFault{row: row.Row, err: err}
		}
	}
	return nil
}

// rowFault is a row whose act was refused.
type rowFault struct {
	row int
	err error
}

func (f *rowFault) Error() string { return fmt.Sprintf("row %d: %v", f.row, f.err) }
func (f *rowFault) Unwrap() error { return f.err }

// notImported shows the page with what is wrong with the file. Items that were filed
// before a later one was refused are shown.
func (h *handler) notImported(c echo.Context, v viewer, f file, filed int, err error) error {
	if filed > 0 {
		found, readErr := h.o.Guard.Case(c.Request().Context(), v.principal, f.c.ID)
		if readErr != nil {
			return readErr
		}
		f.c = found.Case
	}
	view := h.yearlistView(c, v, f)
	n := h.names(view.Page.Lang, f.def)
	view.Filed, view.Told = filed, filed > 0
	status := http.StatusUnprocessableEntity
	var refusal *casefile.Refusal
	var at *rowFault
	problems := yearlist.Problems(err)
	switch {
	case errors.As(err, &at) && errors.As(err, &refusal):
		status = http.StatusConflict
		view.Problems = []problemRow{{fmt.Sprintf(n.words["yearlist.row"], at.row), n.pick(refusal.Message)}}
	case len(problems) > 0:
		for _, p := range problems {
			view.Problems = append(view.Problems, problemRow{strings.TrimSpace(p.Place(n.words["yearlist.row"])), n.pick(p.Message)})
		}
	default:
		return err
	}
	view.Alert = n.words["yearlist.nothing-filed"]
	if filed > 0 {
		view.Alert = n.words["yearlist.broken-off"]
	}
	return h.pages.show(c, status, view.Page.Lang, "yearlist.html", view)
}
