package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	clockSkew      = time.Minute // by which our clock and the provider's may differ
	providerWait   = 10 * time.Second
	providerAnswer = 1 << 20 // bytes
)

// ErrProvider says that the identity provider cannot be reached.
var ErrProvider = errors.New("identity provider not available")

// ProviderOptions say which identity provider is trusted.
type ProviderOptions struct {
	Issuer       string // https; http is for a provider on this machine
	ClientID     string
	ClientSecret string
	RedirectURL  string           // where the provider sends the browser back to
	Now          func() time.Time // nil: the system's clock
}

// Provider is an identity provider (OpenID Connect): authorization code with PKCE
// (S256), state and nonce. Its description is fetched when it is first needed, its
// keys anew when a token is signed by one that is not known yet.
type Provider struct {
	o    ProviderOptions
	http *http.Client

	mu    sync.Mutex
	found *found
}

// found is what the provider says of itself.
type found struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// NewProvider checks the options. Nothing is fetched yet.
func NewProvider(o ProviderOptions) (*Provider, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	for name, value := range map[string]string{"issuer": o.Issuer, "redirect URL": o.RedirectURL} {
		u, err := url.Parse(value)
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
			return nil, fmt.Errorf("identity provider: %s: want an https address", name)
		}
	}
	if o.ClientID == "" {
		return nil, errors.New("identity provider: the client id is missing")
	}
	transport := bounded{&http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: providerWait, MaxIdleConns: 4, IdleConnTimeout: time.Minute}}
	return &Provider{o: o, http: &http.Client{Transport: transport, Timeout: providerWait}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// bounded reads no more of an answer than an identity provider has to say.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, providerAnswer), resp.Body}
	}
	return resp, err
}

// discover gives what the provider says of itself.
func (p *Provider) discover(ctx context.Context) (*found, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The keys are fetched later, long after this request.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.http), p.o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	endpoint := provider.Endpoint()
	p.found = &found{
		oauth: oauth2.Config{ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, RedirectURL: p.o.RedirectURL, Endpoint: endpoint, Scopes: []string{oidc.ScopeOpenID}},
		// An expired token is taken for as long as our clock may be ahead.
		verifier: provider.Verifier(&oidc.Config{ClientID: p.o.ClientID, Now: func() time.Time { return p.o.Now().Add(-clockSkew) },
			SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.EdDSA}}),
	}
	return p.found, nil
}

// address gives where to send the browser.
func (p *Provider) address(ctx context.Context, state, nonce, verifier string) (string, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return found.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// claims are what of an ID token is used.
type claims struct {
	AZP string   `json:"azp"`
	ACR string   `json:"acr"`
	AMR []string `json:"amr"`
}

// identify exchanges a code for an ID token and gives the subject that it is about.
// What does not fit is [ErrUnauthenticated].
func (p *Provider) identify(ctx context.Context, code, nonce, verifier string) (subject string, proof Proof, err error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", Proof{}, err
	}
	ctx = oidc.ClientContext(ctx, p.http)
	answer, err := found.oauth.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", Proof{}, exchangeFault(err)
	}
	raw, ok := answer.Extra("id_token").(string)
	if !ok {
		return "", Proof{}, fmt.Errorf("no ID token: %w", ErrUnauthenticated)
	}
	token, err := found.verifier.Verify(ctx, raw)
	if err != nil {
		return "", Proof{}, fmt.Errorf("ID token: %w: %w", err, ErrUnauthenticated)
	}
	c, err := p.check(token, answer.AccessToken, nonce)
	if err != nil {
		return "", Proof{}, fmt.Errorf("ID token: %w: %w", err, ErrUnauthenticated)
	}
	return token.Subject, Proof{Method: "oidc", ACR: c.ACR, AMR: c.AMR}, nil
}

// check looks at what the library leaves to its caller.
func (p *Provider) check(token *oidc.IDToken, access, nonce string) (c claims, err error) {
	if err := token.Claims(&c); err != nil {
		return c, err
	}
	switch {
	case nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return c, errors.New("another nonce")
	case len(token.Audience) > 1 && c.AZP != p.o.ClientID || c.AZP != "" && c.AZP != p.o.ClientID:
		return c, errors.New("made for another client")
	case token.IssuedAt.After(p.o.Now().Add(clockSkew)):
		return c, errors.New("from the future")
	case !printable(token.Subject, 255):
		return c, errors.New("no subject, or one that cannot be shown")
	case token.AccessTokenHash != "":
		return c, token.VerifyAccessToken(access)
	}
	return c, nil
}

// exchangeFault tells what the provider did not take from what kept us from asking.
// What the provider sent is left out: it may hold secrets.
func exchangeFault(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError {
		return fmt.Errorf("the provider does not take the code (%.40q): %w", refused.ErrorCode, ErrUnauthenticated)
	}
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: it answered with a fault", ErrProvider)
	}
	return fmt.Errorf("%w: %w", ErrProvider, err)
}
