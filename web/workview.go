package web

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// workView is the work list of whoever has signed in.
type workView struct {
	Findings                     []findingRow // of auditors, that wait for an answer
	Page                         frame
	Auditor, Filings             bool                 // Filings: what is filed here is theirs to review
	Counts                       *casework.TaskCounts // of the whole list; on its first page
	Tabs                         []workTab
	Roles, Persons, Units, Kinds []choice
	Organs                       []choice
	Role, Person, Unit           string
	Filtered, Later              bool // there are conditions; it is not the first page
	Groups                       []taskGroup
	NextURL                      string
	Notices                      []workNoticeView
	MoreNotices                  int
	Plans                        []plannedRow // late
}

type workTab struct {
	URL, Name   string
	Count, Late int64
	Chosen      bool
}

// taskGroup are the tasks with about as much time left.
type taskGroup struct {
	Kind, Title string
	Rows        []taskRow
}

// The groups of a work list.
const (
	groupLate  = "late"
	groupSoon  = "soon"
	groupLater = "later"
	groupNone  = "none" // no due date
)

// soon is how many working days before its due date a task is due soon.
const soon = 3

// taskRow is a task, why it is on the desk, and where it is worked on.
type taskRow struct {
	Group                     string
	Matter, Step, URL         string
	CaseURL, DeskURL, RoomURL string
	Round                     int
	Practice                  bool
	Role, Person, Unit        string
	Why, Basis                string
	Since, Due, Left          string
	Provisional               bool
}

type workNoticeView struct {
	Kind, KindName, Matter, Step, URL string
	Due, On                           string
	Practice                          bool
}

func taskURL(id casefile.ID, step string) string {
	return "/work/" + url.PathEscape(string(id)) + "/" + url.PathEscape(step)
}

// todayOf gives the date on the clock of the case of a task.
func (h *handler) todayOf(item casework.WorkItem) legaltime.Date {
	if item.Practice {
		return item.Today
	}
	return legaltime.DateIn(h.o.Now(), legaltime.China)
}

func (n names) taskRow(p auth.Principal, item casework.WorkItem, today legaltime.Date) taskRow {
	row := taskRow{Matter: item.Matter, Step: n.pick(item.Title), URL: taskURL(item.Case, item.Step), CaseURL: caseURL(item.Case), Round: item.Round,
		Practice: item.Practice, Role: n.role(item.Role), Unit: item.Unit, Why: n.whyMine(p, item.Task.Task), Basis: n.stepBasis(item.Step),
		Since: item.Since.String(), Due: item.Due.String(), Provisional: item.Provisional}
	if row.Step == "" {
		row.Step = n.step(item.Step)
	}
	row.Group, row.Left = n.left(item, today)
	row.DeskURL, row.RoomURL = n.deskURLs(item.Case, item.Step)
	return row
}

// left says how much time there is, in working days.
func (n names) left(item casework.WorkItem, today legaltime.Date) (group, text string) {
	switch {
	case !item.Dated:
		return groupNone, n.words["work.undated"]
	case item.Breached || item.Due.Before(today) || item.Left < 0:
		if item.Left < 0 {
			return groupLate, fmt.Sprintf(n.words["work.late"], -item.Left)
		}
		return groupLate, n.words["work.past"]
	case item.Due == today:
		return groupSoon, n.words["work.today"]
	case item.Left <= soon:
		return groupSoon, fmt.Sprintf(n.words["work.left"], item.Left)
	}
	return groupLater, fmt.Sprintf(n.words["work.left"], item.Left)
}

// whyMine says by what right a task is for somebody; who only oversees is told for
// whom it is.
func (n names) whyMine(p auth.Principal, t casefile.Task) string {
	role := n.role(t.Role)
	own := slices.Contains(p.Actor().Roles, t.Role)
	switch {
	case own && t.Person == p.Person && t.Person != "":
		return fmt.Sprintf(n.words["work.why-me"], role)
	case own && t.Person == "":
		return fmt.Sprintf(n.words["work.why-role"], role)
	}
	for _, m := range p.Mandates {
		if !m.InForce || !slices.Contains(m.Roles, t.Role) || t.Person != "" && t.Person != m.Principal {
			continue
		}
		return fmt.Sprintf(n.words["work.why-mandate"], m.PrincipalName, role)
	}
	return fmt.Sprintf(n.words["work.why-awaited"], role)
}

// stepBasis gives the article that asks for a step; that of the procedure for the case
// as a whole.
func (n names) stepBasis(id string) string {
	if n.def == nil {
		return ""
	}
	if s, ok := n.def.Step(id); ok {
		return s.Basis
	}
	return n.def.Basis
}

// deskURLs gives where a step is worked on: the room of a deliberation, or the desk of
// a step in which opinions are given or votes are cast.
func (n names) deskURLs(id casefile.ID, step string) (desk, room string) {
	if n.def == nil {
		return "", ""
	}
	s, ok := n.def.Step(step)
	kind, _ := s.Kind()
	switch {
	case !ok:
	case s.Type == procedure.Deliberation:
		return "", caseURL(id) + "/room"
	case s.Panel != nil || slices.ContainsFunc(kind.Acts, func(a procedure.ActSpec) bool { return a.Opinion }):
		return deskURL(id, step), ""
	}
	return "", ""
}

func deskURL(id casefile.ID, step string) string {
	return caseURL(id) + "/desk/" + url.PathEscape(step)
}

// workNotice is a notice as it is shown. The list does not say which definition its
// case follows: the step is named as a procedure in use names it.
func (h *handler) workNotice(n names, notice casework.Notice) workNoticeView {
	v := workNoticeView{Kind: string(notice.Kind), KindName: n.words.name("notice", string(notice.Kind)), Matter: notice.Matter, Step: notice.Step,
		URL: taskURL(notice.Case, notice.Step), Due: notice.Due.String(), On: clock(notice.Created), Practice: notice.Practice}
	for _, n.def = range h.o.Guard.Procedures() {
		if title := n.step(notice.Step); title != notice.Step {
			v.Step = title
			break
		}
	}
	return v
}
