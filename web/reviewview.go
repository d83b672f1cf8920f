package web

import (
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/audit"
)

// reviewRow is a review in a list.
type reviewRow struct {
	ID, URL, CaseURL, Matter, Organ string
	State, StateName                string
	Grade, GradeName, Score         string
	By, At, KeptAt                  string
	LookBack, Practice, Finished    bool
}

// tenths writes a score of a hundred.
func tenths(n int) string { return fmt.Sprintf("%d.%d", n/10, n%10) }

func (n names) reviewRow(r access.SeenReview) reviewRow {
	out := reviewRow{ID: r.ID, URL: reviewURL(r.Case, r.ID), CaseURL: caseURL(r.Case), Matter: r.Title, Organ: string(r.Organ), State: "open", By: r.By.Name, At: minute(r.At),
		LookBack: r.Follows != "", Practice: r.Practice, Finished: r.Kept.Finished}
	if out.Matter == "" {
		out.Matter = string(r.Case)
	}
	if r.Kept.Number > 0 {
		out.KeptAt = minute(r.Kept.At)
	}
	if r.Kept.Finished {
		out.State, out.Grade, out.GradeName, out.Score = "finished", r.Kept.Grade, n.words.name("review-grade", r.Kept.Grade), tenths(r.Kept.Score)
	}
	out.StateName = n.words.name("review-state", out.State)
	return out
}

func (n names) reviewRows(list []access.SeenReview) []reviewRow {
	var out []reviewRow
	for _, r := range list {
		out = append(out, n.reviewRow(r))
	}
	return out
}

func (n names) itemKind(i audit.Item) string {
	if i.Kind == audit.Points {
		return fmt.Sprintf(n.words["reviews.points"], i.Points)
	}
	return n.words["reviews.veto"]
}

func (n names) standing(s audit.Standing) string {
	if s == "" {
		return n.words["reviews.undecided"]
	}
	return n.words.name("review-standing", string(s))
}

// oneReview is one review: its form, or as it was finished.
type oneReview struct {
	Page frame
	reviewRow
	Vetoes, Points []itemView
	After, Head    int64
	Hash           string
	Checklist      string
	Grades         []string // from how many points each is
	MayKeep        bool
	Withheld       bool
	ListURL        string
	Before         *reviewRow
	Changes        []changeView
	Sent           sentReview
}

type itemView struct {
	ID, Text, Kind, Basis string
	Max                   int // 0: a veto
	Pre, PreName          string
	Entries               []link
	Result, ResultName    string
	Results               []choice
	Marks, Reason         string
	Wrong                 string
}

type changeView struct{ Text, Before, After string }

// reviewPage shows a review, with what was sent of it.
func (h *handler) reviewPage(c echo.Context, v viewer, status int, sent sentReview) error {
	_, found, err := h.visible(c)
	if err != nil {
		return err
	}
	id, err := param(c, "review")
	if err != nil {
		return fmt.Errorf("review: %w", err)
	}
	r, err := h.o.Guard.Review(c.Request().Context(), v.principal, found.ID, id)
	if err != nil {
		if status, refusal := refusalOf(err); refusal != nil {
			return h.caseReviews(c, v, status, h.names(language(c), nil).pick(refusal.Message))
		}
		return fmt.Errorf("review of case %s: %w", found.ID, err)
	}
	lang := language(c)
	n := h.names(lang, nil)
	view := oneReview{Page: h.frame(c, lang, v, "reviews.one"), reviewRow: n.reviewRow(r), After: r.Kept.Number, Head: r.Kept.Head, Hash: r.Kept.Hash, Checklist: r.Checklist,
		MayKeep: r.MayKeep, Withheld: r.Withheld, ListURL: caseURL(found.ID) + "/reviews", Sent: sent}
	view.Page.Practice = found.Practice
	view.Page.Title += " · " + found.Matter.Title
	for _, j := range r.Kept.Sheet.Items {
		item := n.reviewItem(view.CaseURL, j)
		item.typed(sent, n)
		if j.Kind == audit.Veto {
			view.Vetoes = append(view.Vetoes, item)
		} else {
			view.Points = append(view.Points, item)
		}
	}
	for _, g := range r.Kept.Sheet.Grades {
		view.Grades = append(view.Grades, fmt.Sprintf(n.words["reviews.grade-from"], n.words.name("review-grade", g.ID), g.From))
	}
	if r.Before != nil {
		before := n.reviewRow(access.SeenReview{Review: *r.Before})
		view.Before = &before
		for _, change := range audit.Changes(r.Before.Kept.Sheet, r.Kept.Sheet) {
			view.Changes = append(view.Changes, changeView{Text: n.pick(change.Item.Text), Before: n.said(change.Before), After: n.said(change.After)})
		}
	}
	return h.pages.show(c, status, lang, "review.html", view)
}

// said gives what was said of an item in few words.
func (n names) said(j audit.Judged) string {
	out := n.standing(j.Result)
	if j.Marks != nil {
		out += fmt.Sprintf(" %d/%d", *j.Marks, j.Points)
	}
	return out
}

func (n names) reviewItem(caseURL string, j audit.Judged) itemView {
	out := itemView{ID: j.ID, Text: n.pick(j.Text), Kind: n.itemKind(j.Item), Basis: j.Basis, Max: j.Points, Pre: string(j.Pre.Standing), PreName: n.standing(j.Pre.Standing),
		Result: string(j.Result), ResultName: n.standing(j.Result), Reason: j.Reason}
	for _, entry := range j.Pre.Entries {
		out.Entries = append(out.Entries, link{URL: caseURL + anchor(entry), Name: fmt.Sprintf(n.words["findings.entry"], entry)})
	}
	if j.Marks != nil {
		out.Marks = strconv.Itoa(*j.Marks)
	}
	out.choose(n)
	return out
}

func (i *itemView) choose(n names) {
	i.Results = []choice{{Name: n.standing(""), Chosen: i.Result == ""}}
	for _, s := range audit.Standings() {
		i.Results = append(i.Results, choice{Value: string(s), Name: n.standing(s), Chosen: i.Result == string(s)})
	}
}

// typed puts what was typed into the form of an item.
func (i *itemView) typed(sent sentReview, n names) {
	if sent.items == nil {
		return
	}
	i.Result, i.Marks, i.Reason = sent.items.Get("result."+i.ID), sent.items.Get("marks."+i.ID), sent.items.Get("reason."+i.ID)
	i.choose(n)
	if sent.Field == i.ID {
		i.Wrong = sent.Wrong
	}
}
