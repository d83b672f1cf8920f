// Package activities does for the Case workflow what workflow code must not do
// itself: ask the rules, and write the record. Both run as local activities in
// the workflow task of the act, so that an act costs one round trip.
package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.temporal.io/sdk/temporal"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// Names of the activities. They are part of every recorded history: never
// change one.
const (
	JudgeName  = "Judge"
	RecordName = "Record"
	RecallName = "Recall"
	AdoptName  = "Adopt"
	NumberName = "Number"
)

// Error types that the workflow must not retry.
const (
	ErrTypeUnknownContent = "UnknownContent" // a pinned pack or calendar is not in the store
	ErrTypeConflict       = "RecordConflict" // the entry does not follow the record, or cannot be part of it
	ErrTypeInput          = "JudgeInput"     // the gates cannot be asked as they were
)

// JudgeInput asks the rules that are pinned to the case.
type JudgeInput struct {
	Packs    []casefile.PinnedPack `json:"packs"`
	Calendar casefile.Digest       `json:"calendar"`
	rules.Input
}

// Contents gives immutable contents by digest: packs and calendars that judge
// cases. It returns [casefile.ErrNotFound] when there is none.
type Contents = interface {
	Content(ctx context.Context, digest casefile.Digest) ([]byte, error)
}

// Recorder writes an entry and the read model in one transaction. Recording the
// same entry twice is recording it once; another entry at the same place is
// [casefile.ErrConflict].
type Recorder interface {
	RecordEntry(ctx context.Context, entry casefile.Entry) (index int64, err error)
	Entry(ctx context.Context, id casefile.ID, sequence int64) (casefile.Entry, error)
	// TakeNumber gives an act the next number of a series, or the one that it has.
	TakeNumber(ctx context.Context, n casefile.Numbering) (casefile.Number, error)
}

// Recorded is what became of an entry that was offered. Standing is nil when it
// was recorded. Otherwise another entry stands at its place: the process died
// after recording that one and before the engine had kept the act. The record is
// the truth; the workflow takes the standing entry over and tries again behind
// it.
type Recorded struct {
	Index    int64           `json:"index"`
	Standing *casefile.Entry `json:"standing,omitempty"`
}

// Activities holds what the activities need. What is pinned is cached: it is
// immutable, and compiling it costs tens of milliseconds.
type Activities struct {
	contents Contents
	recorder Recorder
	watcher  Watcher

	mu          sync.Mutex
	laws        map[string]law
	definitions map[casefile.Digest]*procedure.Definition
}

// law is a set of pinned packs, and who judges by it.
type law struct {
	packs []*rules.Pack
	judge *rules.Judge
}

// New returns the activities over a store.
func New(contents Contents, recorder Recorder) *Activities {
	return &Activities{contents: contents, recorder: recorder, watcher: nobody{}, laws: map[string]law{}, definitions: map[casefile.Digest]*procedure.Definition{}}
}

// Judge reports what the pinned rules say at the gates. A closed gate is a
// result; only a broken installation makes this fail. A panic would be tried
// again for ever, with the case held meanwhile, so it becomes an error.
func (a *Activities) Judge(ctx context.Context, in JudgeInput) (judgement rules.Judgement, err error) {
	ctx, span := startSpan(ctx, "judge")
	defer func() {
		if p := recover(); p != nil {
			err = temporal.NewNonRetryableApplicationError(fmt.Sprintf("judging stopped: %v", p), ErrTypeInput, nil)
		}
		endSpan(span, err, attribute.Int("chengxu.gates", len(in.Gates)), attribute.String("chengxu.result", string(judgement.Verdict.Result)))
		if err == nil && len(in.Gates) > 0 {
			a.watcher.Judged(judgement.Verdict.Result)
		}
	}()
	law, err := a.law(ctx, in.Packs, in.Calendar)
	if errors.Is(err, casefile.ErrNotFound) {
		return rules.Judgement{}, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeUnknownContent, err)
	}
	if err != nil {
		return rules.Judgement{}, err
	}
	if judgement, err = law.judge.Judge(in.Input); err != nil {
		return rules.Judgement{}, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInput, err)
	}
	return judgement, nil
}

// Record writes the entry, or gives the one that stands at its place; see
// [Recorded]. If the process dies after the commit and before the workflow
// learns of it, the entry is offered again and is found written.
func (a *Activities) Record(ctx context.Context, entry casefile.Entry) (Recorded, error) {
	ctx, span := startSpan(ctx, "record")
	out, err := a.record(ctx, entry)
	endSpan(span, err, attribute.String("chengxu.case", string(entry.Case)), attribute.Int64("chengxu.entry.sequence", entry.Sequence),
		attribute.String("chengxu.entry.kind", string(entry.Kind)))
	if err == nil && out.Standing == nil {
		a.watcher.Recorded(entry.Kind)
	}
	return out, err
}

func (a *Activities) record(ctx context.Context, entry casefile.Entry) (Recorded, error) {
	index, err := a.recorder.RecordEntry(ctx, entry)
	switch {
	case err == nil:
		return Recorded{Index: index}, nil
	case errors.Is(err, casefile.ErrConflict):
		standing, missing := a.recorder.Entry(ctx, entry.Case, entry.Sequence)
		switch {
		case missing == nil:
			return Recorded{Standing: &standing}, nil
		case !errors.Is(missing, casefile.ErrNotFound): // the store did not answer: ask again
			return Recorded{}, fmt.Errorf("read the standing entry: %w", missing)
		}
		return Recorded{}, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeConflict, err)
	case errors.Is(err, casefile.ErrInvalid):
		return Recorded{}, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeConflict, err)
	}
	return Recorded{}, err
}

// Recall gives an entry that is recorded.
func (a *Activities) Recall(ctx context.Context, id casefile.ID, sequence int64) (casefile.Entry, error) {
	entry, err := a.recorder.Entry(ctx, id, sequence)
	if errors.Is(err, casefile.ErrNotFound) {
		return casefile.Entry{}, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeConflict, err)
	}
	return entry, err
}

// Number gives an act its number. If the process dies before the entry with the
// number is recorded, the act asks again and gets the same one.
func (a *Activities) Number(ctx context.Context, n casefile.Numbering) (casefile.Number, error) {
	return a.recorder.TakeNumber(ctx, n)
}

// JudgeFor gives the judge of a set of pinned packs, for dry runs.
func (a *Activities) JudgeFor(ctx context.Context, pinned casefile.Pinned) (*rules.Judge, error) {
	law, err := a.law(ctx, pinned.Packs, pinned.Calendar)
	return law.judge, err
}

func (a *Activities) law(ctx context.Context, pinned []casefile.PinnedPack, calendar casefile.Digest) (law, error) {
	key := string(calendar)
	for _, p := range pinned {
		key += "+" + string(p.Digest)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.laws[key]; ok {
		return known, nil
	}
	packs, err := a.packs(ctx, pinned)
	if err != nil {
		return law{}, err
	}
	cal, err := a.calendar(ctx, calendar)
	if err != nil {
		return law{}, err
	}
	judge, err := rules.NewJudge(packs, cal)
	if err != nil {
		return law{}, fmt.Errorf("judge: %w", err)
	}
	a.laws[key] = law{packs: packs, judge: judge}
	return a.laws[key], nil
}

// packs reads pinned packs, each over those before it.
func (a *Activities) packs(ctx context.Context, pinned []casefile.PinnedPack) ([]*rules.Pack, error) {
	packs := make([]*rules.Pack, len(pinned))
	for i, p := range pinned {
		b, err := a.contents.Content(ctx, p.Digest)
		if err != nil {
			return nil, fmt.Errorf("rule pack %s: %w", p.Pack, err)
		}
		if packs[i], err = rules.ParseArchive(b, packs[:i]...); err != nil {
			return nil, fmt.Errorf("rule pack %s: %w", p.Pack, err)
		}
	}
	return packs, nil
}

func (a *Activities) calendar(ctx context.Context, digest casefile.Digest) (*legaltime.Calendar, error) {
	b, err := a.contents.Content(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	cal, err := legaltime.ParseCalendar(b)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w: %w", casefile.ErrInvalid, err)
	}
	return cal, nil
}
