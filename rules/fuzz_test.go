package rules_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// FuzzArchive feeds the loader: it never panics, refuses with ErrInvalid, and
// what it accepts has itself as its archive.
func FuzzArchive(f *testing.F) {
	a := string(load(f, small("flag")).Archive())
	f.Add([]byte(a))
	f.Add([]byte("0000\n-- --"))
	f.Add([]byte(strings.Replace(a, "rank: rule", "rank: &a [*a, *a]", 1)))
	f.Add([]byte(strings.Replace(a, "rules: [one, all]", "rules: {one: all}", 1)))
	f.Add([]byte(strings.ReplaceAll(a, "zh:", "? zh :")))
	over := tightenable()
	base := load(f, over)
	over["survivors.yaml"] = "- {rule: one, mutant: \"require: a → b\", because: {zh: 因, en: why}}\n"
	f.Add(load(f, over).Archive())
	f.Add(load(f, timed(timedTests)).Archive())
	f.Add(overlay(f, base, "xx.small/least:\n  - {from: 2020-01-01, value: 3, unit: 个, basis: 小规定 第四条, provenance: verified}\n").Archive())
	f.Add([]byte("-- pack.yaml --\n- - - -\n-- facts.yaml --\n~\n-- rules/a.yaml --\n? [\n-- tests/a.yaml --\n!!binary x\n"))
	days := calendar(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := rules.ParseArchive(b, base)
		if err != nil {
			if !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("not ErrInvalid: %v", err)
			}
			return
		}
		if string(p.Archive()) != string(b) {
			t.Error("the archive of the pack is another one")
		}
		rules.RunTests(p, days)
	})
}

// FuzzPeriodsAndTables feeds the loader files of periods, of tables, of parameters
// and of survivors: what is accepted answers its tests, and is measured and mutated
// without a panic.
func FuzzPeriodsAndTables(f *testing.F) {
	files := timed(timedTests)
	parts := []string{"periods.yaml", "tables/owed.yaml", "parameters.yaml"}
	f.Add(files[parts[0]], files[parts[1]], files[parts[2]], "[]\n")
	f.Add(files[parts[0]]+"  roll_forward: 小规定 第五条\n  lapse: {basis: 小规定 第六条}\n", files[parts[1]], files[parts[2]],
		"- {period: answer_time, mutant: \"unit: a → b\", because: {zh: 因, en: why}}\n")
	f.Add(strings.Replace(files[parts[0]], "asked_on\n", "addWd(asked_on, p.answer_days)\n", 1),
		strings.Replace(files[parts[1]], "hit: first", "hit: any", 1), files[parts[2]], "[]\n")
	f.Add(strings.Replace(files[parts[0]], "working_days", "years", 1), strings.Replace(files[parts[1]], "[a]", "[\"not(a, b)\"]", 1),
		strings.Replace(files[parts[2]], "value: 5", "value: 99999999", 1), "[]\n")
	days := calendar(f)
	f.Fuzz(func(t *testing.T, periods, table, parameters, survivors string) {
		files := timed(timedTests)
		files["periods.yaml"], files["tables/owed.yaml"], files["parameters.yaml"], files["survivors.yaml"] = periods, table, parameters, survivors
		p, err := rules.LoadPack(packFiles(files), ".")
		if err != nil {
			if !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("not ErrInvalid: %v", err)
			}
			return
		}
		exercise(t, p, days)
	})
}

// FuzzMutate feeds expressions to coverage and mutation.
func FuzzMutate(f *testing.F) {
	for _, require := range atoms {
		f.Add(require)
	}
	days := calendar(f)
	f.Add(`flag and not (kind in ["a", "b"]) or (other ? amount < 2 : today >= from_on)`)
	f.Fuzz(func(t *testing.T, require string) {
		if !utf8.ValidString(require) || strings.ContainsAny(require, "\n\r") {
			return
		}
		files := small(require)
		files["tests/none.yaml"] = "- {name: 试, rule: one, on: 2024-05-06, facts: {flag: true, amount: 2, kind: a, list: [x]}, want: pass}\n"
		if p, err := rules.LoadPack(packFiles(files), "."); err == nil {
			exercise(t, p, days)
		}
	})
}

// exercise measures and mutates a pack. Its tests may fail.
func exercise(t *testing.T, p *rules.Pack, days rules.Calendar) {
	t.Helper()
	if _, err := rules.Cover(p, days); err != nil && !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("cover: not ErrInvalid: %v", err)
	}
	m, err := rules.Mutate(p, days)
	if err != nil {
		if !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("mutate: not ErrInvalid: %v", err)
		}
		return
	}
	if m.Killed()+len(m.Survivors()) != len(m.Mutants) {
		t.Errorf("%d killed and %d alive of %d", m.Killed(), len(m.Survivors()), len(m.Mutants))
	}
}

// FuzzExpression feeds the expression language: what is accepted can be judged,
// and the two ways of judging agree.
func FuzzExpression(f *testing.F) {
	for _, require := range atoms {
		f.Add(require)
	}
	f.Add("flag and")
	f.Add("((((flag))))")
	f.Add("all(list, {# in more})")
	f.Add(`name == "\u4e00" or name == 'x'`)
	f.Add("now() == now()")
	f.Add("a.b?.c[0:1] ?? {x: 1}")
	days := calendar(f)
	f.Fuzz(func(t *testing.T, require string) {
		if !utf8.ValidString(require) || strings.ContainsAny(require, "\n\r") {
			return
		}
		p, err := rules.LoadPack(packFiles(small(require)), ".")
		if err != nil {
			if !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("not ErrInvalid: %v", err)
			}
			return
		}
		j, err := rules.NewJudge([]*rules.Pack{p}, days)
		if err != nil {
			t.Fatal(err)
		}
		for _, facts := range []casefile.Values{{}, {"opened_on": "2024-01-02", "flag": true, "amount": int64(2), "list": []string{"x"}, "from_on": ""}, full()} {
			judged, err := j.Rule("one", rules.Input{Facts: facts, Today: date(t, "2024-05-06")})
			trace, again := j.Explain("one", facts, date(t, "2024-05-06"))
			if (err == nil) != (again == nil) {
				t.Fatalf("judged with %v, explained with %v", err, again)
			}
			if err != nil {
				continue
			}
			if diff := cmp.Diff(judged, trace.Finding, equalDates); diff != "" {
				t.Errorf("(-judged +explained):\n%s", diff)
			}
		}
	})
}

func full() casefile.Values {
	return casefile.Values{
		"opened_on": "2024-01-02", "flag": false, "other": true, "third": true, "amount": int64(7), "ratio": 1.5, "kind": "b",
		"name": "x", "list": []string{"x", "y"}, "more": []string{"y"}, "from_on": "2024-02-09", "until_on": "2024-03-01",
	}
}

// FuzzJudge feeds the judge facts of every shape that JSON has: it answers or
// refuses with ErrInvalid, the same each time.
func FuzzJudge(f *testing.F) {
	f.Add(`{"opened_on":"2024-01-02","may_harm":true}`, "quorum", "理由")
	f.Add(`{"filed":[1],"required":{},"cost":1e999}`, "", "")
	f.Add(`{"members_total":1e300,"members_present":-0.5,"decided_on":"0000-00-00"}`, "stall", " ")
	f.Add(`{"opened_on":"1999-01-01"}`, "", "")
	f.Add(`{"today":null,"unknown":[[[]]]}`, "x", "y")
	judge := demoJudge(f)
	f.Fuzz(func(t *testing.T, facts, rule, reason string) {
		in := rules.Input{
			Gates:   []rules.Ref{"xx.demo/submit", "xx.demo/close_comment", "xx.demo/meeting"},
			Applies: []rules.Ref{"xx.demo/expert_applies"}, Duties: []rules.Ref{"xx.demo/duties"},
			Today: date(t, "2024-05-06"), Reasons: map[string]string{rule: reason},
		}
		if json.Unmarshal([]byte(facts), &in.Facts) != nil {
			return
		}
		first, err := judge.Judge(in)
		second, again := judge.Judge(in)
		if diff := cmp.Diff(first, second, equalDates); diff != "" {
			t.Errorf("two answers:\n%s", diff)
		}
		if err != nil && (!errors.Is(err, casefile.ErrInvalid) || again == nil || err.Error() != again.Error()) {
			t.Errorf("first %v, then %v", err, again)
		}
	})
}
