package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/client"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/store"
	"github.com/zhengdang/chengxu/webhook"
)

// cases are use cases without a case.
type cases struct{ access.Cases }

func (cases) Procedures() []*procedure.Definition {
	return []*procedure.Definition{{ID: "cn.example", Version: "1", Title: casefile.Text{ZH: "示例", EN: "Example"}}}
}

func (cases) Case(_ context.Context, id casefile.ID) (casefile.Case, error) {
	return casefile.Case{}, fmt.Errorf("case %s: %w", id, casefile.ErrNotFound)
}

// keeper keeps nothing of what the API would keep.
type keeper struct{}

func (keeper) LogRefusal(context.Context, api.Attempt) error { return nil }
func (keeper) Begin(context.Context, api.Write, string, time.Time) (api.Known, bool, error) {
	return api.Known{}, true, nil
}
func (keeper) Finish(context.Context, api.Write, []byte) error { return nil }
func (keeper) Drop(context.Context, api.Write) error           { return nil }
func (keeper) Purge(context.Context, time.Time) error          { return nil }

// real is the real API over a real store, and clients of it.
type real struct {
	store            *store.Store
	server           *httptest.Server
	drafter, admin   *client.Client
	public, nobody   *client.Client
	interruptStreams func()
}

func newReal(t *testing.T) *real {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	bell := events.NewBell()
	db.AnnounceTo(bell.Ring)
	tokens := auth.New(db, []casefile.Role{"drafter"}, auth.Options{})
	guard := access.New(access.Options{Cases: cases{}, Events: db, Webhooks: webhook.NewService(db, webhook.Key{}, webhook.Targets{}, nil, nil)})
	a, err := api.New(api.Options{Guard: guard, Authenticator: tokens, Refusals: keeper{}, Replies: keeper{}, Bell: bell})
	if err != nil {
		t.Fatal(err)
	}
	r := &real{store: db, server: httptest.NewServer(a)}
	t.Cleanup(r.server.Close)
	t.Cleanup(bell.Close)
	as := func(role casefile.Role) *client.Client {
		secret, _, err := tokens.Issue(t.Context(), auth.Grant{Organ: "o", Person: "p", Name: "某", Roles: []casefile.Role{role}, Expires: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return &client.Client{Base: r.server.URL + "/", Token: secret}
	}
	r.drafter, r.admin = as("drafter"), as(auth.Administrator)
	r.public, r.nobody = &client.Client{Base: r.server.URL}, &client.Client{Base: r.server.URL, Token: "wrong"}
	r.interruptStreams = r.server.CloseClientConnections
	return r
}

func (r *real) record(t *testing.T, sequence int64) {
	t.Helper()
	e := casefile.Entry{Case: "c1", Organ: "o", Sequence: sequence, Kind: casefile.EntryAct, On: legaltime.NewDate(2026, 3, 1),
		At: time.Date(2026, 3, 1, 0, 0, int(sequence), 0, time.UTC), Act: &casefile.Act{ID: "a", Kind: "case.note"}}
	if sequence == 1 {
		digest := casefile.Digest(strings.Repeat("a", 64))
		e.Kind, e.Matter, e.Pinned = casefile.EntryOpened, &casefile.Matter{Title: "方案"}, &casefile.Pinned{Procedure: "cn.example@1", Definition: digest, Calendar: digest}
	}
	if _, err := r.store.Record(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func TestTheClientAsksTheRealAPI(t *testing.T) {
	r := newReal(t)
	list, err := r.public.ListProcedures(t.Context(), client.ListProceduresParams{})
	if err != nil || len(list.Data.Procedures) != 1 || list.Data.Procedures[0].Title.EN != "Example" || list.Status != http.StatusOK {
		t.Errorf("%+v (%v)", list, err)
	}
	_, err = r.drafter.ReadCase(t.Context(), "a/../b c")
	var refused *client.ProblemError
	if !errors.As(err, &refused) || client.Code(err) != "not-found" || refused.Problem.Titles.EN != "Not found" {
		t.Errorf("a case that is not there: %v", err)
	}
	if _, err := r.nobody.ListEvents(t.Context(), client.ListEventsParams{}); client.Code(err) != "unauthenticated" {
		t.Errorf("a wrong token: %v", err)
	}
	made, err := r.admin.CreateWebhook(t.Context(), client.CreateWebhookParams{IdempotencyKey: "k1"},
		client.WebhookWish{URL: "https://example.org/in", Types: []client.EventType{client.EventTypeCnChengxuCaseEntryActV1}})
	if err != nil || made.Status != http.StatusCreated || made.Data.Webhook.State != "active" || made.Data.Webhook.CreatedAt.IsZero() {
		t.Fatalf("%+v (%v)", made, err)
	}
	if _, err := r.admin.CreateWebhook(t.Context(), client.CreateWebhookParams{}, client.WebhookWish{URL: "http://example.org"}); client.Code(err) != "invalid-request" {
		t.Errorf("a webhook in the open: %v", err)
	}
	if off, err := r.admin.DisableWebhook(t.Context(), made.Data.Webhook.ID); err != nil || off.Data.State != "disabled" {
		t.Errorf("%+v (%v)", off, err)
	}
}

func TestEventsAreFollowedPageByPageAndAcrossABrokenLine(t *testing.T) {
	r := newReal(t)
	for n := int64(1); n <= 5; n++ {
		r.record(t, n)
	}
	limit := int64(2)
	var seen []int64
	for e, err := range r.drafter.Events(t.Context(), client.ListEventsParams{Limit: &limit}) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, e.Data.Sequence)
	}
	if fmt.Sprint(seen) != "[1 2 3 4 5]" {
		t.Errorf("page by page: %v", seen)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	seen = nil
	for e, err := range r.drafter.Follow(ctx, client.StreamEventsParams{After: "3"}) {
		if err != nil {
			t.Fatal(err)
		}
		switch seen = append(seen, e.Data.Sequence); len(seen) {
		case 2: // all that there was
			r.interruptStreams()
			r.record(t, 6)
			r.record(t, 7)
		case 4:
			cancel()
		}
		if len(seen) == 4 {
			break
		}
	}
	if fmt.Sprint(seen) != "[4 5 6 7]" {
		t.Errorf("followed: %v", seen)
	}
	for _, err := range r.nobody.Follow(t.Context(), client.StreamEventsParams{}) {
		if client.Code(err) != "unauthenticated" {
			t.Errorf("a wrong token: %v", err)
		}
	}
}

func TestADeliveryIsCheckedAsItIsSigned(t *testing.T) {
	const secret, id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "e1"
	now, body := time.Unix(1_800_000_000, 0), []byte(`{"a":1}`)
	signature, err := webhook.Sign(secret, id, now, body)
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {"1800000000"}, "Webhook-Signature": {"v1,other " + signature}}
	if err := client.VerifyWebhook(secret, header, body, now.Add(4*time.Minute)); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another body":   client.VerifyWebhook(secret, header, []byte(`{"a":2}`), now),
		"another secret": client.VerifyWebhook("whsec_AAAA", header, body, now),
		"an old one":     client.VerifyWebhook(secret, header, body, now.Add(6*time.Minute)),
		"no headers":     client.VerifyWebhook(secret, http.Header{}, body, now),
	} {
		if !errors.Is(err, client.ErrNotSigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
