package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Engine is what a scenario is played against. Calls are idempotent by the ids
// given; a refused act is an Outcome, not an error.
type Engine interface {
	Upload(ctx context.Context, organ, title string, content []byte) (casefile.Digest, error)
	Open(ctx context.Context, o OpenRequest) (Outcome, error)
	Act(ctx context.Context, id casefile.ID, act casefile.Act) (Outcome, error)
}

// OpenRequest opens a practice case.
type OpenRequest struct {
	ID        string
	Procedure string
	Organ     string
	Matter    casefile.Matter
	With      casefile.Values
	By        casefile.Actor
	Starts    legaltime.Date
	Overlays  []string
}

// Outcome is what came of an act: a refusal, or the entry that recorded it and
// the case after it.
type Outcome struct {
	Refusal *casefile.Refusal
	Entry   casefile.Entry
	Case    casefile.Case
}

// Played is one act as it was played, for progress and report.
type Played struct {
	Number int
	On     legaltime.Date
	Person string
	Act    Act
	Got    Outcome
	Err    error // the expectation that was not met
}

// Result is how a scenario came out.
type Result struct {
	Scenario *Scenario
	Case     casefile.Case
	Played   []Played
	Judged   []Judged
	Chapters []*Result // of the scenarios that were played in it
	Problems []error   // those of the chapters included
}

// OK reports whether everything came out as expected.
func (r *Result) OK() bool { return len(r.Problems) == 0 }

// player plays one scenario.
type player struct {
	s       *Scenario
	engine  Engine
	run     string
	papers  map[string]casefile.Digest
	cases   map[string]casefile.ID // by what payloads call them
	c       casefile.Case
	result  *Result
	watcher func(Played)
}

// Play plays the case of a scenario. The run names this playing: played again
// under the same name, it takes up where it was. Watcher sees each act as it is
// done; it may be nil. The error is of the engine; what did not come out as
// expected is in the result.
func Play(ctx context.Context, s *Scenario, engine Engine, run string, watcher func(Played)) (*Result, error) {
	p := &player{s: s, engine: engine, run: run, result: &Result{Scenario: s}, watcher: watcher,
		papers: map[string]casefile.Digest{}, cases: map[string]casefile.ID{}}
	return p.result, p.play(ctx)
}

func (p *player) play(ctx context.Context) error {
	for _, key := range casefile.SortedNames(p.s.Documents) {
		paper := p.s.Documents[key]
		digest, err := p.engine.Upload(ctx, p.s.Organ, paper.Title, []byte(paper.Text))
		if err != nil {
			return fmt.Errorf("store document %s: %w", key, err)
		}
		p.papers[key] = digest
	}
	opened, err := p.open(ctx)
	if err != nil {
		return err
	}
	if !opened {
		if n := len(p.s.Acts); n > 0 && p.result.OK() {
			p.result.Problems = append(p.result.Problems, fmt.Errorf("the case was not opened, and %d acts were not played", n))
		}
		return nil
	}
	p.cases[caseItself] = p.c.ID
	for i, a := range p.s.Acts {
		do := p.act
		if a.Play != nil {
			do = p.chapter
		}
		if err := do(ctx, i+1, a); err != nil {
			return fmt.Errorf("line %d: %s: %w", a.Line, a.what(), err)
		}
	}
	p.result.Case = p.c
	if p.s.Ends != nil {
		p.result.Problems = append(p.result.Problems, p.s.Ends.check(&p.c)...)
	}
	return nil
}

// what is done: the act, or the file of the chapter.
func (a Act) what() string {
	if a.Play != nil {
		return a.Play.File
	}
	return a.Do
}

func (p *player) open(ctx context.Context) (opened bool, err error) {
	procedure := p.s.Procedure
	got, err := p.engine.Open(ctx, OpenRequest{
		ID: p.run + ".open", Procedure: procedure, Organ: p.s.Organ, Matter: p.s.Matter,
		With: p.filled(p.s.Open.With), By: p.actor(p.s.Open.By), Starts: p.s.Starts, Overlays: p.s.Overlays,
	})
	if err != nil {
		return false, fmt.Errorf("open: %w", err)
	}
	want := p.s.Open.Expect
	if want.empty() {
		want.Accepted = true
	}
	p.note(Played{Number: 0, On: p.s.Starts, Person: p.s.People[p.s.Open.By].Name,
		Act: Act{Do: "case.open", By: p.s.Open.By, On: p.s.Starts, Expect: want}, Got: got, Err: want.met(got)})
	p.c = got.Case
	return got.Refusal == nil && got.Entry.Kind == casefile.EntryOpened, nil
}

func (p *player) act(ctx context.Context, number int, a Act) error {
	by := p.actor(a.By)
	if !a.On.IsZero() && a.On.After(p.c.Today) {
		clock := casefile.Act{ID: fmt.Sprintf("%s.%d.clock", p.run, number), Kind: "case.advance", By: by,
			With: casefile.Values{"to": a.On.String()}}
		got, err := p.engine.Act(ctx, p.c.ID, clock)
		if err != nil {
			return err
		}
		if got.Refusal != nil {
			return fmt.Errorf("move the clock to %s: %w", a.On, got.Refusal)
		}
		if got.Entry.Kind == casefile.EntryBlocked {
			return fmt.Errorf("move the clock to %s: %w: %s", a.On, ErrNotAsExpected, describe(got.Entry.Verdict))
		}
		p.c = got.Case
	}
	got, err := p.engine.Act(ctx, p.c.ID, casefile.Act{
		ID: fmt.Sprintf("%s.%d", p.run, number), Kind: a.Do, By: by, With: p.filled(a.With), Reasons: a.Reasons,
	})
	if err != nil {
		return err
	}
	if got.Refusal == nil {
		p.c = got.Case
	}
	p.note(Played{Number: number, On: p.c.Today, Person: by.Name, Act: a, Got: got, Err: a.Expect.met(got)})
	return nil
}

func (p *player) note(done Played) {
	p.result.Played = append(p.result.Played, done)
	if done.Err != nil {
		p.result.Problems = append(p.result.Problems, fmt.Errorf("line %d: %s: %w", done.Act.Line, done.Act.Do, done.Err))
	}
	if p.watcher != nil {
		p.watcher(done)
	}
}

func (p *player) actor(key string) casefile.Actor {
	person := p.s.People[key]
	return casefile.Actor{Person: casefile.PersonID(key), Name: person.Name, Unit: person.Unit, Roles: person.Roles}
}

// paperPrefix marks a payload value that stands for a document of the scenario.
const paperPrefix = "doc:"

// filled replaces "doc:<key>" by the digest of the stored document, and
// "case:<name>" by the id of the case.
func (p *player) filled(with casefile.Values) casefile.Values {
	out := casefile.Values{}
	for _, name := range casefile.SortedNames(with) {
		out[name] = p.fill(with[name])
	}
	return out
}

func (p *player) fill(v any) any {
	switch v := v.(type) {
	case string:
		if key, ok := strings.CutPrefix(v, paperPrefix); ok {
			return string(p.papers[key])
		}
		if name, ok := strings.CutPrefix(v, casePrefix); ok && p.cases[name] != "" {
			return string(p.cases[name])
		}
		return v
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = p.fill(v[i])
		}
		return out
	}
	return v
}

func (s *Scenario) checkPapers(line int, v any) []error {
	var errs []error
	switch v := v.(type) {
	case string:
		if key, ok := strings.CutPrefix(v, paperPrefix); ok {
			if _, known := s.Documents[key]; !known {
				errs = append(errs, fmt.Errorf("line %d: document %q is not among the documents", line, key))
			}
		}
	case []any:
		for _, item := range v {
			errs = append(errs, s.checkPapers(line, item)...)
		}
	}
	return errs
}

// check compares the case with the expected end.
func (e *Ends) check(c *casefile.Case) []error {
	var errs []error
	differ := func(what string, want, got any) {
		errs = append(errs, fmt.Errorf("ends: %s: expected %v, got %v", what, want, got))
	}
	if e.Status != "" && e.Status != c.Status {
		differ("status", e.Status, c.Status)
	}
	if e.As != "" && e.As != c.End {
		differ("as", e.As, c.End)
	}
	if e.At != nil {
		var at []string
		for _, s := range c.ActiveSteps() {
			at = append(at, s.Step)
		}
		if want, got := normal(e.At), normal(at); !slices.Equal(want, got) {
			differ("at", want, got)
		}
	}
	for _, step := range casefile.SortedNames(e.Rounds) {
		if got := c.Rounds(step); got != e.Rounds[step] {
			differ("rounds of "+step, e.Rounds[step], got)
		}
	}
	for _, step := range casefile.SortedNames(e.Steps) {
		if got := lastState(c, step); got != e.Steps[step] {
			differ("state of "+step, e.Steps[step], got)
		}
	}
	for _, name := range casefile.SortedNames(e.Facts) {
		if got := c.Facts[name].Value; fmt.Sprint(got) != fmt.Sprint(e.Facts[name]) {
			differ("fact "+name, e.Facts[name], got)
		}
	}
	for _, step := range e.Stale {
		if !lastStale(c, step) {
			errs = append(errs, fmt.Errorf("ends: the last opinion of %s is not stale", step))
		}
	}
	return append(errs, e.checkDeadlines(c)...)
}

func (e *Ends) checkDeadlines(c *casefile.Case) []error {
	var errs []error
	for _, id := range casefile.SortedNames(e.Deadlines) {
		want := e.Deadlines[id]
		at := slices.IndexFunc(c.Deadlines, func(d casefile.Deadline) bool { return d.ID == id })
		if at < 0 {
			errs = append(errs, fmt.Errorf("ends: there is no deadline %s", id))
			continue
		}
		got := c.Deadlines[at]
		if !want.Due.IsZero() && got.Due != want.Due || want.State != "" && got.State != want.State || got.Provisional != want.Provisional {
			errs = append(errs, fmt.Errorf("ends: deadline %s: expected %s %s, got %s %s (provisional %t)",
				id, want.Due, want.State, got.Due, got.State, got.Provisional))
		}
	}
	return errs
}

func lastState(c *casefile.Case, step string) casefile.StepState {
	for _, s := range slices.Backward(c.Steps) {
		if s.Step == step {
			return s.State
		}
	}
	return ""
}

func lastStale(c *casefile.Case, step string) bool {
	for _, o := range slices.Backward(c.Opinions) {
		if o.Step == step {
			return c.Stale(o)
		}
	}
	return false
}

// ErrNotAsExpected says that a scenario did not come out as its script says.
var ErrNotAsExpected = errors.New("not as expected")
