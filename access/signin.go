package access

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// The actions about signing in.
const (
	BeginSession  Action = "session.begin"
	OwnSession    Action = "session.own" // one's own session, password and sessions
	OwnTokens     Action = "token.own"
	WriteAccounts Action = "account.write"
	ReadAccounts  Action = "account.read" // accounts and identities
	ReadKeeping   Action = "account.log"  // who opened, closed, bound, issued what
	ReadSignIns   Action = "signin.log"
)

// ErrMustChange says that the caller has to change the password before anything
// else.
var ErrMustChange = errors.New("the password has to be changed first")

// SignIns gives attempts to sign in.
type SignIns interface {
	SignIns(ctx context.Context, organ casefile.OrganID, before int64, limit int) ([]auth.SignIn, error)
}

// Entrance is how people sign in.
type Entrance struct {
	Accounts  *auth.Accounts
	Sessions  *auth.Sessions
	Tokens    *auth.Tokens
	Provider  *auth.OIDC      // nil: there is no identity provider
	Addresses *auth.Addresses // nil: an address may try as often as it likes
	SignIns   SignIns
}

// attempt lets an address try to sign in, unless it has tried too often
// ([auth.ErrTooMany]), and counts when it is not recognised.
func (e *Entrance) attempt(from string, try func() error) error {
	if err := e.Addresses.Allow(from); err != nil {
		return err
	}
	err := try()
	e.Addresses.Note(from, err)
	return err
}

// SignIn begins a session for whoever has login and password. From is the address
// that the attempt comes from.
func (g *Guard) SignIn(ctx context.Context, login, password, from string) error {
	return g.o.Entrance.attempt(from, func() error {
		known, err := g.o.Entrance.Accounts.SignIn(ctx, login, password, from)
		if err != nil {
			return err
		}
		return g.o.Entrance.Sessions.Begin(ctx, known, auth.Proof{Method: "password", From: from})
	})
}

// HasProvider reports whether people can sign in at an identity provider.
func (g *Guard) HasProvider() bool { return g.o.Entrance.Provider != nil }

// StartProvider gives the address of the identity provider to send the browser to.
func (g *Guard) StartProvider(ctx context.Context, to, from string) (address string, err error) {
	if g.o.Entrance.Provider == nil {
		return "", notFound("identity provider", "")
	}
	err = g.o.Entrance.attempt(from, func() (err error) {
		address, err = g.o.Entrance.Provider.Start(ctx, to)
		return err
	})
	return address, err
}

// FinishProvider begins a session for whom the identity provider sends back.
func (g *Guard) FinishProvider(ctx context.Context, query url.Values, from string) (to string, err error) {
	if g.o.Entrance.Provider == nil {
		return "", notFound("identity provider", "")
	}
	err = g.o.Entrance.attempt(from, func() (err error) {
		to, err = g.o.Entrance.Provider.Finish(ctx, query, from)
		return err
	})
	return to, err
}

// SignOut ends the caller's session.
func (g *Guard) SignOut(ctx context.Context, p auth.Principal) error {
	if err := Permit(p, OwnSession); err != nil {
		return err
	}
	return g.o.Entrance.Sessions.End(ctx)
}

// ChangePassword replaces the caller's password; all other sessions end.
func (g *Guard) ChangePassword(ctx context.Context, p auth.Principal, current, next, from string) error {
	if err := Permit(p, OwnSession); err != nil {
		return err
	}
	if !inPerson(p) {
		return fmt.Errorf("a token changes no password: %w", casefile.ErrForbidden)
	}
	return g.o.Entrance.attempt(from, func() error {
		if err := g.o.Entrance.Accounts.ChangePassword(ctx, p.Organ, p.Person, current, next, from); err != nil {
			return err
		}
		return g.o.Entrance.Sessions.Changed(ctx, p)
	})
}

// inPerson reports whether somebody has signed in as themself: not with a token, nor
// with a session that stands for one.
func inPerson(p auth.Principal) bool { return p.SessionID != "" && p.TokenID == "" }

// Proof gives how the caller, who holds the session of the request, was recognised.
func (g *Guard) Proof(ctx context.Context, p auth.Principal) auth.Proof {
	if p.SessionID == "" {
		return auth.Proof{Method: "token"}
	}
	return g.o.Entrance.Sessions.Proof(ctx)
}

// Sessions gives the caller's sessions, the one used last in front.
func (g *Guard) Sessions(ctx context.Context, p auth.Principal) ([]auth.Listed, error) {
	if err := Permit(p, OwnSession); err != nil {
		return nil, err
	}
	return g.o.Entrance.Sessions.List(ctx, p)
}

// EndSession ends one of the caller's sessions.
func (g *Guard) EndSession(ctx context.Context, p auth.Principal, id string) error {
	if err := Permit(p, OwnSession); err != nil {
		return err
	}
	return g.o.Entrance.Sessions.EndOne(ctx, p, id)
}

// SignIns gives attempts to sign in to an organ, the last first.
func (g *Guard) SignIns(ctx context.Context, p auth.Principal, organ casefile.OrganID, before int64, limit int) ([]auth.SignIn, error) {
	if err := Permit(p, ReadSignIns); err != nil {
		return nil, err
	}
	organ, err := directoryOrgan(p, organ)
	if err != nil {
		return nil, err
	}
	return g.o.Entrance.SignIns.SignIns(ctx, organ, before, limit)
}

// SignInWithToken begins a session for the holder of a token. Each attempt is logged.
func (g *Guard) SignInWithToken(ctx context.Context, token, from string) error {
	return g.o.Entrance.attempt(from, func() error {
		p, err := g.o.Entrance.Sessions.BeginWithToken(ctx, []string{"Bearer " + token}, from)
		log := auth.SignIn{Organ: p.Organ, Person: p.Person, Method: "token", Outcome: "ok"}
		if errors.Is(err, auth.ErrUnauthenticated) {
			log.Outcome = "wrong"
		} else if err != nil {
			return err
		}
		return errors.Join(err, g.o.Entrance.Accounts.Log(ctx, log, from))
	})
}

// Found uses the link of an administrator and begins a session.
func (g *Guard) Found(ctx context.Context, secret string, f auth.First, from string) error {
	return g.o.Entrance.attempt(from, func() error {
		known, err := g.o.Entrance.Accounts.Found(ctx, secret, f, from)
		if err != nil {
			return err
		}
		return g.o.Entrance.Sessions.Begin(ctx, known, auth.Proof{Method: "link", From: from})
	})
}
