package api_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// matches gives what the pattern's group finds in a file, sorted, each once.
func matches(t *testing.T, file, pattern string) []string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(src), -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// The reference lists the problem codes of the source, all of them and no
// others.
func TestTheReferenceListsEveryProblemCode(t *testing.T) {
	own := matches(t, "fault.go", `(?m)^\s+code\w+\s*=\s*"([a-z-]+)"`)
	refusals := matches(t, "../casefile/errors.go", `RefusalCode\s*=\s*"([a-z-]+)"`)
	if len(own) < 15 || len(refusals) < 16 {
		t.Fatalf("%d codes of the API and %d of refusals found in the source", len(own), len(refusals))
	}
	want := slices.Concat(own, refusals)
	slices.Sort(want)
	var served []string
	for _, p := range decode[struct{ Problems []struct{ Code string } }](t, newClient(t).ask("GET", "/api/v1/problems", "", "")).Problems {
		served = append(served, p.Code)
	}
	slices.Sort(served)
	if diff := cmp.Diff(slices.Compact(slices.Clone(want)), served); diff != "" {
		t.Errorf("codes of the source (-) and those served (+) differ:\n%s", diff)
	}
	listed := matches(t, "../docs/reference/errors.md", "(?m)^\\| `([a-z-]+)` \\| [45][0-9]{2} \\| \\S")
	if diff := cmp.Diff(slices.Compact(want), listed); diff != "" {
		t.Errorf("codes of the source (-) and of the reference (+) differ:\n%s", diff)
	}
}
