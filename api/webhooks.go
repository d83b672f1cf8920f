package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/webhook"
)

// webhookView is a subscription without its secret.
type webhookView struct {
	ID           string            `json:"id"`
	URL          string            `json:"url"`
	Description  string            `json:"description"`
	Types        []string          `json:"types"`
	Case         casefile.ID       `json:"case,omitempty"`
	Practice     bool              `json:"practice"`
	State        string            `json:"state"`
	Cursor       string            `json:"cursor"`
	Attempts     int64             `json:"attempts"`
	FailingSince time.Time         `json:"failing_since,omitzero"`
	NextAt       time.Time         `json:"next_at,omitzero"`
	LastError    string            `json:"last_error,omitempty"`
	Rotated      time.Time         `json:"rotated_at,omitzero"`
	CreatedBy    casefile.PersonID `json:"created_by"`
	Created      time.Time         `json:"created_at"`
}

type webhookListView struct {
	Webhooks []webhookView `json:"webhooks"`
}

type webhookSecretView struct {
	Webhook webhookView `json:"webhook"`
	Secret  string      `json:"secret"`
}

func webhookOf(w webhook.Subscription) webhookView {
	v := webhookView{
		ID: w.ID, URL: w.URL, Description: w.Description, Types: []string{}, Case: w.Case, Practice: w.Practice, State: w.State,
		Cursor: events.Cursor(w.Delivered), Attempts: w.Attempts, FailingSince: w.FailingSince, NextAt: w.NextAt,
		LastError: w.LastError, Rotated: w.Rotated, CreatedBy: w.CreatedBy, Created: w.Created,
	}
	for _, kind := range w.Kinds {
		v.Types = append(v.Types, events.Type(kind))
	}
	return v
}

// listWebhooks handles GET /api/v1/webhooks.
func (h *handler) listWebhooks(c echo.Context, p auth.Principal) error {
	list, err := h.guard.ListWebhooks(c.Request().Context(), p)
	if err != nil {
		return err
	}
	out := webhookListView{Webhooks: []webhookView{}}
	for _, w := range list {
		out.Webhooks = append(out.Webhooks, webhookOf(w))
	}
	return c.JSON(http.StatusOK, out)
}

// createWebhook handles POST /api/v1/webhooks.
func (h *handler) createWebhook(c echo.Context, p auth.Principal) error {
	var req struct {
		URL         string   `json:"url"`
		Description string   `json:"description"`
		Types       []string `json:"types"`
		Case        string   `json:"case"`
		Practice    bool     `json:"practice"`
		After       *string  `json:"after"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	wish := webhook.Wish{URL: req.URL, Description: req.Description, Case: casefile.ID(req.Case), Practice: req.Practice}
	var err error
	if wish.Kinds, err = kindsOf(req.Types); err != nil {
		return err
	}
	if req.After != nil {
		from, err := cursorOf("after", *req.After)
		if err != nil {
			return err
		}
		wish.From = &from
	}
	w, secret, err := h.guard.CreateWebhook(c.Request().Context(), p, wish)
	if err != nil {
		return webhookFault(err)
	}
	h.log.Info("webhook created", "request_id", requestIDOf(c), "organ", p.Organ, "by", p.Person, "webhook", w.ID)
	return c.JSON(http.StatusCreated, webhookSecretView{Webhook: webhookOf(w), Secret: secret})
}

// webhookFault turns what a subscription cannot be into a problem about the field.
func webhookFault(err error) error {
	var bad *webhook.InvalidError
	if errors.As(err, &bad) {
		return invalid(bad.Field, bad.Message.ZH, bad.Message.EN)
	}
	return err
}

// disableWebhook handles POST /api/v1/webhooks/{webhook}/disable.
func (h *handler) disableWebhook(c echo.Context, p auth.Principal) error {
	w, err := h.guard.DisableWebhook(c.Request().Context(), p, pathParam(c, "webhook"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, webhookOf(w))
}

// resumeWebhook handles POST /api/v1/webhooks/{webhook}/resume.
func (h *handler) resumeWebhook(c echo.Context, p auth.Principal) error {
	w, err := h.guard.ResumeWebhook(c.Request().Context(), p, pathParam(c, "webhook"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, webhookOf(w))
}

// rotateWebhook handles POST /api/v1/webhooks/{webhook}/rotate.
func (h *handler) rotateWebhook(c echo.Context, p auth.Principal) error {
	w, secret, err := h.guard.RotateWebhook(c.Request().Context(), p, pathParam(c, "webhook"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, webhookSecretView{Webhook: webhookOf(w), Secret: secret})
}
