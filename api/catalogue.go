package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// catalogueView is the table of an annual catalogue.
type catalogueView struct {
	Year  int                 `json:"year"`
	Items []catalogueItemView `json:"items"`
}

// catalogueItemView is an item with the decisions that follow the catalogue under its
// name, or are tied to it.
type catalogueItemView struct {
	casefile.CatalogueItem
	Late  bool          `json:"late"`
	Cases []casefile.ID `json:"cases"`
}

// listCatalogue handles GET /api/v1/cases/{id}/catalogue.
func (h *handler) listCatalogue(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	following, err := h.guard.Following(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	today := found.Today
	if !found.Practice {
		today = legaltime.DateIn(h.now(), legaltime.China)
	}
	out := catalogueView{Year: found.CatalogueYear(), Items: []catalogueItemView{}}
	for _, item := range found.Catalogue() {
		shown := catalogueItemView{CatalogueItem: item, Late: item.Late(today), Cases: []casefile.ID{}}
		for _, s := range following {
			if s.Title == item.Name && s.ID != item.Case {
				shown.Cases = append(shown.Cases, s.ID)
			}
		}
		if item.Case != "" {
			shown.Cases = append(shown.Cases, item.Case)
		}
		out.Items = append(out.Items, shown)
	}
	return c.JSON(http.StatusOK, out)
}
