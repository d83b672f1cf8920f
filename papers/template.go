package papers

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

//go:embed templates/*.yaml
var shipped embed.FS

// Template (模板) is one version of how a paper is made: which acts and facts it takes,
// and the blocks that they fill. It arranges words, nothing more.
type Template struct {
	Name    string         `yaml:"name"`    // "legality-opinion"
	Version string         `yaml:"version"` // raised with every change
	Title   casefile.Text  `yaml:"title"`
	Basis   string         `yaml:"basis"`
	Level   casefile.Level `yaml:"level"` // who the paper is for; what is above it is never handed to the template
	// Of is the act that the paper is about, as "<step type>.<verb>": the last one admitted.
	Of string `yaml:"of"`
	// Acts are others that it needs, by the name that the blocks use; one of the step of Of is
	// taken from the same round. May are those that it does without, All those of which it
	// takes every one.
	Acts map[string]string `yaml:"acts"`
	May  map[string]string `yaml:"may"`
	All  map[string]string `yaml:"all"`
	// Facts it needs; FactsMay are those that it does without.
	Facts    []string `yaml:"facts"`
	FactsMay []string `yaml:"facts_may"`
	// Words are what enumerated values are called in the paper.
	Words  map[string]string `yaml:"words"`
	Blocks []blockSpec       `yaml:"blocks"`

	digest casefile.Digest
}

// blockSpec is a block of a template. One whose text is empty when it is filled is left
// out, and so is a head that nothing follows.
type blockSpec struct {
	Kind Kind     `yaml:"kind"`
	Text string   `yaml:"text"`
	Each string   `yaml:"each"` // name of a list: one block, or row, for each of its items
	Head []string `yaml:"head"` // of a table
	Row  []string `yaml:"row"`

	text *template.Template
	row  []*template.Template
}

// Digest is the SHA-256 of the file of the template.
func (t *Template) Digest() casefile.Digest { return t.digest }

// Templates gives the templates that this program comes with, by name.
func Templates() ([]*Template, error) {
	files, err := fs.Glob(shipped, "templates/*.yaml")
	if err != nil {
		return nil, err
	}
	out := make([]*Template, len(files))
	for i, file := range files {
		src, err := shipped.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if out[i], err = Load(file, src); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Load reads a template. One that names an act, a fact or a kind of block that does not
// exist is [casefile.ErrInvalid].
func Load(file string, src []byte) (*Template, error) {
	t := &Template{}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	if err := dec.Decode(t); err != nil {
		return nil, fmt.Errorf("template %s: %w: %w", file, casefile.ErrInvalid, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("template %s: more than one document: %w", file, casefile.ErrInvalid)
	}
	sum := sha256.Sum256(src)
	t.digest = casefile.Digest(hex.EncodeToString(sum[:]))
	if err := t.check(strings.TrimSuffix(path.Base(file), ".yaml")); err != nil {
		return nil, fmt.Errorf("template %s: %w: %w", file, casefile.ErrInvalid, err)
	}
	return t, nil
}

func (t *Template) check(name string) error {
	var errs []error
	if t.Name != name || t.Version == "" || t.Title.ZH == "" || t.Title.EN == "" || t.Basis == "" || len(t.Blocks) == 0 {
		errs = append(errs, errors.New("wants name (that of the file), version, title in both languages, basis and blocks"))
	}
	if !t.Level.Valid() {
		errs = append(errs, fmt.Errorf("level %q", t.Level))
	}
	for _, act := range t.named() {
		if _, ok := specOf(act); !ok {
			errs = append(errs, fmt.Errorf("there is no act %q", act))
		}
	}
	levels := procedure.NewLevels()
	for _, fact := range slices.Concat(t.Facts, t.FactsMay) {
		switch {
		case !given(fact):
			errs = append(errs, fmt.Errorf("no act gives fact %q", fact))
		case t.Level != casefile.LevelRestricted && levels.Fact(fact) == casefile.LevelRestricted:
			errs = append(errs, fmt.Errorf("fact %q is restricted, the paper is not", fact))
		}
	}
	for i := range t.Blocks {
		if err := t.Blocks[i].parse(t); err != nil {
			errs = append(errs, fmt.Errorf("block %d: %w", i+1, err))
		}
	}
	return errors.Join(errs...)
}

// given reports whether an act of some type of step establishes a fact.
func given(fact string) bool {
	return slices.ContainsFunc(procedure.Types(), func(id procedure.StepTypeID) bool {
		kind, _ := procedure.Type(id)
		return slices.ContainsFunc(kind.Acts, func(s procedure.ActSpec) bool { return establishes(s, fact) })
	})
}

// named gives all acts that the template names, the one that it is about first.
func (t *Template) named() []string {
	out := []string{t.Of}
	for _, acts := range []map[string]string{t.Acts, t.May, t.All} {
		for _, alias := range casefile.SortedNames(acts) {
			out = append(out, acts[alias])
		}
	}
	return out
}

func (b *blockSpec) parse(t *Template) (err error) {
	if !slices.Contains([]Kind{KindRedHead, KindNumber, KindTitle, KindUnder, KindTo, KindPart, KindHead, KindSubhead, KindParagraph, KindPlain,
		KindTable, KindAttached, KindSigned, KindDate, KindNote, KindCopy, KindPrinted, kindText, kindSignature}, b.Kind) {
		return fmt.Errorf("there is no kind %q", b.Kind)
	}
	if (b.Kind == KindTable) != (len(b.Row) > 0) || len(b.Head) > 0 && len(b.Head) != len(b.Row) || (b.Text == "") != (b.Kind == KindTable) {
		return errors.New("a table has a row, and a head of as many cells or none; every other block a text")
	}
	if b.Each != "" && t.All[b.Each] == "" && !strings.Contains(b.Each, ".") {
		return fmt.Errorf("each %q is not a list", b.Each)
	}
	if b.text, err = t.compile(b.Text); err != nil {
		return err
	}
	b.row = make([]*template.Template, len(b.Row))
	for i, cell := range b.Row {
		if b.row[i], err = t.compile(cell); err != nil {
			return err
		}
	}
	return nil
}

func (t *Template) compile(text string) (*template.Template, error) {
	return template.New(t.Name).Option("missingkey=error").Funcs(template.FuncMap{
		"date": chineseDate, "word": t.word, "words": t.wordList, "list": listed, "stop": stopped, "number": chineseNumber,
	}).Parse(text)
}

// specOf gives the act of a step type, "<step type>.<verb>".
func specOf(act string) (procedure.ActSpec, bool) {
	id, verb, _ := strings.Cut(act, ".")
	kind, ok := procedure.Type(procedure.StepTypeID(id))
	if !ok {
		return procedure.ActSpec{}, false
	}
	i := slices.IndexFunc(kind.Acts, func(s procedure.ActSpec) bool { return s.Verb == verb })
	if i < 0 {
		return procedure.ActSpec{}, false
	}
	return kind.Acts[i], true
}
