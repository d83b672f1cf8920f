// Package annual counts the figures of the annual report on government under the rule
// of law (法治政府建设年度报告) from what cases have recorded, and nothing else. Each
// figure names the entries that it counts, so that anybody can open them and count
// again.
//
// A year is what is dated 1 January to 31 December on the clock of the case
// ([casefile.Entry.On], Asia/Shanghai). Practice (演练) is never mixed with real cases.
package annual

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// Pinned gives what judges a case, by digest.
type Pinned interface {
	Definition(digest casefile.Digest) (*procedure.Definition, error)
	Calendar(digest casefile.Digest) (*legaltime.Calendar, error)
}

// Told is a case as its entries tell it, in order.
type Told struct {
	ID         casefile.ID
	Definition *procedure.Definition // as pinned by the last entry
	Calendar   *legaltime.Calendar
	Events     []Event
	Deadlines  []casefile.Deadline // as the last entry has left them
}

// Event is an entry and what follows from it and those before it.
type Event struct {
	casefile.Entry
	Type     procedure.StepTypeID      // of its step; empty: it belongs to none
	Happened []casefile.Happening      // of what figures count
	Changes  []casefile.DocumentChange // in the register of normative documents
}

// Tell goes through the entries of a case. They begin with its opening; what is left
// out at the end did not happen.
func Tell(entries []casefile.Entry, pinned Pinned) (*Told, error) {
	var c casefile.Case
	t := &Told{}
	for _, e := range entries {
		happened := c.Happenings(e)
		if err := c.Apply(e); err != nil {
			return nil, fmt.Errorf("tell case %s: %w", e.Case, err)
		}
		def, err := pinned.Definition(c.Pinned.Definition)
		if err != nil {
			return nil, fmt.Errorf("tell entry %d of case %s: %w", e.Sequence, e.Case, err)
		}
		t.Definition = def
		event := Event{Entry: e, Happened: happened}
		if step, ok := def.Step(e.Step); ok {
			event.Type = step.Type
		}
		event.Changes = changes(def, &c, event)
		t.Events = append(t.Events, event)
	}
	calendar, err := pinned.Calendar(c.Pinned.Calendar)
	if err != nil {
		return nil, fmt.Errorf("tell case %s: %w", c.ID, err)
	}
	t.ID, t.Calendar, t.Deadlines = c.ID, calendar, c.Deadlines
	return t, nil
}

// changes gives what an event changes in the register of documents. An act of
// publication changes it also where its step type keeps no register, or the document
// has no number.
func changes(def *procedure.Definition, c *casefile.Case, e Event) []casefile.DocumentChange {
	out := def.Registers(c, e.Entry)
	if len(out) > 0 || !e.did(procedure.DocumentPublication, "publish") {
		return out
	}
	fact := func(name string) string {
		text, _ := c.Facts[name].Value.(string)
		return text
	}
	on, until := dateOf(fact("effective_on")), dateOf(fact("expires_on"))
	if on.IsZero() {
		on = e.On
	}
	return []casefile.DocumentChange{{
		Document: cmp.Or(fact("doc_number"), string(c.ID)), Change: casefile.DocumentPublished, On: on, Until: until, Title: c.Matter.Title, Kind: fact("doc_type"),
	}}
}

// did reports whether the event is that act of a step of the type, admitted.
func (e Event) did(of procedure.StepTypeID, verb string) bool {
	return e.Kind == casefile.EntryAct && e.Type == of && e.Verb == verb
}

// ended reports whether the event concluded a step of the type with one of the
// outcomes; with any when none is named.
func (e Event) ended(of procedure.StepTypeID, outcomes ...string) bool {
	return e.Kind != casefile.EntryBlocked && e.Type == of && e.Outcome != "" && (len(outcomes) == 0 || slices.Contains(outcomes, e.Outcome))
}

// with gives a value of the payload.
func (e Event) with(name string) any {
	if e.Act == nil {
		return nil
	}
	return e.Act.With[name]
}

// sets gives the date that the event establishes as a fact; zero where it does not.
func (e Event) sets(fact string) legaltime.Date {
	if e.Kind == casefile.EntryBlocked || e.Kind == casefile.EntryOpened {
		return legaltime.Date{}
	}
	text, _ := e.Facts[fact].(string)
	return dateOf(text)
}

// fact gives the value that a fact has behind the event at a place.
func (t *Told) fact(at int, name string) any {
	for i := at; i >= 0; i-- {
		if v, ok := t.Events[i].Facts[name]; ok && t.Events[i].Kind != casefile.EntryBlocked {
			return v
		}
	}
	return nil
}

func (t *Told) text(at int, name string) string {
	text, _ := t.fact(at, name).(string)
	return text
}

// due gives the last day for something, as the rules said last up to the event at a
// place; zero where they said nothing.
func (t *Told) due(at int, rules ...string) (due legaltime.Date) {
	for _, e := range t.Events[:at+1] {
		if e.Verdict != nil {
			for _, f := range e.Verdict.Findings {
				if slices.Contains(rules, f.Rule) && !f.Due.IsZero() {
					due = f.Due
				}
			}
		}
		for _, d := range e.Deadlines {
			if slices.Contains(rules, d.Rule) && !d.Due.IsZero() {
				due = d.Due
			}
		}
	}
	return due
}

// steps reports whether the procedure of the case has a step of the type.
func (t *Told) steps(of procedure.StepTypeID) bool {
	return slices.ContainsFunc(t.Definition.Steps, func(s procedure.Step) bool { return s.Type == of })
}

// last gives the place of the last event before another that is so; -1: none.
func (t *Told) last(before int, is func(Event) bool) int {
	for i := before - 1; i >= 0; i-- {
		if is(t.Events[i]) {
			return i
		}
	}
	return -1
}

// dateOf reads a date that a fact holds; anything else is none.
func dateOf(text string) legaltime.Date {
	d, err := legaltime.ParseDate(text)
	if err != nil {
		return legaltime.Date{}
	}
	return d
}

// number reads a count as JSON gives it back.
func number(v any) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	case int:
		return int64(n)
	}
	return 0
}

// list reads a list of texts as JSON gives it back.
func list(v any) []string {
	switch l := v.(type) {
	case []string:
		return l
	case []any:
		out := make([]string, 0, len(l))
		for _, one := range l {
			if text, ok := one.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	return nil
}
