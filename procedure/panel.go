package procedure

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// PanelMode says when a panel has decided.
type PanelMode string

// The modes. Whoever agrees with changes agrees.
const (
	PanelAll        PanelMode = "all"        // 会签: everybody votes; agreed when nobody disagrees
	PanelAny        PanelMode = "any"        // 或签: agreed as soon as one agrees
	PanelSequential PanelMode = "sequential" // 依次: as all, one after the other
	PanelKOfN       PanelMode = "k_of_n"     // agreed as soon as k agree; not agreed when k no longer can
)

// Panel (会签) has several persons vote on the draft before the step can be
// concluded. Whoever may convene it invites them while the step runs.
type Panel struct {
	Mode PanelMode `yaml:"mode" json:"mode"`
	K    int       `yaml:"k,omitempty" json:"k,omitempty"` // of k_of_n: how many have to agree
	// Before are the verbs that collect the votes: acts that are not possible until
	// the panel has decided. Acts that conclude the step and are not among them, such
	// as sending the draft back, wait for nobody.
	Before []string `yaml:"before" json:"before"`
	// Agreed are outcomes that the step cannot have unless the panel agrees.
	Agreed  []string        `yaml:"agreed,omitempty" json:"agreed,omitempty"`
	Members []casefile.Role `yaml:"members" json:"members"` // roles in which members can be invited
	By      []casefile.Role `yaml:"by" json:"by"`           // who adds and removes members
	// Least is the legal minimum; nil: the panel is asked only when somebody is invited.
	Least *PanelLeast `yaml:"least,omitempty" json:"least,omitempty"`
	Most  int         `yaml:"most,omitempty" json:"most,omitempty"` // members at most; 0: [MaxMembers]
	Basis string      `yaml:"basis" json:"basis"`
}

// PanelLeast is what a panel must have at least, and the article that says so.
type PanelLeast struct {
	Members int             `yaml:"members,omitempty" json:"members,omitempty"`
	Roles   []casefile.Role `yaml:"roles,omitempty" json:"roles,omitempty"` // each represented by one member or more
	Basis   string          `yaml:"basis" json:"basis"`
}

// MaxMembers bounds a panel for which the definition names no bound.
const MaxMembers = 50

// The kinds of opinion that a vote can be (意见类型).
const (
	VoteAgree    = "agree"              // 同意
	VoteChanges  = "agree_with_changes" // 同意，但须修改
	VoteDisagree = "disagree"           // 不同意
)

// PanelState is where the votes of a round stand. Only votes on the current draft
// count.
type PanelState struct {
	Members []PanelMember
	Asked   bool            // whether the step waits for the panel at all
	Short   int             // how many members it lacks
	Lacking []casefile.Role // roles that have to be represented and are not
	Decided bool
	Agreed  bool // what it has decided
}

// PanelMember is one member of a panel.
type PanelMember struct {
	Person casefile.PersonID
	Role   casefile.Role
	Stage  int    // 1, 2, …; members of a stage vote side by side
	Vote   string // on the current draft; empty: none
	Stale  bool   // voted on a draft that is no longer the current one
	Turn   bool   // can vote now
}

// decide counts the votes of a whole panel; an empty one is still to come. It says
// that the panel has decided as soon as no vote to come can change the outcome; in
// the modes that hear everybody, once everybody was heard.
func (p *Panel) decide(votes []string) (decided, agreed bool) {
	yes, open := 0, 0
	for _, v := range votes {
		switch v {
		case VoteAgree, VoteChanges:
			yes++
		case "":
			open++
		}
	}
	switch p.Mode {
	case PanelAny:
		return yes > 0 || open == 0, yes > 0
	case PanelKOfN:
		return yes >= p.K || yes+open < p.K, yes >= p.K
	case PanelAll, PanelSequential:
		return open == 0, yes == len(votes)
	}
	return false, false
}

// least gives how many members the panel must have once it is asked.
func (p *Panel) least() int {
	n := 1
	if p.Least != nil {
		n = max(n, p.Least.Members, len(p.Least.Roles))
	}
	if p.Mode == PanelKOfN {
		n = max(n, p.K)
	}
	return n
}

func (p *Panel) most() int {
	if p.Most > 0 {
		return p.Most
	}
	return MaxMembers
}

// lacks gives what the members are short of.
func (p *Panel) lacks(members []PanelMember) (short int, roles []casefile.Role) {
	short = max(0, p.least()-len(members))
	if p.Least == nil {
		return short, nil
	}
	for _, r := range p.Least.Roles {
		if !slices.ContainsFunc(members, func(m PanelMember) bool { return m.Role == r }) {
			roles = append(roles, r)
		}
	}
	return short, roles
}

// The facts in which a panel is kept. No rule reads them.
func panelFact(step string) string { return step + ".panel" } // "<round>|<stage>|<role>|<person>"
func votesFact(step string) string { return step + ".votes" } // "<round>|<draft>|<person>=<kind>"

// Panel gives where the panel of a running step stands; ok is false when the step
// has none or is not running.
func (d *Definition) Panel(c *casefile.Case, step string) (state PanelState, ok bool) {
	s, found := d.Step(step)
	run, running := c.Active(step)
	if !found || !running || s.Panel == nil {
		return PanelState{}, false
	}
	return s.Panel.state(c, run), true
}

func (p *Panel) state(c *casefile.Case, run casefile.StepRun) PanelState {
	s := PanelState{Members: p.voted(c, run)}
	s.Short, s.Lacking = p.lacks(s.Members)
	s.Asked = len(s.Members) > 0 || p.Least != nil
	if s.Short == 0 && len(s.Lacking) == 0 {
		var votes []string
		for _, m := range s.Members {
			votes = append(votes, m.Vote)
		}
		s.Decided, s.Agreed = p.decide(votes)
	}
	for i := range s.Members {
		s.Members[i].Turn = s.Members[i].Vote == "" && (p.Mode != PanelSequential || !ahead(s.Members, s.Members[i].Stage))
	}
	return s
}

// ahead reports whether somebody of an earlier stage has still to vote.
func ahead(members []PanelMember, stage int) bool {
	return slices.ContainsFunc(members, func(m PanelMember) bool { return m.Stage < stage && m.Vote == "" })
}

// voted gives the members of the round with their votes, in the order of stages.
func (p *Panel) voted(c *casefile.Case, run casefile.StepRun) []PanelMember {
	members := membersOf(asTexts(c.Facts[panelFact(run.Step)].Value), run.Round)
	draft, _ := c.CurrentDraft()
	for _, text := range asTexts(c.Facts[votesFact(run.Step)].Value) {
		rest, ok := ofRound(text, run.Round)
		on, vote, _ := strings.Cut(rest, "|")
		person, kind := voiced(vote)
		at := slices.IndexFunc(members, func(m PanelMember) bool { return string(m.Person) == person })
		switch {
		case !ok || at < 0:
		case on == string(draft.Digest):
			members[at].Vote = kind
		default:
			members[at].Stale = true
		}
	}
	for i := range members {
		members[i].Stale = members[i].Stale && members[i].Vote == ""
	}
	return members
}

// membersOf reads the members of a round, in the order of stages.
func membersOf(list []string, round int) []PanelMember {
	var out []PanelMember
	for _, text := range list {
		rest, ok := ofRound(text, round)
		parts := strings.SplitN(rest, "|", 3)
		if !ok || len(parts) < 3 {
			continue
		}
		stage, _ := strconv.Atoi(parts[0])
		out = append(out, PanelMember{Stage: stage, Role: casefile.Role(parts[1]), Person: casefile.PersonID(parts[2])})
	}
	slices.SortStableFunc(out, func(a, b PanelMember) int { return a.Stage - b.Stage })
	return out
}

// listed is the inverse of membersOf.
func listedMembers(members []PanelMember, round int) []string {
	out := []string{}
	for _, m := range members {
		out = append(out, strconv.Itoa(round)+"|"+strconv.Itoa(m.Stage)+"|"+string(m.Role)+"|"+string(m.Person))
	}
	return out
}

// ofRound cuts the number of the round off an item.
func ofRound(text string, round int) (rest string, ok bool) {
	return strings.CutPrefix(text, strconv.Itoa(round)+"|")
}

// ofThisRound leaves out the items of earlier rounds.
func ofThisRound(list []string, round int) []string {
	return slices.DeleteFunc(list, func(text string) bool {
		_, ok := ofRound(text, round)
		return !ok
	})
}

func memberAt(members []PanelMember, person casefile.PersonID) int {
	return slices.IndexFunc(members, func(m PanelMember) bool { return m.Person == person })
}
