package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/icalendar"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// PlanQuestion is what is to be planned.
type PlanQuestion struct {
	Procedure string // "cn.major-decision@2019"; for a matter that is not opened yet
	Overlays  []string
	By        legaltime.Date // the wished date; zero: plan forward
	Step      string         // concluded by By; empty: the decision
	planner.Question
}

// PlanMatter plans a matter that is not opened yet. A question that makes no sense
// is [casefile.ErrInvalid].
func (s *Service) PlanMatter(_ context.Context, q PlanQuestion) (*planner.Plan, error) {
	def, ok := s.o.Library.Definition(q.Procedure)
	if !ok {
		return nil, fmt.Errorf("procedure %s does not exist: %w", q.Procedure, casefile.ErrInvalid)
	}
	packs, err := s.o.Library.packsOf(def)
	if err != nil {
		return nil, err
	}
	for _, name := range q.Overlays {
		p, ok := s.o.Library.Pack(name)
		if !ok || len(p.Over()) == 0 {
			return nil, fmt.Errorf("%s is no overlay pack: %w", name, casefile.ErrInvalid)
		}
		packs = append(packs, p)
	}
	p, err := planner.New(def, packs, s.o.Library.calendar)
	if err != nil {
		return nil, err
	}
	return answer(p, q)
}

// PlanOpening says what a case that is about to be opened will have to go through, by
// the rules that will judge it. Nothing is recorded. An opening that is not well formed
// comes back as a [casefile.Refusal].
func (s *Service) PlanOpening(ctx context.Context, o Opening) (*planner.Plan, error) {
	def, ok := s.o.Library.Definition(o.Procedure)
	if !ok {
		return nil, fmt.Errorf("procedure %q: %w", o.Procedure, casefile.ErrNotFound)
	}
	if refusal := checkOpening(o); refusal != nil {
		return nil, refusal
	}
	spec := procedure.OpeningAct()
	if refusal := spec.WellFormed(o.With); refusal != nil {
		refusal.Act = procedure.OpeningKind
		return nil, refusal
	}
	q := planner.Question{From: o.Starts, Assume: casefile.Values{}}
	if !o.Practice {
		q.From = legaltime.DateIn(time.Now(), legaltime.China)
	}
	for _, f := range spec.Fields {
		if v, given := o.With[f.Name]; given && f.Fact != "" && v != "" {
			q.Assume[f.Fact] = v
		}
	}
	packs, err := s.packsFor(ctx, def, o, q.From)
	if err != nil {
		return nil, err
	}
	p, err := planner.New(def, packs, s.o.Library.calendar)
	if err != nil {
		return nil, err
	}
	return p.Forward(q)
}

// PlanCase plans how a running case can go on, by what is pinned to it.
func (s *Service) PlanCase(ctx context.Context, id casefile.ID, q PlanQuestion) (*planner.Plan, error) {
	c, p, err := s.planning(ctx, id)
	if err != nil {
		return nil, err
	}
	q.Case, q.From = &c, clock(c)
	return answer(p, q)
}

func answer(p *planner.Planner, q PlanQuestion) (*planner.Plan, error) {
	if q.By.IsZero() {
		return p.Forward(q.Question)
	}
	return p.Backward(q.Question, q.Step, q.By)
}

// Sheet gives the day-by-day derivation of a deadline of a case.
func (s *Service) Sheet(ctx context.Context, id casefile.ID, deadline string) (planner.Sheet, error) {
	c, p, err := s.planning(ctx, id)
	if err != nil {
		return planner.Sheet{}, err
	}
	return p.Sheet(&c, deadline, clock(c))
}

// Calendar gives the deadlines of a case, and of a case that is running the
// planned dates, as an iCalendar file.
func (s *Service) Calendar(ctx context.Context, id casefile.ID) ([]byte, error) {
	c, p, err := s.planning(ctx, id)
	if err != nil {
		return nil, err
	}
	feed := icalendar.Feed{
		ID: string(c.ID), Title: c.Matter.Title, Sequence: c.Sequence, Stamp: clock(c).Start(legaltime.China), Deadlines: c.Deadlines,
	}
	if c.Practice {
		feed.Title = "〔演练〕" + feed.Title
	}
	if c.Status != casefile.StatusClosed {
		if feed.Plan, err = p.Forward(planner.Question{Case: &c, From: clock(c)}); err != nil {
			return nil, err
		}
	}
	return icalendar.Write(feed), nil
}

// planning gives a case and the planner of what is pinned to it.
func (s *Service) planning(ctx context.Context, id casefile.ID) (casefile.Case, *planner.Planner, error) {
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return c, nil, err
	}
	def, err := s.Definition(ctx, c)
	if err != nil {
		return c, nil, err
	}
	p, err := s.plannerOf(ctx, def, c.Pinned)
	return c, p, err
}

// plannerOf takes packs and calendar from the library where they are the pinned
// ones, and from the store otherwise.
func (s *Service) plannerOf(ctx context.Context, def *procedure.Definition, pinned casefile.Pinned) (*planner.Planner, error) {
	var packs []*rules.Pack
	for _, pin := range pinned.Packs {
		p, ok := s.o.Library.Pack(pin.Pack)
		if !ok || p.Digest() != pin.Digest {
			b, err := s.o.Store.Content(ctx, pin.Digest)
			if err != nil {
				return nil, fmt.Errorf("rule pack %s: %w", pin.Pack, err)
			}
			if p, err = rules.ParseArchive(b, packs...); err != nil {
				return nil, fmt.Errorf("rule pack %s: %w", pin.Pack, err)
			}
		}
		packs = append(packs, p)
	}
	calendar, err := s.pinnedCalendar(ctx, pinned.Calendar)
	if err != nil {
		return nil, err
	}
	return planner.New(def, packs, calendar)
}
