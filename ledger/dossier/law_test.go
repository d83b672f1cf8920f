package dossier_test

import (
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/ledger/dossier"
)

func TestWholeCaseIsDerivedAgain(t *testing.T) {
	d := played(t, loadShipped(t), "putuo-waste-sorting.yaml")
	raw := d.dossier(t, d.entries, history(t, d.entries...))
	report := verify(raw, dossier.Options{Replayer: dossier.ReplayerFunc(scripted)})
	if !report.OK() || report.Failed() || report.Law.Checked != len(d.entries) {
		t.Errorf("report:\n%s", report)
	}
	t.Logf("%d entries, %d bytes\n%s", len(d.entries), len(raw), report)
	if !strings.Contains(report.String(), "the dossier is verified") {
		t.Errorf("conclusion of\n%s", report)
	}
}
