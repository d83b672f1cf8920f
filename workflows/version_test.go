package workflows_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/workflows"
)

// branchesOf says which branches behind workflow.GetVersion each version of the
// workflow code has. Append; never change a row that was released.
func branchesOf() map[string][]string {
	return map[string][]string{
		"1": nil,
		"2": {"give-up-timers 1"},
	}
}

// A case that took a branch must not reach a worker without it, so whoever adds one
// raises the version.
func TestEachBranchOfTheCodeHasItsVersion(t *testing.T) {
	want, known := branchesOf()[workflows.Version]
	if !known {
		t.Fatalf("say which branches version %s of the workflow code has", workflows.Version)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isGetVersion(call) {
				id, ok := call.Args[1].(*ast.BasicLit)
				highest, number := call.Args[3].(*ast.BasicLit)
				if !ok || !number {
					t.Fatalf("%s: write the name and the number of a branch as literals", file)
				}
				got = append(got, strings.Trim(id.Value, `"`)+" "+highest.Value)
			}
			return true
		})
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("the code has other branches than version %s (-): raise workflows.Version and add its row\n%s", workflows.Version, diff)
	}
}

func isGetVersion(call *ast.CallExpr) bool {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	return ok && fun.Sel.Name == "GetVersion" && len(call.Args) == 4
}
