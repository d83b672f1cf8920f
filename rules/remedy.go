package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// change says what a fact of a set has to be, as widely as the values that were
// tried allow.
func (q *question) change(s *search, set assignment, name string) Change {
	f := q.factType(name)
	c := Change{Fact: name, Title: f.Title, Unit: f.Unit, Now: s.in.Facts[name], Is: RelationIs, Value: set[name]}
	if f.Type == TypeTexts {
		return c.list(set[name].([]string))
	}
	var fit, unfit []any
	for _, v := range s.domain[name] {
		if q.opens(s, set, name, v) {
			fit = append(fit, v)
		} else {
			unfit = append(unfit, v)
		}
	}
	switch f.Type {
	case TypeInt, TypeNumber:
		c.ordered(fit, unfit)
	case TypeDate:
		if c.Value == "" || c.given(fit, unfit) {
			break
		}
		switch c.ordered(slices.DeleteFunc(fit, isEmpty), slices.DeleteFunc(unfit, isEmpty)); c.Is {
		case RelationAtLeast:
			c.Value = q.edge(s, set.and(assignment{name: c.Value}), name, -1).String()
		case RelationAtMost:
			c.Value = q.edge(s, set.and(assignment{name: c.Value}), name, 1).String()
		default:
		}
	case TypeText:
		if !c.given(fit, unfit) {
			c.text(fit, unfit)
		}
	case TypeEnum:
		if len(fit) > 1 {
			c.Is, c.Value = RelationOneOf, fit
		}
	default:
	}
	return c
}

func (q *question) factType(name string) FactType {
	for _, p := range q.judge.packs {
		if f, ok := p.scope.facts[name]; ok {
			return f
		}
	}
	return FactType{Name: name}
}

func isEmpty(v any) bool { return v == "" }

// given notes that any value but none will do.
func (c *Change) given(fit, unfit []any) bool {
	if len(unfit) != 1 || unfit[0] != "" || len(fit) == 0 {
		return false
	}
	c.Is, c.Value = RelationGiven, nil
	return true
}

// ordered notes that what fits is everything from a value on, or up to one.
func (c *Change) ordered(fit, unfit []any) {
	if len(fit) < 2 {
		return
	}
	lowest, highest := slices.MinFunc(fit, compareAny), slices.MaxFunc(fit, compareAny)
	above := func(v any) bool { return compareAny(v, lowest) > 0 }
	below := func(v any) bool { return compareAny(v, highest) < 0 }
	switch {
	case !slices.ContainsFunc(unfit, above):
		c.Is, c.Value = RelationAtLeast, lowest
	case !slices.ContainsFunc(unfit, below):
		c.Is, c.Value = RelationAtMost, highest
	}
}

// compareAny orders numbers and dates.
func compareAny(a, b any) int {
	switch x := a.(type) {
	case int64:
		return cmp.Compare(x, b.(int64))
	case float64:
		return cmp.Compare(x, b.(float64))
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// text notes which texts fit: none of some, or one of some.
func (c *Change) text(fit, unfit []any) {
	isPlaceholder := func(v any) bool { return strings.HasPrefix(v.(string), placeholder) }
	if slices.ContainsFunc(fit, isPlaceholder) {
		c.Is, c.Value = RelationNoneOf, slices.DeleteFunc(unfit, isEmpty)
		return
	}
	if len(fit) > 1 {
		c.Is, c.Value = RelationOneOf, fit
	}
}

// list notes what a list has to hold besides what it holds, or not.
func (c Change) list(value []string) Change {
	have, _ := c.Now.([]string)
	added, removed := without(value, have), without(have, value)
	invented := func(item string) bool { return strings.HasPrefix(item, placeholder) }
	switch {
	case len(value) == 0 && len(have) == 0: // nobody has said yet that it is empty
		c.Value = []string{}
	case slices.ContainsFunc(added, invented) && len(removed) == 0:
		c.Is, c.Value = RelationItems, int64(len(value))
	case len(removed) == 0 && len(value) >= len(have) && slices.Equal(value[:len(have)], have): // an item may have stood there twice
		c.Is, c.Value = RelationHas, added
	case len(added) == 0 && slices.Equal(without(have, removed), value):
		c.Is, c.Value = RelationLacks, removed
	}
	return c
}

// remedyOf puts a way into words.
func remedyOf(w Way) casefile.Text {
	var zh, en []string
	for _, c := range w.Changes {
		t := c.words()
		zh, en = append(zh, t.ZH), append(en, t.EN)
	}
	if w.Reasons != nil {
		var titlesZH, titlesEN []string
		for _, r := range w.Rules {
			if slices.Contains(w.Reasons, r.Rule) {
				titlesZH, titlesEN = append(titlesZH, "“"+r.Title.ZH+"”"), append(titlesEN, "“"+r.Title.EN+"”")
			}
		}
		zh = append(zh, "就"+strings.Join(titlesZH, "、")+"记明理由")
		en = append(en, "record a reason as to "+strings.Join(titlesEN, ", "))
	}
	if !w.WaitUntil.IsZero() {
		zh = append(zh, fmt.Sprintf("最早等到 %s", w.WaitUntil))
		en = append(en, fmt.Sprintf("wait until %s", w.WaitUntil))
	}
	return casefile.Text{ZH: strings.Join(zh, "；") + "。", EN: strings.Join(en, "; ") + "."}
}

// words puts a change into words.
func (c Change) words() casefile.Text {
	zh, en := "“"+c.Title.ZH+"”", "“"+c.Title.EN+"”"
	valueZH, valueEN := said(c.Value, "是", "否", "、"), said(c.Value, "yes", "no", ", ")
	if c.Unit != "" && (c.Is == RelationAtLeast || c.Is == RelationAtMost || c.Is == RelationIs) {
		valueZH += c.Unit
	}
	switch c.Is {
	case RelationIs:
		if list, ok := c.Value.([]string); c.Value == "" || ok && len(list) == 0 {
			return casefile.Text{ZH: zh + "须为空", EN: en + " must be empty"}
		}
		return casefile.Text{ZH: zh + "须为" + valueZH, EN: en + " must be " + valueEN}
	case RelationOneOf:
		return casefile.Text{ZH: zh + "须为" + valueZH + "之一", EN: en + " must be one of " + valueEN}
	case RelationNoneOf:
		return casefile.Text{ZH: zh + "须填写，且不得为" + valueZH, EN: en + " must be given and be none of " + valueEN}
	case RelationGiven:
		return casefile.Text{ZH: zh + "须填写", EN: en + " must be given"}
	case RelationAtLeast:
		if !dateOf(c.Value).IsZero() {
			return casefile.Text{ZH: zh + "须不早于" + valueZH, EN: en + " must be " + valueEN + " or later"}
		}
		return casefile.Text{ZH: zh + "须不少于" + valueZH, EN: en + " must be at least " + valueEN}
	case RelationAtMost:
		if !dateOf(c.Value).IsZero() {
			return casefile.Text{ZH: zh + "须不晚于" + valueZH, EN: en + " must be " + valueEN + " or earlier"}
		}
		return casefile.Text{ZH: zh + "须不多于" + valueZH, EN: en + " must be at most " + valueEN}
	case RelationHas:
		return casefile.Text{ZH: zh + "须补充" + valueZH, EN: en + " must also hold " + valueEN}
	case RelationLacks:
		return casefile.Text{ZH: zh + "须去除" + valueZH, EN: en + " must not hold " + valueEN}
	case RelationItems:
		return casefile.Text{ZH: zh + "须不少于" + valueZH + "项", EN: en + " must have at least " + valueEN + " items"}
	}
	return casefile.Text{}
}

// said writes a value.
func said(value any, yes, no, comma string) string {
	var parts []string
	switch v := value.(type) {
	case bool:
		if v {
			return yes
		}
		return no
	case []string:
		parts = v
	case []any:
		for _, item := range v {
			parts = append(parts, fmt.Sprint(item))
		}
	default:
		return fmt.Sprint(value)
	}
	return strings.Join(parts, comma)
}
