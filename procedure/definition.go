// Package procedure says what the law prescribes: a [Definition] arranges
// steps (环节) of Go-coded [StepType]s. It arranges, nothing more: there are no
// variables, loops, arithmetic or expressions in a definition. What needs
// thought is a step type.
//
// The package is pure. It decides nothing by itself about a case; [Definition.Plan]
// says what an admitted act leads to, and workflows carries it out.
package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// Definition (程序) is one version of a procedure.
type Definition struct {
	ID       string                          `yaml:"id" json:"id"`           // "cn.major-decision"
	Version  string                          `yaml:"version" json:"version"` // "2019"
	Title    casefile.Text                   `yaml:"title" json:"title"`
	Over     string                          `yaml:"over,omitempty" json:"over,omitempty"` // the definition that this one builds on and tightens; see [Tightens]
	For      []casefile.OrganID              `yaml:"for,omitempty" json:"for,omitempty"`   // organs that may open a case of it; empty: every one
	Basis    string                          `yaml:"basis" json:"basis"`
	Packs    []string                        `yaml:"packs" json:"packs"` // rule packs by name, "cn.713@2019"
	Roles    map[casefile.Role]casefile.Text `yaml:"roles" json:"roles"`
	Separate []Separation                    `yaml:"separate,omitempty" json:"separate,omitempty"`
	// Independent says who is excluded by what was done in another case, or by an
	// interest.
	Independent []Independence `yaml:"independent,omitempty" json:"independent,omitempty"`
	// Cleared are the roles that see what is restricted in every case; others see
	// it in the cases that they work on.
	Cleared []casefile.Role `yaml:"cleared,omitempty" json:"cleared,omitempty"`
	Open    Opening         `yaml:"open" json:"open"`
	Always  []ActRule       `yaml:"always" json:"always"`                     // acts of the case as a whole: case.<verb>
	Duties  []rules.Ref     `yaml:"duties,omitempty" json:"duties,omitempty"` // gates whose duties are watched
	// Throughout is a gate asked before every act that concludes a step; empty: none.
	Throughout rules.Ref `yaml:"throughout,omitempty" json:"throughout,omitempty"`
	// Escalate says who else reads of a task, and when. It decides nothing.
	Escalate []Escalation `yaml:"escalate,omitempty" json:"escalate,omitempty"`
	Start    string       `yaml:"start" json:"start"`
	Steps    []Step       `yaml:"steps" json:"steps"` // in the order of the law
	Ends     []End        `yaml:"ends" json:"ends"`

	source *source // file and lines, for messages; nil when the definition was not loaded from a file
}

// OpenTo reports whether an organ may open a case of the procedure.
func (d *Definition) OpenTo(organ casefile.OrganID) bool {
	return len(d.For) == 0 || slices.Contains(d.For, organ)
}

// Escalation (督办) lets a superior role read of tasks by their due dates.
type Escalation struct {
	Days int             `yaml:"days" json:"days"` // working days after the due date; before it when negative
	To   []casefile.Role `yaml:"to" json:"to"`
}

// Separation says that nobody may act in two of these roles in the same case.
type Separation struct {
	Roles []casefile.Role `yaml:"roles" json:"roles"`
	Basis string          `yaml:"basis" json:"basis"`
}

// Opening says who may open a case and which gate is asked.
type Opening struct {
	Roles []casefile.Role `yaml:"roles" json:"roles"`
	Gate  rules.Ref       `yaml:"gate,omitempty" json:"gate,omitempty"`
	Free  string          `yaml:"free,omitempty" json:"free,omitempty"`
}

// Step (环节) is one step of the procedure, or a block of steps side by side
// when Parallel names them.
type Step struct {
	ID       string        `yaml:"id" json:"id"`
	Type     StepTypeID    `yaml:"type" json:"type,omitempty"`
	Title    casefile.Text `yaml:"title" json:"title"`
	Basis    string        `yaml:"basis" json:"basis"`
	Applies  rules.Ref     `yaml:"applies,omitempty" json:"applies,omitempty"` // gate that says whether a discretionary step is required; empty: always
	Skip     string        `yaml:"skip,omitempty" json:"skip,omitempty"`       // where a sequential step that does not apply leads to
	Acts     []ActRule     `yaml:"acts" json:"acts,omitempty"`                 // one for each verb of the step type
	Without  []string      `yaml:"without,omitempty" json:"without,omitempty"` // verbs of the step type that this procedure does not have
	Outcomes []Transition  `yaml:"outcomes" json:"outcomes,omitempty"`
	Lapse    *Lapse        `yaml:"lapse,omitempty" json:"lapse,omitempty"`       // how time alone concludes the step; nil: it never does
	Panel    *Panel        `yaml:"panel,omitempty" json:"panel,omitempty"`       // who votes before the step can be concluded; nil: nobody
	Parallel []string      `yaml:"parallel,omitempty" json:"parallel,omitempty"` // ids of the steps that run side by side
	Joined   *Transition   `yaml:"joined,omitempty" json:"joined,omitempty"`     // once every applied branch has closed
}

// ActRule says who may do an act and which gate is asked before it.
type ActRule struct {
	Verb  string          `yaml:"verb" json:"verb"`
	Roles []casefile.Role `yaml:"roles" json:"roles"`
	Gate  rules.Ref       `yaml:"gate,omitempty" json:"gate,omitempty"`
	Free  string          `yaml:"free,omitempty" json:"free,omitempty"` // for acts of the case: why no gate stands before it
	// To and As say where an act of the case leads that takes it out of its
	// steps; see [Transition].
	To string `yaml:"to,omitempty" json:"to,omitempty"`
	As string `yaml:"as,omitempty" json:"as,omitempty"`
}

// Transition (流转) leads from an outcome to the next step. It is gated, or it
// says why it is free. As names the end that it settles while work remains to be
// done, such as archiving the file of a rejected matter.
type Transition struct {
	Is   string    `yaml:"is" json:"is,omitempty"` // the outcome; empty in Joined
	To   string    `yaml:"to" json:"to"`           // a step, an end, or [Join] inside a parallel block
	As   string    `yaml:"as,omitempty" json:"as,omitempty"`
	Gate rules.Ref `yaml:"gate,omitempty" json:"gate,omitempty"`
	Free string    `yaml:"free,omitempty" json:"free,omitempty"`
}

// Join is the target of a branch that has closed.
const Join = "join"

// End is a way in which the procedure ends (办结方式).
type End struct {
	ID    string        `yaml:"id" json:"id"`
	Title casefile.Text `yaml:"title" json:"title"`
}

// Name gives "id@version".
func (d *Definition) Name() string { return d.ID + "@" + d.Version }

// Step gives the step with the id.
func (d *Definition) Step(id string) (Step, bool) {
	for _, s := range d.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return Step{}, false
}
