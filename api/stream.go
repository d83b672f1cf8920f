package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/events"
)

// Pace bounds streams of events. Zero fields mean what is said beside them.
type Pace struct {
	Recheck time.Duration // how often the rights of the reader are asked again: 3 seconds
	Beat    time.Duration // how often something is sent, lest the line be taken for dead: 15 seconds
	Write   time.Duration // how long the reader may take to receive what is sent: 10 seconds
	Person  int           // streams of one person: 10
	All     int           // streams in all: 500
}

func (p *Pace) fill() {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&p.Recheck, 3 * time.Second}, {&p.Beat, 15 * time.Second}, {&p.Write, 10 * time.Second}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if p.Person == 0 {
		p.Person = 10
	}
	if p.All == 0 {
		p.All = 500
	}
}

// streams counts the streams that are open.
type streams struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// enter counts a stream of a person, or refuses it. Leave must be called once.
func (s *streams) enter(p auth.Principal, pace Pace) (leave func(), err error) {
	key := string(p.Organ) + "\x00" + string(p.Person)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= pace.All || s.of[key] >= pace.Person {
		return nil, &fault{code: codeTooManyStreams}
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.all++
	s.of[key]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.of[key]--; s.of[key] == 0 {
			delete(s.of, key)
		}
	}, nil
}

// stream is one stream of events to one reader.
type stream struct {
	h    *handler
	c    echo.Context
	p    auth.Principal
	f    events.Filter
	line *http.ResponseController
	out  bytes.Buffer // of what is sent at once
}

// streamEvents handles GET /api/v1/events/stream.
func (h *handler) streamEvents(c echo.Context, p auth.Principal) error {
	q, err := queryOf(c.Request(), "after", "case", "types")
	if err != nil {
		return err
	}
	s := &stream{h: h, c: c, p: p, line: http.NewResponseController(c.Response())}
	if s.f, err = eventsOf(q); err != nil {
		return err
	}
	leave, err := h.streams.enter(p, h.pace)
	if err != nil {
		return err
	}
	defer leave()
	rung, stop := h.bell.Listen(p.Organ) // before the first look, so that nothing falls between
	defer stop()
	if err := s.begin(q); err != nil {
		return err
	}
	if err := s.follow(rung); err != nil && c.Request().Context().Err() == nil {
		h.log.Info("stream ended", "request_id", requestIDOf(c), "error", err)
	}
	return nil
}

// begin finds the place to begin at: after the event that the reader had last, or
// at the end. What is wrong is a problem still.
func (s *stream) begin(q map[string]string) (err error) {
	last := s.c.Request().Header.Values("Last-Event-ID")
	_, after := q["after"]
	switch {
	case len(last) > 1:
		return invalid("Last-Event-ID", "只能出现一次。", "may occur only once")
	case len(last) == 1 && last[0] != "":
		s.f.After, err = cursorOf("Last-Event-ID", last[0])
	case !after:
		s.f.After, err = s.h.guard.LastEvent(s.c.Request().Context(), s.p, s.f.Case)
	}
	if err != nil {
		return err
	}
	s.f.Limit = defaultEvents
	if _, err := s.h.guard.LastEvent(s.c.Request().Context(), s.p, s.f.Case); err != nil {
		return err
	}
	header := s.c.Response().Header()
	header.Set(echo.HeaderContentType, "text/event-stream")
	header.Set("X-Accel-Buffering", "no")
	s.c.Response().WriteHeader(http.StatusOK)
	return nil
}

// follow sends what comes, until the reader goes, loses the right, or the process
// ends.
func (s *stream) follow(rung <-chan struct{}) error {
	check, beat := time.NewTicker(s.h.pace.Recheck), time.NewTicker(s.h.pace.Beat)
	defer check.Stop()
	defer beat.Stop()
	s.out.WriteString(": \n\n")
	for {
		more, err := s.send()
		if err != nil {
			return err
		}
		if more {
			select {
			case <-check.C:
				if err := s.recheck(); err != nil {
					return err
				}
			default:
			}
			continue
		}
		select {
		case <-rung:
		case <-check.C:
			if err := s.recheck(); err != nil {
				return err
			}
		case <-beat.C:
			s.out.WriteString(": \n\n")
		case <-s.h.bell.Done():
			return nil
		case <-s.c.Request().Context().Done():
			return nil
		}
	}
}

// recheck asks anew who is reading, and what that person may.
func (s *stream) recheck() error {
	p, err := s.h.tokens.Again(s.c.Request().Context(), s.c.Request().Header.Values(echo.HeaderAuthorization))
	if err != nil {
		return err
	}
	if p.Public() || p.Organ != s.p.Organ || p.Person != s.p.Person {
		return auth.ErrUnauthenticated
	}
	s.p = p
	_, err = s.h.guard.LastEvent(s.c.Request().Context(), p, s.f.Case)
	return err
}

// send sends one page of what has come, and reports whether there is more.
func (s *stream) send() (more bool, err error) {
	ctx := s.c.Request().Context()
	head := s.f.After
	if len(s.f.Kinds) > 0 { // what is not asked for is looked at only once
		if head, err = s.h.guard.LastEvent(ctx, s.p, s.f.Case); err != nil {
			return false, err
		}
	}
	found, err := s.h.guard.EventsAfter(ctx, s.p, s.f)
	if err != nil {
		return false, err
	}
	for _, e := range found {
		body, err := events.Render(e)
		if err != nil {
			return false, err
		}
		fmt.Fprintf(&s.out, "id: %s\ndata: %s\n\n", events.Cursor(e.Number), body)
		s.f.After = e.Number
	}
	more = len(found) == s.f.Limit
	if !more {
		s.f.After = max(s.f.After, head)
	}
	return more, s.flush()
}

// flush sends what is ready, under a bound of its own: that of the server is for
// answers that end.
func (s *stream) flush() error {
	if s.out.Len() == 0 {
		return nil
	}
	defer s.out.Reset()
	if err := s.line.SetWriteDeadline(time.Now().Add(s.h.pace.Write)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("bound of sending: %w", err)
	}
	if _, err := s.c.Response().Write(s.out.Bytes()); err != nil {
		return fmt.Errorf("send events: %w", err)
	}
	if err := s.line.Flush(); err != nil {
		return fmt.Errorf("send events: %w", err)
	}
	return nil
}
