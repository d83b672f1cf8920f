package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// The actions on the directory of organs and people.
const (
	ReadDirectory  Action = "directory.read"
	WriteDirectory Action = "directory.write"
	ReadChanges    Action = "directory.log"
)

// reaches reports whether an administrator or auditor may look after an organ: the
// own one, and those below it.
func reaches(p auth.Principal, organ casefile.OrganID) bool {
	return organ == p.Organ || slices.Contains(p.Oversees, organ)
}

// directoryOrgan gives the organ that a list is of: the caller's, unless another
// one that the caller oversees is named.
func directoryOrgan(p auth.Principal, named casefile.OrganID) (casefile.OrganID, error) {
	if named == "" {
		return p.Organ, nil
	}
	if !reaches(p, named) {
		return "", notFound("organ", named)
	}
	return named, nil
}

// DeclareInterest is the action of declaring one's own interests, and of reading
// them.
const DeclareInterest Action = "interest.declare"

// DirectoryList gives entries of a kind in an organ. Mail addresses are for
// administrators; what others have declared to be concerned by, and which records
// are one person, for administrators and auditors.
func (g *Guard) DirectoryList(ctx context.Context, p auth.Principal, organ casefile.OrganID, kind auth.Kind, after string, limit int) ([]auth.Record, error) {
	if err := Permit(p, ReadDirectory); err != nil {
		return nil, err
	}
	if kind == auth.KindOrgan && organ == "" {
		return g.organs(ctx, p, after, limit)
	}
	organ, err := directoryOrgan(p, organ)
	if err != nil {
		return nil, err
	}
	if kind == auth.KindInterest && !overseer(p) {
		return nil, fmt.Errorf("interests of others: %w", casefile.ErrForbidden)
	}
	list, err := g.o.Directory.List(ctx, organ, kind, after, limit)
	for i := range list {
		if err == nil {
			list[i], err = seenRecord(p, list[i])
		}
	}
	return list, err
}

// organs gives the caller's organ, and for auditors and administrators those below it.
func (g *Guard) organs(ctx context.Context, p auth.Principal, after string, limit int) ([]auth.Record, error) {
	reached := slices.Concat([]casefile.OrganID{p.Organ}, p.Oversees)
	slices.Sort(reached)
	var out []auth.Record
	for _, id := range reached {
		if string(id) <= after || len(out) == limit {
			continue
		}
		r, err := g.o.Directory.Get(ctx, auth.KindOrgan, string(id))
		switch {
		case err == nil:
			out = append(out, r)
		case !errors.Is(err, casefile.ErrNotFound): // tokens may name organs that are in no directory
			return nil, err
		}
	}
	return out, nil
}

func overseer(p auth.Principal) bool { return p.Holds(auth.Administrator) || p.Holds(auth.Auditor) }

// Interests gives what the caller has declared to be concerned by.
func (g *Guard) Interests(ctx context.Context, p auth.Principal) ([]auth.Record, error) {
	if err := Permit(p, DeclareInterest); err != nil {
		return nil, err
	}
	return g.o.Directory.Declared(ctx, p.Organ, p.Person)
}

// Declare keeps an interest of the caller's own. It is ended by an administrator, and
// by nobody else.
func (g *Guard) Declare(ctx context.Context, p auth.Principal, i auth.Interest) (auth.Record, error) {
	if err := Permit(p, DeclareInterest); err != nil {
		return auth.Record{}, err
	}
	i.Organ, i.Person, i.Until = p.Organ, p.Person, legaltime.Date{}
	return g.o.Directory.Put(ctx, i, 0, p.Person)
}

// DirectoryEntry gives one entry.
func (g *Guard) DirectoryEntry(ctx context.Context, p auth.Principal, kind auth.Kind, id string) (auth.Record, error) {
	if err := Permit(p, ReadDirectory); err != nil {
		return auth.Record{}, err
	}
	if g.o.Directory == nil { // who has no directory knows nobody
		return auth.Record{}, notFound(string(kind), id)
	}
	r, err := g.o.Directory.Get(ctx, kind, id)
	if err != nil {
		return auth.Record{}, err
	}
	if !reaches(p, r.Organ) || kind == auth.KindInterest && r.Person != p.Person && !overseer(p) {
		return auth.Record{}, notFound(string(kind), id)
	}
	return seenRecord(p, r)
}

// seenRecord leaves out what the caller may not know.
func seenRecord(p auth.Principal, r auth.Record) (auth.Record, error) {
	if r.Kind != string(auth.KindPerson) || p.Holds(auth.Administrator) {
		return r, nil
	}
	var person auth.Person
	if err := json.Unmarshal(r.Body, &person); err != nil {
		return auth.Record{}, fmt.Errorf("read person %s: %w", r.ID, err)
	}
	person.Mail = ""
	if !overseer(p) {
		person.Aliases = nil
	}
	var err error
	r.Body, err = json.Marshal(person)
	return r, err
}

// PutDirectoryEntry keeps a new entry (version 0) or the next version of one, in
// an organ that the administrator looks after.
func (g *Guard) PutDirectoryEntry(ctx context.Context, p auth.Principal, e auth.Entry, version int64) (auth.Record, error) {
	if err := Permit(p, WriteDirectory); err != nil {
		return auth.Record{}, err
	}
	organ := auth.OrganOf(e)
	if o, ok := e.(auth.Organ); ok && version == 0 { // a new organ comes into being below one that exists
		organ = o.Superior
	}
	if !reaches(p, organ) {
		return auth.Record{}, notFound("organ", organ)
	}
	if o, ok := e.(auth.Organ); ok && version > 0 && o.ID != p.Organ && !reaches(p, o.Superior) {
		return auth.Record{}, notFound("organ", o.Superior)
	}
	if i, ok := e.(auth.Interest); ok && version == 0 { // of nobody who belongs to an organ out of reach
		switch r, err := g.o.Directory.Get(ctx, auth.KindPerson, string(i.Person)); {
		case err == nil && !reaches(p, r.Organ):
			return auth.Record{}, notFound("person", i.Person)
		case err != nil && !errors.Is(err, casefile.ErrNotFound):
			return auth.Record{}, err
		}
	}
	if m, ok := e.(auth.Mandate); ok && version == 0 {
		if doc, err := g.o.Documents.Find(ctx, m.Organ, m.Document); err != nil || doc.State != casefile.DocumentClean {
			return auth.Record{}, fmt.Errorf("document: want one that is stored with the organ: %w", casefile.ErrInvalid)
		}
	}
	return g.o.Directory.Put(ctx, e, version, p.Person)
}

// DirectoryLog gives changes of an organ's directory, the last first.
func (g *Guard) DirectoryLog(ctx context.Context, p auth.Principal, organ casefile.OrganID, before int64, limit int) ([]auth.Change, error) {
	if err := Permit(p, ReadChanges); err != nil {
		return nil, err
	}
	organ, err := directoryOrgan(p, organ)
	if err != nil {
		return nil, err
	}
	return g.o.Directory.Log(ctx, organ, before, limit)
}
