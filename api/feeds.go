package api

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/feeds"
	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/legaltime"
)

// feedLength is how many items a feed has.
const feedLength = 50

// feed answers with an Atom feed (RFC 4287). Neither ids nor links depend on the
// address under which the service is reached, which the caller says.
func (h *handler) feed(c echo.Context, id, title, path string, updated time.Time, items []*feeds.Item) error {
	f := &feeds.Feed{Id: id, Title: title, Link: &feeds.Link{Href: path, Rel: "self"}, Updated: updated, Author: &feeds.Author{Name: "程序 Chengxu"}, Items: items}
	atom := (&feeds.Atom{Feed: f}).AtomFeed()
	atom.Link = &feeds.AtomLink{Href: path, Rel: "self"}
	text, err := feeds.ToXML(atom)
	if err != nil {
		return fmt.Errorf("write feed: %w", err)
	}
	return c.Blob(http.StatusOK, "application/atom+xml; charset=utf-8", []byte(text))
}

// newest gives the later of two instants.
func newest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// epoch is when an empty feed was last changed.
func epoch() time.Time { return time.Unix(0, 0).UTC() }

// readable is where people read what an entry of a feed is about: its page where there
// are pages, else what the API gives. Single decisions have no address there.
func (h *handler) readable(list, id string) string {
	switch {
	case h.pages:
		return "/public/" + list + "/" + url.PathEscape(id)
	case list == "decisions":
		return "/api/v1/public/decisions"
	}
	return "/api/v1/public/" + list + "/" + url.PathEscape(id)
}

// feedConsultations handles GET /api/v1/public/feeds/consultations.atom.
func (h *handler) feedConsultations(c echo.Context, _ auth.Principal) error {
	list, _, err := h.guard.Consultations(c.Request().Context(), consult.Filter{Limit: feedLength})
	if err != nil {
		return err
	}
	updated := epoch()
	var items []*feeds.Item
	for _, one := range list {
		opened := one.OpensOn.Start(legaltime.China).UTC()
		updated = newest(updated, opened)
		items = append(items, &feeds.Item{
			Id: "urn:chengxu:consultation:" + one.ID, Title: one.Title, Created: opened, Updated: opened, Author: &feeds.Author{Name: string(one.Organ)},
			Link:        &feeds.Link{Href: h.readable("consultations", one.ID)},
			Description: fmt.Sprintf("征求意见：%s 至 %s", one.OpensOn, one.ClosesOn),
		})
	}
	return h.feed(c, "urn:chengxu:feed:consultations", "征求意见", "/api/v1/public/feeds/consultations.atom", updated, items)
}

// feedDecisions handles GET /api/v1/public/feeds/decisions.atom.
func (h *handler) feedDecisions(c echo.Context, _ auth.Principal) error {
	list, _, err := h.guard.Decisions(c.Request().Context(), consult.Filter{Limit: feedLength})
	if err != nil {
		return err
	}
	updated := epoch()
	base := "/api/v1/public/decisions"
	var items []*feeds.Item
	for _, d := range list {
		on := d.On.Start(legaltime.China).UTC()
		updated = newest(updated, on)
		link := h.readable("decisions", string(d.Case))
		if !h.pages && len(d.Papers) > 0 {
			link = paperURL(base, string(d.Case), d.Papers[0].Digest)
		}
		items = append(items, &feeds.Item{Id: "urn:chengxu:decision:" + string(d.Case), Title: d.Title, Created: on, Updated: on,
			Author: &feeds.Author{Name: string(d.Organ)}, Link: &feeds.Link{Href: link}, Description: d.Number})
	}
	return h.feed(c, "urn:chengxu:feed:decisions", "公布的决策", "/api/v1/public/feeds/decisions.atom", updated, items)
}
