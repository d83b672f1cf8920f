package store

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// cursor is the place of a case in a list of one order.
type cursor struct {
	sort      string
	ascending bool
	at        int64
	id        casefile.ID
	set       bool // false: before the first case, or behind the last
}

// place gives the place of a case in the list.
func (f Filter) place(row caseRow) cursor {
	c := cursor{sort: f.Sort, ascending: f.Ascending, at: row.OpenedAt, id: row.ID, set: true}
	if f.Sort == SortUpdated {
		c.at = row.UpdatedAt
	}
	return c
}

func direction(ascending bool) string {
	if ascending {
		return "asc"
	}
	return "desc"
}

// String gives the cursor for callers, to whom it means nothing.
func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(
		[]string{c.sort, direction(c.ascending), strconv.FormatInt(c.at, 10), string(c.id)}, " ")))
}

// parseCursor reads a cursor of a list of this order; the empty one stands before
// the first case.
func parseCursor(text, sort string, ascending bool) (cursor, error) {
	if text == "" {
		return cursor{}, nil
	}
	bad := fmt.Errorf("cursor %.80q is none that was given out for this order: %w", text, casefile.ErrInvalid)
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return cursor{}, bad
	}
	parts := strings.SplitN(string(b), " ", 4)
	if len(parts) != 4 || parts[0] != sort || parts[1] != direction(ascending) || !plain(parts[3]) {
		return cursor{}, bad
	}
	at, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return cursor{}, bad
	}
	return cursor{sort: sort, ascending: ascending, at: at, id: casefile.ID(parts[3]), set: true}, nil
}
