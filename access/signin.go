package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// The actions about signing in.
const (
	BeginSession  Action = "session.begin"
	OwnSession    Action = "session.own" // one's own session, password and sessions
	OwnTokens     Action = "token.own"
	WriteAccounts Action = "account.write"
	ReadAccounts  Action = "account.read" // identities
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
		return g.o.Entrance.Sessions.Begin(ctx, known, auth.Proof{Method: "password"})
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

// Sessions gives the caller's sessions.
func (g *Guard) Sessions(ctx context.Context, p auth.Principal) ([]auth.Session, error) {
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

// Tokens gives the caller's tokens; an administrator gets those of the organ.
func (g *Guard) Tokens(ctx context.Context, p auth.Principal) ([]auth.Token, error) {
	if err := Permit(p, OwnTokens); err != nil {
		return nil, err
	}
	all, err := g.o.Entrance.Tokens.List(ctx, p.Organ)
	if err != nil || p.Holds(auth.Administrator) {
		return all, err
	}
	var own []auth.Token
	for _, t := range all {
		if t.Holder.Person == p.Person {
			own = append(own, t)
		}
	}
	return own, nil
}

// IssueToken makes a token for the caller, with roles of the caller's and for some
// scopes. A token makes no tokens: whoever stole one would keep what they have.
func (g *Guard) IssueToken(ctx context.Context, p auth.Principal, roles []casefile.Role, scopes []auth.Scope, expires time.Time) (secret string, t auth.Token, err error) {
	if err := Permit(p, OwnTokens); err != nil {
		return "", t, err
	}
	if !inPerson(p) {
		return "", t, fmt.Errorf("a token makes no tokens; sign in: %w", casefile.ErrForbidden)
	}
	for _, role := range roles {
		if !p.Holds(role) {
			return "", t, fmt.Errorf("role %.80q is not yours: %w", role, casefile.ErrForbidden)
		}
	}
	return g.o.Entrance.Tokens.Issue(ctx, auth.Grant{Organ: p.Organ, Person: p.Person, Name: p.Name, Unit: p.Unit, Roles: roles, Scopes: scopes, Expires: expires})
}

// RevokeToken ends a token of the caller's, or for an administrator one of the
// organ.
func (g *Guard) RevokeToken(ctx context.Context, p auth.Principal, id string) error {
	tokens, err := g.Tokens(ctx, p)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.ID == id {
			return g.o.Entrance.Tokens.Revoke(ctx, p.Organ, id)
		}
	}
	return notFound("token", id)
}

// OpenAccount makes an account for a person of an organ that the administrator
// looks after, or with reset gives it another first password. The password is made
// here, shown once, and has to be changed at the first sign-in.
func (g *Guard) OpenAccount(ctx context.Context, p auth.Principal, person casefile.PersonID, login string, reset bool) (password string, err error) {
	if err := Permit(p, WriteAccounts); err != nil {
		return "", err
	}
	record, err := g.o.Directory.Get(ctx, auth.KindPerson, string(person))
	if err != nil {
		return "", err
	}
	if !reaches(p, record.Organ) {
		return "", notFound("person", person)
	}
	password = rand.Text()
	if reset {
		if err := g.o.Entrance.Accounts.Reset(ctx, record.Organ, person, password); err != nil {
			return "", err
		}
		return password, g.o.Entrance.Sessions.EndAll(ctx, record.Organ, person)
	}
	return password, g.o.Entrance.Accounts.Create(ctx, record.Organ, person, login, password, true)
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
		p, err := g.o.Entrance.Sessions.BeginWithToken(ctx, []string{"Bearer " + token})
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
		return g.o.Entrance.Sessions.Begin(ctx, known, auth.Proof{Method: "link"})
	})
}

// Identities gives which subjects of an identity provider are which persons of an
// organ, by id, after one.
func (g *Guard) Identities(ctx context.Context, p auth.Principal, organ casefile.OrganID, after string, limit int) ([]auth.Identity, error) {
	if err := Permit(p, ReadAccounts); err != nil {
		return nil, err
	}
	organ, err := directoryOrgan(p, organ)
	if err != nil {
		return nil, err
	}
	return g.o.Entrance.Accounts.Identities(ctx, organ, after, limit)
}

// BindIdentity says who a subject of an identity provider is.
func (g *Guard) BindIdentity(ctx context.Context, p auth.Principal, i auth.Identity) (auth.Identity, error) {
	if err := Permit(p, WriteAccounts); err != nil {
		return auth.Identity{}, err
	}
	organ, err := directoryOrgan(p, i.Organ)
	if err != nil {
		return auth.Identity{}, err
	}
	i.Organ, i.BoundBy = organ, p.Person
	return g.o.Entrance.Accounts.Bind(ctx, i)
}

// UnbindIdentity makes an identity nobody's, and ends every session of the person.
func (g *Guard) UnbindIdentity(ctx context.Context, p auth.Principal, id string) error {
	if err := Permit(p, WriteAccounts); err != nil {
		return err
	}
	i, err := g.o.Entrance.Accounts.IdentityByID(ctx, id)
	if err != nil {
		return err
	}
	if !reaches(p, i.Organ) {
		return notFound("identity", id)
	}
	if err := g.o.Entrance.Accounts.Unbind(ctx, id); err != nil {
		return err
	}
	return g.o.Entrance.Sessions.EndAll(ctx, i.Organ, i.Person)
}
