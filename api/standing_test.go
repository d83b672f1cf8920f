package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestWhereACaseStandsAndItsChecklists(t *testing.T) {
	c := newClient(t)
	a := c.ask("GET", "/api/v1/cases/c1/standing", "drafter", "")
	a.want(t, http.StatusOK, "")
	for _, want := range []string{`"steps":[{"case":"c1","step":"participation"`, `"guarded":[{"kind":"participation.shorten"`, `"outcome":"","to":""`, `"ways":[]`, `"present":{"recorded_views":["张"]}`} {
		if !strings.Contains(a.Body.String(), want) {
			t.Errorf("the standing lacks %s: %s", want, a.Body)
		}
	}
	a = c.ask("GET", "/api/v1/cases/c1/checklists", "drafter", "")
	a.want(t, http.StatusOK, "")
	if want := `{"step":"review","held":"review_papers","basis":"第二十六条","papers":[{"name":"draft","present":true},{"name":"explanation","present":false}],"unknown":[]}`; !strings.Contains(a.Body.String(), want) {
		t.Errorf("the checklists are %s", a.Body)
	}
	for _, path := range []string{"/standing", "/checklists"} {
		c.ask("GET", "/api/v1/cases/c1"+path, "stranger", "").want(t, http.StatusNotFound, "not-found")
		c.ask("GET", "/api/v1/cases/c1"+path, "", "").want(t, http.StatusUnauthorized, "unauthenticated")
		c.ask("GET", "/api/v1/cases/%3Cc1"+path, "drafter", "").want(t, http.StatusNotFound, "not-found")
	}
}
