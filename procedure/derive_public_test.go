package procedure_test

import (
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// public is what the last entry would leave for the public if the case were real.
func public(w *walk) casefile.Derived {
	c := w.c
	c.Practice = false
	return w.d.Derive(&c, w.entries[len(w.entries)-1])
}

// atWindow walks to a comment window that has just been opened.
func atWindow(t *testing.T) *walk {
	t.Helper()
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	w.do("drafter", "coordination.conclude", v{"result": "agreed"})
	w.do("drafter", "participation.open", v{"closes_on": "2024-04-30", "channels": []string{"区政府网站"}, "notice": digest(9)})
	return w
}

func TestAnOpenedWindowIsAConsultation(t *testing.T) {
	w := atWindow(t)
	got := public(w).Consultation
	if got == nil || !got.Open || !got.Shown || got.Round != 1 || got.OpensOn.String() != "2024-03-01" || got.ClosesOn.String() != "2024-04-30" || len(got.Channels) != 1 {
		t.Fatalf("opened: %+v", got)
	}
	digests := map[casefile.Digest]bool{}
	for _, p := range got.Papers {
		digests[p.Digest] = true
	}
	for n, what := range map[int]string{1: "draft", 2: "explanation", 9: "notice"} {
		if !digests[casefile.Digest(digest(n))] {
			t.Errorf("the public does not get the %s", what)
		}
	}
	if practice := w.d.Derive(&w.c, w.entries[len(w.entries)-1]).Consultation; w.c.Practice && practice != nil {
		t.Error("practice reaches the public")
	}
}

func TestWhatEndsAWindowEndsTheConsultation(t *testing.T) {
	for name, tt := range map[string]struct {
		do    func(w *walk)
		open  bool
		shown bool
	}{
		"a note": {func(w *walk) { w.do("drafter", "case.note", v{"text": "记事"}) }, true, true},
		"extension": {func(w *walk) {
			w.do("drafter", "participation.extend", v{"closes_on": "2024-05-30", "channels": []string{"网站"}, "reason": "来信较多"})
		}, true, true},
		"closing": {func(w *walk) { w.do("drafter", "participation.close", nil) }, false, true},
		"suspension": {func(w *walk) {
			w.do("drafter", "case.suspend", v{"reason": "等待", "decided_by": "区政府", "review_on": "2024-06-01"})
		}, false, true},
		"withdrawal": {func(w *walk) { w.do("office", "case.withdraw", v{"reason": "取消", "agreed_by": "区政府"}) }, false, true},
		"a secret": {func(w *walk) {
			w.do("secrecy_officer", "case.seal", v{"register_number": "密1", "basis": "保密法", "documents": []string{digest(1)}, "instruction": "移出"})
		}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := atWindow(t)
			tt.do(w)
			d := public(w)
			if d.Consultation == nil || d.Consultation.Open != tt.open || d.Consultation.Shown != tt.shown || d.Withdrawn == tt.shown {
				t.Errorf("after it: %+v, withdrawn %t", d.Consultation, d.Withdrawn)
			}
			if name == "extension" && d.Consultation.ClosesOn.String() != "2024-05-30" {
				t.Errorf("extended to %s", d.Consultation.ClosesOn)
			}
			if len(d.Consultation.Papers) > 0 {
				t.Error("papers change after the opening")
			}
		})
	}
}

// What explains a decision, and what became of the views, stands beside it; neither is
// shown in practice, nor what the public may not read.
func TestPapersBesideADecisionArePublic(t *testing.T) {
	d := decision(t)
	var step string
	for _, s := range d.Steps {
		if s.Type == procedure.Publication {
			step = s.ID
		}
	}
	c := casefile.Case{Documents: []casefile.Document{{Digest: casefile.Digest(digest(4)), Kind: casefile.KindMaterial, Title: "一图读懂"},
		{Digest: casefile.Digest(digest(5)), Kind: casefile.KindMaterial, Title: "内部口径", Level: casefile.LevelRestricted}, {Digest: casefile.Digest(digest(6)), Kind: casefile.KindMaterial, Withdrawn: true}}}
	entry := func(verb, paper string) casefile.Entry {
		return casefile.Entry{Kind: casefile.EntryAct, Step: step, Verb: verb, On: c.Today, Act: &casefile.Act{With: v{"document": paper}}}
	}
	for verb, role := range map[string]string{"interpret": casefile.PaperInterpretation, "publish_adoption": casefile.PaperAdoption} {
		got := d.Derive(&c, entry(verb, digest(4))).Publication
		if got == nil || !got.Beside || len(got.Papers) != 1 || got.Papers[0].Role != role || got.Papers[0].Title != "一图读懂" {
			t.Errorf("%s: %+v", verb, got)
		}
		for _, hidden := range []string{digest(5), digest(6), "", digest(7)} {
			if got := d.Derive(&c, entry(verb, hidden)).Publication; got != nil {
				t.Errorf("%s of what the public may not read: %+v", verb, got)
			}
		}
		blocked := entry(verb, digest(4))
		blocked.Kind = casefile.EntryBlocked
		practice := c
		practice.Practice = true
		if d.Derive(&c, blocked).Publication != nil || d.Derive(&practice, entry(verb, digest(4))).Publication != nil {
			t.Errorf("%s: what was stopped, or is practice, reaches the public", verb)
		}
	}
	if got := d.Derive(&c, entry("publish", digest(4))).Publication; got == nil || got.Beside || got.Papers[0].Role != "" {
		t.Errorf("the decision itself: %+v", got)
	}
	if got := d.Derive(&c, entry("privacy", digest(4))).Publication; got != nil {
		t.Errorf("another act publishes %+v", got)
	}
}
