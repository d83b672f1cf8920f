package register_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/register"
)

func day(text string) legaltime.Date {
	d, err := legaltime.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func published(on, effective, until, kind string) casefile.DocumentChange {
	c := casefile.DocumentChange{Document: "一号", Change: casefile.DocumentPublished, On: day(effective), Published: day(on), Kind: kind}
	if until != "" {
		c.Until = day(until)
	}
	return c
}

func change(kind casefile.ChangeKind, on, until string, clauses ...string) casefile.DocumentChange {
	c := casefile.DocumentChange{Document: "一号", Change: kind, On: day(on), Clauses: clauses}
	if until != "" {
		c.Until = day(until)
	}
	return c
}

// Each line is a document, a day, and how it stands on it, to the day.
func TestHowADocumentStands(t *testing.T) {
	ordinary := published("2025-06-09", "2025-07-15", "2027-07-14", "ordinary")
	trial := published("2025-06-09", "2025-07-15", "2027-07-14", "interim-trial")
	for _, tt := range []struct {
		name    string
		changes []casefile.DocumentChange
		on      string
		want    string // the state, what is said besides, and clauses out of use; empty: not known
	}{
		{"the day before it is published", list(ordinary), "2025-06-08", ""},
		{"published", list(ordinary), "2025-06-09", "not-yet-effective"},
		{"the day before it applies", list(ordinary), "2025-07-14", "not-yet-effective"},
		{"the day from which it applies", list(ordinary), "2025-07-15", "in-force"},
		{"more than six months before the end", list(ordinary), "2027-01-13", "in-force"},
		{"six months before the end", list(ordinary), "2027-01-14", "in-force expiring"},
		{"the last day", list(ordinary), "2027-07-14", "in-force expiring"},
		{"the day after the last", list(ordinary), "2027-07-15", "lapsed"},
		{"without a term it does not lapse", list(published("2025-06-09", "2025-07-15", "", "ordinary")), "2090-01-01", "in-force"},
		{"on trial", list(trial), "2025-07-15", "in-force trial"},
		{"on trial and expiring", list(trial), "2027-07-14", "in-force trial expiring"},
		{"a trial that is over", list(trial), "2027-07-15", "lapsed"},

		{"before the repeal", list(ordinary, change(casefile.DocumentRepealed, "2026-03-01", "")), "2026-02-28", "in-force"},
		{"the day of the repeal", list(ordinary, change(casefile.DocumentRepealed, "2026-03-01", "")), "2026-03-01", "repealed"},
		{"repealed stays repealed when the term is over", list(ordinary, change(casefile.DocumentRepealed, "2026-03-01", "")), "2028-01-01", "repealed"},
		{"repealed before it applied", list(ordinary, change(casefile.DocumentRepealed, "2025-07-01", "")), "2025-07-02", "repealed"},
		{"and it does not come into force after all", list(ordinary, change(casefile.DocumentRepealed, "2025-07-01", "")), "2025-07-20", "repealed"},
		{"declared lapsed", list(ordinary, change(casefile.DocumentLapsed, "2026-03-01", "")), "2026-03-01", "lapsed"},
		{"the day before it is declared lapsed", list(ordinary, change(casefile.DocumentLapsed, "2026-03-01", "")), "2026-02-28", "in-force"},

		{"amended", list(ordinary, change(casefile.DocumentAmended, "2026-03-01", "")), "2026-03-01", "in-force amended"},
		{"before it is amended", list(ordinary, change(casefile.DocumentAmended, "2026-03-01", "")), "2026-02-28", "in-force"},
		{"amended with another term", list(ordinary, change(casefile.DocumentAmended, "2026-03-01", "2030-02-28")), "2027-07-15", "in-force amended"},
		{"amended keeps its term", list(ordinary, change(casefile.DocumentAmended, "2026-03-01", "")), "2027-07-15", "lapsed"},

		{"extended", list(ordinary, change(casefile.DocumentExtended, "2027-06-01", "2029-07-14")), "2027-07-15", "in-force"},
		{"extended from the day after the last", list(ordinary, change(casefile.DocumentExtended, "2027-07-15", "2029-07-14")), "2027-07-15", "in-force"},
		{"extended a day too late", list(ordinary, change(casefile.DocumentExtended, "2027-07-16", "2029-07-14")), "2027-07-16", "lapsed"},
		{"extended a day too late, years after", list(ordinary, change(casefile.DocumentExtended, "2027-07-16", "2029-07-14")), "2028-07-16", "lapsed"},
		{"an extension is not known before its day", list(ordinary, change(casefile.DocumentExtended, "2027-06-01", "2029-07-14")), "2027-05-31", "in-force expiring"},
		{"the extended term is over", list(ordinary, change(casefile.DocumentExtended, "2027-06-01", "2029-07-14")), "2029-07-15", "lapsed"},

		{"a clause out of use", list(ordinary, change(casefile.ClauseDisabled, "2026-01-05", "", "第三条", "第五条")), "2026-01-05", "in-force clause-suspended 第三条 第五条"},
		{"the day before", list(ordinary, change(casefile.ClauseDisabled, "2026-01-05", "", "第三条")), "2026-01-04", "in-force"},
		{"one of them restored", list(ordinary, change(casefile.ClauseDisabled, "2026-01-05", "", "第三条", "第五条"), change(casefile.ClauseRestored, "2026-02-01", "", "第五条")), "2026-02-01", "in-force clause-suspended 第三条"},
		{"all restored", list(ordinary, change(casefile.ClauseDisabled, "2026-01-05", "", "第三条"), change(casefile.ClauseRestored, "2026-02-01", "", "第三条")), "2026-02-01", "in-force"},
		{"lapsed with a clause out of use", list(ordinary, change(casefile.ClauseDisabled, "2026-01-05", "", "第三条")), "2027-07-15", "lapsed 第三条"},
		{"in whatever order they were recorded", list(change(casefile.ClauseRestored, "2026-02-01", "", "第三条"), change(casefile.ClauseDisabled, "2026-01-05", "", "第三条"), ordinary), "2026-02-02", "in-force"},

		{"filing changes nothing", list(ordinary, change(casefile.DocumentFiled, "2025-07-20", "")), "2025-07-20", "in-force"},
		{"from before the register: extended", list(change(casefile.DocumentExtended, "2026-01-01", "2028-12-31")), "2026-01-01", "in-force"},
		{"from before the register: not known before", list(change(casefile.DocumentExtended, "2026-01-01", "2028-12-31")), "2025-12-31", ""},
		{"from before the register: repealed", list(change(casefile.DocumentRepealed, "2026-01-01", "")), "2026-01-01", "repealed"},
		{"applies at once", list(casefile.DocumentChange{Change: casefile.DocumentPublished, On: day("2025-07-01")}), "2025-07-01", "in-force"},
		{"nothing recorded", nil, "2025-07-01", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, ok := register.At(tt.changes, day(tt.on))
			got := ""
			if ok {
				parts := []string{string(s.State)}
				for _, also := range s.Also {
					parts = append(parts, string(also))
				}
				got = strings.Join(append(parts, s.Disabled...), " ")
			}
			if got != tt.want {
				t.Errorf("on %s it is %q, want %q", tt.on, got, tt.want)
			}
		})
	}
}

func list(changes ...casefile.DocumentChange) []casefile.DocumentChange { return changes }

// What is asked of the register changes nothing in what is recorded.
func TestAskingLeavesTheChangesAlone(t *testing.T) {
	changes := list(change(casefile.ClauseRestored, "2026-02-01", "", "第三条"), change(casefile.ClauseDisabled, "2026-01-05", "", "第三条", "第四条"), published("2025-06-09", "2025-07-15", "", "ordinary"))
	before := fmt.Sprint(changes)
	register.At(changes, day("2026-03-01"))
	if after := fmt.Sprint(changes); after != before {
		t.Errorf("was %s, is %s", before, after)
	}
}

// shelf keeps documents in the order of the list.
type shelf []register.Document

func (s shelf) Documents(_ context.Context, f register.Filter) ([]register.Document, string, error) {
	from := 0
	if f.After != "" {
		place, err := register.ParseCursor(f.After)
		if err != nil {
			return nil, "", err
		}
		from = slices.IndexFunc(s, func(d register.Document) bool { return d.Number == place.Number }) + 1
	}
	to := min(from+f.Limit, len(s))
	if to == len(s) {
		return s[from:to], "", nil
	}
	return s[from:to], register.Cursor(s[to-1]), nil
}

func (s shelf) Document(context.Context, casefile.OrganID, string) (register.Document, error) {
	return register.Document{}, errors.ErrUnsupported
}

func (s shelf) DocumentOrgans(context.Context) ([]casefile.OrganID, error) { return nil, nil }

// Every document in a state is on one page and on one only, however rare the state is.
func TestPagesOfAState(t *testing.T) {
	var all shelf
	want := map[register.State]int{}
	for i := range 1000 {
		d := register.Document{Organ: "街道", Number: fmt.Sprintf("%04d号", i)}
		d.Changes = []register.Change{{DocumentChange: published("2025-01-01", "2025-01-01", "2029-12-31", "ordinary")}}
		switch {
		case i%97 == 0:
			d.Changes = append(d.Changes, register.Change{DocumentChange: change(casefile.DocumentRepealed, "2025-02-01", "")})
			want[register.Repealed]++
		case i%2 == 0:
			d.Changes = append(d.Changes, register.Change{DocumentChange: change(casefile.DocumentAmended, "2025-02-01", "")})
			want[register.Amended]++
		}
		all = append(all, d)
	}
	want[""] = len(all)
	for state, total := range want {
		seen := map[string]bool{}
		f := register.Filter{State: state, On: day("2026-01-01"), Limit: 7}
		for {
			page, next, err := register.List(t.Context(), all, f)
			if err != nil || len(page) > f.Limit {
				t.Fatalf("%v: %d on a page", err, len(page))
			}
			for _, d := range page {
				if seen[d.Number] || state != "" && !d.Standing.Is(state) {
					t.Fatalf("%s again, or not %s", d.Number, state)
				}
				seen[d.Number] = true
			}
			if next == "" {
				break
			}
			f.After = next
		}
		if len(seen) != total {
			t.Errorf("%d are %q, want %d", len(seen), state, total)
		}
	}
}

func TestCursorsThatWereNotGivenOut(t *testing.T) {
	for _, text := range []string{"x", "W10", "WyJhIl0", "eyJhIjoxfQ", "WyIiLCJcdTAwMDAiLCIiXQ"} {
		if _, err := register.ParseCursor(text); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
