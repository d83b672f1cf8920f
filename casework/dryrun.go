package casework

import (
	"context"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// DryRun (预判) is what an act would lead to.
type DryRun struct {
	Admitted bool             // whether the act would be done, or recorded as blocked
	Verdict  casefile.Verdict // at the gates of the act, and of open questions ahead
	Rules    []*rules.Trace   // of each rule at them
	Ways     []rules.Way      // what would open them; none when they are open
	// Statement is the text to be signed by whoever signs the act; see
	// [casefile.Statement]. It holds as long as the case stays as it is.
	Statement []byte
}

// dryRunID stands for the id of an act that is not done.
const dryRunID = "dry-run"

// DryRun says what an act would lead to if it were done now, by which rules, and
// what would open a gate that stays closed. Nothing is recorded and the engine is
// not asked. An act that would be refused comes back as a [casefile.Refusal]; its
// id is not read.
func (s *Service) DryRun(ctx context.Context, id casefile.ID, act casefile.Act) (DryRun, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.AnswerWithin)
	defer cancel()
	act.ID = dryRunID
	if refusal := checkAct(act); refusal != nil {
		return DryRun{}, refusal
	}
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return DryRun{}, err
	}
	docs, err := s.named(ctx, c.Organ, act)
	if err != nil {
		return DryRun{}, err
	}
	if err := s.checkReasons(ctx, id, act, docs); err != nil {
		return DryRun{}, err
	}
	if err := s.checkOthers(ctx, id, act); err != nil {
		return DryRun{}, err
	}
	def, err := s.Definition(ctx, c)
	if err != nil {
		return DryRun{}, err
	}
	if act, err = s.independent(ctx, def, &c, act); err != nil {
		return DryRun{}, err
	}
	if err := s.namesIndependent(ctx, def, &c, act); err != nil {
		return DryRun{}, err
	}
	plan, refusal := def.Plan(&c, act, docs, clock(c))
	if refusal != nil {
		return DryRun{}, refusal
	}
	judge, err := s.o.Judges.JudgeFor(ctx, c.Pinned)
	if err != nil {
		return DryRun{}, err
	}
	in := plan.Judge()
	judgement, err := judge.Judge(in)
	if err != nil {
		return DryRun{}, fmt.Errorf("judge %s: %w", act.Kind, err)
	}
	entry := plan.Entry(judgement)
	out := DryRun{Admitted: entry.Kind != casefile.EntryBlocked, Verdict: casefile.Verdict{Result: casefile.Pass}}
	if entry.Verdict != nil {
		out.Verdict = *entry.Verdict
	}
	if out.Statement, err = plan.Statement(); err != nil {
		return DryRun{}, fmt.Errorf("statement of %s: %w", act.Kind, err)
	}
	return out, out.explain(judge, in)
}

// explain adds the traces at the gates of the verdict, and what would open them.
func (d *DryRun) explain(judge *rules.Judge, in rules.Input) error {
	in.Duties, in.Applies = nil, nil
	for _, gate := range d.Verdict.Gates {
		ref := rules.Ref(gate)
		if !slices.Contains(in.Gates, ref) { // a question ahead that nobody can answer yet
			in.Applies = append(in.Applies, ref)
		}
		t, err := judge.ExplainGate(ref, rules.Input{Facts: in.Facts, Today: in.Today})
		if err != nil {
			return fmt.Errorf("explain gate %s: %w", ref, err)
		}
		d.Rules = append(d.Rules, t.Rules...)
	}
	if d.Admitted {
		return nil
	}
	var err error
	d.Ways, err = judge.WhatIf(in)
	if err != nil {
		return fmt.Errorf("what would open %v: %w", d.Verdict.Gates, err)
	}
	return nil
}
