package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Has reports whether the payload gives the field. A blank text gives nothing.
func (a *Acting) Has(name string) bool {
	v, ok := a.With[name]
	s, isText := v.(string)
	return ok && (!isText || strings.TrimSpace(s) != "")
}

// Text, Int, Bool, Texts and Date give a field of the payload, or the zero value.
func (a *Acting) Text(name string) string { return asText(a.With[name]) }

// Int gives an integer field.
func (a *Acting) Int(name string) int64 { return asInt(a.With[name]) }

// Bool gives a yes-or-no field.
func (a *Acting) Bool(name string) bool { v, _ := a.With[name].(bool); return v }

// Texts gives a list field.
func (a *Acting) Texts(name string) []string { return asTexts(a.With[name]) }

// Date gives a date field.
func (a *Acting) Date(name string) legaltime.Date { return asDate(a.With[name]) }

func (a *Acting) fact(name string) any                { return a.Case.Facts[name].Value }
func (a *Acting) factText(name string) string         { return asText(a.fact(name)) }
func (a *Acting) factInt(name string) int64           { return asInt(a.fact(name)) }
func (a *Acting) factBool(name string) bool           { v, _ := a.fact(name).(bool); return v }
func (a *Acting) factTexts(name string) []string      { return asTexts(a.fact(name)) }
func (a *Acting) factDate(name string) legaltime.Date { return asDate(a.fact(name)) }

// done reports whether the verb was admitted in this round.
func (a *Acting) done(verb string) bool { return slices.Contains(a.Run.Done, verb) }

// version gives the number of the current draft, 0 before the first.
func (a *Acting) version() int64 { return draftVersion(a.Case) }

// concludedBefore reports whether an earlier round of this step came to an
// outcome by which it was complete.
func (a *Acting) concludedBefore(outcomes ...string) bool {
	return slices.ContainsFunc(a.Case.Steps, func(s casefile.StepRun) bool {
		return s.Step == a.Run.Step && s.Round < a.Run.Round && slices.Contains(outcomes, s.Outcome)
	})
}

func draftVersion(c *casefile.Case) int64 {
	draft, _ := c.CurrentDraft()
	return draft.Version
}

func asText(v any) string { s, _ := v.(string); return s }

// asInt reads an integer that may have been through JSON.
func asInt(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case int:
		return int64(v)
	case float64:
		return int64(v)
	}
	return 0
}

// asTexts reads a list that may have been through JSON. The result is a copy.
func asTexts(v any) []string {
	switch v := v.(type) {
	case []string:
		return slices.Clone(v)
	case []any:
		out := make([]string, 0, len(v))
		for _, item := range v {
			out = append(out, asText(item))
		}
		return out
	}
	return nil
}

func asDate(v any) legaltime.Date {
	d, err := legaltime.ParseDate(asText(v))
	if err != nil {
		return legaltime.Date{}
	}
	return d
}

// with gives the list with the items added that are not in it yet. It is never
// nil: an empty list is a known value.
func with(list []string, items ...string) []string {
	out := append([]string{}, list...)
	for _, item := range items {
		if !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// without gives the list without the items.
func without(list []string, items ...string) []string {
	out := []string{}
	for _, item := range list {
		if !slices.Contains(items, item) {
			out = append(out, item)
		}
	}
	return out
}

// refuse makes a refusal; the act is filled in by the plan.
func refuse(code casefile.RefusalCode, field, zh, en string) *casefile.Refusal {
	return &casefile.Refusal{Code: code, Field: field, Message: casefile.Text{ZH: zh, EN: en}}
}

func badValue(field, zh, en string) *casefile.Refusal {
	return refuse(casefile.RefusedBadValue, field, zh, en)
}

func missing(field, zh, en string) *casefile.Refusal {
	return refuse(casefile.RefusedMissingField, field, zh, en)
}

func notNow(zh, en string) *casefile.Refusal {
	return refuse(casefile.RefusedNotPossible, "", zh, en)
}
