package store_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
)

// TestMain lets the test binary stand in for a process that is killed.
func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		os.Exit(runChild(job))
	}
	os.Exit(m.Run())
}

// database is a database of one test, with a second way into it that does not
// go through the store.
type database struct {
	*store.Store
	url      string
	raw      *sql.DB
	postgres bool
}

// conformance runs a test on SQLite and, when TEST_POSTGRES_URL is set, on
// PostgreSQL.
func conformance(t *testing.T, test func(t *testing.T, db *database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, openSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, openPostgres(t))
	})
}

func openSQLite(t testing.TB) *database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record 50%.db")
	raw, err := sql.Open("sqlite", "file:"+strings.ReplaceAll(path, "%", "%25")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, &database{url: "sqlite://" + path, raw: raw})
}

func openPostgres(t testing.TB) *database {
	t.Helper()
	server := os.Getenv("TEST_POSTGRES_URL")
	if server == "" {
		t.Skip("TEST_POSTGRES_URL is not set: run the tests by go run ./internal/testpg -- go test ./store")
	}
	admin, err := sql.Open("postgres", server)
	if err != nil {
		t.Fatal(err)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	raw, err := sql.Open("postgres", u.String())
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, &database{url: u.String(), raw: raw, postgres: true})
}

func opened(t testing.TB, db *database) *database {
	t.Helper()
	db.Store = reopen(t, db.url)
	t.Cleanup(func() {
		if err := db.raw.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func reopen(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// exec runs a statement on the raw database, with $1 in the place of ?.
func (db *database) exec(ctx context.Context, query string, args ...any) error {
	if db.postgres {
		for n := 1; strings.Contains(query, "?"); n++ {
			query = strings.Replace(query, "?", fmt.Sprintf("$%d", n), 1)
		}
	}
	_, err := db.raw.ExecContext(ctx, query, args...)
	return err
}

const testOrgan casefile.OrganID = "cn.sh.putuo.lvhua"

func on(t testing.TB, s string) legaltime.Date {
	t.Helper()
	d, err := legaltime.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var (
	drafter = casefile.Actor{
		Person: "p-1", Name: "承办人 <甲> & 乙", Unit: "市容科",
		Roles: []casefile.Role{"drafter"}, Capacity: "drafter",
	}
	march1 = legaltime.NewDate(2024, time.March, 1)
)

// openingEntry is the first entry of a case.
func openingEntry(organ casefile.OrganID, id casefile.ID, title string) casefile.Entry {
	return casefile.Entry{
		Case: id, Organ: organ, Sequence: 1, Kind: casefile.EntryOpened, On: march1,
		At:     time.Date(2024, time.March, 1, 1, 2, 3, 456789, time.UTC),
		Matter: &casefile.Matter{Title: title, Category: "public_policy"},
		Pinned: &casefile.Pinned{
			Procedure: "cn.major-decision@2019", Definition: casefile.Digest(strings.Repeat("a", 64)),
			Packs:    []casefile.PinnedPack{{Pack: "cn.713@2019", Digest: casefile.Digest(strings.Repeat("b", 64))}},
			Calendar: casefile.Digest(strings.Repeat("c", 64)),
		},
		Act:     &casefile.Act{ID: "open-" + string(id), Kind: "case.open", By: drafter},
		Facts:   casefile.Values{"hearing_closed": false, "opinions_received": int64(0), "comment_open_on": ""},
		Entered: []casefile.Entered{{Step: "intake", Round: 1, Applies: true}},
	}
}

// actEntry is a later entry with every kind of value that facts can have.
func actEntry(organ casefile.OrganID, id casefile.ID, sequence int64) casefile.Entry {
	return casefile.Entry{
		Case: id, Organ: organ, Sequence: sequence, Kind: casefile.EntryAct, On: march1.AddDays(int(sequence)),
		At:   time.Date(2024, time.March, 1, 2, 0, int(sequence), 0, time.UTC),
		Step: "intake", Round: 1, Verb: "note",
		Act: &casefile.Act{
			ID: fmt.Sprintf("act-%d", sequence), Kind: "intake.note", By: drafter,
			With: casefile.Values{
				"text": "关于“分类”的意见 \u2028 </script> \U0001F600 \x00", "list": []string{"甲", "乙"}, "none": []string{},
				"count": int64(1) << 53, "share": 0.1, "tiny": 1e-9, "huge": 1.5e300, "negative": int64(-3), "done": true,
			},
			Reasons: map[string]string{"mad-quorum-local": "全体到会"},
		},
		Verdict: &casefile.Verdict{
			Result: casefile.Pass, Gates: []string{"cn.713/open_case"},
			Findings: []casefile.Finding{{
				Gate: "cn.713/open_case", Rule: "gen-no-state-secrets-in-system", Effect: casefile.EffectBlock,
				Result: casefile.Pass, Values: casefile.Values{"contains_state_secret": false},
			}},
		},
		Facts: casefile.Values{"opinions_received": sequence},
	}
}

func record(t testing.TB, s *store.Store, e casefile.Entry) store.Recorded {
	t.Helper()
	r, err := s.Record(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The library asks for encryption where the address says nothing of it.
func TestAServerWithoutTLSIsNamed(t *testing.T) {
	at := openPostgres(t).url
	t.Setenv("PGSSLMODE", "require")
	s, err := store.Open(t.Context(), strings.Replace(at, "sslmode=disable", "", 1))
	if err == nil {
		t.Error(s.Close())
	}
	if err == nil || !strings.Contains(err.Error(), "add sslmode=disable") {
		t.Errorf("Open: %v", err)
	}
}
