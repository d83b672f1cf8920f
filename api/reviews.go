package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

func (h *handler) reviewRoutes(r *routes) {
	r.add("GET", "/api/v1/reviews", access.ReadReviews, h.listReviews, r.quick)
	r.add("GET", "/api/v1/cases/:id/reviews", access.ReadReviews, h.listCaseReviews, r.quick)
	r.once("POST", "/api/v1/cases/:id/reviews", access.WriteReviews, h.beginReview, r.quick)
	r.add("GET", "/api/v1/cases/:id/reviews/:review", access.ReadReviews, h.readReview, r.quick)
	r.once("POST", "/api/v1/cases/:id/reviews/:review/answers", access.WriteReviews, h.answerReview, r.quick)
}

type fileReviewView struct {
	ID        string               `json:"id"`
	Organ     casefile.OrganID     `json:"organ"`
	Case      casefile.ID          `json:"case"`
	Matter    string               `json:"matter"`
	Practice  bool                 `json:"practice"`
	Checklist string               `json:"checklist"`
	Follows   string               `json:"follows,omitempty"`
	By        authorView           `json:"by"`
	At        time.Time            `json:"at"`
	Version   int64                `json:"version"`
	Finished  bool                 `json:"finished"`
	Head      int64                `json:"head,omitempty"`
	Hash      string               `json:"hash,omitempty"`
	Score     *float64             `json:"score,omitempty"`
	Grade     string               `json:"grade,omitempty"`
	Items     []fileReviewItemView `json:"items"`
	Withheld  bool                 `json:"withheld,omitempty"`
}

type fileReviewItemView struct {
	ID      string         `json:"id"`
	Kind    audit.ItemKind `json:"kind"`
	Points  int            `json:"points,omitempty"`
	ZH      string         `json:"zh"`
	EN      string         `json:"en"`
	Basis   string         `json:"basis,omitempty"`
	Shown   audit.Standing `json:"shown"`
	Entries []int64        `json:"entries,omitempty"`
	Result  audit.Standing `json:"result,omitempty"`
	Marks   *int           `json:"marks,omitempty"`
	Reason  string         `json:"reason,omitempty"`
}

func reviewOf(r access.SeenReview) fileReviewView {
	v := fileReviewView{ID: r.ID, Organ: r.Organ, Case: r.Case, Matter: r.Title, Practice: r.Practice, Checklist: r.Checklist, Follows: r.Follows, By: authorView(r.By), At: r.At,
		Version: r.Kept.Number, Finished: r.Kept.Finished, Head: r.Kept.Head, Hash: r.Kept.Hash, Grade: r.Kept.Grade, Items: []fileReviewItemView{}, Withheld: r.Withheld}
	if r.Kept.Finished {
		score := float64(r.Kept.Score) / 10
		v.Score = &score
	}
	for _, j := range r.Kept.Sheet.Items {
		v.Items = append(v.Items, fileReviewItemView{ID: j.ID, Kind: j.Kind, Points: j.Points, ZH: j.Text.ZH, EN: j.Text.EN, Basis: j.Basis, Shown: j.Pre.Standing, Entries: j.Pre.Entries,
			Result: j.Result, Marks: j.Marks, Reason: j.Reason})
	}
	return v
}

type fileReviewPage struct {
	Reviews []fileReviewView `json:"reviews"`
	Next    string           `json:"next,omitempty"`
}

func reviewsOf(list []access.SeenReview, limit int) fileReviewPage {
	out := fileReviewPage{Reviews: []fileReviewView{}}
	for _, r := range list {
		out.Reviews = append(out.Reviews, reviewOf(r))
	}
	if limit > 0 && len(list) == limit {
		out.Next = list[limit-1].ID
	}
	return out
}

// listReviews handles GET /api/v1/reviews.
func (h *handler) listReviews(c echo.Context, p auth.Principal) error {
	q, err := queryOf(c.Request(), "organ", "finished", "practice", "after", "limit")
	if err != nil {
		return err
	}
	f := audit.ReviewFilter{After: clip(q["after"], 100)}
	if q["organ"] != "" {
		f.Organs = []casefile.OrganID{casefile.OrganID(q["organ"])}
	}
	if f.Finished, err = flagOf(q, "finished"); err != nil {
		return err
	}
	if f.Practice, err = flagOf(q, "practice"); err != nil {
		return err
	}
	if f.Limit, err = limitOf(q, 200); err != nil {
		return err
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	list, err := h.guard.Reviews(c.Request().Context(), p, f)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, reviewsOf(list, f.Limit))
}

// listCaseReviews handles GET /api/v1/cases/{id}/reviews.
func (h *handler) listCaseReviews(c echo.Context, p auth.Principal) error {
	if _, err := queryOf(c.Request()); err != nil {
		return err
	}
	list, err := h.guard.ReviewsOf(c.Request().Context(), p, casefile.ID(pathParam(c, "id")))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, reviewsOf(list, 0))
}

// readReview handles GET /api/v1/cases/{id}/reviews/{review}.
func (h *handler) readReview(c echo.Context, p auth.Principal) error {
	if _, err := queryOf(c.Request()); err != nil {
		return err
	}
	r, err := h.guard.Review(c.Request().Context(), p, casefile.ID(pathParam(c, "id")), pathParam(c, "review"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, reviewOf(r))
}

// beginReview handles POST /api/v1/cases/{id}/reviews.
func (h *handler) beginReview(c echo.Context, p auth.Principal) error {
	var req struct {
		Follows string `json:"follows"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	r, err := h.guard.BeginReview(c.Request().Context(), p, casefile.ID(pathParam(c, "id")), req.Follows)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, reviewOf(r))
}

// answerReview handles POST /api/v1/cases/{id}/reviews/{review}/answers.
func (h *handler) answerReview(c echo.Context, p auth.Principal) error {
	var req struct {
		After  int  `json:"after"`
		Head   int  `json:"head"`
		Finish bool `json:"finish"`
		Items  []struct {
			Item   string `json:"item"`
			Result string `json:"result"`
			Marks  *int   `json:"marks"`
			Reason string `json:"reason"`
		} `json:"items"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	said := audit.Saying{After: int64(req.After), Head: int64(req.Head), Finish: req.Finish}
	for _, i := range req.Items {
		said.Answers = append(said.Answers, audit.Answer{Item: i.Item, Result: audit.Standing(i.Result), Marks: i.Marks, Reason: i.Reason})
	}
	r, err := h.guard.KeepReview(c.Request().Context(), p, casefile.ID(pathParam(c, "id")), pathParam(c, "review"), said)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, reviewOf(r))
}
