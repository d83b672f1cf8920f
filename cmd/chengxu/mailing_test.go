package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/mail"
	"github.com/zhengdang/chengxu/store"
)

// Mail goes to whoever is named, or holds the role today, and works for the organ.
func TestMailFindsWhoeverANoticeIsFor(t *testing.T) {
	db := must(store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "x.db")))
	t.Cleanup(func() { db.Close() })
	directory := auth.NewDirectory(db, []casefile.Role{"drafter", "chief"})
	now := time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC)
	put := func(e auth.Entry) {
		t.Helper()
		if _, err := directory.Put(t.Context(), e, 0, "admin"); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
	}
	day := func(d int) legaltime.Date { return legaltime.NewDate(2026, 3, d) }
	put(auth.Organ{ID: "o", Name: "机关"})
	put(auth.Organ{ID: "other", Name: "外机关"})
	for _, p := range []struct {
		id, organ, mail string
		role            casefile.Role
		from, until     legaltime.Date
	}{
		{"a", "o", "a@example.org", "drafter", day(1), legaltime.Date{}},
		{"b", "o", "b@example.org", "drafter", day(1), day(9)},               // no longer
		{"c", "o", "c@example.org", "drafter", day(11), legaltime.Date{}},    // not yet
		{"d", "o", "", "drafter", day(1), legaltime.Date{}},                  // has no address
		{"e", "o", "e@example.org", "chief", day(1), legaltime.Date{}},       // another role
		{"f", "other", "f@example.org", "drafter", day(1), legaltime.Date{}}, // another organ
		{"g", "o", "a@example.org", "drafter", day(1), legaltime.Date{}},     // the address of a
	} {
		put(auth.Person{ID: casefile.PersonID(p.id), Organ: casefile.OrganID(p.organ), Name: p.id, Mail: p.mail})
		put(auth.Appointment{ID: p.id + "-1", Organ: casefile.OrganID(p.organ), Person: casefile.PersonID(p.id), Roles: []casefile.Role{p.role}, From: p.from, Until: p.until})
	}
	for n := range directoryPage { // more than a page of the directory
		put(auth.Person{ID: casefile.PersonID(fmt.Sprint("x", n)), Organ: "o", Name: "某"})
		put(auth.Appointment{ID: fmt.Sprint("x", n), Organ: "o", Person: casefile.PersonID(fmt.Sprint("x", n)), Roles: []casefile.Role{"chief"}, From: day(1)})
	}
	book := addresses{directory: directory, now: func() time.Time { return now }}
	for _, tt := range []struct {
		n    mail.Notice
		want string
	}{
		{mail.Notice{Organ: "o", Role: "drafter"}, "[a@example.org]"},
		{mail.Notice{Organ: "other", Role: "drafter"}, "[f@example.org]"},
		{mail.Notice{Organ: "o", Role: "chief"}, "[e@example.org]"},
		{mail.Notice{Organ: "o", Role: "drafter", Person: "e"}, "[e@example.org]"},
		{mail.Notice{Organ: "o", Role: "drafter", Person: "b"}, "[]"},
		{mail.Notice{Organ: "o", Role: "drafter", Person: "f"}, "[]"},
		{mail.Notice{Organ: "o", Role: "drafter", Person: "nobody"}, "[]"},
	} {
		got, err := book.AddressesOf(t.Context(), tt.n)
		if err != nil || fmt.Sprint(got) != tt.want {
			t.Errorf("%+v: %v (%v), want %s", tt.n, got, err, tt.want)
		}
	}
}

func TestTheFlagsOfMailAreReadStrictly(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]mailOptions{
		"a sender without a server": {security: "starttls", from: "a@example.org"},
		"no sender":                 {server: "mail.example:587", security: "starttls"},
		"in the open":               {server: "mail.example:25", security: "none", from: "a@example.org"},
		"no such file":              {server: "mail.example:587", security: "starttls", from: "a@example.org", user: "u", password: password + "x"},
		"a password of nobody":      {server: "mail.example:587", security: "starttls", from: "a@example.org", password: password},
	} {
		if _, err := o.read(); err == nil || !strings.Contains(err.Error(), "--smtp-") {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := (&mailOptions{server: "mail.example:587", security: "starttls", from: "a@example.org", user: "u", password: password}).read()
	if err != nil || got.Password != "secret" {
		t.Errorf("%+v (%v)", got, err)
	}
	if none, err := new(mailOptions).read(); err != nil || none.Address != "" {
		t.Errorf("%+v (%v)", none, err)
	}
}
