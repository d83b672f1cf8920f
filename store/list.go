package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

const (
	maxPage     = 200
	defaultPage = 50
	maxQuery    = 100 // characters
)

// bounds are what a question about lists costs at most, whatever the number of
// cases.
type bounds struct {
	window int   // cases that one page goes through where several conditions have to meet
	few    int   // cases that are sorted at once
	count  int64 // how far cases are counted
}

func defaultBounds() bounds { return bounds{window: 2000, few: 500, count: 10_000} }

// The orders of a list.
const (
	SortOpened  = "opened"  // by the instant of the opening; the default
	SortUpdated = "updated" // by the instant of the last entry
)

// Filter narrows a list of cases, and says in which order they come.
type Filter struct {
	Organ       casefile.OrganID // required
	Practice    *bool
	Status      casefile.Status // "" for all, as with the others
	Procedure   string
	Category    string
	Step        string // that is running
	OpenedFrom  legaltime.Date
	OpenedUntil legaltime.Date // that day included
	Query       string         // part of the title
	Sort        string         // SortOpened or SortUpdated; "" means SortOpened
	Ascending   bool           // the oldest first
	After       string         // cursor of the previous page
	Limit       int            // 1 to 200; 0 means 50
}

// Summary is a case in a list.
type Summary struct {
	ID        casefile.ID
	Organ     casefile.OrganID
	Procedure string
	Title     string
	Category  string
	Status    casefile.Status
	End       string
	Practice  bool
	OpenedOn  legaltime.Date
	UpdatedOn legaltime.Date
	Sequence  int64
	Steps     []string // steps that are running
}

const summaryColumns = `
SELECT c.id, c.organ, c.procedure, c.title, c.category, c.status, c.reached_end, c.practice,
       c.opened_on, c.updated_on, c.opened_at, c.updated_at, c.sequence, c.steps`

// List gives one page of the cases of an organ and the cursor of the next page,
// which is empty on the last one. Where conditions seldom meet, a page may hold few
// cases or none and still have a next one.
//
// By the instant of opening a case keeps its place: whoever turns the pages sees
// every case that was there all the time, once. By the last entry a case moves when
// something is recorded: those that stay as they are come once; of the others, the
// ascending order may show one again, and loses none; the descending order may
// leave one out that moved to the front, where a new reading finds it.
//
// A filter that is not well formed wraps [casefile.ErrInvalid].
func (s *Store) List(ctx context.Context, f Filter) (cases []Summary, next string, err error) {
	f, err = f.checked()
	if err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	after, err := parseCursor(f.After, f.Sort, f.Ascending)
	if err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	w, err := s.walk(ctx, f)
	if err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	ctx = s.dialect.planned(ctx) // how common a word is decides how its cases are found best
	last, err := s.boundary(ctx, w, after, s.bounds.window)
	if err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	q := w.page(after, last, f.Limit+1)
	var rows []caseRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(q.text), q.args...); err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	switch {
	case len(rows) > f.Limit:
		rows = rows[:f.Limit]
		next = f.place(rows[f.Limit-1]).String()
	case last.set:
		next = last.String()
	}
	cases = make([]Summary, len(rows))
	for i, row := range rows {
		if cases[i], err = row.summary(); err != nil {
			return nil, "", fmt.Errorf("list cases: case %s: %w", row.ID, err)
		}
	}
	return cases, next, nil
}

// maxFollowing bounds how many cases that follow one are listed: a clean-up of five
// hundred documents opens one for each.
const maxFollowing = 500

// Following gives the cases of an organ that follow a case, in the order of their
// opening; at most 500.
func (s *Store) Following(ctx context.Context, organ casefile.OrganID, id casefile.ID) ([]Summary, error) {
	var rows []caseRow
	query := summaryColumns + ` FROM cases c WHERE c.follows = ? AND c.follows <> '' AND c.organ = ? ORDER BY c.opened_at, c.id LIMIT ?`
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), id, organ, maxFollowing); err != nil {
		return nil, fmt.Errorf("cases that follow %s: %w", id, err)
	}
	out := make([]Summary, len(rows))
	for i, row := range rows {
		var err error
		if out[i], err = row.summary(); err != nil {
			return nil, fmt.Errorf("cases that follow %s: case %s: %w", id, row.ID, err)
		}
	}
	return out, nil
}

// Count gives how many cases a filter finds; order, cursor and limit do not
// matter. Counting ends at 10,000: where it did not come to the end, whole is false
// and there are at least as many.
func (s *Store) Count(ctx context.Context, f Filter) (n int64, whole bool, err error) {
	f.Sort, f.Ascending, f.After = SortOpened, false, ""
	if f, err = f.checked(); err != nil {
		return 0, false, fmt.Errorf("count cases: %w", err)
	}
	w, err := s.walk(ctx, f)
	if err != nil {
		return 0, false, fmt.Errorf("count cases: %w", err)
	}
	ctx = s.dialect.planned(ctx)
	last, err := s.boundary(ctx, w, cursor{}, int(s.bounds.count))
	if err != nil {
		return 0, false, fmt.Errorf("count cases: %w", err)
	}
	q := w.count(last, s.bounds.count+1)
	if err := s.read.GetContext(ctx, &n, s.read.Rebind(q.text), q.args...); err != nil {
		return 0, false, fmt.Errorf("count cases: %w", err)
	}
	return min(n, s.bounds.count), !last.set && n <= s.bounds.count, nil
}

// checked gives the filter with what was left out filled in.
func (f Filter) checked() (Filter, error) {
	if f.Limit == 0 {
		f.Limit = defaultPage
	}
	if f.Sort == "" {
		f.Sort = SortOpened
	}
	switch {
	case f.Organ == "":
		return f, fmt.Errorf("no organ named: %w", casefile.ErrInvalid)
	case f.Limit < 1 || f.Limit > maxPage:
		return f, fmt.Errorf("limit %d: want 1 to %d: %w", f.Limit, maxPage, casefile.ErrInvalid)
	case f.Sort != SortOpened && f.Sort != SortUpdated:
		return f, fmt.Errorf("sort %.80q: want %s or %s: %w", f.Sort, SortOpened, SortUpdated, casefile.ErrInvalid)
	case utf8.RuneCountInString(f.Query) > maxQuery:
		return f, fmt.Errorf("query: want at most %d characters: %w", maxQuery, casefile.ErrInvalid)
	}
	for _, text := range []string{f.Query, f.Procedure, f.Category, f.Step, string(f.Status)} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return f, fmt.Errorf("a value holds a damaged character: %w", casefile.ErrInvalid)
		}
	}
	f.Query = folded(strings.TrimSpace(f.Query))
	return f, nil
}

func (r caseRow) summary() (Summary, error) {
	out := Summary{
		ID: r.ID, Organ: r.Organ, Procedure: r.Procedure, Title: r.Title, Category: r.Category,
		Status: r.Status, End: r.ReachedEnd, Practice: r.Practice != 0, Sequence: r.Sequence,
	}
	if err := out.OpenedOn.UnmarshalText([]byte(r.OpenedOn)); err != nil {
		return Summary{}, fmt.Errorf("opened on: %w", err)
	}
	if err := out.UpdatedOn.UnmarshalText([]byte(r.UpdatedOn)); err != nil {
		return Summary{}, fmt.Errorf("updated on: %w", err)
	}
	if err := json.Unmarshal([]byte(r.Steps), &out.Steps); err != nil {
		return Summary{}, fmt.Errorf("steps: %w", err)
	}
	return out, nil
}
