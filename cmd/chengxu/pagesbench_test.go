package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/web"
)

// asker is somebody who looks at pages, signed in or not.
type asker struct {
	name  string
	roles []casefile.Role
}

// benchPage is an address that is asked for, by whom.
type benchPage struct {
	route, path, by string
	took            []time.Duration
	allocated       []uint64
	bytes           int
}

// notMeasured are routes that answer nobody who has no secret of the moment.
var notMeasured = map[string]bool{
	"/cases/:id/findings/:finding": true,                                      // a page of the case beside it
	"/law/impact/:activation":      true,                                      // where a release waits
	"/cases/:id/catalogue":         true,                                      // of cases of another procedure
	"/filings/:id":                 true, "/filings/:id/papers/:digest": true, // where subordinate organs have filed something
	"/filings/:id/package": true, "/filings/:id/answer": true, // where a package has come in
	"/cases/:id/filing": true, "/cases/:id/filing/package": true, // of cases that file a document
	"/first/:secret": true, "/sign-in/return": true, "/password": true}

// pagesOf gives an address of every route, and of those with a filter several.
func (c crowd) pagesOf(b testing.TB) []*benchPage {
	b.Helper()
	late := c.running[len(c.running)-1]
	whole := must(c.s.store.Case(b.Context(), late))
	step := whole.ActiveSteps()[0].Step
	current, _ := whole.CurrentDraft()
	of := "/cases/" + string(late)
	closed := "/cases/" + string(c.closed)
	period := "?from=" + time.Now().AddDate(-4, 0, 0).Format(time.DateOnly)
	possible := must(c.s.cases.Possible(b.Context(), late, casefile.Actor{Person: "office", Roles: c.s.shipped.roles()}))
	all := []*benchPage{
		{route: "/", by: "staff"}, {route: "/", by: "public"},
		{route: "/cases", by: "staff"}, {route: "/cases", path: "/cases?status=closed", by: "staff"}, {route: "/cases", path: "/cases?q=" + url.QueryEscape("第0012345号"), by: "staff"},
		{route: "/cases/:id", path: of, by: "staff"}, {route: "/cases/:id", path: of, by: "auditor"}, {route: "/cases/:id", path: closed, by: "staff"},
		{route: "/cases/:id/dossier", path: closed + "/dossier", by: "auditor"}, {route: "/cases/:id/documents/:digest", path: of + "/documents/" + string(current.Digest), by: "staff"},
		{route: "/cases/:id/acts/:kind", path: of + "/acts/" + possible[0].Kind, by: "staff"}, {route: "/cases/:id/at", path: of + "/at?entry=7", by: "auditor"},
		{route: "/cases/:id/at/:entry", path: fmt.Sprintf("%s/at/%d", of, whole.Sequence), by: "auditor"}, {route: "/cases/:id/verify", path: of + "/verify", by: "auditor"},
		{route: "/cases/:id/plan", path: of + "/plan", by: "staff"}, {route: "/cases/:id/calendar.ics", path: of + "/calendar.ics", by: "staff"},
		{route: "/cases/:id/deadlines/:deadline", path: of + "/deadlines/" + whole.Deadlines[0].ID, by: "staff"},
		{route: "/cases/:id/drafts/:from/:to", path: of + "/drafts/1/2", by: "staff"},
		{route: "/cases/:id/desk/:step", path: of + "/desk/" + step, by: "staff"}, {route: "/cases/:id/room", path: of + "/room", by: "staff"}, {route: "/cases/:id/minutes", path: of + "/minutes", by: "staff"},
		{route: "/cases/:id/papers", path: of + "/papers", by: "staff"}, {route: "/cases/:id/papers/:paper", path: closed + "/papers/legality-opinion.html", by: "staff"},
		{route: "/cases/new", by: "staff"}, {route: "/plan", by: "staff"},
		{route: "/work", by: "staff"}, {route: "/work", path: "/work?unit=*", by: "staff"}, {route: "/work", by: "auditor"}, {route: "/work/feeds", by: "staff"}, {route: "/work/:id/:step", path: "/work/" + string(late) + "/" + step, by: "staff"},
		{route: "/audit", by: "auditor"}, {route: "/findings", by: "auditor"}, {route: "/findings.csv", by: "auditor"}, {route: "/cases/:id/findings/new", path: "/cases/" + string(late) + "/findings/new", by: "auditor"},
		{route: "/audit", path: "/audit?practice=all&sort=updated", by: "auditor"},
		{route: "/audit", path: "/audit?organ=organ-a&q=" + url.QueryEscape("第0012345号"), by: "auditor"}, {route: "/audit", path: "/audit?organ=organ-a&step=" + step + "&status=running", by: "auditor"},
		{route: "/audit", path: "/audit?seed=2024&n=50", by: "auditor"}, {route: "/audit", path: "/audit?seed=2024&n=50&status=closed&organ=organ-a", by: "auditor"},
		{route: "/audit/sample.csv", path: "/audit/sample.csv?seed=2024&n=50", by: "auditor"}, {route: "/audit/compare", path: "/audit/compare?a=" + string(late) + "&b=" + string(c.closed), by: "auditor"},
		{route: "/filings", by: "staff"}, {route: "/practice/documents", by: "staff"},
		{route: "/reviews", by: "auditor"}, {route: "/reviews.csv", by: "auditor"},
		{route: "/cases/:id/reviews", path: closed + "/reviews", by: "auditor"}, {route: "/cases/:id/reviews/:review", path: c.review, by: "auditor"},
		{route: "/figures", by: "auditor"}, {route: "/figures", path: "/figures" + period, by: "auditor"}, {route: "/figures/:table", path: "/figures/steps.csv", by: "auditor"},
		{route: "/figures/annual", by: "auditor"}, {route: "/figures/annual.xlsx", by: "auditor"}, {route: "/figures/annual.json", by: "auditor"},
		{route: "/law", by: "staff"}, {route: "/law/calendar", by: "staff"}, {route: "/law/impact", by: "auditor"},
		{route: "/law/procedures/:name", path: "/law/procedures/" + whole.Pinned.Procedure, by: "staff"},
		{route: "/law/packs/:name", path: "/law/packs/" + whole.Pinned.Packs[0].Pack, by: "staff"}, {route: "/law/packs/:name/coverage", path: "/law/packs/" + whole.Pinned.Packs[0].Pack + "/coverage", by: "staff"},
		{route: "/public", by: "public"}, {route: "/public", path: "/public?state=open&q=" + url.QueryEscape("第0012345号"), by: "public"},
		{route: "/public/consultations/:id", path: "/public/consultations/" + c.comments, by: "public"}, {route: "/public/consultations/:id/comment", path: "/public/consultations/" + c.open + "/comment", by: "public"},
		{route: "/public/consultations/:id/report", path: "/public/consultations/" + c.comments + "/report", by: "public"},
		{route: "/public/receipts", by: "public"}, {route: "/public/decisions", by: "public"}, {route: "/public/decisions", path: "/public/decisions?q=" + url.QueryEscape("第0012345号"), by: "public"},
		{route: "/public/decisions/:id", path: "/public/decisions/" + string(c.closed), by: "public"}, {route: "/public/catalogue", by: "public"},
		{route: "/public/documents", by: "public"}, {route: "/public/documents", path: "/public/documents?state=repealed", by: "public"},
		{route: "/public/documents/:organ/:number", path: "/public/documents/" + string(crowdOrgans[0]) + "/" + url.PathEscape(crowdDocument(7)), by: "public"},
		{route: "/admin", by: "administrator"}, {route: "/admin/invite", by: "administrator"}, {route: "/admin/people/:entry", path: "/admin/people/person-007", by: "administrator"}, {route: "/admin/mandates/new", by: "administrator"},
		{route: "/admin/accounts", by: "administrator"}, {route: "/admin/identities", by: "administrator"}, {route: "/admin/webhooks", by: "administrator"}, {route: "/admin/numbers", by: "administrator"}, {route: "/admin/tokens", by: "administrator"}, {route: "/admin/log/:log", path: "/admin/log/directory", by: "administrator"},
		{route: "/admin/:kind", path: "/admin/people", by: "administrator"}, {route: "/admin/:kind/new", path: "/admin/units/new", by: "administrator"}, {route: "/admin/:kind/:entry/edit", path: "/admin/units/unit/edit", by: "administrator"},
		{route: "/welcome", by: "administrator"}, {route: "/health", by: "administrator"}, {route: "/account", by: "staff"}, {route: "/sign-in", by: "public"},
		{route: "/assets/style.css", by: "public"}, {route: "/assets/live.js", by: "public"},
	}
	for _, p := range all {
		p.path = cmp.Or(p.path, p.route)
	}
	return all
}

// BenchmarkPages asks for every page there is among many cases, on both databases,
// two hundred times each, and prints how long the first byte took as a table for
// docs/benchmarks.md. The pages take turns, so that a machine that slows down slows
// all of them. CHENGXU_BENCH_CASES and CHENGXU_BENCH_ROUNDS ask for fewer.
func BenchmarkPages(b *testing.B) {
	cases, rounds := fromEnvironment("CHENGXU_BENCH_CASES", 100_000), fromEnvironment("CHENGXU_BENCH_ROUNDS", 200)
	s := startTestStack(b, 0)
	of := playedOnce(b, s, "../../examples/putuo-waste-sorting.yaml")
	for _, kind := range []string{"sqlite", "postgres"} {
		b.Run(kind, func(b *testing.B) {
			c := newCrowd(b, s, of, crowdAddress(b, kind), cases)
			all := c.measured(b, rounds)
			for b.Loop() { // the figures are the result; nothing is repeated
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(slowest(all).Microseconds())/1000, "slowest-p95-ms")
			fmt.Printf("%s, %d cases, %d times each\n\n%s\n", kind, cases, rounds, pageTable(all)) // a log of a benchmark would be cut short
		})
	}
}

// TestEveryPageIsMeasured keeps the benchmark whole: it asks for every page once, among
// few cases.
func TestEveryPageIsMeasured(t *testing.T) {
	s := startTestStack(t, 0)
	of := playedOnce(t, s, "../../examples/putuo-waste-sorting.yaml")
	for _, p := range newCrowd(t, s, of, crowdAddress(t, "sqlite"), 200).measured(t, 1) {
		if len(p.took) != 1 {
			t.Errorf("%s (%s): answered %d times", p.path, p.by, len(p.took))
		}
	}
}

func fromEnvironment(name string, usual int) int {
	if set := os.Getenv(name); set != "" {
		return must(strconv.Atoi(set))
	}
	return usual
}

// measured asks for every page so many times.
func (c crowd) measured(b testing.TB, rounds int) []*benchPage {
	b.Helper()
	handler := must(c.s.handler(outside{limits: api.Limits{PerMinute: 1 << 30, Burst: 1 << 30}}, slog.New(slog.DiscardHandler)))
	server := httptest.NewServer(handler)
	b.Cleanup(server.Close)
	by := map[string]*http.Client{}
	for _, who := range []asker{
		{name: "public"}, {name: "auditor", roles: []casefile.Role{auth.Auditor}}, {name: "administrator", roles: []casefile.Role{auth.Administrator}},
		{name: "staff", roles: slices.DeleteFunc(c.s.shipped.roles(), auth.Installed)},
	} {
		by[who.name] = c.signedIn(b, server.URL, who)
	}
	c.review = begun(b, by["auditor"], server.URL, "/cases/"+string(c.closed)+"/reviews")
	all := c.pagesOf(b)
	c.complete(b, all)
	for range rounds {
		for _, p := range all {
			if err := p.ask(b.Context(), by[p.by], server.URL); err != nil {
				b.Errorf("%s (%s): %v", p.path, p.by, err)
			}
		}
		if b.Failed() {
			b.FailNow()
		}
	}
	return all
}

// complete fails when a route is missing among the pages.
func (c crowd) complete(b testing.TB, all []*benchPage) {
	b.Helper()
	guard := access.New(access.Options{})
	routes := must(web.New(web.Options{Guard: guard, Entrance: guard, Authenticator: must(c.s.newDoor(outside{})).sessions})).Routes()
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		asked := slices.ContainsFunc(all, func(p *benchPage) bool { return p.route == path })
		if method == http.MethodGet && !asked && !notMeasured[path] {
			b.Errorf("say in the benchmark who asks for %s", path)
		}
	}
}

// begun begins the review of a file, and gives the address of its page.
func begun(b testing.TB, browser *http.Client, at, path string) string {
	b.Helper()
	return sent(b, browser, at, path, url.Values{}).Header.Get("Location")
}

// sent sends a form with what its page carries.
func sent(b testing.TB, browser *http.Client, at, path string, form url.Values) *http.Response {
	b.Helper()
	shown := must(browser.Get(at + path))
	defer shown.Body.Close()
	if carried := formCarries.FindStringSubmatch(string(must(io.ReadAll(shown.Body)))); carried != nil {
		form.Set("form", carried[1])
	}
	req := must(http.NewRequestWithContext(b.Context(), http.MethodPost, at+path, strings.NewReader(form.Encode())))
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp := must(browser.Do(req))
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		b.Fatalf("%s: %d %s", path, resp.StatusCode, must(io.ReadAll(resp.Body)))
	}
	return resp
}

// signedIn gives the browser of somebody.
func (c crowd) signedIn(b testing.TB, at string, who asker) *http.Client {
	b.Helper()
	browser := &http.Client{Jar: must(cookiejar.New(nil)), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if len(who.roles) == 0 {
		return browser
	}
	tokens := auth.New(c.s.store, c.s.shipped.roles(), auth.Options{})
	secret, _, err := tokens.Issue(b.Context(), auth.Grant{Organ: crowdOrgans[0], Person: casefile.PersonID("bench-" + who.name), Name: who.name, Roles: who.roles, Expires: time.Now().Add(24 * time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	sent(b, browser, at, "/sign-in", url.Values{"token": {secret}})
	return browser
}

// ask asks once, packed as browsers ask, and notes when the first byte came.
func (p *benchPage) ask(ctx context.Context, browser *http.Client, at string) error {
	var first time.Time
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: func() { first = time.Now() }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+p.path, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	allocated, began := allocatedBytes(), time.Now()
	resp, err := browser.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil {
		return err
	}
	p.took, p.allocated, p.bytes = append(p.took, first.Sub(began)), append(p.allocated, allocatedBytes()-allocated), int(n)
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// allocatedBytes gives how much this process has allocated so far; the engine goes on
// beside the pages, so the median tells, not the sum.
func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func slowest(all []*benchPage) time.Duration {
	var worst time.Duration
	for _, p := range all {
		worst = max(worst, quantile(p.took, 0.95))
	}
	return worst
}

// pageTable gives the table, the slowest page first.
func pageTable(all []*benchPage) string {
	slices.SortStableFunc(all, func(a, b *benchPage) int { return cmp.Compare(quantile(b.took, 0.95), quantile(a.took, 0.95)) })
	var out strings.Builder
	out.WriteString("| page | as | p50 | p95 | max | allocated | sent |\n|---|---|---|---|---|---|---|\n")
	ms := func(d time.Duration) string { return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) }
	for _, p := range all {
		shown := p.route
		if _, query, asked := strings.Cut(p.path, "?"); asked {
			shown += "?" + must(url.QueryUnescape(query))
		} else if strings.Contains(p.route, ":id") && strings.Contains(p.path, "/stage-20-") {
			shown += " (closed)"
		}
		kb := strconv.FormatUint(slices.Sorted(slices.Values(p.allocated))[len(p.allocated)/2]/1024, 10)
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s | %s kB | %.1f kB |\n", shown, p.by, ms(quantile(p.took, 0.5)), ms(quantile(p.took, 0.95)), ms(quantile(p.took, 1)), kb, float64(p.bytes)/1024)
	}
	return out.String()
}
