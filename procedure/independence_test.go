package procedure_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

const art20 = "  - {role: expert, in: interests, with: [undertaking_unit, undertaking_units], basis: 国务院令第713号 第二十条}\n"

// independent gives the shipped definition with another rule of independence.
func independent(t *testing.T, rule string) (*procedure.Definition, error) {
	t.Helper()
	src := shippedSource(t)
	if !strings.Contains(src, art20) {
		t.Fatal("the shipped definition does not keep interested experts out")
	}
	return procedure.Load("independent.yaml", []byte(strings.Replace(src, art20, rule, 1)))
}

func TestARuleOfIndependenceThatCouldExcludeNobodyIsRefused(t *testing.T) {
	for _, tt := range []struct{ name, rule, want string }{
		{"a good one", "  - {role: risk_assessor, in: previous, from: [expert, assessor_elsewhere], basis: 第三十六条}\n", ""},
		{"no basis", "  - {role: expert, in: interests}\n", "independent[0].basis: is missing"},
		{"an unknown role", "  - {role: mayor, in: interests, basis: 第二十条}\n", `role "mayor" does not exist`},
		{"nowhere", "  - {role: expert, in: dreams, basis: 第二十条}\n", `independent[0].in: "dreams"`},
		{"from nobody", "  - {role: expert, in: previous, basis: 第三十六条}\n", "names no role: nobody would be excluded"},
		{"a role that is none", "  - {role: expert, in: previous, from: [Expert], basis: 第三十六条}\n", `"Expert": want small letters`},
		{"a role twice", "  - {role: expert, in: previous, from: [expert, expert], basis: 第三十六条}\n", `role "expert" is named twice`},
		{"facts of the case before", "  - {role: expert, in: previous, from: [expert], with: [assessors_there], basis: 第三十六条}\n", ""},
		{"facts that are none", "  - {role: expert, in: previous, from: [expert], with: [Assessors], basis: 第三十六条}\n", `"Assessors": want small letters`},
		{"roles of an interest", "  - {role: expert, in: interests, from: [expert], basis: 第二十条}\n", "belongs to rules that look at the case before"},
		{"a fact twice", "  - {role: expert, in: interests, with: [undertaking_unit, undertaking_unit], basis: 第二十条}\n", `fact "undertaking_unit" is named twice`},
	} {
		_, err := independent(t, tt.rule)
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "independent.yaml:")) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	for fact, want := range map[string]string{"no_such_fact": "is known to no pack", "highly_technical": "it names nobody"} {
		d, err := independent(t, "  - {role: expert, in: interests, with: ["+fact+"], basis: 第二十条}\n")
		if err != nil {
			t.Fatal(err)
		}
		if err := procedure.Check(d, shippedPacks(t)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", fact, err, want)
		}
	}
}

func TestAnOverlayKeepsTheIndependenceOfItsBase(t *testing.T) {
	previous := "  - {role: risk_assessor, in: previous, from: [expert, studier], basis: 第三十六条}\n"
	base, err := independent(t, art20+previous)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, rules, want string }{
		{"kept", art20 + previous, ""},
		{"more", art20 + previous + "  - {role: counsel, in: interests, basis: 本地办法 第二条}\n", ""},
		{"more roles", art20 + strings.Replace(previous, "studier]", "studier, drafter]", 1), ""},
		{"more facts", strings.Replace(art20, "undertaking_units]", "undertaking_units, experts]", 1) + previous, ""},
		{"dropped", previous, `drops the independence of "expert" (cn.major-decision.2019.yaml`},
		{"another kind", strings.Replace(art20, "in: interests, with: [undertaking_unit, undertaking_units]", "in: previous, from: [expert]", 1) + previous, `drops the independence of "expert"`},
		{"fewer roles", art20 + strings.Replace(previous, "expert, studier", "expert", 1), `drops the independence of "risk_assessor"`},
		{"fewer facts", strings.Replace(art20, "undertaking_unit, ", "", 1) + previous, `drops the independence of "expert"`},
	} {
		over, err := independent(t, tt.rules)
		if err != nil {
			t.Fatal(err)
		}
		over.ID, over.Over = "xx.local", base.Name()
		err = procedure.Tightens(base, over)
		want := strings.Replace(tt.want, "cn.major-decision.2019.yaml", "independent.yaml", 1)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, want)
		}
	}
}

func TestARuleOfIndependenceIsKeptWithTheCase(t *testing.T) {
	d := decision(t)
	kept, err := procedure.ParseCanonical(d.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	if !kept.Asks([]casefile.Role{"drafter", "expert"}, procedure.InInterests) || kept.Asks([]casefile.Role{"drafter"}, procedure.InInterests) ||
		kept.Asks([]casefile.Role{"expert"}, procedure.InPrevious) {
		t.Error("the kept definition asks otherwise")
	}
}
