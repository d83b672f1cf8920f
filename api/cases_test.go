package api_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

func TestOpenCase(t *testing.T) {
	c := newClient(t)
	a := c.ask("POST", "/api/v1/cases", "drafter", `{"id":"o1","procedure":"cn.major-decision@2019",
		"matter":{"title":"方案","category":"public_policy"},"with":{"body_kind":"government"}}`)
	a.want(t, http.StatusCreated, "")
	if got := a.Header().Get("Location"); got != "/api/v1/cases/new1" {
		t.Errorf("Location = %q", got)
	}
	want := []casework.Opening{{ID: "o1", Procedure: "cn.major-decision@2019", Organ: organ,
		Matter: casefile.Matter{Title: "方案", Category: "public_policy"}, With: casefile.Values{"body_kind": "government"},
		By: casefile.Actor{Person: "p1", Name: "承办人", Unit: "办公室", Roles: []casefile.Role{"drafter"}}}}
	if diff := cmp.Diff(want, c.fake.opened, cmpopts.EquateComparable(legaltime.Date{})); diff != "" {
		t.Errorf("opening:\n%s", diff)
	}
}

func TestAnOpeningThatTheRulesStopIsRefusedWithTheVerdict(t *testing.T) {
	c := newClient(t)
	c.fake.err = fmt.Errorf("open: %w", &casework.Blocked{Verdict: verdict()})
	a := c.ask("POST", "/api/v1/cases", "drafter", `{"id":"o1","procedure":"x","matter":{"title":"t","category":"c"}}`)
	a.want(t, http.StatusConflict, "gate-refused")
	if a.Problem.Sequence != 0 || a.Problem.Verdict == nil || len(c.fake.attempts) != 1 {
		t.Errorf("%s; attempts %v", a.Body, c.fake.attempts)
	}
}

func TestListIsOfTheCallersOrganAndFiltered(t *testing.T) {
	c := newClient(t)
	a := c.ask("GET", "/api/v1/cases?practice=true&status=running&q=%E5%9E%83&after=cur&limit=7", "drafter", "")
	a.want(t, http.StatusOK, "")
	practice := true
	want := []casework.Filter{{Organ: organ, Practice: &practice, Status: casefile.StatusRunning, Query: "垃", After: "cur", Limit: 7}}
	if diff := cmp.Diff(want, c.fake.filters, cmpopts.EquateComparable(legaltime.Date{})); diff != "" {
		t.Errorf("filter:\n%s", diff)
	}
	page := decode[struct {
		Cases []struct{ ID, Organ string }
		Next  string
	}](t, a)
	if len(page.Cases) != 2 || page.Next != "cursor-2" {
		t.Errorf("page: %s", a.Body)
	}
	if strings.Contains(c.ask("GET", "/api/v1/cases", "stranger", "").Body.String(), string(organ)) {
		t.Error("a list shows another organ's case")
	}
}

func TestReadCaseShowsWhatIsPossibleAndWhatBlocksIt(t *testing.T) {
	c := newClient(t)
	type possible struct {
		Kind       string
		Allowed    bool
		Hindrances []casefile.Finding
		Supplies   []string
		Fields     []struct{ Name, Kind string }
	}
	got := decode[struct {
		Case struct {
			Opinions []struct{ Stale bool }
		}
		Possible []possible
	}](t, c.ask("GET", "/api/v1/cases/c1", "drafter", ""))
	if len(got.Possible) != 2 || !got.Possible[0].Allowed || len(got.Possible[0].Hindrances) != 2 || len(got.Possible[0].Fields) != 1 {
		t.Errorf("possible: %+v", got.Possible)
	}
	if len(got.Case.Opinions) != 1 || !got.Case.Opinions[0].Stale {
		t.Errorf("opinions: %+v", got.Case.Opinions)
	}
	alone := decode[struct{ Possible []possible }](t, c.ask("GET", "/api/v1/cases/c1/possible", "drafter", ""))
	if diff := cmp.Diff(got.Possible, alone.Possible, cmpopts.EquateComparable(legaltime.Date{})); diff != "" {
		t.Errorf("the two ways to read what is possible differ:\n%s", diff)
	}
	if c.fake.actors[0].Person != "p1" {
		t.Errorf("possible was asked for %v", c.fake.actors[0])
	}
}

func TestAnEmptyCaseHasNoNulls(t *testing.T) {
	c := newClient(t)
	c.fake.cases["c5"] = casefile.Case{ID: "c5", Organ: organ, Status: casefile.StatusRunning, Matter: casefile.Matter{Title: "事项"}}
	if a := c.ask("GET", "/api/v1/cases/c5", "drafter", ""); strings.Contains(a.Body.String(), `"steps":null`) {
		t.Errorf("%s", a.Body)
	}
}

func TestEntriesNameTheirLeafHash(t *testing.T) {
	c := newClient(t)
	got := decode[struct {
		Entries []struct {
			Index    int64
			LeafHash string `json:"leaf_hash"`
		}
	}](t, c.ask("GET", "/api/v1/cases/c1/entries", "drafter", ""))
	// printf '\0leaf' | sha256sum
	const want = "0d27e27f7827ccd745199e8eb3a6af368e1064af42ae9f83740e98121e2bc025"
	if len(got.Entries) != 2 || got.Entries[0].Index != 41 || got.Entries[0].LeafHash != want {
		t.Errorf("entries: %+v", got.Entries)
	}
}

// Each entry names the person who made it, or the rule or timer.
func TestAnEntryThatNobodyMadeNamesItsCause(t *testing.T) {
	c := newClient(t)
	got := decode[struct {
		Entries []struct {
			Entry struct {
				Act   *casefile.Act
				Cause *casefile.Cause
			}
		}
	}](t, c.ask("GET", "/api/v1/cases/c1/entries", "drafter", ""))
	for i, e := range got.Entries {
		if (e.Entry.Act == nil) == (e.Entry.Cause == nil) {
			t.Errorf("entry %d: act %+v, cause %+v", i, e.Entry.Act, e.Entry.Cause)
		}
	}
	want := &casefile.Cause{Kind: casefile.CausePeriod, Deadline: "participation/comment", Step: "participation", Basis: "第十五条"}
	if diff := cmp.Diff(want, got.Entries[1].Entry.Cause); diff != "" {
		t.Errorf("cause:\n%s", diff)
	}
}

func TestDossierIsADownload(t *testing.T) {
	c := newClient(t)
	a := c.ask("GET", "/api/v1/cases/c1/dossier", "drafter", "")
	a.want(t, http.StatusOK, "")
	if a.Header().Get("Content-Type") != "application/zip" || a.Header().Get("Content-Disposition") != "attachment; filename=c1.zip" {
		t.Errorf("headers: %v", a.Header())
	}
}

func TestADossierThatFailsIsAProblemOrABrokenConnection(t *testing.T) {
	c := newClient(t)
	c.fake.export = func(io.Writer) error { return errors.New("no key") }
	c.ask("GET", "/api/v1/cases/c1/dossier", "drafter", "").want(t, http.StatusInternalServerError, "internal")

	c.fake.export = func(w io.Writer) error {
		_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
		return errors.New("disk gone")
	}
	server := httptest.NewServer(c.api)
	defer server.Close()
	req, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/v1/cases/c1/dossier", nil)
	req.Header.Set("Authorization", "Bearer "+c.people.secrets["drafter"])
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
	}
	if err == nil {
		t.Error("a dossier that broke off looked whole")
	}
}

func TestProceduresAreListedAndRead(t *testing.T) {
	c := newClient(t)
	c.ask("GET", "/api/v1/procedures", "drafter", "").want(t, http.StatusOK, "")
	c.ask("GET", "/api/v1/procedures/cn.major-decision@2019", "drafter", "").want(t, http.StatusOK, "")
	c.ask("GET", "/api/v1/procedures/cn.nothing@1", "drafter", "").want(t, http.StatusNotFound, "not-found")
}

func TestHealthReadinessAndContractNeedNoToken(t *testing.T) {
	c := newClient(t)
	c.ask("GET", "/healthz", "", "").want(t, http.StatusOK, "")
	c.ask("GET", "/readyz", "", "").want(t, http.StatusOK, "")
	if a := c.ask("GET", "/api/v1/openapi.yaml", "", ""); !strings.HasPrefix(a.Body.String(), "openapi: 3.1.0") {
		t.Errorf("contract: %.40s", a.Body)
	}
	c.fake.err = errors.New("dial postgres://user:secret@db: refused")
	a := c.ask("GET", "/readyz", "", "")
	a.want(t, http.StatusServiceUnavailable, "not-ready")
	if strings.Contains(a.Body.String(), "secret") {
		t.Errorf("readiness tells too much: %s", a.Body)
	}
	c.ask("GET", "/healthz", "", "").want(t, http.StatusOK, "")
}

func TestAPracticeCaseNamesItsOverlays(t *testing.T) {
	c := newClient(t)
	c.ask("POST", "/api/v1/cases", "trainer", `{"id":"o1","procedure":"p","matter":{"title":"t","category":"c"},"practice":true,`+
		`"starts":"2024-03-01","overlays":["cn.shanghai@2020"],"as":{"person":"p9","name":"甲","roles":["drafter"]}}`).want(t, http.StatusCreated, "")
	if len(c.fake.opened) != 1 || !slices.Equal(c.fake.opened[0].Overlays, []string{"cn.shanghai@2020"}) {
		t.Errorf("opened: %+v", c.fake.opened)
	}
}
