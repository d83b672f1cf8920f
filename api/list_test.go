package api_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

func TestEveryFilterOfAListReachesTheUseCase(t *testing.T) {
	c := newClient(t)
	a := c.ask("GET", "/api/v1/cases?practice=false&procedure=cn.major-decision@2019&category=public_policy&step=participation"+
		"&opened_from=2024-01-01&opened_until=2024-12-31&sort=updated&order=asc&count=true", "drafter", "")
	a.want(t, http.StatusOK, "")
	want := casework.Filter{Organ: organ, Practice: new(bool), Procedure: "cn.major-decision@2019", Category: "public_policy",
		Step: "participation", OpenedFrom: date("2024-01-01"), OpenedUntil: date("2024-12-31"), Sort: "updated", Ascending: true}
	// The count is of the same cases, of the caller's organ alone.
	if diff := cmp.Diff([]casework.Filter{want, want}, c.fake.filters, cmpopts.EquateComparable(legaltime.Date{})); diff != "" {
		t.Errorf("filters:\n%s", diff)
	}
	page := decode[struct {
		Count *struct {
			Cases int64
			Whole bool
		}
	}](t, a)
	if page.Count == nil || page.Count.Cases != 2 || !page.Count.Whole {
		t.Errorf("count: %s", a.Body)
	}
}

func TestAWrongFilterOfAListIsRefused(t *testing.T) {
	c := newClient(t)
	for _, query := range []string{
		"sort=size", "order=up", "count=yes", "opened_from=2024-02-30", "opened_until=tomorrow", "step=A", "step=%25", "limit=0", "limit=201",
		"sort=opened&sort=updated", "practice=1",
	} {
		c.ask("GET", "/api/v1/cases?"+query, "drafter", "").want(t, http.StatusUnprocessableEntity, "invalid-request")
	}
	c.ask("GET", "/api/v1/cases?organ=x", "drafter", "").want(t, http.StatusUnprocessableEntity, "unknown-field")
	if len(c.fake.filters) > 0 {
		t.Error("a wrong filter reached the use case")
	}
}
