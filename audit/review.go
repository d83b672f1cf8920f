package audit

import (
	"fmt"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// Review (案卷评查) is an auditor's review of the whole file of a case by a checklist. It
// is kept as often as the auditor saves it; the finished one is the last.
type Review struct {
	ID        string
	Organ     casefile.OrganID // of the case
	Case      casefile.ID
	Practice  bool
	Title     string // of the case; read, never written
	Checklist string // with its version
	Follows   string // the review that this one looks back at (回头看); empty: none
	By        Person
	At        time.Time
	Kept      Version // as it was kept last; Number 0: not yet
}

// Version is a review as it was kept once.
type Version struct {
	Number   int64 // from 1
	Finished bool
	Head     int64  // the last entry of the case at that moment
	Hash     string // of its leaf
	Score    int    // of a finished one, in tenths of a point of a hundred
	Grade    string // of a finished one
	Sheet    Sheet
	At       time.Time
}

// Sheet is what is said of each item, with the items and grades as they were then.
type Sheet struct {
	Grades []Grade  `json:"grades"`
	Items  []Judged `json:"items"`
}

// Judged is one item with what the record shows and what the auditor says.
type Judged struct {
	Item
	Pre    Precheck `json:"pre"`
	Result Standing `json:"result,omitempty"` // empty: not decided
	Marks  *int     `json:"marks,omitempty"`  // of an item with points that applies; nil: not given
	Reason string   `json:"reason,omitempty"`
}

// Answer is what an auditor says of an item.
type Answer struct {
	Item   string
	Result Standing
	Marks  *int
	Reason string
}

// MaxReason bounds a reason, in characters.
const MaxReason = 1000

// NewSheet gives the sheet of a record before anything was said: items stand as the record
// shows, with full marks where it shows them met.
func NewSheet(list Checklist, r Record) Sheet {
	s := Sheet{Grades: list.Grades}
	for _, item := range list.Items {
		j := Judged{Item: item, Pre: r.Precheck(item)}
		if j.Pre.Standing != CannotTell {
			j.Result = j.Pre.Standing
		}
		if j.Kind == Points && j.Result == Met {
			full := j.Points
			j.Marks = &full
		}
		s.Items = append(s.Items, j)
	}
	return s
}

// Answered gives the sheet with the answers in it, each at most once and to an item that
// there is; what is wrong with one is a [*casefile.Refusal].
func (s Sheet) Answered(answers []Answer) (Sheet, error) {
	s.Items = slices.Clone(s.Items)
	seen := map[string]bool{}
	for _, a := range answers {
		at := slices.IndexFunc(s.Items, func(j Judged) bool { return j.ID == a.Item })
		if at < 0 || seen[a.Item] {
			return s, bad(a.Item, "评查标准中没有这一项，或者重复填写。", "the checklist has no such item, or it was answered twice")
		}
		seen[a.Item] = true
		j := &s.Items[at]
		j.Result, j.Marks, j.Reason = a.Result, a.Marks, a.Reason
		if j.Kind == Veto || j.Result == NotApplicable {
			j.Marks = nil
		}
		if err := j.sound(); err != nil {
			return s, err
		}
	}
	return s, nil
}

// sound says what is wrong with an answer, whether or not it is complete.
func (j Judged) sound() error {
	switch {
	case j.Result != "" && !oneOf(j.Result, Standings()):
		return bad(j.ID, "请选择评查结果。", "choose a result")
	case j.Marks != nil && (*j.Marks < 0 || *j.Marks > j.Points):
		return bad(j.ID, fmt.Sprintf("得分应当在0至%d分之间。", j.Points), fmt.Sprintf("the marks lie between 0 and %d", j.Points))
	}
	return written(j.ID, j.Reason, MaxReason, false)
}

// Complete says what a sheet lacks to be finished, as a [*casefile.Refusal], or nil.
func (s Sheet) Complete() error {
	for _, j := range s.Items {
		scored := j.Kind == Points && j.Result != NotApplicable
		below := scored && j.Marks != nil && *j.Marks < j.Points
		switch {
		case j.Result == "":
			return missing(j.ID, "请给出本项的评查结果。", "say how this item stands")
		case scored && j.Marks == nil:
			return missing(j.ID, "请给出本项得分。", "give the marks of this item")
		case scored && j.Result == NotMet && !below:
			return bad(j.ID, "不符合的项目不能得满分。", "an item that is not met does not get full marks")
		case j.Reason != "":
		case j.Result != j.Pre.Standing:
			return missing(j.ID, "结果与系统预查不同，请说明理由。", "say why the result is not what the record shows")
		case below:
			return missing(j.ID, "扣分的项目请说明理由。", "say why marks were taken off")
		}
	}
	if _, _, ok := s.Outcome(); !ok {
		return &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: casefile.Text{
			ZH: "没有任何计分项目适用，无法得出评查结果。", EN: "no item with points applies, so there is no score"}}
	}
	return nil
}

func missing(field, zh, en string) error {
	return &casefile.Refusal{Code: casefile.RefusedMissingField, Field: field, Message: casefile.Text{ZH: zh, EN: en}}
}

// Outcome gives the score of a sheet, in tenths of a point of a hundred, and its grade.
// Items that do not apply are left out, and what remains is a hundred; ok is false when
// nothing does. Tenths are cut off, never rounded up.
func (s Sheet) Outcome() (score int, grade string, ok bool) {
	earned, of, vetoed := 0, 0, false
	for _, j := range s.Items {
		switch {
		case j.Kind == Veto:
			vetoed = vetoed || j.Result == NotMet
		case j.Result != NotApplicable:
			of += j.Points
			if j.Marks != nil {
				earned += *j.Marks
			}
		}
	}
	if of == 0 {
		return 0, "", false
	}
	score = earned * 1000 / of
	if vetoed {
		return score, Unqualified, true
	}
	for _, g := range s.Grades {
		if score >= g.From*10 {
			return score, g.ID, true
		}
	}
	return score, Unqualified, true
}

// Change is an item that stands otherwise in a review than in the one it looks back at.
type Change struct {
	Item          Item
	Before, After Judged // the zero value: the item was not there
}

// Changes gives what changed from one sheet to another, in the order of the later one.
func Changes(before, after Sheet) []Change {
	var out []Change
	for _, a := range after.Items {
		var b Judged
		if at := slices.IndexFunc(before.Items, func(j Judged) bool { return j.ID == a.ID }); at >= 0 {
			b = before.Items[at]
		}
		if a.Result != b.Result || given(a) != given(b) {
			out = append(out, Change{Item: a.Item, Before: b, After: a})
		}
	}
	for _, b := range before.Items {
		if !slices.ContainsFunc(after.Items, func(j Judged) bool { return j.ID == b.ID }) {
			out = append(out, Change{Item: b.Item, Before: b})
		}
	}
	return out
}

func given(j Judged) int {
	if j.Marks == nil {
		return -1
	}
	return *j.Marks
}

// Tally is what finished reviews say together.
type Tally struct {
	Reviews int
	Average int // of the scores, in tenths
	Items   []ItemTally
}

// ItemTally is how often an item applied, was not met, or lost marks.
type ItemTally struct {
	Item                  Item
	Applied, NotMet, Lost int
}

// Count gives the tally of the finished ones among the reviews.
func Count(all []Review) Tally {
	var t Tally
	sum := 0
	for _, r := range all {
		if !r.Kept.Finished {
			continue
		}
		t.Reviews++
		sum += r.Kept.Score
		for _, j := range r.Kept.Sheet.Items {
			t.count(j)
		}
	}
	if t.Reviews > 0 {
		t.Average = sum / t.Reviews
	}
	return t
}

func (t *Tally) count(j Judged) {
	if j.Result == NotApplicable {
		return
	}
	at := slices.IndexFunc(t.Items, func(i ItemTally) bool { return i.Item.ID == j.ID })
	if at < 0 {
		at = len(t.Items)
		t.Items = append(t.Items, ItemTally{Item: j.Item})
	}
	one := &t.Items[at]
	one.Applied++
	if j.Result == NotMet {
		one.NotMet++
	}
	if j.Marks != nil && *j.Marks < j.Points {
		one.Lost++
	}
}
