package web

import (
	"fmt"
	"strings"
)

// mapView is the map of the steps of a case, as it is drawn.
type mapView struct {
	Width, Height int
	Nodes         []mapNode
	Frames        []mapFrame
	Lines         []mapLine
	Legend        []mapNode // one of each state that the map shows
}

// mapNode is a step. Its state is told by outline, mark and words.
type mapNode struct {
	X, Y             int
	Outline, Mark    string // paths; the mark is drawn at MarkX, MarkY
	MarkX, MarkY     int
	State, StateName string
	Title            []mapText
	Rounds           mapText // empty for a step with one round at most
	StateText        mapText
	Label, URL       string // for screen readers; to the entry that opened the last round
}

// mapText is a line of text at its place.
type mapText struct {
	X, Y int
	Text string
}

// mapFrame is drawn around steps that run side by side.
type mapFrame struct {
	X, Y, Width, Height int
	Title               mapText
}

// mapLine leads from one step to the next.
type mapLine struct {
	Path   string
	Behind bool // the case has gone along it
}

// Measures of the map, in pixels of a wide screen.
const (
	nodeWidth  = 128
	nodeHeight = 66
	branchGap  = 14
	lineGap    = 30 // between lines of branches
	frameSide  = 18 // between a frame and the steps in it
	frameHead  = 36
	mapGap     = 26 // between columns
	mapWidth   = 1100
	mapMargin  = 16
	perLine    = 7 // branches in one line
)

// mapColumn is a step, or a block of steps side by side, with its place.
type mapColumn struct {
	stage stageView
	lanes []stageView
	x     int
}

func newMapColumn(s stageView) mapColumn {
	if len(s.Branches) > 0 {
		return mapColumn{stage: s, lanes: s.Branches}
	}
	return mapColumn{stage: s, lanes: []stageView{s}}
}

func (c mapColumn) framed() bool { return len(c.stage.Branches) > 0 }

func (c mapColumn) width() int {
	if n := min(len(c.lanes), perLine); c.framed() {
		return n*nodeWidth + (n-1)*branchGap + 2*frameSide
	}
	return nodeWidth
}

func (c mapColumn) height() int {
	if lines := (len(c.lanes) + perLine - 1) / perLine; c.framed() {
		return lines*nodeHeight + (lines-1)*lineGap + 2*frameHead
	}
	return nodeHeight
}

func mapRowHeight(row []mapColumn) int {
	height := 0
	for _, c := range row {
		height = max(height, c.height())
	}
	return height
}

// stepMap draws the steps in the order of the law, row by row, branches of a block
// side by side in a frame.
func (n names) stepMap(stages []stageView) mapView {
	var v mapView
	top := mapMargin
	rows := mapRows(stages)
	for i, row := range rows {
		height := mapRowHeight(row)
		middle := top + height/2
		for j, c := range row {
			n.drawColumn(&v, c, middle)
			v.Width = max(v.Width, c.x+c.width()+mapMargin)
			if j+1 < len(row) {
				v.line(c, fmt.Sprintf("M%d %dH%d", c.x+c.width(), middle, row[j+1].x-1), row[j+1].x, middle)
			}
		}
		top += height + mapMargin
		if i+1 < len(rows) { // around to the next row
			last, first := row[len(row)-1], rows[i+1][0]
			below := top + mapRowHeight(rows[i+1])/2
			v.line(last, fmt.Sprintf("M%d %dh10V%dH6V%dH%d", last.x+last.width(), middle, top-mapMargin/2, below, first.x-1), first.x, below)
		}
	}
	v.Height = top
	seen := map[string]bool{}
	for _, node := range v.Nodes {
		if !seen[node.State] {
			seen[node.State] = true
			v.Legend = append(v.Legend, node)
		}
	}
	return v
}

// mapRows breaks the steps into rows that fit a wide screen.
func mapRows(stages []stageView) [][]mapColumn {
	var rows [][]mapColumn
	x := 0
	for _, s := range stages {
		c := newMapColumn(s)
		if len(rows) == 0 || x+c.width() > mapWidth-mapMargin-10 {
			rows, x = append(rows, nil), mapMargin
		}
		c.x = x
		rows[len(rows)-1] = append(rows[len(rows)-1], c)
		x += c.width() + mapGap
	}
	return rows
}

// line adds a line out of a column, and the head of an arrow where it ends.
func (v *mapView) line(from mapColumn, path string, x, y int) {
	state := from.stage.State
	behind := state != waiting && state != "active"
	v.Lines = append(v.Lines, mapLine{Path: fmt.Sprintf("%sM%d %dl-6 -4v8z", path, x-1, y), Behind: behind})
}

func (n names) drawColumn(v *mapView, c mapColumn, middle int) {
	if !c.framed() {
		v.Nodes = append(v.Nodes, n.drawNode(c.stage, c.x, middle-nodeHeight/2))
		return
	}
	top, bus := middle-c.height()/2+frameHead, ""
	right := c.x + c.width()
	v.Frames = append(v.Frames, mapFrame{X: c.x, Y: top - frameHead, Width: c.width(), Height: c.height() - frameHead + frameSide,
		Title: mapText{X: c.x + 8, Y: top - frameHead + 16, Text: mapFirstLine(c.stage.Title, c.width()-16)}})
	for i, s := range c.lanes {
		x, y := c.x+frameSide+i%perLine*(nodeWidth+branchGap), top+i/perLine*(nodeHeight+lineGap)
		v.Nodes = append(v.Nodes, n.drawNode(s, x, y))
		centre := x + nodeWidth/2
		bus += fmt.Sprintf("M%d %dH%dV%dH%dv8M%d %dv8H%dV%dH%d", c.x, middle, c.x+9, y-8, centre, centre, y+nodeHeight, right-9, middle, right)
	}
	v.Lines = append(v.Lines, mapLine{Path: bus, Behind: c.stage.State != waiting})
}

func (n names) drawNode(s stageView, x, y int) mapNode {
	node := mapNode{X: x, Y: y, State: s.State, StateName: s.StateName, Outline: mapOutline(s.State, x, y), Mark: mapMark(s.State),
		MarkX: x + 10, MarkY: y + 48, StateText: mapText{X: x + 26, Y: y + 57, Text: s.StateName}}
	for i, text := range mapWrapped(s.Title, nodeWidth-20, 2) {
		node.Title = append(node.Title, mapText{X: x + 10, Y: y + 19 + i*17, Text: text})
	}
	words := []string{s.Title, s.StateName}
	if rounds := len(s.Rounds); rounds > 0 {
		node.URL = s.Rounds[rounds-1].EntryURL
		if rounds > 1 {
			node.Rounds = mapText{X: x + nodeWidth - 12, Y: y + 57, Text: fmt.Sprintf(n.words["map.rounds"], rounds)}
			words = append(words, fmt.Sprintf(n.words["step.round"], s.Rounds[rounds-1].Number))
		}
	}
	node.Label = n.list(words)
	return node
}

// mapOutline gives the shape of a state: a box for what is concluded, an arrow for
// what goes on, a pill for what has not come or does not apply, and a box without
// corners for what was broken off.
func mapOutline(state string, x, y int) string {
	const w, h, cut, round = nodeWidth, nodeHeight, 10, 18
	switch state {
	case "concluded":
		return fmt.Sprintf("M%d %dh%dv%dh-%dz", x, y, w, h, w)
	case "active":
		return fmt.Sprintf("M%d %dh%dl%d %dl-%d %dh-%dz", x, y, w-cut, cut, h/2, cut, h/2, w-cut)
	case "interrupted":
		return fmt.Sprintf("M%d %dh%dl%d %dv%dl-%d %dh-%dl-%d -%dv-%dz", x+cut, y, w-2*cut, cut, cut, h-2*cut, cut, cut, w-2*cut, cut, cut, h-2*cut)
	}
	return fmt.Sprintf("M%d %dh%da%d %d 0 0 1 %d %dv%da%d %d 0 0 1 -%d %dh-%da%d %d 0 0 1 -%d -%dv-%da%d %d 0 0 1 %d -%dz",
		x+round, y, w-2*round, round, round, round, round, h-2*round, round, round, round, round, w-2*round, round, round, round, round, h-2*round, round, round, round, round)
}

// mapMark gives the sign of a state: a tick, a triangle, a cross, a dash, a ring.
func mapMark(state string) string {
	switch state {
	case "concluded":
		return "M0 5l4 4l7 -8"
	case "active":
		return "M1 0l9 5l-9 5z"
	case "interrupted":
		return "M0 0l10 10M10 0l-10 10"
	case "not-applied":
		return "M0 5h10"
	}
	return "M5 1a4 4 0 1 0 .01 0z"
}

// mapTextWidth estimates how wide a text is at 14 pixels.
func mapTextWidth(text string) int {
	width := 0
	for _, r := range text {
		if r < 0x2e80 {
			width += 15
		} else {
			width += 28
		}
	}
	return width / 2
}

// mapWrapped breaks a title into so many lines at most; what does not fit ends in an
// ellipsis. The whole title is in the label.
func mapWrapped(text string, width, lines int) []string {
	var out []string
	for rest := strings.TrimSpace(text); rest != ""; {
		if len(out) == lines-1 {
			return append(out, mapFirstLine(rest, width))
		}
		line := mapBreakAt(rest, width)
		out = append(out, strings.TrimSpace(line))
		rest = strings.TrimSpace(rest[len(line):])
	}
	return out
}

// mapBreakAt gives as much of a text as fits, up to a blank or hyphen where words would be torn.
func mapBreakAt(text string, width int) string {
	fits, blank := 0, 0
	for i, r := range text {
		if mapTextWidth(text[:i]+string(r)) > width {
			if blank > 0 && r < 0x2e80 && r != ' ' {
				return text[:blank]
			}
			return text[:max(fits, len(string(r)))]
		}
		fits = i + len(string(r))
		if r == ' ' || r == '-' {
			blank = fits
		}
	}
	return text
}

func mapFirstLine(text string, width int) string {
	if mapTextWidth(text) <= width {
		return text
	}
	return strings.TrimSpace(mapBreakAt(text, width-14)) + "…"
}
