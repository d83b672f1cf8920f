package intake_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/internal/intake"
)

// A body that arrives slowly is read to its end where it was given time, and broken off
// where it was not.
func TestASlowUploadIsGivenTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		given time.Duration
		want  string
	}{
		{"given time", time.Minute, "HTTP/1.1 200"},
		{"given none", 0, "HTTP/1.1 408"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.given > 0 {
					intake.GiveTime(w, tt.given)
				}
				if body, err := io.ReadAll(r.Body); err != nil || len(body) != 4 {
					w.WriteHeader(http.StatusRequestTimeout)
				}
			}))
			s.Config.ReadTimeout = 200 * time.Millisecond
			s.Start()
			t.Cleanup(s.Close)
			line, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer line.Close()
			if _, err := io.WriteString(line, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab"); err != nil {
				t.Fatal(err)
			}
			<-time.After(600 * time.Millisecond) // the line is slow: that time passes is what is tested
			_, _ = io.WriteString(line, "cd")    // broken off already where no time was given
			answer := make([]byte, len(tt.want))
			if _, err := io.ReadFull(line, answer); err != nil || string(answer) != tt.want {
				t.Errorf("answered %q (%v), want %s", answer, err, tt.want)
			}
		})
	}
}
