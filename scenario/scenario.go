// Package scenario reads cases that are told as scripts (people, dates, acts,
// and what each must lead to), plays them against a running engine, and reports
// what came out. Scenarios are the examples, the training and the legal
// acceptance tests. The format is described in docs/reference/scenarios.md.
package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// maxSize bounds a scenario file, in bytes.
const maxSize = 1 << 20

// Scenario is one script. It plays a case, or only asks rules and gates
// (Judge), or both.
type Scenario struct {
	File string `yaml:"-"`

	Title        string            `yaml:"scenario"`
	Source       string            `yaml:"source"`       // where the published facts come from
	Illustrative string            `yaml:"illustrative"` // what was added to the published facts
	Prelude      string            `yaml:"prelude"`      // a scenario in the same folder that is played first
	Procedure    string            `yaml:"procedure"`    // "cn.major-decision" or with @version
	Pack         string            `yaml:"pack"`         // for Judge: "cn.713@2019" unless said otherwise
	Overlays     []string          `yaml:"overlays"`     // overlay packs by name, "cn.shanghai@2020", instead of those in use
	Organ        string            `yaml:"organ"`
	Starts       legaltime.Date    `yaml:"starts"` // first date of the practice clock
	People       map[string]Person `yaml:"people"`
	Matter       casefile.Matter   `yaml:"matter"`
	Open         Opening           `yaml:"open"`
	Documents    map[string]Paper  `yaml:"documents"`
	Acts         []Act             `yaml:"acts"`
	Ends         *Ends             `yaml:"ends"`
	Judge        []Judgement       `yaml:"judge"`
}

// Person plays a part.
type Person struct {
	Name  string          `yaml:"name"`
	Unit  string          `yaml:"unit"`
	Roles []casefile.Role `yaml:"roles"`
}

// Opening is how the case is opened: by whom, with which facts, and what is
// expected of it.
type Opening struct {
	By     string          `yaml:"by"` // default: the first person named in acts
	With   casefile.Values `yaml:"with"`
	Expect Expect          `yaml:"expect"`
}

// Paper is a document that acts name as "doc:<key>" in their payload.
type Paper struct {
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
}

// Act is one line of the script.
type Act struct {
	Line    int               `yaml:"-"`
	On      legaltime.Date    `yaml:"on"`
	By      string            `yaml:"by"`
	Do      string            `yaml:"do"`
	With    casefile.Values   `yaml:"with"`
	Reasons map[string]string `yaml:"reasons"`
	Expect  Expect            `yaml:"expect"`
	Note    string            `yaml:"note"` // shown with the act
	Play    *Chapter          `yaml:"play"` // another scenario, in the place of an act
}

// Ends is what the case must look like when the script is through.
type Ends struct {
	Status    casefile.Status               `yaml:"status"`
	As        string                        `yaml:"as"` // the end of the procedure
	At        []string                      `yaml:"at"` // steps that are running, in any order
	Rounds    map[string]int                `yaml:"rounds"`
	Deadlines map[string]Deadline           `yaml:"deadlines"`
	Facts     casefile.Values               `yaml:"facts"`
	Steps     map[string]casefile.StepState `yaml:"steps"` // state of the last round
	Stale     []string                      `yaml:"stale"` // steps whose last opinion must be stale
}

// Deadline is an expected deadline.
type Deadline struct {
	Due         legaltime.Date         `yaml:"due"`
	State       casefile.DeadlineState `yaml:"state"`
	Provisional bool                   `yaml:"provisional"`
}

// Judgement asks one rule or one gate, without a case.
type Judgement struct {
	Line    int               `yaml:"-"`
	Name    string            `yaml:"name"`
	Rule    string            `yaml:"rule"`
	Gate    string            `yaml:"gate"`
	On      legaltime.Date    `yaml:"on"`
	Facts   casefile.Values   `yaml:"facts"`
	Reasons map[string]string `yaml:"reasons"`
	Want    casefile.Result   `yaml:"want"`
	Missing []string          `yaml:"missing"`
	Due     legaltime.Date    `yaml:"due"`
}

// Load reads a scenario from a folder, with the scenarios that it names as
// preludes.
func Load(folder fs.FS, name string) (*Scenario, error) {
	return load(folder, name, 0)
}

// maxPreludes bounds how many preludes stand before one another.
const maxPreludes = 5

func load(folder fs.FS, name string, depth int) (*Scenario, error) {
	src, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, err
	}
	s, err := decode(name, src)
	if err != nil {
		return nil, err
	}
	if s.Prelude != "" {
		if depth == maxPreludes {
			return nil, fmt.Errorf("%s: more than %d preludes before one another", name, maxPreludes)
		}
		before, err := load(folder, path.Join(path.Dir(name), s.Prelude), depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: prelude: %w", name, err)
		}
		if err := s.follow(before); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := s.loadChapters(folder, name, depth); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// follow puts the prelude before the scenario: its case, people and documents
// are taken over, and its acts are played first.
func (s *Scenario) follow(before *Scenario) error {
	if s.Procedure != "" || s.Overlays != nil || s.Organ != "" || !s.Starts.IsZero() || s.Matter.Title != "" || s.Open.By != "" {
		return errors.New("the case is the prelude's: leave out procedure, overlays, organ, starts, matter and open")
	}
	s.Procedure, s.Organ, s.Starts, s.Matter, s.Open = before.Procedure, before.Organ, before.Starts, before.Matter, before.Open
	s.Overlays = before.Overlays
	people, documents := map[string]Person{}, map[string]Paper{}
	maps.Copy(people, before.People)
	maps.Copy(people, s.People)
	maps.Copy(documents, before.Documents)
	maps.Copy(documents, s.Documents)
	s.People, s.Documents = people, documents
	s.Acts = append(slices.Clone(before.Acts), s.Acts...)
	return nil
}

// Parse reads a scenario that has no prelude, strictly: unknown keys, unknown
// people and acts without an expectation are errors that name the line.
func Parse(file string, src []byte) (*Scenario, error) {
	s, err := decode(file, src)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(file)
	if s.Prelude != "" || s.Story() {
		return nil, fmt.Errorf("%s: preludes and chapters are read from a folder", name)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func decode(file string, src []byte) (*Scenario, error) {
	name := filepath.Base(file)
	if len(src) > maxSize {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxSize)
	}
	s := &Scenario{File: file}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	if err := dec.Decode(s); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: empty file", name)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: one scenario a file, found a second document", name)
	}
	s.plain()
	return s, nil
}

// plain turns the dates that YAML reads into time.Time back into YYYY-MM-DD.
func (s *Scenario) plain() {
	plainValues(s.Open.With)
	for _, a := range s.Acts {
		plainValues(a.With)
	}
	for _, j := range s.Judge {
		plainValues(j.Facts)
	}
	if s.Ends != nil {
		plainValues(s.Ends.Facts)
	}
}

func plainValues(values casefile.Values) {
	for _, name := range casefile.SortedNames(values) {
		values[name] = plainValue(values[name])
	}
}

func plainValue(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case []any:
		for i := range v {
			v[i] = plainValue(v[i])
		}
	}
	return v
}

// UnmarshalYAML notes the line, so that a report can point at it.
func (a *Act) UnmarshalYAML(n *yaml.Node) error {
	type plain Act
	if err := strict(n, (*plain)(a), "on", "by", "do", "with", "reasons", "expect", "note", "play"); err != nil {
		return err
	}
	a.Line = n.Line
	return nil
}

// UnmarshalYAML notes the line, so that a report can point at it.
func (j *Judgement) UnmarshalYAML(n *yaml.Node) error {
	type plain Judgement
	if err := strict(n, (*plain)(j), "name", "rule", "gate", "on", "facts", "reasons", "want", "missing", "due"); err != nil {
		return err
	}
	j.Line = n.Line
	return nil
}

// strict decodes a mapping whose keys are all known. yaml.v3 forgets its
// KnownFields setting inside UnmarshalYAML.
func strict(n *yaml.Node, into any, known ...string) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: want a mapping", n.Line)
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		found := false
		for _, k := range known {
			found = found || k == key.Value
		}
		if !found {
			return fmt.Errorf("line %d: unknown key %q", key.Line, key.Value)
		}
	}
	return n.Decode(into)
}

func (s *Scenario) check() error {
	if s.Title == "" {
		return errors.New("scenario: the title is missing")
	}
	if len(s.Acts) == 0 && len(s.Judge) == 0 && s.Procedure == "" {
		return errors.New("neither acts nor judge: nothing would be tried")
	}
	var errs []error
	if s.Procedure != "" {
		errs = append(errs, s.checkCase()...)
	}
	for _, j := range s.Judge {
		if (j.Rule == "") == (j.Gate == "") {
			errs = append(errs, fmt.Errorf("line %d: name either a rule or a gate", j.Line))
		}
		switch j.Want {
		case casefile.Pass, casefile.Block, casefile.Undetermined:
		default:
			errs = append(errs, fmt.Errorf("line %d: want %q: pass, block or undetermined", j.Line, j.Want))
		}
	}
	return errors.Join(errs...)
}

func (s *Scenario) checkCase() []error {
	var errs []error
	if s.Starts.IsZero() {
		errs = append(errs, errors.New("starts: the first date is missing"))
	}
	if s.Matter.Title == "" {
		errs = append(errs, errors.New("matter: the title is missing"))
	}
	if s.Organ == "" {
		errs = append(errs, errors.New("organ: missing"))
	}
	if s.Open.By == "" && len(s.Acts) > 0 {
		for _, a := range slices.Backward(s.Acts) { // the first who acts
			if a.Play == nil {
				s.Open.By = a.By
			}
		}
	}
	if _, ok := s.People[s.Open.By]; !ok {
		errs = append(errs, fmt.Errorf("open: person %q is not among the people", s.Open.By))
	}
	last := s.Starts
	cases := s.casesKnown()
	for _, a := range s.Acts {
		if a.Play != nil {
			errs = append(errs, a.checkChapter()...)
			cases[a.Play.As] = true
			continue
		}
		if _, ok := s.People[a.By]; !ok {
			errs = append(errs, fmt.Errorf("line %d: person %q is not among the people", a.Line, a.By))
		}
		if a.Do == "" {
			errs = append(errs, fmt.Errorf("line %d: do: the act is missing", a.Line))
		}
		if a.Expect.empty() {
			errs = append(errs, fmt.Errorf("line %d: expect: say what must come of it", a.Line))
		}
		if !a.On.IsZero() && a.On.Before(last) {
			errs = append(errs, fmt.Errorf("line %d: %s is before %s: the clock never goes back", a.Line, a.On, last))
		}
		if !a.On.IsZero() {
			last = a.On
		}
		for _, name := range casefile.SortedNames(a.With) {
			errs = append(errs, s.checkPapers(a.Line, a.With[name])...)
			errs = append(errs, checkCases(a.Line, a.With[name], cases)...)
		}
	}
	return errs
}
