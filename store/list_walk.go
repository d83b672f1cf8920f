package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// query is a statement on its way, with its arguments.
type query struct {
	text string
	args []any
}

func (q *query) add(text string, args ...any) {
	q.text += text
	q.args = append(q.args, args...)
}

// walk is a way through the cases that a filter may find, in the order of the
// list: from an index, by the rarest of the terms where there are any. The tables
// are joined by CROSS JOIN, so that no database turns them round.
type walk struct {
	from      query  // the tables, and what leads to their rows
	lead      query  // the same without the cases where the index says it all; for boundaries
	at, id    string // what orders them
	sort      string
	ascending bool
	rest      []query // what cases have to meet besides
	sorted    bool    // all that lead finds is few, and sorted at once
	exact     bool    // whatever lead finds meets the filter
}

// walk chooses the way.
func (s *Store) walk(ctx context.Context, f Filter) (walk, error) {
	all := query{" FROM cases c WHERE c.organ = ?", []any{f.Organ}}
	w := walk{from: all, lead: all, at: "c.opened_at", id: "c.id", sort: f.Sort, ascending: f.Ascending, rest: f.conditions()}
	w.exact = len(w.rest) == 0
	if f.Sort == SortUpdated {
		w.at = "c.updated_at"
	}
	terms := f.terms()
	if len(terms) > 0 {
		rarest, n, err := s.rarest(ctx, terms)
		if err != nil {
			return walk{}, err
		}
		if n <= s.bounds.few || f.Sort == SortOpened {
			w.by(rarest)
			if n <= s.bounds.few {
				w.byFew(rarest, s.bounds.few)
			}
			w.exact = len(w.rest) == 1 && utf8.RuneCountInString(f.Query) <= longestGram
			w.rest = append(w.rest, query{"c.organ = ?", []any{f.Organ}})
			w.between(f)
			return w, nil
		}
	}
	w.between(f)
	return w, s.byDates(ctx, f, &w)
}

// between leads the walk to the instants of the dates of opening. The dates of
// practice are on a clock of its own, so it is for real cases alone.
func (w *walk) between(f Filter) {
	if w.sort != SortOpened || f.Practice == nil || *f.Practice {
		return
	}
	bound := func(sign string, day legaltime.Date) {
		at := day.Start(legaltime.China).UnixMilli()
		w.from.add(" AND "+w.at+" "+sign+" ?", at)
		w.lead.add(" AND "+w.at+" "+sign+" ?", at)
	}
	if !f.OpenedFrom.IsZero() {
		bound(">=", f.OpenedFrom.AddDays(-1))
	}
	if !f.OpenedUntil.IsZero() {
		bound("<", f.OpenedUntil.AddDays(2))
	}
}

// by leads the walk by a term.
func (w *walk) by(term int64) {
	w.from = query{" FROM case_terms t CROSS JOIN cases c WHERE c.id = t.case_id AND t.term = ?", []any{term}}
	w.lead = query{" FROM case_terms t WHERE t.term = ?", []any{term}}
	if w.sort == SortOpened {
		w.at, w.id = "t.opened_at", "t.case_id"
	}
}

// byFew leads the walk by a term that few cases have, whatever a database thinks of
// how many those are: the limit tells it, and leaves room for those that came since
// they were counted.
func (w *walk) byFew(term int64, few int) {
	w.from = query{" FROM (SELECT case_id, opened_at FROM case_terms WHERE term = ? LIMIT ?) AS t CROSS JOIN cases c WHERE c.id = t.case_id",
		[]any{term, roomFor(few)}}
	w.sorted = true
}

func roomFor(few int) int { return 2*few + 100 }

// byDates leads the walk by the dates of opening when they leave few cases.
func (s *Store) byDates(ctx context.Context, f Filter, w *walk) error {
	if f.OpenedFrom.IsZero() && f.OpenedUntil.IsZero() {
		return nil
	}
	from, until := f.dates()
	inner := "SELECT id FROM cases WHERE organ = ? AND opened_on BETWEEN ? AND ? LIMIT ?"
	var n int
	if err := s.read.GetContext(ctx, &n, s.read.Rebind("SELECT COUNT(*) FROM ("+inner+") AS d"), f.Organ, from, until, s.bounds.few+1); err != nil {
		return err
	}
	if n <= s.bounds.few {
		w.from = query{" FROM (" + inner + ") AS d CROSS JOIN cases c WHERE c.id = d.id", []any{f.Organ, from, until, roomFor(s.bounds.few)}}
		w.sorted = true
	}
	return nil
}

// dates gives the bounds of opened_on; what is open ends before, or after, every date.
func (f Filter) dates() (from, until string) {
	from, until = f.OpenedFrom.String(), f.OpenedUntil.String()
	if f.OpenedUntil.IsZero() {
		until = "9999-12-31"
	}
	return from, until
}

// conditions gives what a case has to meet, by its own columns.
func (f Filter) conditions() []query {
	var out []query
	add := func(text string, args ...any) { out = append(out, query{text, args}) }
	if f.Practice != nil {
		practice := 0
		if *f.Practice {
			practice = 1
		}
		add("c.practice = ?", practice)
	}
	if f.Status != "" {
		add("c.status = ?", f.Status)
	}
	if f.Procedure != "" {
		add("c.procedure = ?", f.Procedure)
	}
	if f.Category != "" {
		add("c.category = ?", f.Category)
	}
	if f.Step != "" {
		quoted, _ := json.Marshal(f.Step) // a valid string always encodes
		add("c.steps LIKE ? ESCAPE '!'", likePattern(string(quoted)))
	}
	if !f.OpenedFrom.IsZero() || !f.OpenedUntil.IsZero() {
		from, until := f.dates()
		add("c.opened_on BETWEEN ? AND ?", from, until)
	}
	if f.Query != "" {
		add("c.title_folded LIKE ? ESCAPE '!'", likePattern(f.Query))
	}
	return out
}

// likePattern matches text that contains the part, taken literally.
func likePattern(part string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(part) + "%"
}

// maxGrams is how many grams of a query are weighed at most.
const maxGrams = 12

// terms gives the terms that every case found has.
func (f Filter) terms() []int64 {
	var out []int64
	add := func(kind, value string) {
		if value != "" {
			out = append(out, term(f.Organ, kind, value))
		}
	}
	if f.Practice != nil {
		add(termPractice, strconv.FormatBool(*f.Practice))
	}
	add(termStatus, string(f.Status))
	add(termProcedure, f.Procedure)
	add(termCategory, f.Category)
	add(termStep, f.Step)
	// A number at the edge of what is sought may be part of a longer one.
	for _, number := range numbersIn(strings.Trim(f.Query, "0123456789")) {
		add(termNumber, number)
	}
	for i, gram := range grams(f.Query, min(longestGram, utf8.RuneCountInString(f.Query))) {
		if i < maxGrams && f.Query != "" {
			add(termGram, gram)
		}
	}
	return out
}

// rarest gives the term that the fewest cases have, and how many, counted to one
// more than few.
func (s *Store) rarest(ctx context.Context, terms []int64) (term int64, n int, err error) {
	var q query
	for i, t := range terms {
		if i > 0 {
			q.add(" UNION ALL ")
		}
		q.add("SELECT COUNT(*) FROM (SELECT 1 FROM case_terms WHERE term = ? LIMIT ?) AS t"+strconv.Itoa(i), t, s.bounds.few+1)
	}
	var counts []int
	if err := s.read.SelectContext(ctx, &counts, s.read.Rebind(q.text), q.args...); err != nil {
		return 0, 0, err
	}
	if len(counts) != len(terms) {
		return 0, 0, fmt.Errorf("%d counts of %d terms", len(counts), len(terms))
	}
	best := 0
	for i := range counts {
		if counts[i] < counts[best] {
			best = i
		}
	}
	return terms[best], counts[best], nil
}

// beyond adds that a row lies behind a place of the list.
func (w walk) beyond(q *query, c cursor) {
	if c.set {
		q.add(" AND ("+w.at+", "+w.id+") "+w.sign("<", ">")+" (?, ?)", c.at, c.id)
	}
}

// upTo adds that a row lies before a place or at it. The first condition is for
// the index, which the second one alone would not stop.
func (w walk) upTo(q *query, c cursor) {
	if c.set {
		sign := w.sign(">=", "<=")
		q.add(" AND "+w.at+" "+sign+" ? AND ("+w.at+", "+w.id+") "+sign+" (?, ?)", c.at, c.at, c.id)
	}
}

func (w walk) sign(descending, ascending string) string {
	if w.ascending {
		return ascending
	}
	return descending
}

func (w walk) order() string {
	return " ORDER BY " + w.at + " " + direction(w.ascending) + ", " + w.id + " " + direction(w.ascending)
}

// boundary gives the place of the last case that a page goes through, when what
// leads the walk finds more than the page may cost.
func (s *Store) boundary(ctx context.Context, w walk, after cursor, most int) (cursor, error) {
	if w.exact || w.sorted {
		return cursor{}, nil
	}
	var q query
	q.add("SELECT "+w.at+" AS at, "+w.id+" AS id"+w.lead.text, w.lead.args...)
	w.beyond(&q, after)
	q.add(w.order()+" LIMIT 1 OFFSET ?", most-1)
	var rows []struct {
		At int64       `db:"at"`
		ID casefile.ID `db:"id"`
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(q.text), q.args...); err != nil || len(rows) == 0 {
		return cursor{}, err
	}
	return cursor{sort: w.sort, ascending: w.ascending, at: rows[0].At, id: rows[0].ID, set: true}, nil
}

// matching adds the rows between two places that meet the filter.
func (w walk) matching(q *query, after, last cursor) {
	q.add(w.from.text, w.from.args...)
	for _, condition := range w.rest {
		q.add(" AND "+condition.text, condition.args...)
	}
	w.beyond(q, after)
	w.upTo(q, last)
}

// page gives the statement of one page.
func (w walk) page(after, last cursor, limit int) query {
	q := query{text: summaryColumns}
	w.matching(&q, after, last)
	q.add(w.order()+" LIMIT ?", limit)
	return q
}

// count gives the statement that counts, to a bound.
func (w walk) count(last cursor, most int64) query {
	q := query{text: "SELECT COUNT(*) FROM (SELECT 1 AS one"}
	w.matching(&q, cursor{}, last)
	q.add(" LIMIT ?) AS found", most)
	return q
}
