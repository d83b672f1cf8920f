package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// firstLinkLife is how long the link for the first administrator can be used.
const firstLinkLife = 24 * time.Hour

// FirstLink makes the secret of a link by which the first organ and its
// administrator come into being. It is given here and never again; it can be used
// once. ok is false when there are accounts already.
func (a *Accounts) FirstLink(ctx context.Context) (secret string, ok bool, err error) {
	has, err := a.storage.HasAccounts(ctx)
	if err != nil || has {
		return "", false, err
	}
	secret, err = a.link(ctx, "")
	return secret, err == nil, err
}

// LinkFor makes the secret of a link by which another administrator of an organ comes
// into being: for whoever runs the installation, when nobody can sign in any more.
func (a *Accounts) LinkFor(ctx context.Context, organ casefile.OrganID) (secret string, err error) {
	if _, err := a.directory.Get(ctx, KindOrgan, string(organ)); err != nil {
		return "", missing("organ", err)
	}
	return a.link(ctx, organ)
}

// link keeps a link; those before it that were not used end.
func (a *Accounts) link(ctx context.Context, organ casefile.OrganID) (secret string, err error) {
	var key [secretSize]byte
	if _, err := rand.Read(key[:]); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	secret = base64.RawURLEncoding.EncodeToString(key[:])
	return secret, a.storage.CreateFirstLink(ctx, hashOf(secret), organ, a.o.Now().UTC().Add(firstLinkLife))
}

// First is what the first administrator says.
type First struct {
	OrganID   casefile.OrganID // a link for an organ knows it already
	OrganName string
	Name      string // of the administrator
	Login     string
	Password  string
}

// Found uses the link: the organ, the administrator and the account come into
// being. A link that is wrong, used or expired is [ErrUnauthenticated]; what is not
// well formed wraps [casefile.ErrInvalid] and leaves the link as it was.
func (a *Accounts) Found(ctx context.Context, secret string, f First, from string) (Known, error) {
	now := a.o.Now().UTC()
	organ, err := a.storage.FirstLink(ctx, hashOf(secret), now)
	if errors.Is(err, casefile.ErrNotFound) {
		return Known{}, fmt.Errorf("link: %w", ErrUnauthenticated)
	}
	if err != nil {
		return Known{}, err
	}
	f.Login = fold(f.Login)
	var entries []Entry
	if organ == "" {
		entries = []Entry{Organ{ID: f.OrganID, Name: f.OrganName}}
		if has, err := a.storage.HasAccounts(ctx); err != nil || has {
			return Known{}, errors.Join(err, fmt.Errorf("there is an administrator: %w", ErrUnauthenticated))
		}
	} else {
		f.OrganID = organ
	}
	person := casefile.PersonID(f.Login)
	entries = append(entries, Person{ID: person, Organ: f.OrganID, Name: f.Name},
		Appointment{ID: "first-" + string(person), Organ: f.OrganID, Person: person, Roles: []casefile.Role{Administrator}, From: legaltime.DateIn(now, legaltime.China)})
	if err := a.checkFirst(ctx, f, organ == ""); err != nil {
		return Known{}, err
	}
	err = a.storage.TakeFirstLink(ctx, hashOf(secret), now)
	if errors.Is(err, casefile.ErrNotFound) {
		return Known{}, fmt.Errorf("link: %w", ErrUnauthenticated)
	}
	if err != nil {
		return Known{}, err
	}
	for _, e := range entries {
		// A link that was used and led to nothing, as in a crash, leaves entries that
		// the next one goes on from.
		if _, err := a.directory.Put(ctx, e, 0, person); err != nil && !errors.Is(err, casefile.ErrConflict) {
			return Known{}, err
		}
	}
	if err := a.Create(ctx, f.OrganID, person, f.Login, f.Password, false, Why{Reason: "administrator's link"}); err != nil {
		return Known{}, err
	}
	return Known{Organ: f.OrganID, Person: person}, a.Log(ctx, SignIn{Organ: f.OrganID, Person: person, Method: "link", Outcome: "ok"}, from)
}

func (a *Accounts) checkFirst(ctx context.Context, f First, newOrgan bool) error {
	switch {
	case !loginForm.MatchString(f.Login):
		return wrong("login", "3 to 64 lower-case letters, digits or . _ -")
	case newOrgan && !recordID.MatchString(string(f.OrganID)):
		return wrong("organ", "1 to 100 letters, digits or . _ : -")
	case newOrgan && !printable(f.OrganName, 100):
		return wrong("organ_name", "1 to 100 printable characters")
	case !printable(f.Name, 100):
		return wrong("name", "1 to 100 printable characters")
	}
	if err := checkPassword(f.Login, f.Password); err != nil {
		return err
	}
	if _, err := a.storage.AccountByLogin(ctx, f.Login); !errors.Is(err, casefile.ErrNotFound) {
		return errors.Join(err, wrong("login", "one that is not taken"))
	}
	// Somebody else of the directory does not become an administrator by a login.
	r, err := a.directory.Get(ctx, KindPerson, f.Login)
	if errors.Is(err, casefile.ErrNotFound) {
		return nil
	}
	var known Person
	if err := errors.Join(err, decode(r, &known)); err != nil {
		return err
	}
	if known.Name != f.Name || known.Organ != f.OrganID {
		return wrong("login", "one that is not taken")
	}
	return nil
}
