package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// EndOtherSessions ends every session of the caller but the one of the request.
func (g *Guard) EndOtherSessions(ctx context.Context, p auth.Principal) (ended int64, err error) {
	if err := Permit(p, OwnSession); err != nil {
		return 0, err
	}
	return g.o.Entrance.Sessions.EndOthers(ctx, p)
}

// Tokens gives the caller's tokens; an administrator gets those of the organ.
func (g *Guard) Tokens(ctx context.Context, p auth.Principal) ([]auth.Token, error) {
	if err := Permit(p, OwnTokens); err != nil {
		return nil, err
	}
	if p.Holds(auth.Administrator) {
		return g.o.Entrance.Tokens.List(ctx, p.Organ)
	}
	return g.o.Entrance.Tokens.ListOf(ctx, p.Organ, p.Person)
}

// OwnTokens gives the caller's tokens, an administrator's as well.
func (g *Guard) OwnTokens(ctx context.Context, p auth.Principal) ([]auth.Token, error) {
	if err := Permit(p, OwnTokens); err != nil {
		return nil, err
	}
	return g.o.Entrance.Tokens.ListOf(ctx, p.Organ, p.Person)
}

// IssueToken makes a token for the caller, with roles of the caller's and for some
// scopes. A token makes no tokens: whoever stole one would keep what they have.
func (g *Guard) IssueToken(ctx context.Context, p auth.Principal, roles []casefile.Role, scopes []auth.Scope, expires time.Time, reason string) (secret string, t auth.Token, err error) {
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
	return g.o.Entrance.Tokens.Issue(ctx, auth.Grant{Organ: p.Organ, Person: p.Person, Name: p.Name, Unit: p.Unit, Roles: roles, Scopes: scopes, Expires: expires,
		Why: auth.Why{By: p.Person, Reason: reason}})
}

// RevokeToken ends a token of the caller's, or for an administrator one of the
// organ.
func (g *Guard) RevokeToken(ctx context.Context, p auth.Principal, id, reason string) error {
	tokens, err := g.Tokens(ctx, p)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(tokens, func(t auth.Token) bool { return t.ID == id }) {
		return notFound("token", id)
	}
	return g.o.Entrance.Tokens.Revoke(ctx, p.Organ, id, auth.Why{By: p.Person, Reason: reason})
}

// Accounts gives local accounts of an organ by login, after one, closed ones
// included.
func (g *Guard) Accounts(ctx context.Context, p auth.Principal, organ casefile.OrganID, after string, limit int) ([]auth.Account, error) {
	if err := Permit(p, ReadAccounts); err != nil {
		return nil, err
	}
	organ, err := directoryOrgan(p, organ)
	if err != nil {
		return nil, err
	}
	return g.o.Entrance.Accounts.List(ctx, organ, after, limit)
}

// OpenAccount makes an account for a person of an organ that the administrator
// looks after, or with reset gives it another first password. The password is made
// here, shown once, and has to be changed at the first sign-in.
func (g *Guard) OpenAccount(ctx context.Context, p auth.Principal, person casefile.PersonID, login string, reset bool, reason string) (password string, err error) {
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
	why := auth.Why{By: p.Person, Reason: reason}
	if reset {
		return password, g.o.Entrance.Accounts.Reset(ctx, record.Organ, person, password, why)
	}
	return password, g.o.Entrance.Accounts.Create(ctx, record.Organ, person, login, password, true, why)
}

// account gives an account of an organ that the administrator looks after.
func (g *Guard) account(ctx context.Context, p auth.Principal, login string) (auth.Account, error) {
	if err := Permit(p, WriteAccounts); err != nil {
		return auth.Account{}, err
	}
	account, err := g.o.Entrance.Accounts.Get(ctx, login)
	if err != nil {
		return auth.Account{}, err
	}
	if !reaches(p, account.Organ) {
		return auth.Account{}, notFound("account", login)
	}
	return account, nil
}

// CloseAccount closes an account: nothing lets in as its person any more. The last one
// of an administrator of its organ is [auth.ErrLastAdministrator].
func (g *Guard) CloseAccount(ctx context.Context, p auth.Principal, login, reason string) error {
	account, err := g.account(ctx, p, login)
	if err != nil {
		return err
	}
	return g.o.Entrance.Accounts.Close(ctx, account, auth.Why{By: p.Person, Reason: reason})
}

// ReopenAccount opens a closed account again, with another first password.
func (g *Guard) ReopenAccount(ctx context.Context, p auth.Principal, login, reason string) (password string, account auth.Account, err error) {
	if account, err = g.account(ctx, p, login); err != nil {
		return "", account, err
	}
	password = rand.Text()
	return password, account, g.o.Entrance.Accounts.Reopen(ctx, account, password, auth.Why{By: p.Person, Reason: reason})
}

// AccountLog gives who looked after accounts, identities and tokens of an organ, and
// how, the last first.
func (g *Guard) AccountLog(ctx context.Context, p auth.Principal, organ casefile.OrganID, before int64, limit int) ([]auth.AccountChange, error) {
	if err := Permit(p, ReadKeeping); err != nil {
		return nil, err
	}
	organ, err := directoryOrgan(p, organ)
	if err != nil {
		return nil, err
	}
	return g.o.Entrance.Accounts.Changes(ctx, organ, before, limit)
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
func (g *Guard) BindIdentity(ctx context.Context, p auth.Principal, i auth.Identity, reason string) (auth.Identity, error) {
	if err := Permit(p, WriteAccounts); err != nil {
		return auth.Identity{}, err
	}
	organ, err := directoryOrgan(p, i.Organ)
	if err != nil {
		return auth.Identity{}, err
	}
	i.Organ, i.BoundBy = organ, p.Person
	return g.o.Entrance.Accounts.Bind(ctx, i, reason)
}

// UnbindIdentity makes an identity nobody's, and ends every session of the person.
func (g *Guard) UnbindIdentity(ctx context.Context, p auth.Principal, id, reason string) error {
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
	return g.o.Entrance.Accounts.Unbind(ctx, i, auth.Why{By: p.Person, Reason: reason})
}
