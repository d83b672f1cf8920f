package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
)

const (
	pageSize = 50
	// turnTime is how long one subscription is served before others have their turn.
	turnTime = 10 * time.Second
	// farBehind is how many events that are not for a subscription may lie before its
	// stored cursor until that is moved past them.
	farBehind = 500
	// oldSecret is how long deliveries are signed with the secret before, too.
	oldSecret = 24 * time.Hour
	// maxAnswer is how much of an answer is read; nothing of it is kept.
	maxAnswer = 4 << 10
)

// serve sends what a subscription waits for, event by event, until one fails, the
// turn is over or nothing is left. The cursor moves after each acceptance: if the
// process dies between the two, the next one sends this event again.
func (d *Dispatcher) serve(ctx context.Context, w Subscription) (more bool, err error) {
	key := string(w.Organ) + "\n" + w.ID
	head, err := d.o.Storage.TreeSize(ctx, w.Organ)
	if err != nil {
		return false, err
	}
	after := max(w.Delivered, d.lookedAt(key))
	if after >= head {
		return false, nil
	}
	page, err := d.o.Storage.Events(ctx, events.Filter{
		Organ: w.Organ, After: after, Case: w.Case, Kinds: w.Kinds, Practice: &w.Practice, Limit: pageSize,
	})
	if err != nil {
		return false, err
	}
	ends := d.o.Now().Add(turnTime)
	for _, e := range page {
		if d.o.Now().After(ends) {
			return true, nil
		}
		if again, err := d.deliver(ctx, &w, e); err != nil || !again {
			return false, err
		}
	}
	if len(page) == pageSize {
		return true, nil
	}
	d.look(key, head)
	if head-w.Delivered >= farBehind {
		err = d.o.Storage.WebhookDelivered(ctx, w.Organ, w.ID, w.Delivered, head)
	}
	return len(page) > 0, err
}

func (d *Dispatcher) lookedAt(key string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.looked[key]
}

func (d *Dispatcher) look(key string, number int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looked[key] = number
}

// deliver sends one event and moves the cursor, and reports whether the next one
// may follow. The subscription is read again before, as somebody may have disabled
// it or given it another secret, or an attempt may have failed just now.
func (d *Dispatcher) deliver(ctx context.Context, w *Subscription, e events.Event) (next bool, err error) {
	held, err := d.lease.Hold(ctx, d.o.Timeout)
	if err != nil || !held {
		return false, err
	}
	fresh, err := d.o.Storage.Webhook(ctx, w.Organ, w.ID)
	if err != nil || fresh.State != Active || fresh.Delivered != w.Delivered || fresh.NextAt.After(d.o.Now()) {
		return false, err
	}
	*w = fresh
	failure := d.send(ctx, *w, e)
	if ctx.Err() != nil {
		return false, ctx.Err() // the end of this process says nothing about the receiver
	}
	if failure != nil {
		return false, d.failed(ctx, *w, failure)
	}
	if err := d.o.Storage.WebhookDelivered(ctx, w.Organ, w.ID, w.Delivered, e.Number); err != nil {
		return false, err
	}
	w.Delivered = e.Number
	return true, nil
}

// refusedError is an answer that is no acceptance.
type refusedError struct {
	status     int
	retryAfter time.Duration
}

func (e *refusedError) Error() string { return fmt.Sprintf("the receiver answered %d", e.status) }

// send posts an event, and gives nil when the receiver has accepted it.
func (d *Dispatcher) send(ctx context.Context, w Subscription, e events.Event) error {
	ctx, cancel := context.WithTimeout(ctx, d.o.Timeout)
	defer cancel()
	req, err := d.request(ctx, w, e)
	if err != nil {
		return err
	}
	resp, err := d.o.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)); err != nil && ctx.Err() != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return nil
	}
	return &refusedError{status: resp.StatusCode, retryAfter: retryAfter(resp.Header.Get("Retry-After"))}
}

func (d *Dispatcher) request(ctx context.Context, w Subscription, e events.Event) (*http.Request, error) {
	body, err := events.Render(e)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	now := d.o.Now()
	signatures, err := d.signatures(w, events.ID(e.Event), now, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", events.MediaType)
	req.Header.Set("User-Agent", "chengxu-webhook/1")
	req.Header.Set(HeaderID, events.ID(e.Event))
	req.Header.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(HeaderSignature, strings.Join(signatures, " "))
	return req, nil
}

// signatures signs with the secret, and with the one before while it is young.
func (d *Dispatcher) signatures(w Subscription, id string, now time.Time, body []byte) ([]string, error) {
	versions := []int64{w.Version}
	if w.Version > 1 && now.Before(w.Rotated.Add(oldSecret)) {
		versions = append(versions, w.Version-1)
	}
	var out []string
	for _, version := range versions {
		secret, err := d.o.Key.secret(w.Organ, w.ID, version)
		if err != nil {
			return nil, err
		}
		signature, err := Sign(secret, id, now, body)
		if err != nil {
			return nil, err
		}
		out = append(out, signature)
	}
	return out, nil
}

// retryAfter reads a number of seconds; 0 when there is none.
func retryAfter(header string) time.Duration {
	seconds, err := strconv.ParseInt(header, 10, 32)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// failed notes a failure and when to try again, or that it has been too long.
func (d *Dispatcher) failed(ctx context.Context, w Subscription, failure error) error {
	now := d.o.Now().UTC()
	w.Attempts++
	if w.FailingSince.IsZero() {
		w.FailingSince = now
	}
	wait := d.backoff(w.Attempts)
	var refused *refusedError
	gone := false
	if errors.As(failure, &refused) {
		wait = min(max(wait, refused.retryAfter), d.o.Longest)
		gone = refused.status == http.StatusGone
	}
	w.NextAt, w.LastError = now.Add(wait), told(failure)
	if gone || now.Sub(w.FailingSince) >= d.o.GiveUp {
		w.State = Dead
		d.o.Log.ErrorContext(ctx, "webhook is dead", "organ", w.Organ, "webhook", w.ID, "error", w.LastError)
	}
	err := d.o.Storage.WebhookFailed(ctx, w, Active)
	if errors.Is(err, casefile.ErrConflict) {
		return nil // somebody has disabled it meanwhile
	}
	return err
}

// backoff gives the wait after a number of failures, between half of what doubling
// makes of the first one and all of it.
func (d *Dispatcher) backoff(attempts int64) time.Duration {
	wait := d.o.First
	for i := int64(1); i < attempts && wait < d.o.Longest; i++ {
		wait *= 2
	}
	wait = min(wait, d.o.Longest)
	return wait/2 + time.Duration(d.o.Jitter()*float64(wait/2))
}

// told gives what administrators read of a failure: without the URL, which may
// have a secret in it, and cut to a size.
func told(failure error) string {
	var of *url.Error
	switch {
	case errors.Is(failure, errRefusedAddress):
		return errRefusedAddress.Error()
	case errors.Is(failure, context.DeadlineExceeded):
		return "the receiver did not answer in time"
	case errors.As(failure, &of):
		failure = of.Err
	}
	text := strings.ToValidUTF8(failure.Error(), "?")
	if utf8.RuneCountInString(text) > 200 {
		text = string([]rune(text)[:200])
	}
	return text
}
