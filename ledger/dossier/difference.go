package dossier

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/ledger"
)

// difference is a place at which two records say something else.
type difference struct {
	path      string
	got, want string // as JSON; "absent" when there is none
}

func (d difference) String() string {
	return fmt.Sprintf("%s: %s, not %s", d.path, d.got, d.want)
}

const absent = "absent"

// maxDifferences bounds the differences that are told of one entry.
const maxDifferences = 10

// differences compares two records as JSON: what the dossier says (got) with
// what was derived (want).
func differences(want, got any) []difference {
	w, err := plain(want)
	if err != nil {
		return []difference{{path: "derived", got: absent, want: err.Error()}}
	}
	g, err := plain(got)
	if err != nil {
		return []difference{{path: "recorded", got: err.Error(), want: absent}}
	}
	var out []difference
	compare("", w, g, &out)
	return out
}

func plain(v any) (any, error) {
	raw, err := ledger.Canonical(v)
	if err != nil {
		return nil, err
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return out, nil
}

func compare(path string, want, got any, out *[]difference) {
	if len(*out) >= maxDifferences {
		return
	}
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			compareObjects(path, w, g, out)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			compareLists(path, w, g, out)
			return
		}
	default:
		if _, object := got.(map[string]any); object {
			break
		}
		if _, list := got.([]any); !list && want == got {
			return
		}
	}
	*out = append(*out, difference{path: path, got: show(got), want: show(want)})
}

func compareObjects(path string, want, got map[string]any, out *[]difference) {
	var names []string
	for name := range want {
		names = append(names, name)
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		at := name
		if path != "" {
			at = path + "." + name
		}
		w, inWant := want[name]
		g, inGot := got[name]
		switch {
		case inWant && inGot:
			compare(at, w, g, out)
		case inWant:
			*out = append(*out, difference{path: at, got: absent, want: show(w)})
		default:
			*out = append(*out, difference{path: at, got: show(g), want: absent})
		}
	}
}

func compareLists(path string, want, got []any, out *[]difference) {
	for i := range min(len(want), len(got)) {
		compare(fmt.Sprintf("%s[%d]", path, i), want[i], got[i], out)
	}
	if len(want) != len(got) {
		*out = append(*out, difference{path: path, got: fmt.Sprintf("%d items", len(got)), want: fmt.Sprintf("%d items", len(want))})
	}
}

// show gives a value as JSON, cut to a length that can be read.
func show(v any) string {
	const most = 200
	raw, err := ledger.Canonical(v)
	if err != nil {
		return "?"
	}
	text := []rune(string(raw))
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
