package web

import (
	"context"
	"strconv"

	"github.com/zhengdang/chengxu/consult"
)

// publishedCatalogue is a published catalogue with its items.
type publishedCatalogue struct {
	ID, URL, Title, Organ, On, Adjusted string
	Items                               []yearlistItem
}

// publishedCatalogues gives the catalogues of the year. An item leads to what was put to
// the public, or decided, by the same organ under its name.
func (h *handler) publishedCatalogues(ctx context.Context, v visit, f consult.Filter, matters []matterRow) ([]publishedCatalogue, error) {
	list, err := h.o.Guard.Catalogues(ctx, f)
	if err != nil {
		return nil, err
	}
	n := h.names(v.lang, nil)
	var out []publishedCatalogue
	for at, c := range list {
		shown := publishedCatalogue{ID: strconv.Itoa(at + 1), URL: v.url(decisionURL(c.Case)), Title: c.Title, Organ: string(c.Organ), On: c.On.String()}
		if !c.AdjustedOn.IsZero() {
			shown.Adjusted = c.AdjustedOn.String()
		}
		for _, i := range c.Items {
			row := n.catalogueEntry(i)
			for _, m := range matters {
				if m.Organ != shown.Organ || m.Title != i.Name {
					continue
				}
				if m.AskedURL != "" {
					row.Cases = append(row.Cases, link{Name: n.words["public.consultations"] + " " + m.Asked, URL: m.AskedURL})
				}
				if m.DecidedURL != "" {
					row.Cases = append(row.Cases, link{Name: n.words["public.decided"] + " " + m.Decided, URL: m.DecidedURL})
				}
			}
			shown.Items = append(shown.Items, row)
		}
		out = append(out, shown)
	}
	return out, nil
}
