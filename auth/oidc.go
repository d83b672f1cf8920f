package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/zhengdang/chengxu/casefile"
)

// OIDC signs people in by an identity provider: authorization code with PKCE, state
// and nonce. A subject is bound to a person by an administrator; one that is not is
// nobody, whatever mail address it claims, and nothing is made for it.
type OIDC struct {
	provider *Provider
	sessions *Sessions
	accounts *Accounts
}

// NewOIDC returns an OIDC over a provider.
func NewOIDC(provider *Provider, sessions *Sessions, accounts *Accounts) *OIDC {
	return &OIDC{provider: provider, sessions: sessions, accounts: accounts}
}

// UnknownIdentity is whom the provider vouches for, and no administrator has bound to
// a person. It wraps [ErrUnauthenticated]. The person tells it to an administrator.
type UnknownIdentity struct{ Issuer, Subject string }

func (*UnknownIdentity) Error() string { return "the identity is bound to nobody" }

// Unwrap makes it [ErrUnauthenticated].
func (*UnknownIdentity) Unwrap() error { return ErrUnauthenticated }

// pending is a sign-in that is under way. It stays in the browser's session until
// the provider sends the browser back, once.
type pending struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	To       string    `json:"to"`
	Until    time.Time `json:"until"`
}

// pendingLife is how long a person may take at the provider.
const pendingLife = 10 * time.Minute

// Start gives the address of the provider to send the browser to. To is where the
// browser wants to go afterwards. A provider that does not answer is [ErrProvider].
func (o *OIDC) Start(ctx context.Context, to string) (string, error) {
	p := pending{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: to, Until: o.provider.o.Now().Add(pendingLife)}
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("start sign-in: %w", err)
	}
	address, err := o.provider.address(ctx, p.State, p.Nonce, p.Verifier)
	if err != nil {
		return "", err
	}
	o.sessions.manager.Put(ctx, keyPending, string(b))
	return address, nil
}

// Finish recognises the person with whom the provider sends the browser back, and
// begins the session. Whatever does not fit, was used before, or is not bound to
// anybody is [ErrUnauthenticated]; each is logged.
func (o *OIDC) Finish(ctx context.Context, query url.Values, from string) (to string, err error) {
	log := SignIn{Method: "oidc", Outcome: "wrong"}
	subject, p, proof, err := o.recognise(ctx, query)
	switch {
	case errors.Is(err, ErrUnauthenticated):
		return "", errors.Join(err, o.accounts.Log(ctx, log, from))
	case err != nil:
		return "", err
	}
	log.Outcome, log.Detail = "unknown", strings.TrimSpace("acr="+proof.ACR+" amr="+strings.Join(proof.AMR, ","))
	bound, err := o.accounts.storage.Identity(ctx, o.provider.o.Issuer, subject)
	switch {
	case err == nil:
		log.Organ, log.Person, log.Outcome = bound.Organ, bound.Person, "ok"
	case !errors.Is(err, casefile.ErrNotFound):
		return "", err
	}
	closed, err := o.accounts.storage.AccountClosed(ctx, bound.Organ, bound.Person)
	if err != nil {
		return "", err
	}
	if closed {
		log.Outcome = "closed"
	}
	if err := o.accounts.Log(ctx, log, from); err != nil {
		return "", err
	}
	if closed {
		return "", fmt.Errorf("the account of the person is closed: %w", ErrUnauthenticated)
	}
	if log.Outcome != "ok" {
		return "", &UnknownIdentity{Issuer: o.provider.o.Issuer, Subject: subject}
	}
	proof.From = from
	return p.To, o.sessions.Begin(ctx, Known{Organ: bound.Organ, Person: bound.Person}, proof)
}

// recognise gives the subject that the provider vouches for.
func (o *OIDC) recognise(ctx context.Context, query url.Values) (subject string, p pending, proof Proof, err error) {
	bad := func(why string) (string, pending, Proof, error) {
		return "", pending{}, Proof{}, fmt.Errorf("%s: %w", why, ErrUnauthenticated)
	}
	kept := o.sessions.manager.PopString(ctx, keyPending)
	switch {
	case kept == "" || json.Unmarshal([]byte(kept), &p) != nil || !o.provider.o.Now().Before(p.Until):
		return bad("no sign-in is under way")
	case subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(p.State)) != 1:
		return bad("another state")
	case query.Get("error") != "":
		return bad(fmt.Sprintf("the provider says %.80q", query.Get("error")))
	case query.Get("iss") != "" && query.Get("iss") != o.provider.o.Issuer: // RFC 9207
		return bad("the answer of another provider")
	case query.Get("code") == "":
		return bad("no code")
	}
	subject, proof, err = o.provider.identify(ctx, query.Get("code"), p.Nonce, p.Verifier)
	return subject, p, proof, err
}

func checkIdentity(i Identity) error {
	if at, err := url.Parse(i.Issuer); err != nil || at.Host == "" || len(i.Issuer) > 300 {
		return wrong("issuer", "the address of an identity provider")
	}
	if !printable(i.Subject, 255) {
		return wrong("subject", "1 to 255 printable characters")
	}
	return nil
}
