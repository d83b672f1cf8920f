package web

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
)

// openView is the form by which a case is opened.
type openView struct {
	Page                              frame
	ID, Checked                       string // id of the opening; of what the triage was made
	Alert, Code                       string
	Wrong                             []wrongView
	Procedures, Categories, Practices []choice
	Title, Follows, Starts            string
	OverlaysAs, Overlays              []choice          // of practice
	Wrongs                            map[string]string // of the fields of the matter
	Fields                            []fieldView
	Who                               whoView
	Triage                            *triageView
	Findings                          []findingView
	Practice                          bool
	Today                             string
}

// triageView says what a case will have to go through.
type triageView struct {
	Procedure, Title, Decision, End string
	Provisional, Practice           bool
	Groups                          []triageGroup
	Assumed                         []string
}

// triageGroup are steps that stand alike: to be gone through, to be determined, or not
// required.
type triageGroup struct {
	State, Title, Hint string
	Steps              []triageStep
}

type triageStep struct {
	Title, Basis, Why, Enter, Conclude string
	Asked                              []triageRule // of the rules: whether it applies
	Waits                              []waitView
}

// triageRule is what a rule says of whether a step applies, by which article.
type triageRule struct{ Title, Basis, State, StateName string }

// waitView is a time that has to run within a step.
type waitView struct{ Title, Basis, Length string }

// openingPage shows the form, with what was filled in.
func (h *handler) openingPage(c echo.Context, o *opening, status int) error {
	lang := language(c)
	def := o.offered[0]
	for _, d := range o.offered {
		if d.Name() == o.values.Get("procedure") {
			def = d
		}
	}
	n := h.names(lang, def)
	today := h.today()
	view := openView{Page: h.frame(c, lang, o.v, "open.title"), ID: o.id, Alert: o.alert, Code: o.code, Title: o.values.Get("title"),
		Follows: o.values.Get("follows"), Starts: o.values.Get("starts"), Wrongs: map[string]string{}, Today: today, Practice: o.values.Get("practice") == "true"}
	view.Page.Back, view.Page.Practice = true, view.Practice
	view.Page.typed("/cases/new")
	for _, name := range []string{"title", "category", "procedure", "practice", "starts", "follows", "overlays"} {
		view.Wrongs[name] = o.wrong[name]
	}
	for _, d := range o.offered {
		view.Procedures = append(view.Procedures, choice{Value: d.Name(), Name: n.pick(d.Title) + " · " + d.Version, Chosen: d.Name() == o.values.Get("procedure") || len(o.offered) == 1})
	}
	view.Categories = append(n.categories(o.values.Get("category")), choice{Name: n.words["act.not-given"], Chosen: o.values.Get("category") == ""})
	for _, kind := range []string{"false", "true"} {
		view.Practices = append(view.Practices, choice{Value: kind, Name: n.words.name("open-as", kind), Chosen: o.values.Get("practice") == kind})
	}
	view.OverlaysAs, view.Overlays = h.overlays(o, n)
	for _, f := range procedure.OpeningAct().Fields {
		view.Fields = append(view.Fields, n.field(f, &o.filled, today))
	}
	view.Who = h.whoOpens(o, def, n)
	view.wrongs(n)
	if o.verdict != nil {
		view.Findings = n.findings(*o.verdict)
	}
	if o.plan != nil {
		view.Triage, view.Checked = n.triage(o.plan, view.Practice), o.digest()
		view.Triage.Title = o.values.Get("title")
	}
	return h.pages.show(c, status, lang, "open.html", view)
}

// overlays gives the packs that can be laid over those of a procedure in practice.
func (h *handler) overlays(o *opening, n names) (as, packs []choice) {
	for _, p := range h.o.Guard.Packs() {
		if len(p.Over()) > 0 {
			packs = append(packs, choice{Value: p.Name(), Name: n.pick(p.Title()), Chosen: slices.Contains(o.values["overlay"], p.Name())})
		}
	}
	if len(packs) == 0 {
		return nil, nil
	}
	for _, value := range []string{"", overlaysChosen} {
		as = append(as, choice{Value: value, Name: n.words.name("open-overlays", orInUse(value)), Chosen: o.values.Get("overlays") == value})
	}
	return as, packs
}

func orInUse(value string) string {
	if value == "" {
		return "in-use"
	}
	return value
}

func (view *openView) wrongs(n names) {
	for _, name := range []string{"procedure", "title", "category", "practice", "starts", "follows", "overlays"} {
		if view.Wrongs[name] != "" {
			view.Wrong = append(view.Wrong, wrongView{Control: "f-" + name, Title: n.words.name("open-field", name), Message: view.Wrongs[name]})
		}
	}
	for _, f := range view.Fields {
		if f.Wrong != "" {
			view.Wrong = append(view.Wrong, wrongView{Control: f.ID, Title: f.Title, Message: f.Wrong})
		}
	}
}

// categories gives the kinds of matters that the steps know.
func (n names) categories(chosen string) []choice {
	var out []choice
	for _, id := range []string{"policy", "plan", "resource", "public-project", "other"} {
		out = append(out, choice{Value: id, Name: n.words.name("category", id), Chosen: id == chosen})
	}
	if chosen != "" && !slices.ContainsFunc(out, func(c choice) bool { return c.Chosen }) {
		out = append(out, choice{Value: chosen, Name: chosen, Chosen: true})
	}
	return out
}

// whoOpens gives as whom the case can be opened.
func (h *handler) whoOpens(o *opening, def *procedure.Definition, n names) whoView {
	opens := func(roles []casefile.Role) bool {
		return slices.ContainsFunc(roles, func(r casefile.Role) bool { return slices.Contains(def.Open.Roles, r) })
	}
	p := o.v.principal
	own := opens(p.Actor().Roles)
	v := whoView{UnderWrong: o.wrong["under"], Wrong: o.wrong["as"], StandsIn: p.Holds(auth.Trainer),
		Person: o.values.Get("as.person"), Name: o.values.Get("as.name"), Unit: o.values.Get("as.unit")}
	for _, m := range p.Mandates {
		if m.InForce && opens(m.Roles) {
			v.Under = append(v.Under, choice{Value: m.ID, Chosen: o.values.Get("under") == m.ID || !own,
				Name: n.words.name("mandate", string(m.Kind)) + " · " + m.PrincipalName + " · " + m.From.String() + " – " + m.Until.String()})
		}
	}
	if own && len(v.Under) > 0 {
		v.Under = slices.Insert(v.Under, 0, choice{Name: n.words["act.own-right"], Chosen: o.values.Get("under") == ""})
	}
	for _, role := range casefile.SortedNames(def.Roles) {
		_, sent := o.values["id"]
		v.Roles = append(v.Roles, choice{Value: string(role), Name: n.role(role),
			Chosen: slices.Contains(o.values["as.roles"], string(role)) || !sent && role != auth.Trainer && len(def.Open.Roles) > 0 && role == def.Open.Roles[0]})
	}
	v.Open = v.Person+v.Name+v.Unit+v.Wrong != ""
	return v
}

// The ways in which a step stands in the triage, in the order in which they are shown.
const (
	stepRequired = "required"
	stepOpen     = "open" // nobody knows yet
	stepLeftOut  = "left-out"
)

// triage says which steps apply, and which may be left out by which article.
func (n names) triage(plan *planner.Plan, practice bool) *triageView {
	v := &triageView{Procedure: plan.Procedure, Decision: plan.Decision.String(), End: plan.End.String(), Provisional: plan.Provisional, Practice: practice}
	for _, state := range []string{stepRequired, stepOpen, stepLeftOut} {
		g := triageGroup{State: state, Title: n.words.name("triage", state), Hint: n.words.name("triage-hint", state)}
		for _, s := range plan.Steps {
			if triageState(s) != state {
				continue
			}
			step := triageStep{Title: n.pick(s.Title), Basis: s.Basis, Why: n.words.name("triage-why", string(s.Required)), Enter: s.Enter.String(), Conclude: s.Conclude.String()}
			for _, asked := range s.Asked {
				state := findingState(casefile.Finding{Effect: casefile.EffectApplies, Result: asked.Result})
				step.Asked = append(step.Asked, triageRule{Title: n.rule(asked.Rule), Basis: asked.Basis, State: state, StateName: n.words.name("finding", state)})
			}
			for _, w := range s.Waits {
				if one := (waitView{Title: n.pick(w.Title), Basis: w.Basis, Length: n.length(w.Length)}); w.Period != "" && !slices.Contains(step.Waits, one) {
					step.Waits = append(step.Waits, one)
				}
			}
			g.Steps = append(g.Steps, step)
		}
		if len(g.Steps) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	for _, a := range plan.Assumptions {
		if text := n.pick(a.Text); !slices.Contains(v.Assumed, text) {
			v.Assumed = append(v.Assumed, text)
		}
	}
	return v
}

func triageState(s planner.Step) string {
	switch s.Required {
	case planner.RequiredAssumed, planner.NotAssumed:
		return stepOpen
	case planner.NotRequired:
		return stepLeftOut
	case planner.RequiredAlways, planner.RequiredByFacts:
	}
	return stepRequired
}
