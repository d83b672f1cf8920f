// Package impact says what a change of the law would mean for what has been
// recorded: it asks two sets of rules every question that the record holds and
// lists the answers that differ, down to the sub-expressions whose values do.
//
// It reads no clock and no files.
package impact

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// Asked is what one entry of the record asked of the rules, and the two judges
// that answer it again.
type Asked struct {
	Case     casefile.ID
	Open     bool // the case is not closed
	Sequence int64
	Act      string // kind of the act; empty when time acted
	On       legaltime.Date
	Input    rules.Input
	From, To *rules.Judge
}

// Change is a gate whose answer differs.
type Change struct {
	Case     casefile.ID     `json:"case"`
	Open     bool            `json:"open,omitempty"`
	Sequence int64           `json:"sequence"`
	Act      string          `json:"act,omitempty"`
	On       legaltime.Date  `json:"on"`
	Gate     rules.Ref       `json:"gate"`
	Kind     rules.Kind      `json:"kind"`
	Before   casefile.Result `json:"before"` // empty: the gate was not asked anything
	After    casefile.Result `json:"after"`
	Rules    []RuleChange    `json:"rules"`
}

// RuleChange is a rule whose finding differs.
type RuleChange struct {
	Rule      string          `json:"rule"`
	Basis     string          `json:"basis,omitempty"`
	Before    casefile.Result `json:"before,omitempty"` // empty: there was no such rule
	After     casefile.Result `json:"after,omitempty"`
	DueBefore legaltime.Date  `json:"due_before,omitzero"`
	DueAfter  legaltime.Date  `json:"due_after,omitzero"`
	Values    []ValueChange   `json:"values,omitempty"` // the difference of the traces
}

// ValueChange is a sub-expression of a rule whose value differs.
type ValueChange struct {
	Part   string `json:"part"`
	Source string `json:"source"`
	Before any    `json:"before,omitempty"` // nothing: not evaluated, not known, or not there
	After  any    `json:"after,omitempty"`
}

// Failure is a question that one of the judges cannot answer at all, such as one
// about a gate that is gone.
type Failure struct {
	Case     casefile.ID `json:"case"`
	Sequence int64       `json:"sequence"`
	Problem  string      `json:"problem"`
}

// Report is what a change of the law would mean.
type Report struct {
	Entries  int           `json:"entries"` // that asked something of the rules
	Gates    int           `json:"gates"`   // that they asked
	Changes  []Change      `json:"changes"`
	Open     []casefile.ID `json:"open"` // open cases in which something changes, sorted
	Failures []Failure     `json:"failures,omitempty"`
}

// batchSize is how many questions a worker takes at a time.
const batchSize = 128

// batch is a run of questions, and what came of it.
type batch struct {
	number int
	asked  []Asked
	report Report
}

// Of judges everything that was asked, on all processors, and reports in the
// order of the questions. The first error of the sequence ends it.
func Of(ctx context.Context, all iter.Seq2[Asked, error]) (Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, out := make(chan *batch), make(chan *batch)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for b := range in {
				for _, asked := range b.asked {
					b.report.judge(asked)
				}
				b.asked = nil
				out <- b
			}
		})
	}
	var done []*batch
	var collected sync.WaitGroup
	collected.Go(func() {
		for b := range out {
			done = append(done, b)
		}
	})
	err := feed(ctx, all, in)
	close(in)
	workers.Wait()
	close(out)
	collected.Wait()
	if err != nil {
		return Report{}, err
	}
	slices.SortFunc(done, func(a, b *batch) int { return a.number - b.number })
	return joined(done), nil
}

// feed deals out the questions.
func feed(ctx context.Context, all iter.Seq2[Asked, error], in chan<- *batch) error {
	b := &batch{}
	for asked, err := range all {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("judge again: %w", err)
		}
		if b.asked = append(b.asked, asked); len(b.asked) == batchSize {
			in <- b
			b = &batch{number: b.number + 1}
		}
	}
	in <- b
	return nil
}

func joined(done []*batch) Report {
	out := Report{Changes: []Change{}, Open: []casefile.ID{}}
	open := map[casefile.ID]bool{}
	for _, b := range done {
		out.Entries += b.report.Entries
		out.Gates += b.report.Gates
		out.Changes = append(out.Changes, b.report.Changes...)
		out.Failures = append(out.Failures, b.report.Failures...)
	}
	for _, c := range out.Changes {
		if c.Open {
			open[c.Case] = true
		}
	}
	out.Open = append(out.Open, casefile.SortedNames(open)...)
	return out
}

// judge asks both judges. Reasons for rules that no longer warn have no place in
// the question any more.
func (r *Report) judge(asked Asked) {
	r.Entries++
	r.Gates += len(asked.Input.Gates) + len(asked.Input.Applies) + len(asked.Input.Duties)
	before, err := asked.From.Judge(warned(asked.From, asked.Input))
	if err == nil {
		var after rules.Judgement
		if after, err = asked.To.Judge(warned(asked.To, asked.Input)); err == nil {
			r.compare(asked, before, after)
			return
		}
	}
	r.Failures = append(r.Failures, Failure{Case: asked.Case, Sequence: asked.Sequence, Problem: err.Error()})
}

func warned(j *rules.Judge, in rules.Input) rules.Input {
	reasons := map[string]string{}
	for _, rule := range casefile.SortedNames(in.Reasons) {
		if j.Warns(rule) {
			reasons[rule] = in.Reasons[rule]
		}
	}
	in.Reasons = reasons
	return in
}
