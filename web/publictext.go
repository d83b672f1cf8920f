package web

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
)

// maxShown is the longest text that is shown in a page, in bytes.
const maxShown = 256 << 10

// block is a part of a text: an article, or what stands between articles.
type block struct {
	ID         string // of an article
	Article    string // such as 第三条
	Lines      []string
	CommentURL string
}

var (
	articleHead = regexp.MustCompile(`^(第[一二三四五六七八九十百千零〇两0-9]+条)(?:[\s　:：（(]|$)`)
	chapterHead = regexp.MustCompile(`^第[一二三四五六七八九十百千零〇两0-9]+[编章节](?:[\s　]|$)`)
)

// blocksOf parts a text into its articles.
func blocksOf(text string) []block {
	var out []block
	articles := 0
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r　\ufeff", r) })
		if line == "" {
			continue
		}
		head := articleHead.FindStringSubmatch(line)
		switch {
		case head != nil:
			articles++
			out = append(out, block{ID: fmt.Sprintf("article-%d", articles), Article: head[1]})
		case len(out) == 0, chapterHead.MatchString(line):
			out = append(out, block{})
		}
		last := &out[len(out)-1]
		last.Lines = append(last.Lines, line)
	}
	return out
}

// draftText gives the text of the draft where it is plain text, or of the only paper;
// else nothing. Of says whose papers they are.
func (h *handler) draftText(ctx context.Context, of string, docs []access.PublicDocument) (text string, err error) {
	for _, d := range docs {
		if d.Role != "draft" && len(docs) > 1 || !strings.HasPrefix(d.MediaType, "text/plain") || d.Size > maxShown {
			continue
		}
		return h.readText(ctx, of, d.Digest)
	}
	return "", nil
}

func (h *handler) readText(ctx context.Context, of string, digest casefile.Digest) (string, error) {
	paper, err := h.o.Guard.PublicPaper(ctx, of, digest)
	if err != nil {
		return "", err
	}
	content, err := paper.Open(ctx)
	if err != nil {
		return "", err
	}
	defer content.Close()
	raw, err := io.ReadAll(io.LimitReader(content, maxShown+1))
	if err != nil {
		return "", fmt.Errorf("text of %s: %w", of, err)
	}
	if len(raw) > maxShown || !utf8.Valid(raw) {
		return "", nil // it can be downloaded
	}
	return string(raw), nil
}
