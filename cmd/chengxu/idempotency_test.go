package main

import (
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
	"github.com/zhengdang/chengxu/internal/contract"
)

// Of many who send the same write at once, through two servers over one database, one
// has its effect, and all have its answer, also after a restart. A secret is shown
// once and kept nowhere.
func TestTheSameWriteThroughTwoServersHasOneEffect(t *testing.T) {
	dir := t.TempDir()
	s, err := startStack(t.Context(), stackOptions{place: place{data: dir}, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	held, err := contract.Load(t.Context(), api.Contract())
	if err != nil {
		t.Fatal(err)
	}
	serve := func() http.Handler {
		h, err := s.handler(outside{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return held.Watch(h, func(err error) { t.Error(err) })
	}
	secret, _, err := auth.New(s.store, s.shipped.roles(), auth.Options{}).Issue(t.Context(), auth.Grant{
		Organ: district, Person: "admin", Name: "管理员", Roles: []casefile.Role{auth.Administrator}, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	post := func(h http.Handler, path, key, body string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		return rec
	}
	servers := []http.Handler{serve(), serve()}
	atOnce := func(path, key, body string) map[string]int {
		answers := make(chan string, 24)
		for i := range cap(answers) {
			go func() {
				rec := post(servers[i%2], path, key, body)
				var p struct{ Code string }
				_ = json.Unmarshal(rec.Body.Bytes(), &p)
				answers <- fmt.Sprint(rec.Code) + p.Code
			}()
		}
		out := map[string]int{}
		for range cap(answers) {
			out[<-answers]++
		}
		return out
	}

	person := `{"id":"twice","name":"某人"}`
	if got := atOnce("/api/v1/directory/people", "k1", person); got["201"] != 24 {
		t.Errorf("the same person entered at once: %v, want 201 for all", got)
	}
	first := post(servers[0], "/api/v1/directory/people", "k1", person)
	restarted := post(serve(), "/api/v1/directory/people", "k1", person)
	if first.Body.String() != restarted.Body.String() || restarted.Header().Get("Idempotency-Replayed") != "true" || restarted.Header().Get("ETag") != `"1"` {
		t.Errorf("after a restart: %d %s %v", restarted.Code, restarted.Body, restarted.Header())
	}
	other := post(servers[1], "/api/v1/directory/people", "k1", `{"id":"another","name":"某人"}`)
	if other.Code != http.StatusUnprocessableEntity || !strings.Contains(other.Body.String(), `"idempotency-mismatch"`) {
		t.Errorf("another body: %d %s", other.Code, other.Body)
	}

	account := `{"person":"twice","login":"twice"}`
	made := post(servers[0], "/api/v1/accounts", "k2", account)
	var shown struct{ Password string }
	if err := json.Unmarshal(made.Body.Bytes(), &shown); err != nil || made.Code != http.StatusCreated || shown.Password == "" {
		t.Fatalf("account: %d %s", made.Code, made.Body)
	}
	if got := atOnce("/api/v1/accounts", "k2", account); got["409answer-not-kept"] != 24 {
		t.Errorf("the same account again: %v", got)
	}
	reset := `{"person":"twice","login":"twice","reset":true}`
	if got := atOnce("/api/v1/accounts", "k3", reset); got["201"] != 1 || got["409answer-not-kept"] != 23 {
		t.Errorf("another first password at once: %v, want one", got)
	}
	keptNowhere(t, dir, shown.Password)
}

// keptNowhere looks for a secret in every file below a directory.
func keptNowhere(t *testing.T, dir, secret string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		raw, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		files++
		if strings.Contains(string(raw), secret) {
			t.Errorf("%s holds the secret", path)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files looked through: %v", files, err)
	}
}
