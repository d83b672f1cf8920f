package auth_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// site is a server with nothing but sessions: what is asked is done with the session
// of the request, and who it is then is answered.
type site struct {
	*entrance
	sessions *auth.Sessions
	handler  http.Handler
	do       func(r *http.Request) error
	faults   []error
}

func newSite(t *testing.T, secure bool) *site {
	t.Helper()
	s := &site{entrance: newEntrance(t)}
	s.sessions = auth.NewSessions(s.storage, s.directory, s.tokens, auth.SessionOptions{Secure: secure, Now: func() time.Time { return s.now }})
	s.handler = s.sessions.Keep(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.do != nil {
			if err := s.do(r); err != nil {
				http.Error(w, err.Error(), http.StatusTeapot)
				return
			}
		}
		p, err := s.sessions.Authenticate(r.Context(), r.Header.Values("Authorization"))
		if errors.Is(err, auth.ErrUnauthenticated) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if err != nil {
			t.Error(err)
		}
		if err := json.NewEncoder(w).Encode(p); err != nil {
			t.Error(err)
		}
	}), func(err error) { s.faults = append(s.faults, err) })
	return s
}

// surfer is a browser with one cookie.
type surfer struct {
	t      *testing.T
	site   *site
	cookie *http.Cookie
}

// ask sends a request, does something with its session, and keeps the cookie of the
// answer. It gives who the site says it is.
func (b *surfer) ask(do func(r *http.Request) error) (auth.Principal, int) {
	b.t.Helper()
	b.site.do = do
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, "/", nil)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	rec := httptest.NewRecorder()
	b.site.handler.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		b.cookie = c
		if c.MaxAge < 0 {
			b.cookie = nil
		}
	}
	var p auth.Principal
	if rec.Code == http.StatusOK {
		if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
			b.t.Fatal(err)
		}
	}
	return p, rec.Code
}

func (b *surfer) status() int {
	b.t.Helper()
	_, status := b.ask(nil)
	return status
}

// signedIn is a browser of somebody who has signed in.
func (s *site) signedIn(t *testing.T) *surfer {
	t.Helper()
	b := &surfer{t: t, site: s}
	if _, status := b.ask(s.begin); status != http.StatusOK {
		t.Fatalf("signing in: %d", status)
	}
	return b
}

func (s *site) begin(r *http.Request) error {
	return s.sessions.Begin(r.Context(), auth.Known{Organ: organ, Person: "li"}, auth.Proof{Method: "password"})
}

func TestASessionIsOfWhoeverSignedIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	if status := (&surfer{t: t, site: s}).status(); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
	b := s.signedIn(t)
	p, status := b.ask(nil)
	if status != http.StatusOK || p.Person != "li" || p.Organ != organ || !p.Holds("drafter") || p.SessionID == "" || p.TokenID != "" {
		t.Errorf("%d %+v", status, p)
	}
	if !b.cookie.HttpOnly || b.cookie.SameSite != http.SameSiteLaxMode || b.cookie.Path != "/" || b.cookie.Domain != "" || len(b.cookie.Value) < 43 {
		t.Errorf("cookie %+v", b.cookie)
	}
	list, err := s.storage.SessionsOf(t.Context(), organ, "li", s.now)
	if err != nil || len(list) != 1 || strings.Contains(list[0].Hash+list[0].ID+string(list[0].Data), b.cookie.Value) {
		t.Errorf("what is stored holds the cookie: %+v, %v", list, err)
	}
	if secure := newSite(t, true).signedIn(t); !secure.cookie.Secure || !strings.HasPrefix(secure.cookie.Name, "__Host-") {
		t.Errorf("over TLS: %+v", secure.cookie)
	}
}

func TestNobodyFixesASessionBeforehand(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	made := strings.Repeat("A", 43)
	b := &surfer{t: t, site: s, cookie: &http.Cookie{Name: "chengxu_session", Value: made}}
	if _, status := b.ask(s.begin); status != http.StatusOK || b.cookie.Value == made {
		t.Errorf("a cookie that was made up is taken: %d", status)
	}
	// An attacker's own session, put into the victim's browser, is worth nothing after
	// the victim has signed in.
	attacker := s.signedIn(t)
	planted := *attacker.cookie
	victim := &surfer{t: t, site: s, cookie: &planted}
	if _, status := victim.ask(s.begin); status != http.StatusOK || victim.cookie.Value == attacker.cookie.Value {
		t.Fatal("signing in keeps the cookie of before")
	}
	if status := attacker.status(); status != http.StatusUnauthorized {
		t.Errorf("the planted cookie is still good: %d", status)
	}
}

func TestSessionsEndWhenNobodyUsesThem(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.signedIn(t)
	s.now = s.now.Add(29 * time.Minute)
	if status := b.status(); status != http.StatusOK {
		t.Fatalf("after 29 minutes: %d", status)
	}
	s.now = s.now.Add(29 * time.Minute)
	if status := b.status(); status != http.StatusOK {
		t.Fatalf("used again after 29 minutes: %d", status)
	}
	s.now = s.now.Add(30 * time.Minute)
	if status := b.status(); status != http.StatusUnauthorized {
		t.Errorf("not used for half an hour: %d", status)
	}
}

func TestSessionsEndHoweverMuchTheyAreUsed(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.signedIn(t)
	began := s.now
	for s.now.Add(20 * time.Minute).Before(began.Add(12 * time.Hour)) {
		s.now = s.now.Add(20 * time.Minute)
		if status := b.status(); status != http.StatusOK {
			t.Fatalf("after %v: %d", s.now.Sub(began), status)
		}
	}
	s.now = began.Add(12 * time.Hour)
	if status := b.status(); status != http.StatusUnauthorized {
		t.Errorf("after twelve hours: %d", status)
	}
}

func TestASessionThatWasEndedStaysEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.signedIn(t)
	kept := *b.cookie
	other := &surfer{t: t, site: s, cookie: &kept}
	s.now = s.now.Add(10 * time.Minute) // so that a request is written down
	// A request that has read the session when another one signs out must not bring it
	// back when it ends.
	if _, status := other.ask(func(*http.Request) error {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.AddCookie(&kept)
		rec := httptest.NewRecorder()
		s.sessions.Keep(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := s.sessions.End(r.Context()); err != nil {
				t.Error(err)
			}
		}), func(err error) { t.Error(err) }).ServeHTTP(rec, r)
		return nil
	}); status != http.StatusOK {
		t.Fatalf("the request that was under way: %d", status)
	}
	if status := (&surfer{t: t, site: s, cookie: &kept}).status(); status != http.StatusUnauthorized {
		t.Errorf("after signing out: %d", status)
	}
}

func TestAnotherPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	here, there := s.signedIn(t), s.signedIn(t)
	before := *here.cookie
	if _, status := here.ask(func(r *http.Request) error {
		p, err := s.sessions.Authenticate(r.Context(), nil)
		if err != nil {
			return err
		}
		return s.sessions.Changed(r.Context(), p)
	}); status != http.StatusOK || here.cookie.Value == before.Value {
		t.Errorf("the session that changed it: %d, new cookie: %t", status, here.cookie.Value != before.Value)
	}
	for name, b := range map[string]*surfer{"another session": there, "the cookie of before": {t: t, site: s, cookie: &before}} {
		if status := b.status(); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status := here.status(); status != http.StatusOK {
		t.Errorf("the session itself: %d", status)
	}
}

func TestRightsAreThoseOfThisMoment(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.signedIn(t)
	before := *b.cookie
	if status := b.status(); status != http.StatusOK || b.cookie.Value != before.Value {
		t.Fatalf("nothing has changed: %d, and the cookie has: %t", status, b.cookie.Value != before.Value)
	}
	s.now = s.now.Add(10 * time.Minute)
	s.put(t, appointment("li", legaltime.Date{}, "drafter", "chief"), 1)
	p, status := b.ask(nil)
	if status != http.StatusOK || !p.Holds("chief") || b.cookie.Value == before.Value {
		t.Errorf("with another role: %d %v, new cookie: %t", status, p.Roles, b.cookie.Value != before.Value)
	}
	if want := s.now.Add(12*time.Hour - 10*time.Minute); !p.Expires.Equal(want) {
		t.Errorf("the session with a new cookie ends at %v, want %v", p.Expires, want)
	}
	if status := (&surfer{t: t, site: s, cookie: &before}).status(); status != http.StatusUnauthorized {
		t.Errorf("the cookie of before: %d", status)
	}
	s.put(t, appointment("li", legaltime.NewDate(2026, 3, 1), "drafter", "chief"), 2)
	if status := b.status(); status != http.StatusUnauthorized {
		t.Errorf("after the last appointment: %d", status)
	}
}

func TestASessionByATokenIsNoMoreThanTheToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	secret, token, err := s.tokens.Issue(t.Context(), auth.Grant{Organ: organ, Person: "li", Name: "某人", Roles: []casefile.Role{"drafter"},
		Scopes: []auth.Scope{auth.ScopeRead}, Expires: s.now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	b := &surfer{t: t, site: s}
	with := func(token string) func(r *http.Request) error {
		return func(r *http.Request) error {
			_, err := s.sessions.BeginWithToken(r.Context(), []string{"Bearer " + token}, from)
			return err
		}
	}
	if _, status := b.ask(with("nobody")); status != http.StatusTeapot || b.cookie != nil {
		t.Errorf("a wrong token: %d %v", status, b.cookie)
	}
	p, status := b.ask(with(secret))
	if status != http.StatusOK || strings.Contains(b.cookie.Value, secret) {
		t.Fatalf("signing in: %d", status)
	}
	if p.TokenID != token.ID || p.SessionID == "" || p.May(auth.ScopeAct) || !p.May(auth.ScopeRead) || !p.Expires.Equal(token.Expires) {
		t.Errorf("the session is more than the token: %+v", p)
	}
	if err := s.tokens.Revoke(t.Context(), organ, token.ID, auth.Why{By: "admin"}); err != nil {
		t.Fatal(err)
	}
	if status := b.status(); status != http.StatusUnauthorized {
		t.Errorf("after the token was revoked: %d", status)
	}
}

// Reading does not write with each request, however many there are at once.
func TestManyRequestsOfASession(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.signedIn(t)
	s.do = nil
	list, err := s.storage.SessionsOf(t.Context(), organ, "li", s.now)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	s.now = s.now.Add(30 * time.Second)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.AddCookie(b.cookie)
			rec := httptest.NewRecorder()
			s.handler.ServeHTTP(rec, r)
			if rec.Code != http.StatusOK {
				t.Errorf("%d", rec.Code)
			}
		})
	}
	wg.Wait()
	after, err := s.storage.SessionsOf(t.Context(), organ, "li", s.now)
	if err != nil || len(after) != 1 || !after[0].Expires.Equal(list[0].Expires) {
		t.Errorf("within a minute the session was written again: %v, %v", after, err)
	}
	s.now = s.now.Add(time.Minute)
	if status := b.status(); status != http.StatusOK {
		t.Fatal(status)
	}
	if after, err = s.storage.SessionsOf(t.Context(), organ, "li", s.now); err != nil || !after[0].Expires.Equal(s.now.Add(30*time.Minute)) {
		t.Errorf("after a minute it was not: %v, %v", after, err)
	}
}

// What caches may keep comes without a cookie.
func TestAssetsComeWithoutACookie(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.signedIn(t)
	s.now = s.now.Add(10 * time.Minute)
	s.do = nil
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/assets/style.css", nil)
	r.AddCookie(b.cookie)
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	if rec.Code != http.StatusUnauthorized || len(rec.Result().Cookies()) > 0 {
		t.Errorf("%d %v", rec.Code, rec.Result().Cookies())
	}
}

func TestOwnSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	here, there := s.signedIn(t), s.signedIn(t)
	p, _ := here.ask(nil)
	list, err := s.sessions.List(t.Context(), p)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	other := auth.Principal{Organ: organ, Person: "somebody else"}
	for _, of := range list {
		if err := s.sessions.EndOne(t.Context(), other, of.ID); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("somebody else ends it: %v", err)
		}
		if of.ID != p.SessionID {
			if err := s.sessions.EndOne(t.Context(), p, of.ID); err != nil {
				t.Error(err)
			}
		}
	}
	if here.status() != http.StatusOK || there.status() != http.StatusUnauthorized {
		t.Errorf("want the other one ended: %d, %d", here.status(), there.status())
	}
}
