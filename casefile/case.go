package casefile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zhengdang/chengxu/legaltime"
)

// Case (案件) is one running procedure about one matter, as its entries have
// left it. The zero value is a case before its opening entry.
type Case struct {
	ID        ID              `json:"id"`
	Organ     OrganID         `json:"organ"`
	Matter    Matter          `json:"matter"`
	Pinned    Pinned          `json:"pinned"`
	Practice  bool            `json:"practice,omitempty"`
	OpenedOn  legaltime.Date  `json:"opened_on"`
	OpenedBy  Actor           `json:"opened_by"`
	Status    Status          `json:"status"`
	End       string          `json:"end,omitempty"` // the end reached, for closed cases
	Today     legaltime.Date  `json:"today"`         // the date of the last entry, or the practice clock
	Sequence  int64           `json:"sequence"`      // of the last entry
	Steps     []StepRun       `json:"steps"`         // in the order in which they were entered
	Facts     map[string]Fact `json:"facts"`
	Documents []Document      `json:"documents"`
	Opinions  []Opinion       `json:"opinions"`
	Deadlines []Deadline      `json:"deadlines"`
	Acted     []Capacity      `json:"acted"` // who has acted in which capacity, or had somebody act
	// Suspensions are the times of suspension (中止), each from the day on which the
	// case was suspended to the day on which it went on, "YYYY-MM-DD/YYYY-MM-DD"; the
	// last one is open while it lasts, "YYYY-MM-DD/".
	Suspensions []string `json:"suspensions,omitempty"`
}

// Capacity is a person in a role, and the unit that the person acted for last;
// the unit of somebody who had another person act is not known.
type Capacity struct {
	Person PersonID `json:"person"`
	Role   Role     `json:"role"`
	Unit   string   `json:"unit,omitempty"`
}

// StepState is where one round of a step stands.
type StepState string

const (
	StepActive      StepState = "active"
	StepConcluded   StepState = "concluded"
	StepNotApplied  StepState = "not-applied" // a discretionary step that a recorded rule found not required
	StepInterrupted StepState = "interrupted" // a parallel step that ended because the case went back
)

// StepRun is one round of one step (环节). A return opens a new round; the old
// one stays readable.
type StepRun struct {
	Step      string         `json:"step"`
	Round     int            `json:"round"` // 1, 2, …
	State     StepState      `json:"state"`
	EnteredOn legaltime.Date `json:"entered_on"`
	LeftOn    legaltime.Date `json:"left_on,omitzero"`
	Outcome   string         `json:"outcome,omitempty"`
	Done      []string       `json:"done,omitempty"` // verbs admitted in this round, in order
	Entry     int64          `json:"entry"`          // sequence of the entry that opened the round
}

// Apply adds an entry to the case. The entry must be the next one; an error
// leaves the case unchanged.
func (c *Case) Apply(e Entry) error {
	if e.Sequence != c.Sequence+1 {
		return fmt.Errorf("entry %d after entry %d of case %s: %w", e.Sequence, c.Sequence, e.Case, ErrConflict)
	}
	if (e.Kind == EntryOpened) != (c.Sequence == 0) {
		return fmt.Errorf("entry %d of case %s is of kind %q: %w", e.Sequence, e.Case, e.Kind, ErrInvalid)
	}
	if c.Sequence > 0 && e.Case != c.ID {
		return fmt.Errorf("entry %d belongs to case %s, not %s: %w", e.Sequence, e.Case, c.ID, ErrInvalid)
	}
	if e.Kind == EntryOpened {
		if e.Matter == nil || e.Pinned == nil || e.Act == nil {
			return fmt.Errorf("opening entry of case %s is incomplete: %w", e.Case, ErrInvalid)
		}
		c.ID, c.Organ, c.Practice = e.Case, e.Organ, e.Practice
		c.Matter, c.OpenedOn, c.OpenedBy = *e.Matter, e.On, e.Act.By
		c.Status, c.Facts = StatusRunning, map[string]Fact{}
	}
	c.Sequence, c.Today = e.Sequence, e.On
	if !e.Today.IsZero() {
		c.Today = e.Today
	}
	c.applyDeadlines(e)
	if e.Kind == EntryBlocked {
		return nil
	}
	if e.Pinned != nil {
		c.Pinned = *e.Pinned
	}
	c.applyFacts(e)
	c.applyDocuments(e)
	c.applySteps(e)
	c.applyStatus(e)
	if e.End != "" {
		c.End = e.End
	}
	return nil
}

// Clone gives a case of its own: [Case.Apply] on one leaves the other as it is. What
// entries brought is shared, and nobody changes that.
func (c *Case) Clone() Case {
	out := *c
	out.Facts = maps.Clone(c.Facts)
	out.Steps = slices.Clone(c.Steps)
	for i := range out.Steps {
		out.Steps[i].Done = slices.Clip(out.Steps[i].Done)
	}
	out.Documents, out.Opinions = slices.Clone(c.Documents), slices.Clone(c.Opinions)
	out.Deadlines, out.Acted = slices.Clone(c.Deadlines), slices.Clone(c.Acted)
	return out
}

func (c *Case) applyStatus(e Entry) {
	if e.Status == "" {
		return
	}
	switch before := c.Status; {
	case e.Status == StatusSuspended && before != StatusSuspended:
		c.Suspensions = append(slices.Clone(c.Suspensions), e.On.String()+"/")
	case e.Status != StatusSuspended && before == StatusSuspended && len(c.Suspensions) > 0:
		c.Suspensions = slices.Clone(c.Suspensions)
		c.Suspensions[len(c.Suspensions)-1] += e.On.String()
	}
	c.Status = e.Status
}

func (c *Case) applyFacts(e Entry) {
	var person PersonID
	var capacity Role
	if e.Act != nil {
		person, capacity = e.Act.By.Person, e.Act.By.Capacity
		c.applyActor(e.Act.By)
	}
	for _, name := range SortedNames(e.Facts) {
		c.Facts[name] = Fact{
			Name: name, Value: e.Facts[name], Sequence: e.Sequence,
			Person: person, Capacity: capacity, On: e.On,
		}
	}
}

// applyActor notes who has acted in which capacity, each person and role once.
func (c *Case) applyActor(by Actor) {
	if by.Capacity == "" {
		return
	}
	for _, bound := range by.Persons() {
		held := Capacity{Person: bound, Role: by.Capacity}
		if bound == by.Person {
			held.Unit = by.Unit
		}
		at := slices.IndexFunc(c.Acted, func(x Capacity) bool { return x.Person == held.Person && x.Role == held.Role })
		switch {
		case at < 0:
			c.Acted = append(c.Acted, held)
		case held.Unit != "" && c.Acted[at].Unit != held.Unit:
			c.Acted = slices.Clone(c.Acted)
			c.Acted[at].Unit = held.Unit
		}
	}
}

func (c *Case) applyDocuments(e Entry) {
	c.Documents = append(c.Documents, e.Documents...)
	for i := range c.Documents {
		if slices.Contains(e.Withdrawn, c.Documents[i].Digest) {
			c.Documents[i].Withdrawn = true
		}
	}
	if e.Opinion != nil {
		c.Opinions = append(c.Opinions, *e.Opinion)
	}
}

func (c *Case) applySteps(e Entry) {
	if s := c.active(e.Step); s != nil {
		if e.Verb != "" {
			s.Done = append(s.Done, e.Verb)
		}
		if e.Outcome != "" { // by an act, or by lapse of time
			s.State, s.Outcome, s.LeftOn = StepConcluded, e.Outcome, e.On
		}
	}
	for _, id := range e.Broken {
		if s := c.active(id); s != nil {
			s.State, s.LeftOn = StepInterrupted, e.On
		}
	}
	for _, in := range e.Entered {
		run := StepRun{Step: in.Step, Round: in.Round, State: StepActive, EnteredOn: e.On, Entry: e.Sequence}
		if !in.Applies {
			run.State, run.LeftOn = StepNotApplied, e.On
		}
		c.Steps = append(c.Steps, run)
	}
	if e.Status == StatusClosed {
		for i := range c.Steps {
			if c.Steps[i].State == StepActive {
				c.Steps[i].State, c.Steps[i].LeftOn = StepInterrupted, e.On
			}
		}
	}
}

func (c *Case) applyDeadlines(e Entry) {
	for _, d := range e.Deadlines {
		d.Sequence = e.Sequence
		at := slices.IndexFunc(c.Deadlines, func(x Deadline) bool { return x.ID == d.ID })
		if at < 0 {
			c.Deadlines = append(c.Deadlines, d)
			continue
		}
		c.Deadlines[at] = d
	}
}

func (c *Case) active(step string) *StepRun {
	for i := range c.Steps {
		if c.Steps[i].Step == step && c.Steps[i].State == StepActive {
			return &c.Steps[i]
		}
	}
	return nil
}

// Active gives the running round of a step; ok is false when the step is not
// running.
func (c *Case) Active(step string) (run StepRun, ok bool) {
	if s := c.active(step); s != nil {
		return *s, true
	}
	return StepRun{}, false
}

// ActiveSteps gives the rounds that are running, in the order they were entered.
func (c *Case) ActiveSteps() []StepRun {
	var out []StepRun
	for _, s := range c.Steps {
		if s.State == StepActive {
			out = append(out, s)
		}
	}
	return out
}

// Rounds counts the rounds that a step has had.
func (c *Case) Rounds(step string) int {
	n := 0
	for _, s := range c.Steps {
		if s.Step == step {
			n++
		}
	}
	return n
}

// CurrentDraft gives the draft that counts now; ok is false before the first.
func (c *Case) CurrentDraft() (draft Document, ok bool) {
	for _, d := range slices.Backward(c.Documents) {
		if d.Kind == KindDraft {
			return d, true
		}
	}
	return Document{}, false
}

// HasDocument reports whether a document with the digest is filed in the case.
func (c *Case) HasDocument(digest Digest) bool {
	return slices.ContainsFunc(c.Documents, func(d Document) bool { return d.Digest == digest })
}

// Stale reports whether the opinion was given on a draft that is no longer the
// current one.
func (c *Case) Stale(o Opinion) bool {
	draft, ok := c.CurrentDraft()
	return !ok || draft.Digest != o.Draft
}

// FactValues gives the facts without their origins, for the rules.
func (c *Case) FactValues() Values {
	out := make(Values, len(c.Facts))
	for _, name := range SortedNames(c.Facts) {
		out[name] = c.Facts[name].Value
	}
	return out
}

// SortedNames gives the keys of a map in order, so that nothing depends on the
// order of maps.
func SortedNames[M ~map[K]V, K ~string, V any](m M) []K {
	names := make([]K, 0, len(m))
	//workflowcheck:ignore The keys are sorted before they are used.
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
