package legaltime_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zhengdang/chengxu/legaltime"
)

// goodYear is a file without an error; each row of the table spoils it.
const goodYear = `calendar: cn
year: 2030
notices:
  - number: N1
    title: First
    issued_on: 2029-11-01
    url: https://example.org/1
    days:
      - holiday: 元旦
        off: [2029-12-31, 2030-01-01..2030-01-03]
        work: [2029-12-29, 2030-01-05]
  - number: N2
    title: Second
    issued_on: 2030-01-02
    url: https://example.org/2
    amends: [N1]
    days:
      - holiday: 元旦
        off: [2030-01-04..2030-01-05]
`

func TestLoadCalendarAcceptsANoticeThatAmendsAnother(t *testing.T) {
	cal, err := legaltime.LoadCalendar(fstest.MapFS{"cn-2030.yaml": {Data: []byte(goodYear)}}, ".", "cn")
	if err != nil {
		t.Fatal(err)
	}
	day := cal.Day(date(t, "2030-01-05"))
	if day.Working || day.Notice != "N2" {
		t.Errorf("the amended day is %+v, want off by N2", day)
	}
}

func TestLoadCalendarRefusesAndSaysWhere(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown key of the file", "year: 2030", "year: 2030\nyeer: 1", `cn-2030.yaml:3: unknown key "yeer"`},
		{"unknown key of a notice", "    title: First", "    titel: First", `cn-2030.yaml:5: unknown key "titel"`},
		{"unknown key of a holiday", "        work: [2029", "        wurk: [2029", `cn-2030.yaml:11: unknown key "wurk"`},
		{"key given twice", "year: 2030", "year: 2030\nyear: 2030", `cn-2030.yaml:3: mapping key "year" already defined`},
		{"another calendar", "calendar: cn", "calendar: de", `cn-2030.yaml:1: calendar is "de"`},
		{"another year than the name", "year: 2030", "year: 2031", "cn-2030.yaml:2: year is \"2031\""},
		{"year that is not one", "year: 2030", "year: soon", `cn-2030.yaml:2: year is "soon"`},
		{"day set twice", "2030-01-01..2030-01-03", "2030-01-01..2030-01-03, 2030-01-02", "cn-2030.yaml:10: 2030-01-02 is set twice"},
		{"ranges that overlap", "2030-01-01..2030-01-03", "2030-01-01..2030-01-03, 2030-01-03..2030-01-04", "cn-2030.yaml:10: 2030-01-03 is set twice"},
		{"day both off and work", "work: [2029-12-29,", "work: [2029-12-29, 2030-01-01,", "cn-2030.yaml:11: 2030-01-01 is set twice"},
		{"day changed without amending", "    amends: [N1]\n", "", "cn-2030.yaml:18: 2030-01-05 is set already by notice N1"},
		{"amends nothing that exists", "amends: [N1]", "amends: [N0, N1]", `cn-2030.yaml:16: amends "N0": no earlier notice`},
		{"amends but changes nothing", "2030-01-04..2030-01-05", "2030-01-04", "cn-2030.yaml:16: amends N1, but changes none"},
		{"November of the year before", "2029-12-31,", "2029-11-30,", "cn-2030.yaml:10: 2029-11-30: outside the year 2030"},
		{"next year", "2029-12-31,", "2031-01-01,", "cn-2030.yaml:10: 2031-01-01: outside the year 2030"},
		{"range into the next year", "2029-12-31,", "2030-12-31..2031-01-02,", "outside the year 2030"},
		{"workday that is one anyway", "2030-01-05]\n  - n", "2030-01-07]\n  - n", "cn-2030.yaml:11: 2030-01-07 is a Monday and a working day anyway"},
		{"date that is not one", "2029-12-31,", "2029-12-32,", `cn-2030.yaml:10: date "2029-12-32": want YYYY-MM-DD`},
		{"date in another form", "2029-12-31,", "12/31,", "cn-2030.yaml:10: date \"12/31\""},
		{"range backwards", "2030-01-01..2030-01-03", "2030-01-03..2030-01-01", "the last day must be after the first"},
		{"range of one day", "2030-01-01..2030-01-03", "2030-01-01..2030-01-01", "the last day must be after the first"},
		{"range of a season", "2030-01-01..2030-01-03", "2030-01-01..2030-04-03", "want at most 31"},
		{"range with a bad end", "2030-01-01..2030-01-03", "2030-01-01..", `date ""`},
		{"no number", "  - number: N1\n    title", "  - title", "number is missing"},
		{"no title", "    title: First\n", "", "title is missing"},
		{"no date of the notice", "    issued_on: 2029-11-01\n", "", "issued_on is missing"},
		{"bad date of the notice", "issued_on: 2029-11-01", "issued_on: November", `cn-2030.yaml:6: issued_on: date "November"`},
		{"no address", "    url: https://example.org/1\n", "", "url is missing"},
		{"address that is none", "https://example.org/1", "example.org", `cn-2030.yaml:7: url "example.org"`},
		{"notice twice", "number: N2", "number: N1", "notice N1 stands already in cn-2030.yaml:4"},
		{"holiday without a name", "holiday: 元旦\n        off: [2029", "holiday: ''\n        off: [2029", "cn-2030.yaml:9: notice N1: holiday is missing"},
		{"holiday without days", "\n        off: [2030-01-04..2030-01-05]", "", "neither off nor work"},
		{"list instead of a value", "title: First", "title: [First]", "cn-2030.yaml:5: want a single value"},
		{"value instead of a list", "amends: [N1]", "amends: N1", "cn-2030.yaml:16: cannot unmarshal"},
		{"second document", "        off: [2030-01-04..2030-01-05]\n", "        off: [2030-01-04..2030-01-05]\n---\nyear: 1\n", "want one document only"},
		{"no YAML", "calendar: cn", "calendar: [", "cn-2030.yaml:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(goodYear, tt.old) {
				t.Fatalf("the good file does not contain %q", tt.old)
			}
			file := strings.Replace(goodYear, tt.old, tt.new, 1)
			_, err := legaltime.LoadCalendar(fstest.MapFS{"cn-2030.yaml": {Data: []byte(file)}}, ".", "cn")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestLoadCalendarReportsEverythingAtOnce(t *testing.T) {
	file := strings.NewReplacer("2029-12-31", "2029-12-32", "https://example.org/2", "nowhere", "title: First", "title: ''").Replace(goodYear)
	_, err := legaltime.LoadCalendar(fstest.MapFS{"cn-2030.yaml": {Data: []byte(file)}}, ".", "cn")
	if err == nil {
		t.Fatal("a file with three errors was accepted")
	}
	for _, want := range []string{"title is missing", "2029-12-32", "nowhere"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it too", err, want)
		}
	}
}

func TestLoadCalendarRefusesFolders(t *testing.T) {
	year := func(y string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("calendar: cn\nyear: " + y + "\nnotices:\n- {number: N" + y + ", title: T, issued_on: " + y +
			"-01-01, url: 'https://example.org', days: [{holiday: H, off: [" + y + "-01-02]}]}\n")}
	}
	for _, tt := range []struct {
		name string
		fsys fstest.MapFS
		want string
	}{
		{"no file", fstest.MapFS{}, "no file cn-YYYY.yaml"},
		{"a gap", fstest.MapFS{"cn-2030.yaml": year("2030"), "cn-2032.yaml": year("2032")}, "no file between the years 2030 and 2032"},
		{"a year that is not announced", fstest.MapFS{"cn-2030.yaml": {Data: []byte("calendar: cn\nyear: 2030\n")}}, "cn-2030.yaml:2: no notices"},
		{"an empty file", fstest.MapFS{"cn-2030.yaml": {}}, "cn-2030.yaml:1: the file is empty"},
		{"a year out of range", fstest.MapFS{"cn-1800.yaml": year("1800")}, "want 1950 to 2200"},
		{"a file that is too large", fstest.MapFS{"cn-2030.yaml": {Data: make([]byte, 300<<10)}}, "larger than"},
		{"a folder with the name of a file", fstest.MapFS{"cn-2030.yaml/x": {}}, "read cn-2030.yaml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := legaltime.LoadCalendar(tt.fsys, ".", "cn")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}
