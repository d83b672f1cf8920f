package papers

import (
	"slices"
	"strings"
)

// Which punctuation does not stand at the start of a line, or at its end (GB/T 15834-2011,
// 5.1).
const (
	notFirst = "、，。；：！？）》」』】〕〉”’…—·％%,.;:!?)]}"
	notLast  = "（《「『【〔〈“‘([{"
)

// align says where lines stand.
type align int

const (
	justified align = iota
	centred
	left
	right
)

// line is a line of text as it is set.
type line struct {
	glyphs []glyph
	width  float64
	last   bool // of its paragraph
}

// breakLines breaks text into lines of a width, the first of which begins with an indent.
func breakLines(pieces []measured, width, indent float64) []line {
	var out []line
	for len(pieces) > 0 {
		room := width
		if len(out) == 0 {
			room -= indent
		}
		n := fitting(pieces, room)
		out = append(out, setLine(pieces[:n], room, n == len(pieces)))
		pieces = pieces[n:]
		for len(pieces) > 0 && pieces[0].space { // a line does not begin with a space
			pieces = pieces[1:]
		}
	}
	return out
}

// fitting gives how many pieces go into a line.
func fitting(pieces []measured, room float64) int {
	n, w := 0, 0.0
	for n < len(pieces) && w+pieces[n].w <= room+0.01 {
		w += pieces[n].w
		n++
	}
	if n == len(pieces) {
		return n
	}
	n = max(n, 1)
	// A mark that may not begin the next line is drawn in where the marks of this line can
	// be narrowed for it.
	for end := n; end < len(pieces) && end-n < 2 && strings.ContainsRune(notFirst, pieces[end].first); end++ {
		w += pieces[end].w
		if end+1 < len(pieces) && strings.ContainsRune(notFirst, pieces[end+1].first) {
			continue
		}
		if w-room <= narrowing(pieces[:end+1]) && !strings.ContainsRune(notLast, pieces[end].last) {
			return end + 1
		}
	}
	for back := n; back > 1 && n-back < 6; back-- {
		if !strings.ContainsRune(notFirst, pieces[back].first) && !strings.ContainsRune(notLast, pieces[back-1].last) {
			return back
		}
	}
	return n
}

// narrowing gives by how much the marks of a line can be narrowed together.
func narrowing(pieces []measured) float64 {
	total := 0.0
	for _, p := range pieces {
		if marks(p) {
			total += p.w * 0.4
		}
	}
	return total
}

// marks reports whether a piece is a full-width mark half of which is blank.
func marks(p measured) bool {
	return len(p.glyphs) == 1 && strings.ContainsRune("、，。；：）》」』】〕〉（《「『【〔〈", p.first)
}

// setLine puts pieces side by side. One that is too wide is narrowed at its marks; one that
// is not the last of its paragraph is spread to the whole width.
func setLine(pieces []measured, room float64, last bool) line {
	for len(pieces) > 1 && pieces[len(pieces)-1].space {
		pieces = pieces[:len(pieces)-1]
	}
	natural := 0.0
	for _, p := range pieces {
		natural += p.w
	}
	narrow, spread := 0.0, 0.0
	switch {
	case natural > room+0.01:
		if can := narrowing(pieces); can > 0 {
			narrow = min((natural-room)/can, 1)
		}
	case !last && len(pieces) > 1:
		spread = (room - natural) / float64(len(pieces)-1)
	}
	out := line{last: last}
	x := 0.0
	for _, p := range pieces {
		w, shift := p.w, 0.0
		if narrow > 0 && marks(p) {
			cut := p.w * 0.4 * narrow
			w -= cut
			if strings.ContainsRune(notLast, p.first) { // the blank half of an opening mark is before it
				shift = cut
			}
		}
		for _, g := range p.glyphs {
			g.x += x - shift
			out.glyphs = append(out.glyphs, g)
		}
		out.width = x + w
		x += w + spread
	}
	return out
}

// balanced breaks a title into lines of nearly the same length (GB/T 9704-2012, 7.3.1),
// and never within a short title in book marks when that can be helped.
func balanced(pieces []measured, width float64) []line {
	total := 0.0
	for _, p := range pieces {
		total += p.w
	}
	if total <= width {
		return breakLines(pieces, width, 0)
	}
	n := int(total/width) + 1
	best := breakLines(pieces, width, 0)
	for w := total / float64(n); w <= width; w += 2 {
		lines := breakLines(pieces, w, 0)
		if len(lines) <= n {
			best = lines
			break
		}
	}
	for i := range best { // centred lines are not spread
		best[i] = unspread(best[i])
	}
	return best
}

func unspread(l line) line {
	x := 0.0
	l.glyphs = slices.Clone(l.glyphs)
	for i := range l.glyphs {
		l.glyphs[i].x = x
		x += l.glyphs[i].w
	}
	l.width = x
	return l
}

func listRunes(set map[rune]bool) string {
	var out []string
	for r := range set {
		out = append(out, string(r))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
