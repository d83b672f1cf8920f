// Package register says how a normative document stands at a date (规范性文件数据库):
// in force, lapsed, repealed, with which clauses out of use. It computes that from the
// changes that cases have recorded, and from nothing else.
package register

import (
	"cmp"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// State is how a document stands at a date.
type State string

// A document is in one of the first four states. The others are said besides of one
// that is in force.
const (
	NotYet   State = "not-yet-effective" // 尚未施行
	InForce  State = "in-force"          // 现行有效
	Repealed State = "repealed"          // 已废止
	Lapsed   State = "lapsed"            // 已失效

	Trial     State = "trial"            // 试行
	Expiring  State = "expiring"         // 即将到期
	Amended   State = "amended"          // 已修改
	Suspended State = "clause-suspended" // 部分条款停止执行
)

// States gives every state.
func States() []State {
	return []State{InForce, Trial, Expiring, Amended, Suspended, NotYet, Lapsed, Repealed}
}

// expiringMonths is how long before the end of its term a document counts as expiring:
// the time in which it has to be evaluated (上海市行政规范性文件管理规定).
const expiringMonths = 6

// trialKind is the kind of document that is on trial.
const trialKind = "interim-trial"

// Standing is how a document stands at a date.
type Standing struct {
	State    State
	Also     []State        // of one that is in force
	Until    legaltime.Date // the last day of its term; zero: none is known
	Disabled []string       // clauses that are not applied
}

// Is reports whether the state is one of the document's.
func (s Standing) Is(state State) bool { return s.State == state || slices.Contains(s.Also, state) }

// At gives how a document stands on a day, by its changes. ok is false when nothing was
// known of it then: before it was published, or before the first change of one that
// was published before the register began.
//
// A change holds from its day on. A document whose term is over has lapsed on the next
// day, also when no entry says so, and what is over is not extended any more.
func At(changes []casefile.DocumentChange, day legaltime.Date) (standing Standing, ok bool) {
	s := Standing{State: InForce}
	trial, amended := false, false
	for _, c := range ordered(changes) {
		if since(c).After(day) {
			break
		}
		ok = true
		if s.over(c.On.AddDays(-1)) { // what holds from the day after the last one comes in time
			s.State = Lapsed
		}
		if c.Change == casefile.DocumentPublished {
			s.Until, trial = c.Until, c.Kind == trialKind
			if c.On.After(day) {
				s.State = NotYet
			}
			continue
		}
		if s.State != Lapsed && s.State != Repealed {
			s.apply(c)
			amended = amended || c.Change == casefile.DocumentAmended
		}
	}
	if s.over(day) {
		s.State = Lapsed
	}
	s.Also = s.besides(day, trial, amended)
	return s, ok
}

// since gives the day from which the register knows of a change that has been recorded.
func since(c casefile.DocumentChange) legaltime.Date {
	if c.Change == casefile.DocumentPublished {
		return PublishedOn(c)
	}
	return c.On
}

// ordered gives the changes by their days; those of one day as they were recorded.
func ordered(changes []casefile.DocumentChange) []casefile.DocumentChange {
	out := slices.Clone(changes)
	slices.SortStableFunc(out, func(a, b casefile.DocumentChange) int { return since(a).Compare(since(b)) })
	return out
}

// apply applies a change to a document that has not ended.
func (s *Standing) apply(c casefile.DocumentChange) {
	switch c.Change {
	case casefile.DocumentAmended, casefile.DocumentExtended:
		if !c.Until.IsZero() {
			s.Until = c.Until
		}
	case casefile.DocumentRepealed:
		s.State = Repealed
	case casefile.DocumentLapsed:
		s.State = Lapsed
	case casefile.ClauseDisabled:
		s.Disabled = with(s.Disabled, c.Clauses)
	case casefile.ClauseRestored:
		s.Disabled = slices.DeleteFunc(slices.Clone(s.Disabled), func(clause string) bool { return slices.Contains(c.Clauses, clause) })
	case casefile.DocumentPublished, casefile.DocumentFiled:
	}
}

// over reports whether the term of a document in force is over on a day.
func (s *Standing) over(day legaltime.Date) bool {
	return s.State == InForce && !s.Until.IsZero() && day.After(s.Until)
}

func (s *Standing) besides(day legaltime.Date, trial, amended bool) []State {
	if s.State != InForce {
		return nil
	}
	var out []State
	add := func(when bool, state State) {
		if when {
			out = append(out, state)
		}
	}
	add(trial, Trial)
	add(!s.Until.IsZero() && !s.Until.After(day.AddMonths(expiringMonths)), Expiring)
	add(amended, Amended)
	add(len(s.Disabled) > 0, Suspended)
	return out
}

func with(list, more []string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// PublishedOn gives the day on which a document was published: the day of its effect
// where the change says no other.
func PublishedOn(c casefile.DocumentChange) legaltime.Date {
	if c.Published.IsZero() {
		return c.On
	}
	return c.Published
}

// Change is a change of a document with where it was recorded.
type Change struct {
	casefile.DocumentChange
	Case     casefile.ID
	Sequence int64
	Recorded legaltime.Date // the day of the entry
}

// Document is a normative document with all its changes, by the day from which each
// holds.
type Document struct {
	Organ   casefile.OrganID
	Number  string
	Changes []Change
}

// At gives how the document stands on a day: see [At].
func (d Document) At(day legaltime.Date) (Standing, bool) {
	plain := make([]casefile.DocumentChange, len(d.Changes))
	for i, c := range d.Changes {
		plain[i] = c.DocumentChange
	}
	return At(plain, day)
}

// Published gives the change by which the document was published; ok is false for one
// that was published before the register began.
func (d Document) Published() (change Change, ok bool) {
	at := slices.IndexFunc(d.Changes, func(c Change) bool { return c.Change == casefile.DocumentPublished })
	if at < 0 {
		return Change{}, false
	}
	return d.Changes[at], true
}

// Sort puts the changes in the order of their days; those of one day as they were
// recorded.
func (d *Document) Sort() {
	slices.SortStableFunc(d.Changes, func(a, b Change) int {
		return cmp.Or(since(a.DocumentChange).Compare(since(b.DocumentChange)), a.Recorded.Compare(b.Recorded), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Sequence, b.Sequence))
	})
}
