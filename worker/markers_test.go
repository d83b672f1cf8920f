package worker_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
)

// inMarkers replaces a text inside the base64 data of a history's payloads.
func inMarkers(t *testing.T, history, from, to string) string {
	t.Helper()
	var tree any
	if err := json.Unmarshal([]byte(history), &tree); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(replaced(tree, []byte(from), []byte(to)))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func replaced(v any, from, to []byte) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			if text, ok := v[k].(string); ok && k == "data" {
				if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
					v[k] = base64.StdEncoding.EncodeToString(bytes.ReplaceAll(raw, from, to))
					continue
				}
			}
			v[k] = replaced(v[k], from, to)
		}
	case []any:
		for i := range v {
			v[i] = replaced(v[i], from, to)
		}
	}
	return v
}
