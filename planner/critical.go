package planner

import (
	"slices"

	"github.com/zhengdang/chengxu/legaltime"
)

// critical finds what keeps the end from coming sooner: from the end back, each
// wait that ran until then, to the day from which it ran and the act that began
// it.
func (w *walk) critical() {
	at, taken := w.plan.End, ""
	for i := len(w.plan.Steps) - 1; i >= 0; i-- {
		s := &w.plan.Steps[i]
		if s.Conclude != at || s.Block != "" && s.Block == taken {
			continue // were it done sooner, nothing else would be
		}
		taken = s.Block
		at, i = w.back(i, at)
	}
	slices.Reverse(w.plan.Critical)
}

// back follows the waits from a day in a step to the entry of that step, or of
// an earlier one in which an act began a wait.
func (w *walk) back(i int, at legaltime.Date) (legaltime.Date, int) {
	for {
		s := &w.plan.Steps[i]
		s.Critical = true
		k := slices.IndexFunc(s.Waits, func(x Wait) bool { return x.Until == at && x.From.Before(at) })
		if k < 0 || !at.After(s.Enter) {
			return at, i
		}
		x := s.Waits[k]
		w.plan.Critical = append(w.plan.Critical, x)
		at = x.From
		if began := w.lastBefore(i, x.began); began >= 0 {
			i = began
		}
	}
}

// lastBefore gives the place of a step in the plan: of several rounds the last that is
// not behind another step, else the first. It is negative where there is none.
func (w *walk) lastBefore(i int, id string) int {
	for k := i; k >= 0; k-- {
		if w.plan.Steps[k].ID == id {
			return k
		}
	}
	return slices.IndexFunc(w.plan.Steps, func(s Step) bool { return s.ID == id })
}
