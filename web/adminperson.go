package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// adminPersonView is everything about one person.
type adminPersonView struct {
	Page         frame
	Admin        adminHead
	ID, Name     string
	Mail         string
	Aliases      string
	Roles        string // of today
	EditURL      string
	Appointments []adminRow
	Held, Given  mandateLines
	Interests    []adminRow
	Keys         []adminRow
	Account      *accountRow
	AccountURL   string
	Login        string // what was typed
	Wrong        string // what is wrong with the account that was asked for
	Identities   []identityRow
	NewURL       map[string]string // by what is new
}

// mandateLines are mandates with what the forms beside them carry.
type mandateLines struct {
	Page  frame
	Lines []mandateLine
}

// mandateLine is a mandate with what revokes it.
type mandateLine struct {
	adminRow
	RevokeURL string
	Version   int64
}

// showPerson handles GET /admin/people/:entry.
func (h *handler) showPerson(r adminRequest) error {
	return h.personPage(r, casefile.PersonID(r.param("entry")), http.StatusOK, "", "")
}

func (h *handler) personPage(r adminRequest, id casefile.PersonID, status int, login, wrong string) error {
	f, err := h.o.Guard.PersonFile(r.ctx(), r.p, id)
	if err != nil {
		return err
	}
	r.organ = f.Person.Organ
	var person auth.Person
	if err := json.Unmarshal(f.Person.Body, &person); err != nil {
		return fmt.Errorf("read person %s: %w", id, err)
	}
	view := adminPersonView{ID: string(id), Name: person.Name, Mail: person.Mail, Login: login, Wrong: wrong, EditURL: r.url("/admin/people/" + url.PathEscape(string(id)) + "/edit"),
		AccountURL: r.url("/admin/people/" + url.PathEscape(string(id)) + "/account"), NewURL: map[string]string{
			"appointment": r.url("/admin/appointments/new", "person", string(id)), "interest": r.url("/admin/interests/new", "person", string(id)),
			"given": r.url("/admin/mandates/new", "principal", string(id)), "held": r.url("/admin/mandates/new", "delegate", string(id))}}
	view.Page, view.Admin = h.adminFrame(r, person.Name, "people")
	aliases := make([]string, len(person.Aliases))
	for i, alias := range person.Aliases {
		aliases[i] = string(alias)
	}
	view.Aliases = r.n.list(aliases)
	if err := h.personRows(r, f, &view); err != nil {
		return err
	}
	return h.pages.show(r.Context, status, r.n.lang, "adminperson.html", view)
}

// personRows shows what a file holds.
func (h *handler) personRows(r adminRequest, f access.PersonFile, view *adminPersonView) error {
	var today []casefile.Role
	for _, part := range []struct {
		records []auth.Record
		into    *[]adminRow
	}{{f.Appointments, &view.Appointments}, {f.Interests, &view.Interests}, {f.Keys, &view.Keys}} {
		for _, record := range part.records {
			row, err := h.entryRow(r, record, nil)
			if err != nil {
				return err
			}
			row.URL = "" // it is the page of the person
			if row.Detail != "" {
				row.Title, row.Detail = row.Detail, ""
			} else {
				row.Title = row.ID
			}
			*part.into = append(*part.into, row)
			var a auth.Appointment
			if auth.Kind(record.Kind) == auth.KindAppointment && json.Unmarshal(record.Body, &a) == nil && a.Covers(r.today) {
				today = append(today, a.Roles...)
			}
		}
	}
	view.Roles = h.roleTitles(r.n, today)
	for _, part := range []struct {
		records []auth.Record
		into    *mandateLines
	}{{f.Held, &view.Held}, {f.Given, &view.Given}} {
		part.into.Page = view.Page
		for _, record := range part.records {
			row, err := h.mandateRow(r, record)
			if err != nil {
				return err
			}
			line := mandateLine{adminRow: row, Version: record.Version}
			if view.Admin.Writes && (row.State == "in-force" || row.State == "future") {
				line.RevokeURL = r.url("/admin/mandates/" + url.PathEscape(record.ID) + "/revoke")
			}
			part.into.Lines = append(part.into.Lines, line)
		}
	}
	if f.Account != nil {
		row := h.accountRow(r, *f.Account)
		view.Account = &row
	}
	for _, i := range f.Identities {
		view.Identities = append(view.Identities, h.identityRow(r, i))
	}
	return nil
}

// adminInviteView is the form by which somebody comes to work here.
type adminInviteView struct {
	Page   frame
	Admin  adminHead
	Fields []adminField
	Wrong  string
	Again  string // why the form is shown again
}

// adminInvitedView says what an invitation has led to. It is shown once.
type adminInvitedView struct {
	Page                         frame
	Admin                        adminHead
	Name, Login, Password        string
	Person, Appointment, Account bool
	Wrong                        string // why the rest was not done
	PersonURL, InviteURL         string
}

func inviteFields() []adminField {
	return []adminField{{Name: "name", Kind: "text", Required: true}, {Name: "login", Kind: "text", Required: true}, {Name: "mail", Kind: "text"},
		{Name: "unit", Kind: "select"}, {Name: "roles", Kind: "roles"}, {Name: "from", Kind: "date", Required: true}, {Name: "until", Kind: "date"},
		{Name: "id", Kind: "text"}, {Name: "appointment", Kind: "hidden"}}
}

// askInvite handles GET /admin/invite.
func (h *handler) askInvite(r adminRequest) error {
	return h.invitePage(r, url.Values{"from": {r.today.String()}, "appointment": {newEntryID("a")}, "roles": r.QueryParams()["role"]}, typedAgain{}, nil)
}

// inviteAgain shows the form with what was typed.
func (h *handler) inviteAgain(r adminRequest, values url.Values, why typedAgain) error {
	return h.invitePage(r, values, why, nil)
}

func (h *handler) invitePage(r adminRequest, values url.Values, again typedAgain, wrong error) error {
	view := adminInviteView{Again: again.why}
	view.Page, view.Admin = h.adminFrame(r, r.n.words["invite.title"], "people")
	view.Page.typed(r.url("/admin/invite"))
	fields, err := h.filledFields(r, auth.KindPerson, inviteFields(), values, nil)
	if err != nil {
		return err
	}
	view.Fields = fields
	status := again.status()
	switch {
	case errors.Is(wrong, casefile.ErrInvalid):
		status, view.Wrong = http.StatusUnprocessableEntity, adminFault(r.n, wrong, view.Fields)
	case wrong != nil:
		status, view.Wrong = http.StatusConflict, r.n.words["invite.taken"]
	}
	return h.pages.show(r.Context, status, r.n.lang, "admininvite.html", view)
}

// invite handles POST /admin/invite: person, appointment and account, one after
// another. Nothing has come into being when the form is shown again.
func (h *handler) invite(r adminRequest) error {
	values, err := r.form()
	if err != nil {
		return err
	}
	id := values.Get("id")
	if id == "" {
		id = values.Get("login")
	}
	i := access.Invitation{Person: auth.Person{ID: casefile.PersonID(id), Organ: r.organ, Name: values.Get("name"), Mail: values.Get("mail")}, Login: values.Get("login"),
		Appointment: auth.Appointment{ID: values.Get("appointment"), Organ: r.organ, Person: casefile.PersonID(id), Unit: values.Get("unit"), Roles: formRoles(values)}}
	if i.Appointment.From, i.Appointment.Until, err = formDays(values); err != nil {
		return h.invitePage(r, values, typedAgain{}, err)
	}
	done, err := h.o.Guard.Invite(r.ctx(), r.p, i)
	told := errors.Is(err, casefile.ErrInvalid) || errors.Is(err, casefile.ErrConflict)
	switch {
	case err != nil && !done.Person && told:
		return h.invitePage(r, values, typedAgain{}, err)
	case err != nil && !done.Person:
		return err
	case err != nil && !told:
		h.o.Log.Error("invitation broken off", "request_id", r.Get(requestIDKey), "error", err)
	}
	view := adminInvitedView{Name: i.Person.Name, Login: i.Login, Password: done.Password, Person: done.Person, Appointment: done.Appointment, Account: done.Account,
		PersonURL: r.personURL(i.Person.ID), InviteURL: r.url("/admin/invite")}
	view.Page, view.Admin = h.adminFrame(r, r.n.words["invite.done"], "people")
	view.Page.OtherURL = "" // the page cannot be asked for again
	status := http.StatusOK
	if err != nil {
		status, view.Wrong = http.StatusInternalServerError, r.n.words["invite.failed"]
		if told {
			status, view.Wrong = http.StatusConflict, r.n.words["invite.taken"]
		}
		if errors.Is(err, casefile.ErrInvalid) {
			status, view.Wrong = http.StatusUnprocessableEntity, adminFault(r.n, err, nil)
		}
	}
	return h.pages.show(r.Context, status, r.n.lang, "admininvited.html", view)
}
