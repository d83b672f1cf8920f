package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

// Bounds of a pack.
const (
	maxFiles     = 200
	maxFileBytes = 1 << 20
	maxPackBytes = 8 << 20
)

// LoadPack loads the pack in a folder of a file system. It is strict: whatever
// it does not know it refuses, and it reports all problems at once, each as
// "file:line:col: message", expressions with the source line and a caret. Such
// problems are [*Problem] and [casefile.ErrInvalid]. Over are the packs among
// which it finds those that it builds on.
func LoadPack(fsys fs.FS, dir string, over ...*Pack) (*Pack, error) {
	files, err := readFiles(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("read rule pack %s: %w", dir, err)
	}
	p, err := build(files, over)
	if err != nil {
		return nil, fmt.Errorf("rule pack %s:\n%w", dir, err)
	}
	return p, nil
}

// packFile is one file of a pack, normalised.
type packFile struct {
	name    string
	content []byte
}

// readFiles reads the files of a pack, sorted by path. Names that start with a
// dot are left out.
func readFiles(fsys fs.FS, dir string) ([]packFile, error) {
	var files []packFile
	total := int64(0)
	err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != dir && strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(name, dir), "/")
		if dir == "." {
			rel = name
		}
		total += info.Size()
		if info.Size() > maxFileBytes || total > maxPackBytes || len(files) == maxFiles {
			return fmt.Errorf("%s: a pack has at most %d files of %d bytes, together %d: %w", rel, maxFiles, maxFileBytes, maxPackBytes, casefile.ErrInvalid)
		}
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		files = append(files, packFile{rel, content})
		return nil
	})
	return files, err
}

// loader reads the files of one pack.
type loader struct {
	problems
	pack     *Pack
	among    []*Pack // where the packs that it builds on are
	compiler *compiler

	factAt   map[string]position
	paramAt  map[string]position
	gateAt   map[string]position
	gateRule map[string][]position // by gate id: where each of its rules is named
	lawAt    position
	inForce  position
	overAt   []position
	orphan   bool // a pack that it builds on is not there: nothing else can be said of it
	unread   bool // a rule could not be read to its end, so that nobody knows what it reads
}

var (
	ruleFile  = regexp.MustCompile(`^rules/[A-Za-z0-9._-]+\.yaml$`)
	testFile  = regexp.MustCompile(`^tests/[A-Za-z0-9._-]+\.yaml$`)
	tableFile = regexp.MustCompile(`^tables/[A-Za-z0-9._-]+\.yaml$`)
)

// build makes a pack of its files.
func build(files []packFile, among []*Pack) (*Pack, error) {
	l := &loader{
		pack:   &Pack{revision: 1, versions: map[string][]*compiledRule{}, scope: newScope()},
		among:  among,
		factAt: map[string]position{}, paramAt: map[string]position{},
		gateAt: map[string]position{}, gateRule: map[string][]position{},
	}
	roots := map[string]*document{}
	nodes := map[string]*yaml.Node{}
	var ruleFiles, testFiles, tableFiles []string
	for i, f := range files {
		switch {
		case ruleFile.MatchString(f.name):
			ruleFiles = append(ruleFiles, f.name)
		case testFile.MatchString(f.name):
			testFiles = append(testFiles, f.name)
		case tableFile.MatchString(f.name):
			tableFiles = append(tableFiles, f.name)
		case !slices.Contains([]string{"pack.yaml", "facts.yaml", "parameters.yaml", "periods.yaml", "survivors.yaml", obligationsFile}, f.name):
			l.add(position{f.name, 1, 1}, "this file has no place in a rule pack")
			continue
		}
		content, ok := l.normalise(f)
		if !ok {
			continue
		}
		files[i].content = content
		d := &document{name: f.name, problems: &l.problems}
		roots[f.name], nodes[f.name] = d, d.parse(content)
	}
	for _, name := range []string{"pack.yaml", "facts.yaml"} {
		if !slices.ContainsFunc(files, func(f packFile) bool { return f.name == name }) {
			l.add(position{name, 1, 1}, "the file is missing")
		}
	}
	if len(ruleFiles) == 0 {
		l.add(position{"rules", 1, 1}, "there is no file rules/*.yaml")
	}
	if len(testFiles) == 0 {
		l.add(position{"tests", 1, 1}, "there is no file tests/*.yaml")
	}
	if l.list == nil {
		l.read(roots, nodes, ruleFiles, tableFiles, testFiles)
	}
	if err := l.err(); err != nil {
		return nil, err
	}
	l.pack.archive = format(l.pack.Name(), files)
	l.pack.digest = digestOf(l.pack.archive)
	return l.pack, nil
}

// read reads the files in the order in which they need each other.
func (l *loader) read(docs map[string]*document, nodes map[string]*yaml.Node, ruleFiles, tableFiles, testFiles []string) {
	visit := func(name string, read func(*document, *yaml.Node)) {
		if n := nodes[name]; n != nil {
			read(docs[name], n)
		}
	}
	visit("pack.yaml", l.packYAML)
	if l.orphan {
		l.list = slices.DeleteFunc(l.list, func(p *Problem) bool { return !strings.HasPrefix(p.Message, "over: ") })
		return
	}
	visit("facts.yaml", l.factsYAML)
	visit("parameters.yaml", l.parametersYAML)
	l.compiler = newCompiler(l.pack.scope)
	visit("periods.yaml", l.periodsYAML)
	for _, name := range tableFiles {
		visit(name, l.tableYAML)
	}
	l.compiler = newCompiler(l.pack.scope) // now with periods and tables
	for _, name := range ruleFiles {
		visit(name, l.rulesYAML)
	}
	l.check()
	visit(obligationsFile, l.obligationsYAML)
	for _, name := range testFiles {
		visit(name, l.testsYAML)
	}
	l.checkTests()
	visit("survivors.yaml", l.survivorsYAML)
}

// normalise gives the content as it is archived: UTF-8, lines that end in a
// line feed, no line that would read as a file marker.
func (l *loader) normalise(f packFile) ([]byte, bool) {
	at := position{f.name, 1, 1}
	if !utf8.Valid(f.content) {
		l.add(at, "the file is not UTF-8")
		return nil, false
	}
	content := bytes.TrimPrefix(f.content, []byte("\ufeff"))
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	if len(content) > 0 && content[len(content)-1] != '\n' {
		content = append(bytes.Clone(content), '\n')
	}
	if bytes.IndexByte(content, '\r') >= 0 {
		l.add(at, "the file holds a carriage return")
		return nil, false
	}
	for i, line := range bytes.Split(content, []byte("\n")) {
		if bytes.HasPrefix(line, []byte("-- ")) && bytes.HasSuffix(bytes.TrimRight(line, " \t"), []byte(" --")) {
			l.add(position{f.name, i + 1, 1}, "a line of the form -- name -- is not accepted")
			return nil, false
		}
	}
	return content, true
}

// sortFiles puts files in the order of the archive.
func sortFiles(files []packFile) {
	slices.SortFunc(files, func(a, b packFile) int { return strings.Compare(a.name, b.name) })
}

// cleanName reports whether a name from an archive is a plain relative path.
func cleanName(name string) bool {
	return fs.ValidPath(name) && path.Clean(name) == name && name != "."
}

var errNotCanonical = errors.New("the archive is not in its canonical form")
