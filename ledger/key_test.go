package ledger_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/ledger"
)

func TestOriginNamesOneOrganEach(t *testing.T) {
	for _, tt := range []struct{ organ, want string }{
		{"putuo", "chengxu.local/log/putuo"},
		{"sh.putuo-1", "chengxu.local/log/sh.putuo-1"},
		{"普陀", "chengxu.local/log/x-e699aee99980"},
		{"x-70", "chengxu.local/log/x-782d3730"},
		{"a b+c", "chengxu.local/log/x-6120622b63"},
		{"Putuo", "chengxu.local/log/x-507574756f"},
	} {
		if got := ledger.Origin(tt.organ); got != tt.want {
			t.Errorf("Origin(%q) = %s, want %s", tt.organ, got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if a != b && ledger.Origin(a) == ledger.Origin(b) {
			t.Fatalf("organs %q and %q share a log", a, b)
		}
		if _, err := ledger.NewKey(ledger.Origin(a), rand.Reader); err != nil {
			t.Fatalf("organ %q cannot have a key: %v", a, err)
		}
	})
}

func TestKeyFileIsMadeOnceAndKeptPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "test.key")
	var mu sync.Mutex
	verifiers := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			key, err := ledger.LoadOrCreateKey(path, testOrigin, rand.Reader)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			verifiers[key.Verifier()] = true
		})
	}
	wg.Wait()
	if len(verifiers) != 1 {
		t.Errorf("%d keys were made, want one", len(verifiers))
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %04o, want 0600", info.Mode().Perm())
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("%d files were left, want the key alone", len(entries))
	}
}

func TestLoadKeyRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "good.key")
	if _, err := ledger.LoadOrCreateKey(path, testOrigin, rand.Reader); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, content string
		mode          fs.FileMode
		want          string
	}{
		{"a file that the group can read", string(good), 0o640, "set its mode to 0600"},
		{"a file that all can read", string(good), 0o604, "set its mode to 0600"},
		{"an empty file", "", 0o600, "one line"},
		{"a file without its newline", strings.TrimSpace(string(good)), 0o600, "one line"},
		{"a second line", string(good) + "\n", 0o600, "hash"},
		{"something else", "hello\n", 0o600, "one line"},
		{"a key cut short", string(good[:len(good)-9]) + "\n", 0o600, "base64"},
		{"a public key", "PRIVATE+KEY+a+b\n", 0o600, "one line"},
		{"another name in front of the key", strings.Replace(string(good), testOrigin, testOrigin+"2", 1), 0o600, "hash"},
		{"a very long file", strings.Repeat("x", 10000) + "\n", 0o600, "one line"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := filepath.Join(t.TempDir(), "bad.key")
			if err := os.WriteFile(bad, []byte(tt.content), tt.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(bad, tt.mode); err != nil {
				t.Fatal(err)
			}
			for _, load := range []func() (*ledger.Key, error){
				func() (*ledger.Key, error) { return ledger.LoadKey(bad, testOrigin) },
				func() (*ledger.Key, error) { return ledger.LoadOrCreateKey(bad, testOrigin, rand.Reader) },
			} {
				_, err := load()
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), bad) {
					t.Errorf("error = %v; want the path and %q", err, tt.want)
				}
				if err != nil && strings.Contains(err.Error(), "PRIVATE+KEY+"+testOrigin) {
					t.Error("the error shows the private key")
				}
			}
		})
	}
	if _, err := ledger.LoadKey(path, "chengxu.local/log/other"); err == nil || !strings.Contains(err.Error(), "belongs to the log") {
		t.Errorf("key of another log: %v", err)
	}
	if _, err := ledger.LoadKey(dir, testOrigin); err == nil {
		t.Error("a folder was loaded as a key")
	}
	if _, err := ledger.LoadKey(filepath.Join(dir, "none"), testOrigin); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing key: %v, want fs.ErrNotExist", err)
	}
	if _, err := ledger.NewKey("a+b", rand.Reader); err == nil {
		t.Error("a key name with a plus sign was accepted")
	}
}

func TestPrintingAKeyShowsThePublicPart(t *testing.T) {
	key, _ := newKey(t, testOrigin)
	for _, format := range []string{"%v", "%s", "%+v", "%#v"} {
		if out := fmt.Sprintf(format, key); strings.Contains(out, "PRIVATE") || out != key.Verifier() {
			t.Errorf("%s prints %q", format, out)
		}
	}
}
