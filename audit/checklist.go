package audit

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

//go:embed checklists/*.yaml
var shipped embed.FS

// ItemKind says what it means that an item is not met.
type ItemKind string

// The kinds.
const (
	Veto   ItemKind = "veto"   // the file is unqualified, whatever its score
	Points ItemKind = "points" // it costs marks
)

// Standing is how an item of a checklist stands in a case.
type Standing string

// The standings. The last one is of checks beforehand alone: an auditor decides.
const (
	Met           Standing = "met"
	NotMet        Standing = "not-met"
	NotApplicable Standing = "not-applicable"
	CannotTell    Standing = "cannot-tell"
)

// Standings gives what an auditor can say of an item.
func Standings() []Standing { return []Standing{Met, NotMet, NotApplicable} }

// Checklist (评查标准) is by what the files of a procedure are reviewed.
type Checklist struct {
	ID         string        `yaml:"id"`
	Version    string        `yaml:"version"`
	Title      casefile.Text `yaml:"title"`
	Procedures []string      `yaml:"procedures"` // that it is for
	Note       casefile.Text `yaml:"note"`
	Grades     []Grade       `yaml:"grades"` // the best first
	Items      []Item        `yaml:"items"`
}

// Name gives the checklist with its version.
func (c Checklist) Name() string { return c.ID + "@" + c.Version }

// Grade is what a score is called, from so many points of a hundred.
type Grade struct {
	ID   string `json:"id" yaml:"id"`
	From int    `json:"from" yaml:"from"`
}

// Unqualified is the grade of a file in which a veto is not met.
const Unqualified = "unqualified"

// Item is one thing to look at.
type Item struct {
	ID      string        `json:"id" yaml:"id"`
	Kind    ItemKind      `json:"kind" yaml:"kind"`
	Points  int           `json:"points,omitempty" yaml:"points"`
	Text    casefile.Text `json:"text" yaml:"text"`
	Basis   string        `json:"basis,omitempty" yaml:"basis"`
	Reached []string      `json:"-" yaml:"reached"` // it concerns files in which one of these steps was entered
	Where   *Where        `json:"-" yaml:"where"`   // and this fact was recorded
	Shows   []Show        `json:"-" yaml:"shows"`   // what shows it: all of them
}

// Where narrows an item to the cases that recorded a fact with a value.
type Where struct {
	Fact string `yaml:"fact"`
	Is   bool   `yaml:"is"`
}

// Show is one thing in the record of a case that shows how an item stands: the last
// verdict on a rule, the last round of a step, or the state of a deadline.
type Show struct {
	Rule     string   `yaml:"rule"`
	Step     string   `yaml:"step"`
	Outcomes []string `yaml:"outcomes"` // of the step, that are as they should be
	Deadline string   `yaml:"deadline"`
	Absent   Standing `yaml:"absent"` // what it means that there is none; empty: nobody can tell
}

// Checklists gives the checklists that are shipped.
func Checklists() ([]Checklist, error) {
	names, err := fs.Glob(shipped, "checklists/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list checklists: %w", err)
	}
	var out []Checklist
	for _, name := range names {
		text, err := shipped.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read checklist: %w", err)
		}
		one, err := readChecklist(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, one)
	}
	return out, nil
}

// ChecklistFor gives the checklist for a procedure, such as "cn.major-decision@2019"; ok
// is false where there is none.
func ChecklistFor(procedure string) (list Checklist, ok bool, err error) {
	all, err := Checklists()
	if err != nil {
		return Checklist{}, false, err
	}
	at := slices.IndexFunc(all, func(c Checklist) bool { return slices.Contains(c.Procedures, procedure) })
	if at < 0 {
		return Checklist{}, false, nil
	}
	return all[at], true, nil
}

func readChecklist(text []byte) (Checklist, error) {
	var c Checklist
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		return c, fmt.Errorf("read: %w", err)
	}
	return c, c.check()
}

// check says what is wrong with a checklist.
func (c Checklist) check() error {
	switch {
	case c.ID == "" || c.Version == "" || c.Title.ZH == "" || c.Title.EN == "" || len(c.Procedures) == 0:
		return fmt.Errorf("id, version, title or procedures are missing: %w", casefile.ErrInvalid)
	case len(c.Grades) == 0 || c.Grades[len(c.Grades)-1] != Grade{ID: Unqualified}:
		return fmt.Errorf("the last grade is not %s from 0: %w", Unqualified, casefile.ErrInvalid)
	case !slices.IsSortedFunc(c.Grades, func(a, b Grade) int { return b.From - a.From }):
		return fmt.Errorf("the best grade does not stand first: %w", casefile.ErrInvalid)
	}
	sum, seen := 0, map[string]bool{}
	for _, item := range c.Items {
		if err := item.check(); err != nil {
			return fmt.Errorf("item %q: %w", item.ID, err)
		}
		if seen[item.ID] {
			return fmt.Errorf("item %q is there twice: %w", item.ID, casefile.ErrInvalid)
		}
		seen[item.ID] = true
		sum += item.Points
	}
	if sum != 100 {
		return fmt.Errorf("the points sum to %d, not 100: %w", sum, casefile.ErrInvalid)
	}
	return nil
}

func (i Item) check() error {
	switch {
	case i.ID == "" || i.Text.ZH == "" || i.Text.EN == "" || len(i.Shows) == 0:
		return fmt.Errorf("id, text or what shows it is missing: %w", casefile.ErrInvalid)
	case i.Kind != Veto && i.Kind != Points, (i.Kind == Points) != (i.Points > 0):
		return fmt.Errorf("it is a veto without points, or has points: %w", casefile.ErrInvalid)
	}
	for _, s := range i.Shows {
		named := 0
		for _, name := range []string{s.Rule, s.Step, s.Deadline} {
			if name != "" {
				named++
			}
		}
		if named != 1 || s.Absent != "" && !oneOf(s.Absent, Standings()) {
			return fmt.Errorf("it is shown by one rule, step or deadline each: %w", casefile.ErrInvalid)
		}
	}
	return nil
}
