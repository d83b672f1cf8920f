package casework

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zhengdang/chengxu/legaltime"
)

func calendarOf(t *testing.T, years ...string) *legaltime.Calendar {
	t.Helper()
	files := fstest.MapFS{}
	for _, year := range years {
		text := strings.ReplaceAll(`calendar: cn
year: YYYY
notices:
  - number: 虚构通知YYYY
    title: 虚构的通知
    issued_on: 2026-11-02
    url: https://example.invalid/YYYY
    days:
      - holiday: 元旦
        off: [YYYY-01-01]
`, "YYYY", year)
		files["cn-"+year+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	c, err := legaltime.LoadCalendar(files, ".", "cn")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestACalendarArrivesOnlyWhenItHasEveryNoticeAndMore(t *testing.T) {
	older, newer, other := calendarOf(t, "2026"), calendarOf(t, "2026", "2027"), calendarOf(t, "2027", "2028")
	for _, tt := range []struct {
		name        string
		has, pinned *legaltime.Calendar
		want        bool
	}{
		{"one year more", newer, older, true},
		{"the same", older, older, false},
		{"an older one, after going back to an older program", older, newer, false},
		{"more notices, and one of them missing", other, older, false},
	} {
		if got := tt.has.Continues(tt.pinned); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, got, tt.want)
		}
	}
}
