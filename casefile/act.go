package casefile

import (
	"strings"

	"github.com/zhengdang/chengxu/legaltime"
)

// ID is the identifier of a case, ours and not the authority's case number.
type ID string

// OrganID identifies the organ (行政机关) that runs the case and keeps the log.
type OrganID string

// PersonID identifies a natural person.
type PersonID string

// Role is a capacity in which a person acts, such as "drafter". The roles of a
// procedure are declared in its definition.
type Role string

// Digest is a SHA-256 in lower-case hexadecimal, 64 characters.
type Digest string

// Text is a message in the two languages of the screens.
type Text struct {
	ZH string `json:"zh" yaml:"zh"`
	EN string `json:"en" yaml:"en"`
}

// IsZero reports whether neither language is set.
func (t Text) IsZero() bool { return t.ZH == "" && t.EN == "" }

// Actor is who acts: a natural person, and in which capacity.
type Actor struct {
	Person   PersonID `json:"person"`
	Name     string   `json:"name"`
	Unit     string   `json:"unit,omitempty"`
	Roles    []Role   `json:"roles"`              // roles held when acting
	Capacity Role     `json:"capacity,omitempty"` // the role that the act was done in; set when the act is recorded
	Mandate  *Mandate `json:"mandate,omitempty"`  // why the person acts for another one; nil: for nobody else
}

// Persons gives who is bound by what the actor does: the person, and the one for
// whom the person acts.
func (a Actor) Persons() []PersonID {
	if a.Mandate == nil {
		return []PersonID{a.Person}
	}
	return []PersonID{a.Person, a.Mandate.Principal}
}

// Holds reports whether the actor holds the role.
func (a Actor) Holds(r Role) bool {
	for _, held := range a.Roles {
		if held == r {
			return true
		}
	}
	return false
}

// Values are named values: the payload of an act, or facts. A value is a bool,
// an int64, a float64, a string, or a []string; a date is a string
// YYYY-MM-DD, and the empty string is a date known not to be set.
type Values map[string]any

// Act (办理行为) is what a person does to a case, as submitted.
type Act struct {
	ID      string            `json:"id"`                // chosen by the caller: a repeated click is the same act
	Kind    string            `json:"kind"`              // "<step>.<verb>", or "case.<verb>" for acts that belong to no step
	By      Actor             `json:"by"`                //
	With    Values            `json:"with,omitempty"`    // the payload
	Reasons map[string]string `json:"reasons,omitempty"` // rule id → recorded reason, for rules that warn
	// Signature is the actor's own, over the [Statement] of the act; nil when it is not signed.
	Signature *Signature `json:"signature,omitempty"`
}

// CaseScope is the prefix of acts that belong to no step, as in "case.suspend".
const CaseScope = "case"

// Split gives the step (or [CaseScope]) and the verb of the act's kind. Both
// are empty when the kind is not of that form.
func (a Act) Split() (step, verb string) {
	step, verb, ok := strings.Cut(a.Kind, ".")
	if !ok || step == "" || verb == "" || strings.Contains(verb, ".") {
		return "", ""
	}
	return step, verb
}

// Fact (事实) is a value and the act that established it.
type Fact struct {
	Name     string         `json:"name"`
	Value    any            `json:"value"`
	Sequence int64          `json:"sequence"`           // the entry that established it
	Person   PersonID       `json:"person,omitempty"`   // empty when time established it
	Capacity Role           `json:"capacity,omitempty"` //
	On       legaltime.Date `json:"on"`
}

// Document kinds. A draft is versioned; the others are materials of the file.
const (
	KindDraft    = "draft"    // 决策草案
	KindMaterial = "material" // other papers of the file
)

// Document is content-addressed: the digest is the document. The content lives
// in the store, never in an entry.
type Document struct {
	Digest    Digest         `json:"digest"`
	Kind      string         `json:"kind"`
	Title     string         `json:"title"`
	MediaType string         `json:"media_type,omitempty"`
	Size      int64          `json:"size,omitempty"`
	Version   int64          `json:"version,omitempty"` // 1, 2, … for drafts; 0 otherwise
	Sequence  int64          `json:"sequence"`
	FiledOn   legaltime.Date `json:"filed_on"`
	Withdrawn bool           `json:"withdrawn,omitempty"` // the content was removed by a recorded act
	Level     Level          `json:"level,omitempty"`     // who may read it
}

// Opinion (意见) is a conclusion about one exact draft. It is stale as soon as
// another draft is current, unless its author finds the change immaterial.
type Opinion struct {
	Step       string         `json:"step"`
	Round      int            `json:"round"`
	Verb       string         `json:"verb"`
	Draft      Digest         `json:"draft"`
	Version    int64          `json:"version"`
	Conclusion string         `json:"conclusion,omitempty"`
	Person     PersonID       `json:"person"`
	Capacity   Role           `json:"capacity"`
	Sequence   int64          `json:"sequence"`
	On         legaltime.Date `json:"on"`
}
