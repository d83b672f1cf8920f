package release

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Activation (启用) puts a release into use for an organ. It takes two different
// people: one requests it and another one approves it; each signs the same text.
type Activation struct {
	ID       string           `json:"id"`    // drawn at random, so that no signature can be used again
	Organ    casefile.OrganID `json:"organ"` // AllOrgans for every organ of the installation
	Pack     string           `json:"pack"`
	Revision int              `json:"revision"`
	Archive  casefile.Digest  `json:"archive"`
	At       time.Time        `json:"requested_at"`
}

// AllOrgans stands for every organ of an installation.
const AllOrgans casefile.OrganID = "*"

// activationTitle is the first line of the text that is signed.
const activationTitle = "chengxu rule activation 1"

// ActivationOf gives the activation of a release. The organ is one line of text.
func ActivationOf(r *Release, id string, organ casefile.OrganID, at time.Time) (Activation, error) {
	text := string(organ)
	if text == "" || len(text) > 200 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return Activation{}, fmt.Errorf("organ %.80q: want one line of at most 200 bytes: %w", organ, casefile.ErrInvalid)
	}
	return Activation{
		ID: id, Organ: organ, Pack: r.Statement.Pack, Revision: r.Revision, Archive: r.Archive, At: at.UTC().Truncate(time.Millisecond),
	}, nil
}

func (a Activation) text() string {
	return fmt.Sprintf("%s\nid %s\norgan %s\npack %s\nrevision %d\narchive %s\nrequested-at %s\n",
		activationTitle, a.ID, a.Organ, a.Pack, a.Revision, a.Archive, a.At.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// Sign gives the signature of a person under the activation, as one line.
func (a Activation) Sign(signer note.Signer) (string, error) {
	if _, err := personOf(signer.Name()); err != nil {
		return "", err
	}
	return signatureLine(a.text(), signer)
}

// Signer checks a signature that [Activation.Sign] gave, and gives the person
// who made it. A signature that does not hold, or is by a key that is not
// trusted on the day, wraps [casefile.ErrForbidden].
func (a Activation) Signer(signature string, trust Trust, day legaltime.Date) (string, error) {
	if strings.Contains(signature, "\n") {
		return "", fmt.Errorf("activation of %s: want one line of signature: %w", a.Pack, casefile.ErrForbidden)
	}
	people, err := signers([]byte(a.text()+"\n"+signature+"\n"), []string{signature}, trust, day)
	if err != nil {
		return "", fmt.Errorf("activation of %s revision %d for %s: %w: %w", a.Pack, a.Revision, a.Organ, err, casefile.ErrForbidden)
	}
	return people[0], nil
}
