package store

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Desk is a place where tasks lie: those of a role for whoever holds it when
// Person is empty, else those for this one person in the role. It is an alias, so
// that the package that says who sees which desk can name the same type.
type Desk = struct {
	Role   casefile.Role
	Person casefile.PersonID
}

// TaskFilter narrows a list of tasks.
type TaskFilter struct {
	Organ    casefile.OrganID // required
	All      bool             // every desk of the organ; else only Desks
	Desks    []Desk
	Units    []string // of tasks for nobody in particular; nil: every unit
	Practice *bool
	Role     casefile.Role     // "" for all
	Person   casefile.PersonID // "" for all; else the tasks for this one person
	After    string            // cursor of the page before
	Limit    int               // 1 to 200; 0 means 50
}

// maxDesks bounds the desks of one list.
const maxDesks = 400

// The three ways in which tasks are found, each along its own index.
const (
	tasksByDue  = `organ = ? AND practice = ?`
	tasksByDesk = `organ = ? AND practice = ? AND role = ? AND person = ?`
	tasksByUnit = `organ = ? AND practice = ? AND role = ? AND person = ? AND unit = ?`
)

const taskPage = `
SELECT   *
FROM     tasks
WHERE    %s
  AND    (due_on, since_on, id) > (?, ?, ?)
ORDER BY due_on, since_on, id
LIMIT    ?`

// scan is one walk along an index: what has to hold, but for where it begins.
type scan struct {
	where string
	args  []any
}

// Tasks gives one page of tasks, what is due first on top and what has no due date
// last, and the cursor of the next page, which is empty on the last one. A task that
// comes or goes while somebody turns the pages moves no other. A filter that is not
// well formed wraps [casefile.ErrInvalid].
func (s *Store) Tasks(ctx context.Context, f TaskFilter) (tasks []Task, next string, err error) {
	limit, after, err := f.page()
	if err != nil {
		return nil, "", fmt.Errorf("list tasks: %w", err)
	}
	var rows []taskRow
	for _, sc := range f.scans() {
		var found []taskRow
		args := append(slices.Clone(sc.args), after.due, after.since, after.id, limit+1)
		if err := s.read.SelectContext(ctx, &found, s.read.Rebind(fmt.Sprintf(taskPage, sc.where)), args...); err != nil {
			return nil, "", fmt.Errorf("list tasks: %w", err)
		}
		rows = append(rows, found...)
	}
	slices.SortFunc(rows, func(a, b taskRow) int {
		return cmp.Or(strings.Compare(a.DueOn, b.DueOn), strings.Compare(a.SinceOn, b.SinceOn), strings.Compare(a.ID, b.ID))
	})
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		next = taskCursor{due: last.DueOn, since: last.SinceOn, id: last.ID}.String()
	}
	tasks, err = toTasks(rows)
	return tasks, next, err
}

// TaskCounts says how many tasks there are, how many of them are late on a day, and
// how many have no due date. None is counted further than [MaxCounted].
type TaskCounts struct {
	All, Late, Undated int64
}

// MaxCounted is how far tasks are counted: past it, nobody reads the number, and
// counting would take as long as there are tasks.
const MaxCounted = 10_000

const (
	// countTasks counts a walk in one go, no further than it is asked to.
	countTasks = `
SELECT COUNT(*) AS total,
       COALESCE(SUM(CASE WHEN due_on < ? THEN 1 ELSE 0 END), 0) AS late,
       COALESCE(SUM(CASE WHEN due_on = '` + noDue + `' THEN 1 ELSE 0 END), 0) AS undated
FROM   (SELECT due_on
        FROM   tasks
        WHERE  %s
        LIMIT  ?) AS counted`

	// countBetween counts between two due dates.
	countBetween = `
SELECT COUNT(*)
FROM   (SELECT 1
        FROM   tasks
        WHERE  %s
          AND  due_on >= ? AND due_on < ?
        LIMIT  ?) AS counted`
)

// CountTasks counts the tasks of a filter; today is the day on which they are late.
func (s *Store) CountTasks(ctx context.Context, f TaskFilter, today legaltime.Date) (TaskCounts, error) {
	if _, _, err := f.page(); err != nil {
		return TaskCounts{}, fmt.Errorf("count tasks: %w", err)
	}
	var sum TaskCounts
	for _, sc := range f.scans() {
		if err := s.countAll(ctx, sc, today.String(), &sum); err != nil {
			return TaskCounts{}, fmt.Errorf("count tasks: %w", err)
		}
		if sum.All >= MaxCounted { // what is late and what has no due date is then counted by itself
			return s.countParts(ctx, f, today.String())
		}
	}
	return sum, nil
}

// countAll adds one walk to the counts, no further than [MaxCounted].
func (s *Store) countAll(ctx context.Context, sc scan, today string, sum *TaskCounts) error {
	var n struct {
		Total   int64 `db:"total"`
		Late    int64 `db:"late"`
		Undated int64 `db:"undated"`
	}
	args := append(append([]any{today}, sc.args...), MaxCounted-sum.All)
	if err := s.read.GetContext(ctx, &n, s.read.Rebind(fmt.Sprintf(countTasks, sc.where)), args...); err != nil {
		return err
	}
	sum.All, sum.Late, sum.Undated = sum.All+n.Total, sum.Late+n.Late, sum.Undated+n.Undated
	return nil
}

func (s *Store) countParts(ctx context.Context, f TaskFilter, today string) (TaskCounts, error) {
	sum := TaskCounts{All: MaxCounted}
	for _, part := range []struct {
		from, to string
		into     *int64
	}{{"", today, &sum.Late}, {noDue, "9999-12-32", &sum.Undated}} {
		for _, sc := range f.scans() {
			if *part.into >= MaxCounted {
				break
			}
			var n int64
			args := append(slices.Clone(sc.args), part.from, part.to, MaxCounted-*part.into)
			if err := s.read.GetContext(ctx, &n, s.read.Rebind(fmt.Sprintf(countBetween, sc.where)), args...); err != nil {
				return TaskCounts{}, fmt.Errorf("count tasks: %w", err)
			}
			*part.into += n
		}
	}
	return sum, nil
}

// scans gives the walks that together find every task of the filter once.
func (f TaskFilter) scans() []scan {
	var out []scan
	for _, practice := range []int{0, 1} {
		if f.Practice != nil && *f.Practice != (practice == 1) {
			continue
		}
		if f.All {
			out = append(out, f.everywhere(practice)...)
			continue
		}
		for i, d := range f.Desks {
			twice := slices.Index(f.Desks, d) != i
			if twice || f.Role != "" && d.Role != f.Role || f.Person != "" && d.Person != f.Person {
				continue
			}
			out = append(out, f.at(practice, d)...)
		}
	}
	return out
}

func (f TaskFilter) everywhere(practice int) []scan {
	all := scan{tasksByDue, []any{f.Organ, practice}}
	if f.Role != "" {
		all = scan{all.where + " AND role = ?", append(all.args, f.Role)}
	}
	if f.Person != "" {
		all = scan{all.where + " AND person = ?", append(all.args, f.Person)}
	}
	if f.Units == nil {
		return []scan{all}
	}
	var out []scan
	for _, u := range f.Units {
		out = append(out, scan{all.where + " AND unit = ?", append(slices.Clone(all.args), u)})
	}
	return out
}

func (f TaskFilter) at(practice int, d Desk) []scan {
	args := []any{f.Organ, practice, d.Role, d.Person}
	if d.Person != "" || f.Units == nil {
		return []scan{{tasksByDesk, args}}
	}
	var out []scan
	for _, u := range f.Units {
		out = append(out, scan{tasksByUnit, append(slices.Clone(args), u)})
	}
	return out
}

func (f TaskFilter) page() (limit int, after taskCursor, err error) {
	limit = f.Limit
	if limit == 0 {
		limit = defaultPage
	}
	tooLong := func(u string) bool { return len(u) > maxUnit }
	switch {
	case f.Organ == "":
		return 0, after, fmt.Errorf("no organ named: %w", casefile.ErrInvalid)
	case limit < 1 || limit > maxPage:
		return 0, after, fmt.Errorf("limit %d: want 1 to %d: %w", f.Limit, maxPage, casefile.ErrInvalid)
	case len(f.Desks) > maxDesks:
		return 0, after, fmt.Errorf("%d desks, more than %d: %w", len(f.Desks), maxDesks, casefile.ErrInvalid)
	case len(f.Units) > 3 || slices.ContainsFunc(f.Units, tooLong):
		return 0, after, fmt.Errorf("units: want at most 3 names: %w", casefile.ErrInvalid)
	}
	after, err = parseTaskCursor(f.After)
	return limit, after, err
}

// maxUnit bounds the name of a unit, in bytes.
const maxUnit = 400

// taskCursor is the place of the last task of a page in the list.
type taskCursor struct{ due, since, id string }

// String gives the cursor for callers, to whom it means nothing.
func (c taskCursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(c.due + " " + c.since + " " + c.id))
}

var taskCursorForm = regexp.MustCompile(`^(\d{4}-\d\d-\d\d) (\d{4}-\d\d-\d\d) ([0-9a-f]{32})$`)

// parseTaskCursor reads a cursor; the empty one stands before the first task.
func parseTaskCursor(text string) (taskCursor, error) {
	if text == "" {
		return taskCursor{}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	m := taskCursorForm.FindStringSubmatch(string(b))
	if err != nil || m == nil {
		return taskCursor{}, fmt.Errorf("cursor %.80q is none that was given out: %w", text, casefile.ErrInvalid)
	}
	return taskCursor{due: m[1], since: m[2], id: m[3]}, nil
}
