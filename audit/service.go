package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Filter narrows a list of findings.
type Filter struct {
	Organs   []casefile.OrganID // of the cases; at least one
	Case     casefile.ID
	State    State
	Open     bool // only those that are not closed
	Kind     Kind
	Severity Severity
	Practice *bool
	Released bool   // only those that were released
	After    string // the id of the last one known
	Limit    int    // 1 to 500
}

// Findings keep findings. What is not there is [casefile.ErrNotFound].
type Findings interface {
	// AddFinding keeps a new one; an id that is taken is [casefile.ErrConflict].
	AddFinding(ctx context.Context, f Finding) error
	// AddFindingEvent keeps the next event; a number that is taken is [casefile.ErrConflict].
	AddFindingEvent(ctx context.Context, finding string, e Event) error
	Finding(ctx context.Context, id string) (Finding, error)
	// Findings gives a page, the newest first.
	Findings(ctx context.Context, f Filter) ([]Finding, error)
}

// Store keeps all that auditors write.
type Store interface {
	Findings
	Reviews
}

// Service carries out what auditors write and what is answered. Who may is asked
// before.
type Service struct {
	store Store
	now   func() time.Time
}

// New returns a Service; nil is the clock of the system.
func New(store Store, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{store: store, now: now}
}

// Record keeps a finding on a case. One with the id of another, and saying the same, is
// that one.
func (s *Service) Record(ctx context.Context, c casefile.Case, f Finding, by Person) (Finding, error) {
	f.Organ, f.Case, f.Practice, f.Title, f.By, f.At, f.Events = c.Organ, c.ID, c.Practice, c.Matter.Title, by, s.at(), nil
	if f.ID == "" {
		f.ID = rand.Text()
	}
	if err := f.Check(c.Sequence, legaltime.DateIn(f.At, legaltime.China)); err != nil {
		return Finding{}, err
	}
	err := s.store.AddFinding(ctx, f)
	if !errors.Is(err, casefile.ErrConflict) {
		return f, err
	}
	before, rerr := s.store.Finding(ctx, f.ID)
	if rerr != nil || !before.says(f) {
		return Finding{}, errors.Join(err, rerr)
	}
	return before, nil
}

// says reports whether two findings say the same of the same, by the same person.
func (f Finding) says(g Finding) bool {
	return f.Case == g.Case && f.Entry == g.Entry && f.Kind == g.Kind && f.Severity == g.Severity && f.Text == g.Text && f.Remedy == g.Remedy && f.Due == g.Due &&
		f.By.Organ == g.By.Organ && f.By.Person == g.By.Person
}

// Move takes the next step in the life of a finding. After is the number of the event
// that whoever moves has seen last, or -1: a finding that has moved since is a
// [*casefile.Refusal].
func (s *Service) Move(ctx context.Context, f Finding, e Event, after int64, by Person) (Finding, error) {
	if after >= 0 && after != f.Last() {
		return Finding{}, moved()
	}
	e.Number, e.By, e.At = f.Last()+1, by, s.at()
	if err := f.CheckNext(e); err != nil {
		return Finding{}, err
	}
	if err := s.store.AddFindingEvent(ctx, f.ID, e); errors.Is(err, casefile.ErrConflict) {
		return Finding{}, moved()
	} else if err != nil {
		return Finding{}, err
	}
	f.Events = append(f.Events[:len(f.Events):len(f.Events)], e)
	return f, nil
}

func moved() error {
	return &casefile.Refusal{Code: casefile.RefusedChanged, Message: casefile.Text{
		ZH: "审计意见已有新的进展，请查看后再办。", EN: "the finding has moved on; look at it again"}}
}

// Finding gives a finding of a case.
func (s *Service) Finding(ctx context.Context, of casefile.ID, id string) (Finding, error) {
	f, err := s.store.Finding(ctx, id)
	if err == nil && f.Case != of {
		err = fmt.Errorf("finding %.80s of case %s: %w", id, of, casefile.ErrNotFound)
	}
	return f, err
}

// Findings gives one page of findings, the newest first.
func (s *Service) Findings(ctx context.Context, f Filter) ([]Finding, error) {
	return s.store.Findings(ctx, f)
}

func (s *Service) at() time.Time { return s.now().UTC().Truncate(time.Millisecond) }
