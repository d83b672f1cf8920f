package dossier

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// Excerpt (节录) is what one organ hands to another of a case: some of its entries, each
// with the fields that are shown, the proofs that the log holds them, and documents. It
// is an archive of the same plain form as a dossier.
type Excerpt struct {
	Statement  []byte  // canonical JSON: what the entries prove; whoever hands it over says how
	Entries    []Entry // rising, not all of the case; their openings are the fields that are shown
	Checkpoint []byte  // of the organ's log, as a signed note; the proofs are for its size
	Key        string  // the verifier key of the log
	Documents  map[casefile.Digest][]byte

	files    []file
	manifest []byte
}

const (
	statementName = "statement.json"
	excerptTitle  = "chengxu excerpt 1"
)

//go:embed EXCERPT.txt
var excerptReadme []byte

// WriteExcerpt writes an excerpt of a case, signed with the key of the log. The same
// contents give the same bytes.
func WriteExcerpt(w io.Writer, in Excerpt, id casefile.ID, signer note.Signer) error {
	files := []file{{readmeName, excerptReadme}, {statementName, in.Statement}, {checkpointName, in.Checkpoint}, {keyName, []byte(in.Key + "\n")}}
	for _, e := range in.Entries {
		leaf, err := ledger.ParseLeaf(e.Leaf)
		if err != nil {
			return fmt.Errorf("write excerpt: %w", err)
		}
		content, err := e.encode()
		if err != nil {
			return fmt.Errorf("write excerpt: entry %d: %w", leaf.Sequence, err)
		}
		files = append(files, file{entryName(int(leaf.Sequence)), content})
	}
	for _, d := range casefile.SortedNames(in.Documents) {
		files = append(files, file{documentsDir + string(d), in.Documents[d]})
	}
	signed, err := ledger.SignNote(manifestOf(excerptTitle, id, sorted(files)), signer)
	if err != nil {
		return fmt.Errorf("write excerpt: manifest: %w", err)
	}
	files = sorted(append(files, file{manifestName, signed}))
	if err := checkSizes(files, excerptShape()); err != nil {
		return fmt.Errorf("write excerpt: %w", err)
	}
	if err := writeArchive(w, files); err != nil {
		return fmt.Errorf("write excerpt: %w", err)
	}
	return nil
}

// ReadExcerpt reads an excerpt of the given size. Only the form that [WriteExcerpt] gives
// is accepted, to the byte; the error is a [Damage]. Reading it proves only that its form
// is right: see [Excerpt.Check].
func ReadExcerpt(r io.ReaderAt, size int64) (*Excerpt, error) {
	files, err := readArchive(r, size, excerptShape())
	if err != nil {
		return nil, err
	}
	x := &Excerpt{files: files, Documents: map[casefile.Digest][]byte{}}
	seen := map[string]bool{}
	for _, f := range files {
		if err := x.take(f); err != nil {
			return nil, &Damage{Place: f.name, Err: err}
		}
		seen[f.name] = true
	}
	for _, name := range []string{manifestName, readmeName, statementName, checkpointName, keyName} {
		if !seen[name] {
			return nil, damaged(name, "the file is missing")
		}
	}
	if len(x.Entries) == 0 {
		return nil, damaged(entriesDir, "there is no entry")
	}
	return x, nil
}

func (x *Excerpt) take(f file) error {
	switch {
	case f.name == manifestName:
		x.manifest = f.content
	case f.name == readmeName: // for people
	case f.name == statementName:
		x.Statement = f.content
	case f.name == checkpointName:
		x.Checkpoint = f.content
	case f.name == keyName:
		key, ok := strings.CutSuffix(string(f.content), "\n")
		if x.Key = key; !ok || strings.Contains(key, "\n") {
			return errors.New("want one line")
		}
	case entryFile.MatchString(f.name):
		var e entryForm
		if err := ledger.Decode(f.content, &e); err != nil {
			return err
		}
		x.Entries = append(x.Entries, Entry{Leaf: []byte(e.Leaf), Index: e.Index, Proof: e.Proof, Openings: e.Openings})
	default:
		x.Documents[casefile.Digest(strings.TrimPrefix(f.name, documentsDir))] = f.content
	}
	return nil
}

// Shown is an entry with the fields that an excerpt shows; the others are zero.
type Shown struct {
	casefile.Entry
	Withheld []string // names of the fields that are not shown, sorted
}

// Check checks the excerpt with the verifier key of the organ: its manifest, that the log
// holds every entry, that what is shown of it is what was recorded, that every document
// has its digest. It gives the entries, and what is wrong; the entries count only when
// nothing is. That they prove the statement is for the caller to see.
func (x *Excerpt) Check(key string) ([]Shown, Part) {
	c := &excerptCheck{x: x}
	c.check(key)
	c.part.Checked = len(c.shown)
	c.part.done()
	return c.shown, c.part
}

type excerptCheck struct {
	x     *Excerpt
	part  Part
	shown []Shown
}

func (c *excerptCheck) check(key string) {
	v, err := ledger.ParseVerifier(key)
	switch {
	case err != nil:
		c.part.fail(keyName, "公钥无效：%v", "not a valid key: %v", err)
		return
	case key != c.x.Key:
		c.part.fail(keyName, "由另一把密钥 %s 签署", "signed with another key, %s", shortName(c.x.Key))
		return
	}
	at, err := ledger.OpenCheckpoint(c.x.Checkpoint, v)
	if err != nil {
		c.part.fail(checkpointName, "检查点无效：%v", "not a valid checkpoint: %v", err)
		return
	}
	c.entries(at)
	c.documents()
	if c.part.Status == Failed {
		return
	}
	if want := ledger.Origin(string(c.shown[0].Organ)); v.Name() != want {
		c.part.fail(keyName, "公钥属于 %s，不属于该机关的日志 %s", "the key belongs to %s, not to the log of the organ, %s", v.Name(), want)
	}
	c.manifest(v)
}

func (c *excerptCheck) manifest(v note.Verifier) {
	text, err := ledger.OpenNote(c.x.manifest, v)
	if err != nil {
		c.part.fail(manifestName, "签名无效：%v", "signature does not hold: %v", err)
		return
	}
	if text == manifestOf(excerptTitle, c.shown[0].Case, c.x.files) {
		return
	}
	for _, f := range c.x.files {
		if f.name != manifestName && !strings.Contains(text, "\n"+manifestLine(f)+"\n") {
			c.part.fail(f.name, "与清单所列不符", "is not as the manifest lists it")
		}
	}
	c.part.fail(manifestName, "清单与内容不符", "the manifest and the files differ")
}

// entries checks proofs and opens what is shown.
func (c *excerptCheck) entries(at ledger.Checkpoint) {
	var before ledger.Leaf
	index := int64(-1)
	for i, e := range c.x.Entries {
		leaf, err := ledger.ParseLeaf(e.Leaf)
		if err != nil {
			c.part.fail(entriesDir, "叶无效：%v", "leaf is not valid: %v", err)
			return
		}
		place := entryName(int(leaf.Sequence))
		if i > 0 && leaf.Case != before.Case || leaf.Sequence <= before.Sequence || e.Index <= index {
			c.part.fail(place, "不属于同一案件，或者次序不对", "is of another case, or out of order")
		}
		if err := ledger.VerifyInclusion(e.Proof, at, e.Index, e.Leaf); err != nil {
			c.part.fail(place, "包含证明不成立：%v", "proof of inclusion does not hold: %v", err)
		}
		opened, err := ledger.OpenLeaf(e.Leaf, e.Openings)
		if err != nil {
			c.part.fail(place, "内容与叶的承诺不符：%v", "content does not match what the leaf commits to: %v", err)
			continue
		}
		record, err := casefile.EntryFromFields(opened.Values)
		if err != nil || string(record.Case) != leaf.Case || record.Sequence != leaf.Sequence {
			c.part.fail(place, "所示内容不成为本条记录", "what is shown does not make this entry")
			continue
		}
		c.shown = append(c.shown, Shown{Entry: record, Withheld: opened.Withheld})
		before, index = leaf, e.Index
	}
	for i, one := range c.shown {
		if one.Organ != c.shown[0].Organ || one.Practice != c.shown[0].Practice {
			c.part.fail(entryName(int(one.Sequence)), "第 %d 条所示记录属于另一机关，或者演练标记不同", "shown entry %d is of another organ, or marked otherwise as practice", i+1)
		}
	}
}

// documents compares the documents with their digests.
func (c *excerptCheck) documents() {
	for _, d := range casefile.SortedNames(c.x.Documents) {
		if digest(c.x.Documents[d]) != d {
			c.part.fail(documentsDir+shortDigest(d), "内容与其散列不符", "content does not match its digest")
		}
	}
}

// Parts gives the excerpt without its documents, for whoever keeps these elsewhere; see
// [JoinExcerpt].
func (x *Excerpt) Parts() ([]byte, error) {
	var kept []file
	for _, f := range x.files {
		if !strings.HasPrefix(f.name, documentsDir) {
			kept = append(kept, f)
		}
	}
	var out bytes.Buffer
	err := writeArchive(&out, kept)
	return out.Bytes(), err
}

// JoinExcerpt writes an excerpt again, byte for byte, from its parts and the documents that
// its manifest lists.
func JoinExcerpt(w io.Writer, parts []byte, document func(casefile.Digest) ([]byte, error)) error {
	files, err := readArchive(bytes.NewReader(parts), int64(len(parts)), excerptShape())
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.name != manifestName {
			continue
		}
		for line := range strings.Lines(string(f.content)) {
			at := strings.Index(line, " "+documentsDir)
			if at < 0 {
				continue
			}
			name := strings.TrimSuffix(line[at+1:], "\n")
			if !documentFile.MatchString(name) {
				continue
			}
			content, err := document(casefile.Digest(strings.TrimPrefix(name, documentsDir)))
			if err != nil {
				return err
			}
			files = append(files, file{name, content})
		}
	}
	return writeArchive(w, sorted(files))
}
