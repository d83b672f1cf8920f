package consult

import (
	"fmt"
	"mime"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
)

// Attachment is a file that came with a comment. What it is called can say who
// commented; its digest is part of what was said.
type Attachment struct {
	Digest    casefile.Digest
	Name      string // empty once the comment was withdrawn
	MediaType string
	Size      int64
	State     casefile.DocumentState
}

// Removed is the state of an attachment whose comment was withdrawn.
const Removed casefile.DocumentState = "removed"

// Bounds of what is attached to a comment, in files and bytes.
const (
	MaxAttachments    = 3
	MaxAttachment     = 5 << 20  // of one file
	MaxAttachedInAll  = 10 << 20 // of all files of a comment
	maxAttachmentName = 200      // characters
)

// AttachmentTypes gives the media types that may be attached.
func AttachmentTypes() []string {
	return []string{
		"application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.oasis.opendocument.text",
		"image/png", "image/jpeg", "text/plain",
	}
}

// Attachable reports whether files of a media type may be attached, whatever its
// parameters are.
func Attachable(media string) bool {
	media, _, err := mime.ParseMediaType(media)
	return err == nil && slices.Contains(AttachmentTypes(), media)
}

// Shelf names where the attachments of a consultation are kept, as an organ of
// their own: apart from the documents of every organ, since no organ has a control
// character in its name. Staff come to them by the comment alone, and a file that
// somebody sends is not taken for a document that the organ has.
func Shelf(consultation string) casefile.OrganID {
	return casefile.OrganID("\x1fconsultation\x1f" + consultation)
}

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

func checkAttachments(list []Attachment) error {
	bad := func(want string) error { return fmt.Errorf("attachment: want %s: %w", want, casefile.ErrInvalid) }
	if len(list) > MaxAttachments {
		return bad(fmt.Sprintf("at most %d files", MaxAttachments))
	}
	var all int64
	for i, a := range list {
		n := utf8.RuneCountInString(a.Name)
		switch {
		case !digestForm.MatchString(string(a.Digest)):
			return bad("a SHA-256")
		case slices.ContainsFunc(list[:i], func(b Attachment) bool { return a.Digest == b.Digest }):
			return bad("each file once")
		case n == 0 || n > maxAttachmentName || !utf8.ValidString(a.Name) || slices.ContainsFunc([]rune(a.Name), unicode.IsControl):
			return bad(fmt.Sprintf("a name of 1 to %d characters", maxAttachmentName))
		case !Attachable(a.MediaType):
			return bad("a type that is taken")
		case a.Size < 1 || a.Size > MaxAttachment:
			return bad(fmt.Sprintf("1 to %d bytes", MaxAttachment))
		}
		all += a.Size
	}
	if all > MaxAttachedInAll {
		return bad(fmt.Sprintf("at most %d bytes in all", MaxAttachedInAll))
	}
	return nil
}
