package store_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

var signInAt = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func TestAccountsAreKept(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		if has, err := db.HasAccounts(ctx); has || err != nil {
			t.Errorf("an empty database has accounts: %t, %v", has, err)
		}
		want := store.Account{Login: "li", Organ: testOrgan, Person: "p1", Hash: "h1", MustChange: true, Created: signInAt}
		if err := db.CreateAccount(ctx, want, store.AccountChange{}); err != nil {
			t.Fatal(err)
		}
		for name, taken := range map[string]store.Account{
			"the login": {Login: "li", Organ: testOrgan, Person: "p2", Created: signInAt}, "the person": {Login: "other", Organ: testOrgan, Person: "p1", Created: signInAt}} {
			if err := db.CreateAccount(ctx, taken, store.AccountChange{}); !errors.Is(err, casefile.ErrConflict) {
				t.Errorf("%s is taken: %v", name, err)
			}
		}
		for name, read := range map[string]func() (store.Account, error){
			"by login": func() (store.Account, error) { return db.AccountByLogin(ctx, "li") }, "by person": func() (store.Account, error) { return db.AccountOf(ctx, testOrgan, "p1") }} {
			got, err := read()
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", name, err, diff)
			}
		}
		if _, err := db.AccountByLogin(ctx, "LI"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("another login: %v", err)
		}
		if _, err := db.AccountOf(ctx, "other", "p1"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("of another organ: %v", err)
		}
		if err := db.SetPassword(ctx, "li", "h0", "h2"); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("over a hash that is not there: %v", err)
		}
		if err := db.SetPassword(ctx, "li", "h1", "h2"); err != nil {
			t.Fatal(err)
		}
		if got, err := db.AccountByLogin(ctx, "li"); err != nil || got.Hash != "h2" || got.MustChange {
			t.Errorf("%+v, %v", got, err)
		}
		if has, err := db.HasAccounts(ctx); !has || err != nil {
			t.Errorf("%t, %v", has, err)
		}
	})
}

// Of many attempts at once each is counted.
func TestAttemptsAreCountedOneByOne(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		lock := func(failures int) time.Duration {
			if failures >= 5 {
				return time.Minute
			}
			return 0
		}
		var free, locked atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				is, err := db.Attempt(t.Context(), "name", signInAt, time.Hour, lock)
				switch {
				case err != nil:
					t.Error(err)
				case is:
					locked.Add(1)
				default:
					free.Add(1)
				}
			})
		}
		wg.Wait()
		if free.Load() != 5 || locked.Load() != 11 {
			t.Errorf("%d attempts went through and %d did not, want 5 and 11", free.Load(), locked.Load())
		}
		if is, err := db.Attempt(t.Context(), "other", signInAt, time.Hour, lock); is || err != nil {
			t.Errorf("another name: %t, %v", is, err)
		}
		if is, err := db.Attempt(t.Context(), "name", signInAt.Add(time.Minute), time.Hour, lock); is || err != nil {
			t.Errorf("after the lock: %t, %v", is, err)
		}
		if err := db.ForgetFailures(t.Context(), "name"); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if is, err := db.Attempt(t.Context(), "name", signInAt, time.Hour, lock); is || err != nil {
				t.Errorf("after a success: %t, %v", is, err)
			}
		}
	})
}

func TestSessionsAreKept(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		session := func(hash, id string, person casefile.PersonID, life time.Duration) store.Session {
			return store.Session{Hash: hash, ID: id, Organ: testOrgan, Person: person, Data: []byte(hash), Expires: signInAt.Add(life), Used: signInAt}
		}
		for _, s := range []store.Session{session("h1", "s1", "p1", time.Hour), session("h2", "s2", "p1", 2*time.Hour), session("h3", "s3", "p2", time.Hour), session("h4", "s4", "p1", -time.Hour)} {
			if err := db.SaveSession(ctx, s); err != nil {
				t.Fatal(err)
			}
		}
		ids := func(person casefile.PersonID) (out []string) {
			list, err := db.SessionsOf(ctx, testOrgan, person, signInAt)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				out = append(out, s.ID)
			}
			return out
		}
		if diff := cmp.Diff([]string{"s2", "s1"}, ids("p1")); diff != "" {
			t.Error(diff)
		}
		if err := db.ProlongSession(ctx, "h1", []byte("more"), signInAt.Add(3*time.Hour), signInAt); err != nil {
			t.Fatal(err)
		}
		if got, err := db.SessionByHash(ctx, "h1"); err != nil || string(got.Data) != "more" || !got.Expires.Equal(signInAt.Add(3*time.Hour)) {
			t.Errorf("%+v, %v", got, err)
		}
		if err := db.EndSession(ctx, "h1"); err != nil {
			t.Fatal(err)
		}
		if err := db.ProlongSession(ctx, "h1", []byte("again"), signInAt.Add(9*time.Hour), signInAt); err != nil {
			t.Fatal(err)
		}
		if _, err := db.SessionByHash(ctx, "h1"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a session that was ended came back: %v", err)
		}
		if err := db.PurgeSessions(ctx, signInAt); err != nil {
			t.Fatal(err)
		}
		if _, err := db.SessionByHash(ctx, "h4"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("one that has run out is kept: %v", err)
		}
		if n, err := db.EndSessionsOf(ctx, testOrgan, "p1", "", ""); n != 1 || err != nil || len(ids("p2")) != 1 {
			t.Errorf("%d ended, %v, others have %v", n, err, ids("p2"))
		}
	})
}

func TestIdentitiesAreKept(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		want := store.Identity{ID: "i1", Issuer: "https://id.example", Subject: "s", Organ: testOrgan, Person: "p1", BoundBy: "admin", BoundAt: signInAt}
		if err := db.CreateIdentity(ctx, want, store.AccountChange{}); err != nil {
			t.Fatal(err)
		}
		again := want
		again.ID = "i2"
		if err := db.CreateIdentity(ctx, again, store.AccountChange{}); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("bound twice: %v", err)
		}
		for name, read := range map[string]func() (store.Identity, error){
			"by subject": func() (store.Identity, error) { return db.Identity(ctx, want.Issuer, "s") }, "by id": func() (store.Identity, error) { return db.IdentityByID(ctx, "i1") }} {
			got, err := read()
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", name, err, diff)
			}
		}
		for _, other := range []string{"S", "s ", ""} {
			if _, err := db.Identity(ctx, want.Issuer, other); !errors.Is(err, casefile.ErrNotFound) {
				t.Errorf("subject %q: %v", other, err)
			}
		}
		if list, err := db.IdentitiesOf(ctx, testOrgan, "", 10); err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
		if list, err := db.IdentitiesOf(ctx, testOrgan, "i1", 10); err != nil || len(list) != 0 {
			t.Errorf("after the last: %v, %v", list, err)
		}
		if err := db.DeleteIdentity(ctx, "i1", store.AccountChange{}); err != nil {
			t.Fatal(err)
		}
		if err := db.DeleteIdentity(ctx, "i1", store.AccountChange{}); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("unbound twice: %v", err)
		}
	})
}

func TestALinkIsUsedOnce(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		for _, hash := range []string{"old", "h"} {
			if err := db.CreateFirstLink(ctx, hash, testOrgan, signInAt.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.FirstLink(ctx, "old", signInAt); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a link that was replaced: %v", err)
		}
		if organ, err := db.FirstLink(ctx, "h", signInAt); organ != testOrgan || err != nil {
			t.Errorf("%q, %v", organ, err)
		}
		if err := db.TakeFirstLink(ctx, "h", signInAt.Add(time.Hour)); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("when it has run out: %v", err)
		}
		var used atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				switch err := db.TakeFirstLink(ctx, "h", signInAt); {
				case err == nil:
					used.Add(1)
				case !errors.Is(err, casefile.ErrNotFound):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if used.Load() != 1 {
			t.Errorf("used %d times", used.Load())
		}
	})
}

func TestTheLogOfSignInsOnlyGrows(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		var wg sync.WaitGroup
		for n := range 6 {
			wg.Go(func() {
				if err := db.LogSignIn(t.Context(), store.SignIn{At: signInAt, Organ: testOrgan, Person: "p1", Method: "password", Outcome: "ok", Network: "10.0.0.0/24", Detail: fmt.Sprint(n)}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		list, err := db.SignIns(t.Context(), testOrgan, 0, 4)
		if err != nil || len(list) != 4 || list[0].Number != 6 || !list[0].At.Equal(signInAt) {
			t.Fatalf("%+v, %v", list, err)
		}
		if rest, err := db.SignIns(t.Context(), testOrgan, list[3].Number, 4); err != nil || len(rest) != 2 {
			t.Errorf("%+v, %v", rest, err)
		}
		if others, err := db.SignIns(t.Context(), "another", 0, 4); err != nil || len(others) != 0 {
			t.Errorf("of another organ: %+v, %v", others, err)
		}
		for _, statement := range []string{`UPDATE sign_ins SET outcome = 'ok'`, `DELETE FROM sign_ins WHERE number = 1`, `INSERT INTO sign_ins SELECT * FROM sign_ins WHERE number = 1`} {
			if err := db.exec(t.Context(), statement); err == nil {
				t.Errorf("the database let this pass: %s", statement)
			}
		}
	})
}

func TestATokenKeepsItsScopes(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		for id, scopes := range map[string][]string{"limited": {"read", "events"}, "free": nil} {
			token := store.Token{ID: id, Hash: id, Organ: testOrgan, Holder: casefile.Actor{Person: "p1"}, Created: signInAt, Expires: signInAt.Add(time.Hour), Scopes: scopes}
			if err := db.CreateToken(t.Context(), token, store.AccountChange{}); err != nil {
				t.Fatal(err)
			}
			got, err := db.TokenByHash(t.Context(), id)
			if diff := cmp.Diff(token, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", id, err, diff)
			}
		}
	})
}
