package icalendar_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/icalendar"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
)

func feed() icalendar.Feed {
	return icalendar.Feed{
		ID: "c1", Title: "生活垃圾分类方案；上门收集, 试行", Sequence: 12, Stamp: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
		Deadlines: []casefile.Deadline{
			{ID: "participation/comment", Title: casefile.Text{ZH: "公开征求意见期限"}, Due: legaltime.NewDate(2026, 2, 4), Sequence: 7,
				State: casefile.DeadlineOpen, Basis: strings.Repeat("国务院令第713号 第十五条第一款；", 12)},
			{ID: "mad-publish-timely", Rule: "mad-publish-timely", Due: legaltime.NewDate(2027, 1, 20), Provisional: true, Sequence: 9, State: casefile.DeadlineOpen},
			{ID: "dropped", Due: legaltime.NewDate(2026, 3, 1), Sequence: 10, State: casefile.DeadlineDropped},
			{ID: "at once", Sequence: 11, State: casefile.DeadlineOpen},
		},
		Plan: &planner.Plan{Steps: []planner.Step{
			{ID: "deliberation", Title: casefile.Text{ZH: "集体讨论决定"}, Conclude: legaltime.NewDate(2026, 2, 14)},
			{ID: "expert_argument", Required: planner.NotRequired},
		}},
	}
}

func TestTheFeedIsReadBack(t *testing.T) {
	cal, err := ics.ParseCalendar(bytes.NewReader(icalendar.Write(feed())))
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, e := range cal.Events() {
		row := []string{}
		for _, p := range []ics.ComponentProperty{ics.ComponentPropertyUniqueId, ics.ComponentPropertyDtStart, ics.ComponentPropertyDtEnd, ics.ComponentPropertySequence, ics.ComponentPropertyStatus} {
			row = append(row, e.GetProperty(p).Value)
		}
		got = append(got, row)
	}
	want := [][]string{
		{"c1/deadline/participation/comment@chengxu", "20260204", "20260205", "7", "CONFIRMED"},
		{"c1/deadline/mad-publish-timely@chengxu", "20270120", "20270121", "9", "TENTATIVE"},
		{"c1/deadline/dropped@chengxu", "20260301", "20260302", "10", "CANCELLED"},
		{"c1/plan/deliberation@chengxu", "20260214", "20260215", "12", "CONFIRMED"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if len(cal.Timezones()) != 1 {
		t.Errorf("%d time zones", len(cal.Timezones()))
	}
}

// The lines are checked by the letter of RFC 5545, 3.1 and 3.3.11, without the
// library that wrote them.
func TestLinesAreFoldedAndTextIsEscaped(t *testing.T) {
	raw := string(icalendar.Write(feed()))
	if !strings.HasSuffix(raw, "\r\n") || strings.Contains(strings.ReplaceAll(raw, "\r\n", ""), "\n") {
		t.Error("a line does not end in CRLF")
	}
	folded := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(raw, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("line of %d octets, or cut within a character: %q", len(line), line)
		}
		if strings.HasPrefix(line, " ") {
			folded++
		}
	}
	if folded == 0 {
		t.Error("no line was folded")
	}
	whole := strings.ReplaceAll(raw, "\r\n ", "")
	properties, depth := map[string]bool{}, []string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(whole, "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("no property: %q", line)
		}
		name, _, _ = strings.Cut(name, ";")
		switch name {
		case "BEGIN":
			depth = append(depth, value)
		case "END":
			if len(depth) == 0 || depth[len(depth)-1] != value {
				t.Fatalf("END:%s within %v", value, depth)
			}
			depth = depth[:len(depth)-1]
		}
		properties[name] = true
	}
	for _, name := range []string{"VERSION", "PRODID", "TZID", "TZOFFSETTO", "UID", "DTSTAMP", "SEQUENCE"} {
		if !properties[name] {
			t.Errorf("no %s", name)
		}
	}
	if len(depth) > 0 {
		t.Errorf("not closed: %v", depth)
	}
	if want := `SUMMARY:生活垃圾分类方案；上门收集\, 试行：公开征求意见期限`; !strings.Contains(whole, want+"\r\n") {
		t.Errorf("no %s in:\n%s", want, whole)
	}
}

func TestAMovedDeadlineKeepsItsUIDAndRaisesItsSequence(t *testing.T) {
	moved := feed()
	moved.Deadlines[0].Due, moved.Deadlines[0].Sequence = moved.Deadlines[0].Due.AddDays(10), 13
	for _, tt := range []struct {
		feed icalendar.Feed
		want []string
	}{
		{feed(), []string{"20260204", "7"}}, {moved, []string{"20260214", "13"}},
	} {
		cal, err := ics.ParseCalendar(bytes.NewReader(icalendar.Write(tt.feed)))
		if err != nil {
			t.Fatal(err)
		}
		e := cal.Events()[0]
		got := []string{e.GetProperty(ics.ComponentPropertyDtStart).Value, e.GetProperty(ics.ComponentPropertySequence).Value}
		if diff := cmp.Diff(tt.want, got); diff != "" || e.Id() != "c1/deadline/participation/comment@chengxu" {
			t.Errorf("%s: %s", e.Id(), diff)
		}
	}
}
