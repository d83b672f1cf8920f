package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// ofTheEast gives the making of documents as one organ arranges it: as shipped, under
// an id of its own, with what the pairs change, "old", "new", ….
func ofTheEast(t *testing.T, pairs ...string) string {
	t.Helper()
	src := string(must(os.ReadFile("../../procedure/definitions/cn.normative-document.2018.yaml")))
	pairs = append([]string{"id: cn.normative-document\n", "id: east.document\nover: cn.normative-document@2018\nfor: [east]\n"}, pairs...)
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(src, pairs[i]) != 1 {
			t.Fatalf("%q is there %d times", pairs[i], strings.Count(src, pairs[i]))
		}
		src = strings.Replace(src, pairs[i], pairs[i+1], 1)
	}
	return src
}

func put(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

const (
	approved   = "title: {zh: 立项, en: Approval of the project}"
	approvedBy = "      - {verb: decide, roles: [office, chief]}\n"
)

// TestAnOrganIsOpenedByAFileAlone gives an organ a procedure of its own by a file, and
// changes the file while a case runs: the case goes on as it was opened, and its
// dossier is true; a new case follows the file as it is now.
func TestAnOrganIsOpenedByAFileAlone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "definitions", "east.yaml")
	start := func() *stack {
		s := must(startStack(t.Context(), stackOptions{place: place{data: dir}, log: slog.New(slog.DiscardHandler)}))
		if err := s.awaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s
	}
	script := must(loadScenario("../../examples/sub-district-parking-document.yaml"))
	script.Procedure, script.Organ, script.Overlays = "east.document", "east", nil
	play := func(s *stack, script *scenario.Scenario, run string) casefile.Case {
		t.Helper()
		result, err := scenario.Play(t.Context(), script, localEngine{s.cases, s.papers}, run, nil)
		if err != nil {
			t.Fatal(err)
		}
		return result.Case
	}

	put(t, file, ofTheEast(t, approved, "title: {zh: 东区立项, en: Approval in the East}"))
	s := start()
	half := *script
	half.Acts, half.Ends = script.Acts[:len(script.Acts)/2], nil
	before := play(s, &half, "east")
	west := half
	west.Organ = "west"
	if _, err := scenario.Play(t.Context(), &west, localEngine{s.cases, s.papers}, "west", nil); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("another organ opens a case of the procedure: %v", err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}

	put(t, file, ofTheEast(t, approved, "title: {zh: 东区项目审定, en: Projects of the East}", approvedBy, "      - {verb: decide, roles: [chief]}\n"))
	s = start()
	defer s.stop() //nolint:errcheck // the test is over
	after := play(s, script, "east")
	if after.ID != before.ID || after.Pinned.Definition != before.Pinned.Definition || after.Status != casefile.StatusClosed {
		t.Errorf("the case that ran: %s by %.8s, was %.8s, %s", after.ID, after.Pinned.Definition, before.Pinned.Definition, after.Status)
	}
	verified(t, exported(t, s, after.ID))
	for which, want := range map[casefile.ID]string{after.ID: "东区立项", play(s, &half, "later").ID: "东区项目审定"} {
		def := must(s.cases.Definition(t.Context(), must(s.cases.Case(t.Context(), which))))
		if step, _ := def.Step("approval"); step.Title.ZH != want {
			t.Errorf("case %s follows %q, want %q", which, step.Title.ZH, want)
		}
	}
}

// A file of the installation that loosens, repeats or replaces what is shipped keeps the
// program from starting, and says where.
func TestAFileLoosensNoProcedure(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"a gate left out", ofTheEast(t, "      - {is: issued, to: publication, gate: cn.normative-document/registered}", "      - {is: issued, to: publication, free: 本机关另有规定}"), "east.yaml:"},
		{"the id of a shipped one", strings.Replace(ofTheEast(t), "id: east.document", "id: cn.major-decision", 1), "id of a procedure that comes with the program"},
		{"built on nothing", strings.Replace(ofTheEast(t), "over: cn.normative-document@2018\n", "", 1), "over: want the name"},
		{"built on what is not there", strings.Replace(ofTheEast(t), "over: cn.normative-document@2018\n", "over: nosuch@1\n", 1), "over: want the name"},
		{"no YAML", "id: [", "east.yaml"},
	} {
		own := must(loadShipped())
		folder := t.TempDir()
		shippedOnes := len(own.definitions)
		put(t, filepath.Join(folder, "east.yaml"), tt.content)
		err := own.addOwn(folder)
		if err == nil || !strings.Contains(err.Error(), tt.want) || len(own.definitions) != shippedOnes {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	own, folder := must(loadShipped()), t.TempDir()
	for _, name := range []string{"a", "b"} {
		put(t, filepath.Join(folder, name+".yaml"), ofTheEast(t))
	}
	if err := own.addOwn(folder); err == nil || !strings.Contains(err.Error(), "b.yaml: another file defines east.document@2018") {
		t.Errorf("twice: %v", err)
	}
	if err := must(loadShipped()).addOwn(filepath.Join(folder, "nosuch")); err != nil {
		t.Errorf("no folder: %v", fmt.Sprint(err))
	}
}
