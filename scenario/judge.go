package scenario

import (
	"fmt"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// defaultPack judges when a scenario does not say which.
const defaultPack = "cn.713@2019"

// Judged is one judgement as it came out.
type Judged struct {
	Judgement Judgement
	Findings  []casefile.Finding
	Result    casefile.Result
	Err       error // what did not come out as expected
}

// Packs gives the rule packs and the calendar that a scenario may ask.
type Packs struct {
	Packs    []*rules.Pack
	Calendar *legaltime.Calendar
}

// JudgeAll asks the rules and gates of a scenario and notes each in the result.
func JudgeAll(s *Scenario, packs Packs, result *Result) error {
	if len(s.Judge) == 0 {
		return nil
	}
	name := s.Pack
	if name == "" {
		name = defaultPack
	}
	var pack *rules.Pack
	for _, p := range packs.Packs {
		if p.Name() == name {
			pack = p
		}
	}
	if pack == nil {
		return fmt.Errorf("rule pack %s: %w", name, casefile.ErrNotFound)
	}
	judge, err := rules.NewJudge(pack.Stack(), packs.Calendar)
	if err != nil {
		return err
	}
	for _, j := range s.Judge {
		done := ask(judge, pack, j)
		result.Judged = append(result.Judged, done)
		if done.Err != nil {
			result.Problems = append(result.Problems, fmt.Errorf("line %d: %w", j.Line, done.Err))
		}
	}
	return nil
}

func ask(judge *rules.Judge, pack *rules.Pack, j Judgement) Judged {
	done := Judged{Judgement: j}
	in := rules.Input{Facts: j.Facts, Reasons: j.Reasons, Today: j.On}
	if j.Rule != "" {
		finding, err := judge.Rule(pack.ID()+"/"+j.Rule, in)
		if err != nil {
			done.Err = err
			return done
		}
		done.Findings, done.Result = []casefile.Finding{finding}, finding.Result
	} else {
		in.Gates = []rules.Ref{rules.Ref(pack.ID() + "/" + j.Gate)}
		judgement, err := judge.Judge(in)
		if err != nil {
			done.Err = err
			return done
		}
		done.Findings, done.Result = judgement.Verdict.Findings, judgement.Verdict.Result
	}
	done.Err = j.met(done)
	return done
}

func (j Judgement) met(done Judged) error {
	what := j.Rule + j.Gate
	if done.Result != j.Want {
		return fmt.Errorf("%s: expected %s, got %s", what, j.Want, done.Result)
	}
	if len(j.Missing) > 0 {
		var missing []string
		for _, f := range done.Findings {
			missing = append(missing, f.Missing...)
		}
		if err := same(what+" misses", j.Missing, missing); err != nil {
			return err
		}
	}
	if j.Due.IsZero() {
		return nil
	}
	var dues []string
	for _, f := range done.Findings {
		if f.Due == j.Due {
			return nil
		}
		dues = append(dues, f.Due.String())
	}
	return fmt.Errorf("%s: expected due %s, got %s", what, j.Due, strings.Join(dues, ", "))
}
