// Package retrace goes through a recorded case again, entry by entry: it asks
// the procedure what the act, or the passing of time, that an entry tells of
// leads to, and so gives what was asked of the rules. The dossier verifier
// compares the answers with the record; the impact of a change of the law is
// found by asking other rules the same questions.
package retrace

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// Case is a recorded case as the entries gone through so far have left it.
type Case struct {
	// Release gives what pins name to which an entry moves the case. A case that
	// moves cannot be gone through without it.
	Release func(casefile.Pinned) (procedure.Release, error)

	def     *procedure.Definition
	initial casefile.Values
	c       casefile.Case
	next    *procedure.Definition // to which the entry that comes next moves the case
}

// New begins before the first entry of a case that follows the definition. The
// facts with which its record begins come from the pinned rule packs, never from
// the entry; see [procedure.InitialFacts].
func New(def *procedure.Definition, initial casefile.Values) *Case {
	return &Case{def: def, initial: initial}
}

// Case gives the case before the entry that comes next. It must not be changed.
func (r *Case) Case() *casefile.Case { return &r.c }

// Apply goes on behind an entry.
func (r *Case) Apply(record casefile.Entry) error {
	if r.next != nil && record.Pinned != nil && record.Pinned.Definition == r.next.Digest() {
		r.def = r.next
	}
	r.next = nil
	return r.c.Apply(record)
}

// Plan gives what the act, or the passing of time, that the next entry tells of
// leads to. The date is the recorded one. A plan is nil, without refusal and
// error, where time is said to have acted and no deadline passes. A panic is the
// fault of this entry alone and comes back as an error.
func (r *Case) Plan(record casefile.Entry) (plan *procedure.Plan, refusal *casefile.Refusal, err error) {
	defer caught(&err)
	switch record.Kind {
	case casefile.EntryOpened:
		if record.Matter == nil || record.Act == nil || record.Pinned == nil {
			return nil, nil, fmt.Errorf("opening entry of case %s is incomplete: %w", record.Case, casefile.ErrInvalid)
		}
		plan, refusal = r.planOpening(record)
		return plan, refusal, nil
	case casefile.EntryAct, casefile.EntryBlocked:
		if record.Act == nil {
			return nil, nil, fmt.Errorf("entry of kind %s without an act", record.Kind)
		}
		if plan, refusal = r.def.Plan(&r.c, submitted(*record.Act), r.documents(record), record.On); refusal != nil {
			return nil, refusal, nil
		}
		if pinned, moves := plan.Moves(); moves {
			refusal, err = r.adopt(plan, pinned, record.On)
		}
		return plan, refusal, err
	case casefile.EntryRecomputed:
		calendar := r.c.Pinned.Calendar
		if record.Pinned != nil {
			calendar = record.Pinned.Calendar
		}
		return r.def.PlanCalendar(&r.c, calendar, record.On), nil, nil
	case casefile.EntryLapse, casefile.EntryBreach, casefile.EntryReminder:
		plan, err = r.PlanTime(record.On)
		return plan, nil, err
	}
	return nil, nil, fmt.Errorf("unknown kind of entry %q", record.Kind)
}

// adopt completes the plan of a case that moves to other pins.
func (r *Case) adopt(plan *procedure.Plan, pinned casefile.Pinned, today legaltime.Date) (*casefile.Refusal, error) {
	if r.Release == nil {
		return nil, fmt.Errorf("the case moves to other pins, and what they name is not given: %w", casefile.ErrNotFound)
	}
	release, err := r.Release(pinned)
	if err != nil {
		return nil, err
	}
	established, refusal := release.MayAdopt(r.def, &r.c, today)
	if refusal != nil {
		return refusal, nil
	}
	r.next = release.Definition
	plan.Adopt(release.Definition, established)
	return nil, nil
}

func (r *Case) planOpening(record casefile.Entry) (*procedure.Plan, *casefile.Refusal) {
	return r.def.PlanOpening(procedure.NewCase{
		Case: record.Case, Organ: record.Organ, Matter: *record.Matter, Act: submitted(*record.Act),
		Practice: record.Practice, Pinned: *record.Pinned, Initial: r.initial, Today: record.On,
	})
}

// PlanTime gives what the passing of time leads to by a date; nil when nothing
// does.
func (r *Case) PlanTime(today legaltime.Date) (plan *procedure.Plan, err error) {
	defer caught(&err)
	return r.def.PlanTime(&r.c, today), nil
}

// Asks reports whether anything is asked of the rules.
func Asks(in rules.Input) bool { return len(in.Gates)+len(in.Applies)+len(in.Duties) > 0 }

// Entry gives the entry that the plan becomes by what the judge says.
func Entry(plan *procedure.Plan, judge *rules.Judge) (entry casefile.Entry, err error) {
	defer caught(&err)
	var judgement rules.Judgement
	if in := plan.Judge(); Asks(in) {
		if judgement, err = judge.Judge(in); err != nil {
			return casefile.Entry{}, err
		}
	}
	return plan.Entry(judgement), nil
}

func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("stopped: %v", p)
	}
}

// submitted gives an act as it was before it was recorded: the capacity is what
// recording adds.
func submitted(act casefile.Act) casefile.Act {
	act.By.Capacity = ""
	return act
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// documents gives what was known of the stored documents that an act names:
// those that the entry files, as they were before they were filed, and those
// that the case has. Of others no more than the digest matters.
func (r *Case) documents(record casefile.Entry) []casefile.Document {
	var docs []casefile.Document
	known := slices.Concat(record.Documents, r.c.Documents)
	for _, name := range casefile.SortedNames(record.Act.With) {
		for _, d := range digestsIn(record.Act.With[name]) {
			same := func(doc casefile.Document) bool { return doc.Digest == d }
			if slices.ContainsFunc(docs, same) {
				continue
			}
			doc := casefile.Document{Digest: d}
			if at := slices.IndexFunc(known, same); at >= 0 {
				doc.Title, doc.MediaType, doc.Size, doc.Level = known[at].Title, known[at].MediaType, known[at].Size, known[at].Level
			}
			docs = append(docs, doc)
		}
	}
	return docs
}

func digestsIn(v any) []casefile.Digest {
	var out []casefile.Digest
	switch v := v.(type) {
	case string:
		if hexDigest.MatchString(v) {
			out = append(out, casefile.Digest(v))
		}
	case []any:
		for _, item := range v {
			out = append(out, digestsIn(item)...)
		}
	}
	return out
}
