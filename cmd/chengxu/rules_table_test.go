package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runTable runs "rules table" with arguments, in this process.
func runTable(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := root()
	cmd.SetArgs(append([]string{"rules", "table"}, args...))
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// packCopy copies the shipped pack of Order 713 into a folder.
func packCopy(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pack")
	if err := os.CopyFS(dir, os.DirFS("../../rules/packs/cn/713/2019")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func content(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestATableGoesIntoASpreadsheetAndBackIntoItsPack(t *testing.T) {
	for _, ext := range []string{".csv", ".xlsx"} {
		t.Run(ext, func(t *testing.T) {
			dir, file := packCopy(t), filepath.Join(t.TempDir(), "scope"+ext)
			was := content(t, filepath.Join(dir, "tables", "matter-scope.yaml"))
			for _, args := range [][]string{{"export", dir, "matter_scope", "--out", file}, {"import", file, "--into", dir}} {
				if out, err := runTable(t, args...); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
			if got := content(t, filepath.Join(dir, "tables", "matter-scope.yaml")); got != was {
				t.Errorf("the file was\n%s\nand is\n%s", was, got)
			}
		})
	}
}

func TestATableWithWhichThePackDoesNotLoadChangesNothing(t *testing.T) {
	dir, file := packCopy(t), filepath.Join(t.TempDir(), "scope.csv")
	yaml := filepath.Join(dir, "tables", "matter-scope.yaml")
	was := content(t, yaml)
	if out, err := runTable(t, "export", dir, "matter_scope", "--out", file); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"a value that the fact does not have", "macro-control", "macro", file + " row 13: table matter_scope: matter_type: \"macro\" is none of"},
		{"an unknown fact", "special_procedure_by_law", "special_procedure", "tables/matter-scope.yaml:2:1: table matter_scope: unknown fact special_procedure"},
		{"a blank cell", "macro-control", "", "A13: matter_type: the cell is blank; write - for any value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := filepath.Join(t.TempDir(), "scope.csv")
			if err := os.WriteFile(changed, []byte(strings.Replace(content(t, file), tt.old, tt.new, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := runTable(t, "import", changed, "--into", dir)
			var found notInOrder
			if !errors.As(err, &found) || !strings.Contains(err.Error(), strings.ReplaceAll(tt.want, file, changed)) {
				t.Errorf("got %v, want it to hold %s", err, tt.want)
			}
			if content(t, yaml) != was {
				t.Error("the pack was changed")
			}
		})
	}
}

func TestATableIsAskedWithFactsOfAFile(t *testing.T) {
	for _, tt := range []struct{ name, facts, want string }{
		{"a row holds", "{matter_type: policy, special_procedure_by_law: false}", `{"value":"inside","rows":[1]}`},
		{"a fact is missing", "{matter_type: policy}", `{"value":null,"missing":["special_procedure_by_law"],"rows":[]}`},
		{"one fact decides", "{matter_type: emergency-response}", `{"value":"outside","rows":[4]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "facts.yaml")
			if err := os.WriteFile(file, []byte(tt.facts), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := runTable(t, "ask", "cn.713@2019", "matter_scope", "--facts", file, "--on", "2024-06-03", "--json")
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var answer tableAnswer
			if err := json.Unmarshal([]byte(out), &answer); err != nil {
				t.Fatal(err)
			}
			short := struct {
				Value   any      `json:"value"`
				Missing []string `json:"missing,omitempty"`
				Rows    []int    `json:"rows"`
			}{answer.Value, answer.Missing, []int{}}
			for _, hit := range answer.Rows {
				short.Rows = append(short.Rows, hit.Row)
			}
			if got, _ := json.Marshal(short); string(got) != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAFactThatNoPackKnowsIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "facts.yaml")
	if err := os.WriteFile(file, []byte("matter_type: policy\nmatter_tipe: policy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := runTable(t, "ask", "cn.713@2019", "matter_scope", "--facts", file)
	if err == nil || !strings.Contains(err.Error(), file+":2: fact matter_tipe is in no vocabulary") {
		t.Errorf("got %v", err)
	}
}
