package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// lawPack is a rule pack: what it asks, by which article, and what its tests say.
type lawPack struct {
	Page                     frame
	Name, Title, About       string
	InForce, LawAt, Digest   string
	Instruments              []pair
	Revision, Tests, Failing int
	CoverageURL              string
	PackURL                  string
	All                      bool // nothing is folded
	Articles                 []lawArticle
	Gates                    []lawGateRow
	Rules                    []lawRule
	Parameters               []lawParameter
	Periods                  []lawPeriod
	Tables                   []lawTable
}

// lawArticle are the rules that rest on an article.
type lawArticle struct {
	Name  string
	Rules []pair
}

type lawGateRow struct {
	ID, Question, Kind, AddsTo, Free string
	Rules                            []pair // title and id
}

type lawRule struct {
	ID, Title, Effect, Basis, Message, Remedy, Note, Provenance string
	Expressions                                                 []pair
	Facts                                                       string
	InForce                                                     string
	Tests                                                       []lawTest
	Failing                                                     int
}

type lawTest struct{ Name, Want, Problem, On string }

type lawParameter struct {
	Name, Title, Because string
	Rows                 []lawFigure
}

type lawFigure struct{ From, Value, Basis, Provenance string }

type lawPeriod struct{ ID, Title, Kind, Length, From, When, Basis, Roll string }

type lawTable struct {
	ID, Title, Hit, Basis, Otherwise string
	Inputs                           []string
	Rows                             []lawTableRow
}

type lawTableRow struct {
	When              []string
	Then, Basis, Note string
}

// showPack handles GET /law/packs/:name.
func (h *handler) showPack(r lawRequest) error {
	p, err := h.packOf(r)
	if err != nil {
		return err
	}
	results := h.o.Guard.Coverage(p).Results
	view := lawPack{Page: h.lawFrame(r, r.n.pick(p.Title())), Name: p.Name(), Title: r.n.pick(p.Title()), InForce: r.n.span(p.InForce()), LawAt: r.n.fact(p.LawAt()), Digest: string(p.Digest()),
		Revision: p.Revision(), Tests: len(results), PackURL: packURL(p), All: r.QueryParam("all") == "1", Articles: articles(r.n, p)}
	if len(p.Obligations()) > 0 {
		view.CoverageURL = packURL(p) + "/coverage"
	}
	for _, i := range p.Instruments() {
		view.Instruments = append(view.Instruments, pair{Name: r.n.pick(i.Title), ID: i.ID, Value: r.n.span(i.InForce)})
	}
	tests := map[string][]lawTest{}
	for _, result := range results {
		t := lawTest{Name: result.Test.Name, Want: r.n.words.name("verdict", string(result.Test.Want)), Problem: result.Problem, On: result.Test.On.String()}
		if !result.Passed() {
			view.Failing++
		}
		tests[result.Test.Rule] = append(tests[result.Test.Rule], t)
	}
	for _, g := range p.Gates() {
		row := lawGateRow{ID: g.ID, Question: r.n.pick(g.Question), Kind: string(g.Kind), AddsTo: string(g.AddsTo), Free: r.n.pick(g.Free)}
		for _, id := range g.Rules {
			rule, _ := p.Rule(id)
			row.Rules = append(row.Rules, pair{Name: r.n.pick(rule.Title), ID: id})
		}
		view.Gates = append(view.Gates, row)
	}
	for _, rule := range p.Rules() {
		view.Rules = append(view.Rules, lawRuleOf(r.n, p, rule, tests[rule.ID]))
	}
	lawFigures(r.n, p, &view)
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "lawpack.html", view)
}

// articles gives the rules by each article that they cite, in the order of the
// instruments and their articles. What cites none that can be told stands at the end, as
// it is cited.
func articles(n names, p *rules.Pack) []lawArticle {
	place := func(c rules.Citation) (instrument, article int) {
		at := slices.IndexFunc(p.Instruments(), func(i rules.Instrument) bool { return i.ID == c.Instrument })
		if at < 0 {
			at = len(p.Instruments())
		}
		return at, c.Article
	}
	type cited struct {
		lawArticle
		instrument, article int
	}
	var all []cited
	for _, rule := range p.Rules() {
		found, err := p.Citations(rule.Basis)
		if err != nil || len(found) == 0 {
			found = []rules.Citation{{Name: rule.Basis}}
		}
		for _, c := range found {
			c.Paragraph, c.Item, c.To = 0, 0, 0
			one := cited{lawArticle: lawArticle{Name: c.String()}}
			one.instrument, one.article = place(c)
			at := slices.IndexFunc(all, func(a cited) bool { return a.Name == one.Name })
			if at < 0 {
				at, all = len(all), append(all, one)
			}
			if link := (pair{Name: n.pick(rule.Title), ID: rule.ID}); !slices.ContainsFunc(all[at].Rules, func(r pair) bool { return r.ID == link.ID }) {
				all[at].Rules = append(all[at].Rules, link)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b cited) int {
		return cmp.Or(cmp.Compare(a.instrument, b.instrument), cmp.Compare(a.article, b.article))
	})
	out := make([]lawArticle, len(all))
	for i, a := range all {
		out[i] = a.lawArticle
	}
	return out
}

func lawRuleOf(n names, p *rules.Pack, rule rules.Rule, tests []lawTest) lawRule {
	out := lawRule{ID: rule.ID, Title: n.pick(rule.Title), Effect: n.words.name("effect", string(rule.Effect)), Basis: rule.Basis, Message: n.pick(rule.Message), Remedy: n.pick(rule.Remedy),
		Note: rule.Note, Provenance: n.words.name("provenance", string(rule.Provenance)), Tests: tests}
	for _, e := range []pair{{ID: "require", Value: rule.Require}, {ID: "due", Value: rule.Due}, {ID: "arises", Value: rule.Arises}, {ID: "met", Value: rule.Met}} {
		if e.Value != "" {
			e.Name = n.words.name("expression", e.ID)
			out.Expressions = append(out.Expressions, e)
		}
	}
	facts := make([]string, len(rule.Facts))
	for i, fact := range rule.Facts {
		facts[i] = fact
		if title, ok := p.TitleOf(fact); ok {
			facts[i] = n.pick(title)
		}
	}
	out.Facts = n.list(facts)
	if rule.InForce != p.InForce() {
		out.InForce = n.span(rule.InForce)
	}
	for _, t := range tests {
		if t.Problem != "" {
			out.Failing++
		}
	}
	return out
}

// lawFigures shows what the rules count with: parameters, periods and tables.
func lawFigures(n names, p *rules.Pack, view *lawPack) {
	for _, parameter := range p.Parameters() {
		line := lawParameter{Name: parameter.Name, Because: parameter.Because}
		if title, ok := p.TitleOf("p." + parameter.Name); ok {
			line.Title = n.pick(title)
		} else if words := n.words.name("fact", "p."+parameter.Name); words != "p."+parameter.Name {
			line.Title = words
		}
		for _, row := range parameter.Rows {
			line.Rows = append(line.Rows, lawFigure{From: row.From.String(), Value: fmt.Sprint(row.Value) + " " + n.words.name("token", row.Unit), Basis: row.Basis, Provenance: n.words.name("provenance", string(row.Provenance))})
		}
		view.Parameters = append(view.Parameters, line)
	}
	for _, period := range p.Periods() {
		view.Periods = append(view.Periods, lawPeriod{ID: period.ID, Title: n.pick(period.Title), Kind: string(period.Kind), Length: period.Length, From: period.From, When: period.When, Basis: period.Basis, Roll: period.Roll})
	}
	for _, table := range p.Tables() {
		line := lawTable{ID: table.ID, Title: n.pick(table.Title), Hit: n.words.name("hit", string(table.Hit)), Basis: table.Basis}
		if table.Otherwise != nil {
			line.Otherwise = n.valueOf("t."+table.ID, table.Otherwise)
		}
		for _, input := range table.Inputs {
			title := input
			if known, ok := p.TitleOf(input); ok {
				title = n.pick(known)
			}
			line.Inputs = append(line.Inputs, title)
		}
		for _, row := range table.Rows {
			line.Rows = append(line.Rows, lawTableRow{When: row.When, Then: n.valueOf("t."+table.ID, row.Then), Basis: row.Basis, Note: row.Note})
		}
		view.Tables = append(view.Tables, line)
	}
}

// lawCoverage is the matrix of obligations: what sees to each.
type lawCoverage struct {
	Page                              frame
	Name, Title, PackURL              string
	Articles                          int
	Automated, InPart, Unasked, Human int
	Rows                              []lawObligation
	Free                              []pair
	Gaps                              []string
}

type lawObligation struct {
	ID, Place, Who, Must, State, StateName, Human, Steps string
	Rules                                                []lawRuleTest
	Others                                               string // periods, papers, acts and separations that see to it
}

type lawRuleTest struct {
	Rule, URL          string
	Positive, Negative int
}

// showCoverage handles GET /law/packs/:name/coverage.
func (h *handler) showCoverage(r lawRequest) error {
	p, err := h.packOf(r)
	if err != nil {
		return err
	}
	m := h.o.Guard.Coverage(p).Matrix
	view := lawCoverage{Page: h.lawFrame(r, r.n.words["law.coverage"]), Name: p.Name(), Title: r.n.pick(m.Title), PackURL: packURL(p), Articles: m.Articles,
		Automated: m.Automated, InPart: m.InPart, Unasked: m.Unasked, Human: m.Human, Gaps: m.Gaps}
	for _, row := range m.Rows {
		line := lawObligation{ID: row.ID, Place: row.Place.Place(), Who: r.n.pick(row.Who), Must: r.n.pick(row.Must), State: string(row.Standing), StateName: r.n.words.name("standing", string(row.Standing)),
			Human: r.n.pick(row.Human), Steps: r.n.list(row.Steps), Others: r.n.list(slices.Concat(row.MetBy.Periods, row.MetBy.Parameters, row.MetBy.Tables, row.MetBy.Documents, row.MetBy.Acts, row.MetBy.Separate))}
		for _, t := range row.Rules {
			line.Rules = append(line.Rules, lawRuleTest{Rule: t.Rule, URL: packURL(p) + "#rule-" + t.Rule, Positive: t.Positive, Negative: t.Negative})
		}
		view.Rows = append(view.Rows, line)
	}
	for _, free := range m.Free {
		view.Free = append(view.Free, pair{Name: free.Place.Place(), Value: r.n.pick(free.Because)})
	}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "lawcoverage.html", view)
}

// lawCalendar is a year of the calendar, as the notices make it.
type lawCalendar struct {
	Page       frame
	ID, Digest string
	Year       string
	Years      []choice
	Announced  bool
	Working    int
	Days       []lawDay // that are otherwise than the week
	Notices    []legaltime.Notice
}

type lawDay struct{ Date, Kind, Holiday, Notice string }

// showCalendar handles GET /law/calendar.
func (h *handler) showCalendar(r lawRequest) error {
	calendar := h.o.Guard.LegalCalendar()
	if calendar == nil {
		return fmt.Errorf("calendar: %w", casefile.ErrNotFound)
	}
	first, last := calendar.Years()
	year, err := strconv.Atoi(r.QueryParam("year"))
	if err != nil || year < first || year > last+1 {
		year = min(max(h.o.Now().Year(), first), last)
	}
	view := lawCalendar{Page: h.lawFrame(r, r.n.words["law.calendar"]), ID: calendar.ID(), Digest: calendar.Digest(), Year: strconv.Itoa(year), Announced: calendar.Announced(year)}
	for y := first; y <= last+1; y++ { // the year after is there to be seen as provisional
		view.Years = append(view.Years, choice{Value: strconv.Itoa(y), Name: strconv.Itoa(y), Chosen: y == year})
	}
	numbers := map[string]bool{}
	for _, day := range calendar.Year(year) {
		if day.Working {
			view.Working++
		}
		if day.Notice == "" {
			continue
		}
		kind := "off"
		if day.Working {
			kind = "make-up"
		}
		numbers[day.Notice] = true
		view.Days = append(view.Days, lawDay{Date: day.Date.String(), Kind: r.n.words.name("day", kind), Holiday: day.Holiday, Notice: day.Notice})
	}
	for _, notice := range calendar.Notices() {
		if numbers[notice.Number] {
			view.Notices = append(view.Notices, notice)
		}
	}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "lawcalendar.html", view)
}
