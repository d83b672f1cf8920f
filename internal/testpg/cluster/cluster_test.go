package cluster_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"github.com/zhengdang/chengxu/internal/testpg/cluster"
)

func start(t *testing.T) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Start(t.Context(), cluster.Options{})
	if errors.Is(err, cluster.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func ask(ctx context.Context, url string) (answer int, err error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, `SELECT 6 * 7`).Scan(&answer)
	return answer, err
}

func TestAClusterAnswersUntilItIsStopped(t *testing.T) {
	t.Parallel()
	c := start(t)
	if got, err := ask(t.Context(), c.URL()); err != nil || got != 42 {
		t.Errorf("the server says %d (%v), want 42", got, err)
	}
	held, err := sql.Open("postgres", c.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := held.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 2 {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %s: it waited for a client", took)
	}
	if _, err := ask(t.Context(), c.URL()); err == nil {
		t.Error("a stopped server answers")
	}
}

func TestClustersDoNotMeet(t *testing.T) {
	t.Parallel()
	a, b := start(t), start(t)
	if a.URL() == b.URL() {
		t.Errorf("both are at %s", a.URL())
	}
}

func TestAStartThatIsCalledOffLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := cluster.Start(ctx, cluster.Options{}); err == nil {
		t.Error("it started")
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}
}
