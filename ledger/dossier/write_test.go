package dossier_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/ledger/dossier"
)

func TestSameContentsGiveTheSameBytes(t *testing.T) {
	l := newLog(t, "organ")
	l.record(opening())
	in := l.contents()
	if !bytes.Equal(l.write(in), l.write(in)) {
		t.Error("two writes differ")
	}
}

func TestDossierIsAnOrdinaryZipFile(t *testing.T) {
	_, raw := small(t)
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); err != nil { // checks the checksum
			t.Errorf("%s: %v", f.Name, err)
		}
		r.Close()
	}
	want := []string{"MANIFEST", "README.txt", "calendar.json", "case.json", "checkpoint", "definition.json",
		"documents/" + string(dossier.Digest(draft)), "entries/000001.json", "entries/000002.json", "entries/000003.json",
		"key", "packs/t@1.txtar"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestReadGivesBackWhatWasWritten(t *testing.T) {
	l := newLog(t, "organ")
	l.record(opening())
	in := l.contents()
	in.Histories = [][]byte{[]byte("{}"), []byte("[]")}
	raw := l.write(in)
	d, err := dossier.Read(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, d.Contents); diff != "" {
		t.Errorf("contents (-want +got):\n%s", diff)
	}
	record, err := d.Entries[0].Record()
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(opening())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
}

func TestWriteRefuses(t *testing.T) {
	l, _ := small(t)
	other := newLog(t, "other")
	for _, tt := range []struct {
		name   string
		change func(in *dossier.Contents)
		want   string
	}{
		{"no entries", func(in *dossier.Contents) { in.Entries = nil }, "0 entries"},
		{"entries out of order", func(in *dossier.Contents) { in.Entries = in.Entries[1:] }, "entry 2 after entry 0"},
		{"the key of another", func(in *dossier.Contents) { in.Key = other.key.Verifier() }, "not that of the signer"},
		{"a pack name that is a path", func(in *dossier.Contents) { in.Packs["../x"] = nil }, "no file of this name"},
		{"a document without a digest", func(in *dossier.Contents) { in.Documents["x"] = nil }, "no file of this name"},
		{"too many histories", func(in *dossier.Contents) { in.Histories = make([][]byte, 1000) }, "at most 999"},
		{"a definition that is too large", func(in *dossier.Contents) { in.Definition = make([]byte, 17<<20) }, "definition.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := l.contents()
			tt.change(&in)
			err := dossier.Write(io.Discard, in, l.key.Signer())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Write = %v; want an error with %q", err, tt.want)
			}
		})
	}
}

func TestLeafOfAnotherEntryIsDetected(t *testing.T) {
	l := newLog(t, "organ")
	l.record(opening())
	e := entry(2, casefile.EntryAct)
	e.Case = "c2" // sealed below as entry 2 of c1
	fields, err := e.Fields()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := ledger.Seal("c1", 2, l.prev, fields, l.random)
	if err != nil {
		t.Fatal(err)
	}
	wrong := dossier.Entry{Leaf: sealed.Leaf, Openings: sealed.Openings}
	if _, err := wrong.Record(); err == nil || !strings.Contains(err.Error(), "stands in the leaf of c1/2") {
		t.Errorf("Record = %v", err)
	}
	var out bytes.Buffer
	in := l.contents()
	in.Entries = append(in.Entries, wrong)
	if err := dossier.Write(&out, in, l.key.Signer()); err == nil {
		t.Error("Write accepts it")
	}
}
