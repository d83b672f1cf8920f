package dossier

import (
	"errors"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/retrace"
)

// lawCheck goes through the case again from its first entry: it asks the
// procedure what each act leads to and the rules what they say, and compares the
// answer with the record.
type lawCheck struct {
	part    *Part
	held    map[casefile.Digest]file
	release procedure.Release  // what judges the case now
	next    *procedure.Release // what the entry that is looked at moves the case to
	trace   *retrace.Case      // the case before the entry that is looked at
	at      time.Time          // the instant of the entry before
}

func checkLaw(d *Dossier, records []casefile.Entry) (p Part) {
	l := &lawCheck{part: &p, held: held(d)}
	var ok bool
	if l.release, ok = l.load(*records[0].Pinned); !ok {
		return p
	}
	l.trace = retrace.New(l.release.Definition, procedure.InitialFacts(l.release.Packs))
	l.trace.Release = func(casefile.Pinned) (procedure.Release, error) {
		if l.next == nil {
			return procedure.Release{}, errors.New("the entry does not say what the case moves to")
		}
		return *l.next, nil
	}
	for i, record := range records {
		place := entryName(i + 1)
		if i > 0 && !l.moves(place, record) {
			return p
		}
		l.checkTime(place, record)
		l.checkEntry(place, record)
		if err := l.trace.Apply(record); err != nil {
			p.fail(place, "与案件不符：%v", "does not fit the case: %v", err)
			return p
		}
		if l.next != nil {
			l.release = *l.next
		}
		p.Checked++
	}
	p.done()
	return p
}

// moves reads what an entry moves the case to. It reports whether the check can
// go on.
func (l *lawCheck) moves(place string, record casefile.Entry) bool {
	l.next = nil
	if record.Pinned == nil {
		return true
	}
	release, ok := l.load(*record.Pinned)
	l.next = &release
	if ok && record.Kind == casefile.EntryRecomputed {
		l.checkCalendar(place, *record.Pinned)
	}
	return ok
}

// checkCalendar makes sure that due dates were recomputed only by a calendar that
// goes on from the one before: nobody decides that entry, so it may not bring
// anything but further notices.
func (l *lawCheck) checkCalendar(place string, next casefile.Pinned) {
	newer, err := legaltime.ParseCalendar(l.held[next.Calendar].content)
	if err != nil {
		return // told when it was loaded
	}
	older, err := legaltime.ParseCalendar(l.held[l.release.Pinned.Calendar].content)
	if err != nil || newer.Continues(older) {
		return
	}
	l.fail(place, "重新计算所用的日历没有包含此前日历的全部放假通知，或者没有更新",
		"recomputed by a calendar that lacks a notice of the one before, or has none more")
}

// failures counts what did not come out right so far.
func (l *lawCheck) failures() int { return len(l.part.Problems) + l.part.More }

func (l *lawCheck) fail(place, zh, en string, args ...any) { l.part.fail(place, zh, en, args...) }

// checkTime makes sure that no entry precedes the one before it, and that time
// was not passed over: after an act, what time has done by then is recorded
// before anybody acts again.
func (l *lawCheck) checkTime(place string, record casefile.Entry) {
	before := l.trace.Case()
	today := before.Today
	if record.On.Before(today) {
		l.fail(place, "日期 %s 早于前一条记录的 %s", "is dated %s, before %s of the entry before it", record.On, today)
	}
	if record.At.Before(l.at) {
		l.fail(place, "时刻 %s 早于前一条记录的 %s", "was made at %s, before %s of the entry before it", record.At, l.at)
	}
	l.at = record.At
	if record.Practice {
		if before.Sequence > 0 && record.On != today {
			l.fail(place, "演练时钟是 %[2]s，记录日期是 %[1]s", "is dated %s when the practice clock shows %s", record.On, today)
		}
	} else if day := legaltime.DateIn(record.At, legaltime.China); day != record.On && day != record.On.AddDays(1) {
		l.fail(place, "日期 %s 与时刻 %s 不符", "is dated %s and was made at %s", record.On, record.At)
	}
	if record.Act == nil && record.Kind != casefile.EntryRecomputed || before.Sequence == 0 {
		return
	}
	plan, err := l.trace.PlanTime(today)
	if err != nil || plan == nil {
		return // an error shows when the entry itself is derived
	}
	l.fail(place, "此前有期限届满，却没有记录", "before this act a deadline passed, and no entry records it")
}

// checkEntry derives the entry again and compares.
func (l *lawCheck) checkEntry(place string, record casefile.Entry) {
	derived, ok := l.derive(place, record)
	if !ok {
		return
	}
	for _, diff := range differences(derived, record) {
		l.fail(place, "%s：记录为 %s，依法应为 %s", "%s: recorded %s, derived %s", diff.path, diff.got, diff.want)
	}
}
