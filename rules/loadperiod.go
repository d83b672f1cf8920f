package rules

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func badPeriod(err error) error { return fmt.Errorf("period: %w: %w", err, casefile.ErrInvalid) }

// periodsYAML reads periods.yaml.
func (l *loader) periodsYAML(d *document, n *yaml.Node) {
	d.entries(n, "periods", func(key, value *yaml.Node) {
		if !factName.MatchString(key.Value) {
			l.add(d.at(key), "period %q: the name is not of the form %s", key.Value, factName)
			return
		}
		x := &period{pack: l.pack, at: d.at(key)}
		x.ID, x.File, x.Line = key.Value, d.name, key.Line
		if _, taken := l.pack.scope.periods[x.ID]; taken {
			l.add(x.at, "period %s: a pack that this one builds on declares it", x.ID)
			return
		}
		l.period(d, x, value)
		l.pack.periods = append(l.pack.periods, x)
		l.pack.scope.periods[x.ID] = x
	})
}

func (l *loader) period(d *document, x *period, n *yaml.Node) {
	what := "period " + x.ID
	var from, when *exprSource
	var unit string
	d.mapping(n, what,
		must("title", d.bilingual(what+": title", &x.Title)),
		must("kind", func(n *yaml.Node) { x.Kind = oneOf(d, n, what+": kind", PeriodMinimum, PeriodMaximum) }),
		must("length", d.text(what+": length", &x.Length)),
		must("unit", d.text(what+": unit", &unit)),
		must("from", d.expression("from", &from)),
		may("when", d.expression("when", &when)),
		may("roll_forward", l.basis(d, what+": roll_forward", &x.Roll)),
		may("extend", func(n *yaml.Node) { x.Extend = l.extension(d, what, n) }),
		may("stops", func(n *yaml.Node) { l.stops(d, x, n) }),
		may("remind", func(n *yaml.Node) { l.remind(d, x, n) }),
		may("lapse", func(n *yaml.Node) {
			d.mapping(n, what+": lapse", must("basis", l.basis(d, what+": lapse basis", &x.LapseBasis)))
		}),
		must("basis", l.basis(d, what+": basis", &x.Basis)),
		must("provenance", func(n *yaml.Node) { x.Provenance = provenance(d, n) }),
	)
	var err error
	if x.Unit, err = legaltime.ParseUnit(unit); err != nil && unit != "" {
		l.add(d.at(n), "%s: %v", what, err)
	}
	l.needParameter(x.at, what+": length", x.Length)
	l.compilePeriod(x, from, when)
}

func (l *loader) extension(d *document, what string, n *yaml.Node) *Extension {
	e := &Extension{}
	var by []string
	what += ": extend"
	d.mapping(n, what,
		must("days", d.text(what+" days", &e.Days)),
		must("at_most", d.text(what+" at_most", &e.AtMost)),
		must("by", d.texts(what+" by", &by)),
		must("notice", d.text(what+" notice", &e.Notice)),
		must("basis", l.basis(d, what+" basis", &e.Basis)),
	)
	for _, role := range by {
		e.By = append(e.By, casefile.Role(role))
	}
	if f, ok := l.pack.scope.facts[e.Days]; e.Days != "" && (!ok || f.Type != TypeInt) {
		l.add(d.at(n), "%s: days: %s is not a fact of type int", what, e.Days)
	}
	if _, ok := l.pack.scope.facts[e.Notice]; e.Notice != "" && !ok {
		l.add(d.at(n), "%s: notice: unknown fact %s", what, e.Notice)
	}
	l.needParameter(d.at(n), what+": at_most", e.AtMost)
	return e
}

func (l *loader) needParameter(at position, what, name string) {
	if p, ok := l.pack.scope.params[name]; name != "" && (!ok || p.Type != TypeInt) {
		l.add(at, "%s: %s is not a parameter of type int", what, name)
	}
}

func (l *loader) stops(d *document, x *period, n *yaml.Node) {
	for _, item := range d.items(n, "stops") {
		var s Stop
		d.mapping(item, "stop",
			must("at", func(n *yaml.Node) { s.At = oneOf(d, n, "stop: at", StopSuspension) }),
			must("basis", l.basis(d, "stop: basis", &s.Basis)),
		)
		x.Stops = append(x.Stops, s)
	}
	if f, ok := l.pack.scope.facts[suspensionsFact]; !ok || f.Type != TypeTexts || f.Source != SourceEngine {
		l.add(d.at(n), `period %s: what stops its clock is in the fact %s, of type "[text]" and source engine`, x.ID, suspensionsFact)
	}
}

func (l *loader) remind(d *document, x *period, n *yaml.Node) {
	for _, item := range d.items(n, "remind") {
		before, ok := d.value(item, "remind").(int64)
		if !ok || before < 1 || before > 100 {
			l.add(d.at(item), "period %s: remind: want working days before the last day, from 1 to 100", x.ID)
			continue
		}
		x.Remind = append(x.Remind, int(before))
	}
	slices.Sort(x.Remind)
	slices.Reverse(x.Remind)
	x.Remind = slices.Compact(x.Remind)
}

// compilePeriod compiles the expressions of a period. They read facts and
// parameters, no other periods and no tables.
func (l *loader) compilePeriod(x *period, from, when *exprSource) {
	one := func(part string, src *exprSource, want Type, into **expression, text *string) {
		if src == nil {
			return
		}
		e, problem := l.compiler.compile(part, src, want)
		if problem != nil {
			problem.Message = "period " + x.ID + ": " + problem.Message
			l.put(problem)
			return
		}
		*into, *text = e, e.source
		x.reads = merge(x.reads, e.reads)
	}
	one("from", from, TypeDate, &x.from, &x.From)
	one("when", when, TypeBool, &x.when, &x.When)
	more := []string{parameterSpace + x.Length}
	if x.Extend != nil {
		more = append(more, x.Extend.Days, parameterSpace+x.Extend.AtMost)
	}
	if len(x.Stops) > 0 {
		more = append(more, suspensionsFact)
	}
	x.reads = merge(x.reads, more)
	x.Facts, _, _, _ = split(x.reads)
}

// checkPeriods checks that each period is used as its kind says, and that what
// is recalled does not block.
func (l *loader) checkPeriods() {
	for _, x := range l.pack.periods {
		read, watched, guarded := false, false, x.Extend == nil
		for _, r := range l.pack.rules {
			if x.Extend != nil && r.Effect == casefile.EffectBlock && readsAll(r.reads, x.Extend.Days, parameterSpace+x.Extend.AtMost, x.Extend.Notice) {
				guarded = true
			}
			if !slices.Contains(r.Periods, x.ID) {
				continue
			}
			read = true
			watched = watched || r.Effect == casefile.EffectDuty || r.Effect == casefile.EffectWarn
			if x.Provenance == Recalled && r.Effect != casefile.EffectWarn {
				l.add(r.at, "rule %s: the period d.%s is recalled, so the rule may only warn, not %s", r.ID, x.ID, r.Effect)
			}
		}
		switch {
		case l.unread:
		case !read:
			l.add(x.at, "period %s is read by no rule", x.ID)
		case x.Kind == PeriodMaximum && !watched:
			l.add(x.at, "period %s: nothing watches it: no duty and no warning reads d.%s", x.ID, x.ID)
		}
		if !guarded {
			l.add(x.at, "period %s: no blocking rule guards its extension: one must read %s, p.%s and %s",
				x.ID, x.Extend.Days, x.Extend.AtMost, x.Extend.Notice)
		}
	}
}

func readsAll(reads []string, names ...string) bool {
	for _, name := range names {
		if !slices.Contains(reads, name) {
			return false
		}
	}
	return true
}
