package dossier_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger/dossier"
)

func TestAnotherKeyIsDetectedWhenTheKeyIsPinned(t *testing.T) {
	l, raw := small(t)
	forger := newLog(t, "forger")
	for _, e := range []casefile.Entry{opening(), closing2()} {
		forger.record(e)
	}
	forged := forger.write(forger.contents())
	wantProblem(t, verify(forged, dossier.Options{Key: l.key.Verifier()}), "key", "sealed with another key")
	if report := verify(forged, dossier.Options{}); report.Seal.Status != dossier.Verified || report.KeyPinned {
		t.Errorf("a dossier is whole under its own key, and the report says that the key is its own:\n%s", report)
	}
	resigned, err := dossier.Rewrite(raw, forger.key.Signer(), func(map[string][]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	wantProblem(t, verify(resigned, dossier.Options{}), "MANIFEST", "signature does not hold")
	replaced, err := dossier.Rewrite(raw, forger.key.Signer(), func(f map[string][]byte) { f["key"] = []byte(forger.key.Verifier() + "\n") })
	if err != nil {
		t.Fatal(err)
	}
	wantProblem(t, verify(replaced, dossier.Options{}), "checkpoint", "not a valid checkpoint")
	wantProblem(t, verify(replaced, dossier.Options{Key: l.key.Verifier()}), "key", "another key")
	wantProblem(t, verify(raw, dossier.Options{Key: "nonsense"}), "--key", "not valid")
}

func closing2() casefile.Entry {
	e := closing()
	e.Sequence = 2
	return e
}

func TestManifestCannotBeEdited(t *testing.T) {
	l, raw := small(t)
	text := func(files map[string][]byte) string {
		body, _, _ := strings.Cut(string(files["MANIFEST"]), "\n\n")
		return body + "\n"
	}
	sign := func(text string) []byte {
		signed, err := note.Sign(&note.Note{Text: text}, l.key.Signer())
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	for _, tt := range []struct {
		name   string
		change func(files map[string][]byte)
		place  string
		want   string
	}{
		{"unsigned", func(f map[string][]byte) {
			f["MANIFEST"] = bytes.Replace(f["MANIFEST"], []byte("case c1"), []byte("case c2"), 1)
		}, "MANIFEST", "signature"},
		{"of another case", func(f map[string][]byte) { f["MANIFEST"] = sign(strings.Replace(text(f), "case c1", "case c2", 1)) }, "MANIFEST", "this case"},
		{"with a file too many", func(f map[string][]byte) { f["MANIFEST"] = sign(text(f) + strings.Repeat("0", 64) + " 1 zzz\n") }, "zzz", "lacks it"},
		{"with a file too few", func(f map[string][]byte) {
			lines := strings.SplitAfter(text(f), "\n")
			f["MANIFEST"] = sign(strings.Join(lines[:len(lines)-2], ""))
		}, "packs/t@1.txtar", "does not list"},
		{"in another order", func(f map[string][]byte) {
			lines := strings.SplitAfter(text(f), "\n")
			lines[2], lines[3] = lines[3], lines[2]
			f["MANIFEST"] = sign(strings.Join(lines, ""))
		}, "MANIFEST", "one form"},
		{"that is empty", func(f map[string][]byte) { f["MANIFEST"] = sign("\n") }, "MANIFEST", "of a dossier"},
		{"that is a checkpoint", func(f map[string][]byte) { f["MANIFEST"] = f["checkpoint"] }, "MANIFEST", "of a dossier"},
		{"that is left out", func(f map[string][]byte) { delete(f, "MANIFEST") }, "MANIFEST", "missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed, err := dossier.Rewrite(raw, nil, tt.change)
			if err != nil {
				t.Fatal(err)
			}
			wantProblem(t, verify(changed, dossier.Options{}), tt.place, tt.want)
		})
	}
}
