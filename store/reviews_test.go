package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
)

func review(id string, of casefile.ID, at int) audit.Review {
	return audit.Review{ID: id, Organ: testOrgan, Case: of, Checklist: "list@1", By: audit.Person{Organ: "上级", Person: "a1", Name: "审计"}, At: instant(at)}
}

func reviewVersion(n int64, finished bool) audit.Version {
	marks := 7
	v := audit.Version{Number: n, Head: 3, Hash: "ff", At: instant(int(n) + 3), Sheet: audit.Sheet{Grades: []audit.Grade{{ID: "excellent", From: 90}},
		Items: []audit.Judged{{Item: audit.Item{ID: "a", Kind: audit.Points, Points: 10, Text: casefile.Text{ZH: "项", EN: "item"}, Basis: "第一条"},
			Pre: audit.Precheck{Standing: audit.Met, Entries: []int64{1, 2}}, Result: audit.Met, Marks: &marks, Reason: "缺"}}}}
	if finished {
		v.Finished, v.Score, v.Grade = true, 700, "qualified"
	}
	return v
}

func TestReviewsAreKeptAndFinishedOnce(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		ctx, elsewhere := t.Context(), review("r3", "gone", 3)
		elsewhere.Organ, elsewhere.Practice, elsewhere.Follows = "别处", true, "r1"
		for _, r := range []audit.Review{review("r1", "c1", 1), review("r2", "c1", 2), elsewhere} {
			if err := db.AddReview(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.AddReview(ctx, review("r1", "c9", 5)); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("an id that is taken: %v", err)
		}
		for _, v := range []audit.Version{reviewVersion(1, false), reviewVersion(2, true)} {
			if err := db.AddReviewVersion(ctx, "r1", v); err != nil {
				t.Fatal(err)
			}
		}
		for name, v := range map[string]audit.Version{"a number that is taken": reviewVersion(1, false), "after it was finished": reviewVersion(3, false)} {
			if err := db.AddReviewVersion(ctx, "r1", v); !errors.Is(err, casefile.ErrConflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := db.AddReviewVersion(ctx, "none", reviewVersion(1, false)); err == nil {
			t.Error("a version of a review that is not there")
		}
		if err := db.AddReviewVersion(ctx, "r2", reviewVersion(1, false)); err != nil {
			t.Fatal(err)
		}
		want := review("r1", "c1", 1)
		want.Title, want.Kept = "方案", reviewVersion(2, true)
		got, err := db.Review(ctx, "r1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got, err := db.Review(ctx, "r3"); err != nil || got.Kept.Number != 0 || got.Follows != "r1" {
			t.Errorf("one that was never kept: %+v, %v", got, err)
		}
		if _, err := db.Review(ctx, "r9"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("one that is not there: %v", err)
		}
		yes, no, here, all := true, false, []casefile.OrganID{testOrgan}, []casefile.OrganID{testOrgan, "别处"}
		for name, tt := range map[string]struct {
			f    audit.ReviewFilter
			want []string
		}{
			"no organ":       {audit.ReviewFilter{Limit: 9}, []string{}},
			"an organ":       {audit.ReviewFilter{Organs: here, Limit: 9}, []string{"r2", "r1"}},
			"two organs":     {audit.ReviewFilter{Organs: all, Limit: 9}, []string{"r3", "r2", "r1"}},
			"a page":         {audit.ReviewFilter{Organs: all, Limit: 1, After: "r3"}, []string{"r2"}},
			"after none":     {audit.ReviewFilter{Organs: all, Limit: 9, After: "?"}, []string{}},
			"a case":         {audit.ReviewFilter{Organs: all, Case: "gone", Limit: 9}, []string{"r3"}},
			"finished":       {audit.ReviewFilter{Organs: all, Finished: &yes, Limit: 9}, []string{"r1"}},
			"not finished":   {audit.ReviewFilter{Organs: all, Finished: &no, Limit: 9}, []string{"r3", "r2"}},
			"a grade":        {audit.ReviewFilter{Organs: all, Grade: "qualified", Limit: 9}, []string{"r1"}},
			"another grade":  {audit.ReviewFilter{Organs: all, Grade: "excellent", Limit: 9}, []string{}},
			"practice cases": {audit.ReviewFilter{Organs: all, Practice: &yes, Limit: 9}, []string{"r3"}},
		} {
			list, err := db.Reviews(ctx, tt.f)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			ids := []string{}
			for _, r := range list {
				ids = append(ids, r.ID)
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

func TestTheDatabaseRefusesToChangeReviews(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		if err := db.AddReview(t.Context(), review("r1", "c1", 1)); err != nil {
			t.Fatal(err)
		}
		if err := db.AddReviewVersion(t.Context(), "r1", reviewVersion(1, true)); err != nil {
			t.Fatal(err)
		}
		statements := []string{`UPDATE reviews SET follows = 'x'`, `DELETE FROM reviews`, `UPDATE review_versions SET score = 1`, `DELETE FROM review_versions`,
			`INSERT INTO review_versions SELECT review, 2, finished, head, hash, score, grade, sheet, at FROM review_versions`}
		if db.postgres {
			statements = append(statements, `TRUNCATE reviews CASCADE`, `TRUNCATE review_versions`, `SET session_replication_role = replica; DELETE FROM review_versions`)
		} else {
			statements = append(statements, `REPLACE INTO reviews SELECT * FROM reviews`, `REPLACE INTO review_versions SELECT * FROM review_versions`)
		}
		for _, statement := range statements {
			if err := db.exec(t.Context(), statement); err == nil {
				t.Errorf("the database let this pass: %s", statement)
			}
		}
	})
}
