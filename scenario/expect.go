package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

// Expect says what must come of an act: "accepted", or one of
//
//	{blocked: [rule, …]}       the rules that keep the gate closed, all of them
//	{undetermined: [fact, …]}  the facts whose absence keeps it closed, all of them
//	{needs_reason: [rule, …]}  the warnings that lack a recorded reason, all of them
//	{refused: code}            refused before anything was recorded
type Expect struct {
	Accepted     bool                 `yaml:"-"`
	Blocked      []string             `yaml:"blocked"`
	Undetermined []string             `yaml:"undetermined"`
	NeedsReason  []string             `yaml:"needs_reason"`
	Refused      casefile.RefusalCode `yaml:"refused"`
}

// UnmarshalYAML reads the short and the long form.
func (e *Expect) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		if n.Value != "accepted" {
			return fmt.Errorf("line %d: expect %q: accepted, blocked, undetermined, needs_reason or refused", n.Line, n.Value)
		}
		e.Accepted = true
		return nil
	}
	type plain Expect
	if err := strict(n, (*plain)(e), "blocked", "undetermined", "needs_reason", "refused"); err != nil {
		return err
	}
	if e.empty() {
		return fmt.Errorf("line %d: expect: empty", n.Line)
	}
	if e.Refused != "" && (len(e.Blocked)+len(e.Undetermined)+len(e.NeedsReason) > 0) {
		return fmt.Errorf("line %d: expect: refused stands alone", n.Line)
	}
	return nil
}

func (e Expect) empty() bool {
	return !e.Accepted && e.Refused == "" && len(e.Blocked)+len(e.Undetermined)+len(e.NeedsReason) == 0
}

// String says the expectation as the file does.
func (e Expect) String() string {
	if e.Accepted {
		return "accepted"
	}
	if e.Refused != "" {
		return "refused: " + string(e.Refused)
	}
	var parts []string
	for _, p := range []struct {
		name  string
		items []string
	}{{"blocked", e.Blocked}, {"undetermined", e.Undetermined}, {"needs_reason", e.NeedsReason}} {
		if len(p.items) > 0 {
			parts = append(parts, p.name+": "+strings.Join(p.items, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// met compares the expectation with what came of the act; nil when it was met.
func (e Expect) met(got Outcome) error {
	if got.Refusal != nil {
		if e.Refused == got.Refusal.Code {
			return nil
		}
		return fmt.Errorf("expected %s, was refused: %s (%s)", e, got.Refusal.Code, got.Refusal.Message.ZH)
	}
	if e.Refused != "" {
		return fmt.Errorf("expected %s, was %s", e, got.Entry.Kind)
	}
	if e.Accepted {
		if got.Entry.Kind == casefile.EntryBlocked {
			return fmt.Errorf("expected accepted, was blocked: %s", describe(got.Entry.Verdict))
		}
		return nil
	}
	if got.Entry.Kind != casefile.EntryBlocked {
		return fmt.Errorf("expected %s, was accepted", e)
	}
	blocked, missing, reasons := hindering(got.Entry.Verdict)
	return errors.Join(
		same("blocked", e.Blocked, blocked),
		same("undetermined", e.Undetermined, missing),
		same("needs_reason", e.NeedsReason, reasons),
	)
}

// hindering sorts what keeps a gate closed into rules that are not met, facts
// that are missing, and warnings without a reason.
func hindering(v *casefile.Verdict) (blocked, missing, reasons []string) {
	if v == nil {
		return nil, nil, nil
	}
	for _, f := range v.Hindering() {
		switch {
		case f.Effect == casefile.EffectWarn:
			reasons = append(reasons, f.Rule)
		case f.Result == casefile.Undetermined:
			missing = append(missing, f.Missing...)
		default:
			blocked = append(blocked, f.Rule)
		}
	}
	return blocked, missing, reasons
}

func describe(v *casefile.Verdict) string {
	blocked, missing, reasons := hindering(v)
	return Expect{Blocked: blocked, Undetermined: missing, NeedsReason: reasons}.String()
}

func same(what string, want, got []string) error {
	want, got = normal(want), normal(got)
	if slices.Equal(want, got) {
		return nil
	}
	return fmt.Errorf("expected %s %v, got %v", what, want, got)
}

func normal(items []string) []string {
	items = slices.Clone(items)
	slices.Sort(items)
	return slices.Compact(items)
}
