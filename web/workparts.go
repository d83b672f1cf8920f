package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// actLink leads to the form of an act.
type actLink struct {
	possibleView
	URL     string // empty: not for this viewer
	Opinion bool
	Main    bool // what the step is about
}

// actLinks gives the acts of a step that the case admits now.
func (n names) actLinks(v viewer, f file, step string) []actLink {
	var out []actLink
	for _, p := range f.possible {
		if p.Step != step && (step != casefile.CaseScope || p.Step != "") {
			continue
		}
		link := actLink{possibleView: n.possible(p, f.entries), Opinion: p.Spec.Opinion, Main: p.Spec.Opinion}
		if hard := slices.ContainsFunc(p.Verdict.Hindering(), func(f casefile.Finding) bool { return !ownFacts(p.Spec, f) }); !hard && link.State != gateOpen {
			link.State, link.StateName = gateDepends, n.words.name("gate", gateDepends)
		}
		if mayTry(v.principal, f.c, p) {
			link.URL = actURL(f.c.ID, p.Kind)
			if current, ok := f.c.CurrentDraft(); ok && onDraft(p.Spec) {
				link.URL += "?draft=" + url.QueryEscape(string(current.Digest))
			}
		}
		out = append(out, link)
	}
	return out
}

// onDraft reports whether an act is about a draft of the case, and files no other.
func onDraft(spec procedure.ActSpec) bool {
	return !spec.FilesDraft && slices.ContainsFunc(spec.Fields, func(f procedure.Field) bool { return f.Name == "draft" && f.Kind == procedure.KindDigest })
}

// mayTry reports whether somebody may do an act by the own right or under a mandate, or
// let somebody do it in practice. What the act itself finds is not known here.
func mayTry(p auth.Principal, c casefile.Case, act casework.Possible) bool {
	if p.Public() || p.Organ != c.Organ || access.Permit(p, access.ActOnCase) != nil {
		return false
	}
	return act.Allowed || c.Practice && p.Holds(auth.Trainer) || slices.ContainsFunc(p.Mandates, func(m auth.Held) bool {
		return (m.InForce && !c.Practice || c.Practice && m.Covers(c.Today)) &&
			slices.ContainsFunc(m.Roles, func(r casefile.Role) bool { return slices.Contains(act.Roles, r) })
	})
}

// actOf gives the link of an act, when the case admits it.
func actOf(links []actLink, kind string) *actLink {
	at := slices.IndexFunc(links, func(l actLink) bool { return l.Kind == kind })
	if at < 0 {
		return nil
	}
	return &links[at]
}

// explained says why a step is on a desk; ok is false where the step is not running, or
// the viewer may not ask.
func (h *handler) explained(ctx context.Context, v viewer, id casefile.ID, step string) (x access.Explained, ok bool, err error) {
	if access.Permit(v.principal, access.ReadWork) != nil {
		return x, false, nil //nolint:nilerr // it is not told to this viewer
	}
	x, err = h.o.Guard.Explain(ctx, v.principal, id, step)
	if errors.Is(err, casefile.ErrNotFound) {
		return x, false, nil
	}
	if err != nil {
		return x, false, fmt.Errorf("explain step %s of case %s: %w", step, id, err)
	}
	return x, true, nil
}

// checkView is a rule that is asked before an act, and what it says with the facts that
// are there.
type checkView struct {
	findingView
	For string // the acts before which it is asked
}

// asking is an act, and what the rules say of it.
type asking struct {
	title   string
	spec    procedure.ActSpec
	verdict casefile.Verdict
}

// ownFacts reports whether a rule reads a fact that the act itself establishes, and
// lacks no other: what it says now is not yet about the act.
func ownFacts(spec procedure.ActSpec, f casefile.Finding) bool {
	own := func(fact string) bool {
		_, set := spec.Sets[fact]
		return set || slices.Contains(spec.Gives, fact) || slices.ContainsFunc(spec.Fields, func(x procedure.Field) bool { return x.Fact == fact })
	}
	if slices.ContainsFunc(f.Missing, func(fact string) bool { return !own(fact) }) {
		return false
	}
	return supplied(f) || len(f.Missing) > 0 || slices.ContainsFunc(casefile.SortedNames(f.Values), own)
}

func (n names) askings(needs []casework.Need) []asking {
	var out []asking
	for _, need := range needs {
		out = append(out, asking{n.pick(need.Title), need.Spec, need.Verdict})
	}
	return out
}

// The state of a rule that waits only for what the act itself states.
const checkSupplied = "supplied"

// checks gives every rule once, those that hinder first.
func (n names) checks(acts []asking) []checkView {
	var out []checkView
	titles := map[string][]string{}
	for _, act := range acts {
		for _, f := range act.verdict.Findings {
			check := checkView{findingView: n.finding(f)}
			if f.Result != casefile.Pass && ownFacts(act.spec, f) {
				check.State = checkSupplied
			}
			check.StateName = n.words.name("check", check.State)
			at := slices.IndexFunc(out, func(o checkView) bool { return o.Rule == f.Rule })
			switch {
			case at < 0:
				out = append(out, check)
			case check.State == checkSupplied: // another act of the step waits for the same
				out[at] = check
			}
			if !slices.Contains(titles[f.Rule], act.title) {
				titles[f.Rule] = append(titles[f.Rule], act.title)
			}
		}
	}
	for i := range out {
		out[i].For = n.list(titles[out[i].Rule])
	}
	order := []string{"block", "undetermined", "warn", checkSupplied}
	slices.SortStableFunc(out, func(a, b checkView) int { return rank(order, a.State) - rank(order, b.State) })
	return out
}

// rank gives the place of a word in an order, behind the last when it has none.
func rank(order []string, word string) int {
	if at := slices.Index(order, word); at >= 0 {
		return at
	}
	return len(order)
}

// hindering counts the rules that keep an act from being done.
func hindering(checks []checkView) (n int) {
	for _, c := range checks {
		if c.State == "block" || c.State == "undetermined" {
			n++
		}
	}
	return n
}

// panelView is where the votes of a panel stand.
type panelView struct {
	Mode, Rule      string
	Asked           bool
	Members         []panelRow
	Staged          bool // its members vote one after the other
	Voted           int
	Short           int
	Lacking, Waits  string // roles that are not represented; who is asked now
	Decided, Agreed bool
}

type panelRow struct {
	Name, Role     string
	Stage          int
	Vote, VoteName string
	Stale, Turn    bool
}

func (n names) panel(x access.Explained, known map[casefile.PersonID]string) *panelView {
	if x.Mode == "" {
		return nil
	}
	s := x.Panel
	v := &panelView{Mode: n.words.name("panel-mode", string(x.Mode)), Asked: s.Asked, Staged: x.Mode == procedure.PanelSequential, Short: s.Short,
		Lacking: n.roles(s.Lacking), Decided: s.Decided, Agreed: s.Agreed}
	if step, ok := n.def.Step(x.Step); ok && step.Panel != nil {
		v.Rule = n.words.name("panel-rule", string(x.Mode))
		if x.Mode == procedure.PanelKOfN {
			v.Rule = fmt.Sprintf(v.Rule, step.Panel.K)
		}
		v.Rule += n.words["panel.basis"] + step.Panel.Basis
	}
	var waits []string
	for _, m := range s.Members {
		row := panelRow{Name: nameOf(known, m.Person), Role: n.role(m.Role), Stage: m.Stage, Vote: m.Vote, Stale: m.Stale, Turn: m.Turn && !s.Decided}
		switch {
		case m.Vote != "":
			v.Voted++
			row.VoteName = n.words.name("vote", m.Vote)
		case row.Turn:
			row.VoteName = n.words["panel.turn"]
			waits = append(waits, row.Name)
		default:
			row.VoteName = n.words["panel.later"]
		}
		v.Members = append(v.Members, row)
	}
	v.Waits = n.list(waits)
	return v
}

// people gives the names of persons, as the entries of a case know them.
func people(entries []access.SeenEntry) map[casefile.PersonID]string {
	out := map[casefile.PersonID]string{}
	for _, s := range entries {
		act := s.Entry.Act
		if act == nil {
			continue
		}
		if person, name := text(act.With["person"]), text(act.With["name"]); person != "" && name != "" {
			out[casefile.PersonID(person)] = name
		}
		if act.By.Name != "" {
			out[act.By.Person] = act.By.Name
		}
	}
	return out
}

// called gives the names of persons of a case: as its entries know them and, of those
// who are asked and have not acted, as the directory does.
func (h *handler) called(ctx context.Context, p auth.Principal, f file) map[casefile.PersonID]string {
	known := people(f.entries)
	asked := func(id casefile.PersonID) {
		if id != "" && known[id] == "" {
			known[id] = h.personName(ctx, p, id)
		}
	}
	for _, x := range f.standing {
		for _, t := range x.Tasks {
			asked(t.Person)
		}
		for _, m := range x.Panel.Members {
			asked(m.Person)
		}
	}
	return known
}

func nameOf(known map[casefile.PersonID]string, id casefile.PersonID) string {
	if known[id] != "" {
		return known[id]
	}
	return string(id)
}

func text(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

// texts reads a list, also one that has been through JSON.
func texts(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, text(item))
		}
		return out
	}
	return nil
}
