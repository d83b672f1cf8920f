package api

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

func (h *handler) serviceRoutes(r *routes) {
	r.add("GET", "/api/v1/procedures", access.ReadLaw, h.listProcedures, r.quick)
	r.add("GET", "/api/v1/procedures/:name", access.ReadLaw, h.readProcedure, r.quick)
	r.add("GET", "/api/v1/openapi.yaml", access.ReadService, h.readContract)
	r.add("GET", "/healthz", access.ReadService, h.health)
	r.add("GET", "/readyz", access.ReadService, h.ready, within(5*time.Second))
}

// listEntries handles GET /api/v1/cases/{id}/entries.
func (h *handler) listEntries(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	entries, err := h.guard.Entries(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, entriesOf(entries))
}

// listFollowing handles GET /api/v1/cases/{id}/following.
func (h *handler) listFollowing(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	cases, err := h.guard.Following(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, pageOf(cases, ""))
}

// exportDossier handles GET /api/v1/cases/{id}/dossier. What fails before the
// first byte is a problem; what fails later breaks the connection, so that half
// a dossier is never taken for a whole one.
func (h *handler) exportDossier(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	out := &download{c: c, media: "application/zip", name: string(found.ID) + ".zip"}
	if err := h.guard.Export(c.Request().Context(), p, found.ID, out); err != nil {
		if !c.Response().Committed {
			return fmt.Errorf("export case %s: %w", found.ID, err)
		}
		h.log.Error("dossier broken off", "request_id", requestIDOf(c), "case", found.ID, "error", err)
		panic(http.ErrAbortHandler) //nolint:forbidigo // half a dossier must not look like a whole one
	}
	return nil
}

// download writes its headers with the first bytes.
type download struct {
	c           echo.Context
	media, name string
}

// Write implements [io.Writer].
func (d *download) Write(b []byte) (int, error) {
	if !d.c.Response().Committed {
		attach(d.c, d.media, d.name)
		d.c.Response().WriteHeader(http.StatusOK)
	}
	return d.c.Response().Write(b)
}

// attach marks an answer as a file to be kept, never to be shown in place.
func attach(c echo.Context, media, name string) {
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, media)
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": name})
	if disposition == "" {
		disposition = "attachment"
	}
	header.Set(echo.HeaderContentDisposition, disposition)
}

// listProcedures handles GET /api/v1/procedures.
func (h *handler) listProcedures(c echo.Context, _ auth.Principal) error {
	out := procedureListView{Procedures: []procedureSummary{}}
	for _, d := range h.guard.Procedures() {
		out.Procedures = append(out.Procedures, procedureSummary{
			Name: d.Name(), Title: d.Title, Basis: d.Basis, Packs: filled(d.Packs)})
	}
	return tagged(c, echo.MIMEApplicationJSON, out)
}

// readProcedure handles GET /api/v1/procedures/{name}.
func (h *handler) readProcedure(c echo.Context, _ auth.Principal) error {
	d, err := h.procedure(c)
	if err != nil {
		return err
	}
	return tagged(c, echo.MIMEApplicationJSON, procedureView{Name: d.Name(), Definition: d})
}

// readContract handles GET /api/v1/openapi.yaml.
func (h *handler) readContract(c echo.Context, _ auth.Principal) error {
	return taggedBytes(c, "application/yaml", contract)
}

// health handles GET /healthz.
func (h *handler) health(c echo.Context, _ auth.Principal) error {
	return c.JSON(http.StatusOK, healthView{Status: "ok"})
}

// ready handles GET /readyz. Which parts are not ready is told to whoever asks; why is
// for the log.
func (h *handler) ready(c echo.Context, _ auth.Principal) error {
	if err := h.guard.Ready(c.Request().Context()); err != nil {
		h.log.WarnContext(c.Request().Context(), "not ready", "request_id", requestIDOf(c), "error", err)
		return &fault{code: codeNotReady, detail: causesOf(err)}
	}
	return c.JSON(http.StatusOK, healthView{Status: "ready"})
}

// causesOf names the parts that are not ready; nothing when they are not known.
func causesOf(err error) casefile.Text {
	var not *casework.NotReady
	if !errors.As(err, &not) {
		return casefile.Text{}
	}
	zh := make([]string, len(not.Causes))
	for i, cause := range not.Causes {
		switch cause {
		case casework.CauseDatabase:
			zh[i] = "数据库"
		case casework.CauseEngine:
			zh[i] = "流程引擎"
		case casework.CauseWorker:
			zh[i] = "执行器"
		case "ledger":
			zh[i] = "台账"
		case "draining":
			zh[i] = "正在停止"
		case "starting":
			zh[i] = "正在启动"
		default:
			zh[i] = cause
		}
	}
	return text("尚未就绪："+strings.Join(zh, "、")+"。", "Not ready: "+strings.Join(not.Causes, ", ")+".")
}

// digestParam gives the digest that the path names.
func digestParam(c echo.Context) (casefile.Digest, error) { return digestNamed(c, "digest") }

func digestNamed(c echo.Context, name string) (casefile.Digest, error) {
	digest := c.Param(name)
	if !digestPattern.MatchString(digest) {
		return "", invalid(name, "须为 64 位小写十六进制 SHA-256。", "must be a SHA-256 in 64 lower-case hexadecimal digits")
	}
	return casefile.Digest(digest), nil
}
