package rules

import (
	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

// rulesYAML reads one file of rules.
func (l *loader) rulesYAML(d *document, n *yaml.Node) {
	for _, item := range d.items(n, "rules") {
		l.rule(d, item)
	}
}

// ruleSources are the expressions of a rule before they are compiled.
type ruleSources struct{ require, due, arises, met *exprSource }

func (l *loader) rule(d *document, n *yaml.Node) {
	r := &compiledRule{at: d.at(n)}
	r.File, r.Line = d.name, n.Line
	r.InForce = l.pack.inForce
	var src ruleSources
	what := "rule"
	if !d.mapping(n, what,
		must("id", func(n *yaml.Node) {
			d.matching("rule id", ruleID, &r.ID)(n)
			r.at = d.at(n)
		}),
		must("title", d.bilingual("title", &r.Title)),
		must("effect", func(n *yaml.Node) {
			r.Effect = oneOf(d, n, "effect", casefile.EffectBlock, casefile.EffectWarn, casefile.EffectDuty, casefile.EffectApplies)
		}),
		must("provenance", func(n *yaml.Node) { r.Provenance = provenance(d, n) }),
		may("require", d.expression("require", &src.require)),
		may("due", d.expression("due", &src.due)),
		may("arises", d.expression("arises", &src.arises)),
		may("met", d.expression("met", &src.met)),
		must("basis", l.basis(d, "basis", &r.Basis)),
		must("message", d.bilingual("message", &r.Message)),
		must("remedy", d.bilingual("remedy", &r.Remedy)),
		may("note", d.text("note", &r.Note)),
		may("in_force", func(n *yaml.Node) {
			r.ownInForce = true
			d.span("in_force", &r.InForce)(n)
		}),
	) || r.ID == "" {
		return
	}
	l.unread = l.unread || r.Effect == ""
	l.shape(r, src, n)
	l.compile(r, src)
	l.pack.rules = append(l.pack.rules, r)
}

// shape checks that a rule has the expressions that its effect asks for.
func (l *loader) shape(r *compiledRule, src ruleSources, n *yaml.Node) {
	given := func(key string) bool {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return true
			}
		}
		return false
	}
	switch r.Effect {
	case casefile.EffectDuty:
		if !given("met") {
			l.add(r.at, "rule %s: a duty says when it is met", r.ID)
		}
	case casefile.EffectBlock, casefile.EffectWarn, casefile.EffectApplies:
		if !given("require") {
			l.add(r.at, "rule %s: require is missing", r.ID)
		}
		if given("arises") || given("met") {
			l.add(r.at, "rule %s: only a duty has arises and met", r.ID)
		}
		if r.Effect == casefile.EffectApplies && given("due") {
			l.add(r.at, "rule %s: a rule that says whether a step applies has no due date", r.ID)
		}
	}
	if r.Provenance == Recalled && r.Effect != casefile.EffectWarn && r.Effect != "" {
		l.add(r.at, "rule %s: what is recalled may only warn, not %s", r.ID, r.Effect)
	}
}

// compile compiles the expressions of a rule.
func (l *loader) compile(r *compiledRule, src ruleSources) {
	one := func(part string, s *exprSource, want Type, into **expression, text *string) {
		if s == nil {
			return
		}
		x, problem := l.compiler.compile(part, s, want)
		if problem != nil {
			problem.Message = "rule " + r.ID + ": " + problem.Message
			l.put(problem)
			l.unread = true
			return
		}
		*into, *text = x, x.source
		r.reads = merge(r.reads, x.reads)
	}
	one("require", src.require, TypeBool, &r.require, &r.Require)
	one("due", src.due, TypeDate, &r.due, &r.Due)
	one("arises", src.arises, TypeBool, &r.arises, &r.Arises)
	one("met", src.met, TypeBool, &r.met, &r.Met)
	r.deep = l.pack.scope.deep(r.reads)
	r.Facts, r.Parameters, r.Periods, r.Tables = split(r.deep)
}
