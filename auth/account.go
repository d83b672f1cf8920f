package auth

import (
	"context"
	"crypto/rand"
	_ "embed" // for the common passwords
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/zhengdang/chengxu/casefile"
)

// Account is a local account as it is stored. It is an alias, so that a store can
// name the same type without importing this package.
type Account = struct {
	Login      string
	Organ      casefile.OrganID
	Person     casefile.PersonID
	Hash       string // argon2id, with its parameters and salt
	MustChange bool   // the password was given by somebody else
	Created    time.Time
	Closed     time.Time // zero: it is open
}

// SignIn is one attempt to sign in, as it is logged.
type SignIn = struct {
	Number  int64
	At      time.Time
	Organ   casefile.OrganID  // empty: nobody who is known
	Person  casefile.PersonID //
	Method  string            // "password", "oidc", "token", "link"
	Outcome string            // "ok", "wrong", "locked", "closed", "unknown"
	Network string            // the network that it came from, not the address
	Detail  string            // of an identity provider: acr and amr; of an unknown login: its mark
}

// AccountChange is one act of looking after accounts, identities and tokens, as it is
// logged. It is an alias as well.
type AccountChange = struct {
	Number int64
	At     time.Time
	Organ  casefile.OrganID
	Person casefile.PersonID // whose account, identity or token it is
	By     casefile.PersonID // empty: whoever runs the installation
	Act    string            // [AccountOpened] and so on
	Object string            // the login, or the id of the identity or token
	Reason string
}

// Identity is a subject of an identity provider, bound to a person. It is an alias
// as well.
type Identity = struct {
	ID      string // names it in lists
	Issuer  string
	Subject string
	Organ   casefile.OrganID
	Person  casefile.PersonID
	BoundBy casefile.PersonID
	BoundAt time.Time
}

// AccountStorage keeps accounts. What is not there is [casefile.ErrNotFound]. What
// takes an [AccountChange] logs it together with what it does, or does neither.
type AccountStorage interface {
	CreateAccount(ctx context.Context, a Account, why AccountChange) error
	AccountByLogin(ctx context.Context, login string) (Account, error)
	AccountOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) (Account, error)
	// AccountsOf gives accounts of an organ by login, after one.
	AccountsOf(ctx context.Context, organ casefile.OrganID, after string, limit int) ([]Account, error)
	AccountClosed(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) (bool, error)
	// SetPassword replaces the hash by one of a password that the owner chose, if it is
	// still the one before and the account is open; otherwise it is a
	// [casefile.ErrConflict]. ResetPassword, by one that has to be changed; it ends the
	// sessions of the person.
	SetPassword(ctx context.Context, login, before, hash string) error
	ResetPassword(ctx context.Context, login, before, hash string, why AccountChange) error
	// CloseAccount closes an account, ends the sessions of its person and revokes the
	// tokens. Unless others is nil, one of these logins has to be open, or it is a
	// [casefile.ErrConflict].
	CloseAccount(ctx context.Context, login string, others []string, why AccountChange) error
	// ReopenAccount is for an account that is closed; otherwise it is a
	// [casefile.ErrConflict].
	ReopenAccount(ctx context.Context, login, hash string, why AccountChange) error
	AccountChanges(ctx context.Context, organ casefile.OrganID, before int64, limit int) ([]AccountChange, error)
	// Attempt counts an attempt before it is known how it ends, so that many at once
	// count too, unless the name is locked; ForgetFailures takes it back. The name may
	// be nobody's. After forget without an attempt all is forgotten.
	Attempt(ctx context.Context, nameHash string, now time.Time, forget time.Duration, lock func(failures int) time.Duration) (locked bool, err error)
	ForgetFailures(ctx context.Context, nameHash string) error
	HasAccounts(ctx context.Context) (bool, error)
	LogSignIn(ctx context.Context, s SignIn) error
	// LogUnknown keeps an attempt by nobody who is known in the log of the organ of the
	// first account, or counts it when there were so many in this hour.
	LogUnknown(ctx context.Context, s SignIn, anHour int) error
	// CreateFirstLink keeps a link, for an organ or, when it is empty, for a first one.
	// Links that were not used end.
	CreateFirstLink(ctx context.Context, hash string, organ casefile.OrganID, expires time.Time) error
	// FirstLink gives the organ of a link that can still be used.
	FirstLink(ctx context.Context, hash string, now time.Time) (casefile.OrganID, error)
	// TakeFirstLink uses a link that is neither used nor expired, once.
	TakeFirstLink(ctx context.Context, hash string, now time.Time) error
	CreateIdentity(ctx context.Context, i Identity, why AccountChange) error
	Identity(ctx context.Context, issuer, subject string) (Identity, error)
	IdentityByID(ctx context.Context, id string) (Identity, error)
	IdentitiesOf(ctx context.Context, organ casefile.OrganID, after string, limit int) ([]Identity, error)
	// DeleteIdentity ends the sessions of the person as well.
	DeleteIdentity(ctx context.Context, id string, why AccountChange) error
}

// Accounts recognises people by login and password.
type Accounts struct {
	storage   AccountStorage
	directory *Directory
	o         AccountOptions
	slots     chan struct{} // hashing takes much memory: so many at once
	queue     chan struct{} // and so many wait for it
	nobody    string        // a hash that no password has
	markKey   []byte        // see markOf
}

// AccountOptions replace what accounts take from their surroundings.
type AccountOptions struct {
	Now    func() time.Time // nil: time.Now
	Params *argon2id.Params // nil: 19 MiB, 2 passes
	AtOnce int              // hashes at once; 0: 4
}

// NewAccounts returns Accounts over a storage and the directory.
func NewAccounts(storage AccountStorage, directory *Directory, o AccountOptions) (*Accounts, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Params == nil {
		o.Params = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	}
	if o.AtOnce == 0 {
		o.AtOnce = 4
	}
	nobody, err := argon2id.CreateHash("a password that nobody has", o.Params)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	key := make([]byte, secretSize)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("accounts: read random bytes: %w", err)
	}
	return &Accounts{storage: storage, directory: directory, o: o, slots: make(chan struct{}, o.AtOnce),
		queue: make(chan struct{}, o.AtOnce+maxWaiting), nobody: nobody, markKey: key}, nil
}

// Known is who has signed in.
type Known struct {
	Organ      casefile.OrganID
	Person     casefile.PersonID
	MustChange bool // the password has to be changed before anything else
}

// Lockout: a name is locked after so many failures, for a time that doubles with each
// further one. Whoever fails on purpose keeps its owner out for that long at most.
const (
	failuresAllowed = 5
	firstLock       = time.Minute
	longestLock     = 15 * time.Minute
	forgetFailures  = 24 * time.Hour
	maxWaiting      = 64 // for a password to be compared; the next are turned away
)

func lockFor(failures int) time.Duration {
	return growing(failures, failuresAllowed, firstLock, longestLock)
}

// fold gives a login as it is stored.
func fold(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// SignIn recognises a person by login and password. Whoever is not recognised gets
// [ErrUnauthenticated] and is not told why: not whether the login exists, nor
// whether it is locked; each attempt costs the same work. Each is logged, with the
// network of the address that it came from.
func (a *Accounts) SignIn(ctx context.Context, login, password, from string) (Known, error) {
	login, now := fold(login), a.o.Now().UTC()
	locked, err := a.storage.Attempt(ctx, hashOf(login), now, forgetFailures, lockFor)
	if err != nil {
		return Known{}, err
	}
	account, err := a.storage.AccountByLogin(ctx, login)
	unknown := errors.Is(err, casefile.ErrNotFound)
	if err != nil && !unknown {
		return Known{}, err
	}
	hash := account.Hash
	if unknown {
		hash = a.nobody
	}
	right, err := a.compare(ctx, password, hash)
	if err != nil {
		return Known{}, err
	}
	log := SignIn{Organ: account.Organ, Person: account.Person, Method: "password"}
	switch {
	case unknown:
		log.Outcome, log.Detail = "unknown", a.markOf(login)
	case locked:
		log.Outcome = "locked"
	case !right:
		log.Outcome = "wrong"
	case !account.Closed.IsZero():
		log.Outcome = "closed"
	default:
		log.Outcome = "ok"
		err = a.storage.ForgetFailures(ctx, hashOf(login))
	}
	if err := errors.Join(err, a.Log(ctx, log, from)); err != nil {
		return Known{}, err
	}
	if log.Outcome != "ok" {
		return Known{}, fmt.Errorf("sign in: %s: %w", log.Outcome, ErrUnauthenticated)
	}
	return Known{Organ: account.Organ, Person: account.Person, MustChange: account.MustChange}, nil
}

// turn waits until a password can be hashed. When too many wait it is [ErrTooMany].
func (a *Accounts) turn(ctx context.Context) (done func(), err error) {
	select {
	case a.queue <- struct{}{}:
	default:
		return nil, ErrTooMany
	}
	select {
	case a.slots <- struct{}{}:
		return func() { <-a.slots; <-a.queue }, nil
	case <-ctx.Done():
		<-a.queue
		return nil, ctx.Err()
	}
}

// compare is slow on purpose; so many run at once, the others wait.
func (a *Accounts) compare(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > 4*maxPassword {
		password = "" // costs the same, and matches nothing
	}
	done, err := a.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	right, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return right, nil
}

// Bounds of a password, in characters.
const (
	minPassword = 12
	maxPassword = 200
)

var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{2,63}$`)

// checkPassword wraps [casefile.ErrInvalid].
func checkPassword(login, password string) error {
	n := utf8.RuneCountInString(password)
	if !utf8.ValidString(password) || n < minPassword || n > maxPassword {
		return wrong("password", fmt.Sprintf("%d to %d characters", minPassword, maxPassword))
	}
	lower := strings.ToLower(password)
	if strings.Contains(lower, login) || common(lower) || len(appendNew(nil, []rune(lower)...)) < 5 {
		return wrong("password", "one that is not the login, not a common one, and not made of a few characters")
	}
	return nil
}

//go:embed common.txt
var commonPasswords string

// common reports whether a password is among those that are tried first, as it is or
// with digits and signs around it.
func common(lower string) bool {
	core := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	for line := range strings.SplitSeq(commonPasswords, "\n") {
		word := strings.TrimSpace(line)
		if word != "" && !strings.HasPrefix(word, "#") && (lower == word || core == word || lower == word+word) {
			return true
		}
	}
	return false
}

// Create makes an account for a person of the directory. The password is for the
// first sign-in when mustChange is set. What is not well formed wraps
// [casefile.ErrInvalid]; a login that exists, also of an account that is closed, or a
// person who has an account, is a [casefile.ErrConflict].
func (a *Accounts) Create(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, login, password string, mustChange bool, why Why) error {
	if !loginForm.MatchString(login) {
		return wrong("login", "3 to 64 lower-case letters, digits or . _ -")
	}
	if err := errors.Join(why.check(), checkPassword(login, password)); err != nil {
		return err
	}
	if _, err := a.directory.Get(ctx, KindPerson, string(person)); err != nil {
		return missing("person", err)
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	account := Account{Login: login, Organ: organ, Person: person, Hash: hash, MustChange: mustChange, Created: a.o.Now().UTC()}
	return a.storage.CreateAccount(ctx, account, a.accountChange(AccountOpened, account, why))
}

func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	done, err := a.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	hash, err := argon2id.CreateHash(password, a.o.Params)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// ChangePassword replaces the password of a person who knows the one before;
// otherwise it is [ErrUnauthenticated]. The new one must differ from it.
func (a *Accounts) ChangePassword(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, current, next, from string) error {
	account, err := a.storage.AccountOf(ctx, organ, person)
	if err != nil {
		return err
	}
	if _, err := a.SignIn(ctx, account.Login, current, from); err != nil {
		return err
	}
	if err := checkPassword(account.Login, next); err != nil {
		return err
	}
	if next == current {
		return wrong("password", "another one than before")
	}
	hash, err := a.hash(ctx, next)
	if err != nil {
		return err
	}
	return a.storage.SetPassword(ctx, account.Login, account.Hash, hash)
}
