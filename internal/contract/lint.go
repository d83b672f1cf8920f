package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

func decode(body []byte) (any, error) {
	var value any
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	return value, nil
}

// Lint says where the contract breaks the rules of the house, sorted: each operation
// has an id of its own, a summary, a declared tag, an action, a success and a problem
// for everything else; what is deprecated says since when and until when; the
// operations named have an example of what is sent or answered.
func (c *Contract) Lint(examples ...string) []string {
	var out []string
	ids, tags := map[string]string{}, map[string]bool{}
	for _, tag := range c.Doc.Tags {
		tags[tag.Name] = true
	}
	used := map[string]bool{}
	for path, item := range c.Doc.Paths.Map() {
		for method, op := range item.Operations() {
			say := func(format string, args ...any) {
				out = append(out, method+" "+path+": "+fmt.Sprintf(format, args...))
			}
			if twin, taken := ids[op.OperationID]; taken || op.OperationID == "" {
				say("operationId %q is missing or that of %s", op.OperationID, twin)
			}
			ids[op.OperationID] = method + " " + path
			for _, tag := range op.Tags {
				used[tag] = true
				if !tags[tag] {
					say("tag %q is not declared", tag)
				}
			}
			for _, problem := range lintOperation(op) {
				say("%s", problem)
			}
			if slices.Contains(examples, op.OperationID) && !hasExample(op) {
				say("an example is missing")
			}
		}
	}
	for tag := range tags {
		if !used[tag] {
			out = append(out, "tag "+tag+" is declared and not used")
		}
	}
	for _, id := range examples {
		if ids[id] == "" {
			out = append(out, "there is no operation "+id)
		}
	}
	slices.Sort(out)
	return out
}

func lintOperation(op *openapi3.Operation) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if len(op.Tags) != 1 {
		say("has %d tags, want one", len(op.Tags))
	}
	if op.Summary == "" {
		say("summary is missing")
	}
	if action, _ := op.Extensions["x-action"].(string); action == "" {
		say("x-action is missing")
	}
	problem := op.Responses.Default()
	if problem == nil || problem.Value.Content[problemMedia] == nil {
		say("has no default answer of type %s", problemMedia)
	}
	success := false
	for status := range op.Responses.Map() {
		success = success || strings.HasPrefix(status, "2") || strings.HasPrefix(status, "3") && status != "304"
	}
	if !success {
		say("has no success")
	}
	since, _ := op.Extensions["x-deprecated-since"].(string)
	sunset, _ := op.Extensions["x-sunset"].(string)
	if op.Deprecated != (since != "") || op.Deprecated != (sunset != "") {
		say("deprecated is %t, x-deprecated-since %q, x-sunset %q", op.Deprecated, since, sunset)
	}
	return out
}

func hasExample(op *openapi3.Operation) bool {
	has := func(content openapi3.Content) bool {
		for _, media := range content {
			if media.Example != nil || len(media.Examples) > 0 {
				return true
			}
		}
		return false
	}
	if op.RequestBody != nil && !has(op.RequestBody.Value.Content) {
		return false
	}
	for status, ref := range op.Responses.Map() {
		if strings.HasPrefix(status, "2") && status != fmt.Sprint(http.StatusNoContent) && has(ref.Value.Content) {
			return true
		}
	}
	return op.RequestBody != nil
}
