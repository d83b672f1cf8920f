package procedure

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"

	"github.com/zhengdang/chengxu/casefile"
)

//go:embed definitions/*.yaml
var shipped embed.FS

// Source is a definition file.
type Source struct {
	Name    string
	Content []byte
}

// Embedded gives the definition files that come with the program, by name.
func Embedded() ([]Source, error) {
	const dir = "definitions"
	files, err := fs.ReadDir(shipped, dir)
	if err != nil {
		return nil, fmt.Errorf("list shipped definitions: %w", err)
	}
	var out []Source
	for _, f := range files {
		source, err := Shipped(f.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, source)
	}
	return out, nil
}

// Shipped gives one of the definition files that come with the program.
func Shipped(name string) (Source, error) {
	content, err := shipped.ReadFile("definitions/" + name)
	if err != nil {
		return Source{}, fmt.Errorf("read shipped definition %s: %w", name, err)
	}
	return Source{Name: name, Content: content}, nil
}

// Load reads a definition and checks everything that can be checked without the
// rule packs. All problems come back together, each with file and line; the
// error wraps [casefile.ErrInvalid].
func Load(name string, src []byte) (*Definition, error) {
	r := &reader{source: source{file: name, lines: map[string]int{}}}
	d := &Definition{}
	if n := r.parse(src); n != nil {
		r.read(n, reflect.ValueOf(d).Elem(), "")
	}
	if len(r.errs) > 0 {
		return nil, invalid(r.errs)
	}
	d.source = &r.source
	if errs := d.problems(); len(errs) > 0 {
		return nil, invalid(errs)
	}
	return d, nil
}

func invalid(errs []error) error {
	return fmt.Errorf("%w: %w", casefile.ErrInvalid, errors.Join(errs...))
}

// Canonical gives the definition in its one canonical form, which is what a
// case pins: JSON with the fields in the order of their declaration and the
// keys of maps sorted.
func (d *Definition) Canonical() []byte {
	//workflowcheck:ignore The same definition always encodes to the same bytes.
	b, err := json.Marshal(d) // text and lists only: it cannot fail
	if err != nil {
		return nil
	}
	return b
}

// Digest is the SHA-256 of the canonical form.
func (d *Definition) Digest() casefile.Digest {
	sum := sha256.Sum256(d.Canonical())
	return casefile.Digest(hex.EncodeToString(sum[:]))
}

// ParseCanonical reads the canonical form as strictly as [Load] reads YAML, but
// for acts and outcomes that step types have gained since it was written: an
// open case is not touched when the program grows. Bytes that are not exactly
// canonical are refused, so that a digest names one definition only.
func ParseCanonical(b []byte) (*Definition, error) {
	if len(b) > maxSource {
		return nil, fmt.Errorf("read definition: larger than %d bytes: %w", maxSource, casefile.ErrInvalid)
	}
	d := &Definition{}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	//workflowcheck:ignore The same bytes always decode to the same definition.
	if err := dec.Decode(d); err != nil {
		return nil, fmt.Errorf("read definition: %w: %w", casefile.ErrInvalid, err)
	}
	//workflowcheck:ignore As above.
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read definition: more than one value: %w", casefile.ErrInvalid)
	}
	if !bytes.Equal(d.Canonical(), b) {
		return nil, fmt.Errorf("read definition %s: not in canonical form: %w", d.Name(), casefile.ErrInvalid)
	}
	if errs := (&checker{d: d, kept: true}).all(); len(errs) > 0 {
		return nil, fmt.Errorf("read definition %s: %w", d.Name(), invalid(errs))
	}
	return d, nil
}
