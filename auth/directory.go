package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Kind is a kind of record in the directory.
type Kind string

// The kinds of records.
const (
	KindOrgan       Kind = "organ"
	KindUnit        Kind = "unit"
	KindPerson      Kind = "person"
	KindAppointment Kind = "appointment"
	KindMandate     Kind = "mandate"
)

// Organ (行政机关) is an organ that runs cases, with the one above it.
type Organ struct {
	ID       casefile.OrganID `json:"id"`
	Name     string           `json:"name"`
	Superior casefile.OrganID `json:"superior,omitempty"`
	Zone     string           `json:"zone,omitempty"` // of its clocks; empty: Asia/Shanghai
	Ended    bool             `json:"ended,omitempty"`
}

// Location gives the zone of the organ's clocks.
func (o Organ) Location() (*time.Location, error) {
	zone, err := legaltime.ParseZone(o.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of organ %s: %w", o.ID, err)
	}
	return zone, nil
}

// Unit (内设机构) is a part of an organ.
type Unit struct {
	ID     string           `json:"id"`
	Organ  casefile.OrganID `json:"organ"`
	Name   string           `json:"name"`
	Parent string           `json:"parent,omitempty"`
	Ended  bool             `json:"ended,omitempty"`
}

// Person is a natural person who works for an organ. Aliases are other records of
// the same person; who is independent of whom is asked of all of them together.
type Person struct {
	ID      casefile.PersonID   `json:"id"`
	Organ   casefile.OrganID    `json:"organ"`
	Name    string              `json:"name"`
	Mail    string              `json:"mail,omitempty"`
	Aliases []casefile.PersonID `json:"aliases,omitempty"`
}

// Appointment (任职) gives a person roles in an organ, from a day until another,
// both included. A zero Until is open.
type Appointment struct {
	ID     string            `json:"id"`
	Organ  casefile.OrganID  `json:"organ"`
	Person casefile.PersonID `json:"person"`
	Unit   string            `json:"unit,omitempty"`
	Roles  []casefile.Role   `json:"roles"`
	From   legaltime.Date    `json:"from"`
	Until  legaltime.Date    `json:"until,omitzero"`
}

// Covers reports whether the appointment is in force on a date.
func (a Appointment) Covers(on legaltime.Date) bool {
	return !on.Before(a.From) && (a.Until.IsZero() || !on.After(a.Until))
}

// Mandate (授权) lets a person act for another one, with roles of the principal.
type Mandate struct {
	casefile.Mandate
	Organ    casefile.OrganID  `json:"organ"`
	Delegate casefile.PersonID `json:"delegate"`
	Roles    []casefile.Role   `json:"roles"`
	Revoked  bool              `json:"revoked,omitempty"`
}

// Record is a record of the directory as it is stored. It is an alias, so that a
// store can name the same type without importing this package.
type Record = struct {
	Kind    string
	ID      string
	Organ   casefile.OrganID
	Person  casefile.PersonID // whom it is about; of a mandate, the delegate
	Version int64
	Body    json.RawMessage
}

// Change is one change of the directory, as it is logged. It is an alias as well.
type Change = struct {
	Number        int64
	At            time.Time
	Organ         casefile.OrganID
	By            casefile.PersonID
	Kind, ID      string
	Version       int64
	Before, After json.RawMessage // Before is null for a new record
}

// Records keeps the directory. What is not there is [casefile.ErrNotFound].
type Records interface {
	// PutRecord keeps a record as the version that it names, which must be the next
	// one, and logs the change. Another version is a [casefile.ErrConflict].
	PutRecord(ctx context.Context, r Record, by casefile.PersonID) error
	DirectoryRecord(ctx context.Context, kind, id string) (Record, error)
	// RecordsOf lists the records of a kind in an organ, ordered by id, after one.
	RecordsOf(ctx context.Context, organ casefile.OrganID, kind, after string, limit int) ([]Record, error)
	RecordsAbout(ctx context.Context, person casefile.PersonID) ([]Record, error)
	AllRecords(ctx context.Context, kind string) ([]Record, error)
	Changes(ctx context.Context, organ casefile.OrganID, before int64, limit int) ([]Change, error)
	// AccountClosed reports whether the person has an account there that is closed.
	AccountClosed(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) (bool, error)
}

// Directory knows organs, units, people, appointments and mandates.
type Directory struct {
	records Records
	roles   []casefile.Role // that an appointment may give
}

// NewDirectory returns a directory in which the declared roles, those of the
// procedures in use, can be given.
func NewDirectory(records Records, declared []casefile.Role) *Directory {
	return &Directory{records: records, roles: append(slices.Clone(declared), Trainer, Auditor, Administrator)}
}

// PrincipalOf gives a person as one who acts for an organ at an instant: with the
// roles of the appointments in force, and the mandates held. A person without an
// appointment or a mandate in force there, or whose account is closed, is
// [casefile.ErrNotFound].
//
// Mandates that are not revoked are given with their days, also when these are
// over or still to come: the case judges them by its own clock, which in practice
// (演练) is not today's. A principal's roles are handed on only as far as the
// principal holds them.
func (d *Directory) PrincipalOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, at time.Time) (Principal, error) {
	today, err := d.dateIn(ctx, organ, at)
	if err != nil {
		return Principal{}, err
	}
	if closed, err := d.records.AccountClosed(ctx, organ, person); err != nil || closed {
		return Principal{}, errors.Join(err, fmt.Errorf("the account of %s is closed: %w", person, casefile.ErrNotFound))
	}
	about, err := d.about(ctx, person)
	if err != nil {
		return Principal{}, err
	}
	p := Principal{Organ: organ, Person: person, Name: about.person.Name, declared: d.roles}
	for _, a := range about.appointments {
		if a.Organ != organ || !a.Covers(today) {
			continue
		}
		if p.Unit == "" && a.Unit != "" {
			if p.Unit, err = d.unitName(ctx, a.Unit); err != nil {
				return Principal{}, err
			}
		}
		p.Roles = appendNew(p.Roles, a.Roles...)
	}
	for _, m := range about.mandates {
		if m.Organ != organ || m.Revoked {
			continue
		}
		handed, err := d.handed(ctx, m, today)
		if err != nil {
			return Principal{}, err
		}
		if len(handed) > 0 {
			p.Mandates = append(p.Mandates, Held{Mandate: m.Mandate, Roles: handed, InForce: m.Covers(today)})
		}
	}
	if len(p.Roles) == 0 && !p.Deputises() {
		return Principal{}, fmt.Errorf("person %s has no appointment in force in organ %s: %w", person, organ, casefile.ErrNotFound)
	}
	if p.Holds(Auditor) || p.Holds(Administrator) {
		if p.Oversees, err = d.Below(ctx, organ); err != nil {
			return Principal{}, err
		}
	}
	return p, nil
}

// dateIn gives the date of an instant in the zone of an organ.
func (d *Directory) dateIn(ctx context.Context, organ casefile.OrganID, at time.Time) (legaltime.Date, error) {
	zone := legaltime.China
	r, err := d.records.DirectoryRecord(ctx, string(KindOrgan), string(organ))
	switch {
	case errors.Is(err, casefile.ErrNotFound):
		return legaltime.DateIn(at, zone), nil
	case err != nil:
		return legaltime.Date{}, err
	}
	var o Organ
	if err = decode(r, &o); err == nil {
		zone, err = o.Location()
	}
	if err != nil {
		return legaltime.Date{}, err
	}
	return legaltime.DateIn(at, zone), nil
}

// handed gives the roles of a mandate that its principal holds: today, or where
// the days of the mandate are over or still to come, on the nearest of them.
func (d *Directory) handed(ctx context.Context, m Mandate, today legaltime.Date) ([]casefile.Role, error) {
	principal, err := d.about(ctx, m.Principal)
	if err != nil {
		return nil, err
	}
	on := today
	if on.Before(m.From) {
		on = m.From
	}
	if on.After(m.Until) {
		on = m.Until
	}
	var out []casefile.Role
	for _, a := range principal.appointments {
		if a.Organ != m.Organ || !a.Covers(on) {
			continue
		}
		for _, role := range m.Roles {
			if slices.Contains(a.Roles, role) && !Installed(role) {
				out = appendNew(out, role)
			}
		}
	}
	return out, nil
}

// knows reports whether the directory says anything of the person in the organ. What
// other organs enter under the same id takes nothing away here. What cannot be read
// counts as known: nobody gets more than the directory would give.
func (d *Directory) knows(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) bool {
	records, err := d.records.RecordsAbout(ctx, person)
	return err != nil || slices.ContainsFunc(records, func(r Record) bool {
		return r.Organ == organ && r.Kind != string(KindInterest) && r.Kind != string(KindKey)
	})
}

// about is everything that the directory says of a person.
type about struct {
	person       Person
	appointments []Appointment
	mandates     []Mandate
}

func (d *Directory) about(ctx context.Context, person casefile.PersonID) (about, error) {
	records, err := d.records.RecordsAbout(ctx, person)
	if err != nil {
		return about{}, err
	}
	var out about
	for _, r := range records {
		switch Kind(r.Kind) {
		case KindPerson:
			err = decode(r, &out.person)
		case KindAppointment:
			err = decodeInto(r, &out.appointments)
		case KindMandate:
			err = decodeInto(r, &out.mandates)
		case KindOrgan, KindUnit, KindInterest, KindKey:
		}
		if err != nil {
			return about{}, err
		}
	}
	if out.person.ID == "" {
		return about{}, fmt.Errorf("person %s: %w", person, casefile.ErrNotFound)
	}
	return out, nil
}

func (d *Directory) unitName(ctx context.Context, id string) (string, error) {
	r, err := d.records.DirectoryRecord(ctx, string(KindUnit), id)
	if errors.Is(err, casefile.ErrNotFound) {
		return id, nil
	}
	if err != nil {
		return "", err
	}
	var u Unit
	return u.Name, decode(r, &u)
}

// Below gives the organs below one, near ones first. A hierarchy that leads in a
// circle cannot come into being; if it did, each organ is given once.
func (d *Directory) Below(ctx context.Context, superior casefile.OrganID) ([]casefile.OrganID, error) {
	records, err := d.records.AllRecords(ctx, string(KindOrgan))
	if err != nil {
		return nil, err
	}
	var organs []Organ
	for _, r := range records {
		if err := decodeInto(r, &organs); err != nil {
			return nil, err
		}
	}
	var out []casefile.OrganID
	for next := []casefile.OrganID{superior}; len(next) > 0; next = next[1:] {
		for _, o := range organs {
			if o.Superior == next[0] && o.ID != superior && !slices.Contains(out, o.ID) {
				out, next = append(out, o.ID), append(next, o.ID)
			}
		}
	}
	return out, nil
}

// Subordinate gives the organs right below one, sorted.
func (d *Directory) Subordinate(ctx context.Context, superior casefile.OrganID) ([]casefile.OrganID, error) {
	records, err := d.records.AllRecords(ctx, string(KindOrgan))
	if err != nil {
		return nil, err
	}
	var organs []Organ
	for _, r := range records {
		if err := decodeInto(r, &organs); err != nil {
			return nil, err
		}
	}
	var out []casefile.OrganID
	for _, o := range organs {
		if o.Superior == superior && o.ID != superior {
			out = append(out, o.ID)
		}
	}
	slices.Sort(out)
	return out, nil
}

func decode(r Record, into any) error {
	if err := json.Unmarshal(r.Body, into); err != nil {
		return fmt.Errorf("read %s %s: %w", r.Kind, r.ID, err)
	}
	return nil
}

func decodeInto[T any](r Record, list *[]T) error {
	var one T
	if err := decode(r, &one); err != nil {
		return err
	}
	*list = append(*list, one)
	return nil
}

func appendNew[T comparable](list []T, more ...T) []T {
	for _, item := range more {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}
