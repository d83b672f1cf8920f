package papers

import "strings"

// paginate puts the flow on pages: what is to be kept together is, as far as a page holds
// it. The 版记 stands at the foot of the last page, which is an even one (GB/T 9704-2012,
// 7.4).
func (l *layout) paginate() []page {
	pages := []page{{}}
	y := 0.0
	for i := 0; i < len(l.flow); {
		end, height := l.group(i)
		if y > 0 && y+height > areaHeight+0.01 {
			pages, y = append(pages, page{}), 0
		}
		for ; i < end; i++ {
			part := l.flow[i]
			if part.draw == nil && y == 0 && len(pages) > 1 { // no gap at the top of a page
				continue
			}
			if y > 0 && y+part.height > areaHeight+0.01 { // more than a page is kept together
				pages, y = append(pages, page{}), 0
			}
			if part.draw != nil {
				part.draw(&pages[len(pages)-1], areaTop+y)
			}
			y += part.height
		}
	}
	if len(l.foot) == 0 {
		return pages
	}
	height := 0.0
	for _, part := range l.foot {
		height += part.height
	}
	if y+height > areaHeight || len(pages)%2 == 1 {
		pages = append(pages, page{})
	}
	if len(pages)%2 == 1 {
		pages = append(pages, page{})
	}
	l.drawFoot(&pages[len(pages)-1], areaTop+areaHeight-height)
	return pages
}

// group gives the end of what is kept together from a part on, and its height.
func (l *layout) group(from int) (end int, height float64) {
	for end = from; end < len(l.flow); end++ {
		height += l.flow[end].height
		if !l.flow[end].keep {
			return end + 1, height
		}
	}
	return end, height
}

// imprintGap stands between the organ that printed a paper and the day.
const imprintGap = "　　　　"

// imprint puts a line into the 版记: 4号仿宋, one character in from both sides (7.4.2 and
// 7.4.3). The day of printing stands at the right.
func (l *layout) imprint(b Block) {
	st := style{FangSong, size4, 22}
	text, day, _ := strings.Cut(b.Text(), imprintGap)
	at := unspread(setLine(l.set.measure([]Run{{Text: day}}, st), areaWidth, true))
	room := areaWidth - 2*size4 - at.width
	lines := breakLines(l.set.measure([]Run{{Text: text}}, st), room, 0)
	for i, ln := range lines {
		l.foot = append(l.foot, piece{height: st.pitch, keep: i == len(lines)-1, draw: func(p *page, y float64) {
			drawLine(ln, size4, st, false)(p, y)
			if i == len(lines)-1 {
				drawLine(at, areaWidth-size4-at.width, st, false)(p, y)
			}
		}})
	}
}

// drawFoot draws the 版记: the first and the last rule are thicker (7.4.1).
func (l *layout) drawFoot(p *page, y float64) {
	rule := func(y, thick float64) {
		p.rules = append(p.rules, ruled{x: areaLeft, y: y, w: areaWidth, thick: thick})
	}
	rule(y, 0.35*mm)
	for i, part := range l.foot {
		part.draw(p, y)
		y += part.height
		if part.keep && i+1 < len(l.foot) {
			rule(y, 0.25*mm)
		}
	}
	rule(y, 0.35*mm)
}

// table sets a table of columns as wide as their longest cells ask for. A row is not
// divided between pages; one that is higher than a page is cut off at its end.
func (l *layout) table(b Block) {
	st := style{FangSong, size5x, 18}
	const pad = 4
	widths := l.columns(b.Rows, st, pad)
	for i, row := range b.Rows {
		cells := make([][]line, len(row))
		most := 1
		for j, cell := range row {
			runs := []Run{{Text: cell}}
			if b.Head && i == 0 {
				runs[0].Face = Hei
			}
			cells[j] = breakLines(l.set.measure(runs, st), widths[j]-2*pad, 0)
			most = max(most, len(cells[j]))
		}
		height := min(float64(most)*st.pitch+2*pad, areaHeight)
		l.flow = append(l.flow, piece{height: height, keep: i == 0 && len(b.Rows) > 1, draw: drawRow(cells, widths, height, st, pad)})
	}
	l.flow = append(l.flow, piece{height: linePitch / 2})
}

func drawRow(cells [][]line, widths []float64, height float64, st style, pad float64) func(*page, float64) {
	return func(p *page, y float64) {
		x := 0.0
		for j, lines := range cells {
			p.rules = append(p.rules, ruled{x: areaLeft + x, y: y, h: height, thick: 0.5})
			for k, ln := range lines {
				at := y + pad + float64(k)*st.pitch
				if at+st.pitch <= y+height+0.01 {
					drawLine(ln, x+pad, st, false)(p, at)
				}
			}
			x += widths[j]
		}
		p.rules = append(p.rules, ruled{x: areaLeft + x, y: y, h: height, thick: 0.5},
			ruled{x: areaLeft, y: y, w: areaWidth, thick: 0.5}, ruled{x: areaLeft, y: y + height, w: areaWidth, thick: 0.5})
	}
}

// columns divides the width: each column gets what its longest cell asks for, as far as
// there is room, and what is left over in proportion.
func (l *layout) columns(rows [][]string, st style, pad float64) []float64 {
	if len(rows) == 0 {
		return nil
	}
	wants := make([]float64, len(rows[0]))
	for _, row := range rows {
		for j, cell := range row {
			w := 0.0
			for _, m := range l.set.measure([]Run{{Text: cell}}, st) {
				w += m.w
			}
			wants[j] = max(wants[j], min(w, areaWidth/2)+2*pad+1, 4*st.size)
		}
	}
	total := 0.0
	for _, w := range wants {
		total += w
	}
	for j := range wants {
		wants[j] *= areaWidth / total
	}
	return wants
}
