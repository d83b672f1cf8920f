package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Task is a task in a list, with what its case says of it.
type Task struct {
	casefile.Task
	ID         string // stays the same while the step runs
	Case       casefile.ID
	Organ      casefile.OrganID
	Matter     string // title of the case
	Practice   bool
	Today      legaltime.Date  // on the clock of a practice case; zero for others
	Definition casefile.Digest // pinned to the case
	Calendar   casefile.Digest // pinned to the case
}

// noDue stands for no due date, behind every real one.
const noDue = "9999-12-31"

type taskRow struct {
	ID          string            `db:"id"`
	Organ       casefile.OrganID  `db:"organ"`
	CaseID      casefile.ID       `db:"case_id"`
	Step        string            `db:"step"`
	Round       int               `db:"round"`
	Role        casefile.Role     `db:"role"`
	Person      casefile.PersonID `db:"person"`
	Unit        string            `db:"unit"`
	Title       string            `db:"title"`
	StepZH      string            `db:"step_zh"`
	StepEN      string            `db:"step_en"`
	SinceOn     string            `db:"since_on"`
	DueOn       string            `db:"due_on"`
	Provisional int               `db:"provisional"`
	Deadline    string            `db:"deadline"`
	Breached    int               `db:"breached"`
	Practice    int               `db:"practice"`
	Clock       string            `db:"clock"`
	Definition  casefile.Digest   `db:"definition"`
	Calendar    casefile.Digest   `db:"calendar"`
}

const deleteTasks = `
DELETE FROM tasks
WHERE       case_id = ?`

const insertTasks = `
INSERT INTO tasks (id,  organ,  case_id,  step,  round,  role,  person,  unit,  title,  step_zh,  step_en,  since_on,
                   due_on,  provisional,  deadline,  breached,  practice,  clock,  definition,  calendar)
VALUES            (:id, :organ, :case_id, :step, :round, :role, :person, :unit, :title, :step_zh, :step_en, :since_on,
                   :due_on, :provisional, :deadline, :breached, :practice, :clock, :definition, :calendar)`

// saveTasks puts the tasks of a case in the place of those before.
func saveTasks(ctx context.Context, tx *sqlx.Tx, c casefile.Case, tasks []casefile.Task) error {
	if _, err := tx.ExecContext(ctx, tx.Rebind(deleteTasks), c.ID); err != nil {
		return fmt.Errorf("clear tasks: %w", err)
	}
	if len(tasks) == 0 {
		return nil
	}
	rows := make([]taskRow, len(tasks))
	for i, t := range tasks {
		rows[i] = toTaskRow(c, t)
	}
	if _, err := tx.NamedExecContext(ctx, insertTasks, rows); err != nil {
		return fmt.Errorf("save tasks: %w", err)
	}
	return nil
}

func toTaskRow(c casefile.Case, t casefile.Task) taskRow {
	row := taskRow{
		ID:    taskID(c.ID, t.Step, string(t.Role), string(t.Person)),
		Organ: c.Organ, CaseID: c.ID, Step: t.Step, Round: t.Round, Role: t.Role, Person: t.Person, Unit: t.Unit,
		Title: c.Matter.Title, StepZH: t.Title.ZH, StepEN: t.Title.EN, SinceOn: t.Since.String(), DueOn: noDue,
		Deadline: t.Deadline, Definition: c.Pinned.Definition, Calendar: c.Pinned.Calendar,
	}
	if !t.Due.IsZero() {
		row.DueOn = t.Due.String()
	}
	if t.Provisional {
		row.Provisional = 1
	}
	if t.Breached {
		row.Breached = 1
	}
	if c.Practice {
		row.Practice, row.Clock = 1, c.Today.String()
	}
	return row
}

// taskID names a task so that every database orders the names alike.
func taskID(id casefile.ID, parts ...string) string {
	sum := sha256.Sum256([]byte(string(id) + "\x00" + strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

func (r taskRow) task() (Task, error) {
	t := Task{
		Task: casefile.Task{
			Step: r.Step, Round: r.Round, Role: r.Role, Person: r.Person, Unit: r.Unit,
			Title: casefile.Text{ZH: r.StepZH, EN: r.StepEN}, Provisional: r.Provisional != 0, Deadline: r.Deadline, Breached: r.Breached != 0,
		},
		ID: r.ID, Case: r.CaseID, Organ: r.Organ, Matter: r.Title, Practice: r.Practice != 0,
		Definition: r.Definition, Calendar: r.Calendar,
	}
	for _, d := range []struct {
		text string
		into *legaltime.Date
	}{{r.SinceOn, &t.Since}, {r.DueOn, &t.Due}, {r.Clock, &t.Today}} {
		if d.text == "" || d.text == noDue {
			continue
		}
		if err := d.into.UnmarshalText([]byte(d.text)); err != nil {
			return Task{}, fmt.Errorf("task %s of case %s: %w", r.Step, r.CaseID, err)
		}
	}
	return t, nil
}

const tasksOfCase = `
SELECT   *
FROM     tasks
WHERE    case_id = ?
ORDER BY due_on, since_on, id`

// TasksOf gives the tasks of one case.
func (s *Store) TasksOf(ctx context.Context, id casefile.ID) ([]Task, error) {
	var rows []taskRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(tasksOfCase), id); err != nil {
		return nil, fmt.Errorf("tasks of case %s: %w", id, err)
	}
	return toTasks(rows)
}

func toTasks(rows []taskRow) ([]Task, error) {
	out := make([]Task, len(rows))
	for i, row := range rows {
		var err error
		if out[i], err = row.task(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
