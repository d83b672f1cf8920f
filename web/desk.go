package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
)

// maxDraftText is how much of a plain text the desk shows, in bytes; more is downloaded.
const maxDraftText = 256 << 10

// deskView is the desk of whoever gives an opinion in a step.
type deskView struct {
	Page                 frame
	Matter, CaseURL      string
	Step, Basis, TaskURL string
	Round                int
	Running, Withheld    bool
	Draft                *draftView
	Changed              []deskOpinion // last opinions of their authors that are on an earlier draft
	Own, Others          []deskOpinion // of this step, of other steps
	Counts               []opinionCount
	Checks               []checkView
	Lacking              int
	Opinions, Acts       []actLink // that give an opinion, and the others
	Materials            []documentView
	Panel                *panelView
}

// draftView is the current draft with its text, where it is plain.
type draftView struct {
	documentView
	Text  string
	State string // "text", "file", "large", "unavailable"
	Media string
	Bytes int64
}

// deskOpinion is an opinion with what was said.
type deskOpinion struct {
	opinionView
	Text string
	Mine bool
}

type opinionCount struct {
	Step, Conclusion string
	Count, Stale     int
}

// caseFile gives the case of the path as the viewer may see it.
func (h *handler) caseFile(c echo.Context) (viewer, file, error) {
	v, found, err := h.visible(c)
	if err != nil {
		return v, file{}, err
	}
	f, err := h.file(c.Request().Context(), found, v)
	return v, f, err
}

// showDesk handles GET /cases/:id/desk/:step.
func (h *handler) showDesk(c echo.Context) error {
	v, f, err := h.caseFile(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	id, err := param(c, "step")
	if err != nil {
		return fmt.Errorf("step: %w", err)
	}
	step, known := f.def.Step(id)
	if !known || step.IsBlock() {
		return fmt.Errorf("step %s of case %s: %w", id, f.c.ID, casefile.ErrNotFound)
	}
	ctx, lang := c.Request().Context(), language(c)
	n := h.names(lang, f.def)
	view := deskView{Matter: f.c.Matter.Title, CaseURL: caseURL(f.c.ID), Step: n.step(id), Basis: step.Basis, Round: f.c.Rounds(id)}
	if err := h.fillDesk(ctx, n, v, f, id, &view); err != nil {
		return err
	}
	view.Page = h.frame(c, lang, v, "desk.title")
	view.Page.Title, view.Page.Practice = view.Step+" · "+f.c.Matter.Title, f.c.Practice
	return h.pages.show(c, http.StatusOK, lang, "desk.html", view)
}

func (h *handler) fillDesk(ctx context.Context, n names, v viewer, f file, step string, view *deskView) error {
	_, view.Running = f.c.Active(step)
	x, ok, err := h.explained(ctx, v, f.c.ID, step)
	if err != nil {
		return err
	}
	if ok {
		view.TaskURL, view.Withheld, view.Panel = taskURL(f.c.ID, step), len(x.Withheld) > 0, n.panel(x, f.called)
		view.Checks = n.checks(n.askings(slices.Concat(x.Guarded, x.Ahead)))
	} else {
		view.Checks = n.checks(n.possibleAskings(f, step))
	}
	view.Lacking = hindering(view.Checks)
	for _, link := range n.actLinks(v, f, step) {
		if link.Opinion {
			view.Opinions = append(view.Opinions, link)
		} else {
			view.Acts = append(view.Acts, link)
		}
	}
	n.deskOpinions(v, f, step, view)
	counts, err := h.o.Guard.Opinions(ctx, v.principal, f.c.ID)
	if err != nil {
		return fmt.Errorf("opinions of case %s: %w", f.c.ID, err)
	}
	for _, o := range counts {
		count := opinionCount{Step: n.step(o.Step), Count: o.Count, Stale: o.Stale, Conclusion: n.words["desk.no-conclusion"]}
		if o.Kind != "" {
			count.Conclusion = n.conclusion(o.Kind)
		}
		view.Counts = append(view.Counts, count)
	}
	if view.Draft, err = h.draft(ctx, n, v, f); err != nil {
		return err
	}
	for _, d := range slices.Backward(f.c.Documents) {
		if d.Kind != casefile.KindDraft {
			view.Materials = append(view.Materials, n.caseDocument(f.c.ID, d))
		}
	}
	return nil
}

// possibleAskings gives what the rules say of the acts of a step that are possible now.
func (n names) possibleAskings(f file, step string) []asking {
	var out []asking
	for _, p := range f.possible {
		if p.Step == step {
			out = append(out, asking{n.pick(p.Title), p.Spec, p.Verdict})
		}
	}
	return out
}

// caseDocument is a document as pages beside that of the case show it.
func (n names) caseDocument(id casefile.ID, d casefile.Document) documentView {
	v := n.document(d, id, false)
	v.EntryURL = caseURL(id) + v.EntryURL
	return v
}

// conclusion names what an opinion comes to, or how a vote was cast.
func (n names) conclusion(id string) string {
	if words := n.outcome(id); words != id {
		return words
	}
	return n.words.name("vote", id)
}

// deskOpinions gives the opinions, the newest first, and which authors have not looked
// at the draft as it is now.
func (n names) deskOpinions(v viewer, f file, step string, view *deskView) {
	type author struct {
		step, verb string
		person     casefile.PersonID
	}
	seen := map[author]bool{}
	for _, o := range slices.Backward(f.c.Opinions) {
		d := deskOpinion{opinionView: n.opinion(o, f.c.Stale(o), f.entries), Mine: o.Person == v.principal.Person && !v.visitor}
		d.EntryURL = caseURL(f.c.ID) + d.EntryURL
		if o.Conclusion != "" {
			d.Conclusion = n.conclusion(o.Conclusion)
		}
		for _, e := range f.entries {
			if e.Entry.Sequence == o.Sequence && e.Entry.Act != nil {
				d.Text = text(e.Entry.Act.With["text"])
			}
		}
		by := author{o.Step, o.Verb, o.Person}
		if d.Stale && !seen[by] {
			view.Changed = append(view.Changed, d)
		}
		seen[by] = true
		if o.Step == step {
			view.Own = append(view.Own, d)
		} else {
			view.Others = append(view.Others, d)
		}
	}
}

// draft gives the current draft, nil before the first. What it says is shown where it is
// plain text that the viewer may read.
func (h *handler) draft(ctx context.Context, n names, v viewer, f file) (*draftView, error) {
	current, ok := f.c.CurrentDraft()
	if !ok {
		return nil, nil //nolint:nilnil // before the first draft there is none
	}
	view := &draftView{documentView: n.caseDocument(f.c.ID, current), State: "file", Media: mediaName(current.MediaType), Bytes: current.Size}
	paper, err := h.o.Guard.CaseDocument(ctx, v.principal, f.c.ID, current.Digest)
	var refusal *casefile.Refusal
	switch {
	case errors.Is(err, casefile.ErrNotFound), errors.As(err, &refusal):
		view.State, view.URL = "unavailable", ""
		return view, nil
	case err != nil:
		return nil, fmt.Errorf("draft of case %s: %w", f.c.ID, err)
	}
	view.Media, view.Bytes = paper.MediaType, paper.Size
	if !strings.HasPrefix(paper.MediaType, "text/plain") {
		return view, nil
	}
	return view, view.read(ctx, paper)
}

// read reads the text, all of it: only then are its bytes known to be those of the
// digest.
func (d *draftView) read(ctx context.Context, paper access.Paper) error {
	content, err := paper.Open(ctx)
	if err != nil {
		return fmt.Errorf("open draft: %w", err)
	}
	defer content.Close()
	b, err := io.ReadAll(io.LimitReader(content, maxDraftText+1))
	if err != nil {
		return fmt.Errorf("read draft: %w", err)
	}
	switch {
	case len(b) > maxDraftText:
		d.State = "large"
	case utf8.Valid(b):
		d.State, d.Text = "text", strings.TrimSpace(strings.TrimPrefix(string(b), "\ufeff"))
	}
	return nil
}
