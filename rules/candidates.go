package rules

import (
	"fmt"
	"math"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// candidates gives the values to try for a fact, in the order of preference.
func (m *material) candidates(f FactType) []any {
	var out []any
	switch f.Type {
	case TypeBool:
		return []any{true, false}
	case TypeEnum:
		for _, v := range f.Enum {
			out = append(out, v)
		}
	case TypeInt:
		for _, n := range m.around(math.Floor) {
			out = append(out, int64(n))
		}
	case TypeNumber:
		for _, n := range m.around(nil) {
			out = append(out, n)
		}
	case TypeText:
		out = append(out, placeholder)
		for _, s := range m.texts {
			out = append(out, s)
		}
		out = append(out, placeholder+"2", "")
	case TypeDate:
		out = m.dates(f.Name)
	case TypeTexts:
		out = m.lists(f.Name)
	default:
	}
	return out[:min(len(out), maxCandidates)]
}

// around gives the numbers with their neighbours, the smallest first. Where they
// are too many, those that are written come before those that are computed.
func (m *material) around(round func(float64) float64) []float64 {
	var out []float64
	seen := map[float64]bool{}
	for _, n := range m.numbers {
		for _, x := range []float64{n, n - 1, n + 1} {
			if round != nil {
				x = round(x)
			}
			if !seen[x] && (x >= 0 || m.negative) && x <= maxInteger && len(out) < maxCandidates {
				seen[x] = true
				out = append(out, x)
			}
		}
	}
	slices.Sort(out)
	return out
}

// dates gives the dates for a fact. Today only moves forward.
func (m *material) dates(fact string) []any {
	var out []any
	for _, d := range m.days {
		if d.Year() < firstYear || d.Year() > lastYear || fact == todayFact && !d.After(m.today) {
			continue
		}
		if len(out) == maxCandidates-1 {
			break
		}
		out = append(out, d.String())
	}
	if fact != todayFact {
		out = append(out, "")
	}
	return out
}

// lists gives the lists for a fact: as it is, with what could be asked for, and
// without what could be in the way.
func (m *material) lists(fact string) []any {
	have, _ := m.present[fact].([]string)
	var out []any
	seen := map[string]bool{}
	put := func(list []string) {
		if key := fmt.Sprintf("%q", list); !seen[key] {
			seen[key] = true
			out = append(out, slices.Clone(list))
		}
	}
	put(with(have, m.texts))
	put(without(have, m.texts))
	for _, name := range casefile.SortedNames(m.present) {
		if other, ok := m.present[name].([]string); ok && name != fact {
			put(other)
			put(with(have, other))
			put(without(have, other))
		}
	}
	put([]string{})
	for _, text := range m.texts {
		put(append(without(have, []string{text}), text))
		put(with(have, []string{text}))
		put(without(have, []string{text}))
		put([]string{text})
	}
	for _, n := range m.numbers {
		for k := int(n) - 1; k <= int(n)+1; k++ {
			if k >= 0 && k <= maxPadding {
				put(padded(have, k))
				for _, text := range m.texts {
					put(padded([]string{}, k-1, text))
				}
			}
		}
	}
	return out
}

// with gives a list with the items that it lacks at its end.
func with(list, items []string) []string {
	out := slices.Clone(list)
	for _, item := range items {
		if !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// without gives a list without the items.
func without(list, items []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(items, s) })
}

// padded gives a list cut or filled up to a length, and then the items.
func padded(list []string, length int, then ...string) []string {
	out := slices.Clone(list)
	for len(out) < length {
		out = append(out, fmt.Sprintf("%s%d", placeholder, len(out)+1))
	}
	return append(out[:max(length, 0)], then...)
}
