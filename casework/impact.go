package casework

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/impact"
	"github.com/zhengdang/chengxu/rules"
)

// MostImpact bounds the open cases whose impact is looked at: somebody waits for it.
const MostImpact = 500

// Impact says what a release means for the open cases of an organ.
type Impact struct {
	Open  int  // open cases that were looked at
	Whole bool // false: there are more open cases

	// In how many open cases what stands.
	Affected int // they would be judged by something else
	Refused  int // of those: they cannot move there
	Proposed int // somebody has proposed that they move
	Declined int // it was decided that they stay
	Changes  []ChangeCount

	// What the pack would have said of what the affected cases have asked so far.
	// Nothing is asked where no pack is given.
	Entries int // that were judged again
	Differ  int // cases in which an answer differs
	Stopped int // cases in which something that was let through would have been stopped
	Unasked int // questions that the pack cannot be asked
	Rules   []RuleCount

	Cases []ImpactCase // those that are affected
}

// ChangeCount is what cases are judged by otherwise, and how many.
type ChangeCount struct {
	What, Name string // as of [Change]
	Cases      int
}

// RuleCount is a rule whose answer differs, and in how many cases.
type RuleCount struct {
	Rule, Basis string
	Cases       int
	Stopped     int // of them: it stands in the way now and did not before
}

// ImpactCase is an open case that is affected.
type ImpactCase struct {
	Affected
	Differ  int      // answers that differ
	Stopped []string // acts that would have been stopped, once each, in order
}

// Impact says what it means for the open cases of an organ, practice apart, that a
// release is in use: the one that judges new cases already or, where a pack is given,
// this one beside it. Nothing is recorded.
func (s *Service) Impact(ctx context.Context, organ casefile.OrganID, pack *rules.Pack) (Impact, error) {
	select {
	case s.impacts <- struct{}{}: // one at a time: it takes both processors
		defer func() { <-s.impacts }()
	case <-ctx.Done():
		return Impact{}, fmt.Errorf("wait for others: %w", ctx.Err())
	}
	out := Impact{Whole: true}
	to := s.currently()
	if pack != nil {
		to = func(_ context.Context, c *casefile.Case) (casefile.Pinned, error) {
			return withPack(c.Pinned, pack), nil
		}
	}
	for _, status := range []casefile.Status{casefile.StatusRunning, casefile.StatusSuspended} {
		if err := s.affectedOf(ctx, organ, status, to, &out); err != nil {
			return Impact{}, err
		}
	}
	out.count()
	if pack == nil || len(out.Cases) == 0 {
		return out, nil
	}
	report, err := impact.Of(ctx, impact.Questions(s.recorded(ctx, out.Cases), impact.Replacement{To: pack}))
	if err != nil {
		return Impact{}, err
	}
	out.answers(report)
	return out, nil
}

// affectedOf looks at the open cases of a status.
func (s *Service) affectedOf(ctx context.Context, organ casefile.OrganID, status casefile.Status, to target, out *Impact) error {
	practice := false
	for f := (Filter{Organ: organ, Status: status, Practice: &practice, Limit: 200}); ; {
		cases, next, err := s.o.Store.List(ctx, f)
		if err != nil {
			return err
		}
		for _, summary := range cases {
			if out.Open == MostImpact {
				out.Whole = false
				return nil
			}
			out.Open++
			a, is, err := s.affected(ctx, summary, to)
			if err != nil {
				return err
			}
			if is {
				out.Cases = append(out.Cases, ImpactCase{Affected: a})
			}
		}
		if f.After = next; next == "" {
			return nil
		}
	}
}

// withPack gives the pins with a pack in the place of the one that has its id, or
// above what it builds on. It gives them as they are where the pack means nothing.
func withPack(pinned casefile.Pinned, pack *rules.Pack) casefile.Pinned {
	pins := func(id string) bool {
		return slices.ContainsFunc(pinned.Packs, func(p casefile.PinnedPack) bool { return packID(p.Pack) == id })
	}
	own := casefile.PinnedPack{Pack: pack.Name(), Digest: pack.Digest()}
	packs := slices.Clone(pinned.Packs)
	switch over := pack.Over(); {
	case pins(pack.ID()):
		packs[slices.IndexFunc(packs, func(p casefile.PinnedPack) bool { return packID(p.Pack) == pack.ID() })] = own
	case len(over) > 0 && !slices.ContainsFunc(over, func(id string) bool { return !pins(id) }):
		packs = append(packs, own)
	}
	pinned.Packs = packs
	return pinned
}

// recorded gives the entries of cases, with what is pinned to them.
func (s *Service) recorded(ctx context.Context, cases []ImpactCase) iter.Seq2[impact.Recorded, error] {
	content := func(digest casefile.Digest) ([]byte, error) { return s.o.Store.Content(ctx, digest) }
	return func(yield func(impact.Recorded, error) bool) {
		for _, c := range cases {
			sealed, err := s.o.Store.Sealed(ctx, c.Case.ID)
			entries := make([]casefile.Entry, len(sealed))
			for i, e := range sealed {
				entries[i] = e.Entry
			}
			if !yield(impact.Recorded{Entries: entries, Content: content}, err) || err != nil {
				return
			}
		}
	}
}

// count counts what is said of the cases.
func (out *Impact) count() {
	out.Affected = len(out.Cases)
	for _, c := range out.Cases {
		if c.Refusal != nil {
			out.Refused++
		}
		if c.ProposedBy != "" {
			out.Proposed++
		}
		if c.Declined {
			out.Declined++
		}
		for _, change := range c.Changes {
			at := slices.IndexFunc(out.Changes, func(x ChangeCount) bool { return x.What == change.What && x.Name == change.Name })
			if at < 0 {
				at, out.Changes = len(out.Changes), append(out.Changes, ChangeCount{What: change.What, Name: change.Name})
			}
			out.Changes[at].Cases++
		}
	}
	slices.SortStableFunc(out.Changes, func(a, b ChangeCount) int { return b.Cases - a.Cases })
}

// answers adds what the pack would have said. The changes of a case stand together.
func (out *Impact) answers(report impact.Report) {
	out.Entries, out.Unasked = report.Entries, len(report.Failures)
	rule := map[string]*RuleCount{}
	last := map[string]casefile.ID{} // case in which a rule was counted last; with "!" before it, as one that stops
	for _, change := range report.Changes {
		c := &out.Cases[slices.IndexFunc(out.Cases, func(x ImpactCase) bool { return x.Case.ID == change.Case })]
		c.Differ++
		stops := change.Kind == rules.Admission && !hinders(change.Before) && hinders(change.After)
		if stops && !slices.Contains(c.Stopped, change.Act) {
			c.Stopped = append(c.Stopped, change.Act)
		}
		for _, r := range change.Rules {
			if rule[r.Rule] == nil {
				rule[r.Rule] = &RuleCount{Rule: r.Rule, Basis: r.Basis}
			}
			if last[r.Rule] != change.Case {
				rule[r.Rule].Cases++
			}
			if stops && hinders(r.After) && last["!"+r.Rule] != change.Case {
				rule[r.Rule].Stopped++
				last["!"+r.Rule] = change.Case
			}
			last[r.Rule] = change.Case
		}
	}
	for _, c := range out.Cases {
		if c.Differ > 0 {
			out.Differ++
		}
		if len(c.Stopped) > 0 {
			out.Stopped++
		}
	}
	for _, id := range casefile.SortedNames(rule) {
		out.Rules = append(out.Rules, *rule[id])
	}
	slices.SortStableFunc(out.Rules, func(a, b RuleCount) int { return b.Cases - a.Cases })
}

func hinders(r casefile.Result) bool { return r == casefile.Block || r == casefile.Undetermined }

// packID gives the id of a pack by its name.
func packID(name string) string {
	id, _, _ := strings.Cut(name, "@")
	return id
}
