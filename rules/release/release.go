package release

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// Bounds of a release.
const (
	maxSize       = 16 << 20
	maxHead       = 16 << 10
	maxSignatures = 16
)

// signatureMark begins a line of a signature, after C2SP signed-note.
const signatureMark = "— "

// Release is a rule pack with the statement of what it is and the signatures
// under that statement. Whether the signatures hold is for [Verify].
type Release struct {
	Statement
	pack       *rules.Pack
	signatures []string // lines without the line feed, sorted
}

// New makes a release of a pack, not signed yet. A pack whose own tests do not
// pass, or in which [rules.Analyse] finds a defect, is not released; the error
// lists all of it and wraps [casefile.ErrInvalid].
func New(p *rules.Pack, calendar rules.Calendar) (*Release, error) {
	var errs []error
	for _, result := range rules.RunTests(p, calendar) {
		if !result.Passed() {
			errs = append(errs, invalid("%s: %s:%d: test %q: %s", p.Name(), result.Test.File, result.Test.Line, result.Test.Name, result.Problem))
		}
	}
	defects, err := rules.Analyse(p, calendar)
	errs = append(errs, err)
	for _, d := range defects {
		errs = append(errs, invalid("%s: %v", p.Name(), d))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Release{Statement: statementOf(p), pack: p}, nil
}

// Parse reads a release. Only the form that [Release.Encode] writes is accepted:
// no byte may be missing, changed or added, the archive must be that of the
// statement, and the statement must be true of it. Known are the packs among
// which it finds, by name, those that the pack builds on. Errors wrap
// [casefile.ErrInvalid].
func Parse(b []byte, known []*rules.Pack) (*Release, error) {
	if len(b) > maxSize {
		return nil, invalid("%d bytes are too many", len(b))
	}
	text, signatures, archive, err := split(b)
	if err != nil {
		return nil, err
	}
	s, err := parseStatement(text)
	if err != nil {
		return nil, err
	}
	r := &Release{Statement: s, signatures: signatures}
	switch got := digestOf(archive); {
	case len(archive) != s.Size:
		return nil, invalid("the archive has %d bytes, the statement says %d", len(archive), s.Size)
	case got != s.Archive:
		return nil, invalid("the archive has the digest %s, the statement says %s", got, s.Archive)
	}
	if r.pack, err = rules.ParseArchive(archive, basesOf(s, known)...); err != nil {
		return nil, fmt.Errorf("rule release of %s: %w", s.Pack, err)
	}
	if is := statementOf(r.pack); is.text() != text {
		return nil, invalid("the statement does not say what the archive holds; it should read\n%s", is.text())
	}
	if !slices.IsSorted(signatures) || !bytes.Equal(r.Encode(), b) {
		return nil, invalid("not in the one form that is accepted; signatures are sorted")
	}
	return r, nil
}

// split takes a release apart: the statement up to the first empty line, the
// lines of the signatures, an empty line, and the archive.
func split(b []byte) (text string, signatures []string, archive []byte, err error) {
	head := b[:min(len(b), maxHead)]
	end := bytes.Index(head, []byte("\n\n"))
	if end < 0 {
		return "", nil, nil, invalid("no statement ends within %d bytes: this is not a release", maxHead)
	}
	text, rest := string(b[:end+1]), b[end+2:]
	for bytes.HasPrefix(rest, []byte(signatureMark)) {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		if !ok || len(signatures) == maxSignatures {
			return "", nil, nil, invalid("want at most %d signatures, each a line", maxSignatures)
		}
		signatures, rest = append(signatures, string(line)), after
	}
	archive, ok := bytes.CutPrefix(rest, []byte("\n"))
	if !ok {
		return "", nil, nil, invalid("after the signatures comes an empty line, then the archive")
	}
	return text, signatures, archive, nil
}

// basesOf gives the packs on which the statement says that the pack builds.
func basesOf(s Statement, known []*rules.Pack) []*rules.Pack {
	var out []*rules.Pack
	for _, name := range s.Over {
		if at := slices.IndexFunc(known, func(p *rules.Pack) bool { return p.Name() == name }); at >= 0 {
			out = append(out, known[at])
		}
	}
	return out
}

// Pack gives the pack.
func (r *Release) Pack() *rules.Pack { return r.pack }

// Note gives the statement with its signatures, as a signed note. It is kept as
// the proof of who released the pack, beside the archive.
func (r *Release) Note() []byte {
	var b bytes.Buffer
	b.WriteString(r.text() + "\n")
	for _, line := range r.signatures {
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}

// Encode gives the file of the release.
func (r *Release) Encode() []byte {
	return slices.Concat(r.Note(), []byte("\n"), r.pack.Archive())
}

// Join gives the release of a note and an archive that were kept apart; it is
// [Parse] of the file that they were.
func Join(signed, archive []byte, known []*rules.Pack) (*Release, error) {
	return Parse(slices.Concat(signed, []byte("\n"), archive), known)
}

// Sign adds the signature of a person. The key bears the person's name; see
// [KeyName]. Signing twice with one key is a [casefile.ErrConflict].
func (r *Release) Sign(signer note.Signer) error {
	if _, err := personOf(signer.Name()); err != nil {
		return err
	}
	line, err := signatureLine(r.text(), signer)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(r.signatures, func(s string) bool { return keyOf(s) == keyOf(line) }) {
		return fmt.Errorf("rule release of %s: %s has signed it already: %w", r.Statement.Pack, signer.Name(), casefile.ErrConflict)
	}
	r.signatures = append(r.signatures, line)
	slices.Sort(r.signatures)
	return nil
}

// signatureLine signs a text, and gives the line of the signature.
func signatureLine(text string, signer note.Signer) (string, error) {
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	_, line, _ := strings.Cut(string(signed), "\n\n")
	return strings.TrimSuffix(line, "\n"), nil
}

// keyOf gives the name and the hash of the key that made a signature.
func keyOf(line string) string {
	name, signature, _ := strings.Cut(strings.TrimPrefix(line, signatureMark), " ")
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || len(raw) < 4 {
		return line // never a key: Verify refuses it
	}
	return fmt.Sprintf("%s+%x", name, raw[:4])
}
