package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

// A real case, unlike one for practice, goes by the clock of the world and waits for its
// due dates by durable timers. Here it is the review of a document in reconsideration.

// openReal opens it, and registers the notice that was received on a day.
func openReal(tb testing.TB, s *stack, name string, received legaltime.Date) casefile.Case {
	tb.Helper()
	opened, err := s.cases.Open(tb.Context(), casework.Opening{
		ID: name, Procedure: "cn.document-litigation", Organ: "区政府", Matter: casefile.Matter{Title: "附带审查的应对", Category: "policy"},
		With: casefile.Values{"body_kind": "sub-district", "contains_state_secret": false}, By: legalOfficer(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	document, err := localEngine{s.cases, s.papers}.Upload(tb.Context(), "区政府", "复议机构书面通知", []byte("请就第六条的合法性书面答复。"))
	if err != nil {
		tb.Fatal(err)
	}
	c := actReal(tb, s, opened.Case.ID, "register", "receipt.register", casefile.Values{
		"channel": "reconsideration", "received_on": received.String(), "from": "区政府行政复议机构", "title": "停车管理办法", "number": "街规2号",
		"clauses": []any{"第六条"}, "document": string(document),
	})
	if c.Practice || len(c.Deadlines) != 1 {
		tb.Fatalf("practice %t, waiting for %+v", c.Practice, c.Deadlines)
	}
	return c
}

// determinesMaker is an act on it that leaves its due dates as they are.
func determinesMaker(tb testing.TB, s *stack, id casefile.ID) casefile.Case {
	tb.Helper()
	return actReal(tb, s, id, "maker", "receipt.determine_maker", casefile.Values{"is_maker": true, "grounds": "发文机关"})
}

func actReal(tb testing.TB, s *stack, id casefile.ID, name, kind string, with casefile.Values) casefile.Case {
	tb.Helper()
	reply, err := s.cases.Act(tb.Context(), id, casefile.Act{ID: name, Kind: kind, By: legalOfficer(), With: with}, 0)
	if err != nil || reply.Entry.Kind == casefile.EntryBlocked {
		tb.Fatalf("%s: %v %+v", kind, err, reply.Entry.Verdict)
	}
	return reply.Case
}

func legalOfficer() casefile.Actor {
	return casefile.Actor{Person: "legal", Name: "法制员", Roles: []casefile.Role{"legal_officer"}}
}

func todayInChina() legaltime.Date { return legaltime.DateIn(time.Now(), legaltime.China) }

// playWaiting plays a real case that waits, and has others act on it while it does.
func playWaiting(tb testing.TB, s *stack, run string) casefile.Case {
	tb.Helper()
	c := openReal(tb, s, run+"-waiting", todayInChina())
	determinesMaker(tb, s, c.ID)
	return actReal(tb, s, c.ID, "note", "case.note", casefile.Values{"text": "已联系复议机构"})
}

// playLate plays a real case whose due date has passed when it becomes known.
func playLate(tb testing.TB, s *stack, run string) casefile.Case {
	tb.Helper()
	c := openReal(tb, s, run+"-late", todayInChina().AddDays(-90))
	id := c.ID
	awaits(tb, "the due date that has passed", func(ctx context.Context) error {
		var err error
		if c, err = s.store.Case(ctx, id); err != nil {
			return err
		}
		for _, d := range c.Deadlines {
			if d.State == casefile.DeadlineOpen {
				return fmt.Errorf("deadline %+v", d)
			}
		}
		return nil
	})
	return determinesMaker(tb, s, id)
}
