package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/consult"
)

const (
	// leastCrowd is among how few cases every question finds something.
	leastCrowd = 200
	// crowdStages is of how many stages of one case a crowd is made.
	crowdStages = 20
	// benchSenders is how many people comment at the same time.
	benchSenders = 32
)

// benchCrowd is an installation with many cases, and how long its questions took.
type benchCrowd struct {
	*served
	cases     int
	questions []benchQuestion
	took      [][]time.Duration
}

// lists measures lists, searches and reads among many cases, over HTTP and signed in.
// The copies are of a short case, so that a million of them fit on a disk. All crowds
// stand before the first question, and questions and crowds take turns, so that a
// machine that slows down slows all of them.
func (b *bench) lists(ctx context.Context) error {
	return b.with(ctx, benchLists, func(s *stack) (err error) {
		short, err := exampleScenario("filing-review-parking-document.yaml")
		if err != nil {
			return err
		}
		of, err := playOnce(ctx, s, short, "short")
		if err != nil {
			return err
		}
		var crowds []*benchCrowd
		for _, cases := range b.cases {
			served, remove, amongErr := b.among(ctx, s, of, cases)
			if amongErr != nil {
				return fmt.Errorf("among %d cases: %w", cases, amongErr)
			}
			defer func() { err = errors.Join(err, remove()) }()
			crowds = append(crowds, &benchCrowd{served: served, cases: cases})
		}
		if err := ask(ctx, crowds, b.rounds); err != nil {
			return err
		}
		for _, c := range crowds {
			for i, q := range c.questions {
				b.report.took(benchLists, q.what, c.cases, c.took[i])
			}
		}
		return nil
	})
}

// intake measures how many comments of the public are taken in a second, on one
// consultation, over HTTP.
func (b *bench) intake(ctx context.Context) error {
	return b.with(ctx, benchComments, func(s *stack) (err error) {
		of, err := playOnce(ctx, s, b.script, "whole")
		if err != nil {
			return err
		}
		c, remove, err := b.among(ctx, s, of, leastCrowd)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, remove()) }()
		open, _, err := c.public.List(ctx, consult.Filter{State: "open", Limit: 1, Now: time.Now()})
		if err != nil {
			return err
		}
		if len(open) == 0 {
			return errors.New("the case of the scenario asks nobody: no consultation takes comments")
		}
		path := "/api/v1/public/consultations/" + url.PathEscape(open[0].ID) + "/comments"
		took, within, err := inParallel(ctx, benchSenders, b.comments, func(context.Context) (func(ctx context.Context, n int) error, error) {
			return func(ctx context.Context, n int) error {
				_, err := c.ask(ctx, http.MethodPost, path, fmt.Sprintf(`{"text":"第%d条意见：建议增设投放点。"}`, n))
				return err
			}, nil
		})
		if err != nil {
			return err
		}
		b.report.rate(benchComments, "comments taken in", benchSenders, took, within)
		return nil
	})
}

// served is an installation that answers on loopback.
type served struct {
	*stack
	recorded
	base   string
	token  string
	client *http.Client
}

// among serves an installation with many cases, until it is removed.
func (b *bench) among(ctx context.Context, s *stack, of played, cases int) (c *served, remove func() error, err error) {
	at, removeAll, err := b.place(ctx, fmt.Sprintf("among-%d-%s", cases, rand.Text()))
	if err != nil {
		return nil, nil, err
	}
	undo := []func() error{removeAll}
	backwards := func() error {
		var err error
		for _, one := range slices.Backward(undo) {
			err = errors.Join(err, one())
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, backwards())
		}
	}()
	if err := os.MkdirAll(at.data, 0o700); err != nil {
		return nil, nil, fmt.Errorf("directory of many cases: %w", err)
	}
	began := time.Now()
	db, r, err := of.fill(ctx, s.store, at.storeURL(), crowdStages, cases)
	if err != nil {
		return nil, nil, err
	}
	undo = append(undo, db.Close)
	b.tell(fmt.Sprintf("filled with %d cases in %s", cases, time.Since(began).Round(time.Millisecond)))
	over, err := s.over(ctx, db, filepath.Join(at.data, "documents"))
	if err != nil {
		return nil, nil, err
	}
	c, stop, err := serveFor(ctx, over)
	if err != nil {
		return nil, nil, err
	}
	undo = append(undo, stop)
	c.recorded = r
	return c, backwards, nil
}

// serveFor answers for somebody with every role, and for the public without limits.
func serveFor(ctx context.Context, s *stack) (*served, func() error, error) {
	handler, err := s.handler(outside{limits: api.Limits{PerMinute: 1 << 30, Burst: 1 << 30}}, slog.New(slog.DiscardHandler)) //nolint:contextcheck // requests bring their own context
	if err != nil {
		return nil, nil, err
	}
	tokens := auth.New(s.store, s.shipped.roles(), auth.Options{})
	roles := slices.DeleteFunc(s.shipped.roles(), auth.Installed)
	secret, _, err := tokens.Issue(ctx, auth.Grant{Organ: crowdOrgans[0], Person: "bench", Name: "基准", Roles: roles, Expires: time.Now().AddDate(0, 0, 1)})
	if err != nil {
		return nil, nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server := api.NewServer(listener.Addr().String(), handler)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	kept := &http.Transport{MaxIdleConnsPerHost: benchSenders}
	c := &served{stack: s, base: "http://" + listener.Addr().String(), token: secret, client: &http.Client{Transport: kept, Timeout: time.Minute}}
	return c, func() error {
		kept.CloseIdleConnections()
		err := server.Close()
		if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}, nil
}

// ask sends one request and reads the whole answer.
func (c *served) ask(ctx context.Context, method, path, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodGet { // the public sends comments
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return answer, err
}

// benchQuestion is something that is asked of many cases.
type benchQuestion struct{ what, path string }

// asks are the questions among so many cases. Each must find something, but for the one
// that is to find nothing.
func (c *served) asks(ctx context.Context, cases int) ([]benchQuestion, error) {
	answer, err := c.ask(ctx, http.MethodGet, "/api/v1/cases?limit=50", "")
	if err != nil {
		return nil, err
	}
	var page struct {
		Next string `json:"next"`
	}
	if err := json.Unmarshal(answer, &page); err != nil || page.Next == "" {
		return nil, errors.Join(err, errors.New("the list of cases has one page only"))
	}
	search := func(words string) string { return "/api/v1/cases?q=" + url.QueryEscape(words) }
	return []benchQuestion{
		{"list, last opened first", "/api/v1/cases"},
		{"list, a later page", "/api/v1/cases?after=" + url.QueryEscape(page.Next)},
		{"list, last changed first", "/api/v1/cases?sort=updated"},
		{"list, closed", "/api/v1/cases?status=closed"},
		{"count", "/api/v1/cases?limit=1&count=true"},
		{"search, words of every title", search("分类方案")},
		{"search, one title", search(fmt.Sprintf("第%07d号", cases/2))},
		{"search, no title", search("方案公交")},
		{"one case, whole", "/api/v1/cases/" + string(c.running[len(c.running)-1])},
		{"work list, with counts", "/api/v1/work?unit=*"},
		{"consultations, as the public", "/api/v1/public/consultations"},
	}, nil
}

// ask asks every question of every crowd so often.
func ask(ctx context.Context, crowds []*benchCrowd, rounds int) (err error) {
	for _, c := range crowds {
		if c.questions, err = c.asks(ctx, c.cases); err != nil {
			return err
		}
		c.took = make([][]time.Duration, len(c.questions))
	}
	for range rounds {
		for i := range crowds[0].questions {
			for _, c := range crowds {
				began := time.Now()
				if _, err := c.ask(ctx, http.MethodGet, c.questions[i].path, ""); err != nil {
					return err
				}
				c.took[i] = append(c.took[i], time.Since(began))
			}
		}
	}
	return nil
}
