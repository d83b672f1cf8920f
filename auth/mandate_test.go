package auth_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// A mandate lasts from the first moment of its first day to the last of its last, as
// the days are in the organ. Somebody who has nothing else signs in on them alone.
func TestAMandateLastsForTheDaysOfTheOrgan(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"", "UTC", "+08:00", "-05:00"} {
		d := office(t)
		location, err := legaltime.ParseZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		m := acting()
		m.Delegate = "deputy"
		for _, e := range []struct {
			entry   auth.Entry
			version int64
		}{{auth.Organ{ID: "district", Name: "区政府", Zone: zone}, 1}, {auth.Person{ID: "deputy", Organ: "district", Name: "代理人"}, 0}, {m, 0}} {
			if _, err := d.Put(t.Context(), e.entry, e.version, "admin"); err != nil {
				t.Fatal(err)
			}
		}
		first, after := m.From.Start(location), m.Until.AddDays(1).Start(location)
		for _, tt := range []struct {
			name string
			at   time.Time
			want bool
		}{
			{"the moment before the first day", first.Add(-time.Nanosecond), false},
			{"the first moment of the first day", first, true},
			{"the last moment of the last day", after.Add(-time.Nanosecond), true},
			{"the moment after the last day", after, false},
		} {
			p, err := d.PrincipalOf(t.Context(), "district", "deputy", tt.at)
			if tt.want && (err != nil || !p.Deputises() || !p.Mandates[0].InForce) || !tt.want && !errors.Is(err, casefile.ErrNotFound) {
				t.Errorf("zone %q, %s: %v %+v", zone, tt.name, err, p.Mandates)
			}
		}
	}
}

// A principal hands on what the principal holds on the first day of the mandate.
func TestAMandateIsGivenByWhoHoldsTheRoleOnItsFirstDay(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]error{"2025-12-31": casefile.ErrInvalid, "2026-01-01": nil, "2026-01-31": nil, "2026-02-01": casefile.ErrInvalid} {
		d := office(t)
		for _, e := range []auth.Entry{auth.Person{ID: "zhao", Organ: "district", Name: "赵"},
			auth.Appointment{ID: "a-zhao", Organ: "district", Person: "zhao", Roles: []casefile.Role{"chief"}, From: day("2026-01-01"), Until: day("2026-01-31")}} {
			if _, err := d.Put(t.Context(), e, 0, "admin"); err != nil {
				t.Fatal(err)
			}
		}
		m := acting()
		m.Principal, m.From, m.Until = "zhao", day(from), day("2026-12-31")
		if _, err := d.Put(t.Context(), m, 0, "admin"); !errors.Is(err, want) {
			t.Errorf("from %s: %v, want %v", from, err, want)
		}
	}
}

// A mandate that is revoked is gone at the next request of a session, and with it the
// session of somebody who has nothing else; the cookie of whoever goes on is another.
func TestARevokedMandateIsGoneFromTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	s.enrol(t, "zhang", "chief")
	s.put(t, auth.Person{ID: "deputy", Organ: organ, Name: "代理人"}, 0)
	mandate := func(id string, delegate casefile.PersonID) auth.Mandate {
		return auth.Mandate{Mandate: casefile.Mandate{ID: id, Kind: casefile.ActingFor, Principal: "zhang", PrincipalName: "张", Document: authorisation,
			From: day("2026-03-02"), Until: day("2026-03-02")}, Organ: organ, Delegate: delegate, Roles: []casefile.Role{"chief"}}
	}
	begin := func(person casefile.PersonID) *surfer {
		b := &surfer{t: t, site: s}
		if p, status := b.ask(func(r *http.Request) error {
			return s.sessions.Begin(r.Context(), auth.Known{Organ: organ, Person: person}, auth.Proof{Method: "password"})
		}); status != http.StatusOK || !p.Deputises() {
			t.Fatalf("%s signs in: %d %+v", person, status, p)
		}
		return b
	}
	s.put(t, mandate("m-li", "li"), 0)
	s.put(t, mandate("m-deputy", "deputy"), 0)
	both, alone := begin("li"), begin("deputy")
	before := *both.cookie
	for _, m := range []auth.Mandate{mandate("m-li", "li"), mandate("m-deputy", "deputy")} {
		m.Revoked = true
		s.put(t, m, 1)
	}
	p, status := both.ask(nil)
	if _, err := p.Under("m-li"); status != http.StatusOK || len(p.Mandates) > 0 || err == nil {
		t.Errorf("whoever has a role too: %d %+v", status, p)
	}
	if both.cookie.Value == before.Value {
		t.Error("the cookie is that of before the revocation")
	}
	if status := alone.status(); status != http.StatusUnauthorized {
		t.Errorf("whoever has nothing else: %d", status)
	}
}

// A mandate that runs out while its holder is signed in ends with its last day.
func TestAMandateThatRunsOutEndsWithItsLastDay(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	s.enrol(t, "zhang", "chief")
	s.put(t, auth.Mandate{Mandate: casefile.Mandate{ID: "m", Kind: casefile.Delegation, Principal: "zhang", PrincipalName: "张", Document: authorisation,
		From: day("2026-03-01"), Until: day("2026-03-02")}, Organ: organ, Delegate: "li", Roles: []casefile.Role{"chief"}}, 0)
	end := day("2026-03-03").Start(legaltime.China)
	s.now = end.Add(-time.Minute)
	b := s.signedIn(t)
	for _, tt := range []struct {
		at   time.Time
		want bool
	}{{end.Add(-time.Nanosecond), true}, {end, false}} {
		s.now = tt.at
		if p, status := b.ask(nil); status != http.StatusOK || p.Deputises() != tt.want {
			t.Errorf("at %v: %d, deputises %t", tt.at, status, p.Deputises())
		}
	}
}
