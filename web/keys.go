package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// keysView are the keys that somebody signs with.
type keysView struct {
	Signs bool // the person does acts, and so may sign them
	Rows  []keyRow
	Wrong string // "wrong" or "known", about the request that was sent; empty: nothing
}

type keyRow struct {
	ID, Reason string
	Ended      bool
}

func (h *handler) keysView(ctx context.Context, p auth.Principal) (keysView, error) {
	records, err := h.o.Entrance.Keys(ctx, p)
	if errors.Is(err, casefile.ErrForbidden) {
		return keysView{}, nil
	}
	if err != nil {
		return keysView{}, err
	}
	view := keysView{Signs: true}
	for _, r := range records {
		var k auth.SigningKey
		if err := json.Unmarshal(r.Body, &k); err != nil {
			return keysView{}, fmt.Errorf("read key %s: %w", r.ID, err)
		}
		view.Rows = append(view.Rows, keyRow{ID: k.ID, Reason: k.Reason, Ended: k.Ended})
	}
	return view, nil
}

// registerKey handles POST /account/keys, with what "chengxu key request" prints.
func (h *handler) registerKey(c echo.Context, p auth.Principal) error {
	var k auth.SigningKey
	dec := json.NewDecoder(strings.NewReader(c.Request().PostFormValue("request")))
	dec.DisallowUnknownFields()
	err := dec.Decode(&k)
	if err != nil {
		err = fmt.Errorf("request: %w: %w", err, casefile.ErrInvalid)
	} else {
		_, err = h.o.Entrance.RegisterKey(c.Request().Context(), p, k)
	}
	switch {
	case errors.Is(err, casefile.ErrInvalid):
		return h.accountPage(c, p, http.StatusUnprocessableEntity, "wrong")
	case errors.Is(err, casefile.ErrConflict):
		return h.accountPage(c, p, http.StatusConflict, "known")
	case err != nil:
		return fmt.Errorf("register key: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/account#account-keys")
}

// endKey handles POST /account/keys/:key/end.
func (h *handler) endKey(ctx context.Context, p auth.Principal, c echo.Context) error {
	_, err := h.o.Entrance.EndKey(ctx, p, c.Param("key"), strings.TrimSpace(c.Request().PostFormValue("reason")))
	return err
}
