package legaltime

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
)

// Limits of what a calendar file may contain.
const (
	maxFileBytes = 256 << 10
	maxSpanDays  = 31
	minYear      = 1950
	maxYear      = 2200
)

// LoadCalendar reads the files id-YYYY.yaml of a folder. They must be consecutive
// years. Everything that is wrong is reported, each as "file:line: message": a
// key that is not known or given twice, a day that is set twice without the later
// notice saying that it amends the earlier one, a day outside the year (a notice
// may change December of the year before), a workday that is one anyway.
func LoadCalendar(fsys fs.FS, dir, id string) (*Calendar, error) {
	names, err := fs.Glob(fsys, path.Join(dir, id+"-*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list calendar %s: %w", id, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("calendar %s: no file %s-YYYY.yaml in %s", id, id, dir)
	}
	sort.Strings(names)
	l := &loader{id: id}
	for _, name := range names {
		l.file(fsys, name)
	}
	l.checkYears()
	l.apply()
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	return l.calendar()
}

// loader collects the files of one calendar and all that is wrong with them.
type loader struct {
	id      string
	years   []int
	notices []sourceNotice
	days    map[int]changedDay // by ordinal
	errs    []error
}

// sourceNotice is a notice with where it stands.
type sourceNotice struct {
	Notice
	file   string
	line   int
	amends []scalar
	groups []dayGroup
	year   int
}

func (l *loader) fail(file string, line int, format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf("%s:%d: %s", file, max(line, 1), fmt.Sprintf(format, args...)))
}

// file reads one year.
func (l *loader) file(fsys fs.FS, name string) {
	src, err := readBounded(fsys, name)
	if err != nil {
		l.errs = append(l.errs, fmt.Errorf("read %s: %w", name, err))
		return
	}
	doc, problems := decodeYear(src)
	for _, p := range problems {
		l.fail(name, p.line, "%s", p.text)
	}
	if len(problems) > 0 {
		return
	}
	if doc.Calendar.value != l.id {
		l.fail(name, doc.Calendar.line, "calendar is %q, want %q as in the file name", doc.Calendar.value, l.id)
	}
	if want := fmt.Sprintf("%s-%s.yaml", l.id, doc.Year.value); path.Base(name) != want {
		l.fail(name, doc.Year.line, "year is %q: the file would have to be called %s", doc.Year.value, want)
		return
	}
	year, err := parseYear(doc.Year.value)
	if err != nil {
		l.fail(name, doc.Year.line, "%v", err)
		return
	}
	l.years = append(l.years, year)
	if len(doc.Notices) == 0 {
		l.fail(name, doc.Year.line, "no notices: a year without a notice is not announced and has no file")
	}
	for _, n := range doc.Notices {
		l.notice(name, year, doc.Year.line, n)
	}
}

// notice checks what a notice says about itself.
func (l *loader) notice(file string, year, yearLine int, n noticeDoc) {
	line := max(n.Number.line, yearLine)
	for _, f := range []struct{ key, value string }{
		{"number", n.Number.value}, {"title", n.Title.value}, {"issued_on", n.IssuedOn.value}, {"url", n.URL.value},
	} {
		if f.value == "" {
			l.fail(file, line, "notice %q: %s is missing", n.Number.value, f.key)
		}
	}
	issued, err := ParseDate(n.IssuedOn.value)
	if err != nil && n.IssuedOn.value != "" {
		l.fail(file, n.IssuedOn.line, "issued_on: %v", err)
	}
	if u := n.URL.value; u != "" && !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://") {
		l.fail(file, n.URL.line, "url %q: want http:// or https://", u)
	}
	if len(n.Days) == 0 {
		l.fail(file, line, "notice %q: days is missing", n.Number.value)
	}
	for _, other := range l.notices {
		if other.Number == n.Number.value {
			l.fail(file, line, "notice %s stands already in %s:%d", n.Number.value, other.file, other.line)
		}
	}
	l.notices = append(l.notices, sourceNotice{
		Notice: Notice{Number: n.Number.value, Title: n.Title.value, IssuedOn: issued, URL: n.URL.value},
		file:   file, line: line, amends: n.Amends, groups: n.Days, year: year,
	})
}

// checkYears refuses a calendar with a gap.
func (l *loader) checkYears() {
	for i := 1; i < len(l.years); i++ {
		if l.years[i] != l.years[i-1]+1 {
			l.errs = append(l.errs, fmt.Errorf("calendar %s: no file between the years %d and %d", l.id, l.years[i-1], l.years[i]))
		}
	}
}

// apply sets the days, the earlier notice before the later one.
func (l *loader) apply() {
	l.days = map[int]changedDay{}
	slices.SortStableFunc(l.notices, func(a, b sourceNotice) int {
		if c := a.IssuedOn.Compare(b.IssuedOn); c != 0 {
			return c
		}
		return strings.Compare(a.Number, b.Number)
	})
	for i := range l.notices {
		l.applyNotice(i)
	}
}

func (l *loader) applyNotice(i int) {
	n := &l.notices[i]
	amended := map[string]bool{}
	for _, a := range n.amends {
		if !slices.ContainsFunc(l.notices[:i], func(o sourceNotice) bool { return o.Number == a.value }) {
			l.fail(n.file, a.line, "amends %q: no earlier notice has this number", a.value)
			continue
		}
		amended[a.value] = false
	}
	for _, g := range n.groups {
		if g.Holiday.value == "" {
			l.fail(n.file, max(g.Holiday.line, n.line), "notice %s: holiday is missing", n.Number)
		}
		if len(g.Off)+len(g.Work) == 0 {
			l.fail(n.file, max(g.Holiday.line, n.line), "holiday %s: neither off nor work is given", g.Holiday.value)
		}
		for _, s := range g.Off {
			l.applySpan(n, g, s, false, amended)
		}
		for _, s := range g.Work {
			l.applySpan(n, g, s, true, amended)
		}
	}
	for _, a := range n.amends {
		if used, known := amended[a.value]; known && !used {
			l.fail(n.file, a.line, "amends %s, but changes none of its days", a.value)
		}
	}
}

// applySpan sets the days of one date or range.
func (l *loader) applySpan(n *sourceNotice, g dayGroup, s scalar, working bool, amended map[string]bool) {
	from, to, err := parseSpan(s.value)
	if err != nil {
		l.fail(n.file, s.line, "%v", err)
		return
	}
	if from.Before(NewDate(n.year-1, 12, 1)) || to.Year() > n.year {
		l.fail(n.file, s.line, "%s: outside the year %d and the December before it", s.value, n.year)
		return
	}
	for at := from.ordinal(); at <= to.ordinal(); at++ {
		earlier, set := l.days[at]
		_, amends := amended[earlier.Notice]
		switch {
		case set && earlier.Notice == n.Number:
			l.fail(n.file, s.line, "%s is set twice by notice %s", fromOrdinal(at), n.Number)
			continue
		case set && !amends:
			l.fail(n.file, s.line, "%s is set already by notice %s, which this notice does not amend", fromOrdinal(at), earlier.Notice)
			continue
		case working && isWeekday(at) && (!set || earlier.Working):
			l.fail(n.file, s.line, "%s is a %s and a working day anyway", fromOrdinal(at), fromOrdinal(at).Weekday())
			continue
		}
		if set {
			amended[earlier.Notice] = true
		}
		l.days[at] = changedDay{Date: fromOrdinal(at), Working: working, Holiday: g.Holiday.value, Notice: n.Number}
	}
}

// calendar builds the calendar when nothing is wrong.
func (l *loader) calendar() (*Calendar, error) {
	notices := make([]Notice, len(l.notices))
	for i, n := range l.notices {
		notices[i] = n.Notice
	}
	changed := make([]changedDay, 0, len(l.days))
	for _, d := range l.days {
		changed = append(changed, d)
	}
	slices.SortFunc(changed, func(a, b changedDay) int { return a.Date.Compare(b.Date) })
	return newCalendar(l.id, l.years[0], l.years[len(l.years)-1], notices, changed)
}
