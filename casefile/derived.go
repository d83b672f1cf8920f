package casefile

import "github.com/zhengdang/chengxu/legaltime"

// Derived is what an entry leaves in the lists beside the case itself. It is
// computed from the case, the entry and the definition alone, and written in the
// transaction of the entry.
type Derived struct {
	Consultation *Consultation // the latest call for comments; nil: none
	Publication  *Publication  // the decision that the entry publishes; nil: none
	// Withdrawn says that the public may no longer read papers of the case.
	Withdrawn bool
	Tasks     []Task   // all that the case awaits now; they take the place of those before
	Notices   []Notice // that the entry gives
	Filing    *Filing  // what the entry files with the organ that reviews it; nil: nothing
	Plans     []Plan   // what the entry has put into a plan, with what was before
	// Register are the changes in the register of normative documents.
	Register []DocumentChange
}

// Plan is a document that a clean-up has put into a plan, and the day by which it is to be
// amended or repealed.
type Plan struct {
	Document string // number and name
	Due      legaltime.Date
}
