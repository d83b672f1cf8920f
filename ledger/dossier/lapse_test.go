package dossier_test

import (
	"os"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/scenario"
)

// silent plays a case of the made-up definition in which a third party's silence
// ends its being asked. Its period has run; the gate behind it is open or closed.
func silent(t *testing.T, closed bool) *desk {
	t.Helper()
	const dir = "../../procedure/testdata/lapse"
	s := loadShipped(t)
	pack, err := rules.LoadPack(os.DirFS(dir), "pack", s.packs...)
	if err != nil {
		t.Fatal(err)
	}
	s.packs = append(s.packs, pack)
	if s.judge, err = rules.NewJudge(s.packs, s.cal); err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(dir + "/definition.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if s.def, err = procedure.Load("definition.yaml", source); err != nil {
		t.Fatal(err)
	}
	d := newDesk(s)
	office := casefile.Actor{Person: "office", Name: "办公室", Roles: []casefile.Role{"office"}}
	done, err := d.Open(t.Context(), scenario.OpenRequest{ID: "o", Matter: casefile.Matter{Title: "事项", Category: "policy"}, By: office,
		Starts: legaltime.NewDate(2024, 3, 1),
		With:   casefile.Values{"body_kind": "district-gov", "contains_state_secret": false}})
	if err != nil || done.Refusal != nil {
		t.Fatal(err, done.Refusal)
	}
	for _, act := range []casefile.Act{
		{ID: "a1", Kind: "third_party.determine", By: office, With: casefile.Values{"non_disclosable_by_law": closed, "grounds": "审查"}},
		{ID: "a2", Kind: "case.advance", By: office, With: casefile.Values{"to": "2024-03-23"}},
		{ID: "a3", Kind: "case.note", By: office, With: casefile.Values{"text": "记事"}},
	} {
		done, err := d.Act(t.Context(), "c1", act)
		if err != nil || done.Refusal != nil {
			t.Fatal(act.Kind, err, done.Refusal)
		}
	}
	return d
}

func TestAnOutcomeByLapseOfTimeIsDerivedAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		closed bool
		false  func(r *record)
		want   string // empty: verified
	}{
		{"the step is concluded", false, func(*record) {}, ""},
		{"the gate holds the step", true, func(*record) {}, ""},
		{"an outcome at a closed gate", true, func(r *record) {
			r.at(casefile.EntryLapse, "").Outcome = "unresolved-explained"
		}, `outcome: recorded "unresolved-explained"`},
		{"another outcome", false, func(r *record) {
			r.at(casefile.EntryLapse, "").Outcome = "agreed"
		}, `outcome: recorded "agreed", derived "unresolved-explained"`},
		{"another article", false, func(r *record) {
			r.at(casefile.EntryLapse, "").Deadlines[0].Basis = "政府信息公开条例 第三十三条"
		}, "deadlines[0].basis"},
		{"a lapse that is left out", false, func(r *record) {
			r.remove(r.at(casefile.EntryLapse, ""))
		}, "before this act a deadline passed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := silent(t, tt.closed)
			r := &record{t: t, entries: copied(t, d.entries)}
			tt.false(r)
			report := verify(d.dossier(t, r.entries), dossier.Options{})
			if tt.want == "" && report.Law.Status != dossier.Verified || !strings.Contains(problems(report.Law), tt.want) {
				t.Errorf("want %q in:\n%s", tt.want, report)
			}
		})
	}
}
