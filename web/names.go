package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// names gives what a case is made of in the words of one language.
type names struct {
	lang         string
	words        catalogue
	def          *procedure.Definition
	facts, rules func(name string) casefile.Text
	specs        map[string][]procedure.ActSpec // by step, as they are asked for: hundreds of entries name the same few
}

func (h *handler) names(lang string, def *procedure.Definition) names {
	return names{lang: lang, words: h.pages.words[lang], def: def, facts: h.o.FactTitle, rules: h.o.RuleTitle, specs: map[string][]procedure.ActSpec{}}
}

func (n names) pick(t casefile.Text) string {
	if n.lang == en && t.EN != "" || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

func (n names) titled(titles func(string) casefile.Text, name string) string {
	if titles == nil {
		return name
	}
	if title := n.pick(titles(name)); title != "" {
		return title
	}
	return name
}

// fact gives the title of a fact of the packs, or of one that the steps or the
// parameters bring.
func (n names) fact(name string) string {
	if title := n.titled(n.facts, name); title != name {
		return title
	}
	return n.words.name("fact", name)
}

func (n names) rule(id string) string { return n.titled(n.rules, id) }

func (n names) factList(facts []string) string {
	out := make([]string, len(facts))
	for i, name := range facts {
		out[i] = n.fact(name)
	}
	return n.list(out)
}

// target names a step, an end, or the joining of branches.
func (n names) target(to string) string {
	if to == procedure.Join {
		return n.words["step.join"]
	}
	if step := n.step(to); step != to {
		return step
	}
	return n.end(to)
}

// list joins words as the language does.
func (n names) list(words []string) string { return strings.Join(words, n.words["list.separator"]) }

func (n names) procedure() string {
	if n.def == nil {
		return ""
	}
	return n.pick(n.def.Title)
}

func (n names) step(id string) string {
	if n.def != nil {
		if s, ok := n.def.Step(id); ok {
			if title := n.pick(s.Title); title != "" {
				return title
			}
		}
	}
	return id
}

func (n names) role(r casefile.Role) string {
	if n.def != nil {
		if title := n.pick(n.def.Roles[r]); title != "" {
			return title
		}
	}
	return n.words.name("role", string(r))
}

func (n names) roles(all []casefile.Role) string {
	out := make([]string, len(all))
	for i, r := range all {
		out[i] = n.role(r)
	}
	return n.list(out)
}

func (n names) end(id string) string {
	if n.def != nil {
		for _, e := range n.def.Ends {
			if e.ID == id {
				return n.pick(e.Title)
			}
		}
	}
	return n.words.name("outcome", id)
}

func (n names) outcome(id string) string { return n.words.name("outcome", id) }

// verb gives the title of an act of a step, or of the case.
func (n names) verb(step, verb string) string {
	for _, spec := range n.acts(step) {
		if spec.Verb == verb {
			return n.pick(spec.Title)
		}
	}
	return n.words.name("act", verb)
}

func (n names) acts(step string) []procedure.ActSpec {
	if specs, known := n.specs[step]; known {
		return specs
	}
	var specs []procedure.ActSpec
	if step == casefile.CaseScope || step == "" {
		specs = procedure.CaseActs()
	} else if n.def != nil {
		s, _ := n.def.Step(step)
		kind, _ := s.Kind()
		specs = kind.Acts
	}
	if n.specs != nil {
		n.specs[step] = specs
	}
	return specs
}

// act gives the title of an act of the form "<step>.<verb>".
func (n names) act(kind string) string {
	step, verb := casefile.Act{Kind: kind}.Split()
	if verb == "" {
		return kind
	}
	return n.verb(step, verb)
}

// valueOf gives the value of what has a name. Where the same word means something else
// elsewhere, it has words of its own.
func (n names) valueOf(name string, v any) string {
	if s, ok := v.(string); ok {
		if key := name + "." + s; n.words.name("fact-value", key) != key {
			return n.words.name("fact-value", key)
		}
	}
	return n.value(v)
}

// value gives a fact or a field of a payload as text.
func (n names) value(v any) string {
	switch v := v.(type) {
	case bool:
		return n.words["value."+strconv.FormatBool(v)]
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return n.orNone(n.token(v))
	case []string:
		out := make([]string, len(v))
		for i, item := range v {
			out[i] = n.token(item)
		}
		return n.joined(out)
	case []any:
		out := make([]string, len(v))
		for i, item := range v {
			out[i] = n.value(item)
		}
		return n.joined(out)
	}
	return fmt.Sprint(v)
}

// joined gives a list in a line; of a long one, how it begins.
func (n names) joined(items []string) string {
	if len(items) >= foldFrom {
		return n.clipped(items)
	}
	return n.orNone(n.list(items))
}

// token gives a value of a closed set in words, also behind the name of the
// person whose view it is, and any other text as it is.
func (n names) token(s string) string {
	if who, view, ok := strings.Cut(s, "="); ok {
		part := strings.TrimPrefix(who, "to.") // of an entry of a catalogue, and of what it is to become
		if words := n.words.name("entry-part", part); words != part {
			if part == "mark" {
				return words + n.words["token.of"] + n.words.name("mark", view)
			}
			return words + n.words["token.of"] + n.words.name("token", view)
		}
		if words, known := n.words["token."+view]; known {
			return who + n.words["token.of"] + words
		}
	}
	return n.words.name("token", s)
}

func (n names) orNone(s string) string {
	if s == "" {
		return n.words["value.empty"]
	}
	return s
}

// pair is a name and a value as shown, with its items when it is folded.
type pair struct {
	Name, ID, Value string
	Items           []string
}

// pairs gives values by name, in order.
func (n names) pairs(values casefile.Values, title func(string) string) []pair {
	var out []pair
	for _, name := range casefile.SortedNames(values) {
		out = append(out, n.pair(name, title(name), values[name]))
	}
	return out
}
