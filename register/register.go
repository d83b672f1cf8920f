package register

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Filter narrows the list of documents.
type Filter struct {
	Organ casefile.OrganID // empty: all
	Query string           // part of the title or the number
	// Practice asks for what practice cases (演练) have entered, and for nothing else.
	Practice bool
	State    State          // empty: all
	On       legaltime.Date // the day for which the register is asked
	After    string         // cursor
	Limit    int            // 1 to 200
}

// Listed is a document with how it stands on the day that was asked for.
type Listed struct {
	Document
	Standing Standing
}

// Store keeps the changes. It gives what the public may know of: documents of real
// cases, without those that were taken away from the public.
type Store interface {
	// Documents gives one page of documents, the last published first, and the cursor
	// of the next one. State and On are not looked at.
	Documents(ctx context.Context, f Filter) (list []Document, next string, err error)
	// Document gives a document, or [casefile.ErrNotFound].
	Document(ctx context.Context, organ casefile.OrganID, number string) (Document, error)
	// DocumentOrgans gives the organs that have documents, sorted.
	DocumentOrgans(ctx context.Context) ([]casefile.OrganID, error)
}

// batch is how many documents are looked at at once, and batches how often for one
// page: where few are in the state that is asked for, a page may have fewer rows than
// its limit and still not be the last.
const (
	batch   = 200
	batches = 25
)

// List gives one page of the documents that are known on the day, and the cursor of the
// next one.
func List(ctx context.Context, s Store, f Filter) (out []Listed, next string, err error) {
	limit, from := max(1, min(f.Limit, batch)), f
	for range batches {
		from.Limit = batch
		if f.State == "" {
			from.Limit = limit - len(out)
		}
		var list []Document
		if list, next, err = s.Documents(ctx, from); err != nil {
			return nil, "", err
		}
		for i, d := range list {
			standing, ok := d.At(f.On)
			if !ok || f.State != "" && !standing.Is(f.State) {
				continue
			}
			if out = append(out, Listed{Document: d, Standing: standing}); len(out) == limit && i < len(list)-1 {
				return out, Cursor(d), nil
			}
		}
		if from.After = next; next == "" || len(out) == limit {
			break
		}
	}
	return out, next, nil
}

// Place is where a document stands in the list.
type Place struct {
	Published string // the day of publication; empty for one of before the register
	Organ     casefile.OrganID
	Number    string
}

// Cursor gives the cursor of the documents behind one.
func Cursor(d Document) string {
	p := Place{Organ: d.Organ, Number: d.Number}
	if c, ok := d.Published(); ok {
		p.Published = PublishedOn(c.DocumentChange).String()
	}
	text, _ := json.Marshal([]string{p.Published, string(p.Organ), p.Number}) // strings always have a form in JSON
	return base64.RawURLEncoding.EncodeToString(text)
}

// ParseCursor reads a cursor. One that was not given out is [casefile.ErrInvalid].
func ParseCursor(text string) (Place, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	var parts []string
	if err == nil {
		err = json.Unmarshal(raw, &parts)
	}
	if err != nil || len(parts) != 3 || slices.ContainsFunc(parts, func(p string) bool { return strings.ContainsRune(p, 0) }) {
		return Place{}, fmt.Errorf("cursor %.80q is none that was given out: %w", text, casefile.ErrInvalid)
	}
	return Place{Published: parts[0], Organ: casefile.OrganID(parts[1]), Number: parts[2]}, nil
}
