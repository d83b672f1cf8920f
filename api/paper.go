package api

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/documents"
)

// sendPaper sends a document, or the part of it that is asked for. It is sent to
// be saved and never to be shown in place; the digest goes with it. When the bytes
// turn out not to be those of the digest, the connection is broken off before the
// last of them, so that nobody takes them for the document.
func (h *handler) sendPaper(c echo.Context, paper access.Paper) error {
	header := c.Response().Header()
	etag := strconv.Quote(string(paper.Digest))
	header.Set("ETag", etag)
	if matches(c.Request().Header.Get("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	part, err := rangeOf(c.Request(), etag, paper.Size)
	if err != nil {
		header.Set("Content-Range", fmt.Sprintf("bytes */%d", paper.Size))
		return err
	}
	content, err := paper.Open(c.Request().Context())
	if err != nil {
		return err
	}
	defer content.Close()
	if _, err := io.CopyN(io.Discard, content, part.from); err != nil {
		return fmt.Errorf("document %s: %w", paper.Digest, err)
	}
	sum, err := hex.DecodeString(string(paper.Digest))
	if err != nil {
		return fmt.Errorf("document %s: %w", paper.Digest, err)
	}
	header.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":")
	header.Set("Accept-Ranges", "bytes")
	header.Set(echo.HeaderContentType, mediaTypeOf(paper))
	header.Set(echo.HeaderContentDisposition, documents.Disposition(paper.Title, paper.MediaType))
	header.Set(echo.HeaderContentLength, strconv.FormatInt(part.length, 10))
	status := http.StatusOK
	if part.asked {
		status = http.StatusPartialContent
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.from, part.from+part.length-1, paper.Size))
	}
	c.Response().WriteHeader(status)
	if err := sendPart(c.Response(), content, part.length); err != nil {
		h.log.Error("document broken off", "request_id", requestIDOf(c), "digest", paper.Digest, "error", err)
		panic(http.ErrAbortHandler) //nolint:forbidigo // half a document must not look like a whole one
	}
	return nil
}

func mediaTypeOf(paper access.Paper) string {
	if paper.MediaType == "" {
		return echo.MIMEOctetStream
	}
	return paper.MediaType
}

// sendPart sends all but the last byte of a part, reads the document to its end,
// which verifies it, and sends the last.
func sendPart(to io.Writer, content io.Reader, length int64) error {
	if _, err := io.CopyN(to, content, length-1); err != nil {
		return err
	}
	last := make([]byte, 1)
	if _, err := io.ReadFull(content, last); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	_, err := to.Write(last)
	return err
}

// part is which bytes of a document are sent.
type part struct {
	asked        bool
	from, length int64
}

// rangeOf reads the header Range (RFC 9110, 14.2). Several ranges, and units that
// are not bytes, are as none; so is a range of what is not the document that
// If-Range names.
func rangeOf(r *http.Request, etag string, size int64) (part, error) {
	whole := part{length: size}
	spec, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes=")
	if condition := r.Header.Get("If-Range"); !ok || condition != "" && condition != etag || strings.Contains(spec, ",") {
		return whole, nil
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	from, fromErr := strconv.ParseUint(first, 10, 62)
	until, untilErr := strconv.ParseUint(last, 10, 62)
	switch {
	case !ok || first != "" && fromErr != nil || last != "" && untilErr != nil || first == "" && last == "":
		return whole, nil //nolint:nilerr // a range that cannot be read is no range: the whole is sent
	case first == "": // the last bytes
		n := min(int64(until), size)
		if n == 0 {
			return whole, &fault{code: codeRange}
		}
		return part{asked: true, from: size - n, length: n}, nil
	case last != "" && until < from:
		return whole, nil
	case int64(from) >= size:
		return whole, &fault{code: codeRange}
	}
	end := size - 1
	if last != "" {
		end = min(int64(until), end)
	}
	return part{asked: true, from: int64(from), length: end - int64(from) + 1}, nil
}

// matches reports whether a list of entity tags names the one given, weakly.
func matches(header, etag string) bool {
	for given := range strings.SplitSeq(header, ",") {
		given = strings.TrimPrefix(strings.TrimSpace(given), "W/")
		if given == etag || given == "*" {
			return true
		}
	}
	return false
}
