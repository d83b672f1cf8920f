package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"

	"github.com/labstack/echo/v4"
)

// maxBody is the largest JSON body accepted, in bytes.
const maxBody = 1 << 20

// bindBody reads the JSON body into a request struct, strictly: nothing unknown,
// nothing twice, nothing null, nothing after it. Path and query are never read.
func bindBody(c echo.Context, into any) error {
	media, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || media != echo.MIMEApplicationJSON {
		return wrongMediaType("请求体须为 application/json。", "the body must be application/json")
	}
	raw, err := readBody(c, maxBody)
	if err != nil {
		return err
	}
	return bindJSON(raw, into)
}

// bindJSON reads JSON into a request struct as bindBody does.
func bindJSON(raw []byte, into any) error {
	tree, err := parseStrict(raw)
	if err != nil {
		return err
	}
	if err := checkShape(tree, reflect.TypeOf(into).Elem(), ""); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return invalid("", "请求体无法读取："+err.Error(), "the body cannot be read: "+err.Error())
	}
	return nil
}

// bindWrite is bindBody for a write with an id: it settles the id as well.
func bindWrite(c echo.Context, into any, id *string) error {
	if err := bindBody(c, into); err != nil {
		return err
	}
	settled, err := idempotencyKey(c, *id)
	*id = settled
	return err
}

// readBody reads at most limit bytes.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	r := c.Request()
	if enc := r.Header.Get(echo.HeaderContentEncoding); enc != "" && enc != "identity" {
		return nil, wrongMediaType("不接受压缩的请求体。", "compressed bodies are not accepted")
	}
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, limit))
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return nil, tooLarge(limit)
	}
	if err != nil {
		return nil, malformed("请求体未能读完。", "the body could not be read to its end")
	}
	return raw, nil
}

// idempotencyKey settles the id of a write between body and header.
func idempotencyKey(c echo.Context, id string) (string, error) {
	keys := c.Request().Header.Values("Idempotency-Key")
	if len(keys) > 1 {
		return "", &fault{code: codeIdempotency, field: "Idempotency-Key",
			detail: text("Idempotency-Key 请求头只能有一个。", "there can be only one Idempotency-Key header")}
	}
	switch {
	case len(keys) == 1 && id == "":
		id = keys[0]
	case len(keys) == 1 && id != keys[0]:
		return "", &fault{code: codeIdempotency, field: "id",
			detail: text("请求体的 id 与 Idempotency-Key 请求头不一致。", "the id in the body and the Idempotency-Key header differ")}
	}
	if id == "" {
		return "", invalid("id", "缺少编号 id（也可用 Idempotency-Key 请求头给出）。",
			"the id is missing (it may also come in the Idempotency-Key header)")
	}
	if !idPattern.MatchString(id) {
		return "", invalid("id", "编号须为1至100个字母、数字或 . _ : - ，并以字母或数字开头。",
			"the id must be 1 to 100 letters, digits or . _ : - and begin with a letter or digit")
	}
	return id, nil
}
