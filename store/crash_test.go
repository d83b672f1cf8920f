package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// What a child process is told by its environment.
const (
	childJob = "CHENGXU_STORE_TEST_JOB"
	childURL = "CHENGXU_STORE_TEST_URL"
	jobHalf  = "half" // begin to record entry 2 of case c1, and stop in the middle
	jobLoop  = "loop" // record entries of case c1 until killed
	ready    = "ready"
)

// runChild does a job in a process that the test will kill.
func runChild(job string) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	work := recordForEver
	if job == jobHalf {
		work = recordHalf
	}
	if err := work(ctx, os.Getenv(childURL)); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return 1
}

func recordForEver(ctx context.Context, url string) error {
	s, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	c, err := s.Case(ctx, "c1")
	if err != nil {
		return err
	}
	for n := c.Sequence + 1; ; n++ {
		if _, err := s.Record(ctx, actEntry(testOrgan, "c1", n)); err != nil {
			return err
		}
		if n == c.Sequence+3 {
			fmt.Println(ready)
		}
	}
}

// recordHalf writes what Record writes first, and never commits.
func recordHalf(ctx context.Context, url string) error {
	driver, name := "postgres", url
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		driver, name = "sqlite", "file:"+strings.ReplaceAll(path, "%", "%25")+"?_txlock=immediate"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`UPDATE logs SET size = size + 1`,
		`INSERT INTO entries (case_id, sequence, organ, log_index, prev, leaf)
		 SELECT case_id, 2, organ, 1, prev, leaf FROM entries WHERE sequence = 1`,
		`INSERT INTO openings (case_id, sequence, field, salt, value)
		 SELECT case_id, 2, field, salt, value FROM openings WHERE sequence = 1`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	fmt.Println(ready)
	<-ctx.Done()
	return errors.New("nobody killed this process")
}

// killed runs a job in a child process, kills it after it said that it is ready
// and the delay has passed.
func killed(t *testing.T, db *database, job string, delay time.Duration) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childJob+"="+job, childURL+"="+db.url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != ready+"\n" {
		t.Errorf("child said %q (%v), want %q", line, err, ready)
	}
	<-time.After(delay)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("child ended by itself: %v", err)
	}
}

func TestAProcessKilledInATransactionLeavesNothingOfIt(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		killed(t, db, jobHalf, 0)
		s := reopen(t, db.url)
		if _, err := s.Entry(t.Context(), "c1", 2); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("entry 2: %v, want not found", err)
		}
		verifyLog(t, s, testOrgan, "c1")
		if r := record(t, s, actEntry(testOrgan, "c1", 2)); r.Index != 1 {
			t.Errorf("the next entry stands at %d, want 1", r.Index)
		}
		verifyLog(t, s, testOrgan, "c1")
	})
}

func TestAProcessKilledWhileRecordingLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		for round := range 4 {
			killed(t, db, jobLoop, time.Duration(round)*3*time.Millisecond)
			s := reopen(t, db.url)
			verifyLog(t, s, testOrgan, "c1")
			c, err := s.Case(t.Context(), "c1")
			if err != nil {
				t.Fatal(err)
			}
			if n, err := s.TreeSize(t.Context(), testOrgan); err != nil || n != c.Sequence {
				t.Errorf("log has %d entries (%v), the case %d", n, err, c.Sequence)
			}
			// What the dead process may have committed unheard is offered again.
			record(t, s, actEntry(testOrgan, "c1", c.Sequence))
			record(t, s, actEntry(testOrgan, "c1", c.Sequence+1))
		}
	})
}
