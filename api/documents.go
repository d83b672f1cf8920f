package api

import (
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/internal/intake"
)

func (h *handler) documentRoutes(r *routes) {
	r.add("POST", "/api/v1/documents", access.PutDocument, h.putDocument, r.slow)
	r.add("GET", "/api/v1/documents/:digest", access.GetDocument, h.readDocument, r.slow)
	r.add("GET", "/api/v1/cases/:id/documents", access.GetDocument, h.listCaseDocuments, r.quick)
	r.add("GET", "/api/v1/cases/:id/documents/:digest", access.GetDocument, h.readCaseDocument, r.slow)
}

type storedView struct {
	Digest    casefile.Digest        `json:"digest"`
	Title     string                 `json:"title"`
	MediaType string                 `json:"media_type"`
	Size      int64                  `json:"size"`
	Level     casefile.Level         `json:"level,omitempty"`
	State     casefile.DocumentState `json:"state"`
}

type documentListView struct {
	Documents []casefile.Document `json:"documents"`
	Withheld  []string            `json:"withheld,omitempty"` // what the caller may not know
}

// putDocument handles POST /api/v1/documents. The body is the document; it goes to
// the storage as it comes in.
func (h *handler) putDocument(c echo.Context, p auth.Principal) error {
	up, err := uploadOf(c)
	if err != nil {
		return err
	}
	done, ok := h.gate.TakeUpload(p.Organ, p.Person)
	if !ok {
		return &fault{code: codeTooManyUploads}
	}
	defer done()
	intake.GiveTime(c.Response(), slowAnswer)
	doc, err := h.guard.PutDocument(c.Request().Context(), p, up)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/v1/documents/"+string(doc.Digest))
	return c.JSON(http.StatusCreated, storedView{
		Digest: doc.Digest, Title: doc.Title, MediaType: doc.MediaType, Size: doc.Size, Level: doc.Level, State: doc.State})
}

// uploadOf reads what is said of a document before its bytes are read. Forms are
// refused: a client that sends one means something else than the bytes of a
// document.
func uploadOf(c echo.Context) (documents.Upload, error) {
	r := c.Request()
	given := r.Header.Get(echo.HeaderContentType)
	media, _, err := mime.ParseMediaType(given)
	if err != nil || !strings.Contains(media, "/") || strings.HasPrefix(media, "multipart/") || media == echo.MIMEApplicationForm {
		return documents.Upload{}, wrongMediaType("Content-Type 须为文件本身的媒体类型，请求体须为文件的字节。",
			"Content-Type must be the media type of the document, and the body its bytes")
	}
	if enc := r.Header.Get(echo.HeaderContentEncoding); enc != "" && enc != "identity" {
		return documents.Upload{}, wrongMediaType("不接受压缩的请求体。", "compressed bodies are not accepted")
	}
	query, err := queryOf(r, "title", "level")
	if err != nil {
		return documents.Upload{}, err
	}
	level, ok := levelOf(query["level"])
	if !ok {
		return documents.Upload{}, invalid("level", "须为 public、internal 或 restricted。", "is public, internal or restricted")
	}
	digest, err := digestHeader(r.Header)
	if err != nil {
		return documents.Upload{}, err
	}
	if r.ContentLength > documents.MaxSize {
		return documents.Upload{}, tooLarge(documents.MaxSize)
	}
	return documents.Upload{
		Title: query["title"], MediaType: given, Level: level, Digest: digest,
		Content: http.MaxBytesReader(c.Response(), r.Body, documents.MaxSize+1),
	}, nil
}

// levelOf reads a level as it is written in queries.
func levelOf(text string) (casefile.Level, bool) {
	if text == "internal" {
		text = string(casefile.LevelInternal)
	}
	return casefile.Level(text), casefile.Level(text).Valid()
}

// digestHeader reads Content-Digest or Repr-Digest (RFC 9530): for a document as
// it is sent here both are of the same bytes. Digests by other algorithms than
// SHA-256 are not looked at.
func digestHeader(header http.Header) (casefile.Digest, error) {
	var out casefile.Digest
	for _, name := range []string{"Content-Digest", "Repr-Digest"} {
		for member := range strings.SplitSeq(strings.Join(header.Values(name), ","), ",") {
			algorithm, value, _ := strings.Cut(strings.TrimSpace(member), "=")
			if !strings.EqualFold(algorithm, "sha-256") {
				continue
			}
			inner, ok := strings.CutPrefix(value, ":")
			inner, closed := strings.CutSuffix(inner, ":")
			sum, err := base64.StdEncoding.Strict().DecodeString(inner)
			digest := casefile.Digest(hex.EncodeToString(sum))
			if !ok || !closed || err != nil || len(sum) != 32 || out != "" && out != digest {
				return "", invalid(name, "须写作 sha-256=:…:（RFC 9530），且只能有一个值。", "is written sha-256=:…: (RFC 9530) and has one value")
			}
			out = digest
		}
	}
	return out, nil
}

// readDocument handles GET /api/v1/documents/{digest}.
func (h *handler) readDocument(c echo.Context, p auth.Principal) error {
	digest, err := digestParam(c)
	if err != nil {
		return err
	}
	paper, err := h.guard.Document(c.Request().Context(), p, digest)
	if err != nil {
		return err
	}
	return h.sendPaper(c, paper)
}

// listCaseDocuments handles GET /api/v1/cases/{id}/documents.
func (h *handler) listCaseDocuments(c echo.Context, p auth.Principal) error {
	id := c.Param("id")
	if !idPattern.MatchString(id) {
		return notFound()
	}
	docs, withheld, err := h.guard.CaseDocuments(c.Request().Context(), p, casefile.ID(id))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, documentListView{Documents: filled(docs), Withheld: withheld})
}

// readCaseDocument handles GET /api/v1/cases/{id}/documents/{digest}.
func (h *handler) readCaseDocument(c echo.Context, p auth.Principal) error {
	id := c.Param("id")
	if !idPattern.MatchString(id) {
		return notFound()
	}
	digest, err := digestParam(c)
	if err != nil {
		return err
	}
	paper, err := h.guard.CaseDocument(c.Request().Context(), p, casefile.ID(id), digest)
	if err != nil {
		return err
	}
	return h.sendPaper(c, paper)
}

// documentCode gives the problem code for why a document is not taken.
func documentCode(code documents.Code) string {
	switch code {
	case documents.CodeType:
		return codeMediaType
	case documents.CodeTooLarge:
		return codeTooLarge
	case documents.CodeDigest:
		return codeDigest
	case documents.CodeContent:
		return codeDocument
	case documents.CodeEmpty, documents.CodeUnread:
		return codeMalformed
	case documents.CodeTitle, documents.CodeLevel:
		return codeInvalid
	}
	return codeInvalid
}

// documentField gives the parameter that is at fault, where it is one.
func documentField(code documents.Code) string {
	switch code {
	case documents.CodeTitle, documents.CodeLevel:
		return string(code)
	case documents.CodeType, documents.CodeTooLarge, documents.CodeDigest, documents.CodeContent, documents.CodeEmpty, documents.CodeUnread:
	}
	return ""
}
