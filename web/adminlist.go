package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// adminListView is a list of entries of the directory.
type adminListView struct {
	Page        frame
	Admin       adminHead
	Kind        string
	Title, Lead string
	Query       string
	OrganField  string // the organ that the search is about, where it is not the own one
	Rows        []adminRow
	NewURL, New string
	NextURL     string
}

type adminRow struct {
	URL, EditURL, ID, Title, Detail string
	From, Until                     string
	State, StateName                string
}

// listEntries handles GET /admin/:kind.
func (h *handler) listEntries(r adminRequest) error {
	f, err := r.entryKindOf()
	if err != nil {
		return err
	}
	query := clip(r.QueryParam("q"), 100)
	organ := r.organ
	if f.kind == auth.KindOrgan && organ == r.p.Organ {
		organ = "" // with those below it
	}
	list, err := h.o.Guard.DirectoryFind(r.ctx(), r.p, organ, f.kind, query, clip(r.QueryParam("after"), 100), pageSize)
	if err != nil {
		return err
	}
	view := adminListView{Kind: f.name, Query: query, Title: r.n.words.name("admin-tab", f.name), Lead: r.n.words.name("admin-lead", f.name)}
	view.Page, view.Admin = h.adminFrame(r, view.Title, f.name)
	if r.organ != r.p.Organ {
		view.OrganField = string(r.organ)
	}
	if view.Admin.Writes {
		switch f.kind {
		case auth.KindPerson:
			view.NewURL, view.New = r.url("/admin/invite"), r.n.words["invite.title"]
		case auth.KindMandate:
			view.NewURL, view.New = r.url("/admin/mandates/new"), r.n.words["mandate-new.title"]
		case auth.KindOrgan, auth.KindUnit:
			view.NewURL, view.New = r.url("/admin/"+f.name+"/new"), r.n.words.name("admin-new", f.name)
		case auth.KindAppointment, auth.KindInterest, auth.KindKey:
		}
	}
	var roles map[casefile.PersonID][]casefile.Role
	if f.kind == auth.KindPerson {
		if roles, err = h.rolesToday(r); err != nil {
			return err
		}
	}
	for _, record := range list {
		row, err := h.entryRow(r, record, roles)
		if err != nil {
			return err
		}
		if !view.Admin.Writes {
			row.EditURL = ""
		}
		view.Rows = append(view.Rows, row)
	}
	if len(list) == pageSize {
		view.NextURL = r.url("/admin/"+f.name, "q", query, "after", list[pageSize-1].ID)
	}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "adminlist.html", view)
}

// rolesToday gives the roles of everybody who is appointed today.
func (h *handler) rolesToday(r adminRequest) (map[casefile.PersonID][]casefile.Role, error) {
	holders, err := h.o.Guard.RoleHolders(r.ctx(), r.p, r.organ, r.today)
	if err != nil {
		return nil, err
	}
	out := map[casefile.PersonID][]casefile.Role{}
	for _, role := range casefile.SortedNames(holders) {
		for _, person := range holders[role] {
			out[person] = append(out[person], role)
		}
	}
	return out, nil
}

// entryRow shows an entry in a list.
func (h *handler) entryRow(r adminRequest, record auth.Record, roles map[casefile.PersonID][]casefile.Role) (adminRow, error) {
	row := adminRow{ID: record.ID}
	edit := func(kind string) { row.EditURL = r.url("/admin/" + kind + "/" + url.PathEscape(record.ID) + "/edit") }
	var err error
	switch auth.Kind(record.Kind) {
	case auth.KindOrgan:
		var o auth.Organ
		if err = json.Unmarshal(record.Body, &o); err == nil {
			row.Title, row.Detail = o.Name, string(o.Superior)
			h.markRow(r, &row, entryEnded(o.Ended))
			edit("organs")
		}
	case auth.KindUnit:
		var u auth.Unit
		if err = json.Unmarshal(record.Body, &u); err == nil {
			row.Title, row.Detail = u.Name, u.Parent
			h.markRow(r, &row, entryEnded(u.Ended))
			edit("units")
		}
	case auth.KindPerson:
		var p auth.Person
		if err = json.Unmarshal(record.Body, &p); err == nil {
			row.Title, row.Detail, row.URL = p.Name, h.roleTitles(r.n, roles[p.ID]), r.personURL(p.ID)
			if len(roles[p.ID]) == 0 {
				h.markRow(r, &row, "no-role")
			}
		}
	case auth.KindAppointment:
		row, err = h.appointmentRow(r, record)
	case auth.KindMandate:
		row, err = h.mandateRow(r, record)
	case auth.KindInterest:
		row, err = h.interestRow(r, record)
	case auth.KindKey:
		var k auth.SigningKey
		if err = json.Unmarshal(record.Body, &k); err == nil {
			row.Title, row.Detail, row.URL = h.personName(r.ctx(), r.p, k.Person), k.Reason, r.personURL(k.Person)
			h.markRow(r, &row, entryEnded(k.Ended))
			if !k.Ended {
				edit("keys")
			}
		}
	}
	if err != nil {
		return row, fmt.Errorf("read %s %s: %w", record.Kind, record.ID, err)
	}
	return row, nil
}

func entryEnded(is bool) string {
	if is {
		return "ended"
	}
	return "in-use"
}

// markRow gives a row its state.
func (h *handler) markRow(r adminRequest, row *adminRow, state string) {
	row.State, row.StateName = state, r.n.words.name("admin-state", state)
}

func (h *handler) appointmentRow(r adminRequest, record auth.Record) (adminRow, error) {
	var a auth.Appointment
	if err := json.Unmarshal(record.Body, &a); err != nil {
		return adminRow{}, err
	}
	row := adminRow{ID: record.ID, Title: h.personName(r.ctx(), r.p, a.Person), Detail: h.roleTitles(r.n, a.Roles), URL: r.personURL(a.Person), From: a.From.String(),
		EditURL: r.url("/admin/appointments/" + url.PathEscape(record.ID) + "/edit")}
	if a.Unit != "" {
		row.Detail = r.n.list([]string{row.Detail, h.unitName(r, a.Unit)})
	}
	if !a.Until.IsZero() {
		row.Until = a.Until.String()
	}
	switch {
	case a.Covers(r.today):
		h.markRow(r, &row, "in-force")
	case r.today.Before(a.From):
		h.markRow(r, &row, "future")
	default:
		h.markRow(r, &row, "over")
	}
	return row, nil
}

func (h *handler) unitName(r adminRequest, id string) string {
	record, err := h.o.Guard.DirectoryEntry(r.ctx(), r.p, auth.KindUnit, id)
	var u auth.Unit
	if err != nil || json.Unmarshal(record.Body, &u) != nil {
		return id
	}
	return u.Name
}

func (h *handler) mandateRow(r adminRequest, record auth.Record) (adminRow, error) {
	var m auth.Mandate
	if err := json.Unmarshal(record.Body, &m); err != nil {
		return adminRow{}, err
	}
	row := adminRow{ID: record.ID, Title: fmt.Sprintf(r.n.words["mandate-new.for"], h.personName(r.ctx(), r.p, m.Delegate), m.PrincipalName),
		Detail: r.n.words.name("mandate", string(m.Kind)) + r.n.words["list.separator"] + h.roleTitles(r.n, m.Roles), From: m.From.String(), Until: m.Until.String(), URL: r.personURL(m.Delegate)}
	switch {
	case m.Revoked:
		h.markRow(r, &row, "revoked")
	case m.Covers(r.today):
		h.markRow(r, &row, "in-force")
	case r.today.Before(m.From):
		h.markRow(r, &row, "future")
	default:
		h.markRow(r, &row, "over")
	}
	return row, nil
}

func (h *handler) interestRow(r adminRequest, record auth.Record) (adminRow, error) {
	var i auth.Interest
	if err := json.Unmarshal(record.Body, &i); err != nil {
		return adminRow{}, err
	}
	row := adminRow{ID: record.ID, Title: h.personName(r.ctx(), r.p, i.Person), URL: r.personURL(i.Person), From: i.From.String(),
		Detail: r.n.list(slices.DeleteFunc([]string{r.n.words.name("interest", string(i.Kind)), i.Of, i.Note}, func(s string) bool { return s == "" }))}
	if i.Direct {
		h.markRow(r, &row, "direct")
	}
	if i.Until.IsZero() {
		row.EditURL = r.url("/admin/interests/" + url.PathEscape(record.ID) + "/edit")
	} else {
		row.Until = i.Until.String()
	}
	return row, nil
}
