// Package worker registers the workflow and the activities with Temporal, and
// replays histories.
package worker

import (
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/workflows"
)

// TaskQueue is where the tasks of cases wait.
const TaskQueue = "chengxu-cases"

// registry is what workers, replayers and test environments have in common.
type registry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// registerWorkflows registers the workflow under the name that histories know.
func registerWorkflows(r registry) {
	r.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: workflows.CaseWorkflow})
}

// New returns a worker for the cases; the caller starts and stops it.
//
// Sixteen workflow-task pollers: with the default, new cases wait behind sticky
// queues for seconds under load (docs/benchmarks.md).
func New(c client.Client, a *activities.Activities) worker.Worker {
	w := worker.New(c, TaskQueue, worker.Options{MaxConcurrentWorkflowTaskPollers: 16})
	registerWorkflows(w)
	w.RegisterActivityWithOptions(a.Judge, activity.RegisterOptions{Name: activities.JudgeName})
	w.RegisterActivityWithOptions(a.Record, activity.RegisterOptions{Name: activities.RecordName})
	w.RegisterActivityWithOptions(a.Recall, activity.RegisterOptions{Name: activities.RecallName})
	w.RegisterActivityWithOptions(a.Adopt, activity.RegisterOptions{Name: activities.AdoptName})
	w.RegisterActivityWithOptions(a.Number, activity.RegisterOptions{Name: activities.NumberName})
	return w
}
