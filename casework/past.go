package casework

import (
	"context"
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

// Past is a case as it was behind one of its entries.
type Past struct {
	Case casefile.Case // as the entries up to that one have left it
	// Possible are the acts that the case admitted then, judged on the day of the
	// entry by what was pinned then. Nobody in particular is asked for, so none is
	// allowed.
	Possible []Possible
	Entries  []SealedEntry // up to that one
	Last     int64         // the last entry of the case now
}

// At gives a case as it was behind an entry, from the entries alone: what the read
// model holds is not looked at. An entry that there is not is
// [casefile.ErrNotFound].
func (s *Service) At(ctx context.Context, id casefile.ID, sequence int64) (Past, error) {
	entries, err := s.o.Store.Sealed(ctx, id)
	if err != nil {
		return Past{}, err
	}
	if sequence < 1 || sequence > int64(len(entries)) {
		return Past{}, fmt.Errorf("entry %d of case %s: %w", sequence, id, casefile.ErrNotFound)
	}
	past := Past{Entries: entries[:sequence], Last: int64(len(entries))}
	for _, e := range past.Entries {
		if err := past.Case.Apply(e.Entry); err != nil {
			return Past{}, fmt.Errorf("rebuild case %s: %w", id, err)
		}
	}
	past.Possible, err = s.possibleThen(ctx, &past.Case)
	return past, err
}

// possibleThen judges what a past case admitted, on its own day.
func (s *Service) possibleThen(ctx context.Context, c *casefile.Case) ([]Possible, error) {
	def, err := s.Definition(ctx, *c)
	if err != nil {
		return nil, err
	}
	judge, err := s.o.Judges.JudgeFor(ctx, c.Pinned)
	if err != nil {
		return nil, err
	}
	var out []Possible
	for _, p := range def.Possible(c, casefile.Actor{}) {
		judged, err := judgedOn(judge, def, c, p, c.Today)
		if err != nil {
			return nil, err
		}
		out = append(out, judged)
	}
	return out, nil
}
