package dossier

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/retrace"
)

// derive gives the entry that procedure and rules make of the act, or of the
// passing of time, that the record tells of. It reports whether there is one.
func (l *lawCheck) derive(place string, record casefile.Entry) (entry casefile.Entry, ok bool) {
	plan, refusal, err := l.trace.Plan(record)
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
	judge := l.release.Judge
	if _, moves := plan.Moves(); moves && l.next != nil {
		judge = l.next.Judge // what the case moves to judges that entry already
	}
	entry, err = retrace.Entry(plan, judge)
	if err != nil {
		l.fail(place, "无法重新判断：%v", "cannot be judged again: %v", err)
		return casefile.Entry{}, false
	}
	entry = plan.NumberedAs(entry, record)
	entry.At = record.At // the instant is a matter of fact
	return entry, true
}
