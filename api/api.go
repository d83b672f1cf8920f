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
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/internal/intake"
)

//go:embed openapi.yaml
var contract []byte

// Authenticator tells who asks: the holder of the token in the Authorization
// header, or without one whoever the session of the request belongs to. Nobody is
// [auth.ErrUnauthenticated].
type Authenticator interface {
	Authenticate(ctx context.Context, authorization []string) (auth.Principal, error)
	// Again is Authenticate for a request that lasts: nothing that was read before,
	// when it began, is believed.
	Again(ctx context.Context, authorization []string) (auth.Principal, error)
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

// Limits bound how often one network may use routes that are open to anybody.
type Limits = intake.Limits

// Options join the API to the rest. Guard, Authenticator, Refusals and Replies are
// required.
type Options struct {
	Guard         *access.Guard
	Authenticator Authenticator
	Refusals      RefusalLog
	Replies       Replies          // to writes with an idempotency key
	Log           *slog.Logger     // nil: silent
	Limits        Limits           // of routes that are open to anybody
	Gate          *intake.Gate     // that counts for them, where others count too; nil: one of the Limits
	AnswerWithin  time.Duration    // bound of one request; 0 means 35 seconds
	Now           func() time.Time // nil: the system's clock
	Bell          *events.Bell     // rings when there are events; nil: streams look when they check rights
	Pace          Pace             // of streams
	Pages         bool             // pages are served beside the API; feeds lead to them
	OverTLS       bool             // clients come over TLS, also where a proxy speaks it
	// Observe stands around every request; nil: nothing does.
	Observe echo.MiddlewareFunc
}

// API answers HTTP requests under /api/v1, /healthz and /readyz.
type API struct {
	echo    *echo.Echo
	actions map[string]access.Action // by route
	keyed   map[string]bool          // routes of writes with an idempotency key
}

// New returns an API.
func New(o Options) (*API, error) {
	if o.Guard == nil || o.Authenticator == nil || o.Refusals == nil || o.Replies == nil {
		return nil, errors.New("api: guard, authenticator, refusal log and replies are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Bell == nil {
		o.Bell = events.NewBell()
	}
	if o.Gate == nil {
		o.Gate = intake.NewGate(o.Limits)
	}
	if o.Observe == nil {
		o.Observe = func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	}
	o.Pace.fill()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.AnswerWithin == 0 {
		o.AnswerWithin = 35 * time.Second
	}
	operations, err := readOperations(contract)
	if err != nil {
		return nil, err
	}
	h := &handler{gate: o.Gate, foreign: http.NewCrossOriginProtection(), guard: o.Guard, tokens: o.Authenticator, refusals: o.Refusals, replies: o.Replies, patience: waitReply, now: o.Now, log: o.Log,
		bell: o.Bell, pace: o.Pace, overTLS: o.OverTLS, pages: o.Pages}
	e := echo.New()
	e.HTTPErrorHandler = h.problem
	e.IPExtractor = o.Limits.Client
	e.Use(h.requestID, o.Observe, h.accessLog, h.recovered, h.secure)
	r := &routes{echo: e, h: h, operations: operations, quick: within(o.AnswerWithin), slow: within(slowAnswer)}
	h.serviceRoutes(r)
	h.caseRoutes(r)
	h.formRoutes(r)
	h.referenceRoutes(r)
	h.problemRoutes(r)
	h.planRoutes(r)
	h.documentRoutes(r)
	h.paperRoutes(r)
	h.directoryRoutes(r)
	h.sessionRoutes(r)
	h.interestRoutes(r)
	h.keyRoutes(r)
	h.eventRoutes(r)
	h.publicRoutes(r)
	h.workRoutes(r)
	h.standingRoutes(r)
	h.findingRoutes(r)
	h.reviewRoutes(r)
	h.annualRoutes(r)
	h.filingRoutes(r)
	h.feedRoutes(r)
	if r.err != nil {
		return nil, r.err
	}
	return &API{echo: e, actions: r.actions, keyed: r.keyed}, nil
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.echo.ServeHTTP(w, r) }

// Routes gives every route as "METHOD /path/{parameter}", sorted. HEAD goes with
// GET.
func (a *API) Routes() []string {
	var out []string
	for _, r := range a.echo.Routes() {
		if r.Method != http.MethodHead {
			out = append(out, r.Method+" "+braces(r.Path))
		}
	}
	slices.Sort(out)
	return out
}

// Actions gives the action of every route.
func (a *API) Actions() map[string]access.Action { return maps.Clone(a.actions) }

// Contract gives openapi.yaml; the caller may keep it.
func Contract() []byte { return slices.Clone(contract) }

type handler struct {
	gate     *intake.Gate
	foreign  *http.CrossOriginProtection
	guard    *access.Guard
	tokens   Authenticator
	refusals RefusalLog
	replies  Replies
	patience time.Duration // how long a write that is under way is waited for
	purged   atomic.Int64  // when old replies were removed last, in milliseconds
	now      func() time.Time
	schemas  schemas
	bell     *events.Bell
	pace     Pace
	streams  streams
	overTLS  bool
	pages    bool
	log      *slog.Logger
}

// slowAnswer is how long a request with a document may take.
const slowAnswer = 5 * time.Minute

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
