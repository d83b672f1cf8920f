package procedure_test

import (
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

// An act under a mandate is done on its first day, on its last, and on those between,
// by the clock of the case; on no other.
func TestAnActUnderAMandateIsDoneOnItsDays(t *testing.T) {
	for on, want := range map[string]casefile.RefusalCode{
		"2024-03-09": casefile.RefusedMandate, "2024-03-10": "", "2024-03-15": "", "2024-03-20": "", "2024-03-21": casefile.RefusedMandate,
	} {
		w := newWalk(t, decision(t), passing(casefile.Pass), on)
		deputy := under("li", "zhang", "office")
		deputy.Mandate.From, deputy.Mandate.Until = day("2024-03-10"), day("2024-03-20")
		with := casefile.Values{"text": "记事"}
		if want != "" {
			w.refused(deputy, "case.note", with, want)
			continue
		}
		if e := w.try(w.act(deputy, "case.note", with)); e.Kind != casefile.EntryAct || e.Act.By.Mandate == nil || e.Act.By.Mandate.Until != day("2024-03-20") {
			t.Errorf("on %s: %+v", on, e)
		}
	}
}
