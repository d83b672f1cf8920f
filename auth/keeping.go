package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

// The acts of looking after accounts, identities and tokens, as they are logged.
const (
	AccountOpened   = "opened"
	AccountClosed   = "closed"
	AccountReopened = "reopened"
	PasswordReset   = "password-reset"
	IdentityBound   = "identity-bound"
	IdentityUnbound = "identity-unbound"
	TokenIssued     = "token-issued"
	TokenRevoked    = "token-revoked"
)

// Why is who looks after an account, identity or token, and for what reason.
type Why struct {
	By     casefile.PersonID // empty: whoever runs the installation
	Reason string            // may be empty where nothing is taken away
}

const maxReason = 500

func (w Why) check() error {
	if w.Reason != "" && !printable(w.Reason, maxReason) {
		return wrong("reason", fmt.Sprintf("at most %d printable characters", maxReason))
	}
	return nil
}

// ErrLastAdministrator says that an account is the last by which an administrator of
// the organ can sign in. It wraps [casefile.ErrConflict].
var ErrLastAdministrator = fmt.Errorf("the last administrator who can sign in: %w", casefile.ErrConflict)

// accountChange is an act on an account, for the log.
func (a *Accounts) accountChange(act string, account Account, why Why) AccountChange {
	return AccountChange{At: a.o.Now().UTC(), Organ: account.Organ, Person: account.Person, By: why.By, Act: act, Object: account.Login, Reason: why.Reason}
}

// List gives accounts of an organ by login, after one, closed ones included.
func (a *Accounts) List(ctx context.Context, organ casefile.OrganID, after string, limit int) ([]Account, error) {
	return a.storage.AccountsOf(ctx, organ, after, limit)
}

// Get gives the account with a login, or [casefile.ErrNotFound].
func (a *Accounts) Get(ctx context.Context, login string) (Account, error) {
	return a.storage.AccountByLogin(ctx, login)
}

// Changes gives who looked after accounts of an organ and how, the last first, before
// a number (0: the end).
func (a *Accounts) Changes(ctx context.Context, organ casefile.OrganID, before int64, limit int) ([]AccountChange, error) {
	return a.storage.AccountChanges(ctx, organ, before, limit)
}

// Close closes an account: nothing lets in as its person any more, no password, no
// identity, no session and no token, until it is reopened. Nothing is deleted, and the
// login is nobody else's. The last local account of an administrator of the organ is
// not closed: that is [ErrLastAdministrator].
func (a *Accounts) Close(ctx context.Context, account Account, why Why) error {
	if why.Reason == "" {
		return wrong("reason", "why it is closed")
	}
	if err := why.check(); err != nil {
		return err
	}
	others, err := a.otherAdministrators(ctx, account)
	if err != nil {
		return err
	}
	err = a.storage.CloseAccount(ctx, account.Login, others, a.accountChange(AccountClosed, account, why))
	if errors.Is(err, casefile.ErrConflict) {
		return fmt.Errorf("close %s: %w", account.Login, ErrLastAdministrator)
	}
	return err
}

// otherAdministrators gives the logins of the other administrators of the organ today.
// It is nil, which is not empty, when the account is none of an administrator.
func (a *Accounts) otherAdministrators(ctx context.Context, account Account) ([]string, error) {
	administers := func(one Account) (bool, error) {
		p, err := a.directory.PrincipalOf(ctx, one.Organ, one.Person, a.o.Now())
		if errors.Is(err, casefile.ErrNotFound) {
			return false, nil
		}
		return p.Holds(Administrator), err
	}
	if is, err := administers(account); err != nil || !is {
		return nil, err
	}
	others := []string{}
	for after := ""; ; {
		page, err := a.storage.AccountsOf(ctx, account.Organ, after, accountsPage)
		if err != nil {
			return nil, err
		}
		for _, one := range page {
			after = one.Login
			if one.Login == account.Login || !one.Closed.IsZero() {
				continue
			}
			is, err := administers(one)
			if err != nil {
				return nil, err
			}
			if is {
				others = append(others, one.Login)
			}
		}
		if len(page) < accountsPage {
			return others, nil
		}
	}
}

const accountsPage = 200

// Reopen opens a closed account again, with a password for one sign-in, after which it
// has to be changed. One that is open is a [casefile.ErrConflict].
func (a *Accounts) Reopen(ctx context.Context, account Account, password string, why Why) error {
	hash, err := a.given(ctx, account, password, why)
	if err != nil {
		return err
	}
	if err := a.storage.ReopenAccount(ctx, account.Login, hash, a.accountChange(AccountReopened, account, why)); err != nil {
		return err
	}
	return a.storage.ForgetFailures(ctx, hashOf(account.Login))
}

// Reset gives an account a password for one sign-in, after which it has to be
// changed, unlocks it, and ends every session of the person. One that is closed is a [casefile.ErrConflict].
func (a *Accounts) Reset(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, password string, why Why) error {
	account, err := a.storage.AccountOf(ctx, organ, person)
	if err != nil {
		return err
	}
	hash, err := a.given(ctx, account, password, why)
	if err != nil {
		return err
	}
	if err := a.storage.ResetPassword(ctx, account.Login, account.Hash, hash, a.accountChange(PasswordReset, account, why)); err != nil {
		return err
	}
	return a.storage.ForgetFailures(ctx, hashOf(account.Login))
}

// given checks and hashes a password that somebody gives an account.
func (a *Accounts) given(ctx context.Context, account Account, password string, why Why) (hash string, err error) {
	if err := errors.Join(why.check(), checkPassword(account.Login, password)); err != nil {
		return "", err
	}
	return a.hash(ctx, password)
}

// Bind says who a subject of an identity provider is. One that is bound already is a
// [casefile.ErrConflict]; what is not well formed wraps [casefile.ErrInvalid].
func (a *Accounts) Bind(ctx context.Context, i Identity, reason string) (Identity, error) {
	if err := checkIdentity(i); err != nil {
		return Identity{}, err
	}
	why := Why{By: i.BoundBy, Reason: reason}
	if err := why.check(); err != nil {
		return Identity{}, err
	}
	if _, err := a.directory.Get(ctx, KindPerson, string(i.Person)); err != nil {
		return Identity{}, missing("person", err)
	}
	i.ID, i.BoundAt = hashOf(i.Issuer + "\x00" + i.Subject)[:idLength], a.o.Now().UTC()
	return i, a.storage.CreateIdentity(ctx, i, a.identityChange(IdentityBound, i, why))
}

func (a *Accounts) identityChange(act string, i Identity, why Why) AccountChange {
	return AccountChange{At: a.o.Now().UTC(), Organ: i.Organ, Person: i.Person, By: why.By, Act: act, Object: i.ID, Reason: why.Reason}
}

// Identities gives identities of an organ by id, after one.
func (a *Accounts) Identities(ctx context.Context, organ casefile.OrganID, after string, limit int) ([]Identity, error) {
	return a.storage.IdentitiesOf(ctx, organ, after, limit)
}

// IdentityByID gives an identity, or [casefile.ErrNotFound].
func (a *Accounts) IdentityByID(ctx context.Context, id string) (Identity, error) {
	return a.storage.IdentityByID(ctx, id)
}

// Unbind makes an identity nobody's, and ends every session of whose it was.
func (a *Accounts) Unbind(ctx context.Context, i Identity, why Why) error {
	if err := why.check(); err != nil {
		return err
	}
	return a.storage.DeleteIdentity(ctx, i.ID, a.identityChange(IdentityUnbound, i, why))
}

// unknownAnHour is how many attempts to sign in by nobody who is known are logged in
// an hour. More are counted.
const unknownAnHour = 60

// Log keeps an attempt to sign in, with the network of the address: in the log of the
// organ, or when it is nobody's that is known, in that of the installation's first
// organ.
func (a *Accounts) Log(ctx context.Context, attempt SignIn, from string) error {
	attempt.At, attempt.Network = a.o.Now().UTC(), NetworkOf(from)
	if attempt.Organ == "" {
		return a.storage.LogUnknown(ctx, attempt, unknownAnHour)
	}
	return a.storage.LogSignIn(ctx, attempt)
}

// markOf tells one unknown login from another in the log without saying what it was:
// it may be a password that was typed into the wrong field. The key is in memory
// alone, so nobody can try words against a mark, and it is another after a restart.
func (a *Accounts) markOf(login string) string {
	mac := hmac.New(sha256.New, a.markKey)
	mac.Write([]byte(login))
	return "login-mark=" + hex.EncodeToString(mac.Sum(nil))[:8]
}

// Of gives the account of a person in an organ, or [casefile.ErrNotFound].
func (a *Accounts) Of(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) (Account, error) {
	return a.storage.AccountOf(ctx, organ, person)
}

// Free says whether a login can be given to somebody: one that is not well formed wraps
// [casefile.ErrInvalid], one that is taken, also by a closed account, is a
// [casefile.ErrConflict].
func (a *Accounts) Free(ctx context.Context, login string) error {
	login = fold(login)
	if !loginForm.MatchString(login) {
		return wrong("login", "3 to 64 lower-case letters, digits or . _ -")
	}
	switch _, err := a.storage.AccountByLogin(ctx, login); {
	case err == nil:
		return fmt.Errorf("login %s is taken: %w", login, casefile.ErrConflict)
	case !errors.Is(err, casefile.ErrNotFound):
		return err
	}
	return nil
}
