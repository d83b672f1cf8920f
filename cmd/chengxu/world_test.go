package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/scenario"
)

// canary is what is written into everything that is restricted. Whoever may not
// know it must never be answered with it.
const canary = lure + "-不得外传"

// lure is the part of the canary that questions may contain, and answers repeat.
const lure = "金丝雀-7f3a"

// caller is somebody who asks.
type caller struct {
	name  string
	token string
	p     auth.Principal
}

// world is a running Chengxu with a case in which everything restricted is
// filled with the canary, and with people of every kind who ask for it.
type world struct {
	s       *stack
	handler http.Handler
	doc     *openapi3.T
	logged  *locked
	c       casefile.Case
	callers []caller
	fill    map[string]string // by name of a path parameter
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{s: startTestStack(t, 0), logged: &locked{}}
	var err error
	if w.handler, err = w.s.handler(outside{limits: api.Limits{PerMinute: 1 << 30, Burst: 1 << 30}}, slog.New(slog.NewTextHandler(w.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))); err != nil {
		t.Fatal(err)
	}
	if w.doc, err = openapi3.NewLoader().LoadFromData(api.Contract()); err != nil {
		t.Fatal(err)
	}
	w.c = w.playWithCanaries(t, "../../examples/conduct/w17-approved-as-amended.yaml")
	for _, who := range []struct {
		name, organ string
		scopes      []auth.Scope
		roles       []casefile.Role
	}{
		{"stranger", bureau, nil, []casefile.Role{"office", "drafter", "chief"}},
		{"uncleared", district, nil, []casefile.Role{"consulted_unit"}},
		{"awaited", district, nil, []casefile.Role{"office"}},
		{"auditor", district, nil, []casefile.Role{auth.Auditor}},
		{"administrator", district, nil, []casefile.Role{auth.Administrator}},
		{"auditor elsewhere", bureau, nil, []casefile.Role{auth.Auditor}},
	} {
		w.callers = append(w.callers, w.caller(t, who.name, who.organ, who.roles))
	}
	w.callers = append(w.callers, caller{name: "public"})
	directory := auth.NewDirectory(w.s.store, w.s.shipped.roles())
	for _, e := range []auth.Entry{auth.Organ{ID: district, Name: "区政府"}, auth.Person{ID: "world-person", Organ: district, Name: "某人", Mail: "a@b.cn"}} {
		if _, err := directory.Put(t.Context(), e, 0, "world"); err != nil {
			t.Fatal(err)
		}
	}
	// Practice never reaches the public; the lists get what a real case would leave.
	if err := w.s.store.Derived(t.Context(), w.c, casefile.Derived{Consultation: &casefile.Consultation{Step: "participation", Round: 1,
		OpensOn: w.c.OpenedOn, ClosesOn: w.c.OpenedOn.AddDays(9000), Open: true, Shown: true}}); err != nil {
		t.Fatal(err)
	}
	attachment := w.commentWithCanaries(t)
	draft, _ := w.c.CurrentDraft()
	w.fill = map[string]string{
		"filing": strings.Repeat("0", 64),
		"id":     string(w.c.ID), "digest": string(draft.Digest), "deadline": w.c.Deadlines[0].ID, "name": w.c.Pinned.Procedure,
		"kind": "people", "entry": "world-person", "session": "world-session", "consultation": string(w.c.ID) + ".participation.1", "receipt": strings.Repeat("A", 26), "number": "1", "attachment": attachment, "decision": string(w.c.ID), "token": "world-token",
		"identity": "world-identity", "webhook": "world-webhook", "key": strings.Repeat("0", 64), "login": "world-login",
		"act": "case.suspend", "asset": "init.js", "organ": district, "document": "区规〔2026〕1号", "finding": w.findingWithCanaries(t), "review": w.reviewWithCanaries(t),
		"step": w.c.ActiveSteps()[0].Step, "feed": "world-feed", "file": "world.ics", "paper": "comment-notice.html",
	}
	return w
}

// commentWithCanaries comments with the canary in whatever can say who did, and
// gives the digest of the file that is attached.
func (w *world) commentWithCanaries(t *testing.T) string {
	t.Helper()
	f := file{canary + ".txt", "text/plain", canary}
	media, body := form(t, `{"text":"意见","name":"`+canary+`","contact":"`+canary+`"}`, f)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/public/consultations/"+string(w.c.ID)+".participation.1/comments", strings.NewReader(body))
	req.Header.Set("Content-Type", media)
	rec := httptest.NewRecorder()
	if w.handler.ServeHTTP(rec, req); rec.Code != http.StatusCreated {
		t.Fatalf("comment: %d %s", rec.Code, rec.Body)
	}
	return f.digest()
}

func (w *world) caller(t *testing.T, name, organ string, roles []casefile.Role) caller {
	t.Helper()
	tokens := auth.New(w.s.store, w.s.shipped.roles(), auth.Options{})
	secret, _, err := tokens.Issue(t.Context(), auth.Grant{Organ: casefile.OrganID(organ), Person: casefile.PersonID("world-" + name),
		Name: "人员" + name, Roles: roles, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := tokens.Authenticate(t.Context(), []string{"Bearer " + secret})
	if err != nil {
		t.Fatal(err)
	}
	return caller{name: name, token: secret, p: p}
}

// locked is a buffer that several goroutines write to.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements [io.Writer].
func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// tainted plays acts with the canary in every restricted field that is free text.
type tainted struct {
	localEngine
	levels  procedure.Levels
	spec    func(kind string) (procedure.ActSpec, bool)
	written *int
}

func (e tainted) Act(ctx context.Context, id casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	spec, ok := e.spec(act.Kind)
	for _, f := range spec.Fields {
		if !ok || f.Level != casefile.LevelRestricted || len(f.Enum) > 0 || f.Kind != procedure.KindText {
			continue
		}
		act.With[f.Name] = canary + "：" + fmt.Sprint(act.With[f.Name])
		*e.written++
	}
	return e.localEngine.Act(ctx, id, act)
}

// Upload stores the papers of the case as restricted, with the canary in content
// and title.
func (e tainted) Upload(ctx context.Context, organ, title string, content []byte) (casefile.Digest, error) {
	doc, err := e.papers.Put(ctx, documents.Upload{Organ: casefile.OrganID(organ), Title: canary + title, MediaType: "text/plain",
		Level: casefile.LevelRestricted, Content: strings.NewReader(canary + string(content))})
	return doc.Digest, err
}

// playWithCanaries plays a scenario in which every restricted text holds the
// canary.
func (w *world) playWithCanaries(t *testing.T, file string) casefile.Case {
	t.Helper()
	script, err := loadScenario(file)
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	engine := tainted{localEngine: localEngine{w.s.cases, w.s.papers}, levels: procedure.NewLevels(), spec: specOf(majorDecision(w.s)), written: &written}
	result, err := scenario.Play(t.Context(), script, engine, "world", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range result.Problems {
		t.Error(problem)
	}
	if written == 0 {
		t.Fatal("no restricted field was written: the test shows nothing")
	}
	return result.Case
}

// majorDecision gives the definition of the major decision.
func majorDecision(s *stack) *procedure.Definition {
	return s.shipped.definitions[slices.IndexFunc(s.shipped.definitions, func(d *procedure.Definition) bool { return d.ID == "cn.major-decision" })]
}

// specOf finds the description of an act by its kind.
func specOf(d *procedure.Definition) func(kind string) (procedure.ActSpec, bool) {
	return func(kind string) (procedure.ActSpec, bool) {
		scope, verb := casefile.Act{Kind: kind}.Split()
		specs := procedure.CaseActs()
		if step, ok := d.Step(scope); ok {
			of, _ := procedure.Type(step.Type)
			specs = of.Acts
		}
		at := slices.IndexFunc(specs, func(s procedure.ActSpec) bool { return s.Verb == verb })
		if at < 0 {
			return procedure.ActSpec{}, false
		}
		return specs[at], true
	}
}

// operation is one operation of the contract.
type operation struct {
	method, path string
	action       access.Action
	op           *openapi3.Operation
	shared       openapi3.Parameters // of every operation of the path
}

// operations gives every operation of the contract, in order.
func (w *world) operations() []operation {
	var out []operation
	for path, item := range w.doc.Paths.Map() {
		for method, op := range item.Operations() {
			action, _ := op.Extensions["x-action"].(string)
			out = append(out, operation{method: method, path: path, action: access.Action(action), op: op, shared: item.Parameters})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return out
}

// target fills the parameters of a path. A parameter that nobody has said how to
// fill fails the test, so that no route is left out.
func (w *world) target(t *testing.T, path string) string {
	t.Helper()
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		name := strings.Trim(part, "{}")
		value, ok := w.fill[name]
		if !ok {
			t.Fatalf("%s: say in the world what %s stands for", path, part)
		}
		parts[i] = strings.ReplaceAll(value, "/", "%2F")
	}
	return strings.Join(parts, "/")
}

// patience is how long an answer is waited for; a stream has none that ends.
func patience(target string) time.Duration {
	if path, _, _ := strings.Cut(target, "?"); strings.HasSuffix(path, "/stream") {
		return 200 * time.Millisecond
	}
	return 10 * time.Second
}

// ask sends a request as somebody.
func (w *world) ask(t *testing.T, by caller, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience(target))
	defer cancel()
	req := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if by.token != "" {
		req.Header.Set("Authorization", "Bearer "+by.token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("If-Match", "*")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	return rec
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
