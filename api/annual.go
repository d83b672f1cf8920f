package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

func (h *handler) annualRoutes(r *routes) {
	r.add("GET", "/api/v1/figures/annual", access.ReadAnnual, h.annualFigures, r.slow)
	r.once("POST", "/api/v1/figures/annual", access.FreezeAnnual, h.freezeFigures, r.slow)
}

// annualView is the figures of a year with what they are.
type annualView struct {
	Report   annual.Report       `json:"report"`
	Frozen   *annualVersionView  `json:"frozen,omitempty"`
	Versions []annualVersionView `json:"versions"`
	Restated []annual.Restated   `json:"restated"`
	TooLong  bool                `json:"too_long,omitempty"`
	Figures  []annualMeaningView `json:"definitions"`
}

type annualVersionView struct {
	Version int64           `json:"version"`
	Size    int64           `json:"size"`
	Root    string          `json:"root"`
	Digest  casefile.Digest `json:"digest"`
	Note    string          `json:"note,omitempty"`
	By      string          `json:"by"`
	At      time.Time       `json:"at"`
}

type annualMeaningView struct {
	ID      string        `json:"id"`
	Group   annual.Group  `json:"group"`
	Kind    annual.Kind   `json:"kind"`
	Name    casefile.Text `json:"name"`
	Unit    casefile.Text `json:"unit"`
	Formula casefile.Text `json:"formula"`
	Basis   string        `json:"basis"`
}

func annualVersionOf(f annual.Frozen) annualVersionView {
	return annualVersionView{Version: f.Version, Size: f.Size, Root: f.Root, Digest: f.Digest, Note: string(f.Note), By: f.ByName, At: f.At}
}

func annualOf(seen access.SeenAnnual) annualView {
	out := annualView{Report: seen.Report, Versions: []annualVersionView{}, Restated: []annual.Restated{}, TooLong: seen.TooLong}
	if seen.Frozen != nil {
		frozen := annualVersionOf(*seen.Frozen)
		out.Frozen = &frozen
	}
	for _, f := range seen.Versions {
		out.Versions = append(out.Versions, annualVersionOf(f))
	}
	out.Restated = append(out.Restated, seen.Restated...)
	for _, d := range annual.Definitions() {
		out.Figures = append(out.Figures, annualMeaningView{ID: d.ID, Group: d.Group, Kind: d.Kind, Name: d.Name, Unit: d.Unit, Formula: d.Formula, Basis: d.Basis})
	}
	return out
}

// annualFigures handles GET /api/v1/figures/annual.
func (h *handler) annualFigures(c echo.Context, p auth.Principal) error {
	q, err := queryOf(c.Request(), "organ", "year", "practice", "version")
	if err != nil {
		return err
	}
	asked := annual.Query{Organ: casefile.OrganID(q["organ"])}
	year, err := strconv.Atoi(q["year"])
	if err != nil {
		return invalid("year", "须为四位年度。", "must be a year of four digits")
	}
	asked.Year = annual.Year(year)
	practice, err := flagOf(q, "practice")
	if err != nil {
		return err
	}
	asked.Practice = practice != nil && *practice
	var version int64
	if v, ok := q["version"]; ok {
		if version, err = strconv.ParseInt(v, 10, 64); err != nil || version < 1 {
			return invalid("version", "须为正整数。", "must be a positive integer")
		}
	}
	seen, err := h.guard.AnnualFigures(c.Request().Context(), p, asked, version)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, annualOf(seen))
}

// freezeFigures handles POST /api/v1/figures/annual.
func (h *handler) freezeFigures(c echo.Context, p auth.Principal) error {
	var req struct {
		Organ    string `json:"organ"`
		Year     int    `json:"year"`
		Practice bool   `json:"practice"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	frozen, err := h.guard.FreezeFigures(c.Request().Context(), p, annual.Query{Organ: casefile.OrganID(req.Organ), Year: annual.Year(req.Year), Practice: req.Practice})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, annualVersionOf(frozen))
}
