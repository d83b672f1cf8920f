package rules_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// seeded is a defect of the corpus. A file testdata/defects/*.txtar says in its
// comment what the defect is and, as "on local", that it is one of the local pack.
// Its sections are:
//
//	old FILE, new, twin   a place in a file of the base pack, what stands there
//	                      instead, and what would be right in its place
//	file FILE, twin FILE  a file to be added or replaced, and one that is right
//	want                  lines "FILE:LINE:COL: part of the message", and the
//	                      facts of the witness as a line "witness: a, b"
type seeded struct {
	about       string
	files, twin map[string]string
	want        []string
	witness     string
	local       bool
}

func readSeeded(t *testing.T, name string) seeded {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s := seeded{about: strings.TrimSpace(string(a.Comment)), local: strings.Contains(string(a.Comment), "on local")}
	base := "main"
	if s.local {
		base = "local"
	}
	s.files, s.twin = baseFiles(t, base), baseFiles(t, base)
	place, old := "", ""
	replace := func(files map[string]string, with string) {
		if strings.Count(files[place], old) != 1 {
			t.Fatalf("%s: %q stands %d times in %s", name, old, strings.Count(files[place], old), place)
		}
		files[place] = strings.Replace(files[place], old, with, 1)
	}
	for _, f := range a.Files {
		what, file, _ := strings.Cut(f.Name, " ")
		text := strings.TrimSuffix(string(f.Data), "\n")
		switch {
		case what == "old":
			place, old = file, text
		case what == "new":
			replace(s.files, text)
		case what == "twin" && file == "":
			replace(s.twin, text)
		case what == "file":
			s.files[file] = text + "\n"
		case what == "twin":
			s.twin[file] = text + "\n"
		case what == "gone":
			delete(s.files, file)
		case what == "want":
			for line := range strings.SplitSeq(text, "\n") {
				if facts, ok := strings.CutPrefix(line, "witness: "); ok {
					s.witness = facts
					continue
				}
				s.want = append(s.want, line)
			}
		default:
			t.Fatalf("%s: unknown section %q", name, f.Name)
		}
	}
	return s
}

func baseFiles(t *testing.T, name string) map[string]string {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata/defects/base", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range a.Files {
		files[f.Name] = string(f.Data)
	}
	return files
}

// reports gives what loading and analysis say of a pack, each with its place, and
// the facts of the first witness.
func reports(t *testing.T, files map[string]string, local bool) (lines []string, witness string) {
	t.Helper()
	var over []*rules.Pack
	if local {
		over = append(over, load(t, baseFiles(t, "main")))
	}
	p, err := rules.LoadPack(packFiles(files), ".", over...)
	if err != nil {
		if !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("not ErrInvalid: %v", err)
		}
		for _, problem := range rules.Problems(err) {
			lines = append(lines, problem.Error())
		}
		return lines, ""
	}
	found, err := rules.Analyse(p, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range found {
		lines = append(lines, d.Error())
		if witness == "" && d.Witness != nil {
			witness = strings.Join(casefile.SortedNames(d.Witness), ", ")
		}
	}
	return lines, witness
}

func TestEachSeededDefectIsFoundAtItsPlace(t *testing.T) {
	names, err := filepath.Glob("testdata/defects/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 60 {
		t.Errorf("the corpus has %d defects", len(names))
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			s := readSeeded(t, name)
			got, witness := reports(t, s.files, s.local)
			if len(s.want) == 0 || len(got) != len(s.want) {
				t.Fatalf("%s: got %d reports, want %d\n%s", s.about, len(got), len(s.want), strings.Join(got, "\n"))
			}
			for i, want := range s.want {
				place, message, _ := strings.Cut(want, " ")
				if !strings.HasPrefix(got[i], place) || !strings.Contains(got[i], message) {
					t.Errorf("%s: got\n%s\nwant\n%s", s.about, got[i], want)
				}
			}
			if witness != s.witness {
				t.Errorf("%s: the witness shows %s, want %s\n%s", s.about, witness, s.witness, strings.Join(got, "\n"))
			}
			if twin, _ := reports(t, s.twin, s.local); len(twin) > 0 {
				t.Errorf("the twin, which is right, is reported:\n%s", strings.Join(twin, "\n"))
			}
		})
	}
}

func TestTheBasePacksOfTheCorpusAreInOrder(t *testing.T) {
	for _, base := range []string{"main", "local"} {
		if got, _ := reports(t, baseFiles(t, base), base == "local"); len(got) > 0 {
			t.Errorf("%s:\n%s", base, strings.Join(got, "\n"))
		}
	}
}
