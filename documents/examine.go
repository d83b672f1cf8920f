package documents

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
	"unicode"

	"github.com/zhengdang/chengxu/casefile"
)

// Examination is how the examination of a document came out.
type Examination string

const (
	Clean   Examination = "clean"   // 通过
	Harmful Examination = "refused" // 不通过
	Later   Examination = "later"   // could not be examined now, and will be again
)

// Examiner says whether a document is fit to be used. It reads as much of the
// bytes as it needs. An error is as [Later], and is logged.
type Examiner interface {
	Examine(ctx context.Context, doc casefile.StoredDocument, content io.Reader) (result Examination, reason string, err error)
}

// Command examines with a program of the installation, such as a scanner for
// malware: it gets the bytes on its standard input and nothing else. Exit code 0
// is clean, 1 is refused, anything else, or no end within the time, is later. What
// it prints first is the reason.
type Command struct {
	Path   string
	Args   []string
	Within time.Duration
}

var _ Examiner = Command{}

// maxReason is the longest reason, in characters; more is not read.
const maxReason = 200

// ParseCommand reads a program and its arguments, separated by blanks. No shell
// is asked.
func ParseCommand(text string, within time.Duration) (Command, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 || within <= 0 {
		return Command{}, fmt.Errorf("examination %q: want a program and a time: %w", text, casefile.ErrInvalid)
	}
	path, err := exec.LookPath(fields[0])
	if err != nil {
		return Command{}, fmt.Errorf("examination: %w", err)
	}
	return Command{Path: path, Args: fields[1:], Within: within}, nil
}

// Examine implements [Examiner]. The program gets none of the environment but
// where programs are.
func (c Command) Examine(ctx context.Context, _ casefile.StoredDocument, content io.Reader) (Examination, string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	said := &firstBytes{max: 4 * maxReason}
	source := &sourceReader{ctx: ctx, r: content}
	cmd.Stdin, cmd.Stdout, cmd.Env, cmd.WaitDelay = source, said, []string{"PATH=/usr/local/bin:/usr/bin:/bin"}, time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Later, "", fmt.Errorf("examination did not end within %s", c.Within)
	case source.err != nil: // it was not shown the document
		return Later, "", fmt.Errorf("read document: %w", source.err)
	case err == nil:
		return Clean, "", nil
	case errors.As(err, &exit) && exit.ExitCode() == 1:
		return Harmful, said.line(), nil
	}
	return Later, "", fmt.Errorf("examination: %w", err)
}

// firstBytes keeps the first bytes that are written and takes all others.
type firstBytes struct {
	max int
	buf bytes.Buffer
}

// Write implements [io.Writer].
func (f *firstBytes) Write(p []byte) (int, error) {
	f.buf.Write(p[:min(len(p), max(f.max-f.buf.Len(), 0))])
	return len(p), nil
}

// line gives the first line, without what could not be shown.
func (f *firstBytes) line() string {
	text, _, _ := strings.Cut(strings.TrimSpace(strings.ToValidUTF8(f.buf.String(), "")), "\n")
	text = strings.Map(func(r rune) rune {
		if hidden(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > maxReason {
		text = string(runes[:maxReason])
	}
	return text
}
