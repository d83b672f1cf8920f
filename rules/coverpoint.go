package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zhengdang/chengxu/legaltime"
)

// see notes one evaluation.
func (s *site) see(t *TraceNode) {
	switch {
	case t.State == StateSkipped:
		return
	case t.State == StateUnknown:
		s.none++
	case t.Value == true:
		s.yes++
	case t.Value == false:
		s.no++
	}
	s.evaluated++
	if s.comparison && len(t.Children) == 2 {
		if by, ok := difference(t.Children[0].Value, t.Children[1].Value); ok {
			s.differences = append(s.differences, by)
		}
	}
}

// difference gives by how much a number, or a date in days, exceeds another.
func difference(a, b any) (by float64, ok bool) {
	if x, isNumber := number(a); isNumber {
		y, ok := number(b)
		return x - y, ok
	}
	x, isText := a.(string)
	y, ok := b.(string)
	if !isText || !ok {
		return 0, false
	}
	from, err := legaltime.ParseDate(y)
	if err != nil {
		return 0, false
	}
	to, err := legaltime.ParseDate(x)
	return float64(from.DaysUntil(to)), err == nil
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// wish is one thing to be seen at a site.
type wish struct {
	kind PointKind
	want string
	met  bool
}

func (s *site) wishes() []wish {
	var out []wish
	if s.condition {
		out = append(out, wish{PointBranch, "true", s.yes > 0}, wish{PointBranch, "false", s.no > 0})
		if !s.optional {
			out = append(out, wish{PointBranch, "unknown", s.none > 0})
		}
	}
	if s.comparison {
		seen := func(holds func(by float64) bool) bool { return slices.ContainsFunc(s.differences, holds) }
		out = append(out, wish{PointBoundary, "equal", seen(func(by float64) bool { return by == 0 })})
		if !s.floor {
			out = append(out, wish{PointBoundary, "just below", seen(func(by float64) bool { return by < 0 && by >= -1 })})
		}
		out = append(out, wish{PointBoundary, "just above", seen(func(by float64) bool { return by > 0 && by <= 1 })})
	}
	return out
}

// coverage makes the points of all sites.
func (c *covering) coverage() *Coverage {
	out := &Coverage{Pack: c.pack.Name()}
	for _, of := range c.subjects {
		for _, x := range of.expressions {
			for _, s := range of.sites[x] {
				at := x.locate(s.node)
				if at.file == "" {
					at = of.at
				}
				for _, w := range s.wishes() {
					p := Point{
						Subject: of.Subject, Part: x.part, Kind: w.kind, Source: s.node.String(), Want: w.want,
						File: at.file, Line: at.line, Column: at.column, Covered: w.met,
					}
					if !w.met {
						p.Why = of.why(x, s, w)
					}
					out.Points = append(out.Points, p)
				}
			}
		}
	}
	return out
}

// why says why a point was not reached.
func (of *subject) why(x *expression, s *site, w wish) string {
	switch {
	case !of.asked:
		return "no test asks the " + of.String()
	case !of.reached[x] && of.duty && x.part != "arises":
		return "never evaluated: arises was never true"
	case !of.reached[x] && x.part == "row":
		return "never evaluated: the rows above it always decided"
	case !of.reached[x]:
		return "never evaluated: no test asks this version of the rule"
	case s.evaluated == 0 && s.unless == "":
		return "never evaluated"
	case s.evaluated == 0:
		return "never evaluated: " + s.unless
	case w.kind == PointBranch:
		return fmt.Sprintf("it was true %s, false %s, unknown %s", times(s.yes), times(s.no), times(s.none))
	case len(s.differences) == 0:
		return "one side was always unknown"
	}
	slices.Sort(s.differences)
	seen := slices.Compact(slices.Clone(s.differences))
	slices.SortFunc(seen, nearest)
	texts := make([]string, 0, 3)
	for _, by := range seen[:min(3, len(seen))] {
		texts = append(texts, strconv.FormatFloat(by, 'f', -1, 64))
	}
	return "the left side exceeded the right one by " + strings.Join(texts, ", ")
}

// nearest orders differences by their distance from the boundary.
func nearest(a, b float64) int {
	abs := func(x float64) float64 { return max(x, -x) }
	switch x, y := abs(a), abs(b); {
	case x < y || x == y && a < b:
		return -1
	case x == y && a == b:
		return 0
	}
	return 1
}

func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return strconv.Itoa(n) + " times"
}
