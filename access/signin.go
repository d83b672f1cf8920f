package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
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
	Accounts *auth.Accounts
	Sessions *auth.Sessions
	Tokens   *auth.Tokens
	SignIns  SignIns
}

// SignIn begins a session for whoever has login and password.
func (g *Guard) SignIn(ctx context.Context, login, password, network string) error {
	known, err := g.o.Entrance.Accounts.SignIn(ctx, login, password, network)
	if err != nil {
		return err
	}
	return g.o.Entrance.Sessions.Begin(ctx, known, "password")
}

// SignOut ends the caller's session.
func (g *Guard) SignOut(ctx context.Context, p auth.Principal) error {
	if err := Permit(p, OwnSession); err != nil {
		return err
	}
	return g.o.Entrance.Sessions.End(ctx)
}

// ChangePassword replaces the caller's password; all other sessions end.
func (g *Guard) ChangePassword(ctx context.Context, p auth.Principal, current, next, network string) error {
	if err := Permit(p, OwnSession); err != nil {
		return err
	}
	if p.SessionID == "" {
		return fmt.Errorf("a token changes no password: %w", casefile.ErrForbidden)
	}
	if err := g.o.Entrance.Accounts.ChangePassword(ctx, p.Organ, p.Person, current, next, network); err != nil {
		return err
	}
	return g.o.Entrance.Sessions.Changed(ctx, p)
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
	if p.SessionID == "" {
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
		return password, g.o.Entrance.Accounts.Reset(ctx, record.Organ, person, password)
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

// SignInWithToken begins a session for the holder of a token.
func (g *Guard) SignInWithToken(ctx context.Context, token string) error {
	return g.o.Entrance.Sessions.BeginWithToken(ctx, []string{"Bearer " + token})
}

// Found uses the link of the first administrator and begins a session.
func (g *Guard) Found(ctx context.Context, secret string, f auth.First) error {
	known, err := g.o.Entrance.Accounts.Found(ctx, secret, f)
	if err != nil {
		return err
	}
	return g.o.Entrance.Sessions.Begin(ctx, known, "password")
}
