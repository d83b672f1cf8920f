package rules

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// Enforcement is what the procedures that pin a pack add to its rules: where
// gates are asked, and what holds by the order of steps alone.
type Enforcement struct {
	Gates    map[Ref][]string    // titles of the steps that ask the gate
	Steps    map[string]string   // titles by step id
	Acts     map[string]string   // titles by "<step>.<verb>"
	Separate map[string]struct{} // "<role>/<role>", in both orders
}

// Standing says what sees to an obligation.
type Standing string

// The standings of obligations.
const (
	Automated Standing = "automated" // a rule that a procedure asks, or the procedure itself
	InPart    Standing = "in-part"   // the same, and human judgement for what they cannot see
	Unasked   Standing = "unasked"   // a rule that no procedure of the release asks yet
	Human     Standing = "human"     // human judgement
)

// MatrixRow is one obligation in the matrix: article, obligation, steps, rules,
// tests.
type MatrixRow struct {
	Obligation
	Standing Standing   `json:"standing"`
	Steps    []string   `json:"steps"` // titles
	Rules    []RuleTest `json:"rules"` // those named, and those that read what is named
}

// RuleTest counts the passing tests of a rule.
type RuleTest struct {
	Rule     string   `json:"rule"`
	Steps    []string `json:"steps,omitempty"` // titles of the steps whose gates ask it
	Positive int      `json:"positive"`        // want pass
	Negative int      `json:"negative"`        // want block
}

// Matrix (义务对照表) is the matrix of the obligations of a pack's instrument.
type Matrix struct {
	Pack       string        `json:"pack"`
	Instrument string        `json:"instrument"`
	Title      casefile.Text `json:"title"`
	Articles   int           `json:"articles"` // of the instrument; 0: not known
	Rows       []MatrixRow   `json:"rows"`
	Free       []FreeArticle `json:"without_obligation"`
	Automated  int           `json:"automated"`
	InPart     int           `json:"in_part"`
	Unasked    int           `json:"unasked"`
	Human      int           `json:"human"`
	Gaps       []string      `json:"gaps"` // what is not mapped, or mapped to what is not tested
}

// MakeMatrix makes the matrix of a pack from the results of its tests and those of the
// packs that it builds on. A gap is an article that is neither in the list nor
// said to have no obligation, an obligation mapped to what is not there, and a
// mapped rule without a test that it passes and one in which it blocks.
func MakeMatrix(p *Pack, results []TestResult, e Enforcement) Matrix {
	in := p.duties.instrument
	c := Matrix{
		Pack: p.Name(), Instrument: in.ID, Title: in.Title, Articles: in.Articles,
		Rows: []MatrixRow{}, Free: p.FreeArticles(), Gaps: []string{},
	}
	m := matrixMaker{pack: p, tests: countTests(results), enforcement: e}
	for _, o := range p.duties.obligations {
		row := m.row(o)
		switch row.Standing {
		case Automated:
			c.Automated++
		case InPart:
			c.InPart++
		case Unasked:
			c.Unasked++
		case Human:
			c.Human++
		}
		c.Rows = append(c.Rows, row)
	}
	c.Gaps = append(m.articles(), m.gaps...)
	return c
}

// countTests counts the passing tests by rule.
func countTests(results []TestResult) map[string]RuleTest {
	out := map[string]RuleTest{}
	for _, r := range results {
		if r.Test.Rule == "" || !r.Passed() {
			continue
		}
		count := out[r.Test.Rule]
		switch r.Test.Want {
		case casefile.Pass:
			count.Positive++
		case casefile.Block:
			count.Negative++
		case casefile.Undetermined:
		}
		out[r.Test.Rule] = count
	}
	return out
}

type matrixMaker struct {
	pack        *Pack
	tests       map[string]RuleTest
	enforcement Enforcement
	gaps        []string
}

// articles gives the articles that nothing is said of.
func (c *matrixMaker) articles() []string {
	gaps := []string{}
	said := map[int]bool{}
	for _, o := range c.pack.duties.obligations {
		said[o.Place.Article] = true
	}
	for _, f := range c.pack.duties.free {
		for article := f.Place.Article; article <= max(f.Place.Article, f.Place.lastArticle()); article++ {
			said[article] = true
		}
	}
	for article := 1; article <= c.pack.duties.instrument.Articles; article++ {
		if !said[article] {
			gaps = append(gaps, fmt.Sprintf("第%s条 has no obligation in the list and is not said to have none", numeral(article)))
		}
	}
	return gaps
}

// lastArticle gives the last article of a range of articles; 0: no such range.
func (c Citation) lastArticle() int {
	if c.lowest() == levelArticle {
		return c.To
	}
	return 0
}

func (c *matrixMaker) gap(o Obligation, format string, args ...any) {
	c.gaps = append(c.gaps, fmt.Sprintf("%s:%d: %s: ", o.File, o.Line, o.ID)+fmt.Sprintf(format, args...))
}

func (c *matrixMaker) row(o Obligation) MatrixRow {
	row := MatrixRow{Obligation: o, Steps: []string{}, Rules: []RuleTest{}}
	structural := c.structure(o, &row)
	asked := false
	for _, id := range c.rulesOf(o) {
		t := c.tests[id]
		t.Rule, t.Steps = id, c.stepsOf(id)
		asked = asked || len(t.Steps) > 0
		for _, step := range t.Steps {
			row.addStep(step)
		}
		if t.Positive == 0 || t.Negative == 0 {
			c.gap(o, "rule %s has %d passing tests that want pass and %d that want block; both are needed", id, t.Positive, t.Negative)
		}
		row.Rules = append(row.Rules, t)
	}
	switch {
	case (structural || asked) && !o.Human.IsZero():
		row.Standing = InPart
	case structural || asked:
		row.Standing = Automated
	case len(row.Rules) > 0:
		row.Standing = Unasked
	default:
		row.Standing = Human
	}
	return row
}

func (r *MatrixRow) addStep(title string) {
	if !slices.Contains(r.Steps, title) {
		r.Steps = append(r.Steps, title)
	}
}

// structure looks up what the procedures have to provide. It reports whether an
// obligation holds by them alone.
func (c *matrixMaker) structure(o Obligation, row *MatrixRow) bool {
	found := false
	look := func(what string, ids []string, title func(id string) (string, bool)) {
		for _, id := range ids {
			t, ok := title(id)
			if !ok {
				c.gap(o, "no procedure has the %s %s", what, id)
				continue
			}
			found = true
			if t != "" {
				row.addStep(t)
			}
		}
	}
	look("step", o.MetBy.Steps, func(id string) (string, bool) { t, ok := c.enforcement.Steps[id]; return t, ok })
	look("act", o.MetBy.Acts, func(id string) (string, bool) { t, ok := c.enforcement.Acts[id]; return t, ok })
	look("separation of roles", o.MetBy.Separate, func(id string) (string, bool) { _, ok := c.enforcement.Separate[id]; return "", ok })
	return found
}

// rulesOf gives the rules that an obligation names, and those that read the
// periods, parameters and tables that it names.
func (c *matrixMaker) rulesOf(o Obligation) []string {
	out := slices.Clone(o.MetBy.Rules)
	look := func(what string, ids []string, reads func(Rule) []string) {
		for _, id := range ids {
			found := false
			for _, p := range c.pack.Stack() {
				for _, r := range p.rules {
					if !slices.Contains(reads(r.Rule), id) {
						continue
					}
					found = true
					if !slices.Contains(out, r.ID) {
						out = append(out, r.ID)
					}
				}
			}
			if !found {
				c.gap(o, "no rule reads the %s %s", what, id)
			}
		}
	}
	look("period", o.MetBy.Periods, func(r Rule) []string { return r.Periods })
	look("parameter", o.MetBy.Parameters, func(r Rule) []string { return r.Parameters })
	look("table", o.MetBy.Tables, func(r Rule) []string { return r.Tables })
	return out
}

// stepsOf gives the titles of the steps whose gates ask a rule.
func (c *matrixMaker) stepsOf(id string) []string {
	var out []string
	for _, p := range c.pack.Stack() {
		for _, g := range p.gates {
			if !slices.Contains(g.Rules, id) {
				continue
			}
			for _, title := range c.enforcement.Gates[g.ref(p.id)] {
				if !slices.Contains(out, title) {
					out = append(out, title)
				}
			}
		}
	}
	return out
}
