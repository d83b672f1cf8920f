package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/internal/manycases"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/scenario"
	"github.com/zhengdang/chengxu/store"
)

// playedOnce plays the case of a file from the opening to the archive.
func playedOnce(tb testing.TB, s *stack, file string) played {
	tb.Helper()
	script := must(loadScenario(file))
	of := must(playOnce(tb.Context(), s, script, "many"))
	if last := of.entries[len(of.entries)-1].Entry.Case; must(s.store.Case(tb.Context(), last)).Status != casefile.StatusClosed {
		tb.Fatalf("%s: the case is not closed", file)
	}
	return of
}

// crowd is an installation with many cases: those that are looked at are recorded
// whole, the others stand in the lists.
type crowd struct {
	s *stack // its engine knows none of the cases
	recorded
	comments string // the consultation that most was said on
	open     string // a consultation that takes comments
	review   string // the page of a review of a file
}

// crowdAddress gives a database for a crowd.
func crowdAddress(b testing.TB, kind string) string {
	b.Helper()
	if kind == "sqlite" {
		return "sqlite://" + filepath.Join(b.TempDir(), "many.db")
	}
	server := os.Getenv("TEST_POSTGRES_URL")
	if server == "" {
		b.Skip("TEST_POSTGRES_URL is not set: go run ./internal/testpg -durable -- go test …")
	}
	address, drop, err := manycases.Schema(b.Context(), server)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := drop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return address
}

// newCrowd fills a database with cases.
func newCrowd(b testing.TB, s *stack, of played, address string, cases int) crowd {
	b.Helper()
	var c crowd
	began := time.Now()
	db, r, err := of.fill(b.Context(), s.store, address, 20, cases)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	b.Logf("%d cases filled and listed in %s", cases, time.Since(began).Round(time.Millisecond))
	c.recorded, c.s = r, must(s.over(b.Context(), db, b.TempDir()))
	c.registered(b, of)
	c.commented(b)
	enrol(b, c.s)
	storePapers(b, c.s, of.script)
	return c
}

// registered fills the register of normative documents.
func (c *crowd) registered(b testing.TB, of played) {
	b.Helper()
	var changes []casefile.DocumentChange
	for n := range crowdDocuments {
		on := legaltime.NewDate(2024, time.January, 1).AddDays(n % 700)
		changes = append(changes, casefile.DocumentChange{Document: crowdDocument(n), Change: casefile.DocumentPublished, On: on.AddDays(30), Until: on.AddDays(1000), Published: on, Title: "停车管理办法", Kind: "ordinary"})
	}
	c.s.store.DeriveWith(func(context.Context, store.Contents, casefile.Case, casefile.Entry) (casefile.Derived, error) {
		return casefile.Derived{Register: changes}, nil
	})
	defer c.s.store.DeriveWith(c.s.judges.Derive)
	opening := of.entries[0].Entry
	opening.Case, opening.Organ, opening.Practice = "documents", crowdOrgans[0], false
	opening.At = opening.On.Start(legaltime.China).UTC()
	if _, err := c.s.store.Record(b.Context(), opening); err != nil {
		b.Fatal(err)
	}
}

// crowdDocuments is how many documents the register has.
const crowdDocuments = 1000

func crowdDocument(n int) string { return fmt.Sprintf("示例规〔2024〕%d号", n+1) }

// commented finds consultations, and has much said on one of them.
func (c *crowd) commented(b testing.TB) {
	b.Helper()
	open, _, err := c.s.public.List(b.Context(), consult.Filter{State: "open", Limit: 1, Now: time.Now()})
	if err != nil || len(open) == 0 {
		b.Fatalf("no consultation is open: %v", err)
	}
	c.open = open[0].ID
	last := c.running[len(c.running)-1]
	rounds := must(c.s.public.Rounds(b.Context(), last))
	if len(rounds) == 0 {
		b.Fatalf("case %s has asked nobody", last)
	}
	c.comments = rounds[0].ID
}

// enrol writes three organs, and a few hundred people of the first.
func enrol(b testing.TB, s *stack) {
	b.Helper()
	directory := auth.NewDirectory(s.store, s.shipped.roles())
	put := func(e auth.Entry) {
		if _, err := directory.Put(b.Context(), e, 0, "bench"); err != nil {
			b.Fatal(err)
		}
	}
	for i, organ := range crowdOrgans {
		o := auth.Organ{ID: organ, Name: "示例机关" + string(organ)}
		if i > 0 {
			o.Superior = crowdOrgans[0]
		}
		put(o)
	}
	put(auth.Unit{ID: "unit", Organ: crowdOrgans[0], Name: "办公室"})
	roles := s.shipped.roles()
	for n := range 300 {
		id := casefile.PersonID(fmt.Sprintf("person-%03d", n))
		put(auth.Person{ID: id, Organ: crowdOrgans[0], Name: fmt.Sprintf("人员%03d", n)})
		put(auth.Appointment{ID: fmt.Sprintf("appointment-%03d", n), Organ: crowdOrgans[0], Person: id, Unit: "unit", Roles: []casefile.Role{roles[n%len(roles)]}, From: legaltime.NewDate(2024, time.January, 1)})
	}
}

// storePapers stores the documents that the cases file.
func storePapers(b testing.TB, s *stack, script *scenario.Scenario) {
	b.Helper()
	for _, paper := range script.Documents {
		if _, err := s.papers.Put(b.Context(), documents.Upload{Organ: crowdOrgans[0], Title: paper.Title, MediaType: "text/plain; charset=utf-8", Content: bytes.NewReader([]byte(paper.Text))}); err != nil {
			b.Fatal(err)
		}
	}
}
