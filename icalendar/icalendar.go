// Package icalendar writes deadlines and planned dates as an iCalendar feed
// (RFC 5545), for the calendars that people use anyway.
package icalendar

import (
	"strconv"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
)

const zone = "Asia/Shanghai"

// Feed is what a calendar shows.
type Feed struct {
	ID        string // of the case; part of every event's UID, which stays the same as long as the event does
	Title     string
	Sequence  int64 // of the last entry, for planned dates
	Stamp     time.Time
	Deadlines []casefile.Deadline
	Plan      *planner.Plan // nil: no planned dates
}

// Write gives the feed as a calendar file.
func Write(f Feed) []byte { return WriteAll(f.Title, []Feed{f}) }

// WriteAll gives several feeds as one calendar file.
func WriteAll(title string, feeds []Feed) []byte {
	cal := ics.NewCalendarFor("Chengxu")
	cal.SetProductId("-//Chengxu//Chengxu//ZH")
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName(title)
	cal.SetXWRTimezone(zone)
	cal.AddVTimezone(shanghai())
	for _, f := range feeds {
		f.write(cal)
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

func (f Feed) write(cal *ics.Calendar) {
	for _, d := range f.Deadlines {
		if d.Due.IsZero() {
			continue
		}
		e := f.event(cal, "deadline/"+d.ID, d.Due, d.Sequence, d.Provisional)
		e.SetSummary(f.Title + "：" + titleOf(d))
		e.SetDescription(d.Basis)
		if d.State == casefile.DeadlineDropped {
			e.SetStatus(ics.ObjectStatusCancelled)
		}
	}
	if f.Plan == nil {
		return
	}
	for _, s := range f.Plan.Steps {
		if s.Conclude.IsZero() {
			continue
		}
		e := f.event(cal, "plan/"+s.ID, s.Conclude, f.Sequence, s.Provisional)
		e.SetSummary(f.Title + "：最早可以完成“" + s.Title.ZH + "”")
		e.SetDescription(s.Basis)
	}
}

func (f Feed) event(cal *ics.Calendar, id string, on legaltime.Date, sequence int64, provisional bool) *ics.VEvent {
	e := cal.AddEvent(f.ID + "/" + id + "@chengxu")
	e.SetDtStampTime(f.Stamp.UTC())
	e.SetAllDayStartAt(on.Start(time.UTC)) // a date has no zone
	e.SetAllDayEndAt(on.AddDays(1).Start(time.UTC))
	e.SetProperty(ics.ComponentPropertySequence, strconv.FormatInt(sequence, 10))
	e.SetTimeTransparency(ics.TransparencyTransparent)
	e.SetStatus(ics.ObjectStatusConfirmed)
	if provisional {
		e.SetStatus(ics.ObjectStatusTentative)
	}
	return e
}

func titleOf(d casefile.Deadline) string {
	switch {
	case d.Title.ZH != "":
		return d.Title.ZH
	case d.Rule != "":
		return d.Rule
	}
	return d.ID
}

// shanghai is the time zone of the organs: no daylight saving time since 1991.
func shanghai() *ics.VTimezone {
	tz := ics.NewTimezone(zone)
	standard := tz.AddStandard()
	for _, p := range [][2]string{
		{string(ics.PropertyDtstart), "19910915T000000"}, {string(ics.PropertyTzoffsetfrom), "+0900"},
		{string(ics.PropertyTzoffsetto), "+0800"}, {string(ics.PropertyTzname), "CST"},
	} {
		standard.SetProperty(ics.ComponentProperty(p[0]), p[1])
	}
	return tz
}
