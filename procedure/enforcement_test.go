package procedure_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

func TestTheObligationsOfTheShippedPacksHaveNoGap(t *testing.T) {
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var definitions []*procedure.Definition
	for _, source := range sources {
		d, err := procedure.Load(source.Name, source.Content)
		if err != nil {
			t.Fatal(err)
		}
		definitions = append(definitions, d)
	}
	listed := 0
	for _, p := range packs {
		if len(p.Obligations()) == 0 {
			continue
		}
		listed++
		m := rules.MakeMatrix(p, rules.RunTests(p, calendar), procedure.Enforcement(definitions, p))
		for _, gap := range m.Gaps {
			t.Errorf("%s: %s", p.Name(), gap)
		}
		t.Logf("%s: %d obligations: %d automated, %d in part, %d unasked, %d human", p.Name(), len(m.Rows), m.Automated, m.InPart, m.Unasked, m.Human)
		for _, row := range m.Rows {
			if row.ID == "comment-days" {
				want := []rules.RuleTest{}
				for _, r := range row.Rules {
					want = append(want, rules.RuleTest{Rule: r.Rule, Steps: []string{"公众参与"}, Positive: max(r.Positive, 1), Negative: max(r.Negative, 1)})
				}
				if diff := cmp.Diff(want, row.Rules); diff != "" || len(want) < 2 {
					t.Errorf("rules behind the comment period (-want +got):\n%s", diff)
				}
			}
		}
	}
	if listed == 0 {
		t.Error("no shipped pack lists obligations")
	}
}
