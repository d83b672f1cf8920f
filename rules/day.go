package rules

import (
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Calendar is what the rules need of a working-day calendar. It is satisfied by
// [legaltime.Calendar]. The second result of the counting methods says that the
// count touches a year whose calendar has not been announced.
type Calendar interface {
	AddWorkingDays(d legaltime.Date, n int) (due legaltime.Date, provisional bool)
	WorkingDaysBetween(a, b legaltime.Date) (n int, provisional bool)
	NextWorkingDay(d legaltime.Date) (next legaltime.Date, provisional bool)
	AddMonths(d legaltime.Date, n int) legaltime.Date
	AddYears(d legaltime.Date, n int) legaltime.Date
	Due(start legaltime.Date, p legaltime.Period, excluded []legaltime.Interval) (legaltime.Deadline, error)
}

// counting is what the dates of one judgement are counted by. It belongs to one
// goroutine.
type counting struct {
	calendar    Calendar
	provisional bool // a count has touched a year that is not announced
}

// day is a date as expressions see it. It knows the fact that it came from, to
// name it when it is not set, and the calendar that it is counted by, so that
// compiled expressions need no calendar.
type day struct {
	date  legaltime.Date // zero: known not to be set
	fact  string         // empty for computed dates
	count *counting
}

// with gives another date, counted by the same calendar.
func (d day) with(date legaltime.Date) day { return day{date: date, count: d.count} }

// undetermined is the error of an operation on a date that is not set, or on
// the last of an empty list: the atom has no value, whatever the other facts.
type undetermined struct{ facts []string }

func (u *undetermined) Error() string { return fmt.Sprintf("not set: %v", u.facts) }

// set returns an error when one of the dates is not set.
func set(days ...day) error {
	var missing []string
	for _, d := range days {
		if d.date.IsZero() {
			missing = merge(missing, []string{d.fact})
		}
	}
	if missing == nil {
		return nil
	}
	return &undetermined{facts: missing}
}

// hostFunction is a function that expressions may call.
type hostFunction struct {
	takes []Type
	gives Type
	typ   any // a function value of the Go signature, for the type checker
	call  func(args ...any) (any, error)
}

// Bounds of figures in date arithmetic: a hundred years.
const (
	maxDays   = 36525
	maxMonths = 1200
	maxYears  = 100
)

// hostFunctions are the functions of the expression language, by name. The
// table is never changed.
var hostFunctions = map[string]hostFunction{
	"isSet": {
		takes: []Type{TypeDate}, gives: TypeBool, typ: new(func(day) bool),
		call: func(args ...any) (any, error) { return !args[0].(day).date.IsZero(), nil },
	},
	"calDays": {
		takes: []Type{TypeDate, TypeDate}, gives: TypeInt, typ: new(func(day, day) int),
		call: func(args ...any) (any, error) {
			a, b := args[0].(day), args[1].(day)
			return a.date.DaysUntil(b.date), set(a, b)
		},
	},
	"workdays": {
		takes: []Type{TypeDate, TypeDate}, gives: TypeInt, typ: new(func(day, day) int), call: workdays,
	},
	"addCal": shift(maxDays, func(d day, n int) legaltime.Date { return d.date.AddDays(n) }),
	"addWd": shift(maxDays, func(d day, n int) legaltime.Date {
		due, provisional := d.count.calendar.AddWorkingDays(d.date, n)
		d.count.provisional = d.count.provisional || provisional
		return due
	}),
	"addMonths": shift(maxMonths, func(d day, n int) legaltime.Date { return d.count.calendar.AddMonths(d.date, n) }),
	"addYears":  shift(maxYears, func(d day, n int) legaltime.Date { return d.count.calendar.AddYears(d.date, n) }),
	"roll": {
		takes: []Type{TypeDate}, gives: TypeDate, typ: new(func(day) day), call: roll,
	},
	"earlier": choose(func(a, b day) bool { return a.date.Before(b.date) }),
	"later":   choose(func(a, b day) bool { return a.date.After(b.date) }),
	"last": {
		takes: []Type{TypeTexts}, gives: TypeText, typ: new(func([]string) string),
		call: func(args ...any) (any, error) {
			list := args[0].([]string)
			if len(list) == 0 {
				return nil, &undetermined{}
			}
			return list[len(list)-1], nil
		},
	},
}

func workdays(args ...any) (any, error) {
	a, b := args[0].(day), args[1].(day)
	if err := set(a, b); err != nil {
		return nil, err
	}
	n, provisional := a.count.calendar.WorkingDaysBetween(a.date, b.date)
	a.count.provisional = a.count.provisional || provisional
	return n, nil
}

func roll(args ...any) (any, error) {
	d := args[0].(day)
	if err := set(d); err != nil {
		return nil, err
	}
	next, provisional := d.count.calendar.NextWorkingDay(d.date)
	d.count.provisional = d.count.provisional || provisional
	return d.with(next), nil
}

// shift makes a function of a date and a number.
func shift(bound int, move func(d day, n int) legaltime.Date) hostFunction {
	return hostFunction{
		takes: []Type{TypeDate, TypeInt}, gives: TypeDate, typ: new(func(day, int) day),
		call: func(args ...any) (any, error) {
			d, n := args[0].(day), args[1].(int)
			if err := set(d); err != nil {
				return nil, err
			}
			if n > bound || n < -bound {
				return nil, fmt.Errorf("%d is too far from %s to be counted: %w", n, d.date, casefile.ErrInvalid)
			}
			moved := move(d, n)
			if y := moved.Year(); y < firstYear-maxYears || y > lastYear+maxYears {
				return nil, fmt.Errorf("%s is out of range: %w", moved, casefile.ErrInvalid)
			}
			return d.with(moved), nil
		},
	}
}

// choose makes a function that picks one of two dates.
func choose(first func(a, b day) bool) hostFunction {
	return hostFunction{
		takes: []Type{TypeDate, TypeDate}, gives: TypeDate, typ: new(func(day, day) day),
		call: func(args ...any) (any, error) {
			a, b := args[0].(day), args[1].(day)
			if err := set(a, b); err != nil {
				return nil, err
			}
			if first(a, b) {
				return a, nil
			}
			return b, nil
		},
	}
}

// compareDays are the comparison operators between dates. The table is never
// changed.
var compareDays = map[string]func(order int) bool{
	"==": func(order int) bool { return order == 0 },
	"!=": func(order int) bool { return order != 0 },
	"<":  func(order int) bool { return order < 0 },
	"<=": func(order int) bool { return order <= 0 },
	">":  func(order int) bool { return order > 0 },
	">=": func(order int) bool { return order >= 0 },
}

// comparison gives the function that compares two dates by an operator.
func comparison(operator string) func(args ...any) (any, error) {
	holds := compareDays[operator]
	return func(args ...any) (any, error) {
		a, b := args[0].(day), args[1].(day)
		if err := set(a, b); err != nil {
			return nil, err
		}
		return holds(a.date.Compare(b.date)), nil
	}
}
