package access

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// The actions on the series of numbers (编号序列) of an organ.
const (
	ReadNumbers  Action = "number.read"
	WriteNumbers Action = "number.write"
)

// SeriesForm is how the numbers of a kind are printed for an organ.
type SeriesForm = struct {
	Organ  casefile.OrganID
	Kind   string
	Prefix string
	Person casefile.PersonID
	At     time.Time
}

// GivenNumber is a number that an act of a case has.
type GivenNumber = struct {
	casefile.Series
	casefile.Number
	Case casefile.ID
	Act  string
}

// Numbers keeps the series.
type Numbers interface {
	SetSeries(ctx context.Context, f SeriesForm) error
	Series(ctx context.Context, organ casefile.OrganID) ([]SeriesForm, error)
	Numbers(ctx context.Context, of casefile.Series, behind int64, limit int) ([]GivenNumber, error)
}

// maxPrefix bounds what is printed before the year, in characters.
const maxPrefix = 40

// SeriesOf gives how the numbers of an organ are printed: the present forms, and
// those before them.
func (g *Guard) SeriesOf(ctx context.Context, p auth.Principal, organ casefile.OrganID) ([]SeriesForm, error) {
	if err := g.mayReadNumbers(p, organ); err != nil {
		return nil, err
	}
	return g.o.Numbers.Series(ctx, organ)
}

// Numbers gives the numbers of a series behind a serial, in order, and which of them
// are void because their cases have them no longer.
func (g *Guard) Numbers(ctx context.Context, p auth.Principal, of casefile.Series, behind int64, limit int) (list []GivenNumber, void map[int64]bool, err error) {
	if err := g.mayReadNumbers(p, of.Organ); err != nil {
		return nil, nil, err
	}
	if list, err = g.o.Numbers.Numbers(ctx, of, behind, limit); err != nil {
		return nil, nil, err
	}
	void = map[int64]bool{}
	for _, n := range list {
		c, err := g.o.Cases.Case(ctx, n.Case)
		if err != nil {
			return nil, nil, fmt.Errorf("case of number %s: %w", n.Text, err)
		}
		void[n.Serial] = c.Facts["doc_number"].Value != n.Text
	}
	return list, void, nil
}

// SetSeries sets how the numbers of a kind are printed from now on in the caller's
// organ. Numbers that were given stay as they are.
func (g *Guard) SetSeries(ctx context.Context, p auth.Principal, kind, prefix string, now time.Time) error {
	if err := Permit(p, WriteNumbers); err != nil {
		return err
	}
	prefix = strings.TrimSpace(prefix)
	if !utf8.ValidString(prefix) || prefix == "" || utf8.RuneCountInString(prefix) > maxPrefix || strings.ContainsFunc(prefix, notPrinted) {
		return fmt.Errorf("prefix of a series: want 1 to %d printed characters, and no brackets: %w", maxPrefix, casefile.ErrInvalid)
	}
	return g.o.Numbers.SetSeries(ctx, SeriesForm{Organ: p.Organ, Kind: kind, Prefix: prefix, Person: p.Person, At: now})
}

// notPrinted reports what would make a number unreadable, or look like another one.
func notPrinted(r rune) bool {
	return r < ' ' || strings.ContainsRune("〔〕[]<>\u007f\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff", r)
}

func (g *Guard) mayReadNumbers(p auth.Principal, organ casefile.OrganID) error {
	if err := Permit(p, ReadNumbers); err != nil {
		return err
	}
	if !reaches(p, organ) {
		return notFound("organ", organ)
	}
	return nil
}
