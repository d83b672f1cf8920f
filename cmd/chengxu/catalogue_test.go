package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The office calls for items and files those of a published catalogue from the command
// line; what is wrong with a file files nothing, and the same file files nothing twice.
func TestACatalogueIsImportedFromTheCommandLine(t *testing.T) {
	w := newTrial(t)
	t.Setenv("CHENGXU_TOKEN", w.tokens["office"])
	run := func(args ...string) answer {
		return w.command(t, append([]string{args[0], "--server", w.url}, args[1:]...)...)
	}
	opened := run("case", "open", "--id", "list-1", "--procedure", "cn.decision-catalogue@2019", "--title", "2024年度目录", "--category", "other", "--practice", "--starts", "2024-01-02",
		"--with", `{"body_kind":"town","decision_body":"镇政府","contains_state_secret":false}`)
	if opened.status != 0 {
		t.Fatal(opened.text)
	}
	id, _, _ := strings.Cut(opened.text, "\n")
	const published = "../../internal/yearlist/testdata/catalogues.yaml"
	if got := run("catalogue", "import", published, "--case", id); got.status != 1 || !strings.Contains(got.text, "takes no items now") {
		t.Errorf("before the call: %s", got.text)
	}
	if got := run("case", "act", id, "call.announce", "--with", `{"year":2024,"deadline":"2024-01-31"}`); got.status != 0 {
		t.Fatal(got.text)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.csv")
	if err := os.WriteFile(wrong, []byte("事项名称,类别\n道路,大事\n桥,其他\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run("catalogue", "import", wrong, "--case", id); got.status != 1 || !strings.Contains(got.text, "第2行 类别") {
		t.Errorf("a wrong file: %s", got.text)
	}
	if got := run("catalogue", "import", published, "--case", id, "--check"); got.status != 0 || !strings.Contains(got.text, "8 items in order, 0 of them") {
		t.Errorf("checked: %s", got.text)
	}
	if got := run("catalogue", "import", published, "--case", id); got.status != 0 || !strings.Contains(got.text, "8 items filed, 0 were there already") {
		t.Errorf("imported: %s", got.text)
	}
	if got := run("catalogue", "import", published, "--case", id); got.status != 0 || !strings.Contains(got.text, "0 items filed, 8 were there already") {
		t.Errorf("imported again: %s", got.text)
	}
	if got := run("catalogue", "show", id); got.status != 0 || !strings.Contains(got.text, "4  中青路（陪昆路-铁路河）道路修复养护工程  城建中心  2024-09-30") {
		t.Errorf("shown: %s", got.text)
	}
}
