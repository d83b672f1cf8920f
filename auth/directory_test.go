package auth_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
)

var _ auth.Records = (*store.Store)(nil)

var authorisation = casefile.Digest(strings.Repeat("a1", 32))

func day(s string) legaltime.Date {
	d, err := legaltime.ParseDate(s)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return d
}

// office is a directory with a district, a bureau below it and three people.
func office(t *testing.T) *auth.Directory {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "directory.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	d := auth.NewDirectory(s, []casefile.Role{"drafter", "chief", "legality_reviewer"})
	for _, e := range []auth.Entry{
		auth.Organ{ID: "district", Name: "区政府"}, auth.Organ{ID: "bureau", Name: "局", Superior: "district"},
		auth.Organ{ID: "station", Name: "站", Superior: "bureau"},
		auth.Unit{ID: "legal", Organ: "district", Name: "法制科"},
		auth.Person{ID: "zhang", Organ: "district", Name: "张区长"}, auth.Person{ID: "li", Organ: "district", Name: "李副区长"},
		auth.Person{ID: "wang", Organ: "district", Name: "王科长", Aliases: []casefile.PersonID{"wang-old"}},
		auth.Appointment{ID: "a1", Organ: "district", Person: "zhang", Roles: []casefile.Role{"chief"}, From: day("2025-01-01")},
		auth.Appointment{ID: "a2", Organ: "district", Person: "wang", Unit: "legal", Roles: []casefile.Role{"legality_reviewer"}, From: day("2025-01-01"), Until: day("2026-06-30")},
		auth.Appointment{ID: "a3", Organ: "district", Person: "li", Roles: []casefile.Role{auth.Auditor}, From: day("2025-01-01")},
	} {
		if _, err := d.Put(t.Context(), e, 0, "setup"); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
	}
	return d
}

func acting() auth.Mandate {
	return auth.Mandate{Mandate: casefile.Mandate{ID: "m1", Kind: casefile.ActingFor, Principal: "zhang", PrincipalName: "张区长",
		Document: authorisation, From: day("2026-03-01"), Until: day("2026-03-15")}, Organ: "district", Delegate: "li", Roles: []casefile.Role{"chief"}}
}

func at(s string) time.Time { return day(s).Start(legaltime.China).Add(10 * time.Hour) }

func TestAPersonHoldsTheRolesOfTheDay(t *testing.T) {
	t.Parallel()
	d := office(t)
	for _, tt := range []struct {
		person casefile.PersonID
		on     string
		roles  []casefile.Role
		unit   string
	}{
		{"wang", "2024-12-31", nil, ""},
		{"wang", "2025-01-01", []casefile.Role{"legality_reviewer"}, "法制科"},
		{"wang", "2026-06-30", []casefile.Role{"legality_reviewer"}, "法制科"},
		{"wang", "2026-07-01", nil, ""},
		{"nobody", "2026-01-01", nil, ""},
	} {
		p, err := d.PrincipalOf(t.Context(), "district", tt.person, at(tt.on))
		if (tt.roles == nil) != errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("%s on %s: %v", tt.person, tt.on, err)
		}
		if diff := cmp.Diff(tt.roles, p.Roles); diff != "" || p.Unit != tt.unit {
			t.Errorf("%s on %s: unit %q, roles (-want +got):\n%s", tt.person, tt.on, p.Unit, diff)
		}
	}
	if _, err := d.PrincipalOf(t.Context(), "bureau", "zhang", at("2026-01-01")); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("in another organ: %v", err)
	}
	auditor, err := d.PrincipalOf(t.Context(), "district", "li", at("2026-01-01"))
	if diff := cmp.Diff([]casefile.OrganID{"bureau", "station"}, auditor.Oversees); err != nil || diff != "" {
		t.Errorf("an auditor oversees (%v):\n%s", err, diff)
	}
}

func TestAMandateHandsOnWhatThePrincipalHolds(t *testing.T) {
	t.Parallel()
	d := office(t)
	if _, err := d.Put(t.Context(), acting(), 0, "admin"); err != nil {
		t.Fatal(err)
	}
	p, err := d.PrincipalOf(t.Context(), "district", "li", at("2026-03-05"))
	if err != nil || len(p.Mandates) != 1 {
		t.Fatalf("%v: %+v", err, p.Mandates)
	}
	actor, err := p.Under("m1")
	if err != nil || actor.Person != "li" || !actor.Holds("chief") || actor.Mandate.Principal != "zhang" || actor.Mandate.Document != authorisation {
		t.Errorf("under the mandate: %v %+v", err, actor)
	}
	if p.Actor().Holds("chief") {
		t.Error("the role of the principal is the delegate's own")
	}
	var refusal *casefile.Refusal
	if _, err := p.Under("m2"); !errors.As(err, &refusal) || refusal.Code != casefile.RefusedMandate {
		t.Errorf("a mandate that is not held: %v", err)
	}
	// The principal leaves: the mandate hands on nothing.
	ended := auth.Appointment{ID: "a1", Organ: "district", Person: "zhang", Roles: []casefile.Role{"chief"}, From: day("2025-01-01"), Until: day("2026-03-03")}
	if _, err := d.Put(t.Context(), ended, 1, "admin"); err != nil {
		t.Fatal(err)
	}
	if p, err := d.PrincipalOf(t.Context(), "district", "li", at("2026-03-05")); err != nil || len(p.Mandates) > 0 {
		t.Errorf("after the principal left: %v %+v", err, p.Mandates)
	}
	revoked := acting()
	revoked.Revoked = true
	if _, err := d.Put(t.Context(), revoked, 1, "admin"); err != nil {
		t.Fatal(err)
	}
	if p, err := d.PrincipalOf(t.Context(), "district", "li", at("2026-03-02")); err != nil || len(p.Mandates) > 0 {
		t.Errorf("a revoked mandate is held: %v %+v", err, p.Mandates)
	}
}

func TestWhatTheDirectoryDoesNotTake(t *testing.T) {
	t.Parallel()
	d := office(t)
	mandate := func(change func(m *auth.Mandate)) auth.Mandate {
		m := acting()
		change(&m)
		return m
	}
	for _, tt := range []struct {
		name    string
		entry   auth.Entry
		version int64
		want    error
		says    string
	}{
		{"an organ above itself", auth.Organ{ID: "district", Name: "区政府", Superior: "station"}, 1, casefile.ErrInvalid, "superior"},
		{"an organ below none that exists", auth.Organ{ID: "x", Name: "x", Superior: "nowhere"}, 0, casefile.ErrInvalid, "superior"},
		{"a unit in a circle", auth.Unit{ID: "legal", Organ: "district", Name: "法制科", Parent: "legal"}, 1, casefile.ErrInvalid, "parent"},
		{"a unit that moves to another organ", auth.Unit{ID: "legal", Organ: "bureau", Name: "法制科"}, 1, casefile.ErrInvalid, "organ"},
		{"a person without a name", auth.Person{ID: "p", Organ: "district"}, 0, casefile.ErrInvalid, "name"},
		{"a mail address with a second header", auth.Person{ID: "p", Organ: "district", Name: "p", Mail: "a@b.cn\r\nBcc: c@d.cn"}, 0, casefile.ErrInvalid, "mail"},
		{"an id that climbs", auth.Person{ID: "../p", Organ: "district", Name: "p"}, 0, casefile.ErrInvalid, "id"},
		{"a role of no procedure", auth.Appointment{ID: "b", Organ: "district", Person: "li", Roles: []casefile.Role{"mayor"}, From: day("2026-01-01")}, 0, casefile.ErrInvalid, "roles"},
		{"an appointment that ends before it begins", auth.Appointment{ID: "b", Organ: "district", Person: "li", Roles: []casefile.Role{"drafter"}, From: day("2026-01-02"), Until: day("2026-01-01")}, 0, casefile.ErrInvalid, "until"},
		{"an appointment of nobody", auth.Appointment{ID: "b", Organ: "district", Person: "who", Roles: []casefile.Role{"drafter"}, From: day("2026-01-02")}, 0, casefile.ErrInvalid, "person"},
		{"an appointment that goes to another person", auth.Appointment{ID: "a1", Organ: "district", Person: "li", Roles: []casefile.Role{"chief"}, From: day("2025-01-01")}, 1, casefile.ErrInvalid, "person"},
		{"an old version", auth.Person{ID: "li", Organ: "district", Name: "李"}, 0, casefile.ErrConflict, "version"},
		{"a version to come", auth.Person{ID: "li", Organ: "district", Name: "李"}, 2, casefile.ErrConflict, "version"},
		{"a mandate for oneself", mandate(func(m *auth.Mandate) { m.Delegate = "zhang" }), 0, casefile.ErrInvalid, "delegate"},
		{"a role that the principal does not hold", mandate(func(m *auth.Mandate) { m.Roles = []casefile.Role{"drafter"} }), 0, casefile.ErrInvalid, "roles"},
		{"the role of auditor handed on", mandate(func(m *auth.Mandate) { m.Principal, m.Delegate, m.Roles = "li", "wang", []casefile.Role{auth.Auditor} }), 0, casefile.ErrInvalid, "roles"},
		{"a mandate without its document", mandate(func(m *auth.Mandate) { m.Document = "" }), 0, casefile.ErrInvalid, "document"},
		{"a mandate without an end", mandate(func(m *auth.Mandate) { m.Until = legaltime.Date{} }), 0, casefile.ErrInvalid, "until"},
		{"a mandate of somebody who is not known", mandate(func(m *auth.Mandate) { m.Principal = "who" }), 0, casefile.ErrInvalid, "principal"},
	} {
		_, err := d.Put(t.Context(), tt.entry, tt.version, "admin")
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %v about %q", tt.name, err, tt.want, tt.says)
		}
	}
	if _, err := d.Put(t.Context(), acting(), 0, "admin"); err != nil {
		t.Fatal(err)
	}
	longer := mandate(func(m *auth.Mandate) { m.Until = day("2027-01-01") })
	if _, err := d.Put(t.Context(), longer, 1, "admin"); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("a mandate was made longer: %v", err)
	}
}

func TestEveryChangeOfTheDirectoryIsLogged(t *testing.T) {
	t.Parallel()
	d := office(t)
	if _, err := d.Put(t.Context(), auth.Person{ID: "li", Organ: "district", Name: "李明"}, 1, "admin"); err != nil {
		t.Fatal(err)
	}
	log, err := d.Log(t.Context(), "district", 0, 200)
	if err != nil || len(log) == 0 {
		t.Fatal(err, len(log))
	}
	last := log[0]
	if last.By != "admin" || last.ID != "li" || last.Version != 2 || !strings.Contains(string(last.Before), "李副区长") || !strings.Contains(string(last.After), "李明") {
		t.Errorf("last change: %+v", last)
	}
}

// The records of one natural person are found from each of them.
func TestAliasesAreOnePerson(t *testing.T) {
	t.Parallel()
	d := office(t)
	for _, e := range []auth.Entry{auth.Person{ID: "wang-old", Organ: "bureau", Name: "王科长"},
		auth.Person{ID: "wang-older", Organ: "station", Name: "王科长", Aliases: []casefile.PersonID{"wang-old"}}} {
		if _, err := d.Put(t.Context(), e, 0, "admin"); err != nil {
			t.Fatal(err)
		}
	}
	want := []casefile.PersonID{"wang", "wang-old", "wang-older"}
	for _, id := range want {
		got, err := d.SamePerson(t.Context(), id)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s (%v):\n%s", id, err, diff)
		}
	}
}

// Of many who change a record at once, one does.
func TestOneOfManyChangesWins(t *testing.T) {
	t.Parallel()
	d := office(t)
	won := make(chan error, 20)
	for n := range cap(won) {
		go func() {
			_, err := d.Put(context.WithoutCancel(t.Context()), auth.Person{ID: "li", Organ: "district", Name: fmt.Sprint("李", n)}, 1, "admin")
			won <- err
		}()
	}
	wins := 0
	for range cap(won) {
		if err := <-won; err == nil {
			wins++
		} else if !errors.Is(err, casefile.ErrConflict) {
			t.Error(err)
		}
	}
	if wins != 1 {
		t.Errorf("%d changes of one version were kept", wins)
	}
}
