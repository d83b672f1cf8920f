package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
)

func (h *handler) eventRoutes(r *routes) {
	r.add("GET", "/api/v1/events", access.ReadEvents, h.listEvents, r.quick)
	r.add("GET", "/api/v1/events/stream", access.ReadEvents, h.streamEvents)
	r.add("GET", "/api/v1/webhooks", access.ManageWebhooks, h.listWebhooks, r.quick)
	r.onceSecret("POST", "/api/v1/webhooks", access.ManageWebhooks, h.createWebhook, r.quick)
	r.add("POST", "/api/v1/webhooks/:webhook/disable", access.ManageWebhooks, h.disableWebhook, r.quick)
	r.add("POST", "/api/v1/webhooks/:webhook/resume", access.ManageWebhooks, h.resumeWebhook, r.quick)
	r.onceSecret("POST", "/api/v1/webhooks/:webhook/rotate", access.ManageWebhooks, h.rotateWebhook, r.quick)
}

const (
	maxEvents     = 500
	defaultEvents = 100
)

// listEvents handles GET /api/v1/events.
func (h *handler) listEvents(c echo.Context, p auth.Principal) error {
	q, err := queryOf(c.Request(), "after", "limit", "case", "types")
	if err != nil {
		return err
	}
	f, err := eventsOf(q)
	if err != nil {
		return err
	}
	if f.Limit, err = limitOf(q, maxEvents); err != nil {
		return err
	}
	if f.Limit == 0 {
		f.Limit = defaultEvents
	}
	found, err := h.guard.EventsAfter(c.Request().Context(), p, f)
	if err != nil {
		return err
	}
	body, err := events.Batch(found)
	if err != nil {
		return err
	}
	if len(found) == f.Limit {
		c.Response().Header().Set("Link", nextEvents(q, found[len(found)-1].Number))
	}
	return c.Blob(http.StatusOK, events.BatchMediaType, body)
}

// nextEvents gives the link to the next page.
func nextEvents(q map[string]string, last int64) string {
	next := url.Values{"after": {events.Cursor(last)}}
	for _, name := range []string{"limit", "case", "types"} {
		if v, ok := q[name]; ok {
			next.Set(name, v)
		}
	}
	return "</api/v1/events?" + next.Encode() + `>; rel="next"`
}

// eventsOf reads what narrows events.
func eventsOf(q map[string]string) (events.Filter, error) {
	var f events.Filter
	var err error
	if f.After, err = cursorOf("after", q["after"]); err != nil {
		return f, err
	}
	if v, ok := q["case"]; ok {
		if !idPattern.MatchString(v) {
			return f, invalid("case", "不是案件编号。", "is not the id of a case")
		}
		f.Case = casefile.ID(v)
	}
	if v, ok := q["types"]; ok {
		if f.Kinds, err = kindsOf(strings.Split(v, ",")); err != nil {
			return f, err
		}
	}
	return f, nil
}

func cursorOf(field, cursor string) (int64, error) {
	number, err := events.ParseCursor(cursor)
	if err != nil {
		return 0, invalid(field, "不是已给出的游标。", "is no cursor that was given out")
	}
	return number, nil
}

// kindsOf reads types of events.
func kindsOf(types []string) ([]casefile.EntryKind, error) {
	var out []casefile.EntryKind
	for i, name := range types {
		kind, ok := events.KindOf(name)
		if !ok || len(out) > len(events.Kinds()) {
			return nil, invalid("types", "第 "+strconv.Itoa(i+1)+" 个不是事件类型。", "number "+strconv.Itoa(i+1)+" is no type of events")
		}
		out = append(out, kind)
	}
	return out, nil
}
