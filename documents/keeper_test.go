package documents_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
)

// records keeps what is known of documents in memory, as a store does.
type records struct {
	docs     map[casefile.Digest]casefile.StoredDocument
	removals map[casefile.Digest]bool // true: purged; false: expected
	inline   map[casefile.Digest][]byte
	// beforeAdd happens between storing bytes and adding the record.
	beforeAdd func() error
}

func newRecords() *records {
	return &records{docs: map[casefile.Digest]casefile.StoredDocument{}, removals: map[casefile.Digest]bool{}, inline: map[casefile.Digest][]byte{}}
}

func (r *records) ExpectDocument(_ context.Context, _ casefile.OrganID, digest casefile.Digest) error {
	if _, known := r.removals[digest]; !known {
		r.removals[digest] = false
	}
	return nil
}

func (r *records) AddDocument(_ context.Context, _ casefile.OrganID, doc casefile.StoredDocument, by casefile.PersonID) (casefile.StoredDocument, error) {
	if r.beforeAdd != nil {
		if err := r.beforeAdd(); err != nil {
			return doc, err
		}
	}
	known, ok := r.docs[doc.Digest]
	if !ok || known.Withdrawn {
		known = doc
	}
	known.Uploads = append(known.Uploads, casefile.UploadRecord{Person: by, Title: doc.Title})
	r.docs[doc.Digest] = known
	delete(r.removals, doc.Digest)
	return known, nil
}

func (r *records) StoredDocument(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	doc, ok := r.docs[digest]
	if !ok || doc.Withdrawn {
		return doc, fmt.Errorf("document: %w", casefile.ErrNotFound)
	}
	return doc, nil
}

func (r *records) InlineContent(_ context.Context, _ casefile.OrganID, digest casefile.Digest) ([]byte, error) {
	return r.inline[digest], nil
}

func (r *records) SettleDocument(_ context.Context, _ casefile.OrganID, digest casefile.Digest, state casefile.DocumentState, reason string) error {
	doc := r.docs[digest]
	doc.State, doc.Reason = state, reason
	if state == casefile.DocumentRefused {
		doc.Withdrawn = true
		r.removals[digest] = true
	}
	r.docs[digest] = doc
	return nil
}

func (r *records) QuarantinedDocuments(context.Context, int) (out []documents.Ref, err error) {
	for _, d := range casefile.SortedNames(r.docs) {
		if r.docs[d].State == casefile.DocumentQuarantined {
			out = append(out, documents.Ref{Organ: organ, Digest: d})
		}
	}
	return out, nil
}

func (r *records) RemovableDocuments(context.Context, time.Time, int) (out []documents.Ref, err error) {
	for _, d := range casefile.SortedNames(r.removals) {
		out = append(out, documents.Ref{Organ: organ, Digest: d})
	}
	return out, nil
}

func (r *records) RemoveDocument(ctx context.Context, _ casefile.OrganID, digest casefile.Digest, _ time.Time, remove func(context.Context) error) error {
	if err := remove(ctx); err != nil {
		return err
	}
	delete(r.removals, digest)
	return nil
}

func (*records) CasesWithDocument(context.Context, casefile.OrganID, casefile.Digest, int) ([]casefile.ID, error) {
	return nil, nil
}

// keeping is a keeper over a directory.
type keeping struct {
	*documents.Keeper
	records *records
	store   store
}

func newKeeper(t *testing.T, examiner documents.Examiner) *keeping {
	t.Helper()
	k := &keeping{records: newRecords(), store: openDirectory(t)}
	k.Keeper = documents.New(documents.Options{Storage: k.store, Records: k.records, Examiner: examiner})
	return k
}

func (k *keeping) put(t *testing.T, media string, content []byte) (casefile.StoredDocument, error) {
	t.Helper()
	return k.Put(t.Context(), documents.Upload{Organ: organ, By: "p1", Title: "文件", MediaType: media, Content: bytes.NewReader(content)})
}

// entry is an entry of an archive.
type entry struct {
	name    string
	content []byte
}

func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err == nil {
			_, err = f.Write(e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const (
	pdf  = "application/pdf"
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	odt  = "application/vnd.oasis.opendocument.text"
)

// word is a document of a word processor with more in it.
func word(t testing.TB, more ...entry) []byte {
	t.Helper()
	types := `<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="` + docx + `.main+xml"/></Types>`
	return archive(t, append([]entry{{"[Content_Types].xml", []byte(types)}, {"word/document.xml", []byte("<w:document/>")}}, more...)...)
}

func sheet(t testing.TB, more ...entry) []byte {
	t.Helper()
	types := `<Types><Override PartName="/xl/workbook.xml" ContentType="` + xlsx + `.main+xml"/></Types>`
	return archive(t, append([]entry{{"[Content_Types].xml", []byte(types)}, {"xl/workbook.xml", []byte("<workbook/>")}}, more...)...)
}

func openText(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	first, err := w.CreateHeader(&zip.FileHeader{Name: "mimetype", Method: zip.Store})
	if err == nil {
		_, err = io.WriteString(first, odt)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"content.xml", "META-INF/manifest.xml"} {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatIsTaken(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	for name, tt := range map[string]struct {
		media   string
		content []byte
		stored  string
	}{
		"PDF":            {pdf, []byte("%PDF-1.7\n"), pdf},
		"OFD":            {"application/ofd", archive(t, entry{"OFD.xml", []byte("<ofd:OFD/>")}, entry{"Doc_0/Document.xml", nil}), "application/ofd"},
		"DOCX":           {docx, word(t), docx},
		"XLSX":           {xlsx, sheet(t), xlsx},
		"chart in DOCX":  {docx, word(t, entry{"word/embeddings/Table.xlsx", sheet(t)}), docx},
		"ODT":            {odt, openText(t), odt},
		"text":           {"text/plain", []byte("第一条\r\n\t甲"), "text/plain"},
		"text in UTF-8":  {"text/plain; charset=UTF-8; format=flowed", []byte("第一条"), "text/plain; charset=utf-8"},
		"text in GB":     {"text/plain; charset=gb18030", []byte{0xb5, 0xda, 0xd2, 0xbb, 0xcc, 0xf5}, "text/plain; charset=gb18030"},
		"Markdown":       {"text/markdown", []byte("# 标题\n<b>x</b>"), "text/markdown"},
		"CSV":            {"text/csv", []byte("a,b\n1,2\n3,4\n"), "text/csv"},
		"a page as text": {"text/html", []byte("<!DOCTYPE html><script>alert(1)</script>"), "text/plain"},
		"PNG":            {"image/png", []byte(png), "image/png"},
		"JPEG":           {"image/jpeg", []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), "image/jpeg"},
		"TIFF":           {"image/tiff", []byte("II*\x00\x08\x00\x00\x00"), "image/tiff"},
	} {
		k := newKeeper(t, nil)
		got, err := k.put(t, tt.media, tt.content)
		if err != nil || got.MediaType != tt.stored || got.State != casefile.DocumentClean || got.Digest != digestOf(tt.content) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestWhatIsNotTaken(t *testing.T) {
	text := func(s string) []byte { return []byte(s) }
	big := bytes.Repeat([]byte{'a'}, 40<<20)
	for name, tt := range map[string]struct {
		media   string
		content []byte
		code    documents.Code
	}{
		"nothing":                   {pdf, nil, documents.CodeEmpty},
		"too large":                 {"text/plain", bytes.Repeat([]byte{'a'}, documents.MaxSize+1), documents.CodeTooLarge},
		"no media type":             {"", text("x"), documents.CodeType},
		"a type that is not one":    {"pdf; ;", text("%PDF-1.7"), documents.CodeType},
		"bytes of no type":          {"application/octet-stream", text("x"), documents.CodeType},
		"ZIP":                       {"application/zip", archive(t, entry{"a", nil}), documents.CodeType},
		"JSON":                      {"application/json", text("{}"), documents.CodeType},
		"a drawing with scripts":    {"image/svg+xml", text("<svg/>"), documents.CodeType},
		"a drawing as text":         {"text/plain", text(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), documents.CodeType},
		"an executable":             {"application/x-msdownload", text("MZ"), documents.CodeType},
		"an executable as PDF":      {pdf, text("MZ\x90\x00\x03\x00"), documents.CodeType},
		"an executable as text":     {"text/plain", text("\x7fELF\x02\x01\x01\x00"), documents.CodeType},
		"a script as text":          {"text/plain", text("#!/bin/sh\nrm -rf /\n"), documents.CodeType},
		"PHP as a page":             {"text/html", text("<?php system($_GET['x']); ?>"), documents.CodeType},
		"text as PDF":               {pdf, text("第一条"), documents.CodeType},
		"a picture as another":      {"image/png", text("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), documents.CodeType},
		"text with NUL":             {"text/plain", append(bytes.Repeat([]byte("a"), 10_000), 0), documents.CodeType},
		"text with escapes":         {"text/plain", text("a\x1b[2Jb"), documents.CodeType},
		"not the UTF-8 it claims":   {"text/plain; charset=utf-8", append(bytes.Repeat([]byte("a"), 10_000), 0xb5, 0xda), documents.CodeType},
		"an unknown character set":  {"text/plain; charset=utf-7", text("x"), documents.CodeType},
		"a damaged archive":         {docx, text("PK\x03\x04 nothing more"), documents.CodeContent},
		"a cut archive":             {docx, word(t)[:200], documents.CodeContent},
		"a sheet as DOCX":           {docx, sheet(t), documents.CodeType},
		"DOCX as OFD":               {"application/ofd", word(t), documents.CodeType},
		"DOCX as slides":            {pptx, word(t), documents.CodeType},
		"macros":                    {docx, word(t, entry{"word/vbaProject.bin", text("x")}), documents.CodeContent},
		"a program in it":           {docx, word(t, entry{"word/media/run.EXE", text("x")}), documents.CodeContent},
		"a program by another name": {docx, word(t, entry{"word/media/image.png", text("MZ\x90\x00")}), documents.CodeContent},
		"an archive in it":          {docx, word(t, entry{"word/media/a.png", archive(t)}), documents.CodeContent},
		"a RAR in it":               {docx, word(t, entry{"word/media/a.png", text("Rar!\x1a\x07")}), documents.CodeContent},
		"archives within":           {docx, word(t, entry{"word/embeddings/a.xlsx", sheet(t, entry{"xl/embeddings/b.docx", word(t)})}), documents.CodeContent},
		"a path that climbs":        {docx, word(t, entry{"../../etc/passwd", text("x")}), documents.CodeContent},
		"a path from the root":      {docx, word(t, entry{"/etc/passwd", text("x")}), documents.CodeContent},
		"a path with a drive":       {docx, word(t, entry{`c:\x`, text("x")}), documents.CodeContent},
		"an entry twice":            {docx, word(t, entry{"WORD/document.xml", text("x")}), documents.CodeContent},
		"packed a thousandfold":     {docx, word(t, entry{"word/media/a", big}), documents.CodeContent},
		"packed in a nested sheet":  {docx, word(t, entry{"word/embeddings/a.xlsx", sheet(t, entry{"xl/a", big})}), documents.CodeContent},
		"too many entries":          {docx, word(t, many(10_001)...), documents.CodeContent},
	} {
		k := newKeeper(t, nil)
		_, err := k.put(t, tt.media, tt.content)
		var refused *documents.Refused
		if !errors.As(err, &refused) || refused.Code != tt.code || refused.Message.ZH == "" || refused.Message.EN == "" {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
		if left := k.store.keys(t); len(left)+len(k.records.docs)+len(k.records.removals) > 0 {
			t.Errorf("%s: left %v %v", name, left, k.records)
		}
	}
}

func many(n int) []entry {
	out := make([]entry, n)
	for i := range out {
		out[i] = entry{name: fmt.Sprintf("word/media/%d", i)}
	}
	return out
}

// An archive may say that it unpacks to little, or let its entries share their
// bytes, so that it looks small until it is opened.
func TestArchivesThatLieAboutTheirSize(t *testing.T) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte{0}, 30<<20)
	if _, err := w.Write(big); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var small bytes.Buffer
	archive := zip.NewWriter(&small)
	f, err := archive.CreateRaw(&zip.FileHeader{Name: "word/document.xml", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(big),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: 100})
	if err == nil {
		_, err = f.Write(packed.Bytes())
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	overlapping := bytes.Clone(word(t, entry{"word/a", []byte("aaaa")}, entry{"word/b", []byte("aaaa")}))
	// The directory says of the second entry that it stands where the first does.
	first, second := bytes.Index(overlapping, []byte("word/a"))-30, bytes.LastIndex(overlapping, []byte("word/b"))
	overlapping[second-4], overlapping[second-3] = byte(first), byte(first>>8)
	for name, content := range map[string][]byte{"a false size": small.Bytes(), "shared bytes": overlapping} {
		_, err := newKeeper(t, nil).put(t, docx, content)
		var refused *documents.Refused
		if !errors.As(err, &refused) || refused.Code != documents.CodeContent {
			t.Errorf("%s: %v, want refused", name, err)
		}
	}
}

func TestTitlesLevelsAndDigestsAreChecked(t *testing.T) {
	good := documents.Upload{Organ: organ, By: "p1", Title: "草案", MediaType: "text/plain"}
	for name, tt := range map[string]struct {
		change func(u *documents.Upload)
		code   documents.Code
	}{
		"no title":           {func(u *documents.Upload) { u.Title = " " }, documents.CodeTitle},
		"a long title":       {func(u *documents.Upload) { u.Title = strings.Repeat("长", 301) }, documents.CodeTitle},
		"a line break":       {func(u *documents.Upload) { u.Title = "a\r\nSet-Cookie: x=y" }, documents.CodeTitle},
		"a title turned":     {func(u *documents.Upload) { u.Title = "通知\u202egpj.exe" }, documents.CodeTitle},
		"a title not UTF-8":  {func(u *documents.Upload) { u.Title = "a\xff" }, documents.CodeTitle},
		"an unknown level":   {func(u *documents.Upload) { u.Level = "secret" }, documents.CodeLevel},
		"another digest":     {func(u *documents.Upload) { u.Digest = digestOf([]byte("别的")) }, documents.CodeDigest},
		"the right digest":   {func(u *documents.Upload) { u.Digest = digestOf([]byte("正文")) }, ""},
		"nothing out of way": {func(*documents.Upload) {}, ""},
	} {
		up := good
		up.Content = strings.NewReader("正文")
		tt.change(&up)
		_, err := newKeeper(t, nil).Put(t.Context(), up)
		var refused *documents.Refused
		if errors.As(err, &refused); tt.code == "" && err != nil || tt.code != "" && (refused == nil || refused.Code != tt.code) {
			t.Errorf("%s: %v, want %q", name, err, tt.code)
		}
	}
}

// program writes a program of the test's own and gives the command that runs it.
func program(t *testing.T, script string, within time.Duration) documents.Command {
	t.Helper()
	path := filepath.Join(t.TempDir(), "examine")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	c, err := documents.ParseCommand(path+" --stdin", within)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A program reads the document and says by its exit code what is to become of it.
func TestAProgramExaminesWhatComesIn(t *testing.T) {
	t.Setenv("CHENGXU_SECRET", "geheim")
	scanner := program(t, `
[ "$1" = "--stdin" ] || exit 3
[ -z "$CHENGXU_SECRET" ] || exit 3
text=$(cat)
case "$text" in
*EICAR*) echo "含有 EICAR 测试病毒"; echo "second line"; exit 1;;
*slow*) exec sleep 30;;
*broken*) exit 2;;
esac
exit 0
`, 2*time.Second)
	k := newKeeper(t, scanner)
	if doc, err := k.put(t, "text/plain", []byte("正文")); err != nil || doc.State != casefile.DocumentClean {
		t.Errorf("clean: %+v %v", doc, err)
	}
	if doc, err := k.put(t, "text/plain", bytes.Repeat([]byte("长文\n"), 100_000)); err != nil || doc.State != casefile.DocumentClean {
		t.Errorf("clean and long: %+v %v", doc, err)
	}
	bad := []byte("X5O!EICAR")
	_, err := k.put(t, "text/plain", bad)
	var refused *documents.Refused
	if !errors.As(err, &refused) || refused.Code != documents.CodeContent || !strings.HasSuffix(refused.Message.ZH, "含有 EICAR 测试病毒") {
		t.Errorf("harmful: %v", err)
	}
	if doc, err := k.Find(t.Context(), organ, digestOf(bad)); !errors.Is(err, casefile.ErrNotFound) || doc.State != casefile.DocumentRefused {
		t.Errorf("harmful: %+v %v", doc, err)
	}
	if has, err := k.store.Has(t.Context(), organ, digestOf(bad)); err != nil || has {
		t.Errorf("harmful bytes are still there: %t %v", has, err)
	}
	for _, text := range []string{"slow", "broken"} {
		if doc, err := k.put(t, "text/plain", []byte(text)); err != nil || doc.State != casefile.DocumentQuarantined {
			t.Errorf("%s: %+v %v, want in quarantine", text, doc, err)
		}
	}
}

// verdicts is an examiner that is told what to say.
type verdicts struct{ now documents.Examination }

func (v *verdicts) Examine(_ context.Context, _ casefile.StoredDocument, content io.Reader) (documents.Examination, string, error) {
	_, err := io.Copy(io.Discard, content)
	return v.now, "说明", err
}

func TestWhatCouldNotBeExaminedIsExaminedLater(t *testing.T) {
	v := &verdicts{now: documents.Later}
	k := newKeeper(t, v)
	doc, err := k.put(t, "text/plain", []byte("正文"))
	if err != nil || doc.State != casefile.DocumentQuarantined {
		t.Fatalf("%+v %v", doc, err)
	}
	for _, step := range []struct {
		says documents.Examination
		want casefile.DocumentState
	}{{documents.Later, casefile.DocumentQuarantined}, {documents.Clean, casefile.DocumentClean}, {documents.Harmful, casefile.DocumentClean}} {
		v.now = step.says
		if err := k.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if doc, err = k.Find(t.Context(), organ, doc.Digest); err != nil || doc.State != step.want {
			t.Errorf("after %s: %+v %v, want %s", step.says, doc, err, step.want)
		}
	}
	other, err := k.put(t, "text/plain", []byte("另一"))
	if err == nil || len(k.store.keys(t)) != 1 {
		t.Errorf("harmful at once: %+v %v", other, err)
	}
}

// The process may die between storing the bytes and the record; and an earlier
// copy may be removed while the same bytes come in again.
func TestBytesAndRecordsComeTogether(t *testing.T) {
	k := newKeeper(t, nil)
	k.records.beforeAdd = func() error { return errors.New("the process dies here") }
	if _, err := k.put(t, "text/plain", []byte("正文")); err == nil || len(k.store.keys(t)) != 1 {
		t.Fatalf("%v, bytes: %v", err, k.store.keys(t))
	}
	k.records.beforeAdd = nil
	if err := k.Sweep(t.Context()); err != nil || len(k.store.keys(t)) != 0 {
		t.Errorf("%v, left: %v", err, k.store.keys(t))
	}
	k.records.beforeAdd = func() error { return k.store.Remove(t.Context(), organ, digestOf([]byte("正文"))) }
	doc, err := k.put(t, "text/plain", []byte("正文"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := k.Open(t.Context(), organ, doc.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if got, err := io.ReadAll(content); err != nil || string(got) != "正文" {
		t.Errorf("%q %v", got, err)
	}
}

func TestADocumentInTheTableIsVerifiedToo(t *testing.T) {
	k := newKeeper(t, nil)
	for content, want := range map[string]error{"旧文件": nil, "改动过的": documents.ErrDamaged} {
		digest := digestOf([]byte("旧文件"))
		k.records.docs[digest] = casefile.StoredDocument{Document: casefile.Document{Digest: digest}, Inline: true, State: casefile.DocumentClean}
		k.records.inline[digest] = []byte(content)
		r, err := k.Open(t.Context(), organ, digest)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", content, err, want)
		}
	}
}

func TestLostBytesAreAFaultAndNotAnAbsentDocument(t *testing.T) {
	k := newKeeper(t, nil)
	doc, err := k.put(t, "text/plain", []byte("正文"))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.store.Remove(t.Context(), organ, doc.Digest); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open(t.Context(), organ, doc.Digest); !errors.Is(err, documents.ErrDamaged) || errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("%v, want damaged", err)
	}
}
