package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/zhengdang/chengxu/worker"
	"github.com/zhengdang/chengxu/workflows"
)

// builds are the workers of a namespace by their builds, and the cases on each.
type builds struct {
	client    client.Client
	namespace string
}

func (b builds) deployment() client.WorkerDeploymentHandle {
	return b.client.WorkerDeploymentClient().GetHandle(worker.Deployment)
}

// refuseAny refuses an engine on which workers have builds: cases wait there for a worker
// of a build, and one process that does everything has none. What cannot be found out
// keeps nobody from starting.
func (b builds) refuseAny(ctx context.Context, log *slog.Logger) error {
	build, _, err := b.current(ctx)
	if err != nil {
		log.WarnContext(ctx, "whether separate workers carry the cases is not known", "error", err)
		return nil
	}
	if build != "" {
		return fmt.Errorf("办件已由独立的工作进程（版本 %s）承办，请继续使用 chengxu engine、worker 和 api\n"+
			"separate workers (build %s) carry the cases of this engine: go on with chengxu engine, worker and api", build, build)
	}
	return nil
}

// current gives the build on which new cases are opened; empty when there is none yet.
func (b builds) current(ctx context.Context) (build string, token []byte, err error) {
	described, err := b.deployment().Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	var none *serviceerror.NotFound
	if errors.As(err, &none) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("builds of workers: %w", err)
	}
	if now := described.Info.RoutingConfig.CurrentVersion; now != nil {
		build = now.BuildID
	}
	return build, described.ConflictToken, nil
}

// promote makes a build the one on which cases are opened from now on. One that no
// worker is of is refused.
func (b builds) promote(ctx context.Context, build string, token []byte) error {
	_, err := b.deployment().SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: build, ConflictToken: token})
	if err != nil {
		return fmt.Errorf("promote build %s: is a worker of it running? %w", build, err)
	}
	return nil
}

// promoteFirst makes a build the current one when there is none: the first worker of a
// namespace needs nobody to promote it.
func (b builds) promoteFirst(ctx context.Context, build string) (first bool, err error) {
	err = eventually(ctx, func(ctx context.Context) error { // the cluster learns of a build by the polls of its worker
		now, token, err := b.current(ctx)
		if err != nil || now != "" {
			return err
		}
		if token == nil {
			return errors.New("the cluster does not know the worker yet")
		}
		first = true
		return b.promote(ctx, build, token)
	})
	return first && err == nil, err
}

// openOn gives the query for the open cases of a build; of the empty one, for those that
// are on none.
func openOn(build string) string {
	query := "WorkflowType = '" + workflows.CaseWorkflow + "' AND ExecutionStatus = 'Running' AND TemporalWorkerDeploymentVersion "
	if build == "" {
		return query + "IS NULL"
	}
	return query + "= '" + worker.Deployment + ":" + build + "'"
}

func (b builds) countOn(ctx context.Context, build string) (int64, error) {
	n, err := b.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: b.namespace, Query: openOn(build)})
	if err != nil {
		return 0, fmt.Errorf("count cases of build %s: %w", build, err)
	}
	return n.GetCount(), nil
}

// table writes every build with the cases that are open on it.
func (b builds) table(ctx context.Context, out io.Writer) error {
	described, err := b.deployment().Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	var none *serviceerror.NotFound
	if errors.As(err, &none) {
		_, err := fmt.Fprintln(out, "尚无工作进程 no worker has polled yet")
		return err
	}
	if err != nil {
		return fmt.Errorf("builds of workers: %w", err)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "BUILD\tSTATE\tOPEN CASES\tSINCE")
	versions := described.Info.VersionSummaries
	slices.SortFunc(versions, func(x, y client.WorkerDeploymentVersionSummary) int { return y.CreateTime.Compare(x.CreateTime) })
	for _, v := range versions {
		n, err := b.countOn(ctx, v.Version.BuildID)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", v.Version.BuildID, stateOf(v, described.Info.RoutingConfig.CurrentVersion), n, v.CreateTime.Format(time.DateOnly))
	}
	n, err := b.countOn(ctx, "")
	if err != nil {
		return err
	}
	if n > 0 {
		fmt.Fprintf(w, "-\tof one process\t%d\t\n", n)
	}
	return w.Flush()
}

func stateOf(v client.WorkerDeploymentVersionSummary, current *sdkworker.WorkerDeploymentVersion) string {
	switch {
	case current != nil && current.BuildID == v.Version.BuildID:
		return "current"
	case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDraining:
		return "draining"
	case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDrained:
		return "drained"
	}
	return "waiting"
}

// mover moves open cases from other builds to the one whose code this program has.
type mover struct {
	builds
	to    string
	check bool // only say which cases could move
	out   io.Writer

	moved, stayed int
}

// all moves the open cases of a build, each after its own history was replayed.
func (m *mover) all(ctx context.Context, from string) error {
	for token := []byte(nil); ; {
		page, err := m.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: m.namespace, Query: openOn(from), NextPageToken: token})
		if err != nil {
			return fmt.Errorf("cases of build %s: %w", from, err)
		}
		for _, e := range page.GetExecutions() {
			if err := m.one(ctx, e.GetExecution().GetWorkflowId()); err != nil {
				return err
			}
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return nil
		}
	}
}

// one moves one case. A case whose history the code does not follow stays where it is.
func (m *mover) one(ctx context.Context, id string) error {
	h, err := m.history(ctx, id)
	if err != nil {
		return fmt.Errorf("history of %s: %w", id, err)
	}
	if _, err := worker.ReplayHistory(h); err != nil {
		m.stayed++
		_, err = fmt.Fprintf(m.out, "%s 不迁移 stays: %v\n", id, err)
		return err
	}
	m.moved++
	if m.check {
		return nil
	}
	_, err = m.client.UpdateWorkflowExecutionOptions(ctx, client.UpdateWorkflowExecutionOptionsRequest{
		WorkflowId: id, WorkflowExecutionOptionsChanges: client.WorkflowExecutionOptionsChanges{VersioningOverride: &client.VersioningOverrideChange{
			Value: &client.PinnedVersioningOverride{Version: sdkworker.WorkerDeploymentVersion{DeploymentName: worker.Deployment, BuildID: m.to}},
		}},
	})
	var ended *serviceerror.NotFound
	if errors.As(err, &ended) { // the case was closed meanwhile
		return nil
	}
	if err != nil {
		return fmt.Errorf("move %s to build %s: %w", id, m.to, err)
	}
	return nil
}

func (m *mover) history(ctx context.Context, id string) (*historypb.History, error) {
	events := m.client.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	out := &historypb.History{}
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return nil, err
		}
		out.Events = append(out.Events, e)
	}
	return out, nil
}

func clusterBuildsCommand(o *clusterOptions) *cobra.Command {
	return &cobra.Command{
		Use: "builds", Short: "the builds of workers, and how many open cases each carries", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBuilds(cmd, o, func(b builds) error { return b.table(cmd.Context(), cmd.OutOrStdout()) })
		},
	}
}

func withBuilds(cmd *cobra.Command, o *clusterOptions, do func(builds) error) error {
	c, dial, err := o.connect(cmd.Context(), warnings())
	if err != nil {
		return err
	}
	defer c.Close()
	return do(builds{client: c, namespace: dial.Namespace})
}

func clusterPromoteCommand(o *clusterOptions) *cobra.Command {
	return &cobra.Command{
		Use: "promote BUILD", Short: "open new cases on a build from now on; open cases stay where they are", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBuilds(cmd, o, func(b builds) error {
				if err := checkBuild(args[0]); err != nil {
					return err
				}
				if err := b.promote(cmd.Context(), args[0], nil); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "新案件由此版本办理 new cases are opened on build %s\n", args[0])
				return err
			})
		},
	}
}

func clusterMoveCommand(o *clusterOptions) *cobra.Command {
	var from []string
	var unversioned, check bool
	m := mover{}
	cmd := &cobra.Command{
		Use:   "move",
		Short: "move open cases from other builds to that of this program, each after its history was replayed by it",
		Long: "A case whose history this program does not follow stays on its build, and the exit code is 1. Run it with the\n" +
			"program whose workers are to carry the cases on.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBuilds(cmd, o, func(b builds) error {
				m.builds, m.check, m.out = b, check, cmd.OutOrStdout()
				for _, build := range append([]string{m.to}, from...) {
					if err := checkBuild(build); err != nil {
						return err
					}
				}
				if unversioned {
					from = append(from, "")
				}
				for _, build := range from {
					if err := m.all(cmd.Context(), build); err != nil {
						return err
					}
				}
				verb := "迁移 moved"
				if check {
					verb = "可以迁移 could move"
				}
				fmt.Fprintf(m.out, "%s %d，不迁移 stayed %d\n", verb, m.moved, m.stayed)
				if m.stayed > 0 {
					return notInOrder{fmt.Errorf("%d cases stay on their builds", m.stayed)}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringSliceVar(&from, "from", nil, "builds whose cases move")
	cmd.Flags().BoolVar(&unversioned, "from-one-process", false, "also cases that were opened by a program that was engine and worker in one process")
	cmd.Flags().BoolVar(&check, "check", false, "replay only, and say which cases could move")
	buildFlag(cmd.Flags(), &m.to)
	return cmd
}

var buildForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// checkBuild refuses build ids that a query could not name.
func checkBuild(build string) error {
	if !buildForm.MatchString(build) {
		return fmt.Errorf("build %q: want 1 to 100 letters, digits, dots, underscores or hyphens", build)
	}
	return nil
}
