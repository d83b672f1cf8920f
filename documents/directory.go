package documents

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

const (
	incomingDir    = "incoming"
	incomingPrefix = "in-"
	// abandoned is after which time nobody works on a file that came in.
	abandoned = 24 * time.Hour
)

// Directory keeps documents in files that only the owner can read, in a
// directory for each organ.
type Directory struct{ dir string }

var _ Storage = (*Directory)(nil)

// OpenDirectory opens the storage in a directory, which is made when it is not
// there, and removes what was left of uploads that were broken off long before
// now.
func OpenDirectory(dir string, now time.Time) (*Directory, error) {
	if err := os.MkdirAll(filepath.Join(dir, incomingDir), 0o700); err != nil {
		return nil, fmt.Errorf("open document directory: %w", err)
	}
	d := &Directory{dir: dir}
	if err := RemoveAbandoned(d.incoming(), now); err != nil {
		return nil, fmt.Errorf("open document directory: %w", err)
	}
	return d, nil
}

// RemoveAbandoned removes files in which something was received long ago and
// never stored.
func RemoveAbandoned(dir string, now time.Time) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !strings.HasPrefix(f.Name(), incomingPrefix) || now.Sub(info.ModTime()) < abandoned {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (d *Directory) incoming() string { return filepath.Join(d.dir, incomingDir) }

// Receive implements [Storage].
func (d *Directory) Receive(ctx context.Context, r io.Reader, limit int64) (*Received, error) {
	return ReceiveIn(ctx, d.incoming(), r, limit)
}

// Put puts the file at its place. If the process dies before that, nothing is
// stored; after it, the document is there whole.
func (d *Directory) Put(_ context.Context, organ casefile.OrganID, r *Received) error {
	path, err := d.path(organ, r.Digest)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("store document %s: %w", r.Digest, err)
	}
	if err := place(r, path); err != nil {
		return fmt.Errorf("store document %s: %w", r.Digest, err)
	}
	for dir := filepath.Dir(path); dir != d.dir; dir = filepath.Dir(dir) { // those just made as well
		if err := syncDir(dir); err != nil {
			return fmt.Errorf("store document %s: %w", r.Digest, err)
		}
	}
	return syncDir(d.dir)
}

// place puts the bytes at their place in one step, over what is there. The file
// of the upload stays until it is closed, so that it can be put once more.
func place(r *Received, path string) error {
	again := r.path + ".put"
	if err := os.Link(r.path, again); err != nil { // a file system without links
		if err := copyFile(r, again); err != nil {
			return errors.Join(err, os.Remove(again))
		}
	}
	if err := os.Rename(again, path); err != nil {
		return errors.Join(err, os.Remove(again))
	}
	return nil
}

func copyFile(r *Received, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.NewSectionReader(r, 0, r.Size))
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open implements [Storage].
func (d *Directory) Open(_ context.Context, organ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error) {
	path, err := d.path(organ, digest)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("bytes of document %s: %w", digest, casefile.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("open document %s: %w", digest, err)
	}
	return Verified(f, digest), nil
}

// Has implements [Storage].
func (d *Directory) Has(_ context.Context, organ casefile.OrganID, digest casefile.Digest) (bool, error) {
	path, err := d.path(organ, digest)
	if err != nil {
		return false, err
	}
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Remove implements [Storage].
func (d *Directory) Remove(_ context.Context, organ casefile.OrganID, digest casefile.Digest) error {
	path, err := d.path(organ, digest)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove document %s: %w", digest, err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove document %s: %w", digest, err)
	}
	return nil
}

func (d *Directory) path(organ casefile.OrganID, digest casefile.Digest) (string, error) {
	key, err := Key(organ, digest)
	if err != nil {
		return "", err
	}
	return filepath.Join(d.dir, filepath.FromSlash(key)), nil
}
