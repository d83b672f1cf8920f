package legaltime_test

import (
	"encoding/json"
	"testing"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/legaltime"
)

func TestParseDateAcceptsRealDatesOnly(t *testing.T) {
	for _, s := range []string{"2024-02-29", "0001-01-02", "9999-12-31"} {
		if got, err := legaltime.ParseDate(s); err != nil || got.String() != s {
			t.Errorf("ParseDate(%q) = %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "2025-02-29", "2025-13-01", "2025-1-1", "20250101", "2025-01-01T00:00:00Z", " 2025-01-01", "明天"} {
		if got, err := legaltime.ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %s, want an error", s, got)
		}
	}
}

func TestAddMonthsGivesTheSameDayOrTheLastOne(t *testing.T) {
	for _, tt := range []struct {
		from string
		n    int
		want string
	}{
		{"2025-12-31", 2, "2026-02-28"},
		{"2023-12-31", 2, "2024-02-29"},
		{"2026-08-31", -6, "2026-02-28"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-01-15", -1, "2025-12-15"},
		{"2026-01-15", 0, "2026-01-15"},
		{"2026-01-15", 25, "2028-02-15"},
		{"2026-01-31", 3, "2026-04-30"},
		{"9999-12-01", 1, ""},
		{"0001-01-31", -1, ""},
		{"2026-01-15", 1 << 40, ""},
		{"2026-01-15", -1 << 40, ""},
	} {
		if got := date(t, tt.from).AddMonths(tt.n); got.String() != tt.want {
			t.Errorf("%s.AddMonths(%d) = %q, want %q", tt.from, tt.n, got, tt.want)
		}
	}
	cal := embedded(t)
	if got := cal.AddMonths(date(t, "2025-12-31"), 2); got.String() != "2026-02-28" {
		t.Errorf("the calendar gives %s", got)
	}
	if got := (legaltime.Date{}).AddMonths(1); !got.IsZero() {
		t.Errorf("a month after no date is %s", got)
	}
}

func TestAddYears(t *testing.T) {
	for _, tt := range []struct {
		from string
		n    int
		want string
	}{
		{"2024-02-29", 1, "2025-02-28"},
		{"2024-02-29", 4, "2028-02-29"},
		{"2024-03-01", 2, "2026-03-01"},
		{"2026-05-05", -10, "2016-05-05"},
		{"2026-05-05", 1 << 62, ""},
		{"2026-05-05", -1 << 62, ""},
	} {
		if got := embedded(t).AddYears(date(t, tt.from), tt.n); got.String() != tt.want {
			t.Errorf("AddYears(%s, %d) = %q, want %q", tt.from, tt.n, got, tt.want)
		}
	}
}

func TestAddMonthsStaysInTheMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate(t, "date"), rapid.IntRange(-300, 300).Draw(t, "n")
		got := d.AddMonths(n)
		months := 12*(got.Year()-d.Year()) + int(got.Month()) - int(d.Month())
		lastDay := got.AddDays(1).Day() == 1
		if months != n || got.Day() > d.Day() || got.Day() < d.Day() && !lastDay {
			t.Errorf("%s.AddMonths(%d) = %s", d, n, got)
		}
	})
}

func TestPeriodAndIntervalInJSONAndYAML(t *testing.T) {
	want := legaltime.Interval{From: date(t, "2026-02-01"), Reason: "补正"}
	raw, err := json.Marshal(want)
	if err != nil || string(raw) != `{"from":"2026-02-01","reason":"补正"}` {
		t.Errorf("Marshal = %s, %v", raw, err)
	}
	var fromJSON, fromYAML legaltime.Interval
	if err := json.Unmarshal(raw, &fromJSON); err != nil || fromJSON != want {
		t.Errorf("Unmarshal = %+v, %v", fromJSON, err)
	}
	if err := yaml.Unmarshal([]byte("from: 2026-02-01\nreason: 补正\n"), &fromYAML); err != nil || fromYAML != want {
		t.Errorf("YAML: %+v, %v", fromYAML, err)
	}
	var p legaltime.Period
	if err := yaml.Unmarshal([]byte("{length: 15, unit: calendar_days, roll_forward: true}"), &p); err != nil || p != rolling(calendar(15)) {
		t.Errorf("YAML: %+v, %v", p, err)
	}
}
