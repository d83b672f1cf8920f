package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// actView is the form of an act.
type actView struct {
	Page                    frame
	CaseURL, CaseTitle, URL string
	Title, Step, Basis      string
	Roles                   string
	Shut                    string // why there is no form; empty: there is
	ID                      string
	Seen                    int64
	Multipart               bool
	Alert, Code             string
	Wrong                   []wrongView
	Saved, KeptFor          string // when the draft that is shown was kept; for how long it is
	Mark                    string // which draft the form was filled in from
	Changes                 []entryView
	Result                  *resultView
	State, StateName        string
	Findings                []findingView // that hinder already
	Draft                   *documentView // that the opinion binds to
	DraftMoved              bool          // it is another one than the form was filled in for
	Who                     whoView
	Fields, Papers          []fieldView
	Reasons                 []reasonView
	ReasonsWrong            string
	Live                    *liveView
}

type wrongView struct{ Control, Title, Message string }

// reasonView is a rule that warns, and the reason that is recorded for going on.
type reasonView struct {
	Rule, Title, Basis, Message, Remedy, Value string
}

// whoView is as whom the act is done.
type whoView struct {
	Under, Roles       []choice
	UnderWrong, Wrong  string
	StandsIn, Open     bool
	Person, Name, Unit string
}

// shutPage says why the form of an act is not there.
func (h *handler) shutPage(c echo.Context, d *deed) error {
	lang := language(c)
	n := h.names(lang, d.def)
	view := h.actHead(c, d, n)
	possible, err := h.o.Guard.Possible(c.Request().Context(), d.v.principal, d.c.ID)
	if err != nil {
		return err
	}
	status := http.StatusConflict
	view.Shut, view.Page.TypedURL = n.words["act.not-now"], ""
	if slices.ContainsFunc(possible, func(p casework.Possible) bool { return p.Kind == d.form.Kind }) && d.c.Status != casefile.StatusClosed {
		status, view.Shut = http.StatusForbidden, n.words["act.not-yours"]
	}
	return h.pages.show(c, status, lang, "act.html", view)
}

func (h *handler) actHead(c echo.Context, d *deed, n names) actView {
	view := actView{Page: h.frame(c, n.lang, d.v, ""), CaseURL: caseURL(d.c.ID), CaseTitle: d.c.Matter.Title, URL: actURL(d.c.ID, d.form.Kind),
		Title: n.pick(d.form.Title), Roles: n.roles(d.form.Roles), ID: d.id, Seen: d.seen}
	view.Page.Title, view.Page.Practice = view.Title, d.c.Practice
	view.Page.typed(view.URL)
	if step, ok := d.def.Step(d.form.Step); ok {
		view.Step, view.Basis = n.pick(step.Title), step.Basis
	}
	return view
}

// actPage shows the form of an act on the case as it is now, with what was filled in.
func (h *handler) actPage(c echo.Context, d *deed, status int) error {
	ctx, lang := c.Request().Context(), language(c)
	seen, err := h.o.Guard.Case(ctx, d.v.principal, d.c.ID)
	if err != nil {
		return err
	}
	d.c = seen.Case
	file, err := h.file(ctx, d.c, d.v)
	if err != nil {
		return err
	}
	n := h.names(lang, d.def)
	view := h.actHead(c, d, n)
	view.Alert, view.Code, view.Mark = d.alert, d.code, d.values.Get(markField)
	if !d.saved.IsZero() {
		view.Saved, view.KeptFor = clock(d.saved), n.words.count("act.kept-for", access.FormDraftDays)
	}
	if d.code != "unknown" {
		view.changed(n, d, file.entries)
	}
	view.Result = n.result(d)
	at := slices.IndexFunc(file.possible, func(p casework.Possible) bool { return p.Kind == d.form.Kind })
	var now casefile.Verdict
	if at >= 0 && view.Result == nil {
		now = file.possible[at].Verdict
		p := n.possible(file.possible[at], file.entries)
		view.State, view.StateName, view.Findings = p.State, p.StateName, p.Findings
	}
	view.Who = h.who(d, file.means, n)
	if err := h.fields(c, d, n, file.today.String(), &view); err != nil {
		return err
	}
	view.Reasons = n.reasonFields(d, now)
	view.ReasonsWrong = d.wrong["reasons"]
	view.Live = liveOf(file, view.Seen)
	view.wrongs(n, d)
	return h.pages.show(c, status, lang, "act.html", view)
}

// changed shows what came since the case was seen, once the form is for the case as it
// is now: one more click acts on that.
func (view *actView) changed(n names, d *deed, entries []access.SeenEntry) {
	for _, e := range entries {
		own := d.blocked != nil && e.Entry.Sequence == d.blocked.Sequence
		if d.changes && e.Entry.Sequence > d.seen && !own {
			view.Changes = append(view.Changes, n.entry(e))
		}
	}
	view.Seen = d.c.Sequence
}

func (view *actView) wrongs(n names, d *deed) {
	for _, f := range slices.Concat(view.Fields, view.Papers) {
		if f.Wrong != "" {
			view.Wrong = append(view.Wrong, wrongView{Control: f.ID, Title: f.Title, Message: f.Wrong})
		}
	}
	if view.Who.UnderWrong != "" || view.Who.Wrong != "" {
		view.Wrong = append(view.Wrong, wrongView{Control: "who", Title: n.words["act.who"], Message: view.Who.UnderWrong + view.Who.Wrong})
	}
	if view.Draft != nil && d.wrong["with.draft"] != "" {
		view.Wrong = append(view.Wrong, wrongView{Control: "draft", Title: n.words["act.about"], Message: d.wrong["with.draft"]})
	}
}

// who gives as whom the act can be done.
func (h *handler) who(d *deed, means access.Means, n names) whoView {
	v := whoView{UnderWrong: d.wrong["under"], Wrong: d.wrong["as"], StandsIn: means.StandsIn}
	chosen := d.values.Get("under")
	for _, as := range means.Ways(d.form.Kind) {
		one := choice{Value: as.Under, Name: n.words["act.own-right"], Chosen: as.Under == chosen}
		for _, m := range d.v.principal.Mandates {
			if m.ID == as.Under {
				one.Name = n.words.name("mandate", string(m.Kind)) + " · " + m.PrincipalName + " · " + m.From.String() + " – " + m.Until.String()
			}
		}
		v.Under = append(v.Under, one)
	}
	switch {
	case chosen != "" && !slices.ContainsFunc(v.Under, func(c choice) bool { return c.Chosen }):
		v.Under = append(v.Under, choice{Value: chosen, Name: clip(chosen, 40), Chosen: true}) // what was sent stays
	case len(v.Under) == 1 && v.Under[0].Value == "":
		v.Under = nil
	case len(v.Under) > 0 && !slices.ContainsFunc(v.Under, func(c choice) bool { return c.Chosen }):
		v.Under[0].Chosen = true
	}
	v.Person, v.Name, v.Unit = d.values.Get("as.person"), d.values.Get("as.name"), d.values.Get("as.unit")
	for _, role := range casefile.SortedNames(d.def.Roles) {
		_, sent := d.values["id"]
		ticked := slices.Contains(d.values["as.roles"], string(role)) || !sent && len(d.form.Roles) > 0 && d.form.Roles[0] == role
		v.Roles = append(v.Roles, choice{Value: string(role), Name: n.role(role), Chosen: ticked})
	}
	v.Open = v.Person+v.Name+v.Unit+v.Wrong != "" || len(means.Ways(d.form.Kind)) == 0
	return v
}

// reasonFields gives a field for each warning that lacks its reason, and for each
// reason that was typed.
func (n names) reasonFields(d *deed, now casefile.Verdict) []reasonView {
	var out []reasonView
	add := func(r reasonView) {
		if !slices.ContainsFunc(out, func(known reasonView) bool { return known.Rule == r.Rule }) {
			r.Value = d.values.Get("reason." + r.Rule)
			out = append(out, r)
		}
	}
	verdicts := []casefile.Verdict{now}
	if d.blocked != nil && d.blocked.Verdict != nil {
		verdicts = append(verdicts, *d.blocked.Verdict)
	}
	if d.trial != nil {
		verdicts = append(verdicts, d.trial.run.Verdict)
	}
	for _, v := range verdicts {
		for _, f := range v.Findings {
			if f.NeedsReason() || f.Effect == casefile.EffectWarn && f.Reason != "" {
				add(reasonView{Rule: f.Rule, Title: n.rule(f.Rule), Basis: f.Basis, Message: n.pick(f.Message), Remedy: n.pick(f.Remedy)})
			}
		}
	}
	for _, name := range casefile.SortedNames(d.values) {
		if rule, ok := strings.CutPrefix(name, "reason."); ok && strings.TrimSpace(d.values.Get(name)) != "" {
			add(reasonView{Rule: rule, Title: n.rule(rule)})
		}
	}
	return out
}

// fields gives the controls of the payload, those with files last: a form whose files
// are too large has everything else by then.
func (h *handler) fields(c echo.Context, d *deed, n names, today string, view *actView) error {
	papers := slices.DeleteFunc(slices.Clone(d.c.Documents), func(doc casefile.Document) bool { return doc.Withdrawn })
	slices.Reverse(papers)
	for _, f := range d.form.Spec.Fields {
		v := n.field(f, &d.filled, today)
		v.among(d.def.InventoryChoices(&d.c, d.form.Kind, f.Name), d.values["with."+f.Name])
		switch {
		case f.Name == "draft" && d.form.Spec.Opinion && f.Kind == procedure.KindDigest:
			current, ok := d.c.CurrentDraft()
			if !ok {
				break // the act says so
			}
			shown := n.document(current, d.c.ID, true)
			view.Draft, view.DraftMoved = &shown, d.before != "" && d.before != current.Digest
			continue
		case f.Kind == procedure.KindCase && f.Other.Follows:
			if err := h.caseChoices(c, d, n, f, &v); err != nil {
				return err
			}
			view.Fields = append(view.Fields, v)
			continue
		case f.Kind != procedure.KindDigest && f.Kind != procedure.KindDigests:
			view.Fields = append(view.Fields, v)
			continue
		}
		if err := h.paperChoices(c, d, n, f, papers, &v); err != nil {
			return err
		}
		view.Papers, view.Multipart = append(view.Papers, v), true
	}
	return nil
}

// caseChoices offers the cases that follow this one, as far as the act may name them,
// and the way to open another.
func (h *handler) caseChoices(c echo.Context, d *deed, n names, f procedure.Field, v *fieldView) error {
	following, err := h.o.Guard.Following(c.Request().Context(), d.v.principal, d.c.ID)
	if err != nil {
		return fmt.Errorf("cases that follow %s: %w", d.c.ID, err)
	}
	v.Kind, v.Help, v.NewURL = asSelect, n.words["act.help-following"], followURL(d.c.ID)
	for _, s := range following {
		runs, _, _ := strings.Cut(s.Procedure, "@")
		fits := len(f.Other.Procedures) == 0 || slices.Contains(f.Other.Procedures, runs)
		if fits && (!f.Other.Closed || s.Status == casefile.StatusClosed) {
			v.Choices = append(v.Choices, choice{Value: string(s.ID), Name: s.Title + " · " + n.words.name("status", string(s.Status)), Chosen: v.Value == string(s.ID)})
		}
	}
	if !f.Required {
		v.Choices = append([]choice{{Name: n.words["act.not-given"], Chosen: v.Value == ""}}, v.Choices...)
	}
	return nil
}

// followURL is where a case that follows one is opened.
func followURL(id casefile.ID) string { return "/cases/new?follows=" + url.QueryEscape(string(id)) }

// paperChoices offers the documents of the case, and those that the form names.
func (h *handler) paperChoices(c echo.Context, d *deed, n names, f procedure.Field, papers []casefile.Document, v *fieldView) error {
	chosen := d.values["with."+f.Name]
	offered := map[string]bool{}
	offer := func(digest, name string) {
		if !offered[digest] {
			offered[digest] = true
			v.Choices = append(v.Choices, choice{Value: digest, Name: name, Chosen: slices.Contains(chosen, digest)})
		}
	}
	for _, digest := range chosen {
		if slices.ContainsFunc(papers, func(doc casefile.Document) bool { return string(doc.Digest) == digest }) || digest == "" || digest == none {
			continue
		}
		title := clip(digest, 12)
		switch paper, err := h.o.Guard.Document(c.Request().Context(), d.v.principal, casefile.Digest(digest)); {
		case err == nil && paper.Title != "":
			title = paper.Title + " · " + title
		case err != nil && !errors.Is(err, casefile.ErrNotFound):
			if _, refusal := refusalOf(err); refusal == nil {
				return err
			}
		}
		offer(digest, title+n.words["act.uploaded"])
	}
	for _, doc := range papers {
		shown := n.document(doc, d.c.ID, false)
		name := shown.Title
		if doc.Version > 0 {
			name += " · " + n.words.count("document.version", doc.Version)
		}
		offer(string(doc.Digest), name+" · "+shown.Short)
	}
	return nil
}
