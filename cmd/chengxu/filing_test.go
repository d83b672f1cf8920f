package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// installation is one that another hands packages to.
type installation struct {
	t       *testing.T
	s       *stack
	handler http.Handler
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	s := startTestStack(t, 0)
	return &installation{t: t, s: s, handler: must(s.handler(outside{limits: api.Limits{PerMinute: 1 << 20, Burst: 1 << 20}}, slog.New(slog.DiscardHandler)))}
}

// ask sends a request with a token, and wants a status.
func (in *installation) ask(token, method, path string, body any, want int) []byte {
	in.t.Helper()
	var content io.Reader = http.NoBody
	media := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		content, media = bytes.NewReader(b), "application/zip"
	default:
		content = bytes.NewReader(must(json.Marshal(b)))
	}
	req := httptest.NewRequestWithContext(in.t.Context(), method, path, content)
	req.Header.Set("Authorization", "Bearer "+token)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", media)
		req.Header.Set("If-Match", "*")
	}
	rec := httptest.NewRecorder()
	in.handler.ServeHTTP(rec, req)
	if rec.Code != want {
		in.t.Fatalf("%s %s: %d, want %d\n%.3000s", method, path, rec.Code, want, rec.Body)
	}
	return rec.Body.Bytes()
}

var actNumber int

// act does an act that has to be admitted.
func (in *installation) act(token string, id casefile.ID, kind string, with map[string]any) {
	in.t.Helper()
	actNumber++
	in.ask(token, http.MethodPost, casePath(string(id), "/acts"), map[string]any{"id": fmt.Sprintf("t-%d", actNumber), "kind": kind, "with": with}, http.StatusOK)
}

// trusts lets an installation trust the log that has signed a package.
func (in *installation) trusts(organ casefile.OrganID, key string) {
	in.t.Helper()
	text := fmt.Sprintf("origins:\n  - {organ: %s, key: %q, note: 电话核对}\n", organ, key)
	if err := os.WriteFile(originsFile(in.s.dir), []byte(text), 0o600); err != nil {
		in.t.Fatal(err)
	}
}

// keyIn reads the key of a package.
func keyIn(t *testing.T, pack []byte) string {
	t.Helper()
	archive := must(zip.NewReader(bytes.NewReader(pack), int64(len(pack))))
	f := must(archive.Open("key"))
	defer f.Close()
	return strings.TrimSpace(string(must(io.ReadAll(f))))
}

const (
	makingOrgan    casefile.OrganID = "上海市嘉定区真新街道办事处"
	reviewingOrgan casefile.OrganID = "上海市嘉定区人民政府"
)

// filedCase plays the making of a document until it is filed.
func filedCase(t *testing.T, s *stack) casefile.Case {
	t.Helper()
	script := must(loadScenario("../../examples/sub-district-parking-document.yaml"))
	filed := slices.IndexFunc(script.Acts, func(a scenario.Act) bool { return a.Do == "filing.file" })
	script.Acts, script.Ends = script.Acts[:filed+1], nil
	result := must(scenario.Play(t.Context(), script, localEngine{s.cases, s.papers}, "filed", nil))
	for _, problem := range result.Problems {
		t.Fatal(problem)
	}
	return result.Case
}

// TestADocumentIsFiledAcrossInstallations files a document with an organ that works with
// another installation: package, supplement, registration, opinion, correction, each
// handed over as a file. Neither installation asks the other anything.
func TestADocumentIsFiledAcrossInstallations(t *testing.T) {
	maker, district := newInstallation(t), newInstallation(t)
	office := issued(t, maker.s, makingOrgan, "党政办", "office")
	clerk := issued(t, district.s, reviewingOrgan, "登记员", "filing_clerk")
	reviewer := issued(t, district.s, reviewingOrgan, "审查员", "filing_reviewer")
	making := filedCase(t, maker.s)

	first := maker.ask(office, http.MethodGet, casePath(string(making.ID), "/filing"), nil, http.StatusOK)
	refuses(t, district, clerk, first)
	district.trusts(reviewingOrgan, keyIn(t, first))
	spoilt(t, district, clerk, first)
	upload := func(pack []byte) (id string) {
		t.Helper()
		var taken struct {
			ID, Document, Title string
			Papers              []casefile.Paper
		}
		if err := json.Unmarshal(district.ask(clerk, http.MethodPost, "/api/v1/filings", pack, http.StatusCreated), &taken); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(taken.Document, "〔2025〕2号") || taken.Title != making.Matter.Title || len(taken.Papers) == 0 {
			t.Fatalf("taken in: %+v", taken)
		}
		for _, p := range taken.Papers {
			want := must(maker.s.papers.Open(t.Context(), makingOrgan, p.Digest))
			if got := district.ask(reviewer, http.MethodGet, "/api/v1/filings/"+taken.ID+"/papers/"+string(p.Digest), nil, http.StatusOK); !bytes.Equal(got, must(io.ReadAll(want))) {
				t.Errorf("%s is another paper here", p.Title)
			}
			want.Close()
		}
		return taken.ID
	}
	filing := upload(first)
	if again := upload(first); again != filing {
		t.Errorf("the same package again is %s, was %s", again, filing)
	}
	if back := district.ask(clerk, http.MethodGet, "/api/v1/filings/"+filing+"/package", nil, http.StatusOK); !bytes.Equal(back, first) {
		t.Error("the package does not come back as it came")
	}

	opening := map[string]any{"with": map[string]any{"body_kind": "district-gov", "contains_state_secret": false}}
	district.ask(reviewer, http.MethodPost, "/api/v1/filings/"+filing+"/review", opening, http.StatusForbidden) // it is for the clerk to receive
	district.ask(clerk, http.MethodGet, "/api/v1/filings/"+filing+"/answer", nil, http.StatusConflict)
	var opened struct{ Case casefile.Case }
	if err := json.Unmarshal(district.ask(clerk, http.MethodPost, "/api/v1/filings/"+filing+"/review", opening, http.StatusCreated), &opened); err != nil {
		t.Fatal(err)
	}
	review := opened.Case.ID
	district.ask(clerk, http.MethodPost, "/api/v1/filings/"+filing+"/review", opening, http.StatusConflict)
	answered := func(of string) []byte {
		t.Helper()
		pack := district.ask(reviewer, http.MethodGet, "/api/v1/filings/"+of+"/answer", nil, http.StatusOK)
		maker.trusts(makingOrgan, keyIn(t, pack))
		return pack
	}
	take := func(pack []byte, kind string) casefile.Case {
		t.Helper()
		var done struct {
			Case  casefile.Case
			Entry casefile.Entry
		}
		for range 2 { // the same answer is taken in once
			if err := json.Unmarshal(maker.ask(office, http.MethodPost, casePath(string(making.ID), "/filing/answers"), pack, http.StatusOK), &done); err != nil {
				t.Fatal(err)
			}
		}
		if done.Entry.Act == nil || done.Entry.Act.Kind != kind {
			t.Fatalf("taken in by %+v, want %s", done.Entry.Act, kind)
		}
		return must(maker.s.store.Case(t.Context(), making.ID))
	}

	district.act(clerk, review, "reception.ask_supplement", map[string]any{"notice_on": "2025-06-20", "lacking": []string{"bases"}, "reason": "缺少制定依据"})
	lacking := answered(filing)
	take(lacking, "filing.sent_back")
	maker.act(office, making.ID, "filing.refile", map[string]any{"refiled_on": "2025-06-20", "pack": []string{"report", "official-text", "electronic-text", "drafting-note", "bases"},
		"enclosed": []string{string(digestTitled(t, making, "起草说明"))}})
	second := maker.ask(office, http.MethodGet, casePath(string(making.ID), "/filing"), nil, http.StatusOK)
	again := upload(second)
	district.ask(clerk, http.MethodPost, "/api/v1/filings/"+again+"/review", opening, http.StatusCreated)
	var seen struct{ Review casefile.ID }
	if err := json.Unmarshal(district.ask(clerk, http.MethodGet, "/api/v1/filings/"+again, nil, http.StatusOK), &seen); err != nil || seen.Review != review {
		t.Errorf("%v: the supplement is in %q, want the same review", err, seen.Review)
	}
	district.act(clerk, review, "reception.register", map[string]any{"register_number": "嘉备〔2025〕31号"})
	take(answered(again), "filing.receipt")

	district.act(reviewer, review, "examination.examine", map[string]any{"covers": []string{"policy-direction", "competence", "higher-law", "consistency", "propriety", "procedure"}, "problem": true, "text": "第三条没有依据"})
	district.act(reviewer, review, "examination.conclude", map[string]any{"result": "to-correct"})
	district.act(reviewer, review, "correction.opinion", map[string]any{"sent_on": "2025-06-20", "asks": "amend", "text": "第三条没有上位法依据，建议修改"})
	now := take(answered(again), "filing.opinion_received")
	if !slices.ContainsFunc(now.Deadlines, func(d casefile.Deadline) bool {
		return d.State == casefile.DeadlineOpen && d.Due.String() == "2025-08-20"
	}) {
		t.Errorf("no period for the answer runs in the case of the maker: %+v", now.Deadlines)
	}
	maker.act(office, making.ID, "filing.archive_copy", map[string]any{"archive": "嘉定区档案馆", "sent_on": "2025-06-20"})
	maker.act(office, making.ID, "filing.reply", map[string]any{"replied_on": "2025-06-20", "text": "接受意见"})
	district.act(clerk, review, "correction.maker_answers", map[string]any{"received_on": "2025-06-20", "text": "接受意见"})
	district.act(reviewer, review, "correction.corrected", map[string]any{"how": "amended", "on": "2025-06-20", "by": "真街规〔2025〕3号"})
	if now := take(answered(again), "filing.conclude"); now.Facts["filing_result"].Value != "registered" {
		t.Errorf("the filing came out as %v", now.Facts["filing_result"].Value)
	}
	maker.ask(office, http.MethodPost, casePath(string(making.ID), "/filing/answers"), second, http.StatusUnprocessableEntity) // a filing is no answer

	verified(t, exported(t, maker.s, making.ID))
	verified(t, exported(t, district.s, review))
	verifiesByCommand(t, first, lacking)
}

// refuses wants a package refused whose origin is not trusted, and nothing kept of it.
func refuses(t *testing.T, in *installation, token string, pack []byte) {
	t.Helper()
	if problem := in.ask(token, http.MethodPost, "/api/v1/filings", pack, http.StatusUnprocessableEntity); !bytes.Contains(problem, []byte("不在本机关信任的来源之内")) {
		t.Errorf("refused for another reason: %s", problem)
	}
	nothingKept(t, in, token)
}

func nothingKept(t *testing.T, in *installation, token string) {
	t.Helper()
	if list := in.ask(token, http.MethodGet, "/api/v1/filings?source=package", nil, http.StatusOK); string(bytes.TrimSpace(list)) != `{"filings":[]}` {
		t.Errorf("something was kept: %s", list)
	}
	if files := must(filepath.Glob(filepath.Join(in.s.dir, "documents", "*", "*", "*"))); len(files) != 0 {
		t.Errorf("documents were kept: %v", files)
	}
}

// spoilt changes bytes across a package, and what else somebody could try with it.
func spoilt(t *testing.T, in *installation, token string, pack []byte) {
	t.Helper()
	for at := 0; at < len(pack); at += max(1, len(pack)/61) {
		changed := bytes.Clone(pack)
		changed[at] ^= 1 << (at % 8)
		in.ask(token, http.MethodPost, "/api/v1/filings", changed, http.StatusUnprocessableEntity)
	}
	var path bytes.Buffer
	archive := zip.NewWriter(&path)
	must(must(archive.Create("../../documents/x")).Write([]byte("x")))
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"nothing": {}, "text": []byte("报送"), "an archive with a path": path.Bytes(), "half of it": pack[:len(pack)/2], "more than it": append(bytes.Clone(pack), 0)} {
		if problem := in.ask(token, http.MethodPost, "/api/v1/filings", content, http.StatusUnprocessableEntity); !bytes.Contains(problem, []byte("没有接收")) {
			t.Errorf("%s: %s", name, problem)
		}
	}
	nothingKept(t, in, token)
}

func digestTitled(t *testing.T, c casefile.Case, title string) casefile.Digest {
	t.Helper()
	for _, d := range c.Documents {
		if strings.Contains(d.Title, title) {
			return d.Digest
		}
	}
	t.Fatalf("no document is titled %s", title)
	return ""
}

// verifiesByCommand verifies packages with the command, each by its own key and by another's.
func verifiesByCommand(t *testing.T, packs ...[]byte) {
	t.Helper()
	dir := t.TempDir()
	for i, pack := range packs {
		file, key := filepath.Join(dir, fmt.Sprintf("%d.zip", i)), filepath.Join(dir, fmt.Sprintf("%d.key", i))
		if err := os.WriteFile(file, pack, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(key, []byte(keyIn(t, pack)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		pack, key int
		ok        bool
	}{{0, 0, true}, {1, 1, true}, {0, 1, false}} {
		cmd := root()
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetArgs([]string{"filing", "verify", filepath.Join(dir, fmt.Sprintf("%d.zip", tt.pack)), "--key", filepath.Join(dir, fmt.Sprintf("%d.key", tt.key))})
		if err := cmd.ExecuteContext(t.Context()); (err == nil) != tt.ok || strings.Contains(out.String(), "已验证") != tt.ok {
			t.Errorf("package %d by key %d: %v\n%s", tt.pack, tt.key, err, &out)
		}
	}
}
