package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// TestThePapersOfAPlayedCaseAreRendered makes every paper of a played case in every format,
// twice, over the API and from the page: the bytes are the same, and what the record says
// stands in the text of the file.
func TestThePapersOfAPlayedCaseAreRendered(t *testing.T) {
	s := startTestStack(t, 0)
	result := must(scenario.Play(t.Context(), must(loadScenario("../../examples/xinzhuang-jindu-road.yaml")), localEngine{s.cases, s.papers}, "papers", nil))
	c := result.Case
	var dirs []string
	if cached := must(filepath.Abs("../../.cache/fonts")); exists(cached) {
		dirs = append(dirs, cached)
	}
	in := &installation{t: t, s: s, handler: must(s.handler(outside{limits: api.Limits{PerMinute: 1 << 20, Burst: 1 << 20}, fonts: dirs}, slog.New(slog.DiscardHandler)))}
	archivist := issued(t, s, c.Organ, "paper-archivist", "archivist", "drafter", "office")
	of := casePath(string(c.ID), "/papers")
	var list struct {
		Papers []struct {
			Name    string
			Title   casefile.Text
			Missing []any
		}
		FontsMissing *casefile.Text `json:"fonts_missing"`
	}
	if err := json.Unmarshal(in.ask(archivist, http.MethodGet, of, nil, http.StatusOK), &list); err != nil {
		t.Fatal(err)
	}
	formats := []string{"html", "docx"}
	if list.FontsMissing == nil {
		formats = append(formats, "pdf")
	} else {
		t.Log("no PDF:", list.FontsMissing.EN)
	}
	made := 0
	for _, p := range list.Papers {
		if len(p.Missing) > 0 {
			continue
		}
		for _, format := range formats {
			at := of + "/" + p.Name + "." + format
			one := in.ask(archivist, http.MethodGet, at, nil, http.StatusOK)
			if again := in.ask(archivist, http.MethodGet, at, nil, http.StatusOK); !bytes.Equal(one, again) {
				t.Errorf("%s: other bytes the second time", at)
			}
			made++
			if text := textOf(t, format, one); !strings.Contains(text, c.Matter.Title) && !strings.Contains(text, string(c.Organ)) {
				t.Errorf("%s names neither the matter nor the organ:\n%.1500s", at, text)
			}
		}
	}
	if made < len(formats) {
		t.Errorf("%d files were made: the example shows too little", made)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// textOf gives the text of a paper without its line breaks, which fall anywhere.
func textOf(t *testing.T, format string, content []byte) string {
	t.Helper()
	if format != "pdf" {
		return string(content) // nothing in DOCX is compressed
	}
	if !bytes.HasPrefix(content, []byte("%PDF-")) {
		t.Fatalf("no PDF: %.40q", content)
	}
	file := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (Debian: poppler-utils) is not there: scripts/setup-test.sh installs it")
	}
	text, err := exec.CommandContext(t.Context(), tool, "-raw", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return strings.Join(strings.Fields(string(text)), "")
}
