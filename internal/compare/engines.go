package compare

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"

	"cel.dev/cel-go/cel"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// gateRef is the gate as package rules names it.
const gateRef rules.Ref = "xx.compare/gate"

// shippedPack gives the pack of Order 713.
func shippedPack() (*rules.Pack, error) {
	packs, err := rules.Embedded()
	if err != nil {
		return nil, err
	}
	for _, p := range packs {
		if p.ID() == "cn.713" {
			return p, nil
		}
	}
	return nil, fmt.Errorf("cn.713 is not shipped")
}

// factTypes gives the facts that the rules read.
func factTypes(p *rules.Pack) ([]rules.FactType, error) {
	var names []string
	for _, r := range gate() {
		law, ok := p.Rule(r.id)
		if !ok {
			return nil, fmt.Errorf("%s has no rule %s", p.Name(), r.id)
		}
		names = append(names, law.Facts...)
	}
	slices.Sort(names)
	var out []rules.FactType
	for _, name := range slices.Compact(names) {
		f, ok := p.Vocabulary().Fact(name)
		if !ok {
			return nil, fmt.Errorf("%s has no fact %s", p.Name(), name)
		}
		out = append(out, f)
	}
	return out, nil
}

// judge gives a judge of one gate that holds the rules, as the shipped pack states
// them, without the dates that some of them derive.
func judge(p *rules.Pack, facts []rules.FactType) (*rules.Judge, error) {
	var pack, vocabulary, text strings.Builder
	fmt.Fprintf(&pack, `id: xx.compare
version: "1"
title: {zh: 比较, en: Comparison}
rank: rule
instruments:
  - {id: xx.compare, title: {zh: 比较, en: Comparison}, in_force: {from: 2019-09-01}, text_seen: 全文}
in_force: {from: 2019-09-01}
law_at: case_opened_on
gates:
  - id: gate
    question: {zh: 可以吗, en: May it}
    rules:
`)
	fmt.Fprintf(&vocabulary, "case_opened_on: {type: date, source: engine, title: {zh: 立案日期, en: Opened}}\n")
	for _, f := range facts {
		source := rules.SourceDetermination
		if f.Source == rules.SourceEngine {
			source = rules.SourceEngine
		}
		fmt.Fprintf(&vocabulary, "%s: {type: %q, source: %s, title: {zh: %q, en: %q}", f.Name, f.Type, source, f.Title.ZH, f.Title.EN)
		if f.Enum != nil {
			fmt.Fprintf(&vocabulary, ", enum: [%s]", strings.Join(f.Enum, ", "))
		}
		vocabulary.WriteString("}\n")
	}
	for _, r := range gate() {
		law, _ := p.Rule(r.id)
		fmt.Fprintf(&pack, "      - %s\n", r.id)
		fmt.Fprintf(&text, `- id: %s
  title: {zh: %q, en: %q}
  effect: %s
  provenance: %s
  require: %q
  basis: %q
  message: {zh: %q, en: %q}
  remedy: {zh: %q, en: %q}
`, law.ID, law.Title.ZH, law.Title.EN, law.Effect, law.Provenance, law.Require, law.Basis,
			law.Message.ZH, law.Message.EN, law.Remedy.ZH, law.Remedy.EN)
	}
	loaded, err := rules.LoadPack(fstest.MapFS{
		"pack.yaml":       {Data: []byte(pack.String())},
		"facts.yaml":      {Data: []byte(vocabulary.String())},
		"rules/all.yaml":  {Data: []byte(text.String())},
		"tests/none.yaml": {Data: []byte("[]\n")},
	}, ".")
	if err != nil {
		return nil, err
	}
	calendar, err := legaltime.Embedded()
	if err != nil {
		return nil, err
	}
	return rules.NewJudge([]*rules.Pack{loaded}, calendar)
}

// failing gives the rules that are not met.
func failing(v casefile.Verdict) []string {
	var out []string
	for _, f := range v.Findings {
		if f.Result != casefile.Pass {
			out = append(out, f.Rule)
		}
	}
	return out
}

// celGate is the gate as programs of cel-go, one for each rule.
type celGate struct {
	ids      []string
	programs []cel.Program
}

func newCELGate(facts []rules.FactType, options ...cel.ProgramOption) (*celGate, error) {
	types := map[rules.Type]*cel.Type{
		rules.TypeBool: cel.BoolType, rules.TypeInt: cel.IntType, rules.TypeText: cel.StringType, rules.TypeEnum: cel.StringType,
		rules.TypeDate: cel.StringType, rules.TypeTexts: cel.ListType(cel.StringType),
	}
	var variables []cel.EnvOption
	for _, f := range facts {
		variables = append(variables, cel.Variable(f.Name, types[f.Type]))
	}
	env, err := cel.NewEnv(variables...)
	if err != nil {
		return nil, err
	}
	g := &celGate{}
	for _, r := range gate() {
		ast, issues := env.Compile(r.cel)
		if issues.Err() != nil {
			return nil, fmt.Errorf("%s: %w", r.id, issues.Err())
		}
		program, err := env.Program(ast, options...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.id, err)
		}
		g.ids, g.programs = append(g.ids, r.id), append(g.programs, program)
	}
	return g, nil
}

// failing gives the rules that are not met. States are the values of all
// sub-expressions, when the programs keep them.
func (g *celGate) failing(facts map[string]any) (out []string, states []*cel.EvalDetails, err error) {
	activation, err := cel.NewActivation(facts)
	if err != nil {
		return nil, nil, err
	}
	for i, program := range g.programs {
		value, details, err := program.Eval(activation)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", g.ids[i], err)
		}
		if details != nil {
			states = append(states, details)
		}
		if value.Value() != true {
			out = append(out, g.ids[i])
		}
	}
	return out, states, nil
}

// opaGate is the gate as one prepared query.
type opaGate struct{ query rego.PreparedEvalQuery }

func newOPAGate(ctx context.Context) (*opaGate, error) {
	var module strings.Builder
	module.WriteString("package gate\n\n")
	for _, r := range gate() {
		for _, body := range r.rego {
			fmt.Fprintf(&module, "pass contains %q if { %s }\n", r.id, body)
		}
	}
	query, err := rego.New(rego.Query("data.gate.pass"), rego.Module("gate.rego", module.String())).PrepareForEval(ctx)
	return &opaGate{query}, err
}

// failing gives the rules that are not met.
func (g *opaGate) failing(ctx context.Context, options ...rego.EvalOption) ([]string, error) {
	results, err := g.query.Eval(ctx, options...)
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, fmt.Errorf("the query gave %v", results)
	}
	met, ok := results[0].Expressions[0].Value.([]any)
	if !ok {
		return nil, fmt.Errorf("the query gave %v", results)
	}
	passed := make(map[string]bool, len(met))
	for _, id := range met {
		passed[id.(string)] = true
	}
	var out []string
	for _, r := range ids() {
		if !passed[r] {
			out = append(out, r)
		}
	}
	return out, nil
}

// ids gives the ids of the rules in the order of the gate.
func ids() []string {
	var out []string
	for _, r := range gate() {
		out = append(out, r.id)
	}
	return out
}
