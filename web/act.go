package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

func (h *handler) actRoutes(e *echo.Echo) {
	e.GET("/cases/:id/acts/:kind", h.showAct)
	h.formRoute(e, "/cases/:id/acts/:kind", h.submitAct, h.showActAgain)
	e.GET("/cases/new", h.askOpening)
	h.formRoute(e, "/cases/new", h.submitOpening, h.showOpeningAgain)
	e.GET("/assets/live.js", h.script)
}

// What the buttons of a form ask for.
const (
	doAct     = "act"
	doTry     = "try"  // a dry run
	doSave    = "save" // keep what was typed
	doDiscard = "discard"
)

// deed is an act while somebody fills in its form.
type deed struct {
	filled

	v    viewer
	c    casefile.Case
	def  *procedure.Definition
	form procedure.Form
	seen int64 // the entry at which the case was seen

	saved   time.Time // when the draft that is shown was kept; zero: none is
	before  casefile.Digest
	changes bool // show what came since it was seen
	blocked *casefile.Entry
	trial   *trial
}

// filled is a form as it was filled in, and what is wrong with it.
type filled struct {
	id     string // of what is done: a repeated click does it once
	values url.Values
	wrong  map[string]string // by control
	alert  string
	code   string
}

// refuse notes what is wrong, beside its field where it has one.
func (f *filled) refuse(n names, r *casefile.Refusal, control string) {
	f.alert, f.code = n.pick(r.Message), string(r.Code)
	if control != "" {
		f.mark(control, f.alert)
	}
}

func (f *filled) mark(control, message string) {
	if f.wrong == nil {
		f.wrong = map[string]string{}
	}
	f.wrong[control] = message
}

// deed gathers what the form of an act is made from.
func (h *handler) deed(c echo.Context) (*deed, error) {
	v, found, err := h.visible(c)
	if err != nil {
		return nil, err
	}
	if v.visitor {
		return nil, errSignIn
	}
	d := &deed{v: v, c: found, seen: found.Sequence, filled: filled{id: rand.Text(), values: url.Values{}}}
	if d.def, err = h.o.Guard.Definition(c.Request().Context(), v.principal, found.ID); err != nil {
		return nil, fmt.Errorf("case %s: %w", found.ID, err)
	}
	d.form, err = d.def.Form(c.Param("kind"))
	if err == nil && d.form.Kind == procedure.OpeningKind {
		err = fmt.Errorf("the case is open: %w", casefile.ErrNotFound)
	}
	return d, err
}

// showAct handles GET /cases/:id/acts/:kind.
func (h *handler) showAct(c echo.Context) error {
	d, err := h.deed(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	means, err := h.o.Guard.Means(c.Request().Context(), d.v.principal, d.c.ID)
	if err != nil {
		return fmt.Errorf("case %s: who may act: %w", d.c.ID, err)
	}
	if !means.For(d.form.Kind) {
		return h.shutPage(c, d)
	}
	if err := h.restore(c.Request().Context(), d); err != nil {
		return err
	}
	d.shown(c.QueryParam("draft"), c.QueryParam("member"))
	return h.actPage(c, d, http.StatusOK)
}

// submitAct handles POST /cases/:id/acts/:kind.
func (h *handler) submitAct(c echo.Context) error {
	d, err := h.deed(c)
	if err != nil {
		return err
	}
	n := h.names(language(c), d.def)
	if err := h.read(c, d.v.principal, d.form.Spec, &d.filled, n); err != nil {
		return err
	}
	if d.seen, err = strconv.ParseInt(d.values.Get("seen"), 10, 64); err != nil || d.seen < 1 {
		return fmt.Errorf("entry at which the case was seen: %w", casefile.ErrInvalid)
	}
	d.before = casefile.Digest(d.values.Get("with.draft"))
	switch {
	case d.values.Get("do") == doDiscard:
		if err := h.o.Guard.DropFormDraft(c.Request().Context(), d.v.principal, d.c.ID, d.form.Kind); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, actURL(d.c.ID, d.form.Kind))
	case d.values.Get("do") == doSave:
		return h.saveDraft(c, d, n)
	case len(d.wrong) > 0: // a file was not taken
		d.alert = n.words["act.file-refused"]
		return h.actPage(c, d, http.StatusUnprocessableEntity)
	}
	ctx := c.Request().Context()
	as, act := asOf(d.values), casefile.Act{ID: d.id, Kind: d.form.Kind, With: payload(d.form.Spec, d.values), Reasons: reasons(d.values)}
	try := d.values.Get("do") == doTry
	err = h.wellFormed(ctx, d, as, act, n)
	var reply access.Reply
	switch {
	case err != nil:
	case try:
		d.trial, err = h.try(ctx, d, as, act)
	default:
		reply, err = h.o.Guard.Act(ctx, d.v.principal, as, d.c.ID, act, d.seen)
	}
	switch {
	case err != nil:
		return h.notDone(c, d, n, act, err)
	case try:
		d.changes = true
		return h.actPage(c, d, http.StatusOK)
	case reply.Entry.Kind == casefile.EntryBlocked:
		d.id, d.blocked = rand.Text(), &reply.Entry
		return h.actPage(c, d, http.StatusConflict)
	}
	if err := h.o.Guard.DropFormDraft(ctx, d.v.principal, d.c.ID, d.form.Kind); err != nil && !errors.Is(err, casefile.ErrNotFound) {
		h.o.Log.Error("draft of a form not removed", "case", d.c.ID, "error", err)
	}
	return c.Redirect(http.StatusSeeOther, caseURL(d.c.ID)+anchor(reply.Entry.Sequence))
}

// showActAgain shows the form of an act with what was typed.
func (h *handler) showActAgain(c echo.Context) error {
	d, err := h.deed(c)
	if err != nil {
		return err
	}
	t, err := readTyped(c)
	if err != nil {
		return err
	}
	d.values, d.before, d.changes = t.values, casefile.Digest(t.values.Get("with.draft")), true
	if id := t.values.Get("id"); idPattern.MatchString(id) { // it may have been done: sent again, it is done once
		d.id = id
	}
	if seen, err := strconv.ParseInt(t.values.Get("seen"), 10, 64); err == nil {
		d.seen = seen
	}
	again := t.again(c, h.pages.words[language(c)])
	d.alert = again.why
	return h.actPage(c, d, again.status())
}

// wellFormed holds the payload to its form where the case admits the act now, and
// marks every field that is wrong. Whatever else is wrong is for the act itself to be
// told, and one that was done before gets its answer again.
func (h *handler) wellFormed(ctx context.Context, d *deed, as access.As, act casefile.Act, n names) error {
	form, ok, err := h.o.Guard.Form(ctx, d.v.principal, as, d.c.ID, act.Kind)
	if err != nil || !ok {
		return err
	}
	refusal := form.Spec.WellFormed(act.With)
	if refusal == nil {
		return nil
	}
	refusal.Act = act.Kind
	d.markFields(form.Spec, act.With, n)
	return refusal
}

// markFields marks every field whose value is wrong by itself.
func (f *filled) markFields(spec procedure.ActSpec, with casefile.Values, n names) {
	for _, field := range spec.Fields {
		if refusal := spec.WrongField(field.Name, with); refusal != nil {
			f.mark("with."+field.Name, n.pick(refusal.Message))
		}
	}
}

// notDone shows the form again, with what was filled in and what is wrong with it. An
// act of which nobody knows whether it was done keeps its id, so that sending it
// again does it once.
func (h *handler) notDone(c echo.Context, d *deed, n names, act casefile.Act, err error) error {
	d.changes = true
	status, refusal := refusalOf(err)
	switch {
	case refusal != nil:
		d.id = rand.Text()
		h.note(c, d.v, d.c.ID, act, refusal)
		d.refuse(n, refusal, control(d.form.Spec, refusal.Field))
	case errors.Is(err, casefile.ErrNotFound), errors.Is(err, errSignIn):
		return err
	case status < http.StatusInternalServerError:
		d.refuseOther(n, status)
	default:
		h.o.Log.Error("act failed", "case", d.c.ID, "act", act.Kind, "error", err)
		d.alert, d.code, d.changes = n.words["act.unknown"], "unknown", false
	}
	return h.actPage(c, d, status)
}

// note logs an attempt that the record will not show.
func (h *handler) note(c echo.Context, v viewer, id casefile.ID, act casefile.Act, r *casefile.Refusal) {
	if h.o.Refused == nil || act.ID == "" {
		return
	}
	a := Attempt{Organ: v.principal.Organ, Case: id, Person: v.principal.Person, ActID: act.ID, Act: act.Kind, Refusal: *r}
	if err := h.o.Refused(c.Request().Context(), a); err != nil {
		h.o.Log.Error("refusal not logged", "case", id, "error", err)
	}
}

// refusalOf gives the status of what was not done, and why where it was refused.
func refusalOf(err error) (int, *casefile.Refusal) {
	var refusal *casefile.Refusal
	errors.As(err, &refusal)
	switch {
	case refusal != nil && refusal.Code == casefile.RefusedChanged:
		return http.StatusPreconditionFailed, refusal
	case errors.Is(err, casefile.ErrForbidden):
		return http.StatusForbidden, refusal
	case errors.Is(err, casefile.ErrConflict):
		return http.StatusConflict, refusal
	case errors.Is(err, casefile.ErrInvalid):
		return http.StatusUnprocessableEntity, refusal
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, nil
	}
	return http.StatusInternalServerError, nil
}

// refuseOther notes what is wrong where no refusal says it: with the person in whose place
// somebody acts, where there is one, or with a value that only the whole shows to be wrong.
func (f *filled) refuseOther(n names, status int) {
	as := asOf(f.values)
	if as.Other != nil || as.Under != "" || status == http.StatusForbidden {
		f.refuse(n, standIn(status, n), "as")
		return
	}
	words := n.words["act.invalid"]
	f.refuse(n, &casefile.Refusal{Code: casefile.RefusedBadValue, Message: casefile.Text{ZH: words, EN: words}}, "")
}

// standIn says what is wrong with acting in somebody else's place.
func standIn(status int, n names) *casefile.Refusal {
	r := &casefile.Refusal{Code: casefile.RefusedBadValue}
	words := n.words["act.stand-in-wrong"]
	if status == http.StatusForbidden {
		r.Code, words = casefile.RefusedWrongRole, n.words["act.stand-in-forbidden"]
	}
	r.Message = casefile.Text{ZH: words, EN: words}
	return r
}

// control gives the control of a field that a refusal names; empty: none.
func control(spec procedure.ActSpec, field string) string {
	for _, f := range spec.Fields {
		if f.Name == field {
			return "with." + field
		}
	}
	switch field {
	case "under", "reasons", "title", "category", "starts", "procedure":
		return field
	}
	return ""
}

func actURL(id casefile.ID, kind string) string {
	return caseURL(id) + "/acts/" + url.PathEscape(kind)
}
