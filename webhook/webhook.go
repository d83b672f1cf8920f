// Package webhook tells receivers by HTTP what was recorded: signed CloudEvents
// from the outbox, in the order of the organ, at least once.
//
// A subscription has one cursor, which moves when the receiver has accepted an
// event and not before. It knows no database; net/http is its only transport, and
// it connects to no address that the installation does not allow.
package webhook

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/internal/lease"
)

// Subscription is a webhook. It is an alias, so that a store can name the same
// type without importing this package.
type Subscription = struct {
	Organ        casefile.OrganID
	ID           string
	URL          string
	Description  string
	Kinds        []casefile.EntryKind // empty: all
	Case         casefile.ID          // empty: all
	Practice     bool                 // practice cases instead of real ones
	State        string
	Version      int64 // of the secret
	Rotated      time.Time
	Delivered    int64 // number up to which nothing is left to send
	Attempts     int64 // failed ones since the last success
	FailingSince time.Time
	NextAt       time.Time // not before then
	LastError    string
	CreatedBy    casefile.PersonID
	Created      time.Time
}

// The states of a subscription.
const (
	Active   = "active"
	Disabled = "disabled" // by an administrator
	Dead     = "dead"     // the receiver failed for too long, or said that it is gone
)

// Storage keeps subscriptions and gives events. What is not there is
// [casefile.ErrNotFound]; what another process has changed in the meantime is
// [casefile.ErrConflict].
type Storage interface {
	CreateWebhook(ctx context.Context, w Subscription) error
	Webhook(ctx context.Context, organ casefile.OrganID, id string) (Subscription, error)
	Webhooks(ctx context.Context, organ casefile.OrganID) ([]Subscription, error)
	WebhooksInTurn(ctx context.Context, state string, now time.Time) ([]Subscription, error)
	SetWebhookState(ctx context.Context, organ casefile.OrganID, id, state string) (Subscription, error)
	RotateWebhook(ctx context.Context, organ casefile.OrganID, id string, at time.Time) (Subscription, error)
	WebhookDelivered(ctx context.Context, organ casefile.OrganID, id string, from, to int64) error
	WebhookFailed(ctx context.Context, w Subscription, before string) error
	Events(ctx context.Context, f events.Filter) ([]events.Event, error)
	TreeSize(ctx context.Context, organ casefile.OrganID) (int64, error)
	lease.Storage
}

// Service makes and changes subscriptions. It asks nobody who is calling.
type Service struct {
	storage Storage
	key     Key
	targets Targets
	now     func() time.Time
	ring    func(casefile.OrganID)
}

// NewService returns a service; ring, which may be nil, is called when there may
// be something to send.
func NewService(storage Storage, key Key, targets Targets, now func() time.Time, ring func(casefile.OrganID)) *Service {
	if now == nil {
		now = time.Now
	}
	if ring == nil {
		ring = func(casefile.OrganID) {}
	}
	return &Service{storage: storage, key: key, targets: targets, now: now, ring: ring}
}

// Wish says what a new subscription is to be.
type Wish struct {
	Organ       casefile.OrganID
	ID          string // chosen by the caller; empty: one is made
	URL         string
	Description string
	Kinds       []casefile.EntryKind
	Case        casefile.ID
	Practice    bool
	From        *int64 // number after which events are sent; nil: what is recorded from now on
	By          casefile.PersonID
}

// Most subscriptions of one organ.
const maxSubscriptions = 50

// Create makes a subscription and gives its secret, here and never again. A wish
// that is not well formed is an [*InvalidError]; an id that is taken is a
// [casefile.ErrConflict].
func (s *Service) Create(ctx context.Context, wish Wish) (w Subscription, secret string, err error) {
	if w, err = s.wished(ctx, wish); err != nil {
		return Subscription{}, "", err
	}
	all, err := s.storage.Webhooks(ctx, w.Organ)
	if err != nil {
		return Subscription{}, "", err
	}
	if len(all) >= maxSubscriptions {
		return Subscription{}, "", invalid("id", fmt.Sprintf("已有 %d 个订阅，不能再多。", maxSubscriptions),
			fmt.Sprintf("there are %d subscriptions already, and there can be no more", maxSubscriptions))
	}
	if secret, err = s.key.secret(w.Organ, w.ID, w.Version); err != nil {
		return Subscription{}, "", err
	}
	if err := s.storage.CreateWebhook(ctx, w); err != nil {
		return Subscription{}, "", err
	}
	s.ring(w.Organ)
	return w, secret, nil
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$`)

// wished gives the subscription that is wished for.
func (s *Service) wished(ctx context.Context, wish Wish) (Subscription, error) {
	if wish.ID == "" {
		wish.ID = rand.Text()[:16]
	}
	switch {
	case !idPattern.MatchString(wish.ID):
		return Subscription{}, invalid("id", "编号须为1至100个字母、数字或 . _ : - ，并以字母或数字开头。",
			"must be 1 to 100 letters, digits or . _ : - and begin with a letter or digit")
	case wish.Case != "" && !idPattern.MatchString(string(wish.Case)):
		return Subscription{}, invalid("case", "不是案件编号。", "is not the id of a case")
	case !printable(wish.Description, 200):
		return Subscription{}, invalid("description", "须为至多200个可显示字符。", "must be at most 200 printable characters")
	}
	if err := s.targets.check(wish.URL); err != nil {
		return Subscription{}, err
	}
	for i, kind := range wish.Kinds {
		if !slices.Contains(events.Kinds(), kind) || slices.Contains(wish.Kinds[:i], kind) {
			return Subscription{}, invalid("types", "没有这种事件，或者重复。", "there is no such type of events, or it is named twice")
		}
	}
	head, err := s.storage.TreeSize(ctx, wish.Organ)
	if err != nil {
		return Subscription{}, err
	}
	if wish.From == nil {
		wish.From = &head
	}
	if *wish.From < 0 || *wish.From > head {
		return Subscription{}, invalid("after", "不是已给出的游标。", "is no cursor that was given out")
	}
	now := s.now().UTC()
	return Subscription{
		Organ: wish.Organ, ID: wish.ID, URL: wish.URL, Description: wish.Description, Kinds: wish.Kinds, Case: wish.Case,
		Practice: wish.Practice, State: Active, Version: 1, Delivered: *wish.From, CreatedBy: wish.By, Created: now,
	}, nil
}

func printable(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// List gives the subscriptions of an organ, the first created first.
func (s *Service) List(ctx context.Context, organ casefile.OrganID) ([]Subscription, error) {
	return s.storage.Webhooks(ctx, organ)
}

// Disable ends sending. What is recorded from now on is kept for when it is
// resumed.
func (s *Service) Disable(ctx context.Context, organ casefile.OrganID, id string) (Subscription, error) {
	return s.storage.SetWebhookState(ctx, organ, id, Disabled)
}

// Resume sends again, from the event after the last one that was accepted.
func (s *Service) Resume(ctx context.Context, organ casefile.OrganID, id string) (Subscription, error) {
	w, err := s.storage.SetWebhookState(ctx, organ, id, Active)
	if err == nil {
		s.ring(organ)
	}
	return w, err
}

// Rotate gives a subscription a new secret, here and never again. For a day
// deliveries are signed with the old one as well.
func (s *Service) Rotate(ctx context.Context, organ casefile.OrganID, id string) (w Subscription, secret string, err error) {
	if w, err = s.storage.RotateWebhook(ctx, organ, id, s.now()); err != nil {
		return Subscription{}, "", err
	}
	secret, err = s.key.secret(organ, id, w.Version)
	return w, secret, err
}

// InvalidError says which field of a wish is at fault.
type InvalidError struct {
	Field   string
	Message casefile.Text
}

func (e *InvalidError) Error() string { return e.Field + " " + e.Message.EN }

// Unwrap gives the kind of the error.
func (e *InvalidError) Unwrap() error { return casefile.ErrInvalid }

func invalid(field, zh, en string) error {
	return &InvalidError{Field: field, Message: casefile.Text{ZH: zh, EN: en}}
}

// check says whether a URL may be one of a receiver at all. What it resolves to is
// looked at on each connection.
func (t Targets) check(target string) error {
	u, err := url.Parse(target)
	switch {
	case err != nil || len(target) > 500 || !printable(target, 500) || strings.ContainsAny(target, " \\") || u.Host == "" ||
		u.Hostname() == "" || u.Opaque != "":
		return invalid("url", "须为完整的网址，至多500个字符。", "must be a whole URL of at most 500 characters")
	case u.User != nil || u.Fragment != "" || strings.Contains(target, "#"):
		return invalid("url", "不得含有用户名、密码或片段。", "must have no user, password or fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !t.Loopback || !loopbackName(u.Hostname())):
		return invalid("url", "须为 https 网址。", "must be an https URL")
	}
	if addr, err := parseAddr(u.Hostname()); err == nil && !t.allows(addr) {
		return invalid("url", "不得指向内部地址。", "must not point to an internal address")
	}
	return nil
}

// Doer sends requests, as [http.Client] does.
type Doer interface {
	Do(req *http.Request) (*http.Response, error)
}
