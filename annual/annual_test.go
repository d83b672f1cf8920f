package annual_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// figure is what a figure must say: its value, and the parts and the fraction behind it.
type figure struct {
	value        string
	count, whole int64
	parts        string
}

func shown(f annual.Figure) figure {
	out := figure{value: f.Value, count: f.Count}
	if f.Whole != nil {
		out.whole = *f.Whole
	}
	for _, p := range f.Parts {
		out.parts += p.Part + "=" + string(rune('0'+p.N)) + " "
	}
	out.parts = strings.TrimSpace(out.parts)
	return out
}

// says compares the figures of a report that are named; all others must be nothing.
func says(t *testing.T, r annual.Report, want map[string]figure) {
	t.Helper()
	for _, f := range r.Figures {
		expected, named := want[f.ID]
		if !named && f.Count == 0 && len(f.Of) == 0 {
			continue
		}
		if diff := cmp.Diff(expected, shown(f), cmp.AllowUnexported(figure{})); diff != "" {
			t.Errorf("%s: %s", f.ID, diff)
		}
	}
	for id := range want {
		if _, ok := r.Figure(id); !ok {
			t.Errorf("there is no figure %s", id)
		}
	}
}

func TestEveryFigureIsDefinedOnce(t *testing.T) {
	seen := map[string]bool{}
	at := 0
	for _, d := range annual.Definitions() {
		if seen[d.ID] {
			t.Errorf("%s is defined twice", d.ID)
		}
		seen[d.ID] = true
		for name, part := range map[string]string{"zh": d.Name.ZH, "en": d.Name.EN, "unit zh": d.Unit.ZH, "unit en": d.Unit.EN, "formula zh": d.Formula.ZH, "formula en": d.Formula.EN, "basis": d.Basis, "kind": string(d.Kind)} {
			if part == "" {
				t.Errorf("%s has no %s", d.ID, name)
			}
		}
		if d.Group.Title().IsZero() {
			t.Errorf("%s is in group %q, which has no title", d.ID, d.Group)
		}
		group := slices.Index(annual.Groups(), d.Group)
		if group < at {
			t.Errorf("%s stands behind the figures of a later group", d.ID)
		}
		at = group
	}
	if len(seen) < 50 {
		t.Errorf("%d figures", len(seen))
	}
}

// TestADecision counts one decision that was issued in 2026.
func TestADecision(t *testing.T) {
	r := newRecord(t)
	c := r.opens("d1", "2025-12-20", procedure.Launch, procedure.Participation, procedure.ExpertArgument, procedure.RiskAssessment, procedure.FairCompetition,
		procedure.LegalityReview, procedure.Deliberation, procedure.PartyReport, procedure.Publication, procedure.SubmissionCheck)
	c.does("2025-12-21", "launch.decide", nil, ends("launch"), enters("participation", true), enters("expert_argument", true), enters("risk_assessment", false), enters("fair_competition", true)).
		does("2025-12-31", "participation.open", nil, facts(casefile.Values{"comment_open_on": "2025-12-31", "comment_close_on": "2026-01-20", "short_reason_in_notice": "紧急"})).
		does("2026-01-05", "participation.close", nil, stopped("mad-comment-window-elapsed", "第十五条")).
		does("2026-01-21", "participation.close", nil).
		does("2026-01-21", "participation.register", casefile.Values{"count": float64(7)}).
		does("2026-01-22", "participation.answer", casefile.Values{"count": int64(6), "adopted": int64(2), "partly": int64(1), "not_adopted": int64(3)}).
		does("2026-01-23", "participation.conclude", nil, ends("done")).
		does("2026-01-23", "fair_competition.conclude", nil, ends("compliant"), enters("legality_review", true)).
		does("2026-01-24", "legality_review.submit", nil).
		does("2026-01-26", "legality_review.return", casefile.Values{"lacking": []any{"legal-basis", "explanation"}}, ends("returned"), enters("legality_review", true)).
		does("2026-01-30", "legality_review.accept", nil, facts(casefile.Values{"review_received_on": "2026-01-30"})).
		does("2026-02-02", "legality_review.counsel_opinion", nil).
		does("2026-02-03", "legality_review.conclude", nil, ends("lawful-with-conditions"), enters("deliberation", true)).
		does("2026-02-04", "deliberation.decide", nil, facts(casefile.Values{"majority_view": "reject", "chief_decision": "defer"})).
		does("2026-02-04", "deliberation.minutes", nil, ends("deferred"), enters("deliberation", true)).
		does("2026-02-05", "deliberation.decide", nil, facts(casefile.Values{"majority_view": "approve", "chief_decision": "approve"})).
		does("2026-02-05", "deliberation.minutes", nil, ends("approved"), enters("party_report", true)).
		does("2026-02-06", "party_report.conclude", nil, ends("issued"), enters("publication", true)).
		does("2026-02-09", "publication.publish", nil)
	says(t, r.count(2026), map[string]figure{
		"decisions-issued":             {value: "1", count: 1},
		"decisions-published":          {value: "1", count: 1},
		"decisions-with-participation": {value: "100.0", count: 1, whole: 1},
		"decisions-with-expert":        {value: "0.0", whole: 1}, // required, never concluded
		"decisions-with-competition":   {value: "100.0", count: 1, whole: 1},
		"decisions-with-legality":      {value: "100.0", count: 1, whole: 1},
		"decisions-with-deliberation":  {value: "100.0", count: 1, whole: 1},
		"decided-against-majority":     {value: "1", count: 1},
		"decisions-deferred":           {value: "1", count: 1},
		"comment-days":                 {value: "20.0", count: 20, whole: 1},
		"opinions-received":            {value: "7", count: 7},
		"opinions-adopted":             {value: "50.0", count: 3, whole: 6},
		"reviews":                      {value: "1", count: 1, parts: "lawful-with-conditions=1"},
		"reviews-returned":             {value: "1", count: 1},
		"reviews-conditional":          {value: "1", count: 1},
		"reviews-working-days":         {value: "2.0", count: 2, whole: 1}, // Monday and Tuesday
		"reviews-with-counsel":         {value: "100.0", count: 1, whole: 1},
		"blocked":                      {value: "1", count: 1},
		"blocked-by-article":           {value: "1", count: 1, parts: "第十五条=1"},
		"returns":                      {value: "2", count: 2, parts: "deliberation=1 legality-review=1"},
		"papers-lacking":               {value: "2", count: 2, parts: "explanation=1 legal-basis=1"},
	})
	says(t, r.count(2025), map[string]figure{
		"decisions-opened": {value: "1", count: 1}, "comment-windows": {value: "1", count: 1}, "comment-shortened": {value: "100.0", count: 1, whole: 1},
	})
	says(t, r.count(2024), nil)
}

// TestWhatFollows counts the catalogue, clean-ups and what comes after a decision, by the
// facts and outcomes that their steps record.
func TestWhatFollows(t *testing.T) {
	r := newRecord(t)
	r.opens("catalogue", "2026-01-05", "catalogue-publication", "catalogue-tracking", "catalogue-account").
		does("2026-03-01", "catalogue-publication.publish", nil, facts(casefile.Values{"listed_items": []any{"一", "二", "三"}})).
		does("2026-06-01", "catalogue-tracking.adjust_publish", nil, facts(casefile.Values{"listed_items": []any{"一", "二"}})).
		does("2026-12-30", "catalogue-account.account", casefile.Values{"item": "一", "result": "cancelled"}).
		does("2026-12-30", "catalogue-account.account", casefile.Values{"item": "二", "result": "carried-over"}).
		does("2026-12-31", "catalogue-account.account", casefile.Values{"item": "一", "result": "completed"})
	r.opens("cleanup", "2026-02-01", "cleanup-publication", "cleanup-followup").
		does("2026-05-01", "cleanup-publication.publish", nil, facts(casefile.Values{"kept": []string{"a", "b"}, "to_amend": []string{"c"}, "to_repeal": []string{"d"}, "lapsed": []string{}})).
		does("2026-05-02", "cleanup-publication.conclude", nil, ends("published"), enters("cleanup_followup", true)).
		does("2027-01-02", "cleanup-followup.schedule", nil, facts(casefile.Values{"provided_for": []string{"c"}}))
	r.opens("after", "2026-02-01", "execution", "adjustment", "post-evaluation").
		does("2026-05-01", "adjustment.conclude", nil, ends("adjusted")).
		does("2026-06-01", "post-evaluation.conclude", nil, ends("keep"), enters("post_evaluation", true)).
		does("2026-07-01", "post-evaluation.close", nil, ends("none")).
		does("2026-08-01", "execution.complete", nil, ends("completed"))
	says(t, r.count(2026), map[string]figure{
		"catalogue-items":       {value: "3", count: 3},
		"catalogue-adjustments": {value: "1", count: 1},
		"catalogue-results":     {value: "2", count: 2, parts: "carried-over=1 completed=1"},
		"catalogue-completed":   {value: "50.0", count: 1, whole: 2},
		"cleanups":              {value: "1", count: 1},
		"cleanup-results":       {value: "4", count: 4, parts: "kept=2 to_amend=1 to_repeal=1"},
		"cleanup-carried-out":   {value: "50.0", count: 1, whole: 2},
		"executions-completed":  {value: "1", count: 1},
		"decisions-adjusted":    {value: "1", count: 1},
		"post-evaluations":      {value: "1", count: 1, parts: "keep=1"},
		"returns":               {value: "0"},
	})
}

// TestChallenges counts what came in and whether it was answered by the day that the
// rules gave.
func TestChallenges(t *testing.T) {
	r := newRecord(t)
	duty := func(rule, due string) func(*casefile.Entry) {
		return func(e *casefile.Entry) {
			e.Deadlines = append(e.Deadlines, casefile.Deadline{ID: rule, Rule: rule, Due: date(due), State: casefile.DeadlineOpen})
		}
	}
	r.opens("challenge", "2026-02-01", "review-receipt", "review-result").
		does("2026-02-02", "review-receipt.register", nil, facts(casefile.Values{"notice_received_on": "2026-02-02", "replied_on": ""}), duty("ndl-reconsideration-reply-10wd", "2026-02-16")).
		does("2026-02-17", "review-receipt.reply", nil, facts(casefile.Values{"replied_on": "2026-02-17"})).
		does("2026-03-02", "review-receipt.register", nil, facts(casefile.Values{"notice_received_on": "2026-03-02", "replied_on": ""}), duty("ndl-reconsideration-reply-10wd", "2026-03-16")).
		does("2026-03-16", "review-receipt.reply", nil, facts(casefile.Values{"replied_on": "2026-03-16"})).
		does("2026-04-01", "review-receipt.register", nil, facts(casefile.Values{"advice_received_on": "2026-04-01"}), duty("ndl-judicial-advice-60d", "2026-05-31")).
		does("2026-04-02", "review-result.record", casefile.Values{"result": "clause-stopped"})
	r.opens("filed", "2026-02-01", procedure.Filing).
		does("2026-02-02", "filing.opinion_received", nil, facts(casefile.Values{"opinion_received_on": "2026-02-02", "replied_on": ""}), duty("nd-congress-opinion-2m", "2026-04-02")).
		does("2026-03-03", "filing.reply", nil, facts(casefile.Values{"replied_on": "2026-03-03"}))
	says(t, r.count(2026), map[string]figure{
		"incidental-review-received": {value: "2", count: 2}, "incidental-review-in-time": {value: "50.0", count: 1, whole: 2},
		"judicial-advice-received": {value: "1", count: 1}, "review-results": {value: "1", count: 1, parts: "clause-stopped=1"},
		"congress-opinion-received": {value: "1", count: 1}, "congress-opinion-in-time": {value: "100.0", count: 1, whole: 1},
	})
}

func TestReviewsOfFiles(t *testing.T) {
	r := newRecord(t)
	r.opens("c", "2026-01-05", procedure.Intake)
	marks := 3
	sheet := audit.Sheet{Items: []audit.Judged{
		{Item: audit.Item{ID: "a", Text: casefile.Text{ZH: "卷内目录"}, Points: 5, Kind: audit.Points}, Result: audit.Met, Marks: &marks},
		{Item: audit.Item{ID: "b", Text: casefile.Text{ZH: "签名"}}, Result: audit.NotMet}, {Item: audit.Item{ID: "c"}, Result: audit.NotApplicable},
	}}
	for id, one := range map[string]struct {
		score int
		at    time.Time
	}{
		"r1": {905, time.Date(2025, 12, 31, 16, 30, 0, 0, time.UTC)}, // 1 January in Shanghai
		"r2": {850, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)},
		"r3": {100, time.Date(2026, 12, 31, 16, 30, 0, 0, time.UTC)}, // the year after
	} {
		r.reviews = append(r.reviews, audit.Review{ID: id, Case: "c", Organ: organ, Kept: audit.Version{Number: 1, Finished: true, Score: one.score, Grade: "qualified", Sheet: sheet, At: one.at}})
	}
	says(t, r.count(2026), map[string]figure{
		"file-reviews": {value: "2", count: 2, parts: "qualified=2"}, "file-score": {value: "87.8", count: 1755, whole: 2},
		"file-defects": {value: "4", count: 4, parts: "卷内目录=2 签名=2"},
	})
}

func TestPracticeIsCountedAloneOrNotAtAll(t *testing.T) {
	r := newRecord(t)
	entries := golden(t, "major-decision-2019-whole")
	def := shipped(t, "cn.major-decision")
	for i := range entries {
		entries[i].Organ = organ
		if entries[i].Pinned != nil {
			entries[i].Pinned = r.pinning(def)
		}
	}
	r.add(entries...)
	says(t, r.count(2024), nil)
	played, err := r.service().Current(t.Context(), annual.Query{Organ: organ, Year: 2024, Practice: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"decisions-issued", "decisions-with-participation", "comment-days", "reviews", "blocked", "deadlines-met"} {
		if f, _ := played.Figure(id); f.Count == 0 {
			t.Errorf("%s counts nothing in a whole decision", id)
		}
	}
}

func TestAYearThatHasNotBegunIsRefused(t *testing.T) {
	r := newRecord(t)
	for _, year := range []annual.Year{0, 2028, 10000} {
		_, err := r.service().Current(t.Context(), annual.Query{Organ: organ, Year: year})
		var refusal *casefile.Refusal
		if !errors.As(err, &refusal) || refusal.Field != "year" {
			t.Errorf("%d: %v", year, err)
		}
	}
}
