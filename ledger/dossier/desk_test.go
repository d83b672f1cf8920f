package dossier_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/examples"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/scenario"
)

// shipped is what judges: the procedure, packs and calendar of the program.
type shipped struct {
	def   *procedure.Definition
	packs library
	cal   *legaltime.Calendar
	judge *rules.Judge
}

type library []*rules.Pack

func (l library) Pack(name string) (*rules.Pack, bool) {
	for _, p := range l {
		if p.Name() == name {
			return p, true
		}
	}
	return nil, false
}

func loadShipped(t testing.TB) *shipped {
	t.Helper()
	s := &shipped{}
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		if s.def, err = procedure.Load(source.Name, source.Content); err != nil {
			t.Fatal(err)
		}
		if s.def.ID == "cn.major-decision" {
			break
		}
	}
	all, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range s.def.Packs {
		if p, ok := library(all).Pack(name); ok {
			s.packs = append(s.packs, p)
		}
	}
	if s.cal, err = legaltime.Embedded(); err != nil {
		t.Fatal(err)
	}
	if s.judge, err = rules.NewJudge(s.packs, s.cal); err != nil {
		t.Fatal(err)
	}
	return s
}

// desk runs one case without a workflow engine: it plans, judges and records as
// the Case workflow does. It is a [scenario.Engine].
type desk struct {
	*shipped
	c       casefile.Case
	at      time.Time
	docs    map[casefile.Digest]casefile.Document
	papers  map[casefile.Digest][]byte
	entries []casefile.Entry
	adopted map[casefile.Digest][]byte
}

func newDesk(s *shipped) *desk {
	return &desk{
		shipped: s, at: time.Date(2024, time.February, 19, 1, 0, 0, 0, time.UTC),
		docs: map[casefile.Digest]casefile.Document{}, papers: map[casefile.Digest][]byte{},
	}
}

func (d *desk) Upload(_ context.Context, _, title string, content []byte) (casefile.Digest, error) {
	digest := dossier.Digest(content)
	d.docs[digest] = casefile.Document{Digest: digest, Title: title, MediaType: "text/plain", Size: int64(len(content))}
	d.papers[digest] = content
	return digest, nil
}

func (d *desk) Open(_ context.Context, o scenario.OpenRequest) (scenario.Outcome, error) {
	return d.open(o, true)
}

func (d *desk) open(o scenario.OpenRequest, practice bool) (scenario.Outcome, error) {
	initial := procedure.InitialFacts(d.packs)
	pinned := casefile.Pinned{Procedure: d.def.Name(), Definition: d.def.Digest(), Calendar: casefile.Digest(d.cal.Digest())}
	for _, p := range d.packs {
		pinned.Packs = append(pinned.Packs, casefile.PinnedPack{Pack: p.Name(), Digest: p.Digest()})
	}
	plan, refusal := d.def.PlanOpening(procedure.NewCase{
		Case: "c1", Organ: organ, Matter: o.Matter, Practice: practice, Pinned: pinned, Initial: initial, Today: o.Starts,
		Act: casefile.Act{ID: o.ID, Kind: procedure.OpeningKind, By: o.By, With: o.With},
	})
	return d.judged(plan, refusal)
}

func (d *desk) Act(_ context.Context, _ casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	today := d.c.Today
	if !d.c.Practice {
		today = legaltime.DateIn(d.at, legaltime.China)
	}
	var docs []casefile.Document
	for _, digest := range casefile.SortedNames(d.docs) {
		docs = append(docs, d.docs[digest])
	}
	plan, refusal := d.def.Plan(&d.c, act, docs, today)
	out, err := d.judged(plan, refusal)
	if err != nil || refusal != nil {
		return out, err
	}
	if d.c.Practice {
		today = d.c.Today
	}
	for {
		plan := d.def.PlanTime(&d.c, today)
		if plan == nil {
			out.Case = d.c
			return out, nil
		}
		if _, err := d.judged(plan, nil); err != nil {
			return out, err
		}
	}
}

func (d *desk) judged(plan *procedure.Plan, refusal *casefile.Refusal) (scenario.Outcome, error) {
	if refusal != nil {
		return scenario.Outcome{Refusal: refusal}, nil //nolint:nilerr // a refusal is an outcome
	}
	judgement, err := d.judge.Judge(plan.Judge())
	if err != nil {
		return scenario.Outcome{}, err
	}
	e := plan.Entry(judgement)
	e.At = d.at
	d.at = d.at.Add(time.Second)
	if err := d.c.Apply(e); err != nil {
		return scenario.Outcome{}, fmt.Errorf("entry %d: %w", e.Sequence, err)
	}
	d.entries = append(d.entries, e)
	return scenario.Outcome{Entry: e, Case: d.c}, nil
}

// played plays the published example from opening to archive.
func played(t testing.TB, s *shipped, file string) *desk {
	t.Helper()
	script, err := scenario.Load(examples.Files, file)
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(s)
	result, err := scenario.Play(t.Context(), script, d, "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range result.Problems {
		t.Error(problem)
	}
	return d
}

// dossier seals the entries with the key of the organ and exports them.
func (d *desk) dossier(t testing.TB, entries []casefile.Entry, histories ...[]byte) []byte {
	t.Helper()
	l := newLog(t, "organ")
	var c casefile.Case
	for _, e := range entries {
		l.record(e)
		if err := c.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	in := l.contents()
	in.Definition, in.Calendar, in.Packs = d.def.Canonical(), d.cal.Canonical(), map[string][]byte{}
	for _, p := range d.packs {
		in.Packs[p.Name()] = p.Archive()
	}
	for _, doc := range c.Documents {
		if !doc.Withdrawn {
			in.Documents[doc.Digest] = d.papers[doc.Digest]
		}
	}
	in.Histories, in.Adopted = histories, d.adopted
	return l.write(in)
}
