// Package manycases fills a database with many cases, for benchmarks: copies of the
// rows that recorded cases have left, under ids, titles and dates of their own. The
// copies stand in every list; their record is not copied.
package manycases

import (
	"context"
	"crypto/md5" //nolint:gosec // ids of rows, no secrets
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	_ "github.com/lib/pq"  // the driver that fills PostgreSQL
	_ "modernc.org/sqlite" // the driver that fills the SQLite file
)

// Crowd says which recorded cases of a database are copied, and how often.
type Crowd struct {
	Open     []string // ids of recorded cases that run, at different stages
	Closed   []string // ids of recorded cases that are closed
	Organs   []string // the first is the organ of the recorded cases, and has most copies
	Cases    int
	Until    time.Time // the last case was opened then
	Comments int       // on each consultation of a copy
	// Terms gives the keys under which a store lists a copy of a recorded case, with an
	// organ and a title of its own.
	Terms func(recorded, organ, title string) []int64
}

// Fill adds the copies to a database that a store has made and closed. It is run once,
// and leaves nothing good behind when it fails.
func Fill(ctx context.Context, address string, c Crowd) error {
	path, embedded := strings.CutPrefix(address, "sqlite://")
	driver, name := "postgres", address
	if embedded {
		driver, name = "sqlite", "file:"+path+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-1000000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // that has the temporary table
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	f := filler{Crowd: c, postgres: !embedded, tx: tx, opened: map[string]time.Time{}, titles: map[string]string{}}
	for _, table := range []string{"cases", "tasks", "happenings", "consultations", "publications", "notices", "case_documents"} {
		if err := f.unindexed(ctx, table, func(ctx context.Context) error { return f.copies(ctx, table) }); err != nil {
			return fmt.Errorf("copy %s: %w", table, err)
		}
	}
	if err := f.unindexed(ctx, "comments", f.comments); err != nil {
		return fmt.Errorf("comments: %w", err)
	}
	if err := f.terms(ctx); err != nil {
		return fmt.Errorf("terms: %w", err)
	}
	for _, sum := range sums {
		if _, err := tx.ExecContext(ctx, sum); err != nil {
			return fmt.Errorf("sums: %w", err)
		}
	}
	return tx.Commit()
}

// sums are what a store writes beside the rows that are copied.
var sums = []string{
	`DELETE FROM happening_months`,
	`INSERT INTO happening_months (organ, practice, kind, month, procedure, subject, other, n)
SELECT organ, practice, kind, substr(on_date, 1, 7), procedure, subject, other, COUNT(*)
FROM happenings GROUP BY organ, practice, kind, substr(on_date, 1, 7), procedure, subject, other`,
	`DELETE FROM public_years`,
	`INSERT INTO public_years (organ, year, first_at)
SELECT organ, CAST(substr(on_date, 1, 4) AS BIGINT), MIN(at)
FROM (SELECT organ, opens_on AS on_date, opens_at AS at FROM consultations WHERE shown = 1
UNION ALL SELECT organ, published_on, published_at FROM publications WHERE shown = 1) AS shown_ones
GROUP BY organ, substr(on_date, 1, 4)`,
}

// Settle does what a database does by itself after a while: it comes to know how
// much there is of what.
func Settle(ctx context.Context, address string) error {
	path, embedded := strings.CutPrefix(address, "sqlite://")
	driver, name, how := "postgres", address, "VACUUM ANALYZE"
	if embedded {
		driver, name, how = "sqlite", path, "PRAGMA wal_checkpoint(TRUNCATE)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, how)
	return err
}

// Schema makes a schema of its own on a PostgreSQL server, and gives its address and
// what removes it.
func Schema(ctx context.Context, server string) (address string, drop func(context.Context) error, err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, err
	}
	db, err := sql.Open("postgres", server)
	if err != nil {
		return "", nil, err
	}
	name := "many_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+name); err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String(), func(ctx context.Context) error {
		_, err := db.ExecContext(ctx, "DROP SCHEMA "+name+" CASCADE")
		return errors.Join(err, db.Close())
	}, nil
}

// Database makes a database of its own on a PostgreSQL server, and gives its address and
// what removes it. The role must be one that may make databases.
func Database(ctx context.Context, server string) (address string, drop func(context.Context) error, err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, errors.New("the address of the PostgreSQL is no URL") // the error would repeat its password
	}
	db, err := sql.Open("postgres", server)
	if err != nil {
		return "", nil, err
	}
	name := "many_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	u.Path = "/" + name
	return u.String(), func(ctx context.Context) error {
		_, err := db.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		return errors.Join(err, db.Close())
	}, nil
}

type filler struct {
	Crowd
	postgres bool
	tx       *sql.Tx
	opened   map[string]time.Time // when the recorded cases were opened
	titles   map[string]string    // of the recorded cases
	calls    []call
}

// call is a consultation of a copy.
type call struct {
	id     string
	opened int64
}

// rows are what a recorded case left in a table.
type rows struct {
	columns []string
	values  [][]any
}

func (f *filler) read(ctx context.Context, table, id string) (rows, error) {
	key := "case_id"
	if table == "cases" {
		key = "id"
	}
	found, err := f.tx.QueryContext(ctx, f.bound("SELECT * FROM "+table+" WHERE "+key+" = ?"), id)
	if err != nil {
		return rows{}, err
	}
	defer found.Close()
	var out rows
	if out.columns, err = found.Columns(); err != nil {
		return rows{}, err
	}
	for found.Next() {
		row := make([]any, len(out.columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			return rows{}, err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok { // none of these tables holds bytes
				row[i] = string(b)
			}
		}
		out.values = append(out.values, row)
	}
	return out, found.Err()
}

func (f *filler) copies(ctx context.Context, table string) error {
	of := map[string]rows{}
	var columns []string
	for _, id := range append(f.Open[:len(f.Open):len(f.Open)], f.Closed...) {
		found, err := f.read(ctx, table, id)
		if err != nil {
			return err
		}
		of[id], columns = found, found.columns
		if table == "cases" {
			if len(found.values) == 0 {
				return fmt.Errorf("no case %s", id)
			}
			f.opened[id] = time.UnixMilli(found.values[0][slices.Index(columns, "opened_at")].(int64))
			f.titles[id] = found.values[0][slices.Index(columns, "title")].(string)
		}
	}
	insert, done, err := f.inserting(ctx, table, columns)
	if err != nil {
		return err
	}
	for i := range f.Cases {
		id := f.model(i)
		for _, values := range of[id].values {
			if err := insert(f.copied(table, columns, values, i)); err != nil {
				return err
			}
		}
	}
	return done()
}

// model gives the recorded case that the nth copy is of: six in ten are closed.
func (f *filler) model(n int) string {
	if n%10 < 6 {
		return f.Closed[n/10%len(f.Closed)]
	}
	return f.Open[(n/10*4+n%10-6)%len(f.Open)]
}

// organ of the nth copy: seven in ten are of the first.
func (f *filler) organ(n int) string {
	if n/10%10 < 7 {
		return f.Organs[0]
	}
	return f.Organs[n/10%10%len(f.Organs)]
}

// openedAt is when the nth copy was opened: closed cases within five years, those
// that run within one.
func (f *filler) openedAt(n int) time.Time {
	span := 365 * 24 * time.Hour
	if n%10 < 6 {
		span *= 5
	}
	return f.Until.Add(-span / time.Duration(f.Cases) * time.Duration(f.Cases-1-n))
}

func (f *filler) copied(table string, columns []string, values []any, n int) []any {
	model, id := f.model(n), copyID(n)
	shift := f.openedAt(n).Sub(f.opened[model])
	days := int(shift / (24 * time.Hour))
	out := make([]any, len(values))
	renamed := strings.NewReplacer(model, id, f.Organs[0], f.organ(n))
	for i, v := range values {
		switch text, isText := v.(string); {
		case isText && (strings.HasSuffix(columns[i], "_on") || columns[i] == "on_date"):
			out[i] = shifted(text, days)
		case isText && (columns[i] == "title" || columns[i] == "title_folded"):
			out[i] = copyTitle(text, n)
		case isText && columns[i] == "id" && (table == "tasks" || table == "notices"):
			out[i] = fmt.Sprintf("%x", md5.Sum([]byte(text+id))) //nolint:gosec // see above
		case isText:
			out[i] = renamed.Replace(text)
		case v != nil && strings.HasSuffix(columns[i], "_at"):
			out[i] = v.(int64) + shift.Milliseconds()
		case columns[i] == "listed":
			out[i] = int64(1)
		default:
			out[i] = v
		}
		if table == "consultations" {
			switch columns[i] {
			case "received":
				out[i] = int64(f.Comments)
			case "id":
				f.calls = append(f.calls, call{id: out[i].(string), opened: f.openedAt(n).UnixMilli()})
			}
		}
		if table == "cases" && columns[i] == "state" {
			title := values[slices.Index(columns, "title")].(string)
			out[i] = strings.Replace(out[i].(string), title, copyTitle(title, n), 1)
		}
	}
	return out
}

func copyID(n int) string { return fmt.Sprintf("copy-%07d", n) }

func copyTitle(title string, n int) string { return fmt.Sprintf("%s第%07d号", title, n) }

// terms lists the copies. A key has copies from all over, so that the rows are put in
// order first: a table that is filled here and there takes ten times as long.
func (f *filler) terms(ctx context.Context) error {
	if _, err := f.tx.ExecContext(ctx, `CREATE TEMPORARY TABLE copied_terms (term BIGINT, opened_at BIGINT, case_id TEXT)`); err != nil {
		return err
	}
	insert, done, err := f.inserting(ctx, "copied_terms", []string{"term", "opened_at", "case_id"})
	if err != nil {
		return err
	}
	for n := range f.Cases {
		model := f.model(n)
		for _, term := range f.Terms(model, f.organ(n), copyTitle(f.titles[model], n)) {
			if err := insert([]any{term, f.openedAt(n).UnixMilli(), copyID(n)}); err != nil {
				return err
			}
		}
	}
	if err := done(); err != nil {
		return err
	}
	_, err = f.tx.ExecContext(ctx, `INSERT INTO case_terms (term, opened_at, case_id) SELECT term, opened_at, case_id FROM copied_terms ORDER BY term, opened_at, case_id`)
	if err != nil {
		return err
	}
	_, err = f.tx.ExecContext(ctx, `DROP TABLE copied_terms`)
	return err
}

// shifted moves a date; the last day of all, and none, stay.
func shifted(date string, days int) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil || d.Year() == 9999 {
		return date
	}
	return d.AddDate(0, 0, days).Format(time.DateOnly)
}

// comments writes what the public said on the consultations of the copies.
func (f *filler) comments(ctx context.Context) error {
	columns := []string{"consultation", "number", "receipt_hash", "received_at", "text", "anchor", "digest", "salt", "chain", "withdrawn", "visibility", "why", "disposition", "reason"}
	insert, done, err := f.inserting(ctx, "comments", columns)
	if err != nil {
		return err
	}
	dispositions := []string{"adopted", "partly", "not-adopted", ""}
	for i, c := range f.calls {
		for n := range f.Comments {
			receipt := fmt.Sprintf("%x", md5.Sum(fmt.Appendf(nil, "%s/%d", c.id, n))) //nolint:gosec // see above
			if err := insert([]any{c.id, int64(n + 1), receipt, c.opened + int64(n), "建议增设投放点，并延长开放时间。", "", "", "", "", int64(0), "published", "", dispositions[(i+n)%len(dispositions)], ""}); err != nil {
				return err
			}
		}
	}
	return done()
}

// inserting gives a function that adds a row, and one that ends it.
func (f *filler) inserting(ctx context.Context, table string, columns []string) (insert func(row []any) error, done func() error, err error) {
	text := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
	if f.postgres {
		text = `COPY "` + table + `" ("` + strings.Join(columns, `", "`) + `") FROM STDIN`
	}
	statement, err := f.tx.PrepareContext(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	insert = func(row []any) error {
		_, err := statement.ExecContext(ctx, row...)
		return err
	}
	return insert, func() error {
		if f.postgres {
			if _, err := statement.ExecContext(ctx); err != nil {
				return err
			}
		}
		return statement.Close()
	}, nil
}

// bound writes the parameters as the database has them.
func (f *filler) bound(query string) string {
	if !f.postgres {
		return query
	}
	for n := 1; strings.Contains(query, "?"); n++ {
		query = strings.Replace(query, "?", fmt.Sprintf("$%d", n), 1)
	}
	return query
}
