package casework

import (
	"context"
	"errors"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// several are cases by id.
type several struct {
	Store
	cases map[casefile.ID]casefile.Case
}

func (s several) Case(_ context.Context, id casefile.ID) (casefile.Case, error) {
	c, ok := s.cases[id]
	if !ok {
		return c, casefile.ErrNotFound
	}
	return c, nil
}

func TestAnActNamesACaseThatIsFit(t *testing.T) {
	_, kept, _ := evaluated(t)
	ended := kept.c
	ended.ID, ended.Status, ended.End, ended.Practice = "ended", casefile.StatusClosed, "published", true
	ended.Matter.Follows, ended.Pinned.Procedure = "c", "cn.normative-document@2018"
	runs := ended
	runs.ID, runs.Status, runs.Matter.Follows = "runs", casefile.StatusRunning, "another"
	here := ended
	here.ID = "c"
	real := ended
	real.ID, real.Practice = "real", false
	s := New(Options{Store: several{cases: map[casefile.ID]casefile.Case{"ended": ended, "runs": runs, "c": here, "real": real}}})
	field := func(o procedure.Other) procedure.Field {
		return procedure.Field{Name: "case", Kind: procedure.KindCase, Other: o}
	}
	for _, tt := range []struct {
		named casefile.ID
		other procedure.Other
		want  bool
	}{
		{"ended", procedure.Other{}, true},
		{"ended", procedure.Other{Follows: true, Closed: true, Procedures: []string{"cn.normative-document"}}, true},
		{"ended", procedure.Other{Ends: []string{"withheld", "published"}}, true},
		{"ended", procedure.Other{Ends: []string{"withheld"}}, false},
		{"ended", procedure.Other{Procedures: []string{"cn.major-decision"}}, false},
		{"runs", procedure.Other{}, true},
		{"runs", procedure.Other{Closed: true}, false},
		{"runs", procedure.Other{Follows: true}, false},
		{"real", procedure.Other{}, false},
		{"nosuch", procedure.Other{}, false},
		{"c", procedure.Other{}, false},
	} {
		refusal, err := s.checkOther(t.Context(), here, field(tt.other), tt.named)
		if err != nil || (refusal == nil) != tt.want || refusal != nil && refusal.Field != "case" {
			t.Errorf("%s under %+v: %v, %v; want fit %t", tt.named, tt.other, refusal, err, tt.want)
		}
	}
}

func TestAnActThatNobodyKnowsNamesNoCase(t *testing.T) {
	s, _, _ := evaluated(t)
	err := s.checkOthers(t.Context(), "c", casefile.Act{Kind: "nosuch.act", With: casefile.Values{"case": "nosuch"}})
	var refusal *casefile.Refusal
	if errors.As(err, &refusal) || err != nil {
		t.Errorf("%v; want it left to the procedure", err)
	}
}
