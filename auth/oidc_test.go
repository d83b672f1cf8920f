package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// someone is a user of the identity provider, whose claims a test can change.
type someone struct {
	subject string
	change  func(c map[string]any)
}

func (s *someone) ID() string                        { return s.subject }
func (s *someone) Userinfo([]string) ([]byte, error) { return []byte("{}"), nil }
func (s *someone) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	b, err := json.Marshal(base)
	if err != nil {
		return nil, err
	}
	claims := jwt.MapClaims{}
	if err := json.Unmarshal(b, &claims); err != nil {
		return nil, err
	}
	claims["acr"], claims["amr"], claims["email"] = "urn:gov:loa:2", []string{"pwd", "otp"}, "li@example.gov.cn"
	if s.change != nil {
		s.change(claims)
	}
	return claims, nil
}

// identity is a site with a real identity provider.
type identity struct {
	*site
	provider *mockoidc.MockOIDC
	oidc     *auth.OIDC
	forge    func(raw []byte) []byte // what the token endpoint answers instead
}

func newIdentity(t *testing.T) *identity {
	t.Helper()
	i := &identity{site: newSite(t, false)}
	i.now = time.Now().UTC() // the provider has a clock of its own
	var err error
	if i.provider, err = mockoidc.NewServer(nil); err != nil {
		t.Fatal(err)
	}
	if err := i.provider.AddMiddleware(i.forging); err != nil {
		t.Fatal(err)
	}
	listener, err := newListener(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.provider.Start(listener, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.provider.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	i.oidc = i.connect(t, i.provider.ClientID)
	if _, err := i.Bind(t.Context(), auth.Identity{Issuer: i.provider.Issuer(), Subject: "sub-li", Organ: organ, Person: "li", BoundBy: "admin"}, ""); err != nil {
		t.Fatal(err)
	}
	return i
}

func (i *identity) connect(t *testing.T, client string) *auth.OIDC {
	t.Helper()
	provider, err := auth.NewProvider(auth.ProviderOptions{Issuer: i.provider.Issuer(), ClientID: client, ClientSecret: i.provider.ClientSecret,
		RedirectURL: "http://127.0.0.1/sign-in/return", Now: func() time.Time { return i.now }})
	if err != nil {
		t.Fatal(err)
	}
	return auth.NewOIDC(provider, i.sessions, i.Accounts)
}

// forging lets a test change what the token endpoint answers.
func (i *identity) forging(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.forge == nil || r.URL.Path != mockoidc.TokenEndpoint {
			next.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(rec.Code)
		if _, err := w.Write(i.forge(rec.Body.Bytes())); err != nil {
			panic(err) // the test goes wrong
		}
	})
}

// depart begins a sign-in, and gives what the provider sends the browser back with.
func (i *identity) depart(t *testing.T, b *surfer, who *someone) url.Values {
	t.Helper()
	i.provider.QueueUser(who)
	var address string
	if _, status := b.ask(func(r *http.Request) (err error) {
		address, err = i.oidc.Start(r.Context(), "/cases/c1")
		return err
	}); status != http.StatusUnauthorized {
		t.Fatalf("starting: %d", status)
	}
	asked, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := asked.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 26 || len(q.Get("nonce")) < 26 ||
		q.Get("response_type") != "code" || q.Get("scope") != "openid" || q.Get("redirect_uri") != "http://127.0.0.1/sign-in/return" {
		t.Errorf("asked for %v", q)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		t.Fatal(err)
	}
	return back.Query()
}

// arrive comes back, and gives how that ended.
func (i *identity) arrive(b *surfer, back url.Values) (p auth.Principal, to string, err error) {
	p, _ = b.ask(func(r *http.Request) error {
		to, err = i.oidc.Finish(r.Context(), back, from)
		return err
	})
	return p, to, err
}

// li is who is bound.
func li() *someone { return &someone{subject: "sub-li"} }

func TestSomebodySignsInAtTheIdentityProvider(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	b := &surfer{t: t, site: i.site}
	back := i.depart(t, b, li())
	before := *b.cookie
	p, to, err := i.arrive(b, back)
	if err != nil || to != "/cases/c1" || p.Person != "li" || !p.Holds("drafter") {
		t.Fatalf("%+v to %q: %v", p, to, err)
	}
	if b.cookie.Value == before.Value || (&surfer{t: t, site: i.site, cookie: &before}).status() != http.StatusUnauthorized {
		t.Error("the cookie of before signing in is still good")
	}
	var proof auth.Proof
	if _, status := b.ask(func(r *http.Request) error { proof = i.sessions.Proof(r.Context()); return nil }); status != http.StatusOK {
		t.Fatal(status)
	}
	if proof.Method != "oidc" || proof.ACR != "urn:gov:loa:2" || strings.Join(proof.AMR, " ") != "pwd otp" {
		t.Errorf("kept with the session: %+v", proof)
	}
	list, err := i.storage.SignIns(t.Context(), organ, 0, 10)
	if err != nil || len(list) != 1 || list[0].Method != "oidc" || list[0].Outcome != "ok" || list[0].Detail != "acr=urn:gov:loa:2 amr=pwd,otp" {
		t.Errorf("log: %+v, %v", list, err)
	}
}

func TestWhatTheBrowserComesBackWithMustFit(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	for name, change := range map[string]func(back url.Values) url.Values{
		"another state":                func(back url.Values) url.Values { back.Set("state", strings.Repeat("A", 26)); return back },
		"no state":                     func(back url.Values) url.Values { back.Del("state"); return back },
		"no code":                      func(back url.Values) url.Values { back.Del("code"); return back },
		"a guessed code":               func(back url.Values) url.Values { back.Set("code", "guess"); return back },
		"an error":                     func(back url.Values) url.Values { back.Set("error", "access_denied"); return back },
		"the answer of another issuer": func(back url.Values) url.Values { back.Set("iss", "https://evil.example"); return back },
		"nothing":                      func(url.Values) url.Values { return url.Values{} },
	} {
		b := &surfer{t: t, site: i.site}
		back := i.depart(t, b, li())
		right := url.Values{"state": back["state"], "code": back["code"]}
		if p, _, err := i.arrive(b, change(back)); !errors.Is(err, auth.ErrUnauthenticated) || !p.Public() {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if b.status() != http.StatusUnauthorized {
			t.Errorf("%s: somebody is signed in", name)
		}
		// What was begun is over: even what would have been right comes too late.
		if _, _, err := i.arrive(b, right); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s, and then the right answer: %v", name, err)
		}
	}
}

func TestAReturnIsGoodOnceAndInOneBrowser(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	b := &surfer{t: t, site: i.site}
	back := i.depart(t, b, li())
	// A link that an attacker sends: their own code and state, in the victim's browser.
	victim := &surfer{t: t, site: i.site}
	if _, _, err := i.arrive(victim, back); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("in another browser: %v", err)
	}
	underWay := *b.cookie
	if _, _, err := i.arrive(b, back); err != nil {
		t.Fatal(err)
	}
	for name, again := range map[string]*surfer{"the link once more": b, "the link once more, with the cookie of before": {t: t, site: i.site, cookie: &underWay}} {
		if _, _, err := i.arrive(again, back); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The code of one sign-in in another one: the provider does not take it twice, and
	// the verifier is another.
	second := &surfer{t: t, site: i.site}
	fresh := i.depart(t, second, li())
	fresh.Set("code", back.Get("code"))
	if _, _, err := i.arrive(second, fresh); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("a code that was used: %v", err)
	}
	third, fourth := &surfer{t: t, site: i.site}, &surfer{t: t, site: i.site}
	mine, stolen := i.depart(t, third, li()), i.depart(t, fourth, li())
	mine.Set("code", stolen.Get("code"))
	if _, _, err := i.arrive(third, mine); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("a code that somebody else was given: %v", err)
	}
}

func TestASignInThatTakesTooLongIsOver(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	b := &surfer{t: t, site: i.site}
	back := i.depart(t, b, li())
	i.now = i.now.Add(10 * time.Minute)
	if _, _, err := i.arrive(b, back); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("after ten minutes: %v", err)
	}
}

func TestTheIDTokenMustFit(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	for _, tt := range []struct {
		name   string
		change func(c map[string]any)
		good   bool
	}{
		{"as it is", nil, true},
		{"another nonce", func(c map[string]any) { c["nonce"] = strings.Repeat("A", 26) }, false},
		{"no nonce", func(c map[string]any) { delete(c, "nonce") }, false},
		{"another audience", func(c map[string]any) { c["aud"] = "somebody-else" }, false},
		{"no audience", func(c map[string]any) { delete(c, "aud") }, false},
		{"two audiences, made for the other one", func(c map[string]any) { c["aud"], c["azp"] = []any{c["aud"].([]any)[0], "other"}, "other" }, false},
		{"two audiences, and nobody it is made for", func(c map[string]any) { c["aud"] = []any{c["aud"].([]any)[0], "other"} }, false},
		{"two audiences, made for us", func(c map[string]any) { aud := c["aud"].([]any)[0]; c["aud"], c["azp"] = []any{aud, "other"}, aud }, true},
		{"another issuer", func(c map[string]any) { c["iss"] = "https://evil.example" }, false},
		{"expired", func(c map[string]any) { c["exp"] = at(-5 * time.Minute) }, false},
		{"expired by a clock that differs a little", func(c map[string]any) { c["exp"] = at(-30 * time.Second) }, true},
		{"no end", func(c map[string]any) { delete(c, "exp") }, false},
		{"from the future", func(c map[string]any) { c["iat"] = at(10 * time.Minute) }, false},
		{"issued by a clock that differs a little", func(c map[string]any) { c["iat"] = at(30 * time.Second) }, true},
		{"not good yet", func(c map[string]any) { c["nbf"] = at(time.Hour) }, false},
		{"no subject", func(c map[string]any) { delete(c, "sub") }, false},
		{"another access token", func(c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" }, false},
	} {
		b := &surfer{t: t, site: i.site}
		back := i.depart(t, b, &someone{subject: "sub-li", change: tt.change})
		p, _, err := i.arrive(b, back)
		if tt.good && (err != nil || p.Person != "li") {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !tt.good && (!errors.Is(err, auth.ErrUnauthenticated) || b.status() != http.StatusUnauthorized) {
			t.Errorf("%s: %+v, %v", tt.name, p, err)
		}
	}
}

// withIDToken answers with another ID token.
func withIDToken(make func(header, payload map[string]any) string) func(raw []byte) []byte {
	return func(raw []byte) []byte {
		var answer map[string]any
		if json.Unmarshal(raw, &answer) != nil {
			return raw
		}
		token, _ := answer["id_token"].(string)
		parts := strings.Split(token, ".")
		var decoded [2]map[string]any
		for n := range decoded {
			b, err := base64.RawURLEncoding.DecodeString(parts[n])
			if err != nil || json.Unmarshal(b, &decoded[n]) != nil {
				return raw
			}
		}
		answer["id_token"] = make(decoded[0], decoded[1])
		b, err := json.Marshal(answer)
		if err != nil {
			return raw
		}
		return b
	}
}

func encoded(header, payload map[string]any) string {
	h, _ := json.Marshal(header)
	p, _ := json.Marshal(payload)
	return base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(p)
}

func TestOnlyTheProviderSignsIDTokens(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(header, payload map[string]any) string{
		"unsigned": func(h, p map[string]any) string { h["alg"] = "none"; return encoded(h, p) + "." },
		"unsigned, spelt otherwise": func(h, p map[string]any) string {
			h["alg"] = "NoNe"
			return encoded(h, p) + "."
		},
		"without its signature": func(h, p map[string]any) string { return encoded(h, p) + "." },
		"signed with the client secret": func(_, p map[string]any) string {
			s, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(p)).SignedString([]byte(i.provider.ClientSecret))
			return s
		},
		"signed by a stranger under the provider's key id": func(h, p map[string]any) string {
			token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(p))
			token.Header["kid"] = h["kid"]
			s, _ := token.SignedString(stranger)
			return s
		},
		"with another subject": func(h, p map[string]any) string {
			p["sub"] = "sub-chief"
			return encoded(h, p) + ".AAAA"
		},
		"no token": func(_, _ map[string]any) string { return "" },
	} {
		i.forge = nil
		b := &surfer{t: t, site: i.site}
		back := i.depart(t, b, li())
		i.forge = withIDToken(forge)
		if p, _, err := i.arrive(b, back); !errors.Is(err, auth.ErrUnauthenticated) || !p.Public() {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	i.forge = func(raw []byte) []byte { return []byte(`{"access_token":"x","token_type":"bearer"}`) }
	b := &surfer{t: t, site: i.site}
	if _, _, err := i.arrive(b, i.depart(t, b, li())); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("an answer without an ID token: %v", err)
	}
}

func TestTheProviderChangesItsKeys(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	for range 3 {
		b := &surfer{t: t, site: i.site}
		if p, _, err := i.arrive(b, i.depart(t, b, li())); err != nil || p.Person != "li" {
			t.Fatalf("%+v, %v", p, err)
		}
		keys, err := mockoidc.RandomKeypair(2048)
		if err != nil {
			t.Fatal(err)
		}
		i.provider.Keypair = keys
	}
}

func TestWhoeverIsBoundToNobodyIsNobody(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	b := &surfer{t: t, site: i.site}
	_, _, err := i.arrive(b, i.depart(t, b, &someone{subject: "sub-new"})) // with the mail address of somebody who is known
	var unknown *auth.UnknownIdentity
	if !errors.As(err, &unknown) || !errors.Is(err, auth.ErrUnauthenticated) || unknown.Subject != "sub-new" || unknown.Issuer != i.provider.Issuer() {
		t.Fatalf("%v", err)
	}
	if b.status() != http.StatusUnauthorized {
		t.Error("somebody is signed in")
	}
	if list, err := i.Identities(t.Context(), organ, "", 10); err != nil || len(list) != 1 {
		t.Errorf("something was made: %+v, %v", list, err)
	}
	if _, err := i.Bind(t.Context(), auth.Identity{Issuer: i.provider.Issuer(), Subject: "sub-li", Organ: organ, Person: "li"}, ""); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("bound twice: %v", err)
	}
	for name, bad := range map[string]auth.Identity{
		"nobody of the directory": {Issuer: "https://id.example", Subject: "s", Organ: organ, Person: "nobody"},
		"no subject":              {Issuer: "https://id.example", Organ: organ, Person: "li"},
		"no issuer":               {Subject: "s", Organ: organ, Person: "li"},
	} {
		if _, err := i.Bind(t.Context(), bad, ""); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAProviderThatIsDownIsToldApart(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	b := &surfer{t: t, site: i.site}
	back := i.depart(t, b, li())
	for range 2 { // the secret is tried in the header and in the form
		i.provider.QueueError(&mockoidc.ServerError{Code: http.StatusServiceUnavailable, Error: "down"})
	}
	if _, _, err := i.arrive(b, back); !errors.Is(err, auth.ErrProvider) || errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("at the end: %v", err)
	}
	gone, err := auth.NewProvider(auth.ProviderOptions{Issuer: "http://127.0.0.1:1/oidc", ClientID: "c", RedirectURL: "http://127.0.0.1/x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.NewOIDC(gone, i.sessions, i.Accounts).Start(t.Context(), "/"); !errors.Is(err, auth.ErrProvider) {
		t.Errorf("at the start: %v", err)
	}
}

func TestAProviderIsReachedOverTLS(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"", "http://id.example", "ftp://id.example", "id.example", "https://", "https://u:p@id.example", "http://127.0.0.1.evil.example"} {
		if _, err := auth.NewProvider(auth.ProviderOptions{Issuer: issuer, ClientID: "c", RedirectURL: "https://chengxu.example/sign-in/return"}); err == nil {
			t.Errorf("%q is taken", issuer)
		}
	}
	if _, err := auth.NewProvider(auth.ProviderOptions{Issuer: "https://id.example", ClientID: "c", RedirectURL: "http://chengxu.example/x"}); err == nil {
		t.Error("a return without TLS is taken")
	}
}
