package rules_test

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
)

// atoms are expressions of every kind that the language has, over the facts of
// the small pack.
var atoms = []string{
	"flag", "other", "third", "true", "amount > 2", "amount + 1 >= p.days", "amount * 2 != 4", "-amount < 0", "amount % 2 == 1",
	"amount - 1 < ratio", "ratio <= 1.5", "ratio / 2 > 0.5", "ratio == amount", "amount in [1, 2, 3]", "ratio in [1, 2]", "amount not in [2]",
	`kind == "a"`, `kind != "b"`, `kind in ["a", "c"]`, `name == ""`, `name < "m"`, `len(name) > 1`, `name in list`,
	`"x" in list`, "len(list) > 1", "len(list) == len(more)", "all(list, # in more)", `any(list, # == "x")`, "none(list, # in more)",
	`one(list, # == "x")`, `all(["x", "y"], # in list)`, "any([1, 2], # == amount)", `all(list, # in more and today > from_on)`,
	`last(list) == "x"`, "last(list) in more", "isSet(from_on)", "not isSet(until_on)", "today > until_on", "from_on <= until_on",
	"from_on == until_on", "today != from_on", "calDays(from_on, until_on) >= p.days", "workdays(from_on, until_on) > 3",
	"addWd(from_on, 3) < today", "addCal(from_on, amount) < today", "addMonths(from_on, 1) < until_on", "addYears(from_on, -1) < until_on",
	"roll(from_on) == from_on", "earlier(from_on, today) == today", "later(from_on, until_on) > today", "1 < amount < 3",
	"(flag and other) == third", "(isSet(from_on) and today > from_on) == flag", "(flag ? amount : 2) > 1", "(other or today > from_on) != third",
}

// conditions draws a condition of connectives over atoms.
func conditions(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
			return rapid.SampledFrom(atoms).Draw(t, "atom")
		}
		below := conditions(depth - 1)
		a, b := below.Draw(t, "a"), below.Draw(t, "b")
		switch rapid.IntRange(0, 6).Draw(t, "connective") {
		case 0, 1:
			return fmt.Sprintf("(%s) and (%s)", a, b)
		case 2, 3:
			return fmt.Sprintf("(%s) or (%s)", a, b)
		case 4:
			return fmt.Sprintf("not (%s)", a)
		case 5:
			return fmt.Sprintf("(%s) && !(%s)", a, b)
		}
		return fmt.Sprintf("(%s) ? (%s) : (%s)", a, b, below.Draw(t, "c"))
	})
}

// factValues draws values of all facts of the small pack.
func factValues() *rapid.Generator[casefile.Values] {
	dates := rapid.SampledFrom([]string{"", "", "2024-02-09", "2024-05-06", "2024-06-05", "2026-12-24", "2027-01-04"})
	lists := rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 3)
	return rapid.Custom(func(t *rapid.T) casefile.Values {
		v := casefile.Values{
			"opened_on": rapid.SampledFrom([]string{"2020-01-01", "2024-05-06"}).Draw(t, "opened_on"),
			"amount":    rapid.Int64Range(-1, 30).Draw(t, "amount"),
			"ratio":     rapid.SampledFrom([]float64{0, 1, 1.5, 2, 7}).Draw(t, "ratio"),
			"kind":      rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "kind"),
			"name":      rapid.SampledFrom([]string{"", "x", "甲乙"}).Draw(t, "name"),
		}
		for _, name := range []string{"flag", "other", "third"} {
			v[name] = rapid.Bool().Draw(t, name)
		}
		for _, name := range []string{"list", "more"} {
			v[name] = lists.Draw(t, name)
		}
		for _, name := range []string{"from_on", "until_on"} {
			v[name] = dates.Draw(t, name)
		}
		return v
	})
}

// someOf draws which of the facts are known.
func someOf(t *rapid.T, all casefile.Values) casefile.Values {
	names := casefile.SortedNames(all)
	missing := rapid.SliceOfN(rapid.SampledFrom(names), 0, 5).Draw(t, "missing")
	known := casefile.Values{}
	for _, name := range names {
		if !slices.Contains(missing, name) {
			known[name] = all[name]
		}
	}
	return known
}
