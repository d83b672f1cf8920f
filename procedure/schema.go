package procedure

import (
	"fmt"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Schema is a JSON Schema of draft 2020-12, as JSON has it.
type Schema map[string]any

// SchemaDialect is the dialect of every [Schema].
const SchemaDialect = "https://json-schema.org/draft/2020-12/schema"

// Characters that [strings.TrimSpace] takes away, written out as members of a
// class: what \s means differs from one engine of expressions to the next.
const (
	blanks = "\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
	nul    = "\x00"
)

// Patterns of texts: anything, something that is not blank, nothing but blanks.
const (
	anyText   = "^[^" + nul + "]*$"
	someText  = "^[^" + nul + "]*[^" + nul + blanks + "][^" + nul + "]*$"
	blankText = "^[" + blanks + "]*$"
	someDate  = "^(19[0-9]{2}|20[0-9]{2}|21[0-9]{2}|2200)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
)

// Schema describes the payload of the act as JSON Schema. It admits what
// [ActSpec.WellFormed] admits, but for two things that a schema cannot say and
// annotates instead: how long a list is in all ("x-max-characters"), and null for a
// field that may be left out. Beside titles in Chinese ("title") it has:
//
//   - x-titles, the titles in both languages;
//   - x-order, the fields in the order of a form;
//   - x-fact, the fact that a field establishes, and x-level, who may know it;
//   - x-past, for a date that may not lie in the future;
//   - x-document, for the digest of a stored document.
func (s ActSpec) Schema(kind string) Schema {
	properties, required, order := Schema{}, []any{}, []any{}
	for _, f := range s.Fields {
		properties[f.Name] = f.schema()
		order = append(order, f.Name)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	return titled(Schema{
		"$schema": SchemaDialect, "$id": "urn:chengxu:act:" + kind, "type": "object", "additionalProperties": false,
		"properties": properties, "required": required, "x-order": order,
	}, s.Title)
}

func titled(s Schema, t casefile.Text) Schema {
	s["title"], s["x-titles"] = t.ZH, map[string]any{"zh": t.ZH, "en": t.EN}
	return s
}

func (f Field) schema() Schema {
	s := titled(f.values(), f.Title)
	if f.Fact != "" {
		s["x-fact"] = f.Fact
	}
	if f.Level != casefile.LevelInternal {
		s["x-level"] = string(f.Level)
	}
	if f.Past {
		s["x-past"] = true
	}
	if f.Kind == KindDigest || f.Kind == KindDigests {
		s["x-document"] = true
	}
	if f.Kind == KindCase {
		s["x-case"] = true
	}
	return s
}

// values describes the values that a field admits.
func (f Field) values() Schema {
	switch f.Kind {
	case KindBool:
		return Schema{"type": "boolean"}
	case KindInt:
		return Schema{"type": "integer", "minimum": 0, "maximum": maxInt}
	case KindNumber:
		return Schema{"type": "number"}
	case KindText:
		return f.textSchema()
	case KindDate:
		return orBlank(f.Required, Schema{"type": "string", "format": "date", "pattern": someDate}, Schema{"const": ""})
	case KindDigest:
		if f.Required {
			return Schema{"type": "string", "pattern": digestForm.String()}
		}
		return Schema{"type": "string", "pattern": "^([0-9a-f]{64})?$"}
	case KindCase:
		return orBlank(f.Required, Schema{"type": "string", "pattern": caseForm.String()}, Schema{"const": ""})
	case KindTexts, KindDigests:
		return f.listSchema()
	}
	return Schema{"not": Schema{}}
}

func (f Field) textSchema() Schema {
	switch {
	case len(f.Enum) > 0:
		return orBlank(f.Required, Schema{"type": "string", "enum": enumOf(f.Enum)}, Schema{"type": "string", "pattern": blankText, "maxLength": MaxText})
	case f.Required:
		return Schema{"type": "string", "pattern": someText, "maxLength": MaxText}
	}
	return Schema{"type": "string", "pattern": anyText, "maxLength": MaxText}
}

func (f Field) listSchema() Schema {
	one := f
	one.Required, one.Kind = true, KindText
	if f.Kind == KindDigests {
		one.Kind = KindDigest
	}
	s := Schema{"type": "array", "items": one.values(), "maxItems": MaxItems, "x-max-characters": maxTotal}
	if f.Required && f.Fact == "" {
		s["minItems"] = 1
	}
	return s
}

// orBlank also admits a blank value for a field that may be left out.
func orBlank(required bool, value, blank Schema) Schema {
	if required {
		return value
	}
	return Schema{"type": "string", "anyOf": []any{value, blank}}
}

func enumOf(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// WellFormed says what is wrong with the form of a payload, or nil: a field that is
// missing or unknown, a value of another type or length, or not among those
// permitted. Whether dates lie in the future and documents are stored is left to
// [Definition.Plan].
func (s ActSpec) WellFormed(with casefile.Values) *casefile.Refusal {
	_, refusal := s.form().normalised(with)
	return refusal
}

func (s ActSpec) form() payload {
	return payload{fields: s.Fields, today: legaltime.NewDate(lastYear, 12, 31), known: func(casefile.Digest) bool { return true }}
}

// WrongField says what is wrong with one field of a payload by itself, or nil.
func (s ActSpec) WrongField(name string, with casefile.Values) *casefile.Refusal {
	alone := casefile.Values{}
	if v, ok := with[name]; ok {
		alone[name] = v
	}
	p := s.form()
	f, ok := s.field(name)
	p.fields = []Field{f}
	if !ok {
		p.fields = nil
	}
	_, refusal := p.normalised(alone)
	return refusal
}

// Form is an act that a definition admits, with the payload that it takes.
type Form struct {
	Kind  string     // "<step>.<verb>"
	Step  string     // empty for acts of the case, and the opening
	Type  StepTypeID // of the step
	Title casefile.Text
	Roles []casefile.Role
	Spec  ActSpec
}

// Schema describes the payload.
func (f Form) Schema() Schema { return f.Spec.Schema(f.Kind) }

// Forms gives the acts that the definition admits in any state of a case: the
// opening, those of the steps in their order, and those of the case.
func (d *Definition) Forms() []Form {
	ofCase := d.caseForms()
	out := []Form{ofCase[0]}
	for _, step := range d.Steps {
		out = append(out, step.forms()...)
	}
	return append(out, ofCase[1:]...)
}

// caseForms gives the opening, and the acts of the case as a whole.
func (d *Definition) caseForms() []Form {
	open := OpeningAct()
	out := []Form{{Kind: casefile.CaseScope + "." + open.Verb, Title: open.Title, Roles: d.Open.Roles, Spec: open}}
	for _, spec := range CaseActs() {
		if rule, ok := d.caseRule(spec); ok {
			out = append(out, Form{Kind: casefile.CaseScope + "." + spec.Verb, Title: spec.Title, Roles: rule.Roles, Spec: spec})
		}
	}
	return out
}

// forms gives the acts of a step.
func (s Step) forms() []Form {
	var out []Form
	kind, _ := s.Kind()
	for _, spec := range kind.Acts {
		if rule, ok := ruleFor(s.Rules(), spec.Verb); ok {
			out = append(out, Form{Kind: s.ID + "." + spec.Verb, Step: s.ID, Type: s.Type, Title: spec.Title, Roles: rule.Roles, Spec: spec})
		}
	}
	return out
}

// Form gives the act of a kind.
func (d *Definition) Form(kind string) (Form, error) {
	forms := d.caseForms
	id, _ := casefile.Act{Kind: kind}.Split()
	if step, ok := d.Step(id); ok {
		forms = step.forms
	}
	for _, f := range forms() {
		if f.Kind == kind {
			return f, nil
		}
	}
	return Form{}, fmt.Errorf("act %.80q of %s: %w", strings.ToValidUTF8(kind, "?"), d.Name(), casefile.ErrNotFound)
}
