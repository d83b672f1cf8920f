package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// attack is one attempt to get or do what is not the attacker's to get or do.
type attack struct {
	name string
	try  func(t *testing.T, v *victim)
}

// victim is a running Chengxu, and what an attacker knows of it.
type victim struct {
	*trial
	office, drafter, bureau string // tokens
	id                      string // of a real case of the district
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	w := newTrial(t)
	return &victim{trial: w, office: w.tokens["office"], drafter: w.tokens["drafter"], bureau: w.tokens["secretary"], id: string(w.cases["real"])}
}

// refused fails when an attempt was answered with success or a fault.
func (v *victim) refused(t *testing.T, got answer, want ...int) {
	t.Helper()
	for _, status := range want {
		if got.status == status {
			return
		}
	}
	t.Errorf("answered %d %s, want one of %v", got.status, got.text, want)
}

func (v *victim) get(t *testing.T, path, token string, headers ...string) answer {
	t.Helper()
	return v.request(t, http.MethodGet, path, token, "", nil, headers...)
}

func (v *victim) acts() string { return "/api/v1/cases/" + v.id + "/acts" }

// upload stores a document as the office.
func (v *victim) upload(t *testing.T, title, media string, content []byte, headers ...string) answer {
	t.Helper()
	return v.request(t, http.MethodPost, "/api/v1/documents?title="+url.QueryEscape(title), v.office, media, bytes.NewReader(content), headers...)
}

// secret stores a restricted document as somebody else of the same organ, and
// gives its digest.
func (v *victim) secret(t *testing.T) string {
	t.Helper()
	got := v.request(t, http.MethodPost, "/api/v1/documents?title=x&level=restricted", v.drafter, "text/plain", strings.NewReader("不得外传"))
	var stored struct{ Digest string }
	if err := json.Unmarshal(got.body, &stored); err != nil || got.status != http.StatusCreated {
		t.Fatalf("%d %v", got.status, err)
	}
	return stored.Digest
}

const docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// burstingDocument is small and unpacks to a thousand times its size.
func burstingDocument(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range map[string][]byte{
		"[Content_Types].xml": []byte(docxType + ".main+xml"), "word/document.xml": bytes.Repeat([]byte{' '}, 64<<20),
	} {
		if _, err := must(w.Create(name)).Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (v *victim) send(t *testing.T, path, token, body string, headers ...string) answer {
	t.Helper()
	return v.request(t, http.MethodPost, path, token, "application/json", strings.NewReader(body), headers...)
}

// TestAttacks tries what an attacker would. Nothing that is refused leaves a trace
// in a case. The written list is docs/reference/attacks.md.
func TestAttacks(t *testing.T) {
	v := newVictim(t)
	all := append(attacksOnIdentity(), attacksOnObjects()...)
	all = append(all, attacksOnInput()...)
	all = append(all, attacksOnTransport()...)
	listed := listedAttacks(t)
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			if !listed["TestAttacks/"+a.name] {
				t.Errorf("docs/reference/attacks.md does not list %q", a.name)
			}
			before := mustCase(t, v.s, v.cases["real"]).Sequence
			a.try(t, v)
			if after := mustCase(t, v.s, v.cases["real"]).Sequence; after != before {
				t.Errorf("the case went from entry %d to %d", before, after)
			}
		})
	}
}

func attacksOnIdentity() []attack {
	return []attack{
		{"a token guessed by its prefix", func(t *testing.T, v *victim) {
			for n := 1; n < len(v.office)-4; n += 7 {
				v.refused(t, v.get(t, "/api/v1/cases", v.office[:n]+strings.Repeat("A", len(v.office)-n)), 401)
			}
		}},
		{"a token in the query", func(t *testing.T, v *victim) {
			v.refused(t, v.get(t, "/api/v1/cases?access_token="+url.QueryEscape(v.office), ""), 401)
		}},
		{"a token in a cookie", func(t *testing.T, v *victim) {
			v.refused(t, v.get(t, "/api/v1/cases", "", "Cookie", "chengxu_token="+v.office), 401)
		}},
		{"two tokens at once", func(t *testing.T, v *victim) {
			v.refused(t, v.get(t, "/api/v1/cases", v.office+", Bearer "+v.bureau), 401)
		}},
		{"a revoked token", func(t *testing.T, v *victim) { v.refused(t, v.get(t, "/api/v1/cases", v.tokens["revoked"]), 401) }},
		{"an expired token", func(t *testing.T, v *victim) { v.refused(t, v.get(t, "/api/v1/cases", v.tokens["expired"]), 401) }},
		{"trusting a header of a proxy", func(t *testing.T, v *victim) {
			for _, header := range []string{"X-Forwarded-User", "X-Remote-User", "X-User", "Remote-User", "X-Original-Url", "X-Rewrite-Url"} {
				v.refused(t, v.get(t, "/api/v1/cases", "", header, "office"), 401)
			}
		}},
		{"another method by a header", func(t *testing.T, v *victim) {
			got := v.get(t, v.acts(), v.office, "X-HTTP-Method-Override", "POST")
			v.refused(t, got, 404, 405)
		}},
		{"acting as somebody else in a real case", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.tokens["trainer"], act("k1", "case.note", `{"text":"x"}`, as("office", "office"))), 403)
		}},
		{"acting as somebody else without being a trainer", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, act("k2", "case.note", `{"text":"x"}`, as("chief", "chief"))), 403)
		}},
		{"acting under a mandate that was never given", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, act("k3", "case.note", `{"text":"x"}`, `"under":"m-1"`)), 403)
		}},
		{"a role that is not held", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.drafter, act("k4", "intake.assign", `{}`)), 403, 422)
		}},
	}
}

func attacksOnObjects() []attack {
	return []attack{
		{"the case of another organ by its id", func(t *testing.T, v *victim) {
			for _, path := range []string{"", "/entries", "/possible", "/dossier", "/plan", "/deadlines", "/calendar.ics"} {
				got := v.get(t, "/api/v1/cases/"+v.id+path, v.bureau)
				v.refused(t, got, 404)
				if none := v.get(t, "/api/v1/cases/nosuchcase"+path, v.bureau); none.text != got.text {
					t.Errorf("%q tells that the case exists: %q, %q", path, got.text, none.text)
				}
			}
		}},
		{"an act on the case of another organ", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.bureau, act("k5", "case.note", `{"text":"x"}`)), 404)
		}},
		{"a document of another organ by its digest", func(t *testing.T, v *victim) {
			v.refused(t, v.get(t, "/api/v1/documents/"+v.drafts["draft1"], v.bureau), 404)
		}},
		{"a restricted document by its digest", func(t *testing.T, v *victim) {
			v.refused(t, v.get(t, "/api/v1/documents/"+v.secret(t), v.office), 404)
		}},
		{"a restricted document filed in a case of one's own", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, act("k-file", "case.note", `{"text":"x","document":"`+v.secret(t)+`"}`)), 422)
		}},
		{"the organ chosen in the query", func(t *testing.T, v *victim) {
			got := v.get(t, "/api/v1/cases?organ="+url.QueryEscape(district), v.bureau)
			if strings.Contains(string(got.body), v.id) {
				t.Error("the list of another organ was shown")
			}
		}},
		{"a cursor made by hand", func(t *testing.T, v *victim) {
			for _, cursor := range []string{"x", "MSBj", "OTk5OTk5OTk5OTk5OTk5OTk5OTkgYw", strings.Repeat("A", 300)} {
				got := v.get(t, "/api/v1/cases?after="+cursor, v.bureau)
				if strings.Contains(string(got.body), v.id) || got.status >= 500 {
					t.Errorf("cursor %.20q: %d", cursor, got.status)
				}
			}
		}},
		{"fields of the server set by the client", func(t *testing.T, v *victim) {
			for _, extra := range []string{
				`"by":{"person":"chief","name":"区长","roles":["chief"]}`, `"organ":"` + bureau + `"`, `"sequence":1`,
				`"capacity":"chief"`, `"on":"2020-01-01"`, `"at":"2020-01-01T00:00:00Z"`, `"verdict":{"result":"pass"}`, `"mandate":{"id":"m"}`,
			} {
				v.refused(t, v.send(t, v.acts(), v.office, act("k6", "case.note", `{"text":"x"}`, extra)), 422)
			}
		}},
		{"a field under another spelling", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, `{"id":"k7","Kind":"case.note","with":{"text":"x"}}`), 422)
		}},
		{"a field given twice", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, `{"id":"k8","kind":"case.note","kind":"case.terminate","with":{"text":"x"}}`), 400)
		}},
		{"the facts of a case as the payload of a note", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, act("k9", "case.note", `{"text":"x","minutes_signed":true}`)), 422)
		}},
		{"an old ETag", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, act("k10", "case.note", `{"text":"x"}`), "If-Match", `"9999"`), 412)
		}},
		{"a write without saying on what", func(t *testing.T, v *victim) {
			req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, v.url+v.acts(), strings.NewReader(act("k11", "case.note", `{"text":"x"}`))))
			req.Header.Set("Authorization", "Bearer "+v.office)
			req.Header.Set("Content-Type", "application/json")
			resp := must(http.DefaultClient.Do(req))
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusPreconditionRequired {
				t.Errorf("answered %d", resp.StatusCode)
			}
		}},
	}
}

func attacksOnInput() []attack {
	return []attack{
		{"a path that climbs", func(t *testing.T, v *victim) {
			for _, path := range []string{
				"/api/v1/cases/..%2f..%2f..%2fetc%2fpasswd", "/api/v1/documents/..%2f..%2fkeys", "/assets/..%2f..%2fkeys", "/cases/%2e%2e/%2e%2e/etc/passwd",
				"/api/v1/procedures/..%2f..%2fetc%2fpasswd", "/assets/%00style.css",
			} {
				resp := must(http.Get(v.url + path)) //nolint:noctx // bounded by the test
				body := must(io.ReadAll(resp.Body))
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK && bytes.Contains(body, []byte("root:")) || resp.StatusCode >= 500 {
					t.Errorf("%s: %d %.80s", path, resp.StatusCode, body)
				}
			}
		}},
		{"a document title that breaks a header", func(t *testing.T, v *victim) {
			got := v.request(t, http.MethodPost, "/api/v1/documents?title="+url.QueryEscape("a\r\nSet-Cookie: x=y"), v.office, "text/plain", strings.NewReader("正文"))
			v.refused(t, got, 201, 422)
			if got.status != http.StatusCreated {
				return
			}
			var stored struct{ Digest string }
			if err := json.Unmarshal(got.body, &stored); err != nil {
				t.Fatal(err)
			}
			req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, v.url+"/api/v1/documents/"+stored.Digest, nil))
			req.Header.Set("Authorization", "Bearer "+v.office)
			resp := must(http.DefaultClient.Do(req))
			defer resp.Body.Close()
			if len(resp.Header.Values("Set-Cookie")) > 0 {
				t.Error("a header was injected")
			}
		}},
		{"a page uploaded as a document", func(t *testing.T, v *victim) {
			got := v.request(t, http.MethodPost, "/api/v1/documents?title=x.html", v.office, "text/html", strings.NewReader("<script>alert(1)</script>"))
			if got.status != http.StatusCreated {
				v.refused(t, got, 415, 422)
				return
			}
			var stored struct{ Digest string }
			if err := json.Unmarshal(got.body, &stored); err != nil {
				t.Fatal(err)
			}
			req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, v.url+"/api/v1/documents/"+stored.Digest, nil))
			req.Header.Set("Authorization", "Bearer "+v.office)
			resp := must(http.DefaultClient.Do(req))
			defer resp.Body.Close()
			if !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") || resp.Header.Get("X-Content-Type-Options") != "nosniff" ||
				!strings.Contains(resp.Header.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("the page would run: %v", resp.Header)
			}
		}},
		{"JSON without end", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, strings.Repeat(`{"with":`, 200_000)), 400, 413)
		}},
		{"JSON nested too deeply", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, `{"id":"k12","kind":"case.note","with":{"text":`+strings.Repeat("[", 50_000)+strings.Repeat("]", 50_000)+`}}`), 400, 422)
		}},
		{"a body larger than it may be", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, act("k13", "case.note", `{"text":"`+strings.Repeat("长", 2<<20)+`"}`)), 413)
		}},
		{"a body that was compressed to be small", func(t *testing.T, v *victim) {
			v.refused(t, v.send(t, v.acts(), v.office, "\x1f\x8b\x08", "Content-Encoding", "gzip"), 415)
		}},
		{"numbers beyond all bounds", func(t *testing.T, v *victim) {
			for _, number := range []string{"1e999", "-1e999", "99999999999999999999999999", "0.1", "-1"} {
				v.refused(t, v.send(t, v.acts(), v.office, act("k14", "participation.register", `{"count":`+number+`}`)), 400, 403, 409, 422)
			}
		}},
		{"text that is no text", func(t *testing.T, v *victim) {
			for _, text := range []string{"\xff\xfe", `\ud800`, `\u0000`} {
				v.refused(t, v.send(t, v.acts(), v.office, act("k15", "case.note", `{"text":"`+text+`"}`)), 400, 422)
			}
		}},
		{"SQL in a search", func(t *testing.T, v *victim) {
			for _, q := range []string{"' OR '1'='1", "%", "_", `\`, "'; DROP TABLE cases; --", "!%"} {
				got := v.get(t, "/api/v1/cases?q="+url.QueryEscape(q), v.bureau)
				if strings.Contains(string(got.body), v.id) || got.status >= 500 {
					t.Errorf("%q: %d", q, got.status)
				}
			}
		}},
		{"an expression of the rule language in a payload", func(t *testing.T, v *victim) {
			got := v.send(t, "/api/v1/plans", v.office, `{"procedure":"cn.major-decision@2019","start":"2026-12-01","assume":{"highly_technical":"1 == 1 ? true : false"}}`)
			v.refused(t, got, 422)
		}},
		{"a document packed to burst", func(t *testing.T, v *victim) {
			v.refused(t, v.upload(t, "x", docxType, burstingDocument(t)), 422)
		}},
		{"a program as a document", func(t *testing.T, v *victim) {
			for _, media := range []string{"application/pdf", "text/plain", docxType, "image/png"} {
				v.refused(t, v.upload(t, "x", media, []byte("MZ\x90\x00\x03\x00\x00\x00")), 415, 422)
			}
			v.refused(t, v.upload(t, "x", "application/x-msdownload", []byte("MZ\x90\x00")), 415)
		}},
		{"other bytes than the digest says", func(t *testing.T, v *victim) {
			v.refused(t, v.upload(t, "x", "text/plain", []byte("别的"), "Content-Digest", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"), 400)
		}},
		{"an entity in place of a body", func(t *testing.T, v *victim) {
			got := v.request(t, http.MethodPost, v.acts(), v.office, "application/xml", strings.NewReader(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`))
			v.refused(t, got, 415)
		}},
	}
}

func attacksOnTransport() []attack {
	return []attack{
		{"a form of another site", func(t *testing.T, v *victim) {
			for _, headers := range [][]string{
				{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {},
			} {
				req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, v.url+"/sign-in", strings.NewReader("token="+v.office)))
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				for i := 0; i < len(headers); i += 2 {
					req.Header.Set(headers[i], headers[i+1])
				}
				resp := must(http.DefaultTransport.RoundTrip(req))
				resp.Body.Close()
				if resp.StatusCode != http.StatusForbidden {
					t.Errorf("%v: %d", headers, resp.StatusCode)
				}
			}
		}},
		{"a return address that leads away", func(t *testing.T, v *victim) {
			for _, to := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b"} {
				resp := must(http.Get(v.url + "/sign-in?to=" + url.QueryEscape(to))) //nolint:noctx // bounded by the test
				body := must(io.ReadAll(resp.Body))
				resp.Body.Close()
				if kept := hiddenTo.FindSubmatch(body); kept == nil || bytes.HasPrefix(kept[1], []byte("//")) || bytes.ContainsAny(kept[1], ":\\\r\n") && !bytes.Contains(kept[1], []byte("%0d")) {
					t.Errorf("%q is kept as the address to return to", to)
				}
			}
		}},
		{"scripts in what is shown", func(t *testing.T, v *victim) {
			resp := must(http.Get(v.url + "/?q=" + url.QueryEscape(`"><script>alert(1)</script>`))) //nolint:noctx // bounded by the test
			body := must(io.ReadAll(resp.Body))
			resp.Body.Close()
			if bytes.Contains(body, []byte("<script>alert")) {
				t.Error("the query runs as a script")
			}
			if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
				t.Errorf("policy %q", policy)
			}
		}},
		{"a page in a frame", func(t *testing.T, v *victim) {
			resp := must(http.Get(v.url + "/sign-in")) //nolint:noctx // bounded by the test
			resp.Body.Close()
			if !strings.Contains(resp.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
				t.Errorf("headers %v", resp.Header)
			}
		}},
		{"reading answers from another site", func(t *testing.T, v *victim) {
			req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, v.url+"/api/v1/cases", nil))
			req.Header.Set("Origin", "https://evil.example")
			req.Header.Set("Authorization", "Bearer "+v.office)
			resp := must(http.DefaultClient.Do(req))
			resp.Body.Close()
			if resp.Header.Get("Access-Control-Allow-Origin") != "" || resp.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("headers %v", resp.Header)
			}
		}},
		{"answers kept by a cache", func(t *testing.T, v *victim) {
			req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, v.url+"/api/v1/cases", nil))
			req.Header.Set("Authorization", "Bearer "+v.office)
			resp := must(http.DefaultClient.Do(req))
			resp.Body.Close()
			if resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control %q", resp.Header.Get("Cache-Control"))
			}
		}},
		{"a second request smuggled behind the first", func(t *testing.T, v *victim) {
			host := strings.TrimPrefix(v.url, "http://")
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST /api/v1/plans HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\nContent-Length: 0\r\nTransfer-Encoding: xchunked\r\n\r\n"+
				"GET /api/v1/cases HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", host, host, v.office)
			conn.SetReadDeadline(time.Now().Add(2 * time.Second))
			raw, _ := io.ReadAll(conn)
			if bytes.Contains(raw, []byte(v.id)) || !bytes.HasPrefix(raw, []byte("HTTP/1.1 400")) && !bytes.HasPrefix(raw, []byte("HTTP/1.1 501")) {
				t.Errorf("answered %.100s", raw)
			}
		}},
		{"a very long address and very long headers", func(t *testing.T, v *victim) {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, v.url+"/api/v1/cases?q="+strings.Repeat("a", 60_000), nil)
			req.RequestURI = ""
			req.Header.Set("Authorization", "Bearer "+v.office)
			resp := must(http.DefaultClient.Do(req))
			resp.Body.Close()
			if resp.StatusCode < 400 || resp.StatusCode >= 500 {
				t.Errorf("answered %d", resp.StatusCode)
			}
		}},
		{"faults that tell of the inside", func(t *testing.T, v *victim) {
			for _, path := range []string{"/api/v1/cases/%ff", "/api/v1/documents/x", "/api/v1/nothing", "/cases/%ff", "/nothing"} {
				resp := must(http.Get(v.url + path)) //nolint:noctx // bounded by the test
				body := string(must(io.ReadAll(resp.Body)))
				resp.Body.Close()
				for _, inside := range []string{"goroutine", ".go:", "sql", "/work", "panic", "sqlite"} {
					if strings.Contains(strings.ToLower(body), inside) {
						t.Errorf("%s tells %q: %.200s", path, inside, body)
					}
				}
			}
		}},
	}
}

var hiddenTo = regexp.MustCompile(`name="to" value="([^"]*)"`)

var testNamed = regexp.MustCompile("`((?:[a-z/]+: )?Test[^`]*)`")

// listedAttacks gives the tests that the written list names.
func listedAttacks(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../docs/reference/attacks.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, m := range testNamed.FindAllStringSubmatch(string(text), -1) {
		out[m[1]] = true
	}
	if len(out) < 40 {
		t.Errorf("%d attempts are listed, want 40 at least", len(out))
	}
	return out
}
