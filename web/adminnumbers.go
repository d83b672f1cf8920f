package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// adminNumbersView is a series of numbers of an organ, and how they are printed.
type adminNumbersView struct {
	Page     frame
	Admin    adminHead
	Kinds    []choice
	Kind     string
	Year     int
	Practice bool
	MayEdit  bool
	Prefix   string // that is printed now, or what was typed
	Forms    []formRow
	Rows     []numberRow
	NextURL  string
	Wrong    string
}

// formRow is a way in which numbers are printed, or were.
type formRow struct{ Prefix, Person, At string }

// numberRow is one number that was given.
type numberRow struct {
	Text    string
	CaseURL string // empty: not for the viewer
	Void    bool
}

// maxNumbers bounds a page of numbers.
const maxNumbers = 100

// listNumbers handles GET /admin/numbers.
func (h *handler) listNumbers(r adminRequest) error {
	return h.numbersPage(r, http.StatusOK, adminNumbersView{})
}

// setSeries handles POST /admin/numbers.
func (h *handler) setSeries(r adminRequest) error {
	kind, prefix := r.typed("kind"), r.typed("prefix")
	if !slices.Contains(procedure.NumberKinds(), kind) {
		return fmt.Errorf("kind of series: %w", casefile.ErrNotFound)
	}
	err := h.o.Guard.SetSeries(r.ctx(), r.p, kind, prefix, h.o.Now())
	if errors.Is(err, casefile.ErrInvalid) {
		return h.numbersPage(r, http.StatusUnprocessableEntity, adminNumbersView{Prefix: prefix, Wrong: r.n.words["numbers.wrong"]})
	}
	if err != nil {
		return err
	}
	return r.Redirect(http.StatusSeeOther, "/admin/numbers?"+url.Values{"kind": {kind}}.Encode())
}

func (h *handler) numbersPage(r adminRequest, status int, view adminNumbersView) error {
	view.Page, view.Admin = h.adminFrame(r, r.n.words["numbers.title"], "numbers")
	view.Kind, view.Year, view.Practice = r.FormValue("kind"), yearOf(r), r.QueryParam("practice") != ""
	view.MayEdit = r.organ == r.p.Organ && access.Permit(r.p, access.WriteNumbers) == nil
	kinds := procedure.NumberKinds()
	if !slices.Contains(kinds, view.Kind) {
		view.Kind = kinds[0]
	}
	for _, kind := range kinds {
		view.Kinds = append(view.Kinds, choice{Value: kind, Name: r.n.words.name("series-kind", kind), Chosen: kind == view.Kind})
	}
	forms, err := h.o.Guard.SeriesOf(r.ctx(), r.p, r.organ)
	if err != nil {
		return err
	}
	for _, f := range forms {
		if f.Kind == view.Kind {
			view.Forms = append(view.Forms, formRow{Prefix: f.Prefix, Person: string(f.Person), At: clock(f.At)})
		}
	}
	if view.Prefix == "" && len(view.Forms) > 0 {
		view.Prefix = view.Forms[0].Prefix
	}
	behind, err := strconv.ParseInt(r.QueryParam("behind"), 10, 64)
	if err != nil || behind < 0 {
		behind = 0
	}
	of := casefile.Series{Organ: r.organ, Kind: view.Kind, Year: view.Year, Practice: view.Practice}
	list, void, err := h.o.Guard.Numbers(r.ctx(), r.p, of, behind, maxNumbers)
	if err != nil {
		return err
	}
	reads := access.Permit(r.p, access.ReadCase) == nil
	for _, n := range list {
		row := numberRow{Text: n.Text, Void: void[n.Serial]}
		if reads {
			row.CaseURL = caseURL(n.Case)
		}
		view.Rows = append(view.Rows, row)
	}
	if len(list) == maxNumbers {
		practice := ""
		if view.Practice {
			practice = "true"
		}
		view.NextURL = r.url("/admin/numbers", "kind", view.Kind, "year", strconv.Itoa(view.Year), "practice", practice, "behind", strconv.FormatInt(list[len(list)-1].Serial, 10))
	}
	return h.pages.show(r.Context, status, r.n.lang, "adminnumbers.html", view)
}

// yearOf gives the year that is asked for, or this one.
func yearOf(r adminRequest) int {
	year, err := strconv.Atoi(r.QueryParam("year"))
	if err != nil || year < 1949 || year > 9999 {
		return r.today.Year()
	}
	return year
}
