package papers

import "strconv"

// mark is text at its place on a page: its left, and its base line, from the top.
type mark struct {
	glyphs []glyph
	x, y   float64
	red    bool
}

// ruled is a straight line on a page, from a point, level or upright.
type ruled struct {
	x, y, w, h float64 // one of w and h is 0
	thick      float64
	red        bool
}

type page struct {
	marks []mark
	rules []ruled
}

// piece is what stays together on a page.
type piece struct {
	height float64
	keep   bool // with what follows it
	draw   func(p *page, y float64)
}

// layout sets a paper on pages (GB/T 9704-2012, chapter 7).
type layout struct {
	set     *setter
	flow    []piece
	foot    []piece // 版记, at the end of the last page
	redHead bool
}

// pagesOf sets a paper.
func pagesOf(p *Paper, set *setter) []page {
	l := &layout{set: set}
	var before Kind
	for i, b := range p.Blocks {
		next := Kind("")
		if i+1 < len(p.Blocks) {
			next = p.Blocks[i+1].Kind
		}
		l.add(b, before, next)
		before = b.Kind
	}
	l.signatures(p.Blocks)
	pages := l.paginate()
	for i := range pages {
		l.pageNumber(&pages[i], i+1)
		if p.Practice {
			l.practice(&pages[i])
		}
	}
	return pages
}

// add puts a block into the flow.
func (l *layout) add(b Block, before, next Kind) {
	switch b.Kind {
	case KindRedHead:
		l.addRedHead(b)
	case KindNumber:
		l.gap(2 * linePitch)
		l.lines(b, style{FangSong, size3, linePitch}, centred, 0, true)
		l.redLine()
	case KindTitle:
		if l.redHead && before != KindNumber {
			l.redLine()
		}
		if l.redHead {
			l.gap(2 * linePitch)
		}
		l.lines(b, style{Title, size2, 1.25 * linePitch}, centred, 0, true)
		if next != KindUnder {
			l.gap(linePitch)
		}
	case KindUnder:
		l.lines(b, style{Kai, size3, linePitch}, centred, 0, true)
		if next != KindUnder {
			l.gap(linePitch)
		}
	case KindTo:
		l.lines(b, style{FangSong, size3, linePitch}, left, 0, true)
	case KindPart:
		l.lines(b, style{Hei, size3, linePitch}, centred, 0, true)
	case KindHead:
		l.lines(b, style{Hei, size3, linePitch}, left, 2*charPitch, true)
	case KindSubhead:
		l.lines(b, style{Kai, size3, linePitch}, left, 2*charPitch, true)
	case KindParagraph:
		l.lines(b, style{FangSong, size3, linePitch}, justified, 2*charPitch, false)
	case KindPlain:
		l.lines(b, style{FangSong, size3, linePitch}, justified, 0, false)
	case KindAttached:
		if before != KindAttached {
			l.gap(linePitch)
		}
		l.lines(b, style{FangSong, size3, linePitch}, justified, 2*charPitch, false)
	case KindNote:
		l.lines(b, style{FangSong, size3, linePitch}, justified, 2*charPitch, false)
	case kindSignature:
		l.signLine(b)
	case KindTable:
		l.table(b)
	case KindCopy, KindPrinted:
		l.imprint(b)
	case KindSigned, KindDate, kindText: // signatures sets the first two together; a text is made of others
	}
}

// gap is blank height; it is dropped at the top of a page.
func (l *layout) gap(height float64) { l.flow = append(l.flow, piece{height: height, keep: true}) }

// lines puts the lines of a block into the flow. The first two lines of a paragraph stay
// together, and so do the last two.
func (l *layout) lines(b Block, st style, al align, indent float64, keep bool) {
	pieces := l.set.measure(b.Runs, st)
	broken := breakLines(pieces, areaWidth, indent)
	if al == centred {
		broken = balanced(pieces, areaWidth)
	}
	for i, ln := range broken {
		x := 0.0
		switch {
		case al == centred:
			x = (areaWidth - ln.width) / 2
		case i == 0:
			x = indent
		}
		together := len(broken) > 2 && (i == 0 || i == len(broken)-2) || len(broken) == 2 && i == 0
		l.flow = append(l.flow, piece{height: st.pitch, keep: keep || together, draw: drawLine(ln, x, st, false)})
	}
}

func drawLine(ln line, x float64, st style, red bool) func(*page, float64) {
	return func(p *page, y float64) {
		p.marks = append(p.marks, mark{glyphs: ln.glyphs, x: areaLeft + x, y: y + baseline(st), red: red})
	}
}

// baseline is where characters stand in a line, from its top: they are in its middle.
func baseline(st style) float64 { return (st.pitch-st.size)/2 + 0.86*st.size }

// addRedHead sets the mark of the issuing body, 35 mm below the top of the type area
// (7.2.4): as large as the width lets it, and no larger than 22 mm.
func (l *layout) addRedHead(b Block) {
	l.redHead = true
	st := style{face: Title, size: 100, pitch: 0}
	natural := 0.0
	for _, m := range l.set.measure(b.Runs, st) {
		natural += m.w
	}
	st.size = min(100*areaWidth/natural, 22*mm)
	st.pitch = st.size
	ln := unspread(setLine(l.set.measure(b.Runs, st), areaWidth+1, true))
	l.flow = append(l.flow, piece{height: 35*mm + st.size, keep: true, draw: func(p *page, y float64) {
		drawLine(ln, (areaWidth-ln.width)/2, st, true)(p, y+35*mm)
	}})
}

// redLine is 4 mm below the number and as wide as the type area (7.2.7).
func (l *layout) redLine() {
	l.flow = append(l.flow, piece{height: 4 * mm, keep: true, draw: func(p *page, y float64) {
		p.rules = append(p.rules, ruled{x: areaLeft, y: y + 4*mm - (linePitch-size3)/2, w: areaWidth, thick: 1, red: true})
	}})
}

// signatures sets the name of the organ and the date at the end of the body (7.3.5): the
// date four characters from the right and the name over its middle, or, where that would
// be too wide, the name two characters from the right and the date two further in.
func (l *layout) signatures(blocks []Block) {
	var name, date line
	st := style{FangSong, size3, linePitch}
	at := -1
	for _, b := range blocks {
		if b.Kind != KindSigned && b.Kind != KindDate {
			continue
		}
		set := unspread(setLine(l.set.measure(b.Runs, st), areaWidth, true))
		if at = 1; b.Kind == KindSigned {
			name = set
		} else {
			date = set
		}
	}
	if at < 0 {
		return
	}
	dateX := areaWidth - 4*charPitch - date.width
	nameX := dateX + (date.width-name.width)/2
	if nameX+name.width > areaWidth-2*charPitch {
		nameX = max(areaWidth-2*charPitch-name.width, 0)
		dateX = min(nameX+2*charPitch, areaWidth-date.width)
	}
	// What is below the signature, the note, stays below it.
	end := len(l.flow)
	for i := len(blocks) - 1; i >= 0 && blocks[i].Kind != KindDate && blocks[i].Kind != KindSigned; i-- {
		if blocks[i].Kind == KindNote {
			end -= len(breakLines(l.set.measure(blocks[i].Runs, st), areaWidth, 2*charPitch))
		}
	}
	for i := max(end-2, 0); i < end; i++ { // no signature stands on a page of its own
		l.flow[i].keep = true
	}
	below := append([]piece{}, l.flow[end:]...)
	l.flow = append(l.flow[:end], piece{height: 2 * linePitch, keep: true},
		piece{height: linePitch, keep: true, draw: drawLine(name, nameX, st, false)},
		piece{height: linePitch, draw: drawLine(date, dateX, st, false)})
	l.flow = append(l.flow, below...)
}

// signLine is a name with room to sign.
func (l *layout) signLine(b Block) {
	st := style{FangSong, size3, 1.4 * linePitch}
	ln := unspread(setLine(l.set.measure(b.Runs, st), areaWidth, true))
	l.flow = append(l.flow, piece{height: st.pitch, draw: func(p *page, y float64) {
		drawLine(ln, 2*charPitch, st, false)(p, y)
		from := 2*charPitch + ln.width + charPitch/2
		p.rules = append(p.rules, ruled{x: areaLeft + from, y: y + baseline(st) + 3, w: max(areaWidth-from-6*charPitch, charPitch), thick: 0.5})
	}})
}

// pageNumber sets the number of a page 7 mm below the type area, between two strokes, one
// character in from the outer edge (7.5).
func (l *layout) pageNumber(p *page, n int) {
	st := style{face: Song, size: size4, pitch: size4}
	ln := unspread(setLine(l.set.measure([]Run{{Text: "— " + strconv.Itoa(n) + " —"}}, st), areaWidth, true))
	x := areaWidth - ln.width - size4
	if n%2 == 0 {
		x = size4
	}
	drawLine(ln, x, st, false)(p, areaTop+areaHeight+7*mm-size4/2)
}

// practice says on every page that the paper has no effect.
func (l *layout) practice(p *page) {
	st := style{face: Hei, size: size4, pitch: size4}
	ln := unspread(setLine(l.set.measure([]Run{{Text: practiceMark}}, st), areaWidth, true))
	drawLine(ln, (areaWidth-ln.width)/2, st, false)(p, 20*mm)
}

const practiceMark = "演练文书　不具有法律效力"
