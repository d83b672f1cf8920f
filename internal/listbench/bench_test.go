package listbench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/store"
)

// question is something that is asked in three ways: of the API, of the store, and
// of the database by the SQL alone.
type question struct {
	name string
	path string
	sql  string
	args []any
}

const columns = `SELECT c.id, c.organ, c.procedure, c.title, c.category, c.status, c.reached_end, c.practice, c.opened_on, c.updated_on, c.opened_at, c.updated_at, c.sequence, c.steps `

// questions are asked of a shelf of n cases. A cursor of the middle of the list is
// as the store gives it out.
func questions(n int) []question {
	newest, step := openedAt(n-1), int64(openedEvery/time.Millisecond)
	middle := newest - int64(n/2)*step
	order := " ORDER BY c.opened_at DESC, c.id DESC LIMIT 51"
	return []question{
		{"list", "/api/v1/cases", columns + `FROM cases c WHERE c.organ = ?` + order, []any{organ}},
		{"list, in the middle", "/api/v1/cases?after=" + cursor("opened", middle), columns + `FROM cases c WHERE c.organ = ? AND (c.opened_at, c.id) < (?, ?)` + order,
			[]any{organ, middle, "c"}},
		{"list, by update", "/api/v1/cases?sort=updated", columns + `FROM cases c WHERE c.organ = ? ORDER BY c.updated_at DESC, c.id DESC LIMIT 51`, []any{organ}},
		{"list, closed", "/api/v1/cases?status=closed", columns + `FROM cases c WHERE c.organ = ? AND c.status = 'closed'` + order, []any{organ}},
		{"list, rare category", "/api/v1/cases?category=rare", columns + `FROM cases c WHERE c.organ = ? AND c.category = 'rare'` + order, []any{organ}},
		{"search, common", "/api/v1/cases?q=" + url.QueryEscape("分类方案"), columns + `FROM cases c WHERE c.organ = ? AND c.title_folded LIKE ?` + order, []any{organ, "%分类方案%"}},
		{"search, one case", "/api/v1/cases?q=" + url.QueryEscape("号00000007"), columns + `FROM cases c WHERE c.organ = ? AND c.title_folded LIKE ?` + order, []any{organ, "%号00000007%"}},
		{"search, none", "/api/v1/cases?q=" + url.QueryEscape("方案公交"), columns + `FROM cases c WHERE c.organ = ? AND c.title_folded LIKE ?` + order, []any{organ, "%方案公交%"}},
		{"count", "/api/v1/cases?limit=1&count=true", `SELECT COUNT(*) FROM cases c WHERE c.organ = ?`, []any{organ}},
		{"case", "/api/v1/cases/" + caseID(n/2), `SELECT state FROM cases WHERE id = ?`, []any{caseID(n / 2)}},
	}
}

// BenchmarkCases asks everything in turn, so that a machine that slows down slows all
// of it. CHENGXU_BENCH_LIST sets the numbers of cases.
func BenchmarkCases(b *testing.B) {
	sizes := []int{1_000, 100_000}
	if set := os.Getenv("CHENGXU_BENCH_LIST"); set != "" {
		sizes = nil
		for part := range strings.SplitSeq(set, ",") {
			n, err := strconv.Atoi(part)
			if err != nil {
				b.Fatal(err)
			}
			sizes = append(sizes, n)
		}
	}
	for _, kind := range []string{"sqlite", "postgres"} {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) { measure(b, open(b, kind, n), n) })
		}
	}
}

func measure(b *testing.B, s *shelf, n int) {
	bare := echo.New()
	bare.GET("/bare", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "ok"}) })
	plain, whole := httptest.NewServer(bare), httptest.NewServer(s.handler(b))
	b.Cleanup(plain.Close)
	b.Cleanup(whole.Close)
	took := map[string][]time.Duration{}
	note := func(name string, do func() error) {
		began := time.Now()
		if err := do(); err != nil {
			b.Fatalf("%s: %v", name, err)
		}
		took[name] = append(took[name], time.Since(began))
	}
	all := questions(n)
	b.ResetTimer()
	for round := 0; b.Loop(); round++ {
		note("bare", func() error { return get(b.Context(), plain.URL+"/bare", "") })
		for _, q := range all {
			note(q.name+" http", func() error { return get(b.Context(), whole.URL+q.path, s.token) })
			if strings.Contains(q.sql, "LIKE") && round%10 > 0 {
				continue // the SQL alone goes through every title
			}
			note(q.name+" sql", func() error { return s.ask(b.Context(), q.sql, q.args...) })
		}
	}
	b.StopTimer()
	b.ReportMetric(0, "ns/op")
	var table strings.Builder
	line := func(name, in string) {
		list := slices.Sorted(slices.Values(took[in]))
		at := func(q float64) float64 {
			return float64(list[min(len(list)-1, int(q*float64(len(list))))].Microseconds()) / 1000
		}
		fmt.Fprintf(&table, "%-28s p50 %8.2f ms   p99 %8.2f ms\n", name, at(0.5), at(0.99))
	}
	line("bare", "bare")
	for _, q := range all {
		line(q.name+" (API)", q.name+" http")
		line(q.name+" (SQL alone)", q.name+" sql")
	}
	b.Logf("%d rounds\n%s", len(took["bare"]), table.String())
}

func get(ctx context.Context, address, token string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return err
}

// Every question of the benchmark finds what it is meant to find.
func TestTheQuestionsFindCases(t *testing.T) {
	const n = 300
	s := open(t, "sqlite", n)
	for query, want := range map[string]int{"分类方案": n / 2, "号00000007": 1, "方案公交": 0, "": 200} {
		found, _, err := s.List(t.Context(), store.Filter{Organ: organ, Query: query, Limit: 200})
		if err != nil || len(found) != min(want, 200) {
			t.Errorf("%q: %d cases, %v; want %d", query, len(found), err, want)
		}
	}
	server := httptest.NewServer(s.handler(t))
	t.Cleanup(server.Close)
	for _, q := range questions(n) {
		if err := get(t.Context(), server.URL+q.path, s.token); err != nil {
			t.Errorf("%s: %v", q.name, err)
		}
		if err := s.ask(t.Context(), q.sql, q.args...); err != nil {
			t.Errorf("%s: %v", q.name, err)
		}
	}
}
