package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

const given = "given by somebody else"

// account gives an account as it is now.
func (e *entrance) account(t *testing.T, login string) auth.Account {
	t.Helper()
	a, err := e.Get(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// changes gives what the log of accounts says, the last first.
func (e *entrance) changes(t *testing.T) (out []string) {
	t.Helper()
	list, err := e.Changes(t.Context(), organ, 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		out = append(out, strings.TrimSpace(fmt.Sprint(c.By, " ", c.Act, " ", c.Person, " ", c.Reason)))
	}
	return out
}

// While an account is closed nothing lets in as its person, and what did is not good
// again when it is reopened.
func TestNothingLetsInToAClosedAccount(t *testing.T) {
	t.Parallel()
	i := newIdentity(t)
	b := i.signedIn(t)
	grant := auth.Grant{Organ: organ, Person: "li", Name: "某人", Roles: []casefile.Role{"drafter"}, Expires: i.now.Add(time.Hour), Why: auth.Why{By: "li"}}
	secret, _, err := i.tokens.Issue(t.Context(), grant)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", strings.Repeat("长", 501), "两\n行"} {
		if err := i.Close(t.Context(), i.account(t, login), auth.Why{By: "admin", Reason: bad}); !errors.Is(err, casefile.ErrInvalid) || !strings.HasPrefix(err.Error(), "reason") {
			t.Errorf("closed for the reason %.10q: %v", bad, err)
		}
	}
	if err := i.Close(t.Context(), i.account(t, login), auth.Why{By: "admin", Reason: "离任"}); err != nil {
		t.Fatal(err)
	}
	shut := func(when string) {
		t.Helper()
		if status := b.status(); status != http.StatusUnauthorized {
			t.Errorf("%s: the session: %d", when, status)
		}
		if _, err := i.tokens.Authenticate(t.Context(), bearer(secret)); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: the token: %v", when, err)
		}
		if _, err := i.SignIn(t.Context(), login, password, from); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: the password: %v", when, err)
		}
	}
	shut("closed")
	if got := i.outcomes(t, organ)[0]; !strings.HasPrefix(got, "password closed") {
		t.Errorf("the log says %q", got)
	}
	other := &surfer{t: t, site: i.site}
	if _, _, err := i.arrive(other, i.depart(t, other, li())); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("the identity: %v", err)
	}
	if got := i.outcomes(t, organ)[0]; !strings.HasPrefix(got, "oidc closed") {
		t.Errorf("the log says %q", got)
	}
	// A sign-in that was under way when the account was closed comes to nothing, and so
	// does a token that is issued meanwhile.
	if _, status := (&surfer{t: t, site: i.site}).ask(i.begin); status != http.StatusUnauthorized {
		t.Errorf("a session that begins late: %d", status)
	}
	late, _, err := i.tokens.Issue(t.Context(), grant)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.tokens.Authenticate(t.Context(), bearer(late)); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("a token that is issued late: %v", err)
	}
	if err := i.Reset(t.Context(), organ, "li", given, auth.Why{By: "admin"}); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("reset while it is closed: %v", err)
	}
	i.enrol(t, "wang", "drafter")
	if err := i.Create(t.Context(), organ, "wang", login, password, true, auth.Why{}); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("its login is given to somebody else: %v", err)
	}
	if err := i.Reopen(t.Context(), i.account(t, login), given, auth.Why{By: "admin", Reason: "回任"}); err != nil {
		t.Fatal(err)
	}
	shut("reopened")
	if known, err := i.SignIn(t.Context(), login, given, from); err != nil || !known.MustChange {
		t.Errorf("the password of the reopening: %+v, %v", known, err)
	}
	if err := i.Reopen(t.Context(), i.account(t, login), given, auth.Why{By: "admin"}); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("reopened while it is open: %v", err)
	}
	want := []string{"admin reopened li 回任", "li token-issued li", "admin token-revoked li 离任", "admin closed li 离任", "li token-issued li", "admin identity-bound li", "admin opened li"}
	if diff := cmp.Diff(want, i.changes(t)); diff != "" {
		t.Errorf("the log of accounts:\n%s", diff)
	}
}

// The last local account of an administrator stays open: an identity provider that
// does not answer would lock everybody out.
func TestTheLastAdministratorIsNotClosed(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	why := auth.Why{By: "first", Reason: "撤销"}
	for person, role := range map[casefile.PersonID]casefile.Role{"first": auth.Administrator, "second": auth.Administrator, "third": auth.Administrator} {
		e.enrol(t, person, role)
		if err := e.Create(t.Context(), organ, person, string(person), password, false, auth.Why{}); err != nil {
			t.Fatal(err)
		}
	}
	e.enrol(t, "without-account", auth.Administrator)
	shut := func(login string, want error) {
		t.Helper()
		if err := e.Close(t.Context(), e.account(t, login), why); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", login, err, want)
		}
	}
	shut("third", nil)
	// Who has been an administrator until yesterday counts no longer.
	e.put(t, appointment("second", legaltime.NewDate(2026, 3, 1), auth.Administrator), 1)
	shut("first", auth.ErrLastAdministrator)
	if _, err := e.SignIn(t.Context(), "first", password, from); err != nil {
		t.Errorf("after the refusal: %v", err)
	}
	shut("second", nil)
	shut(login, nil)
	e.now = e.now.AddDate(0, 0, 1)
	if err := e.Reopen(t.Context(), e.account(t, "third"), given, why); err != nil {
		t.Fatal(err)
	}
	shut("first", nil)
	shut("third", auth.ErrLastAdministrator)
}

// What is typed as a login that nobody has is not in the log, only whether it is the
// same again.
func TestAnUnknownLoginIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	for _, typed := range []string{"我的密码写错了地方", "hunter2-hunter2", " HUNTER2-hunter2"} {
		if _, err := e.SignIn(t.Context(), typed, "x", from); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Fatal(err)
		}
	}
	list, err := e.storage.SignIns(t.Context(), organ, 0, 10)
	if err != nil || len(list) != 3 {
		t.Fatalf("the log of the first organ: %+v, %v", list, err)
	}
	form := regexp.MustCompile(`^login-mark=[0-9a-f]{8}$`)
	for _, s := range list {
		if s.Outcome != "unknown" || s.Person != "" || !form.MatchString(s.Detail) {
			t.Errorf("%+v", s)
		}
	}
	if list[0].Detail != list[1].Detail || list[1].Detail == list[2].Detail {
		t.Errorf("the marks do not tell what is the same: %q, %q, %q", list[0].Detail, list[1].Detail, list[2].Detail)
	}
	again, err := auth.NewAccounts(e.storage, e.directory, auth.AccountOptions{Now: func() time.Time { return e.now }, Params: quick()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.SignIn(t.Context(), "hunter2-hunter2", "x", from); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Fatal(err)
	}
	if list, err := e.storage.SignIns(t.Context(), organ, 0, 1); err != nil || list[0].Detail == "" {
		t.Errorf("%+v, %v", list, err)
	} else if others, err := e.storage.SignIns(t.Context(), organ, list[0].Number, 1); err != nil || others[0].Detail == list[0].Detail {
		t.Error("another process gives the same mark: whoever reads the log can try words against it")
	}
	for range 100 {
		if _, err := again.SignIn(t.Context(), "flood", "x", from); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Fatal(err)
		}
	}
	if list, err := e.storage.SignIns(t.Context(), organ, 0, 200); err != nil || len(list) != 60 {
		t.Errorf("%d lines of one hour, %v", len(list), err)
	}
}

func TestSessionsSayWhenAndWhereTheyWereUsed(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	begin := func(method, address string) *surfer {
		b := &surfer{t: t, site: s}
		if _, status := b.ask(func(r *http.Request) error {
			return s.sessions.Begin(r.Context(), auth.Known{Organ: organ, Person: "li"}, auth.Proof{Method: method, From: address})
		}); status != http.StatusOK {
			t.Fatal(status)
		}
		return b
	}
	began := s.now
	desk := begin("password", from)
	s.now = s.now.Add(10 * time.Minute)
	phone := begin("oidc", "2001:db8:1:2::3")
	s.now = s.now.Add(10 * time.Minute)
	p, _ := desk.ask(nil)
	list, err := s.sessions.List(t.Context(), p)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	first, second := list[0], list[1]
	if first.ID != p.SessionID || first.Method != "password" || first.Network != "203.0.113.0/24" || !first.Began.Equal(began) || !first.Used.Equal(began.Add(20*time.Minute)) {
		t.Errorf("the one used last: %+v", first)
	}
	if second.Method != "oidc" || second.Network != "2001:db8:1::/48" || !second.Used.Equal(began.Add(10*time.Minute)) {
		t.Errorf("the other: %+v", second)
	}
	if n, err := s.sessions.EndOthers(t.Context(), p); n != 1 || err != nil {
		t.Errorf("%d ended, %v", n, err)
	}
	if status := phone.status(); status != http.StatusUnauthorized {
		t.Errorf("the one that was ended from elsewhere: %d", status)
	}
	if status := desk.status(); status != http.StatusOK {
		t.Errorf("the one that ended it: %d", status)
	}
}

// The last use of a token is written once a minute.
func TestTheLastUseOfATokenIsKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	secret, _ := d.issue(t, d.grant())
	used := func() time.Time {
		t.Helper()
		list, err := d.ListOf(t.Context(), organ, "p-1")
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		return list[0].Used
	}
	if !used().IsZero() {
		t.Errorf("before it was used: %v", used())
	}
	began := d.now
	for _, tt := range []struct{ after, want time.Duration }{{0, 0}, {59 * time.Second, 0}, {time.Minute, time.Minute}, {90 * time.Second, time.Minute}} {
		d.now = began.Add(tt.after)
		if _, err := d.Authenticate(t.Context(), bearer(secret)); err != nil {
			t.Fatal(err)
		}
		if got := used(); !got.Equal(began.Add(tt.want)) {
			t.Errorf("after %v: used %v, want %v", tt.after, got, began.Add(tt.want))
		}
	}
	if list, err := d.ListOf(t.Context(), organ, "somebody else"); err != nil || len(list) != 0 {
		t.Errorf("of somebody else: %+v, %v", list, err)
	}
}
