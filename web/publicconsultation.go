package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/consult"
)

// consultationView is the page of a consultation.
type consultationView struct {
	Page                           frame
	Row                            consultationRow
	ID, ClosesAt                   string // to the last second
	Takes, Extended, Adoption      bool
	Drafts, Explanations           []paperRow
	Papers                         []paperRow
	Channels                       string
	Moments                        []momentRow
	Rounds                         []roundRow
	Text                           []block
	Comments                       []commentRow
	From, NextURL, FirstURL        string
	Tally                          consult.Tally
	Hiding                         []pair
	Moderation                     []moderationRow
	Chain                          string
	CommentURL, ReportURL, ListURL string
	Feeds, Data                    []link
}

type momentRow struct{ Name, At, Until, Channels string }

type roundRow struct {
	consultationRow
	Round   int
	Current bool
}

// commentRow is a comment as the public may read it.
type commentRow struct {
	Number                       int64
	At, Text, Anchor             string
	Visibility, Stands           string // Stands says why there is no text
	Disposition, Became, Because string
	Attached                     int
	Withdrawn                    bool
}

type moderationRow struct {
	Number  int64
	Comment int64
	At      string
	Action  string
	Reason  string
}

// commentsPage is how many comments a page has, and shownModerations how many acts of
// moderation.
const (
	commentsPage     = 20
	shownModerations = 30
)

// lastSecond gives the last second in which a comment is in time.
func lastSecond(c consult.Consultation) string { return instant(c.ClosesAt.Add(-time.Second)) }

// showConsultation handles GET /public/consultations/:id.
func (h *handler) showConsultation(c echo.Context) error {
	v, ctx := h.visit(c, "/public"), c.Request().Context()
	one, takes, err := h.o.Guard.Consultation(ctx, clip(c.Param("id"), 200))
	if err != nil {
		return err
	}
	base := consultationURL(one.ID)
	view := consultationView{Page: v.titled(one.Title), Row: v.consultation(one, takes), ID: one.ID, ClosesAt: lastSecond(one), Takes: takes, Adoption: one.Adoption,
		Channels: names{words: v.words}.list(one.Channels), Chain: one.Chain,
		CommentURL: v.url(base + "/comment"), ReportURL: v.url(base + "/report"), ListURL: v.url("/public"),
		Feeds: []link{{URL: "/api/v1/public/feeds/consultations.atom", Name: "Atom"}},
		Data: []link{{URL: "/api/v1" + base, Name: v.words["public.data-consultation"]}, {URL: "/api/v1" + base + "/comments", Name: v.words["public.data-comments"]},
			{URL: "/api/v1" + base + "/comments?format=csv", Name: v.words["public.data-table"]}}}
	if err := h.addPapers(ctx, v, one, &view); err != nil {
		return err
	}
	if err := h.addCourse(ctx, v, one, &view); err != nil {
		return err
	}
	if err := h.addComments(c, v, one, &view); err != nil {
		return err
	}
	return h.pages.show(c, http.StatusOK, v.lang, "publicconsultation.html", view)
}

// addPapers adds what can be downloaded, and the text of the draft by articles.
func (h *handler) addPapers(ctx context.Context, v visit, one consult.Consultation, view *consultationView) error {
	base := consultationURL(one.ID)
	docs, err := h.o.Guard.PublicDocuments(ctx, one.ID, one.Case, one.Papers)
	if err != nil {
		return err
	}
	view.Papers = v.papers("/api/v1"+base, docs)
	for i, d := range docs {
		switch d.Role {
		case "draft":
			view.Drafts = append(view.Drafts, view.Papers[i])
		case "explanation":
			view.Explanations = append(view.Explanations, view.Papers[i])
		}
	}
	text, err := h.draftText(ctx, one.ID, docs)
	if err != nil {
		return err
	}
	view.Text = blocksOf(text)
	for i, b := range view.Text {
		if b.Article != "" && view.Takes {
			view.Text[i].CommentURL = v.url(base+"/comment", "article", b.Article)
		}
	}
	return nil
}

// addCourse adds when the organ did what, and the other rounds.
func (h *handler) addCourse(ctx context.Context, v visit, one consult.Consultation, view *consultationView) error {
	moments, err := h.o.Guard.ConsultationCourse(ctx, one)
	if err != nil {
		return err
	}
	view.Moments = v.moments(moments)
	for _, m := range moments {
		view.Extended = view.Extended || m.Verb == "extend"
	}
	if ended := endedAt(view.Row.State, moments); ended != "" {
		view.ClosesAt = ended
	}
	rounds, err := h.o.Guard.Rounds(ctx, one.Case)
	if err != nil {
		return err
	}
	for i, r := range rounds {
		if len(rounds) > 1 {
			view.Rounds = append(view.Rounds, roundRow{v.consultation(r, h.o.Guard.Takes(r)), i + 1, r.ID == one.ID})
		}
	}
	return nil
}

// endedAt gives when the organ ended a call for comments before its time was over; empty
// where it has not, or not for good.
func endedAt(state string, moments []access.Moment) (at string) {
	for _, m := range moments {
		if state == "ended" && m.Verb == "close" {
			at = instant(m.At)
		}
	}
	return at
}

func (v visit) moments(list []access.Moment) []momentRow {
	var out []momentRow
	for _, m := range list {
		row := momentRow{Name: v.words.name("public-moment", m.Verb), At: instant(m.At), Channels: names{words: v.words}.list(m.Channels)}
		if !m.ClosesOn.IsZero() {
			row.Until = m.ClosesOn.String()
		}
		out = append(out, row)
	}
	return out
}

// addComments adds one page of the comments, how many there are of each kind, and what
// was done about them.
func (h *handler) addComments(c echo.Context, v visit, one consult.Consultation, view *consultationView) error {
	ctx := c.Request().Context()
	after, err := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	if err != nil || after < 0 {
		after = 0
	}
	list, err := h.o.Guard.PublicComments(ctx, one.ID, after, commentsPage)
	if err != nil {
		return err
	}
	for _, r := range list {
		view.Comments = append(view.Comments, v.comment(r))
	}
	if len(list) == commentsPage {
		view.NextURL = v.url(consultationURL(one.ID), "after", strconv.FormatInt(list[commentsPage-1].Number, 10)) + "#comments"
	}
	if after > 0 {
		view.FirstURL = v.url(consultationURL(one.ID)) + "#comments"
	}
	if view.Tally, _, err = h.o.Guard.Report(ctx, one.ID); err != nil {
		return err
	}
	view.Hiding = v.hiding(view.Tally)
	log, err := h.o.Guard.PublicModerations(ctx, one.ID, shownModerations)
	if err != nil {
		return err
	}
	for _, m := range log {
		row := moderationRow{Number: m.Number, Comment: m.Comment, At: instant(m.At), Action: v.words.name("public-action", m.Action)}
		if m.Reason != "" {
			row.Reason = v.words.name("public-why", m.Reason)
		}
		view.Moderation = append(view.Moderation, row)
	}
	return nil
}

// hiding gives for which reasons how many comments were hidden.
func (v visit) hiding(t consult.Tally) []pair {
	var out []pair
	for _, reason := range consult.Reasons() {
		if n := t.Hiding[reason]; n > 0 {
			out = append(out, pair{Name: v.words.name("public-why", reason), Value: strconv.FormatInt(n, 10)})
		}
	}
	return out
}

// comment gives a comment as the public may read it.
func (v visit) comment(r consult.Received) commentRow {
	row := commentRow{Number: r.Number, At: instant(r.At), Text: r.Comment.Text, Anchor: r.Comment.Anchor, Visibility: string(r.Visibility), Withdrawn: r.Withdrawn,
		Attached: r.Attached, Disposition: r.Disposition, Because: r.Reason}
	switch {
	case r.Withdrawn:
		row.Visibility, row.Stands = "withdrawn", v.words.name("public-stands", "withdrawn")
	case r.Visibility == consult.Hidden:
		row.Stands = v.words.name("public-stands", "hidden") + v.words.name("public-why", r.Why)
	case r.Visibility != consult.Published:
		row.Stands = v.words.name("public-stands", "pending")
	}
	if r.Disposition != "" {
		row.Became = v.words.name("public-became", r.Disposition)
	}
	return row
}
