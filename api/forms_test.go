package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/procedure"
)

// shippedProcedure is the definition of the major decision, as shipped.
func shippedProcedure(t *testing.T) *procedure.Definition {
	t.Helper()
	source, err := procedure.Shipped("cn.major-decision.2019.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := procedure.Load(source.Name, source.Content)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// newShipped is a client whose cases follow the shipped procedure.
func newShipped(t *testing.T) *client {
	t.Helper()
	c := newClient(t)
	c.fake.definition = shippedProcedure(t)
	return c
}

// errorsOf gives the places that a problem names, with what it says in English.
func errorsOf(t *testing.T, a answer) map[string]string {
	t.Helper()
	p := decode[struct {
		Errors []struct {
			Pointer string
			Detail  struct{ ZH, EN string }
		}
	}](t, a)
	out := map[string]string{}
	for _, e := range p.Errors {
		if e.Detail.ZH == "" {
			t.Errorf("%s has no Chinese detail", e.Pointer)
		}
		out[e.Pointer] = e.Detail.EN
	}
	return out
}

func TestAPayloadOfWrongFormNeverReachesTheEngine(t *testing.T) {
	for name, tt := range map[string]struct {
		with   string
		code   string
		errors map[string]string
	}{
		"several places": {`{"review_on":"soon","decided_by":3,"other/one":1}`, "unknown-field", map[string]string{
			"/with/reason": "reason is missing", "/with/review_on": "date of the review: want a real date, YYYY-MM-DD",
			"/with/decided_by": "who decided: want a value of kind text", "/with/other~1one": "the act has no such field"}},
		"a blank": {`{"reason":" "}`, "missing-field", map[string]string{"/with/reason": "reason is missing"}},
		"nothing": {`{}`, "missing-field", map[string]string{"/with/reason": "reason is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, target := range []string{"/api/v1/cases/c1/acts", "/api/v1/cases/c1/dry-run"} {
				c := newShipped(t)
				id := `"id":"a1",`
				if strings.HasSuffix(target, "dry-run") {
					id = ""
				}
				a := c.ask("POST", target, "drafter", `{`+id+`"kind":"case.suspend","with":`+tt.with+`}`)
				a.want(t, http.StatusUnprocessableEntity, tt.code)
				if diff := cmp.Diff(tt.errors, errorsOf(t, a)); diff != "" {
					t.Errorf("errors (-want +got):\n%s", diff)
				}
				if len(c.fake.acted)+len(c.fake.tried) > 0 {
					t.Error("it reached the engine")
				}
			}
		})
	}
}

func TestAPlaceInAListIsNamed(t *testing.T) {
	c := newShipped(t)
	var kind, list string
	for _, f := range c.fake.definition.Forms() {
		for _, field := range f.Spec.Fields {
			if f.Step == "participation" && field.Kind == procedure.KindTexts && slices.Contains(f.Roles, "drafter") {
				kind, list = f.Kind, field.Name
			}
		}
	}
	possible := decode[struct{ Possible []struct{ Kind string } }](t, c.ask("GET", "/api/v1/cases/c1/possible", "drafter", ""))
	if kind == "" || len(possible.Possible) == 0 {
		t.Fatal("no act with a list")
	}
	a := c.ask("POST", "/api/v1/cases/c1/acts", "drafter", `{"id":"a1","kind":"`+kind+`","with":{"`+list+`":["甲"," "]}}`)
	if a.Code == http.StatusOK {
		t.Fatalf("%s was admitted", kind)
	}
	if _, ok := errorsOf(t, a)["/with/"+list+"/1"]; !ok {
		t.Errorf("%s: %s", kind, a.Body)
	}
}

func TestAnOpeningOfWrongFormIsRefused(t *testing.T) {
	c := newShipped(t)
	a := c.ask("POST", "/api/v1/cases", "drafter", `{"id":"o1","procedure":"cn.major-decision@2019","matter":{"title":"方案","category":"x"},"with":{"body_kind":"school"}}`)
	a.want(t, http.StatusUnprocessableEntity, "bad-value")
	want := map[string]string{
		"/with/body_kind":             "kind of decision-making body: want one of district-gov, department, town, sub-district",
		"/with/contains_state_secret": "contains state secrets is missing",
	}
	if diff := cmp.Diff(want, errorsOf(t, a)); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	if len(c.fake.opened) > 0 {
		t.Error("it reached the use case")
	}
}

// An act that the case does not admit, or not from this caller, is told so by the
// act itself, whatever its payload.
func TestWhatIsNotPossibleIsNotHeldToASchema(t *testing.T) {
	c := newShipped(t)
	c.ask("POST", "/api/v1/cases/c1/acts", "drafter", `{"id":"a1","kind":"publication.publish","with":{}}`).want(t, http.StatusOK, "")
	if len(c.fake.acted) != 1 {
		t.Error("the act did not come through")
	}
}

func TestActsOfAProcedureAreListedWithTheirSchemas(t *testing.T) {
	c := newShipped(t)
	list := decode[struct {
		Acts []struct {
			Kind, Schema string
			Roles        []string
		}
	}](t, c.ask("GET", "/api/v1/procedures/cn.major-decision@2019/acts", "", ""))
	if len(list.Acts) != len(c.fake.definition.Forms()) || list.Acts[0].Kind != "case.open" {
		t.Fatalf("%d acts", len(list.Acts))
	}
	for _, act := range list.Acts {
		a := c.ask("GET", act.Schema, "", "")
		a.want(t, http.StatusOK, "")
		var schema struct {
			Dialect string `json:"$schema"`
			ID      string `json:"$id"`
		}
		if err := json.Unmarshal(a.Body.Bytes(), &schema); err != nil || schema.Dialect != procedure.SchemaDialect || schema.ID != "urn:chengxu:act:"+act.Kind {
			t.Errorf("%s: %v, %.200s", act.Kind, err, a.Body)
		}
	}
	c.ask("GET", "/api/v1/procedures/cn.major-decision@2019/acts/nothing.do/schema", "", "").want(t, http.StatusNotFound, "not-found")
	c.ask("GET", "/api/v1/procedures/nothing@1/acts", "", "").want(t, http.StatusNotFound, "not-found")
}

func TestWhatTheCallerHasAlreadyIsNotSentAgain(t *testing.T) {
	c := newShipped(t)
	for _, target := range []string{
		"/api/v1/procedures", "/api/v1/procedures/cn.major-decision@2019", "/api/v1/procedures/cn.major-decision@2019/acts",
		"/api/v1/procedures/cn.major-decision@2019/acts/case.suspend/schema", "/api/v1/openapi.yaml",
	} {
		first := c.ask("GET", target, "", "")
		tag := first.Header().Get("ETag")
		again := c.ask("GET", target, "", "", "If-None-Match", `"other", W/`+tag)
		if first.Code != http.StatusOK || tag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 || again.Header().Get("ETag") != tag {
			t.Errorf("%s: %d with tag %s, then %d with %d bytes", target, first.Code, tag, again.Code, again.Body.Len())
		}
		if changed := c.ask("GET", target, "", "", "If-None-Match", `"other"`); changed.Code != http.StatusOK {
			t.Errorf("%s with another tag: %d", target, changed.Code)
		}
	}
}
