package dossier

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// sealCheck checks that the dossier holds what was recorded, and all of it.
type sealCheck struct {
	d        *Dossier
	verifier note.Verifier
	part     *Part
	records  []casefile.Entry
	c        casefile.Case
}

// checkSeal gives the entries, which are complete when the seal holds.
func checkSeal(d *Dossier, pinned string, report *Report) []casefile.Entry {
	s := &sealCheck{d: d, part: &report.Seal}
	if !s.checkKey(pinned, report) {
		return nil
	}
	s.checkManifest()
	report.LogSize = s.checkEntries()
	if s.part.Status == Failed {
		return nil
	}
	s.checkCase()
	s.checkDocuments()
	s.checkPinned()
	s.part.Checked = len(s.records)
	s.part.done()
	return s.records
}

func (s *sealCheck) fail(place, zh, en string, args ...any) { s.part.fail(place, zh, en, args...) }

// checkKey reports whether there is a key to go on with.
func (s *sealCheck) checkKey(pinned string, report *Report) bool {
	if pinned != "" {
		if _, err := ledger.ParseVerifier(pinned); err != nil {
			s.fail("--key", "给出的公钥无效：%v", "the key given is not valid: %v", err)
			return false
		}
		if pinned != s.d.Key {
			s.fail(keyName, "案卷由另一把密钥 %s 封存", "the dossier is sealed with another key, %s", shortName(s.d.Key))
			return false
		}
	}
	v, err := ledger.ParseVerifier(s.d.Key)
	if err != nil {
		s.fail(keyName, "公钥无效：%v", "not a valid key: %v", err)
		return false
	}
	s.verifier, report.Key = v, s.d.Key
	if want := ledger.Origin(string(s.d.Summary.Organ)); v.Name() != want {
		s.fail(keyName, "公钥属于 %s，不属于本机关的日志 %s", "the key belongs to %s, not to the log of this organ, %s", v.Name(), want)
	}
	return true
}

// checkEntries checks the proof and the chain of every entry and opens it. It
// gives the size of the log.
func (s *sealCheck) checkEntries() int64 {
	at, err := ledger.OpenCheckpoint(s.d.Checkpoint, s.verifier)
	if err != nil {
		s.fail(checkpointName, "检查点无效：%v", "not a valid checkpoint: %v", err)
		return 0
	}
	var prev ledger.Hash
	index := int64(-1)
	for i, e := range s.d.Entries {
		place := entryName(i + 1)
		leaf, err := ledger.ParseLeaf(e.Leaf)
		if err != nil {
			s.fail(place, "叶无效：%v", "leaf is not valid: %v", err)
			return at.Size
		}
		if leaf.Case != string(s.d.Summary.Case) || leaf.Sequence != int64(i)+1 {
			s.fail(place, "此处应为本案第 %[3]d 条记录，实为 %[1]s 第 %[2]d 条", "holds entry %[2]d of case %[1]s where entry %[3]d of this case should stand", leaf.Case, leaf.Sequence, i+1)
		}
		if leaf.Prev != prev {
			s.fail(place, "与前一条记录的散列不衔接：前一条被更换或抽走", "does not follow on the entry before: that one was exchanged or taken out")
		}
		if e.Index <= index {
			s.fail(place, "日志序号 %d 不在前一条之后", "log index %d is not after that of the entry before", e.Index)
		}
		if err := ledger.VerifyInclusion(e.Proof, at, e.Index, e.Leaf); err != nil {
			s.fail(place, "包含证明不成立：%v", "proof of inclusion does not hold: %v", err)
		}
		s.open(place, e)
		prev, index = ledger.Link(e.Leaf), e.Index
	}
	return at.Size
}

func (s *sealCheck) open(place string, e Entry) {
	record, err := e.Record()
	if err != nil {
		s.fail(place, "内容与叶的承诺不符：%v", "content does not match what the leaf commits to: %v", err)
		return
	}
	s.records = append(s.records, record)
}

// checkCase adds the entries up and compares what they say with the summary.
func (s *sealCheck) checkCase() {
	for i, record := range s.records {
		place := entryName(i + 1)
		if record.Organ != s.d.Summary.Organ {
			s.fail(place, "属于另一机关 %s", "belongs to another organ, %s", record.Organ)
		}
		if record.Practice != s.records[0].Practice {
			s.fail(place, "演练标记与开案记录不符", "is marked otherwise than the opening as practice")
		}
		if s.c.Status == casefile.StatusClosed {
			s.fail(place, "在办结之后", "stands after the case was closed")
		}
		if err := s.c.Apply(record); err != nil {
			s.fail(place, "与案件不符：%v", "does not fit the case: %v", err)
			return
		}
	}
	if want := summarise(&s.c); want != s.d.Summary {
		s.fail(summaryName, "概要与记录不符：%s", "does not say what the entries say: %s", s.summaryDifference(want))
	}
}

func (s *sealCheck) summaryDifference(want Summary) string {
	if want.Status != s.d.Summary.Status {
		return fmt.Sprintf("status %q, entries %q", s.d.Summary.Status, want.Status)
	}
	if want.Entries != s.d.Summary.Entries {
		return fmt.Sprintf("entries %d, there are %d", s.d.Summary.Entries, want.Entries)
	}
	diffs := differences(want, s.d.Summary)
	if len(diffs) == 0 {
		return ""
	}
	return diffs[0].String()
}

// checkDocuments compares the documents with those that the entries name.
func (s *sealCheck) checkDocuments() {
	named := map[casefile.Digest]casefile.Document{}
	for _, doc := range s.c.Documents {
		if known, ok := named[doc.Digest]; !ok || known.Withdrawn {
			named[doc.Digest] = doc
		}
	}
	for _, d := range casefile.SortedNames(named) {
		doc, place := named[d], documentsDir+shortDigest(d)
		content, there := s.d.Documents[d]
		switch {
		case !there && !doc.Withdrawn:
			s.fail(place, "缺少第 %d 条记录所列文件《%s》", "entry %d names this document (%s), and it is missing", doc.Sequence, doc.Title)
		case there && doc.Withdrawn:
			s.fail(place, "文件已经撤除，不应在案卷中", "the document was withdrawn and must not be here")
		case there && doc.Size != 0 && doc.Size != int64(len(content)):
			s.fail(place, "大小 %d 与记录的 %d 不符", "has %d bytes, the entry says %d", len(content), doc.Size)
		}
	}
	for _, d := range casefile.SortedNames(s.d.Documents) {
		place := documentsDir + shortDigest(d)
		if digest(s.d.Documents[d]) != d {
			s.fail(place, "内容与其散列不符", "content does not match its digest")
		}
		if _, ok := named[d]; !ok {
			s.fail(place, "没有任何记录列有此文件", "no entry names this document")
		}
	}
}

// shortDigest bounds a digest for display; all real ones have 64 characters.
func shortDigest(d casefile.Digest) string {
	if len(d) > 64 {
		d = d[:64]
	}
	return string(d)
}
