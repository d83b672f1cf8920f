package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/internal/testpg/cluster"
)

func TestTheCommandGetsTheAddressAndItsExitCodeIsHandedOn(t *testing.T) {
	t.Setenv(variable, "postgres://there/already")
	out := filepath.Join(t.TempDir(), "out")
	code, err := run(t.Context(), cluster.Options{}, []string{"sh", "-c", `echo "$TEST_POSTGRES_URL" > "` + out + `"; exit 3`})
	if err != nil || code != 3 {
		t.Errorf("exit code %d (%v), want 3", code, err)
	}
	got, err := os.ReadFile(out)
	if err != nil || strings.TrimSpace(string(got)) != "postgres://there/already" {
		t.Errorf("the command saw %q (%v)", got, err)
	}
}

func TestACommandThatIsNotThereIsAnError(t *testing.T) {
	t.Setenv(variable, "postgres://there/already")
	if code, err := run(t.Context(), cluster.Options{}, []string{"no-such-command-of-ours"}); err == nil || code == 0 {
		t.Errorf("exit code %d (%v), want an error", code, err)
	}
}
