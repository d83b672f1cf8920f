package papers_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/papers"
	"github.com/zhengdang/chengxu/procedure"
)

var update = flag.Bool("update", false, "write the golden digests anew")

// Two processes, and two versions of the program, write the same bytes. When this fails
// because the writers were changed on purpose, their version is raised.
func TestTheBytesAreThoseThatWereKept(t *testing.T) {
	var got strings.Builder
	files, err := fonts(t).Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"published-text", "legality-opinion", "meeting-minutes", "filing-report", "comment-notice"} {
		for _, format := range papers.Formats() {
			if format == papers.FormatPDF && files[0].Name != "FandolFang-Regular.otf" {
				continue // other fonts give other bytes
			}
			sum := sha256.Sum256(written(t, made(t, name, parking(t).source()), format))
			fmt.Fprintf(&got, "%s  %s.%s\n", hex.EncodeToString(sum[:]), name, format)
		}
	}
	golden := filepath.Join("testdata", "digests.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(got.String()) {
		if !strings.Contains(string(want), line) {
			t.Errorf("other bytes than were kept: %s", line)
		}
	}
}

func TestEveryPartOfDOCXIsWellFormedAndNotCompressed(t *testing.T) {
	for _, name := range []string{"published-text", "meeting-minutes"} {
		b := written(t, made(t, name, parking(t).source()), papers.FormatDOCX)
		archive, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.File {
			if f.Method != zip.Store {
				t.Errorf("%s is compressed", f.Name)
			}
			part, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			for dec := xml.NewDecoder(part); ; {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", f.Name, err)
				}
			}
		}
	}
}

func TestAFileNamesItsTemplateItsEntryAndItsFonts(t *testing.T) {
	p := made(t, "legality-opinion", parking(t).source())
	html := string(written(t, p, papers.FormatHTML))
	for _, want := range []string{string(p.Template.Digest()), `content="legality-opinion@` + p.Template.Version + `"`, fmt.Sprintf(`name="chengxu.entry" content="%d"`, p.Entry)} {
		if !strings.Contains(html, want) {
			t.Errorf("HTML does not say %s", want)
		}
	}
	if docx := string(written(t, p, papers.FormatDOCX)); !strings.Contains(docx, string(p.Template.Digest())) {
		t.Error("DOCX does not name the template")
	}
	pdf := written(t, p, papers.FormatPDF)
	files, err := fonts(t).Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{string(p.Template.Digest()), string(files[0].Digest)} {
		if !bytes.Contains(pdf, []byte(utf16Hex(want))) {
			t.Errorf("PDF does not say %s", want)
		}
	}
}

func utf16Hex(ascii string) string {
	var b strings.Builder
	for _, c := range ascii {
		fmt.Fprintf(&b, "%04x", c)
	}
	return b.String()
}

// Every value that a field can have is called something in the paper.
func TestTheWordsOfATemplateCoverTheValues(t *testing.T) {
	all, err := papers.Templates()
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`words? \.(\w+)\.(\w+)`)
	for _, tmpl := range all {
		for _, b := range tmpl.Blocks {
			for _, text := range append(slices.Clone(b.Row), b.Text) {
				for _, m := range used.FindAllStringSubmatch(text, -1) {
					act := map[string]string{"of": tmpl.Of}[m[1]] + tmpl.Acts[m[1]] + tmpl.May[m[1]]
					if m[1] == "item" {
						act = tmpl.All[b.Each]
					}
					for _, value := range valuesOf(t, act, m[2]) {
						if tmpl.Words[value] == "" {
							t.Errorf("%s has no word for %s of %s", tmpl.Name, value, m[0])
						}
					}
				}
			}
		}
	}
}

func valuesOf(t *testing.T, act, field string) []string {
	t.Helper()
	id, verb, _ := strings.Cut(act, ".")
	kind, _ := procedure.Type(procedure.StepTypeID(id))
	for _, spec := range kind.Acts {
		if i := slices.IndexFunc(spec.Fields, func(f procedure.Field) bool { return f.Name == field }); spec.Verb == verb && i >= 0 {
			return spec.Fields[i].Enum
		}
	}
	t.Errorf("%q has no field %q", act, field)
	return nil
}
