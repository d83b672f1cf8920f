package dossier_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/ledger/dossier"
)

func TestSealOfAnUntouchedDossierHolds(t *testing.T) {
	l, raw := small(t)
	report := verify(raw, dossier.Options{Key: l.key.Verifier()})
	if report.Seal.Status != dossier.Verified || report.Seal.Checked != 3 || !report.KeyPinned {
		t.Errorf("report:\n%s", report)
	}
	report = verify(raw, dossier.Options{})
	if report.Seal.Status != dossier.Verified || report.KeyPinned {
		t.Errorf("report:\n%s", report)
	}
	if !strings.Contains(report.String(), "taken from the dossier") {
		t.Errorf("the report does not say where the key is from:\n%s", report)
	}
}

// Every byte of the file, changed in one bit, is noticed, and the report names a
// place.
func TestAnyChangedByteOfTheFileBreaksTheSeal(t *testing.T) {
	l, raw := small(t)
	for i := range raw {
		bit := byte(1) << (i % 8)
		raw[i] ^= bit
		report := verify(raw, dossier.Options{Key: l.key.Verifier()})
		if report.Seal.Status != dossier.Failed || len(report.Seal.Problems) == 0 || report.Seal.Problems[0].Place == "" || report.OK() {
			t.Fatalf("byte %d changed and the report says:\n%s", i, report)
		}
		raw[i] ^= bit
	}
}

// The same, by somebody who repairs the container around the change: now it is
// the manifest and the hashes that notice, and they name the file.
func TestAnyChangedByteOfAnyFileIsNamedEvenIfTheContainerIsRepaired(t *testing.T) {
	l, raw := small(t)
	d, err := dossier.Read(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	sizes := map[string]int{}
	if _, err := dossier.Rewrite(raw, nil, func(files map[string][]byte) {
		for name, content := range files {
			names, sizes[name] = append(names, name), len(content)
		}
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	if len(names) != len(d.Entries)+9 {
		t.Fatalf("%d files", len(names))
	}
	for _, name := range names {
		step := 1 + sizes[name]/700 // every byte of small files; the test above has changed them all
		for i := 0; i < sizes[name]; i += step {
			changed, err := dossier.Rewrite(raw, nil, func(files map[string][]byte) { files[name][i] ^= 1 << (i % 7) })
			if err != nil {
				t.Fatal(err)
			}
			report := verify(changed, dossier.Options{Key: l.key.Verifier()})
			if report.Seal.Status != dossier.Failed || !namesPlace(report, name) {
				t.Fatalf("%s: byte %d changed and the report says:\n%s", name, i, report)
			}
		}
	}
}

// namesPlace reports whether the report names the file as a place of a problem.
func namesPlace(report dossier.Report, name string) bool {
	return slices.ContainsFunc(report.Seal.Problems, func(p dossier.Problem) bool { return strings.Contains(p.Place, name) })
}

// The organ itself, or whoever has its key, changes the dossier and signs a new
// manifest. Each row says which kind of change, and what the report must say.
func TestTamperingByWhoeverHoldsTheLogKeyIsDetected(t *testing.T) {
	l, raw := small(t)
	draftName := "documents/" + string(dossier.Digest(draft))
	replace := func(name, old, new string) func(map[string][]byte) {
		return func(files map[string][]byte) {
			if !bytes.Contains(files[name], []byte(old)) {
				t.Errorf("%s has no %s", name, old)
			}
			files[name] = bytes.Replace(files[name], []byte(old), []byte(new), 1)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(files map[string][]byte)
		place  string
		want   string
	}{
		{"the last entry is left out", func(f map[string][]byte) { delete(f, "entries/000003.json") }, "case.json", "status"},
		{"the last entry is left out and the summary agrees", func(f map[string][]byte) {
			delete(f, "entries/000003.json")
			f["case.json"] = summary(t, f["case.json"], func(s map[string]any) { s["entries"] = 2 })
		}, "case.json", "status"},
		{"an entry in the middle is left out", func(f map[string][]byte) { delete(f, "entries/000002.json") }, "entries/000003.json", "missing"},
		{"an entry in the middle is left out and the rest renumbered", func(f map[string][]byte) {
			f["entries/000002.json"] = f["entries/000003.json"]
			delete(f, "entries/000003.json")
		}, "entries/000002.json", "does not follow"},
		{"the opening is left out", func(f map[string][]byte) { delete(f, "entries/000001.json") }, "entries/000002.json", "missing"},
		{"two entries are exchanged", func(f map[string][]byte) {
			f["entries/000002.json"], f["entries/000003.json"] = f["entries/000003.json"], f["entries/000002.json"]
		}, "entries/000002.json", "where entry 2 of this case should stand"},
		{"an entry stands twice", func(f map[string][]byte) { f["entries/000004.json"] = f["entries/000003.json"] }, "entries/000004.json", "not after"},
		{"a value is changed", replace("entries/000002.json", `"value":"act"`, `"value":"blocked"`), "entries/000002.json", "field kind"},
		{"a salt is changed", replace("entries/000002.json", `"salt":"`, `"salt":"00000000`), "entries/000002.json", "salt"},
		{"an opening is withheld", func(f map[string][]byte) {
			f["entries/000002.json"] = edit(t, f["entries/000002.json"], func(e map[string]any) { delete(openings(e), "act_by") })
		}, "entries/000002.json", "withheld: [act_by]"},
		{"the log index is changed", func(f map[string][]byte) {
			f["entries/000002.json"] = edit(t, f["entries/000002.json"], func(e map[string]any) { e["index"] = 2 })
		}, "entries/000002.json", "proof of inclusion"},
		{"a proof is cut short", func(f map[string][]byte) {
			f["entries/000002.json"] = edit(t, f["entries/000002.json"], func(e map[string]any) { e["proof"] = e["proof"].([]any)[1:] })
		}, "entries/000002.json", "proof of inclusion"},
		{"an entry is spelled otherwise", replace("entries/000002.json", `{"index":`, `{ "index":`), "entries/000002.json", "one form"},
		{"a document is exchanged", func(f map[string][]byte) { f[draftName] = []byte("另一草案") }, draftName, "does not match its digest"},
		{"a document is left out", func(f map[string][]byte) { delete(f, draftName) }, draftName, "missing"},
		{"a document is added", func(f map[string][]byte) {
			f["documents/"+string(dossier.Digest([]byte("x")))] = []byte("x")
		}, "documents/", "no entry names"},
		{"the definition is exchanged", func(f map[string][]byte) { f["definition.json"] = []byte(`{}`) }, "definition.json", "pinned to the case"},
		{"the calendar is exchanged", func(f map[string][]byte) { f["calendar.json"] = []byte(`{}`) }, "calendar.json", "pinned to the case"},
		{"a rule pack is exchanged", func(f map[string][]byte) { f["packs/t@1.txtar"] = []byte("x") }, "packs/t@1.txtar", "pinned to the case"},
		{"a rule pack is left out", func(f map[string][]byte) { delete(f, "packs/t@1.txtar") }, "packs/t@1.txtar", "missing"},
		{"a rule pack is added", func(f map[string][]byte) { f["packs/u@1.txtar"] = []byte("x") }, "packs/u@1.txtar", "pinned"},
		{"the summary says another end", func(f map[string][]byte) {
			f["case.json"] = summary(t, f["case.json"], func(s map[string]any) { s["end"] = "withdrawn" })
		}, "case.json", `end: "withdrawn", not "archived"`},
		{"the summary says another case", func(f map[string][]byte) {
			f["case.json"] = summary(t, f["case.json"], func(s map[string]any) { s["case"] = "c2" })
		}, "entries/000001.json", "of case c1"},
		{"the summary says another organ", func(f map[string][]byte) {
			f["case.json"] = summary(t, f["case.json"], func(s map[string]any) { s["organ"] = "pudong" })
		}, "key", "chengxu.local/log/pudong"},
		{"an unknown file is added", func(f map[string][]byte) { f["notes.txt"] = []byte("x") }, "notes.txt", "no file of this name"},
		{"a file leads out of the folder", func(f map[string][]byte) { f["documents/../../etc/passwd"] = []byte("x") }, "passwd", "no file of this name"},
		{"a history is missing in between", func(f map[string][]byte) { f["histories/002.json"] = []byte("x") }, "histories/002.json", "missing"},
		{"the key is left out", func(f map[string][]byte) { delete(f, "key") }, "key", "missing"},
		{"the checkpoint is of the empty log", func(f map[string][]byte) {
			signed, err := ledger.SignCheckpoint(ledger.Checkpoint{Origin: l.key.Origin()}, l.key.Signer())
			if err != nil {
				t.Fatal(err)
			}
			f["checkpoint"] = signed
		}, "entries/000001.json", "proof of inclusion"},
		{"the checkpoint is a manifest", func(f map[string][]byte) { f["checkpoint"] = f["MANIFEST"] }, "checkpoint", "not a valid checkpoint"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed, err := dossier.Rewrite(raw, l.key.Signer(), tt.change)
			if err != nil {
				t.Fatal(err)
			}
			wantProblem(t, verify(changed, dossier.Options{Key: l.key.Verifier()}), tt.place, tt.want)
		})
	}
}

func wantProblem(t *testing.T, report dossier.Report, place, want string) {
	t.Helper()
	if report.Seal.Status != dossier.Failed || report.Law.Status != dossier.Skipped || report.Run.Status != dossier.Skipped {
		t.Errorf("statuses of the report:\n%s", report)
	}
	for _, p := range report.Seal.Problems {
		if strings.Contains(p.Place, place) && strings.Contains(p.Message.EN, want) && p.Message.ZH != "" {
			return
		}
	}
	t.Errorf("no problem at %s with %q in:\n%s", place, want, report)
}

func edit(t *testing.T, raw []byte, change func(map[string]any)) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	change(m)
	out, err := ledger.Canonical(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func summary(t *testing.T, raw []byte, change func(map[string]any)) []byte {
	return edit(t, raw, change)
}

func openings(e map[string]any) map[string]any {
	m, _ := e["openings"].(map[string]any)
	return m
}

func TestWithdrawnDocumentIsAbsentAndMustBe(t *testing.T) {
	l := newLog(t, "organ")
	withdrawal := entry(3, casefile.EntryAct)
	withdrawal.Withdrawn = []casefile.Digest{dossier.Digest(draft)}
	for _, e := range []casefile.Entry{opening(), filing(), withdrawal} {
		l.record(e)
	}
	in := l.contents()
	if report := verify(l.write(in), dossier.Options{}); report.Seal.Status != dossier.Verified {
		t.Errorf("without the content:\n%s", report)
	}
	in.Documents[dossier.Digest(draft)] = draft
	wantProblem(t, verify(l.write(in), dossier.Options{}), string(dossier.Digest(draft)), "withdrawn")
}

func TestEntriesThatDoNotMakeACaseBreakTheSeal(t *testing.T) {
	for _, tt := range []struct {
		name    string
		entries func() []casefile.Entry
		want    string
	}{
		{"after the end", func() []casefile.Entry {
			late := entry(3, casefile.EntryAct)
			return []casefile.Entry{opening(), closing2(), late}
		}, "after the case was closed"},
		{"of another organ", func() []casefile.Entry {
			e := entry(2, casefile.EntryAct)
			e.Organ = "pudong"
			return []casefile.Entry{opening(), e}
		}, "another organ"},
		{"no longer practice", func() []casefile.Entry {
			e := entry(2, casefile.EntryAct)
			e.Practice = false
			return []casefile.Entry{opening(), e}
		}, "practice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLog(t, "organ")
			for _, e := range tt.entries() {
				l.record(e)
			}
			wantProblem(t, verify(l.write(l.contents()), dossier.Options{}), "entries/00000", tt.want)
		})
	}
}

func TestReportAsJSONNamesEveryPart(t *testing.T) {
	_, raw := small(t)
	report := verify(raw[:len(raw)-1], dossier.Options{})
	out, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"seal":{"status":"failed"`, `"law":{"status":"skipped"`, `"run":{"status":"skipped"`, `"place":`, `"zh":`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s lacks %s", out, want)
		}
	}
	if fmt.Sprint(report) == "" || !report.Failed() {
		t.Error("the report does not say that it failed")
	}
}
