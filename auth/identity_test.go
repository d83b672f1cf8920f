package auth_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func interest() auth.Interest {
	return auth.Interest{Interest: casefile.Interest{ID: "i1", Kind: casefile.InterestUnit, Of: "某公司", Direct: true},
		Organ: "district", Person: "li", Note: "持股", From: day("2026-01-01")}
}

func TestADeclaredInterestIsEndedAndNeverChanged(t *testing.T) {
	t.Parallel()
	d := office(t)
	put := func(version int64, change func(i *auth.Interest)) error {
		i := interest()
		change(&i)
		_, err := d.Put(t.Context(), i, version, "admin")
		return err
	}
	until := func(s string) func(i *auth.Interest) { return func(i *auth.Interest) { i.Until = day(s) } }
	for _, tt := range []struct {
		name    string
		version int64
		change  func(i *auth.Interest)
		says    string // "": it is taken
	}{
		{"of an unknown kind", 0, func(i *auth.Interest) { i.Kind = "friend" }, "kind"},
		{"with nobody", 0, func(i *auth.Interest) { i.Of = " " }, "of"},
		{"with a second line", 0, func(i *auth.Interest) { i.Of = "a\nb" }, "of"},
		{"with a long note", 0, func(i *auth.Interest) { i.Note = strings.Repeat("注", 501) }, "note"},
		{"of nobody", 0, func(i *auth.Interest) { i.Person = "" }, "person"},
		{"from no day", 0, func(i *auth.Interest) { i.From = legaltime.Date{} }, "from"},
		{"over before it begins", 0, until("2025-12-31"), "until"},
		{"declared", 0, func(*auth.Interest) {}, ""},
		{"made indirect", 1, func(i *auth.Interest) { i.Direct, i.Until = false, day("2026-02-01") }, "until"},
		{"with somebody else", 1, func(i *auth.Interest) { i.Of, i.Until = "另一公司", day("2026-02-01") }, "until"},
		{"of somebody else", 1, func(i *auth.Interest) { i.Person, i.Until = "wang", day("2026-02-01") }, "until"},
		{"left as it is", 1, func(*auth.Interest) {}, "until"},
		{"ended before it began", 1, until("2025-12-31"), "until"},
		{"ended", 1, until("2026-02-01"), ""},
		{"ended again", 2, until("2026-01-15"), "until"},
	} {
		err := put(tt.version, tt.change)
		if tt.says == "" && err != nil || tt.says != "" && (!errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.says+": ")) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
	for on, want := range map[string]int{"2025-12-31": 0, "2026-01-01": 1, "2026-02-01": 1, "2026-02-02": 0} {
		if got, err := d.InterestsOf(t.Context(), "li", day(on)); err != nil || len(got) != want {
			t.Errorf("on %s: %v %v, want %d", on, got, err, want)
		}
	}
	if own, err := d.Declared(t.Context(), "district", "li"); err != nil || len(own) != 1 || own[0].ID != "i1" {
		t.Errorf("declared: %v %v", own, err)
	}
	if own, err := d.Declared(t.Context(), "bureau", "li"); err != nil || len(own) != 0 {
		t.Errorf("declared with another organ: %v %v", own, err)
	}
}

func TestTheUnitsOfAPersonAreThoseOfTheDay(t *testing.T) {
	t.Parallel()
	d := office(t)
	for _, e := range []auth.Entry{auth.Unit{ID: "review", Organ: "district", Name: "审查组", Parent: "legal"},
		auth.Appointment{ID: "a4", Organ: "district", Person: "wang", Unit: "review", Roles: []casefile.Role{"drafter"}, From: day("2026-01-01")}} {
		if _, err := d.Put(t.Context(), e, 0, "admin"); err != nil {
			t.Fatal(err)
		}
	}
	legal, review := casefile.UnitRef{Organ: "district", Name: "法制科"}, casefile.UnitRef{Organ: "district", Name: "审查组"}
	for _, tt := range []struct {
		person casefile.PersonID
		on     string
		role   casefile.Role
		above  bool
		want   []casefile.UnitRef
	}{
		{"wang", "2025-12-31", "", false, []casefile.UnitRef{legal}},
		{"wang", "2026-03-01", "", false, []casefile.UnitRef{legal, review}},
		{"wang", "2026-03-01", "drafter", false, []casefile.UnitRef{review}},
		{"wang", "2026-07-01", "drafter", true, []casefile.UnitRef{review, legal}},
		{"wang", "2026-07-01", "legality_reviewer", false, nil},
		{"zhang", "2026-03-01", "", true, nil},
		{"nobody", "2026-03-01", "", true, nil},
	} {
		got, err := d.UnitsOf(t.Context(), tt.person, day(tt.on), tt.role, tt.above)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s on %s as %q: %v\n%s", tt.person, tt.on, tt.role, err, diff)
		}
	}
}

// The day of an appointment begins and ends in the zone of the organ.
func TestAnOrganHasItsZone(t *testing.T) {
	t.Parallel()
	d := office(t)
	id := strings.NewReplacer("/", "", ".", "", "+", "", ":", "")
	for zone, ok := range map[string]bool{"Asia/Shanghai": true, "UTC": true, "+09:00": true, "../etc/localtime": false, "Local": false, "Mars": false} {
		_, err := d.Put(t.Context(), auth.Organ{ID: casefile.OrganID("z" + id.Replace(zone)), Name: "机关", Superior: "district", Zone: zone}, 0, "admin")
		if (err == nil) != ok || !ok && !strings.Contains(err.Error(), "zone") {
			t.Errorf("zone %q: %v", zone, err)
		}
	}
	before := time.Date(2026, 6, 30, 15, 30, 0, 0, time.UTC) // 23:30 in Shanghai, 00:30 of July at +09:00
	if p, err := d.PrincipalOf(t.Context(), "district", "wang", before); err != nil || !p.Holds("legality_reviewer") {
		t.Errorf("in Shanghai: %v %v", p.Roles, err)
	}
	if _, err := d.Put(t.Context(), auth.Organ{ID: "district", Name: "区政府", Zone: "+09:00"}, 1, "admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.PrincipalOf(t.Context(), "district", "wang", before); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("at +09:00: %v", err)
	}
}

// What one organ enters takes nothing away in another one.
func TestATokenIsNotEndedByAnotherOrgansDirectory(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	d := auth.NewDirectory(desk.storage, []casefile.Role{"drafter"})
	desk.ResolveWith(d)
	secret, _ := desk.issue(t, desk.grant())
	for _, e := range []auth.Entry{auth.Organ{ID: "elsewhere", Name: "外机关"}, auth.Person{ID: "p-1", Organ: "elsewhere", Name: "同号之人"},
		auth.Interest{Interest: casefile.Interest{ID: "i", Kind: casefile.InterestUnit, Of: "x"}, Organ: organ, Person: "p-1", From: day("2024-01-01")}} {
		if _, err := d.Put(t.Context(), e, 0, "admin"); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := desk.Authenticate(t.Context(), bearer(secret)); err != nil || !p.Holds("drafter") {
		t.Errorf("%v %v", p.Roles, err)
	}
	own := auth.Appointment{ID: "a", Organ: organ, Person: "p-1", Roles: []casefile.Role{"drafter"}, From: day("2024-01-01"), Until: day("2024-02-01")}
	if _, err := d.Put(t.Context(), own, 0, "admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Authenticate(t.Context(), bearer(secret)); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("after the own organ ended the appointment: %v", err)
	}
}

// A token of somebody who is not in the directory reaches as far as an appointment to its
// roles would: to the organs below, also those that came after it.
func TestATokenOfNobodyOverseesTheOrgansBelow(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	d := auth.NewDirectory(desk.storage, []casefile.Role{"drafter"})
	desk.ResolveWith(d)
	g := desk.grant()
	g.Roles = []casefile.Role{auth.Administrator}
	administrator, _ := desk.issue(t, g)
	g.Roles = []casefile.Role{"drafter"}
	drafter, _ := desk.issue(t, g)
	for _, e := range []auth.Entry{auth.Organ{ID: organ, Name: "区"}, auth.Organ{ID: "east", Name: "东区", Superior: organ}} {
		if _, err := d.Put(t.Context(), e, 0, "admin"); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := desk.Authenticate(t.Context(), bearer(administrator)); err != nil || !slices.Equal(p.Oversees, []casefile.OrganID{"east"}) {
		t.Errorf("the administrator oversees %v, %v", p.Oversees, err)
	}
	if p, err := desk.Authenticate(t.Context(), bearer(drafter)); err != nil || len(p.Oversees) > 0 {
		t.Errorf("the drafter oversees %v, %v", p.Oversees, err)
	}
}
