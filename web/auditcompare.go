package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// compareView is two cases side by side.
type compareView struct {
	Page                      frame
	A, B                      string // the ids as they were asked for
	Wrong                     string
	Left, Right               comparedCase
	Overall, Steps, Deadlines []comparison
}

type comparedCase struct{ URL, Title, ID string }

// comparison is one thing in both cases, and what differs, in words.
type comparison struct {
	Name, Basis string
	A, B        []string // a line for each round
	Differs     string   // empty: the same
}

// compare handles GET /audit/compare.
func (h *handler) compare(c echo.Context) error {
	return h.audited(c, func(v viewer) error {
		if err := access.Permit(v.principal, access.AuditCases); err != nil {
			return err
		}
		lang, status := language(c), http.StatusOK
		n := h.names(lang, nil)
		view := compareView{A: clip(c.QueryParam("a"), 100), B: clip(c.QueryParam("b"), 100)}
		if picked := c.QueryParams()["case"]; len(picked) == 2 {
			view.A, view.B = clip(picked[0], 100), clip(picked[1], 100)
		} else if c.QueryParams().Has("picked") {
			status, view.Wrong = http.StatusUnprocessableEntity, n.words.count("compare.two", int64(len(picked)))
		}
		var courses [2]casework.Course
		for i, id := range []string{view.A, view.B} {
			if id == "" || view.Wrong != "" {
				continue
			}
			course, err := h.o.Guard.Course(c.Request().Context(), v.principal, casefile.ID(id))
			if errors.Is(err, casefile.ErrNotFound) {
				status, view.Wrong = http.StatusNotFound, fmt.Sprintf(n.words["compare.missing"], id)
				continue
			}
			if err != nil {
				return fmt.Errorf("course of case %s: %w", id, err)
			}
			courses[i] = course
		}
		if view.A != "" && view.B != "" && view.Wrong == "" {
			h.compared(&view, courses[0], courses[1], lang)
		}
		view.Page = h.frame(c, lang, v, "compare.title")
		return h.pages.show(c, status, lang, "compare.html", view)
	})
}

func (h *handler) compared(v *compareView, a, b casework.Course, lang string) {
	na, nb := h.names(lang, a.Definition), h.names(lang, b.Definition)
	side := func(c casefile.Case) comparedCase {
		return comparedCase{URL: caseURL(c.ID), Title: c.Matter.Title, ID: string(c.ID)}
	}
	v.Left, v.Right = side(a.Case), side(b.Case)
	text := func(name, x, y string) comparison {
		d := comparison{Name: name, A: []string{x}, B: []string{y}}
		if x != y {
			d.Differs = na.words["compare.other"]
		}
		return d
	}
	number := func(key string, x, y int) comparison {
		d := comparison{Name: na.words.name("compare", key), A: []string{strconv.Itoa(x)}, B: []string{strconv.Itoa(y)}}
		d.Differs = na.more(x-y, na.words["compare.more"], na.words["compare.less"])
		return d
	}
	count := func(c casework.Course, state casefile.DeadlineState) (total int) {
		for _, d := range c.Case.Deadlines {
			if d.State == state {
				total++
			}
		}
		return total
	}
	end := func(n names, c casefile.Case) string {
		if c.End == "" {
			return n.words.name("status", string(c.Status))
		}
		return n.end(c.End)
	}
	v.Overall = []comparison{
		text(na.words["case.organ"], string(a.Case.Organ), string(b.Case.Organ)), text(na.words["case.procedure"], na.procedure(), nb.procedure()),
		text(na.words["case.opened"], a.Case.OpenedOn.String(), b.Case.OpenedOn.String()), text(na.words["compare.outcome"], end(na, a.Case), end(nb, b.Case)),
		number("length", a.Days, b.Days), number("rounds", len(a.Rounds), len(b.Rounds)), number("returns", a.Returns, b.Returns),
		number("blocked", a.Blocked, b.Blocked), number("entries", int(a.Case.Sequence), int(b.Case.Sequence)),
		number("met", count(a, casefile.DeadlineMet), count(b, casefile.DeadlineMet)), number("breached", count(a, casefile.DeadlineBreached), count(b, casefile.DeadlineBreached)),
	}
	for _, step := range steps(a, b) {
		v.Steps = append(v.Steps, comparedStep(na, nb, step, a, b))
	}
	v.Deadlines = comparedDeadlines(na, nb, a.Case, b.Case)
}

// more says which of two has more, and how many.
func (n names) more(by int, a, b string) string {
	switch {
	case by > 0:
		return fmt.Sprintf(a, by)
	case by < 0:
		return fmt.Sprintf(b, -by)
	}
	return ""
}

// steps gives the steps that either case came to, in the order of the procedures.
func steps(a, b casework.Course) []string {
	var out []string
	reached := func(id string) bool {
		is := func(r casework.CourseRound) bool { return r.Step == id }
		return slices.ContainsFunc(a.Rounds, is) || slices.ContainsFunc(b.Rounds, is)
	}
	for _, c := range []casework.Course{a, b} {
		for _, s := range c.Definition.Steps {
			if reached(s.ID) && !slices.Contains(out, s.ID) {
				out = append(out, s.ID)
			}
		}
	}
	return out
}

func comparedStep(na, nb names, step string, a, b casework.Course) comparison {
	d := comparison{Name: na.step(step)}
	if d.Name == step {
		d.Name = nb.step(step)
	}
	type passed struct {
		rounds, days int
		last         string
	}
	passage := func(n names, c casework.Course) (p passed, lines []string) {
		for _, r := range c.Rounds {
			if r.Step != step {
				continue
			}
			p.rounds, p.days, p.last = p.rounds+1, p.days+r.Days, string(r.State)+r.Outcome
			line := r.EnteredOn.String()
			if left := r.LeftOn.String(); left != "" && left != line {
				line += " – " + left
			}
			line += " · " + fmt.Sprintf(n.words["compare.days"], r.Days) + " · "
			if r.Outcome != "" {
				lines = append(lines, line+n.outcome(r.Outcome))
			} else {
				lines = append(lines, line+n.words.name("step", string(r.State)))
			}
		}
		if lines == nil {
			lines = []string{n.words["compare.none"]}
		}
		return p, lines
	}
	pa, la := passage(na, a)
	pb, lb := passage(nb, b)
	d.A, d.B = la, lb
	var differs []string
	switch {
	case pa.rounds == 0:
		differs = append(differs, na.words["compare.only-b"])
	case pb.rounds == 0:
		differs = append(differs, na.words["compare.only-a"])
	default:
		if pa.rounds != pb.rounds {
			differs = append(differs, na.words["compare.rounds-differ"])
		}
		if pa.last != pb.last {
			differs = append(differs, na.words["compare.outcome-differs"])
		}
		if by := na.more(pa.days-pb.days, na.words["compare.days-more"], na.words["compare.days-less"]); by != "" {
			differs = append(differs, by)
		}
	}
	d.Differs = na.list(differs)
	return d
}

// comparedDeadlines sets the deadlines of both beside each other, by what they are.
func comparedDeadlines(na, nb names, a, b casefile.Case) []comparison {
	find := func(c casefile.Case, id string) (casefile.Deadline, bool) {
		at := slices.IndexFunc(c.Deadlines, func(d casefile.Deadline) bool { return d.ID == id })
		if at < 0 {
			return casefile.Deadline{}, false
		}
		return c.Deadlines[at], true
	}
	line := func(n names, d casefile.Deadline, ok bool) []string {
		if !ok {
			return []string{n.words["compare.none-deadline"]}
		}
		return []string{d.Due.String() + " · " + n.words.name("deadline", string(d.State))}
	}
	var out []comparison
	var seen []string
	for _, d := range slices.Concat(a.Deadlines, b.Deadlines) {
		if slices.Contains(seen, d.ID) {
			continue
		}
		seen = append(seen, d.ID)
		da, inA := find(a, d.ID)
		db, inB := find(b, d.ID)
		row := comparison{Name: na.deadline(d, casefile.Deadline{}.Due, "").Title, Basis: d.Basis, A: line(na, da, inA), B: line(nb, db, inB)}
		switch {
		case !inB:
			row.Differs = na.words["compare.only-a"]
		case !inA:
			row.Differs = na.words["compare.only-b"]
		case da.State != db.State:
			row.Differs = na.words["compare.outcome-differs"]
		}
		out = append(out, row)
	}
	return out
}
