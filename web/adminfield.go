package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// adminField is a field of a form about an entry of the directory.
type adminField struct {
	Name, Label, Hint string
	Kind              string // "text", "date", "roles", "select", "check", "fixed", "hidden"
	Value             string
	Options           []choice // of roles and select
	Required          bool
	Wrong             string // what is wrong with it
	Now               string // what the entry says by now, where that is something else
}

// entryKinds are the kinds of entries that have forms, as addresses name them.
func entryKind(name string) (auth.Kind, bool) {
	kind, ok := map[string]auth.Kind{"organs": auth.KindOrgan, "units": auth.KindUnit, "people": auth.KindPerson, "appointments": auth.KindAppointment,
		"mandates": auth.KindMandate, "interests": auth.KindInterest, "keys": auth.KindKey}[name]
	return kind, ok
}

// entryFields gives the fields of a kind: of a new entry, or those that can be changed.
func entryFields(kind auth.Kind, fresh bool) []adminField {
	id := adminField{Name: "id", Kind: "text", Required: true}
	if !fresh {
		id.Kind = "fixed"
	}
	made := adminField{Name: "id", Kind: "hidden"}
	fixed := func(name string) adminField { return adminField{Name: name, Kind: "fixed"} }
	name := adminField{Name: "name", Kind: "text", Required: true}
	from, until := adminField{Name: "from", Kind: "date", Required: true}, adminField{Name: "until", Kind: "date"}
	ended := adminField{Name: "ended", Kind: "check"}
	switch kind {
	case auth.KindOrgan:
		return []adminField{id, name, {Name: "superior", Kind: "select"}, {Name: "zone", Kind: "text"}, ended}
	case auth.KindUnit:
		return []adminField{made, name, {Name: "parent", Kind: "select"}, ended}
	case auth.KindPerson:
		return []adminField{id, name, {Name: "mail", Kind: "text"}, {Name: "aliases", Kind: "text"}}
	case auth.KindAppointment:
		return []adminField{made, fixed("person"), {Name: "unit", Kind: "select"}, {Name: "roles", Kind: "roles"}, from, until}
	case auth.KindInterest:
		if !fresh {
			until.Required = true
			return []adminField{made, fixed("person"), fixed("of"), fixed("from"), until}
		}
		return []adminField{made, fixed("person"), {Name: "kind", Kind: "select", Required: true}, {Name: "of", Kind: "text", Required: true},
			{Name: "direct", Kind: "check"}, {Name: "note", Kind: "text"}, from, until}
	case auth.KindKey:
		return []adminField{made, fixed("person"), {Name: "reason", Kind: "text", Required: true}}
	case auth.KindMandate:
	}
	return nil
}

// entryOf gives the entry that a form describes: a new one, or the one before with what
// the form changes.
func entryOf(kind auth.Kind, organ casefile.OrganID, before json.RawMessage, f url.Values) (auth.Entry, error) {
	switch kind {
	case auth.KindOrgan:
		return amended(before, auth.Organ{ID: casefile.OrganID(f.Get("id"))}, func(o *auth.Organ) error {
			o.Name, o.Superior, o.Zone, o.Ended = f.Get("name"), casefile.OrganID(f.Get("superior")), f.Get("zone"), f.Get("ended") != ""
			return nil
		})
	case auth.KindUnit:
		return amended(before, auth.Unit{ID: f.Get("id"), Organ: organ}, func(u *auth.Unit) error {
			u.Name, u.Parent, u.Ended = f.Get("name"), f.Get("parent"), f.Get("ended") != ""
			return nil
		})
	case auth.KindPerson:
		return amended(before, auth.Person{ID: casefile.PersonID(f.Get("id")), Organ: organ}, func(p *auth.Person) error {
			p.Name, p.Mail, p.Aliases = f.Get("name"), f.Get("mail"), nil
			for _, alias := range strings.Fields(f.Get("aliases")) {
				p.Aliases = append(p.Aliases, casefile.PersonID(alias))
			}
			return nil
		})
	case auth.KindAppointment:
		return amended(before, auth.Appointment{ID: f.Get("id"), Organ: organ, Person: casefile.PersonID(f.Get("person"))}, func(a *auth.Appointment) (err error) {
			a.Unit, a.Roles = f.Get("unit"), formRoles(f)
			a.From, a.Until, err = formDays(f)
			return err
		})
	case auth.KindInterest:
		fresh := auth.Interest{Interest: casefile.Interest{ID: f.Get("id"), Kind: casefile.InterestKind(f.Get("kind")), Of: f.Get("of"), Direct: f.Get("direct") != ""},
			Organ: organ, Person: casefile.PersonID(f.Get("person")), Note: f.Get("note")}
		return amended(before, fresh, func(i *auth.Interest) (err error) {
			from := i.From
			if i.From, i.Until, err = formDays(f); before != nil {
				i.From = from
			}
			return err
		})
	case auth.KindKey:
		return amended(before, auth.SigningKey{}, func(k *auth.SigningKey) error {
			k.Ended, k.Reason = true, f.Get("reason")
			return nil
		})
	case auth.KindMandate:
	}
	return nil, fmt.Errorf("kind %q has no form: %w", kind, casefile.ErrNotFound)
}

func amended[E auth.Entry](before json.RawMessage, fresh E, change func(*E) error) (auth.Entry, error) {
	e := fresh
	if before != nil {
		var was E
		if err := json.Unmarshal(before, &was); err != nil {
			return nil, fmt.Errorf("read entry: %w", err)
		}
		e = was
	}
	return e, change(&e)
}

func formRoles(f url.Values) []casefile.Role {
	var out []casefile.Role
	for _, role := range f["roles"] {
		out = append(out, casefile.Role(role))
	}
	return out
}

// formDays gives the first and the last day of a form; an empty one is none.
func formDays(f url.Values) (from, until legaltime.Date, err error) {
	for name, into := range map[string]*legaltime.Date{"from": &from, "until": &until} {
		if f.Get(name) == "" {
			continue
		}
		if *into, err = legaltime.ParseDate(f.Get(name)); err != nil {
			return from, until, fmt.Errorf("%s: %w: %w", name, err, casefile.ErrInvalid)
		}
	}
	return from, until, nil
}

// formOfRecord gives the fields of an entry as a form has them.
func formOfRecord(r auth.Record) (url.Values, error) {
	var fields map[string]any
	if err := json.Unmarshal(r.Body, &fields); err != nil {
		return nil, fmt.Errorf("read %s %s: %w", r.Kind, r.ID, err)
	}
	f := url.Values{}
	for name, value := range fields {
		switch value := value.(type) {
		case string:
			f.Set(name, value)
		case bool:
			if value {
				f.Set(name, "on")
			}
		case []any:
			for _, item := range value {
				f.Add(name, fmt.Sprint(item))
			}
		}
	}
	if aliases := f["aliases"]; len(aliases) > 0 {
		f.Set("aliases", strings.Join(aliases, " "))
	}
	return f, nil
}

// filledFields gives fields with the values of a form, and where a record is given with what
// that says instead.
func (h *handler) filledFields(r adminRequest, kind auth.Kind, fields []adminField, f, stored url.Values) ([]adminField, error) {
	for i := range fields {
		field := &fields[i]
		own := string(kind) + "-" + field.Name
		field.Label, field.Hint, field.Value = r.n.words.name("admin-field", own), r.n.words.name("admin-hint", own), f.Get(field.Name)
		if field.Label == own {
			field.Label = r.n.words.name("admin-field", field.Name)
		}
		if field.Hint == own {
			field.Hint = ""
		}
		if err := h.fieldOptions(r, kind, field, f[field.Name]); err != nil {
			return nil, err
		}
		if stored != nil && field.Kind != "hidden" && field.Kind != "fixed" && !slices.Equal(f[field.Name], stored[field.Name]) && (f.Get(field.Name) != "" || stored.Get(field.Name) != "") {
			field.Now = h.inWords(r, *field, stored[field.Name])
		}
	}
	return fields, nil
}

// fieldOptions gives a field what there is to choose from, and what is chosen already.
func (h *handler) fieldOptions(r adminRequest, kind auth.Kind, field *adminField, chosen []string) error {
	defer func() {
		for _, value := range chosen {
			if field.Options != nil && !slices.ContainsFunc(field.Options, func(c choice) bool { return c.Value == value }) {
				field.Options = append(field.Options, choice{Value: value, Name: value, Chosen: true})
			}
		}
	}()
	if field.Kind == "roles" {
		field.Options = h.roleChoices(r.n, chosen)
		return nil
	}
	if field.Kind != "select" {
		return nil
	}
	add := func(value, name string) {
		field.Options = append(field.Options, choice{Value: value, Name: name, Chosen: slices.Contains(chosen, value)})
	}
	if kind == auth.KindInterest {
		for _, k := range []casefile.InterestKind{casefile.InterestParty, casefile.InterestMatter, casefile.InterestUnit, casefile.InterestOrgan} {
			add(string(k), r.n.words.name("interest", string(k)))
		}
		return nil
	}
	add("", r.n.words["admin.none"])
	of, organ := auth.KindUnit, r.organ
	if field.Name == "superior" {
		of, organ = auth.KindOrgan, ""
	}
	list, err := h.o.Guard.DirectoryList(r.ctx(), r.p, organ, of, "", maxChoices)
	if err != nil {
		return err
	}
	for _, record := range list {
		var named struct{ Name string }
		if err := json.Unmarshal(record.Body, &named); err != nil {
			return fmt.Errorf("read %s %s: %w", record.Kind, record.ID, err)
		}
		add(record.ID, named.Name)
	}
	return nil
}

// maxChoices bounds what a field offers.
const maxChoices = 200

// roleChoices gives every role that an appointment can give, those of the procedures
// in front.
func (h *handler) roleChoices(n names, chosen []string) []choice {
	var out []choice
	roles := h.declared()
	for _, role := range []casefile.Role{auth.Trainer, auth.Auditor, auth.Administrator} {
		if !slices.Contains(roles, role) { // a procedure may declare it as well
			roles = append(roles, role)
		}
	}
	for _, role := range roles {
		out = append(out, choice{Value: string(role), Name: h.roleTitles(n, []casefile.Role{role}), Chosen: slices.Contains(chosen, string(role))})
	}
	return out
}

// inWords gives stored values as the field shows them.
func (h *handler) inWords(r adminRequest, field adminField, values []string) string {
	switch {
	case field.Kind == "check":
		return r.n.value(len(values) > 0)
	case len(field.Options) > 0:
		out := make([]string, len(values))
		for i, value := range values {
			out[i] = value
			for _, option := range field.Options {
				if option.Value == value {
					out[i] = option.Name
				}
			}
		}
		return r.n.orNone(r.n.list(out))
	}
	return r.n.orNone(strings.Join(values, " "))
}

// newEntryID makes the id of an entry that nobody has to remember.
func newEntryID(prefix string) string { return prefix + "-" + strings.ToLower(rand.Text()[:12]) }

// known reports whether the directory knows a person.
func (h *handler) known(r adminRequest, id casefile.PersonID) bool {
	_, err := h.o.Guard.DirectoryEntry(r.ctx(), r.p, auth.KindPerson, string(id))
	return err == nil
}

// personName gives the name of a person, or the id of one that cannot be seen.
func (h *handler) personName(ctx context.Context, p auth.Principal, id casefile.PersonID) string {
	if id == "" {
		return ""
	}
	r, err := h.o.Guard.DirectoryEntry(ctx, p, auth.KindPerson, string(id))
	if err != nil {
		if id == p.Person && p.Name != "" { // whom the directory does not know, by the session
			return p.Name
		}
		return string(id)
	}
	var person auth.Person
	if json.Unmarshal(r.Body, &person) != nil || person.Name == "" {
		return string(id)
	}
	return person.Name
}
