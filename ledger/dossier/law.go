package dossier

import (
	"bytes"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/retrace"
	"github.com/zhengdang/chengxu/rules"
)

// lawCheck goes through the case again from its first entry: it asks the
// procedure what each act leads to and the rules what they say, and compares the
// answer with the record.
type lawCheck struct {
	part  *Part
	def   *procedure.Definition
	judge *rules.Judge
	trace *retrace.Case // the case before the entry that is looked at
	at    time.Time     // the instant of the entry before
}

func checkLaw(d *Dossier, records []casefile.Entry) (p Part) {
	l := &lawCheck{part: &p}
	if !l.load(d, records[0].Pinned) {
		return p
	}
	for i, record := range records {
		place := entryName(i + 1)
		l.checkTime(place, record)
		l.checkEntry(place, record)
		if err := l.trace.Apply(record); err != nil {
			p.fail(place, "与案件不符：%v", "does not fit the case: %v", err)
			return p
		}
		p.Checked++
	}
	p.done()
	return p
}

// load reads what judged the case. The seal has shown that it is what was
// pinned; here it must also be what its name says.
func (l *lawCheck) load(d *Dossier, pinned *casefile.Pinned) bool {
	var err error
	if l.def, err = procedure.ParseCanonical(d.Definition); err != nil {
		l.fail(definitionName, "程序定义无效：%v", "not a valid definition: %v", err)
		return false
	}
	if l.def.Name() != pinned.Procedure {
		l.fail(definitionName, "是 %s，本案固定的是 %s", "is %s, pinned to the case is %s", l.def.Name(), pinned.Procedure)
	}
	if !bytes.Equal(l.def.Canonical(), d.Definition) {
		l.fail(definitionName, "不是规范形式", "not in canonical form")
	}
	cal, err := legaltime.ParseCalendar(d.Calendar)
	if err != nil {
		l.fail(calendarName, "日历无效：%v", "not a valid calendar: %v", err)
		return false
	}
	packs := l.loadPacks(d, pinned)
	if l.part.Status == Failed {
		return false
	}
	l.trace = retrace.New(l.def, procedure.InitialFacts(packs))
	if l.judge, err = rules.NewJudge(packs, cal); err != nil {
		l.fail(packsDir, "规则包不能一起适用：%v", "the rule packs cannot judge together: %v", err)
		return false
	}
	return true
}

// loadPacks reads the rule packs of the case: those that the definition asks for,
// in its order, and after them the overlays that were activated for the organ.
func (l *lawCheck) loadPacks(d *Dossier, pinned *casefile.Pinned) []*rules.Pack {
	var packs []*rules.Pack
	var names []string
	for _, pin := range pinned.Packs {
		place := packName(pin.Pack)
		p, err := rules.ParseArchive(d.Packs[pin.Pack], packs...)
		switch {
		case err != nil:
			l.fail(place, "规则包无效：%v", "not a valid rule pack: %v", err)
			continue
		case p.Name() != pin.Pack:
			l.fail(place, "是 %s", "is %s", p.Name())
		case !bytes.Equal(p.Archive(), d.Packs[pin.Pack]):
			l.fail(place, "不是规范形式", "not in canonical form")
		}
		packs, names = append(packs, p), append(names, pin.Pack)
	}
	further := len(names) - len(l.def.Packs)
	if l.part.Status != Failed && (further < 0 || !slices.Equal(names[:len(l.def.Packs)], l.def.Packs)) {
		l.fail(definitionName, "要求规则包 %v，本案固定的是 %v", "asks for the rule packs %v, pinned to the case are %v", l.def.Packs, names)
		return packs
	}
	if l.part.Status == Failed {
		return packs
	}
	for _, p := range packs[len(l.def.Packs):] { // beyond those of the procedure, only what is laid over them
		if len(p.Over()) == 0 {
			l.fail(packName(p.Name()), "程序没有要求此规则包", "is not asked for by the procedure")
		}
	}
	return packs
}

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
	if record.Act == nil || before.Sequence == 0 {
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
