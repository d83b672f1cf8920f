package access

import (
	"context"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// Law is the law as it is installed.
type Law interface {
	Packs() []*rules.Pack
	Calendar() *legaltime.Calendar
	// Tested runs the tests of a pack and of those that it builds on.
	Tested(p *rules.Pack) []rules.TestResult
	// InUse gives what was asked to be put into use for an organ, the oldest first.
	InUse(ctx context.Context, organ casefile.OrganID) ([]Activation, error)
	// Requested gives one of these with its pack, or [casefile.ErrNotFound].
	Requested(ctx context.Context, organ casefile.OrganID, id string) (Requested, error)
}

// Activation is a release that somebody has asked to put into use for an organ, and
// from the approval by somebody else is in use.
type Activation struct {
	ID, Pack                string
	Revision                int
	Digest                  casefile.Digest
	Organ                   casefile.OrganID // "*": all
	From, To                legaltime.Date   // when the release is law
	RequestedBy, ApprovedBy string
	RequestedAt, ApprovedAt time.Time // zero: not approved
}

// Packs gives the rule packs that are installed. The law is no secret.
func (g *Guard) Packs() []*rules.Pack {
	if g.o.Law == nil {
		return nil
	}
	return g.o.Law.Packs()
}

// PackCoverage is what a pack's tests say, and what sees to each obligation of its
// instrument. A pack that lists no obligations has no rows.
type PackCoverage struct {
	Results []rules.TestResult
	Matrix  rules.Matrix
}

// Coverage tests a pack and gives its matrix of obligations.
func (g *Guard) Coverage(p *rules.Pack) PackCoverage {
	results := g.o.Law.Tested(p)
	return PackCoverage{Results: results, Matrix: rules.MakeMatrix(p, results, procedure.Enforcement(g.Procedures(), p))}
}

// LegalCalendar gives the calendar of working days; nil where there is none.
func (g *Guard) LegalCalendar() *legaltime.Calendar {
	if g.o.Law == nil {
		return nil
	}
	return g.o.Law.Calendar()
}

// Activations gives the releases that are in use for the caller's organ, or are asked
// to be.
func (g *Guard) Activations(ctx context.Context, p auth.Principal) ([]Activation, error) {
	if err := Permit(p, ReadDirectory); err != nil {
		return nil, err
	}
	if g.o.Law == nil {
		return nil, nil
	}
	return g.o.Law.InUse(ctx, p.Organ)
}
