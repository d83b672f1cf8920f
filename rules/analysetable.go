package rules

import (
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

// lines gives "file:line".
func (p position) lines() string { return fmt.Sprintf("%s:%d", p.file, p.line) }

// table analyses a decision table.
func (a *analysis) table(t *table) {
	for i, row := range t.rows {
		demands := []demand{{row.root, isTrue}}
		if t.Hit == HitFirst {
			for _, before := range t.rows[:i] {
				demands = append(demands, demand{before.root, isFalse})
			}
		}
		switch {
		case !a.features.possible(demands[0]):
			a.report(t.rowAt[i], "", nil, "table %s: row %d never holds", t.ID, i+1)
		case !a.features.possible(demands...):
			a.report(t.rowAt[i], "", nil, "table %s: row %d is never reached: a row before it always holds", t.ID, i+1)
		}
	}
	if t.Hit == HitUnique || t.Hit == HitAny {
		a.overlaps(t)
	}
	if !t.Hit.Lists() {
		a.gaps(t)
	}
}

func (a *analysis) cell(row *expression, want bool) *aim {
	return &aim{kind: aimNode, pack: a.pack, node: row.root, want: want}
}

// overlaps reports rows that hold at the same time although only one may, or
// although they say different things.
func (a *analysis) overlaps(t *table) {
	for i, row := range t.rows {
		for k, before := range t.rows[:i] {
			if t.Hit == HitAny && t.Rows[i].Then == t.Rows[k].Then ||
				!a.features.possible(demand{before.root, isTrue}, demand{row.root, isTrue}) {
				continue
			}
			if w := a.witness(a.cell(before, true), a.cell(row, true)); w != nil {
				a.report(t.rowAt[i], "", w, "table %s: row %d overlaps with row %d (%s), and the hit policy is %s",
					t.ID, i+1, k+1, position{t.File, t.Rows[k].Line, 0}.lines(), t.Hit)
			}
		}
	}
}

// gaps reports facts for which no row holds, or an answer for them that is never
// given.
func (a *analysis) gaps(t *table) {
	var demands []demand
	var aims []*aim
	for _, row := range t.rows {
		demands = append(demands, demand{row.root, isFalse})
		aims = append(aims, a.cell(row, false))
	}
	possible := a.features.possible(demands...)
	if t.Otherwise != nil {
		if !possible {
			a.report(t.at, "", nil, "table %s: otherwise is never used: a row always holds", t.ID)
		}
		return
	}
	if !possible {
		return
	}
	var w casefile.Values
	if w = a.witness(aims...); w != nil {
		a.report(t.at, "", w, "table %s has a gap: no row holds and nothing says what then (otherwise)", t.ID)
	}
}
