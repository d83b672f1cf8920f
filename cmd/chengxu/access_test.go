package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
)

// The matrix of every operation of the contract and every kind of caller is
// asked of a running Chengxu and kept beside this file: a change of who may do
// what shows in review. What the policy says is checked against what is answered.
func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	var matrix strings.Builder
	for _, op := range w.operations() {
		if _, ok := access.RuleFor(op.action); !ok {
			t.Errorf("%s %s: action %q has no rule", op.method, op.path, op.action)
			continue
		}
		target := w.target(t, op.path)
		for _, by := range w.callers {
			body := ""
			if op.method != http.MethodGet {
				body = "{}"
			}
			got := w.ask(t, by, op.method, target, body).Code
			verdict := decisionOf(got)
			fmt.Fprintf(&matrix, "%-7s %-60s %-18s %s\n", op.method, op.path, by.name, verdict)
			if want := w.wanted(op, by); !slices.Contains(want, verdict) {
				t.Errorf("%s %s by %s: %d (%s), want %v", op.method, op.path, by.name, got, verdict, want)
			}
		}
	}
	golden(t, "testdata/matrix.txt", matrix.String())
}

// decisionOf names the decision that a status shows.
func decisionOf(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "unknown"
	case status == http.StatusForbidden:
		return "forbidden"
	case status == http.StatusNotFound:
		return "hidden"
	case status < 500:
		return "allowed" // what is wrong with an empty body is found after who asks
	}
	return fmt.Sprint(status)
}

// wanted gives the decisions that the policy allows for.
func (w *world) wanted(op operation, by caller) []string {
	rule, _ := access.RuleFor(op.action)
	switch {
	case op.action == access.BeginSession:
		return []string{"allowed", "unknown"} // whoever is asked for a password does not have it
	case (op.action == access.OwnSession || op.action == access.OwnTokens) && !by.p.Public():
		return []string{"allowed", "hidden", "forbidden"} // the callers hold tokens, and some of this takes a session
	case slices.Contains(rule.Who, access.Anyone):
		return []string{"allowed", "hidden"}
	case by.p.Public():
		return []string{"unknown"}
	case !slices.ContainsFunc(access.Classes(by.p), func(c access.Who) bool { return slices.Contains(rule.Who, c) }):
		return []string{"forbidden"}
	case strings.Contains(op.path, "/cases/{") && by.p.Organ != w.c.Organ:
		return []string{"hidden"}
	case op.action == access.Moderate && by.p.Organ != w.c.Organ:
		return []string{"hidden"}
	case (op.action == access.ExportCase || op.action == access.Moderate || op.action == access.ReplyFinding) && !w.clears(by):
		return []string{"forbidden"} // for those who work on the case
	case (strings.Contains(op.path, "/documents/{") || strings.Contains(op.path, "/attachments/{")) && !w.clears(by):
		return []string{"hidden"} // the papers of the case are restricted, and so is what can say who commented
	case strings.Contains(op.path, "/cases/{"), strings.Contains(op.path, "/documents/{"):
		return []string{"allowed"}
	}
	return []string{"allowed", "hidden"}
}

// clears reports whether a caller may know what is restricted in the case.
func (w *world) clears(by caller) bool {
	return by.p.Organ == w.c.Organ && (by.name == "auditor" || by.name == "awaited")
}

// golden compares with a file, or writes it anew with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-kept +now); run with -update when the change is meant:\n%s", name, diff)
	}
}

// Nothing restricted reaches somebody who may not know it: not by a read, a list,
// a search, an export, an error or a line of the log.
func TestNothingRestrictedLeaks(t *testing.T) {
	w := newWorld(t)
	shown := 0
	for _, op := range w.operations() {
		target := w.target(t, op.path)
		for _, by := range w.callers {
			for _, query := range queries(op) {
				for _, body := range w.bodies(op) {
					rec := w.ask(t, by, op.method, target+query, body)
					if !strings.Contains(rec.Body.String(), canary) {
						continue
					}
					if shown++; !w.clears(by) {
						t.Errorf("%s %s%s tells %s what is restricted: %d\n%.2000s", op.method, target, query, by.name, rec.Code, rec.Body)
					}
				}
			}
		}
	}
	if replayed := w.replayLeaks(t); replayed == 0 {
		t.Error("nobody was shown in the past what is restricted: the pages show nothing")
	}
	for _, target := range w.publicPages(t) {
		if rec := w.ask(t, caller{name: "public"}, http.MethodGet, target, ""); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), canary) {
			t.Errorf("GET %s: %d, or the page tells what is restricted\n%.2000s", target, rec.Code, rec.Body)
		}
	}
	if shown == 0 {
		t.Error("nobody was shown what is restricted, not even those who may know it: the test shows nothing")
	}
	if strings.Contains(w.logged.String(), canary) {
		t.Error("the log tells what is restricted")
	}
}

// replayLeaks asks, as everybody, for the case as it was behind each entry. What is past
// is told to those alone who may know it now; it gives how often they were.
func (w *world) replayLeaks(t *testing.T) (shown int) {
	t.Helper()
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	for _, by := range w.callers {
		v := newVisitor(t, server.URL)
		if by.token != "" {
			v.send(http.MethodPost, "/sign-in", url.Values{"token": {by.token}}.Encode())
		}
		for sequence := int64(1); sequence <= w.c.Sequence; sequence++ {
			target := fmt.Sprintf("/cases/%s/at/%d", w.c.ID, sequence)
			status, page := v.send(http.MethodGet, target, "")
			told := strings.Contains(page, canary)
			if told {
				shown++
			}
			if told && !w.clears(by) {
				t.Errorf("GET %s tells %s what is restricted: %d\n%.2000s", target, by.name, status, page)
			}
		}
	}
	return shown
}

// publicPages publishes a decision of the case whose papers are restricted, with the
// comment and its answer, and gives every page that shows something of it.
func (w *world) publicPages(t *testing.T) []string {
	t.Helper()
	draft, _ := w.c.CurrentDraft()
	papers := []casefile.Paper{{Digest: draft.Digest, Title: "草案"}}
	at := w.c.OpenedOn
	if err := w.s.store.Derived(t.Context(), w.c, casefile.Derived{Publication: &casefile.Publication{Number: "一号", On: at, Papers: papers},
		Consultation: &casefile.Consultation{Step: "participation", Round: 2, OpensOn: at, ClosesOn: at.AddDays(9000), Papers: papers, Open: true, Shown: true, Adoption: true}}); err != nil {
		t.Fatal(err)
	}
	if err := w.s.store.Derived(t.Context(), w.c, casefile.Derived{Consultation: &casefile.Consultation{Step: "participation", Round: 1, OpensOn: at, ClosesOn: at.AddDays(9000),
		Open: true, Shown: true, Adoption: true}}); err != nil {
		t.Fatal(err)
	}
	c, err := w.s.store.Consultation(t.Context(), w.fill["consultation"])
	if err == nil {
		err = w.s.public.Moderate(t.Context(), c, 1, consult.Published, "", canary)
	}
	if err != nil {
		t.Fatal(err)
	}
	year := "?year=" + strconv.Itoa(at.Year())
	out := []string{"/public", "/public?state=open", "/public?state=ended", "/public/decisions", "/public/decisions" + year, "/public/decisions/" + string(w.c.ID), "/public/documents", "/public/catalogue" + year, "/public/receipts"}
	for _, round := range []string{"1", "2"} {
		page := "/public/consultations/" + string(w.c.ID) + ".participation." + round
		out = append(out, page, page+"/report", page+"/comment")
	}
	return out
}

// queries gives queries that try to pull out more: each parameter of the
// contract with the canary, and the empty query.
func queries(op operation) []string {
	out := []string{""}
	for _, p := range op.op.Parameters {
		if p.Value.In == "query" {
			out = append(out, "?"+p.Value.Name+"="+lure)
		}
	}
	return out
}

// bodies gives bodies to send: none for a read, an empty object and one that asks
// about restricted facts for a write.
func (w *world) bodies(op operation) []string {
	if op.method == http.MethodGet {
		return []string{""}
	}
	return []string{"{}", `{"kind":"case.note","with":{"text":"x"}}`, `{"kind":"party_report.report","with":{}}`,
		`{"kind":"deliberation.speak","with":{"member":"` + lure + `"}}`}
}
