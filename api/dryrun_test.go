package api_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
)

func TestADryRunSaysWhatTheRulesSayAndWhatWouldDo(t *testing.T) {
	c := newClient(t)
	a := c.ask("POST", "/api/v1/cases/c1/dry-run", "drafter", `{"kind":"participation.close","with":{"closed_on":"2024-04-10"},"reasons":{"other":"有理由"}}`)
	if a.Code != http.StatusOK {
		t.Fatalf("%d: %s", a.Code, a.Body)
	}
	want := []casefile.Act{{
		Kind: "participation.close", By: casefile.Actor{Person: "p1", Name: "承办人", Unit: "办公室", Roles: []casefile.Role{"drafter"}},
		With: casefile.Values{"closed_on": "2024-04-10"}, Reasons: map[string]string{"other": "有理由"},
	}}
	if diff := cmp.Diff(want, c.fake.tried); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if len(c.fake.acted) > 0 {
		t.Error("the act was done")
	}
}

func TestARefusedDryRunIsNoAttempt(t *testing.T) {
	c := newClient(t)
	c.fake.err = &casefile.Refusal{Code: casefile.RefusedWrongRole, Act: "participation.close", Message: casefile.Text{ZH: "无权", EN: "not yours"}}
	c.ask("POST", "/api/v1/cases/c1/dry-run", "drafter", `{"kind":"participation.close"}`).want(t, http.StatusForbidden, "wrong-role")
	c.ask("POST", "/api/v1/cases/c1/dry-run", "drafter", `{"kind":"participation.close","as":{"person":"p7","name":"他人"}}`).want(t, http.StatusForbidden, "stand-in-refused")
	if len(c.fake.attempts) > 0 {
		t.Errorf("logged: %v", c.fake.attempts)
	}
}

func TestADryRunTakesNoID(t *testing.T) {
	c := newClient(t)
	c.ask("POST", "/api/v1/cases/c1/dry-run", "drafter", `{"id":"a1","kind":"participation.close"}`).want(t, http.StatusUnprocessableEntity, "unknown-field")
}
