package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/papers"
)

// MakePapers is the action of making papers (文书) of a case.
const MakePapers Action = "paper.make"

// PaperState says whether a paper of a case can be made.
type PaperState struct {
	Template *papers.Template
	Entry    int64         // the last entry that it is made from
	Lacks    []papers.Lack // what is missing; empty: it can be made
}

// WrittenPaper is a paper in one format.
type WrittenPaper struct {
	*papers.Paper
	Format  papers.Format
	Fonts   []papers.FaceFile // that it was written with; of PDF only
	Content []byte
	Digest  casefile.Digest
}

// Papers gives the papers of a case that the caller may have, and what those lack that
// cannot be made yet.
func (g *Guard) Papers(ctx context.Context, p auth.Principal, id casefile.ID) ([]PaperState, error) {
	v, err := g.visible(ctx, p, MakePapers, id)
	if err != nil {
		return nil, err
	}
	src, err := g.paperSource(ctx, v, 0)
	if err != nil {
		return nil, err
	}
	var out []PaperState
	for _, t := range g.o.Press.For(src.Definition) {
		if t.Level == casefile.LevelRestricted && !v.cleared {
			continue
		}
		state := PaperState{Template: t}
		paper, err := papers.Make(t, src)
		var missing *papers.Missing
		switch {
		case errors.As(err, &missing):
			state.Lacks = missing.Lacks
		case err != nil:
			return nil, err
		default:
			state.Entry = paper.Entry
		}
		out = append(out, state)
	}
	return out, nil
}

// WritePaper makes a paper of a case as it was behind an entry (0: the last) and writes it.
// One with what is restricted is, for those who may not know it, not there. What it lacks,
// and which act gives it, is a [casefile.Refusal].
func (g *Guard) WritePaper(ctx context.Context, p auth.Principal, id casefile.ID, name string, format papers.Format, entry int64) (WrittenPaper, error) {
	v, err := g.visible(ctx, p, MakePapers, id)
	if err != nil {
		return WrittenPaper{}, err
	}
	t, err := g.o.Press.Template(name)
	if err != nil {
		return WrittenPaper{}, err
	}
	src, err := g.paperSource(ctx, v, entry)
	if err != nil {
		return WrittenPaper{}, err
	}
	if !t.For(src.Definition) || t.Level == casefile.LevelRestricted && !v.cleared {
		return WrittenPaper{}, notFound("paper", name)
	}
	out := WrittenPaper{Format: format}
	if out.Paper, err = papers.Make(t, src); err == nil {
		out.Content, err = g.o.Press.Write(out.Paper, format)
	}
	if err != nil {
		return WrittenPaper{}, paperRefused(name, err)
	}
	if format == papers.FormatPDF {
		if out.Fonts, err = g.o.Press.Fonts(); err != nil {
			return WrittenPaper{}, err
		}
	}
	sum := sha256.Sum256(out.Content)
	out.Digest = casefile.Digest(hex.EncodeToString(sum[:]))
	return out, nil
}

// PaperFonts gives the files that PDF is written with, or [papers.FontsMissing].
func (g *Guard) PaperFonts(p auth.Principal) ([]papers.FaceFile, error) {
	if err := Permit(p, MakePapers); err != nil {
		return nil, err
	}
	return g.o.Press.Fonts()
}

// paperRefused says in the words of a refusal why a paper cannot be made.
func paperRefused(name string, err error) error {
	var missing *papers.Missing
	var fonts *papers.FontsMissing
	switch {
	case errors.As(err, &missing):
		return &casefile.Refusal{Code: casefile.RefusedNotPossible, Field: name, Message: missing.Message()}
	case errors.As(err, &fonts):
		return &casefile.Refusal{Code: casefile.RefusedNotPossible, Field: name, Message: fonts.Message()}
	}
	return err
}

// paperSource gives what the papers of a case are made from: all of it, whoever asks; the
// template says who a paper is for. Documents are read as they are filed, and not at all
// once they were removed.
func (g *Guard) paperSource(ctx context.Context, v view, entry int64) (papers.Source, error) {
	if g.o.Press == nil {
		return papers.Source{}, notFound("papers of case", v.c.ID)
	}
	sealed, err := g.o.Cases.Entries(ctx, v.c.ID)
	if err != nil {
		return papers.Source{}, err
	}
	if entry == 0 {
		entry = int64(len(sealed))
	}
	if entry < 1 || entry > int64(len(sealed)) {
		return papers.Source{}, notFound("entry", entry)
	}
	src := papers.Source{Now: v.c, Entries: make([]casefile.Entry, entry)}
	for i := range src.Entries {
		src.Entries[i] = sealed[i].Entry
	}
	src.Organ = func(at time.Time) (string, error) {
		if g.o.Directory == nil { // who has no directory knows nobody
			return string(v.c.Organ), nil
		}
		return g.o.Directory.OrganName(ctx, v.c.Organ, at)
	}
	src.Text = func(digest casefile.Digest) ([]string, error) { return g.textOf(ctx, v, digest) }
	src.Definition, err = g.o.Cases.Definition(ctx, v.c)
	return src, err
}

// textOf gives the paragraphs of a document that is filed in a case. One without text that
// can be read is [casefile.ErrInvalid].
func (g *Guard) textOf(ctx context.Context, v view, digest casefile.Digest) ([]string, error) {
	filed, ok := v.filed(digest)
	if !ok || filed.Withdrawn {
		return nil, notFound("document", digest)
	}
	doc, err := g.o.Documents.Find(ctx, v.c.Organ, digest)
	if err != nil {
		return nil, err
	}
	paper, err := g.paper(v.c.Organ, doc)
	if err != nil {
		return nil, err
	}
	content, err := paper.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	paragraphs, err := documents.Paragraphs(doc.MediaType, content)
	var none *documents.NoText
	if errors.As(err, &none) {
		return nil, fmt.Errorf("document %s: %w: %w", digest, casefile.ErrInvalid, err)
	}
	return paragraphs, err
}
