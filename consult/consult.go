// Package consult takes the comments of the public (公众意见) on consultations, and
// says what became of each. Comments stand outside the histories of cases: they may
// be a million, and the engine keeps every event of a case.
//
// A comment that was accepted has a number, a receipt and a place in a running
// hash; none can be left out or put in later without changing every one after it.
// What people say and who they are is kept apart.
package consult

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// ErrClosed says that a consultation takes no comments, or no longer.
var ErrClosed = errors.New("the consultation takes no comments")

// Consultation is a call for comments as the public sees it.
type Consultation struct {
	ID       string
	Organ    casefile.OrganID
	Case     casefile.ID
	Step     string // that hears the public, and its round
	Round    int
	Title    string
	OpensOn  legaltime.Date
	ClosesOn legaltime.Date
	ClosesAt time.Time // the first instant at which no comment is taken any more
	Channels []string
	Papers   []casefile.Paper
	Open     bool // the record lets comments in; the clock may not
	Shown    bool // the public may read it
	Adoption bool // what became of the views is published
	Received int64
	Chain    string // the running hash over all comments received
}

// Takes reports whether a comment that arrives at the instant is in time.
func (c Consultation) Takes(at time.Time) bool {
	return c.Open && !at.Before(c.OpensOn.Start(legaltime.China)) && at.Before(c.ClosesAt)
}

// Comment is what a member of the public says.
type Comment struct {
	Consultation string
	Text         string
	Anchor       string // the article that it is about; may be empty
	Name         string // empty: anonymous
	Contact      string
	Attachments  []Attachment
}

// Bounds of a comment, in characters.
const (
	MaxText    = 5000
	maxAnchor  = 100
	maxName    = 100
	maxContact = 200
)

// Check says why a comment is not well formed: the error wraps
// [casefile.ErrInvalid] and names the field.
func (c Comment) Check() error {
	for _, f := range []struct {
		name, value string
		least, most int
	}{
		{"text", c.Text, 1, MaxText}, {"anchor", c.Anchor, 0, maxAnchor}, {"name", c.Name, 0, maxName}, {"contact", c.Contact, 0, maxContact},
	} {
		n := utf8.RuneCountInString(strings.TrimSpace(f.value))
		bad := strings.ContainsFunc(f.value, func(r rune) bool {
			return unicode.IsControl(r) && r != '\n' && r != '\t' && (f.name != "text" || r != '\r')
		})
		if n < f.least || utf8.RuneCountInString(f.value) > f.most || !utf8.ValidString(f.value) || bad || f.name != "text" && strings.ContainsAny(f.value, "\r\n\t") {
			return fmt.Errorf("%s: want %d to %d characters: %w", f.name, f.least, f.most, casefile.ErrInvalid)
		}
	}
	return checkAttachments(c.Attachments)
}

// Digest is the SHA-256 of what was said, with its anchor, the digests of what is
// attached, and a salt. It does not hold who said it, and without the salt nobody
// can find a short comment by trying. A text has no zero byte, so that no text
// stands for another one with attachments.
func (c Comment) Digest(salt string) string {
	parts := []string{salt, c.Consultation, c.Anchor, c.Text}
	for _, a := range c.Attachments {
		parts = append(parts, string(a.Digest))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Link gives the running hash after a comment: over the one before, the number,
// the instant in milliseconds, and the digest of what was said.
func Link(before string, number int64, at time.Time, digest string) string {
	h := sha256.New()
	h.Write([]byte(before))
	var n [16]byte
	binary.BigEndian.PutUint64(n[:8], uint64(number))         //nolint:gosec // numbers are positive
	binary.BigEndian.PutUint64(n[8:], uint64(at.UnixMilli())) //nolint:gosec // so are instants
	h.Write(n[:])
	h.Write([]byte(digest))
	return hex.EncodeToString(h.Sum(nil))
}

// Visibility is whether the public may read the text of a comment.
type Visibility string

// The visibilities. A hidden comment stays counted, and its reason is shown.
const (
	Pending   Visibility = "pending"
	Published Visibility = "published"
	Hidden    Visibility = "hidden"
)

// Reasons gives the reasons for which a comment may be hidden. They are shown.
func Reasons() []string { return []string{"personal-data", "unlawful", "abuse", "spam"} }

// Dispositions gives what may become of a view (采纳、部分采纳、未采纳).
func Dispositions() []string { return []string{"adopted", "partly", "not-adopted"} }

// Received is a comment as it was taken in.
type Received struct {
	Number     int64
	At         time.Time
	Comment    Comment // Name, Contact and Attachments only for those who may know them
	Attached   int     // how many files are attached
	Digest     string
	Salt       string // only where the text may be read
	Chain      string
	Withdrawn  bool
	Visibility Visibility
	Why        string // the reason for hiding it
	// Disposition is what became of it, and Reason why; empty until it is settled.
	Disposition, Reason string
}

// Receipt proves to whoever commented that the comment was counted.
type Receipt struct {
	Receipt      string // given once; whoever has it may look it up
	Consultation string
	Number       int64
	At           time.Time
	Digest       string
	Salt         string // with which the digest is made
	Chain        string
	Attachments  []Attachment
}

// Decision is a published decision.
type Decision struct {
	Case   casefile.ID
	Organ  casefile.OrganID
	Title  string
	Number string
	On     legaltime.Date
	Papers []casefile.Paper
}

// Moderation is one act of moderation, as it is logged.
type Moderation struct {
	Number  int64
	At      time.Time
	Comment int64
	Person  casefile.PersonID
	Action  string
	Reason  string
}
