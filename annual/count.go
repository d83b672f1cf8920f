package annual

import (
	"context"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// Recorded is an entry and where it stands in the log of its organ.
type Recorded struct {
	Entry casefile.Entry
	Index int64
	Leaf  []byte
}

// Source is what figures are counted from.
type Source interface {
	// CasesOf gives the ids of cases whose opening is in the log of an organ, rising,
	// those after one that is known.
	CasesOf(ctx context.Context, organ casefile.OrganID, after casefile.ID, most int) ([]casefile.ID, error)
	// Recorded gives the entries of a case in order, as they were sealed.
	Recorded(ctx context.Context, id casefile.ID) ([]Recorded, error)
	Content(ctx context.Context, digest casefile.Digest) ([]byte, error)
	Reviews(ctx context.Context, f audit.ReviewFilter) ([]audit.Review, error)
}

// counting counts the figures of one report. Cases are read one after the other; only
// what figures count stays in memory.
type counting struct {
	source   Source
	defs     []Definition
	tallies  []tally
	register register
	seen     int64 // entries of the log that were read

	definitions map[casefile.Digest]*procedure.Definition
	calendars   map[casefile.Digest]*legaltime.Calendar
	content     func(casefile.Digest) ([]byte, error)
	parse       func(canonical []byte) (*procedure.Definition, error)
}

// count counts what the log holds up to its size. Look is shown every entry of the log,
// of practice too (nil: nobody looks).
func (s *Service) count(ctx context.Context, q Query, log Log, at time.Time, look func(Recorded) error) (Report, error) {
	source := s.o.Source
	c := &counting{source: source, parse: s.parse, defs: Definitions(), definitions: map[casefile.Digest]*procedure.Definition{}, calendars: map[casefile.Digest]*legaltime.Calendar{}}
	c.tallies = make([]tally, len(c.defs))
	c.content = func(d casefile.Digest) ([]byte, error) { return source.Content(ctx, d) }
	for after := casefile.ID(""); ; {
		ids, err := source.CasesOf(ctx, q.Organ, after, 200)
		if err != nil {
			return Report{}, err
		}
		if len(ids) == 0 {
			break
		}
		for _, id := range ids {
			if err := c.one(ctx, id, q, log, look); err != nil {
				return Report{}, err
			}
		}
		after = ids[len(ids)-1]
	}
	if c.seen != log.Size {
		return Report{}, fmt.Errorf("the log of %s has %d entries, and its cases %d: %w", q.Organ, log.Size, c.seen, casefile.ErrInvalid)
	}
	reviews, err := finished(ctx, source, q, at)
	if err != nil {
		return Report{}, err
	}
	r := Report{Format: format, Organ: q.Organ, Year: q.Year, Practice: q.Practice, Log: log, At: at}
	c.register = c.register.inOrder()
	for i, d := range c.defs {
		if d.inRegister != nil {
			d.inRegister(c.register, q.Year, &c.tallies[i])
		}
		if d.inReviews != nil {
			d.inReviews(reviews, &c.tallies[i])
		}
		r.Figures = append(r.Figures, d.figure(c.tallies[i]))
	}
	return r, nil
}

// one counts what a case tells up to the size of the log.
func (c *counting) one(ctx context.Context, id casefile.ID, q Query, log Log, look func(Recorded) error) error {
	recorded, err := c.source.Recorded(ctx, id)
	if err != nil {
		return err
	}
	var entries []casefile.Entry
	for _, r := range recorded {
		if r.Index >= log.Size {
			break
		}
		if look != nil {
			if err := look(r); err != nil {
				return err
			}
		}
		entries = append(entries, r.Entry)
	}
	c.seen += int64(len(entries))
	if len(entries) == 0 || entries[0].Practice != q.Practice {
		return nil
	}
	t, err := Tell(entries, c)
	if err != nil {
		return err
	}
	for i, d := range c.defs {
		if d.inCase != nil {
			d.inCase(t, q.Year, &c.tallies[i])
		}
	}
	c.register = append(c.register, t.registered(func(at int) int64 { return recorded[at].Index })...)
	return nil
}

// Definition implements [Pinned]; each is read once.
func (c *counting) Definition(digest casefile.Digest) (*procedure.Definition, error) {
	if known, ok := c.definitions[digest]; ok {
		return known, nil
	}
	b, err := c.content(digest)
	if err != nil {
		return nil, err
	}
	def, err := c.parse(b)
	if err != nil {
		return nil, err
	}
	c.definitions[digest] = def
	return def, nil
}

// Calendar implements [Pinned]; each is read once.
func (c *counting) Calendar(digest casefile.Digest) (*legaltime.Calendar, error) {
	if known, ok := c.calendars[digest]; ok {
		return known, nil
	}
	b, err := c.content(digest)
	if err != nil {
		return nil, err
	}
	calendar, err := legaltime.ParseCalendar(b)
	if err != nil {
		return nil, err
	}
	c.calendars[digest] = calendar
	return calendar, nil
}

// finished gives the reviews of files that were finished in the year, up to an instant.
func finished(ctx context.Context, source Source, q Query, until time.Time) ([]audit.Review, error) {
	yes := true
	f := audit.ReviewFilter{Organs: []casefile.OrganID{q.Organ}, Finished: &yes, Practice: &q.Practice, Limit: 500}
	var out []audit.Review
	for {
		page, err := source.Reviews(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if q.Year.Holds(legaltime.DateIn(r.Kept.At, legaltime.China)) && !r.Kept.At.After(until) {
				out = append(out, r)
			}
		}
		if len(page) < f.Limit {
			return out, nil
		}
		f.After = page[len(page)-1].ID
	}
}
