package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint says how large the log of an origin was and what its root hash was.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
}

// String gives the text of the checkpoint in the C2SP tlog-checkpoint form,
// without extension lines.
func (c Checkpoint) String() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n"
}

// SignCheckpoint gives the checkpoint as a signed note. The signer must bear the
// name of the log.
func SignCheckpoint(c Checkpoint, signer note.Signer) ([]byte, error) {
	if signer.Name() != c.Origin {
		return nil, fmt.Errorf("checkpoint of %s cannot be signed by the key of %s", c.Origin, signer.Name())
	}
	if _, err := parseCheckpoint(c.String()); err != nil {
		return nil, err
	}
	return SignNote(c.String(), signer)
}

// OpenCheckpoint checks the signature of a checkpoint and reads it. The origin
// must be the name of the key.
func OpenCheckpoint(signed []byte, v note.Verifier) (Checkpoint, error) {
	text, err := OpenNote(signed, v)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	c, err := parseCheckpoint(text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != v.Name() {
		return Checkpoint{}, fmt.Errorf("checkpoint of %s is signed by the key of %s", shorten(c.Origin), v.Name())
	}
	return c, nil
}

// ReadCheckpoint reads a checkpoint without checking its signature: for who compares what
// the log itself has kept, and proves nothing to anybody.
func ReadCheckpoint(signed []byte) (Checkpoint, error) {
	_, err := note.Open(signed, note.VerifierList())
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return parseCheckpoint(unverified.Note.Text)
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, fmt.Errorf("checkpoint has %d lines: want origin, size and root hash", len(lines)-1)
	}
	c := Checkpoint{Origin: lines[0]}
	var err error
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return Checkpoint{}, fmt.Errorf("checkpoint: size %q: want a number", shorten(lines[1]))
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != HashSize {
		return Checkpoint{}, fmt.Errorf("checkpoint: root hash %q: want 32 bytes in base64", shorten(lines[2]))
	}
	c.Root = Hash(root)
	if c.Origin == "" || c.String() != text {
		return Checkpoint{}, errors.New("checkpoint is not in the one form that is accepted")
	}
	return c, nil
}

// SignNote gives a text, which ends in a newline, as a note with one signature.
func SignNote(text string, signer note.Signer) ([]byte, error) {
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return nil, fmt.Errorf("sign note: %w", err)
	}
	return signed, nil
}

// OpenNote checks a note with exactly one signature, by the key given, and gives
// its text. Nothing in the note may be spelled in another way.
func OpenNote(signed []byte, v note.Verifier) (string, error) {
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return "", fmt.Errorf("note: %w", err)
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		return "", fmt.Errorf("note has %d signatures: want one", len(n.Sigs)+len(n.UnverifiedSigs))
	}
	sig := n.Sigs[0]
	if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
		return "", errors.New("note: signature is not in canonical base64")
	}
	if n.Text+"\n— "+sig.Name+" "+sig.Base64+"\n" != string(signed) {
		return "", errors.New("note is not in the one form that is accepted")
	}
	return n.Text, nil
}
