package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// An administrator enters people and a mandate over HTTP; a deputy acts for the
// chief under it, and the entry says for whom and by which document.
func TestADeputyActsForTheChiefOnLeave(t *testing.T) {
	w := newTrial(t)
	tokens := auth.New(w.s.store, w.s.shipped.roles(), auth.Options{})
	tokens.ResolveWith(auth.NewDirectory(w.s.store, w.s.shipped.roles()))
	issue := func(person string, roles ...casefile.Role) string {
		secret, _, err := tokens.Issue(t.Context(), auth.Grant{Organ: district, Person: casefile.PersonID(person), Name: person, Roles: roles, Expires: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	admin := issue("admin", auth.Administrator)
	put := func(path, body string) answer {
		t.Helper()
		return w.request(t, http.MethodPost, "/api/v1/directory/"+path, admin, "application/json", strings.NewReader(body))
	}
	made := func(path, body string) {
		t.Helper()
		if got := put(path, body); got.status != http.StatusCreated {
			t.Fatalf("%s: %d %s", path, got.status, got.text)
		}
	}
	today := legaltime.DateIn(time.Now(), legaltime.China).String()
	if got := put("organs", `{"id":"elsewhere","name":"外机关"}`); got.status != http.StatusNotFound {
		t.Errorf("an organ above nobody was entered: %d", got.status)
	}
	for person, role := range map[string]string{"chief-1": "chief", "deputy-1": "member", "drafter-1": "drafter"} {
		made("people", fmt.Sprintf(`{"id":%q,"name":%q}`, person, person))
		made("appointments", fmt.Sprintf(`{"id":"a-%s","person":%q,"roles":[%q],"from":"2020-01-01"}`, person, person, role))
	}
	mandate := func(id, document, from, until string) string {
		return fmt.Sprintf(`{"id":%q,"kind":"acting","principal":"chief-1","principal_name":"区长","delegate":"deputy-1","roles":["chief"],"document":%q,"from":%q,"until":%q}`,
			id, document, from, until)
	}
	if got := put("mandates", mandate("m0", strings.Repeat("0", 64), today, today)); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a mandate by a document that is not stored: %d", got.status)
	}
	paper := w.drafts["draft1"]
	made("mandates", mandate("m1", paper, today, today))
	made("mandates", mandate("past", paper, "2021-01-01", "2021-02-01"))

	deputy := issue("deputy-1", "member", "chief")
	path := "/api/v1/cases/" + string(w.cases["real"]) + "/acts"
	suspend := func(id, under string) answer {
		return w.request(t, http.MethodPost, path, deputy, "application/json",
			strings.NewReader(act(id, "case.suspend", `{"reason":"等待","decided_by":"区政府","review_on":"2030-06-30"}`, under)))
	}
	if got := w.request(t, http.MethodPost, path, deputy, "application/json",
		strings.NewReader(act("d0", "case.suspend", `{"reason":"等待","decided_by":"区政府","review_on":"2030-06-30"}`))); got.code != "wrong-role" {
		t.Errorf("the deputy acts as chief by the token alone: %d %s", got.status, got.text)
	}
	if got := suspend("d1", `"under":"past"`); got.status != http.StatusForbidden || got.code != "mandate" {
		t.Errorf("a mandate that is over: %d %s", got.status, got.text)
	}
	if got := suspend("d2", `"under":"other"`); got.status != http.StatusForbidden || got.code != "mandate" {
		t.Errorf("a mandate that is not held: %d %s", got.status, got.text)
	}
	got := suspend("d3", `"under":"m1"`)
	var reply struct{ Entry casefile.Entry }
	if err := json.Unmarshal(got.body, &reply); err != nil || got.status != http.StatusOK {
		t.Fatalf("under the mandate: %d %s", got.status, got.text)
	}
	by := reply.Entry.Act.By
	if by.Person != "deputy-1" || by.Capacity != "chief" || by.Mandate == nil || by.Mandate.Principal != "chief-1" || string(by.Mandate.Document) != paper {
		t.Errorf("the entry says %+v", by)
	}
	revoked := strings.Replace(mandate("m1", paper, today, today), `{`, `{"revoked":true,`, 1)
	if got := w.request(t, http.MethodPut, "/api/v1/directory/mandates/m1", admin, "application/json", strings.NewReader(revoked), "If-Match", `"1"`); got.status != http.StatusOK {
		t.Fatalf("revoke: %d %s", got.status, got.text)
	}
	if got := suspend("d4", `"under":"m1"`); got.code != "mandate" {
		t.Errorf("a revoked mandate: %d %s", got.status, got.text)
	}
	for who, want := range map[string]int{w.tokens["office"]: http.StatusForbidden, w.tokens["secretary"]: http.StatusForbidden, admin: http.StatusOK} {
		if got := w.request(t, http.MethodGet, "/api/v1/directory-log", who, "", nil); got.status != want {
			t.Errorf("the log of changes: %d, want %d", got.status, want)
		}
	}
}
