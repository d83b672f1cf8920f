package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

var (
	recordID  = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._:-]{0,99}$`)
	digestHex = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Entry is something that the directory keeps.
type Entry interface {
	record() Record
	// check says what is wrong with the entry; before is nil for a new one.
	check(ctx context.Context, d *Directory, before *Record) error
}

// Put keeps a new entry, or the next version of one: version is that of the entry
// before, 0 for a new one. What is not well formed wraps [casefile.ErrInvalid] and
// names the field; another version than the last is a [casefile.ErrConflict].
func (d *Directory) Put(ctx context.Context, e Entry, version int64, by casefile.PersonID) (Record, error) {
	r := e.record()
	if !recordID.MatchString(r.ID) {
		return Record{}, wrong("id", "1 to 100 letters, digits or . _ : -")
	}
	before, err := d.records.DirectoryRecord(ctx, r.Kind, r.ID)
	var known *Record
	switch {
	case err == nil:
		known = &before
	case !errors.Is(err, casefile.ErrNotFound):
		return Record{}, err
	}
	if known != nil && version != known.Version || known == nil && version != 0 {
		return Record{}, fmt.Errorf("%s %s is at another version: %w", r.Kind, r.ID, casefile.ErrConflict)
	}
	if known != nil && known.Organ != r.Organ {
		return Record{}, wrong("organ", "the organ that it belongs to")
	}
	if err := e.check(ctx, d, known); err != nil {
		return Record{}, err
	}
	r.Version = version + 1
	if r.Body, err = json.Marshal(e); err != nil {
		return Record{}, fmt.Errorf("encode %s %s: %w", r.Kind, r.ID, err)
	}
	return r, d.records.PutRecord(ctx, r, by)
}

// Get gives an entry as it is stored, or [casefile.ErrNotFound].
func (d *Directory) Get(ctx context.Context, kind Kind, id string) (Record, error) {
	return d.records.DirectoryRecord(ctx, string(kind), id)
}

// List gives entries of a kind in an organ, ordered by id, after one.
func (d *Directory) List(ctx context.Context, organ casefile.OrganID, kind Kind, after string, limit int) ([]Record, error) {
	return d.records.RecordsOf(ctx, organ, string(kind), after, limit)
}

// About gives what the directory says of a person, in whichever organ: the person,
// appointments, mandates held, interests and keys.
func (d *Directory) About(ctx context.Context, person casefile.PersonID) ([]Record, error) {
	return d.records.RecordsAbout(ctx, person)
}

// Log gives changes of an organ's directory, the last first, before a number (0:
// the end).
func (d *Directory) Log(ctx context.Context, organ casefile.OrganID, before int64, limit int) ([]Change, error) {
	return d.records.Changes(ctx, organ, before, limit)
}

// SamePerson gives the records of the same natural person: the person's own, its
// aliases, and those that name it as theirs.
func (d *Directory) SamePerson(ctx context.Context, person casefile.PersonID) ([]casefile.PersonID, error) {
	records, err := d.records.AllRecords(ctx, string(KindPerson))
	if err != nil {
		return nil, err
	}
	var people []Person
	for _, r := range records {
		if err := decodeInto(r, &people); err != nil {
			return nil, err
		}
	}
	out := []casefile.PersonID{person}
	for i := 0; i < len(out); i++ {
		for _, p := range people {
			if p.ID == out[i] {
				out = appendNew(out, p.Aliases...)
			} else if slices.Contains(p.Aliases, out[i]) {
				out = appendNew(out, p.ID)
			}
		}
	}
	return out, nil
}

func wrong(field, want string) error {
	return fmt.Errorf("%s: want %s: %w", field, want, casefile.ErrInvalid)
}

func (o Organ) record() Record { return Record{Kind: string(KindOrgan), ID: string(o.ID), Organ: o.ID} }

func (o Organ) check(ctx context.Context, d *Directory, _ *Record) error {
	if !printable(o.Name, 100) {
		return wrong("name", "1 to 100 printable characters")
	}
	if _, err := o.Location(); err != nil {
		return wrong("zone", "Asia/Shanghai, UTC or an offset such as +08:00")
	}
	if o.Superior == "" {
		return nil
	}
	if _, err := d.Get(ctx, KindOrgan, string(o.Superior)); err != nil {
		return missing("superior", err)
	}
	below, err := d.Below(ctx, o.ID)
	if err != nil {
		return err
	}
	if o.Superior == o.ID || slices.Contains(below, o.Superior) {
		return wrong("superior", "an organ that is not below this one")
	}
	return nil
}

func (u Unit) record() Record { return Record{Kind: string(KindUnit), ID: u.ID, Organ: u.Organ} }

func (u Unit) check(ctx context.Context, d *Directory, _ *Record) error {
	if !printable(u.Name, 100) {
		return wrong("name", "1 to 100 printable characters")
	}
	for at, seen := u.Parent, []string{u.ID}; at != ""; {
		if slices.Contains(seen, at) {
			return wrong("parent", "a unit that is not below this one")
		}
		r, err := d.Get(ctx, KindUnit, at)
		if err != nil {
			return missing("parent", err)
		}
		var parent Unit
		if err := decode(r, &parent); err != nil {
			return err
		}
		if parent.Organ != u.Organ {
			return wrong("parent", "a unit of the same organ")
		}
		seen, at = append(seen, at), parent.Parent
	}
	return nil
}

func (p Person) record() Record {
	return Record{Kind: string(KindPerson), ID: string(p.ID), Organ: p.Organ, Person: p.ID}
}

func (p Person) check(context.Context, *Directory, *Record) error {
	if !printable(p.Name, 100) {
		return wrong("name", "1 to 100 printable characters")
	}
	if p.Mail != "" {
		if at, err := mail.ParseAddress(p.Mail); err != nil || at.Address != p.Mail || len(p.Mail) > 200 {
			return wrong("mail", "a mail address")
		}
	}
	if len(p.Aliases) > 20 || slices.Contains(p.Aliases, p.ID) {
		return wrong("aliases", "at most 20 other records of the same person")
	}
	return nil
}

func (a Appointment) record() Record {
	return Record{Kind: string(KindAppointment), ID: a.ID, Organ: a.Organ, Person: a.Person}
}

func (a Appointment) check(ctx context.Context, d *Directory, before *Record) error {
	if before != nil && before.Person != a.Person {
		return wrong("person", "the person of the appointment; another one gets another appointment")
	}
	if _, err := d.Get(ctx, KindPerson, string(a.Person)); err != nil {
		return missing("person", err)
	}
	if a.Unit != "" {
		r, err := d.Get(ctx, KindUnit, a.Unit)
		if err != nil {
			return missing("unit", err)
		}
		if r.Organ != a.Organ {
			return wrong("unit", "a unit of the organ")
		}
	}
	return d.Gives(a)
}

// Gives says whether an appointment may give roles from a day until another: what it
// may not wraps [casefile.ErrInvalid] and names the field.
func (d *Directory) Gives(a Appointment) error {
	if err := d.rolesGiven(a.Roles); err != nil {
		return err
	}
	return during(a.From, a.Until)
}

// during refuses a time that has no first day, or ends before it. A last day may be
// left open.
func during(from, until legaltime.Date) error {
	if from.IsZero() {
		return wrong("from", "a first day")
	}
	if !until.IsZero() && until.Before(from) {
		return wrong("until", "a last day that is not before the first")
	}
	return nil
}

func (d *Directory) rolesGiven(roles []casefile.Role) error {
	if len(roles) == 0 {
		return wrong("roles", "at least one")
	}
	for i, role := range roles {
		if !slices.Contains(d.roles, role) || slices.Contains(roles[:i], role) {
			return fmt.Errorf("roles: %.80q is declared by no procedure, or named twice: %w", role, casefile.ErrInvalid)
		}
	}
	return nil
}

func (m Mandate) record() Record {
	return Record{Kind: string(KindMandate), ID: m.ID, Organ: m.Organ, Person: m.Delegate}
}

func (m Mandate) check(ctx context.Context, d *Directory, before *Record) error {
	if before != nil {
		return m.onlyRevoked(*before)
	}
	if m.Kind != casefile.Delegation && m.Kind != casefile.ActingFor {
		return wrong("kind", "delegation or acting")
	}
	if m.Principal == m.Delegate {
		return wrong("delegate", "somebody else than the principal")
	}
	if _, err := d.Get(ctx, KindPerson, string(m.Delegate)); err != nil {
		return missing("delegate", err)
	}
	if !digestHex.MatchString(string(m.Document)) {
		return wrong("document", "the SHA-256 of the authorising document")
	}
	if m.Until.IsZero() {
		return wrong("until", "a last day")
	}
	if err := during(m.From, m.Until); err != nil {
		return err
	}
	if err := d.rolesGiven(m.Roles); err != nil {
		return err
	}
	held, err := d.handed(ctx, m, m.From)
	if err != nil {
		return missing("principal", err)
	}
	for _, role := range m.Roles {
		if !slices.Contains(held, role) {
			return fmt.Errorf("roles: the principal does not hold %q by an own appointment on the first day, or it cannot be handed on: %w", role, casefile.ErrInvalid)
		}
	}
	return nil
}

// onlyRevoked admits no change of a mandate but its end: what was done under it
// has to stay explained.
func (m Mandate) onlyRevoked(before Record) error {
	var was Mandate
	if err := decode(before, &was); err != nil {
		return err
	}
	if was.Revoked {
		return wrong("revoked", "nothing: it was revoked already")
	}
	was.Revoked = true
	old, err := json.Marshal(was)
	if err != nil {
		return err
	}
	now, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if string(old) != string(now) {
		return wrong("revoked", "true, and everything else as it was: a mandate is revoked and given anew")
	}
	return nil
}

func missing(field string, err error) error {
	if errors.Is(err, casefile.ErrNotFound) {
		return wrong(field, "one that is in the directory")
	}
	return err
}

// OrganOf gives the organ that an entry belongs to.
func OrganOf(e Entry) casefile.OrganID { return e.record().Organ }
