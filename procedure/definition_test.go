package procedure_test

import (
	"testing"

	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

type library []*rules.Pack

func (l library) Pack(name string) (*rules.Pack, bool) {
	for _, p := range l {
		if p.Name() == name {
			return p, true
		}
	}
	return nil, false
}

// shippedPacks gives the packs that come with the program.
func shippedPacks(t testing.TB) library {
	t.Helper()
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return packs
}

func shippedCalendar(t testing.TB) *legaltime.Calendar {
	t.Helper()
	cal, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// decision gives the shipped definition of the major decision.
func decision(t testing.TB) *procedure.Definition {
	t.Helper()
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if s.Name == "cn.major-decision.2019.yaml" {
			d, err := procedure.Load(s.Name, s.Content)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
	}
	t.Fatal("the major decision is not shipped")
	return nil
}

func TestTheShippedDefinitionFitsItsPacks(t *testing.T) {
	if err := procedure.Check(decision(t), shippedPacks(t)); err != nil {
		t.Error(err)
	}
}
