package casefile

import (
	"slices"
	"time"

	"github.com/zhengdang/chengxu/legaltime"
)

// EntryKind says what an entry records.
type EntryKind string

const (
	EntryOpened  EntryKind = "opened"  // the case was opened
	EntryAct     EntryKind = "act"     // an act was admitted
	EntryBlocked EntryKind = "blocked" // an act was attempted and the rules kept the gate closed
	EntryLapse   EntryKind = "lapse"   // a period ran out: time acted, not a person
	EntryBreach  EntryKind = "breach"  // the due date of a duty passed unmet
	// EntryReminder tells that a due date comes near. It decides nothing.
	EntryReminder EntryKind = "reminder"
	// EntryRecomputed tells that another calendar moved an open due date, or made it
	// firm. The first such entry pins the calendar.
	EntryRecomputed EntryKind = "recomputed"
)

// Pinned names what judges the case, by digest. It is fixed when the case is
// opened and changes only by a recorded entry.
type Pinned struct {
	Procedure  string       `json:"procedure"` // "cn.major-decision@2019"
	Definition Digest       `json:"definition"`
	Packs      []PinnedPack `json:"packs"`
	Calendar   Digest       `json:"calendar"`
}

// PinnedPack is a rule pack by name and digest.
type PinnedPack struct {
	Pack   string `json:"pack"` // "cn.713@2019"
	Digest Digest `json:"digest"`
}

// Equal reports whether both name the same contents.
func (p Pinned) Equal(other Pinned) bool {
	return p.Procedure == other.Procedure && p.Definition == other.Definition && p.Calendar == other.Calendar &&
		slices.Equal(p.Packs, other.Packs)
}

// Matter (事项) is what the case is about.
type Matter struct {
	Title    string `json:"title" yaml:"title"`
	Category string `json:"category" yaml:"category"`
	Follows  ID     `json:"follows,omitempty" yaml:"follows,omitempty"` // the case before, such as the decision that is evaluated; empty: none
}

// Entered is a step that was entered, or found not to apply.
type Entered struct {
	Step    string   `json:"step"`
	Round   int      `json:"round"`
	Applies bool     `json:"applies"`
	Gate    string   `json:"gate,omitempty"` // the applicability gate that decided
	Verdict *Verdict `json:"verdict,omitempty"`
}

// Deadline is the due date of a duty or the end of a period, as watched.
type Deadline struct {
	ID          string         `json:"id"`             // the rule id of a duty, or "<step>/<period>" of a period
	Rule        string         `json:"rule,omitempty"` // for duties
	Step        string         `json:"step,omitempty"` //
	Basis       string         `json:"basis,omitempty"`
	Title       Text           `json:"title,omitzero"`
	Due         legaltime.Date `json:"due"`
	Provisional bool           `json:"provisional,omitempty"`
	State       DeadlineState  `json:"state"`
	Was         legaltime.Date `json:"was,omitzero"` // due date before a calendar moved it or made it firm
	// RemindOn are the dates still to come on which a reminder is recorded, rising;
	// Reminded is that of the last one.
	RemindOn []legaltime.Date `json:"remind_on,omitempty"`
	Reminded legaltime.Date   `json:"reminded,omitzero"`
	Sequence int64            `json:"sequence"` // entry that last changed it
}

// DeadlineState is where a deadline stands.
type DeadlineState string

const (
	DeadlineOpen     DeadlineState = "open"
	DeadlineMet      DeadlineState = "met"
	DeadlineBreached DeadlineState = "breached"
	DeadlineElapsed  DeadlineState = "elapsed" // a period ran out, as it should
	DeadlineDropped  DeadlineState = "dropped" // the period or the duty fell away
)

// Status is the state of a case as a whole.
type Status string

const (
	StatusRunning   Status = "running"
	StatusSuspended Status = "suspended" // 中止
	StatusClosed    Status = "closed"    // 办结
)

// Entry is one record of the case. Its JSON form is what is committed to the
// ledger and what replay must produce again, byte for byte.
//
// Entries are append-only: (Case, Sequence) is its natural key, and recording
// the same entry twice is recording it once.
type Entry struct {
	Case     ID             `json:"case"`
	Organ    OrganID        `json:"organ"`
	Sequence int64          `json:"sequence"` // 1, 2, 3, … without a gap
	Kind     EntryKind      `json:"kind"`
	On       legaltime.Date `json:"on"` // the civil date that the law counts, on the clock of the case
	At       time.Time      `json:"at"` // the instant, UTC
	Practice bool           `json:"practice,omitempty"`

	Matter *Matter `json:"matter,omitempty"` // opening only
	// Pinned is what judges the case: in the opening entry, and in one that moves
	// the case to other pins. It judged that entry already.
	Pinned *Pinned `json:"pinned,omitempty"`

	Act     *Act   `json:"act,omitempty"` // who did or attempted what; nil when time acted
	Step    string `json:"step,omitempty"`
	Round   int    `json:"round,omitempty"`
	Verb    string `json:"verb,omitempty"`
	Outcome string `json:"outcome,omitempty"` // outcome with which the act, or time alone, concluded the step

	Today   legaltime.Date `json:"today,omitzero"`    // new date of the practice clock
	Verdict *Verdict       `json:"verdict,omitempty"` // of the gates that the act had to pass
	Facts   Values         `json:"facts,omitempty"`   // facts established

	Documents []Document `json:"documents,omitempty"`
	Withdrawn []Digest   `json:"withdrawn,omitempty"` // documents whose content was removed
	Opinion   *Opinion   `json:"opinion,omitempty"`
	Entered   []Entered  `json:"entered,omitempty"`     // steps entered, or found not to apply
	Broken    []string   `json:"interrupted,omitempty"` // parallel steps that ended without an outcome
	Deadlines []Deadline `json:"deadlines,omitempty"`   // deadlines opened or changed
	Status    Status     `json:"status,omitempty"`      // new status, when it changed
	End       string     `json:"end,omitempty"`         // the end of the procedure that was reached
}
