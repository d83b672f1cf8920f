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
	var key [secretSize]byte
	if _, err := rand.Read(key[:]); err != nil {
		return "", false, fmt.Errorf("read random bytes: %w", err)
	}
	secret = base64.RawURLEncoding.EncodeToString(key[:])
	return secret, true, a.storage.CreateFirstLink(ctx, hashOf(secret), a.o.Now().UTC().Add(firstLinkLife))
}

// First is what the first administrator says.
type First struct {
	OrganID   casefile.OrganID
	OrganName string
	Name      string // of the administrator
	Login     string
	Password  string
}

// Found uses the link: the organ, the administrator and the account come into
// being. A link that is wrong, used or expired is [ErrUnauthenticated]; what is not
// well formed wraps [casefile.ErrInvalid] and leaves the link as it was.
func (a *Accounts) Found(ctx context.Context, secret string, f First) (Known, error) {
	person := casefile.PersonID(f.Login)
	now := a.o.Now().UTC()
	entries := []Entry{
		Organ{ID: f.OrganID, Name: f.OrganName},
		Person{ID: person, Organ: f.OrganID, Name: f.Name},
		Appointment{ID: "first-" + string(person), Organ: f.OrganID, Person: person, Roles: []casefile.Role{Administrator}, From: legaltime.DateIn(now, legaltime.China)},
	}
	switch {
	case !loginForm.MatchString(f.Login):
		return Known{}, wrong("login", "3 to 64 lower-case letters, digits or . _ -")
	case !recordID.MatchString(string(f.OrganID)):
		return Known{}, wrong("organ", "1 to 100 letters, digits or . _ : -")
	case !printable(f.OrganName, 100):
		return Known{}, wrong("organ_name", "1 to 100 printable characters")
	case !printable(f.Name, 100):
		return Known{}, wrong("name", "1 to 100 printable characters")
	}
	if err := checkPassword(f.Login, f.Password); err != nil {
		return Known{}, err
	}
	if has, err := a.storage.HasAccounts(ctx); err != nil || has {
		return Known{}, errors.Join(err, fmt.Errorf("there is an administrator: %w", ErrUnauthenticated))
	}
	err := a.storage.TakeFirstLink(ctx, hashOf(secret), now)
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
	if err := a.Create(ctx, f.OrganID, person, f.Login, f.Password, false); err != nil {
		return Known{}, err
	}
	return Known{Organ: f.OrganID, Person: person}, nil
}
