package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// adminLogView is one page of a log, the last first.
type adminLogView struct {
	Page    frame
	Admin   adminHead
	Title   string
	Lead    string
	Rows    []adminLogRow
	NextURL string
}

type adminLogRow struct {
	Number        int64
	At, By, Title string
	About         string // whom or what it is about
	Detail        string
	Bad           bool
	Changes       []changedField
}

// changedField is a field of an entry before and after a change.
type changedField struct{ Name, Before, After string }

// showLog handles GET /admin/log/:log.
func (h *handler) showLog(r adminRequest) error {
	before, _ := strconv.ParseInt(r.QueryParam("before"), 10, 64)
	name := r.param("log")
	view := adminLogView{Title: r.n.words.name("admin-tab", "log/"+name), Lead: r.n.words.name("admin-lead", "log/"+name)}
	view.Page, view.Admin = h.adminFrame(r, view.Title, "log/"+name)
	var err error
	switch name {
	case "directory":
		var changes []auth.Change
		changes, err = h.o.Guard.DirectoryLog(r.ctx(), r.p, r.organ, before, pageSize)
		for _, ch := range changes {
			view.Rows = append(view.Rows, h.changeRow(r, ch))
		}
	case "accounts":
		var changes []auth.AccountChange
		changes, err = h.o.Guard.AccountLog(r.ctx(), r.p, r.organ, before, pageSize)
		for _, ch := range changes {
			view.Rows = append(view.Rows, adminLogRow{Number: ch.Number, At: clock(ch.At), By: h.loggedActor(r, ch.By), Title: r.n.words.name("account-act", ch.Act),
				About: h.personName(r.ctx(), r.p, ch.Person), Detail: r.n.list(filledOnly(ch.Object, ch.Reason))})
		}
	case "sign-ins":
		var list []auth.SignIn
		list, err = h.o.Guard.SignIns(r.ctx(), r.p, r.organ, before, pageSize)
		for _, s := range list {
			view.Rows = append(view.Rows, adminLogRow{Number: s.Number, At: clock(s.At), By: r.n.orNone(h.personName(r.ctx(), r.p, s.Person)), Title: r.n.words.name("sign-in-outcome", s.Outcome),
				About: r.n.words.name("method", s.Method), Detail: r.n.list(filledOnly(s.Network, s.Detail)), Bad: s.Outcome != "ok"})
		}
	default:
		err = fmt.Errorf("log: %w", casefile.ErrNotFound)
	}
	if err != nil {
		return err
	}
	if len(view.Rows) == pageSize {
		view.NextURL = r.url("/admin/log/"+name, "before", strconv.FormatInt(view.Rows[pageSize-1].Number, 10))
	}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "adminlog.html", view)
}

// loggedActor names who did something; nobody is whoever runs the installation.
func (h *handler) loggedActor(r adminRequest, by casefile.PersonID) string {
	if by == "" {
		return r.n.words["log.installation"]
	}
	return h.personName(r.ctx(), r.p, by)
}

func filledOnly(texts ...string) []string {
	var out []string
	for _, text := range texts {
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

// changeRow shows a change of the directory with what is different.
func (h *handler) changeRow(r adminRequest, ch auth.Change) adminLogRow {
	row := adminLogRow{Number: ch.Number, At: clock(ch.At), By: h.loggedActor(r, ch.By), About: ch.ID, Title: r.n.words.name("log-entry", ch.Kind)}
	row.Detail = fmt.Sprintf(r.n.words["log.version"], ch.Version)
	var before, after map[string]any
	if json.Unmarshal(ch.Before, &before) != nil || json.Unmarshal(ch.After, &after) != nil {
		return row
	}
	if name, ok := after["name"].(string); ok {
		row.About = name
	} else if person, ok := after["person"].(string); ok {
		row.About = h.personName(r.ctx(), r.p, casefile.PersonID(person))
	} else if person, ok := after["delegate"].(string); ok {
		row.About = h.personName(r.ctx(), r.p, casefile.PersonID(person))
	}
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	for _, name := range casefile.SortedNames(names) {
		was, is := h.loggedValue(r, name, before[name]), h.loggedValue(r, name, after[name])
		if was != is && name != "id" && name != "organ" {
			row.Changes = append(row.Changes, changedField{Name: r.n.words.name("admin-field", name), Before: was, After: is})
		}
	}
	return row
}

// loggedValue gives a value of an entry as it is shown.
func (h *handler) loggedValue(r adminRequest, name string, v any) string {
	if v == nil {
		return ""
	}
	if list, ok := v.([]any); ok && name == "roles" {
		roles := make([]casefile.Role, len(list))
		for i, role := range list {
			roles[i] = casefile.Role(fmt.Sprint(role))
		}
		return h.roleTitles(r.n, roles)
	}
	return r.n.value(v)
}
