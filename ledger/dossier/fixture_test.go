package dossier_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
)

const organ = "上海市普陀区绿化和市容管理局"

var (
	definition = []byte(`{"id":"t"}`)
	pack       = []byte("-- pack.yaml --\nid: t\n")
	calendar   = []byte(`{"years":{}}`)
	draft      = []byte("草案正文")
)

// organLog is the log of an organ with two cases in it, so that indexes and
// sequences differ.
type organLog struct {
	t       testing.TB
	random  io.Reader
	key     *ledger.Key
	stored  ledger.Hashes
	size    int64
	entries []dossier.Entry // of the case
	prev    ledger.Hash
}

// newLog makes a log whose key and salts depend on the seed alone.
func newLog(t testing.TB, seed string) *organLog {
	t.Helper()
	random := rand.NewChaCha8(sha256.Sum256([]byte(seed)))
	key, err := ledger.NewKey(ledger.Origin(organ), random)
	if err != nil {
		t.Fatal(err)
	}
	return &organLog{t: t, random: random, key: key}
}

func (l *organLog) append(leaf []byte) int64 {
	hashes, err := ledger.Append(l.size, leaf, l.stored)
	if err != nil {
		l.t.Fatal(err)
	}
	l.stored = append(l.stored, hashes...)
	l.size++
	return l.size - 1
}

// record seals an entry of the case and puts it into the log, after a leaf of
// another case.
func (l *organLog) record(e casefile.Entry) {
	l.t.Helper()
	l.append([]byte("leaf of another case"))
	fields, err := e.Fields()
	if err != nil {
		l.t.Fatal(err)
	}
	sealed, err := ledger.Seal(string(e.Case), e.Sequence, l.prev, fields, l.random)
	if err != nil {
		l.t.Fatal(err)
	}
	l.prev = ledger.Link(sealed.Leaf)
	l.entries = append(l.entries, dossier.Entry{Leaf: sealed.Leaf, Index: l.append(sealed.Leaf), Openings: sealed.Openings})
}

// contents proves the entries against the log as it is now.
func (l *organLog) contents() dossier.Contents {
	l.t.Helper()
	root, err := ledger.TreeHead(l.size, l.stored)
	if err != nil {
		l.t.Fatal(err)
	}
	signed, err := ledger.SignCheckpoint(ledger.Checkpoint{Origin: l.key.Origin(), Size: l.size, Root: root}, l.key.Signer())
	if err != nil {
		l.t.Fatal(err)
	}
	in := dossier.Contents{
		Checkpoint: signed, Key: l.key.Verifier(),
		Definition: definition, Calendar: calendar,
		Packs:     map[string][]byte{"t@1": pack},
		Documents: map[casefile.Digest][]byte{},
	}
	for _, e := range l.entries {
		if e.Proof, err = ledger.ProveInclusion(l.size, e.Index, l.stored); err != nil {
			l.t.Fatal(err)
		}
		in.Entries = append(in.Entries, e)
	}
	return in
}

func (l *organLog) write(in dossier.Contents) []byte {
	l.t.Helper()
	var out bytes.Buffer
	if err := dossier.Write(&out, in, l.key.Signer()); err != nil {
		l.t.Fatal(err)
	}
	return out.Bytes()
}

func entry(sequence int64, kind casefile.EntryKind) casefile.Entry {
	on := legaltime.NewDate(2024, time.March, 28+int(sequence))
	return casefile.Entry{
		Case: "c1", Organ: organ, Sequence: sequence, Kind: kind, Practice: true, On: on,
		At:  time.Date(2024, time.March, 28, 9, 0, int(sequence), 0, time.UTC),
		Act: &casefile.Act{ID: "a", Kind: "s.file", By: casefile.Actor{Person: "p", Name: "承办人 <p>", Roles: []casefile.Role{"drafter"}}},
	}
}

func opening() casefile.Entry {
	e := entry(1, casefile.EntryOpened)
	e.Matter = &casefile.Matter{Title: "生活垃圾分类方案", Category: "public_policy"}
	e.Pinned = &casefile.Pinned{
		Procedure: "t@1", Definition: dossier.Digest(definition), Calendar: dossier.Digest(calendar),
		Packs: []casefile.PinnedPack{{Pack: "t@1", Digest: dossier.Digest(pack)}},
	}
	e.Facts = casefile.Values{"n": int64(1), "texts": []string{"a"}, "share": 0.5, "on": ""}
	e.Entered = []casefile.Entered{{Step: "s", Round: 1, Applies: true}}
	return e
}

func filing() casefile.Entry {
	e := entry(2, casefile.EntryAct)
	e.Documents = []casefile.Document{{Digest: dossier.Digest(draft), Kind: casefile.KindDraft, Title: "草案",
		Version: 1, Sequence: 2, Size: int64(len(draft)), FiledOn: e.On}}
	return e
}

func closing() casefile.Entry {
	e := entry(3, casefile.EntryAct)
	e.Status, e.End = casefile.StatusClosed, "archived"
	return e
}

// small is a closed case of three entries with one document.
func small(t testing.TB) (*organLog, []byte) {
	t.Helper()
	l := newLog(t, "organ")
	for _, e := range []casefile.Entry{opening(), filing(), closing()} {
		l.record(e)
	}
	in := l.contents()
	in.Documents[dossier.Digest(draft)] = draft
	return l, l.write(in)
}

func verify(raw []byte, opts dossier.Options) dossier.Report {
	return dossier.VerifyFile(bytes.NewReader(raw), int64(len(raw)), opts)
}
