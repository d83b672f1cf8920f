package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// roomView is a deliberation: who is there, who said what, what was decided, and what is
// lacking. The minutes show the same.
type roomView struct {
	Page                         frame
	Matter, CaseURL, Case, Organ string
	Step, Basis, TaskURL         string
	State, StateName             string // "waiting", "before", "open", "decided" or "signed", or "ended" without a decision
	Round                        int
	Rounds                       []roundLink
	Running, Withheld, Practice  bool
	Draft                        *documentView // under discussion
	Papers                       []documentView
	Opinions                     []opinionView
	Opened                       *openingView
	Speeches                     []speechView
	Silent                       []silentView // present, and not heard yet
	ChiefSilent                  string
	ChiefURL                     string
	Tally                        []tallyView
	Majority                     string
	Decision                     *rulingView
	Dissents                     []speechView
	Minutes                      *minutesView
	Checks                       []checkView
	Lacking                      int
	Waits                        string
	Blocked                      []blockedView
	Panel                        *panelView
	Open, Speak, Decide          *actLink
	FileAmended, Sign            *actLink
	Other                        []actLink
	MinutesURL                   string
}

// silentView is somebody who has still to speak, and the form by which it is recorded.
type silentView struct{ Name, URL string }

type roundLink struct {
	Round   int
	URL     string
	Current bool
}

// openingView is who is there, and what the rules said of it.
type openingView struct {
	Kind, On, Chief, Presiding, Authorisation string
	Total, Count                              string
	Members                                   []memberView
	Checks                                    []checkView
	EntryURL                                  string
}

// memberView is somebody who is present. The view is the last one voiced.
type memberView struct {
	Name, View, ViewName string
	Last                 bool // speaks last
	Spoke                bool
}

type speechView struct {
	Number                       int
	Member, View, ViewName, Text string
	Dissent                      string
	Last, Replaced, Withheld     bool // the chief; voiced another view later; not for this viewer
	By, On, EntryURL             string
}

type tallyView struct {
	View, Name string
	Count      int
}

type rulingView struct {
	Decision, Name, On, By, Reason, EntryURL string
	Amendments                               []string
	Departs, ReasonGiven                     bool // from the majority
	Draft                                    *documentView
	Amended                                  *documentView
	Comparison                               string
	Checks                                   []checkView
}

type minutesView struct {
	Summary, Way, On, By, EntryURL, Leaf string
	Sequence, Index                      int64
	SignedBy, Dissents                   []string
	Checks                               []checkView
}

// room tells the meeting as its entries have left it.
func (n names) room(f file, m meeting) roomView {
	v := roomView{Matter: f.c.Matter.Title, CaseURL: caseURL(f.c.ID), Case: string(f.c.ID), Organ: string(f.c.Organ), Step: n.step(m.step.ID), Basis: m.step.Basis,
		Round: m.run.Round, Running: m.run.State == casefile.StepActive, Practice: f.c.Practice, Majority: m.majority}
	v.State = meetingState(m)
	v.StateName = n.words.name("meeting", v.State)
	for _, r := range f.c.Steps {
		if r.Step == m.step.ID {
			v.Rounds = append(v.Rounds, roundLink{Round: r.Round, URL: fmt.Sprintf("%s/room?round=%d", v.CaseURL, r.Round), Current: r.Round == m.run.Round})
		}
	}
	n.agenda(f, m, &v)
	n.speeches(f, m, &v)
	if m.opened != nil {
		v.Opened = n.opening(f, m, v.Speeches)
		v.MinutesURL = fmt.Sprintf("%s/minutes?round=%d", v.CaseURL, m.run.Round)
		v.silent(m)
	}
	v.Decision, v.Minutes = n.decision(f, m), n.minutes(f, m)
	for _, b := range n.blocked(f.c, inRound(f.entries, m.run)) {
		if b.EntryURL = v.CaseURL + b.EntryURL; b.Later != "" {
			b.LaterURL = v.CaseURL + b.LaterURL
		}
		v.Blocked = append(v.Blocked, b)
	}
	if m.majority != "" {
		v.Majority = n.words.name("token", m.majority)
	}
	return v
}

// inRound gives the entries of a round of a step.
func inRound(entries []access.SeenEntry, run casefile.StepRun) []access.SeenEntry {
	return slices.DeleteFunc(slices.Clone(entries), func(s access.SeenEntry) bool {
		return s.Entry.Step != run.Step || s.Entry.Round != run.Round
	})
}

func meetingState(m meeting) string {
	switch {
	case m.recorded != nil:
		return "signed"
	case m.run.State != casefile.StepActive && m.run.Round > 0:
		return "ended"
	case m.decided != nil:
		return "decided"
	case m.opened != nil:
		return "open"
	case m.run.Round > 0:
		return "before"
	}
	return "waiting"
}

// acts puts the links where they belong on the page.
func (v *roomView) acts(links []actLink, step string) {
	v.Open, v.Speak, v.Decide = actOf(links, step+".open"), actOf(links, step+".speak"), actOf(links, step+".decide")
	v.FileAmended, v.Sign = actOf(links, step+".file_amended"), actOf(links, step+".minutes")
	if v.Speak != nil && v.Speak.URL != "" {
		for i := range v.Silent {
			v.Silent[i].URL = memberURL(v.Speak.URL, v.Silent[i].Name)
		}
		v.ChiefURL = memberURL(v.Speak.URL, v.ChiefSilent)
	}
	placed := []*actLink{v.Open, v.Speak, v.Decide, v.FileAmended, v.Sign}
	for i := range links {
		if links[i].Main = slices.Contains(placed, &links[i]); !links[i].Main {
			v.Other = append(v.Other, links[i])
		}
	}
	if v.Decision == nil || v.Decision.Decision != "amend" { // there is no amended text to file
		v.FileAmended = nil
	}
}

// memberURL leads to the form of a speech of somebody.
func memberURL(form, member string) string { return form + "?member=" + url.QueryEscape(member) }

// agenda gives the draft under discussion and the papers of the case.
func (n names) agenda(f file, m meeting, v *roomView) {
	current, ok := f.c.CurrentDraft()
	if digest := m.said(m.opened, "draft"); digest != "" {
		current.Digest = casefile.Digest(digest)
	}
	if ok {
		v.Draft = n.paper(f.c, current.Digest)
	}
	for _, d := range slices.Backward(f.c.Documents) {
		if d.Digest != current.Digest {
			v.Papers = append(v.Papers, n.caseDocument(f.c.ID, d))
		}
	}
	for _, o := range slices.Backward(f.c.Opinions) {
		if o.Step == m.step.ID || o.Draft != current.Digest {
			continue
		}
		opinion := n.opinion(o, false, f.entries)
		opinion.EntryURL = v.CaseURL + opinion.EntryURL
		v.Opinions = append(v.Opinions, opinion)
	}
}

// paper gives a document of the case by its digest, as it was filed last.
func (n names) paper(c casefile.Case, digest casefile.Digest) *documentView {
	for _, d := range slices.Backward(c.Documents) {
		if d.Digest == digest {
			v := n.caseDocument(c.ID, d)
			return &v
		}
	}
	return nil
}

func (n names) opening(f file, m meeting, speeches []speechView) *openingView {
	with := m.opened.Entry.Act.With
	v := &openingView{Kind: n.value(with["kind"]), On: m.opened.Entry.On.String(), Chief: m.said(m.opened, "chief"), Presiding: m.said(m.opened, "presiding"),
		Authorisation: m.said(m.opened, "authorisation"), Total: n.value(with["members_total"]), EntryURL: caseURL(f.c.ID) + anchor(m.opened.Entry.Sequence)}
	present := texts(with["present"])
	v.Count = fmt.Sprint(len(present))
	for _, name := range present {
		member := memberView{Name: name, Last: name == m.chief()}
		for _, s := range speeches {
			if s.Member == name {
				member.Spoke, member.View, member.ViewName = true, s.View, s.ViewName
			}
		}
		v.Members = append(v.Members, member)
	}
	v.Checks = n.recordedChecks(m.opened)
	return v
}

// recordedChecks gives what the rules said of an act when it was done.
func (n names) recordedChecks(e *access.SeenEntry) []checkView {
	if e.Entry.Verdict == nil {
		return nil
	}
	return n.checks([]asking{{verdict: *e.Entry.Verdict}})
}

func (n names) speeches(f file, m meeting, v *roomView) {
	counts := map[string]int{}
	for i := range m.speeches {
		e := &m.speeches[i]
		s := speechView{Number: i + 1, Member: m.said(e, "member"), View: m.said(e, "view"), Text: m.said(e, "text"), Dissent: m.said(e, "dissent"),
			By: e.Entry.Act.By.Name, On: e.Entry.On.String(), EntryURL: v.CaseURL + anchor(e.Entry.Sequence),
			Withheld: slices.ContainsFunc(e.Withheld, func(w string) bool { return strings.HasPrefix(w, "act.with.") })}
		s.Last, v.Withheld = s.Member == m.chief(), v.Withheld || s.Withheld
		if s.View != "" {
			s.ViewName = n.words.name("token", s.View)
		}
		s.Replaced = slices.ContainsFunc(m.speeches[i+1:], func(later access.SeenEntry) bool { return m.said(&later, "member") == s.Member })
		if s.View != "" && !s.Last && !s.Replaced {
			counts[s.View]++
		}
		v.Speeches = append(v.Speeches, s)
		if s.Dissent != "" || m.decided != nil && !s.Last && !s.Replaced && slices.Contains(m.dissenters, s.Member) {
			v.Dissents = append(v.Dissents, s)
		}
	}
	for _, view := range []string{"approve", "amend", "reject", "defer"} {
		if counts[view] > 0 {
			v.Tally = append(v.Tally, tallyView{View: view, Name: n.words.name("token", view), Count: counts[view]})
		}
	}
}

// silent names who has still to speak, the one who speaks last apart.
func (v *roomView) silent(m meeting) {
	for _, member := range v.Opened.Members {
		switch {
		case member.Spoke || m.decided != nil:
		case member.Last:
			v.ChiefSilent = member.Name
		default:
			v.Silent = append(v.Silent, silentView{Name: member.Name})
		}
	}
}

func (n names) decision(f file, m meeting) *rulingView {
	if m.decided == nil {
		return nil
	}
	e := m.decided.Entry
	given, _ := e.Act.With["reason_given"].(bool)
	v := &rulingView{Decision: m.said(m.decided, "decision"), On: e.On.String(), By: e.Act.By.Name, Reason: m.said(m.decided, "reason"), ReasonGiven: given,
		Amendments: texts(e.Act.With["amendments"]), EntryURL: caseURL(f.c.ID) + anchor(e.Sequence), Checks: n.recordedChecks(m.decided),
		Draft: n.paper(f.c, casefile.Digest(m.said(m.decided, "draft")))}
	v.Name = n.words.name("token", v.Decision)
	v.Departs = m.majority != "" && m.majority != "split" && m.majority != v.Decision
	if m.amended != nil {
		v.Amended, v.Comparison = n.paper(f.c, casefile.Digest(m.said(m.amended, "draft"))), m.said(m.amended, "comparison")
	}
	return v
}

func (n names) minutes(f file, m meeting) *minutesView {
	if m.recorded == nil {
		return nil
	}
	e := m.recorded.Entry
	return &minutesView{Summary: m.said(m.recorded, "summary"), Way: n.value(e.Act.With["signature"]), On: e.On.String(), By: e.Act.By.Name,
		SignedBy: texts(e.Act.With["signed_by"]), Dissents: texts(e.Act.With["dissents"]), EntryURL: caseURL(f.c.ID) + anchor(e.Sequence),
		Sequence: e.Sequence, Index: m.recorded.Index, Leaf: leafHash(m.recorded.Leaf), Checks: n.recordedChecks(m.recorded)}
}

// The state of a rule about a meeting that has not been opened: what it reads is empty, or
// of the meeting before, and so it is neither met nor not met.
const checkNotYet = "not-yet"

// notYet takes back what is said of the meeting before it is opened. A rule that asks
// something of everybody present holds of nobody.
func (n names) notYet(checks []checkView, step procedure.Step) {
	own := map[string]bool{}
	for _, spec := range n.acts(step.ID) {
		for _, f := range spec.Fields {
			own[f.Fact] = true
		}
		for _, fact := range slices.Concat(spec.Gives, casefile.SortedNames(spec.Sets)) {
			own[fact] = true
		}
	}
	for i := range checks {
		c := &checks[i]
		if c.State == string(casefile.Pass) && len(c.Values) > 0 && !slices.ContainsFunc(c.Values, func(v pair) bool { return !own[v.ID] }) {
			c.State, c.StateName = checkNotYet, n.words.name("check", checkNotYet)
		}
	}
}
