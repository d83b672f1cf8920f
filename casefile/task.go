package casefile

import "github.com/zhengdang/chengxu/legaltime"

// Task (待办) is what a case awaits of a role in a running step, of one person or
// unit where the case assigns one. A case that is suspended awaits that somebody
// looks at it again: its one step is [CaseScope].
type Task struct {
	Step        string
	Round       int // 0 for a case that is suspended
	Role        Role
	Person      PersonID // who alone can do it; empty: whoever holds the role
	Unit        string   // on whose desk it lies; empty: nobody has acted in the role yet, or no unit is known
	Title       Text     // of the step
	Since       legaltime.Date
	Due         legaltime.Date // of the deadline that comes first; zero: none runs
	Provisional bool           // the due date touches a year whose calendar is not announced
	Deadline    string         // id of the deadline; empty: none
	Breached    bool           // the deadline has passed unmet
}

// NoticeKind says why somebody is told of a task.
type NoticeKind string

const (
	NoticeReminder   NoticeKind = "reminder"   // 催办: a due date comes near
	NoticeEscalation NoticeKind = "escalation" // 督办: a superior reads of it; it decides nothing
)

// Notice (通知) tells a role, or one person in it, of a task.
type Notice struct {
	Kind     NoticeKind
	Step     string
	Role     Role
	Person   PersonID // empty: whoever holds the role
	Deadline string   // id of the deadline that it is about
	Due      legaltime.Date
}
