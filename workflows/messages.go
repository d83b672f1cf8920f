package workflows

import (
	"encoding/json"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// The names below are part of every recorded history: never change one.
const (
	// CaseWorkflow is the workflow type of a case.
	CaseWorkflow = "Case"
	// UpdateAct is the update by which a person acts on a case. Its update ID is
	// the act's id: a repeated click is the same act.
	UpdateAct = "act"
	// UpdateOpened answers once the opening entry is recorded.
	UpdateOpened = "opened"
	// UpdateCalendar is the update by which a newer calendar arrives.
	UpdateCalendar = "calendar"
	// QueryCase answers with the case as the workflow sees it.
	QueryCase = "case"
)

// ErrTypeRefusal is the type of the application error that carries a
// [casefile.Refusal] as its detail.
const ErrTypeRefusal = "Refusal"

// ErrTypeInput is the type of the application error of an act that the rules
// cannot be asked about as it is.
const ErrTypeInput = activities.ErrTypeInput

// WorkflowID gives the workflow id of a case.
func WorkflowID(id casefile.ID) string { return "case/" + string(id) }

// CaseInput starts the workflow of a case. The definition travels with it, so
// that an open case is untouched when the library changes. A run that continues a
// case which has moved starts with the pins and the definition that it moved to.
// Add fields; never rename or remove one.
type CaseInput struct {
	Case       casefile.ID      `json:"case"`
	Organ      casefile.OrganID `json:"organ"`
	Matter     casefile.Matter  `json:"matter"`
	Opening    casefile.Act     `json:"opening"`
	Practice   bool             `json:"practice,omitempty"`
	Starts     legaltime.Date   `json:"starts,omitzero"` // first date of the practice clock
	Pinned     casefile.Pinned  `json:"pinned"`
	Definition json.RawMessage  `json:"definition"` // canonical form; its digest is Pinned.Definition
	// Initial are the facts that the record itself shows at the opening: nothing
	// has happened yet. They come from the pinned packs.
	Initial casefile.Values `json:"initial"`

	// ContinueAfter is the history length after which the case continues as
	// new; 0 leaves it to the server's suggestion.
	ContinueAfter int `json:"continue_after,omitempty"`
	// Carried is the state handed on by the run before; nil in the first run.
	Carried *Carried `json:"carried,omitempty"`
}

// Carried is what one run of a case hands to the next. Update IDs are unique
// only within a run, so the ids of recent acts go along.
type Carried struct {
	Case casefile.Case        `json:"case"`
	Acts map[string]ActResult `json:"acts"`
}

// ActInput is what arrives with [UpdateAct]. Documents describes the stored
// documents that the act names; casework looks them up.
type ActInput struct {
	Act       casefile.Act        `json:"act"`
	Documents []casefile.Document `json:"documents,omitempty"`
	// Known is the last entry that the caller saw in the record. A workflow that
	// does not know it yet catches up first; see [Case].
	Known int64 `json:"known,omitempty"`
	// Expect is the entry at which the actor saw the case; an act on a case that has
	// moved since is refused. 0: whatever the case has come to.
	Expect int64 `json:"expect,omitempty"`
}

// ActResult says which entry recorded the act. Entry and case are read from the
// store, which was written before this answer. ActDigest lets the caller see
// that the id was not used for another act before.
type ActResult struct {
	Sequence  int64           `json:"sequence"`
	ActDigest casefile.Digest `json:"act_digest"`
}

// NewCase gives the case that the input opens, on a date.
func (in CaseInput) NewCase(today legaltime.Date) procedure.NewCase {
	return procedure.NewCase{
		Case: in.Case, Organ: in.Organ, Matter: in.Matter, Act: in.Opening, Practice: in.Practice,
		Pinned: in.Pinned, Initial: in.Initial, Today: today,
	}
}

// CalendarInput is what arrives with [UpdateCalendar]. The content stands in the
// store.
type CalendarInput struct {
	Calendar casefile.Digest `json:"calendar"`
	Known    int64           `json:"known,omitempty"` // as in [ActInput]
}

// CalendarResult says how many due dates were recomputed.
type CalendarResult struct {
	Recomputed int `json:"recomputed"`
}
