package worker

import (
	"fmt"
	"log/slog"
	"strings"

	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/casefile"
)

// Replay runs the history of one run of a case, as JSON, through the workflow
// code and gives the entries that the code records on the way. Results of local
// activities come from the history's markers: nothing is judged or written. An
// error means that the code does not follow the history.
func Replay(historyJSON []byte) ([]casefile.Entry, error) {
	h, err := client.HistoryFromJSON(strings.NewReader(string(historyJSON)), client.HistoryJSONOptions{})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return ReplayHistory(h)
}

// ReplayHistory is [Replay] for a history that is already read.
func ReplayHistory(h *history.History) ([]casefile.Entry, error) {
	seen := &recorder{}
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter:            converter.GetDefaultDataConverter(),
		Interceptors:             []interceptor.WorkerInterceptor{seen},
		DisableDeadlockDetection: true,
	})
	if err != nil {
		return nil, fmt.Errorf("new replayer: %w", err)
	}
	registerWorkflows(replayer)
	if err := replayer.ReplayWorkflowHistory(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), h); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return seen.entries, seen.err
}

// recorder is an interceptor that notes what the workflow hands to Record.
type recorder struct {
	interceptor.WorkerInterceptorBase
	entries []casefile.Entry
	err     error
}

func (s *recorder) InterceptWorkflow(ctx workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &inbound{seen: s}
	in.Next = next
	return in
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	seen *recorder
}

func (i *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	out := &outbound{seen: i.seen}
	out.Next = next
	return i.Next.Init(out)
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	seen *recorder
}

func (o *outbound) ExecuteLocalActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	future := o.Next.ExecuteLocalActivity(ctx, name, args...)
	switch name {
	case activities.RecordName:
		entry, ok := first(args).(casefile.Entry)
		if !ok {
			o.seen.err = fmt.Errorf("record was called with %T", first(args))
			return future
		}
		return &recording{Future: future, offered: entry, seen: o.seen}
	case activities.RecallName:
		return &recording{Future: future, seen: o.seen}
	}
	return future
}

// recording notes an entry once the workflow learns that it is recorded: the one
// that it offered, the one that stood at its place, or one that it recalled.
type recording struct {
	workflow.Future
	offered casefile.Entry
	seen    *recorder
}

func (r *recording) Get(ctx workflow.Context, into any) error {
	if err := r.Future.Get(ctx, into); err != nil {
		return err
	}
	entry := r.offered
	switch result := into.(type) {
	case *activities.Recorded:
		if result.Standing != nil {
			entry = *result.Standing
		}
	case *casefile.Entry:
		entry = *result
	}
	r.seen.entries = append(r.seen.entries, entry)
	return nil
}

func first(args []any) any {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}
