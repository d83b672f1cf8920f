package papers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/zhengdang/chengxu/casefile"
)

// PDF writes a paper as PDF 1.7 (ISO 32000-1) with the characters that it uses embedded.
// Nothing is compressed, so that the bytes depend on no compressor. A character that no
// font has is refused by name.
func PDF(p *Paper, fonts *Fonts) ([]byte, error) {
	files, err := fonts.Files()
	if err != nil {
		return nil, err
	}
	set := newSetter(fonts.faces)
	pages := pagesOf(p, set)
	if err := set.problem(); err != nil {
		return nil, &Missing{Template: p.Template, Lacks: []Lack{{Why: casefile.Text{
			ZH: "字体中没有这些字：" + listRunes(set.lacks) + "；请用 --fonts 指明字数更多的字体，或者使用 DOCX", EN: err.Error()}}}}
	}
	w := &pdfWriter{}
	fontRefs := map[Face]int{}
	ids := map[Face]map[rune]uint16{}
	for _, face := range Faces() {
		if len(set.used[face]) == 0 {
			continue
		}
		if fontRefs[face], ids[face], err = w.font(fonts.faces[face], set.used[face]); err != nil {
			return nil, fmt.Errorf("font %s: %w", fonts.faces[face].Name, err)
		}
	}
	w.catalogue(p, files, pages, fontRefs, ids)
	return w.finish(), nil
}

// pdfWriter collects objects, numbered from 1. The first three are the catalogue, the list
// of pages and the information.
type pdfWriter struct {
	objects [][]byte
}

const (
	pdfCatalogue = 1 + iota
	pdfPages
	pdfInfo
	pdfKept = pdfInfo
)

func (w *pdfWriter) add(object string) int {
	for len(w.objects) < pdfKept {
		w.objects = append(w.objects, nil)
	}
	w.objects = append(w.objects, []byte(object))
	return len(w.objects)
}

func (w *pdfWriter) stream(dict string, content []byte) int {
	return w.add(fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(content), content))
}

// font embeds the characters of a face that are used, and says by which number each is
// named in the text.
func (w *pdfWriter) font(f *fontFile, used map[rune]uint16) (ref int, ids map[rune]uint16, err error) {
	runes := slices.Sorted(maps.Keys(used))
	program, glyphs, err := f.subset(runes, used)
	if err != nil {
		return 0, nil, err
	}
	kind, key, sub := "CIDFontType2", "FontFile2", fmt.Sprintf("/Length1 %d", len(program))
	if f.cff != nil {
		kind, key, sub = "CIDFontType0", "FontFile3", "/Subtype/CIDFontType0C"
	}
	name := subsetName(program, f.Face)
	file := w.stream(sub, program)
	descriptor := w.add(fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[-200 -300 1200 1000]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 80/%s %d 0 R>>", name, key, file))
	var widths, unicode strings.Builder
	for _, r := range runes {
		fmt.Fprintf(&widths, "%d[%d]", glyphs[r], f.advance(used[r])*1000/f.unitsPerEm)
		fmt.Fprintf(&unicode, "<%04x><%s>\n", glyphs[r], hexUTF16(string(r)))
	}
	mapping := "/CIDToGIDMap/Identity"
	if f.cff != nil {
		mapping = ""
	}
	descendant := w.add(fmt.Sprintf("<</Type/Font/Subtype/%s/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/DW 1000/W[%s]%s>>", kind, name, descriptor, widths.String(), mapping))
	toUnicode := w.stream("", []byte(toUnicodeMap(unicode.String(), len(runes))))
	return w.add(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, descendant, toUnicode)), glyphs, nil
}

// subsetName names a part of a font by six letters of its digest (ISO 32000-1, 9.6.4).
func subsetName(program []byte, face Face) string {
	sum := sha256.Sum256(program)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	return string(tag) + "+" + string(face)
}

// toUnicodeMap lets readers copy and search the text (ISO 32000-1, 9.10.3): at most a hundred
// characters a section.
func toUnicodeMap(pairs string, n int) string {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000><ffff>\nendcodespacerange\n")
	for part := range slices.Chunk(strings.SplitN(strings.TrimSuffix(pairs, "\n"), "\n", n), 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n%s\nendbfchar\n", len(part), strings.Join(part, "\n"))
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.String()
}

// catalogue writes the pages, and what is said of the paper.
func (w *pdfWriter) catalogue(p *Paper, files []FaceFile, pages []page, fonts map[Face]int, ids map[Face]map[rune]uint16) {
	var kids, resources strings.Builder
	for _, face := range Faces() {
		if fonts[face] > 0 {
			fmt.Fprintf(&resources, "/%s %d 0 R", face, fonts[face])
		}
	}
	for _, pg := range pages {
		content := w.stream("", drawPage(pg, ids))
		ref := w.add(fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources<</Font<<%s>>>>/Contents %d 0 R>>", pdfPages, num(pageWidth), num(pageHeight), resources.String(), content))
		fmt.Fprintf(&kids, "%d 0 R ", ref)
	}
	w.objects[pdfCatalogue-1] = fmt.Appendf(nil, "<</Type/Catalog/Pages %d 0 R/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>>>", pdfPages)
	w.objects[pdfPages-1] = fmt.Appendf(nil, "<</Type/Pages/Kids[%s]/Count %d>>", strings.TrimSpace(kids.String()), len(pages))
	var info strings.Builder
	info.WriteString("<<")
	for _, m := range p.meta(files) {
		fmt.Fprintf(&info, "/%s<feff%s>", m.pdf, hexUTF16(m.value))
	}
	fmt.Fprintf(&info, "/Producer(Chengxu)/CreationDate(D:%s000000+08'00')>>", strings.ReplaceAll(p.On.String(), "-", ""))
	w.objects[pdfInfo-1] = []byte(info.String())
}

// drawPage writes the marks and rules of a page. PDF counts from the bottom.
func drawPage(pg page, ids map[Face]map[rune]uint16) []byte {
	var b bytes.Buffer
	for _, r := range pg.rules {
		fmt.Fprintf(&b, "%s RG %s w %s %s m %s %s l S\n", colour(r.red), num(r.thick), num(r.x), num(pageHeight-r.y), num(r.x+r.w), num(pageHeight-r.y-r.h))
	}
	b.WriteString("BT\n")
	for _, m := range pg.marks {
		fmt.Fprintf(&b, "%s rg\n", colour(m.red))
		for i := 0; i < len(m.glyphs); {
			g := m.glyphs[i]
			fmt.Fprintf(&b, "/%s %s Tf 1 0 0 1 %s %s Tm ", g.face, num(g.size), num(m.x+g.x), num(pageHeight-m.y))
			i += showRun(&b, m.glyphs[i:], ids[g.face])
		}
	}
	b.WriteString("ET\n")
	return b.Bytes()
}

// showRun shows the glyphs of one face and size from the first on, each at its place, and
// gives how many they are.
func showRun(b *bytes.Buffer, glyphs []glyph, ids map[rune]uint16) int {
	n := 0
	b.WriteByte('[')
	for n < len(glyphs) && glyphs[n].face == glyphs[0].face && glyphs[n].size == glyphs[0].size {
		g := glyphs[n]
		fmt.Fprintf(b, "<%04x>", ids[g.char])
		n++
		if n < len(glyphs) && glyphs[n].face == g.face {
			if off := g.natural - (glyphs[n].x - g.x); off > 0.001 || off < -0.001 {
				b.WriteString(num(off * 1000 / g.size))
			}
		}
	}
	b.WriteString("] TJ\n")
	return n
}

func colour(red bool) string {
	if red {
		return "0.85 0 0"
	}
	return "0 0 0"
}

// num writes a number with at most three decimals.
func num(v float64) string {
	text := strings.TrimRight(strings.TrimRight(strconv.FormatFloat(v, 'f', 3, 64), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

func hexUTF16(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04x", unit)
	}
	return b.String()
}

// finish writes the file: objects, their places and the trailer. Its identifier is a digest
// of what is before it.
func (w *pdfWriter) finish() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	places := make([]int, len(w.objects))
	for i, object := range w.objects {
		places[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	sum := sha256.Sum256(b.Bytes())
	id := hex.EncodeToString(sum[:16])
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, at := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n", len(places)+1, pdfCatalogue, pdfInfo, id, id, start)
	return b.Bytes()
}
