package casefile

import (
	"time"

	"github.com/zhengdang/chengxu/legaltime"
)

// Event tells others that an entry was recorded, and nothing that they may not
// know: identifiers of the case and of its procedure, never a text, a fact, a
// field, a document or a person. Whoever needs more reads the case, as far as
// they may.
type Event struct {
	Organ     OrganID        `json:"organ"`
	Case      ID             `json:"case"`
	Sequence  int64          `json:"sequence"`
	Kind      EntryKind      `json:"kind"`
	At        time.Time      `json:"at"`
	On        legaltime.Date `json:"on"`
	Practice  bool           `json:"practice,omitempty"`
	Procedure string         `json:"procedure"`           // "cn.major-decision@2019"
	Step      string         `json:"step,omitempty"`      // as the procedure names it
	Round     int            `json:"round,omitempty"`     //
	Verb      string         `json:"verb,omitempty"`      //
	Outcome   string         `json:"outcome,omitempty"`   //
	Status    Status         `json:"status"`              // of the case, after the entry
	End       string         `json:"end,omitempty"`       // the end that the case has reached
	Deadlines []string       `json:"deadlines,omitempty"` // ids of those that were opened or changed
}

// EventOf gives the event of an entry; the case is as the entry has left it. What
// it copies is listed here field by field, so that a new field of an entry stays
// inside until somebody lets it out.
func EventOf(c Case, e Entry) Event {
	out := Event{
		Organ: e.Organ, Case: e.Case, Sequence: e.Sequence, Kind: e.Kind, At: e.At, On: e.On, Practice: c.Practice,
		Procedure: c.Pinned.Procedure, Step: e.Step, Round: e.Round, Verb: e.Verb, Outcome: e.Outcome,
		Status: c.Status, End: c.End,
	}
	for _, d := range e.Deadlines {
		out.Deadlines = append(out.Deadlines, d.ID)
	}
	return out
}
