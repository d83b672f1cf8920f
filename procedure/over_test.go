package procedure_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// bases is a lookup of packs and of the definitions that overlays build on.
type bases struct {
	library
	definitions []*procedure.Definition
}

func (b bases) Definition(name string) (*procedure.Definition, bool) {
	for _, d := range b.definitions {
		if d.Name() == name {
			return d, true
		}
	}
	return nil, false
}

// overlay gives the shipped definition as an overlay of itself, with texts
// replaced in pairs.
func overlay(t *testing.T, pairs ...string) *procedure.Definition {
	t.Helper()
	src := shippedSource(t)
	pairs = append([]string{"id: cn.major-decision\n", "id: xx.local\nover: cn.major-decision@2019\n"}, pairs...)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(src, pairs[i]) {
			t.Fatalf("the shipped definition has no %q", pairs[i])
		}
		src = strings.Replace(src, pairs[i], pairs[i+1], 1)
	}
	d, err := procedure.Load("local.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// secondStudy is a step that an overlay puts between study and launch.
func secondStudy(more string) string {
	return `  - id: second_study
    type: study
    title: {zh: 复核论证, en: Second study}
    basis: 本地办法 第三条
    acts:
      - {verb: report, roles: [studier]}
      - {verb: more, roles: [office]}
      - {verb: conclude, roles: [studier]}
    outcomes:
      - {is: recommended, to: launch, free: 复核完成}
      - {is: not-recommended, to: launch, free: 复核完成}
      - {is: more, to: ` + more + `, free: 补充}

  - id: launch
`
}

const (
	studied  = "{is: recommended, to: launch, gate: cn.713/study_to_launch}"
	launched = "  - id: launch\n"
)

func TestAnOverlayMayTighten(t *testing.T) {
	for name, pairs := range map[string][]string{
		"nothing changed":         nil,
		"fewer roles":             {"{verb: register, roles: [office, drafter]}", "{verb: register, roles: [office]}"},
		"a gate where none stood": {"{is: more, to: study, free: 补充研究论证，开始新一轮}", "{is: more, to: study, gate: cn.713/study_to_launch}"},
		"a separation more":       {"separate:\n", "separate:\n  - {roles: [office, chief], basis: 本地办法 第二条}\n"},
		"a wider separation":      {"{roles: [drafter, expert], basis", "{roles: [drafter, expert, chief], basis"},
		"an obligatory step":      {"    applies: cn.713/risk_applies\n", ""},
		"a new step": {
			studied, strings.Replace(studied, "to: launch", "to: second_study", 1), launched, secondStudy("second_study"),
		},
		"a new step that returns as the step before it could": {
			studied, strings.Replace(studied, "to: launch", "to: second_study", 1), launched, secondStudy("study"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			lookup := bases{shippedPacks(t), []*procedure.Definition{decision(t)}}
			if err := procedure.Check(overlay(t, pairs...), lookup); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnOverlayThatLoosensIsRefusedWithBothPlacesAndTheArticle(t *testing.T) {
	const order = "国务院令第713号"
	for _, tt := range []struct {
		name  string
		pairs []string
		want  []string
	}{
		{"a role more", []string{"{verb: assign, roles: [office]}", "{verb: assign, roles: [office, drafter]}"},
			[]string{`acts[2].roles: lets role "drafter"`, order + " 第三条、第十条"}},
		{"a gate dropped", []string{studied, "{is: recommended, to: launch, free: 不问}"},
			[]string{"does not ask gate cn.713/study_to_launch", order + " 第十条"}},
		{"another gate", []string{studied, strings.Replace(studied, "study_to_launch", "intake_to_study", 1)},
			[]string{"does not ask gate cn.713/study_to_launch"}},
		{"a separation dropped", []string{"  - {roles: [drafter, counsel], basis: 国务院令第713号 第二十八条}\n", ""},
			[]string{"drops the separation of [drafter counsel]", order + " 第二十八条"}},
		{"a narrower separation", []string{"{roles: [drafter, counsel]", "{roles: [counsel, chief]"},
			[]string{"drops the separation of [drafter counsel]"}},
		{"duties not watched", []string{"duties: [cn.713/duties]\n", ""}, []string{"does not watch the duties of cn.713/duties"}},
		{"a way around a step", []string{"{is: agreed, to: opinions,", "{is: agreed, to: pre_review,"},
			[]string{`leads to "pre_review", where the base leads to "opinions"`, order + " 第十三条"}},
		{"a new step that leads around a step",
			[]string{studied, strings.Replace(studied, "to: launch", "to: second_study", 1), launched, secondStudy("drafting")},
			[]string{`leads to "drafting" by way of new step second_study`, order + " 第十条"}},
		{"a new step that takes a gated way of the step before it",
			[]string{"{is: to-drafting, to: drafting,", "{is: to-drafting, to: second_study,", launched,
				strings.NewReplacer("to: launch", "to: deliberation", "studier", "office").Replace(secondStudy("drafting"))},
			[]string{`leads to "deliberation" by way of new step second_study`, order + " 第二十九条"}},
		{"an obligatory step made discretionary",
			[]string{"    type: pre-review\n", "    type: pre-review\n    applies: cn.713/risk_applies\n    skip: legality_review\n"},
			[]string{`makes the obligatory step "pre_review" discretionary`}},
		{"another question whether a step is required", []string{"applies: cn.713/risk_applies", "applies: cn.713/expert_applies"},
			[]string{"asks gate cn.713/expert_applies whether"}},
		{"another end", []string{"to: archive, as: withheld,", "to: archive, as: published,",
			"  - {id: withheld, title: {zh: 作出决策、依法不予公开, en: decided and lawfully withheld}}\n", ""},
			[]string{`settles the end "published" instead of "withheld"`, order + " 第三十二条"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lookup := bases{shippedPacks(t), []*procedure.Definition{decision(t)}}
			err := procedure.Check(overlay(t, tt.pairs...), lookup)
			if !errors.Is(err, casefile.ErrInvalid) {
				t.Fatalf("not refused: %v", err)
			}
			for _, want := range append(tt.want, "local.yaml", "cn.major-decision.2019.yaml:") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in: %v", want, err)
				}
			}
		})
	}
}

func TestAnOverlayWithoutItsBaseIsRefused(t *testing.T) {
	d := overlay(t)
	for name, lookup := range map[string]procedure.PackLookup{
		"the base does not exist":       bases{library: shippedPacks(t)},
		"definitions are not looked up": shippedPacks(t),
	} {
		t.Run(name, func(t *testing.T) {
			err := procedure.Check(d, lookup)
			if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), "local.yaml:4: over:") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAStepLeftOutIsNamed(t *testing.T) {
	base, over := decision(t), overlay(t)
	over.Steps = over.Steps[:len(over.Steps)-1]
	err := procedure.Tightens(base, over)
	if err == nil || !strings.Contains(err.Error(), `leaves out step "archive"`) || !strings.Contains(err.Error(), "第三十三条") {
		t.Errorf("got %v", err)
	}
}
