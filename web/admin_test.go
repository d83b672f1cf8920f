package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/store"
	"github.com/zhengdang/chengxu/web"
)

// bureau is an organ with a real directory and real accounts: "li" administers it,
// "sun" audits it, "drafter" works in it, and a bureau and a stranger stand below and
// beside it.
type bureau struct {
	store *store.Store
	*browser
	directory *auth.Directory
	accounts  *auth.Accounts
	watch     *lookout
	hooks     *receivers
}

func (b *bureau) Authenticate(ctx context.Context, _ []string) (auth.Principal, error) {
	who, _ := ctx.Value(sessionKey{}).(string)
	if who == "" {
		return auth.Principal{}, auth.ErrUnauthenticated
	}
	organ := casefile.OrganID("district")
	if who == "beyond" {
		organ = "beside"
	}
	p, err := b.directory.PrincipalOf(ctx, organ, casefile.PersonID(who), time.Date(2024, 4, 30, 20, 0, 0, 0, time.UTC))
	p.SessionID = "s"
	return p, err
}

// lookout says what is running.
type lookout struct{ health access.Health }

func (l *lookout) Health(_ context.Context, organs []casefile.OrganID) access.Health {
	for _, organ := range organs {
		l.health.Logs = append(l.health.Logs, access.LogHead{Organ: organ, Size: 7, Signed: 5, Key: "key of " + string(organ)})
	}
	return l.health
}

func (f *fake) Ready(context.Context) error { return f.err }

// drawer takes documents in.
type drawer struct {
	shelf
	kept map[casefile.Digest]casefile.OrganID
}

func (d drawer) Put(_ context.Context, up documents.Upload) (casefile.StoredDocument, error) {
	if up.MediaType == "application/x-harmful" {
		return casefile.StoredDocument{}, &documents.Refused{Code: documents.CodeContent, Message: both("harmful")}
	}
	d.kept[up.Digest] = up.Organ
	return casefile.StoredDocument{}, nil
}

func (d drawer) Find(_ context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	if d.kept[digest] != organ {
		return casefile.StoredDocument{}, fmt.Errorf("document: %w", casefile.ErrNotFound)
	}
	return casefile.StoredDocument{State: casefile.DocumentClean}, nil
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "web.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	b := &bureau{store: s, browser: &browser{t: t, fake: newFake(), logged: &bytes.Buffer{}, lang: "en", token: "li"}, watch: &lookout{}, hooks: &receivers{}}
	b.directory = auth.NewDirectory(s, []casefile.Role{"drafter", "reviewer"})
	now := func() time.Time { return time.Date(2024, 4, 30, 20, 0, 0, 0, time.UTC) }
	if b.accounts, err = auth.NewAccounts(s, b.directory, auth.AccountOptions{Now: now, Params: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}}); err != nil {
		t.Fatal(err)
	}
	b.enter(auth.Organ{ID: "district", Name: "District"}, auth.Organ{ID: "bureau", Name: "Bureau", Superior: "district"}, auth.Organ{ID: "beside", Name: "Beside"},
		auth.Unit{ID: "office", Organ: "district", Name: "Office"})
	for person, role := range map[casefile.PersonID]casefile.Role{"li": auth.Administrator, "sun": auth.Auditor, "drafter": "drafter"} {
		b.enter(auth.Person{ID: person, Organ: "district", Name: "Mr " + string(person), Mail: string(person) + "@district.example"},
			auth.Appointment{ID: "a-" + string(person), Organ: "district", Person: person, Roles: []casefile.Role{role}, From: date("2020-01-01")})
	}
	b.enter(auth.Person{ID: "beyond", Organ: "beside", Name: "Secret Stranger"}, auth.Appointment{ID: "a-beyond", Organ: "beside", Person: "beyond", Roles: []casefile.Role{auth.Administrator}, From: date("2020-01-01")})
	if err := b.accounts.Create(t.Context(), "district", "li", "mister.li", "correct horse 46", false, auth.Why{}); err != nil {
		t.Fatal(err)
	}
	guard := access.New(access.Options{Cases: b.fake, Documents: drawer{shelf{b.fake}, map[casefile.Digest]casefile.OrganID{}}, Directory: b.directory, Watch: b.watch, Webhooks: b.hooks, Numbers: s,
		Entrance: access.Entrance{Accounts: b.accounts, Tokens: auth.New(s, []casefile.Role{"drafter"}, auth.Options{Now: now}), SignIns: s}})
	b.web, err = web.New(web.Options{Guard: guard, Entrance: &door{}, Authenticator: b, Form: formOf, Now: now, Log: slog.New(slog.NewTextHandler(b.logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bureau) enter(entries ...auth.Entry) {
	b.t.Helper()
	for _, e := range entries {
		if _, err := b.directory.Put(b.t.Context(), e, 0, "setup"); err != nil {
			b.t.Fatal(err)
		}
	}
}

// sends posts a form and checks status and texts of the answer.
func (b *bureau) sends(target string, form url.Values, status int, texts ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	rec := b.post(target, form)
	if rec.Code != status {
		b.t.Fatalf("POST %s: %d, want %d: %s\n%s", target, rec.Code, status, rec.Body, b.logged)
	}
	for _, text := range texts {
		if !strings.Contains(rec.Body.String(), text) {
			b.t.Errorf("POST %s: the page lacks %q", target, text)
		}
	}
	return rec
}

var secretShown = regexp.MustCompile(`<code id="secret">([^<]+)</code>`)

func TestSomebodyIsInvitedInOneGo(t *testing.T) {
	b := newBureau(t)
	b.wants("/admin/invite?role=reviewer", 200, `value="reviewer" checked`, `value="2024-05-01"`, "Handling unit", "Trainer")
	form := url.Values{"name": {"Wang Fang"}, "login": {"wang"}, "mail": {"w@x.example"}, "roles": {"drafter", "reviewer"}, "unit": {"office"}, "from": {"2024-05-01"}, "appointment": {"a-wang"}}
	for _, wrong := range []struct{ field, value, says string }{
		{"login", "W", "3 to 64 lower-case"}, {"roles", "", "At least one"}, {"name", "", "1 to 100 characters"}, {"mail", "nobody", "Not a mail address"}, {"from", "yesterday", "A first day"},
	} {
		bad := url.Values{}
		for name, values := range form {
			bad[name] = values
		}
		bad[wrong.field] = []string{wrong.value}
		rec := b.sends("/admin/invite", bad, http.StatusUnprocessableEntity, wrong.says, `role="alert"`, `id="wrong-`+wrong.field+`"`, `value="w`)
		if _, err := b.directory.Get(t.Context(), auth.KindPerson, "wang"); !errors.Is(err, casefile.ErrNotFound) {
			t.Fatalf("wrong %s: the person came into being: %v %s", wrong.field, err, rec.Body)
		}
	}
	rec := b.sends("/admin/invite", form, http.StatusOK, "Wang Fang", "The account is open", "on this page alone")
	password := secretShown.FindStringSubmatch(rec.Body.String())
	if password == nil {
		t.Fatalf("no first password: %s", rec.Body)
	}
	if known, err := b.accounts.SignIn(t.Context(), "wang", password[1], ""); err != nil || !known.MustChange {
		t.Errorf("the first password: %+v %v", known, err)
	}
	page := b.wants("/admin/people/wang", 200, "Wang Fang", "Handling unit, Reviewer", "Office", "w@x.example", "First password not changed yet", "In force")
	if strings.Contains(page, password[1]) {
		t.Error("the first password is shown a second time")
	}
	b.sends("/admin/invite", form, http.StatusConflict, "taken", `value="Wang Fang"`)
}

// When a part fails after others were done, the page says what is there and what not.
func TestAnInvitationThatStopsOnTheWayIsTold(t *testing.T) {
	b := newBureau(t)
	form := url.Values{"name": {"Wang"}, "login": {"wang"}, "roles": {"drafter"}, "from": {"2024-05-01"}, "appointment": {"a-li"}} // an id that is taken
	rec := b.sends("/admin/invite", form, http.StatusConflict, "Only a part was done", "✓ The person is entered", "✗ The appointment is not entered", "✗ The account is not open", "/admin/people/wang")
	if secretShown.MatchString(rec.Body.String()) {
		t.Error("a password of an account that there is not")
	}
}

func TestAStaleEditIsRefusedAndNothingIsLost(t *testing.T) {
	b := newBureau(t)
	b.wants("/admin/people/drafter/edit", 200, `name="version" value="1"`, `value="Mr drafter"`)
	if _, err := b.directory.Put(t.Context(), auth.Person{ID: "drafter", Organ: "district", Name: "Renamed", Mail: "drafter@district.example"}, 1, "li"); err != nil {
		t.Fatal(err)
	}
	typed := url.Values{"version": {"1"}, "name": {"Mr drafter"}, "mail": {"new@x.example"}, "aliases": {"d1 d2"}}
	rec := b.sends("/admin/people/drafter/edit", typed, http.StatusConflict, "Mr li changed this", "Entry by now:", "<b>Renamed</b>", "<b>drafter@district.example</b>",
		`value="Mr drafter"`, `value="new@x.example"`, `value="d1 d2"`, `name="version" value="2"`)
	if strings.Contains(rec.Body.String(), "ZgotmplZ") {
		t.Error(rec.Body)
	}
	typed.Set("version", "2")
	b.sends("/admin/people/drafter/edit", typed, http.StatusSeeOther)
	b.wants("/admin/people/drafter", 200, "Mr drafter", "new@x.example", "d1, d2")
	b.wants("/admin/log/directory", 200, "<del>Renamed</del>", "<ins>Mr drafter</ins>", "version 3", "Mr li")
	b.sends("/admin/people/drafter/edit", url.Values{"version": {"3"}, "name": {""}}, http.StatusUnprocessableEntity, `aria-invalid="true"`)
	b.sends("/admin/people/drafter/edit", url.Values{"version": {"nonsense"}, "name": {"x"}}, http.StatusUnprocessableEntity)
}

func TestEveryKindOfEntryIsEnteredAndChanged(t *testing.T) {
	b := newBureau(t)
	b.wants("/admin/organs/new", 200, `<option value="district" selected>District</option>`)
	b.sends("/admin/organs/new", url.Values{"id": {"station"}, "name": {"Station"}, "superior": {"district"}, "zone": {"+08:00"}}, http.StatusSeeOther)
	b.sends("/admin/organs/new", url.Values{"id": {"not an id"}, "name": {"Station"}, "superior": {"district"}}, http.StatusUnprocessableEntity, "without spaces")
	b.sends("/admin/organs/new", url.Values{"id": {"free"}, "name": {"Free"}}, http.StatusNotFound)
	b.wants("/admin/organs", 200, "Station", "Bureau", "District")
	b.sends("/admin/organs/station/edit?organ=station", url.Values{"version": {"1"}, "name": {"Station"}, "superior": {"district"}, "ended": {"on"}}, http.StatusSeeOther)
	b.sends("/admin/units/new", url.Values{"id": {"desk"}, "name": {"Desk"}, "parent": {"office"}}, http.StatusSeeOther)
	b.wants("/admin/units", 200, "Desk", "office")
	b.wants("/admin/units?q=desk", 200, "Desk")
	if page := b.wants("/admin/units?q=desk", 200); strings.Contains(page, ">Office<") {
		t.Error("the search finds what it should not")
	}
	b.wants("/admin/appointments/new?person=drafter&role=reviewer", 200, "Mr drafter", `value="reviewer" checked`)
	b.sends("/admin/appointments/new", url.Values{"id": {"a2"}, "person": {"drafter"}, "roles": {"reviewer"}, "from": {"2024-06-01"}, "until": {"2024-05-01"}}, http.StatusUnprocessableEntity, "not before the first", `value="2024-06-01"`, `value="reviewer" checked`)
	b.sends("/admin/appointments/new", url.Values{"id": {"a2"}, "person": {"drafter"}, "roles": {"reviewer"}, "from": {"2024-06-01"}}, http.StatusSeeOther)
	b.wants("/admin/people/drafter", 200, "Not yet", "2024-06-01")
	b.sends("/admin/appointments/a2/edit", url.Values{"version": {"1"}, "person": {"li"}, "roles": {"reviewer"}, "from": {"2024-06-01"}, "until": {"2024-06-30"}}, http.StatusSeeOther)
	b.wants("/admin/appointments", 200, "2024-06-30", "Mr drafter")
	b.sends("/admin/interests/new", url.Values{"id": {"i1"}, "person": {"drafter"}, "kind": {"party"}, "of": {"Acme"}, "direct": {"on"}, "from": {"2024-01-01"}}, http.StatusSeeOther)
	b.wants("/admin/interests", 200, "Party, Acme", "Direct", `/admin/interests/i1/edit`)
	b.sends("/admin/interests/i1/edit", url.Values{"version": {"1"}, "until": {"2024-04-30"}}, http.StatusSeeOther)
	b.wants("/admin/people/drafter", 200, "Acme", "2024-04-30")
	b.wants("/admin/keys", 200, "None yet.")
	for _, path := range []string{"/admin/nothing", "/admin/keys/new", "/admin/mandates/a/edit", "/admin/people/nobody", "/admin/log/nothing"} {
		b.wants(path, 404)
	}
}

// sendFile posts a mandate with a document.
func (b *bureau) sendFile(fields map[string]string, media string) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range fields {
		w.WriteField(name, value)
	}
	if media != "" {
		part, err := w.CreatePart(map[string][]string{"Content-Disposition": {`form-data; name="file"; filename="authority.pdf"`}, "Content-Type": {media}})
		if err != nil {
			b.t.Fatal(err)
		}
		io.WriteString(part, "%PDF-1.7 authority")
	}
	w.Close()
	req := httptest.NewRequest(http.MethodPost, "/admin/mandates?form="+url.QueryEscape("form of "+b.token), &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Origin", "http://example.com")
	return b.send(req)
}

func TestAMandateIsEnteredWithItsDocumentAndRevoked(t *testing.T) {
	b := newBureau(t)
	b.wants("/admin/mandates/new?principal=drafter", 200, `value="drafter"`, `enctype="multipart/form-data"`, "<datalist", "form&#43;of&#43;li")
	fields := map[string]string{"id": "m1", "kind": "acting", "principal": "drafter", "delegate": "sun", "roles": "drafter", "from": "2024-05-01", "until": "2024-04-01"}
	if rec := b.sendFile(fields, ""); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a document: %d", rec.Code)
	}
	if rec := b.sendFile(fields, "application/x-harmful"); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "did not pass") {
		t.Errorf("a document that is refused: %d %s", rec.Code, rec.Body)
	}
	rec := b.sendFile(fields, "application/pdf") // the last day is before the first
	kept := regexp.MustCompile(`name="document" value="([0-9a-f]{64})"`).FindStringSubmatch(rec.Body.String())
	if rec.Code != http.StatusUnprocessableEntity || kept == nil || !strings.Contains(rec.Body.String(), `value="sun"`) {
		t.Fatalf("what was sent is lost: %d %s", rec.Code, rec.Body)
	}
	fields["until"], fields["document"] = "2024-05-31", kept[1]
	if rec := b.sendFile(fields, ""); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/admin/people/sun" {
		t.Fatalf("the mandate: %d %s", rec.Code, rec.Body)
	}
	b.wants("/admin/people/sun", 200, "Mr sun for Mr drafter", "Acting", "In force", `/admin/mandates/m1/revoke`)
	b.wants("/admin/people/drafter", 200, "Others act for this person", "Mr sun for Mr drafter")
	b.sends("/admin/mandates/m1/revoke", url.Values{"version": {"1"}}, http.StatusSeeOther)
	b.wants("/admin/mandates", 200, "Revoked")
	b.sends("/admin/mandates/m1/revoke", url.Values{"version": {"1"}}, http.StatusSeeOther) // once more changes nothing
	if page := b.wants("/admin/people/sun", 200); strings.Contains(page, "m1/revoke") {
		t.Error("a mandate that is revoked can be revoked")
	}
}

func TestAccountsAreLookedAfterOnThePageOfThePerson(t *testing.T) {
	b := newBureau(t)
	b.wants("/admin/people/drafter", 200, "No account")
	b.sends("/admin/people/drafter/account", url.Values{"login": {"X"}}, http.StatusUnprocessableEntity, "3 to 64", `value="X"`)
	b.sends("/admin/people/drafter/account", url.Values{"login": {"mister.li"}}, http.StatusConflict, "taken")
	first := secretShown.FindStringSubmatch(b.sends("/admin/people/drafter/account", url.Values{"login": {"drafter"}}, http.StatusOK).Body.String())
	again := secretShown.FindStringSubmatch(b.sends("/admin/people/drafter/account", url.Values{"reset": {"on"}, "reason": {"lost"}}, http.StatusOK, "<code>drafter</code>").Body.String())
	if first == nil || again == nil || first[1] == again[1] {
		t.Errorf("first passwords %v, %v", first, again)
	}
	if _, err := b.accounts.SignIn(t.Context(), "drafter", first[1], ""); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("the password of before: %v", err)
	}
	b.sends("/admin/accounts/drafter/close", url.Values{"person": {"drafter"}}, http.StatusUnprocessableEntity, "Say why")
	b.sends("/admin/accounts/drafter/close", url.Values{"person": {"drafter"}, "reason": {"left"}}, http.StatusSeeOther)
	b.wants("/admin/accounts", 200, "Closed", "Mr drafter")
	b.sends("/admin/accounts/mister.li/close", url.Values{"person": {"li"}, "reason": {"left"}}, http.StatusConflict, "last account")
	b.sends("/admin/accounts/drafter/reopen", url.Values{"reason": {"back"}}, http.StatusOK, "First password")
	b.wants("/admin/log/accounts", 200, "Account closed", "left", "New first password", "Mr li")
	b.sends("/admin/identities", url.Values{"issuer": {"https://id.example"}, "subject": {"s1"}, "person": {"nobody"}}, http.StatusUnprocessableEntity, `value="s1"`)
	b.sends("/admin/identities", url.Values{"issuer": {"https://id.example"}, "subject": {"s1"}, "person": {"drafter"}}, http.StatusSeeOther)
	page := b.wants("/admin/identities", 200, "s1", "Mr drafter")
	unbind := regexp.MustCompile(`/admin/identities/[^"]+/unbind`).FindString(page)
	b.sends(unbind, nil, http.StatusSeeOther)
	b.wants("/admin/tokens", 200, "None yet.")
	b.wants("/admin/log/sign-ins", 200, "Wrong password or token")
}

// Who may not look after an organ sees none of it, and changes nothing.
func TestAdministrationIsForAdministrators(t *testing.T) {
	pages := []string{"/admin", "/admin/people", "/admin/people/drafter", "/admin/organs", "/admin/log/directory", "/admin/log/accounts", "/admin/log/sign-ins", "/health"}
	own := []string{"/admin/accounts", "/admin/identities", "/admin/tokens"}
	for who, want := range map[string]int{"": http.StatusSeeOther, "drafter": http.StatusForbidden, "sun": http.StatusOK, "li": http.StatusOK} {
		b := newBureau(t)
		b.token = who
		for _, page := range pages {
			if rec := b.get(page); rec.Code != want {
				t.Errorf("%q: GET %s: %d, want %d", who, page, rec.Code, want)
			}
		}
		for _, page := range own {
			if rec := b.get(page); who == "sun" && rec.Code != http.StatusForbidden || who == "li" && rec.Code != http.StatusOK {
				t.Errorf("%q: GET %s: %d", who, page, rec.Code)
			}
		}
		if who == "li" {
			continue
		}
		for _, path := range []string{"/admin/invite", "/admin/people/new", "/admin/people/li/edit", "/admin/people/drafter/account", "/admin/accounts/mister.li/close"} {
			if rec := b.post(path, url.Values{"id": {"x"}, "name": {"x"}, "login": {"xxx"}, "version": {"1"}, "roles": {"drafter"}, "from": {"2024-01-01"}, "appointment": {"x"}}); rec.Code < 300 || rec.Code == http.StatusSeeOther && who != "" {
				t.Errorf("%q: POST %s: %d", who, path, rec.Code)
			}
		}
		if log, _ := b.directory.Log(t.Context(), "district", 0, 1); len(log) > 0 && log[0].By != "setup" {
			t.Errorf("%q changed the directory", who)
		}
	}
	b := newBureau(t)
	for _, path := range []string{"/admin/people/beyond", "/admin?organ=beside", "/admin/people?organ=beside", "/admin/people/beyond/edit"} {
		if page := b.wants(path, 404); strings.Contains(page, "Secret") {
			t.Errorf("GET %s tells of another organ", path)
		}
	}
	b.wants("/admin/people?organ=bureau", 200, "None yet.", `name="organ" value="bureau"`)
	if rec := b.post("/admin/people/li/edit", url.Values{"form": {"another"}, "version": {"1"}, "name": {"x"}}); rec.Code != http.StatusForbidden {
		t.Errorf("a form of another page: %d", rec.Code)
	}
}

// Every page of administrators is whole in both languages.
func TestPagesOfAdministratorsAreInOneLanguage(t *testing.T) {
	b := newBureau(t)
	han := regexp.MustCompile(`\p{Han}+`)
	for _, target := range []string{"/admin", "/admin/people", "/admin/people/li", "/admin/people/li/edit", "/admin/invite", "/admin/mandates/new", "/admin/organs/new", "/admin/units/new",
		"/admin/appointments/new?person=li", "/admin/interests/new?person=li", "/admin/appointments", "/admin/accounts", "/admin/identities", "/admin/tokens", "/admin/webhooks", "/admin/numbers", "/admin/log/directory", "/admin/log/accounts", "/admin/log/sign-ins", "/welcome", "/health"} {
		b.lang = "en"
		page := b.wants(target, 200, `<html lang="en">`)
		if strings.Count(page, "<h1") != 1 {
			t.Errorf("GET %s: %d headings of the page", target, strings.Count(page, "<h1"))
		}
		for _, words := range han.FindAllString(page, -1) {
			if words != "中文" && words != "程" {
				t.Errorf("GET %s in English shows %q", target, words)
			}
		}
		b.lang = "zh"
		b.wants(target, 200, `<html lang="zh-CN">`)
	}
}
