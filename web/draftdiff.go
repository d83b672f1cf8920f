package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/internal/redline"
)

// versionView is one version of the draft.
type versionView struct {
	documentView

	By          string // who filed it
	PreviousURL string // difference from the version before; empty for the first
	CurrentURL  string // difference to the one that counts now; empty for that one
}

// draftDiffView is the page of the difference between two versions.
type draftDiffView struct {
	Page               frame
	CaseTitle, CaseURL string
	From, To           versionView
	Why                string // why there is no difference to show; empty: there is one
	Equal              bool
	Added, Removed     int
	Changed            int
	Articles           []diffPart // those with changes, to go to
	Parts              []diffPart
}

// diffPart is a paragraph with changes, or several without, folded.
type diffPart struct {
	ID, Article string
	Kind        redline.Kind
	KindName    string
	Segments    []redline.Segment
	Folded      []string
	Until       string // article of the last one that is folded
}

// drafts gives the versions of the draft, the newest first.
func (n names) drafts(c casefile.Case, entries []access.SeenEntry) []versionView {
	current, _ := c.CurrentDraft()
	var out []versionView
	var before int64
	for _, d := range c.Documents {
		if d.Kind != casefile.KindDraft {
			continue
		}
		v := versionView{documentView: n.document(d, c.ID, d.Digest == current.Digest && d.Version == current.Version), By: filedBy(d, entries)}
		if before > 0 {
			v.PreviousURL = diffURL(c.ID, before, d.Version)
		}
		if d.Version != current.Version {
			v.CurrentURL = diffURL(c.ID, d.Version, current.Version)
		}
		before = d.Version
		out = append(out, v)
	}
	slices.Reverse(out)
	return out
}

// filedBy names who filed a document.
func filedBy(d casefile.Document, entries []access.SeenEntry) string {
	for _, s := range entries {
		if s.Entry.Sequence == d.Sequence && s.Entry.Act != nil {
			by := s.Entry.Act.By
			if by.Unit != "" {
				return by.Name + " · " + by.Unit
			}
			return by.Name
		}
	}
	return ""
}

// diffURL is the page of the difference between two versions of the draft; empty
// when there are not two.
func diffURL(id casefile.ID, from, to int64) string {
	if from < 1 || to < 1 || from == to {
		return ""
	}
	return fmt.Sprintf("%s/drafts/%d/%d", caseURL(id), from, to)
}

// showDraftDifference handles GET /cases/:id/drafts/:from/:to.
func (h *handler) showDraftDifference(c echo.Context) error {
	v, found, err := h.visible(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	ctx, lang := c.Request().Context(), language(c)
	from, okFrom := draftOf(found, c.Param("from"))
	to, okTo := draftOf(found, c.Param("to"))
	if !okFrom || !okTo || from.Version == to.Version {
		return fmt.Errorf("drafts of case %s: %w", found.ID, casefile.ErrNotFound)
	}
	entries, err := h.o.Guard.Entries(ctx, v.principal, found.ID)
	if err != nil {
		return fmt.Errorf("case %s: entries: %w", found.ID, err)
	}
	n := h.names(lang, nil)
	view := draftDiffView{Page: h.frame(c, lang, v, "diff.title"), CaseTitle: found.Matter.Title, CaseURL: caseURL(found.ID)}
	view.Page.Practice = found.Practice
	for _, d := range n.drafts(found, entries) {
		if d.Version == from.Version {
			view.From = d
		}
		if d.Version == to.Version {
			view.To = d
		}
	}
	old, why, err := h.paragraphsOf(ctx, n, v.principal, found.ID, from)
	if err != nil {
		return err
	}
	now, whyTo, err := h.paragraphsOf(ctx, n, v.principal, found.ID, to)
	if err != nil {
		return err
	}
	if why == "" {
		why = whyTo
	}
	if view.Why = why; why == "" {
		n.difference(&view, redline.Compare(old, now))
	}
	return h.pages.show(c, http.StatusOK, lang, "diff.html", view)
}

func draftOf(c casefile.Case, version string) (draft casefile.Document, ok bool) {
	want, err := strconv.ParseInt(version, 10, 32)
	if err != nil {
		return draft, false
	}
	for _, d := range c.Documents {
		if d.Kind == casefile.KindDraft && d.Version == want {
			draft, ok = d, true
		}
	}
	return draft, ok
}

// paragraphsOf gives the paragraphs of a draft, or says why they cannot be shown.
func (h *handler) paragraphsOf(ctx context.Context, n names, p auth.Principal, id casefile.ID, d casefile.Document) (text []string, why string, err error) {
	no := func(reason string) ([]string, string, error) {
		return nil, fmt.Sprintf(n.words["diff.no-text"], d.Version, n.words.name("no-text", reason)), nil
	}
	if d.Withdrawn {
		return no("withdrawn")
	}
	paper, err := h.o.Guard.CaseDocument(ctx, p, id, d.Digest)
	var refusal *casefile.Refusal
	switch {
	case errors.As(err, &refusal):
		return nil, n.pick(refusal.Message), nil
	case errors.Is(err, casefile.ErrNotFound):
		return no("withheld")
	case err != nil:
		return nil, "", fmt.Errorf("draft %d of case %s: %w", d.Version, id, err)
	}
	content, err := paper.Open(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("draft %d of case %s: %w", d.Version, id, err)
	}
	defer content.Close()
	text, err = documents.Paragraphs(paper.MediaType, content)
	var none *documents.NoText
	if errors.As(err, &none) {
		return no(string(none.Reason))
	}
	if err != nil {
		return nil, "", fmt.Errorf("draft %d of case %s: %w", d.Version, id, err)
	}
	return text, "", nil
}

// difference folds what was not changed.
func (n names) difference(v *draftDiffView, all []redline.Paragraph) {
	v.Equal = true
	for i, p := range all {
		last := len(v.Parts) - 1
		if p.Kind == redline.Same {
			text := p.Segments[0].Text
			if last < 0 || v.Parts[last].Kind != redline.Same {
				v.Parts = append(v.Parts, diffPart{Kind: redline.Same, Article: p.Article})
				last++
			}
			part := &v.Parts[last]
			part.Folded, part.Until = append(part.Folded, text), p.Article
			continue
		}
		v.Equal = false
		part := diffPart{ID: fmt.Sprintf("change-%d", i+1), Article: p.Article, Kind: p.Kind, KindName: n.words.name("diff-kind", string(p.Kind)), Segments: p.Segments}
		switch p.Kind {
		case redline.Inserted:
			v.Added++
		case redline.Deleted:
			v.Removed++
		case redline.Changed, redline.Same:
			v.Changed++
		}
		if p.Article != "" && !slices.ContainsFunc(v.Articles, func(x diffPart) bool { return x.Article == p.Article }) {
			v.Articles = append(v.Articles, part)
		}
		v.Parts = append(v.Parts, part)
	}
}
