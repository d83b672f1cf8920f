// Package worker registers the workflow and the activities with Temporal, and
// replays histories.
package worker

import (
	"time"

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

// Deployment names the workers of this program among those of a namespace; its
// versions are told apart by their build ids.
const Deployment = "chengxu"

// Options say how a worker takes part. The zero value is for the one worker of an
// engine in the same process.
type Options struct {
	// BuildID makes the worker one of several builds: a case stays with the build
	// that it was opened on until it is moved. Empty: the worker takes every case.
	BuildID string
	// FinishWithin is how long Stop waits for tasks that are under way.
	FinishWithin time.Duration
	// Failed is told of an error that the worker cannot go on after; nil: nobody is.
	Failed func(error)
}

// New returns a worker for the cases; the caller starts and stops it.
//
// Sixteen workflow-task pollers: with the default, new cases wait behind sticky
// queues for seconds under load (docs/benchmarks.md).
func New(c client.Client, a *activities.Activities, o Options) worker.Worker {
	options := worker.Options{MaxConcurrentWorkflowTaskPollers: 16, WorkerStopTimeout: o.FinishWithin, OnFatalError: o.Failed}
	if o.BuildID != "" {
		options.DeploymentOptions = worker.DeploymentOptions{
			UseVersioning: true, Version: worker.WorkerDeploymentVersion{DeploymentName: Deployment, BuildID: o.BuildID},
			DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
		}
	}
	w := worker.New(c, TaskQueue, options)
	registerWorkflows(w)
	w.RegisterActivityWithOptions(a.Judge, activity.RegisterOptions{Name: activities.JudgeName})
	w.RegisterActivityWithOptions(a.Record, activity.RegisterOptions{Name: activities.RecordName})
	w.RegisterActivityWithOptions(a.Recall, activity.RegisterOptions{Name: activities.RecallName})
	w.RegisterActivityWithOptions(a.Adopt, activity.RegisterOptions{Name: activities.AdoptName})
	w.RegisterActivityWithOptions(a.Number, activity.RegisterOptions{Name: activities.NumberName})
	return w
}
