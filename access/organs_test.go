package access_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/store"
)

// files are one case of each of four organs: a district, a bureau below it, a
// station below that, and a district beside it. The case has the name of its organ.
type files struct {
	access.Cases
	listed casefile.OrganID
	opened []casework.Opening
}

func (f *files) Case(_ context.Context, id casefile.ID) (casefile.Case, error) {
	for _, organ := range organs() {
		if id == casefile.ID(organ) {
			return casefile.Case{ID: id, Organ: organ, OpenedBy: casefile.Actor{Person: "opener"}}, nil
		}
	}
	return casefile.Case{}, fmt.Errorf("case %s: %w", id, casefile.ErrNotFound)
}

func (f *files) Definition(context.Context, casefile.Case) (*procedure.Definition, error) {
	return &procedure.Definition{}, nil
}

func (f *files) List(_ context.Context, filter casework.Filter) ([]casework.Summary, string, error) {
	f.listed = filter.Organ
	return nil, "", nil
}

func (f *files) Entries(context.Context, casefile.ID) ([]casework.SealedEntry, error) {
	return nil, nil
}
func (f *files) Export(context.Context, casefile.ID, io.Writer) error { return nil }

func (f *files) Act(context.Context, casefile.ID, casefile.Act, int64) (casework.Reply, error) {
	return casework.Reply{}, nil
}

// Named gives the case that a payload names.
func (f *files) Named(_ context.Context, _ casefile.ID, act casefile.Act) (map[casefile.ID]procedure.Field, error) {
	named, ok := act.With["case"].(string)
	if !ok {
		return nil, nil
	}
	return map[casefile.ID]procedure.Field{casefile.ID(named): {Name: "case", Kind: procedure.KindCase}}, nil
}

func (f *files) Following(_ context.Context, organ casefile.OrganID, _ casefile.ID) ([]casework.Summary, error) {
	f.listed = organ
	return nil, nil
}

func (f *files) Open(_ context.Context, o casework.Opening) (casework.Reply, error) {
	f.opened = append(f.opened, o)
	return casework.Reply{Case: casefile.Case{ID: "new", Organ: o.Organ}}, nil
}

func on(s string) legaltime.Date {
	d, err := legaltime.ParseDate(s)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return d
}

func organs() []casefile.OrganID {
	return []casefile.OrganID{"district", "bureau", "station", "beside"}
}

// ministry gives a directory of the organs and people of every kind in each: their
// ids are the organ and the role, as in "bureau-auditor".
func ministry(t *testing.T) (*auth.Directory, *files, *access.Guard) {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "directory.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	d := auth.NewDirectory(s, []casefile.Role{"drafter"})
	from := on("2020-01-01")
	above := map[casefile.OrganID]casefile.OrganID{"bureau": "district", "station": "bureau"}
	for _, o := range organs() {
		entries := []auth.Entry{auth.Organ{ID: o, Name: string(o), Superior: above[o]}}
		for _, role := range []casefile.Role{"drafter", auth.Auditor, auth.Administrator} {
			id := casefile.PersonID(string(o) + "-" + string(role))
			entries = append(entries, auth.Person{ID: id, Organ: o, Name: string(id), Mail: "a@b.cn", Aliases: []casefile.PersonID{"other-" + id}},
				auth.Appointment{ID: string(id), Organ: o, Person: id, Roles: []casefile.Role{role}, From: from})
		}
		entries = append(entries, auth.Interest{Interest: casefile.Interest{ID: "i-" + string(o), Kind: casefile.InterestUnit, Of: "某公司", Direct: true},
			Organ: o, Person: casefile.PersonID(string(o) + "-drafter"), From: from})
		for _, e := range entries {
			if _, err := d.Put(t.Context(), e, 0, "setup"); err != nil {
				t.Fatalf("%+v: %v", e, err)
			}
		}
	}
	f := &files{}
	return d, f, access.New(access.Options{Cases: f, Directory: d})
}

func who(t *testing.T, d *auth.Directory, organ casefile.OrganID, role casefile.Role) auth.Principal {
	t.Helper()
	p, err := d.PrincipalOf(t.Context(), organ, casefile.PersonID(string(organ)+"-"+string(role)), on("2026-01-01").Start(legaltime.China))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// reached are the organs that an organ oversees, itself included.
func reached(organ casefile.OrganID) []casefile.OrganID {
	switch organ {
	case "district":
		return []casefile.OrganID{"district", "bureau", "station"}
	case "bureau":
		return []casefile.OrganID{"bureau", "station"}
	}
	return []casefile.OrganID{organ}
}

func has[T comparable](list []T, x T) bool {
	for _, y := range list {
		if y == x {
			return true
		}
	}
	return false
}

// Auditors read the cases of their organ and of those below, never of those above or
// beside; everybody else stays in the own organ; nobody acts elsewhere.
func TestCasesAreReadFromAboveByAuditorsAlone(t *testing.T) {
	d, f, g := ministry(t)
	for _, from := range organs() {
		for _, role := range []casefile.Role{"drafter", auth.Auditor, auth.Administrator} {
			p := who(t, d, from, role)
			for _, of := range organs() {
				id := casefile.ID(of)
				want := role == auth.Auditor && has(reached(from), of) || role == "drafter" && of == from
				hidden := casefile.ErrNotFound
				if role == auth.Administrator {
					hidden = casefile.ErrForbidden
				}
				check := func(what string, err error, want bool) {
					t.Helper()
					if want != (err == nil) || !want && !errors.Is(err, hidden) && !errors.Is(err, casefile.ErrForbidden) {
						t.Errorf("%s of %s by %s-%s: %v, want allowed %t", what, of, from, role, err, want)
					}
					if of != from && role == "drafter" && !errors.Is(err, casefile.ErrNotFound) {
						t.Errorf("%s of %s tells %s-%s that it exists: %v", what, of, from, role, err)
					}
				}
				_, err := g.Case(t.Context(), p, id)
				check("case", err, want)
				_, err = g.Entries(t.Context(), p, id)
				check("entries", err, want)
				if role != "drafter" || of != from { // the dossier asks for more than being of the organ
					check("dossier", g.Export(t.Context(), p, id, io.Discard), want)
				}
				_, err = g.Act(t.Context(), p, access.As{}, id, casefile.Act{}, 0)
				check("act", err, role == "drafter" && of == from)
				_, err = g.Following(t.Context(), p, id)
				check("what follows", err, want)
				if role == "drafter" {
					_, err = g.Act(t.Context(), p, access.As{}, casefile.ID(from), casefile.Act{With: casefile.Values{"case": string(of)}}, 0)
					var refusal *casefile.Refusal
					if refused := errors.As(err, &refusal) && refusal.Field == "case"; refused == want || !refused && err != nil {
						t.Errorf("an act of %s names the case of %s: %v", from, of, err)
					}
				}
				f.listed = ""
				_, _, err = g.List(t.Context(), p, casework.Filter{Organ: of})
				if listed := f.listed == of; listed != want {
					t.Errorf("list of %s by %s-%s: %v, listed %q", of, from, role, err, f.listed)
				}
			}
		}
	}
}

// Administrators look after their organ and those below; staff read of people what
// they need, and of interests their own.
func TestTheDirectoryIsReadAndChangedFromAbove(t *testing.T) {
	d, _, g := ministry(t)
	for _, from := range organs() {
		for _, role := range []casefile.Role{"drafter", auth.Auditor, auth.Administrator} {
			p := who(t, d, from, role)
			for _, of := range organs() {
				person := casefile.PersonID(string(of) + "-drafter")
				own := of == from || role != "drafter" && has(reached(from), of)
				r, err := g.DirectoryEntry(t.Context(), p, auth.KindPerson, string(person))
				if own != (err == nil) || !own && !errors.Is(err, casefile.ErrNotFound) {
					t.Errorf("person of %s by %s-%s: %v", of, from, role, err)
				}
				if body := string(r.Body); own && (strings.Contains(body, "a@b.cn") != (role == auth.Administrator) || strings.Contains(body, "aliases") != (role != "drafter")) {
					t.Errorf("person of %s by %s-%s: %s", of, from, role, body)
				}
				_, err = g.DirectoryList(t.Context(), p, of, auth.KindInterest, "", 50)
				if may := own && role != "drafter"; may != (err == nil) {
					t.Errorf("interests of %s by %s-%s: %v", of, from, role, err)
				}
				_, err = g.DirectoryEntry(t.Context(), p, auth.KindInterest, "i-"+string(of))
				if may := own && (role != "drafter" || p.Person == person); may != (err == nil) {
					t.Errorf("interest of %s by %s-%s: %v", person, from, role, err)
				}
				may := role == auth.Administrator && has(reached(from), of)
				id := fmt.Sprint(from, "-", role, "-in-", of)
				for _, e := range []auth.Entry{
					auth.Unit{ID: id, Organ: of, Name: "新设科"}, auth.Person{ID: casefile.PersonID(id), Organ: of, Name: "新人"},
					auth.Organ{ID: casefile.OrganID(id), Name: "新机关", Superior: of},
					auth.Interest{Interest: casefile.Interest{ID: id, Kind: casefile.InterestUnit, Of: "x"}, Organ: from, Person: person, From: on("2026-01-01")},
				} {
					if _, err := g.PutDirectoryEntry(t.Context(), p, e, 0); may != (err == nil) {
						t.Errorf("%T in %s by %s-%s: %v, want allowed %t", e, of, from, role, err, may)
					}
				}
				_, err = g.DirectoryLog(t.Context(), p, of, 0, 50)
				if may := own && role != "drafter"; may != (err == nil) {
					t.Errorf("log of %s by %s-%s: %v", of, from, role, err)
				}
			}
		}
	}
}

// A case follows only one that its opener may read, and nobody learns by trying
// whether another one exists.
func TestACaseFollowsOneThatItsOpenerMayRead(t *testing.T) {
	d, f, g := ministry(t)
	for _, from := range organs() {
		p := who(t, d, from, "drafter")
		var told []string
		for _, of := range append(organs(), "nosuch") {
			_, err := g.Open(t.Context(), p, access.As{}, casework.Opening{Matter: casefile.Matter{Title: "评估", Follows: casefile.ID(of)}})
			if (of == from) != (err == nil) {
				t.Errorf("%s follows %s: %v", from, of, err)
			}
			var refusal *casefile.Refusal
			if of != from && !errors.As(err, &refusal) {
				t.Errorf("%s follows %s: %v, want a refusal", from, of, err)
			}
			if refusal != nil && !has(told, refusal.Message.EN+refusal.Field) {
				told = append(told, refusal.Message.EN+refusal.Field)
			}
		}
		if len(told) != 1 {
			t.Errorf("a case of another organ can be told from one that does not exist: %q", told)
		}
	}
	if len(f.opened) != len(organs()) {
		t.Errorf("%d opened", len(f.opened))
	}
}

// People declare for themselves, whatever they send, and do not end what they have
// declared.
func TestAnInterestIsDeclaredForOneself(t *testing.T) {
	d, _, g := ministry(t)
	p := who(t, d, "bureau", "drafter")
	from := on("2026-01-01")
	sent := auth.Interest{Interest: casefile.Interest{ID: "mine", Kind: casefile.InterestParty, Of: "某公司", Direct: true},
		Organ: "district", Person: "district-drafter", From: from, Until: from}
	if _, err := g.Declare(t.Context(), p, sent); err != nil {
		t.Fatal(err)
	}
	list, err := g.Interests(t.Context(), p)
	if err != nil || len(list) != 2 { // with the one that was there
		t.Fatalf("%d declared: %v", len(list), err)
	}
	for _, r := range list {
		if r.Organ != "bureau" || r.Person != "bureau-drafter" || strings.Contains(string(r.Body), "until") {
			t.Errorf("declared %s %s", r.Person, r.Body)
		}
	}
	if _, err := g.Declare(t.Context(), p, sent); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("declared again: %v", err)
	}
	for _, other := range []auth.Principal{{}, who(t, d, "bureau", auth.Administrator), who(t, d, "bureau", auth.Auditor)} {
		if _, err := g.Declare(t.Context(), other, sent); err == nil {
			t.Errorf("%s declares", other.Person)
		}
	}
}
