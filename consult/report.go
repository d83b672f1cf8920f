package consult

import (
	"context"
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

// Tally counts the comments on a consultation, each once in either way: by what may
// be read of it, and by what became of it.
type Tally struct {
	Published, Hidden, Withdrawn, Pending int64 // Pending: nobody has looked at it yet

	Hiding     map[string]int64 // Hidden, by the reason
	Disposed   map[string]int64 // by what became of it; those that were withdrawn before are not among them
	Unanswered int64            // nothing was said of it, and it was not withdrawn
}

// Received gives how many came in.
func (t Tally) Received() int64 { return t.Published + t.Hidden + t.Withdrawn + t.Pending }

// Answer is one answer to views: what became of them, why, and of which.
type Answer struct {
	Disposition, Reason string
	Count               int64
	Numbers             []int64 // the first of them, at most [MaxNumbers]
}

// MaxNumbers bounds how many numbers an [Answer] has.
const MaxNumbers = 30

// Covered is a year in which an organ asked the public, or published a decision.
type Covered struct {
	Year  int
	Organ casefile.OrganID
}

// Reports reads what is told of all comments on a consultation, and what was published.
type Reports interface {
	Tally(ctx context.Context, consultation string) (Tally, error)
	// Answers gives the answers to views that were not withdrawn, the most given first.
	Answers(ctx context.Context, consultation string) ([]Answer, error)
	Decision(ctx context.Context, id casefile.ID) (Decision, error)
	Covered(ctx context.Context) ([]Covered, error)
}

// Report gives what is told of the comments on a consultation (意见采纳情况): of what
// became of the views nothing before the account of them is published.
func (s *Service) Report(ctx context.Context, consultation string) (Tally, []Answer, error) {
	c, err := s.store.Consultation(ctx, consultation)
	if err != nil {
		return Tally{}, nil, err
	}
	tally, err := s.store.Tally(ctx, c.ID)
	if err != nil {
		return Tally{}, nil, err
	}
	if !c.Adoption {
		tally.Disposed, tally.Unanswered = nil, 0
		return tally, nil, nil
	}
	answers, err := s.store.Answers(ctx, c.ID)
	return tally, answers, err
}

// Decision gives a published decision.
func (s *Service) Decision(ctx context.Context, id casefile.ID) (Decision, error) {
	return s.store.Decision(ctx, id)
}

// Covered gives the years and organs of what was published, the last year first.
func (s *Service) Covered(ctx context.Context) ([]Covered, error) { return s.store.Covered(ctx) }

// Rounds gives the consultations of a case that the public may read, the first round
// first.
func (s *Service) Rounds(ctx context.Context, id casefile.ID) ([]Consultation, error) {
	all, err := s.store.ConsultationsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []Consultation
	for _, c := range all {
		if c.Shown {
			out = append(out, c)
		}
	}
	return out, nil
}

// looked is how many entries of the log are read at once.
const looked = 200

// PublicModerations gives the last acts of moderation, the last first, without who did
// them: what was published and what was hidden, and why. What became of a view is no
// moderation.
func (s *Service) PublicModerations(ctx context.Context, consultation string, limit int) ([]Moderation, error) {
	if _, err := s.store.Consultation(ctx, consultation); err != nil {
		return nil, err
	}
	var out []Moderation
	before := int64(0)
	for range 10 { // answers to many views stand in the same log
		list, err := s.store.Moderations(ctx, consultation, before, looked)
		if err != nil {
			return nil, fmt.Errorf("log of moderation: %w", err)
		}
		for _, m := range list {
			before = m.Number
			if v := Visibility(m.Action); (v == Published || v == Hidden) && len(out) < limit {
				m.Person = ""
				out = append(out, m)
			}
		}
		if len(list) < looked || len(out) == limit {
			break
		}
	}
	return out, nil
}
