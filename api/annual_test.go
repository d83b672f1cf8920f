package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// yearbook stands in for the counting of annual figures.
type yearbook struct{ frozen []annual.Frozen }

func (y *yearbook) report() annual.Report {
	whole := int64(4)
	return annual.Report{Format: "f/1", Organ: organ, Year: 2026, Log: annual.Log{Size: 7, Root: strings.Repeat("ab", 32)}, At: time.Date(2027, 1, 4, 8, 0, 0, 0, time.UTC), Figures: []annual.Figure{{
		ID: "filing-rate", Value: "75.0", Count: 3, Whole: &whole, Parts: []annual.Part{{Part: "a", N: 3}},
		Counted: []annual.Ref{{Case: "c1", Entry: 9, N: 3, Part: "a"}}, Of: []annual.Ref{{Case: "c1", Review: "r1", N: 4}}}}}
}

func (y *yearbook) Current(_ context.Context, q annual.Query) (annual.Report, error) {
	if q.Year != 2026 {
		return annual.Report{}, &casefile.Refusal{Code: casefile.RefusedBadValue, Field: "year", Message: casefile.Text{ZH: "年度不对", EN: "not that year"}}
	}
	return y.report(), nil
}

func (y *yearbook) Restated(context.Context, annual.Query, annual.Report) ([]annual.Restated, error) {
	return []annual.Restated{{ID: "filing-rate", Was: "50.0", Is: "75.0", Added: []annual.Ref{{Case: "c1", Entry: 9, N: 1}}, Removed: []annual.Ref{}}}, nil
}

func (y *yearbook) Against(context.Context, annual.Query, int64, annual.Report) ([]annual.Restated, error) {
	return nil, nil
}

func (y *yearbook) Versions(context.Context, annual.Query) ([]annual.Frozen, error) {
	return y.frozen, nil
}

func (y *yearbook) Version(_ context.Context, _ annual.Query, version int64) (annual.Frozen, error) {
	if version > int64(len(y.frozen)) {
		return annual.Frozen{}, casefile.ErrNotFound
	}
	return y.frozen[version-1], nil
}

func (y *yearbook) Freeze(_ context.Context, q annual.Query, by annual.Person) (annual.Frozen, error) {
	content, err := y.report().Canonical()
	f := annual.Frozen{Organ: q.Organ, Year: int(q.Year), Version: 1, Size: 7, Root: "ab", Note: []byte("note"), ByName: by.Name, Digest: annual.Digest(content), Content: content, At: y.report().At}
	y.frozen = append(y.frozen, f)
	return f, err
}

func TestAnnualFiguresAreReadAndFrozen(t *testing.T) {
	c, y := newClient(t), &yearbook{}
	var err error
	if c.api, err = api.New(api.Options{Guard: access.New(access.Options{Cases: c.fake, Annual: y}), Authenticator: c.people, Refusals: c.fake, Replies: noReplies{}}); err != nil {
		t.Fatal(err)
	}
	const at = "/api/v1/figures/annual"
	now := c.ask("GET", at+"?year=2026", "drafter", "")
	now.want(t, http.StatusOK, "")
	contains(t, now.Body.String(), `"was":"50.0"`, `"formula"`, "规范性文件报备率", `"versions":[]`)
	c.ask("GET", at, "drafter", "").want(t, http.StatusUnprocessableEntity, "invalid-request")
	c.ask("GET", at+"?year=2026&version=0", "drafter", "").want(t, http.StatusUnprocessableEntity, "invalid-request")
	c.ask("GET", at+"?year=2025", "drafter", "").want(t, http.StatusUnprocessableEntity, "bad-value")
	c.ask("GET", at+"?year=2026&organ=x", "drafter", "").want(t, http.StatusNotFound, "not-found")
	c.ask("GET", at+"?year=2026", "", "").want(t, http.StatusUnauthorized, "unauthenticated")
	c.ask("POST", at, "drafter", `{"year":2026}`).want(t, http.StatusForbidden, "forbidden")
	frozen := c.ask("POST", at, "auditor", `{"year":2026}`)
	frozen.want(t, http.StatusCreated, "")
	contains(t, frozen.Body.String(), `"version":1`, `"by":"审计"`)
	c.ask("GET", at+"?year=2026&version=2", "drafter", "").want(t, http.StatusNotFound, "not-found")
	var answered struct {
		Report json.RawMessage
		Frozen struct{ Digest casefile.Digest }
	}
	kept := c.ask("GET", at+"?year=2026&version=1", "drafter", "")
	kept.want(t, http.StatusOK, "")
	if err := json.Unmarshal(kept.Body.Bytes(), &answered); err != nil {
		t.Fatal(err)
	}
	canonical, err := ledger.CanonicalJSON(answered.Report)
	if err != nil || annual.Digest(canonical) != answered.Frozen.Digest {
		t.Errorf("the digest is not that of the report: %v", err)
	}
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, part := range wanted {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %s", part, text)
		}
	}
}
