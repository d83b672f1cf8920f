package impact_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/examples"
	"github.com/zhengdang/chengxu/impact"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/scenario"
)

// desk runs one case without a workflow engine: it plans, judges and records as
// the Case workflow does. It is a [scenario.Engine].
type desk struct {
	def      *procedure.Definition
	judge    *rules.Judge
	packs    []*rules.Pack
	c        casefile.Case
	docs     []casefile.Document
	at       time.Time
	entries  []casefile.Entry
	contents map[casefile.Digest][]byte
	calendar casefile.Digest
}

// played plays a published example under the law before the change.
func played(t *testing.T, l *law, file string) *desk {
	t.Helper()
	source, err := procedure.Shipped("cn.major-decision.2019.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{judge: l.before, packs: []*rules.Pack{l.pack}, at: time.Date(2024, 2, 19, 1, 0, 0, 0, time.UTC), calendar: casefile.Digest(l.calendar.Digest())}
	if d.def, err = procedure.Load(source.Name, source.Content); err != nil {
		t.Fatal(err)
	}
	d.contents = map[casefile.Digest][]byte{
		d.def.Digest(): d.def.Canonical(), l.pack.Digest(): l.pack.Archive(), d.calendar: l.calendar.Canonical(),
	}
	script, err := scenario.Load(examples.Files, file)
	if err != nil {
		t.Fatal(err)
	}
	script.Overlays = nil
	if _, err := scenario.Play(t.Context(), script, d, "run", nil); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) Upload(_ context.Context, _, title string, content []byte) (casefile.Digest, error) {
	sum := sha256.Sum256(content)
	digest := casefile.Digest(hex.EncodeToString(sum[:]))
	d.docs = append(d.docs, casefile.Document{Digest: digest, Title: title, MediaType: "text/plain", Size: int64(len(content))})
	return digest, nil
}

func (d *desk) Open(_ context.Context, o scenario.OpenRequest) (scenario.Outcome, error) {
	pinned := casefile.Pinned{Procedure: d.def.Name(), Definition: d.def.Digest(), Calendar: d.calendar}
	for _, p := range d.packs {
		pinned.Packs = append(pinned.Packs, casefile.PinnedPack{Pack: p.Name(), Digest: p.Digest()})
	}
	return d.judged(d.def.PlanOpening(procedure.NewCase{
		Case: "c1", Organ: "organ", Matter: o.Matter, Practice: true, Pinned: pinned, Initial: procedure.InitialFacts(d.packs), Today: o.Starts,
		Act: casefile.Act{ID: o.ID, Kind: procedure.OpeningKind, By: o.By, With: o.With},
	}))
}

func (d *desk) Act(_ context.Context, _ casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	out, err := d.judged(d.def.Plan(&d.c, act, d.docs, d.c.Today))
	for err == nil && out.Refusal == nil {
		plan := d.def.PlanTime(&d.c, d.c.Today)
		if plan == nil {
			out.Case = d.c
			break
		}
		_, err = d.judged(plan, nil)
	}
	return out, err
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

func (d *desk) content(digest casefile.Digest) ([]byte, error) {
	if b, ok := d.contents[digest]; ok {
		return b, nil
	}
	return nil, casefile.ErrNotFound
}

// recorded gives the case, up to an entry; 0 for all.
func (d *desk) recorded(until int) func(yield func(impact.Recorded, error) bool) {
	entries := d.entries
	if until > 0 {
		entries = entries[:until]
	}
	return func(yield func(impact.Recorded, error) bool) {
		yield(impact.Recorded{Entries: entries, Content: d.content}, nil)
	}
}

// acts gives the acts at whose gates something changes.
func acts(t *testing.T, report impact.Report) []string {
	t.Helper()
	var out []string
	for _, c := range report.Changes {
		out = append(out, fmt.Sprintf("%s %s → %s", c.Act, c.Before, c.After))
	}
	return out
}

// The window of this consultation was thirty-one days.
func TestALongerWindowChangesWhatTheRecordAsked(t *testing.T) {
	t.Parallel()
	l := newLaw(t)
	d := played(t, l, "putuo-waste-sorting.yaml")
	report, err := impact.Of(t.Context(), impact.Questions(d.recorded(0), impact.Replacement{To: l.longer}))
	if err != nil || len(report.Failures) > 0 {
		t.Fatalf("%v, %v", report.Failures, err)
	}
	got := acts(t, report)
	for _, want := range []string{"participation.open pass → block", "participation.close pass → block"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
	if len(report.Open) != 0 {
		t.Errorf("a closed case is listed as open: %v", report.Open)
	}
	open, err := impact.Of(t.Context(), impact.Questions(d.recorded(len(d.entries)/2), impact.Replacement{From: l.pack, To: l.longer}))
	if err != nil || !slices.Equal(open.Open, []casefile.ID{"c1"}) {
		t.Errorf("open cases are %v (%v)", open.Open, err)
	}
	same, err := impact.Of(t.Context(), impact.Questions(d.recorded(0), impact.Replacement{From: l.longer, To: l.longer}))
	if err != nil || len(same.Changes) != 0 || same.Entries != report.Entries {
		t.Errorf("%d changes between equal laws (%v)", len(same.Changes), err)
	}
}

// What putting an overlay into use would have meant.
func TestAnOverlayThatIsNotPinnedIsAdded(t *testing.T) {
	t.Parallel()
	l := newLaw(t)
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	shanghai := packs[slices.IndexFunc(packs, func(p *rules.Pack) bool { return p.ID() == "cn.shanghai" })]
	d := played(t, l, "putuo-waste-sorting.yaml")
	report, err := impact.Of(t.Context(), impact.Questions(d.recorded(0), impact.Replacement{To: shanghai}))
	if err != nil || len(report.Failures) > 0 || report.Entries == 0 {
		t.Fatalf("%d entries, %v, %v", report.Entries, report.Failures, err)
	}
	for _, c := range report.Changes {
		for _, r := range c.Rules {
			if r.Before != "" {
				t.Errorf("%s differs although only rules were added: %+v", r.Rule, r)
			}
		}
	}
}

func TestARecordThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	l := newLaw(t)
	d := played(t, l, "putuo-waste-sorting.yaml")
	delete(d.contents, l.pack.Digest())
	if _, err := impact.Of(t.Context(), impact.Questions(d.recorded(0), impact.Replacement{To: l.longer})); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("a pack that is missing: %v", err)
	}
	d = played(t, l, "putuo-waste-sorting.yaml")
	d.entries = d.entries[1:]
	if _, err := impact.Of(t.Context(), impact.Questions(d.recorded(0), impact.Replacement{To: l.longer})); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("a case without its opening: %v", err)
	}
}
