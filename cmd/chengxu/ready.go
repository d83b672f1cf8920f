package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/casework"
)

// Causes for which acts are not served. Each is named to whoever asks; what went wrong
// is for the log.
const (
	causeStarting = "starting"
	causeDraining = "draining"
	causeDatabase = casework.CauseDatabase
	causeEngine   = casework.CauseEngine
	causeWorker   = casework.CauseWorker
	causeLedger   = "ledger"
)

func causes() []string {
	return []string{causeStarting, causeDraining, causeDatabase, causeEngine, causeWorker, causeLedger}
}

var (
	errStarting = errors.New("the process is still starting")
	errDraining = errors.New("the process is about to stop")
)

// freshHead is how long a log whose head was verified is taken to be in order.
const freshHead = 10 * time.Second

// readiness says whether acts can be served.
type readiness struct {
	stack    *stack
	heads    *heads // nil: the process has no keys to verify them by
	draining atomic.Bool
}

func newReadiness(s *stack) *readiness {
	r := &readiness{stack: s}
	if s.keys != nil {
		r.heads = &heads{keys: s.keys, keep: freshHead}
	}
	return r
}

// Ready gives nil, or a [casework.NotReady] that names every cause.
func (r *readiness) Ready(ctx context.Context) error {
	if r == nil {
		return &casework.NotReady{Causes: []string{causeStarting}, Err: errStarting}
	}
	var named []string
	var errs []error
	add := func(cause string, err error) {
		if err == nil {
			return
		}
		var not *casework.NotReady
		if errors.As(err, &not) {
			named = append(named, not.Causes...)
		} else {
			named = append(named, cause)
		}
		errs = append(errs, err)
	}
	if r.draining.Load() {
		add(causeDraining, errDraining)
	}
	add(causeEngine, r.stack.answers(ctx))
	if !slices.Contains(named, causeDatabase) { // else nothing else can be read from it
		add(causeDatabase, r.stack.store.Migrated(ctx))
	}
	if r.heads != nil && !slices.Contains(named, causeDatabase) {
		refused, err := r.heads.check(ctx)
		if refused > 0 {
			add(causeLedger, err)
		} else {
			add(causeDatabase, err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	slices.Sort(named)
	return &casework.NotReady{Causes: slices.Compact(named), Err: errors.Join(errs...)}
}

// answers says whether acts can be served or, in a process that only carries cases on,
// whether store and engine answer.
func (s *stack) answers(ctx context.Context) error {
	if s.cases != nil {
		return s.cases.Ready(ctx)
	}
	if err := s.store.Ping(ctx); err != nil {
		return &casework.NotReady{Causes: []string{causeDatabase}, Err: fmt.Errorf("store: %w", err)}
	}
	if _, err := s.client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return &casework.NotReady{Causes: []string{causeEngine}, Err: fmt.Errorf("workflow engine: %w", err)}
	}
	return nil
}

// drain says that the process is about to stop, and gives those who watch it time to
// notice, until ctx ends.
func (r *readiness) drain(ctx context.Context, notice time.Duration) {
	r.draining.Store(true)
	if notice <= 0 {
		return
	}
	timer := time.NewTimer(notice)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// announce says that the process answers, and whether acts are served. A log whose head
// is refused keeps nobody from looking at what there is.
func (s *stack) announce(ctx context.Context, out io.Writer, began time.Time, at net.Addr, data string) {
	took := time.Since(began).Round(time.Millisecond)
	if err := s.ready.Ready(ctx); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "not ready", "causes", causesOf(err), "error", err)
		fmt.Fprintf(out, "程序已启动，但尚未就绪（%s）：http://%s/  数据目录 %s  原因见日志\n", strings.Join(causesOf(err), ", "), at, data)
		return
	}
	fmt.Fprintf(out, "程序已就绪（%s）：http://%s/  数据目录 %s\n", took, at, data)
}

// watchedCases are the use cases of a process that says truthfully whether it is ready.
type watchedCases struct {
	*casework.Service
	ready *readiness
}

// Ready reports whether acts can be served.
func (w watchedCases) Ready(ctx context.Context) error { return w.ready.Ready(ctx) }

// causesOf names the causes of an error of [readiness.Ready].
func causesOf(err error) []string {
	var not *casework.NotReady
	if errors.As(err, &not) {
		return not.Causes
	}
	if err != nil {
		return []string{fmt.Sprintf("%T", err)}
	}
	return nil
}
