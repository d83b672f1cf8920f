package auth_test

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// A request that lasts, such as a stream, is told that its session has ended
// elsewhere; what it read of it when it began would not tell.
func TestASessionThatHasEndedElsewhereIsNoneAnyMore(t *testing.T) {
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tokens := auth.New(s, []casefile.Role{"drafter"}, auth.Options{})
	secret, _, err := tokens.Issue(t.Context(), auth.Grant{Organ: "o", Person: "p", Name: "某", Roles: []casefile.Role{"drafter"}, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	sessions := auth.NewSessions(s, auth.NewDirectory(s, nil), tokens, auth.SessionOptions{})
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(_ http.ResponseWriter, r *http.Request) {
		if _, err := sessions.BeginWithToken(r.Context(), r.Header.Values("Authorization"), from); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /", func(_ http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		p, err := sessions.Again(ctx, nil)
		if err != nil || p.Person != "p" || p.SessionID == "" {
			t.Errorf("a session that lives: %+v (%v)", p, err)
		}
		if n, err := s.EndSessionsOf(ctx, "o", "p", "", p.SessionID); err != nil || n != 1 {
			t.Errorf("%d sessions ended (%v)", n, err)
		}
		if _, err := sessions.Again(ctx, nil); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("a session that has ended: %v", err)
		}
	})
	server := httptest.NewServer(sessions.Keep(mux, func(err error) { t.Error(err) }))
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if method == http.MethodPost {
			req.Header.Set("Authorization", "Bearer "+secret)
		}
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
}
