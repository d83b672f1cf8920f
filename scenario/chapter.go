package scenario

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

// Chapter is another scenario that is played in the place of an act: a case of its
// own, which follows the one that tells the story. Its people and papers are its own.
type Chapter struct {
	File   string    `yaml:"file"` // in the same folder
	As     string    `yaml:"as"`   // what later acts call the case: "case:<as>" in a payload
	Script *Scenario `yaml:"-"`
}

// UnmarshalYAML refuses what it does not know.
func (c *Chapter) UnmarshalYAML(n *yaml.Node) error {
	type plain Chapter
	return strict(n, (*plain)(c), "file", "as")
}

// casePrefix marks a payload value that stands for the id of a case: of a chapter by
// its name, of the case itself, or of the one that it follows.
const casePrefix = "case:"

const (
	caseItself = "this"
	caseBefore = "before" // of a chapter: the case that it follows
)

var chapterName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// Part reports whether the scenario can only be played as a chapter: it names the
// case that it follows.
func (s *Scenario) Part() bool {
	for _, a := range s.Acts {
		for _, v := range a.With {
			if v == casePrefix+caseBefore {
				return true
			}
		}
	}
	return false
}

func (s *Scenario) loadChapters(folder fs.FS, name string, depth int) error {
	for _, a := range s.Acts {
		if a.Play == nil || a.Play.Script != nil {
			continue
		}
		if depth == maxPreludes {
			return fmt.Errorf("line %d: more than %d scenarios within one another", a.Line, maxPreludes)
		}
		file := path.Join(path.Dir(name), a.Play.File)
		script, err := load(folder, file, depth+1)
		if err != nil {
			return fmt.Errorf("line %d: play: %w", a.Line, err)
		}
		script.File = file
		a.Play.Script = script
	}
	return nil
}

func (a Act) checkChapter() []error {
	var errs []error
	wrong := func(what string) { errs = append(errs, fmt.Errorf("line %d: play: %s", a.Line, what)) }
	if a.Do != "" || a.By != "" || !a.On.IsZero() || len(a.With) > 0 || !a.Expect.empty() {
		wrong("a chapter has its own people, dates and expectations: leave out on, by, do, with and expect")
	}
	if !chapterName.MatchString(a.Play.As) || a.Play.As == caseItself || a.Play.As == caseBefore {
		wrong("as: want a name of small letters, digits and _ that is neither this nor before")
	}
	if a.Play.Script != nil && a.Play.Script.Procedure == "" {
		wrong(a.Play.File + " plays no case")
	}
	return errs
}

func (s *Scenario) casesKnown() map[string]bool {
	return map[string]bool{caseItself: true, caseBefore: true}
}

func checkCases(line int, v any, known map[string]bool) []error {
	text, ok := v.(string)
	name, named := strings.CutPrefix(text, casePrefix)
	if !ok || !named || known[name] {
		return nil
	}
	return []error{fmt.Errorf("line %d: no chapter before this act is called %q", line, name)}
}

// chapter plays another scenario as a case that follows this one.
func (p *player) chapter(ctx context.Context, number int, a Act) error {
	script := *a.Play.Script
	script.Matter.Follows = p.c.ID
	child := player{s: &script, engine: p.engine, run: fmt.Sprintf("%s.%d", p.run, number), watcher: p.watcher,
		papers: map[string]casefile.Digest{}, cases: maps.Clone(p.cases), result: &Result{Scenario: &script}}
	child.cases[caseBefore] = p.c.ID
	err := child.play(ctx)
	p.result.Chapters = append(p.result.Chapters, child.result)
	for _, problem := range child.result.Problems {
		p.result.Problems = append(p.result.Problems, fmt.Errorf("%s: %w", a.Play.File, problem))
	}
	p.cases[a.Play.As] = child.c.ID
	return err
}

// All gives the result and those of the chapters that were played in it, in the
// order in which they came to an end.
func (r *Result) All() []*Result {
	var out []*Result
	for _, chapter := range r.Chapters {
		out = append(out, chapter.All()...)
	}
	return append(out, r)
}

// Story reports whether other scenarios are played in this one.
func (s *Scenario) Story() bool {
	return slices.ContainsFunc(s.Acts, func(a Act) bool { return a.Play != nil })
}
