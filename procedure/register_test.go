package procedure_test

import (
	"fmt"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// What acts of making a document change in the register: publication enters it, a
// registered filing is noted, nothing else is.
func TestWhatMakingADocumentChangesInTheRegister(t *testing.T) {
	day := func(text string) legaltime.Date {
		d, err := legaltime.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	facts := func(values casefile.Values) map[string]casefile.Fact {
		out := map[string]casefile.Fact{}
		for _, name := range casefile.SortedNames(values) {
			out[name] = casefile.Fact{Name: name, Value: values[name]}
		}
		return out
	}
	whole := casefile.Values{"doc_number": "真街规〔2026〕1号", "effective_on": "2026-03-01", "expires_on": "2031-02-28", "published_on": "2026-01-20", "doc_type": "ordinary"}
	for _, tt := range []struct {
		name  string
		of    procedure.StepTypeID
		verb  string
		facts casefile.Values
		with  casefile.Values
		want  []casefile.DocumentChange
	}{
		{"published", procedure.DocumentPublication, "publish", whole, nil, []casefile.DocumentChange{{Document: "真街规〔2026〕1号", Change: casefile.DocumentPublished, On: day("2026-03-01"), Until: day("2031-02-28"),
			Published: day("2026-01-20"), Title: "停车管理办法", Kind: "ordinary"}}},
		{"published without a number", procedure.DocumentPublication, "publish", casefile.Values{"published_on": "2026-01-20"}, nil, nil},
		{"registered", procedure.Filing, "conclude", whole, casefile.Values{"result": "registered", "notice_on": "2026-02-10", "register_number": "备7号"},
			[]casefile.DocumentChange{{Document: "真街规〔2026〕1号", Change: casefile.DocumentFiled, On: day("2026-02-10"), By: "备7号"}}},
		{"out of scope", procedure.Filing, "conclude", whole, casefile.Values{"result": "out-of-scope", "notice_on": "2026-02-10"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kind, _ := procedure.Type(tt.of)
			spec, _ := kind.Act(tt.verb)
			c := &casefile.Case{Matter: casefile.Matter{Title: "停车管理办法"}, Facts: facts(tt.facts)}
			got := spec.Registers(c, casefile.Entry{Kind: casefile.EntryAct, Act: &casefile.Act{With: tt.with}})
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("changes %v, want %v", got, tt.want)
			}
		})
	}
}
