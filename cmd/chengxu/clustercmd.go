package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/workflows"
)

// keptFor is how long the engine keeps the histories of closed runs. Dossiers
// need them; they are saved in the store when a case closes or is exported, and
// a run that a long case has left behind is saved only then.
const keptFor = 10 * 365 * 24 * time.Hour

func clusterCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "cluster", Short: "the Temporal cluster that api and worker use: prepare it, and see which builds carry which cases"}
	var o clusterOptions
	o.flags(cmd.PersistentFlags())
	cmd.AddCommand(clusterPrepareCommand(&o), clusterCheckCommand(&o), clusterBuildsCommand(&o), clusterPromoteCommand(&o), clusterMoveCommand(&o))
	return cmd
}

// warnings is the logger of commands.
func warnings() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func clusterCheckCommand(o *clusterOptions) *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "say whether the namespace is there, with all that cases need", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, dial, err := o.connect(cmd.Context(), warnings())
			if err != nil {
				return err
			}
			defer c.Close()
			if err := checkCluster(cmd.Context(), c, dial, warnings()); err != nil {
				return notInOrder{err}
			}
			return tellPrepared(cmd.OutOrStdout(), dial)
		},
	}
}

func tellPrepared(out io.Writer, dial client.Options) error {
	_, err := fmt.Fprintf(out, "命名空间已备齐 %s is prepared: %s\n", dial.Namespace, dial.HostPort)
	return err
}

func clusterPrepareCommand(o *clusterOptions) *cobra.Command {
	var retention time.Duration
	cmd := &cobra.Command{
		Use:   "prepare",
		Short: "make the namespace and the search attributes of cases, where they are missing",
		Long: "Running it again changes nothing that is there; with --retention it also changes how long the namespace keeps\n" +
			"histories. On a hosted cluster, where namespaces are made otherwise, make those that `cluster check` names.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, dial, err := o.connect(cmd.Context(), warnings())
			if err != nil {
				return err
			}
			defer c.Close()
			p := preparation{client: c, namespace: dial.Namespace, retention: retention, insist: cmd.Flags().Changed("retention"), out: cmd.OutOrStdout()}
			if err := p.run(cmd.Context()); err != nil {
				return err
			}
			if err := checkCluster(cmd.Context(), c, dial, warnings()); err != nil {
				return err
			}
			return tellPrepared(cmd.OutOrStdout(), dial)
		},
	}
	cmd.Flags().DurationVar(&retention, "retention", keptFor, "how long the namespace keeps histories of closed runs")
	return cmd
}

// preparation brings a cluster to what cases need.
type preparation struct {
	client    client.Client
	namespace string
	retention time.Duration
	insist    bool // change the retention of a namespace that is there
	out       io.Writer
}

func (p preparation) run(ctx context.Context) error {
	if err := p.makeNamespace(ctx); err != nil {
		return fmt.Errorf("namespace %s: %w", p.namespace, err)
	}
	var missing map[string]bool
	// What was made a moment ago is known to every part of the cluster only after a while.
	if err := eventually(ctx, func(ctx context.Context) (err error) {
		missing, err = p.addAttributes(ctx)
		return err
	}); err != nil {
		return err
	}
	if err := eventually(ctx, p.answers); err != nil {
		return err
	}
	for _, name := range casefile.SortedNames(missing) {
		fmt.Fprintf(p.out, "已增加检索属性 search attribute %s added\n", name)
	}
	return nil
}

func (p preparation) makeNamespace(ctx context.Context) error {
	service := p.client.WorkflowService()
	_, err := service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: p.namespace, Description: "cases of chengxu", WorkflowExecutionRetentionPeriod: durationpb.New(p.retention),
	})
	var there *serviceerror.NamespaceAlreadyExists
	switch {
	case err == nil:
		_, err = fmt.Fprintf(p.out, "已设立命名空间 namespace %s made, keeps histories for %s\n", p.namespace, p.retention)
		return err
	case !errors.As(err, &there):
		return err
	case !p.insist:
		return nil
	}
	described, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: p.namespace})
	if err != nil {
		return err
	}
	config := described.GetConfig()
	config.WorkflowExecutionRetentionTtl = durationpb.New(p.retention)
	if _, err := service.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{Namespace: p.namespace, Config: config}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "命名空间 namespace %s keeps histories for %s\n", p.namespace, p.retention)
	return err
}

// addAttributes adds what is missing, and gives the names of it.
func (p preparation) addAttributes(ctx context.Context) (map[string]bool, error) {
	missing, err := missingAttributes(ctx, p.client, p.namespace)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	if _, err := p.client.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: p.namespace, SearchAttributes: missing,
	}); err != nil {
		return nil, fmt.Errorf("add search attributes to namespace %s: %w", p.namespace, err)
	}
	added := map[string]bool{}
	for name := range missing {
		added[name] = true
	}
	return added, nil
}

// answers reports whether the cluster finds cases by each of their attributes.
func (p preparation) answers(ctx context.Context) error {
	var terms []string
	for name := range workflows.SearchAttributes() {
		terms = append(terms, name+" IS NOT NULL")
	}
	slices.Sort(terms)
	if _, err := p.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: p.namespace, Query: strings.Join(terms, " AND ")}); err != nil {
		return fmt.Errorf("find cases in namespace %s: %w", p.namespace, err)
	}
	return nil
}

// eventually tries until it succeeds, for as long as a cluster takes to tell all of its
// parts of something new. What no waiting mends it gives at once.
func eventually(ctx context.Context, try func(context.Context) error) error {
	within, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try(within)
		var wrong *wrongAttributes
		if err == nil || errors.As(err, &wrong) {
			return err
		}
		select {
		case <-tick.C:
		case <-within.Done():
			return err
		}
	}
}
