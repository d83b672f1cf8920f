package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// adminEntryView is the form of an entry of the directory.
type adminEntryView struct {
	Page         frame
	Admin        adminHead
	Kind, Action string
	Again        string // why the form is shown again
	Title, About string
	Version      int64
	Fields       []adminField
	Wrong        string
	Stale        string // who has changed it meanwhile, and when
	Ends         bool   // nothing can be done but to end it
	BackURL      string
}

// adminEntryForm is a form about an entry, as it is shown or was sent.
type adminEntryForm struct {
	kind   auth.Kind
	name   string // of the kind, in addresses
	id     string // empty: a new one
	values url.Values
	record auth.Record // as it is stored; its version is 0 for a new one
	err    error       // why it was not taken
	again  typedAgain
}

// showForm shows a form, with what is wrong with it.
func (h *handler) showForm(r adminRequest, f adminEntryForm) error {
	status, stored := f.again.status(), url.Values(nil)
	view := adminEntryView{Kind: f.name, Version: f.record.Version, Action: r.url("/admin/" + f.name + "/new"), Ends: f.kind == auth.KindKey || f.kind == auth.KindInterest && f.id != ""}
	title := r.n.words.name("admin-new", f.name)
	if f.id != "" {
		title = r.n.words.name("admin-edit", f.name)
		view.Action = r.url("/admin/" + f.name + "/" + url.PathEscape(f.id) + "/edit")
	}
	view.Page, view.Admin = h.adminFrame(r, title, f.name)
	view.Title, view.Again = title, f.again.why
	view.Page.typed(view.Action)
	var err error
	if errors.Is(f.err, casefile.ErrConflict) {
		status = http.StatusConflict
		if f.id == "" {
			view.Wrong = r.n.words["admin.taken"]
		} else {
			if stored, err = formOfRecord(f.record); err != nil {
				return err
			}
			view.Stale = h.changedBy(r, f)
		}
	}
	if view.Fields, err = h.filledFields(r, f.kind, entryFields(f.kind, f.id == ""), f.values, stored); err != nil {
		return err
	}
	if errors.Is(f.err, casefile.ErrInvalid) {
		status = http.StatusUnprocessableEntity
		view.Wrong = adminFault(r.n, f.err, view.Fields)
	}
	view.BackURL = r.url("/admin/" + f.name)
	if person := f.values.Get("person"); person != "" {
		view.About = h.personName(r.ctx(), r.p, casefile.PersonID(person))
		if view.About != person { // somebody whom the directory knows has a page
			if h.known(r, casefile.PersonID(person)) {
				view.BackURL = r.personURL(casefile.PersonID(person))
			}
		}
	} else if f.kind == auth.KindPerson && f.id != "" {
		view.BackURL = r.personURL(casefile.PersonID(f.id))
	}
	return h.pages.show(r.Context, status, r.n.lang, "adminentry.html", view)
}

// adminFault puts what is wrong beside its field, and gives what stands above the form.
func adminFault(n names, err error, fields []adminField) string {
	name, want, _ := strings.Cut(strings.TrimSuffix(err.Error(), ": "+casefile.ErrInvalid.Error()), ": ")
	words := n.words.name("admin-wrong", name)
	if words == name {
		words = want
	}
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Wrong = words
			return n.words["admin.not-accepted"]
		}
	}
	return n.words["admin.not-accepted"] + " " + words
}

// changedBy says who has changed an entry last, and when.
func (h *handler) changedBy(r adminRequest, f adminEntryForm) string {
	changes, err := h.o.Guard.DirectoryLog(r.ctx(), r.p, f.record.Organ, 0, maxChoices)
	for _, ch := range changes {
		if err == nil && ch.Kind == f.record.Kind && ch.ID == f.record.ID {
			return fmt.Sprintf(r.n.words["admin.changed-by"], h.personName(r.ctx(), r.p, ch.By), clock(ch.At))
		}
	}
	return r.n.words["admin.changed"]
}

// form reads what the form says about an entry.
func (r adminRequest) form() (url.Values, error) {
	req := r.Request()
	req.Body = http.MaxBytesReader(r.Response(), req.Body, maxForm)
	if err := parsed(req); err != nil {
		return nil, err
	}
	values := url.Values{}
	for name, sent := range req.PostForm {
		for _, value := range sent {
			values.Add(name, strings.TrimSpace(value))
		}
	}
	return values, nil
}

// entryKindOf gives the kind that the path names.
func (r adminRequest) entryKindOf() (adminEntryForm, error) {
	f := adminEntryForm{name: r.param("kind"), values: url.Values{}}
	kind, ok := entryKind(f.name)
	if !ok {
		return f, fmt.Errorf("kind: %w", casefile.ErrNotFound)
	}
	f.kind = kind
	return f, nil
}

// askEntry handles GET /admin/:kind/new.
func (h *handler) askEntry(r adminRequest) error {
	f, err := r.entryKindOf()
	if err != nil {
		return err
	}
	if f.kind == auth.KindKey || f.kind == auth.KindMandate {
		return fmt.Errorf("form: %w", casefile.ErrNotFound)
	}
	f.values.Set("from", r.today.String())
	if person := r.QueryParam("person"); person != "" {
		f.values.Set("person", clip(person, 100))
	} else if f.kind == auth.KindAppointment || f.kind == auth.KindInterest {
		return r.Redirect(http.StatusSeeOther, r.url("/admin/people"))
	}
	f.values["roles"] = r.QueryParams()["role"]
	switch f.kind {
	case auth.KindOrgan:
		f.values.Set("superior", string(r.organ))
	case auth.KindUnit:
		f.values.Set("id", newEntryID("u"))
	case auth.KindAppointment:
		f.values.Set("id", newEntryID("a"))
	case auth.KindInterest:
		f.values.Set("id", newEntryID("i"))
	case auth.KindPerson, auth.KindMandate, auth.KindKey:
	}
	return h.showForm(r, f)
}

// enterEntry handles POST /admin/:kind/new.
func (h *handler) enterEntry(r adminRequest) error {
	f, err := r.entryKindOf()
	if err != nil {
		return err
	}
	if f.values, err = r.form(); err != nil {
		return err
	}
	return h.putEntry(r, f)
}

// entryAgain shows the form of an entry with what was typed.
func (h *handler) entryAgain(r adminRequest, values url.Values, why typedAgain) error {
	f, err := r.entryKindOf()
	if err != nil {
		return err
	}
	f.values, f.again = values, why
	if r.Param("entry") == "" {
		if f.kind == auth.KindKey || f.kind == auth.KindMandate {
			return fmt.Errorf("form: %w", casefile.ErrNotFound)
		}
		return h.showForm(r, f)
	}
	stored, err := h.storedEntry(r, &f)
	if err != nil {
		return err
	}
	if err := f.amends(stored); err != nil {
		return err
	}
	return h.showForm(r, f)
}

// amends takes what a form says about a stored entry: what cannot be changed is as it is,
// and the version is the one that the form was made from.
func (f *adminEntryForm) amends(stored url.Values) (err error) {
	for _, field := range entryFields(f.kind, false) {
		if field.Kind == "fixed" || field.Kind == "hidden" {
			f.values[field.Name] = stored[field.Name]
		}
	}
	if f.record.Version, err = strconv.ParseInt(f.values.Get("version"), 10, 64); err != nil || f.record.Version < 1 {
		return fmt.Errorf("version: %w", casefile.ErrInvalid)
	}
	return nil
}

// putEntry keeps what a form says, or shows it again with what is wrong.
func (h *handler) putEntry(r adminRequest, f adminEntryForm) error {
	before := f.record.Body
	entry, err := entryOf(f.kind, r.organ, before, f.values)
	if err == nil {
		_, err = h.o.Guard.PutDirectoryEntry(r.ctx(), r.p, entry, f.record.Version)
	}
	if errors.Is(err, casefile.ErrInvalid) || errors.Is(err, casefile.ErrConflict) {
		f.err = err
		if f.id != "" { // shown with the version of now, so that sending again is done knowingly
			if f.record, err = h.o.Guard.DirectoryEntry(r.ctx(), r.p, f.kind, f.id); err != nil {
				return err
			}
		}
		return h.showForm(r, f)
	}
	if err != nil {
		return err
	}
	to := r.url("/admin/" + f.name)
	if person := f.values.Get("person"); person != "" {
		to = r.personURL(casefile.PersonID(person))
	} else if f.kind == auth.KindPerson {
		to = r.personURL(casefile.PersonID(f.values.Get("id")))
	}
	return r.Redirect(http.StatusSeeOther, to)
}

// storedEntry gives the entry that the path names, which belongs to the organ of the page.
func (h *handler) storedEntry(r adminRequest, f *adminEntryForm) (url.Values, error) {
	f.id = r.param("entry")
	var err error
	if f.record, err = h.o.Guard.DirectoryEntry(r.ctx(), r.p, f.kind, f.id); err != nil {
		return nil, err
	}
	if f.record.Organ != r.organ && f.kind != auth.KindOrgan || f.kind == auth.KindMandate {
		return nil, fmt.Errorf("%s: %w", f.name, casefile.ErrNotFound)
	}
	return formOfRecord(f.record)
}

// askAmend handles GET /admin/:kind/:entry/edit.
func (h *handler) askAmend(r adminRequest) error {
	f, err := r.entryKindOf()
	if err != nil {
		return err
	}
	if f.values, err = h.storedEntry(r, &f); err != nil {
		return err
	}
	return h.showForm(r, f)
}

// amendEntry handles POST /admin/:kind/:entry/edit. The form carries the version that
// it was made from.
func (h *handler) amendEntry(r adminRequest) error {
	f, err := r.entryKindOf()
	if err != nil {
		return err
	}
	stored, err := h.storedEntry(r, &f)
	if err != nil {
		return err
	}
	if f.values, err = r.form(); err != nil {
		return err
	}
	if err := f.amends(stored); err != nil {
		return err
	}
	return h.putEntry(r, f)
}
