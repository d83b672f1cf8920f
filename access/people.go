package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/legaltime"
)

// searched is how many entries are read at once to find those that are asked for.
const searched = 200

// DirectoryFind gives entries of a kind in an organ as [Guard.DirectoryList] does: only
// those whose text holds the query, whatever its case. An empty query gives all.
func (g *Guard) DirectoryFind(ctx context.Context, p auth.Principal, organ casefile.OrganID, kind auth.Kind, query, after string, limit int) ([]auth.Record, error) {
	query = strings.ToLower(strings.TrimSpace(query))
	if query == "" {
		return g.DirectoryList(ctx, p, organ, kind, after, limit)
	}
	var out []auth.Record
	for {
		list, err := g.DirectoryList(ctx, p, organ, kind, after, searched)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if strings.Contains(strings.ToLower(textOf(r)), query) {
				if out = append(out, r); len(out) == limit {
					return out, nil
				}
			}
		}
		if len(list) < searched {
			return out, nil
		}
		after = list[len(list)-1].ID
	}
}

// textOf gives the values of an entry as text, without the names of its fields.
func textOf(r auth.Record) string {
	var fields map[string]any
	if json.Unmarshal(r.Body, &fields) != nil {
		return r.ID
	}
	out := []string{r.ID}
	for _, value := range fields {
		out = append(out, fmt.Sprint(value))
	}
	return strings.Join(out, "\n")
}

// PersonFile is everything that the directory and the entrance say of a person of one
// organ.
type PersonFile struct {
	Person       auth.Record
	Appointments []auth.Record
	Held         []auth.Record // mandates to act for others
	Given        []auth.Record // mandates by which others act for the person
	Interests    []auth.Record
	Keys         []auth.Record
	Account      *auth.Account // nil: none
	Identities   []auth.Identity
}

// PersonFile gives what there is about a person of an organ that the caller, an
// administrator or auditor, looks after. Accounts and identities are for
// administrators.
func (g *Guard) PersonFile(ctx context.Context, p auth.Principal, person casefile.PersonID) (PersonFile, error) {
	var f PersonFile
	if err := Permit(p, ReadChanges); err != nil {
		return f, err
	}
	var err error
	if f.Person, err = g.DirectoryEntry(ctx, p, auth.KindPerson, string(person)); err != nil {
		return f, err
	}
	about, err := g.o.Directory.About(ctx, person)
	if err != nil {
		return f, err
	}
	organ := f.Person.Organ
	for _, r := range about {
		if r.Organ != organ {
			continue
		}
		switch auth.Kind(r.Kind) {
		case auth.KindAppointment:
			f.Appointments = append(f.Appointments, r)
		case auth.KindMandate:
			f.Held = append(f.Held, r)
		case auth.KindInterest:
			f.Interests = append(f.Interests, r)
		case auth.KindKey:
			f.Keys = append(f.Keys, r)
		case auth.KindOrgan, auth.KindUnit, auth.KindPerson:
		}
	}
	if f.Given, err = g.given(ctx, p, organ, person); err != nil {
		return f, err
	}
	return f, g.waysIn(ctx, p, organ, person, &f)
}

// given gives the mandates of which the person is the principal.
func (g *Guard) given(ctx context.Context, p auth.Principal, organ casefile.OrganID, person casefile.PersonID) ([]auth.Record, error) {
	var out []auth.Record
	err := g.eachEntry(ctx, p, organ, auth.KindMandate, func(r auth.Record) error {
		var m auth.Mandate
		if err := json.Unmarshal(r.Body, &m); err != nil {
			return fmt.Errorf("read mandate %s: %w", r.ID, err)
		}
		if m.Principal == person {
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

// eachEntry calls do with every entry of a kind in an organ.
func (g *Guard) eachEntry(ctx context.Context, p auth.Principal, organ casefile.OrganID, kind auth.Kind, do func(auth.Record) error) error {
	for after := ""; ; {
		list, err := g.DirectoryList(ctx, p, organ, kind, after, searched)
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := do(r); err != nil {
				return err
			}
			after = r.ID
		}
		if len(list) < searched {
			return nil
		}
	}
}

// waysIn adds account and identities to a file.
func (g *Guard) waysIn(ctx context.Context, p auth.Principal, organ casefile.OrganID, person casefile.PersonID, f *PersonFile) error {
	if Permit(p, ReadAccounts) != nil {
		return nil //nolint:nilerr // what is not for the caller is left out
	}
	switch account, err := g.o.Entrance.Accounts.Of(ctx, organ, person); {
	case err == nil:
		f.Account = &account
	case !errors.Is(err, casefile.ErrNotFound):
		return err
	}
	for after := ""; ; {
		list, err := g.o.Entrance.Accounts.Identities(ctx, organ, after, searched)
		if err != nil {
			return err
		}
		for _, i := range list {
			if i.Person == person {
				f.Identities = append(f.Identities, i)
			}
			after = i.ID
		}
		if len(list) < searched {
			return nil
		}
	}
}

// Invitation is everything that it takes for somebody to work here: who the person is,
// as what, and how they sign in.
type Invitation struct {
	Person      auth.Person
	Appointment auth.Appointment
	Login       string
	Reason      string
}

// Invited is what an invitation has led to, also when it stopped on the way.
type Invited struct {
	Person, Appointment, Account bool // what has come into being
	Password                     string
}

// Invite enters a person, an appointment and an account, one after another. What was
// done before something fails stays, and is told beside the error; sent once more, the
// invitation stops at what is there already.
func (g *Guard) Invite(ctx context.Context, p auth.Principal, i Invitation) (done Invited, err error) {
	if err := Permit(p, WriteAccounts); err != nil {
		return done, err
	}
	if err := g.o.Directory.Gives(i.Appointment); err != nil {
		return done, err
	}
	if err := g.o.Entrance.Accounts.Free(ctx, i.Login); err != nil {
		return done, err
	}
	if _, err := g.PutDirectoryEntry(ctx, p, i.Person, 0); err != nil {
		return done, err
	}
	done.Person = true
	if _, err := g.PutDirectoryEntry(ctx, p, i.Appointment, 0); err != nil {
		return done, err
	}
	done.Appointment = true
	if done.Password, err = g.OpenAccount(ctx, p, i.Person.ID, i.Login, false, i.Reason); err != nil {
		done.Password = ""
		return done, err
	}
	done.Account = true
	return done, nil
}

// KeepAuthority stores the document by which somebody is authorised, with an organ
// that the administrator looks after, so that a mandate can name it.
func (g *Guard) KeepAuthority(ctx context.Context, p auth.Principal, organ casefile.OrganID, up documents.Upload) (casefile.StoredDocument, error) {
	if err := Permit(p, WriteDirectory); err != nil {
		return casefile.StoredDocument{}, err
	}
	organ, err := directoryOrgan(p, organ)
	if err != nil {
		return casefile.StoredDocument{}, err
	}
	up.Organ, up.By = organ, p.Person
	return g.o.Documents.Put(ctx, up)
}

// RoleHolders gives who holds each role in an organ on a date, by the appointments of
// its directory.
func (g *Guard) RoleHolders(ctx context.Context, p auth.Principal, organ casefile.OrganID, on legaltime.Date) (map[casefile.Role][]casefile.PersonID, error) {
	out := map[casefile.Role][]casefile.PersonID{}
	err := g.eachEntry(ctx, p, organ, auth.KindAppointment, func(r auth.Record) error {
		var a auth.Appointment
		if err := json.Unmarshal(r.Body, &a); err != nil {
			return fmt.Errorf("read appointment %s: %w", r.ID, err)
		}
		if !a.Covers(on) {
			return nil
		}
		for _, role := range a.Roles {
			if !slices.Contains(out[role], a.Person) {
				out[role] = append(out[role], a.Person)
			}
		}
		return nil
	})
	return out, err
}
