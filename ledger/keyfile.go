package ledger

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxKeyFile bounds a key file in bytes.
const maxKeyFile = 4096

// LoadKey reads a key file, which must belong to the origin and be closed to
// everybody but its owner. The error is [fs.ErrNotExist] when there is none.
func LoadKey(path, origin string) (*Key, error) {
	key, err := ReadKey(path)
	if err != nil {
		return nil, err
	}
	if key.Origin() != origin {
		return nil, fmt.Errorf("key file %s belongs to the log %s, not to %s", path, key.Origin(), origin)
	}
	return key, nil
}

// ReadKey is [LoadKey] for a key of any name.
func ReadKey(path string) (*Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s is not a file", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key file %s is open to others (mode %04o): set its mode to 0600", path, info.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("read key file %s: %w", path, err)
	}
	line, ok := strings.CutSuffix(string(b), "\n")
	if !ok || len(b) > maxKeyFile {
		return nil, fmt.Errorf("key file %s: want one line PRIVATE+KEY+<name>+<hash>+<key>", path)
	}
	key, err := parseKey(line)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// CreateKey makes a key and its file, with mode 0600. The error is [fs.ErrExist]
// when there is a file already: a key is never overwritten.
func CreateKey(path, origin string, random io.Reader) (*Key, error) {
	key, err := NewKey(origin, random)
	if err != nil {
		return nil, err
	}
	if err := createKeyFile(path, key); err != nil {
		return nil, fmt.Errorf("create key file %s: %w", path, err)
	}
	return key, nil
}

// LoadOrCreateKey reads the key file of the origin and makes it, with mode 0600,
// when there is none. If several processes do so at once, all get the same key.
func LoadOrCreateKey(path, origin string, random io.Reader) (*Key, error) {
	key, err := LoadKey(path, origin)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = NewKey(origin, random); err != nil {
		return nil, err
	}
	if err := createKeyFile(path, key); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create key file %s: %w", path, err)
	}
	return LoadKey(path, origin) // the winner's key, when another process was faster
}

// createKeyFile writes the whole key under another name first. If the process
// dies in between, there is no key file, never half of one. A key file that is
// there already stays, and is an error.
func createKeyFile(path string, key *Key) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(key.secret + "\n")
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
