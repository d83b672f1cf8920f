package api

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui/v5/static"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
)

//go:embed reference
var referencePage embed.FS

// referencePolicy lets the page run scripts, styles and pictures of this service
// alone. Inline scripts are none; the interface sets styles by script, not in text.
const referencePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (h *handler) referenceRoutes(r *routes) {
	r.add("GET", "/api/v1/reference", access.ReadService, h.readReference)
	r.add("GET", "/api/v1/reference/:asset", access.ReadService, h.readAsset)
}

// readReference handles GET /api/v1/reference: the contract, to be read.
func (h *handler) readReference(c echo.Context, _ auth.Principal) error {
	page, err := referencePage.ReadFile("reference/index.html")
	if err != nil {
		return fmt.Errorf("reference: %w", err)
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, referencePolicy)
	return taggedBytes(c, echo.MIMETextHTMLCharsetUTF8, page)
}

func assetType(name string) string {
	if strings.HasSuffix(name, ".css") {
		return "text/css; charset=utf-8"
	}
	return "text/javascript; charset=utf-8"
}

// readAsset handles GET /api/v1/reference/{asset}: script and style of the page.
func (h *handler) readAsset(c echo.Context, _ auth.Principal) error {
	name := c.Param("asset")
	header := c.Response().Header()
	switch name {
	case "init.js":
		raw, err := referencePage.ReadFile("reference/init.js")
		if err != nil {
			return fmt.Errorf("reference: %w", err)
		}
		return taggedBytes(c, assetType(name), raw)
	case "swagger-ui-bundle.js", "swagger-ui.css":
	default:
		return notFound()
	}
	packed, err := fs.ReadFile(static.FS, name+".gz")
	if err != nil {
		return fmt.Errorf("reference: %w", err)
	}
	header.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	header.Set(echo.HeaderCacheControl, "no-cache") // kept, and asked for whether it has changed
	if strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
		header.Set(echo.HeaderContentEncoding, "gzip")
		return taggedBytes(c, assetType(name), packed)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("reference: %w", err)
	}
	raw, err := io.ReadAll(unpacked)
	if err != nil {
		return fmt.Errorf("reference: %w", err)
	}
	return taggedBytes(c, assetType(name), raw)
}
