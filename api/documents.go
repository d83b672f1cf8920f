package api

import (
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casework"
)

func (h *handler) documentRoutes(r *routes) {
	r.add("POST", "/api/v1/documents", access.PutDocument, h.putDocument, r.slow)
	r.add("GET", "/api/v1/documents/:digest", access.GetDocument, h.readDocument, r.slow)
}

// putDocument handles POST /api/v1/documents. The body is the document.
func (h *handler) putDocument(c echo.Context, p auth.Principal) error {
	title, media, err := uploadOf(c.Request())
	if err != nil {
		return err
	}
	content, err := readBody(c, casework.MaxDocument)
	if err != nil {
		return err
	}
	if len(content) == 0 {
		return malformed("文件内容为空。", "the document is empty")
	}
	doc, err := h.guard.PutDocument(c.Request().Context(), p, casework.Upload{
		Title: title, MediaType: media, Content: content})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/v1/documents/"+string(doc.Digest))
	return c.JSON(http.StatusCreated, storedView{
		Digest: doc.Digest, Title: doc.Title, MediaType: doc.MediaType, Size: doc.Size})
}

// uploadOf reads title and media type. Forms are refused: a client that sends
// one means something else than the bytes of a document.
func uploadOf(r *http.Request) (title, media string, err error) {
	media, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || !strings.Contains(media, "/") || strings.HasPrefix(media, "multipart/") || media == echo.MIMEApplicationForm {
		return "", "", wrongMediaType("Content-Type 须为文件本身的媒体类型，请求体须为文件的字节。",
			"Content-Type must be the media type of the document, and the body its bytes")
	}
	query, err := queryOf(r, "title")
	if err != nil {
		return "", "", err
	}
	title = strings.TrimSpace(query["title"])
	if title == "" || utf8.RuneCountInString(title) > 300 {
		return "", "", invalid("title", "标题须为 1 至 300 个字。", "must have 1 to 300 characters")
	}
	return title, mime.FormatMediaType(media, params), nil
}

// readDocument handles GET /api/v1/documents/{digest}.
func (h *handler) readDocument(c echo.Context, p auth.Principal) error {
	digest, err := digestParam(c)
	if err != nil {
		return err
	}
	doc, content, err := h.guard.Document(c.Request().Context(), p, digest)
	if err != nil {
		return err
	}
	media := doc.MediaType
	if media == "" {
		media = echo.MIMEOctetStream
	}
	attach(c, media, doc.Title)
	return c.Blob(http.StatusOK, media, content)
}
