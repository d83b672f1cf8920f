package procedure_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// everySpec gives every act that there is, by a name of its own.
func everySpec() map[string]procedure.ActSpec {
	out := map[string]procedure.ActSpec{"case.open": procedure.OpeningAct()}
	for _, id := range procedure.Types() {
		kind, _ := procedure.Type(id)
		for _, spec := range kind.Acts {
			out[string(id)+"."+spec.Verb] = spec
		}
	}
	for _, spec := range procedure.CaseActs() {
		out["case."+spec.Verb] = spec
	}
	// Kinds of fields that no act has yet are held to the same.
	out["test.all"] = procedure.ActSpec{Verb: "all", Fields: []procedure.Field{
		{Name: "share", Kind: procedure.KindNumber}, {Name: "some", Kind: procedure.KindTexts, Required: true, Enum: []string{"a", "b"}},
		{Name: "one", Kind: procedure.KindText, Enum: []string{"a", "b"}}, {Name: "papers", Kind: procedure.KindDigests, Required: true},
	}}
	return out
}

// compiled compiles a schema; the compiler holds it to the meta-schema.
func compiled(t testing.TB, kind string, spec procedure.ActSpec) *jsonschema.Schema {
	t.Helper()
	raw, err := json.Marshal(spec.Schema(kind))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("act.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("act.json")
	if err != nil {
		t.Fatalf("%s: %v\n%s", kind, err, raw)
	}
	if schema.DraftVersion != 2020 {
		t.Fatalf("%s: draft %d", kind, schema.DraftVersion)
	}
	return schema
}

// drawValue draws a value that a field of some kind may take or not.
func drawValue(t *rapid.T, name string, enum []string) any {
	digest := strings.Repeat("0a", 32)
	values := []any{
		nil, true, 0, 1, -1, 1.5, 3.0, 1_000_000_000, 1_000_000_001, 1e300, "", " ", "\u3000\u0085", "\ufeff", "甲", "a\x00b", "a\nb",
		strings.Repeat("字", procedure.MaxText), strings.Repeat("字", procedure.MaxText+1), strings.Repeat(" ", procedure.MaxText+1),
		"2024-02-29", "2023-02-29", "1899-12-31", "1900-01-01", "2200-12-31", "2201-01-01", "2024-1-1", "2024-13-01", " 2024-01-01", "2024-01-01\n",
		digest, strings.ToUpper(digest), digest[1:], digest + "\n",
		[]any{}, []any{"甲"}, []any{"甲", " "}, []any{"甲", 1}, []any{nil}, []any{digest, digest}, []any{"a\x00"}, []any{""},
		items(procedure.MaxItems), items(procedure.MaxItems + 1), map[string]any{"a": 1},
	}
	for _, v := range enum {
		values = append(values, v, v+" ", []any{v}, []any{v, v}, []any{v, "none of them"})
	}
	return rapid.SampledFrom(values).Draw(t, name)
}

func items(n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = "x"
	}
	return out
}

// What the schema of an act admits is what the procedure admits, for every field of
// every act.
func TestASchemaAdmitsWhatTheProcedureAdmits(t *testing.T) {
	for kind, spec := range everySpec() {
		schema := compiled(t, kind, spec)
		admitted := 0
		rapid.Check(t, func(t *rapid.T) {
			with := casefile.Values{}
			for _, f := range spec.Fields {
				if rapid.IntRange(0, len(spec.Fields)).Draw(t, "draw "+f.Name) == 0 {
					if v := drawValue(t, f.Name, f.Enum); v != nil { // null is refused before
						with[f.Name] = v
					}
				} else if v := right(f); v != nil {
					with[f.Name] = v
				}
			}
			if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
				with["nobody_knows"] = "x"
			}
			refusal, err := spec.WellFormed(with), schema.Validate(instance(t, with))
			if (refusal == nil) != (err == nil) {
				t.Fatalf("%s: %.300v\nthe procedure says %v, the schema %v", kind, with, refusal, err)
			}
			if err == nil {
				admitted++
			}
		})
		if admitted == 0 {
			t.Errorf("%s: no payload was admitted", kind)
		}
	}
}

// right gives a value that a field admits; nil leaves one out that may be.
func right(f procedure.Field) any {
	value := "甲"
	if len(f.Enum) > 0 {
		value = f.Enum[0]
	}
	switch f.Kind {
	case procedure.KindBool:
		return true
	case procedure.KindInt, procedure.KindNumber:
		return 3
	case procedure.KindDate:
		return "2024-03-01"
	case procedure.KindDigest:
		return strings.Repeat("0a", 32)
	case procedure.KindDigests:
		return []any{strings.Repeat("0a", 32)}
	case procedure.KindCase:
		return "c2"
	case procedure.KindTexts:
		return []any{value}
	case procedure.KindText:
	}
	return value
}

// instance gives the payload as it is after a way over JSON.
func instance(t *rapid.T, with casefile.Values) any {
	raw, err := json.Marshal(with)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What is wrong with one field alone is what the whole says of it.
func TestAWrongFieldIsNamed(t *testing.T) {
	spec := everySpec()["case.suspend"]
	for name, v := range map[string]any{"reason": " ", "review_on": "soon", "decided_by": 3, "other": 1} {
		with := casefile.Values{"reason": "x", name: v}
		one, whole := spec.WrongField(name, with), spec.WellFormed(with)
		if one == nil || whole == nil || *one != *whole {
			t.Errorf("%s: alone %v, in the whole %v", name, one, whole)
		}
	}
	if refusal := spec.WrongField("review_on", casefile.Values{}); refusal != nil {
		t.Error(refusal)
	}
}

func TestASchemaTellsWhatFormsAndClientsNeed(t *testing.T) {
	d := must(procedure.Load(shipped()))
	form, err := d.Form("participation.open")
	if err != nil {
		t.Fatal(err)
	}
	schema := form.Schema()
	if schema["$schema"] != procedure.SchemaDialect || schema["title"] == "" || len(schema["x-order"].([]any)) != len(form.Spec.Fields) {
		t.Errorf("%v", schema)
	}
	past, restricted := false, false
	for _, form := range d.Forms() {
		for _, f := range form.Spec.Fields {
			got := form.Schema()["properties"].(procedure.Schema)[f.Name].(procedure.Schema)
			titles := got["x-titles"].(map[string]any)
			if titles["zh"] != f.Title.ZH || titles["en"] != f.Title.EN || f.Title.ZH == "" || f.Title.EN == "" {
				t.Errorf("%s, %s: titles %v", form.Kind, f.Name, titles)
			}
			if fact, _ := got["x-fact"].(string); fact != f.Fact {
				t.Errorf("%s, %s: fact %q, want %q", form.Kind, f.Name, fact, f.Fact)
			}
			past, restricted = past || got["x-past"] == true, restricted || got["x-level"] == "restricted"
		}
	}
	if !past || !restricted {
		t.Errorf("past dates are marked: %t, restricted fields: %t", past, restricted)
	}
	if _, err := d.Form("participation.nothing"); err == nil {
		t.Error("an act that there is not has a form")
	}
}

// shipped gives the source of the procedure that is shipped.
func shipped() (name string, content []byte) {
	source := must(procedure.Shipped("cn.major-decision.2019.yaml"))
	return source.Name, source.Content
}
