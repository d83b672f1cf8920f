package dossier_test

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/examples"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/scenario"
)

const putuo = "putuo-waste-sorting.yaml"

func TestWholeCaseIsDerivedAgain(t *testing.T) {
	d := played(t, loadShipped(t), putuo)
	raw := d.dossier(t, d.entries, history(t, d.entries...))
	report := verify(raw, dossier.Options{Replayer: dossier.ReplayerFunc(scripted)})
	if !report.OK() || report.Failed() || report.Law.Checked != len(d.entries) || report.Run.Checked != len(d.entries) {
		t.Errorf("report:\n%s", report)
	}
	if !strings.Contains(report.String(), "the dossier is verified") {
		t.Errorf("conclusion of\n%s", report)
	}
}

func TestCasesOfAllExamplesAreDerivedAgain(t *testing.T) {
	s := loadShipped(t)
	err := fs.WalkDir(examples.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		script, err := scenario.Load(examples.Files, name)
		if err != nil {
			return err
		}
		if len(script.Acts) == 0 || name == putuo || script.Story() || script.Part() { // the desk has one case
			return nil
		}
		t.Run(name, func(t *testing.T) {
			d := newDesk(s)
			if _, err := scenario.Play(t.Context(), script, d, "run", nil); err != nil {
				t.Fatal(err)
			}
			if len(d.entries) == 0 {
				t.Skip("no case is opened")
			}
			report := verify(d.dossier(t, d.entries), dossier.Options{})
			if report.Seal.Status != dossier.Verified || report.Law.Status != dossier.Verified || report.OK() {
				t.Errorf("report:\n%s", report)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// record is the record of a case that is about to be falsified by whoever holds
// the key of the log.
type record struct {
	t       *testing.T
	entries []casefile.Entry
}

// at gives the first entry of a kind with an act.
func (r *record) at(kind casefile.EntryKind, act string) *casefile.Entry {
	r.t.Helper()
	for i := range r.entries {
		e := &r.entries[i]
		if e.Kind == kind && (act == "" && e.Act == nil || e.Act != nil && e.Act.Kind == act) {
			return e
		}
	}
	r.t.Fatalf("no entry %s %s", kind, act)
	return nil
}

// remove takes an entry out and renumbers the rest.
func (r *record) remove(e *casefile.Entry) {
	r.entries = slices.Delete(r.entries, int(e.Sequence)-1, int(e.Sequence))
	r.renumber()
}

// insert puts an entry after another one.
func (r *record) insert(after *casefile.Entry, e casefile.Entry) {
	r.entries = slices.Insert(r.entries, int(after.Sequence), e)
	r.renumber()
}

func (r *record) renumber() {
	for i := range r.entries {
		e := &r.entries[i]
		e.Sequence = int64(i) + 1
		for j := range e.Documents {
			e.Documents[j].Sequence = e.Sequence
		}
		for j := range e.Deadlines {
			e.Deadlines[j].Sequence = e.Sequence
		}
		if e.Opinion != nil {
			e.Opinion.Sequence = e.Sequence
		}
	}
}

// Every seal, hash and signature of these dossiers is right: only deriving the
// case again shows that the record is false.
func TestFalseRecordsAreFoundByTheLaw(t *testing.T) {
	s := loadShipped(t)
	d := played(t, s, putuo)
	for _, tt := range []struct {
		name  string
		false func(r *record)
		want  string
	}{
		{"a closed gate is recorded as open", func(r *record) {
			e := r.at(casefile.EntryBlocked, "participation.close")
			e.Kind, e.Verdict.Result = casefile.EntryAct, casefile.Pass
		}, `kind: recorded "act", derived "blocked"`},
		{"a finding says something else", func(r *record) {
			closed(r.at(casefile.EntryBlocked, "participation.close")).Result = casefile.Pass
		}, `.result: recorded "pass", derived "block"`},
		{"a finding is left out", func(r *record) {
			v := r.at(casefile.EntryBlocked, "participation.close").Verdict
			v.Findings = v.Findings[1:]
		}, "verdict.findings"},
		{"a value that a rule read is changed", func(r *record) {
			closed(r.at(casefile.EntryBlocked, "participation.close")).Values["today"] = "2024-05-01"
		}, `values.today: recorded "2024-05-01", derived "2024-04-10"`},
		{"a citation is changed", func(r *record) {
			closed(r.at(casefile.EntryBlocked, "participation.close")).Basis = "另一条"
		}, `.basis: recorded "另一条"`},
		{"a fact is changed", func(r *record) {
			r.at(casefile.EntryAct, "intake.triage").Facts["matter_type"] = "planning"
		}, `facts.matter_type: recorded "planning", derived "policy"`},
		{"a fact is added", func(r *record) {
			r.at(casefile.EntryAct, "study.report").Facts["risk_report_filed"] = true
		}, "facts.risk_report_filed: recorded true, derived absent"},
		{"a fact is there from the start", func(r *record) {
			r.entries[0].Facts["adoption_report_filed"] = true
		}, "facts.adoption_report_filed: recorded true, derived false"},
		{"an initial fact is left out", func(r *record) {
			delete(r.entries[0].Facts, "adoption_report_filed")
		}, "facts.adoption_report_filed: recorded absent"},
		{"a branch is left out", func(r *record) {
			e := r.at(casefile.EntryAct, "coordination.conclude")
			e.Entered = e.Entered[:3]
		}, "entered: recorded 3 items, derived 4 items"},
		{"a required step is recorded as not required", func(r *record) {
			e := r.at(casefile.EntryAct, "coordination.conclude")
			for i := range e.Entered {
				if e.Entered[i].Step == "expert_argument" {
					e.Entered[i].Applies = false
				}
			}
		}, ".applies: recorded false, derived true"},
		{"the case jumps ahead", func(r *record) {
			r.at(casefile.EntryAct, "study.conclude").Entered[0].Step = "drafting"
		}, `entered[0].step: recorded "drafting", derived "launch"`},
		{"an outcome is changed", func(r *record) {
			r.at(casefile.EntryAct, "study.conclude").Outcome = "more"
		}, `outcome: recorded "more", derived "recommended"`},
		{"a deadline is moved", func(r *record) {
			r.at(casefile.EntryAct, "deliberation.decide").Deadlines[0].Due = legaltime.NewDate(2025, time.January, 1)
		}, `deadlines[0].due: recorded "2025-01-01"`},
		{"a period is shortened", func(r *record) {
			r.at(casefile.EntryAct, "participation.open").Deadlines[0].Due = legaltime.NewDate(2024, time.April, 9)
		}, "deadlines[0].due"},
		{"the end of a period is left out", func(r *record) {
			r.remove(r.at(casefile.EntryLapse, ""))
		}, "before this act a deadline passed"},
		{"a period ends that is still running", func(r *record) {
			lapse := *r.at(casefile.EntryLapse, "")
			open := r.at(casefile.EntryAct, "participation.open")
			lapse.On, lapse.At = open.On, open.At
			r.insert(open, lapse)
		}, "no deadline passes here"},
		{"an act is by somebody without the role", func(r *record) {
			r.at(casefile.EntryAct, "launch.decide").Act.By.Roles = []casefile.Role{"drafter"}
		}, "does not admit this act"},
		{"an act is in another capacity", func(r *record) {
			r.at(casefile.EntryAct, "launch.decide").Act.By.Capacity = "drafter"
		}, `act.by.capacity: recorded "drafter", derived "chief"`},
		{"an act stands twice", func(r *record) {
			register := r.at(casefile.EntryAct, "intake.register")
			r.insert(register, *register)
		}, "does not admit this act"},
		{"an act is out of place", func(r *record) {
			r.at(casefile.EntryAct, "intake.triage").Act.Kind = "deliberation.decide"
		}, "does not admit this act"},
		{"the act before is left out", func(r *record) {
			r.remove(r.at(casefile.EntryAct, "drafting.legal_scan"))
		}, "verdict"},
		{"the payload is changed", func(r *record) {
			r.at(casefile.EntryAct, "participation.open").Act.With["closes_on"] = "2024-05-29"
		}, `facts.comment_close_on: recorded "2024-04-29", derived "2024-05-29"`},
		{"a recorded reason is taken away", func(r *record) {
			r.at(casefile.EntryAct, "drafting.conclude").Act.Reasons = nil
		}, `kind: recorded "act", derived "blocked"`},
		{"an opinion is put on another draft", func(r *record) {
			o := r.at(casefile.EntryAct, "legality_review.conclude").Opinion
			o.Version = 1
		}, "opinion.version: recorded 1, derived 2"},
		{"a draft has another version", func(r *record) {
			docs := r.at(casefile.EntryAct, "case.revise").Documents
			docs[0].Version = 7
		}, "documents[0].version: recorded 7, derived 2"},
		{"an entry is dated back", func(r *record) {
			r.at(casefile.EntryAct, "deliberation.decide").On = legaltime.NewDate(2024, time.June, 1)
		}, "before 2024-06-11 of the entry before it"},
		{"an entry is dated ahead of the practice clock", func(r *record) {
			r.at(casefile.EntryAct, "deliberation.decide").On = legaltime.NewDate(2024, time.June, 12)
		}, "when the practice clock shows 2024-06-11"},
		{"an entry was made before the one before it", func(r *record) {
			e := r.at(casefile.EntryAct, "deliberation.decide")
			e.At = e.At.Add(-time.Hour)
		}, "of the entry before it"},
		{"an unknown kind of entry", func(r *record) {
			r.at(casefile.EntryAct, "deliberation.speak").Kind = "other"
		}, "unknown kind"},
		{"an act without an actor", func(r *record) {
			r.at(casefile.EntryAct, "deliberation.speak").Act = nil
		}, "without an act"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &record{t: t, entries: copied(t, d.entries)}
			tt.false(r)
			report := verify(d.dossier(t, r.entries), dossier.Options{})
			if report.Seal.Status != dossier.Verified {
				t.Fatalf("the seal should hold:\n%s", report)
			}
			if report.Law.Status != dossier.Failed || report.OK() || !strings.Contains(problems(report.Law), tt.want) {
				t.Errorf("law is %s, want a problem with %q in:\n%s", report.Law.Status, tt.want, problems(report.Law))
			}
			for _, p := range report.Law.Problems {
				if !strings.HasPrefix(p.Place, "entries/") || p.Message.ZH == "" {
					t.Errorf("problem without place or Chinese message: %+v", p)
				}
			}
		})
	}
}

// closed gives the finding that keeps the gate closed.
func closed(e *casefile.Entry) *casefile.Finding {
	for i := range e.Verdict.Findings {
		if f := &e.Verdict.Findings[i]; f.Effect == casefile.EffectBlock && f.Result == casefile.Block {
			return f
		}
	}
	return &casefile.Finding{}
}

func copied(t *testing.T, entries []casefile.Entry) []casefile.Entry {
	t.Helper()
	b, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	var out []casefile.Entry
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDatesOfARealCaseFollowTheInstants(t *testing.T) {
	s := loadShipped(t)
	script, err := scenario.Load(examples.Files, putuo)
	if err != nil {
		t.Fatal(err)
	}
	office := casefile.Actor{Person: "office", Name: "办公室", Roles: []casefile.Role{"office"}}
	open := func() *desk {
		d := newDesk(s)
		out, err := d.open(scenario.OpenRequest{ID: "o", Matter: script.Matter, With: script.Open.With, By: office, Starts: legaltime.NewDate(2024, time.February, 19)}, false)
		if err != nil || out.Refusal != nil {
			t.Fatal(err, out.Refusal)
		}
		d.at = time.Date(2024, time.February, 20, 15, 59, 59, 0, time.UTC) // one second before midnight in China
		out, err = d.Act(t.Context(), "c1", casefile.Act{ID: "a", Kind: "case.note", By: office, With: casefile.Values{"text": "记事"}})
		if err != nil || out.Refusal != nil {
			t.Fatal(err, out.Refusal)
		}
		return d
	}
	for _, tt := range []struct {
		name   string
		change func(e *casefile.Entry)
		want   string
	}{
		{"the day of the instant", func(*casefile.Entry) {}, ""},
		{"recorded just after midnight", func(e *casefile.Entry) { e.At = e.At.Add(2 * time.Second) }, ""},
		{"dated back", func(e *casefile.Entry) { e.At = e.At.AddDate(0, 0, 3) }, "was made at"},
		{"dated ahead", func(e *casefile.Entry) { e.At = e.At.AddDate(0, 0, -1) }, "was made at"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := open()
			tt.change(&d.entries[1])
			report := verify(d.dossier(t, d.entries), dossier.Options{})
			if tt.want == "" && report.Law.Status != dossier.Verified || !strings.Contains(problems(report.Law), tt.want) {
				t.Errorf("want %q in:\n%s", tt.want, report)
			}
		})
	}
}

func TestWhatJudgesMustBeWhatItsNameSays(t *testing.T) {
	s := loadShipped(t)
	d := played(t, s, putuo)
	for _, tt := range []struct {
		name   string
		change func(in *dossier.Contents, p *casefile.Pinned)
		place  string
		want   string
	}{
		{"a definition that is none", func(in *dossier.Contents, p *casefile.Pinned) {
			in.Definition = []byte("{}")
			p.Definition = dossier.Digest(in.Definition)
		}, "definition.json", "not a valid definition"},
		{"a definition of another name", func(_ *dossier.Contents, p *casefile.Pinned) { p.Procedure = "cn.major-decision@2030" },
			"definition.json", "pinned to the case is cn.major-decision@2030"},
		{"a calendar that is none", func(in *dossier.Contents, p *casefile.Pinned) {
			in.Calendar = []byte("{}")
			p.Calendar = dossier.Digest(in.Calendar)
		}, "calendar.json", "not a valid calendar"},
		{"a pack that is none", func(in *dossier.Contents, p *casefile.Pinned) {
			in.Packs["cn.713@2019"] = []byte("x")
			p.Packs[0].Digest = dossier.Digest([]byte("x"))
		}, "packs/cn.713@2019.txtar", "not a valid rule pack"},
		{"a pack of another name", func(in *dossier.Contents, p *casefile.Pinned) {
			in.Packs["cn.714@2019"] = in.Packs["cn.713@2019"]
			delete(in.Packs, "cn.713@2019")
			p.Packs[0].Pack = "cn.714@2019"
		}, "packs/cn.714@2019.txtar", "is cn.713@2019"},
		{"no pack", func(in *dossier.Contents, p *casefile.Pinned) { in.Packs, p.Packs = nil, nil }, "definition.json", "asks for the rule packs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			entries := copied(t, d.entries[:1])
			l := newLog(t, "organ")
			in := dossier.Contents{
				Definition: s.def.Canonical(), Calendar: s.cal.Canonical(),
				Packs: map[string][]byte{s.packs[0].Name(): s.packs[0].Archive()},
			}
			tt.change(&in, entries[0].Pinned)
			l.record(entries[0])
			proved := l.contents()
			in.Entries, in.Checkpoint, in.Key = proved.Entries, proved.Checkpoint, proved.Key
			report := verify(l.write(in), dossier.Options{})
			if report.Seal.Status != dossier.Verified || report.Law.Status != dossier.Failed ||
				report.Law.Problems[0].Place != tt.place || !strings.Contains(problems(report.Law), tt.want) {
				t.Errorf("want %s: %s in:\n%s", tt.place, tt.want, report)
			}
		})
	}
}
