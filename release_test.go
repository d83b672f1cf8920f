package chengxu_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The same source gives the same bytes, also in another directory, and the binary says
// what it is.
func TestAReleaseIsReproducible(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("binaries of a release are for Linux")
	}
	const version = "0.0.0-test"
	target, name := "slim-"+runtime.GOARCH, "chengxu-slim-"+version+"-linux-"+runtime.GOARCH
	var built [][]byte
	for _, source := range []string{".", copied(t)} {
		out := t.TempDir()
		cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(source, "scripts", "release.sh"), version, target)
		cmd.Env = append(os.Environ(), "DIST="+out, "REVISION=1234", "BINARIES_ALONE=yes")
		if log, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, log)
		}
		binary := filepath.Join(out, version, name)
		content, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		built = append(built, content)
		sums, err := os.ReadFile(filepath.Join(out, version, "SHA256SUMS"))
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256(content), name); err != nil || !strings.Contains(string(sums), line) {
			t.Errorf("SHA256SUMS lacks %q: %v\n%s", line, err, sums)
		}
		said, err := exec.CommandContext(t.Context(), binary, "version").Output()
		if want := "chengxu " + version + " 1234 "; err != nil || !strings.HasPrefix(string(said), want) {
			t.Errorf("the binary calls itself %q, %v; want %q…", said, err, want)
		}
		at, err := filepath.Abs(source)
		if err != nil || bytes.Contains(content, []byte(at+"/")) {
			t.Errorf("the binary names the directory %s that it was built in: %v", at, err)
		}
	}
	if !bytes.Equal(built[0], built[1]) {
		t.Errorf("built twice, %d and %d bytes that differ", len(built[0]), len(built[1]))
	}
}

// copied gives a copy of the source in another directory.
func copied(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	list, err := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		content, err := os.ReadFile(name)
		if os.IsNotExist(err) { // removed, and not committed yet
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(to, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}
