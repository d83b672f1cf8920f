package documents_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/documents/s3"
)

const organ, otherOrgan casefile.OrganID = "上海市普陀区绿化和市容管理局", "../../宁津县"

func digestOf(content []byte) casefile.Digest {
	sum := sha256.Sum256(content)
	return casefile.Digest(hex.EncodeToString(sum[:]))
}

// store is a storage of a test, with a way to its bytes that does not go through it.
type store struct {
	documents.Storage
	change   func(t *testing.T, key string, content []byte)
	keys     func(t *testing.T) []string
	incoming string
}

// conformance runs a test on every storage.
func conformance(t *testing.T, test func(t *testing.T, s store)) {
	t.Helper()
	t.Run("directory", func(t *testing.T) { test(t, openDirectory(t)) })
	t.Run("s3", func(t *testing.T) { test(t, openS3(t)) })
}

func openDirectory(t *testing.T) store {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "documents")
	d, err := documents.OpenDirectory(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return store{
		Storage:  d,
		incoming: filepath.Join(dir, "incoming"),
		change: func(t *testing.T, key string, content []byte) {
			if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(key)), content, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		keys: func(t *testing.T) []string { return filesIn(t, dir) },
	}
}

// filesIn gives the files below a directory, but for what is coming in, and makes
// sure that nobody else can read any of it.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if name, err := filepath.Rel(dir, path); err == nil && !d.IsDir() {
			out = append(out, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func openS3(t *testing.T) store {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	incoming := filepath.Join(t.TempDir(), "incoming")
	at, err := s3.ParseLocation("s3://files/organs?insecure=true&endpoint=" + strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	storage, err := s3.Open(t.Context(), at, s3.Credentials{AccessKey: "key", SecretKey: "secret"}, incoming, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return store{
		Storage:  storage,
		incoming: incoming,
		change: func(t *testing.T, key string, content []byte) {
			if _, err := backend.PutObject("files", "organs/"+key, map[string]string{}, bytes.NewReader(content), int64(len(content)), nil); err != nil {
				t.Fatal(err)
			}
		},
		keys: func(t *testing.T) []string {
			list, err := backend.ListBucket("files", nil, gofakes3.ListBucketPage{})
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, o := range list.Contents {
				out = append(out, strings.TrimPrefix(o.Key, "organs/"))
			}
			return out
		},
	}
}

// put receives and stores.
func put(t *testing.T, s store, of casefile.OrganID, content []byte) casefile.Digest {
	t.Helper()
	in, err := s.Receive(t.Context(), bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if in.Digest != digestOf(content) || in.Size != int64(len(content)) {
		t.Fatalf("received %s of %d bytes", in.Digest, in.Size)
	}
	if err := s.Put(t.Context(), of, in); err != nil {
		t.Fatal(err)
	}
	return in.Digest
}

func get(t *testing.T, s store, of casefile.OrganID, digest casefile.Digest) ([]byte, error) {
	t.Helper()
	r, err := s.Open(t.Context(), of, digest)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestBytesComeBackAsTheyWere(t *testing.T) {
	conformance(t, func(t *testing.T, s store) {
		for _, size := range []int{1, 31, 32 << 10, 32<<10 + 1, 64 << 10, 300_001} {
			content := bytes.Repeat([]byte("正文\x00"), size/7+1)[:size]
			digest := put(t, s, organ, content)
			put(t, s, organ, content)
			got, err := get(t, s, organ, digest)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes: got %d, %v", size, len(got), err)
			}
			if has, err := s.Has(t.Context(), organ, digest); err != nil || !has {
				t.Errorf("%d bytes: has %t %v", size, has, err)
			}
		}
		if left := filesIn(t, s.incoming); len(left) > 0 {
			t.Errorf("left of what came in: %v", left)
		}
	})
}

func TestADigestSaysNothingAboutAnotherOrgan(t *testing.T) {
	conformance(t, func(t *testing.T, s store) {
		digest := put(t, s, organ, []byte("正文"))
		if _, err := get(t, s, otherOrgan, digest); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("open: %v, want not found", err)
		}
		if has, err := s.Has(t.Context(), otherOrgan, digest); err != nil || has {
			t.Errorf("has: %t %v", has, err)
		}
		if err := s.Remove(t.Context(), otherOrgan, digest); err != nil {
			t.Error(err)
		}
		put(t, s, otherOrgan, []byte("正文"))
		if err := s.Remove(t.Context(), otherOrgan, digest); err != nil {
			t.Error(err)
		}
		if got, err := get(t, s, organ, digest); err != nil || string(got) != "正文" {
			t.Errorf("after another organ's removal: %q %v", got, err)
		}
		for _, key := range s.keys(t) {
			if strings.Contains(key, string(organ)) || strings.Contains(key, "宁津") || strings.Contains(key, "..") {
				t.Errorf("key %q tells whose it is", key)
			}
		}
	})
}

func TestWhatWasRemovedIsGone(t *testing.T) {
	conformance(t, func(t *testing.T, s store) {
		digest := put(t, s, organ, []byte("涉密"))
		for range 2 {
			if err := s.Remove(t.Context(), organ, digest); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := get(t, s, organ, digest); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("open: %v, want not found", err)
		}
		if has, err := s.Has(t.Context(), organ, digest); err != nil || has {
			t.Errorf("has: %t %v", has, err)
		}
		if left := s.keys(t); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

func TestDamagedBytesAreNotGivenWhole(t *testing.T) {
	conformance(t, func(t *testing.T, s store) {
		for name, damage := range map[string]func(b []byte) []byte{
			"the last byte":  func(b []byte) []byte { b[len(b)-1]++; return b },
			"the first byte": func(b []byte) []byte { b[0]++; return b },
			"cut":            func(b []byte) []byte { return b[:len(b)-1] },
			"longer":         func(b []byte) []byte { return append(b, 0) },
			"empty":          func([]byte) []byte { return nil },
		} {
			for _, size := range []int{1, 100, 32 << 10, 100_000} {
				content := bytes.Repeat([]byte{7}, size)
				digest := put(t, s, organ, content)
				key, err := documents.Key(organ, digest)
				if err != nil {
					t.Fatal(err)
				}
				bad := damage(bytes.Clone(content))
				s.change(t, key, bad)
				got, err := get(t, s, organ, digest)
				if !errors.Is(err, documents.ErrDamaged) || len(got) >= max(len(bad), 1) && len(got) >= size {
					t.Errorf("%s of %d: %d bytes, %v", name, size, len(got), err)
				}
				put(t, s, organ, content)
				if got, err := get(t, s, organ, digest); err != nil || !bytes.Equal(got, content) {
					t.Errorf("%s of %d: stored again and still damaged: %v", name, size, err)
				}
			}
		}
	})
}

func TestWhatIsReceivedIsBounded(t *testing.T) {
	conformance(t, func(t *testing.T, s store) {
		for name, tt := range map[string]struct {
			r    io.Reader
			want error
		}{
			"too large":  {strings.NewReader("123456"), documents.ErrTooLarge},
			"endless":    {endless{}, documents.ErrTooLarge},
			"broken off": {io.MultiReader(strings.NewReader("12"), iotest.ErrReader(io.ErrUnexpectedEOF)), documents.ErrUnreadable},
		} {
			if _, err := s.Receive(t.Context(), tt.r, 5); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Receive(ctx, strings.NewReader("12"), 5); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
		in, err := s.Receive(t.Context(), iotest.OneByteReader(strings.NewReader("12345")), 5)
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if left := filesIn(t, s.incoming); len(left) > 0 {
			t.Errorf("left of what came in: %v", left)
		}
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestOnlyADigestNamesADocument(t *testing.T) {
	conformance(t, func(t *testing.T, s store) {
		for _, digest := range []casefile.Digest{"", "..", "../../../etc/passwd", casefile.Digest(strings.Repeat("A", 64)),
			casefile.Digest(strings.Repeat("a", 63)), casefile.Digest(strings.Repeat("a", 64) + "\n"), casefile.Digest("../" + strings.Repeat("a", 61))} {
			_, oerr := s.Open(t.Context(), organ, digest)
			_, herr := s.Has(t.Context(), organ, digest)
			rerr := s.Remove(t.Context(), organ, digest)
			if !errors.Is(oerr, casefile.ErrInvalid) || !errors.Is(herr, casefile.ErrInvalid) || !errors.Is(rerr, casefile.ErrInvalid) {
				t.Errorf("%q: %v, %v, %v; want invalid", digest, oerr, herr, rerr)
			}
		}
	})
}

func TestWhatWasAbandonedIsRemovedWhenTheStorageIsOpened(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "documents")
	if _, err := documents.OpenDirectory(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"in-old": 48 * time.Hour, "in-new": time.Minute, "other": 48 * time.Hour} {
		path := filepath.Join(dir, "incoming", name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Now().Add(-age), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := documents.OpenDirectory(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(filesIn(t, dir), " "); got != "incoming/in-new incoming/other" {
		t.Errorf("left: %s", got)
	}
}

func TestTheLocationOfABucket(t *testing.T) {
	good, err := s3.ParseLocation("s3://files/a/b?endpoint=127.0.0.1:9000&region=cn-east-1&insecure=true")
	want := s3.Location{Bucket: "files", Prefix: "a/b/", Endpoint: "127.0.0.1:9000", Region: "cn-east-1", Insecure: true}
	if err != nil || good != want {
		t.Errorf("%+v %v", good, err)
	}
	for _, bad := range []string{"", "file:///x", "s3://files", "s3://files?endpoint=", "s3://UPPER?endpoint=h", "s3://k:secret@files?endpoint=h",
		"s3://files?endpoint=h&key=secret", "s3://files?endpoint=h&endpoint=i", "s3://files/../x?endpoint=h", "s3://files?endpoint=h&insecure=perhaps"} {
		if _, err := s3.ParseLocation(bad); !errors.Is(err, casefile.ErrInvalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want invalid, without repeating what it says", bad, err)
		}
	}
	if got := (s3.Credentials{AccessKey: "key", SecretKey: "secret"}).String(); strings.Contains(got, "secret") {
		t.Error(got)
	}
}
