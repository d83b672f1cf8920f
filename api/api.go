// Package api is the HTTP interface of the use cases in casework. Its contract
// is openapi.yaml, written first; the tests hold routes and answers to it.
//
// A handler reads the request, calls one use case and writes the answer.
// Errors are returned; problem.go alone knows statuses.
package api

import (
	"context"
	_ "embed" // for the contract
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
)

//go:embed openapi.yaml
var contract []byte

// Cases are the use cases that the API serves.
type Cases interface {
	Open(ctx context.Context, o casework.Opening) (casework.Reply, error)
	Act(ctx context.Context, id casefile.ID, act casefile.Act) (casework.Reply, error)
	DryRun(ctx context.Context, id casefile.ID, act casefile.Act) (casework.DryRun, error)
	Case(ctx context.Context, id casefile.ID) (casefile.Case, error)
	Practice(ctx context.Context, id casefile.ID) (bool, error)
	List(ctx context.Context, f casework.Filter) (cases []casework.Summary, next string, err error)
	Affected(ctx context.Context, f casework.Filter) (affected []casework.Affected, next string, err error)
	Entries(ctx context.Context, id casefile.ID) ([]casework.SealedEntry, error)
	Possible(ctx context.Context, id casefile.ID, by casefile.Actor) ([]casework.Possible, error)
	PlanMatter(ctx context.Context, q casework.PlanQuestion) (*planner.Plan, error)
	PlanCase(ctx context.Context, id casefile.ID, q casework.PlanQuestion) (*planner.Plan, error)
	Sheet(ctx context.Context, id casefile.ID, deadline string) (planner.Sheet, error)
	Calendar(ctx context.Context, id casefile.ID) ([]byte, error)
	PutDocument(ctx context.Context, up casework.Upload) (casefile.Document, error)
	Document(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.Document, []byte, error)
	Export(ctx context.Context, id casefile.ID, w io.Writer) error
	Procedures() []*procedure.Definition
	Ready(ctx context.Context) error
}

// Authenticator tells who asks, from the values of the Authorization header.
// Without a valid bearer token the error is [auth.ErrUnauthenticated].
type Authenticator interface {
	Authenticate(ctx context.Context, authorization []string) (auth.Principal, error)
}

// Attempt is a request that was refused before it entered the record of a case.
type Attempt struct {
	RequestID string
	Organ     casefile.OrganID
	Person    casefile.PersonID // who held the token
	Case      casefile.ID       // empty for an opening
	Act       string            // the kind of the act
	ActID     string
	Code      string // problem code, such as "wrong-role"
	Field     string
	Message   casefile.Text
}

// RefusalLog keeps refused attempts outside the cases.
type RefusalLog interface {
	LogRefusal(ctx context.Context, a Attempt) error
}

// Options join the API to the rest. Cases, Authenticator and Refusals are
// required.
type Options struct {
	Cases         Cases
	Authenticator Authenticator
	Refusals      RefusalLog
	Log           *slog.Logger  // nil: silent
	AnswerWithin  time.Duration // bound of one request; 0 means 35 seconds
}

// API answers HTTP requests under /api/v1, /healthz and /readyz.
type API struct {
	echo *echo.Echo
}

// New returns an API.
func New(o Options) (*API, error) {
	if o.Cases == nil || o.Authenticator == nil || o.Refusals == nil {
		return nil, errors.New("api: cases, authenticator and refusal log are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.AnswerWithin == 0 {
		o.AnswerWithin = 35 * time.Second
	}
	h := &handler{cases: o.Cases, tokens: o.Authenticator, refusals: o.Refusals, log: o.Log}
	e := echo.New()
	e.HTTPErrorHandler = h.problem
	e.Use(h.requestID, h.accessLog, h.recovered, secure)
	quick, slow := within(o.AnswerWithin), within(5*time.Minute)

	e.GET("/api/v1/cases", h.signedIn(h.listCases), quick)
	e.POST("/api/v1/cases", h.signedIn(h.openCase), quick)
	e.GET("/api/v1/affected", h.signedIn(h.listAffected), quick)
	e.GET("/api/v1/cases/:id", h.signedIn(h.readCase), quick)
	e.POST("/api/v1/cases/:id/acts", h.signedIn(h.act), quick)
	e.POST("/api/v1/cases/:id/dry-run", h.signedIn(h.dryRun), quick)
	e.GET("/api/v1/cases/:id/entries", h.signedIn(h.listEntries), quick)
	e.GET("/api/v1/cases/:id/possible", h.signedIn(h.listPossible), quick)
	e.GET("/api/v1/cases/:id/dossier", h.signedIn(h.exportDossier), slow)
	e.GET("/api/v1/cases/:id/plan", h.signedIn(h.planCase), quick)
	e.GET("/api/v1/cases/:id/deadlines", h.signedIn(h.listDeadlines), quick)
	e.GET("/api/v1/cases/:id/deadlines/:deadline/derivation", h.signedIn(h.deriveDeadline), quick)
	e.GET("/api/v1/cases/:id/calendar.ics", h.signedIn(h.readCalendar), quick)
	e.POST("/api/v1/plans", h.signedIn(h.planMatter), quick)
	e.POST("/api/v1/documents", h.signedIn(h.putDocument), slow)
	e.GET("/api/v1/documents/:digest", h.signedIn(h.readDocument), slow)
	e.GET("/api/v1/procedures", h.signedIn(h.listProcedures), quick)
	e.GET("/api/v1/procedures/:name", h.signedIn(h.readProcedure), quick)
	e.GET("/api/v1/openapi.yaml", h.readContract)
	e.GET("/healthz", h.health)
	e.GET("/readyz", h.ready, within(5*time.Second))
	return &API{echo: e}, nil
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.echo.ServeHTTP(w, r) }

// Routes gives every route as "METHOD /path/{parameter}", sorted.
func (a *API) Routes() []string {
	var out []string
	for _, r := range a.echo.Routes() {
		out = append(out, r.Method+" "+braces(r.Path))
	}
	slices.Sort(out)
	return out
}

// Contract gives openapi.yaml; the caller may keep it.
func Contract() []byte { return slices.Clone(contract) }

type handler struct {
	cases    Cases
	tokens   Authenticator
	refusals RefusalLog
	log      *slog.Logger
}

// NewServer returns a server with bounds on everything that a client could
// keep waiting. It is not started.
func NewServer(addr string, h http.Handler) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute,
		WriteTimeout:      6 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
