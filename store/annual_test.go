package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

func TestFrozenFiguresStay(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		report := func(version int64, practice bool) store.AnnualReport {
			return store.AnnualReport{Organ: testOrgan, Year: 2026, Practice: practice, Version: version, Size: 7, Root: "ab", Note: []byte("note"), Digest: "cd",
				Content: []byte(`{"数":"一"}`), ByOrgan: "上级", ByPerson: "a1", ByName: "审计", At: instant(int(version))}
		}
		for _, r := range []store.AnnualReport{report(1, false), report(2, false), report(1, true)} {
			if err := db.AddAnnualReport(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.AddAnnualReport(ctx, report(2, false)); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("a version that is taken: %v", err)
		}
		all, err := db.AnnualReports(ctx, testOrgan, 2026, false)
		if err != nil || len(all) != 2 || all[0].Version != 2 || all[0].Content != nil {
			t.Errorf("%+v %v", all, err)
		}
		got, err := db.AnnualReport(ctx, testOrgan, 2026, true, 1)
		if diff := cmp.Diff(report(1, true), got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		if _, err := db.AnnualReport(ctx, testOrgan, 2025, false, 1); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("another year: %v", err)
		}
		statements := []string{`UPDATE annual_reports SET content = content`, `DELETE FROM annual_reports WHERE version = 1`}
		if !db.postgres {
			statements = append(statements, `REPLACE INTO annual_reports SELECT * FROM annual_reports WHERE version = 2`)
		}
		for _, statement := range statements {
			if err := db.exec(ctx, statement); err == nil {
				t.Errorf("the database let this pass: %s", statement)
			}
		}
	})
}

func TestCasesInTheLogOfAnOrgan(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		for _, id := range []casefile.ID{"c2", "c1", "c3"} {
			record(t, db.Store, openingEntry(testOrgan, id, "方案"))
		}
		record(t, db.Store, actEntry(testOrgan, "c1", 2))
		record(t, db.Store, openingEntry("别处", "c0", "方案"))
		first, err := db.CasesOf(t.Context(), testOrgan, "", 2)
		if err != nil || !slices.Equal(first, []casefile.ID{"c1", "c2"}) {
			t.Errorf("%v %v", first, err)
		}
		if rest, err := db.CasesOf(t.Context(), testOrgan, "c2", 2); err != nil || !slices.Equal(rest, []casefile.ID{"c3"}) {
			t.Errorf("%v %v", rest, err)
		}
	})
}
