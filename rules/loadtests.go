package rules

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Test is one of a pack's own tests: of a rule, of a gate or of a period. At a
// gate of duties, block means that one of them is not in order; of a period, pass
// means that it runs.
type Test struct {
	Name        string
	Rule, Gate  string // one of them, or Period; a rule of a pack that this one builds on as "<pack id>/<rule id>"
	Period      string
	On          legaltime.Date // today
	Facts       casefile.Values
	Want        casefile.Result
	Effect      casefile.Effect // of the rule; empty: not tested
	Missing     []string        // nil: not tested
	Due         *legaltime.Date // nil: not tested
	Met         *bool
	Provisional *bool
	RemindOn    []legaltime.Date // nil: not tested
	Reasons     map[string]string
	HinderedBy  []string // nil: not tested
	File        string
	Line        int
}

// testsYAML reads one file of tests.
func (l *loader) testsYAML(d *document, n *yaml.Node) {
	for _, item := range d.items(n, "tests") {
		l.test(d, item)
	}
}

func (l *loader) test(d *document, n *yaml.Node) {
	t := Test{File: d.name, Line: n.Line, Facts: casefile.Values{}}
	list := func(what string, into *[]string) func(*yaml.Node) {
		return func(n *yaml.Node) {
			*into = []string{}
			d.texts(what, into)(n)
		}
	}
	ok := d.mapping(n, "test",
		must("name", d.text("test name", &t.Name)),
		may("rule", d.text("rule", &t.Rule)),
		may("gate", d.text("gate", &t.Gate)),
		may("period", d.text("period", &t.Period)),
		may("on", d.date("on", &t.On)),
		must("facts", func(n *yaml.Node) { l.testFacts(d, &t, n) }),
		must("want", func(n *yaml.Node) {
			t.Want = oneOf(d, n, "want", casefile.Pass, casefile.Block, casefile.Undetermined)
		}),
		may("effect", func(n *yaml.Node) {
			t.Effect = oneOf(d, n, "effect", casefile.EffectBlock, casefile.EffectWarn, casefile.EffectDuty, casefile.EffectApplies)
		}),
		may("missing", list("missing", &t.Missing)),
		may("due", func(n *yaml.Node) {
			t.Due = &legaltime.Date{}
			if n.Kind != yaml.ScalarNode || n.Value != "" || n.Tag != "!!str" {
				d.date("due", t.Due)(n)
			}
		}),
		may("met", d.boolean("met", &t.Met)),
		may("provisional", d.boolean("provisional", &t.Provisional)),
		may("remind_on", func(n *yaml.Node) {
			t.RemindOn = []legaltime.Date{}
			for _, item := range d.items(n, "remind_on") {
				var on legaltime.Date
				d.date("remind_on", &on)(item)
				t.RemindOn = append(t.RemindOn, on)
			}
		}),
		may("reasons", func(n *yaml.Node) {
			t.Reasons = map[string]string{}
			d.entries(n, "reasons", func(key, value *yaml.Node) {
				if value.Kind != yaml.ScalarNode {
					d.problems.add(d.at(value), "reasons: want text")
				}
				t.Reasons[key.Value] = value.Value
			})
		}),
		may("hindered_by", list("hindered_by", &t.HinderedBy)),
	)
	if ok {
		l.testShape(d.at(n), &t)
		l.pack.tests = append(l.pack.tests, t)
	}
}

func (l *loader) testFacts(d *document, t *Test, n *yaml.Node) {
	d.entries(n, "facts", func(key, value *yaml.Node) {
		f, ok := l.pack.scope.facts[key.Value]
		switch {
		case key.Value == todayFact:
			l.add(d.at(key), "facts: give today as on")
		case !ok:
			l.add(d.at(key), "facts: unknown fact %s", key.Value)
		default:
			if v := l.factValue(d, f, value); v != nil {
				t.Facts[key.Value] = v
			}
		}
	})
}

// testShape checks that a test asks what can be answered.
func (l *loader) testShape(at position, t *Test) {
	given := 0
	for _, target := range []string{t.Rule, t.Gate, t.Period} {
		if target != "" {
			given++
		}
	}
	if given != 1 {
		l.add(at, "test %q: give either rule, gate or period", t.Name)
		return
	}
	if t.Gate == "" && t.Missing != nil && t.Want != casefile.Undetermined && t.Period == "" {
		l.add(at, "test %q: only what is undetermined misses facts", t.Name)
	}
	slices.Sort(t.Missing)
	var rules []string
	switch {
	case t.Rule != "":
		rules = []string{t.Rule}
		if !l.ruleTest(at, t) {
			return
		}
	case t.Period != "":
		l.periodTest(at, t)
	default:
		g, ok := l.pack.Gate(t.Gate)
		if !ok || g.Free.ZH != "" {
			l.add(at, "test %q: there is no gate %s that can be tested", t.Name, t.Gate)
			return
		}
		if t.Due != nil || t.Met != nil || t.Provisional != nil || t.Effect != "" || t.RemindOn != nil {
			l.add(at, "test %q: effect, due, met, remind_on and provisional are for rules", t.Name)
		}
		rules = g.Rules
	}
	if t.On.IsZero() && l.readsToday(rules) {
		l.add(at, "test %q: the answer depends on the day: give on", t.Name)
	}
}

func (l *loader) ruleTest(at position, t *Test) bool {
	p, id := l.pack.owning(t.Rule)
	if p == nil {
		l.add(at, "test %q: there is no rule %s", t.Name, t.Rule)
		return false
	}
	r, _ := p.Rule(id)
	if (t.Met != nil || t.RemindOn != nil) && r.Effect != casefile.EffectDuty {
		l.add(at, "test %q: only a duty is met, and reminded of", t.Name)
	}
	if t.Reasons != nil || t.HinderedBy != nil {
		l.add(at, "test %q: reasons and hindered_by are for gates", t.Name)
	}
	return true
}

func (l *loader) periodTest(at position, t *Test) {
	if _, ok := l.pack.scope.periods[t.Period]; !ok {
		l.add(at, "test %q: there is no period %s", t.Name, t.Period)
	}
	if t.Met != nil || t.Effect != "" || t.RemindOn != nil || t.Reasons != nil || t.HinderedBy != nil {
		l.add(at, "test %q: a period has want, due, missing and provisional", t.Name)
	}
}

// readsToday reports whether the answer of a rule depends on the day.
func (l *loader) readsToday(ids []string) bool {
	for _, name := range ids {
		p, id := l.pack.owning(name)
		if p == nil {
			continue // the gate has said so
		}
		for _, r := range p.versions[id] {
			untilDue := r.Effect == casefile.EffectDuty && r.require == nil && r.due != nil
			if untilDue || slices.Contains(r.deep, todayFact) {
				return true
			}
		}
	}
	return false
}

// checkTests checks that the names of tests differ, and gives each its day and
// the date that picks the law.
func (l *loader) checkTests() {
	seen := map[string]Test{}
	for i := range l.pack.tests {
		t := &l.pack.tests[i]
		if first, twice := seen[t.Name]; twice && t.Name != "" {
			l.add(position{t.File, t.Line, 1}, "test %q is given twice, first in %s:%d", t.Name, first.File, first.Line)
		}
		seen[t.Name] = *t
		if t.On.IsZero() {
			t.On = l.pack.inForce.From
		}
		at := l.pack.lawAt
		if _, given := t.Facts[at]; !given && at != todayFact {
			t.Facts[at] = t.On.String()
		}
	}
}
