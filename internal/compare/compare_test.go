package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"cel.dev/cel-go/cel"
	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// contestants are the four ways to judge the gate.
type contestants struct {
	types    []rules.FactType
	judge    *rules.Judge
	cel      *celGate // as cel-go is used
	celTrace *celGate // keeping the value of each sub-expression
	opa      *opaGate
}

func setUp(t testing.TB) *contestants {
	t.Helper()
	c := &contestants{}
	p, err := shippedPack()
	must(t, err)
	c.types, err = factTypes(p)
	must(t, err)
	c.judge, err = judge(p, c.types)
	must(t, err)
	c.cel, err = newCELGate(c.types, cel.EvalOptions(cel.OptOptimize))
	must(t, err)
	c.celTrace, err = newCELGate(c.types, cel.EvalOptions(cel.OptTrackState, cel.OptExhaustiveEval))
	must(t, err)
	c.opa, err = newOPAGate(t.Context())
	must(t, err)
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// today is the day of the judgement; the others read it as a fact.
var today = legaltime.NewDate(2024, 6, 3)

// words are the items that rules look for in lists, and a few others.
var words = []string{
	"dept-views", "risk-points", "measures", "response-plan", "draft", "legal-basis", "procedure-statement", "competence", "procedure", "content",
	"people-org", "social-org", "representatives", "explanation", "channel", "deadline", "甲", "乙",
}

// randomFacts draws all facts of the gate.
func randomFacts(r *rand.Rand, types []rules.FactType) casefile.Values {
	out := casefile.Values{}
	for _, f := range types {
		switch f.Type {
		case rules.TypeBool:
			out[f.Name] = r.IntN(2) == 0
		case rules.TypeInt:
			out[f.Name] = r.Int64N(3)
		case rules.TypeEnum:
			out[f.Name] = f.Enum[r.IntN(len(f.Enum))]
		case rules.TypeText:
			out[f.Name] = []string{"", "理由"}[r.IntN(2)]
		case rules.TypeDate:
			out[f.Name] = []string{"", "2024-05-30", "2024-06-02", "2024-06-03", "2024-07-01"}[r.IntN(5)]
		case rules.TypeTexts:
			list, nearlyAll := []string{}, r.IntN(2) == 0
			for _, word := range words {
				if r.IntN(20) == 0 != nearlyAll {
					list = append(list, word)
				}
			}
			out[f.Name] = list
		}
	}
	out["today"] = today.String()
	return out
}

// verdicts gives what each contestant says of facts.
func (c *contestants) verdicts(t testing.TB, facts casefile.Values) map[string][]string {
	t.Helper()
	in := rules.Input{Gates: []rules.Ref{gateRef}, Facts: facts, Today: today}
	judged, err := c.judge.Judge(in)
	must(t, err)
	explained, err := c.judge.ExplainGate(gateRef, in)
	must(t, err)
	byCEL, _, err := c.cel.failing(facts)
	must(t, err)
	byCELTrace, states, err := c.celTrace.failing(facts)
	must(t, err)
	if len(states) != len(gate()) {
		t.Fatalf("cel-go kept %d states for %d rules", len(states), len(gate()))
	}
	input := rego.EvalInput(map[string]any(facts))
	byOPA, err := c.opa.failing(t.Context(), input)
	must(t, err)
	tracer := topdown.NewBufferTracer()
	byOPATrace, err := c.opa.failing(t.Context(), input, rego.EvalQueryTracer(tracer))
	must(t, err)
	if len(*tracer) == 0 {
		t.Fatal("OPA traced nothing")
	}
	return map[string][]string{
		"chengxu": failing(judged.Verdict), "chengxu explained": failing(explained.Verdict), "cel-go": byCEL, "cel-go traced": byCELTrace,
		"OPA": byOPA, "OPA traced": byOPATrace, "Go": factsOf(facts).failing(),
	}
}

func TestAllFourAgreeOnAThousandSetsOfFacts(t *testing.T) {
	c := setUp(t)
	if n := len(gate()); n != 30 {
		t.Fatalf("%d rules", n)
	}
	r := rand.New(rand.NewPCG(713, 2019))
	failed := map[string]int{}
	const sets = 1000
	for range sets {
		facts := randomFacts(r, c.types)
		all := c.verdicts(t, facts)
		for _, who := range casefile.SortedNames(all) {
			if diff := cmp.Diff(all["Go"], all[who]); diff != "" {
				t.Fatalf("on %v (-Go +%s):\n%s", facts, who, diff)
			}
		}
		for _, id := range all["Go"] {
			failed[id]++
		}
	}
	for _, id := range ids() { // or agreement on it would say little
		if n := failed[id]; n == 0 || n == sets {
			t.Errorf("%s is not met in %d of %d sets", id, n, sets)
		}
	}
}

// met gives facts with which all rules are met: the everyday case, in which
// nothing can be left out early.
func met(t testing.TB, c *contestants) casefile.Values {
	t.Helper()
	out := casefile.Values{}
	for _, f := range c.types {
		switch f.Type {
		case rules.TypeBool:
			out[f.Name] = true
		case rules.TypeInt:
			out[f.Name] = int64(2)
		case rules.TypeEnum:
			out[f.Name] = f.Enum[0]
		case rules.TypeText:
			out[f.Name] = "理由"
		case rules.TypeDate:
			out[f.Name] = "2024-05-30"
		case rules.TypeTexts:
			out[f.Name] = words
		}
	}
	out["conflicted"] = []string{}
	for name, value := range map[string]string{
		"fc_conclusion": "compliant", "review_conclusion": "lawful", "review_basis": "formal-review", "majority_view": "approve",
		"chief_decision": "approve", "risk_conclusion": "controllable", "meeting_kind": "plenary", "expert_source": "own-pool",
	} {
		if i := slices.IndexFunc(c.types, func(f rules.FactType) bool { return f.Name == name }); i < 0 || !slices.Contains(c.types[i].Enum, value) {
			t.Fatalf("fact %s cannot be %s", name, value)
		}
		out[name] = value
	}
	out["today"] = today.String()
	return out
}

func TestAllRulesAreMetInTheEverydayCase(t *testing.T) {
	c := setUp(t)
	for who, ids := range c.verdicts(t, met(t, c)) {
		if len(ids) > 0 {
			t.Errorf("%s: %v", who, ids)
		}
	}
}

// BenchmarkGate judges the gate when all rules are met, and when about half are
// not.
func BenchmarkGate(b *testing.B) {
	c := setUp(b)
	b.Logf("%d rules, %d facts", len(gate()), len(c.types))
	half := randomFacts(rand.New(rand.NewPCG(7, 13)), c.types)
	for _, set := range []struct {
		name  string
		facts casefile.Values
	}{{"met", met(b, c)}, {"half", half}} {
		want := len(factsOf(set.facts).failing())
		b.Run(fmt.Sprintf("%s=%d", set.name, 30-want), func(b *testing.B) {
			c.benchmark(b, set.facts, want)
		})
	}
}

// processorTime gives the time that this process has had a processor, in
// nanoseconds. Unlike the time on the clock it says something when others are at
// work on the machine.
func processorTime(t testing.TB) int64 {
	t.Helper()
	var usage syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func (c *contestants) benchmark(b *testing.B, facts casefile.Values, want int) {
	in := rules.Input{Gates: []rules.Ref{gateRef}, Facts: facts, Today: today}
	run := func(name string, judge func() ([]string, error)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			began := processorTime(b)
			for b.Loop() {
				got, err := judge()
				if err != nil || len(got) != want {
					b.Fatalf("%d rules not met, want %d: %v", len(got), want, err)
				}
			}
			b.ReportMetric(float64(processorTime(b)-began)/float64(b.N), "cpu-ns/op")
		})
	}
	run("verdict/chengxu", func() ([]string, error) {
		judged, err := c.judge.Judge(in)
		return failing(judged.Verdict), err
	})
	run("verdict/cel-go", func() ([]string, error) {
		out, _, err := c.cel.failing(facts)
		return out, err
	})
	run("verdict/opa", func() ([]string, error) {
		return c.opa.failing(b.Context(), rego.EvalInput(map[string]any(facts)))
	})
	parsed, err := ast.InterfaceToValue(map[string]any(facts))
	must(b, err)
	run("verdict/opa, input parsed before", func() ([]string, error) {
		return c.opa.failing(b.Context(), rego.EvalParsedInput(parsed))
	})
	run("verdict/go", func() ([]string, error) { return factsOf(facts).failing(), nil })
	typed := factsOf(facts)
	run("verdict/go, facts typed before", func() ([]string, error) { return typed.failing(), nil })

	run("trace/chengxu", func() ([]string, error) {
		explained, err := c.judge.ExplainGate(gateRef, in)
		return failing(explained.Verdict), err
	})
	run("trace/cel-go", func() ([]string, error) {
		out, states, err := c.celTrace.failing(facts)
		if len(states) != len(c.celTrace.programs) {
			return nil, fmt.Errorf("%d states", len(states))
		}
		return out, err
	})
	run("trace/opa", func() ([]string, error) {
		return c.opa.failing(b.Context(), rego.EvalInput(map[string]any(facts)), rego.EvalQueryTracer(topdown.NewBufferTracer()))
	})
}
