package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
)

// opening is a case that is about to be opened, while somebody fills in its form.
type opening struct {
	filled

	v       viewer
	offered []*procedure.Definition // that the viewer may open a case of
	plan    *planner.Plan           // what the case will have to go through; nil: not asked yet
	verdict *casefile.Verdict       // of rules that do not let it be opened
}

// opening gathers what the form is made from. It is for those who may open a case.
func (h *handler) opening(c echo.Context) (*opening, error) {
	v, err := h.viewer(c)
	if err == nil && v.visitor {
		err = errSignIn
	}
	if err != nil {
		return nil, err
	}
	o := &opening{v: v, offered: h.openable(v.principal), filled: filled{id: rand.Text(), values: url.Values{}}}
	if len(o.offered) == 0 {
		return nil, fmt.Errorf("no procedure lets %v open a case: %w", v.principal.Roles, casefile.ErrForbidden)
	}
	return o, nil
}

// openable gives the procedures of which somebody may open a case.
func (h *handler) openable(p auth.Principal) []*procedure.Definition {
	if access.Permit(p, access.OpenCase) != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(h.o.Guard.Procedures()), func(d *procedure.Definition) bool {
		return !d.OpenTo(p.Organ) || !p.Holds(auth.Trainer) && !slices.ContainsFunc(d.Open.Roles, func(r casefile.Role) bool {
			return p.Actor().Holds(r) || slices.ContainsFunc(p.Mandates, func(m auth.Held) bool { return m.InForce && slices.Contains(m.Roles, r) })
		})
	})
}

// askOpening handles GET /cases/new.
func (h *handler) askOpening(c echo.Context) error {
	o, err := h.opening(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	for _, name := range []string{"procedure", "title", "category", "follows"} { // as a link to the form says
		if given := c.QueryParam(name); given != "" {
			o.values.Set(name, clip(given, 200))
		}
	}
	return h.openingPage(c, o, http.StatusOK)
}

// submitOpening handles POST /cases/new. A case is opened once it was said, of the very
// same matter, what it will have to go through.
func (h *handler) submitOpening(c echo.Context) error {
	o, err := h.opening(c)
	if err != nil {
		return err
	}
	n := h.names(language(c), nil)
	spec := procedure.OpeningAct()
	if err := h.read(c, o.v.principal, spec, &o.filled, n); err != nil {
		return err
	}
	ctx := c.Request().Context()
	as, asked := asOf(o.values), o.asked(spec)
	if refusal := o.check(spec, asked); refusal != nil {
		o.markFields(spec, asked.With, n)
		return h.notOpened(c, o, n, asked, refusal)
	}
	if o.plan, err = h.o.Guard.PlanOpening(ctx, o.v.principal, as, asked); err != nil {
		return h.notOpened(c, o, n, asked, err)
	}
	if o.values.Get("do") != doAct || o.values.Get("checked") != o.digest() {
		return h.openingPage(c, o, http.StatusOK)
	}
	reply, err := h.o.Guard.Open(ctx, o.v.principal, as, asked)
	if err != nil {
		return h.notOpened(c, o, n, asked, err)
	}
	return c.Redirect(http.StatusSeeOther, caseURL(reply.Case.ID))
}

// showOpeningAgain shows the form with what was typed, and what the case will have to go
// through where it was said already.
func (h *handler) showOpeningAgain(c echo.Context) error {
	o, err := h.opening(c)
	if err != nil {
		return err
	}
	t, err := readTyped(c)
	if err != nil {
		return err
	}
	o.values = t.values
	if id := t.values.Get("id"); idPattern.MatchString(id) {
		o.id = id
	}
	spec := procedure.OpeningAct()
	if asked := o.asked(spec); t.values.Get("checked") != "" && o.check(spec, asked) == nil {
		if o.plan, err = h.o.Guard.PlanOpening(c.Request().Context(), o.v.principal, asOf(o.values), asked); err != nil {
			o.plan = nil // what is wrong is said when it is checked again
		}
	}
	again := t.again(c, h.pages.words[language(c)])
	o.alert = again.why
	return h.openingPage(c, o, again.status())
}

// asked gives the opening that the form asks for.
func (o *opening) asked(spec procedure.ActSpec) casework.Opening {
	out := casework.Opening{
		ID: o.id, Procedure: o.values.Get("procedure"), Practice: o.values.Get("practice") == "true",
		Matter: casefile.Matter{Title: strings.TrimSpace(plain(o.values.Get("title"))), Category: strings.TrimSpace(o.values.Get("category")),
			Follows: casefile.ID(strings.TrimSpace(o.values.Get("follows")))},
		With: payload(spec, o.values),
	}
	if out.Practice {
		if o.values.Get("overlays") == overlaysChosen {
			out.Overlays = append([]string{}, o.values["overlay"]...) // none is a choice too
		}
		out.Starts, _ = legaltime.ParseDate(strings.TrimSpace(o.values.Get("starts"))) // none is refused
	}
	return out
}

// check says what is wrong with the form itself.
func (o *opening) check(spec procedure.ActSpec, asked casework.Opening) *casefile.Refusal {
	bad := func(field, zh, en string) *casefile.Refusal {
		return &casefile.Refusal{Code: casefile.RefusedBadValue, Act: procedure.OpeningKind, Field: field, Message: casefile.Text{ZH: zh, EN: en}}
	}
	switch practice := o.values.Get("practice"); {
	case !slices.ContainsFunc(o.offered, func(d *procedure.Definition) bool { return d.Name() == asked.Procedure }):
		return bad("procedure", "请选择适用的程序。", "choose the procedure that applies")
	case practice != "true" && practice != "false":
		return bad("practice", "请选明是正式案件还是演练案件。", "say whether this is a real or a practice case")
	case practice == "false" && o.values.Get("overlays") == overlaysChosen:
		return bad("overlays", "正式案件按已启用的规则包判断，不能自选。", "A real case is judged by the overlays in use; only practice chooses.")
	}
	return spec.WellFormed(asked.With)
}

// overlaysChosen says that a practice case names the overlays that judge it.
const overlaysChosen = "chosen"

// digest tells whether the matter is the one of which it was said what applies.
func (o *opening) digest() string {
	sum := sha256.New()
	for _, name := range casefile.SortedNames(o.values) {
		if name != "do" && name != "checked" && name != "id" {
			fmt.Fprintf(sum, "%q %q\n", name, o.values[name])
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// notOpened shows the form again, with what was filled in and what is wrong with it.
func (h *handler) notOpened(c echo.Context, o *opening, n names, asked casework.Opening, err error) error {
	status, refusal := refusalOf(err)
	var blocked *casework.Blocked
	switch {
	case errors.As(err, &blocked):
		o.verdict, o.id = &blocked.Verdict, rand.Text()
		o.alert, o.code = n.words["open.blocked"], "gate-refused"
		refusal = &casefile.Refusal{Code: "gate-refused", Message: casefile.Text{ZH: "规则不允许立案。", EN: err.Error()}}
	case refusal != nil:
		o.id = rand.Text()
		o.refuse(n, refusal, openingControl(refusal.Field))
	case errors.Is(err, casefile.ErrNotFound):
		return err
	case status < http.StatusInternalServerError:
		o.refuseOther(n, status)
	default:
		h.o.Log.Error("opening failed", "error", err)
		o.alert, o.code = n.words["act.unknown"], "unknown"
	}
	if refusal != nil && o.values.Get("do") == doAct {
		h.note(c, o.v, "", casefile.Act{ID: asked.ID, Kind: procedure.OpeningKind}, refusal)
	}
	return h.openingPage(c, o, status)
}

func openingControl(field string) string {
	switch field {
	case "practice", "follows", "overlays":
		return field
	case "matter.follows":
		return "follows"
	}
	return control(procedure.OpeningAct(), field)
}

// mayOpen reports whether somebody may open a case.
func (h *handler) mayOpen(v viewer) bool { return !v.visitor && len(h.openable(v.principal)) > 0 }

// today is the day by which real cases go.
func (h *handler) today() string { return legaltime.DateIn(h.o.Now(), legaltime.China).String() }
