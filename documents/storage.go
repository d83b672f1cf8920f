package documents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/zhengdang/chengxu/casefile"
)

// Storage keeps bytes by organ and digest. It is safe for concurrent use, by
// several processes too.
type Storage interface {
	// Receive reads to the end, at most limit bytes, without holding them in
	// memory. Nothing is stored yet. More bytes than that are [ErrTooLarge].
	Receive(ctx context.Context, r io.Reader, limit int64) (*Received, error)
	// Put stores what was received; it must be durable once Put returns. Putting
	// the same bytes again changes nothing.
	Put(ctx context.Context, organ casefile.OrganID, r *Received) error
	// Open gives the bytes, or [casefile.ErrNotFound]. Reading ends in
	// [ErrDamaged], before the last byte is given, when they do not have the
	// digest.
	Open(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error)
	// Has reports whether the bytes are there. It does not read them.
	Has(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (bool, error)
	// Remove removes the bytes; removing what is not there is no error.
	Remove(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) error
}

var (
	// ErrTooLarge says that there are more bytes than may be received.
	ErrTooLarge = errors.New("too large")
	// ErrDamaged says that stored bytes are no longer those that were stored.
	ErrDamaged = errors.New("stored bytes are damaged")
	// ErrUnreadable says that the sender broke off or could not be read.
	ErrUnreadable = errors.New("could not be read to its end")
)

// Received is what has come in and is not stored yet: bytes in a file that
// nobody else reads.
type Received struct {
	Digest casefile.Digest
	Size   int64
	file   *os.File
	path   string
}

// ReadAt implements [io.ReaderAt].
func (r *Received) ReadAt(p []byte, off int64) (int, error) { return r.file.ReadAt(p, off) }

// Path is where the file is, for storages that move it.
func (r *Received) Path() string { return r.path }

// Close removes the file, unless a storage has moved it.
func (r *Received) Close() error {
	err := r.file.Close()
	if rerr := os.Remove(r.path); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	return err
}

// ReceiveIn receives into a file of the directory, with mode 0600, and syncs it.
func ReceiveIn(ctx context.Context, dir string, r io.Reader, limit int64) (out *Received, err error) {
	f, err := os.CreateTemp(dir, incomingPrefix+"*")
	if err != nil {
		return nil, fmt.Errorf("receive document: %w", err)
	}
	out = &Received{file: f, path: f.Name()}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
			out = nil
		}
	}()
	sum := sha256.New()
	source := &sourceReader{ctx: ctx, r: io.LimitReader(r, limit+1)}
	out.Size, err = io.Copy(io.MultiWriter(f, sum), source)
	switch {
	case source.err != nil:
		return out, fmt.Errorf("receive document: %w: %w", ErrUnreadable, source.err)
	case err != nil:
		return out, fmt.Errorf("receive document: %w", err)
	case out.Size > limit:
		return out, fmt.Errorf("receive document: more than %d bytes: %w", limit, ErrTooLarge)
	}
	if err := f.Sync(); err != nil {
		return out, fmt.Errorf("receive document: %w", err)
	}
	out.Digest = casefile.Digest(hex.EncodeToString(sum.Sum(nil)))
	return out, nil
}

// sourceReader tells errors of the sender from those of the disk, and ends with
// the context.
type sourceReader struct {
	ctx context.Context //nolint:containedctx // lives for one copy
	r   io.Reader
	err error
}

// Read implements [io.Reader].
func (s *sourceReader) Read(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Key names a document of an organ in a storage: a hash of the organ, two
// characters of the digest, the digest. Only a digest of its proper form has one.
func Key(organ casefile.OrganID, digest casefile.Digest) (string, error) {
	if organ == "" || !digestForm.MatchString(string(digest)) {
		return "", fmt.Errorf("organ %.80q, digest %.80q: %w", organ, digest, casefile.ErrInvalid)
	}
	sum := sha256.Sum256([]byte(organ))
	return hex.EncodeToString(sum[:16]) + "/" + string(digest[:2]) + "/" + string(digest), nil
}
