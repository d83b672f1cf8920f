package auth_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

var _ auth.Storage = (*store.Store)(nil)

const organ casefile.OrganID = "cn.sh.putuo"

// desk is a place where tokens are issued, with a clock that the test moves.
type desk struct {
	*auth.Tokens
	storage *store.Store
	now     time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "tokens.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{storage: s, now: time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)}
	d.Tokens = auth.New(s, []casefile.Role{"drafter", "legality_reviewer"}, auth.Options{Now: func() time.Time { return d.now }})
	return d
}

func (d *desk) grant() auth.Grant {
	return auth.Grant{
		Organ: organ, Person: "p-1", Name: "承办人", Unit: "市容科",
		Roles: []casefile.Role{"drafter"}, Expires: d.now.Add(time.Hour),
	}
}

func (d *desk) issue(t *testing.T, g auth.Grant) (string, auth.Token) {
	t.Helper()
	secret, token, err := d.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	return secret, token
}

func bearer(secret string) []string { return []string{"Bearer " + secret} }

func TestATokenStandsForItsPersonOrganAndRoles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	secret, token := d.issue(t, d.grant())
	got, err := d.Authenticate(t.Context(), bearer(secret))
	if err != nil {
		t.Fatal(err)
	}
	want := auth.Principal{
		TokenID: token.ID, Organ: organ, Person: "p-1", Name: "承办人", Unit: "市容科",
		Roles: []casefile.Role{"drafter"}, Expires: d.now.Add(time.Hour),
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(auth.Principal{})); diff != "" {
		t.Errorf("principal (-want +got):\n%s", diff)
	}
	actor := casefile.Actor{Person: "p-1", Name: "承办人", Unit: "市容科", Roles: []casefile.Role{"drafter"}}
	if diff := cmp.Diff(actor, got.Actor()); diff != "" {
		t.Errorf("actor (-want +got):\n%s", diff)
	}
}

func TestOnlyTheHashOfTheSecretIsStored(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	secret, token := d.issue(t, d.grant())
	sum := sha256.Sum256([]byte(secret))
	if token.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("hash is %s, want the SHA-256 of the secret", token.Hash)
	}
	list, err := d.List(t.Context(), organ)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d tokens (%v), want 1", len(list), err)
	}
	if diff := cmp.Diff(token, list[0]); diff != "" {
		t.Errorf("stored token (-issued +stored):\n%s", diff)
	}
	if again, _ := d.issue(t, d.grant()); again == secret {
		t.Error("two tokens have one secret")
	}
}

func TestATokenEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	secret, _ := d.issue(t, d.grant())
	revoked, token := d.issue(t, d.grant())
	if err := d.Revoke(t.Context(), "other", token.ID, auth.Why{}); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("revoked by another organ: %v, want not found", err)
	}
	if _, err := d.Authenticate(t.Context(), bearer(revoked)); err != nil {
		t.Errorf("before it is revoked: %v", err)
	}
	if err := d.Revoke(t.Context(), organ, token.ID, auth.Why{By: "admin"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Authenticate(t.Context(), bearer(revoked)); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("revoked: %v, want unauthenticated", err)
	}
	d.now = d.now.Add(time.Hour - time.Nanosecond)
	if _, err := d.Authenticate(t.Context(), bearer(secret)); err != nil {
		t.Errorf("just before it expires: %v", err)
	}
	d.now = d.now.Add(time.Nanosecond)
	if _, err := d.Authenticate(t.Context(), bearer(secret)); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("when it expires: %v, want unauthenticated", err)
	}
}

func TestOnlyOneSpellingOfTheHeaderIsAccepted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	secret, _ := d.issue(t, d.grant())
	other := strings.Replace(secret, secret[10:11], string(secret[10]^1), 1)
	for _, tt := range []struct {
		name   string
		header []string
		known  bool
	}{
		{"the token", []string{"Bearer " + secret}, true},
		{"a scheme in other case", []string{"bEARER " + secret}, true},
		{"no header", nil, false},
		{"an empty header", []string{""}, false},
		{"two headers", []string{"Bearer " + secret, "Bearer " + secret}, false},
		{"no scheme", []string{secret}, false},
		{"another scheme", []string{"Basic " + secret}, false},
		{"no token", []string{"Bearer "}, false},
		{"two spaces", []string{"Bearer  " + secret}, false},
		{"a tab", []string{"Bearer\t" + secret}, false},
		{"a space before", []string{" Bearer " + secret}, false},
		{"a space after", []string{"Bearer " + secret + " "}, false},
		{"a line break after", []string{"Bearer " + secret + "\n"}, false},
		{"two tokens", []string{"Bearer " + secret + "," + secret}, false},
		{"no prefix", []string{"Bearer " + strings.TrimPrefix(secret, "chengxu_")}, false},
		{"a character less", []string{"Bearer " + secret[:len(secret)-1]}, false},
		{"a character more", []string{"Bearer " + secret + "A"}, false},
		{"another token", []string{"Bearer " + other}, false},
		{"a bit that decoding drops", []string{"Bearer " + secret[:len(secret)-1] + nextSpelling(secret)}, false},
		{"a long one", []string{"Bearer " + strings.Repeat("A", 1<<20)}, false},
	} {
		_, err := d.Authenticate(t.Context(), tt.header)
		if tt.known && err != nil {
			t.Errorf("%s: %v, want it known", tt.name, err)
		}
		if !tt.known && !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v, want unauthenticated", tt.name, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error repeats the token: %v", tt.name, err)
		}
	}
}

// nextSpelling is a last character that differs from the secret's only in bits
// that are not part of the 256.
func nextSpelling(secret string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, secret[len(secret)-1])|1])
}

func TestAGrantThatIsNotWellFormedIsInvalid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, tt := range []struct {
		name, field string
		change      func(g *auth.Grant)
	}{
		{"no organ", "organ", func(g *auth.Grant) { g.Organ = "" }},
		{"no person", "person", func(g *auth.Grant) { g.Person = "" }},
		{"a blank name", "name", func(g *auth.Grant) { g.Name = " " }},
		{"a name with a line break", "name", func(g *auth.Grant) { g.Name = "a\nb" }},
		{"a name of bad UTF-8", "name", func(g *auth.Grant) { g.Name = "\xff" }},
		{"a unit too long", "unit", func(g *auth.Grant) { g.Unit = strings.Repeat("科", 101) }},
		{"no role", "roles", func(g *auth.Grant) { g.Roles = nil }},
		{"an undeclared role", "mayor", func(g *auth.Grant) { g.Roles = []casefile.Role{"mayor"} }},
		{"a role twice", "twice", func(g *auth.Grant) { g.Roles = []casefile.Role{"drafter", "drafter"} }},
		{"no end", "expires", func(g *auth.Grant) { g.Expires = time.Time{} }},
		{"an end in the past", "expires", func(g *auth.Grant) { g.Expires = d.now }},
		{"an end too far", "expires", func(g *auth.Grant) { g.Expires = d.now.Add(auth.MaxLife + 1) }},
	} {
		g := d.grant()
		tt.change(&g)
		_, _, err := d.Issue(t.Context(), g)
		if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.field) {
			t.Errorf("%s: %v, want invalid, naming %q", tt.name, err, tt.field)
		}
	}
	if list, err := d.List(t.Context(), organ); err != nil || len(list) != 0 {
		t.Errorf("%d tokens (%v) were stored, want none", len(list), err)
	}
}

func TestATrainerActsAsOthersInPracticeOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	g := d.grant()
	g.Roles = []casefile.Role{auth.Trainer, "drafter"}
	secret, _ := d.issue(t, g)
	trainer, err := d.Authenticate(t.Context(), bearer(secret))
	if err != nil {
		t.Fatal(err)
	}
	secret, _ = d.issue(t, d.grant())
	drafter, err := d.Authenticate(t.Context(), bearer(secret))
	if err != nil {
		t.Fatal(err)
	}
	if trainer.Actor().Holds(auth.Trainer) {
		t.Error("a trainer brings the role of trainer into cases")
	}
	reviewer := casefile.Actor{Person: "p-2", Name: "审核人", Roles: []casefile.Role{"legality_reviewer"}}
	for _, tt := range []struct {
		name     string
		who      auth.Principal
		as       casefile.Actor
		practice bool
		want     error
	}{
		{"a trainer in practice", trainer, reviewer, true, nil},
		{"a trainer in a real case", trainer, reviewer, false, casefile.ErrForbidden},
		{"a drafter in practice", drafter, reviewer, true, casefile.ErrForbidden},
		{"nobody in practice", auth.Principal{}, reviewer, true, casefile.ErrForbidden},
		{"as nobody", trainer, casefile.Actor{}, true, casefile.ErrInvalid},
		{"as somebody with a role of no procedure", trainer,
			casefile.Actor{Person: "p", Name: "n", Roles: []casefile.Role{"mayor"}}, true, casefile.ErrInvalid},
		{"as another trainer", trainer,
			casefile.Actor{Person: "p", Name: "n", Roles: []casefile.Role{auth.Trainer}}, true, casefile.ErrInvalid},
		{"with a capacity", trainer,
			casefile.Actor{Person: "p", Name: "n", Capacity: "drafter"}, true, casefile.ErrInvalid},
	} {
		got, err := tt.who.ActAs(tt.as, tt.practice)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if diff := cmp.Diff(reviewer, got); tt.want == nil && diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// broken is a storage that gives the wrong token, or an error of its own.
type broken struct {
	auth.Storage
	token auth.Token
	err   error
}

func (broken) NoteTokenUse(context.Context, string, time.Time) error { return nil }

func (b broken) TokenByHash(context.Context, string) (auth.Token, error) { return b.token, b.err }

func TestAStorageThatErrsLetsNobodyIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	secret, token := d.issue(t, d.grant())
	token.Hash = strings.Repeat("0", 64)
	wrong := auth.New(broken{token: token}, nil, auth.Options{Now: func() time.Time { return d.now }})
	if _, err := wrong.Authenticate(t.Context(), bearer(secret)); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("another token: %v, want unauthenticated", err)
	}
	down := errors.New("down")
	failing := auth.New(broken{err: down}, nil, auth.Options{})
	if _, err := failing.Authenticate(t.Context(), bearer(secret)); !errors.Is(err, down) || errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("a storage that is down: %v, want its error and not unauthenticated", err)
	}
}

// hashOfName is how a name is kept in the count of failures.
func hashOfName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

func newListener(t *testing.T) (net.Listener, error) {
	t.Helper()
	return new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
}
