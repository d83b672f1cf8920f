package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
)

// opens is a browser of somebody who may open cases.
func opens(t *testing.T) *browser {
	b := newBrowser(t, false)
	b.token = "drafter"
	b.fake.def.Open.Roles = []casefile.Role{"drafter"}
	b.fake.plan = &planner.Plan{Procedure: "cn.major-decision@2019", Decision: date("2024-09-01"), Steps: []planner.Step{
		{ID: "intake", Title: both("Intake"), Basis: "Decree 713 art. 10", Required: planner.RequiredAlways, Conclude: date("2024-05-02")},
		{ID: "participation", Title: both("Participation"), Basis: "Decree 713 art. 14", Required: planner.RequiredByFacts,
			Waits: []planner.Wait{{Period: "cn.713/comment_window", Title: both("Comment window"), Basis: "Decree 713 art. 15", Length: legaltime.Period{Length: 30, Unit: legaltime.CalendarDays}}}},
		{ID: "expert", Title: both("Expert argument"), Basis: "Decree 713 art. 19", Required: planner.RequiredAssumed,
			Asked: []planner.Asked{{Rule: "expert-required", Basis: "Decree 713 art. 19(1)", Result: casefile.Undetermined}}},
		{ID: "risk", Title: both("Risk assessment"), Basis: "Decree 713 art. 22", Required: planner.NotRequired,
			Asked: []planner.Asked{{Rule: "risk-required", Basis: "Decree 713 art. 22(1)", Result: casefile.Block}}}},
		Assumptions: []planner.Assumption{{Kind: planner.AssumedStep, Text: both("Expert argument is counted.")}}}
	return b
}

func matter(also ...string) url.Values {
	form := url.Values{"id": {"open-1"}, "do": {"try"}, "procedure": {"cn.major-decision@2019"}, "practice": {"false"}, "title": {"Waste sorting"}, "category": {"policy"},
		"with.body_kind": {"district-gov"}, "with.contains_state_secret": {"false"}}
	for i := 0; i < len(also); i += 2 {
		form.Set(also[i], also[i+1])
	}
	return form
}

var checkedOf = regexp.MustCompile(`name="checked" value="([0-9a-f]+)"`)

func TestACaseIsOpenedAfterItsTriage(t *testing.T) {
	b := opens(t)
	b.wants("/cases", 200, `href="/cases/new"`)
	if page := b.wants("/cases/new", 200, "See which steps apply", `name="with.body_kind" value="district-gov"`, `name="practice" value="true"`); strings.Contains(page, `value="act"`) {
		t.Error("a case can be opened before it is said what applies")
	}
	page := shows(t, b.post("/cases/new", matter()), 200, "Required", "To be determined first", "Not required as it stands", "Decree 713 art. 22", "Comment window 30 calendar days",
		`<span class="tag s-undetermined">Undetermined</span> about expert-required · Decree 713 art. 19(1)`, `Step is not required</span> about risk-required · Decree 713 art. 22(1)`,
		"by the facts stated", "Expert argument is counted.", "2024-09-01", ">Open the case<", `value="Waste sorting"`)
	if len(b.fake.opened) > 0 {
		t.Fatal("the triage opened the case")
	}
	checked := checkedOf.FindStringSubmatch(page)[1]
	changed := shows(t, b.post("/cases/new", matter("do", "act", "checked", checked, "with.contains_state_secret", "true")), 200, "Not required as it stands")
	if len(b.fake.opened) > 0 || checkedOf.FindStringSubmatch(changed)[1] == checked {
		t.Error("a case was opened of which it was not said what applies")
	}
	rec := b.post("/cases/new", matter("do", "act", "checked", checked))
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/cases/real" || len(b.fake.opened) != 1 {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	o := b.fake.opened[0]
	if o.ID != "open-1" || o.Practice || o.Organ != organ || o.By.Person != "p1" || o.Matter.Title != "Waste sorting" || o.With["contains_state_secret"] != false || o.With["body_kind"] != "district-gov" {
		t.Errorf("opened %+v", o)
	}
}

func TestAPracticeCaseToBeOpenedIsUnmistakable(t *testing.T) {
	b := opens(t)
	page := shows(t, b.post("/cases/new", matter("practice", "true", "starts", "2024-03-01")), 200, `class="is-practice"`, "Open the practice case", "no legal effect")
	if b.fake.planned[0].Starts != date("2024-03-01") || strings.Contains(page, ">Open the case<") {
		t.Errorf("planned %+v", b.fake.planned[0])
	}
}

func TestAnOpeningThatIsWrongKeepsWhatWasTyped(t *testing.T) {
	blocked := &casework.Blocked{Verdict: verdict()}
	for name, c := range map[string]struct {
		err    error
		form   url.Values
		status int
		shows  []string
	}{
		"nothing is said":  {form: url.Values{"id": {"x"}, "title": {"Waste sorting"}}, status: 422, shows: []string{"choose the procedure", `value="Waste sorting"`}},
		"real or practice": {form: matter("practice", ""), status: 422, shows: []string{"real or a practice case", `href="#f-practice"`}},
		"no kind of body":  {form: matter("with.body_kind", ""), status: 422, shows: []string{"kind of decision-making body is missing", `href="#f-body_kind"`}},
		"no title": {err: &casefile.Refusal{Code: casefile.RefusedBadValue, Field: "title", Message: both("A title, please.")}, form: matter("title", " "), status: 422,
			shows: []string{"A title, please.", `id="f-title-wrong"`}},
		"not this role": {err: &casefile.Refusal{Code: casefile.RefusedWrongRole, Message: both("Not your role.")}, form: matter(), status: 403, shows: []string{"Not your role."}},
		"a day of no calendar": {err: fmt.Errorf("start: %w", casefile.ErrInvalid), form: matter("practice", "true", "starts", "9999-12-31"), status: 422,
			shows: []string{"is not accepted; check the dates", `value="9999-12-31"`}},
		"the rules": {err: blocked, form: matter(), status: 409, shows: []string{"do not let this case be opened", "The window is open."}},
	} {
		t.Run(name, func(t *testing.T) {
			b := opens(t)
			b.fake.openErr = c.err
			shows(t, b.post("/cases/new", c.form), c.status, append(c.shows, `role="alert"`)...)
		})
	}
}

func TestOnlyWhoeverMayOpensACase(t *testing.T) {
	b := opens(t)
	b.token = "deputy"
	b.wants("/cases/new", 200, "Qian")
	b.token = "administrator"
	b.wants("/cases/new", 403)
	b.fake.def.Open.Roles = []casefile.Role{"reviewer"}
	b.token = "drafter"
	b.wants("/cases/new", 403)
	if page := b.get("/").Body.String(); strings.Contains(page, "/cases/new") {
		t.Error("somebody who may not open a case is led there")
	}
	b.token = ""
	if rec := b.get("/cases/new"); rec.Code != http.StatusSeeOther {
		t.Errorf("nobody: %d", rec.Code)
	}
}

// A practice case names the overlays that judge it, none included; a real one is judged by
// those in use.
func TestAPracticeCaseNamesItsOverlays(t *testing.T) {
	b, _ := newLibrary(t)
	b.token = "drafter"
	b.fake.plan = opens(t).fake.plan
	b.fake.def.Open.Roles = []casefile.Role{"drafter"}
	page := b.wants("/cases/new", 200, "Overlay packs", `name="overlays" value="" checked`, `name="overlays" value="chosen"`, `name="overlay" value="cn.shanghai@2020"`)
	if strings.Contains(page, `name="overlay" value="cn.713@2019"`) {
		t.Error("a pack that is no overlay can be chosen")
	}
	practice := []string{"procedure", b.fake.def.Name(), "practice", "true", "starts", "2024-03-01"}
	for _, tt := range []struct {
		with []string
		want []string
	}{{nil, nil}, {[]string{"overlay", "cn.shanghai@2020"}, nil}, {[]string{"overlays", "chosen"}, []string{}}, {[]string{"overlays", "chosen", "overlay", "cn.shanghai@2020"}, []string{"cn.shanghai@2020"}}} {
		b.fake.planned = nil
		page := shows(t, b.post("/cases/new", matter(append(slices.Clone(practice), tt.with...)...)), 200, "Required")
		if got := b.fake.planned[0].Overlays; (got == nil) != (tt.want == nil) || !slices.Equal(got, tt.want) {
			t.Errorf("%v: planned with %#v, want %#v", tt.with, got, tt.want)
		}
		if chosen := strings.Contains(page, `name="overlay" value="cn.shanghai@2020" checked`); chosen != slices.Contains(tt.with, "cn.shanghai@2020") {
			t.Errorf("%v: what was chosen is not shown again", tt.with)
		}
	}
	b.fake.planned = nil
	shows(t, b.post("/cases/new", matter("procedure", b.fake.def.Name(), "overlays", "chosen")), 422, "A real case is judged by the overlays in use", `id="f-overlays-wrong"`)
	if len(b.fake.planned) > 0 {
		t.Error("a real case was planned without the overlays in use")
	}
	b.fake.openErr = &casefile.Refusal{Code: casefile.RefusedBadValue, Field: "overlays", Message: both("no <such> pack")}
	shows(t, b.post("/cases/new", matter(append(practice, "overlays", "chosen", "overlay", "cn.shanghai@2020")...)), 422, "no <such> pack", `href="#f-overlays"`)
	b.lang = "zh"
	b.wants("/cases/new", 200, "地方规则包")
}
