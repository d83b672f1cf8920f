package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

func (h *handler) lawRoutes(e *echo.Echo) {
	e.GET("/law", h.law(h.showLaw))
	e.GET("/law/procedures/:name", h.law(h.showProcedure))
	e.GET("/law/packs/:name", h.law(h.showPack))
	e.GET("/law/packs/:name/coverage", h.law(h.showCoverage))
	e.GET("/law/calendar", h.law(h.showCalendar))
}

// lawRequest is a request of anybody about the law.
type lawRequest struct {
	echo.Context
	v viewer
	n names
}

// law handles a request about the law, which is no secret: nobody has to sign in.
func (h *handler) law(do func(r lawRequest) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := h.viewer(c)
		if errors.Is(err, errSignIn) {
			v, err = viewer{visitor: true}, nil
		}
		if err == nil {
			err = access.Permit(v.principal, access.ReadLaw)
		}
		if err != nil {
			return err
		}
		return do(lawRequest{Context: c, v: v, n: h.names(language(c), nil)})
	}
}

func (h *handler) lawFrame(r lawRequest, title string) frame {
	page := h.frame(r.Context, r.n.lang, r.v, "law.title")
	page.SignIn = r.v.visitor
	if title != "" {
		page.Title = title
	}
	return page
}

// lawView is what is installed and in use.
type lawView struct {
	Page       frame
	Procedures []lawLine
	Packs      []lawLine
	Years      string
	SignedIn   bool
	Releases   []releaseRow
	Organ      string
	Impact     bool // the viewer may see what releases mean for open cases
}

type lawLine struct {
	URL, Name, Title, Detail, Basis string
	CoverageURL                     string
}

// releaseRow is a release that is in use for the organ, or asked to be.
type releaseRow struct {
	Pack, Digest, Organ     string
	Revision                int
	From, To                string
	Requested, Approved     string
	RequestedBy, ApprovedBy string
	State                   string // "in-force", "over" or "waiting"
	StateName               string
	ImpactURL               string // empty: not for the viewer
}

// showLaw handles GET /law.
func (h *handler) showLaw(r lawRequest) error {
	view := lawView{Page: h.lawFrame(r, ""), SignedIn: !r.v.visitor, Organ: string(r.v.principal.Organ)}
	for _, def := range h.o.Guard.Procedures() {
		view.Procedures = append(view.Procedures, lawLine{URL: "/law/procedures/" + url.PathEscape(def.Name()), Name: def.Name(), Title: r.n.pick(def.Title), Basis: def.Basis,
			Detail: fmt.Sprintf(r.n.words["law.steps"], len(def.Steps), len(def.Roles))})
	}
	for _, p := range h.o.Guard.Packs() {
		line := lawLine{URL: packURL(p), Name: p.Name(), Title: r.n.pick(p.Title()), Basis: r.n.span(p.InForce()),
			Detail: fmt.Sprintf(r.n.words["law.rules"], len(p.Rules()), len(p.Tests()), p.Revision())}
		if len(p.Obligations()) > 0 {
			line.CoverageURL = packURL(p) + "/coverage"
		}
		view.Packs = append(view.Packs, line)
	}
	if calendar := h.o.Guard.LegalCalendar(); calendar != nil {
		first, last := calendar.Years()
		view.Years = fmt.Sprintf(r.n.words["law.years"], first, last)
	}
	if view.SignedIn {
		releases, err := h.o.Guard.Activations(r.Request().Context(), r.v.principal)
		if err != nil {
			return err
		}
		view.Releases = h.releaseRows(r.n, r.v, releases)
		view.Impact = access.Permit(r.v.principal, access.ReadImpact) == nil
	}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "law.html", view)
}

// releaseRows shows activations. Of each pack the last approved one is in use.
func (h *handler) releaseRows(n names, v viewer, all []access.Activation) []releaseRow {
	var out []releaseRow
	impact := access.Permit(v.principal, access.ReadImpact) == nil
	latest := map[string]int{}
	for _, a := range all {
		row := releaseRow{Pack: a.Pack, Digest: string(a.Digest), Organ: string(a.Organ), Revision: a.Revision, From: a.From.String(), Requested: clock(a.RequestedAt), Approved: clock(a.ApprovedAt),
			RequestedBy: a.RequestedBy, ApprovedBy: a.ApprovedBy, State: "waiting"}
		if row.Organ == "*" {
			row.Organ = n.words.name("organ", "all")
		}
		if !a.To.IsZero() {
			row.To = a.To.String()
		}
		if impact {
			row.ImpactURL = impactURL(a.ID)
		}
		if row.Approved != "" {
			row.State = "in-force"
			if before, ok := latest[a.Pack+"|"+string(a.Organ)]; ok {
				out[before].State = "over"
			}
			latest[a.Pack+"|"+string(a.Organ)] = len(out)
		}
		out = append(out, row)
	}
	for i := range out {
		out[i].StateName = n.words.name("release-state", out[i].State)
	}
	slices.Reverse(out)
	return out
}

func packURL(p *rules.Pack) string { return "/law/packs/" + url.PathEscape(p.Name()) }

func (n names) span(s rules.Span) string {
	if s.To.IsZero() {
		return fmt.Sprintf(n.words["law.since"], s.From)
	}
	return s.From.String() + " – " + s.To.String()
}

// lawProcedure is a procedure as the law orders it.
type lawProcedure struct {
	Page                      frame
	Name, Title, Basis, About string
	Packs                     []lawLine
	Roles                     []pair
	Separate                  []string
	Steps                     []lawStep
	Case                      []lawAct
	Ends                      []pair
}

type lawStep struct {
	ID, Title, Type, Basis string
	Parallel               string
	AppliesGate            lawGate
	Acts                   []lawAct
	Outcomes               []lawOutcome
}

type lawAct struct {
	Verb, Title, Roles string
	Gate               lawGate
	Free               string
}

type lawOutcome struct {
	Title, To string
	Gate      lawGate
	Free      string
}

// lawGate leads to the rules that answer a gate.
type lawGate struct{ Ref, Question, URL string }

// showProcedure handles GET /law/procedures/:name.
func (h *handler) showProcedure(r lawRequest) error {
	name, _ := url.PathUnescape(r.Param("name"))
	def := h.library(name)
	if def == nil {
		return fmt.Errorf("procedure: %w", casefile.ErrNotFound)
	}
	n := h.names(r.n.lang, def)
	view := lawProcedure{Page: h.lawFrame(r, n.procedure()), Name: def.Name(), Title: n.procedure(), Basis: def.Basis}
	for _, id := range def.Packs {
		line := lawLine{Name: id}
		if p := h.pack(id); p != nil {
			line.URL, line.Title = packURL(p), n.pick(p.Title())
		}
		view.Packs = append(view.Packs, line)
	}
	for _, role := range casefile.SortedNames(def.Roles) {
		view.Roles = append(view.Roles, pair{Name: n.role(role), ID: string(role), Value: string(role)})
	}
	for _, s := range def.Steps {
		view.Steps = append(view.Steps, h.lawStep(n, def, s))
	}
	for _, act := range def.Always {
		view.Case = append(view.Case, h.lawAct(n, def, casefile.CaseScope, act))
	}
	for _, end := range def.Ends {
		view.Ends = append(view.Ends, pair{Name: n.pick(end.Title), ID: end.ID, Value: end.ID})
	}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "lawprocedure.html", view)
}

func (h *handler) lawStep(n names, def *procedure.Definition, s procedure.Step) lawStep {
	out := lawStep{ID: s.ID, Title: n.pick(s.Title), Type: string(s.Type), Basis: s.Basis, AppliesGate: h.lawGate(n, def, s.Applies)}
	parallel := make([]string, len(s.Parallel))
	for i, id := range s.Parallel {
		parallel[i] = n.step(id)
	}
	out.Parallel = n.list(parallel)
	for _, act := range s.Acts {
		out.Acts = append(out.Acts, h.lawAct(n, def, s.ID, act))
	}
	outcomes := s.Outcomes
	if s.Joined != nil {
		outcomes = append(slices.Clone(outcomes), *s.Joined)
	}
	for _, o := range outcomes {
		line := lawOutcome{To: n.target(o.To), Gate: h.lawGate(n, def, o.Gate), Free: o.Free}
		if o.Is != "" {
			line.Title = n.outcome(o.Is)
		}
		out.Outcomes = append(out.Outcomes, line)
	}
	return out
}

func (h *handler) lawAct(n names, def *procedure.Definition, step string, act procedure.ActRule) lawAct {
	return lawAct{Verb: act.Verb, Title: n.verb(step, act.Verb), Roles: n.roles(act.Roles), Gate: h.lawGate(n, def, act.Gate), Free: act.Free}
}

// lawGate finds the pack that a procedure asks a gate of.
func (h *handler) lawGate(n names, def *procedure.Definition, ref rules.Ref) lawGate {
	if ref == "" {
		return lawGate{}
	}
	out := lawGate{Ref: string(ref), Question: string(ref)}
	for _, id := range def.Packs {
		p := h.pack(id)
		if p == nil || p.ID() != ref.Pack() {
			continue
		}
		out.URL = packURL(p) + "#gate-" + ref.Gate()
		if gate, ok := p.Gate(ref.Gate()); ok {
			if question := n.pick(gate.Question); question != "" {
				out.Question = question
			}
		}
	}
	return out
}

// pack gives an installed pack by name.
func (h *handler) pack(name string) *rules.Pack {
	for _, p := range h.o.Guard.Packs() {
		if p.Name() == name {
			return p
		}
	}
	return nil
}

func (h *handler) packOf(r lawRequest) (*rules.Pack, error) {
	name, _ := url.PathUnescape(r.Param("name"))
	if p := h.pack(name); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("pack: %w", casefile.ErrNotFound)
}
