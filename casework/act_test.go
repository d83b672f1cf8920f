package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/workflows"
)

// engine is a Temporal client that answers as it is told.
type engine struct {
	client.Client
	result  workflows.ActResult
	failed  error
	sent    []client.UpdateWorkflowOptions
	started func() // when a workflow is started
	pollers []time.Time
}

func (e *engine) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	if e.started != nil {
		e.started()
	}
	return nil, nil
}

func (e *engine) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	e.sent = append(e.sent, o)
	return answered{result: e.result, failed: e.failed}, nil
}

func (e *engine) GetWorkflowHistory(context.Context, string, string, bool, enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	return none{}
}

func (e *engine) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return nil, nil
}

func (e *engine) DescribeTaskQueue(context.Context, string, enumspb.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error) {
	out := &workflowservice.DescribeTaskQueueResponse{}
	for _, at := range e.pollers {
		out.Pollers = append(out.Pollers, &taskqueuepb.PollerInfo{LastAccessTime: timestamppb.New(at)})
	}
	return out, nil
}

type answered struct {
	client.WorkflowUpdateHandle
	result workflows.ActResult
	failed error
}

func (a answered) Get(_ context.Context, into any) error {
	if result, ok := into.(*workflows.ActResult); ok {
		*result = a.result
	}
	return a.failed
}

// none is the history of a case that the engine has purged.
type none struct{}

func (none) HasNext() bool                          { return true }
func (none) Next() (*historypb.HistoryEvent, error) { return nil, serviceerror.NewNotFound("purged") }

// memory is a store of one case.
type memory struct {
	Store
	c       casefile.Case
	entries []casefile.Entry
}

func (m *memory) Head(context.Context, casefile.ID) (casefile.OrganID, int64, error) {
	return m.c.Organ, m.c.Sequence, nil
}

func (m *memory) Case(_ context.Context, id casefile.ID) (casefile.Case, error) {
	if len(m.entries) == 0 {
		return casefile.Case{}, fmt.Errorf("case %s: %w", id, casefile.ErrNotFound)
	}
	return m.c, nil
}

func (m *memory) Entry(_ context.Context, _ casefile.ID, sequence int64) (casefile.Entry, error) {
	return m.entries[sequence-1], nil
}

func (m *memory) Sealed(context.Context, casefile.ID) ([]SealedEntry, error) {
	return make([]SealedEntry, len(m.entries)), nil
}

// Content gives the shipped definition, whichever digest is asked for.
func (m *memory) Content(context.Context, casefile.Digest) ([]byte, error) {
	source, err := procedure.Shipped("cn.major-decision.2019.yaml")
	if err != nil {
		return nil, err
	}
	def, err := procedure.Load(source.Name, source.Content)
	if err != nil {
		return nil, err
	}
	return def.Canonical(), nil
}

func (m *memory) Histories(context.Context, casefile.ID) ([]History, error) { return nil, nil }
func (m *memory) Ping(context.Context) error                                { return nil }

// caseAt gives a case with as many entries.
func caseAt(sequence int64, status casefile.Status) *memory {
	m := &memory{c: casefile.Case{ID: "c", Organ: "o", Sequence: sequence, Status: status}}
	for n := range sequence {
		m.entries = append(m.entries, casefile.Entry{Case: "c", Sequence: n + 1})
	}
	return m
}

var noted = casefile.Act{ID: "a1", Kind: "case.note", By: casefile.Actor{Person: "p"}, With: casefile.Values{"text": "记事"}}

func TestWhatTheEngineSaysBecomesWhatCallersDecideBy(t *testing.T) {
	wrongRole := casefile.Refusal{Code: casefile.RefusedWrongRole, Message: casefile.Text{ZH: "不可以", EN: "no"}}
	away := errors.New("the engine is away")
	for _, tt := range []struct {
		name   string
		status casefile.Status
		failed error
		result workflows.ActResult
		code   casefile.RefusalCode // "": no refusal
		is     error                // nil: admitted
	}{
		{name: "done", result: workflows.ActResult{Sequence: 2, ActDigest: workflows.ActDigest(noted)}},
		{name: "the id stands for another act", result: workflows.ActResult{Sequence: 2, ActDigest: "other"},
			code: casefile.RefusedReusedID, is: casefile.ErrConflict},
		{name: "refused", failed: fmt.Errorf("update: %w", temporal.NewNonRetryableApplicationError("no", workflows.ErrTypeRefusal, nil, wrongRole)),
			code: casefile.RefusedWrongRole, is: casefile.ErrForbidden},
		{name: "a reason where none is asked for", code: casefile.RefusedUnknownReason, is: casefile.ErrInvalid,
			failed: temporal.NewApplicationErrorWithCause("judge", "wrapError", temporal.NewNonRetryableApplicationError("rule x", workflows.ErrTypeInput, nil))},
		{name: "the case is closed", status: casefile.StatusClosed, failed: serviceerror.NewNotFound("completed"),
			code: casefile.RefusedClosed, is: casefile.ErrConflict},
		{name: "the engine lost the case", status: casefile.StatusRunning, failed: serviceerror.NewNotFound("unknown")},
		{name: "the engine is away", failed: away, is: away},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &engine{result: tt.result, failed: tt.failed}
			s := New(Options{Temporal: e, Store: caseAt(2, tt.status)})
			got, err := s.Act(t.Context(), "c", noted, 0)
			if (err != nil) != (tt.failed != nil || tt.code != "") || tt.is != nil && !errors.Is(err, tt.is) {
				t.Fatalf("error %v, want %v", err, tt.is)
			}
			var refusal *casefile.Refusal
			if errors.As(err, &refusal); tt.code != "" && (refusal == nil || refusal.Code != tt.code) || tt.code == "" && refusal != nil {
				t.Errorf("refusal %+v, want %q", refusal, tt.code)
			}
			if err == nil && got.Entry.Sequence != 2 {
				t.Errorf("replied with entry %d", got.Entry.Sequence)
			}
			if o := e.sent[0]; o.UpdateID != noted.ID || o.Args[0].(workflows.ActInput).Known != 2 {
				t.Errorf("sent update %q, %+v", o.UpdateID, o.Args)
			}
			if len(s.turns.cases) != 0 {
				t.Error("the turn was not given back")
			}
		})
	}
}

func TestAMalformedActNeverReachesTheEngine(t *testing.T) {
	for name, act := range map[string]casefile.Act{
		"no id":      {Kind: "case.note", By: noted.By},
		"an odd id":  {ID: "a b", Kind: "case.note", By: noted.By},
		"no step":    {ID: "a", Kind: "note", By: noted.By},
		"no person":  {ID: "a", Kind: "case.note"},
		"a long id":  {ID: fmt.Sprintf("%0101d", 1), Kind: "case.note", By: noted.By},
		"no content": {},
	} {
		e := &engine{}
		_, err := New(Options{Temporal: e, Store: caseAt(1, "")}).Act(t.Context(), "c", act, 0)
		var refusal *casefile.Refusal
		if !errors.As(err, &refusal) || len(e.sent) != 0 {
			t.Errorf("%s: error %v, %d updates sent", name, err, len(e.sent))
		}
	}
}

// stopper ends an export when it comes to signing, and sees who has the turn.
type stopper struct {
	s    *Service
	free bool
}

var errStopped = errors.New("stopped")

func (p *stopper) Seal(ctx context.Context, _ casefile.OrganID) (Seal, error) {
	ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if done, err := p.s.turns.take(ctx, "c"); err == nil {
		p.free = true
		done()
	}
	return Seal{}, errStopped
}

func TestWhoReadsADossierHoldsUpNobody(t *testing.T) {
	p := &stopper{}
	p.s = New(Options{Temporal: &engine{}, Store: caseAt(2, casefile.StatusRunning), Sealer: p})
	if err := p.s.Export(t.Context(), "c", nil); !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	if !p.free {
		t.Error("acts on the case wait while its dossier is written")
	}
}

func TestReadyAsksForAWorkerThatLives(t *testing.T) {
	for _, tt := range []struct {
		name    string
		pollers []time.Time
		ready   bool
	}{
		{"none", nil, false},
		{"one that died", []time.Time{time.Now().Add(-4 * time.Minute)}, false},
		{"one that lives", []time.Time{time.Now().Add(-4 * time.Minute), time.Now().Add(-time.Minute)}, true},
	} {
		s := New(Options{Temporal: &engine{pollers: tt.pollers}, Store: caseAt(1, "")})
		err := s.Ready(t.Context())
		if (err == nil) != tt.ready {
			t.Errorf("%s: %v, want ready %t", tt.name, err, tt.ready)
		}
		var not *NotReady
		if err != nil && (!errors.As(err, &not) || !slices.Equal(not.Causes, []string{CauseWorker})) {
			t.Errorf("%s: %v does not name the worker", tt.name, err)
		}
	}
}

func TestTwoOpeningsWithOneIDAreToldApart(t *testing.T) {
	m := &memory{}
	opening := casefile.Act{ID: "o1", Kind: "case.open", By: casefile.Actor{Person: "p"}}
	in := workflows.CaseInput{Case: "c", Organ: "o", Matter: casefile.Matter{Title: "甲"}, Opening: opening}
	e := &engine{started: func() { // by somebody else, a moment before
		first := casefile.Entry{Case: "c", Sequence: 1, Kind: casefile.EntryOpened, Act: &opening, Matter: &casefile.Matter{Title: "乙"},
			Pinned: &casefile.Pinned{}}
		m.entries, m.c = []casefile.Entry{first}, casefile.Case{ID: "c", Sequence: 1}
	}}
	s := New(Options{Temporal: e, Store: m})
	var refusal *casefile.Refusal
	if got, err := s.start(t.Context(), in); !errors.As(err, &refusal) || refusal.Code != casefile.RefusedReusedID {
		t.Errorf("got the other case, %q: %v", got.Entry.Matter.Title, err)
	}
	in.Matter.Title = "乙"
	if got, err := s.start(t.Context(), in); err != nil || got.Entry.Sequence != 1 {
		t.Errorf("the same opening gave %+v, %v", got.Entry, err)
	}
}
