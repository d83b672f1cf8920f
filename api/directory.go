package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func (h *handler) directoryRoutes(r *routes) {
	r.add("GET", "/api/v1/directory/:kind", access.ReadDirectory, h.listDirectory, r.quick)
	r.once("POST", "/api/v1/directory/:kind", access.WriteDirectory, h.enrol, r.quick)
	r.add("GET", "/api/v1/directory/:kind/:entry", access.ReadDirectory, h.readDirectory, r.quick)
	r.once("PUT", "/api/v1/directory/:kind/:entry", access.WriteDirectory, h.amendDirectory, r.quick)
	r.add("GET", "/api/v1/directory-log", access.ReadChanges, h.listChanges, r.quick)
}

// The bodies of the kinds of entries.
type (
	organBody struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Superior string `json:"superior"`
		Zone     string `json:"zone"`
		Ended    bool   `json:"ended"`
	}
	unitBody struct {
		ID     string `json:"id"`
		Organ  string `json:"organ"`
		Name   string `json:"name"`
		Parent string `json:"parent"`
		Ended  bool   `json:"ended"`
	}
	personBody struct {
		ID      string   `json:"id"`
		Organ   string   `json:"organ"`
		Name    string   `json:"name"`
		Mail    string   `json:"mail"`
		Aliases []string `json:"aliases"`
	}
	appointmentBody struct {
		ID     string         `json:"id"`
		Organ  string         `json:"organ"`
		Person string         `json:"person"`
		Unit   string         `json:"unit"`
		Roles  []string       `json:"roles"`
		From   legaltime.Date `json:"from"`
		Until  legaltime.Date `json:"until"`
	}
	mandateBody struct {
		ID            string         `json:"id"`
		Organ         string         `json:"organ"`
		Kind          string         `json:"kind"`
		Principal     string         `json:"principal"`
		PrincipalName string         `json:"principal_name"`
		Delegate      string         `json:"delegate"`
		Roles         []string       `json:"roles"`
		Document      string         `json:"document"`
		From          legaltime.Date `json:"from"`
		Until         legaltime.Date `json:"until"`
		Revoked       bool           `json:"revoked"`
	}
)

// kindOf gives the kind of entries that the path names.
func kindOf(c echo.Context) (auth.Kind, error) {
	switch c.Param("kind") {
	case "organs":
		return auth.KindOrgan, nil
	case "units":
		return auth.KindUnit, nil
	case "people":
		return auth.KindPerson, nil
	case "appointments":
		return auth.KindAppointment, nil
	case "mandates":
		return auth.KindMandate, nil
	case "interests":
		return auth.KindInterest, nil
	case "keys":
		return auth.KindKey, nil
	}
	return "", notFound()
}

// entryOfBody reads the entry of a kind from the body. Where the body names no
// organ it is the caller's.
func entryOfBody(c echo.Context, p auth.Principal, kind auth.Kind) (entry auth.Entry, id string, err error) {
	organ := func(named string) casefile.OrganID {
		if named == "" {
			return p.Organ
		}
		return casefile.OrganID(named)
	}
	switch kind {
	case auth.KindOrgan:
		var b organBody
		err = bindBody(c, &b)
		return auth.Organ{ID: casefile.OrganID(b.ID), Name: b.Name, Superior: casefile.OrganID(b.Superior), Zone: b.Zone, Ended: b.Ended}, b.ID, err
	case auth.KindUnit:
		var b unitBody
		err = bindBody(c, &b)
		return auth.Unit{ID: b.ID, Organ: organ(b.Organ), Name: b.Name, Parent: b.Parent, Ended: b.Ended}, b.ID, err
	case auth.KindPerson:
		var b personBody
		err = bindBody(c, &b)
		return auth.Person{ID: casefile.PersonID(b.ID), Organ: organ(b.Organ), Name: b.Name, Mail: b.Mail, Aliases: named[casefile.PersonID](b.Aliases)}, b.ID, err
	case auth.KindAppointment:
		var b appointmentBody
		err = bindBody(c, &b)
		return auth.Appointment{ID: b.ID, Organ: organ(b.Organ), Person: casefile.PersonID(b.Person), Unit: b.Unit, Roles: named[casefile.Role](b.Roles),
			From: b.From, Until: b.Until}, b.ID, err
	case auth.KindMandate:
		var b mandateBody
		err = bindBody(c, &b)
		return auth.Mandate{Mandate: casefile.Mandate{ID: b.ID, Kind: casefile.MandateKind(b.Kind), Principal: casefile.PersonID(b.Principal), PrincipalName: b.PrincipalName,
			Document: casefile.Digest(b.Document), From: b.From, Until: b.Until}, Organ: organ(b.Organ), Delegate: casefile.PersonID(b.Delegate),
			Roles: named[casefile.Role](b.Roles), Revoked: b.Revoked}, b.ID, err
	case auth.KindInterest:
		var b interestEntryBody
		err = bindBody(c, &b)
		return b.interest(organ(b.Organ)), b.ID, err
	case auth.KindKey:
		var b keyEntryBody
		err = bindBody(c, &b)
		return b.key(organ(b.Organ)), b.ID, err
	}
	return nil, "", notFound()
}

func named[T ~string](texts []string) []T {
	var out []T
	for _, text := range texts {
		out = append(out, T(text))
	}
	return out
}

// directoryView is an entry of the directory, and its version.
type directoryView struct {
	Version int64           `json:"version"`
	Entry   json.RawMessage `json:"entry"`
}

type directoryPageView struct {
	Entries []directoryView `json:"entries"`
	Next    string          `json:"next,omitempty"`
}

// directoryPageOf gives a whole list in one page.
func directoryPageOf(list []auth.Record) directoryPageView {
	out := directoryPageView{Entries: []directoryView{}}
	for _, r := range list {
		out.Entries = append(out.Entries, directoryView{Version: r.Version, Entry: r.Body})
	}
	return out
}

// enrol handles POST /api/v1/directory/{kind}.
func (h *handler) enrol(c echo.Context, p auth.Principal) error {
	kind, err := kindOf(c)
	if err != nil {
		return err
	}
	entry, _, err := entryOfBody(c, p, kind)
	if err != nil {
		return err
	}
	record, err := h.guard.PutDirectoryEntry(c.Request().Context(), p, entry, 0)
	if err != nil {
		return directoryFault(err)
	}
	return h.showRecord(c, http.StatusCreated, record)
}

// amendDirectory handles PUT /api/v1/directory/{kind}/{entry}. If-Match carries
// the version that the caller saw.
func (h *handler) amendDirectory(c echo.Context, p auth.Principal) error {
	kind, err := kindOf(c)
	if err != nil {
		return err
	}
	version, err := ifMatch(c)
	if err != nil {
		return err
	}
	if version == 0 {
		return invalid("If-Match", "须为读取时得到的 ETag。", "must be the ETag with which the entry was read")
	}
	entry, id, err := entryOfBody(c, p, kind)
	if err != nil {
		return err
	}
	if id != pathParam(c, "entry") {
		return invalid("id", "与地址不一致。", "differs from the address")
	}
	if _, err := h.guard.DirectoryEntry(c.Request().Context(), p, kind, id); err != nil {
		return err
	}
	record, err := h.guard.PutDirectoryEntry(c.Request().Context(), p, entry, version)
	if err != nil {
		return directoryFault(err)
	}
	return h.showRecord(c, http.StatusOK, record)
}

// readDirectory handles GET /api/v1/directory/{kind}/{entry}.
func (h *handler) readDirectory(c echo.Context, p auth.Principal) error {
	kind, err := kindOf(c)
	if err != nil {
		return err
	}
	record, err := h.guard.DirectoryEntry(c.Request().Context(), p, kind, pathParam(c, "entry"))
	if err != nil {
		return err
	}
	return h.showRecord(c, http.StatusOK, record)
}

func (h *handler) showRecord(c echo.Context, status int, r auth.Record) error {
	c.Response().Header().Set("ETag", strconv.Quote(strconv.FormatInt(r.Version, 10)))
	return c.JSON(status, directoryView{Version: r.Version, Entry: r.Body})
}

// listDirectory handles GET /api/v1/directory/{kind}.
func (h *handler) listDirectory(c echo.Context, p auth.Principal) error {
	kind, err := kindOf(c)
	if err != nil {
		return err
	}
	query, err := queryOf(c.Request(), "organ", "after", "limit")
	if err != nil {
		return err
	}
	limit, err := limitOf(query, 200)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = 50
	}
	list, err := h.guard.DirectoryList(c.Request().Context(), p, casefile.OrganID(query["organ"]), kind, query["after"], limit)
	if err != nil {
		return err
	}
	out := directoryPageView{Entries: []directoryView{}}
	for _, r := range list {
		out.Entries = append(out.Entries, directoryView{Version: r.Version, Entry: r.Body})
	}
	if len(list) == limit {
		out.Next = list[limit-1].ID
	}
	return c.JSON(http.StatusOK, out)
}

type changesView struct {
	Changes []changeRecordView `json:"changes"`
	Next    int64              `json:"next,omitempty"`
}

type changeRecordView struct {
	Number  int64             `json:"number"`
	At      string            `json:"at"`
	By      casefile.PersonID `json:"by"`
	Kind    string            `json:"kind"`
	ID      string            `json:"id"`
	Version int64             `json:"version"`
	Before  json.RawMessage   `json:"before"`
	After   json.RawMessage   `json:"after"`
}

// listChanges handles GET /api/v1/directory-log.
func (h *handler) listChanges(c echo.Context, p auth.Principal) error {
	query, err := queryOf(c.Request(), "organ", "before", "limit")
	if err != nil {
		return err
	}
	limit, before, err := pageOfNumbers(query)
	if err != nil {
		return err
	}
	changes, err := h.guard.DirectoryLog(c.Request().Context(), p, casefile.OrganID(query["organ"]), before, limit)
	if err != nil {
		return err
	}
	out := changesView{Changes: []changeRecordView{}}
	for _, ch := range changes {
		out.Changes = append(out.Changes, changeRecordView{Number: ch.Number, At: ch.At.Format("2006-01-02T15:04:05.000Z07:00"), By: ch.By, Kind: ch.Kind, ID: ch.ID,
			Version: ch.Version, Before: ch.Before, After: ch.After})
	}
	if len(changes) == limit {
		out.Next = changes[limit-1].Number
	}
	return c.JSON(http.StatusOK, out)
}

// directoryFault turns what the directory does not take into a problem about the
// field. The field stands before the colon.
func directoryFault(err error) error {
	switch {
	case errors.Is(err, casefile.ErrConflict):
		return &fault{code: codeChanged, detail: text("该条目已有变化，或者编号已被使用；请重新读取。", "the entry has changed, or the id is taken; read it again")}
	case errors.Is(err, casefile.ErrInvalid):
		field, want, _ := strings.Cut(strings.TrimSuffix(err.Error(), ": "+casefile.ErrInvalid.Error()), ": ")
		return &fault{code: codeInvalid, field: clip(field, 100), detail: text("该字段不被接受："+clip(want, 300), clip(field+": "+want, 300))}
	}
	return err
}

// pathParam gives a parameter of the path as it was meant; escapes that are none
// give a text that names nothing.
func pathParam(c echo.Context, name string) string {
	value, err := url.PathUnescape(c.Param(name))
	if err != nil {
		return ""
	}
	return value
}
