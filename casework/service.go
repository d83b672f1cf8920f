package casework

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// Store is what casework reads and files. The entries themselves are written by
// the workflow's activities alone.
type Store interface {
	Case(ctx context.Context, id casefile.ID) (casefile.Case, error)
	Head(ctx context.Context, id casefile.ID) (organ casefile.OrganID, sequence int64, err error)
	Entry(ctx context.Context, id casefile.ID, sequence int64) (casefile.Entry, error)
	Sealed(ctx context.Context, id casefile.ID) ([]SealedEntry, error)
	List(ctx context.Context, f Filter) (cases []Summary, next string, err error)
	Following(ctx context.Context, organ casefile.OrganID, id casefile.ID) ([]Summary, error)
	Count(ctx context.Context, f Filter) (n int64, whole bool, err error)
	IDs(ctx context.Context, f Filter, most int) ([]casefile.ID, error)
	Summaries(ctx context.Context, ids []casefile.ID) ([]Summary, error)
	Figures(ctx context.Context, q casefile.FigureQuery) (casefile.Figures, error)
	PutContent(ctx context.Context, kind string, digest casefile.Digest, content []byte) error
	Content(ctx context.Context, digest casefile.Digest) ([]byte, error)
	SaveHistory(ctx context.Context, id casefile.ID, runID string, history []byte) error
	Histories(ctx context.Context, id casefile.ID) ([]History, error)
	Ping(ctx context.Context) error
}

// Judges gives the judge for a case by what is pinned to it.
type Judges interface {
	JudgeFor(ctx context.Context, pinned casefile.Pinned) (*rules.Judge, error)
	// MayAdopt says why a case cannot move to other pins; nil when it can.
	MayAdopt(ctx context.Context, c casefile.Case, pinned casefile.Pinned, today legaltime.Date) (*casefile.Refusal, error)
}

// Documents are the stored documents that acts name and dossiers hold.
type Documents interface {
	// Find gives what is known of a document, or [casefile.ErrNotFound]. For one
	// that was removed the error comes with what is still known of it.
	Find(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error)
	Open(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error)
	// RemovePurged removes the bytes of documents that the record withdrew.
	RemovePurged(ctx context.Context) error
}

// Options join a [Service] to the rest.
type Options struct {
	Temporal  client.Client
	TaskQueue string
	Store     Store
	Documents Documents
	Judges    Judges
	Work      WorkStore // nil: there are no work lists
	Library   *Library
	Releases  Releases // nil: no rule pack but those of the library is in use
	Sealer    Sealer
	Identity  Identity // nil: who is who is known by the records of the cases alone
	Intake    Intake   // nil: the public comments elsewhere
	// AnswerWithin bounds how long a caller waits for an act. The act itself
	// goes on: the same id asked again gives its result.
	AnswerWithin time.Duration
	Log          *slog.Logger
	// ContinueAfter is the history length at which cases opened from now on
	// continue as new; 0 leaves it to the server.
	ContinueAfter int
	// Watch is told of every act and opening that was answered; nil: nobody is.
	Watch func(ctx context.Context, a Answered)
}

// Service carries out the use cases. It is safe for concurrent use.
type Service struct {
	o       Options
	turns   *turns
	impacts chan struct{} // held while an impact is looked at
	// What is pinned to cases and was read once, by digest; it never changes.
	calendars, definitions sync.Map
}

// New returns a Service.
func New(o Options) *Service {
	if o.AnswerWithin == 0 {
		o.AnswerWithin = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o, turns: newTurns(), impacts: make(chan struct{}, 1)}
}

// Ready reports whether acts can be served: the store answers and the engine
// has a worker for the cases. Otherwise the error is a [NotReady].
func (s *Service) Ready(ctx context.Context) error {
	if err := s.o.Store.Ping(ctx); err != nil {
		return notReady(CauseDatabase, fmt.Errorf("store: %w", err))
	}
	if _, err := s.o.Temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return notReady(CauseEngine, fmt.Errorf("workflow engine: %w", err))
	}
	if err := s.workerReady(ctx); err != nil {
		return notReady(CauseWorker, err)
	}
	return nil
}

// Library holds the procedures that new cases can follow, with the packs and
// the calendar that will be pinned to them.
type Library struct {
	definitions map[string]*procedure.Definition
	packs       map[string]*rules.Pack
	calendar    *legaltime.Calendar
	names       []string
}

// NewLibrary returns a library. Each definition must pass [procedure.Check]
// against the packs.
func NewLibrary(definitions []*procedure.Definition, packs []*rules.Pack, calendar *legaltime.Calendar) (*Library, error) {
	l := &Library{definitions: map[string]*procedure.Definition{}, packs: map[string]*rules.Pack{}, calendar: calendar}
	for _, p := range packs {
		l.packs[p.Name()] = p
	}
	for _, d := range definitions {
		if _, twice := l.definitions[d.Name()]; twice {
			return nil, fmt.Errorf("procedure %s is defined twice", d.Name())
		}
		l.definitions[d.Name()] = d
		l.names = append(l.names, d.Name())
	}
	return l, nil
}

// Definitions gives the procedures in the order of loading.
func (l *Library) Definitions() []*procedure.Definition {
	out := make([]*procedure.Definition, len(l.names))
	for i, name := range l.names {
		out[i] = l.definitions[name]
	}
	return out
}

// Definition gives a procedure by name, "cn.major-decision@2019"; without a
// version, the latest one.
func (l *Library) Definition(name string) (*procedure.Definition, bool) {
	if d, ok := l.definitions[name]; ok {
		return d, true
	}
	var latest *procedure.Definition
	for _, known := range l.names {
		if d := l.definitions[known]; d.ID == name && (latest == nil || d.Version > latest.Version) {
			latest = d
		}
	}
	return latest, latest != nil
}

// Pack gives a rule pack by name, "cn.713@2019".
func (l *Library) Pack(name string) (*rules.Pack, bool) {
	p, ok := l.packs[name]
	return p, ok
}

// packsOf gives the packs that a procedure asks for, in its order.
func (l *Library) packsOf(d *procedure.Definition) ([]*rules.Pack, error) {
	packs := make([]*rules.Pack, len(d.Packs))
	for i, name := range d.Packs {
		p, ok := l.packs[name]
		if !ok {
			return nil, fmt.Errorf("procedure %s needs rule pack %s: %w", d.Name(), name, casefile.ErrNotFound)
		}
		packs[i] = p
	}
	return packs, nil
}

// pin puts everything that will judge a case into the store, and names it.
func (l *Library) pin(ctx context.Context, d *procedure.Definition, packs []*rules.Pack, store Store) (casefile.Pinned, error) {
	pinned := casefile.Pinned{
		Procedure:  d.Name(),
		Definition: d.Digest(),
		Calendar:   casefile.Digest(l.calendar.Digest()),
	}
	if err := store.PutContent(ctx, "definition", pinned.Definition, d.Canonical()); err != nil {
		return casefile.Pinned{}, fmt.Errorf("store definition: %w", err)
	}
	if err := store.PutContent(ctx, "calendar", pinned.Calendar, l.calendar.Canonical()); err != nil {
		return casefile.Pinned{}, fmt.Errorf("store calendar: %w", err)
	}
	for _, p := range packs {
		if err := store.PutContent(ctx, "pack", p.Digest(), p.Archive()); err != nil {
			return casefile.Pinned{}, fmt.Errorf("store rule pack %s: %w", p.Name(), err)
		}
		pinned.Packs = append(pinned.Packs, casefile.PinnedPack{Pack: p.Name(), Digest: p.Digest()})
	}
	return pinned, nil
}
