package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Breaking says what of a released contract a newer one takes away from clients,
// sorted. On is the day, YYYY-MM-DD: an operation whose sunset has passed may go.
//
// Clients may rely on every operation, parameter and field that was released, on
// what was accepted being accepted, and on fields of answers being there. They have
// to bear new operations, parameters that may be left out, new fields and new values
// in answers.
func Breaking(released, current *Contract, on string) []string {
	b := &breaking{seen: map[[2]*openapi3.Schema]map[bool]bool{}}
	for path, item := range released.Doc.Paths.Map() {
		for method, op := range item.Operations() {
			b.at = method + " " + path
			var now *openapi3.Operation
			other := current.Doc.Paths.Value(path)
			if other != nil {
				now = other.GetOperation(method)
			}
			if now == nil {
				if sunset, _ := op.Extensions["x-sunset"].(string); sunset == "" || sunset > on {
					b.say("", "is gone")
				}
				continue
			}
			b.operation(released.Doc, current.Doc, op, now)
			b.parameters(append(slices.Clone(item.Parameters), op.Parameters...), append(slices.Clone(other.Parameters), now.Parameters...))
		}
	}
	slices.Sort(b.out)
	return slices.Compact(b.out)
}

type breaking struct {
	at   string
	out  []string
	seen map[[2]*openapi3.Schema]map[bool]bool // pairs of schemas compared, by direction
}

func (b *breaking) say(where, format string, args ...any) {
	if where != "" {
		where = ", " + where
	}
	b.out = append(b.out, b.at+where+" "+fmt.Sprintf(format, args...))
}

func (b *breaking) operation(oldDoc, newDoc *openapi3.T, old, now *openapi3.Operation) {
	if old.OperationID != now.OperationID {
		b.say("", "is called %s, no longer %s", now.OperationID, old.OperationID)
	}
	if open(oldDoc, old) && !open(newDoc, now) {
		b.say("", "asks for a caller")
	}
	if now.RequestBody != nil {
		b.body(old, now)
	}
	for status, ref := range old.Responses.Map() {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		other := now.Responses.Value(status)
		if other == nil {
			b.say("", "answers %s no longer", status)
			continue
		}
		for name := range ref.Value.Headers {
			if other.Value.Headers[name] == nil {
				b.say("", "has no header %s with %s", name, status)
			}
		}
		for media, content := range ref.Value.Content {
			next := other.Value.Content[media]
			if next == nil {
				b.say("", "answers %s no longer as %s", status, media)
				continue
			}
			b.schema("answer", content.Schema, next.Schema, false)
		}
	}
}

func open(doc *openapi3.T, op *openapi3.Operation) bool {
	if op.Security != nil {
		return len(*op.Security) == 0
	}
	return len(doc.Security) == 0
}

func (b *breaking) body(old, now *openapi3.Operation) {
	if old.RequestBody == nil {
		if now.RequestBody.Value.Required {
			b.say("", "asks for a body")
		}
		return
	}
	if now.RequestBody.Value.Required && !old.RequestBody.Value.Required {
		b.say("", "asks for a body")
	}
	for media, content := range old.RequestBody.Value.Content {
		next := now.RequestBody.Value.Content[media]
		if next == nil {
			b.say("body", "is taken no longer as %s", media)
			continue
		}
		b.schema("body", content.Schema, next.Schema, true)
	}
}

func (b *breaking) parameters(old, now openapi3.Parameters) {
	for _, ref := range old {
		p := ref.Value
		other := now.GetByInAndName(p.In, p.Name)
		if other == nil {
			b.say(p.In+" parameter "+p.Name, "is gone")
			continue
		}
		b.schema(p.In+" parameter "+p.Name, p.Schema, other.Schema, true)
	}
	for _, ref := range now {
		p := ref.Value
		if before := old.GetByInAndName(p.In, p.Name); p.Required && (before == nil || !before.Required) {
			b.say(p.In+" parameter "+p.Name, "is required")
		}
	}
}

// schema compares what is sent, or what is answered.
func (b *breaking) schema(where string, oldRef, nowRef *openapi3.SchemaRef, sent bool) {
	if oldRef == nil || nowRef == nil || oldRef.Value == nil || nowRef.Value == nil {
		return
	}
	old, now := oldRef.Value, nowRef.Value
	pair := [2]*openapi3.Schema{old, now}
	if b.seen[pair] == nil {
		b.seen[pair] = map[bool]bool{}
	}
	if b.seen[pair][sent] {
		return
	}
	b.seen[pair][sent] = true
	b.types(where, old, now, sent)
	if sent {
		b.narrower(where, old, now)
	}
	b.fields(where, old, now, sent)
	b.schema(where+"[]", old.Items, now.Items, sent)
	b.schema(where+".*", old.AdditionalProperties.Schema, now.AdditionalProperties.Schema, sent)
	for name, groups := range map[string][2]openapi3.SchemaRefs{"oneOf": {old.OneOf, now.OneOf}, "anyOf": {old.AnyOf, now.AnyOf}, "allOf": {old.AllOf, now.AllOf}} {
		if len(groups[1]) < len(groups[0]) && name != "allOf" && sent || len(groups[1]) > len(groups[0]) && name == "allOf" && sent {
			b.say(where, "has %d alternatives in %s, had %d", len(groups[1]), name, len(groups[0]))
			continue
		}
		for i := range min(len(groups[0]), len(groups[1])) {
			b.schema(where, groups[0][i], groups[1][i], sent)
		}
	}
}

func (b *breaking) types(where string, old, now *openapi3.Schema, sent bool) {
	before, after := typesOf(old), typesOf(now)
	wide, narrow := after, before // what is taken may only grow
	if !sent {
		wide, narrow = before, after // what is answered may only shrink
	}
	if len(wide) == 0 {
		return
	}
	if len(narrow) == 0 {
		b.say(where, "has types %v, had %v", after, before)
	}
	for _, kind := range narrow {
		if !slices.Contains(wide, kind) && (kind != "integer" || !slices.Contains(wide, "number")) {
			b.say(where, "has types %v, had %v", after, before)
			return
		}
	}
}

func typesOf(s *openapi3.Schema) []string {
	if s.Type == nil {
		return nil
	}
	return s.Type.Slice()
}

// narrower says where less is accepted than before.
func (b *breaking) narrower(where string, old, now *openapi3.Schema) {
	if len(now.Enum) > 0 {
		if len(old.Enum) == 0 {
			b.say(where, "takes only %v", now.Enum)
		}
		for _, v := range old.Enum {
			if !slices.Contains(now.Enum, v) {
				b.say(where, "takes %v no longer", v)
			}
		}
	}
	if now.Pattern != "" && now.Pattern != old.Pattern {
		b.say(where, "must match %q, before %q", now.Pattern, old.Pattern)
	}
	if now.Format != "" && now.Format != old.Format && old.Pattern == "" && len(typesOf(old)) > 0 {
		b.say(where, "must have the format %s, before %q", now.Format, old.Format)
	}
	for name, bound := range map[string][2]*uint64{
		"maxLength": {old.MaxLength, now.MaxLength}, "maxItems": {old.MaxItems, now.MaxItems}, "maxProperties": {old.MaxProps, now.MaxProps},
	} {
		if bound[1] != nil && (bound[0] == nil || *bound[1] < *bound[0]) {
			b.say(where, "has a smaller %s", name)
		}
	}
	for name, bound := range map[string][2]uint64{
		"minLength": {old.MinLength, now.MinLength}, "minItems": {old.MinItems, now.MinItems}, "minProperties": {old.MinProps, now.MinProps},
	} {
		if bound[1] > bound[0] {
			b.say(where, "has a larger %s", name)
		}
	}
	if now.Max != nil && (old.Max == nil || *now.Max < *old.Max) {
		b.say(where, "has a smaller maximum")
	}
	if now.Min != nil && (old.Min == nil || *now.Min > *old.Min) {
		b.say(where, "has a larger minimum")
	}
}

func (b *breaking) fields(where string, old, now *openapi3.Schema, sent bool) {
	for name, ref := range old.Properties {
		other := now.Properties[name]
		if other == nil {
			b.say(where+"."+name, "is gone")
			continue
		}
		b.schema(where+"."+name, ref, other, sent)
	}
	from, to, what := old.Required, now.Required, "may be missing"
	if sent {
		from, to, what = now.Required, old.Required, "is required"
	}
	for _, name := range from {
		if !slices.Contains(to, name) {
			b.say(where+"."+name, "%s", what)
		}
	}
}
