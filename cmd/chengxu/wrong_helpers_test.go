package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/internal/contract"
	"github.com/zhengdang/chengxu/workflows"
)

// The organs of the cases that wrong input is tried on.
const (
	district = "示例区人民政府"
	bureau   = "宁津县交通运输局"
)

// trial is a running Chengxu with cases in every state, that wrong input is
// tried on.
type trial struct {
	s      *stack
	url    string
	dir    string
	tokens map[string]string // by what they stand for
	cases  map[string]casefile.ID
	drafts map[string]string // digests of stored documents, by name
	before map[string]string // what must not change
}

// answer is what came of an input: of a request its status and problem, of a
// command its error and output.
type answer struct {
	status int    // of a command: 1 when it failed
	code   string // of the problem
	text   string // what is said, with the field at fault
	body   []byte
}

// newTrial starts everything and brings the cases into their states.
func newTrial(t *testing.T) *trial {
	t.Helper()
	s := startTestStack(t, 0)
	h, err := s.handler(outside{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	held, err := contract.Load(t.Context(), api.Contract())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(held.Watch(h, func(err error) { t.Error(err) })) // whatever is answered is as the contract says
	t.Cleanup(server.Close)
	w := &trial{s: s, url: server.URL, dir: t.TempDir(), tokens: map[string]string{}, cases: map[string]casefile.ID{}, drafts: map[string]string{}}
	w.issueTokens(t)

	review := play(t, s, "../../examples/conduct/w07-substantive-change.yaml", "wrong-review")
	meeting := play(t, s, "../../examples/ningjin-yangguang-avenue.yaml", "wrong-meeting")
	suspended := play(t, s, "../../examples/conduct/to-review.yaml", "wrong-suspended")
	w.cases["review"], w.cases["meeting"], w.cases["suspended"] = review.ID, meeting.ID, suspended.ID
	for _, d := range review.Documents {
		if d.Version > 0 {
			w.drafts[fmt.Sprintf("draft%d", d.Version)] = string(d.Digest)
		}
	}
	draft, _ := meeting.CurrentDraft()
	w.drafts["bureau"] = string(draft.Digest)

	w.do(t, "suspended", "trainer", act("s1", "case.suspend", `{"reason":"等待上位规划","decided_by":"区政府","review_on":"2025-06-30"}`, as("chief", "chief")))
	w.do(t, "review", "trainer", act("note-1", "case.note", `{"text":"第一次记事"}`, as("office", "office")))
	w.open(t, "real", "office", `{"id":"wrong-real","procedure":"cn.major-decision@2019","matter":{"title":"真实案件","category":"policy"},`+facts+`}`)
	w.open(t, "closed", "trainer", `{"id":"wrong-closed","procedure":"cn.major-decision@2019","practice":true,"starts":"2025-03-03",`+
		`"matter":{"title":"不属于决策事项的建议","category":"other"},`+facts+`,`+as("office", "office")+`}`)
	for _, body := range []string{
		act("c1", "intake.register", `{"proposer_kind":"public","proposer":"居民","received_on":"2025-03-03","summary":"增设路灯一盏"}`, as("office", "office")),
		act("c2", "intake.triage", `{"matter_type":"other","special_procedure_by_law":false,"reason":"日常维护"}`, as("office", "office")),
		act("c3", "intake.decline", `{"reply":"已转养护单位","reason":"不属于重大行政决策"}`, as("office", "office")),
	} {
		w.do(t, "closed", "trainer", body)
	}
	w.before = w.state(t)
	return w
}

const facts = `"with":{"body_kind":"district-gov","decision_body":"区政府","contains_state_secret":false}`

// issueTokens makes the tokens of the people, and some that are no longer good.
func (w *trial) issueTokens(t *testing.T) {
	t.Helper()
	now := time.Now()
	issue := func(o auth.Options, name, organ, person string, expires time.Time, roles ...casefile.Role) auth.Token {
		secret, token, err := auth.New(w.s.store, w.s.shipped.roles(), o).Issue(t.Context(), auth.Grant{
			Organ: casefile.OrganID(organ), Person: casefile.PersonID(person), Name: person, Roles: roles, Expires: expires})
		if err != nil {
			t.Fatal(err)
		}
		w.tokens[name] = secret
		return token
	}
	soon := now.Add(time.Hour)
	issue(auth.Options{}, "trainer", district, "trainer", soon, auth.Trainer)
	issue(auth.Options{}, "office", district, "office", soon, "office")
	issue(auth.Options{}, "drafter", district, "drafter", soon, "drafter")
	issue(auth.Options{}, "expert", district, "somebody", soon, "expert")
	issue(auth.Options{}, "drafter as reviewer", district, "drafter", soon, "legality_reviewer")
	issue(auth.Options{}, "secretary", bureau, "secretary", soon, "secretary")
	issue(auth.Options{}, "bureau trainer", bureau, "trainer", soon, auth.Trainer)
	revoked := issue(auth.Options{}, "revoked", district, "former", soon, "office")
	if err := auth.New(w.s.store, nil, auth.Options{}).Revoke(t.Context(), district, revoked.ID, auth.Why{}); err != nil {
		t.Fatal(err)
	}
	lastYear := auth.Options{Now: func() time.Time { return now.AddDate(0, -2, 0) }}
	issue(lastYear, "expired", district, "late", now.AddDate(0, -1, 0), "office")
}

// act is the body of an act; extra members follow.
func act(id, kind, with string, extra ...string) string {
	return fmt.Sprintf(`{"id":%q,"kind":%q,"with":%s%s}`, id, kind, with, strings.Join(append([]string{""}, extra...), ","))
}

// as is the member of a body that names in whose place a trainer acts.
func as(person string, roles ...string) string {
	b := must(json.Marshal(map[string]any{"person": person, "name": person, "roles": roles}))
	return `"as":` + string(b)
}

// request sends a request, with further headers as name and value, and reads
// the problem that it is answered with.
func (w *trial) request(t *testing.T, method, path, token, media string, body io.Reader, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if method == http.MethodPost {
		req.Header.Set("If-Match", "*")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var problem struct {
		Code    string        `json:"code"`
		Details casefile.Text `json:"details"`
		Field   string        `json:"field"`
	}
	if resp.StatusCode >= 400 {
		if err := json.Unmarshal(raw, &problem); err != nil {
			t.Fatalf("%s %s: %d is no problem detail: %v\n%s", method, path, resp.StatusCode, err, raw)
		}
		if problem.Details.ZH == "" || problem.Details.EN == "" {
			t.Errorf("the problem does not say in Chinese and English what is wrong: %s", raw)
		}
	}
	return answer{status: resp.StatusCode, code: problem.Code, text: problem.Field + ": " + problem.Details.EN, body: raw}
}

// post sends a JSON body with a named token.
func (w *trial) post(t *testing.T, path, token, body string) answer {
	t.Helper()
	return w.request(t, http.MethodPost, path, w.tokens[token], "application/json", strings.NewReader(body))
}

// acts is the path that takes acts on a named case.
func (w *trial) acts(on string) string { return "/api/v1/cases/" + string(w.cases[on]) + "/acts" }

// do does an act that must be admitted.
func (w *trial) do(t *testing.T, on, token, body string) {
	t.Helper()
	got := w.post(t, w.acts(on), token, body)
	if got.status != http.StatusOK {
		t.Fatalf("setting up: %d %s\n%s", got.status, got.text, body)
	}
}

// open opens a case that must be opened.
func (w *trial) open(t *testing.T, name, token, body string) {
	t.Helper()
	got := w.post(t, "/api/v1/cases", token, body)
	var reply struct {
		Case struct {
			ID casefile.ID `json:"id"`
		} `json:"case"`
	}
	if got.status != http.StatusCreated || json.Unmarshal(got.body, &reply) != nil {
		t.Fatalf("setting up: %d %s\n%s", got.status, got.text, body)
	}
	w.cases[name] = reply.Case.ID
}

// command runs a command of the program in this process.
func (w *trial) command(t *testing.T, args ...string) answer {
	t.Helper()
	var out bytes.Buffer
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		return answer{status: 1, text: explained(err) + "\n" + out.String()}
	}
	return answer{text: out.String()}
}

// file writes a file for a command.
func (w *trial) file(t *testing.T, name string, content []byte) string {
	t.Helper()
	name = filepath.Join(w.dir, name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// state is all that wrong input must leave alone: each case as the API shows
// it, the number of its entries, the length of its workflow's history, how many
// cases there are, and the size of each organ's log.
func (w *trial) state(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, id := range w.cases {
		token := w.tokens["trainer"]
		if name == "meeting" {
			token = w.tokens["bureau trainer"]
		}
		shown := w.request(t, http.MethodGet, "/api/v1/cases/"+string(id), token, "", nil)
		if shown.status != http.StatusOK {
			t.Fatalf("case %s cannot be read: %d %s", name, shown.status, shown.text)
		}
		out["case "+name] = string(shown.body)
		entries, err := w.s.cases.Entries(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		out["entries of "+name] = fmt.Sprint(len(entries))
		run, err := w.s.client.DescribeWorkflowExecution(t.Context(), workflows.WorkflowID(id), "")
		if err != nil {
			t.Fatal(err)
		}
		out["history of "+name] = fmt.Sprint(run.WorkflowExecutionInfo.HistoryLength)
	}
	for _, organ := range []casefile.OrganID{district, bureau} {
		size, err := w.s.store.TreeSize(t.Context(), organ)
		if err != nil {
			t.Fatal(err)
		}
		cases, _, err := w.s.cases.List(t.Context(), casework.Filter{Organ: organ, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		out["log of "+string(organ)] = fmt.Sprint(size)
		out["cases of "+string(organ)] = fmt.Sprint(len(cases))
	}
	return out
}
