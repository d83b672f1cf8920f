package impact

import (
	"fmt"
	"iter"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/retrace"
	"github.com/zhengdang/chengxu/rules"
)

// Recorded is a case as it was recorded, and where to find what judged it.
type Recorded struct {
	Entries []casefile.Entry
	Content func(casefile.Digest) ([]byte, error) // of the definition, packs and calendar that are pinned
}

// Replacement is the change whose impact is asked. In what is pinned to a case,
// the pack with the id of To is replaced; all other pins stay. An overlay that is
// not pinned is added where all that it builds on is. A case that the pack is not
// for asks nothing.
type Replacement struct {
	From *rules.Pack // nil: what is pinned to each case
	To   *rules.Pack
}

// Questions goes through cases and gives everything that they asked of the rules,
// with the judges before and after the replacement.
func Questions(cases iter.Seq2[Recorded, error], r Replacement) iter.Seq2[Asked, error] {
	benches := &benches{replacement: r, known: map[string]*bench{}}
	return func(yield func(Asked, error) bool) {
		for recorded, err := range cases {
			goOn := false
			if err == nil {
				goOn, err = benches.questions(recorded, yield)
			}
			if err != nil {
				yield(Asked{}, err)
			}
			if !goOn {
				return
			}
		}
	}
}

// questions gives what one case asked; it reports whether more is wanted.
func (bs *benches) questions(recorded Recorded, yield func(Asked, error) bool) (goOn bool, err error) {
	if len(recorded.Entries) == 0 || recorded.Entries[0].Pinned == nil {
		return false, fmt.Errorf("a case without its opening entry: %w", casefile.ErrInvalid)
	}
	first := recorded.Entries[0]
	b, err := bs.of(*first.Pinned, recorded.Content)
	if err != nil {
		return false, fmt.Errorf("case %s: %w", first.Case, err)
	}
	asked := Asked{Case: first.Case, Open: true}
	for _, e := range recorded.Entries {
		asked.Open = asked.Open && e.Status != casefile.StatusClosed
	}
	trace := retrace.New(b.release.Definition, procedure.InitialFacts(b.release.Packs))
	trace.Release = func(pinned casefile.Pinned) (procedure.Release, error) {
		to, err := bs.of(pinned, recorded.Content)
		if err != nil {
			return procedure.Release{}, err
		}
		return to.release, nil
	}
	for _, e := range recorded.Entries {
		plan, err := again(trace, e)
		if err != nil {
			return false, fmt.Errorf("case %s, entry %d: cannot be gone through again: %w", e.Case, e.Sequence, err)
		}
		if b, err = bs.of(trace.Case().Pinned, recorded.Content); err != nil {
			return false, fmt.Errorf("case %s, entry %d: %w", e.Case, e.Sequence, err)
		}
		if b.from == nil || plan == nil || !retrace.Asks(plan.Judge()) {
			continue
		}
		asked.From, asked.To = b.from, b.to
		asked.Sequence, asked.On, asked.Act, asked.Input = e.Sequence, e.On, "", plan.Judge()
		if e.Act != nil {
			asked.Act = e.Act.Kind
		}
		if !yield(asked, nil) {
			return false, nil
		}
	}
	return true, nil
}

// again plans an entry again and goes on behind it. An entry that moves the case
// is judged by what it moves to, so it is asked about after it.
func again(trace *retrace.Case, e casefile.Entry) (*procedure.Plan, error) {
	plan, refusal, err := trace.Plan(e)
	if err != nil {
		return nil, err
	}
	if refusal != nil {
		return nil, refusal
	}
	return plan, trace.Apply(e)
}

// benches keeps the judges of each set of pins: to read packs costs far more than
// to judge.
type benches struct {
	replacement Replacement
	known       map[string]*bench
}

// bench is what a set of pins judges with, before and after. From is nil where
// the replacement means nothing.
type bench struct {
	release  procedure.Release
	from, to *rules.Judge
}

func (bs *benches) of(pinned casefile.Pinned, content func(casefile.Digest) ([]byte, error)) (*bench, error) {
	key := string(pinned.Definition + pinned.Calendar)
	for _, p := range pinned.Packs {
		key += string(p.Digest)
	}
	if b, ok := bs.known[key]; ok {
		return b, nil
	}
	b, err := bs.read(pinned, content)
	if err != nil {
		return nil, err
	}
	bs.known[key] = b
	return b, nil
}

func (bs *benches) read(pinned casefile.Pinned, content func(casefile.Digest) ([]byte, error)) (*bench, error) {
	raw, err := content(pinned.Definition)
	if err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	b := &bench{release: procedure.Release{Pinned: pinned}}
	if b.release.Definition, err = procedure.ParseCanonical(raw); err != nil {
		return nil, err
	}
	if raw, err = content(pinned.Calendar); err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	calendar, err := legaltime.ParseCalendar(raw)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	var archives [][]byte
	for _, p := range pinned.Packs {
		if raw, err = content(p.Digest); err != nil {
			return nil, fmt.Errorf("rule pack %s: %w", p.Pack, err)
		}
		archives = append(archives, raw)
	}
	packs, _, err := stack(archives, nil)
	if err != nil {
		return nil, err
	}
	b.release.Packs = packs
	if b.release.Judge, err = rules.NewJudge(packs, calendar); err != nil {
		return nil, err
	}
	if !bs.replacement.concerns(packs) {
		return b, nil
	}
	if b.from, err = judgeWith(archives, bs.replacement.From, calendar); err != nil {
		return nil, err
	}
	b.to, err = judgeWith(archives, bs.replacement.To, calendar)
	return b, err
}

// concerns reports whether the replacement means something for a case that these
// packs judge.
func (r Replacement) concerns(packs []*rules.Pack) bool {
	pinned := func(id string) bool {
		return slices.ContainsFunc(packs, func(p *rules.Pack) bool { return p.ID() == id })
	}
	if pinned(r.To.ID()) {
		return true
	}
	over := r.To.Over()
	return len(over) > 0 && !slices.ContainsFunc(over, func(id string) bool { return !pinned(id) })
}

// judgeWith gives the judge of archived packs, of which one is replaced by the
// pack of the same id, or to which it is added.
func judgeWith(archives [][]byte, instead *rules.Pack, calendar *legaltime.Calendar) (*rules.Judge, error) {
	packs, replaced, err := stack(archives, instead)
	if err != nil {
		return nil, err
	}
	if instead != nil && !replaced {
		added, err := rules.ParseArchive(instead.Archive(), packs...)
		if err != nil {
			return nil, err
		}
		packs = append(packs, added)
	}
	return rules.NewJudge(packs, calendar)
}

// stack reads archived packs, each over those before it.
func stack(archives [][]byte, instead *rules.Pack) (packs []*rules.Pack, replaced bool, err error) {
	for _, archive := range archives {
		p, err := rules.ParseArchive(archive, packs...)
		if err != nil {
			return nil, false, err
		}
		if instead != nil && p.ID() == instead.ID() {
			replaced = true
			if p, err = rules.ParseArchive(instead.Archive(), packs...); err != nil {
				return nil, false, err
			}
		}
		packs = append(packs, p)
	}
	return packs, replaced, nil
}
