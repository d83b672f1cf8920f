package procedure_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

var update = flag.Bool("update", false, "write docs/reference/steps*.md")

// references are the pages that describe the shipped procedures, by file of definition.
var references = map[string]string{
	"cn.decision-catalogue.2019.yaml":  "../docs/reference/steps-decision-catalogue.md",
	"cn.decision-execution.2019.yaml":  "../docs/reference/steps-decision-execution.md",
	"cn.document-cleanup.2023.yaml":    "../docs/reference/steps-document-cleanup.md",
	"cn.document-litigation.2024.yaml": "../docs/reference/steps-document-litigation.md",
	"cn.document-validity.2019.yaml":   "../docs/reference/steps-document-validity.md",
	"cn.filing-review.2024.yaml":       "../docs/reference/steps-filing-review.md",
	"cn.major-decision.2019.yaml":      "../docs/reference/steps.md",
	"cn.normative-document.2018.yaml":  "../docs/reference/steps-normative-document.md",
}

func TestTheReferenceOfStepsIsUpToDate(t *testing.T) {
	for file, referencePath := range references {
		d, err := procedure.Load(file, source(t, file))
		if err != nil {
			t.Fatal(err)
		}
		upToDate(t, reference(d), referencePath)
	}
}

func upToDate(t *testing.T, want, referencePath string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(referencePath, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(referencePath)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error(referencePath + " is out of date; run: go test ./procedure -run Reference -update")
	}
}

const referenceHead = `# Steps and acts

What can be done in each step of %s, by whom, with which payload, and which gate is asked. This file is
generated from the step types (` + "`procedure/step_*.go`" + `) and the definition (` + "`procedure/definitions`" + `).

- An act is written ` + "`<step>.<verb>`" + `, with the id of the step in the definition; ` + "`case.<verb>`" + ` belongs to no step.
- **Bold** fields are required. Kinds: bool, int, number, text, date (YYYY-MM-DD), texts (list), digest (SHA-256 of a stored
  document), digests. ` + "`≤ today`" + `: a date of something that has happened. → names the fact that the field establishes.
- ` + "`draft`" + ` always means the digest of the current draft (` + "`stale-digest`" + ` when it is another), except in acts that file a new draft.
- *after* and *not after* name acts of the same round; *once*: once in a round. A return opens a new round.
- An act with an outcome ends the step. Its gates are the act's own%s and the gate of the transition.
- A payload has at most %d characters a text and %d items a list. Required lists without a fact must not be empty.

`

// reference writes the whole reference in Markdown.
func reference(d *procedure.Definition) string {
	var b strings.Builder
	throughout := ""
	if d.Throughout != "" {
		throughout = ", `" + string(d.Throughout) + "` (asked before every act that ends a\n  step)"
	}
	fmt.Fprintf(&b, referenceHead, d.Name(), throughout, procedure.MaxText, procedure.MaxItems)
	b.WriteString("## Roles\n\n| role | |\n|---|---|\n")
	for _, r := range casefile.SortedNames(d.Roles) {
		fmt.Fprintf(&b, "| `%s` | %s · %s |\n", r, d.Roles[r].ZH, d.Roles[r].EN)
	}
	if len(d.Separate) > 0 {
		b.WriteString("\nNobody acts in two roles of one line in the same case:\n\n")
	}
	for _, s := range d.Separate {
		fmt.Fprintf(&b, "- %s (%s)\n", codes(s.Roles), s.Basis)
	}
	b.WriteString("\n## Opening: `case.open`\n\n")
	open := procedure.OpeningAct()
	writeActs(&b, "case", []procedure.ActSpec{open}, []procedure.ActRule{{Verb: "open", Roles: d.Open.Roles, Gate: d.Open.Gate}})
	for _, s := range d.Steps {
		writeStep(&b, d, s)
	}
	b.WriteString("## Acts of the case\n\nPossible in every step while the case is running; those marked so also, or only, while it is suspended.\n\n")
	writeActs(&b, "case", procedure.CaseActs(), d.Always)
	b.WriteString("## Ends\n\n| end | |\n|---|---|\n")
	for _, e := range d.Ends {
		fmt.Fprintf(&b, "| `%s` | %s · %s |\n", e.ID, e.Title.ZH, e.Title.EN)
	}
	return b.String()
}

func writeStep(b *strings.Builder, d *procedure.Definition, s procedure.Step) {
	fmt.Fprintf(b, "## `%s`: %s · %s\n\n%s\n\n", s.ID, s.Title.ZH, s.Title.EN, s.Basis)
	if s.Joined != nil {
		fmt.Fprintf(b, "Runs %s side by side; once every branch that applies has closed, the case goes on to `%s`.\n\n",
			codes(s.Parallel), s.Joined.To)
		return
	}
	if s.Applies != "" {
		fmt.Fprintf(b, "Required only when gate `%s` says so; the verdict is recorded either way.\n\n", s.Applies)
	}
	kind, _ := s.Kind()
	if len(s.Without) > 0 {
		fmt.Fprintf(b, "Without the acts %s of the step type.\n\n", codes(s.Without))
	}
	writeActs(b, s.ID, kind.Acts, s.Acts)
	b.WriteString("| outcome | leads to | gate |\n|---|---|---|\n")
	for _, o := range s.Outcomes {
		to, gate := "`"+o.To+"`", "`"+string(o.Gate)+"`"
		if o.As != "" {
			to += ", ends as `" + o.As + "`"
		}
		if o.Gate == "" {
			gate = "free: " + o.Free
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", o.Is, to, gate)
	}
	b.WriteString("\n")
}

func writeActs(b *strings.Builder, step string, specs []procedure.ActSpec, rules []procedure.ActRule) {
	b.WriteString("| act | roles | fields | establishes | gate | order |\n|---|---|---|---|---|---|\n")
	for _, spec := range specs {
		at := slices.IndexFunc(rules, func(r procedure.ActRule) bool { return r.Verb == spec.Verb })
		rule := rules[at]
		gate := ""
		if rule.Gate != "" {
			gate = "`" + string(rule.Gate) + "`"
		}
		fmt.Fprintf(b, "| `%s.%s`<br>%s · %s | %s | %s | %s | %s | %s |\n", step, spec.Verb, spec.Title.ZH, spec.Title.EN,
			codes(rule.Roles), fieldList(spec), established(spec), gate, order(spec, rule))
	}
	b.WriteString("\n")
}

func fieldList(spec procedure.ActSpec) string {
	var out []string
	for _, f := range spec.Fields {
		line := "`" + f.Name + "`"
		if f.Required {
			line = "**" + line + "**"
		}
		line += " " + string(f.Kind)
		if len(f.Enum) > 0 {
			line += " (" + strings.Join(f.Enum, ", ") + ")"
		}
		if f.Past {
			line += " ≤ today"
		}
		if f.Fact != "" {
			line += " → `" + f.Fact + "`"
		}
		out = append(out, line)
	}
	return strings.Join(out, "<br>")
}

func established(spec procedure.ActSpec) string {
	var out []string
	for _, name := range casefile.SortedNames(spec.Sets) {
		out = append(out, fmt.Sprintf("`%s` = %v", name, spec.Sets[name]))
	}
	for _, name := range spec.Gives {
		if !strings.Contains(name, ".") && !slices.Contains(casefile.SortedNames(spec.Sets), name) {
			out = append(out, "`"+name+"`")
		}
	}
	if spec.FilesDraft {
		out = append(out, "a new version of the draft")
	}
	if spec.Opinion {
		out = append(out, "an opinion on the current draft")
	}
	return strings.Join(out, "<br>")
}

func order(spec procedure.ActSpec, rule procedure.ActRule) string {
	var out []string
	say := func(when bool, what string) {
		if when {
			out = append(out, what)
		}
	}
	say(len(spec.Needs) > 0, "after "+codes(spec.Needs))
	say(len(spec.Bars) > 0, "not after "+codes(spec.Bars))
	say(spec.Once, "once")
	say(spec.Outcome != "", "ends the step as `"+spec.Outcome+"`")
	say(spec.OutcomeBy != "", "ends the step as its `"+spec.OutcomeBy+"` says")
	say(spec.OutcomeOf != nil, "ends the step as "+codes(spec.Among)+", by what is recorded")
	say(spec.OnlySuspended, "only while suspended")
	say(spec.WhileSuspended && !spec.OnlySuspended, "also while suspended")
	say(spec.PracticeOnly, "only in practice")
	say(spec.Leaves, "leaves all steps for `"+rule.To+"`, ends as `"+rule.As+"`")
	return strings.Join(out, "<br>")
}

func codes[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = "`" + string(v) + "`"
	}
	return strings.Join(out, ", ")
}
