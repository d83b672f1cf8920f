package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
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

// Filter narrows a list of cases.
type Filter struct {
	Organ    casefile.OrganID // required
	Practice *bool
	Status   casefile.Status // "" for all
	Query    string          // part of the title
	After    string          // cursor of the previous page
	Limit    int             // 1 to 200; 0 means 50
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

const listCases = `
SELECT   id, organ, procedure, title, category, status, reached_end, practice,
         opened_on, updated_on, opened_at, sequence, steps
FROM     cases
WHERE    organ = ?
  AND    (opened_at, id) < (?, ?)
  AND    practice BETWEEN ? AND ?
  AND    (? = '' OR status = ?)
  AND    title_folded LIKE ? ESCAPE '!'
ORDER BY opened_at DESC, id DESC
LIMIT    ?`

// List gives one page of the cases of an organ, the last opened first, and the
// cursor of the next page, which is empty on the last one. A case that is opened
// while somebody turns the pages moves no other. A filter that is not well
// formed wraps [casefile.ErrInvalid].
func (s *Store) List(ctx context.Context, f Filter) (cases []Summary, next string, err error) {
	args, limit, err := f.arguments()
	if err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	var rows []caseRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(listCases), args...); err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		next = cursor{openedAt: last.OpenedAt, id: last.ID}.String()
	}
	cases = make([]Summary, len(rows))
	for i, row := range rows {
		if cases[i], err = row.summary(); err != nil {
			return nil, "", fmt.Errorf("list cases: case %s: %w", row.ID, err)
		}
	}
	return cases, next, nil
}

// arguments gives the arguments of listCases and the length of the page. One
// row more is asked for, to know whether there is a next page.
func (f Filter) arguments() (args []any, limit int, err error) {
	limit = f.Limit
	if limit == 0 {
		limit = defaultPage
	}
	switch {
	case f.Organ == "":
		return nil, 0, fmt.Errorf("no organ named: %w", casefile.ErrInvalid)
	case limit < 1 || limit > maxPage:
		return nil, 0, fmt.Errorf("limit %d: want 1 to %d: %w", f.Limit, maxPage, casefile.ErrInvalid)
	case !utf8.ValidString(f.Query) || utf8.RuneCountInString(f.Query) > maxQuery || strings.ContainsRune(f.Query, 0):
		return nil, 0, fmt.Errorf("query: want at most %d characters: %w", maxQuery, casefile.ErrInvalid)
	}
	after, err := parseCursor(f.After)
	if err != nil {
		return nil, 0, err
	}
	least, most := 0, 1
	if f.Practice != nil && *f.Practice {
		least = 1
	}
	if f.Practice != nil && !*f.Practice {
		most = 0
	}
	return []any{
		f.Organ, after.openedAt, after.id, least, most, f.Status, f.Status, likePattern(f.Query), limit + 1,
	}, limit, nil
}

// likePattern matches titles that contain the query, taken literally.
func likePattern(query string) string {
	escape := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
	return "%" + escape.Replace(strings.ToLower(strings.TrimSpace(query))) + "%"
}

// cursor is the place of the last case of a page in the list.
type cursor struct {
	openedAt int64
	id       casefile.ID
}

// String gives the cursor for callers, to whom it means nothing.
func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.openedAt, 10) + " " + string(c.id)))
}

// parseCursor reads a cursor; the empty one stands before the first case.
func parseCursor(text string) (cursor, error) {
	if text == "" {
		return cursor{openedAt: math.MaxInt64}, nil
	}
	bad := fmt.Errorf("cursor %.80q is none that was given out: %w", text, casefile.ErrInvalid)
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return cursor{}, bad
	}
	at, id, ok := strings.Cut(string(b), " ")
	openedAt, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || !plain(id) {
		return cursor{}, bad
	}
	return cursor{openedAt: openedAt, id: casefile.ID(id)}, nil
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
