package dossier

import (
	"errors"
	"io"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// Dossier is a dossier as read. Reading it proves only that its form is right;
// [Verify] says whether it is true.
type Dossier struct {
	Contents
	Summary Summary

	files    []file // all, sorted by name
	manifest []byte
}

// Read reads a dossier of the given size. Only the form that [Write] gives is
// accepted, to the byte; the error is a [Damage] that says where it differs.
func Read(r io.ReaderAt, size int64) (*Dossier, error) {
	files, err := readArchive(r, size, dossierShape())
	if err != nil {
		return nil, err
	}
	d := &Dossier{files: files}
	d.Packs, d.Documents = map[string][]byte{}, map[casefile.Digest][]byte{}
	seen := map[string]bool{}
	for _, f := range files {
		if err := d.take(f); err != nil {
			return nil, &Damage{Place: f.name, Err: err}
		}
		seen[f.name] = true
	}
	for _, name := range []string{manifestName, readmeName, summaryName, checkpointName, keyName, definitionName, calendarName, entryName(1)} {
		if !seen[name] {
			return nil, damaged(name, "the file is missing")
		}
	}
	return d, nil
}

func (d *Dossier) take(f file) error {
	switch f.name {
	case manifestName:
		d.manifest = f.content
		return nil
	case readmeName: // for people; its words may change from release to release
		return nil
	case summaryName:
		return d.takeSummary(f.content)
	case checkpointName:
		d.Checkpoint = f.content
		return nil
	case keyName:
		key, ok := strings.CutSuffix(string(f.content), "\n")
		d.Key = key
		if !ok || strings.Contains(key, "\n") {
			return errors.New("want one line")
		}
		return nil
	case definitionName:
		d.Definition = f.content
		return nil
	case calendarName:
		d.Calendar = f.content
		return nil
	}
	return d.takeNumbered(f)
}

func (d *Dossier) takeNumbered(f file) error {
	switch {
	case entryFile.MatchString(f.name):
		return d.takeEntry(f)
	case historyFile.MatchString(f.name):
		d.Histories = append(d.Histories, f.content)
		if f.name != historyName(len(d.Histories)) {
			return errors.New("a history before this one is missing")
		}
	case packFile.MatchString(f.name):
		d.Packs[packOf(f.name)] = f.content
	case adoptedFile.MatchString(f.name):
		if d.Adopted == nil {
			d.Adopted = map[casefile.Digest][]byte{}
		}
		d.Adopted[casefile.Digest(strings.TrimPrefix(f.name, adoptedDir))] = f.content
	default:
		d.Documents[casefile.Digest(strings.TrimPrefix(f.name, documentsDir))] = f.content
	}
	return nil
}

func (d *Dossier) takeSummary(content []byte) error {
	if err := ledger.Decode(content, &d.Summary); err != nil {
		return err
	}
	if d.Summary.Form != form {
		return errors.New("another version of the dossier's form")
	}
	return nil
}

func (d *Dossier) takeEntry(f file) error {
	if len(d.Entries) == MaxEntries {
		return errors.New("too many entries")
	}
	var e entryForm
	if err := ledger.Decode(f.content, &e); err != nil {
		return err
	}
	d.Entries = append(d.Entries, Entry{Leaf: []byte(e.Leaf), Index: e.Index, Proof: e.Proof, Openings: e.Openings})
	if f.name != entryName(len(d.Entries)) {
		return errors.New("an entry before this one is missing")
	}
	return nil
}
