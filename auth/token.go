// Package auth says who is calling: bearer tokens bound to a person, an organ
// and roles. A token is 256 random bits; it is shown once, when it is made, and
// only its hash is kept.
//
// It knows neither HTTP frameworks nor databases and imports casefile alone of
// this module.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
)

// Trainer is the role of whoever runs a training: it may act as any person, in
// practice cases only. It needs no declaration by a procedure.
const Trainer casefile.Role = "trainer"

// Roles that belong to the installation and not to a procedure. They admit no act
// on a case.
const (
	Auditor       casefile.Role = "auditor"       // 监督、审计、案卷评查: reads everything of the organ
	Administrator casefile.Role = "administrator" // 系统管理员: organs, people, mandates, tokens, webhooks; no cases
)

// Installed reports whether the role belongs to the installation.
func Installed(r casefile.Role) bool { return r == Trainer || r == Auditor || r == Administrator }

// ErrUnauthenticated says that the caller is not known: no token, or one that
// is malformed, unknown, expired or revoked.
var ErrUnauthenticated = errors.New("not authenticated")

// Token is a token as it is stored. It is an alias, so that a store can name
// the same type without importing this package.
type Token = struct {
	ID      string           // names the token in lists; not secret
	Hash    string           // SHA-256 of the secret, hexadecimal
	Organ   casefile.OrganID //
	Holder  casefile.Actor   // the person that the token acts for, and the roles
	Created time.Time
	Expires time.Time
	Revoked time.Time // zero when it is not revoked
	Scopes  []string  // what it is limited to; nil: nothing is left out
	Used    time.Time // when it was used last, to a minute; zero: never
}

// Storage keeps tokens. What is not there is [casefile.ErrNotFound]. What takes an
// [AccountChange] logs it together with what it does, or does neither.
type Storage interface {
	CreateToken(ctx context.Context, t Token, why AccountChange) error
	TokenByHash(ctx context.Context, hash string) (Token, error)
	NoteTokenUse(ctx context.Context, hash string, at time.Time) error
	RevokeToken(ctx context.Context, organ casefile.OrganID, id string, why AccountChange) error
	ListTokens(ctx context.Context, organ casefile.OrganID) ([]Token, error)
}

// Options replace what tokens take from their surroundings. Zero fields mean
// the clock and the random source of the system.
type Options struct {
	Now    func() time.Time
	Random io.Reader
}

// Tokens issues tokens and recognises them.
type Tokens struct {
	storage   Storage
	roles     []casefile.Role
	o         Options
	directory *Directory // nil: tokens stand for themselves
}

// ResolveWith makes a token of somebody who is in the directory stand for what
// that person holds there now, as far as the token says: a role that was taken
// away is gone from the token too. It is set once, before tokens are recognised.
func (t *Tokens) ResolveWith(d *Directory) { t.directory = d }

// New returns Tokens for the declared roles: those of the procedures in use.
func New(storage Storage, declared []casefile.Role, o Options) *Tokens {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return &Tokens{storage: storage, roles: append(slices.Clone(declared), Trainer, Auditor, Administrator), o: o}
}

// Grant says what a new token is to stand for.
type Grant struct {
	Organ   casefile.OrganID
	Person  casefile.PersonID
	Name    string
	Unit    string // may be empty
	Roles   []casefile.Role
	Scopes  []Scope // nil: everything that the roles allow
	Expires time.Time
	Why     Why // who issues it
}

// MaxLife is the longest life of a token.
const MaxLife = 366 * 24 * time.Hour

// Issue makes a token. The secret is given here and never again. A grant that
// is not well formed wraps [casefile.ErrInvalid] and names the field.
func (t *Tokens) Issue(ctx context.Context, g Grant) (secret string, token Token, err error) {
	now := t.o.Now().UTC()
	if err := t.check(g, now); err != nil {
		return "", Token{}, fmt.Errorf("issue token: %w", err)
	}
	var key [secretSize]byte
	if _, err := io.ReadFull(t.o.Random, key[:]); err != nil {
		return "", Token{}, fmt.Errorf("issue token: read random bytes: %w", err)
	}
	secret = prefix + base64.RawURLEncoding.EncodeToString(key[:])
	hash := hashOf(secret)
	token = Token{
		ID: hash[:idLength], Hash: hash, Organ: g.Organ,
		Holder:  casefile.Actor{Person: g.Person, Name: g.Name, Unit: g.Unit, Roles: slices.Clone(g.Roles)},
		Created: now, Expires: g.Expires.UTC(),
	}
	for _, scope := range g.Scopes {
		token.Scopes = append(token.Scopes, string(scope))
	}
	if err := t.storage.CreateToken(ctx, token, tokenChange(TokenIssued, token, now, g.Why)); err != nil {
		return "", Token{}, fmt.Errorf("issue token: %w", err)
	}
	return secret, token, nil
}

func tokenChange(act string, token Token, at time.Time, why Why) AccountChange {
	return AccountChange{At: at, Organ: token.Organ, Person: token.Holder.Person, By: why.By, Act: act, Object: token.ID, Reason: why.Reason}
}

func (t *Tokens) check(g Grant, now time.Time) error {
	bad := func(field, want string) error {
		return fmt.Errorf("%s: want %s: %w", field, want, casefile.ErrInvalid)
	}
	switch {
	case !printable(string(g.Organ), 100):
		return bad("organ", "1 to 100 printable characters")
	case !printable(string(g.Person), 100):
		return bad("person", "1 to 100 printable characters")
	case !printable(g.Name, 100):
		return bad("name", "1 to 100 printable characters")
	case g.Unit != "" && !printable(g.Unit, 100):
		return bad("unit", "at most 100 printable characters")
	case len(g.Roles) == 0:
		return bad("roles", "at least one")
	case !g.Expires.After(now):
		return bad("expires", "an instant in the future")
	case g.Expires.After(now.Add(MaxLife)):
		return bad("expires", "at most 366 days from now")
	}
	for i, scope := range g.Scopes {
		if !slices.Contains(Scopes(), scope) || slices.Contains(g.Scopes[:i], scope) {
			return bad("scopes", "scopes that exist, each once")
		}
	}
	return errors.Join(g.Why.check(), t.checkRoles(g.Roles))
}

func (t *Tokens) checkRoles(roles []casefile.Role) error {
	for i, role := range roles {
		if !slices.Contains(t.roles, role) {
			return fmt.Errorf("role %.80q: no procedure declares it: %w", role, casefile.ErrInvalid)
		}
		if slices.Contains(roles[:i], role) {
			return fmt.Errorf("role %.80q is named twice: %w", role, casefile.ErrInvalid)
		}
	}
	return nil
}

func printable(s string, most int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Authenticate recognises the caller by the values of the Authorization header
// of a request. Whoever is not recognised gets [ErrUnauthenticated]; other
// errors are faults of the installation.
func (t *Tokens) Authenticate(ctx context.Context, authorization []string) (Principal, error) {
	secret, err := ParseBearer(authorization)
	if err != nil {
		return Principal{}, err
	}
	return t.byHash(ctx, hashOf(secret))
}

// byHash recognises the caller by the hash of the secret.
func (t *Tokens) byHash(ctx context.Context, hash string) (Principal, error) {
	token, err := t.storage.TokenByHash(ctx, hash)
	switch {
	case errors.Is(err, casefile.ErrNotFound):
		return Principal{}, fmt.Errorf("unknown token: %w", ErrUnauthenticated)
	case err != nil:
		return Principal{}, fmt.Errorf("look up token: %w", err)
	case subtle.ConstantTimeCompare([]byte(token.Hash), []byte(hash)) != 1:
		return Principal{}, fmt.Errorf("unknown token: %w", ErrUnauthenticated)
	case !token.Revoked.IsZero():
		return Principal{}, fmt.Errorf("token %s is revoked: %w", token.ID, ErrUnauthenticated)
	case !t.o.Now().Before(token.Expires):
		return Principal{}, fmt.Errorf("token %s has expired: %w", token.ID, ErrUnauthenticated)
	}
	p, err := t.resolved(ctx, t.principal(token))
	if err != nil {
		return Principal{}, err
	}
	return p, t.used(ctx, token)
}

// used notes that a token is used, once a minute at most: not every request that reads
// writes.
func (t *Tokens) used(ctx context.Context, token Token) error {
	now := t.o.Now().UTC()
	if now.Sub(token.Used) < touchAfter {
		return nil
	}
	return t.storage.NoteTokenUse(ctx, token.Hash, now)
}

// resolved narrows a token to what its holder holds now. Somebody who is not in
// the directory holds what the token says.
func (t *Tokens) resolved(ctx context.Context, p Principal) (Principal, error) {
	if t.directory == nil {
		return p, nil
	}
	now, err := t.directory.PrincipalOf(ctx, p.Organ, p.Person, t.o.Now())
	switch {
	case err == nil:
	case !errors.Is(err, casefile.ErrNotFound):
		return Principal{}, fmt.Errorf("look up the holder of token %s: %w", p.TokenID, err)
	case !t.directory.knows(ctx, p.Organ, p.Person):
		return t.overseeing(ctx, p)
	default:
		return Principal{}, fmt.Errorf("the holder of token %s has no appointment: %w", p.TokenID, ErrUnauthenticated)
	}
	p.Roles = slices.DeleteFunc(p.Roles, func(r casefile.Role) bool { return !now.Holds(r) })
	p.Name, p.Unit, p.Mandates, p.Oversees = now.Name, now.Unit, now.Mandates, now.Oversees
	if !p.Holds(Auditor) && !p.Holds(Administrator) {
		p.Oversees = nil
	}
	return p, nil
}

// overseeing gives a token of somebody who is not in the directory the organs below, as
// whoever holds its roles by an appointment has them.
func (t *Tokens) overseeing(ctx context.Context, p Principal) (_ Principal, err error) {
	if p.Holds(Auditor) || p.Holds(Administrator) {
		if p.Oversees, err = t.directory.Below(ctx, p.Organ); err != nil {
			return Principal{}, fmt.Errorf("look up the organs below that of token %s: %w", p.TokenID, err)
		}
	}
	return p, nil
}

// Again is [Tokens.Authenticate], which believes nothing that it read before.
func (t *Tokens) Again(ctx context.Context, authorization []string) (Principal, error) {
	return t.Authenticate(ctx, authorization)
}

// Revoke ends a token of the organ at once. An unknown one is
// [casefile.ErrNotFound].
func (t *Tokens) Revoke(ctx context.Context, organ casefile.OrganID, id string, why Why) error {
	if err := why.check(); err != nil {
		return err
	}
	all, err := t.storage.ListTokens(ctx, organ)
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	at := slices.IndexFunc(all, func(token Token) bool { return token.ID == id })
	if at < 0 {
		return fmt.Errorf("token %.40q: %w", id, casefile.ErrNotFound)
	}
	return t.storage.RevokeToken(ctx, organ, id, tokenChange(TokenRevoked, all[at], t.o.Now().UTC(), why))
}

// ListOf gives the tokens of a person in an organ, the newest first.
func (t *Tokens) ListOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) ([]Token, error) {
	all, err := t.storage.ListTokens(ctx, organ)
	return slices.DeleteFunc(all, func(token Token) bool { return token.Holder.Person != person }), err
}

// List gives the tokens of an organ, the newest first.
func (t *Tokens) List(ctx context.Context, organ casefile.OrganID) ([]Token, error) {
	return t.storage.ListTokens(ctx, organ)
}

// PrincipalNow gives the person that a token of the organ stands for, with what the
// person holds now. A token that is unknown, revoked or expired, or stands for
// somebody else, is [ErrUnauthenticated].
func (t *Tokens) PrincipalNow(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, id string) (Principal, error) {
	all, err := t.storage.ListTokens(ctx, organ)
	if err != nil {
		return Principal{}, fmt.Errorf("look up token: %w", err)
	}
	at := slices.IndexFunc(all, func(token Token) bool { return token.ID == id && token.Holder.Person == person })
	if at < 0 || !all[at].Revoked.IsZero() || !t.o.Now().Before(all[at].Expires) {
		return Principal{}, fmt.Errorf("token %.40q: %w", id, ErrUnauthenticated)
	}
	return t.resolved(ctx, t.principal(all[at]))
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
