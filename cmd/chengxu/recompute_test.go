package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// early gives a library whose decision would have to be published from the opening
// on, so that a case has a due date in working days at once.
func early(tb testing.TB, s *shipped, cal *legaltime.Calendar) *casework.Library {
	tb.Helper()
	var packs []*rules.Pack
	for _, p := range s.packs {
		if len(p.Over()) > 0 {
			continue
		}
		archive := strings.ReplaceAll(string(p.Archive()),
			`isSet(decided_on) and chief_decision in ["approve", "amend"] and not non_disclosable_by_law`, `isSet(case_opened_on)`)
		archive = strings.Replace(archive, "decided_on\n  when: |\n    isSet(case_opened_on)", "case_opened_on\n  when: |\n    isSet(case_opened_on)", 1)
		next, err := rules.ParseArchive([]byte(archive))
		if err != nil {
			tb.Fatal(err)
		}
		packs = append(packs, next)
	}
	sources, err := procedure.Embedded()
	if err != nil {
		tb.Fatal(err)
	}
	var definitions []*procedure.Definition
	for _, source := range sources {
		d, err := procedure.Load(source.Name, source.Content)
		if err != nil {
			tb.Fatal(err)
		}
		definitions = append(definitions, d)
	}
	library, err := casework.NewLibrary(definitions, packs, cal)
	if err != nil {
		tb.Fatal(err)
	}
	return library
}

// before2026 gives the calendar of the time before the holidays of 2026 were announced.
func before2026(tb testing.TB) *legaltime.Calendar {
	tb.Helper()
	const dir = "../../legaltime/calendars"
	list, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, file := range list {
		if strings.Contains(file.Name(), "2026") {
			continue
		}
		b, err := os.ReadFile(dir + "/" + file.Name())
		if err != nil {
			tb.Fatal(err)
		}
		files[file.Name()] = &fstest.MapFile{Data: b}
	}
	cal, err := legaltime.LoadCalendar(files, ".", "cn")
	if err != nil {
		tb.Fatal(err)
	}
	return cal
}

// playRecomputed plays a case whose due date moves when the holidays of 2026 are
// announced: of twenty working days after 2025-12-10 the week alone makes 2026-01-07
// the last; the notice takes away two and gives one.
func playRecomputed(tb testing.TB, s *stack, run string) casefile.Case {
	tb.Helper()
	h := openCase(tb, s.service(early(tb, s.shipped, before2026(tb)), 0), run, "2025-12-10")
	h.s = s.service(early(tb, s.shipped, s.shipped.calendar), 0)
	if n, err := h.s.Recompute(tb.Context(), h.c.Organ); err != nil || n != 1 {
		tb.Fatalf("%d due dates recomputed: %v", n, err)
	}
	h.do("office", "case.note", casefile.Values{"text": "放假安排已经公布"})
	return h.c
}

// playReminded plays a case until it is reminded of a due date.
func playReminded(tb testing.TB, s *stack, run string) casefile.Case {
	tb.Helper()
	h := openCase(tb, s.service(early(tb, s.shipped, s.shipped.calendar), 0), run, "2025-12-10")
	h.do("office", "case.advance", casefile.Values{"to": "2026-01-05"})
	h.do("office", "case.note", casefile.Values{"text": "已获提醒"})
	return h.c
}

func TestADossierIsVerifiedAcrossARecomputedDueDateAndAReminder(t *testing.T) {
	s := startTestStack(t, 0)
	reminded := exported(t, s, playReminded(t, s, "reminded").ID)
	recomputed := exported(t, s, playRecomputed(t, s, "recomputed").ID)
	for kind, file := range map[casefile.EntryKind][]byte{casefile.EntryReminder: reminded, casefile.EntryRecomputed: recomputed} {
		report := verified(t, file)
		if report.Law.Checked < 3 || report.Run.Checked != report.Law.Checked {
			t.Errorf("%s:\n%s", kind, report)
		}
		if !bytes.Contains(unzipped(t, file), []byte(`"`+kind+`"`)) {
			t.Errorf("no entry of kind %s in its dossier", kind)
		}
	}
	report := verify(tampered(t, recomputed, "adopted/"))
	if !report.Failed() || report.Seal.Status == dossier.Verified {
		t.Errorf("a changed calendar that the case moved to is not found:\n%s", report)
	}
}

// unzipped gives all files of a dossier, one after the other.
func unzipped(t *testing.T, file []byte) []byte {
	t.Helper()
	var out []byte
	eachFile(t, file, func(_ *zip.File, content []byte) { out = append(out, content...) })
	return out
}

// tampered changes one byte in the first file under the folder.
func tampered(t *testing.T, file []byte, folder string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	done := false
	eachFile(t, file, func(f *zip.File, content []byte) {
		if !done && strings.HasPrefix(f.Name, folder) {
			content[len(content)/2] ^= 1
			done = true
		}
		header := zip.FileHeader{Name: f.Name, Method: f.Method, Modified: f.Modified}
		part, err := w.CreateHeader(&header)
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if err := w.Close(); err != nil || !done {
		t.Fatalf("nothing under %s was changed: %v", folder, err)
	}
	return out.Bytes()
}

func eachFile(t *testing.T, file []byte, do func(f *zip.File, content []byte)) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		do(f, content)
	}
}
