package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
)

// sheetView is a deadline, counted day by day.
type sheetView struct {
	Page                            frame
	Case, CaseTitle, CaseURL        string
	Deadline                        deadlineView
	Rule, RuleID                    string
	Was                             string
	Counted                         bool // it comes from a declared period; the rest is empty otherwise
	Period, PeriodID, Basis, Length string
	Start, Due, Literal, Target     string
	Rolled, Stopped, Differs        bool
	Provisional                     bool
	Calendar                        string
	Excluded                        []intervalView
	Totals                          []pair
	Months                          []sheetMonth
	More                            int // days that are not shown
	Notices                         []legaltime.Notice
}

type intervalView struct {
	From, To, Reason string
}

// sheetMonth is the part of a sheet that lies in one month.
type sheetMonth struct {
	Name string
	Days []sheetDay
}

type sheetDay struct {
	Date, Weekday            string
	Result, ResultName       string
	Number                   int
	Reason, Holiday, Notice  string
	Note                     string
	Provisional, Last, Start bool
}

// maxSheetDays bounds how many days of a sheet a page shows.
const maxSheetDays = 1200

// showSheet handles GET /cases/:id/deadlines/:deadline.
func (h *handler) showSheet(c echo.Context) error {
	v, found, err := h.visible(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	id, err := url.PathUnescape(c.Param("deadline"))
	at := slices.IndexFunc(found.Deadlines, func(d casefile.Deadline) bool { return d.ID == id })
	if err != nil || at < 0 {
		return fmt.Errorf("deadline %.100q of case %s: %w", id, found.ID, casefile.ErrNotFound)
	}
	ctx, lang := c.Request().Context(), language(c)
	def, err := h.o.Guard.Definition(ctx, v.principal, found.ID)
	if err != nil {
		return fmt.Errorf("case %s: %w", found.ID, err)
	}
	n, d := h.names(lang, def), found.Deadlines[at]
	view := sheetView{Page: h.frame(c, lang, v, "sheet.title"), Case: string(found.ID), CaseTitle: found.Matter.Title, CaseURL: caseURL(found.ID),
		Deadline: n.deadline(d, legaltime.Date{}, found.ID), Was: d.Was.String()}
	view.Page.Practice = found.Practice
	if d.Rule != "" {
		view.Rule, view.RuleID = n.rule(d.Rule), d.Rule
	}
	sheet, err := h.o.Guard.Sheet(ctx, v.principal, found.ID, id)
	switch {
	case errors.Is(err, casefile.ErrNotFound): // it was announced, or a rule counts it itself
		return h.pages.show(c, http.StatusOK, lang, "sheet.html", view)
	case err != nil:
		return fmt.Errorf("sheet of case %s: %w", found.ID, err)
	}
	n.counted(&view, sheet)
	return h.pages.show(c, http.StatusOK, lang, "sheet.html", view)
}

func (n names) counted(v *sheetView, s planner.Sheet) {
	d := s.Derivation
	v.Counted, v.Period, v.PeriodID, v.Basis, v.Length = true, n.pick(s.Title), s.Period, s.Basis, n.length(d.Period)
	v.Start, v.Due, v.Literal, v.Target = d.Start.String(), d.Deadline.DueOn.String(), d.Deadline.LiteralOn.String(), d.Deadline.TargetOn.String()
	v.Rolled, v.Stopped, v.Differs, v.Provisional, v.Calendar = d.Deadline.Rolled, d.Deadline.Stopped, s.Differs, d.Deadline.Provisional, d.Deadline.Calendar
	v.Notices = d.Notices
	for _, e := range d.Excluded {
		v.Excluded = append(v.Excluded, intervalView{From: e.From.String(), To: e.To.String(), Reason: e.Reason})
	}
	totals := map[legaltime.Counted]int{}
	for i, day := range d.Days {
		totals[day.Result]++
		if i >= maxSheetDays {
			v.More++
			continue
		}
		row := n.sheetDay(day)
		row.Last = day.Date == d.Deadline.DueOn
		month := day.Date.String()[:7]
		if len(v.Months) == 0 || v.Months[len(v.Months)-1].Name != month {
			v.Months = append(v.Months, sheetMonth{Name: month})
		}
		last := &v.Months[len(v.Months)-1]
		last.Days = append(last.Days, row)
	}
	for _, result := range []legaltime.Counted{legaltime.DayCounted, legaltime.DaySkipped, legaltime.DayExcluded, legaltime.DayRolledInto} {
		if totals[result] > 0 {
			v.Totals = append(v.Totals, pair{Name: n.words.name("counted", string(result)), Value: fmt.Sprintf(n.words["sheet.days"], totals[result])})
		}
	}
}

func (n names) sheetDay(d legaltime.DerivedDay) sheetDay {
	zh, en := d.Reason.Text()
	return sheetDay{
		Date: d.Date.String(), Weekday: n.words.name("weekday", strings.ToLower(d.Date.Weekday().String()[:3])), Result: string(d.Result),
		ResultName: n.words.name("counted", string(d.Result)), Number: d.Number, Reason: n.pick(casefile.Text{ZH: zh, EN: en}), Holiday: d.Holiday,
		Notice: d.Notice, Note: d.Note, Provisional: !d.Announced,
	}
}
