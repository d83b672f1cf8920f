package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/audit"
)

// findingWithCanaries records a finding on the case that says what is restricted, and
// releases it.
func (w *world) findingWithCanaries(t *testing.T) string {
	t.Helper()
	s, by := audit.New(w.s.store, nil), audit.Person{Organ: district, Person: "world-finder", Name: "审计员"}
	f, err := s.Record(t.Context(), w.c, audit.Finding{ID: "world-finding", Entry: 2, Kind: audit.Papers, Severity: audit.Grave, Text: canary, Remedy: canary}, by)
	if err == nil {
		f, err = s.Move(t.Context(), f, audit.Event{Move: audit.Release, Text: canary}, 0, by)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.ID
}

// TestAFindingLeavesTheCaseAsItIs goes through the life of a finding on a running
// Chengxu: who may see and do what at each point, and that neither the row of the case
// nor an entry nor the log changes by it.
func TestAFindingLeavesTheCaseAsItIs(t *testing.T) {
	w := newWorld(t)
	by := map[string]caller{}
	for _, one := range w.callers {
		by[one.name] = one
	}
	before := w.kept(t)
	all := "/api/v1/cases/" + string(w.c.ID) + "/findings"
	ask := func(who, method, target, body string, want int) (f struct {
		ID, State, Text string
		Events          []struct{ Move, Result, Text string }
	}) {
		t.Helper()
		rec := w.ask(t, by[who], method, target, body)
		if rec.Code != want {
			t.Fatalf("%s %s by %s: %d, want %d: %s", method, target, who, rec.Code, want, rec.Body)
		}
		if want < 300 && method == http.MethodPost {
			if err := json.Unmarshal(rec.Body.Bytes(), &f); err != nil {
				t.Fatal(err)
			}
		}
		return f
	}
	said := `{"entry":3,"kind":"procedure","severity":"grave","text":"次序颠倒","remedy":"说明理由","due":"2099-12-31"}`
	for who, want := range map[string]int{"awaited": 403, "administrator": 403, "stranger": 403, "auditor elsewhere": 404, "public": 401} {
		ask(who, "POST", all, said, want)
	}
	f := ask("auditor", "POST", all, said, 201)
	one := all + "/" + f.ID
	sees := func(state string, want map[string]int) {
		t.Helper()
		for who, status := range want {
			ask(who, "GET", one, "", status)
			list := w.ask(t, by[who], "GET", "/api/v1/findings", "").Body.String()
			if got := strings.Contains(list, f.ID); got != (status == 200) {
				t.Errorf("%s: in the list of %s: %t", state, who, got)
			}
		}
	}
	sees("a draft", map[string]int{"auditor": 200, "awaited": 404, "uncleared": 404, "stranger": 404, "auditor elsewhere": 404, "administrator": 403, "public": 401})
	ask("awaited", "POST", one+"/replies", `{"text":"x"}`, 404)
	ask("awaited", "POST", one+"/moves", `{"move":"release"}`, 403)
	ask("auditor", "POST", one+"/moves", `{"move":"release","after":0}`, 200)
	sees("released", map[string]int{"auditor": 200, "awaited": 200, "uncleared": 200, "stranger": 404, "auditor elsewhere": 404})
	if text := w.ask(t, by["uncleared"], "GET", one, "").Body.String(); strings.Contains(text, "次序颠倒") || !strings.Contains(text, `"withheld":true`) {
		t.Errorf("somebody who may not know what is restricted was told: %s", text)
	}
	ask("uncleared", "POST", one+"/replies", `{"text":"x"}`, 403)
	ask("auditor", "POST", one+"/replies", `{"text":"x"}`, 403)
	ask("awaited", "POST", one+"/replies", `{"text":"已说明","after":0}`, 412)
	ask("awaited", "POST", one+"/replies", `{"text":"已说明","after":1}`, 200)
	ask("auditor", "POST", one+"/moves", `{"move":"close","text":"属实"}`, 422)
	closed := ask("auditor", "POST", one+"/moves", `{"move":"close","result":"rectified","text":"属实"}`, 200)
	if closed.State != "closed" || len(closed.Events) != 3 || closed.Events[1].Text != "已说明" || closed.Events[2].Result != "rectified" {
		t.Errorf("closed: %+v", closed)
	}
	ask("awaited", "POST", one+"/replies", `{"text":"x"}`, 409)
	if reopened := ask("auditor", "POST", one+"/moves", `{"move":"reopen","text":"又有发现"}`, 200); reopened.State != "released" {
		t.Errorf("reopened: %+v", reopened)
	}
	if after := w.kept(t); after != before {
		t.Error("the case is not as it was before the finding")
	}
	// An auditor cannot do to the case what a finding asks for.
	ask("auditor", "POST", strings.TrimSuffix(all, "/findings")+"/acts", `{"id":"x","kind":"case.note","with":{"text":"x"}}`, 403)
}

// kept gives the row of the case, its sealed entries and the size of the log.
func (w *world) kept(t *testing.T) string {
	t.Helper()
	c, err := w.s.store.Case(t.Context(), w.c.ID)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := w.s.store.Sealed(t.Context(), w.c.ID)
	if err != nil {
		t.Fatal(err)
	}
	size, err := w.s.store.TreeSize(t.Context(), w.c.Organ)
	if err != nil {
		t.Fatal(err)
	}
	return asJSON(t, struct {
		Case, Sealed any
		Size         int64
	}{c, sealed, size})
}
