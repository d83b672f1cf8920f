package auth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// KindInterest is the kind of declared interests.
const KindInterest Kind = "interest"

// Interest (利害关系申报) is what a person has declared to be concerned by, from a day
// until another, both included. A zero Until is open.
type Interest struct {
	casefile.Interest
	Organ  casefile.OrganID  `json:"organ"` // with which it was declared
	Person casefile.PersonID `json:"person"`
	Note   string            `json:"note,omitempty"`
	From   legaltime.Date    `json:"from"`
	Until  legaltime.Date    `json:"until,omitzero"`
}

// Covers reports whether the interest lasts on a date.
func (i Interest) Covers(on legaltime.Date) bool {
	return !on.Before(i.From) && (i.Until.IsZero() || !on.After(i.Until))
}

func (i Interest) record() Record {
	return Record{Kind: string(KindInterest), ID: i.ID, Organ: i.Organ, Person: i.Person}
}

func (i Interest) check(_ context.Context, _ *Directory, before *Record) error {
	if before != nil {
		return i.onlyEnded(*before)
	}
	switch i.Kind {
	case casefile.InterestOrgan, casefile.InterestUnit, casefile.InterestParty, casefile.InterestMatter:
	default:
		return wrong("kind", "organ, unit, party or matter")
	}
	switch {
	case !printable(string(i.Person), 100):
		return wrong("person", "1 to 100 printable characters")
	case !printable(i.Of, 300):
		return wrong("of", "1 to 300 printable characters")
	case i.Note != "" && !printable(i.Note, 500):
		return wrong("note", "at most 500 printable characters")
	}
	return during(i.From, i.Until)
}

// onlyEnded admits no change of a declaration but its last day.
func (i Interest) onlyEnded(before Record) error {
	var was Interest
	if err := decode(before, &was); err != nil {
		return err
	}
	if !was.Until.IsZero() {
		return wrong("until", "nothing: it has a last day already")
	}
	if i.Until.IsZero() || i.Until.Before(was.From) {
		return wrong("until", "a last day that is not before the first")
	}
	now := i
	now.Until = was.Until
	if now != was {
		return wrong("until", "a last day, and everything else as it was: an interest is ended and declared anew")
	}
	return nil
}

// Declared gives the interests that a person has declared with an organ, with their
// versions.
func (d *Directory) Declared(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) ([]Record, error) {
	records, err := d.records.RecordsAbout(ctx, person)
	return slices.DeleteFunc(records, func(r Record) bool { return r.Kind != string(KindInterest) || r.Organ != organ }), err
}

// InterestsOf gives what a person has declared to be concerned by on a date, with
// whichever organ.
func (d *Directory) InterestsOf(ctx context.Context, person casefile.PersonID, on legaltime.Date) ([]casefile.Interest, error) {
	records, err := d.records.RecordsAbout(ctx, person)
	if err != nil {
		return nil, err
	}
	var out []casefile.Interest
	for _, r := range records {
		if r.Kind != string(KindInterest) {
			continue
		}
		var i Interest
		if err := decode(r, &i); err != nil {
			return nil, err
		}
		if i.Covers(on) {
			out = append(out, i.Interest)
		}
	}
	return out, nil
}

// UnitsOf gives the units to which a person is appointed on a date, in whichever
// organ; with a role, only those in which the person holds it. Above adds the units
// that these are parts of.
func (d *Directory) UnitsOf(ctx context.Context, person casefile.PersonID, on legaltime.Date, role casefile.Role, above bool) ([]casefile.UnitRef, error) {
	about, err := d.about(ctx, person)
	if errors.Is(err, casefile.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []casefile.UnitRef
	for _, a := range about.appointments {
		if a.Unit == "" || !a.Covers(on) || role != "" && !slices.Contains(a.Roles, role) {
			continue
		}
		for at, n := a.Unit, 0; at != "" && n < maxDepth; n++ {
			var u Unit
			r, err := d.records.DirectoryRecord(ctx, string(KindUnit), at)
			if err == nil {
				err = json.Unmarshal(r.Body, &u)
			}
			if err != nil {
				return nil, err
			}
			out = appendNew(out, casefile.UnitRef{Organ: u.Organ, Name: strings.TrimSpace(u.Name)})
			if at = u.Parent; !above {
				break
			}
		}
	}
	return out, nil
}

// maxDepth bounds how deep units are nested.
const maxDepth = 20
