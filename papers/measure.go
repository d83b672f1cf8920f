package papers

import "fmt"

// The page of official papers, in points (GB/T 9704-2012, 5.2.1): A4, 37 mm above and
// 28 mm left of the type area of 156 mm by 225 mm, which holds 22 lines of 28 characters.
const (
	mm         = 72 / 25.4
	pageWidth  = 210 * mm
	pageHeight = 297 * mm
	areaLeft   = 28 * mm
	areaTop    = 37 * mm
	areaWidth  = 156 * mm
	areaHeight = 225 * mm
	linesAPage = 22
	charsALine = 28
	linePitch  = areaHeight / linesAPage
	charPitch  = areaWidth / charsALine
)

// The sizes of characters (字号), in points.
const (
	size2  = 22 // 2号
	size3  = 16 // 3号
	size4  = 14 // 4号
	size5x = 12 // 小4号, for tables
)

// style is how text is set.
type style struct {
	face  Face
	size  float64
	pitch float64 // from one line to the next
}

// glyph is a character at its place in a line.
type glyph struct {
	char rune
	face Face
	size float64
	x    float64 // from the left of the line
	w    float64 // up to the next
	// natural is its width in the font, from which PDF goes on.
	natural float64
}

// measured is a piece of text that is not broken: one Chinese character, or a word or
// number in Latin letters.
type measured struct {
	glyphs []glyph
	w      float64
	first  rune
	last   rune
	space  bool
}

// setter measures text with fonts and notes which characters are used of which face.
type setter struct {
	fonts map[Face]*fontFile
	used  map[Face]map[rune]uint16
	lacks map[rune]bool // characters that a face does not have
}

func newSetter(fonts map[Face]*fontFile) *setter {
	s := &setter{fonts: fonts, used: map[Face]map[rune]uint16{}, lacks: map[rune]bool{}}
	for face := range fonts {
		s.used[face] = map[rune]uint16{}
	}
	return s
}

// width gives the width of a character, and notes its use. A Chinese character of the body
// takes the twenty-eighth part of the line.
func (s *setter) width(r rune, face Face, size float64) (w, natural float64) {
	f := s.fonts[face]
	id, known := s.used[face][r]
	if !known {
		id = f.glyph(r)
	}
	if id == 0 && r != ' ' {
		s.lacks[r] = true
	}
	s.used[face][r] = id
	natural = float64(f.advance(id)*1000/f.unitsPerEm) * size / 1000
	switch {
	case !wide(r):
		return natural, natural
	case size == size3:
		return charPitch, natural
	}
	return size, natural
}

// wide reports whether a character takes a full square.
func wide(r rune) bool {
	switch {
	case r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7ff, r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe4f, r >= 0xff00 && r <= 0xff60,
		r >= 0xffe0 && r <= 0xffe6, r >= 0x20000 && r <= 0x3ffff:
		return true
	}
	switch r {
	case '“', '”', '‘', '’', '…', '—', '·', '×', '℃', '①', '②', '③', '④', '⑤', '⑥', '⑦', '⑧', '⑨', '⑩', '○', '●', '□', '■', '△':
		return true
	}
	return false
}

// measure cuts text into what is not broken.
func (s *setter) measure(runs []Run, st style) []measured {
	var out []measured
	word := false // the last piece is a word that goes on
	for _, run := range runs {
		face := run.Face
		if face == "" {
			face = st.face
		}
		for _, r := range run.Text {
			w, natural := s.width(r, face, st.size)
			g := glyph{char: r, face: face, size: st.size, w: w, natural: natural}
			joins := !wide(r) && r != ' '
			if word && joins && out[len(out)-1].w+w < areaWidth/2 {
				m := &out[len(out)-1]
				g.x = m.w
				m.glyphs, m.w, m.last = append(m.glyphs, g), m.w+w, r
				continue
			}
			word = joins
			out = append(out, measured{glyphs: []glyph{g}, w: w, first: r, last: r, space: r == ' '})
		}
	}
	return out
}

// problem says which characters no font has.
func (s *setter) problem() error {
	if len(s.lacks) == 0 {
		return nil
	}
	return fmt.Errorf("characters without a glyph: %s", listRunes(s.lacks))
}
