package web

import (
	"fmt"
	"strconv"
	"strings"
)

// Charts are drawn in units that are pixels on a narrow screen. What a chart says in
// colour it says by place and in the table beside it as well.
const (
	chartWidth  = 360
	barStride   = 40 // from the label of one bar to that of the next
	barHeight   = 14
	lineHeight  = 170
	lineBottom  = 140 // where the months stand under
	lineLeft    = 30
	maxBars     = 15 // the table has the others
	readableBar = 16 // the width in which a number is read
)

// barChart draws a bar for each label, of one or several parts.
type barChart struct {
	ID, Title, Desc string
	Height          int
	Bars            []barView
	Legend          []legendView
}

type barView struct {
	LabelY, Y, TotalX int
	Label, Total      string
	Parts             []barPart
}

type barPart struct {
	X, Width, TextX, TextY int
	Class, Text            string
}

type legendView struct{ Class, Name string }

// bar is what a bar is drawn from.
type bar struct {
	label string
	parts []int64
}

func (b bar) total() (n int64) {
	for _, part := range b.parts {
		n += part
	}
	return n
}

// newBars draws bars against the longest one.
func newBars(id, title, desc string, bars []bar) *barChart {
	bars = bars[:min(len(bars), maxBars)]
	most := int64(1)
	for _, b := range bars {
		most = max(most, b.total())
	}
	out := &barChart{ID: id, Title: title, Desc: desc, Height: len(bars) * barStride}
	for i, b := range bars {
		v := barView{LabelY: i*barStride + 13, Y: i*barStride + 18, Label: fitting(b.label), Total: strconv.FormatInt(b.total(), 10)}
		x, sum := 0, int64(0)
		for j, n := range b.parts {
			sum += n
			to := int(sum * (chartWidth - 44) / most)
			if n == 0 {
				continue
			}
			p := barPart{X: x, Width: max(to-x-1, 1), Class: "c" + strconv.Itoa(j+1)}
			if p.Width >= readableBar && len(b.parts) > 1 {
				p.Text, p.TextX, p.TextY = strconv.FormatInt(n, 10), p.X+p.Width/2, v.Y+11
			}
			v.Parts, x = append(v.Parts, p), max(to, x+2)
		}
		v.TotalX = x + 5
		out.Bars = append(out.Bars, v)
	}
	return out
}

// lineChart draws lines over months.
type lineChart struct {
	ID, Title, Desc string
	Lines           []lineView
	Grid            []gridView
	Ticks           []tickView
}

type lineView struct {
	Class, Name string
	Points      string
	Marks       []markView
}

// markView is a value; lines differ by the form of their marks too.
type markView struct {
	X, Y   int
	Square bool
	SX, SY int // the corner of a square
}

type gridView struct {
	Y, TextY int
	Text     string
}

type tickView struct {
	X    int
	Text string
}

// series is what a line is drawn from: a value for each month.
type series struct {
	name   string
	values []int64
}

func newLines(id, title, desc string, months []string, lines []series) *lineChart {
	most := int64(1)
	for _, s := range lines {
		for _, n := range s.values {
			most = max(most, n)
		}
	}
	x := func(i int) int {
		if len(months) < 2 {
			return (lineLeft + chartWidth) / 2
		}
		return lineLeft + 6 + i*(chartWidth-lineLeft-16)/(len(months)-1)
	}
	y := func(n int64) int { return lineBottom - int(n*(lineBottom-16)/most) }
	out := &lineChart{ID: id, Title: title, Desc: desc}
	for _, n := range []int64{0, most / 2, most} {
		if n > 0 || len(out.Grid) == 0 {
			out.Grid = append(out.Grid, gridView{Y: y(n), TextY: y(n) + 4, Text: strconv.FormatInt(n, 10)})
		}
	}
	step := (len(months) + 5) / 6
	for i := 0; i < len(months); i += max(step, 1) {
		out.Ticks = append(out.Ticks, tickView{X: x(i), Text: months[i][2:]})
	}
	for j, s := range lines {
		v := lineView{Class: "l" + strconv.Itoa(j+1), Name: s.name}
		points := make([]string, len(s.values))
		for i, n := range s.values {
			points[i] = fmt.Sprintf("%d,%d", x(i), y(n))
			v.Marks = append(v.Marks, markView{X: x(i), Y: y(n), Square: j > 0, SX: x(i) - 3, SY: y(n) - 3})
		}
		v.Points = strings.Join(points, " ")
		out.Lines = append(out.Lines, v)
	}
	return out
}

// fitting shortens a label to what stands over a bar; the table has it whole.
func fitting(label string) string {
	width := 0
	for i, r := range label {
		if width += 7; r > 0x2e80 { // a character that takes a whole square
			width += 5
		}
		if width > chartWidth-20 {
			return label[:i] + "…"
		}
	}
	return label
}
