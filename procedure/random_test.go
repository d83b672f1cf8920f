package procedure_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// value draws a value for a field: most often a good one.
func value(rt *rapid.T, f procedure.Field, draft string) any {
	switch f.Kind {
	case procedure.KindBool:
		return rapid.Bool().Draw(rt, f.Name)
	case procedure.KindInt, procedure.KindNumber:
		return rapid.SampledFrom([]any{0, 1.0, 2, 5.5, -1, "1"}).Draw(rt, f.Name)
	case procedure.KindText:
		if len(f.Enum) > 0 {
			return rapid.SampledFrom(f.Enum).Draw(rt, f.Name)
		}
		return rapid.SampledFrom([]string{"区政府", "张", "李", "区长", "", "=a=b"}).Draw(rt, f.Name)
	case procedure.KindDate:
		return rapid.SampledFrom([]string{"2024-03-01", "2024-03-02", "2024-04-15", "2025-01-01", "", "soon"}).Draw(rt, f.Name)
	case procedure.KindTexts:
		if len(f.Enum) > 0 {
			return f.Enum
		}
		return rapid.SliceOfN(rapid.SampledFrom([]string{"张", "李", "区长", "财政局"}), 0, 3).Draw(rt, f.Name)
	case procedure.KindDigest:
		return rapid.SampledFrom([]string{draft, draft, digest(1), digest(2)}).Draw(rt, f.Name)
	case procedure.KindDigests:
		return []string{draft}
	case procedure.KindCase:
		return rapid.SampledFrom([]string{"c2", "", "a case"}).Draw(rt, f.Name)
	}
	return nil
}

// TestWhateverIsDoneTheCaseStaysSound does random acts with random answers of
// the rules: nothing panics, planning twice gives the same, every entry fits the
// case, and an open case always has a step that is running.
func TestWhateverIsDoneTheCaseStaysSound(t *testing.T) {
	d := decision(t)
	starts := []string{caseAfter(t, d), caseAfter(t, d, toDrafting), caseAfter(t, d, toDrafting, toCoordination, toOpinions),
		caseAfter(t, d, toMeeting)}
	rapid.Check(t, func(rt *rapid.T) {
		var c casefile.Case
		if err := json.Unmarshal([]byte(rapid.SampledFrom(starts).Draw(rt, "start")), &c); err != nil {
			rt.Fatal(err)
		}
		today := c.Today
		for range rapid.IntRange(1, 120).Draw(rt, "acts") {
			everybody := casefile.Actor{Person: "p", Name: "甲"}
			possible := d.Possible(&c, everybody)
			if c.Status == casefile.StatusClosed {
				break
			}
			if len(c.ActiveSteps()) == 0 {
				rt.Fatal("the case is open and no step is running")
			}
			p := rapid.SampledFrom(possible).Draw(rt, "act")
			everybody.Person = casefile.PersonID(p.Roles[0])
			everybody.Roles = p.Roles
			draft, _ := c.CurrentDraft()
			with := v{}
			for _, f := range p.Spec.Fields {
				if f.Required || rapid.Bool().Draw(rt, "give "+f.Name) {
					with[f.Name] = value(rt, f, string(draft.Digest))
				}
			}
			act := casefile.Act{ID: "a", Kind: p.Kind, By: everybody, With: with}
			plan, refusal := d.Plan(&c, act, papers(with), today)
			if refusal != nil {
				if refusal.Message.ZH == "" || refusal.Message.EN == "" {
					rt.Fatalf("a refusal that says nothing: %+v", refusal)
				}
				continue
			}
			results := rapid.SampledFrom([]casefile.Result{casefile.Pass, casefile.Pass, casefile.Pass, casefile.Block})
			answers := rapid.SampledFrom([]casefile.Result{casefile.Pass, casefile.Block, casefile.Block, casefile.Undetermined})
			again, _ := d.Plan(&c, act, papers(with), today)
			result, applies := results.Draw(rt, "gate"), answers.Draw(rt, "applies")
			if text(rt, again.Entry(answer(again, result, applies))) != text(rt, plan.Entry(answer(plan, result, applies))) {
				rt.Fatal("planning again gave another entry")
			}
			apply(rt, &c, plan, result, applies)
			today = c.Today
			for late := d.PlanTime(&c, today); late != nil; late = d.PlanTime(&c, today) {
				apply(rt, &c, late, casefile.Pass, casefile.Block)
			}
		}
	})
}

// caseAfter gives a case in its JSON form after part of its course.
func caseAfter(t *testing.T, d *procedure.Definition, parts ...func(*walk)) string {
	t.Helper()
	applies := casefile.Block
	if len(parts) == 3 {
		applies = casefile.Pass
	}
	w := newWalk(t, d, passing(applies), "2024-03-01")
	for _, part := range parts {
		part(w)
	}
	b, err := json.Marshal(w.c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func answer(p *procedure.Plan, result, applies casefile.Result) rules.Judgement {
	j, _ := passing(applies)(p.Judge())
	j.Verdict.Result = result
	return j
}

func text(rt *rapid.T, e casefile.Entry) string {
	b, err := json.Marshal(e)
	if err != nil {
		rt.Fatal(err)
	}
	return string(b)
}

func apply(rt *rapid.T, c *casefile.Case, p *procedure.Plan, result, applies casefile.Result) {
	var e casefile.Entry
	if err := json.Unmarshal([]byte(text(rt, p.Entry(answer(p, result, applies)))), &e); err != nil {
		rt.Fatal(err)
	}
	if err := c.Apply(e); err != nil {
		rt.Fatal(err)
	}
}
