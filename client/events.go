package client

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Message is one message of a stream.
type Message struct {
	ID   string
	Data []byte
}

// Messages are what a stream brings, until it ends; the error, when there is one,
// is the last.
type Messages = iter.Seq2[Message, error]

// stream sends a request and reads server-sent events.
func stream(ctx context.Context, c *Client, r request) Messages {
	return func(yield func(Message, error) bool) {
		resp, err := send(ctx, c, r)
		if err != nil {
			yield(Message{}, err)
			return
		}
		defer resp.Body.Close()
		scan := bufio.NewScanner(resp.Body)
		scan.Buffer(nil, 1<<20)
		var m Message
		for scan.Scan() {
			line := scan.Text()
			switch {
			case line == "" && m.Data != nil:
				if !yield(m, nil) {
					return
				}
				m.Data = nil
			case strings.HasPrefix(line, "id: "):
				m.ID = line[4:]
			case strings.HasPrefix(line, "data: "):
				if m.Data != nil {
					m.Data = append(m.Data, '\n')
				}
				m.Data = append(m.Data, line[6:]...)
			}
		}
		if err := scan.Err(); err != nil {
			yield(Message{}, fmt.Errorf("read stream: %w", err))
		}
	}
}

// Events gives the events behind p.After, page by page, to the last one there is
// now. The error, when there is one, is the last.
func (c *Client) Events(ctx context.Context, p ListEventsParams) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			page, err := c.ListEvents(ctx, p)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range page.Data {
				p.After = e.Cursor
				if !yield(e, nil) {
					return
				}
			}
			if len(page.Data) == 0 || page.Header.Get("Link") == "" {
				return
			}
		}
	}
}

// Follow gives events as they come, until ctx ends or the service refuses. When
// the stream breaks it is taken up behind the last event, so that none is missed.
// The error is the last.
func (c *Client) Follow(ctx context.Context, p StreamEventsParams) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		const first, longest = 200 * time.Millisecond, 30 * time.Second
		for wait := first; ; wait = min(2*wait, longest) {
			for m, err := range c.StreamEvents(ctx, p) {
				var refused *ProblemError
				if errors.As(err, &refused) && refused.Problem.Status < http.StatusInternalServerError && refused.Problem.Status != http.StatusTooManyRequests {
					yield(Event{}, err)
					return
				}
				if err != nil {
					break
				}
				var e Event
				if err := json.Unmarshal(m.Data, &e); err != nil {
					yield(Event{}, fmt.Errorf("read event: %w", err))
					return
				}
				p.LastEventID, wait = m.ID, first
				if !yield(e, nil) {
					return
				}
			}
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				yield(Event{}, ctx.Err())
				return
			}
		}
	}
}

// ErrNotSigned says that a delivery of a webhook is not from whom it should be, or
// is an old one that is played again.
var ErrNotSigned = errors.New("not signed by the secret, or not now")

// VerifyWebhook checks a delivery over its body, as it was received, by the secret
// ("whsec_…"). Anything wrong is [ErrNotSigned]. A receiver bears that a delivery
// comes twice; the header webhook-id is then the same.
func VerifyWebhook(secret string, header http.Header, body []byte, now time.Time) error {
	encoded, ok := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil {
		return errors.New("the secret is none of a webhook")
	}
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if age := now.Sub(time.Unix(seconds, 0)); err != nil || age > 5*time.Minute || age < -5*time.Minute {
		return ErrNotSigned
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for given := range strings.FieldsSeq(header.Get("webhook-signature")) {
		if hmac.Equal([]byte(given), want) {
			return nil
		}
	}
	return ErrNotSigned
}
