package papers

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// Measures of WordprocessingML are in twentieths of a point; sizes of characters in halves.
const docxPitch = 580 // 22 lines on 225 mm

// docxStyle is how a kind of block is set in DOCX.
type docxStyle struct {
	face  Face
	half  int    // size of its characters
	align string // of w:jc
	extra string // further properties of the paragraph, in the order of the schema
}

func docxStyleOf(kind Kind) docxStyle {
	indent := `<w:ind w:firstLineChars="200" w:firstLine="640"/>`
	switch kind {
	case KindRedHead:
		return docxStyle{Title, 0, "center", `<w:spacing w:before="1984" w:after="0" w:line="240" w:lineRule="auto"/>`}
	case KindNumber:
		return docxStyle{FangSong, 32, "center", `<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="11" w:color="D90000"/></w:pBdr><w:spacing w:before="1160" w:after="1160"/>`}
	case KindTitle:
		return docxStyle{Title, 44, "center", `<w:spacing w:after="580" w:line="720" w:lineRule="exact"/>`}
	case KindUnder:
		return docxStyle{Kai, 32, "center", `<w:spacing w:after="580"/>`}
	case KindTo, KindPlain:
		return docxStyle{FangSong, 32, "both", ""}
	case KindPart:
		return docxStyle{Hei, 32, "center", `<w:keepNext/>`}
	case KindHead:
		return docxStyle{Hei, 32, "both", `<w:keepNext/>` + indent}
	case KindSubhead:
		return docxStyle{Kai, 32, "both", `<w:keepNext/>` + indent}
	case KindAttached:
		return docxStyle{FangSong, 32, "both", `<w:spacing w:before="580"/>` + indent}
	case KindSigned:
		return docxStyle{FangSong, 32, "right", `<w:keepNext/><w:spacing w:before="1160"/><w:ind w:rightChars="400" w:right="1280"/>`}
	case KindDate:
		return docxStyle{FangSong, 32, "right", `<w:ind w:rightChars="400" w:right="1280"/>`}
	case KindCopy, KindPrinted:
		return docxStyle{FangSong, 28, "both", `<w:pBdr><w:top w:val="single" w:sz="8" w:space="1" w:color="auto"/><w:bottom w:val="single" w:sz="8" w:space="1" w:color="auto"/></w:pBdr><w:tabs><w:tab w:val="right" w:pos="8564"/></w:tabs><w:spacing w:before="580"/><w:ind w:left="280" w:right="280"/>`}
	case kindSignature:
		return docxStyle{FangSong, 32, "both", `<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="1" w:color="auto"/></w:pBdr><w:spacing w:before="240"/>`}
	case KindParagraph, KindNote, KindTable, kindText:
	}
	return docxStyle{FangSong, 32, "both", indent}
}

// DOCX writes a paper as WordprocessingML (ISO/IEC 29500). Its fonts are named, not
// embedded; nothing is compressed, so that the bytes depend on no compressor.
func DOCX(p *Paper) ([]byte, error) {
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for _, part := range p.docxParts() {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = w.Write([]byte(xml.Header + part.content))
		}
		if err != nil {
			return nil, fmt.Errorf("part %s: %w", part.name, err)
		}
	}
	err := archive.Close()
	return b.Bytes(), err
}

type docxPart struct{ name, content string }

const (
	docxMain = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	docxRel  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	docxType = "application/vnd.openxmlformats-officedocument."
)

func (p *Paper) docxParts() []docxPart {
	types := `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`
	for _, part := range [][2]string{
		{"/word/document.xml", docxType + "wordprocessingml.document.main+xml"}, {"/word/styles.xml", docxType + "wordprocessingml.styles+xml"},
		{"/word/settings.xml", docxType + "wordprocessingml.settings+xml"}, {"/word/odd.xml", docxType + "wordprocessingml.footer+xml"},
		{"/word/even.xml", docxType + "wordprocessingml.footer+xml"}, {"/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"},
		{"/docProps/custom.xml", docxType + "custom-properties+xml"},
	} {
		types += fmt.Sprintf(`<Override PartName="%s" ContentType="%s"/>`, part[0], part[1])
	}
	relations := func(list ...[3]string) string {
		out := `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
		for _, r := range list {
			out += fmt.Sprintf(`<Relationship Id="%s" Type="%s" Target="%s"/>`, r[0], r[1], r[2])
		}
		return out + `</Relationships>`
	}
	return []docxPart{
		{"[Content_Types].xml", types + `</Types>`},
		{"_rels/.rels", relations([3]string{"d", docxRel + "officeDocument", "word/document.xml"},
			[3]string{"c", "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", "docProps/core.xml"},
			[3]string{"p", docxRel + "custom-properties", "docProps/custom.xml"})},
		{"docProps/core.xml", p.docxCore()},
		{"docProps/custom.xml", p.docxCustom()},
		{"word/_rels/document.xml.rels", relations([3]string{"s", docxRel + "styles", "styles.xml"}, [3]string{"t", docxRel + "settings", "settings.xml"},
			[3]string{"o", docxRel + "footer", "odd.xml"}, [3]string{"e", docxRel + "footer", "even.xml"})},
		{"word/document.xml", p.docxDocument()},
		{"word/styles.xml", `<w:styles ` + docxMain + `><w:docDefaults><w:rPrDefault><w:rPr>` + docxFont(FangSong) + `<w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:overflowPunct w:val="0"/><w:spacing w:before="0" w:after="0" w:line="` + fmt.Sprint(docxPitch) + `" w:lineRule="exact"/></w:pPr></w:pPrDefault></w:docDefaults></w:styles>`},
		{"word/settings.xml", `<w:settings ` + docxMain + `><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/></w:settings>`},
		{"word/odd.xml", docxFooter("right")},
		{"word/even.xml", docxFooter("left")},
	}
}

func docxFooter(side string) string {
	run := `<w:rPr>` + docxFont(Song) + `<w:sz w:val="28"/></w:rPr>`
	return `<w:ftr ` + docxMain + `><w:p><w:pPr><w:ind w:left="280" w:right="280"/><w:jc w:val="` + side + `"/></w:pPr><w:r>` + run + `<w:t xml:space="preserve">— </w:t></w:r><w:fldSimple w:instr=" PAGE "><w:r>` + run + `<w:t>1</w:t></w:r></w:fldSimple><w:r>` + run + `<w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`
}

func docxFont(face Face) string {
	name := map[Face]string{FangSong: "仿宋", Title: "方正小标宋简体", Hei: "黑体", Kai: "楷体", Song: "宋体"}[face]
	latin := name
	return `<w:rFonts w:ascii="` + latin + `" w:hAnsi="` + latin + `" w:eastAsia="` + name + `" w:cs="` + latin + `"/>`
}

func (p *Paper) docxDocument() string {
	var b strings.Builder
	b.WriteString(`<w:document ` + docxMain + `><w:body>`)
	if p.Practice {
		b.WriteString(docxParagraph(Block{Runs: []Run{{Text: practiceMark}}}, docxStyle{Hei, 28, "center", ""}))
	}
	for _, block := range p.Blocks {
		if block.Kind == KindTable {
			b.WriteString(docxTable(block))
			continue
		}
		st := docxStyleOf(block.Kind)
		if block.Kind == KindRedHead { // as large as the width of the page lets it
			st.half = max(min(2*156*72*10/254/max(len([]rune(block.Text())), 1), 124), 32)
		}
		b.WriteString(docxParagraph(block, st))
	}
	// A4, 37 mm above, 35 mm below, 28 mm left, 26 mm right: 22 lines of 28 characters.
	b.WriteString(`<w:sectPr><w:footerReference w:type="default" r:id="o"/><w:footerReference w:type="even" r:id="e"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="1300" w:gutter="0"/><w:docGrid w:type="linesAndChars" w:linePitch="580" w:charSpace="-849"/></w:sectPr></w:body></w:document>`)
	return b.String()
}

func docxParagraph(block Block, st docxStyle) string {
	var b strings.Builder
	b.WriteString(`<w:p><w:pPr>` + st.extra + `<w:jc w:val="` + st.align + `"/></w:pPr>`)
	for _, run := range block.Runs {
		face := run.Face
		if face == "" {
			face = st.face
		}
		colour := ""
		if block.Kind == KindRedHead {
			colour = `<w:color w:val="D90000"/>`
		}
		fmt.Fprintf(&b, `<w:r><w:rPr>%s%s<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr>`, docxFont(face), colour, st.half, st.half)
		for i, part := range strings.Split(run.Text, imprintGap) {
			if i > 0 {
				b.WriteString(`<w:tab/>`)
			}
			b.WriteString(`<w:t xml:space="preserve">` + escaped(part) + `</w:t>`)
		}
		b.WriteString(`</w:r>`)
	}
	b.WriteString(`</w:p>`)
	return b.String()
}

func docxTable(block Block) string {
	var b strings.Builder
	border := ""
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		border += `<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="auto"/>`
	}
	b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>` + border + `</w:tblBorders></w:tblPr><w:tblGrid>`)
	for range block.Rows[0] {
		fmt.Fprintf(&b, `<w:gridCol w:w="%d"/>`, 8845/len(block.Rows[0]))
	}
	b.WriteString(`</w:tblGrid>`)
	for i, row := range block.Rows {
		b.WriteString(`<w:tr>`)
		st := docxStyle{FangSong, 24, "left", `<w:spacing w:line="360" w:lineRule="exact"/>`}
		if block.Head && i == 0 {
			b.WriteString(`<w:trPr><w:tblHeader/></w:trPr>`)
			st.face = Hei
		}
		for _, cell := range row {
			b.WriteString(`<w:tc><w:tcPr><w:tcW w:w="0" w:type="auto"/></w:tcPr>` + docxParagraph(Block{Runs: []Run{{Text: cell}}}, st) + `</w:tc>`)
		}
		b.WriteString(`</w:tr>`)
	}
	b.WriteString(`</w:tbl>`)
	return b.String()
}

func (p *Paper) docxCore() string {
	on := p.On.String() + "T00:00:00Z"
	return `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` + escaped(p.Title) + `</dc:title><dc:creator>` + escaped(p.Organ) + `</dc:creator><dc:language>zh-CN</dc:language><dcterms:created xsi:type="dcterms:W3CDTF">` + on + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + on + `</dcterms:modified></cp:coreProperties>`
}

func (p *Paper) docxCustom() string {
	out := `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">`
	id := 2 // the first that the format lets users have
	for _, m := range p.meta(nil) {
		if strings.HasPrefix(m.docx, "Chengxu") {
			out += fmt.Sprintf(`<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="%d" name="%s"><vt:lpwstr>%s</vt:lpwstr></property>`, id, m.docx, escaped(m.value))
			id++
		}
	}
	return out + `</Properties>`
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}
