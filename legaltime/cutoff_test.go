package legaltime_test

import (
	"testing"
	"time"

	"github.com/zhengdang/chengxu/legaltime"
)

func TestAnInstantBelongsToTheCivilDateOfTheOrgan(t *testing.T) {
	for _, tt := range []struct {
		name         string
		zone, closes string
		at           string
		want         string
	}{
		{"the last millisecond of the day", "", "", "2025-12-19T23:59:59.999+08:00", "2025-12-19"},
		{"the last nanosecond of the day", "", "", "2025-12-19T23:59:59.999999999+08:00", "2025-12-19"},
		{"the first instant of the next", "", "", "2025-12-20T00:00:00+08:00", "2025-12-20"},
		{"the first instant of the day itself", "", "", "2025-12-19T00:00:00+08:00", "2025-12-19"},
		{"the same last millisecond told in UTC", "Asia/Shanghai", "24:00", "2025-12-19T15:59:59.999Z", "2025-12-19"},
		{"the next millisecond told in UTC", "Asia/Shanghai", "24:00", "2025-12-19T16:00:00Z", "2025-12-20"},
		{"late in New York is the next day here", "+08:00", "", "2025-12-19T12:00:00-05:00", "2025-12-20"},
		{"an organ that counts in UTC", "UTC", "", "2025-12-20T07:59:59+08:00", "2025-12-19"},
		{"an organ west of Greenwich", "-03:30", "", "2025-12-20T03:29:59Z", "2025-12-19"},
		{"before the office closes", "", "17:30", "2025-12-19T17:29:59.999+08:00", "2025-12-19"},
		{"when the office closes", "", "17:30", "2025-12-19T17:30:00+08:00", "2025-12-20"},
		{"after the office closed, before midnight", "", "17:30", "2025-12-19T23:59:59.999+08:00", "2025-12-20"},
		{"across the new year", "", "", "2025-12-31T16:00:00Z", "2026-01-01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cutoff, err := legaltime.NewCutoff(tt.zone, tt.closes, legaltime.OnReceipt)
			if err != nil {
				t.Fatal(err)
			}
			at := instant(t, tt.at)
			if got := cutoff.DateOf(at, at); got.String() != tt.want {
				t.Errorf("DateOf(%s) = %s, want %s", tt.at, got, tt.want)
			}
			want := date(t, tt.want)
			if !cutoff.InTime(at, at, want) || cutoff.InTime(at, at, want.AddDays(-1)) {
				t.Errorf("%s is not in time on %s, or still in time the day before", tt.at, tt.want)
			}
			if !at.Before(cutoff.End(want)) || at.Before(cutoff.End(want.AddDays(-1))) {
				t.Errorf("%s: the day ends at %s", tt.at, cutoff.End(want))
			}
		})
	}
}

func TestSendingOrReceiptDecides(t *testing.T) {
	due := date(t, "2025-12-19")
	sent, received := instant(t, "2025-12-19T23:59:59.999+08:00"), instant(t, "2025-12-22T09:00:00+08:00")
	for _, tt := range []struct {
		moment legaltime.Moment
		want   bool
	}{{legaltime.OnReceipt, false}, {legaltime.OnSending, true}, {"", false}} {
		cutoff, err := legaltime.NewCutoff("", "", tt.moment)
		if err != nil {
			t.Fatal(err)
		}
		if got := cutoff.InTime(sent, received, due); got != tt.want {
			t.Errorf("moment %q: in time is %t, want %t", tt.moment, got, tt.want)
		}
	}
	if (legaltime.Cutoff{}).InTime(sent, received, due) || !(legaltime.Cutoff{}).InTime(received, sent, due) {
		t.Error("the zero Cutoff is not receipt in China until the end of the day")
	}
}

func TestNewCutoffRefuses(t *testing.T) {
	for _, tt := range []struct {
		zone, closes string
		moment       legaltime.Moment
	}{
		{"Europe/Paris", "", ""}, {"+8", "", ""}, {"Local", "", ""}, {"+25:00", "", ""},
		{"", "25:00", ""}, {"", "00:00", ""}, {"", "7:30", ""}, {"", "17:30:00", ""}, {"", "noon", ""}, {"", "24:01", ""},
		{"", "", "dispatch"},
	} {
		if _, err := legaltime.NewCutoff(tt.zone, tt.closes, tt.moment); err == nil {
			t.Errorf("NewCutoff(%q, %q, %q) was accepted", tt.zone, tt.closes, tt.moment)
		}
	}
}

// instant reads an instant that the test knows to be one.
func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
