package casework

import (
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func TestThePeriodOfFigures(t *testing.T) {
	d := legaltime.NewDate
	today := d(2026, time.May, 4)
	for _, tt := range []struct {
		name             string
		from, until      legaltime.Date
		wantFrom, wantTo legaltime.Date
		bad              bool
	}{
		{"the year so far", legaltime.Date{}, legaltime.Date{}, d(2026, time.January, 1), today, false},
		{"from a day until today", d(2025, time.March, 3), legaltime.Date{}, d(2025, time.March, 3), today, false},
		{"the year until a day", legaltime.Date{}, d(2024, time.June, 30), d(2024, time.January, 1), d(2024, time.June, 30), false},
		{"one day", today, today, today, today, false},
		{"backwards", today, d(2026, time.May, 3), legaltime.Date{}, legaltime.Date{}, true},
		{"too long", d(2020, time.January, 1), today, legaltime.Date{}, legaltime.Date{}, true},
	} {
		got, err := period(casefile.FigureQuery{From: tt.from, Until: tt.until, Today: today})
		if (err != nil) != tt.bad || err == nil && (got.From != tt.wantFrom || got.Until != tt.wantTo) {
			t.Errorf("%s: %s to %s, %v", tt.name, got.From, got.Until, err)
		}
	}
}
