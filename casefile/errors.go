package casefile

import (
	"errors"
	"fmt"
)

// The kinds of error that callers may decide by. Everything else is a fault of
// the installation and is shown to users as "internal error".
var (
	ErrNotFound  = errors.New("not found")
	ErrConflict  = errors.New("conflict")
	ErrInvalid   = errors.New("invalid")
	ErrForbidden = errors.New("forbidden")
)

// RefusalCode names why an act was refused before it entered the record. The
// set is closed and part of the API: add, never rename.
type RefusalCode string

const (
	RefusedUnknownAct     RefusalCode = "unknown-act"      // no such act in this procedure
	RefusedNotPossible    RefusalCode = "not-possible-now" // the act exists but the case is not at it
	RefusedWrongRole      RefusalCode = "wrong-role"       // the actor does not hold a role the act asks for
	RefusedSeparation     RefusalCode = "separation"       // the actor already acted in an incompatible role
	RefusedMissingField   RefusalCode = "missing-field"
	RefusedUnknownField   RefusalCode = "unknown-field"
	RefusedBadValue       RefusalCode = "bad-value"
	RefusedFutureDate     RefusalCode = "future-date"    // a date of something that has happened lies after today
	RefusedStaleDigest    RefusalCode = "stale-digest"   // the opinion names a draft that is not the current one
	RefusedUnknownDigest  RefusalCode = "unknown-digest" // no document with that digest in the case
	RefusedSuspended      RefusalCode = "case-suspended"
	RefusedClosed         RefusalCode = "case-closed"
	RefusedReusedID       RefusalCode = "reused-act-id" // the same act id with other content
	RefusedUnknownReason  RefusalCode = "unknown-reason"
	RefusedPracticeOnly   RefusalCode = "practice-only"   // the act exists only in practice cases
	RefusedClockBackwards RefusalCode = "clock-backwards" // the practice clock never goes back
	RefusedMandate        RefusalCode = "mandate"         // the mandate does not cover the act
	RefusedIndependence   RefusalCode = "independence"    // the actor is not independent of an earlier step or case
	RefusedChanged        RefusalCode = "case-changed"    // the case is not as the actor saw it
	RefusedSignature      RefusalCode = "bad-signature"   // the signature is not the actor's, or not over this act
	RefusedQuarantined    RefusalCode = "quarantined"     // the document has not passed its examination
)

// Refusal says why an act was refused. It leaves no trace in the case: nothing
// was judged and nothing recorded. It wraps [ErrInvalid], [ErrForbidden] or
// [ErrConflict] according to its code.
type Refusal struct {
	Code    RefusalCode `json:"code"`
	Act     string      `json:"act,omitempty"`
	Field   string      `json:"field,omitempty"`
	Message Text        `json:"message"`
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s: %s", r.Code, r.Message.EN)
}

// Unwrap gives the kind of the refusal.
func (r *Refusal) Unwrap() error {
	switch r.Code {
	case RefusedWrongRole, RefusedSeparation, RefusedMandate, RefusedIndependence:
		return ErrForbidden
	case RefusedNotPossible, RefusedStaleDigest, RefusedSuspended, RefusedClosed, RefusedReusedID, RefusedClockBackwards, RefusedChanged, RefusedQuarantined:
		return ErrConflict
	case RefusedUnknownAct, RefusedMissingField, RefusedUnknownField, RefusedBadValue, RefusedFutureDate,
		RefusedUnknownDigest, RefusedUnknownReason, RefusedPracticeOnly, RefusedSignature:
		return ErrInvalid
	}
	return ErrInvalid
}
