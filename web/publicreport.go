package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/consult"
)

// reportView is what became of the views (意见采纳情况).
type reportView struct {
	Page             frame
	Row              consultationRow
	BackURL          string
	Published        bool // what became of the views is
	Tally            consult.Tally
	Hiding           []pair
	Dispositions     []dispositionRow
	Chain            string
	Now, PublishedAt string
}

type dispositionRow struct {
	Kind, Name string
	Count      int64
	Share      string
	Answers    []answerRow
}

type answerRow struct {
	Reason, Said string
	Count        int64
	Numbers      []link
	More         int64 // numbers that are not listed
}

// quoted bounds how many answers quote a view to which they were given.
const quoted = 30

// showReport handles GET /public/consultations/:id/report.
func (h *handler) showReport(c echo.Context) error {
	v, ctx := h.visit(c, "/public"), c.Request().Context()
	one, takes, err := h.o.Guard.Consultation(ctx, clip(c.Param("id"), 200))
	if err != nil {
		return err
	}
	tally, answers, err := h.o.Guard.Report(ctx, one.ID)
	if err != nil {
		return err
	}
	view := reportView{Page: v.titled(v.words["public.report-title"]), Row: v.consultation(one, takes), BackURL: v.url(consultationURL(one.ID)),
		Published: one.Adoption, Tally: tally, Hiding: v.hiding(tally), Chain: one.Chain, Now: instant(v.now)}
	if view.Published {
		if view.Dispositions, err = h.dispositions(ctx, v, one.ID, tally, answers); err != nil {
			return err
		}
		moments, err := h.o.Guard.ConsultationCourse(ctx, one)
		if err != nil {
			return err
		}
		for _, m := range moments {
			if m.Verb == "publish_adoption" {
				view.PublishedAt = instant(m.At)
			}
		}
	}
	return h.pages.show(c, http.StatusOK, v.lang, "publicreport.html", view)
}

// dispositions groups the answers by what became of the views.
func (h *handler) dispositions(ctx context.Context, v visit, id string, tally consult.Tally, answers []consult.Answer) ([]dispositionRow, error) {
	var out []dispositionRow
	for _, kind := range consult.Dispositions() {
		row := dispositionRow{Kind: kind, Name: v.words.name("public-became", kind), Count: tally.Disposed[kind]}
		if all := tally.Received(); all > 0 {
			row.Share = fmt.Sprintf("%.1f%%", float64(row.Count)*100/float64(all))
		}
		for i, a := range answers {
			if a.Disposition != kind {
				continue
			}
			answer := answerRow{Reason: a.Reason, Count: a.Count, More: a.Count - int64(len(a.Numbers))}
			for _, n := range a.Numbers {
				answer.Numbers = append(answer.Numbers, link{Name: strconv.FormatInt(n, 10),
					URL: v.url(consultationURL(id), "after", strconv.FormatInt(n-1, 10)) + "#comment-" + strconv.FormatInt(n, 10)})
			}
			var err error
			if i < quoted {
				if answer.Said, err = h.said(ctx, id, a.Numbers); err != nil {
					return nil, err
				}
			}
			row.Answers = append(row.Answers, answer)
		}
		out = append(out, row)
	}
	return out, nil
}

// said quotes the first of some views that the public may read.
func (h *handler) said(ctx context.Context, id string, numbers []int64) (string, error) {
	for _, n := range numbers[:min(len(numbers), 3)] {
		list, err := h.o.Guard.PublicComments(ctx, id, n-1, 1)
		if err != nil {
			return "", err
		}
		if len(list) == 1 && list[0].Number == n && list[0].Comment.Text != "" {
			return clip(list[0].Comment.Text, 400), nil
		}
	}
	return "", nil
}
