package legaltime_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/legaltime"
)

// shippedDigest is the version that cases have pinned. It changes only when the
// calendar itself changes.
const shippedDigest = "76b18c356f62e7eabc5f05d5c27ae7e41598582c4ec03365819387f61918294c"

func TestCalendarComesBackFromItsCanonicalForm(t *testing.T) {
	cal := embedded(t)
	again, err := legaltime.ParseCalendar(cal.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Canonical(), cal.Canonical()) || again.Digest() != cal.Digest() {
		t.Error("the canonical form changed on the way")
	}
	if diff := cmp.Diff(cal.Notices(), again.Notices(), cmp.Comparer(func(a, b legaltime.Date) bool { return a == b })); diff != "" {
		t.Errorf("notices differ:\n%s", diff)
	}
	for d := date(t, "2018-11-01"); d.Year() < 2028; d = d.AddDays(1) {
		if cal.Day(d) != again.Day(d) {
			t.Fatalf("Day(%s) = %+v, before %+v", d, again.Day(d), cal.Day(d))
		}
	}
}

func TestDigestIsTheVersion(t *testing.T) {
	cal := embedded(t)
	sum := sha256.Sum256(cal.Canonical())
	if got := hex.EncodeToString(sum[:]); cal.Digest() != got {
		t.Errorf("Digest() = %s, want the SHA-256 of the canonical form, %s", cal.Digest(), got)
	}
	if cal.Digest() != shippedDigest {
		t.Errorf("Digest() = %s, want %s: cases pin this version", cal.Digest(), shippedDigest)
	}
}

func TestDigestDependsOnTheDaysAndNotOnTheLayoutOfTheFile(t *testing.T) {
	load := func(file string) string {
		t.Helper()
		cal, err := legaltime.LoadCalendar(fstest.MapFS{"cn-2030.yaml": {Data: []byte(file)}}, ".", "cn")
		if err != nil {
			t.Fatal(err)
		}
		return cal.Digest()
	}
	const head = "calendar: cn\nyear: 2030\nnotices:\n- {number: N1, title: T, issued_on: 2029-11-01, url: 'https://example.org/1', days: "
	ranged := load(head + "[{holiday: H, off: [2030-01-01..2030-01-03]}]}\n")
	listed := load("# a comment\n" + head + "[{holiday: H, off: [2030-01-03, 2030-01-01..2030-01-02]}]}\n")
	shorter := load(head + "[{holiday: H, off: [2030-01-01..2030-01-02]}]}\n")
	if ranged != listed {
		t.Error("the same days written in another way have another digest")
	}
	if ranged == shorter {
		t.Error("other days have the same digest")
	}
}

func TestParseCalendarRefuses(t *testing.T) {
	good := string(embedded(t).Canonical())
	replace := func(old, new string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("the canonical form does not contain %s", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", "EOF"},
		{"half of it", good[:len(good)/2], "unexpected EOF"},
		{"something behind it", good + "{}", "something follows"},
		{"a space", " " + good, "not in canonical form"},
		{"a line break at the end", good + "\n", "not in canonical form"},
		{"an unknown key", replace(`{"v":1,`, `{"v":1,"w":2,`), `unknown field "w"`},
		{"another version", replace(`{"v":1,`, `{"v":2,`), "version 2"},
		{"no name", replace(`"calendar":"cn"`, `"calendar":""`), "calendar is missing"},
		{"years out of order", replace(`"last_year":2026`, `"last_year":2018`), "years 2019 to 2018"},
		{"years without measure", replace(`"last_year":2026`, `"last_year":999999999`), "want years in order"},
		{"a day outside the years", replace(`"date":"2026-10-10"`, `"date":"2027-10-10"`), "outside the years"},
		{"a day twice", replace(`"date":"2026-10-07"`, `"date":"2026-10-06"`), "not after the day before it"},
		{"a date that is not one", replace(`"date":"2026-10-07"`, `"date":"2026-10-32"`), "want YYYY-MM-DD"},
		{"a notice that is not there", replace(`"notice":"国办发明电〔2025〕7号"`, `"notice":"X"`), `no notice "X"`},
		{"a day without a holiday", replace(`"holiday":"春节"`, `"holiday":""`), "holiday is missing"},
		{"a notice without a title", replace(`"title":"国务院办公厅关于2026年部分节假日安排的通知"`, `"title":""`), "is missing"},
		{"a notice twice", replace(`"number":"国办发明电〔2025〕7号"`, `"number":"国办发明电〔2024〕12号"`), "given twice"},
		{"a list", "[]", "cannot unmarshal"},
		{"too much", strings.Repeat(" ", 5<<20), "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := legaltime.ParseCalendar([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}
