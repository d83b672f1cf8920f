package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// taskView says why a step lies on a desk.
type taskView struct {
	Page             frame
	Matter, CaseURL  string
	Step, Basis      string
	Round            int
	DeskURL, RoomURL string
	Mine, Withheld   bool
	Asked            []askedRow
	Acts             []actLink
	Deadlines        []deadlineView
	Ahead            []needView
	Checks           []checkView
	Panel            *panelView
}

// askedRow is a desk on which the step lies.
type askedRow struct {
	Role, Person, Unit, Why string
	Mine, Provisional       bool
	Group, Left, Due        string
}

// needView is what it takes to conclude the step in one way.
type needView struct {
	Act, Outcomes, To, Roles string
	State, StateName         string
	Waits                    string
	Facts                    []needFact
	Lacks                    int           // how many facts are missing
	Findings                 []findingView // that hinder
	Ways                     []needWay
}

// needFact is a fact that the rules read.
type needFact struct {
	Name, ID, Value  string
	State, StateName string // "present", "missing" or "supplied"
	Basis            string
}

// needWay is a smallest set of changes that would open the gates.
type needWay struct {
	Changes     []string
	Reasons     string // rules for which a reason has to be recorded
	WaitUntil   string
	Provisional bool
	Remedy      string
	Bases       string
}

// showTask handles GET /work/:id/:step. A step that is over leads to its case.
func (h *handler) showTask(c echo.Context, v viewer) error {
	_, found, err := h.visible(c)
	if err != nil {
		return err
	}
	step, err := param(c, "step")
	if err != nil {
		return fmt.Errorf("step: %w", err)
	}
	ctx := c.Request().Context()
	x, err := h.o.Guard.Explain(ctx, v.principal, found.ID, step)
	if errors.Is(err, casefile.ErrNotFound) {
		return c.Redirect(http.StatusSeeOther, caseURL(found.ID))
	}
	if err != nil {
		return fmt.Errorf("explain step %s of case %s: %w", step, found.ID, err)
	}
	f, err := h.file(ctx, found, v)
	if err != nil {
		return err
	}
	lang := language(c)
	n := h.names(lang, f.def)
	view := h.taskView(n, v, f, x)
	view.Page = h.frame(c, lang, v, "task.title")
	view.Page.Title, view.Page.Practice = view.Step+" · "+found.Matter.Title, found.Practice
	return h.pages.show(c, http.StatusOK, lang, "task.html", view)
}

func (h *handler) taskView(n names, v viewer, f file, x access.Explained) taskView {
	view := taskView{Matter: f.c.Matter.Title, CaseURL: caseURL(f.c.ID), Step: n.pick(x.Title), Basis: x.Basis, Round: x.Round, Mine: x.Mine,
		Withheld: len(x.Withheld) > 0, Acts: n.actLinks(v, f, x.Step), Panel: n.panel(x, f.called), Checks: n.checks(n.askings(x.Guarded))}
	if view.Step == "" {
		view.Step = n.step(x.Step)
	}
	view.DeskURL, view.RoomURL = n.deskURLs(f.c.ID, x.Step)
	known := f.called
	for _, t := range x.Tasks {
		row := askedRow{Role: n.role(t.Role), Unit: t.Unit, Why: n.whyMine(v.principal, t.Task.Task), Due: t.Due.String(), Provisional: t.Provisional,
			Mine: access.SeesTask(v.principal, f.c.Organ, t.Task.Task) && !slices.Contains(access.Classes(v.principal), access.Auditor)}
		if t.Person != "" {
			row.Person = nameOf(known, t.Person)
		}
		row.Group, row.Left = n.left(t, h.todayOf(t))
		view.Asked = append(view.Asked, row)
	}
	for _, d := range x.Deadlines {
		row := n.deadline(d.Deadline, f.today, f.c.ID)
		row.EntryURL = caseURL(f.c.ID) + row.EntryURL
		row.Left = fmt.Sprintf(n.words["work.left"], d.Left)
		if d.Left < 0 {
			row.Left = fmt.Sprintf(n.words["work.late"], -d.Left)
		}
		view.Deadlines = append(view.Deadlines, row)
	}
	view.Ahead = n.needs(x.Ahead)
	return view
}

// needs gives the ways to conclude the step; outcomes of one act that ask the same and
// lead to the same stand together.
func (n names) needs(all []casework.Need) []needView {
	var out []needView
	var last casework.Need
	for _, need := range all {
		outcome := n.outcome(need.Outcome)
		if len(out) > 0 && need.Kind == last.Kind && need.To == last.To && slices.Equal(need.Gates, last.Gates) {
			out[len(out)-1].Outcomes += n.words["list.separator"] + outcome
			continue
		}
		last = need
		v := needView{Act: n.pick(need.Title), Outcomes: outcome, To: n.target(need.To), Roles: n.roles(need.Roles), State: string(need.Verdict.Result)}
		if need.Waits != nil {
			v.Waits = n.pick(need.Waits.Message)
		}
		if v.State != string(casefile.Pass) {
			v.State = checkSupplied
		}
		for _, f := range need.Verdict.Hindering() {
			switch {
			case ownFacts(need.Spec, f):
			case f.Result == casefile.Block:
				v.State, v.Findings = string(casefile.Block), append(v.Findings, n.finding(f))
			case v.State != string(casefile.Block):
				v.State = string(casefile.Undetermined)
			}
		}
		v.StateName, v.Facts, v.Lacks = n.words.name("need", v.State), n.needFacts(need), len(need.Missing)
		for _, way := range need.Ways {
			w := needWay{WaitUntil: way.WaitUntil.String(), Provisional: way.Provisional, Remedy: n.pick(way.Remedy)}
			for _, change := range way.Changes {
				w.Changes = append(w.Changes, n.change(change.Fact, n.pick(change.Title), string(change.Is), change.Value))
			}
			w.Reasons = n.ruleList(way.Reasons)
			var bases []string
			for _, rule := range way.Rules {
				if rule.Basis != "" && !slices.Contains(bases, rule.Basis) {
					bases = append(bases, rule.Basis)
				}
			}
			w.Bases = n.list(bases)
			v.Ways = append(v.Ways, w)
		}
		out = append(out, v)
	}
	return out
}

func (n names) ruleList(rules []string) string {
	out := make([]string, len(rules))
	for i, rule := range rules {
		out[i] = n.rule(rule)
	}
	return n.list(out)
}

// change says what a fact would have to be.
func (n names) change(fact, title, relation string, value any) string {
	if title == "" {
		title = n.fact(fact)
	}
	out := title + n.words["token.of"] + n.words.name("relation", relation)
	if value != nil {
		out += " " + n.valueOf(fact, value)
	}
	return out
}

// needFacts gives the facts that the rules read, what is missing first, each with the
// articles for which it is read.
func (n names) needFacts(need casework.Need) []needFact {
	var out []needFact
	for _, name := range need.Required {
		f := needFact{Name: n.fact(name), ID: name, State: "present", Basis: n.list(basesOf(need.Verdict, name))}
		value, known := need.Present[name]
		switch {
		case slices.Contains(need.Missing, name):
			f.State = "missing"
		case slices.Contains(need.Supplies, name):
			f.State = checkSupplied
		case known:
			f.Value = n.valueOf(name, value)
		default: // it is there, and withheld from this viewer
			f.State = "withheld"
		}
		f.StateName = n.words.name("fact-state", f.State)
		out = append(out, f)
	}
	order := []string{"missing", checkSupplied}
	slices.SortStableFunc(out, func(a, b needFact) int { return rank(order, a.State) - rank(order, b.State) })
	return out
}

// basesOf gives the articles of the rules that read a fact.
func basesOf(v casefile.Verdict, fact string) []string {
	var out []string
	for _, f := range v.Findings {
		_, read := f.Values[fact]
		if (read || slices.Contains(f.Missing, fact)) && f.Basis != "" && !slices.Contains(out, f.Basis) {
			out = append(out, f.Basis)
		}
	}
	return out
}
