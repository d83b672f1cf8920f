package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/scenario"
)

// starts is how often an installation that was used before is started.
const starts = 3

// start measures from nothing until everything answers: where there was nothing, and
// on what was left by then.
func (b *bench) start(ctx context.Context) (err error) {
	at, remove, err := b.place(ctx, benchStart)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	var took []time.Duration
	for range 1 + starts {
		s, ready, err := startMeasured(ctx, at)
		if err != nil {
			return err
		}
		took = append(took, ready)
		if err := s.stop(); err != nil {
			return err
		}
	}
	b.report.took(benchStart, "until ready, new", 0, took[:1])
	b.report.took(benchStart, "until ready, used before", 0, took[1:])
	return nil
}

// memory measures what cases that are open take in memory.
func (b *bench) memory(ctx context.Context) error {
	return b.with(ctx, benchMemory, func(s *stack) error {
		resident, heap := memoryInUse()
		if resident > 0 {
			b.report.value(benchMemory, "resident, no case", 0, 1, mb(resident), "MB")
		}
		var took []time.Duration
		for n := range b.open {
			began := time.Now()
			if err := openOne(ctx, s.cases, b.script, fmt.Sprintf("open-%d", n)); err != nil {
				return err
			}
			took = append(took, time.Since(began))
		}
		full, all := memoryInUse()
		if full > 0 {
			b.report.value(benchMemory, "resident, all open", b.open, 1, mb(full), "MB")
		}
		b.report.value(benchMemory, "heap for one open case", b.open, b.open, float64(all-heap)/float64(b.open)/1024, "kB")
		b.report.took(benchMemory, "opening, one after the other", b.open, took)
		return nil
	})
}

// openOne opens the case of a scenario, as practice.
func openOne(ctx context.Context, cases *casework.Service, script *scenario.Scenario, id string) error {
	by := script.People[script.Open.By]
	_, err := cases.Open(ctx, casework.Opening{
		ID: id, Procedure: script.Procedure, Organ: casefile.OrganID(script.Organ), Matter: script.Matter, With: script.Open.With,
		By:       casefile.Actor{Person: casefile.PersonID(script.Open.By), Name: by.Name, Unit: by.Unit, Roles: by.Roles},
		Practice: true, Starts: script.Starts, Overlays: script.Overlays,
	})
	return err
}

// memoryInUse gives the resident memory of this process and its heap after collecting,
// in bytes. Where the system does not say, nothing is resident.
func memoryInUse() (resident, heap int64) {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if text, found := strings.CutSuffix(procValue("/proc/self/status", "VmRSS"), " kB"); found {
		if kb, err := strconv.ParseInt(text, 10, 64); err == nil {
			resident = kb * 1024
		}
	}
	return resident, int64(m.HeapAlloc)
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }
