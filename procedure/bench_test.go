package procedure_test

import (
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

func BenchmarkPlan(b *testing.B) {
	w := newWalk(b, decision(b), passing(casefile.Block), "2024-03-01")
	toReview(w)
	act := w.act(by("drafter"), "legality_review.submit", v{"draft": digest(1), "pack": []string{"draft"}, "requested_by": "2024-03-20"})
	docs := papers(act.With)
	for b.Loop() {
		if _, refusal := w.d.Plan(&w.c, act, docs, w.today); refusal != nil {
			b.Fatal(refusal)
		}
	}
}
