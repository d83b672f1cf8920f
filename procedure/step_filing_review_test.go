package procedure_test

import (
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// What makes no sense in a filing review is refused, with the field that is wrong.
func TestWhatAFilingReviewRefuses(t *testing.T) {
	digest := strings.Repeat("0a", 32)
	for _, tt := range []struct {
		name  string
		of    procedure.StepTypeID
		verb  string
		facts casefile.Values
		with  casefile.Values
		want  casefile.RefusalCode // empty: it is taken
		field string
	}{
		{"without a package", procedure.FilingReception, "receive", nil, casefile.Values{}, "", ""},
		{"a verified package", procedure.FilingReception, "receive", nil, casefile.Values{"package_digest": digest, "package_verified": true}, "", ""},
		{"a package that was not verified", procedure.FilingReception, "receive", nil, casefile.Values{"package_digest": digest}, casefile.RefusedMissingField, "package_verified"},
		{"a package that is not what it says", procedure.FilingReception, "receive", nil, casefile.Values{"package_digest": digest, "package_verified": false}, casefile.RefusedMissingField, "package_verified"},
		{"no digest", procedure.FilingReception, "supplemented", nil, casefile.Values{"package_digest": "0A", "package_verified": true}, casefile.RefusedBadValue, "package_digest"},

		{"notified on the day", procedure.FilingReception, "ask_supplement", casefile.Values{"filing_received_on": "2025-06-20"}, casefile.Values{"notice_on": "2025-06-20"}, "", ""},
		{"notified before it came in", procedure.FilingReception, "ask_supplement", casefile.Values{"filing_received_on": "2025-06-20"}, casefile.Values{"notice_on": "2025-06-19"}, casefile.RefusedBadValue, "notice_on"},
		{"asked again before it came in", procedure.FilingReception, "ask_supplement", casefile.Values{"filing_received_on": ""}, casefile.Values{"notice_on": "2025-06-25"}, casefile.RefusedNotPossible, ""},
		{"registered", procedure.FilingReception, "register", casefile.Values{"filing_received_on": "2025-06-20"}, casefile.Values{}, "", ""},
		{"registered before the supplement came in", procedure.FilingReception, "register", casefile.Values{"filing_received_on": ""}, casefile.Values{}, casefile.RefusedNotPossible, ""},

		{"nothing found", procedure.FilingExamination, "conclude", casefile.Values{"review_problem": false}, casefile.Values{"result": "no-problem"}, "", ""},
		{"something found, and passed over", procedure.FilingExamination, "conclude", casefile.Values{"review_problem": true}, casefile.Values{"result": "no-problem"}, casefile.RefusedBadValue, "result"},
		{"something found, and only reminded of", procedure.FilingExamination, "conclude", casefile.Values{"review_problem": true}, casefile.Values{"result": "reminded", "text": "x"}, casefile.RefusedBadValue, "result"},
		{"something found", procedure.FilingExamination, "conclude", casefile.Values{"review_problem": true}, casefile.Values{"result": "to-correct"}, "", ""},
		{"a correction of nothing", procedure.FilingExamination, "conclude", casefile.Values{"review_problem": false}, casefile.Values{"result": "to-correct"}, casefile.RefusedBadValue, "result"},
		{"a reminder of nothing", procedure.FilingExamination, "conclude", casefile.Values{"review_problem": false}, casefile.Values{"result": "reminded"}, casefile.RefusedMissingField, "text"},

		{"an answer", procedure.FilingCorrection, "maker_answers", nil, casefile.Values{}, "", ""},
		{"a plan", procedure.FilingCorrection, "maker_answers", nil, casefile.Values{"plan": "x", "until": "2025-09-30"}, "", ""},
		{"a plan without end", procedure.FilingCorrection, "maker_answers", nil, casefile.Values{"plan": "x"}, casefile.RefusedMissingField, "until"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kind, _ := procedure.Type(tt.of)
			spec, _ := kind.Act(tt.verb)
			c := &casefile.Case{Facts: map[string]casefile.Fact{}}
			for _, name := range casefile.SortedNames(tt.facts) {
				c.Facts[name] = casefile.Fact{Name: name, Value: tt.facts[name]}
			}
			refusal := spec.Check(&procedure.Acting{Case: c, With: tt.with})
			switch {
			case refusal == nil && tt.want != "", refusal != nil && (refusal.Code != tt.want || refusal.Field != tt.field):
				t.Errorf("%+v, want %q of %q", refusal, tt.want, tt.field)
			case refusal != nil && (refusal.Message.ZH == "" || refusal.Message.EN == ""):
				t.Error("it does not say why in both languages")
			}
		})
	}
}
