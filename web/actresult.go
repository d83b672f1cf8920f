package web

import (
	"context"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/rules"
)

// trial is a dry run of the act as the form says it.
type trial struct{ run casework.DryRun }

func (h *handler) try(ctx context.Context, d *deed, as access.As, act casefile.Act) (*trial, error) {
	act.ID = ""
	run, err := h.o.Guard.DryRun(ctx, d.v.principal, as, d.c.ID, act)
	if err != nil {
		return nil, err
	}
	return &trial{run: run}, nil
}

// resultView is what the rules said of the act, tried or attempted.
type resultView struct {
	Tried, Admitted       bool
	EntryURL              string // of the attempt
	Entry                 int64
	Verdict, VerdictName  string
	Findings, Others      []findingView // that hinder; that do not
	Ways                  []wayView
	Outcome, Applies, End string
}

// wayView is one way to open the gates.
type wayView struct {
	Changes []pair
	Reasons string
	Wait    string
	Remedy  string
	Basis   []string
}

// result shows the last dry run or blocked attempt; nil when there is none.
func (n names) result(d *deed) *resultView {
	var v casefile.Verdict
	out := &resultView{}
	switch {
	case d.blocked != nil:
		if d.blocked.Verdict != nil {
			v = *d.blocked.Verdict
		}
		out.Entry, out.EntryURL = d.blocked.Sequence, caseURL(d.c.ID)+anchor(d.blocked.Sequence)
	case d.trial != nil:
		v, out.Tried, out.Admitted = d.trial.run.Verdict, true, d.trial.run.Admitted
		for _, way := range d.trial.run.Ways {
			out.Ways = append(out.Ways, n.way(way))
		}
	default:
		return nil
	}
	out.Verdict, out.VerdictName = string(v.Result), n.words.name("verdict", string(v.Result))
	hindering := len(v.Hindering())
	all := n.findings(v)
	out.Findings, out.Others = all[:hindering], all[hindering:]
	return out
}

func (n names) way(w rules.Way) wayView {
	v := wayView{Wait: w.WaitUntil.String(), Remedy: n.pick(w.Remedy)}
	for _, change := range w.Changes {
		title := n.pick(change.Title)
		if title == "" {
			title = n.fact(change.Fact)
		}
		should := n.words.name("relation", string(change.Is))
		if change.Value != nil {
			should += " " + n.value(change.Value) + change.Unit
		}
		v.Changes = append(v.Changes, pair{Name: title, ID: change.Fact, Value: should})
	}
	titles := make([]string, len(w.Reasons))
	for i, rule := range w.Reasons {
		titles[i] = n.rule(rule)
	}
	v.Reasons = n.list(titles)
	for _, rule := range w.Rules {
		if rule.Basis != "" {
			v.Basis = append(v.Basis, rule.Basis)
		}
	}
	return v
}
