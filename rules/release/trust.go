package release

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// keyPrefix is what the names of people's keys share, so that no key of a log
// can sign for a person.
const keyPrefix = "chengxu.local/person/"

var personName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$`)

// KeyName gives the name of a person's key. A person is named by letters of any
// script, digits, dots, hyphens and low lines; another name wraps
// [casefile.ErrInvalid].
func KeyName(person string) (string, error) {
	if !personName.MatchString(person) {
		return "", fmt.Errorf("person %.80q: want 1 to 63 letters, digits or . _ - : %w", person, casefile.ErrInvalid)
	}
	return keyPrefix + person, nil
}

// personOf gives the person to whom a key belongs by its name.
func personOf(key string) (string, error) {
	person, ok := strings.CutPrefix(key, keyPrefix)
	if !ok || !personName.MatchString(person) {
		return "", fmt.Errorf("key %.80q is not that of a person: want a name %s<person>: %w", key, keyPrefix, casefile.ErrInvalid)
	}
	return person, nil
}

// Trusted is a person whose signature counts, with the key and the days on which
// it does.
type Trusted struct {
	Person string         `yaml:"person"`
	Key    string         `yaml:"key"` // verifier key: <name>+<hash>+<key>
	From   legaltime.Date `yaml:"from"`
	To     legaltime.Date `yaml:"to"` // included; zero: until further notice
}

// Trust lists the people whose signatures count in an installation. A person may
// have several keys and still is one person.
type Trust []Trusted

// maxTrust bounds a trust file, in bytes.
const maxTrust = 1 << 20

// ParseTrust reads a trust file, strictly. Errors wrap [casefile.ErrInvalid].
func ParseTrust(b []byte) (Trust, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("trust file: %s: %w", fmt.Sprintf(format, args...), casefile.ErrInvalid)
	}
	if len(b) > maxTrust {
		return nil, bad("%d bytes are too many", len(b))
	}
	var file struct {
		People Trust `yaml:"people"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, bad("%v", err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, bad("one document a file")
	}
	for i, t := range file.People {
		v, err := ledger.ParseVerifier(t.Key)
		if err != nil {
			return nil, bad("people[%d]: %v", i, err)
		}
		name, err := KeyName(t.Person)
		switch {
		case err != nil:
			return nil, bad("people[%d]: %v", i, err)
		case v.Name() != name:
			return nil, bad("people[%d]: the key is that of %s, not of %s", i, v.Name(), t.Person)
		case t.From.IsZero():
			return nil, bad("people[%d]: from is missing", i)
		case !t.To.IsZero() && t.To.Before(t.From):
			return nil, bad("people[%d]: the trust ends on %s, before it begins", i, t.To)
		case slices.ContainsFunc(file.People[:i], func(other Trusted) bool { return other.Key == t.Key }):
			return nil, bad("people[%d]: the key stands in the list twice", i)
		}
	}
	return file.People, nil
}

// on gives the verifiers of the keys that count on a day.
func (t Trust) on(day legaltime.Date) ([]note.Verifier, error) {
	var out []note.Verifier
	for _, trusted := range t {
		if !(rules.Span{From: trusted.From, To: trusted.To}).Contains(day) {
			continue
		}
		v, err := ledger.ParseVerifier(trusted.Key)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// wantSigners is how many different people must sign.
const wantSigners = 2

// Verify checks that at least two different people, whose keys are trusted on
// the day, have signed the release, and gives them, sorted. It refuses a release
// with no signature, with one that does not hold, with one by a key that is not
// trusted, whatever others there are, with one key twice, and with signatures of
// one person only. Errors wrap [casefile.ErrForbidden].
func Verify(r *Release, trust Trust, day legaltime.Date) (people []string, err error) {
	people, err = signers(r.Note(), r.signatures, trust, day)
	if err == nil && len(people) < wantSigners {
		err = fmt.Errorf("only %s has signed it, want %d different people", people[0], wantSigners)
	}
	if err != nil {
		return nil, fmt.Errorf("rule release of %s revision %d: %w: %w", r.Statement.Pack, r.Revision, err, casefile.ErrForbidden)
	}
	return people, nil
}

// signers gives the people who have signed a note with these lines of
// signatures. Every line must hold and be by a trusted key.
func signers(signed []byte, lines []string, trust Trust, day legaltime.Date) ([]string, error) {
	if len(lines) == 0 {
		return nil, errors.New("nobody has signed it")
	}
	verifiers, err := trust.on(day)
	if err != nil {
		return nil, err
	}
	n, err := note.Open(signed, note.VerifierList(verifiers...))
	var unknown *note.UnverifiedNoteError
	switch {
	case errors.As(err, &unknown):
		return nil, fmt.Errorf("the key %s is not trusted on %s", unknown.Note.UnverifiedSigs[0].Name, day)
	case err != nil:
		return nil, err
	case len(n.UnverifiedSigs) > 0:
		return nil, fmt.Errorf("the key %s is not trusted on %s; a foreign signature is refused even beside trusted ones", n.UnverifiedSigs[0].Name, day)
	case len(n.Sigs) != len(lines):
		return nil, errors.New("a key has signed it twice")
	}
	var people []string
	for _, sig := range n.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return nil, fmt.Errorf("the signature of %s is not in canonical base64", sig.Name)
		}
		person, err := personOf(sig.Name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(people, person) {
			people = append(people, person)
		}
	}
	slices.Sort(people)
	return people, nil
}
