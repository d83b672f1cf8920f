package web_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
)

func (f *fake) Figures(_ context.Context, q casefile.FigureQuery) (casefile.FigureQuery, casefile.Figures, error) {
	f.figured = append(f.figured, q)
	if q.From.IsZero() {
		q.From, q.Until = date("2024-01-01"), date("2024-04-30")
	}
	if q.From.After(q.Until) {
		return q, casefile.Figures{}, fmt.Errorf("figures: %w", &casefile.Refusal{Code: casefile.RefusedBadValue, Field: "from", Message: both("a period ends after it begins")})
	}
	if q.Organ != organ {
		return q, casefile.Figures{}, nil
	}
	return q, casefile.Figures{
		Behind: q.Practice, Opened: 12, Closed: 5, Running: 33, Attempts: 9, Calls: 2, Comments: 40,
		Steps:   []casefile.StepFigure{{Procedure: "cn.major-decision@2019", Step: "review", Ages: [4]int64{1, 2, 0, 30}}, {Procedure: "gone", Step: "nosuchstep", Ages: [4]int64{0, 1, 0, 0}}},
		Months:  []casefile.MonthFigure{{Month: "2024-02", Met: 4}, {Month: "2024-04", Met: 7, Breached: 3}, {Month: "9999-11", Met: 1}},
		Returns: []casefile.ReturnFigure{{Procedure: "cn.major-decision@2019", From: "review", To: "drafting", N: 8}, {Procedure: "cn.major-decision@2019", To: "intake", N: 1}},
		Blocked: []casefile.BlockedFigure{{Basis: "Decree 713 <art. 15>", N: 6}}, Dispositions: []casefile.DispositionFigure{{Disposition: "adopted", N: 25}, {N: 15}},
	}, nil
}

func TestFiguresAreDrawnAndStandInTables(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	page := b.wants("/figures", 200, "Greening Bureau", `value="2024-01-01"`, "Opened in the period</dt><dd>12", "Review</th><td class=\"n\">1</td>", "nosuchstep", "over 180 days",
		"2024-02</th><td class=\"n\">4</td><td class=\"n\">0</td>", "Review</th><td>Drafting</td><td class=\"n\">8</td>", "The case as a whole", "Decree 713 &lt;art. 15&gt;",
		"Adopted</th><td class=\"n\">25</td>", "Not decided yet", `<svg class="chart"`, `role="img"`, "<desc id=\"steps-desc\">", `href="/figures/deadlines.csv"`, `<th scope="col"`)
	if strings.Count(page, `<svg class="chart"`) != 5 || strings.Contains(page, "2024-03</th>") {
		t.Error("a chart is missing, or a month in which nothing was due has a row")
	}
	if b.fake.figured[0] != (casefile.FigureQuery{Organ: organ}) {
		t.Errorf("asked for %+v", b.fake.figured[0])
	}
	b.wants("/figures?from=2024-03-01&until=2024-03-31&practice=true", 200, "Practice case", "from=2024-03-01&amp;practice=true&amp;until=2024-03-31", "no figures of comments", "are incomplete")
	if q := b.fake.figured[1]; !q.Practice || q.From != date("2024-03-01") || q.Until != date("2024-03-31") {
		t.Errorf("%+v", q)
	}
	b.wants("/figures?from=2024-03-01&until=2023-03-31", 422, "a period ends after it begins", `role="alert"`, `aria-describedby="wrong"`, `value="2024-03-01"`)
	b.lang = "zh"
	b.wants("/figures", 200, "各月期限履行与逾期", "逾期未履行", "尚未处理")
}

func TestFiguresAreForThoseWhoMayListTheCases(t *testing.T) {
	b := newBrowser(t, true)
	for token, status := range map[string]int{"": 303, "administrator": 403, "drafter": 200, "inspector": 200} {
		b.token = token
		for _, target := range []string{"/figures", "/figures/steps.csv"} {
			if rec := b.get(target); rec.Code != status {
				t.Errorf("GET %s by %q: %d", target, token, rec.Code)
			}
		}
	}
	b.token = "drafter"
	b.wants("/figures?organ=Transport+Bureau", 404)
	b.token = "inspector"
	if page := b.wants("/figures?organ=Transport+Bureau", 200, "Nothing in this period.", `<option value="Transport Bureau" selected>`); strings.Contains(page, `<svg class="chart"`) {
		t.Error("nothing is drawn")
	}
	b.wants("/figures/steps", 404)
	b.wants("/figures/other.csv", 404)
	rec := b.get("/figures/returns.csv?from=2024-01-01&until=2024-12-31")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(rec.Body.String(), "\ufeff"))).ReadAll()
	want := [][]string{{"Sent back by", "To", "Times"}, {"Review", "Drafting", "8"}, {"The case as a whole", "Intake", "1"}}
	if diff := cmp.Diff(want, rows); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestFiguresOfTheLastYearThereIsHaveItsMonths(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	if page := b.wants("/figures?from=9999-01-01&until=9999-12-31", 200, "99-12"); len(page) > 100_000 {
		t.Errorf("%d bytes for twelve months", len(page))
	}
}

// A file of figures says by its name and in itself that they are incomplete, and of practice.
func TestFilesOfFiguresSayThatTheyAreIncomplete(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	for practice, behind := range map[string]bool{"": false, "?practice=true": true} {
		rec := b.get("/figures/deadlines.csv" + practice)
		name := "figures-deadlines.csv"
		if behind {
			name = "figures-deadlines-practice-incomplete.csv"
		}
		if got := rec.Header().Get("Content-Disposition"); rec.Code != 200 || got != "attachment; filename="+name || strings.Contains(rec.Body.String(), "incomplete") != behind {
			t.Errorf("%q: %d %s %s", practice, rec.Code, got, rec.Body)
		}
	}
	b.lang = "zh"
	if rec := b.get("/figures/deadlines.csv?practice=true"); !strings.Contains(rec.Body.String(), "不完整") || !strings.Contains(rec.Body.String(), "演练案件") {
		t.Errorf("in Chinese: %s", rec.Body)
	}
}
