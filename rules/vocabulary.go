package rules

import (
	"fmt"
	"math"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Type is the type of a fact or a parameter.
type Type string

// The types. A date is written YYYY-MM-DD; the empty string is a date known not
// to be set.
const (
	TypeBool   Type = "bool"
	TypeInt    Type = "int"
	TypeNumber Type = "number"
	TypeText   Type = "text"
	TypeDate   Type = "date"
	TypeTexts  Type = "[text]"
	TypeEnum   Type = "enum"
)

// Source says who establishes a fact.
type Source string

// The sources of facts.
const (
	SourceEngine        Source = "engine"        // the engine, on each judgement
	SourceRecord        Source = "record"        // acts; the record itself shows that nothing has happened yet
	SourceDetermination Source = "determination" // a person has to determine and sign it
)

// FactType is what the vocabulary says of a fact.
type FactType struct {
	Name    string
	Type    Type
	Enum    []string // the values of an enum
	Unit    string
	Source  Source
	Initial any // value established by the opening entry; nil: none
	Title   casefile.Text
	KeptFor string // why a fact that no rule reads is kept
}

// Limits of values, so that judging has a bound.
const (
	maxListItems = 2000
	maxTextBytes = 64 << 10
	maxInteger   = 1 << 53
	firstYear    = 1900
	lastYear     = 2200
)

// Vocabulary is the set of facts that a pack knows.
type Vocabulary struct {
	facts map[string]FactType
	names []string // sorted
}

func newVocabulary(facts map[string]FactType) Vocabulary {
	return Vocabulary{facts: facts, names: casefile.SortedNames(facts)}
}

// Fact gives the type of a fact.
func (v Vocabulary) Fact(name string) (FactType, bool) {
	f, ok := v.facts[name]
	return f, ok
}

// Names gives the names of all facts, sorted.
func (v Vocabulary) Names() []string { return slices.Clone(v.names) }

// Initial gives the values that the opening entry establishes: of the facts of
// the record that are known before anything has happened.
func (v Vocabulary) Initial() casefile.Values {
	out := casefile.Values{}
	for _, name := range v.names {
		if initial := v.facts[name].Initial; initial != nil {
			out[name] = initial
		}
	}
	return out
}

// Normalise gives the value of a fact in its one form: bool, int64, float64,
// string or []string. What JSON makes of numbers and lists is accepted. A value
// of another type, or a name that is not in the vocabulary, is
// [casefile.ErrInvalid].
func (v Vocabulary) Normalise(name string, value any) (any, error) {
	f, ok := v.facts[name]
	if !ok {
		return nil, fmt.Errorf("fact %s is not in the vocabulary: %w", name, casefile.ErrInvalid)
	}
	out, err := f.normalise(value)
	if err != nil {
		return nil, fmt.Errorf("fact %s: %w: %w", name, err, casefile.ErrInvalid)
	}
	return out, nil
}

func (f FactType) normalise(value any) (any, error) {
	switch f.Type {
	case TypeBool:
		if b, ok := value.(bool); ok {
			return b, nil
		}
	case TypeInt:
		return normaliseInt(value)
	case TypeNumber:
		return normaliseNumber(value)
	case TypeText:
		if s, ok := value.(string); ok {
			return s, boundText(s)
		}
	case TypeEnum:
		if s, ok := value.(string); ok {
			if !slices.Contains(f.Enum, s) {
				return nil, fmt.Errorf("%q is none of %q", s, f.Enum)
			}
			return s, nil
		}
	case TypeDate:
		return normaliseDate(value)
	case TypeTexts:
		return normaliseTexts(value)
	default: // the types of expressions that are no facts
	}
	return nil, fmt.Errorf("want %s, got %s", f.Type, describe(value))
}

func normaliseInt(value any) (any, error) {
	var n int64
	switch x := value.(type) {
	case int:
		n = int64(x)
	case int64:
		n = x
	case float64:
		if x != math.Trunc(x) || math.Abs(x) > maxInteger {
			return nil, fmt.Errorf("want int, got %v", x)
		}
		n = int64(x)
	default:
		return nil, fmt.Errorf("want int, got %s", describe(value))
	}
	if n > maxInteger || n < -maxInteger {
		return nil, fmt.Errorf("%d is out of range", n)
	}
	return n, nil
}

func normaliseNumber(value any) (any, error) {
	switch x := value.(type) {
	case int:
		return float64(x), nil
	case int64:
		return float64(x), nil
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("want a finite number, got %v", x)
		}
		return x, nil
	}
	return nil, fmt.Errorf("want number, got %s", describe(value))
}

func normaliseDate(value any) (any, error) {
	if d, ok := value.(legaltime.Date); ok {
		value = d.String()
	}
	s, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("want date, got %s", describe(value))
	}
	if s == "" {
		return "", nil
	}
	d, err := legaltime.ParseDate(s)
	if err != nil {
		return nil, err
	}
	if d.Year() < firstYear || d.Year() > lastYear {
		return nil, fmt.Errorf("date %s is not in the years %d to %d", s, firstYear, lastYear)
	}
	return s, nil
}

func normaliseTexts(value any) (any, error) {
	var out []string
	switch x := value.(type) {
	case []string:
		out = slices.Clone(x)
	case []any:
		out = make([]string, len(x))
		for i, item := range x {
			s, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("want [text], item %d is %s", i+1, describe(item))
			}
			out[i] = s
		}
	default:
		return nil, fmt.Errorf("want [text], got %s", describe(value))
	}
	if len(out) > maxListItems {
		return nil, fmt.Errorf("list of %d items, at most %d are accepted", len(out), maxListItems)
	}
	for _, s := range out {
		if err := boundText(s); err != nil {
			return nil, err
		}
	}
	if out == nil {
		out = []string{}
	}
	return out, nil
}

func boundText(s string) error {
	if len(s) > maxTextBytes {
		return fmt.Errorf("text of %d bytes, at most %d are accepted", len(s), maxTextBytes)
	}
	return nil
}

// describe names the kind of a value in the words of the vocabulary.
func describe(value any) string {
	switch x := value.(type) {
	case nil:
		return "nothing"
	case bool:
		return "bool"
	case int, int64:
		return "int"
	case float64:
		return "number"
	case string:
		return fmt.Sprintf("text %q", clip(x, 40))
	case []string, []any:
		return "list"
	}
	return fmt.Sprintf("%T", value)
}

// clip shortens a text for a message.
func clip(s string, runes int) string {
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	return string(r[:runes]) + "…"
}
