package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

const (
	// DefaultNamespace is the namespace that is used when the options name none.
	DefaultNamespace = "chengxu"
	// DefaultRetention is how long the history of a closed case is kept when
	// the options do not say. The record of the case does not depend on it.
	DefaultRetention = 30 * 24 * time.Hour

	minRetention   = time.Hour // the server's own minimum
	startLimit     = 30 * time.Second
	healthService  = "temporal.api.workflowservice.v1.WorkflowService"
	healthInterval = 10 * time.Millisecond
)

// Options say where the server keeps its state and how it behaves.
type Options struct {
	// Database is the address of a PostgreSQL database, postgres://…, in which the
	// server keeps everything. It is never repeated in an error or a message.
	Database string
	// Dir holds temporal.db and temporal.lock, where there is no database, and, while
	// the server runs, address. It is made when it is missing.
	Dir       string
	Listen    string        // IP address and port at which clients reach it; empty: a free port of this machine's own
	Namespace string        // empty: DefaultNamespace
	Retention time.Duration // zero: DefaultRetention; applies from the next start on when it is changed
	// SearchAttributes are the names by which workflows can be found. Nil:
	// CaseAttributes(). Attributes may be added later; none is ever taken away.
	SearchAttributes map[string]enumspb.IndexedValueType
	Logger           *slog.Logger // gets warnings and errors of the server; nil: silent
}

// Server is a running server.
type Server struct {
	inner    temporal.Server
	kept     storage
	log      *logger
	hostPort string
	stop     func() error

	addressFile string // empty until it is written
}

// Start sets the schema up if the directory or the database is new, starts the
// server, and returns when it answers. The context limits the start only; without a
// deadline the limit is 30 seconds. The caller must call Stop.
func Start(ctx context.Context, opts Options) (*Server, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, err
	}
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, startLimit)
		defer cancel()
	}
	log := newLogger(opts.Logger)
	kept, err := opts.open(ctx, log.fail)
	if err != nil {
		return nil, err
	}
	s, err := startOn(ctx, opts, kept, log)
	if err != nil {
		return nil, errors.Join(err, kept.release())
	}
	return s, nil
}

// open takes the storage, or says who has it. What makes it go away while it is
// used is reported to lost.
func (o Options) open(ctx context.Context, lost func(error)) (storage, error) {
	if o.Database != "" {
		return openPostgres(ctx, o.Database, lost)
	}
	return openFiles(o.Dir)
}

// complete fills in what was left out, and refuses what cannot be meant.
func (o Options) complete() (Options, error) {
	if o.Database == "" {
		if o.Dir == "" {
			return o, errors.New("workflow engine: no data directory given")
		}
		dir, err := filepath.Abs(o.Dir)
		if err != nil {
			return o, fmt.Errorf("finding the data directory of the workflow engine: %w", err)
		}
		o.Dir = dir
	}
	if o.Namespace == "" {
		o.Namespace = DefaultNamespace
	}
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.Retention < minRetention {
		return o, fmt.Errorf("workflow engine: retention %s is shorter than %s", o.Retention, minRetention)
	}
	if o.SearchAttributes == nil {
		o.SearchAttributes = CaseAttributes()
	}
	return o, nil
}

func startOn(ctx context.Context, opts Options, kept storage, log *logger) (*Server, error) {
	if err := kept.prepare(ctx); err != nil {
		return nil, err
	}
	if err := prepareNamespace(ctx, kept.main(), opts); err != nil {
		return nil, fmt.Errorf("preparing namespace %s of the workflow engine: %w", opts.Namespace, err)
	}
	ports, err := freePorts(ctx, len(services))
	if err != nil {
		return nil, fmt.Errorf("finding free ports for the workflow engine: %w", err)
	}
	cfg, hosts := serverConfig(kept.persistence(), ports)
	if err := listenAt(cfg, hosts, opts.Listen); err != nil {
		return nil, err
	}

	s := &Server{kept: kept, log: log, hostPort: cfg.PublicClient.HostPort}
	s.stop = sync.OnceValue(s.shutDown)
	if err := s.run(ctx, []temporal.ServerOption{
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(log),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	}); err != nil {
		return nil, fmt.Errorf("starting the workflow engine: %w", err)
	}
	if err := s.awaitReady(ctx, opts.Namespace); err != nil {
		log.close()
		return nil, errors.Join(fmt.Errorf("waiting for the workflow engine: %w", err), s.inner.Stop())
	}
	if err := s.tellAddress(opts.Dir); err != nil {
		log.close()
		return nil, errors.Join(err, s.inner.Stop())
	}
	return s, nil
}

// run builds and starts the server in a goroutine of its own, because a fatal
// error ends the goroutine that meets it (see logger.Fatal).
func (s *Server) run(ctx context.Context, options []temporal.ServerOption) error {
	started := make(chan error, 1)
	go func() {
		inner, err := temporal.NewServer(options...)
		if err == nil {
			s.inner = inner
			err = inner.Start()
		}
		started <- err
	}()
	select {
	case err := <-started:
		return err
	case err := <-s.log.failed:
		return err
	case <-ctx.Done():
		return errors.Join(ctx.Err(), s.abandon(started))
	}
}

// abandon waits until a start that nobody waits for any more is over, which the
// server itself limits to a minute, and undoes it.
func (s *Server) abandon(started <-chan error) error {
	select {
	case err := <-started:
		if err != nil {
			return err
		}
		s.log.close()
		return s.inner.Stop()
	case err := <-s.log.failed:
		return err
	}
}

// awaitReady returns when the frontend serves and knows the namespace.
func (s *Server) awaitReady(ctx context.Context, namespace string) (err error) {
	conn, err := grpc.NewClient(s.hostPort, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("connecting to %s: %w", s.hostPort, err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	health := healthpb.NewHealthClient(conn)
	frontend := workflowservice.NewWorkflowServiceClient(conn)
	for {
		answer, err := health.Check(ctx, &healthpb.HealthCheckRequest{Service: healthService}, grpc.WaitForReady(true))
		if err == nil && answer.GetStatus() == healthpb.HealthCheckResponse_SERVING {
			_, err = frontend.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
			if err == nil {
				return nil
			}
		}
		select {
		case <-time.After(healthInterval):
		case failure := <-s.log.failed:
			return failure
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// HostPort is the address that clients dial, such as "127.0.0.1:40123".
func (s *Server) HostPort() string { return s.hostPort }

// Failed gives an error when the running server met one that it cannot survive.
// Whoever started it should then stop the process: cases do not move any more.
func (s *Server) Failed() <-chan error { return s.log.failed }

// Stop ends the server, in about a second, and lets go of the directory or the
// database; of SQLite it moves the write-ahead log into the file. Workers and clients
// should have been closed before. A second call does nothing more.
func (s *Server) Stop() error { return s.stop() }

func (s *Server) shutDown() error {
	s.log.close()
	return errors.Join(s.hideAddress(), s.inner.Stop(), s.kept.settle(), s.kept.release())
}
