package documents

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Bounds of what is packed in one document. They leave room for the largest
// honest ones: text packs about tenfold.
const (
	maxPacked      = 10_000    // entries
	maxUnpacked    = 512 << 20 // bytes of all entries together
	maxRatio       = 250       // bytes unpacked for each byte of the document
	freeRatio      = 16 << 20  // bytes unpacked below which the ratio is not looked at
	maxEmbedded    = 16 << 20  // bytes of a document embedded in another one
	maxEmbeddings  = 100
	officeNesting  = 1 // a chart in a report holds its table; that table holds nothing more
	maxContentType = 1 << 20
)

// packed is an archive that is looked at. Its entries are unpacked into nothing:
// what an entry says of its own size is not believed.
type packed struct {
	media    string
	depth    int
	size     int64 // of the archive
	unpacked int64
	embedded int
}

func badArchive(zh, en string) error { return refused(CodeContent, zh, en) }

// inspectOffice makes sure that an archive is the document that it is said to be,
// is not packed to burst whoever opens it, and holds no programs.
func inspectOffice(content *Received, media string) error {
	p := &packed{media: media, size: content.Size}
	return p.inspect(content, content.Size)
}

func (p *packed) inspect(content io.ReaderAt, size int64) error {
	archive, err := zip.NewReader(content, size)
	if err != nil {
		return badArchive("压缩包结构已损坏。", "the archive is damaged")
	}
	if len(archive.File) > maxPacked {
		return badArchive("压缩包内条目过多。", "the archive has too many entries")
	}
	if err := p.layout(archive.File, size); err != nil {
		return err
	}
	for _, f := range archive.File {
		if err := p.entry(f); err != nil {
			return err
		}
	}
	if p.media != "" && !isOffice(archive, p.media) {
		return refused(CodeType, "文件内容与声明的类型（"+p.media+"）不符。", "the content is not "+p.media)
	}
	return nil
}

// layout makes sure that no entry lies in another one, that each has a name of its
// own which leads nowhere else, and that all of them can be read.
func (p *packed) layout(files []*zip.File, size int64) error {
	type span struct{ from, to int64 }
	var spans []span
	names := map[string]bool{}
	for _, f := range files {
		name := strings.ToLower(f.Name)
		if names[name] || !plainName(f.Name) {
			return badArchive("压缩包内有重复或者越出目录的条目名。", "an entry of the archive has a name twice, or one that leads elsewhere")
		}
		names[name] = true
		if f.Flags&1 != 0 {
			return badArchive("压缩包已加密，无法检查。", "the archive is encrypted and cannot be examined")
		}
		if f.Method != zip.Store && f.Method != zip.Deflate {
			return badArchive("压缩包使用了不支持的压缩方法。", "the archive is packed by a method that is not read")
		}
		from, err := f.DataOffset()
		if err != nil || f.CompressedSize64 > uint64(size) {
			return badArchive("压缩包结构已损坏。", "the archive is damaged")
		}
		spans = append(spans, span{from, from + int64(f.CompressedSize64)})
	}
	slices.SortFunc(spans, func(a, b span) int { return int(min(max(a.from-b.from, -1), 1)) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return badArchive("压缩包内条目互相重叠。", "entries of the archive overlap")
		}
	}
	return nil
}

// plainName reports whether a name of an entry stays inside of the archive.
func plainName(name string) bool {
	if name == "" || len(name) > 1024 || strings.ContainsAny(name, "\\\x00:") || strings.HasPrefix(name, "/") {
		return false
	}
	clean := path.Clean(name)
	return clean != ".." && !strings.HasPrefix(clean, "../")
}

// entry unpacks one entry into nothing and counts.
func (p *packed) entry(f *zip.File) error {
	if strings.HasSuffix(f.Name, "/") {
		return nil
	}
	if base := strings.ToLower(path.Base(f.Name)); base == "vbaproject.bin" || program(base) {
		return badArchive("文件含有宏或者程序。", "the document holds macros or programs")
	}
	in, err := f.Open()
	if err != nil {
		return badArchive("压缩包结构已损坏。", "the archive is damaged")
	}
	defer in.Close()
	head := make([]byte, 4)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return badArchive("压缩包结构已损坏。", "the archive is damaged")
	}
	rest := io.MultiReader(bytes.NewReader(head[:n]), in)
	switch {
	case bytes.HasPrefix(head, []byte("MZ")) || bytes.HasPrefix(head, []byte("\x7fELF")):
		return badArchive("文件含有宏或者程序。", "the document holds macros or programs")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")),
		bytes.HasPrefix(head, []byte("7z\xbc\xaf")), bytes.HasPrefix(head, []byte("Rar!")):
		return p.nested(f, rest)
	}
	_, err = p.count(io.Discard, rest)
	return err
}

// program reports whether a file is one that some system runs, by its name.
func program(base string) bool {
	return slices.Contains([]string{
		".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".jar", ".msi", ".sh", ".lnk", ".hta",
	}, path.Ext(base))
}

// count copies what is unpacked and stops at the bounds.
func (p *packed) count(to io.Writer, from io.Reader) (int64, error) {
	left := maxUnpacked - p.unpacked
	n, err := io.Copy(to, io.LimitReader(from, left+1))
	p.unpacked += n
	switch {
	case err != nil:
		return n, badArchive("压缩包结构已损坏。", "the archive is damaged")
	case n > left:
		return n, badArchive("压缩包解压后过大。", "the archive is too large unpacked")
	case p.unpacked > freeRatio && p.unpacked/max(p.size, 1) > maxRatio:
		return n, badArchive("压缩比异常。", "the archive is packed beyond what documents are")
	}
	return n, nil
}

// nested looks into a document that is embedded in another one.
func (p *packed) nested(f *zip.File, from io.Reader) error {
	if p.depth >= officeNesting || !strings.Contains("/"+f.Name, "/embeddings/") {
		return badArchive("压缩包内嵌套了压缩包。", "the archive holds another archive")
	}
	if p.embedded++; p.embedded > maxEmbeddings {
		return badArchive("嵌入的文件过多。", "too many documents are embedded")
	}
	var inner bytes.Buffer
	n, err := p.count(&inner, io.LimitReader(from, maxEmbedded+1))
	if err != nil {
		return err
	}
	if n > maxEmbedded {
		return badArchive("嵌入的文件过大。", "an embedded document is too large")
	}
	below := &packed{depth: p.depth + 1, size: p.size, unpacked: p.unpacked}
	if err := below.inspect(bytes.NewReader(inner.Bytes()), n); err != nil {
		return err
	}
	p.unpacked = below.unpacked
	return nil
}

// isOffice reports whether an archive has what makes it a document of the type.
func isOffice(archive *zip.Reader, media string) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Name == name })
	}
	switch {
	case strings.HasSuffix(media, "/ofd"):
		return has("OFD.xml")
	case strings.Contains(media, ".opendocument."):
		first, err := readSmall(archive, "mimetype")
		return err == nil && first == media && has("content.xml")
	}
	types, err := readSmall(archive, "[Content_Types].xml")
	part, main := "", ""
	switch {
	case strings.HasSuffix(media, ".wordprocessingml.document"):
		part, main = "word/document.xml", media+".main+xml"
	case strings.HasSuffix(media, ".spreadsheetml.sheet"):
		part, main = "xl/workbook.xml", media+".main+xml"
	case strings.HasSuffix(media, ".presentationml.presentation"):
		part, main = "ppt/presentation.xml", media+".main+xml"
	}
	return err == nil && has(part) && strings.Contains(types, main)
}

func readSmall(archive *zip.Reader, name string) (string, error) {
	f, err := archive.Open(name)
	if err != nil {
		return "", fmt.Errorf("entry %s: %w", name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxContentType))
	return string(b), err
}
