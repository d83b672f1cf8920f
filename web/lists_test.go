package web_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// lists stands in for the work lists and the calendar feeds, and notes what was asked.
type lists struct {
	items   []casework.WorkItem
	next    string
	filters []casework.TaskFilter
	notices []casework.Notice
	explain map[string]casework.Explanation // by step
	feeds   []access.Feed
	err     error
}

func (l *lists) Work(_ context.Context, f casework.TaskFilter) (casework.Work, error) {
	l.filters = append(l.filters, f)
	out := casework.Work{Next: l.next, Counts: &casework.TaskCounts{}}
	for _, i := range l.items {
		if i.Organ != f.Organ || f.Role != "" && i.Role != f.Role || f.Person != "" && i.Person != f.Person ||
			!f.All && !slices.Contains(f.Desks, casework.Desk{Role: i.Role, Person: i.Person}) {
			continue
		}
		out.Counts.All++
		if i.Dated && i.Left < 0 {
			out.Counts.Late++
		}
		out.Items = append(out.Items, i)
	}
	if f.After != "" {
		out.Counts = nil
	}
	return out, l.err
}

func (l *lists) NoticesFor(context.Context, casefile.OrganID, []casework.Desk) ([]casework.Notice, error) {
	return l.notices, nil
}

func (l *lists) NoticesOf(context.Context, casefile.ID) ([]casework.Notice, error) {
	return l.notices, nil
}

func (l *lists) TasksOf(context.Context, casefile.ID) ([]casework.WorkItem, error) {
	return l.items, nil
}

func (l *lists) Checklists(context.Context, casefile.ID) ([]casework.Checklist, error) {
	return nil, l.err
}

func (l *lists) PersonalCalendar(context.Context, string, []casework.WorkItem) ([]byte, error) {
	return nil, casefile.ErrNotFound
}

func (l *lists) Explain(_ context.Context, id casefile.ID, step string, _ casefile.Actor) (casework.Explanation, error) {
	x, ok := l.explain[step]
	if !ok {
		return x, fmt.Errorf("step %s: %w", step, casefile.ErrNotFound)
	}
	x.Case, x.Step = id, step
	return x, nil
}

func (l *lists) CreateFeed(_ context.Context, f access.Feed) error {
	l.feeds = append(l.feeds, f)
	return nil
}

func (l *lists) FeedByHash(context.Context, string) (access.Feed, error) {
	return access.Feed{}, casefile.ErrNotFound
}

func (l *lists) FeedsOf(_ context.Context, of casefile.OrganID, person casefile.PersonID) ([]access.Feed, error) {
	return slices.DeleteFunc(slices.Clone(l.feeds), func(f access.Feed) bool { return f.Organ != of || f.Person != person }), nil
}

func (l *lists) RevokeFeed(_ context.Context, _ casefile.OrganID, person casefile.PersonID, id string, at time.Time) error {
	for i, f := range l.feeds {
		if f.ID == id && f.Person == person {
			l.feeds[i].Revoked = at
			return nil
		}
	}
	return casefile.ErrNotFound
}

func (l *lists) PrincipalNow(context.Context, casefile.OrganID, casefile.PersonID, string) (auth.Principal, error) {
	return auth.Principal{}, casefile.ErrNotFound
}

// worker gives somebody who works in the pages of work.
func worker(session string) auth.Principal {
	switch session {
	case "overseer":
		return auth.Principal{Person: "p6", Name: "Wu", Organ: organ, Roles: []casefile.Role{auth.Auditor}, Oversees: []casefile.OrganID{otherOrgan}, SessionID: "s6"}
	case "stand-in":
		return auth.Principal{Person: "p2", Name: "Zhao", Organ: organ, Roles: []casefile.Role{"reviewer"}, SessionID: "s2", Mandates: []auth.Held{
			{Mandate: casefile.Mandate{ID: "m1", Kind: casefile.ActingFor, Principal: "p9", PrincipalName: "Qian", From: date("2024-04-01"), Until: date("2024-05-15")}, Roles: []casefile.Role{"drafter"}, InForce: true}}}
	}
	return auth.Principal{Person: "p5", Name: "Shen", Organ: organ, Roles: []casefile.Role{"reviewer"}, SessionID: "s5"}
}
