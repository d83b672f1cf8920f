package listbench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/store"
)

const (
	organ       = "示例区人民政府"
	openedEvery = 10 * time.Minute
)

// openedAt is when the nth case was opened, in milliseconds.
func openedAt(n int) int64 {
	return time.Date(2024, time.January, 2, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * openedEvery).UnixMilli()
}

func caseID(n int) string { return fmt.Sprintf("c%07d", n) }

// cursor stands before the first case that was opened at an instant.
func cursor(sort string, at int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf("%s desc %d c", sort, at)))
}

// shelf is a database of many cases.
type shelf struct {
	*store.Store
	raw      *sql.DB
	postgres bool
	token    string
	library  *casework.Library
	roles    []casefile.Role
}

// open makes a database of n cases: the first is recorded, the others are copies of
// its row, as a store of an older program has them; the store then lists them.
func open(tb testing.TB, kind string, n int) *shelf {
	tb.Helper()
	address := "sqlite://" + filepath.Join(tb.TempDir(), "cases.db")
	driver, name := "sqlite", strings.TrimPrefix(address, "sqlite://")
	if kind == "postgres" {
		address = schema(tb)
		driver, name = "postgres", address
	}
	raw, err := sql.Open(driver, name)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = raw.Close() })
	s := &shelf{raw: raw, postgres: kind == "postgres"}
	first, err := store.Open(tb.Context(), address)
	if err != nil {
		tb.Fatal(err)
	}
	err = errors.Join(s.seed(tb.Context(), first), first.Close(), s.copies(tb.Context(), n))
	if err != nil {
		tb.Fatal(err)
	}
	began := time.Now()
	if s.Store, err = store.Open(tb.Context(), address); err != nil {
		tb.Fatal(err)
	}
	tb.Logf("%s: %d cases listed in %s", kind, n, time.Since(began).Round(time.Millisecond))
	tb.Cleanup(func() { _ = s.Close() })
	settle := "PRAGMA wal_checkpoint(TRUNCATE)"
	if s.postgres {
		settle = "ANALYZE"
	}
	if _, err := raw.ExecContext(tb.Context(), settle); err != nil { // as the database does by itself after a while
		tb.Fatal(err)
	}
	return s
}

// schema makes a schema of its own on the server that TEST_POSTGRES_URL names.
func schema(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv("TEST_POSTGRES_URL")
	if server == "" {
		tb.Skip("TEST_POSTGRES_URL is not set: go run ./internal/testpg -durable -- go test …")
	}
	admin, err := sql.Open("postgres", server)
	if err != nil {
		tb.Fatal(err)
	}
	name := "bench_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(tb.Context(), "CREATE SCHEMA "+name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_, _ = admin.ExecContext(context.Background(), "DROP SCHEMA "+name+" CASCADE")
		_ = admin.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String()
}

// seed stores what judges the cases and records the first one, with as many facts as
// a case has in its middle.
func (s *shelf) seed(ctx context.Context, db *store.Store) error {
	calendar, err := legaltime.Embedded()
	if err != nil {
		return err
	}
	packs, err := rules.Embedded()
	if err != nil {
		return err
	}
	source, err := procedure.Shipped("cn.major-decision.2019.yaml")
	if err != nil {
		return err
	}
	def, err := procedure.Load(source.Name, source.Content)
	if err != nil {
		return err
	}
	if s.library, err = casework.NewLibrary([]*procedure.Definition{def}, packs, calendar); err != nil {
		return err
	}
	for role := range def.Roles {
		s.roles = append(s.roles, role)
	}
	pinned := casefile.Pinned{Procedure: def.Name(), Definition: def.Digest(), Calendar: casefile.Digest(calendar.Digest())}
	err = errors.Join(db.PutContent(ctx, "definition", pinned.Definition, def.Canonical()), db.PutContent(ctx, "calendar", pinned.Calendar, calendar.Canonical()))
	for _, p := range packs {
		for _, named := range def.Packs {
			if p.Name() == named {
				err = errors.Join(err, db.PutContent(ctx, "pack", p.Digest(), p.Archive()))
				pinned.Packs = append(pinned.Packs, casefile.PinnedPack{Pack: p.Name(), Digest: p.Digest()})
			}
		}
	}
	if err != nil {
		return err
	}
	facts := casefile.Values{"body_kind": "district-gov", "contains_state_secret": false}
	for i := range 60 {
		facts[fmt.Sprintf("bench.fact_%02d", i)] = "2024-03-01"
	}
	at := time.UnixMilli(openedAt(0)).UTC()
	on := legaltime.DateIn(at, legaltime.China)
	by := casefile.Actor{Person: "p0", Name: "承办人", Roles: []casefile.Role{"drafter"}, Capacity: "drafter"}
	_, err = db.Record(ctx, casefile.Entry{
		Case: casefile.ID(caseID(0)), Organ: organ, Sequence: 1, Kind: casefile.EntryOpened, On: on, At: at,
		Matter: &casefile.Matter{Title: title(0), Category: "policy"}, Pinned: &pinned, Facts: facts,
		Act:     &casefile.Act{ID: "o", Kind: "case.open", By: by},
		Entered: []casefile.Entered{{Step: def.Start, Round: 1, Applies: true}},
	})
	return err
}

func title(n int) string {
	if n%2 == 1 {
		return fmt.Sprintf("示例区公交线网调整公告号%08d", n)
	}
	return fmt.Sprintf("示例区生活垃圾分类方案号%08d", n)
}

// rebind writes the parameters as the database has them.
func (s *shelf) rebind(query string) string {
	if !s.postgres {
		return query
	}
	for n := 1; strings.Contains(query, "?"); n++ {
		query = strings.Replace(query, "?", fmt.Sprintf("$%d", n), 1)
	}
	return query
}

// copies makes rows of the first one; every tenth case is closed, every
// thousandth of a rare category.
func (s *shelf) copies(ctx context.Context, n int) error {
	tx, err := s.raw.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	//nolint:sqlclosecheck // it ends with the transaction
	insert, err := tx.PrepareContext(ctx, s.rebind(`
INSERT INTO cases (id, organ, procedure, title, title_folded, category, status, reached_end, practice, opened_on, updated_on, opened_at, sequence, steps, state)
SELECT CAST(? AS TEXT), organ, procedure, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), '', 0, CAST(? AS TEXT), CAST(? AS TEXT),
       CAST(? AS BIGINT), 1, steps, REPLACE(REPLACE(REPLACE(state, id, CAST(? AS TEXT)), title, CAST(? AS TEXT)), '"status":"running"', CAST(? AS TEXT))
FROM   cases
WHERE  id = 'c0000000'`))
	if err != nil {
		return err
	}
	for i := 1; i < n; i++ {
		status, category, at := "running", "policy", openedAt(i)
		if i%10 == 0 {
			status = "closed"
		}
		if i%1000 == 7 {
			category = "rare"
		}
		on := time.UnixMilli(at).In(legaltime.China)
		if _, err := insert.ExecContext(ctx, caseID(i), title(i), title(i), category, status, on.Format(time.DateOnly),
			on.AddDate(0, 0, i%90).Format(time.DateOnly), at, caseID(i), title(i), `"status":"`+status+`"`); err != nil {
			return err
		}
		// The category stands in the state as well, from which the store lists it.
	}
	if _, err := tx.ExecContext(ctx, `UPDATE cases SET state = REPLACE(state, '"category":"policy"', '"category":"rare"') WHERE category = 'rare'`); err != nil {
		return err
	}
	return tx.Commit()
}

// ask reads all that a statement gives.
func (s *shelf) ask(ctx context.Context, query string, args ...any) error {
	rows, err := s.raw.QueryContext(ctx, s.rebind(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]any, len(names))
	for i := range values {
		values[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// handler is the whole API but for the engine, and a token of somebody who may read.
func (s *shelf) handler(tb testing.TB) http.Handler {
	tb.Helper()
	tokens := auth.New(s.Store, s.roles, auth.Options{})
	var err error
	s.token, _, err = tokens.Issue(tb.Context(), auth.Grant{Organ: organ, Person: "p0", Name: "承办人", Roles: []casefile.Role{"drafter"}, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		tb.Fatal(err)
	}
	cases := casework.New(casework.Options{Store: rows{s.Store}, Judges: activities.New(s.Store, s.Store), Library: s.library})
	a, err := api.New(api.Options{Guard: access.New(access.Options{Cases: cases}), Authenticator: tokens, Refusals: nobody{}, Replies: nobody{}})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// rows gives casework the store under its own names.
type rows struct{ *store.Store }

func (s rows) List(ctx context.Context, f casework.Filter) ([]casework.Summary, string, error) {
	found, next, err := s.Store.List(ctx, store.Filter(f))
	out := make([]casework.Summary, len(found))
	for i, row := range found {
		out[i] = casework.Summary(row)
	}
	return out, next, err
}

func (s rows) Following(context.Context, casefile.OrganID, casefile.ID) ([]casework.Summary, error) {
	return nil, nil
}

func (s rows) Count(ctx context.Context, f casework.Filter) (int64, bool, error) {
	return s.Store.Count(ctx, store.Filter(f))
}

func (s rows) IDs(ctx context.Context, f casework.Filter, most int) ([]casefile.ID, error) {
	return s.Store.IDs(ctx, store.Filter(f), most)
}

func (s rows) Summaries(context.Context, []casefile.ID) ([]casework.Summary, error) { return nil, nil }

func (s rows) Sealed(context.Context, casefile.ID) ([]casework.SealedEntry, error) { return nil, nil }

func (s rows) Histories(context.Context, casefile.ID) ([]casework.History, error) { return nil, nil }

// nobody is asked for what reading does not need.
type nobody struct{}

func (nobody) LogRefusal(context.Context, api.Attempt) error { return nil }
func (nobody) Begin(context.Context, api.Write, string, time.Time) (api.Known, bool, error) {
	return api.Known{}, true, nil
}
func (nobody) Finish(context.Context, api.Write, []byte) error { return nil }
func (nobody) Drop(context.Context, api.Write) error           { return nil }
func (nobody) Purge(context.Context, time.Time) error          { return nil }
