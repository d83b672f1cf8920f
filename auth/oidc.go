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

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/zhengdang/chengxu/casefile"
)

// OIDCOptions name an identity provider (OpenID Connect).
type OIDCOptions struct {
	Issuer, ClientID, ClientSecret string
	Redirect                       string // the address of our callback
	Now                            func() time.Time
}

// OIDC signs people in by an identity provider: authorization code with PKCE, state
// and nonce. A subject is bound to a person by an administrator; one that is not is
// nobody, whatever mail address it claims.
type OIDC struct {
	sessions *Sessions
	accounts AccountStorage
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier
	issuer   string
	now      func() time.Time
}

// NewOIDC asks the provider for its configuration. Its keys are read again when a
// token is signed with one that is not known.
func NewOIDC(ctx context.Context, sessions *Sessions, accounts AccountStorage, o OIDCOptions) (*OIDC, error) {
	provider, err := oidc.NewProvider(ctx, o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("identity provider: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &OIDC{
		sessions: sessions, accounts: accounts, issuer: o.Issuer, now: o.Now,
		config: oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, RedirectURL: o.Redirect,
			Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID}},
		verifier: provider.VerifierContext(ctx, &oidc.Config{ClientID: o.ClientID, Now: o.Now,
			SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.EdDSA}}),
	}, nil
}

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
// browser wants to go afterwards.
func (o *OIDC) Start(ctx context.Context, to string) (string, error) {
	p := pending{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: to, Until: o.now().Add(pendingLife)}
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("start sign-in: %w", err)
	}
	o.sessions.manager.Put(ctx, keyPending, string(b))
	return o.config.AuthCodeURL(p.State, oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier)), nil
}

// claims are what is read of an ID token beside issuer and subject.
type claims struct {
	ACR string   `json:"acr"`
	AMR []string `json:"amr"`
}

// Finish recognises the person with whom the provider sends the browser back, and
// begins the session. Whatever does not fit, was used before, or is not bound to
// anybody is [ErrUnauthenticated].
func (o *OIDC) Finish(ctx context.Context, query url.Values, network string) (to string, err error) {
	kept := o.sessions.manager.PopString(ctx, keyPending)
	var p pending
	if kept == "" || json.Unmarshal([]byte(kept), &p) != nil || !o.now().Before(p.Until) {
		return "", fmt.Errorf("no sign-in is under way: %w", ErrUnauthenticated)
	}
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(p.State)) != 1 {
		return "", fmt.Errorf("another state: %w", ErrUnauthenticated)
	}
	if problem := query.Get("error"); problem != "" {
		return "", fmt.Errorf("the provider says %.80q: %w", problem, ErrUnauthenticated)
	}
	if iss := query.Get("iss"); iss != "" && iss != o.issuer {
		return "", fmt.Errorf("the answer of another provider: %w", ErrUnauthenticated)
	}
	token, err := o.exchange(ctx, query.Get("code"), p)
	if err != nil {
		return "", err
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return "", fmt.Errorf("read claims: %w: %w", err, ErrUnauthenticated)
	}
	log := SignIn{At: o.now().UTC(), Method: "oidc", Outcome: "unknown", Network: network, Detail: strings.TrimSpace("acr=" + c.ACR + " amr=" + strings.Join(c.AMR, ","))}
	bound, err := o.accounts.Identity(ctx, token.Issuer, token.Subject)
	switch {
	case err == nil:
		log.Organ, log.Person, log.Outcome = bound.Organ, bound.Person, "ok"
	case !errors.Is(err, casefile.ErrNotFound):
		return "", err
	}
	if err := o.accounts.LogSignIn(ctx, log); err != nil {
		return "", err
	}
	if log.Outcome != "ok" {
		return "", fmt.Errorf("the identity is bound to nobody: %w", ErrUnauthenticated)
	}
	return p.To, o.sessions.Begin(ctx, Known{Organ: bound.Organ, Person: bound.Person}, "oidc")
}

// exchange takes the code to the provider and checks the ID token that it gives.
func (o *OIDC) exchange(ctx context.Context, code string, p pending) (*oidc.IDToken, error) {
	if code == "" {
		return nil, fmt.Errorf("no code: %w", ErrUnauthenticated)
	}
	given, err := o.config.Exchange(ctx, code, oauth2.VerifierOption(p.Verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return nil, fmt.Errorf("the provider does not take the code (%.40q): %w", refused.ErrorCode, ErrUnauthenticated)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the provider: %w", err)
	}
	raw, ok := given.Extra("id_token").(string)
	if !ok {
		return nil, fmt.Errorf("no ID token: %w", ErrUnauthenticated)
	}
	token, err := o.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("ID token: %w: %w", err, ErrUnauthenticated)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(p.Nonce)) != 1 {
		return nil, fmt.Errorf("another nonce: %w", ErrUnauthenticated)
	}
	return token, nil
}

// Bind binds a subject of the provider to a person of the directory.
func (o *OIDC) Bind(ctx context.Context, organ casefile.OrganID, subject string, person, by casefile.PersonID) error {
	if !printable(subject, 200) {
		return wrong("subject", "1 to 200 printable characters")
	}
	return o.accounts.CreateIdentity(ctx, Identity{Issuer: o.issuer, Subject: subject, Organ: organ, Person: person, BoundBy: by, BoundAt: o.now().UTC()})
}
