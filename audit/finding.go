// Package audit holds what auditors write: findings on the record of a case, and
// reviews of its whole dossier (案卷评查). Neither is part of the case: nothing here
// changes a case, an entry, or what the rules say of them.
//
// All of it only grows. What became of a finding is told by the steps that were
// taken after it.
package audit

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Kind is what a finding is about.
type Kind string

// The kinds. A question is a finding that asks first.
const (
	Procedural Kind = "procedure" // a step left out, too early, or in another order
	Papers     Kind = "papers"    // a paper that is missing or not as it should be
	Deadline   Kind = "deadline"  // a period not kept
	Authority  Kind = "authority" // somebody who was not to act
	Question   Kind = "question"
	Other      Kind = "other"
)

// Kinds gives every kind, as forms list them.
func Kinds() []Kind { return []Kind{Procedural, Papers, Deadline, Authority, Question, Other} }

// Severity says how much a finding weighs.
type Severity string

// The severities, the gravest first.
const (
	Grave    Severity = "grave"
	Ordinary Severity = "ordinary"
	Slight   Severity = "slight"
)

// Severities gives every severity, the gravest first.
func Severities() []Severity { return []Severity{Grave, Ordinary, Slight} }

// Move is a step in the life of a finding.
type Move string

// The moves.
const (
	Release Move = "release" // staff of the case's organ may know of it
	Reply   Move = "reply"   // by them
	Close   Move = "close"   // with a result
	Reopen  Move = "reopen"
)

// Result is how a finding was closed.
type Result string

// The results.
const (
	Rectified    Result = "rectified"
	NotRectified Result = "not-rectified"
	Withdrawn    Result = "withdrawn"
)

// Results gives every result.
func Results() []Result { return []Result{Rectified, NotRectified, Withdrawn} }

// State is where a finding is in its life.
type State string

// The states.
const (
	Recorded State = "recorded" // a draft that auditors alone see
	Released State = "released" // and not answered
	Replied  State = "replied"
	Closed   State = "closed"
)

// States gives every state, in the order of a life.
func States() []State { return []State{Recorded, Released, Replied, Closed} }

// Person is whoever wrote something, with the name that the person had then.
type Person struct {
	Organ  casefile.OrganID
	Person casefile.PersonID
	Name   string
}

// Finding is what an auditor found in a case.
type Finding struct {
	ID       string
	Organ    casefile.OrganID // of the case
	Case     casefile.ID
	Practice bool
	Title    string // of the case; read, never written
	Entry    int64  // 0: the case as a whole
	Kind     Kind
	Severity Severity
	Text     string
	Remedy   string         // that is asked for
	Due      legaltime.Date // until when; zero: not said
	By       Person
	At       time.Time
	Events   []Event // what became of it, in order
}

// Event is one move.
type Event struct {
	Number int64 // from 1
	Move   Move
	Result Result // of a close
	Text   string
	By     Person
	At     time.Time
}

// Last is the number of the last event; 0 before the first.
func (f Finding) Last() int64 { return int64(len(f.Events)) }

// State gives where the finding is.
func (f Finding) State() State {
	if len(f.Events) == 0 {
		return Recorded
	}
	return StateAfter(f.Events[len(f.Events)-1].Move)
}

// StateAfter gives where a finding is whose last move it was; without one it is
// [Recorded].
func StateAfter(m Move) State {
	switch m {
	case Release, Reopen:
		return Released
	case Reply:
		return Replied
	case Close:
		return Closed
	}
	return Recorded
}

// WasReleased reports whether staff may know of it. A draft that was withdrawn
// never was.
func (f Finding) WasReleased() bool { return len(f.Events) > 0 && f.Events[0].Move == Release }

// Overdue reports whether it is not closed on a day after its due date.
func (f Finding) Overdue(today legaltime.Date) bool {
	return f.State() != Closed && f.WasReleased() && !f.Due.IsZero() && f.Due.Before(today)
}

// Bounds of what is written, in characters.
const (
	MaxText   = 4000
	MaxRemedy = 2000
)

// Check says what is wrong with a new finding on a case of so many entries, as a
// [*casefile.Refusal], or nil.
func (f Finding) Check(entries int64, today legaltime.Date) error {
	switch {
	case f.Entry < 0 || f.Entry > entries:
		return bad("entry", fmt.Sprintf("案件只有 %d 项记录。", entries), fmt.Sprintf("the case has %d entries", entries))
	case !oneOf(f.Kind, Kinds()):
		return bad("kind", "请选择类别。", "choose a kind")
	case !oneOf(f.Severity, Severities()):
		return bad("severity", "请选择严重程度。", "choose a severity")
	case !f.Due.IsZero() && f.Due.Before(today):
		return bad("due", "整改期限不能早于今天。", "the due date lies before today")
	}
	if err := written("text", f.Text, MaxText, true); err != nil {
		return err
	}
	return written("remedy", f.Remedy, MaxRemedy, false)
}

// CheckNext says why the event cannot be the next of the finding, as a
// [*casefile.Refusal], or nil.
func (f Finding) CheckNext(e Event) error {
	state := f.State()
	var may bool
	switch e.Move {
	case Release:
		may = state == Recorded
	case Reply:
		may = state == Released || state == Replied
	case Close:
		may = state == Released || state == Replied || state == Recorded && e.Result == Withdrawn
	case Reopen:
		may = state == Closed && f.WasReleased()
	default:
		return bad("move", "没有这一操作。", "there is no such move")
	}
	switch {
	case !may:
		return &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: casefile.Text{
			ZH: "审计意见现在的状态不允许此操作。", EN: fmt.Sprintf("a finding that is %s does not admit %q", state, e.Move)}}
	case e.Move == Close && !oneOf(e.Result, Results()):
		return bad("result", "请选择办结结果。", "choose a result")
	case e.Move != Close && e.Result != "":
		return bad("result", "只有办结时才填写结果。", "only a close has a result")
	}
	return written("text", e.Text, MaxText, e.Move != Release)
}

func oneOf[T comparable](v T, all []T) bool {
	for _, one := range all {
		if v == one {
			return true
		}
	}
	return false
}

// written checks a text of somebody.
func written(field, text string, most int, required bool) error {
	switch n := utf8.RuneCountInString(text); {
	case required && strings.TrimSpace(text) == "":
		return &casefile.Refusal{Code: casefile.RefusedMissingField, Field: field, Message: casefile.Text{ZH: "请填写内容。", EN: "it must be filled in"}}
	case n > most:
		return bad(field, fmt.Sprintf("不得超过 %d 字。", most), fmt.Sprintf("at most %d characters", most))
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return bad(field, "含有无法识别的字符。", "it holds characters that are none")
	}
	return nil
}

func bad(field, zh, en string) error {
	return &casefile.Refusal{Code: casefile.RefusedBadValue, Field: field, Message: casefile.Text{ZH: zh, EN: en}}
}
