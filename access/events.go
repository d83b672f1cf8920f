package access

import (
	"context"
	"errors"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/webhook"
)

// The actions on events and on who is told of them.
const (
	ReadEvents     Action = "event.read"
	ManageWebhooks Action = "webhook.manage"
)

// Events are what the outbox holds.
type Events interface {
	Events(ctx context.Context, f events.Filter) ([]events.Event, error)
	// TreeSize gives the number of the last event of an organ.
	TreeSize(ctx context.Context, organ casefile.OrganID) (int64, error)
}

// Webhooks are the use cases of subscriptions.
type Webhooks interface {
	Create(ctx context.Context, wish webhook.Wish) (w webhook.Subscription, secret string, err error)
	List(ctx context.Context, organ casefile.OrganID) ([]webhook.Subscription, error)
	Disable(ctx context.Context, organ casefile.OrganID, id string) (webhook.Subscription, error)
	Resume(ctx context.Context, organ casefile.OrganID, id string) (webhook.Subscription, error)
	Rotate(ctx context.Context, organ casefile.OrganID, id string) (w webhook.Subscription, secret string, err error)
}

// errNoEvents says that the installation was put together without an outbox.
var errNoEvents = errors.New("there is no outbox")

// EventsAfter gives events that the caller may see, in the order of their numbers,
// of the caller's organ or of the case that the filter names. The organ is set
// here.
func (g *Guard) EventsAfter(ctx context.Context, p auth.Principal, f events.Filter) ([]events.Event, error) {
	organ, err := g.eventsOf(ctx, p, f.Case)
	if err != nil {
		return nil, err
	}
	f.Organ = organ
	found, err := g.o.Events.Events(ctx, f)
	return slices.DeleteFunc(found, func(e events.Event) bool { return !g.belongs(p, e.Event.Organ, e.Event.Practice) }), err
}

// LastEvent gives the number of the last event of the caller's organ, or of the
// organ of a case.
func (g *Guard) LastEvent(ctx context.Context, p auth.Principal, id casefile.ID) (int64, error) {
	organ, err := g.eventsOf(ctx, p, id)
	if err != nil {
		return 0, err
	}
	return g.o.Events.TreeSize(ctx, organ)
}

// eventsOf gives the organ whose events are asked for, when the caller may read
// them.
func (g *Guard) eventsOf(ctx context.Context, p auth.Principal, id casefile.ID) (casefile.OrganID, error) {
	if err := Permit(p, ReadEvents); err != nil {
		return "", err
	}
	if g.o.Events == nil {
		return "", errNoEvents
	}
	if id == "" {
		return p.Organ, nil
	}
	v, err := g.visible(ctx, p, ReadEvents, id)
	return v.c.Organ, err
}

// CreateWebhook makes a subscription to the events of the caller's organ; organ
// and creator are set here. The secret is given here and never again.
func (g *Guard) CreateWebhook(ctx context.Context, p auth.Principal, wish webhook.Wish) (webhook.Subscription, string, error) {
	if err := g.mayManageWebhooks(p); err != nil {
		return webhook.Subscription{}, "", err
	}
	wish.Organ, wish.By = p.Organ, p.Person
	return g.o.Webhooks.Create(ctx, wish)
}

// ListWebhooks gives the subscriptions of the caller's organ.
func (g *Guard) ListWebhooks(ctx context.Context, p auth.Principal) ([]webhook.Subscription, error) {
	if err := g.mayManageWebhooks(p); err != nil {
		return nil, err
	}
	return g.o.Webhooks.List(ctx, p.Organ)
}

// DisableWebhook ends sending, until it is resumed.
func (g *Guard) DisableWebhook(ctx context.Context, p auth.Principal, id string) (webhook.Subscription, error) {
	if err := g.mayManageWebhooks(p); err != nil {
		return webhook.Subscription{}, err
	}
	return g.o.Webhooks.Disable(ctx, p.Organ, id)
}

// ResumeWebhook sends again, from where it stood.
func (g *Guard) ResumeWebhook(ctx context.Context, p auth.Principal, id string) (webhook.Subscription, error) {
	if err := g.mayManageWebhooks(p); err != nil {
		return webhook.Subscription{}, err
	}
	return g.o.Webhooks.Resume(ctx, p.Organ, id)
}

// RotateWebhook gives a subscription a new secret, here and never again.
func (g *Guard) RotateWebhook(ctx context.Context, p auth.Principal, id string) (webhook.Subscription, string, error) {
	if err := g.mayManageWebhooks(p); err != nil {
		return webhook.Subscription{}, "", err
	}
	return g.o.Webhooks.Rotate(ctx, p.Organ, id)
}

func (g *Guard) mayManageWebhooks(p auth.Principal) error {
	if err := Permit(p, ManageWebhooks); err != nil {
		return err
	}
	if g.o.Webhooks == nil {
		return errNoEvents
	}
	return nil
}
