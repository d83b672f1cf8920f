// Package web holds the pages: of those who work on cases, audit them, look after
// the installation, and of the public. They are rendered on the server and need no
// script.
//
// A page is a view struct and a template. Templates hold no rule, no permission
// check and no date arithmetic.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/intake"
)

// Authenticator tells who has signed in, from the session of the request. Nobody is
// [auth.ErrUnauthenticated].
type Authenticator interface {
	Authenticate(ctx context.Context, authorization []string) (auth.Principal, error)
}

// Entrance lets people in, and shows them by what they are in. From is the address
// that an attempt comes from.
type Entrance interface {
	Belongings
	SignIn(ctx context.Context, login, password, from string) error
	SignInWithToken(ctx context.Context, token, from string) error
	SignOut(ctx context.Context, p auth.Principal) error
	ChangePassword(ctx context.Context, p auth.Principal, current, next, from string) error
	Found(ctx context.Context, secret string, f auth.First, from string) error
	HasProvider() bool
	StartProvider(ctx context.Context, to, from string) (address string, err error)
	FinishProvider(ctx context.Context, query url.Values, from string) (to string, err error)
}

// Options join the pages to the rest. Guard, Authenticator and Entrance are
// required.
type Options struct {
	Guard         *access.Guard
	Entrance      Entrance
	Authenticator Authenticator
	// Form gives what the forms of a session carry; empty without a session. Nil:
	// forms of sessions carry nothing.
	Form    func(ctx context.Context) string
	Client  echo.IPExtractor // tells the address of a client; nil: of whoever is connected
	Gate    *intake.Gate     // bounds what anybody may do; nil: one with the usual bounds
	OverTLS bool             // browsers come over TLS, also where a proxy speaks it

	// OpenPractice says that the guard shows the practice cases of all organs to
	// visitors who have not signed in; Organs names these organs and is required
	// then.
	OpenPractice bool
	Organs       func(ctx context.Context) ([]casefile.OrganID, error)

	// FactTitle and RuleTitle name facts and rules as the rule packs do; a zero
	// text, or a nil function, leaves the bare name.
	FactTitle, RuleTitle func(name string) casefile.Text

	// Refused notes an attempt that the record will not show; nil: nobody does.
	Refused func(ctx context.Context, a Attempt) error

	Spent Spent // forms for comments; nil: this process alone remembers them

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: silent

	// Observe stands around every request; nil: nothing does.
	Observe echo.MiddlewareFunc
}

// Attempt is an act that was refused before it entered the record.
type Attempt struct {
	Organ      casefile.OrganID
	Case       casefile.ID
	Person     casefile.PersonID
	ActID, Act string
	Refusal    casefile.Refusal
}

// Web answers requests for the pages.
type Web struct {
	echo *echo.Echo
}

// fill sets what was left out.
func (o *Options) fill() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Form == nil {
		o.Form = func(context.Context) string { return "" }
	}
	if o.Client == nil {
		o.Client = echo.ExtractIPDirect()
	}
	if o.Gate == nil {
		o.Gate = intake.NewGate(intake.Limits{})
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Spent == nil {
		o.Spent = &spent{}
	}
	if o.Observe == nil {
		o.Observe = func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	}
}

// New returns the pages. All templates and catalogues are read here; a mistake
// in one is an error of New.
func New(o Options) (*Web, error) {
	if o.Guard == nil || o.Authenticator == nil || o.Entrance == nil {
		return nil, errors.New("web: guard, authenticator and entrance are required")
	}
	if o.OpenPractice && o.Organs == nil {
		return nil, errors.New("web: open practice needs the organs")
	}
	o.fill()
	pages, err := newRenderer()
	if err != nil {
		return nil, err
	}
	h := &handler{o: o, pages: pages, foreign: http.NewCrossOriginProtection()}
	e := echo.New()
	e.HTTPErrorHandler, e.IPExtractor = h.failed, o.Client
	e.Use(h.requestID, o.Observe, h.accessLog, h.recovered, h.secure, compressed(), readable, h.sameOrigin, within(answerWithin), h.ownForm)
	e.GET("/", h.home)
	e.GET("/cases", h.showCases)
	e.GET("/cases/:id", h.showCase)
	e.GET("/cases/:id/dossier", h.downloadDossier)
	e.GET("/cases/:id/documents/:digest", h.downloadDocument)
	e.GET("/sign-in", h.askToken)
	e.POST("/sign-in", h.signIn)
	e.POST("/sign-in/provider", h.startProvider)
	e.GET("/sign-in/return", h.finishProvider)
	e.POST("/sign-out", h.signOut)
	e.GET("/password", h.askPassword)
	e.POST("/password", h.changePassword)
	e.GET("/account", h.own(h.showAccount))
	e.POST("/account/sessions/:session/end", h.then(h.endSession))
	e.POST("/account/other-sessions/end", h.then(h.endOthers))
	e.POST("/account/tokens/:token/revoke", h.then(h.revokeToken))
	h.shortForm(e, "/account/keys", "key", h.own(h.registerKey))
	h.shortForm(e, "/account/keys/:key/end", "key-end", h.then(h.endKey))
	e.GET("/first/:secret", h.askFirst)
	e.POST("/first/:secret", h.found)
	e.GET("/assets/style.css", h.stylesheet)
	for _, routes := range []func(*echo.Echo){
		h.adminRoutes, h.welcomeRoutes, h.lawRoutes, h.auditRoutes, h.findingRoutes, h.figuresRoutes,
		h.publicRoutes, h.actRoutes, h.casepageRoutes, h.workRoutes, h.reviewRoutes, h.yearlistRoutes,
		h.annualRoutes, h.impactRoutes, h.paperRoutes, h.filingRoutes, h.practiceDocumentRoutes,
	} {
		routes(e)
	}
	return &Web{echo: e}, nil
}

// ServeHTTP implements [http.Handler]. HEAD is answered as GET is; the server leaves out
// the body.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.WithContext(r.Context())
		r.Method = http.MethodGet
	}
	w.echo.ServeHTTP(rw, r)
}

// Routes gives every route as "METHOD /path/:parameter", sorted.
func (w *Web) Routes() []string {
	var out []string
	for _, r := range w.echo.Routes() {
		out = append(out, r.Method+" "+r.Path)
	}
	slices.Sort(out)
	return out
}

type handler struct {
	o       Options
	pages   *renderer
	foreign *http.CrossOriginProtection
	shows   map[string]echo.HandlerFunc // forms again with what was typed, by route
}
