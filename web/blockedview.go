package web

import (
	"slices"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
)

// blockedView is an attempt that the rules stopped, and what became of it.
type blockedView struct {
	Title, Step, On, Person, Capacity string
	EntryURL                          string
	Why                               []whyView
	Fate, FateName                    string
	Later, LaterURL                   string // when the act was done after all
}

// whyView is a reason for which the rules stopped an act, in one line.
type whyView struct {
	Text, Basis, Missing string
	Left                 *pair // the one list that the rule read: what is left to be done
}

// What became of a blocked attempt.
const (
	fateDone  = "done"  // the same act went through later
	fateOpen  = "open"  // its step is still active
	fateMoved = "moved" // the case went on, or ended, without it
)

// blocked gives the attempts that the rules stopped, the newest first.
func (n names) blocked(c casefile.Case, entries []access.SeenEntry) []blockedView {
	var out []blockedView
	for i, s := range slices.Backward(entries) {
		e := s.Entry
		if e.Kind != casefile.EntryBlocked || e.Act == nil {
			continue
		}
		shown := n.entry(s)
		v := blockedView{Title: shown.Title, Step: shown.Step, On: shown.On, Person: shown.Person, Capacity: shown.Capacity,
			EntryURL: anchor(e.Sequence), Why: shown.Why, Fate: fateMoved}
		if c.Status != casefile.StatusClosed && (e.Step == "" || active(c, e.Step)) {
			v.Fate = fateOpen
		}
		for _, later := range entries[i+1:] {
			if sameAct(later.Entry, e) && later.Entry.Kind == casefile.EntryAct {
				v.Fate, v.Later, v.LaterURL = fateDone, later.Entry.On.String(), anchor(later.Entry.Sequence)
				break
			}
		}
		v.FateName = n.words.name("fate", v.Fate)
		out = append(out, v)
	}
	return out
}

// lastBlocked gives the newest attempt at an act when the rules stopped it.
func (n names) lastBlocked(kind string, entries []access.SeenEntry) (on, url string, why []whyView) {
	for _, s := range slices.Backward(entries) {
		if s.Entry.Act == nil || s.Entry.Act.Kind != kind {
			continue
		}
		if s.Entry.Kind != casefile.EntryBlocked {
			break
		}
		return s.Entry.On.String(), anchor(s.Entry.Sequence), n.why(s.Entry.Verdict)
	}
	return "", "", nil
}

// why says what stands in the way of an act.
func (n names) why(v *casefile.Verdict) []whyView {
	if v == nil {
		return nil
	}
	var out []whyView
	for _, f := range v.Hindering() {
		why := whyView{Text: n.pick(f.Message), Basis: f.Basis, Missing: n.factList(f.Missing)}
		if why.Text == "" {
			why.Text = n.rule(f.Rule)
		}
		if f.Result == casefile.Undetermined { // nothing is wrong yet: it cannot be told
			why.Text = n.words["why.undetermined"] + n.rule(f.Rule)
		}
		for name, value := range f.Values {
			if items := n.items(value); len(f.Values) == 1 && len(items) > 0 {
				why.Left = &pair{Name: n.fact(name), ID: name, Value: n.value(value)}
			}
		}
		out = append(out, why)
	}
	return out
}

func active(c casefile.Case, step string) bool {
	return slices.ContainsFunc(c.ActiveSteps(), func(run casefile.StepRun) bool { return run.Step == step })
}

func sameAct(a, b casefile.Entry) bool {
	return a.Act != nil && b.Act != nil && a.Act.Kind == b.Act.Kind
}

// entryGroup is a stretch of entries in one round of a step.
type entryGroup struct {
	Step     string
	Round    int
	From, To string
	Blocked  int
	Entries  []entryView
}

// groups gives the entries by the step that they belong to, the newest first.
// What is done to the whole case stays with the step that it came in.
func (n names) groups(c casefile.Case, entries []access.SeenEntry) []entryGroup {
	var out []entryGroup
	filed, lists := readableIn(c), map[string][]string{}
	for _, s := range entries {
		v := n.entry(s)
		v.Facts = n.changes(s.Entry.Facts, lists)
		n.origin(&v, s.Entry, filed)
		last := len(out) - 1
		if last < 0 || s.Entry.Step != "" && out[last].Step != "" && (out[last].Step != v.Step || out[last].Round != v.Round) {
			out = append(out, entryGroup{From: v.On})
			last++
		}
		g := &out[last]
		if g.Step == "" && s.Entry.Step != "" {
			g.Step, g.Round = v.Step, v.Round
		}
		g.To = v.On
		if s.Entry.Kind == casefile.EntryBlocked {
			g.Blocked++
		}
		g.Entries = append(g.Entries, v)
	}
	for i := range out {
		slices.Reverse(out[i].Entries)
	}
	slices.Reverse(out)
	return out
}
