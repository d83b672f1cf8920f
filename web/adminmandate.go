package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
)

// maxAuthority bounds a document that authorises somebody.
const maxAuthority = 32 << 20

// adminMandateView is the form of a new mandate.
type adminMandateView struct {
	Page   frame
	Admin  adminHead
	Fields []adminField
	People []choice // for whoever types a name
	Digest string   // of the document that is stored already
	Wrong  string
	Again  string // why the form is shown again
	About  string // what is wrong with the document
	Action string
}

func mandateFields() []adminField {
	return []adminField{{Name: "id", Kind: "hidden"}, {Name: "kind", Kind: "select", Required: true}, {Name: "principal", Kind: "person", Required: true}, {Name: "delegate", Kind: "person", Required: true},
		{Name: "roles", Kind: "roles"}, {Name: "from", Kind: "date", Required: true}, {Name: "until", Kind: "date", Required: true}}
}

// askMandate handles GET /admin/mandates/new.
func (h *handler) askMandate(r adminRequest) error {
	values := url.Values{"id": {newEntryID("m")}, "from": {r.today.String()}, "kind": {string(casefile.ActingFor)},
		"principal": {clip(r.QueryParam("principal"), 100)}, "delegate": {clip(r.QueryParam("delegate"), 100)}}
	return h.mandatePage(r, values, typedAgain{}, nil)
}

// mandateAgain shows the form with what was typed.
func (h *handler) mandateAgain(r adminRequest, values url.Values, why typedAgain) error {
	return h.mandatePage(r, values, why, nil)
}

func (h *handler) mandatePage(r adminRequest, values url.Values, again typedAgain, wrong error) error {
	view := adminMandateView{Again: again.why, Digest: values.Get("document"), Action: r.url("/admin/mandates", "form", h.o.Form(r.ctx()))}
	view.Page, view.Admin = h.adminFrame(r, r.n.words["mandate-new.title"], "mandates")
	view.Page.typed(r.url("/admin/mandates"))
	fields, err := h.filledFields(r, auth.KindMandate, mandateFields(), values, nil)
	if err != nil {
		return err
	}
	people, err := h.o.Guard.DirectoryList(r.ctx(), r.p, r.organ, auth.KindPerson, "", maxChoices)
	if err != nil {
		return err
	}
	for _, record := range people {
		var p auth.Person
		if err := json.Unmarshal(record.Body, &p); err != nil {
			return fmt.Errorf("read person %s: %w", record.ID, err)
		}
		view.People = append(view.People, choice{Value: record.ID, Name: p.Name})
	}
	status := again.status()
	switch {
	case errors.Is(wrong, casefile.ErrInvalid):
		status, view.Wrong = http.StatusUnprocessableEntity, adminFault(r.n, wrong, fields)
		if strings.HasPrefix(wrong.Error(), "document:") {
			view.About = r.n.words["mandate-new.document-wrong"]
		}
	case wrong != nil:
		status, view.Wrong = http.StatusConflict, r.n.words["admin.taken"]
	}
	view.Fields = fields
	return h.pages.show(r.Context, status, r.n.lang, "adminmandate.html", view)
}

// addMandate handles POST /admin/mandates, which brings the authorising document. A
// document that has been stored need not be sent again.
func (h *handler) addMandate(r adminRequest) error {
	req := r.Request()
	req.Body = http.MaxBytesReader(r.Response(), req.Body, maxAuthority)
	if err := req.ParseMultipartForm(1 << 20); err != nil {
		return fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
	}
	defer req.MultipartForm.RemoveAll() //nolint:errcheck // temporary files
	values := url.Values{}
	for name, sent := range req.MultipartForm.Value {
		for _, value := range sent {
			values.Add(name, strings.TrimSpace(value))
		}
	}
	if err := legible(values); err != nil {
		return err
	}
	if sent := req.MultipartForm.File["file"]; len(sent) > 0 && sent[0].Size > 0 {
		digest, err := h.keepAuthority(r, sent[0])
		var refused *documents.Refused
		if errors.As(err, &refused) {
			return h.mandatePage(r, values, typedAgain{}, fmt.Errorf("document: %w: %w", err, casefile.ErrInvalid))
		}
		if err != nil {
			return err
		}
		values.Set("document", string(digest))
	}
	m := auth.Mandate{Organ: r.organ, Delegate: casefile.PersonID(values.Get("delegate")), Roles: formRoles(values), Mandate: casefile.Mandate{
		ID: values.Get("id"), Kind: casefile.MandateKind(values.Get("kind")), Principal: casefile.PersonID(values.Get("principal")), Document: casefile.Digest(values.Get("document"))}}
	m.PrincipalName = h.personName(r.ctx(), r.p, m.Principal)
	var err error
	if m.From, m.Until, err = formDays(values); err == nil {
		_, err = h.o.Guard.PutDirectoryEntry(r.ctx(), r.p, m, 0)
	}
	if errors.Is(err, casefile.ErrInvalid) || errors.Is(err, casefile.ErrConflict) {
		return h.mandatePage(r, values, typedAgain{}, err)
	}
	if err != nil {
		return err
	}
	return r.Redirect(http.StatusSeeOther, r.personURL(m.Delegate))
}

// keepAuthority stores the document of a form with the organ.
func (h *handler) keepAuthority(r adminRequest, sent *multipart.FileHeader) (casefile.Digest, error) {
	content, err := sent.Open()
	if err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	defer content.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	digest := casefile.Digest(hex.EncodeToString(sum.Sum(nil)))
	_, err = h.o.Guard.KeepAuthority(r.ctx(), r.p, r.organ, documents.Upload{Title: clip(sent.Filename, 100), MediaType: sent.Header.Get("Content-Type"), Digest: digest, Content: content})
	return digest, err
}

// revokeMandate handles POST /admin/mandates/:entry/revoke.
func (h *handler) revokeMandate(r adminRequest) error {
	record, err := h.o.Guard.DirectoryEntry(r.ctx(), r.p, auth.KindMandate, r.param("entry"))
	if err != nil {
		return err
	}
	var m auth.Mandate
	if err := json.Unmarshal(record.Body, &m); err != nil {
		return fmt.Errorf("read mandate %s: %w", record.ID, err)
	}
	version, err := strconv.ParseInt(r.typed("version"), 10, 64)
	if err != nil {
		return fmt.Errorf("version: %w: %w", err, casefile.ErrInvalid)
	}
	if m.Revoked { // it is as it should be, whoever did it
		return r.Redirect(http.StatusSeeOther, r.personURL(m.Delegate))
	}
	m.Revoked = true
	if _, err := h.o.Guard.PutDirectoryEntry(r.ctx(), r.p, m, version); err != nil {
		return err
	}
	return r.Redirect(http.StatusSeeOther, r.personURL(m.Delegate))
}
