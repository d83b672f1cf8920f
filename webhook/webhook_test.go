package webhook_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/webhook"
)

func TestASecretIsShownOnceAndIsNowhereInTheDatabase(t *testing.T) {
	w := newWorld(t)
	_, secret := w.subscribe(webhook.Wish{ID: "s1", URL: "https://example.org/"})
	if _, _, err := w.service.Create(t.Context(), webhook.Wish{Organ: organ, ID: "s1", URL: "https://example.com/"}); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("an id that is taken: %v", err)
	}
	all, err := w.service.List(t.Context(), organ)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d subscriptions (%v)", len(all), err)
	}
	if strings.Contains(fmt.Sprintf("%+v", all), strings.TrimPrefix(secret, "whsec_")) || len(secret) != len("whsec_")+44 {
		t.Errorf("secret %q", secret)
	}
}

func TestSubscriptionsOfAnotherOrganAreNotFound(t *testing.T) {
	w := newWorld(t)
	sub, _ := w.subscribe(webhook.Wish{URL: "https://example.org/"})
	if _, err := w.service.Disable(t.Context(), "other", sub.ID); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("disable: %v", err)
	}
	if _, err := w.service.Resume(t.Context(), "other", sub.ID); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("resume: %v", err)
	}
	if _, _, err := w.service.Rotate(t.Context(), "other", sub.ID); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("rotate: %v", err)
	}
	if got, err := w.store.Webhook(t.Context(), organ, sub.ID); err != nil || got.State != webhook.Active || got.Version != 1 {
		t.Errorf("%+v (%v)", got, err)
	}
	if all, err := w.service.List(t.Context(), "other"); err != nil || len(all) > 0 {
		t.Errorf("list: %v (%v)", all, err)
	}
}

func TestAWishThatIsNotWellFormedNamesItsField(t *testing.T) {
	w := newWorld(t)
	far := int64(1)
	for _, tt := range []struct {
		field string
		wish  webhook.Wish
	}{
		{"id", webhook.Wish{ID: "a b"}}, {"id", webhook.Wish{ID: strings.Repeat("x", 101)}}, {"case", webhook.Wish{Case: "../c1"}},
		{"description", webhook.Wish{Description: "a\x00b"}}, {"description", webhook.Wish{Description: strings.Repeat("字", 201)}},
		{"types", webhook.Wish{Kinds: []casefile.EntryKind{"other"}}},
		{"types", webhook.Wish{Kinds: []casefile.EntryKind{casefile.EntryAct, casefile.EntryAct}}},
		{"after", webhook.Wish{From: &far}},
	} {
		tt.wish.Organ, tt.wish.URL = organ, "https://example.org/"
		_, _, err := w.service.Create(t.Context(), tt.wish)
		var invalid *webhook.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != tt.field || invalid.Message.ZH == "" {
			t.Errorf("%s: %v", tt.field, err)
		}
	}
	for n := range 50 {
		w.subscribe(webhook.Wish{ID: fmt.Sprint("s", n), URL: "https://example.org/"})
	}
	if _, _, err := w.service.Create(t.Context(), webhook.Wish{Organ: organ, URL: "https://example.org/"}); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("the 51st: %v", err)
	}
}

// The example of the specification of Standard Webhooks.
func TestASignatureIsThatOfStandardWebhooks(t *testing.T) {
	const secret, id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
	at, body := time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)
	got, err := webhook.Sign(secret, id, at, body)
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signature %q (%v)", got, err)
	}
	for name, bad := range map[string]error{
		"another body":      webhook.Verify(secret, id, "1614265330", got, []byte(`{}`), at),
		"another id":        webhook.Verify(secret, id+"x", "1614265330", got, body, at),
		"another instant":   webhook.Verify(secret, id, "1614265331", got, body, at),
		"too old":           webhook.Verify(secret, id, "1614265330", got, body, at.Add(6*time.Minute)),
		"from the future":   webhook.Verify(secret, id, "1614265330", got, body, at.Add(-6*time.Minute)),
		"no instant":        webhook.Verify(secret, id, "x", got, body, at),
		"no signature":      webhook.Verify(secret, id, "1614265330", "", body, at),
		"another version":   webhook.Verify(secret, id, "1614265330", "v2"+got[2:], body, at),
		"a shorter version": webhook.Verify(secret, id, "1614265330", got[:20], body, at),
	} {
		if !errors.Is(bad, webhook.ErrNotSigned) {
			t.Errorf("%s: %v", name, bad)
		}
	}
	if err := webhook.Verify(secret, id, "1614265330", "v1,other "+got, body, at); err != nil {
		t.Error(err)
	}
}
