package auth_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
)

var (
	_ auth.AccountStorage = (*store.Store)(nil)
	_ auth.SessionStorage = (*store.Store)(nil)
)

const (
	login    = "li.hua"
	password = "一句很长而且没有人猜得到的话"
	from     = "203.0.113.7"
)

// entrance is where people sign in, with a clock that the test moves.
type entrance struct {
	*auth.Accounts
	storage   *store.Store
	directory *auth.Directory
	tokens    *auth.Tokens
	now       time.Time
}

// quick hashes fast, so that tests do.
func quick() *argon2id.Params {
	return &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

func newEntrance(t *testing.T) *entrance {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "accounts.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	roles := []casefile.Role{"drafter", "chief"}
	e := &entrance{storage: s, directory: auth.NewDirectory(s, roles), now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return e.now }
	e.tokens = auth.New(s, roles, auth.Options{Now: clock})
	e.tokens.ResolveWith(e.directory)
	if e.Accounts, err = auth.NewAccounts(s, e.directory, auth.AccountOptions{Now: clock, Params: quick()}); err != nil {
		t.Fatal(err)
	}
	e.put(t, auth.Organ{ID: organ, Name: "普陀区"}, 0)
	e.enrol(t, "li", "drafter")
	if err := e.Create(t.Context(), organ, "li", login, password, false, auth.Why{By: "admin"}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *entrance) put(t *testing.T, entry auth.Entry, version int64) {
	t.Helper()
	if _, err := e.directory.Put(t.Context(), entry, version, "admin"); err != nil {
		t.Fatal(err)
	}
}

// enrol enters a person with an appointment.
func (e *entrance) enrol(t *testing.T, person casefile.PersonID, roles ...casefile.Role) {
	t.Helper()
	e.put(t, auth.Person{ID: person, Organ: organ, Name: "某人"}, 0)
	e.put(t, appointment(person, legaltime.Date{}, roles...), 0)
}

func appointment(person casefile.PersonID, until legaltime.Date, roles ...casefile.Role) auth.Appointment {
	return auth.Appointment{ID: "a-" + string(person), Organ: organ, Person: person, Roles: roles, From: legaltime.NewDate(2020, 1, 1), Until: until}
}

// outcomes gives how the attempts of the organ and of nobody ended, the last first.
func (e *entrance) outcomes(t *testing.T, of casefile.OrganID) []string {
	t.Helper()
	list, err := e.storage.SignIns(t.Context(), of, 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range list {
		out = append(out, s.Method+" "+s.Outcome+" "+s.Network)
	}
	return out
}

func TestSomebodyWithLoginAndPasswordIsRecognised(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	for _, typed := range []string{login, "LI.HUA", " Li.Hua "} {
		known, err := e.SignIn(t.Context(), typed, password, from)
		if err != nil || known != (auth.Known{Organ: organ, Person: "li"}) {
			t.Errorf("%q: %+v, %v", typed, known, err)
		}
	}
	if got := e.outcomes(t, organ); len(got) != 3 || got[0] != "password ok 203.0.113.0/24" {
		t.Errorf("log: %v", got)
	}
}

func TestWhoeverIsNotRecognisedIsNotToldWhy(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	errs := map[string]error{}
	try := func(name, as, with string) {
		_, err := e.SignIn(t.Context(), as, with, from)
		errs[name] = err
		if !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	try("an unknown login", "nobody", password)
	try("no login", "", password)
	try("a wrong password", login, password+"。")
	try("no password", login, "")
	try("a password that is too long", login, strings.Repeat(password, 100))
	try("a login that is too long", strings.Repeat("a", 100_000), password)
	for range 5 {
		try("a wrong password until it is locked", login, "wrong")
	}
	try("the right password when it is locked", login, password)
	for name, err := range errs {
		if strings.Contains(err.Error(), login) || strings.Contains(err.Error(), password) {
			t.Errorf("%s: the error repeats what was sent: %v", name, err)
		}
	}
}

// An unknown login costs a password's worth of hashing, and is locked and logged as a
// known one is.
func TestAnUnknownLoginIsTreatedLikeAKnownOne(t *testing.T) { // alone: others would allocate meanwhile
	e := newEntrance(t)
	var err error
	const room = 16 << 20 // that one hash takes
	costly := &argon2id.Params{Memory: room >> 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	if e.Accounts, err = auth.NewAccounts(e.storage, e.directory, auth.AccountOptions{Now: func() time.Time { return e.now }, Params: costly}); err != nil {
		t.Fatal(err)
	}
	e.enrol(t, "slow", "drafter")
	if err := e.Create(t.Context(), organ, "slow", "slow", password, false, auth.Why{By: "admin"}); err != nil {
		t.Fatal(err)
	}
	// Ten attempts with each: the later ones are locked.
	for _, name := range []string{"slow", "nobody"} {
		for attempt := range 10 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := e.SignIn(t.Context(), name, "wrong", from); !errors.Is(err, auth.ErrUnauthenticated) {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took < room || took > 2*room {
				t.Errorf("attempt %d as %s took %d bytes, want those of one hash, %d", attempt, name, took, room)
			}
		}
	}
	var counts []string
	for _, name := range []string{"slow", "nobody"} {
		wasLocked, err := e.storage.Attempt(t.Context(), hashOfName(name), e.now, time.Hour, func(int) time.Duration { return 0 })
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, fmt.Sprint(wasLocked))
	}
	if counts[0] != "true" || counts[1] != "true" {
		t.Errorf("locked after failures (known, unknown): %v", counts)
	}
}

func TestAccountsAreLockedForAGrowingTime(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	wrong := func() {
		t.Helper()
		if _, err := e.SignIn(t.Context(), login, "wrong", from); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Fatal(err)
		}
	}
	right := func() error {
		_, err := e.SignIn(t.Context(), login, password, from)
		return err
	}
	for range 4 {
		wrong()
	}
	if err := right(); err != nil {
		t.Fatalf("after four failures: %v", err)
	}
	for range 5 {
		wrong()
	}
	for i, lock := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		e.now = e.now.Add(lock - time.Second)
		if err := right(); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("lock %d, just before its end: %v", i, err)
		}
		e.now = e.now.Add(time.Second)
		wrong()
	}
	e.now = e.now.Add(15 * time.Minute)
	if err := right(); err != nil {
		t.Errorf("after the lock: %v", err)
	}
	for range 4 {
		wrong()
	}
	e.now = e.now.Add(25 * time.Hour)
	wrong()
	if err := right(); err != nil {
		t.Errorf("failures of the day before count: %v", err)
	}
}

// However many guess at once, no more guesses are made than one after the other.
func TestGuessingAtOnceGainsNothing(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	var tried atomic.Int64
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			_, err := e.SignIn(t.Context(), login, "wrong", from)
			if err != nil && strings.Contains(err.Error(), "wrong") {
				tried.Add(1)
			}
		})
	}
	wg.Wait()
	if n := tried.Load(); n != 5 {
		t.Errorf("%d guesses were compared, want 5", n)
	}
}

// A flood of sign-ins hashes a few passwords at once, and turns the rest away.
func TestAFloodOfSignInsIsBounded(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	var err error
	slow := &argon2id.Params{Memory: 8 << 10, Iterations: 8, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	if e.Accounts, err = auth.NewAccounts(e.storage, e.directory, auth.AccountOptions{Params: slow, AtOnce: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var turned, waited atomic.Int64
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			switch _, err := e.SignIn(ctx, fmt.Sprintf("name-%d", i), "wrong", from); {
			case errors.Is(err, auth.ErrTooMany):
				if turned.Add(1) == 1 {
					cancel() // those who wait give up
				}
			case errors.Is(err, context.Canceled):
				waited.Add(1)
			}
		})
	}
	wg.Wait()
	cancel()
	if turned.Load() == 0 {
		t.Error("nobody was turned away")
	}
	if _, err := e.SignIn(t.Context(), "somebody", "wrong", from); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("after the flood: %v", err)
	}
}

func TestWeakPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	e.enrol(t, "new", "drafter")
	for _, weak := range []string{
		"", "short", "elevenchars", strings.Repeat("长", 201), "new.person-1234", "My NEW.PERSON is me", "aaaaaaaaaaaa", "abababababab", "password1234",
		"PassWordPassWord", "1qaz2wsx3edc", "!!administrator!!", "changeme2026", "\xff\xfe123456789012",
	} {
		if err := e.Create(t.Context(), organ, "new", "new.person", weak, true, auth.Why{By: "admin"}); !errors.Is(err, casefile.ErrInvalid) || !strings.HasPrefix(err.Error(), "password") {
			t.Errorf("%q: %v, want the password refused", weak, err)
		}
	}
	for _, bad := range []string{"", "ab", "with space", "-dash", "王", "a\nb", strings.Repeat("a", 65)} {
		if err := e.Create(t.Context(), organ, "new", bad, password, true, auth.Why{By: "admin"}); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("login %q: %v", bad, err)
		}
	}
	if err := e.Create(t.Context(), organ, "nobody", "nobody", password, true, auth.Why{By: "admin"}); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("an account of nobody: %v", err)
	}
	if err := e.Create(t.Context(), organ, "new", login, password, true, auth.Why{By: "admin"}); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("a login that is taken: %v", err)
	}
	if err := e.Create(t.Context(), organ, "li", "other", password, true, auth.Why{By: "admin"}); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("a second account of a person: %v", err)
	}
}

func TestThePasswordIsChangedByWhoKnowsIt(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	const next = "another long sentence"
	if err := e.ChangePassword(t.Context(), organ, "li", "wrong", next, from); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("by a wrong one: %v", err)
	}
	for _, weak := range []string{"short", password} {
		if err := e.ChangePassword(t.Context(), organ, "li", password, weak, from); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("to %q: %v", weak, err)
		}
	}
	if err := e.Reset(t.Context(), organ, "li", "given by somebody else", auth.Why{By: "admin"}); err != nil {
		t.Fatal(err)
	}
	known, err := e.SignIn(t.Context(), login, "given by somebody else", from)
	if err != nil || !known.MustChange {
		t.Errorf("after a reset: %+v, %v", known, err)
	}
	if err := e.ChangePassword(t.Context(), organ, "li", "given by somebody else", next, from); err != nil {
		t.Fatal(err)
	}
	known, err = e.SignIn(t.Context(), login, next, from)
	if err != nil || known.MustChange {
		t.Errorf("after the change: %+v, %v", known, err)
	}
	if _, err := e.SignIn(t.Context(), login, password, from); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("by the old one: %v", err)
	}
}

func TestALinkMakesOneAdministrator(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	first := auth.First{OrganID: "new-organ", OrganName: "新机关", Name: "管理员", Login: "Admin-1", Password: password}
	if _, ok, err := e.FirstLink(t.Context()); ok || err != nil {
		t.Errorf("a first link where there are accounts: %t, %v", ok, err)
	}
	if _, err := e.LinkFor(t.Context(), "no-such-organ"); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("a link for no organ: %v", err)
	}
	replaced, err := e.LinkFor(t.Context(), organ)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := e.LinkFor(t.Context(), organ)
	if err != nil {
		t.Fatal(err)
	}
	for name, link := range map[string]string{"a guessed link": "x", "no link": "", "one that was replaced": replaced} {
		if _, err := e.Found(t.Context(), link, first, from); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	taken := first
	taken.Login = "li"
	if _, err := e.Found(t.Context(), secret, taken, from); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("becoming an administrator in somebody else's name: %v", err)
	}
	weak := first
	weak.Password = "password1234"
	if _, err := e.Found(t.Context(), secret, weak, from); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("a weak password: %v", err)
	}
	known, err := e.Found(t.Context(), secret, first, from)
	if err != nil || known.Organ != organ || known.Person != "admin-1" {
		t.Fatalf("%+v, %v", known, err)
	}
	p, err := e.directory.PrincipalOf(t.Context(), organ, "admin-1", e.now)
	if err != nil || !p.Holds(auth.Administrator) {
		t.Errorf("%+v, %v", p, err)
	}
	again := first
	again.Login = "admin-2"
	if _, err := e.Found(t.Context(), secret, again, from); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("the link once more: %v", err)
	}
	late, err := e.LinkFor(t.Context(), organ)
	if err != nil {
		t.Fatal(err)
	}
	e.now = e.now.Add(24 * time.Hour)
	if _, err := e.Found(t.Context(), late, again, from); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("a link of yesterday: %v", err)
	}
}

func TestAddressesThatTryTooOftenWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	a := auth.NewAddresses(func() time.Time { return now })
	allowed := 0
	for range 100 {
		if a.Allow(from) == nil {
			allowed++
		}
	}
	if allowed != 20 {
		t.Errorf("%d attempts at once, want 20", allowed)
	}
	if err := a.Allow("203.0.113.8"); err != nil {
		t.Errorf("another address: %v", err)
	}
	now = now.Add(2 * time.Second)
	if a.Allow(from) != nil || !errors.Is(a.Allow(from), auth.ErrTooMany) {
		t.Error("want one more attempt every two seconds")
	}
	// All addresses of one customer are one.
	for i := range 100 {
		_ = a.Allow(fmt.Sprintf("2001:db8::%x", i))
	}
	if !errors.Is(a.Allow("2001:db8::ffff"), auth.ErrTooMany) || a.Allow("2001:db8:0:1::1") != nil {
		t.Error("addresses of IPv6 are counted by their network of 64 bits")
	}
	if a.Allow("::ffff:203.0.113.7") == nil {
		t.Error("an address in another spelling is another address")
	}
	now = now.Add(time.Hour)
	for range 20 {
		a.Note(from, auth.ErrUnauthenticated)
	}
	a.Note("203.0.113.9", errors.New("a fault of ours"))
	for _, lock := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		now = now.Add(lock - time.Second)
		if a.Allow(from) == nil {
			t.Errorf("a lock of %v ends too early", lock)
		}
		now = now.Add(time.Second)
		if err := a.Allow(from); err != nil {
			t.Errorf("a lock of %v does not end: %v", lock, err)
		}
		a.Note(from, auth.ErrUnauthenticated)
	}
	for i := range 20_000 { // a flood of addresses forgets the oldest and goes on
		_ = a.Allow(fmt.Sprintf("10.%d.%d.1", i/256, i%256))
	}
	if err := a.Allow("not an address"); err != nil {
		t.Errorf("what is no address: %v", err)
	}
}

func TestOnlyTheNetworkOfAnAddressIsKept(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.7": "203.0.113.0/24", "::ffff:203.0.113.7": "203.0.113.0/24", "2001:db8:1:2:3::4": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48", "": "", "x": "", "203.0.113.7:80": "",
	} {
		if got := auth.NetworkOf(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
