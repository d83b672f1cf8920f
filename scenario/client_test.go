package scenario

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// serving gives a client of a server with one handler.
func serving(t *testing.T, handle http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	c, err := NewClient(server.URL, "secret")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

func TestAServerErrorIsTriedAgainWithTheSameAct(t *testing.T) {
	var calls atomic.Int32
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			ID string `json:"id"`
			As struct{ Person string }
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.ID != "a1" || body.As.Person != "p" {
			t.Errorf("the request is not whole: %+v, %v", body, err)
		}
		if r.Header.Get("Authorization") != "Bearer secret" || r.URL.Path != "/api/v1/cases/case/acts" {
			t.Errorf("%s with %q", r.URL.Path, r.Header.Get("Authorization"))
		}
		if calls.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte(`{"entry":{"kind":"act","sequence":4},"case":{"id":"case","sequence":4}}`))
	})
	got, err := c.Act(t.Context(), "case", casefile.Act{ID: "a1", Kind: "case.note", By: casefile.Actor{Person: "p"}})
	if err != nil || got.Entry.Sequence != 4 || got.Case.ID != "case" {
		t.Errorf("got %+v, %v", got, err)
	}
	if calls.Load() != 3 {
		t.Errorf("asked %d times, want 3", calls.Load())
	}
}

// TestAServerThatIsStartedAgainIsAwaited breaks the first connections off.
func TestAServerThatIsStartedAgainIsAwaited(t *testing.T) {
	var calls atomic.Int32
	c := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) < 3 {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
			return
		}
		w.Write([]byte(`{"digest":"d"}`))
	})
	if digest, err := c.Upload(t.Context(), "", "草案", []byte("内容")); err != nil || digest != "d" {
		t.Errorf("got %q, %v", digest, err)
	}
}

// A server that is busy for seconds is asked again; one that wants a minute is not.
func TestABusyServerIsAskedAgain(t *testing.T) {
	for retry, want := range map[string]string{"2": "d", "60": ""} {
		asked := 0
		c := serving(t, func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked == 1 {
				w.Header().Set("Retry-After", retry)
				w.WriteHeader(http.StatusTooManyRequests)
				w.Write([]byte(`{"code":"busy","details":{"zh":"忙","en":"busy"}}`))
				return
			}
			w.Write([]byte(`{"digest":"d"}`))
		})
		digest, err := c.Upload(t.Context(), "", "草案", []byte("内容"))
		if string(digest) != want || (err == nil) != (want != "") {
			t.Errorf("in %s seconds: got %q, %v", retry, digest, err)
		}
	}
}

func TestNobodyAtTheAddressIsReportedWhenPatienceEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := "http://" + l.Addr().String()
	l.Close()
	c, err := NewClient(server, "secret")
	if err != nil {
		t.Fatal(err)
	}
	c.patience = 200 * time.Millisecond
	_, err = c.Upload(t.Context(), "", "草案", []byte("内容"))
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("error %v, want the connection refused", err)
	}
}

func TestProblemsBecomeOutcomes(t *testing.T) {
	const gate = `{"code":"gate-refused","sequence":5,"verdict":{"result":"block","gates":[],"findings":[{"rule":"r","effect":"block","result":"block"}]}}`
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			answer(http.StatusOK, `{"case":{"id":"case","sequence":5}}`)(w, r)
			return
		}
		answer(http.StatusConflict, gate)(w, r)
	})
	got, err := c.Act(t.Context(), "case", casefile.Act{ID: "a"})
	if err != nil || got.Entry.Kind != casefile.EntryBlocked || got.Entry.Sequence != 5 || got.Case.Sequence != 5 || len(got.Entry.Verdict.Findings) != 1 {
		t.Errorf("a closed gate gave %+v, %v", got, err)
	}

	c = serving(t, answer(http.StatusForbidden, `{"code":"wrong-role","act":"case.note","details":{"zh":"不可以","en":"no"}}`))
	got, err = c.Act(t.Context(), "case", casefile.Act{ID: "a"})
	if err != nil || got.Refusal == nil || got.Refusal.Code != casefile.RefusedWrongRole || got.Refusal.Message.ZH != "不可以" {
		t.Errorf("a refusal gave %+v, %v", got, err)
	}

	for _, status := range []int{http.StatusUnauthorized, http.StatusNotFound, http.StatusTooManyRequests} {
		c = serving(t, answer(status, `{"code":"x","details":{"zh":"甲","en":"why"}}`))
		if _, err := c.Act(t.Context(), "case", casefile.Act{ID: "a"}); err == nil || !strings.Contains(err.Error(), "why") {
			t.Errorf("status %d gave %v", status, err)
		}
	}
	c = serving(t, answer(http.StatusBadRequest, `not JSON`))
	if _, err := c.Act(t.Context(), "case", casefile.Act{ID: "a"}); err == nil {
		t.Error("an answer that is no problem was taken for one")
	}
	c = serving(t, answer(http.StatusOK, `not JSON`))
	if _, err := c.Act(t.Context(), "case", casefile.Act{ID: "a"}); err == nil {
		t.Error("an answer that is no reply was taken for one")
	}
}

// TestARefusedReadOrUploadIsAnError: neither an empty dossier nor a document
// without a digest may look like success.
func TestARefusedReadOrUploadIsAnError(t *testing.T) {
	c := serving(t, answer(http.StatusConflict, `{"code":"conflict","details":{"zh":"办理中","en":"being acted on"}}`))
	var file bytes.Buffer
	if err := c.Dossier(t.Context(), "case", &file); err == nil || !strings.Contains(err.Error(), "being acted on") || file.Len() > 0 {
		t.Errorf("the dossier: %v, %d bytes", err, file.Len())
	}
	c = serving(t, answer(http.StatusRequestEntityTooLarge, `{"code":"too-large","details":{"zh":"过大","en":"too large"}}`))
	if digest, err := c.Upload(t.Context(), "", "草案", []byte("内容")); err == nil {
		t.Errorf("the upload gave %q and no error", digest)
	}
}

func TestAnAnswerThatIsTooLargeIsNotCutOff(t *testing.T) {
	c := serving(t, answer(http.StatusOK, "0123456789"))
	c.maxAnswer = 9
	var file bytes.Buffer
	if err := c.Dossier(t.Context(), "case", &file); err == nil || file.Len() > 0 {
		t.Errorf("error %v, %d bytes written", err, file.Len())
	}
	c.maxAnswer = 10
	if err := c.Dossier(t.Context(), "case", &file); err != nil || file.String() != "0123456789" {
		t.Errorf("error %v, wrote %q", err, file.String())
	}
}

func TestNewClientRefusesWhatIsNoServer(t *testing.T) {
	for _, server := range []string{"", "127.0.0.1:8080", "ftp://host", "http://", "://"} {
		if _, err := NewClient(server, "x"); err == nil {
			t.Errorf("%q was taken for a server", server)
		}
	}
}
