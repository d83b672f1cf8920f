package web_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/register"
	"github.com/zhengdang/chengxu/web"
)

// archive is a register of normative documents.
type archive struct {
	list    []register.Document
	filters []register.Filter
}

func (a *archive) Documents(_ context.Context, f register.Filter) ([]register.Document, string, error) {
	a.filters = append(a.filters, f)
	if f.After != "" {
		return nil, "", nil
	}
	return a.list, "cur 2", nil
}

func (a *archive) Document(_ context.Context, organ casefile.OrganID, number string) (register.Document, error) {
	for _, d := range a.list {
		if d.Organ == organ && d.Number == number {
			return d, nil
		}
	}
	return register.Document{}, fmt.Errorf("document: %w", casefile.ErrNotFound)
}

func (a *archive) DocumentOrgans(context.Context) ([]casefile.OrganID, error) {
	return []casefile.OrganID{organ, otherOrgan}, nil
}

const numbered = "真街规〔2024〕1号"

// newRegister is a browser before a register with a document that was amended, has a
// clause out of use, and is repealed later.
func newRegister(t testing.TB) (*browser, *archive) {
	t.Helper()
	b, f := newPublic(t, intake.Limits{})
	discuss(f)
	changed := func(kind casefile.ChangeKind, on string, more casefile.DocumentChange) register.Change {
		more.Document, more.Change, more.On = numbered, kind, date(on)
		return register.Change{Case: "real", Recorded: date(on), DocumentChange: more}
	}
	first := changed(casefile.DocumentPublished, "2024-02-01", casefile.DocumentChange{Title: "Parking <b>rules</b>", Kind: "interim-trial", Published: date("2024-01-10"), Until: date("2026-01-31")})
	a := &archive{list: []register.Document{
		{Organ: organ, Number: numbered, Changes: []register.Change{first, changed(casefile.ClauseDisabled, "2024-03-01", casefile.DocumentChange{Clauses: []string{"Article 3", "Article 4"}, By: "Judgment 7"}),
			changed(casefile.DocumentAmended, "2024-04-01", casefile.DocumentChange{By: "a/b 50%?"}), changed(casefile.DocumentRepealed, "2024-06-01", casefile.DocumentChange{By: "Decision 9"})}},
		{Organ: organ, Number: "a/b 50%?", Changes: []register.Change{{Case: "none", Recorded: date("2024-04-01"), DocumentChange: casefile.DocumentChange{Document: "a/b 50%?", Change: casefile.DocumentPublished, On: date("2024-04-01"), Title: "Amendment", Kind: "ordinary"}}}},
	}}
	var err error
	b.web, err = web.New(web.Options{
		Guard:    access.New(access.Options{Cases: b.fake, Documents: stacks{shelf{b.fake}, f}, Public: access.Public{Consultations: consult.New(f, func() time.Time { return f.now }), Papers: f, Register: a}}),
		Entrance: b.door, Authenticator: tokens{}, Form: formOf, Gate: intake.NewGate(intake.Limits{PerMinute: 1, Burst: 1000}), Now: func() time.Time { return f.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, a
}

func pageOf(number string) string {
	return "/public/documents/" + url.PathEscape(string(organ)) + "/" + url.PathEscape(number)
}

func TestThePublicFindsDocumentsOfADay(t *testing.T) {
	b, a := newRegister(t)
	b.wants("/public", 200, `href="/public/documents"`)
	page := b.wants("/public/documents", 200, "Parking &lt;b&gt;rules&lt;/b&gt;", numbered, "ds-in-force", "On trial", "Amended", "Clauses out of use", "2026-01-31", "2024-05-01", "feeds/documents.atom", "format=csv&amp;on=2024-05-01")
	if strings.Contains(page, "Repealed</span>") {
		t.Error("a repeal that comes later is told as if it had come")
	}
	if page := b.wants("/public/documents?on=2024-01-31", 200, "Not yet effective", "on=2024-01-31"); strings.Contains(page, "Amendment") {
		t.Error("a document is listed before it is published")
	}
	b.wants("/public/documents?on=2024-06-01", 200, "ds-repealed")
	b.wants("/public/documents?state=repealed&on=2024-05-31", 200, "No document fits the filter")
	b.wants("/public/documents?state=nonsense&on=never&q=park&organ="+url.QueryEscape(string(organ)), 200, `value="park"`, `value="2024-05-01"`)
	if last := a.filters[len(a.filters)-1]; last.Query != "park" || last.Organ != organ || last.State != "" {
		t.Errorf("filter %+v", last)
	}
}

func TestThePageOfADocument(t *testing.T) {
	b, _ := newRegister(t)
	b.wants(pageOf(numbered), 200, "Parking &lt;b&gt;rules&lt;/b&gt;", "Article 3", "Judgment 7", "after that day", pageOf("a/b 50%?"), "Sort waste", `href="/public/decisions/real"`, "ds-clause-suspended")
	b.wants(pageOf(numbered)+"?on=2026-02-01", 200, "ds-repealed")
	b.wants(pageOf(numbered)+"?on=2020-01-01", 200, "ds-in-force") // nothing was known of it then
	b.wants(pageOf("a/b 50%?"), 200, "Amendment", "no term is recorded", "There are no papers")
	b.wants(pageOf("none"), 404)
	b.wants("/public/documents/x/"+url.PathEscape(numbered), 404)
}
