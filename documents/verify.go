package documents

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/zhengdang/chengxu/casefile"
)

// Verified gives the bytes of r as long as they have the digest. The last bytes
// are held back until all of them were read and hashed: whoever has got all has
// got the right ones. Otherwise reading ends in [ErrDamaged].
func Verified(r io.ReadCloser, digest casefile.Digest) io.ReadCloser {
	return &verifiedReader{r: r, want: digest, sum: sha256.New(), ahead: make([]byte, chunk), held: make([]byte, 0, chunk)}
}

// chunk is how many bytes are held back.
const chunk = 32 << 10

type verifiedReader struct {
	r     io.ReadCloser
	want  casefile.Digest
	sum   hash.Hash
	held  []byte // read, hashed and to be given
	ready int    // how many of held may be given
	ahead []byte
	err   error // that ends the reading, once held is given
}

// Read implements [io.Reader].
func (v *verifiedReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for v.ready == 0 {
		if v.err != nil {
			return 0, v.err
		}
		v.advance()
	}
	n := copy(p, v.held[:v.ready])
	v.held = v.held[n:]
	v.ready -= n
	return n, nil
}

// advance reads one chunk further. What was held back before may then be given.
func (v *verifiedReader) advance() {
	n, err := io.ReadFull(v.r, v.ahead)
	v.sum.Write(v.ahead[:n])
	before := len(v.held)
	v.held = append(v.held[:before:before], v.ahead[:n]...)
	switch {
	case err == nil:
		v.ready = before
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		v.held, v.err = nil, err
	case hex.EncodeToString(v.sum.Sum(nil)) != string(v.want):
		v.held, v.err = nil, fmt.Errorf("document %s: %w", v.want, ErrDamaged)
	default:
		v.ready, v.err = len(v.held), io.EOF
	}
}

// Close implements [io.Closer].
func (v *verifiedReader) Close() error { return v.r.Close() }
