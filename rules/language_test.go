package rules_test

import (
	"strings"
	"testing"
)

// refusal is an expression that is not accepted, and what the loader says.
type refusal struct{ name, require, want string }

func refusesExpressions(t *testing.T, refusals []refusal) {
	t.Helper()
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			if got := loadError(t, small(tt.require)); !strings.Contains(got, strings.TrimPrefix(tt.want, "\n")) {
				t.Errorf("got\n%s\nwant it to hold\n%s", got, tt.want)
			}
		})
	}
}

func TestAMistakeIsShownWithACaret(t *testing.T) {
	refusesExpressions(t, []refusal{
		{"misspelt fact", "flag and ohter", `
rules/one.yaml:6:14: rule one: require: unknown fact ohter
    | ` + `    flag and ohter
    | ` + `             ^`},
		{"caret after Chinese text", `name == "甲乙" and ohter`, `
rules/one.yaml:6:22: rule one: require: unknown fact ohter
    | ` + `    name == "甲乙" and ohter
    | ` + `                       ^`},
		{"in the second line", "flag and\n    (other or\n    absent)", `
rules/one.yaml:8:5: rule one: require: unknown fact absent
    | ` + `    absent)
    | ` + `    ^`},
		{"wrong type", "flag and amount", "rules/one.yaml:6:14: rule one: require: want bool, got int"},
		{"no condition", "amount + 1", "rules/one.yaml:6:12: rule one: require: want bool, got int"},
		{"syntax", "flag and and", "rules/one.yaml:6:14: rule one: require: unexpected token"},
	})
}

func TestTheLanguageIsClosed(t *testing.T) {
	refusesExpressions(t, []refusal{
		{"the clock", "now() > today", "unknown function now"},
		{"order of keys", `"a" in keys(list)`, "unknown function keys"},
		{"parsing a date", `today > date("2024-01-01")`, "unknown function date"},
		{"filter", `len(filter(list, # == "a")) > 0`, "the function filter is not accepted"},
		{"map", `"a" in map(list, #)`, "the function map is not accepted"},
		{"reduce", `reduce(list, 1) > 0`, "the function reduce is not accepted"},
		{"variable", `let x = flag; x`, "VariableDeclarator is not part of the expression language"},
		{"sequence", `flag; other`, "Sequence is not part of the expression language"},
		{"pattern", `name matches "a.*"`, "the operator matches is not accepted"},
		{"part of a text", `name contains "a"`, "the operator contains is not accepted"},
		{"range", `amount in 1..1000000`, "the operator .. is not accepted"},
		{"power", `amount ** 3 > 1`, "the operator ** is not accepted"},
		{"coalesce", `(flag ?? other)`, "the operator ?? is not accepted"},
		{"nil", `name == nil`, "Nil is not part of the expression language"},
		{"index", `list[0] == "a"`, "only p.<parameter>, d.<period> and t.<table> can be written with a dot or brackets"},
		{"slice", `len(list[0:1]) == 1`, "Slice is not part of the expression language"},
		{"member of a fact", `name.x == "a"`, "only p.<parameter>"},
		{"optional member", `p?.days > 1`, "is not part of the expression language"},
		{"parameter by brackets", `p[name] > 1`, "only p.<parameter>"},
		{"unknown parameter", `amount > p.dayz`, "unknown parameter p.dayz"},
		{"parameters as a value", `p == p`, "unknown fact p"},
		{"the environment", `$env == $env`, "unknown fact $env"},
		{"map literal", `{"a": 1} == {"a": 1}`, "Map is not part of the expression language"},
		{"if with braces", `if flag { other } else { third }`, "unexpected token"},
		{"pipe", `list | len() > 0 and unknown`, "unknown fact unknown"},
	})
}

func TestTypesAndBoundsOfExpressions(t *testing.T) {
	refusesExpressions(t, []refusal{
		{"date and text", `today == "2024-01-01"`, "date cannot be compared with text by =="},
		{"date and number", `today + 1 > today`, "date + int cannot be computed"},
		{"dates in a list", `today in [from_on]`, "a list of date is not accepted"},
		{"list and list", `list == more`, "[text] cannot be compared with [text] by =="},
		{"text in text", `"a" in name`, "in looks for a value in a list, not for text in text"},
		{"number in texts", `1 in list`, "in looks for a value in a list, not for int in [text]"},
		{"mixed list", `amount in [1, "a"]`, "want int, got text"},
		{"empty list", `name in []`, "an empty list holds nothing"},
		{"flags by size", `flag > other`, "bool cannot be compared by >"},
		{"branches of two types", `(flag ? 1 : "a") == 1`, "want int, got text"},
		{"value that the enum has not", `kind == "d"`, `rules/one.yaml:6:13: rule one: require: kind is never "d"; it is one of ["a" "b" "c"]`},
		{"values that the enum has not", `kind in ["a", "x"]`, `kind is never "x"`},
		{"enum on the right", `"z" != kind`, `kind is never "z"`},
		{"division by a fact", `ratio / amount > 1`, "divide by a number other than zero that is written out"},
		{"division by zero", `amount % 0 == 1`, "divide by a number other than zero"},
		{"predicate in a predicate", `all(list, any(more, # == "a"))`, "any stands inside another predicate"},
		{"item without a predicate", `# == "a"`, "unexpected token"},
		{"index in a predicate", `all(list, #index > 0)`, "#index is not accepted here"},
		{"predicate that is no condition", `all(list, len(#))`, "want bool, got int"},
		{"predicate over a text", `all(name, # == "a")`, "want a list, got text"},
		{"too few arguments", `calDays(today) > 1`, "calDays takes 2 arguments, not 1"},
		{"argument of the wrong type", `isSet(name)`, "want date, got text"},
		{"last of a list that is written out", `last(["a"]) == "a"`, "last takes a fact"},
		{"length of a number", `len(amount) > 1`, "int has no length"},
		{"too many nodes", strings.Repeat("flag and ", 200) + "flag", "exceeds maximum allowed nodes"},
		{"too long", strings.Repeat("flag and ", 500) + "flag", "is longer than 4000 bytes"},
	})
}

func TestDeepParenthesesAreAccepted(t *testing.T) {
	judgeOf(t, strings.Repeat("(", 1900)+"flag"+strings.Repeat(")", 1900))
}

func TestTheCaretFollowsQuotedAndFoldedExpressions(t *testing.T) {
	for _, tt := range []struct{ name, require, want string }{
		{"double quotes", `"flag and ohter"`, "rules/one.yaml:5:22: rule one: require: unknown fact ohter\n    |   require: \"flag and ohter\"\n    |                      ^"},
		{"single quotes", `'flag and ohter'`, "rules/one.yaml:5:22:"},
		{"folded, one line", ">\n    flag and ohter", "rules/one.yaml:6:14:"},
		{"folded, several lines", ">\n    flag and\n    ohter", "rules/one.yaml:5:12: rule one: require: unknown fact ohter\n    | flag and ohter\n    |          ^"},
		{"escapes", `"flag and\tohter"`, "rules/one.yaml:5:12: rule one: require: unknown fact ohter"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := small("flag")
			files["rules/one.yaml"] = strings.Replace(files["rules/one.yaml"], "|\n    flag", tt.require, 1)
			if got := loadError(t, files); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant it to hold\n%s", got, tt.want)
			}
		})
	}
}

func TestAHashInAQuotedOrBlockExpressionIsKept(t *testing.T) {
	for _, require := range []string{"|\n    all(list, # in more)", `"all(list, # in more)"`, "'all(list, # in more)'"} {
		files := small("flag")
		files["rules/one.yaml"] = strings.Replace(files["rules/one.yaml"], "|\n    flag", require, 1)
		p := load(t, files)
		if r, _ := p.Rule("one"); r.Require != "all(list, # in more)" {
			t.Errorf("%s arrives as %q", require, r.Require)
		}
	}
}
