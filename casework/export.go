package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/temporalproto"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/workflows"
)

// Export writes the dossier (案卷) of a case: its entries with proofs against the
// log as signed now, what judged it, its documents, and the histories of its
// workflow. It is written only when all of it could be gathered; a document that
// was removed as secret by an act in another case is left out, and the verifier
// says that it is missing.
func (s *Service) Export(ctx context.Context, id casefile.ID, w io.Writer) error {
	c, sealed, histories, err := s.still(ctx, id)
	if err != nil {
		return err
	}
	seal, err := s.o.Sealer.Seal(ctx, c.Organ)
	if err != nil {
		return err
	}
	in := dossier.Contents{Checkpoint: seal.Signed, Key: seal.Verifier, Histories: histories}
	for _, e := range sealed {
		entry := dossier.Entry{Leaf: e.Leaf, Index: e.Index, Openings: e.Openings}
		if entry.Proof, err = ledger.ProveInclusion(seal.Checkpoint.Size, e.Index, seal.Hashes); err != nil {
			return fmt.Errorf("entry %d: %w", e.Entry.Sequence, err)
		}
		in.Entries = append(in.Entries, entry)
	}
	if err := s.pinnedContents(ctx, sealed, &in); err != nil {
		return err
	}
	if in.Documents, err = s.documentContents(ctx, c); err != nil {
		return err
	}
	return dossier.Write(w, in, seal.Signer)
}

// still reads entries and histories of a case at a moment when nothing was
// recorded in between, so that they tell the same story. It has the turn on the
// case only for that long: whoever reads the dossier slowly holds up nobody.
func (s *Service) still(ctx context.Context, id casefile.ID) (casefile.Case, []SealedEntry, [][]byte, error) {
	done, err := s.turns.take(ctx, id)
	if err != nil {
		return casefile.Case{}, nil, nil, fmt.Errorf("wait for the turn on case %s: %w", id, err)
	}
	defer done()
	for range 10 {
		c, err := s.o.Store.Case(ctx, id)
		if err != nil {
			return c, nil, nil, err
		}
		sealed, err := s.o.Store.Sealed(ctx, id)
		if err != nil {
			return c, nil, nil, err
		}
		histories, err := s.histories(ctx, id)
		if err != nil {
			return c, nil, nil, err
		}
		after, err := s.o.Store.Case(ctx, id)
		if err != nil {
			return c, nil, nil, err
		}
		if after.Sequence == c.Sequence && int64(len(sealed)) == c.Sequence {
			return c, sealed, histories, nil
		}
	}
	return casefile.Case{}, nil, nil, fmt.Errorf("case %s is being acted on; try again: %w", id, casefile.ErrConflict)
}

// pinnedContents gathers what judged the case: what its opening pinned, and what
// later entries moved it to.
func (s *Service) pinnedContents(ctx context.Context, entries []SealedEntry, in *dossier.Contents) (err error) {
	pinned := entries[0].Entry.Pinned
	if pinned == nil {
		return fmt.Errorf("opening entry of case %s pins nothing: %w", entries[0].Entry.Case, casefile.ErrInvalid)
	}
	if in.Definition, err = s.o.Store.Content(ctx, pinned.Definition); err != nil {
		return fmt.Errorf("definition: %w", err)
	}
	if in.Calendar, err = s.o.Store.Content(ctx, pinned.Calendar); err != nil {
		return fmt.Errorf("calendar: %w", err)
	}
	in.Packs = map[string][]byte{}
	for _, p := range pinned.Packs {
		if in.Packs[p.Pack], err = s.o.Store.Content(ctx, p.Digest); err != nil {
			return fmt.Errorf("rule pack %s: %w", p.Pack, err)
		}
	}
	in.Adopted = map[casefile.Digest][]byte{}
	known := digestsOf(*pinned)
	for _, e := range entries[1:] {
		if e.Entry.Pinned == nil {
			continue
		}
		for _, d := range digestsOf(*e.Entry.Pinned) {
			if slices.Contains(known, d) {
				continue
			}
			if in.Adopted[d], err = s.o.Store.Content(ctx, d); err != nil {
				return fmt.Errorf("entry %d moves the case to content %s: %w", e.Entry.Sequence, d, err)
			}
		}
	}
	return nil
}

// digestsOf gives the digests of all that pins name.
func digestsOf(p casefile.Pinned) []casefile.Digest {
	out := []casefile.Digest{p.Definition, p.Calendar}
	for _, pack := range p.Packs {
		out = append(out, pack.Digest)
	}
	return out
}

func (s *Service) documentContents(ctx context.Context, c casefile.Case) (map[casefile.Digest][]byte, error) {
	out := map[casefile.Digest][]byte{}
	for _, d := range c.Documents {
		if d.Withdrawn {
			continue
		}
		stored, err := s.o.Documents.Find(ctx, c.Organ, d.Digest)
		if errors.Is(err, casefile.ErrNotFound) && stored.Withdrawn {
			continue
		}
		if err == nil {
			out[d.Digest], err = s.read(ctx, c.Organ, d.Digest)
		}
		if err != nil {
			return nil, fmt.Errorf("document %s: %w", d.Digest, err)
		}
	}
	return out, nil
}

func (s *Service) read(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) ([]byte, error) {
	content, err := s.o.Documents.Open(ctx, organ, digest)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

// keepHistories saves the histories of a closed case, because the engine purges
// them after its retention. What is missed here is saved by the next export.
func (s *Service) keepHistories(ctx context.Context, id casefile.ID) {
	run := s.o.Temporal.GetWorkflow(ctx, workflows.WorkflowID(id), "")
	if err := run.Get(ctx, nil); err != nil {
		s.o.Log.WarnContext(ctx, "wait for the end of the workflow", "case", id, "error", err)
		return
	}
	if _, err := s.histories(ctx, id); err != nil {
		s.o.Log.WarnContext(ctx, "keep the histories", "case", id, "error", err)
	}
}

// histories gives the history of every run of the case, in order, and saves
// them. Runs that the engine has purged come from the store.
func (s *Service) histories(ctx context.Context, id casefile.ID) ([][]byte, error) {
	runID := ""
	for {
		h, err := s.history(ctx, id, runID)
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) {
			break
		}
		if err != nil {
			return nil, err
		}
		if runID == "" {
			runID = h.runID
		}
		if err := s.o.Store.SaveHistory(ctx, id, runID, h.json); err != nil {
			return nil, fmt.Errorf("save history: %w", err)
		}
		if h.before == "" {
			break
		}
		runID = h.before
	}
	saved, err := s.o.Store.Histories(ctx, id)
	if err != nil {
		return nil, err
	}
	return inOrder(saved)
}

// recorded is the history of one run, and the run before it.
type recorded struct {
	json          []byte
	runID, before string
}

func (s *Service) history(ctx context.Context, id casefile.ID, runID string) (recorded, error) {
	iter := s.o.Temporal.GetWorkflowHistory(ctx, workflows.WorkflowID(id), runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	h := &historypb.History{}
	for iter.HasNext() {
		event, err := iter.Next()
		if err != nil {
			return recorded{}, fmt.Errorf("history of case %s: %w", id, err)
		}
		h.Events = append(h.Events, event)
	}
	if len(h.Events) == 0 {
		return recorded{}, serviceerror.NewNotFound("empty history")
	}
	started := h.Events[0].GetWorkflowExecutionStartedEventAttributes()
	out := recorded{runID: started.GetOriginalExecutionRunId(), before: started.GetContinuedExecutionRunId()}
	b, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(h)
	if err != nil {
		return recorded{}, fmt.Errorf("encode history of case %s: %w", id, err)
	}
	out.json = b
	return out, nil
}

// inOrder sorts runs so that each follows the one that it continues.
func inOrder(saved []History) ([][]byte, error) {
	type link struct {
		json   []byte
		before string
	}
	runs := map[string]link{} // by the run that each continues
	for _, h := range saved {
		var parsed struct {
			Events []struct {
				Started struct {
					Before string `json:"continuedExecutionRunId"`
				} `json:"workflowExecutionStartedEventAttributes"`
			} `json:"events"`
		}
		if err := json.Unmarshal(h.JSON, &parsed); err != nil {
			return nil, fmt.Errorf("saved history of run %s: %w", h.RunID, err)
		}
		if len(parsed.Events) == 0 {
			return nil, fmt.Errorf("saved history of run %s is empty", h.RunID)
		}
		runs[parsed.Events[0].Started.Before] = link{h.JSON, h.RunID}
	}
	var out [][]byte
	for before := ""; ; {
		next, ok := runs[before]
		if !ok {
			break
		}
		out = append(out, next.json)
		before = next.before
	}
	if len(out) != len(saved) {
		return nil, fmt.Errorf("%d of %d saved histories follow each other", len(out), len(saved))
	}
	return out, nil
}
