package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// keeping is an act on the account of a person, for the log.
func keeping(act string, person casefile.PersonID, object string) store.AccountChange {
	return store.AccountChange{At: signInAt, Organ: testOrgan, Person: person, By: "admin", Act: act, Object: object, Reason: "因故"}
}

// withAccounts opens an account for each person, whose login is the person's id.
func withAccounts(t *testing.T, db *database, people ...casefile.PersonID) {
	t.Helper()
	for _, p := range people {
		a := store.Account{Login: string(p), Organ: testOrgan, Person: p, Hash: "h", Created: signInAt}
		if err := db.CreateAccount(t.Context(), a, keeping("opened", p, string(p))); err != nil {
			t.Fatal(err)
		}
	}
}

// acts gives what the log of accounts says, the last first.
func acts(t *testing.T, db *database) (out []string) {
	t.Helper()
	list, err := db.AccountChanges(t.Context(), testOrgan, 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		out = append(out, fmt.Sprint(c.Number, " ", c.By, " ", c.Act, " ", c.Person, " ", c.Object))
	}
	return out
}

func TestAClosedAccountEndsWhatLetsIn(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		withAccounts(t, db, "p1", "p2")
		for id, person := range map[string]casefile.PersonID{"t1": "p1", "t2": "p2"} {
			token := store.Token{ID: id, Hash: id, Organ: testOrgan, Holder: casefile.Actor{Person: person}, Created: signInAt, Expires: signInAt.Add(time.Hour)}
			if err := db.CreateToken(ctx, token, keeping("token-issued", person, id)); err != nil {
				t.Fatal(err)
			}
			if err := db.SaveSession(ctx, store.Session{Hash: "h-" + id, ID: id, Organ: testOrgan, Person: person, Data: []byte("{}"), Expires: signInAt.Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // closing it again changes nothing
			if err := db.CloseAccount(ctx, "p1", nil, keeping("closed", "p1", "p1")); err != nil {
				t.Fatal(err)
			}
		}
		for person, want := range map[casefile.PersonID]bool{"p1": true, "p2": false, "p3": false} {
			if closed, err := db.AccountClosed(ctx, testOrgan, person); err != nil || closed != want {
				t.Errorf("%s is closed: %t, %v", person, closed, err)
			}
			sessions, err := db.SessionsOf(ctx, testOrgan, person, signInAt)
			if err != nil || (len(sessions) == 1) != (person == "p2") {
				t.Errorf("sessions of %s: %v, %v", person, sessions, err)
			}
		}
		for id, want := range map[string]time.Time{"t1": signInAt, "t2": {}} {
			if token, err := db.TokenByHash(ctx, id); err != nil || !token.Revoked.Equal(want) {
				t.Errorf("token %s is revoked %v, %v", id, token.Revoked, err)
			}
		}
		if err := db.SetPassword(ctx, "p1", "h", "h2"); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("a password for a closed account: %v", err)
		}
		if err := db.CreateAccount(ctx, store.Account{Login: "p1", Organ: testOrgan, Person: "p9", Created: signInAt}, keeping("opened", "p9", "p1")); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("the login of a closed account: %v", err)
		}
		if err := db.ReopenAccount(ctx, "p1", "h3", keeping("reopened", "p1", "p1")); err != nil {
			t.Fatal(err)
		}
		if err := db.ReopenAccount(ctx, "p1", "h4", keeping("reopened", "p1", "p1")); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("reopened twice: %v", err)
		}
		if a, err := db.AccountByLogin(ctx, "p1"); err != nil || !a.Closed.IsZero() || a.Hash != "h3" || !a.MustChange {
			t.Errorf("%+v, %v", a, err)
		}
		want := []string{"7 admin reopened p1 p1", "6 admin token-revoked p1 t1", "5 admin closed p1 p1"}
		if diff := cmp.Diff(want, acts(t, db)[:3]); diff != "" {
			t.Errorf("the log:\n%s", diff)
		}
		if err := db.exec(ctx, `DELETE FROM accounts WHERE login = 'p1'`); err == nil {
			t.Error("the database let an account be deleted")
		}
	})
}

func TestAccountsAreListedByLogin(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		withAccounts(t, db, "c", "a", "b")
		first, err := db.AccountsOf(t.Context(), testOrgan, "", 2)
		if err != nil || len(first) != 2 || first[0].Login != "a" || first[1].Login != "b" {
			t.Fatalf("%+v, %v", first, err)
		}
		if rest, err := db.AccountsOf(t.Context(), testOrgan, "b", 2); err != nil || len(rest) != 1 || rest[0].Login != "c" {
			t.Errorf("%+v, %v", rest, err)
		}
		if other, err := db.AccountsOf(t.Context(), "other", "", 2); err != nil || len(other) != 0 {
			t.Errorf("of another organ: %+v, %v", other, err)
		}
		for _, limit := range []int{0, 201} {
			if _, err := db.AccountsOf(t.Context(), testOrgan, "", limit); !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("limit %d: %v", limit, err)
			}
			if _, err := db.AccountChanges(t.Context(), testOrgan, 0, limit); !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("limit %d: %v", limit, err)
			}
		}
	})
}

// Of two administrators who close each other's account at once, one stays.
func TestOneAccountOfSeveralStaysOpen(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		people := []casefile.PersonID{"p1", "p2", "p3", "p4"}
		withAccounts(t, db, people...)
		var closed, refused atomic.Int64
		var wg sync.WaitGroup
		for _, p := range people {
			others := []string{}
			for _, o := range people {
				if o != p {
					others = append(others, string(o))
				}
			}
			wg.Go(func() {
				switch err := db.CloseAccount(t.Context(), string(p), others, keeping("closed", p, string(p))); {
				case err == nil:
					closed.Add(1)
				case errors.Is(err, casefile.ErrConflict):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if closed.Load() != 3 || refused.Load() != 1 {
			t.Errorf("%d were closed and %d refused, want 3 and 1", closed.Load(), refused.Load())
		}
		if err := db.CloseAccount(t.Context(), "p1", []string{}, keeping("closed", "p1", "p1")); err != nil && !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("without any other: %v", err)
		}
		if n := len(acts(t, db)); n != 4+3 {
			t.Errorf("the log has %d lines, want one for each that was done", n)
		}
	})
}

func TestTheLogOfAccountsOnlyGrows(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		withAccounts(t, db, "p1")
		if err := db.ResetPassword(ctx, "p1", "another", "h2", keeping("password-reset", "p1", "p1")); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("over a hash that is not there: %v", err)
		}
		for hash, person := range map[string]casefile.PersonID{"s1": "p1", "s2": "p2"} {
			if err := db.SaveSession(ctx, store.Session{Hash: hash, ID: hash, Organ: testOrgan, Person: person, Data: []byte("{}"), Expires: signInAt.Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.ResetPassword(ctx, "p1", "h", "h2", keeping("password-reset", "p1", "p1")); err != nil {
			t.Fatal(err)
		}
		if _, err := db.SessionByHash(ctx, "s1"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a session of before the reset: %v", err)
		}
		if _, err := db.SessionByHash(ctx, "s2"); err != nil {
			t.Errorf("a session of somebody else: %v", err)
		}
		i := store.Identity{ID: "i1", Issuer: "https://id.example", Subject: "s", Organ: testOrgan, Person: "p1", BoundBy: "admin", BoundAt: signInAt}
		if err := db.CreateIdentity(ctx, i, keeping("identity-bound", "p1", "i1")); err != nil {
			t.Fatal(err)
		}
		if err := db.CreateIdentity(ctx, i, keeping("identity-bound", "p1", "i1")); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("bound twice: %v", err)
		}
		if err := db.DeleteIdentity(ctx, "i1", keeping("identity-unbound", "p1", "i1")); err != nil {
			t.Fatal(err)
		}
		if err := db.DeleteIdentity(ctx, "i1", keeping("identity-unbound", "p1", "i1")); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("unbound twice: %v", err)
		}
		want := []string{"4 admin identity-unbound p1 i1", "3 admin identity-bound p1 i1", "2 admin password-reset p1 p1", "1 admin opened p1 p1"}
		if diff := cmp.Diff(want, acts(t, db)); diff != "" {
			t.Errorf("what failed is in the log, or what was done is not:\n%s", diff)
		}
		if rest, err := db.AccountChanges(ctx, testOrgan, 3, 1); err != nil || len(rest) != 1 || rest[0].Number != 2 || rest[0].Reason != "因故" || !rest[0].At.Equal(signInAt) {
			t.Errorf("%+v, %v", rest, err)
		}
		for _, statement := range []string{`UPDATE account_log SET reason = ''`, `DELETE FROM account_log WHERE number = 1`, `INSERT INTO account_log SELECT * FROM account_log WHERE number = 1`} {
			if err := db.exec(ctx, statement); err == nil {
				t.Errorf("the database let this pass: %s", statement)
			}
		}
	})
}

// However many try to sign in as nobody, so many lines an hour come of it, and a line
// that says how many there were.
func TestAttemptsOfNobodyAreLoggedSoManyAnHour(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		try := func(at time.Time) {
			t.Helper()
			if err := db.LogUnknown(ctx, store.SignIn{At: at, Method: "password", Outcome: "unknown", Network: "10.0.0.0/24", Detail: "login-mark=1"}, 3); err != nil {
				t.Fatal(err)
			}
		}
		lines := func(organ casefile.OrganID) (out []string) {
			list, err := db.SignIns(ctx, organ, 0, 200)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				out = append(out, s.Outcome+" "+s.Detail)
			}
			return out
		}
		try(signInAt)
		if got := lines(""); len(got) != 1 {
			t.Errorf("before there is an account: %v", got)
		}
		withAccounts(t, db, "p1")
		other := store.Account{Login: "later", Organ: "a-later-organ", Person: "p2", Hash: "h", Created: signInAt.Add(time.Second)}
		if err := db.CreateAccount(ctx, other, keeping("opened", "p2", "later")); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			try(signInAt.Add(59 * time.Minute))
		}
		if got := lines(testOrgan); len(got) != 2 {
			t.Errorf("in the hour: %d lines, want 2 after the one of before", len(got))
		}
		if got := lines("a-later-organ"); len(got) != 0 {
			t.Errorf("another organ's log has them: %v", got)
		}
		try(signInAt.Add(time.Hour))
		got := lines(testOrgan)
		if len(got) != 3 || !strings.HasSuffix(got[0], "login-mark=1 not-logged=48 since=2026-03-02T08:00:00Z") {
			t.Errorf("in the next hour: %v", got)
		}
		try(signInAt.Add(time.Hour))
		try(signInAt.Add(2 * time.Hour))
		if got := lines(testOrgan); len(got) != 5 || strings.Contains(got[0], "not-logged") {
			t.Errorf("after an hour with few: %v", got)
		}
	})
}

func TestTheLastUseOfATokenIsKept(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		token := store.Token{ID: "t1", Hash: "h1", Organ: testOrgan, Holder: casefile.Actor{Person: "p1"}, Created: signInAt, Expires: signInAt.Add(time.Hour)}
		if err := db.CreateToken(ctx, token, keeping("token-issued", "p1", "t1")); err != nil {
			t.Fatal(err)
		}
		if err := db.NoteTokenUse(ctx, "h1", signInAt.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		list, err := db.ListTokens(ctx, testOrgan)
		if err != nil || len(list) != 1 || !list[0].Used.Equal(signInAt.Add(time.Minute)) {
			t.Errorf("%+v, %v", list, err)
		}
		for range 2 {
			if err := db.RevokeToken(ctx, testOrgan, "t1", keeping("token-revoked", "p1", "t1")); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.RevokeToken(ctx, testOrgan, "t2", keeping("token-revoked", "p1", "t2")); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("an unknown token: %v", err)
		}
		if got := acts(t, db); len(got) != 2 {
			t.Errorf("the log: %v", got)
		}
	})
}
