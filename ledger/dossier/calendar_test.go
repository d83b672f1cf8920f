package dossier_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
)

// A calendar that loses a notice moves due dates just as well, and nobody decides
// that it is pinned: only the law check can tell.
func TestDueDatesAreRecomputedOnlyByACalendarThatGoesOn(t *testing.T) {
	s := loadShipped(t)
	d := played(t, s, putuo)
	const dir = "../../legaltime/calendars"
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, file := range list {
		if b, err := os.ReadFile(dir + "/" + file.Name()); err != nil {
			t.Fatal(err)
		} else if !strings.Contains(file.Name(), "2026") {
			files[file.Name()] = &fstest.MapFile{Data: b}
		}
	}
	older, err := legaltime.LoadCalendar(files, ".", "cn")
	if err != nil {
		t.Fatal(err)
	}
	digest := casefile.Digest(older.Digest())
	d.adopted = map[casefile.Digest][]byte{digest: older.Canonical()}
	i := slices.IndexFunc(d.entries, func(e casefile.Entry) bool {
		return slices.ContainsFunc(e.Deadlines, func(x casefile.Deadline) bool { return x.Rule != "" && x.State == casefile.DeadlineOpen })
	})
	if i < 0 {
		t.Fatal("no entry opens a due date")
	}
	opened := d.entries[i]
	pins := *d.entries[0].Pinned
	pins.Calendar = digest
	r := &record{t: t, entries: slices.Clone(d.entries[:i+1])}
	r.insert(&opened, casefile.Entry{Case: opened.Case, Organ: opened.Organ, Kind: casefile.EntryRecomputed, Practice: opened.Practice,
		On: opened.On, At: opened.At, Step: opened.Step, Deadlines: slices.Clone(opened.Deadlines[:1]), Pinned: &pins})
	report := verify(d.dossier(t, r.entries), dossier.Options{})
	if report.Seal.Status != dossier.Verified || report.Law.Status == dossier.Verified ||
		!strings.Contains(problems(report.Law), "recomputed by a calendar that lacks a notice") {
		t.Errorf("report:\n%s", report)
	}
}
