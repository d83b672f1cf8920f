package yearlist

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/legaltime"
)

var (
	dayForm     = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?前?$`)
	monthForm   = regexp.MustCompile(`^(?:(\d{4})[-/.年])?(\d{1,2})月?(?:底|前|份)?$`)
	quarterForm = regexp.MustCompile(`^(?:(\d{4})[-/.年]?)?(?:第)?([一二三四1-4])季度$`)
	qForm       = regexp.MustCompile(`^(?:(\d{4})[-/.年]?)?[Qq]([1-4])$`)
	partForm    = regexp.MustCompile(`^(?:(\d{4})年?)?(上半年|下半年|全年|年底|年内|底)?$`)
	serialForm  = regexp.MustCompile(`^\d{5}(?:\.0+)?$`)
)

// plannedOn reads by when an item is to be completed: a day, or the last day of the
// month, quarter, half or whole year that is named. Timing is what was written, where it
// is no day.
func plannedOn(text string, year int) (on legaltime.Date, timing string, ok bool) {
	if text == "" {
		return on, "", true
	}
	if serialForm.MatchString(text) { // as a workbook keeps a day
		n, err := strconv.Atoi(strings.SplitN(text, ".", 2)[0])
		start, err2 := legaltime.ParseDate("1899-12-30")
		return start.AddDays(n), "", err == nil && err2 == nil
	}
	number := func(s string, otherwise int) int {
		if n, err := strconv.Atoi(s); err == nil {
			return n
		}
		if at := strings.Index("一二三四", s); s != "" && at >= 0 {
			return at/len("一") + 1
		}
		return otherwise
	}
	if m := dayForm.FindStringSubmatch(text); m != nil {
		on, err := legaltime.ParseDate(fmt.Sprintf("%s-%02d-%02d", m[1], number(m[2], 0), number(m[3], 0)))
		return on, "", err == nil
	}
	for _, form := range []*regexp.Regexp{quarterForm, qForm} {
		if m := form.FindStringSubmatch(text); m != nil {
			return endOf(number(m[1], year), 3*number(m[2], 0)), text, true
		}
	}
	if m := monthForm.FindStringSubmatch(text); m != nil && (m[1] != "" || strings.Contains(text, "月")) {
		month := number(m[2], 0)
		return endOf(number(m[1], year), month), text, month >= 1 && month <= 12
	}
	if m := partForm.FindStringSubmatch(text); m != nil {
		month := 12
		if m[2] == "上半年" {
			month = 6
		}
		return endOf(number(m[1], year), month), text, true
	}
	return on, "", false
}

// endOf gives the last day of a month.
func endOf(year, month int) legaltime.Date {
	first := time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC)
	on, err := legaltime.ParseDate(first.Format(time.DateOnly))
	if err != nil {
		return legaltime.Date{}
	}
	return on
}
