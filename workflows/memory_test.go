package workflows_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/workflows"
)

// memory is a store of one case, with the obligations of the real one.
type memory struct {
	mu       sync.Mutex
	contents map[casefile.Digest][]byte
	entries  []casefile.Entry
	numbered []casefile.Numbering
	fail     int // number of times that recording fails before it works
	lose     int // number of times that recording works and the answer is lost
	refuse   int // number of times that an entry is refused for good
}

func (m *memory) Content(_ context.Context, digest casefile.Digest) ([]byte, error) {
	b, ok := m.contents[digest]
	if !ok {
		return nil, fmt.Errorf("content %s: %w", digest, casefile.ErrNotFound)
	}
	return b, nil
}

func (m *memory) RecordEntry(_ context.Context, e casefile.Entry) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail > 0 {
		m.fail--
		return 0, fmt.Errorf("the store is away")
	}
	if m.refuse > 0 {
		m.refuse--
		return 0, fmt.Errorf("entry %d: %w", e.Sequence, casefile.ErrInvalid)
	}
	if int(e.Sequence) <= len(m.entries) {
		known, offered := must(json.Marshal(m.entries[e.Sequence-1])), must(json.Marshal(e))
		if !bytes.Equal(known, offered) {
			return 0, fmt.Errorf("entry %d: %w", e.Sequence, casefile.ErrConflict)
		}
		return e.Sequence - 1, nil
	}
	m.entries = append(m.entries, e)
	if m.lose > 0 {
		m.lose--
		return 0, fmt.Errorf("the answer is lost")
	}
	return e.Sequence - 1, nil
}

func (m *memory) Entry(_ context.Context, _ casefile.ID, sequence int64) (casefile.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if sequence < 1 || int(sequence) > len(m.entries) {
		return casefile.Entry{}, fmt.Errorf("entry %d: %w", sequence, casefile.ErrNotFound)
	}
	return m.entries[sequence-1], nil
}

func (m *memory) TakeNumber(_ context.Context, n casefile.Numbering) (casefile.Number, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.Index(m.numbered, n)
	if at < 0 {
		at, m.numbered = len(m.numbered), append(m.numbered, n)
	}
	return casefile.Number{Serial: int64(at + 1), Text: fmt.Sprintf("规〔%d〕%d号", n.Year, at+1)}, nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("test setup: %v", err))
	}
	return v
}

// fixture is a case in the SDK's test environment: the real workflow, the real
// procedure and the real rules, on a store in memory.
type fixture struct {
	t     *testing.T
	env   *testsuite.TestWorkflowEnvironment
	store *memory
	input workflows.CaseInput
	at    time.Duration // when the next act is sent, after the start
}

// newFixture prepares a case that opens at the given instant; practice cases
// have their clock start on that date.
func newFixture(t *testing.T, opens time.Time, practice bool) *fixture {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	f := &fixture{t: t, env: suite.NewTestWorkflowEnvironment(), store: &memory{contents: map[casefile.Digest][]byte{}}}
	f.env.SetStartTime(opens)
	f.env.SetTestTimeout(time.Minute)

	source := must(procedure.Shipped("cn.major-decision.2019.yaml"))
	def := must(procedure.Load(source.Name, source.Content))
	calendar := must(legaltime.Embedded())
	pinned := casefile.Pinned{Procedure: def.Name(), Definition: def.Digest(), Calendar: casefile.Digest(calendar.Digest())}
	f.store.contents[pinned.Definition] = def.Canonical()
	f.store.contents[pinned.Calendar] = calendar.Canonical()
	packs := slices.DeleteFunc(must(rules.Embedded()), func(p *rules.Pack) bool { return p.ID() != "cn.713" && p.ID() != "cn.shanghai" })
	for _, p := range packs {
		f.store.contents[p.Digest()] = p.Archive()
		pinned.Packs = append(pinned.Packs, casefile.PinnedPack{Pack: p.Name(), Digest: p.Digest()})
	}
	f.input = workflows.CaseInput{
		Case: "case-1", Organ: "organ", Matter: casefile.Matter{Title: "事项", Category: "policy"},
		Opening: casefile.Act{ID: "open", Kind: "case.open", By: actor("office", "office"), With: casefile.Values{
			"body_kind": "district-gov", "decision_body": "区政府", "contains_state_secret": false,
		}},
		Practice: practice, Pinned: pinned, Definition: def.Canonical(),
		Initial: procedure.InitialFacts(packs),
	}
	if practice {
		f.input.Starts = legaltime.DateIn(opens, legaltime.China)
	}
	a := activities.New(f.store, f.store)
	f.env.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: workflows.CaseWorkflow})
	f.env.RegisterActivityWithOptions(a.Judge, activity.RegisterOptions{Name: activities.JudgeName})
	f.env.RegisterActivityWithOptions(a.Record, activity.RegisterOptions{Name: activities.RecordName})
	f.env.RegisterActivityWithOptions(a.Recall, activity.RegisterOptions{Name: activities.RecallName})
	f.env.RegisterActivityWithOptions(a.Adopt, activity.RegisterOptions{Name: activities.AdoptName})
	f.env.RegisterActivityWithOptions(a.Number, activity.RegisterOptions{Name: activities.NumberName})
	return f
}

func actor(person string, roles ...casefile.Role) casefile.Actor {
	return casefile.Actor{Person: casefile.PersonID(person), Name: person, Roles: roles}
}

// answer is what came of an act.
type answer struct {
	result   workflows.ActResult
	rejected error // by the validator: nothing entered the history
	failed   error // by the handler
}

// send sends an act at a time after the start of the workflow.
func (f *fixture) send(after time.Duration, act casefile.Act, docs ...casefile.Document) *answer {
	got := &answer{}
	f.update(after, workflows.ActInput{Act: act, Documents: docs}, got)
	return got
}

func (f *fixture) update(after time.Duration, in workflows.ActInput, got *answer) {
	f.env.RegisterDelayedCallback(func() {
		f.env.UpdateWorkflow(workflows.UpdateAct, in.Act.ID, &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { got.rejected = err },
			OnComplete: func(v any, err error) {
				if err != nil {
					got.failed = err
					return
				}
				got.result = v.(workflows.ActResult)
			},
		}, in)
	}, after)
}

// do sends an act a second after the one before.
func (f *fixture) do(id, kind string, by casefile.Actor, with casefile.Values) *answer {
	f.at += time.Second
	return f.send(f.at, casefile.Act{ID: id, Kind: kind, By: by, With: with})
}

// run runs the workflow until it ends, or the clock of the test stands still.
func (f *fixture) run() error {
	f.t.Helper()
	f.env.ExecuteWorkflow(workflows.CaseWorkflow, f.input)
	return f.env.GetWorkflowError()
}

// kinds gives the kinds of the entries recorded.
func (f *fixture) kinds() []casefile.EntryKind {
	var out []casefile.EntryKind
	for _, e := range f.store.entries {
		out = append(out, e.Kind)
	}
	return out
}

// stopAfter ends a case that would wait for ever, at a time after the start.
func (f *fixture) stopAfter(after time.Duration) {
	f.env.RegisterDelayedCallback(f.env.CancelWorkflow, after)
}

// query asks the workflow for its case.
func (f *fixture) query() casefile.Case {
	f.t.Helper()
	v, err := f.env.QueryWorkflow(workflows.QueryCase)
	if err != nil {
		f.t.Fatal(err)
	}
	var c casefile.Case
	if err := v.Get(&c); err != nil {
		f.t.Fatal(err)
	}
	return c
}

// decode reads the input of the run that follows.
func (f *fixture) decode(input *commonpb.Payloads, into any) error {
	return converter.GetDefaultDataConverter().FromPayloads(input, into)
}
