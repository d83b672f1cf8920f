//go:build !noembed

package main

import (
	"net"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/workflows"
)

// The server panics over an address that is taken; people read why, and what helps.
func TestAnEngineSaysThatItsAddressIsTaken(t *testing.T) {
	taken := must(net.Listen("tcp", "127.0.0.1:0"))
	defer taken.Close()
	out, err := command(t.Context(), "engine", "--data", t.TempDir(), "--listen", taken.Addr().String()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another address with --listen") || strings.Contains(string(out), "goroutine") {
		t.Errorf("engine: %v\n%s", err, out)
	}
}

// Cases that workers carry by builds would wait for ever in one process, which has none.
func TestServeRefusesAnEngineThatWorkersHaveCarried(t *testing.T) {
	c := &aCluster{}
	c.start(t)
	c.stop(t)
	out, err := command(t.Context(), "serve", "--data", c.data+"/engine", "--listen", freeAddress(t)).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "separate workers (build "+workflows.Version+")") {
		t.Errorf("serve: %v\n%s", err, out)
	}
}
