package dossier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
)

// Contents is what goes into a dossier.
type Contents struct {
	Entries    []Entry                    // in the order of the case, from its opening
	Checkpoint []byte                     // of the organ's log, as a signed note; the proofs are for its size
	Key        string                     // the verifier key of the log
	Definition []byte                     // canonical form
	Packs      map[string][]byte          // canonical archives by pack name, "cn.713@2019"
	Calendar   []byte                     // canonical form
	Adopted    map[casefile.Digest][]byte // what the case moved to later: definitions, packs and calendars not among the three above
	Documents  map[casefile.Digest][]byte // every document filed whose content was not withdrawn
	Histories  [][]byte                   // one for each run of the workflow, in order, as JSON; may be absent
}

// Entry is one entry of the case with its place in the log.
type Entry struct {
	Leaf     []byte
	Index    int64 // in the log of the organ, from 0
	Proof    ledger.Proof
	Openings map[string]ledger.Opening
}

// entryForm is the JSON form of an entry in a dossier.
type entryForm struct {
	Leaf     string                    `json:"leaf"`
	Index    int64                     `json:"index"`
	Proof    []ledger.Hash             `json:"proof"`
	Openings map[string]ledger.Opening `json:"openings"`
}

// Record gives the entry itself, when all its fields are open and match the
// leaf.
func (e Entry) Record() (casefile.Entry, error) {
	opened, err := ledger.OpenLeaf(e.Leaf, e.Openings)
	if err != nil {
		return casefile.Entry{}, err
	}
	if len(opened.Withheld) > 0 {
		return casefile.Entry{}, fmt.Errorf("fields are withheld: %v", opened.Withheld)
	}
	record, err := casefile.EntryFromFields(opened.Values)
	if err != nil {
		return casefile.Entry{}, err
	}
	if err := sameFields(record, opened.Values); err != nil {
		return casefile.Entry{}, err
	}
	if string(record.Case) != opened.Case || record.Sequence != opened.Sequence {
		return casefile.Entry{}, fmt.Errorf("entry %s/%d stands in the leaf of %s/%d",
			record.Case, record.Sequence, opened.Case, opened.Sequence)
	}
	return record, nil
}

// sameFields makes sure that the entry says all that the fields say: nothing may
// stand in the ledger that no reader sees.
func sameFields(record casefile.Entry, values map[string]json.RawMessage) error {
	fields, err := record.Fields()
	if err != nil {
		return err
	}
	for _, name := range casefile.SortedNames(fields) {
		again, err := ledger.CanonicalJSON(fields[name])
		if err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
		if !bytes.Equal(again, values[name]) {
			return fmt.Errorf("field %s: not as an entry is written", name)
		}
	}
	if len(fields) != len(values) {
		return errors.New("has fields that say nothing")
	}
	return nil
}

// Summary says what the dossier is about. All of it follows from the entries and
// the checkpoint.
type Summary struct {
	Form      int              `json:"form"` // version of the dossier's form
	Case      casefile.ID      `json:"case"`
	Organ     casefile.OrganID `json:"organ"`
	Procedure string           `json:"procedure"`
	Matter    casefile.Matter  `json:"matter"`
	Practice  bool             `json:"practice"`
	Status    casefile.Status  `json:"status"`
	End       string           `json:"end"`
	OpenedOn  legaltime.Date   `json:"opened_on"`
	Today     legaltime.Date   `json:"today"` // date of the last entry
	Entries   int64            `json:"entries"`
	Log       string           `json:"log"`
}

// form is the only version of the dossier's form.
const form = 1

func summarise(c *casefile.Case) Summary {
	return Summary{
		Form: form, Case: c.ID, Organ: c.Organ, Procedure: c.Pinned.Procedure, Matter: c.Matter,
		Practice: c.Practice, Status: c.Status, End: c.End, OpenedOn: c.OpenedOn, Today: c.Today,
		Entries: c.Sequence, Log: ledger.Origin(string(c.Organ)),
	}
}

// Write writes a dossier. The signer is the key of the log, whose public half is
// in.Key. The same contents give the same bytes. Write makes sure that the
// entries open and form a case; whether everything is right is for [Verify].
func Write(w io.Writer, in Contents, signer note.Signer) error {
	if err := in.check(signer); err != nil {
		return fmt.Errorf("write dossier: %w", err)
	}
	files, id, err := in.files()
	if err != nil {
		return fmt.Errorf("write dossier: %w", err)
	}
	signed, err := signManifest(id, files, signer)
	if err != nil {
		return fmt.Errorf("write dossier: %w", err)
	}
	files = sorted(append(files, file{manifestName, signed}))
	if err := checkSizes(files, dossierShape()); err != nil {
		return fmt.Errorf("write dossier: %w", err)
	}
	if err := writeArchive(w, files); err != nil {
		return fmt.Errorf("write dossier: %w", err)
	}
	return nil
}

func (in Contents) check(signer note.Signer) error {
	v, err := ledger.ParseVerifier(in.Key)
	if err != nil {
		return err
	}
	if v.Name() != signer.Name() || v.KeyHash() != signer.KeyHash() {
		return fmt.Errorf("verifier key %s is not that of the signer", in.Key)
	}
	if len(in.Entries) == 0 || len(in.Entries) > MaxEntries {
		return fmt.Errorf("%d entries: want 1 to %d", len(in.Entries), MaxEntries)
	}
	if len(in.Histories) > MaxHistories {
		return fmt.Errorf("%d histories: want at most %d", len(in.Histories), MaxHistories)
	}
	return nil
}

// files gives all files but the manifest.
func (in Contents) files() ([]file, casefile.ID, error) {
	var c casefile.Case
	var files []file
	add := func(name string, content []byte) { files = append(files, file{name, content}) }
	for i, e := range in.Entries {
		record, err := e.Record()
		if err != nil {
			return nil, "", fmt.Errorf("entry %d: %w", i+1, err)
		}
		if err := c.Apply(record); err != nil {
			return nil, "", err
		}
		content, err := e.encode()
		if err != nil {
			return nil, "", fmt.Errorf("entry %d: %w", i+1, err)
		}
		add(entryName(i+1), content)
	}
	summary, err := ledger.Canonical(summarise(&c))
	if err != nil {
		return nil, "", fmt.Errorf("summary: %w", err)
	}
	add(readmeName, readme)
	add(summaryName, summary)
	add(checkpointName, in.Checkpoint)
	add(keyName, []byte(in.Key+"\n"))
	add(definitionName, in.Definition)
	add(calendarName, in.Calendar)
	for _, name := range casefile.SortedNames(in.Packs) {
		add(packName(name), in.Packs[name])
	}
	for _, d := range casefile.SortedNames(in.Adopted) {
		add(adoptedDir+string(d), in.Adopted[d])
	}
	for _, d := range casefile.SortedNames(in.Documents) {
		add(documentsDir+string(d), in.Documents[d])
	}
	for i, h := range in.Histories {
		add(historyName(i+1), h)
	}
	return sorted(files), c.ID, nil
}

func (e Entry) encode() ([]byte, error) {
	proof := []ledger.Hash(e.Proof)
	if proof == nil {
		proof = []ledger.Hash{}
	}
	return ledger.Canonical(entryForm{Leaf: string(e.Leaf), Index: e.Index, Proof: proof, Openings: e.Openings})
}

func sorted(files []file) []file {
	slices.SortFunc(files, func(a, b file) int {
		switch {
		case a.name < b.name:
			return -1
		case a.name > b.name:
			return 1
		}
		return 0
	})
	return files
}

func checkSizes(files []file, as shape) error {
	total := int64(0)
	for _, f := range files {
		limit := as.limit(f.name)
		if limit == 0 {
			return fmt.Errorf("file %s: there is no file of this name", shortName(f.name))
		}
		if int64(len(f.content)) > limit {
			return fmt.Errorf("file %s has %d bytes: want at most %d", f.name, len(f.content), limit)
		}
		total += int64(len(f.content)+2*len(f.name)) + localSize + centralSize
	}
	if total+22 > as.size || len(files) > as.files {
		return fmt.Errorf("%d bytes in %d files: want at most %d bytes in %d files", total, len(files), as.size, as.files)
	}
	return nil
}
