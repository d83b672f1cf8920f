package dossier

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// derive gives the entry that procedure and rules make of the act, or of the
// passing of time, that the record tells of. It reports whether there is one.
func (l *lawCheck) derive(place string, record casefile.Entry) (entry casefile.Entry, ok bool) {
	plan, refusal, err := l.plan(record)
	switch {
	case err != nil:
		l.fail(place, "无法重新办理：%v", "cannot be derived: %v", err)
		return casefile.Entry{}, false
	case refusal != nil:
		l.part.fail(place, "程序不接受此行为：%[1]s", "the procedure does not admit this act: %[2]s", refusal.Message.ZH, refusal.Message.EN)
		return casefile.Entry{}, false
	case plan == nil:
		l.fail(place, "此时没有期限届满", "no deadline passes here")
		return casefile.Entry{}, false
	}
	entry, err = l.judged(plan)
	if err != nil {
		l.fail(place, "无法重新判断：%v", "cannot be judged again: %v", err)
		return casefile.Entry{}, false
	}
	entry.At = record.At // the instant is a matter of fact
	return entry, true
}

// plan asks the procedure. The date is the recorded one: checkTime has compared
// it with the clock of the case. A panic is the fault of this entry alone.
func (l *lawCheck) plan(record casefile.Entry) (plan *procedure.Plan, refusal *casefile.Refusal, err error) {
	defer caught(&err)
	switch record.Kind {
	case casefile.EntryOpened:
		plan, refusal = l.planOpening(record)
		return plan, refusal, nil
	case casefile.EntryAct, casefile.EntryBlocked:
		if record.Act == nil {
			return nil, nil, fmt.Errorf("entry of kind %s without an act", record.Kind)
		}
		plan, refusal = l.def.Plan(&l.c, submitted(*record.Act), l.documents(record), record.On)
		return plan, refusal, nil
	case casefile.EntryLapse, casefile.EntryBreach:
		plan, err = l.timePlan(record.On)
		return plan, nil, err
	}
	return nil, nil, fmt.Errorf("unknown kind of entry %q", record.Kind)
}

// planOpening opens the case again. The facts with which the record begins come
// from the pinned rule packs, not from the entry.
func (l *lawCheck) planOpening(record casefile.Entry) (*procedure.Plan, *casefile.Refusal) {
	return l.def.PlanOpening(procedure.NewCase{
		Case: record.Case, Organ: record.Organ, Matter: *record.Matter, Act: submitted(*record.Act),
		Practice: record.Practice, Pinned: *record.Pinned, Initial: l.initial, Today: record.On,
	})
}

func (l *lawCheck) timePlan(today legaltime.Date) (plan *procedure.Plan, err error) {
	defer caught(&err)
	return l.def.PlanTime(&l.c, today), nil
}

func (l *lawCheck) judged(plan *procedure.Plan) (entry casefile.Entry, err error) {
	defer caught(&err)
	var judgement rules.Judgement
	if in := plan.Judge(); len(in.Gates)+len(in.Applies)+len(in.Duties) > 0 {
		if judgement, err = l.judge.Judge(in); err != nil {
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
func (l *lawCheck) documents(record casefile.Entry) []casefile.Document {
	var docs []casefile.Document
	known := slices.Concat(record.Documents, l.c.Documents)
	for _, name := range casefile.SortedNames(record.Act.With) {
		for _, d := range digestsIn(record.Act.With[name]) {
			same := func(doc casefile.Document) bool { return doc.Digest == d }
			if slices.ContainsFunc(docs, same) {
				continue
			}
			doc := casefile.Document{Digest: d}
			if at := slices.IndexFunc(known, same); at >= 0 {
				doc.Title, doc.MediaType, doc.Size = known[at].Title, known[at].MediaType, known[at].Size
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
