package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
)

// feedsView are the addresses of somebody's calendar.
type feedsView struct {
	Page    frame
	Rows    []feedRow
	Title   string // as it was typed
	Wrong   string // "title" or "many", about what was sent; empty: nothing
	Address string // of a new feed; shown this once
}

type feedRow struct {
	ID, Title        string
	Created, Revoked string
}

// showFeeds handles GET /work/feeds.
func (h *handler) showFeeds(c echo.Context, v viewer) error {
	return h.feedsPage(c, v, http.StatusOK, feedsView{})
}

func (h *handler) feedsPage(c echo.Context, v viewer, status int, view feedsView) error {
	lang := language(c)
	feeds, err := h.o.Guard.Feeds(c.Request().Context(), v.principal)
	if err != nil {
		return fmt.Errorf("calendar feeds: %w", err)
	}
	view.Page = h.frame(c, lang, v, "feeds.title")
	for _, f := range feeds {
		view.Rows = append(view.Rows, feedRow{ID: f.ID, Title: f.Title, Created: clock(f.Created), Revoked: clock(f.Revoked)})
	}
	return h.pages.show(c, status, lang, "workfeeds.html", view)
}

// createFeed handles POST /work/feeds. The answer is a page, not a redirect: the address
// is shown this once and stands in no link.
func (h *handler) createFeed(c echo.Context, v viewer) error {
	r, err := form(c)
	if err != nil {
		return err
	}
	title := strings.TrimSpace(r.PostForm.Get("title"))
	secret, _, err := h.o.Guard.CreateFeed(r.Context(), v.principal, title)
	switch {
	case errors.Is(err, casefile.ErrInvalid):
		return h.feedsPage(c, v, http.StatusUnprocessableEntity, feedsView{Title: title, Wrong: "title"})
	case errors.Is(err, casefile.ErrConflict):
		return h.feedsPage(c, v, http.StatusConflict, feedsView{Title: title, Wrong: "many"})
	case err != nil:
		return fmt.Errorf("create feed: %w", err)
	}
	scheme := "http"
	if h.o.OverTLS || c.IsTLS() {
		scheme = "https"
	}
	return h.feedsPage(c, v, http.StatusCreated, feedsView{Address: scheme + "://" + r.Host + "/feeds/" + secret + ".ics"})
}

// revokeFeed handles POST /work/feeds/:feed/revoke.
func (h *handler) revokeFeed(c echo.Context, v viewer) error {
	id, err := param(c, "feed")
	if err != nil {
		return fmt.Errorf("feed: %w", err)
	}
	if err := h.o.Guard.RevokeFeed(c.Request().Context(), v.principal, id); err != nil {
		return fmt.Errorf("revoke feed: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/work/feeds")
}
