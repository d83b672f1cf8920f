package web

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// file is everything that the page of a case is made from.
type file struct {
	c         casefile.Case
	def       *procedure.Definition
	possible  []casework.Possible
	entries   []access.SeenEntry
	means     access.Means
	whole     bool // the viewer may have the whole of it
	standing  []access.Explained
	called    map[casefile.PersonID]string // names of those who have acted or are asked
	lists     []casework.Checklist
	following []casework.Summary // cases of the organ that follow this one
	before    string             // title of the case that it follows; empty: there is none for the viewer
	planned   []casework.Planned // documents that a clean-up has put into a plan
	today     legaltime.Date
}

// caseView is the page of one case.
type caseView struct {
	Page                                  frame
	Planned                               []plannedRow
	ID, Title, Category, Procedure, Organ string
	Practice                              bool
	Status, StatusName, End               string
	Opened, OpenedBy, Today               string
	DossierURL, PlanURL, RoomURL          string
	YearlistURL                           string // of the items of a catalogue
	FilingURL                             string // where what was filed is handed to another installation
	PapersURL                             string // empty: not for the viewer
	StepActs, CaseActs                    []possibleView
	Stages                                []stageView
	Map                                   mapView
	Standing                              []standView
	Checklists                            []checklistView
	Next                                  *deadlineView
	Deadlines                             []deadlineView
	Documents                             []documentView
	Versions                              []versionView
	Opinions                              []opinionView
	Facts                                 []factView
	Blocked                               []blockedView
	Entries                               []entryGroup
	Pinned                                []pair
	Drafts                                []draftRow // that the viewer has begun
	Live                                  *liveView
	Audit                                 auditing
	Follows                               *link // the case before
	Following                             []caseRow
}

type deadlineView struct {
	ID, Title, Basis, Due, Left string
	URL                         string // of the sheet that counts it
	State, StateName            string
	Provisional                 bool
	EntryURL                    string
}

type documentView struct {
	Title, Kind, Digest, Short, Filed, URL, EntryURL string
	Version                                          int64
	Current, Withdrawn                               bool
}

type opinionView struct {
	Step, Act, Conclusion, By, On, EntryURL string
	SinceURL                                string // of a stale one: what has changed since
	Version                                 int64
	Stale                                   bool
}

type factView struct {
	pair
	On, EntryURL string
}

func (h *handler) caseView(f file, lang string) caseView {
	n, c := h.names(lang, f.def), f.c
	v := caseView{
		ID: string(c.ID), Title: c.Matter.Title, Category: n.words.name("category", c.Matter.Category),
		Procedure: n.procedure(), Organ: string(c.Organ), Practice: c.Practice,
		Status: string(c.Status), StatusName: n.words.name("status", string(c.Status)),
		Opened: c.OpenedOn.String(), OpenedBy: c.OpenedBy.Name, Today: f.today.String(),
		PlanURL: caseURL(c.ID) + "/plan", Stages: n.stages(c),
		Standing: n.standings(c.ID, f.standing, f.called), Next: n.next(c.ID, f.standing),
	}
	v.leads(f)
	v.Planned = plannedRows(f.planned)
	v.Map = n.stepMap(v.Stages)
	if c.End != "" {
		v.End = n.end(c.End)
	}
	for _, p := range f.possible {
		shown := n.possible(p, f.entries)
		if f.means.For(p.Kind) {
			shown.URL = actURL(c.ID, p.Kind)
		}
		if p.Step == "" {
			v.CaseActs = append(v.CaseActs, shown)
		} else {
			v.StepActs = append(v.StepActs, shown)
		}
	}
	for _, d := range c.Deadlines {
		v.Deadlines = append(v.Deadlines, n.deadline(d, f.today, c.ID))
	}
	n.timed(v.Deadlines, f.standing)
	current, _ := c.CurrentDraft()
	for _, d := range slices.Backward(c.Documents) {
		v.Documents = append(v.Documents, n.document(d, c.ID, d.Kind == casefile.KindDraft && d.Digest == current.Digest))
	}
	v.Checklists = n.checklists(c, f.lists)
	v.Versions = n.drafts(c, f.entries)
	for _, o := range slices.Backward(c.Opinions) {
		shown := n.opinion(o, c.Stale(o), f.entries)
		if o.Version < current.Version {
			shown.SinceURL = diffURL(c.ID, o.Version, current.Version)
		}
		v.Opinions = append(v.Opinions, shown)
	}
	for _, name := range casefile.SortedNames(c.Facts) {
		fact := c.Facts[name]
		v.Facts = append(v.Facts, factView{pair: n.pair(name, n.fact(name), fact.Value),
			On: fact.On.String(), EntryURL: anchor(fact.Sequence)})
	}
	v.Blocked, v.Entries = n.blocked(c, f.entries), n.groups(c, f.entries)
	v.Pinned = n.pinned(c.Pinned)
	h.related(&v, f, lang)
	return v
}

// leads names the other pages of the case that there are.
func (v *caseView) leads(f file) {
	c := f.c
	if step, ok := meetingStep(f); ok && c.Rounds(step.ID) > 0 {
		v.RoomURL = caseURL(c.ID) + "/room"
	}
	if f.isYearlist() {
		v.YearlistURL = yearlistURL(c.ID)
	}
	if filesDocument(f.def) && text(c.Facts["filed_on"].Value) != "" {
		v.FilingURL = caseURL(c.ID) + "/filing"
	}
	if f.whole {
		v.DossierURL = caseURL(c.ID) + "/dossier"
	}
}

// related shows the case before, and those that follow this one.
func (h *handler) related(v *caseView, f file, lang string) {
	if before := f.c.Matter.Follows; before != "" {
		v.Follows = &link{Name: string(before)}
		if f.before != "" {
			v.Follows = &link{Name: f.before, URL: caseURL(before)}
		}
	}
	for _, s := range f.following {
		v.Following = append(v.Following, h.caseRow(s, lang))
	}
}

func (n names) deadline(d casefile.Deadline, today legaltime.Date, id casefile.ID) deadlineView {
	v := deadlineView{ID: d.ID, URL: sheetURL(id, d.ID), Title: n.pick(d.Title), Basis: d.Basis, Due: d.Due.String(), State: string(d.State),
		StateName: n.words.name("deadline", string(d.State)), Provisional: d.Provisional, EntryURL: anchor(d.Sequence)}
	if v.Title == "" && d.Rule != "" {
		v.Title = n.rule(d.Rule)
	}
	if v.Title == "" {
		v.Title = d.ID
	}
	if d.State != casefile.DeadlineOpen || d.Due.IsZero() || today.IsZero() {
		return v
	}
	switch left := today.DaysUntil(d.Due); {
	case left > 0:
		v.Left = fmt.Sprintf(n.words["deadline.left"], left)
	case left == 0:
		v.Left = n.words["deadline.today"]
	default:
		v.Left = fmt.Sprintf(n.words["deadline.past"], -left)
	}
	return v
}

func (n names) document(d casefile.Document, id casefile.ID, current bool) documentView {
	v := documentView{Title: d.Title, Kind: n.words.name("document", d.Kind), Digest: string(d.Digest), Short: clip(string(d.Digest), 12),
		Filed: d.FiledOn.String(), EntryURL: anchor(d.Sequence), Version: d.Version, Current: current, Withdrawn: d.Withdrawn}
	withheld := d.Level == casefile.LevelRestricted && d.Title == "" && d.MediaType == "" // as the guard leaves it
	switch {
	case withheld:
		v.Title = n.words["desk.withheld-title"]
	case d.Title == "":
		v.Title = v.Short
	}
	if !d.Withdrawn && !withheld {
		v.URL = caseURL(id) + "/documents/" + string(d.Digest)
	}
	return v
}

func (n names) opinion(o casefile.Opinion, stale bool, entries []access.SeenEntry) opinionView {
	v := opinionView{Step: n.step(o.Step), Act: n.verb(o.Step, o.Verb), On: o.On.String(), EntryURL: anchor(o.Sequence),
		Version: o.Version, Stale: stale, By: n.role(o.Capacity)}
	if o.Conclusion != "" {
		v.Conclusion = n.outcome(o.Conclusion)
	}
	for _, e := range entries {
		if e.Entry.Sequence == o.Sequence && e.Entry.Act != nil && e.Entry.Act.By.Name != "" {
			v.By = e.Entry.Act.By.Name + " · " + v.By
		}
	}
	return v
}

func (n names) pinned(p casefile.Pinned) []pair {
	out := []pair{
		{Name: n.words["pinned.definition"], ID: p.Procedure, Value: string(p.Definition)},
	}
	for _, pack := range p.Packs {
		out = append(out, pair{Name: n.words["pinned.pack"], ID: pack.Pack, Value: string(pack.Digest)})
	}
	return append(out, pair{Name: n.words["pinned.calendar"], Value: string(p.Calendar)})
}

// anchor is the place of an entry on the page of its case.
func anchor(sequence int64) string { return fmt.Sprintf("#entry-%d", sequence) }
