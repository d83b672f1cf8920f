package main

import (
	"net/http"
	"strings"
	"testing"
)

// Nobody who has not signed in may make the server keep what it likes.
func TestServeBoundsWhatAClientMaySend(t *testing.T) {
	listen := freeAddress(t)
	server := startServe(t, t.TempDir(), listen)
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listen+"/healthz", nil))
	req.Header.Set("X-Long", strings.Repeat("a", 200<<10))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 200 KiB: status %d, want %d", resp.StatusCode, http.StatusRequestHeaderFieldsTooLarge)
	}
	server.stop(t)
}
