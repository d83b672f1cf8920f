//go:build !noembed

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/workflows"
)

// waiting is a timer of a case that has been started and has neither fired nor been
// given up.
type waiting struct {
	id      string
	started int64 // event
	fires   time.Time
}

// timersOf gives the timers that a case waits for, out of the history of its workflow.
func timersOf(t *testing.T, c client.Client, id casefile.ID) []waiting {
	t.Helper()
	var out []waiting
	over := map[int64]bool{}
	events := c.GetWorkflowHistory(t.Context(), workflows.WorkflowID(id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		if a := e.GetTimerStartedEventAttributes(); a != nil {
			out = append(out, waiting{a.GetTimerId(), e.GetEventId(), e.GetEventTime().AsTime().Add(a.GetStartToFireTimeout().AsDuration())})
		}
		over[e.GetTimerFiredEventAttributes().GetStartedEventId()] = true
		over[e.GetTimerCanceledEventAttributes().GetStartedEventId()] = true
	}
	var left []waiting
	for _, one := range out {
		if !over[one.started] {
			left = append(left, one)
		}
	}
	return left
}

// A case of today, not one for practice, waits for a due date by a durable timer. It is
// moved with the timer under way: the timer is the same afterwards, the next act puts
// another one for the same date in its place, and the dossier verifies.
func TestATimerUnderWayMoves(t *testing.T) {
	database, data := newDatabase(t), t.TempDir()
	s := stackReady(t, stackOptions{place: place{data: data}})
	c := openReal(t, s, "real", todayInChina())
	id := c.ID
	var before, after []waiting
	awaits(t, "a timer for the due date", func(context.Context) error {
		before = timersOf(t, s.client, id)
		if over := c.Deadlines[0].Due.AddDays(1).Start(legaltime.China); len(before) != 1 || before[0].fires.Before(time.Now()) || before[0].fires.After(over.Add(time.Minute)) {
			return fmt.Errorf("timers %+v, want one until %s", before, over)
		}
		return nil
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}

	if err := move(t.Context(), place{data: data}, place{database: database}, t.Output()); err != nil {
		t.Fatal(err)
	}
	s = stackReady(t, stackOptions{place: place{data: data, database: database}})
	if after = timersOf(t, s.client, id); !slices.Equal(after, before) {
		t.Errorf("timers %+v, and before the move %+v", after, before)
	}
	determinesMaker(t, s, id)
	awaits(t, "another timer in place of the first", func(context.Context) error {
		after = timersOf(t, s.client, id)
		if len(after) != 1 || after[0].started == before[0].started {
			return fmt.Errorf("timers after the act %+v, before it %+v", after, before)
		}
		return nil
	})
	if after[0].fires.Sub(before[0].fires).Abs() > time.Minute {
		t.Errorf("after the act the case waits until %s, and until %s before it", after[0].fires, before[0].fires)
	}
	verified(t, exported(t, s, id))
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

// stackReady starts a stack that the test stops itself.
func stackReady(t *testing.T, o stackOptions) *stack {
	t.Helper()
	o.log = slog.New(slog.DiscardHandler)
	s, err := startStack(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.awaitReady(t.Context()); err != nil {
		t.Fatal(errors.Join(err, s.stop()))
	}
	return s
}
