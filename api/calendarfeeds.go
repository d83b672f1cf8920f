package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
)

// feedRequest is the body of POST /api/v1/feeds.
type feedRequest struct {
	Title string `json:"title"`
}

func (h *handler) feedRoutes(r *routes) {
	r.add("GET", "/api/v1/feeds", access.ManageFeed, h.listFeeds, r.quick)
	r.onceSecret("POST", "/api/v1/feeds", access.ManageFeed, h.createFeed, r.quick)
	r.add("DELETE", "/api/v1/feeds/:feed", access.ManageFeed, h.revokeFeed, r.quick)
	r.add("GET", "/feeds/:file", access.ReadFeed, h.readFeed, r.quick)
}

type feedView struct {
	ID      string     `json:"id"`
	Title   string     `json:"title"`
	Created time.Time  `json:"created"`
	Revoked *time.Time `json:"revoked,omitempty"`
}

// newFeedView is a feed with its address, which is shown this once.
type newFeedView struct {
	feedView
	Path string `json:"path"`
}

type feedListView struct {
	Feeds []feedView `json:"feeds"`
}

func feedOf(f access.Feed) feedView {
	v := feedView{ID: f.ID, Title: f.Title, Created: f.Created}
	if !f.Revoked.IsZero() {
		v.Revoked = &f.Revoked
	}
	return v
}

// createFeed handles POST /api/v1/feeds.
func (h *handler) createFeed(c echo.Context, p auth.Principal) error {
	var req feedRequest
	if err := bindBody(c, &req); err != nil {
		return err
	}
	secret, feed, err := h.guard.CreateFeed(c.Request().Context(), p, req.Title)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, newFeedView{feedView: feedOf(feed), Path: "/feeds/" + secret + icsSuffix})
}

// listFeeds handles GET /api/v1/feeds.
func (h *handler) listFeeds(c echo.Context, p auth.Principal) error {
	feeds, err := h.guard.Feeds(c.Request().Context(), p)
	if err != nil {
		return err
	}
	v := feedListView{Feeds: []feedView{}}
	for _, f := range feeds {
		v.Feeds = append(v.Feeds, feedOf(f))
	}
	return c.JSON(http.StatusOK, v)
}

// revokeFeed handles DELETE /api/v1/feeds/{feed}.
func (h *handler) revokeFeed(c echo.Context, p auth.Principal) error {
	id := c.Param("feed")
	if !idPattern.MatchString(id) {
		return notFound()
	}
	if err := h.guard.RevokeFeed(c.Request().Context(), p, id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

const icsSuffix = ".ics"

// readFeed handles GET /feeds/{file}. The secret in the address lets in, whoever
// else the caller may be.
func (h *handler) readFeed(c echo.Context, _ auth.Principal) error {
	secret, ok := strings.CutSuffix(c.Param("file"), icsSuffix)
	if !ok {
		return notFound()
	}
	feed, err := h.guard.ReadFeed(c.Request().Context(), secret)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", feed)
}
