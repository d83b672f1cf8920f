package annual_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

const organ casefile.OrganID = "街道办事处"

// record is a log in memory.
type record struct {
	t        *testing.T
	log      []casefile.Entry // in the order of the log
	hashes   []ledger.Hash
	contents map[casefile.Digest][]byte
	reviews  []audit.Review
	frozen   []annual.Frozen
}

func newRecord(t *testing.T) *record {
	return &record{t: t, contents: map[casefile.Digest][]byte{}}
}

func leafOf(e casefile.Entry) []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

func (r *record) add(entries ...casefile.Entry) {
	for _, e := range entries {
		more, err := ledger.Append(int64(len(r.log)), leafOf(e), r.reader())
		if err != nil {
			r.t.Fatal(err)
		}
		r.hashes = append(r.hashes, more...)
		r.log = append(r.log, e)
	}
}

func (r *record) reader() ledger.HashReader {
	return tlog.HashReaderFunc(func(at []int64) ([]ledger.Hash, error) {
		out := make([]ledger.Hash, len(at))
		for i, n := range at {
			out[i] = r.hashes[n]
		}
		return out, nil
	})
}

func (r *record) CasesOf(_ context.Context, of casefile.OrganID, after casefile.ID, most int) ([]casefile.ID, error) {
	var out []casefile.ID
	for _, e := range r.log {
		if e.Organ == of && e.Sequence == 1 && e.Case > after {
			out = append(out, e.Case)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), most)], nil
}

func (r *record) Recorded(_ context.Context, id casefile.ID) ([]annual.Recorded, error) {
	var out []annual.Recorded
	for i, e := range r.log {
		if e.Case == id {
			out = append(out, annual.Recorded{Entry: e, Index: int64(i), Leaf: leafOf(e)})
		}
	}
	slices.SortFunc(out, func(a, b annual.Recorded) int { return cmp.Compare(a.Entry.Sequence, b.Entry.Sequence) })
	return out, nil
}

func (r *record) Content(_ context.Context, digest casefile.Digest) ([]byte, error) {
	if b, ok := r.contents[digest]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("content %s: %w", digest, casefile.ErrNotFound)
}

func (r *record) Reviews(_ context.Context, f audit.ReviewFilter) ([]audit.Review, error) {
	at := slices.IndexFunc(r.reviews, func(one audit.Review) bool { return one.ID == f.After })
	var out []audit.Review
	for _, one := range r.reviews[at+1:] {
		if one.Kept.Finished == *f.Finished && one.Practice == *f.Practice && len(out) < f.Limit {
			out = append(out, one)
		}
	}
	return out, nil
}

func (r *record) TreeSize(context.Context, casefile.OrganID) (int64, error) {
	return int64(len(r.log)), nil
}

func (r *record) HashReader(context.Context, casefile.OrganID) ledger.HashReader { return r.reader() }

func (r *record) SealLog(context.Context, casefile.OrganID) (ledger.Checkpoint, []byte, error) {
	root, err := ledger.TreeHead(int64(len(r.log)), r.reader())
	return ledger.Checkpoint{Size: int64(len(r.log)), Root: root}, []byte("signed"), err
}

func (r *record) AddFrozen(_ context.Context, f annual.Frozen) error {
	if slices.ContainsFunc(r.frozen, func(o annual.Frozen) bool { return o.Year == f.Year && o.Version == f.Version }) {
		return casefile.ErrConflict
	}
	r.frozen = append([]annual.Frozen{f}, r.frozen...)
	return nil
}

func (r *record) FrozenOf(_ context.Context, q annual.Query) ([]annual.Frozen, error) {
	var out []annual.Frozen
	for _, f := range r.frozen {
		if f.Year == int(q.Year) && f.Practice == q.Practice {
			f.Content = nil
			out = append(out, f)
		}
	}
	return out, nil
}

func (r *record) Frozen(_ context.Context, q annual.Query, version int64) (annual.Frozen, error) {
	for _, f := range r.frozen {
		if f.Year == int(q.Year) && f.Practice == q.Practice && f.Version == version {
			return f, nil
		}
	}
	return annual.Frozen{}, casefile.ErrNotFound
}

// service counts on the record on 1 February 2027.
func (r *record) service() *annual.Service {
	return annual.New(annual.Options{Source: r, Logs: r, Kept: r, Now: func() time.Time { return time.Date(2027, 2, 1, 3, 0, 0, 0, time.UTC) }}).Unchecked()
}

// count counts a year of the real cases.
func (r *record) count(year annual.Year) annual.Report {
	r.t.Helper()
	report, err := r.service().Current(r.t.Context(), annual.Query{Organ: organ, Year: year})
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

// pinning gives the pins of a definition, whose contents the record has then.
func (r *record) pinning(def *procedure.Definition) *casefile.Pinned {
	r.t.Helper()
	calendar, err := legaltime.Embedded()
	if err != nil {
		r.t.Fatal(err)
	}
	p := &casefile.Pinned{Procedure: def.Name(), Definition: def.Digest(), Calendar: casefile.Digest(calendar.Digest())}
	r.contents[p.Definition], r.contents[p.Calendar] = def.Canonical(), calendar.Canonical()
	return p
}

// shipped gives a definition that comes with the program.
func shipped(t *testing.T, id string) *procedure.Definition {
	t.Helper()
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		def, err := procedure.Load(s.Name, s.Content)
		if err != nil {
			t.Fatal(err)
		}
		if def.ID == id {
			return def
		}
	}
	t.Fatalf("no definition %s", id)
	return nil
}

// told are the entries of a case written by hand. Each step has the id of its type.
type told struct {
	r       *record
	id      casefile.ID
	entries []casefile.Entry
}

// opens opens a real case under a definition whose steps have the types.
func (r *record) opens(id casefile.ID, on string, types ...procedure.StepTypeID) *told {
	def := &procedure.Definition{ID: "test." + string(id), Version: "1"}
	for _, of := range types {
		def.Steps = append(def.Steps, procedure.Step{ID: strings.ReplaceAll(string(of), "-", "_"), Type: of})
	}
	return r.opensUnder(id, on, def)
}

func (r *record) opensUnder(id casefile.ID, on string, def *procedure.Definition) *told {
	c := &told{r: r, id: id}
	c.entry(on, casefile.Entry{Kind: casefile.EntryOpened, Matter: &casefile.Matter{Title: string(id)}, Pinned: r.pinning(def), Act: &casefile.Act{Kind: "case.open"}, Verb: "open"})
	return c
}

func (c *told) entry(on string, e casefile.Entry) {
	e.Case, e.Organ, e.Sequence, e.On, e.At = c.id, organ, int64(len(c.entries))+1, date(on), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c.entries = append(c.entries, e)
	c.r.add(e)
}

// does adds an act of a step, "type.verb"; what is given besides changes the entry.
func (c *told) does(on, kind string, with casefile.Values, change ...func(*casefile.Entry)) *told {
	step, verb, _ := strings.Cut(strings.ReplaceAll(kind, "-", "_"), ".")
	e := casefile.Entry{Kind: casefile.EntryAct, Step: step, Round: 1, Verb: verb, Act: &casefile.Act{Kind: kind, With: with}}
	for _, do := range change {
		do(&e)
	}
	c.entry(on, e)
	return c
}

func facts(v casefile.Values) func(*casefile.Entry) { return func(e *casefile.Entry) { e.Facts = v } }
func ends(outcome string) func(*casefile.Entry) {
	return func(e *casefile.Entry) { e.Outcome = outcome }
}
func stopped(rule, basis string) func(*casefile.Entry) {
	return func(e *casefile.Entry) {
		e.Kind, e.Verdict = casefile.EntryBlocked, &casefile.Verdict{Result: casefile.Block, Findings: []casefile.Finding{{Rule: rule, Basis: basis, Effect: casefile.EffectBlock, Result: casefile.Block}}}
	}
}

func enters(step string, applies bool) func(*casefile.Entry) {
	return func(e *casefile.Entry) {
		e.Entered = append(e.Entered, casefile.Entered{Step: step, Round: 1, Applies: applies})
	}
}

func date(s string) legaltime.Date {
	d, err := legaltime.ParseDate(s)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return d
}

// golden gives the entries of a played case that the histories keep.
func golden(t *testing.T, name string) []casefile.Entry {
	t.Helper()
	b, err := os.ReadFile("../workflows/testdata/histories/" + name + ".entries.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []casefile.Entry
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
