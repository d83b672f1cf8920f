package web

import (
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

const (
	foldFrom  = 12 // from how many items on a list is folded
	clippedTo = 3  // how many of them a text shows
)

// long gives the items of a list that is too long to be read in a line; nil for any
// other value.
func (n names) long(v any) []string {
	if items := n.items(v); len(items) >= foldFrom {
		return items
	}
	return nil
}

// clipped gives the first items of a list, and how many there are.
func (n names) clipped(items []string) string {
	return n.list(items[:clippedTo]) + fmt.Sprintf(n.words["list.more"], len(items))
}

// pair gives a value with its name. A long list is folded.
func (n names) pair(name, title string, v any) pair {
	if items := n.long(v); items != nil {
		return pair{Name: title, ID: name, Value: fmt.Sprintf(n.words["list.items"], len(items)), Items: items}
	}
	return pair{Name: title, ID: name, Value: n.valueOf(name, v)}
}

// changes gives the facts that an entry establishes; of a long list that was there
// before, what has come and gone.
func (n names) changes(facts casefile.Values, before map[string][]string) []pair {
	var out []pair
	for _, name := range casefile.SortedNames(facts) {
		p, now := n.pair(name, n.fact(name), facts[name]), n.items(facts[name])
		if was := before[name]; len(was) > 0 && (len(now) >= foldFrom || len(was) >= foldFrom) {
			added, gone := missingFrom(was, now), missingFrom(now, was)
			p.Value = fmt.Sprintf(n.words["list.changed"], len(now), len(added), len(gone))
			p.Items = append(marked("＋ ", added), marked("－ ", gone)...)
		}
		before[name] = now
		out = append(out, p)
	}
	return out
}

// items gives the items of a list of any length as shown.
func (n names) items(v any) []string {
	var out []string
	switch v := v.(type) {
	case []string:
		for _, item := range v {
			out = append(out, n.token(item))
		}
	case []any:
		for _, item := range v {
			out = append(out, n.token(fmt.Sprint(item)))
		}
	}
	return out
}

// missingFrom gives the items that are not in the list.
func missingFrom(list, items []string) []string {
	there := make(map[string]bool, len(list))
	for _, item := range list {
		there[item] = true
	}
	var out []string
	for _, item := range items {
		if !there[item] {
			out = append(out, item)
		}
	}
	return out
}

func marked(mark string, items []string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = mark + item
	}
	return out
}
