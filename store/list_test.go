package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// openCase records an opening at a minute of the first of March.
func openCase(t *testing.T, db *database, id casefile.ID, title string, minute int) {
	t.Helper()
	e := openingEntry(testOrgan, id, title)
	e.At = time.Date(2024, time.March, 1, 8, minute, 0, 0, time.UTC)
	record(t, db.Store, e)
}

func ids(cases []store.Summary) []casefile.ID {
	out := []casefile.ID{}
	for _, c := range cases {
		out = append(out, c.ID)
	}
	return out
}

func TestPagesStayPutWhileCasesAreOpened(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		for n := range 7 {
			// Two cases a minute: instants alone do not order them.
			openCase(t, db, casefile.ID(fmt.Sprintf("case-%d", n)), "方案", n/2)
		}
		var seen []casefile.ID
		after := ""
		for page := 0; ; page++ {
			cases, next, err := db.List(t.Context(), store.Filter{Organ: testOrgan, Limit: 2, After: after})
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, ids(cases)...)
			if next == "" {
				break
			}
			openCase(t, db, casefile.ID(fmt.Sprintf("new-%d", page)), "方案", 30+page)
			after = next
		}
		want := []casefile.ID{"case-6", "case-5", "case-4", "case-3", "case-2", "case-1", "case-0"}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
	})
}

func TestAFullLastPageHasNoNext(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		openCase(t, db, "a", "方案", 1)
		openCase(t, db, "b", "方案", 2)
		cases, next, err := db.List(t.Context(), store.Filter{Organ: testOrgan, Limit: 2})
		if err != nil || len(cases) != 2 || next != "" {
			t.Errorf("%d cases, next %q, %v; want 2 and no next", len(cases), next, err)
		}
	})
}

func TestCasesAreFoundByTitleTakenLiterally(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		for i, title := range []string{
			"普陀区生活垃圾分类方案", "关于100%电动公交的决定", "关于100元补贴的决定", `a_b\c 方案`, "aXb 方案", "PILOT 方案", "Ünterricht!",
		} {
			openCase(t, db, casefile.ID(fmt.Sprintf("c%d", i)), title, i)
		}
		for _, tt := range []struct {
			query string
			want  []casefile.ID
		}{
			{"生活垃圾", []casefile.ID{"c0"}},
			{"垃圾生活", []casefile.ID{}},
			{"100%", []casefile.ID{"c1"}},
			{"100", []casefile.ID{"c2", "c1"}},
			{"a_b", []casefile.ID{"c3"}},
			{`\c`, []casefile.ID{"c3"}},
			{"!", []casefile.ID{"c6"}},
			{"ünter", []casefile.ID{"c6"}},
			{"pilot", []casefile.ID{"c5"}},
			{"' OR 1=1 --", []casefile.ID{}},
			{" 方案 ", []casefile.ID{"c5", "c4", "c3", "c0"}},
		} {
			cases, _, err := db.List(t.Context(), store.Filter{Organ: testOrgan, Query: tt.query})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, ids(cases)); diff != "" {
				t.Errorf("query %q (-want +got):\n%s", tt.query, diff)
			}
		}
	})
}

func TestCasesAreFilteredByOrganPracticeAndStatus(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		practice := openingEntry(testOrgan, "practice", "演练")
		practice.Practice = true
		record(t, db.Store, practice)
		record(t, db.Store, openingEntry(testOrgan, "real", "方案"))
		record(t, db.Store, openingEntry("other", "elsewhere", "方案"))
		closing := actEntry(testOrgan, "real", 2)
		closing.Status, closing.End = casefile.StatusClosed, "archived"
		record(t, db.Store, closing)
		yes, no := true, false
		for _, tt := range []struct {
			name   string
			filter store.Filter
			want   []casefile.ID
		}{
			{"all of the organ", store.Filter{Organ: testOrgan}, []casefile.ID{"real", "practice"}},
			{"of another organ", store.Filter{Organ: "other"}, []casefile.ID{"elsewhere"}},
			{"practice", store.Filter{Organ: testOrgan, Practice: &yes}, []casefile.ID{"practice"}},
			{"real", store.Filter{Organ: testOrgan, Practice: &no}, []casefile.ID{"real"}},
			{"running", store.Filter{Organ: testOrgan, Status: casefile.StatusRunning}, []casefile.ID{"practice"}},
			{"closed", store.Filter{Organ: testOrgan, Status: casefile.StatusClosed}, []casefile.ID{"real"}},
			{"no such status", store.Filter{Organ: testOrgan, Status: "x"}, []casefile.ID{}},
		} {
			cases, _, err := db.List(t.Context(), tt.filter)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, ids(cases)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
		got, _, err := db.List(t.Context(), store.Filter{Organ: testOrgan, Practice: &no})
		if err != nil {
			t.Fatal(err)
		}
		want := []store.Summary{{
			ID: "real", Organ: testOrgan, Procedure: "cn.major-decision@2019", Title: "方案", Category: "public_policy",
			Status: casefile.StatusClosed, End: "archived", OpenedOn: on(t, "2024-03-01"), UpdatedOn: on(t, "2024-03-03"),
			Sequence: 2, Steps: []string{},
		}}
		if diff := cmp.Diff(toJSON(t, want), toJSON(t, got)); diff != "" {
			t.Errorf("summary (-want +got):\n%s", diff)
		}
	})
}

func TestAFilterThatIsNotWellFormedIsInvalid(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		for name, f := range map[string]store.Filter{
			"no organ":             {},
			"a limit below 0":      {Organ: testOrgan, Limit: -1},
			"a limit above 200":    {Organ: testOrgan, Limit: 201},
			"a query of bad UTF-8": {Organ: testOrgan, Query: "\xff"},
			"a query with a zero":  {Organ: testOrgan, Query: "a\x00"},
			"a query too long":     {Organ: testOrgan, Query: strings.Repeat("长", 101)},
			"a cursor of no form":  {Organ: testOrgan, After: "%%%"},
			"a cursor made up":     {Organ: testOrgan, After: "eA"},
			"a cursor without id":  {Organ: testOrgan, After: "MSA"},
		} {
			if _, _, err := db.List(t.Context(), f); !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("%s: %v, want invalid", name, err)
			}
		}
	})
}

func TestCasesThatFollowOneAreFound(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		for minute, one := range []struct {
			organ       casefile.OrganID
			id, follows casefile.ID
		}{{testOrgan, "first", ""}, {testOrgan, "later", "first"}, {testOrgan, "beside", "other"}, {"elsewhere", "foreign", "first"}, {testOrgan, "latest", "first"}} {
			e := openingEntry(one.organ, one.id, "方案")
			e.At = time.Date(2024, time.March, 1, 8, minute, 0, 0, time.UTC)
			matter := *e.Matter
			matter.Follows = one.follows
			e.Matter = &matter
			record(t, db.Store, e)
		}
		got, err := db.Following(t.Context(), testOrgan, "first")
		if diff := cmp.Diff([]casefile.ID{"later", "latest"}, ids(got)); err != nil || diff != "" {
			t.Errorf("%v; cases (-want +got):\n%s", err, diff)
		}
		if got, err := db.Following(t.Context(), testOrgan, "latest"); err != nil || len(got) != 0 {
			t.Errorf("%v, %v; want none", ids(got), err)
		}
	})
}

// A number is a key of its own when it is whole; a part of one finds it too.
func TestNumbersInTitlesAreFoundWholeAndInPart(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		openCase(t, db, "a", "普政规〔2024〕第0500012号方案", 1)
		openCase(t, db, "b", "普政规〔2024〕第0500123号方案", 2)
		openCase(t, db, "c", "第05001234号", 3)
		for query, want := range map[string][]casefile.ID{
			"第0500012号": {"a"}, "〔2024〕第0500123号": {"b"}, "0500012": {"a"}, "0500": {"a", "b", "c"}, "第0500123": {"b", "c"},
			"5001234号": {"c"}, "05001234": {"c"}, "2024": {"a", "b"}, "〔2024〕": {"a", "b"}, "第500012号": nil, "第05000123号": nil,
		} {
			cases, _, err := db.List(t.Context(), store.Filter{Organ: testOrgan, Query: query, Ascending: true})
			if got := ids(cases); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v, %v; want %v", query, got, err, want)
			}
		}
	})
}

// PostgreSQL would plan a statement that stays prepared once for rare words and common
// ones, and walk through every case for the latter.
func TestListsArePlannedWithTheirWordsOnPostgreSQL(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		openCase(t, db, "case-1", "生活垃圾分类方案", 1)
		held, err := db.Held(t.Context(), func() error {
			filter := store.Filter{Organ: testOrgan, Query: "分类方案"}
			_, _, listErr := db.List(t.Context(), filter)
			_, _, countErr := db.Count(t.Context(), filter)
			_, caseErr := db.Case(t.Context(), "case-1")
			return errors.Join(listErr, countErr, caseErr)
		})
		if err != nil {
			t.Fatal(err)
		}
		lists := slices.ContainsFunc(held, func(query string) bool { return strings.Contains(query, "c.title_folded LIKE") })
		if lists == db.postgres || len(held) == 0 {
			t.Errorf("a list stays prepared: %t, of %q", lists, held)
		}
	})
}
