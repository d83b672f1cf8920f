package web

import (
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
)

// reviewRoutes registers the reviews of whole files.
func (h *handler) reviewRoutes(e *echo.Echo) {
	e.GET("/reviews", h.signedIn(access.ReadReviews, h.showReviews))
	e.GET("/reviews.csv", h.signedIn(access.ReadReviews, h.downloadReviews))
	e.GET("/cases/:id/reviews", h.signedIn(access.ReadReviews, h.showCaseReviews))
	e.POST("/cases/:id/reviews", h.signedIn(access.WriteReviews, h.beginReview))
	e.GET("/cases/:id/reviews/:review", h.signedIn(access.ReadReviews, h.showReview))
	h.formRoute(e, "/cases/:id/reviews/:review", h.signedIn(access.WriteReviews, h.keepReview), h.signedIn(access.WriteReviews, h.showReviewAgain))
}

func reviewURL(of casefile.ID, id string) string {
	return caseURL(of) + "/reviews/" + url.PathEscape(id)
}

const maxReviews = 500

// reviewsView is the list over all cases.
type reviewsView struct {
	Page                           frame
	Auditor, Filtered, Cut         bool
	Organs, States, Grades, Practs []choice
	Rows                           []reviewRow
	Tally                          reviewTally
	CSVURL                         string
}

type reviewTally struct {
	Reviews int
	Average string
	Items   []itemTally
}

type itemTally struct {
	Text, Kind            string
	Applied, NotMet, Lost int
}

// reviewsFilter is what was asked for; what is no value asks for none.
func reviewsFilter(c echo.Context) (f audit.ReviewFilter, q url.Values) {
	q = url.Values{}
	if organ := clip(c.QueryParam("organ"), 200); organ != "" {
		f.Organs = []casefile.OrganID{casefile.OrganID(organ)}
		q.Set("organ", organ)
	}
	if state := c.QueryParam("state"); state == "finished" || state == "open" {
		finished := state == "finished"
		f.Finished = &finished
		q.Set("state", state)
	}
	if grade := c.QueryParam("grade"); slices.Contains(grades(), grade) {
		f.Grade = grade
		q.Set("grade", grade)
	}
	if practice := c.QueryParam("practice"); practice == "true" || practice == "false" {
		only := practice == "true"
		f.Practice = &only
		q.Set("practice", practice)
	}
	f.Limit = maxReviews
	return f, q
}

// grades are those that there are words for.
func grades() []string { return []string{"excellent", "qualified", audit.Unqualified} }

// showReviews handles GET /reviews.
func (h *handler) showReviews(c echo.Context, v viewer) error {
	f, q := reviewsFilter(c)
	list, err := h.o.Guard.Reviews(c.Request().Context(), v.principal, f)
	if err != nil {
		return fmt.Errorf("reviews: %w", err)
	}
	lang := language(c)
	n := h.names(lang, nil)
	view := reviewsView{Page: h.frame(c, lang, v, "reviews.title"), Auditor: v.principal.Holds(auth.Auditor), Rows: n.reviewRows(list), Filtered: len(q) > 0, Cut: len(list) == maxReviews, CSVURL: "/reviews.csv?" + q.Encode()}
	if view.Auditor && len(v.principal.Oversees) > 0 {
		view.Organs = append(view.Organs, choice{Name: n.words.name("organ", "all")})
		for _, organ := range append([]casefile.OrganID{v.principal.Organ}, v.principal.Oversees...) {
			view.Organs = append(view.Organs, choice{Value: string(organ), Name: string(organ), Chosen: q.Get("organ") == string(organ)})
		}
	}
	any := choice{Name: n.words["audit.any"]}
	view.States, view.Grades, view.Practs = []choice{any}, []choice{any}, []choice{any}
	for _, state := range []string{"finished", "open"} {
		view.States = append(view.States, choice{Value: state, Name: n.words.name("review-state", state), Chosen: q.Get("state") == state})
	}
	for _, grade := range grades() {
		view.Grades = append(view.Grades, choice{Value: grade, Name: n.words.name("review-grade", grade), Chosen: q.Get("grade") == grade})
	}
	for _, kind := range []string{"false", "true"} {
		view.Practs = append(view.Practs, choice{Value: kind, Name: n.words.name("practice", kind), Chosen: q.Get("practice") == kind})
	}
	view.Tally = n.tally(list)
	return h.pages.show(c, http.StatusOK, lang, "reviews.html", view)
}

func (n names) tally(list []access.SeenReview) reviewTally {
	all := make([]audit.Review, len(list))
	for i, r := range list {
		all[i] = r.Review
	}
	t := audit.Count(all)
	out := reviewTally{Reviews: t.Reviews, Average: tenths(t.Average)}
	for _, i := range t.Items {
		out.Items = append(out.Items, itemTally{Text: n.pick(i.Item.Text), Kind: n.itemKind(i.Item), Applied: i.Applied, NotMet: i.NotMet, Lost: i.Lost})
	}
	return out
}

// downloadReviews handles GET /reviews.csv: what the list would show.
func (h *handler) downloadReviews(c echo.Context, v viewer) error {
	f, _ := reviewsFilter(c)
	list, err := h.o.Guard.Reviews(c.Request().Context(), v.principal, f)
	if err != nil {
		return fmt.Errorf("reviews: %w", err)
	}
	n := h.names(language(c), nil)
	rows := [][]string{{"id", "organ", "case", "matter", "practice", "checklist", "follows", "state", "score", "grade", "not_met", "marks_lost", "head", "hash", "by", "begun", "kept"}}
	for _, one := range list {
		r := n.reviewRow(one)
		var failed, lost []string
		for _, j := range one.Kept.Sheet.Items {
			if j.Result == audit.NotMet {
				failed = append(failed, n.pick(j.Text))
			}
			if j.Marks != nil && *j.Marks < j.Points {
				lost = append(lost, fmt.Sprintf("%s %d/%d", n.pick(j.Text), *j.Marks, j.Points))
			}
		}
		rows = append(rows, []string{one.ID, r.Organ, string(one.Case), one.Title, strconv.FormatBool(one.Practice), one.Checklist, one.Follows, r.StateName, r.Score, r.GradeName,
			strings.Join(failed, "; "), strings.Join(lost, "; "), strconv.FormatInt(one.Kept.Head, 10), one.Kept.Hash, r.By, r.At, r.KeptAt})
	}
	return h.table(c, "reviews.csv", rows)
}

// caseReviewsView is the reviews of one case.
type caseReviewsView struct {
	Page            frame
	Matter, CaseURL string
	Action          string // begins a review; empty: not for the viewer
	NoList          bool   // there is no checklist for the procedure
	Checklist, Note string
	Rows            []reviewRow
	Wrong           string
}

// showCaseReviews handles GET /cases/:id/reviews.
func (h *handler) showCaseReviews(c echo.Context, v viewer) error {
	return h.caseReviews(c, v, http.StatusOK, "")
}

func (h *handler) caseReviews(c echo.Context, v viewer, status int, wrong string) error {
	_, found, err := h.visible(c)
	if err != nil {
		return err
	}
	list, err := h.o.Guard.ReviewsOf(c.Request().Context(), v.principal, found.ID)
	if err != nil {
		return fmt.Errorf("reviews of case %s: %w", found.ID, err)
	}
	by, ok, err := audit.ChecklistFor(found.Pinned.Procedure)
	if err != nil {
		return err
	}
	lang := language(c)
	n := h.names(lang, nil)
	view := caseReviewsView{Page: h.frame(c, lang, v, "reviews.of-case"), Matter: found.Matter.Title, CaseURL: caseURL(found.ID), NoList: !ok, Checklist: n.pick(by.Title), Note: n.pick(by.Note), Rows: n.reviewRows(list), Wrong: wrong}
	view.Page.Practice = found.Practice
	if ok && access.Permit(v.principal, access.WriteReviews) == nil {
		view.Action = caseURL(found.ID) + "/reviews"
	}
	return h.pages.show(c, status, lang, "casereviews.html", view)
}

// beginReview handles POST /cases/:id/reviews.
func (h *handler) beginReview(c echo.Context, v viewer) error {
	id, follows := c.Param("id"), c.FormValue("follows")
	if !idPattern.MatchString(id) || follows != "" && !idPattern.MatchString(follows) {
		return fmt.Errorf("review: %w", casefile.ErrNotFound)
	}
	r, err := h.o.Guard.BeginReview(c.Request().Context(), v.principal, casefile.ID(id), follows)
	if err == nil {
		return c.Redirect(http.StatusSeeOther, reviewURL(r.Case, r.ID))
	}
	status, refusal := refusalOf(err)
	if refusal == nil {
		return fmt.Errorf("begin review: %w", err)
	}
	return h.caseReviews(c, v, status, h.names(language(c), nil).pick(refusal.Message))
}

// sentReview is what somebody sent of a review, and what is wrong with it.
type sentReview struct {
	items        url.Values // nil: nothing was sent
	Wrong, Field string
}

// showReview handles GET /cases/:id/reviews/:review.
func (h *handler) showReview(c echo.Context, v viewer) error {
	return h.reviewPage(c, v, http.StatusOK, sentReview{})
}

// showReviewAgain shows the form with what was typed.
func (h *handler) showReviewAgain(c echo.Context, v viewer) error {
	form, err := c.FormParams()
	if err != nil {
		return fmt.Errorf("review: %w", casefile.ErrInvalid)
	}
	return h.reviewPage(c, v, http.StatusOK, sentReview{items: form})
}

// keepReview handles POST /cases/:id/reviews/:review.
func (h *handler) keepReview(c echo.Context, v viewer) error {
	id, review := c.Param("id"), c.Param("review")
	form, err := c.FormParams()
	if err != nil {
		return fmt.Errorf("review: %w", casefile.ErrInvalid)
	}
	said := audit.Saying{Finish: form.Get("do") == "finish", Answers: sentAnswers(form)}
	var bad [2]error
	said.After, bad[0] = strconv.ParseInt(form.Get("after"), 10, 64)
	said.Head, bad[1] = strconv.ParseInt(form.Get("head"), 10, 64)
	if bad[0] != nil || bad[1] != nil || !idPattern.MatchString(id) || !idPattern.MatchString(review) {
		return fmt.Errorf("review: %w", casefile.ErrNotFound)
	}
	_, err = h.o.Guard.KeepReview(c.Request().Context(), v.principal, casefile.ID(id), review, said)
	if err == nil {
		return c.Redirect(http.StatusSeeOther, reviewURL(casefile.ID(id), review))
	}
	status, refusal := refusalOf(err)
	if refusal == nil {
		return fmt.Errorf("keep review: %w", err)
	}
	return h.reviewPage(c, v, status, sentReview{items: form, Wrong: h.names(language(c), nil).pick(refusal.Message), Field: refusal.Field})
}

// sentAnswers reads the answers of a form: result.ITEM, marks.ITEM and reason.ITEM.
func sentAnswers(form url.Values) []audit.Answer {
	var out []audit.Answer
	for _, name := range casefile.SortedNames(form) {
		item, ok := strings.CutPrefix(name, "result.")
		if !ok {
			continue
		}
		a := audit.Answer{Item: item, Result: audit.Standing(form.Get(name)), Reason: strings.TrimSpace(lines(form.Get("reason." + item)))}
		if text := strings.TrimSpace(form.Get("marks." + item)); text != "" {
			marks, err := strconv.Atoi(text)
			if err != nil {
				marks = -1 // no item has such marks
			}
			a.Marks = &marks
		}
		out = append(out, a)
	}
	return out
}
