package planner

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// Sheet (期限计算表) is a deadline of a case with the period that it comes from,
// counted day by day.
type Sheet struct {
	Deadline casefile.Deadline `json:"deadline"`
	Period   string            `json:"period"` // "cn.713/publication_time"
	Title    casefile.Text     `json:"title"`
	Basis    string            `json:"basis"`
	// Differs says that the deadline is not the last day of the sheet: another date
	// was announced, or facts have changed since it was recorded.
	Differs    bool                 `json:"differs"`
	Derivation legaltime.Derivation `json:"derivation"`
}

// Sheet gives the sheet of a deadline. The error is [casefile.ErrNotFound] when
// the case has no such deadline, or when it comes from no declared period or its
// first day is not known.
func (p *Planner) Sheet(c *casefile.Case, id string, day legaltime.Date) (Sheet, error) {
	i := slices.IndexFunc(c.Deadlines, func(d casefile.Deadline) bool { return d.ID == id })
	if i < 0 {
		return Sheet{}, fmt.Errorf("deadline %s of case %s: %w", id, c.ID, casefile.ErrNotFound)
	}
	d := c.Deadlines[i]
	all, err := p.judge.Periods(rules.Input{Facts: p.def.FactsAt(c, d.Step, day), Today: day})
	if err != nil {
		return Sheet{}, fmt.Errorf("periods of case %s: %w", c.ID, err)
	}
	period := p.periodOf(c, d)
	for _, at := range all {
		if name := packID(at.Pack) + "/" + at.Period.ID; name == period && !at.From.IsZero() {
			sheet := Sheet{Deadline: d, Period: name, Title: at.Period.Title, Basis: at.Basis}
			if sheet.Derivation, err = p.calendar.Derive(at.From, at.Length, at.Excluded); err != nil {
				return Sheet{}, fmt.Errorf("derive %s: %w", name, err)
			}
			sheet.Differs = sheet.Derivation.Deadline.DueOn != d.Due
			return sheet, nil
		}
	}
	return Sheet{}, fmt.Errorf("deadline %s of case %s comes from no period whose first day is known: %w", id, c.ID, casefile.ErrNotFound)
}

// periodOf gives the period that a deadline comes from: that of the rule of a
// duty, or the one to which a date that was announced is held. It is empty when
// there is none.
func (p *Planner) periodOf(c *casefile.Case, d casefile.Deadline) string {
	if d.Rule == "" {
		for _, fact := range casefile.SortedNames(p.announce) {
			if v, _ := c.Facts[fact].Value.(string); v != "" && v == d.Due.String() {
				return p.announce[fact]
			}
		}
		return ""
	}
	for _, pack := range p.packs {
		r, ok := pack.Rule(d.Rule)
		if !ok {
			continue
		}
		for _, owner := range slices.Backward(pack.Stack()) {
			for _, x := range owner.Periods() {
				if slices.Contains(r.Periods, x.ID) {
					return owner.ID() + "/" + x.ID
				}
			}
		}
	}
	return ""
}

// Derive gives the sheet of a wait.
func (p *Planner) Derive(w Wait) (legaltime.Derivation, error) {
	if w.Period == "" {
		return legaltime.Derivation{}, fmt.Errorf("the wait for %s comes from no declared period: %w", w.Act, casefile.ErrNotFound)
	}
	return p.calendar.Derive(w.From, w.Length, w.Excluded)
}
