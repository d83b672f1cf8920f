package web

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

// standView says in one look where a running step stands.
type standView struct {
	Title, Basis, Since string
	Round               int
	Mine                bool
	Waits               []string // whom it waits for
	Due, DueURL, Left   string   // the next deadline
	Late, Provisional   bool
	Way, Before         string        // the ordinary way on, and what has to be done before
	Ready               bool          // nothing stands in it
	Blocks, More        []findingView // what stands in the way; more than a look takes in is folded
	Present             []pair        // facts that the rules at the gates ahead read
	Missing             []string      // and those of them that nobody has established
}

// inOneLook is how many reasons a step shows unfolded.
const inOneLook = 3

// standings says of each running step whom it waits for and what blocks it.
func (n names) standings(id casefile.ID, all []access.Explained, called map[casefile.PersonID]string) []standView {
	var out []standView
	for _, x := range all {
		v := standView{Title: n.pick(x.Title), Basis: x.Basis, Round: x.Round, Mine: x.Mine, Waits: n.awaited(x.Tasks, called)}
		if len(x.Tasks) > 0 {
			v.Since = x.Tasks[0].Since.String()
		}
		for _, d := range x.Deadlines[:min(1, len(x.Deadlines))] {
			v.Due, v.DueURL, v.Left, v.Late, v.Provisional = d.Due.String(), sheetURL(id, d.ID), n.workdays(d.Left), d.Left < 0, d.Provisional
		}
		n.ahead(&v, x.Step, x.Ahead)
		out = append(out, v)
	}
	return out
}

// awaited names whom a step waits for: a role with its unit, or a person.
func (n names) awaited(tasks []casework.WorkItem, called map[casefile.PersonID]string) []string {
	var out []string
	for _, t := range tasks {
		who := n.role(t.Role)
		switch {
		case t.Person != "":
			who += n.words["stand.open"] + nameOf(called, t.Person) + n.words["stand.close"]
		case t.Unit != "":
			who += n.words["stand.open"] + t.Unit + n.words["stand.close"]
		}
		if !slices.Contains(out, who) {
			out = append(out, who)
		}
	}
	return out
}

// standWay is a way to conclude a step, with what stands in it.
type standWay struct {
	rank                int // of its outcome among those of the step: the first is the ordinary one
	kind, title, before string
	blocks              []casefile.Finding
}

// ahead gathers what stands in the way of concluding a step: of the ordinary way, that
// of the first outcome of the definition, openly, of the others folded.
func (n names) ahead(v *standView, step string, needs []casework.Need) {
	ways, present := n.ways(step, needs)
	slices.SortStableFunc(ways, func(a, b standWay) int { return a.rank - b.rank })
	known := map[string]bool{}
	show := func(list []findingView, w standWay) []findingView {
		for _, f := range w.blocks {
			if !known[f.Rule] {
				known[f.Rule] = true
				list = append(list, n.finding(f))
			}
		}
		return list
	}
	var titles []string
	for _, w := range ways {
		if w.rank == ways[0].rank { // several acts can have the ordinary outcome
			titles, v.Blocks = append(titles, w.title), show(v.Blocks, w)
			v.Ready = v.Ready || len(w.blocks) == 0 && w.before == ""
		}
	}
	if v.Way = n.list(titles); len(titles) == 1 {
		v.Before = ways[0].before
	}
	if len(v.Blocks) > inOneLook {
		v.Blocks, v.More = v.Blocks[:inOneLook], v.Blocks[inOneLook:]
	}
	for _, w := range ways {
		v.More = show(v.More, w)
	}
	for _, need := range needs {
		for _, name := range need.Missing {
			delete(present, name)
			if title := n.fact(name); !slices.Contains(v.Missing, title) {
				v.Missing = append(v.Missing, title)
			}
		}
	}
	v.Present = n.pairs(present, n.fact)
}

// ways gives the acts that conclude a step, each once with its first outcome, and the
// facts that their gates read.
func (n names) ways(step string, needs []casework.Need) (ways []standWay, present casefile.Values) {
	present = casefile.Values{}
	rank := map[string]int{}
	if n.def != nil {
		s, _ := n.def.Step(step)
		for i, t := range s.Outcomes {
			rank[t.Is] = i
		}
	}
	for _, need := range needs {
		for _, name := range casefile.SortedNames(need.Present) {
			present[name] = need.Present[name]
		}
		w := standWay{rank: rank[need.Outcome], kind: need.Kind, title: n.pick(need.Title), blocks: slices.DeleteFunc(need.Hindering(), supplied)}
		if need.Waits != nil {
			w.before = n.pick(need.Waits.Message)
		}
		at := slices.IndexFunc(ways, func(x standWay) bool { return x.kind == w.kind })
		switch {
		case at < 0:
			ways = append(ways, w)
		case w.rank < ways[at].rank:
			ways[at] = w
		}
	}
	return ways, present
}

// workdays says how many working days are left.
func (n names) workdays(left int) string {
	switch {
	case left > 0:
		return fmt.Sprintf(n.words["stand.left"], left)
	case left == 0:
		return n.words["deadline.today"]
	}
	return fmt.Sprintf(n.words["stand.past"], -left)
}

// timed puts the working days that are left into the list of deadlines.
func (n names) timed(list []deadlineView, all []access.Explained) {
	left := map[string]int{}
	for _, x := range all {
		for _, d := range x.Deadlines {
			left[d.ID] = d.Left
		}
	}
	for i := range list {
		if days, ok := left[list[i].ID]; ok {
			list[i].Left = n.workdays(days)
		}
	}
}

// next gives the deadline that comes first, over all running steps.
func (n names) next(id casefile.ID, all []access.Explained) *deadlineView {
	var first *casework.DeadlineLeft
	for i := range all {
		for j := range all[i].Deadlines {
			if d := &all[i].Deadlines[j]; first == nil || d.Due.Before(first.Due) {
				first = d
			}
		}
	}
	if first == nil {
		return nil
	}
	v := n.deadline(first.Deadline, legaltime.Date{}, id)
	v.Left = n.workdays(first.Left)
	return &v
}

// sheetURL is the page on which a deadline is counted day by day.
func sheetURL(id casefile.ID, deadline string) string {
	return caseURL(id) + "/deadlines/" + url.PathEscape(deadline)
}
