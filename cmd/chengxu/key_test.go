package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// signer is somebody with a key, at a trial.
type signer struct {
	*trial
	key string // file
	id  string // of the key, registered for "office"
}

// newSigner has an administrator register a key for the person "office".
func newSigner(t *testing.T) *signer {
	t.Helper()
	d := &signer{trial: newTrial(t)}
	secret, _, err := auth.New(d.s.store, nil, auth.Options{}).Issue(t.Context(), auth.Grant{
		Organ: district, Person: "admin", Name: "管理员", Roles: []casefile.Role{auth.Administrator}, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	d.tokens["admin"] = secret
	d.key = filepath.Join(t.TempDir(), "office.pem")
	d.id = strings.TrimSpace(d.must(t, "key", "generate", "--out", d.key))
	request := d.file(t, "request.json", []byte(d.must(t, "key", "request", "--key", d.key, "--organ", district, "--person", "office")))
	t.Setenv("CHENGXU_TOKEN", secret)
	if got := d.must(t, "key", "--server", d.url, "register", request); !strings.Contains(got, d.id) {
		t.Fatalf("registered: %s", got)
	}
	t.Setenv("CHENGXU_TOKEN", d.tokens["office"])
	return d
}

func (d *signer) must(t *testing.T, args ...string) string {
	t.Helper()
	got := d.command(t, args...)
	if got.status != 0 {
		t.Fatalf("%v: %s", args, got.text)
	}
	return got.text
}

const registration = `{"proposer_kind":"public","proposer":"居民","received_on":"2025-03-03","summary":"增设路灯"}`

// opened opens a case and gives its id.
func (d *signer) opened(t *testing.T, name string) string {
	t.Helper()
	d.open(t, name, "office", `{"id":"`+name+`","procedure":"cn.major-decision@2019","matter":{"title":"增设路灯","category":"policy"},`+facts+`}`)
	return string(d.cases[name])
}

func TestAnActIsSignedAndItsDossierProvesIt(t *testing.T) {
	d := newSigner(t)
	id := d.opened(t, "signed")
	run := func(args ...string) answer {
		return d.command(t, append([]string{"case", "--server", d.url}, args...)...)
	}
	if got := run("act", id, "intake.register", "--with", registration, "--sign", d.key, "--json"); got.status != 0 || !strings.Contains(got.text, `"signature"`) {
		t.Fatalf("a signed act: %s", got.text)
	}
	out := filepath.Join(d.dir, "signed.zip")
	d.must(t, "dossier", "export", "--server", d.url, "--out", out, id)
	if got := d.command(t, "dossier", "verify", out); got.status != 0 || !strings.Contains(got.text, "署名 signed 2   intake.register") || !strings.Contains(got.text, d.id) {
		t.Errorf("verify: %s", got.text)
	}

	// The key ends; what was signed stays signed, and nothing more is.
	d.must(t, "key", "--server", d.url, "end", d.id, "--reason", "遗失")
	if got := run("act", id, "case.note", "--with", `{"text":"后记"}`, "--sign", d.key); got.status != 1 || !strings.Contains(got.text, "bad-signature") {
		t.Errorf("signed by a key that has ended: %s", got.text)
	}
	if got := d.command(t, "dossier", "verify", out); !strings.Contains(got.text, "署名 signed 2") {
		t.Errorf("verify after the key ended: %s", got.text)
	}
	if got := d.must(t, "key", "--server", d.url, "list"); !strings.Contains(got, "停用：遗失") {
		t.Errorf("list: %s", got)
	}
}

// Whatever is not the actor's own signature over this very act is refused, and
// nothing is recorded.
func TestASignatureThatDoesNotHoldIsRefused(t *testing.T) {
	d := newSigner(t)
	id, other := d.opened(t, "one"), d.opened(t, "two")
	private, err := readPersonalKey(d.key)
	if err != nil {
		t.Fatal(err)
	}
	statement := func(on, kind, with string) []byte {
		got := d.post(t, "/api/v1/cases/"+on+"/dry-run", "office", `{"kind":"`+kind+`","with":`+with+`}`)
		var run struct{ Statement string }
		if got.status != http.StatusOK || json.Unmarshal(got.body, &run) != nil || run.Statement == "" {
			t.Fatalf("dry run: %d %s", got.status, got.body)
		}
		return []byte(run.Statement)
	}
	good := casefile.Sign(private, statement(id, "case.note", `{"text":"甲"}`))
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(s *casefile.Signature)) casefile.Signature {
		s := good
		change(&s)
		return s
	}
	for name, tt := range map[string]struct {
		signature casefile.Signature
		token     string
		code      string
	}{
		"over another case":        {casefile.Sign(private, statement(other, "case.note", `{"text":"甲"}`)), "office", "bad-signature"},
		"over other words":         {casefile.Sign(private, statement(id, "case.note", `{"text":"乙"}`)), "office", "bad-signature"},
		"over another act":         {casefile.Sign(private, statement(id, "intake.register", registration)), "office", "bad-signature"},
		"by nobody's key":          {casefile.Sign(stranger, statement(id, "case.note", `{"text":"甲"}`)), "office", "bad-signature"},
		"somebody else sends it":   {good, "drafter", "bad-signature"},
		"with another algorithm":   {changed(func(s *casefile.Signature) { s.Algorithm = "rsa" }), "office", "invalid-request"},
		"cut short":                {changed(func(s *casefile.Signature) { s.Value = s.Value[:40] }), "office", "bad-signature"},
		"with a key that is none":  {changed(func(s *casefile.Signature) { s.Key = "AAAA" }), "office", "bad-signature"},
		"with a line feed in it":   {changed(func(s *casefile.Signature) { s.Value += "\n" }), "office", "bad-signature"},
		"with nothing for a value": {changed(func(s *casefile.Signature) { s.Value = "" }), "office", "bad-signature"},
	} {
		t.Run(name, func(t *testing.T) {
			before := d.state(t)
			body := act("note-"+strings.NewReplacer(" ", "-", "'", "").Replace(name), "case.note", `{"text":"甲"}`, `"signature":`+string(must(json.Marshal(tt.signature))))
			got := d.request(t, http.MethodPost, d.acts("one"), d.tokens[tt.token], "application/json", strings.NewReader(body))
			if got.code != tt.code && (tt.code != "invalid-request" || got.status/100 != 4) {
				t.Errorf("%d %s %s", got.status, got.code, got.text)
			}
			if after := d.state(t); after["case one"] != before["case one"] {
				t.Error("the case has changed")
			}
		})
	}

	// The good one holds once, behind the entry that it names.
	body := act("note-good", "case.note", `{"text":"甲"}`, `"signature":`+string(must(json.Marshal(good))))
	for range 2 { // the same act again is the same act
		if got := d.post(t, d.acts("one"), "office", body); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if got := d.post(t, d.acts("one"), "office", strings.Replace(body, "note-good", "note-again", 1)); got.code != "bad-signature" {
		t.Errorf("the same signature on a second act: %d %s", got.status, got.code)
	}
}

func TestKeysAreRegisteredByThoseWhoHoldThem(t *testing.T) {
	d := newSigner(t)
	request := func(person string) string {
		return d.must(t, "key", "request", "--key", d.key, "--organ", district, "--person", person)
	}
	register := func(token, path, body string) string { return d.post(t, path, token, body).code }
	if got := register("admin", "/api/v1/directory/keys", request("office")); got != "case-changed" {
		t.Errorf("the same key again: %q", got)
	}
	d.key = filepath.Join(d.dir, "second.pem")
	d.must(t, "key", "generate", "--out", d.key)
	if got := register("admin", "/api/v1/directory/keys", strings.Replace(request("drafter"), `"drafter"`, `"secretary"`, 1)); got != "invalid-request" {
		t.Errorf("the proof for one person registers a key for another: %q", got)
	}
	if got := register("drafter", "/api/v1/directory/keys", request("drafter")); got != "forbidden" {
		t.Errorf("a drafter in the place of an administrator: %q", got)
	}
	var k auth.SigningKey
	if err := json.Unmarshal([]byte(request("drafter")), &k); err != nil {
		t.Fatal(err)
	}
	own := string(must(json.Marshal(map[string]string{"algorithm": k.Algorithm, "key": k.Key, "proof": k.Proof})))
	if got := register("drafter", "/api/v1/keys", own); got != "forbidden" {
		t.Errorf("a token registers a key: %q", got)
	}
	if got := register("drafter", "/api/v1/keys/"+d.id+"/end", `{"reason":"他人"}`); got != "not-found" {
		t.Errorf("somebody ends the key of another: %q", got)
	}
	if got := d.command(t, "key", "generate", "--out", d.key); got.status == 0 {
		t.Error("a key file was overwritten")
	}
	if err := os.Chmod(d.key, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := d.command(t, "key", "request", "--key", d.key, "--organ", district, "--person", "office"); !strings.Contains(got.text, "0600") {
		t.Errorf("a key that is open to others: %s", got.text)
	}
}

func TestOnlyStatementsAreSigned(t *testing.T) {
	d := newSigner(t)
	for name, text := range map[string]string{
		"a letter":                "敬启者",
		"another form":            `{"form":"chengxu-act-2","case":"C1"}`,
		"a member that is hidden": `{"form":"chengxu-act-1","case":"C1","note":"x"}`,
		"two at once":             `{"form":"chengxu-act-1"}{"form":"chengxu-act-1"}`,
	} {
		if got := d.command(t, "key", "sign", "--key", d.key, d.file(t, "statement", []byte(text))); got.status == 0 || !strings.Contains(got.text, casefile.StatementForm) {
			t.Errorf("%s was signed: %s", name, got.text)
		}
	}
	id := d.opened(t, "by-hand")
	got := d.post(t, "/api/v1/cases/"+id+"/dry-run", "office", `{"kind":"case.note","with":{"text":"<手工> & 签名"}}`)
	var run struct{ Statement string }
	if err := json.Unmarshal(got.body, &run); err != nil {
		t.Fatal(err)
	}
	var signature casefile.Signature
	printed := d.must(t, "key", "sign", "--key", d.key, d.file(t, "statement", []byte(run.Statement+"\n")))
	if err := json.NewDecoder(bytes.NewReader([]byte(printed[strings.Index(printed, "{"):]))).Decode(&signature); err != nil || !signature.Covers([]byte(run.Statement)) {
		t.Fatalf("%v: %s", err, printed)
	}
	if got := d.post(t, d.acts("by-hand"), "office", act("n1", "case.note", `{"text":"<手工> & 签名"}`, `"signature":`+string(must(json.Marshal(signature))))); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
}
