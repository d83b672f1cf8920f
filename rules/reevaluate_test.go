package rules_test

import (
	"reflect"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// again is a node of a trace evaluated again.
type again struct {
	value any
	known bool
}

// reevaluate evaluates a trace from its leaves up, by an implementation of its
// own, and asserts that each node has the state and the value that it comes to.
// Inside an atom there are no three values: what is unknown makes it unknown.
func reevaluate(t *rapid.T, n *rules.TraceNode, inAtom bool) again {
	if n.State == rules.StateSkipped {
		return again{}
	}
	connective := slices.Contains([]string{"and", "or", "not", "?:"}, n.Op)
	got := again{n.Value, n.State == rules.StateEvaluated}
	if len(n.Children) > 0 {
		children := make([]again, len(n.Children))
		for i, child := range n.Children {
			children[i] = reevaluate(t, child, inAtom || !connective)
		}
		switch {
		case connective && !inAtom:
			got = kleene(n.Op, children)
		default:
			got = strict(t, n, children)
		}
	}
	if got.known != (n.State == rules.StateEvaluated) || got.known && !reflect.DeepEqual(got.value, n.Value) {
		t.Fatalf("%s: the trace says %s %v, evaluated again it is %v", n.Source, n.State, n.Value, got)
	}
	return got
}

func kleene(op string, c []again) again {
	is := func(a again, b bool) bool { return a.known && a.value == b }
	switch op {
	case "not":
		if !c[0].known {
			return again{}
		}
		return again{!c[0].value.(bool), true}
	case "?:":
		switch {
		case is(c[0], true):
			return c[1]
		case is(c[0], false):
			return c[2]
		case c[1].known && c[2].known && c[1].value == c[2].value:
			return c[1]
		}
		return again{}
	}
	decisive := op == "or"
	switch {
	case is(c[0], decisive) || is(c[1], decisive):
		return again{decisive, true}
	case c[0].known && c[1].known:
		return again{!decisive, true}
	}
	return again{}
}

// strict evaluates a node of an atom.
func strict(t *rapid.T, n *rules.TraceNode, c []again) again {
	for i, child := range n.Children {
		if child.State == rules.StateUnknown || !c[i].known && len(n.Missing) > 0 {
			return again{}
		}
	}
	switch n.Op {
	case "and", "or":
		if c[0].value == (n.Op == "or") {
			return c[0]
		}
		return c[1]
	case "not":
		return again{!c[0].value.(bool), true}
	case "?:":
		if c[0].value == true {
			return c[1]
		}
		return c[2]
	case "all", "any", "none", "one":
		return predicateAgain(n.Op, c)
	}
	if dateOperation(n) {
		return datesAgain(t, n.Op, n.Children, c)
	}
	return plainAgain(t, n.Op, c)
}

func predicateAgain(op string, c []again) again {
	items := reflect.ValueOf(c[0].value).Len()
	holds, failed := 0, 0
	for _, body := range c[1:] {
		switch {
		case body.known && body.value == true:
			holds++
		case body.known:
			failed++
		}
	}
	switch op {
	case "all":
		return again{failed == 0 && holds == items, true}
	case "any":
		return again{holds > 0, true}
	case "none":
		return again{holds == 0, true}
	}
	return again{holds == 1, true}
}

// isDate reports whether a node of the small pack's expressions is a date.
func isDate(n *rules.TraceNode) bool {
	dates := []string{"addCal", "addWd", "addMonths", "addYears", "roll", "earlier", "later"}
	return slices.Contains(dates, n.Op) || n.Op == "fact" && (strings.HasSuffix(n.Source, "_on") || n.Source == "today")
}

func dateOperation(n *rules.TraceNode) bool { return isDate(n.Children[0]) }

// datesAgain evaluates an operation on dates, by the calendar itself.
func datesAgain(t *rapid.T, op string, nodes []*rules.TraceNode, c []again) again {
	if op == "isSet" {
		return again{c[0].value != "", true}
	}
	var dates []legaltime.Date
	amount := 0
	for i, child := range c {
		if !isDate(nodes[i]) {
			amount = int(child.value.(int64))
			continue
		}
		if child.value == "" {
			return again{}
		}
		d, err := legaltime.ParseDate(child.value.(string))
		if err != nil {
			t.Fatal(err)
		}
		dates = append(dates, d)
	}
	calendar, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	value := func(v any) again {
		if d, ok := v.(legaltime.Date); ok {
			v = d.String()
		}
		return again{v, true}
	}
	a := dates[0]
	switch op {
	case "addCal":
		return value(a.AddDays(amount))
	case "addWd":
		due, _ := calendar.AddWorkingDays(a, amount)
		return value(due)
	case "addMonths":
		return value(calendar.AddMonths(a, amount))
	case "addYears":
		return value(calendar.AddYears(a, amount))
	case "roll":
		next, _ := calendar.NextWorkingDay(a)
		return value(next)
	}
	b := dates[1]
	switch op {
	case "calDays":
		return value(int64(a.DaysUntil(b)))
	case "workdays":
		n, _ := calendar.WorkingDaysBetween(a, b)
		return value(int64(n))
	case "earlier":
		return value(slices.MinFunc([]legaltime.Date{a, b}, legaltime.Date.Compare))
	case "later":
		return value(slices.MaxFunc([]legaltime.Date{a, b}, legaltime.Date.Compare))
	}
	return again{ordered(op, a.Compare(b)), true}
}

func ordered(op string, order int) bool {
	return map[string]bool{
		"==": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0,
	}[op]
}

// plainAgain evaluates an operation on values that are no dates.
func plainAgain(t *rapid.T, op string, c []again) again {
	first := reflect.ValueOf(c[0].value)
	switch op {
	case "len":
		if s, ok := c[0].value.(string); ok {
			return again{int64(len([]rune(s))), true}
		}
		return again{int64(first.Len()), true}
	case "last":
		if first.Len() == 0 {
			return again{}
		}
		return again{first.Index(first.Len() - 1).Interface(), true}
	case "[]":
		list := []any{}
		for _, child := range c {
			list = append(list, child.value)
		}
		return again{list, true}
	case "in":
		list := reflect.ValueOf(c[1].value)
		for i := range list.Len() {
			if equalAgain(c[0].value, list.Index(i).Interface()) {
				return again{true, true}
			}
		}
		return again{false, true}
	}
	if len(c) == 1 { // the sign
		return again{-c[0].value.(int64), true}
	}
	a, b := c[0].value, c[1].value
	switch op {
	case "==", "!=":
		return again{equalAgain(a, b) == (op == "=="), true}
	case "<", "<=", ">", ">=":
		if s, ok := a.(string); ok {
			return again{ordered(op, strings.Compare(s, b.(string))), true}
		}
		x, y := number(a), number(b)
		return again{ordered(op, map[bool]int{true: -1}[x < y]+map[bool]int{true: 1}[x > y]), true}
	}
	return arithmeticAgain(t, op, a, b)
}

func equalAgain(a, b any) bool {
	switch a.(type) {
	case int64, float64:
		return number(a) == number(b)
	}
	return a == b
}

func number(v any) float64 {
	if n, ok := v.(int64); ok {
		return float64(n)
	}
	return v.(float64)
}

func arithmeticAgain(t *rapid.T, op string, a, b any) again {
	if op == "/" {
		return again{number(a) / number(b), true}
	}
	x, y := a.(int64), b.(int64)
	switch op {
	case "+":
		return again{x + y, true}
	case "-":
		return again{x - y, true}
	case "*":
		return again{x * y, true}
	case "%":
		return again{x % y, true}
	}
	t.Fatalf("unknown operation %s", op)
	return again{}
}
