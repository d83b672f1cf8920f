package dossier_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/ledger/dossier"
)

func TestOnlyTheOneContainerIsAccepted(t *testing.T) {
	_, raw := small(t)
	le := binary.LittleEndian
	end := len(raw) - 22
	for _, tt := range []struct {
		name   string
		change func(raw []byte) []byte
		place  string
		want   string
	}{
		{"nothing", func([]byte) []byte { return nil }, "container", "ends before"},
		{"not a ZIP file", func([]byte) []byte { return []byte("hello, world") }, "container", "neither a file"},
		{"an empty ZIP file", func([]byte) []byte { return raw[end:] }, "container", ""},
		{"a byte at the end", func(raw []byte) []byte { return append(raw, 0) }, "container", "1 bytes follow"},
		{"a byte at the start", func(raw []byte) []byte { return append([]byte{0}, raw...) }, "container", "neither a file"},
		{"a comment", func(raw []byte) []byte {
			le.PutUint16(raw[len(raw)-2:], 1)
			return append(raw, 'x')
		}, "container", "end of the directory"},
		{"cut in the middle", func(raw []byte) []byte { return raw[:len(raw)/2] }, "", ""},
		{"cut at the directory", func(raw []byte) []byte { return raw[:le.Uint32(raw[end+16:])] }, "container", "ends before"},
		{"cut in the end", func(raw []byte) []byte { return raw[:len(raw)-1] }, "container", ""},
		{"a data descriptor flag", func(raw []byte) []byte { raw[6] |= 8; return raw }, "container", "header of MANIFEST, at offset 6"},
		{"another date", func(raw []byte) []byte { raw[12]++; return raw }, "container", "header of MANIFEST"},
		{"a directory that names another offset", func(raw []byte) []byte { raw[le.Uint32(raw[end+16:])+42]++; return raw }, "container", "directory entry of MANIFEST"},
		{"an extra field", func(raw []byte) []byte {
			raw[28] = 4
			at := 30 + len("MANIFEST")
			return slices.Concat(raw[:at], []byte{1, 0, 0, 0}, raw[at:])
		}, "container", "header of MANIFEST"},
		{"a size beyond the file", func(raw []byte) []byte { le.PutUint32(raw[18:], 15<<20); return raw }, "MANIFEST", "ends before"},
		{"a size beyond the limit", func(raw []byte) []byte { le.PutUint32(raw[18:], 1<<31); return raw }, "MANIFEST", "at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := tt.change(bytes.Clone(raw))
			_, err := dossier.Read(bytes.NewReader(changed), int64(len(changed)))
			var damage *dossier.Damage
			if !errors.As(err, &damage) || !strings.Contains(damage.Place, tt.place) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read = %v; want damage at %q with %q", err, tt.place, tt.want)
			}
		})
	}
}

func TestNamesThatRepeatOrAreOutOfOrderAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name  string
		names []string
	}{
		{"twice", []string{"MANIFEST", "MANIFEST"}},
		{"out of order", []string{"key", "MANIFEST"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := dossier.Container(slices.Collect(func(yield func(f dossier.File) bool) {
				for _, name := range tt.names {
					if !yield(dossier.Pack(name, nil)) {
						return
					}
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := dossier.Read(bytes.NewReader(raw), int64(len(raw))); err == nil || !strings.Contains(err.Error(), "none stands twice") {
				t.Errorf("Read = %v", err)
			}
		})
	}
}

func TestDossierPackedAgainByAnotherToolIsRefused(t *testing.T) {
	_, raw := small(t)
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(out.Bytes(), raw) {
		t.Skip("the other tool writes the same bytes")
	}
	if _, err := dossier.Read(bytes.NewReader(out.Bytes()), int64(out.Len())); err == nil {
		t.Error("accepted")
	}
}

func TestTooLargeFileIsRefusedUnread(t *testing.T) {
	if _, err := dossier.Read(nil, dossier.MaxSize+1); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("Read = %v", err)
	}
}

func FuzzRead(f *testing.F) {
	_, raw := small(f)
	f.Add(raw)
	f.Add(raw[:100])
	f.Add(raw[len(raw)-22:])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, in []byte) {
		report := dossier.VerifyFile(bytes.NewReader(in), int64(len(in)), dossier.Options{})
		if report.Seal.Status == dossier.Verified && !bytes.Equal(in, raw) {
			t.Errorf("a file of %d bytes that nobody wrote is verified", len(in))
		}
	})
}
