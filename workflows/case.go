// Package workflows holds the Case workflow: one for each case, from the
// opening entry to the end of the procedure.
//
// The workflow arranges waiting, judging and recording, one act at a time. What
// an act leads to is decided by the pure functions of package procedure, so the
// verifier of a dossier can decide it again without an engine. Gates are judged
// in a local activity: the marker in the history is the evidence of what the
// rules said that day.
//
// Nothing here reads a clock, a file, a random source or the order of a map,
// and expr is never called from here.
package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// run is one run of a case.
type run struct {
	in    CaseInput
	def   *procedure.Definition
	next  *procedure.Definition // read for a case that is about to move; nil otherwise
	c     casefile.Case
	acts  map[string]ActResult
	one   workflow.Mutex // one act, or one lapse of time, at a time
	shown shown
}

// Case carries one case from opening to end. It returns when the procedure has
// reached an end and every caller has been answered.
//
// Recording an entry and keeping the act in the engine are two writes. A process
// that dies between them leaves the record one entry ahead; the record is the
// truth, and the workflow takes such entries over before it goes on.
func Case(ctx workflow.Context, in CaseInput) error {
	r, err := setup(ctx, in)
	if err != nil {
		return err
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	for r.c.Status != casefile.StatusClosed {
		if r.tooLong(ctx) {
			return r.continueAsNew(ctx)
		}
		if err := r.awaitChange(ctx); err != nil {
			return err
		}
		if err := r.passTime(ctx); err != nil {
			return err
		}
	}
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func setup(ctx workflow.Context, in CaseInput) (*run, error) {
	def, err := procedure.ParseCanonical(in.Definition)
	if err != nil {
		return nil, temporal.NewNonRetryableApplicationError("definition of the case cannot be read", "Definition", err)
	}
	r := &run{in: in, def: def, acts: map[string]ActResult{}, one: workflow.NewMutex(ctx)}
	if in.Carried != nil {
		r.c, r.acts = in.Carried.Case, in.Carried.Acts
		if r.acts == nil {
			r.acts = map[string]ActResult{}
		}
	}
	if err := workflow.SetQueryHandler(ctx, QueryCase, func() (casefile.Case, error) { return r.c, nil }); err != nil {
		return nil, fmt.Errorf("set query handler: %w", err)
	}
	err = workflow.SetUpdateHandlerWithOptions(ctx, UpdateAct, r.act, workflow.UpdateHandlerOptions{Validator: r.validateAct})
	if err != nil {
		return nil, fmt.Errorf("set update handler: %w", err)
	}
	err = workflow.SetUpdateHandlerWithOptions(ctx, UpdateCalendar, r.calendar, workflow.UpdateHandlerOptions{Validator: r.validateCalendar})
	if err != nil {
		return nil, fmt.Errorf("set update handler: %w", err)
	}
	if err := workflow.SetUpdateHandler(ctx, UpdateOpened, r.opened); err != nil {
		return nil, fmt.Errorf("set update handler: %w", err)
	}
	return r, nil
}

// open records the opening entry, in the first run of a case.
func (r *run) open(ctx workflow.Context) error {
	if r.in.Carried != nil {
		return nil
	}
	if err := r.one.Lock(ctx); err != nil {
		return err
	}
	defer r.one.Unlock()
	plan, refusal, err := r.planOpening(r.today(ctx))
	if err != nil {
		return err
	}
	if refusal != nil {
		return refused(refusal)
	}
	entry, err := r.judged(ctx, plan)
	if err != nil {
		return err
	}
	if entry.Kind != casefile.EntryOpened {
		return temporal.NewNonRetryableApplicationError("the rules do not let this case be opened", "Blocked", nil, entry.Verdict)
	}
	return r.record(ctx, entry)
}

// opened answers when the opening entry is recorded.
func (r *run) opened(ctx workflow.Context) (ActResult, error) {
	if err := workflow.Await(ctx, func() bool { return r.c.Sequence > 0 }); err != nil {
		return ActResult{}, err
	}
	return ActResult{Sequence: 1, ActDigest: ActDigest(r.in.Opening)}, nil
}

// today is the date on the clock of the case: its own clock in practice (演练),
// the calendar of the organ's time zone otherwise.
func (r *run) today(ctx workflow.Context) legaltime.Date {
	if !r.in.Practice {
		return legaltime.DateIn(workflow.Now(ctx), legaltime.China)
	}
	if r.c.Sequence == 0 {
		return r.in.Starts
	}
	return r.c.Today
}

// tooLong reports whether the history should be cut here.
func (r *run) tooLong(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	if r.in.ContinueAfter > 0 {
		return info.GetCurrentHistoryLength() >= r.in.ContinueAfter
	}
	return info.GetContinueAsNewSuggested()
}

// continueAsNew hands the case on to a new run. Callers are answered first: an
// update that is pending when a run ends is lost to its caller.
func (r *run) continueAsNew(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	next := r.in
	next.Pinned, next.Definition = r.c.Pinned, r.def.Canonical()
	next.Carried = &Carried{Case: r.c, Acts: r.recentActs()}
	return workflow.NewContinueAsNewError(ctx, CaseWorkflow, next)
}

// carriedActs is how many entries back the ids of acts are carried. Carried
// without end, they would outgrow what the engine takes as input.
const carriedActs = 2000

// recentActs gives the acts of the last entries.
func (r *run) recentActs() map[string]ActResult {
	out := map[string]ActResult{}
	for _, id := range casefile.SortedNames(r.acts) {
		if r.acts[id].Sequence > r.c.Sequence-carriedActs {
			out[id] = r.acts[id]
		}
	}
	return out
}
