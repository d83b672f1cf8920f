package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// adopt completes the plan of a case that moves to other pins, or refuses what
// cannot be moved to. What the case follows from then on is in the marker of the
// activity, so the history needs no store to be replayed.
func (r *run) adopt(ctx workflow.Context, plan *procedure.Plan, pinned casefile.Pinned) error {
	adoption, err := r.adoption(ctx, pinned)
	if err != nil {
		return err
	}
	if adoption.Refusal != nil {
		return refused(adoption.Refusal)
	}
	if r.next, err = read(adoption); err != nil {
		return err
	}
	plan.Adopt(r.next, adoption.Established)
	return nil
}

func (r *run) adoption(ctx workflow.Context, pinned casefile.Pinned) (out activities.Adoption, err error) {
	in := activities.AdoptInput{Case: r.c, Pinned: pinned, Today: r.today(ctx)}
	if err := workflow.ExecuteLocalActivity(withLocal(ctx), activities.AdoptName, in).Get(ctx, &out); err != nil {
		return out, fmt.Errorf("adopt: %w", err)
	}
	return out, nil
}

func read(adoption activities.Adoption) (*procedure.Definition, error) {
	def, err := procedure.ParseCanonical(adoption.Definition)
	if err != nil {
		return nil, temporal.NewNonRetryableApplicationError("definition that the case moves to cannot be read", "Definition", err)
	}
	return def, nil
}

// follows gives the definition that the case follows behind the entry. An entry
// that was taken over from the record may move the case as well; see [Case].
func (r *run) follows(ctx workflow.Context, entry casefile.Entry) (*procedure.Definition, error) {
	next := r.next
	r.next = nil
	switch {
	case entry.Pinned == nil || entry.Kind == casefile.EntryOpened || entry.Pinned.Definition == r.c.Pinned.Definition:
		return r.def, nil
	case next != nil && next.Digest() == entry.Pinned.Definition:
		return next, nil
	}
	adoption, err := r.adoption(ctx, *entry.Pinned)
	if err != nil {
		return nil, err
	}
	return read(adoption)
}
