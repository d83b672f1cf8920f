package annual_test

import (
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// document is a case that publishes a document, up to its publication.
func document(r *record, id casefile.ID, on, number, effective, until string) *told {
	return r.opens(id, on, procedure.LegalityReview, procedure.DocumentPublication, procedure.Filing).
		does(on, "legality-review.conclude", nil, ends("lawful")).
		does(on, "document-publication.publish", nil, facts(casefile.Values{"doc_number": number, "published_on": on, "effective_on": effective, "expires_on": until, "doc_type": "ordinary"}))
}

func warned(due string) func(*casefile.Entry) {
	return func(e *casefile.Entry) {
		e.Verdict = &casefile.Verdict{Result: casefile.Pass, Findings: []casefile.Finding{{Rule: "nd-filing-30d", Effect: casefile.EffectWarn, Result: casefile.Pass, Due: date(due)}}}
	}
}

func TestDocuments(t *testing.T) {
	r := newRecord(t)
	document(r, "n1", "2025-03-01", "1号", "2025-04-01", "2026-03-31")  // its term ends in the year
	document(r, "n2", "2025-03-02", "2号", "2025-04-01", "2030-03-31")  // in force
	document(r, "n6", "2026-12-20", "6号", "2027-01-20", "2031-12-31"). // not in force yet
										does("2027-01-10", "filing.file", nil, facts(casefile.Values{"filed_on": "2027-01-10"}))
	document(r, "n3", "2026-05-06", "3号", "2026-06-06", "2031-06-05").
		does("2026-05-06", "document-publication.interpret", nil, facts(casefile.Values{"interpretation_on": "2026-05-06"})).
		does("2026-06-04", "filing.file", nil, facts(casefile.Values{"filed_on": "2026-06-04"})).
		does("2026-06-10", "filing.conclude", nil, warned("2026-06-05"), ends("registered"))
	document(r, "n4", "2026-05-07", "4号", "2026-06-06", "").
		does("2026-05-08", "document-publication.interpret", nil, facts(casefile.Values{"interpretation_on": "2026-05-08"})).
		does("2026-06-09", "filing.file", nil, facts(casefile.Values{"filed_on": "2026-06-09"})).
		does("2026-06-10", "filing.sent_back", casefile.Values{"lacking": []string{"bases"}}).
		does("2026-06-12", "filing.conclude", nil, warned("2026-06-06"), ends("registered"))
	r.opens("n5", "2026-05-08", procedure.DocumentPublication).
		does("2026-05-08", "document-publication.publish", nil, facts(casefile.Values{"doc_number": "5号", "published_on": "2026-05-08", "effective_on": "2026-05-08"}))
	says(t, r.count(2026), map[string]figure{
		"documents-made":             {value: "4", count: 4},
		"documents-expired":          {value: "1", count: 1},
		"documents-in-force":         {value: "4", count: 4}, // 2, 3, 4, 5
		"documents-reviewed":         {value: "75.0", count: 3, whole: 4},
		"interpretation-synchronous": {value: "25.0", count: 1, whole: 4},
		"filing-rate":                {value: "75.0", count: 3, whole: 4},
		"filing-timely":              {value: "50.0", count: 1, whole: 2},
		"filing-standard":            {value: "33.3", count: 1, whole: 3},
		"reviews":                    {value: "3", count: 3, parts: "lawful=3"},
		"reviews-with-counsel":       {value: "0.0", whole: 3},
		"papers-lacking":             {value: "1", count: 1, parts: "bases=1"},
	})
	report := r.count(2026)
	inForce, _ := report.Figure("documents-in-force")
	for i, id := range []casefile.ID{"n2", "n3", "n4", "n5"} {
		if inForce.Counted[i].Case != id || inForce.Counted[i].Entry == 0 {
			t.Errorf("in force are %v", inForce.Counted)
		}
	}
	if got, _ := r.count(2025).Figure("documents-in-force"); got.Count != 2 {
		t.Errorf("%d documents were in force at the end of 2025, want 2", got.Count)
	}
}
