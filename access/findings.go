package access

import (
	"context"
	"slices"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// What may be done with what auditors write. None of it changes a case.
const (
	ReadFindings  Action = "finding.read"  // staff: those that were released
	WriteFindings Action = "finding.write" // record, release, close, reopen
	ReplyFinding  Action = "finding.reply" // by the organ of the case
)

// Audit is what auditors write on cases that others keep.
type Audit interface {
	Record(ctx context.Context, c casefile.Case, f audit.Finding, by audit.Person) (audit.Finding, error)
	Move(ctx context.Context, f audit.Finding, e audit.Event, after int64, by audit.Person) (audit.Finding, error)
	Finding(ctx context.Context, of casefile.ID, id string) (audit.Finding, error)
	Findings(ctx context.Context, f audit.Filter) ([]audit.Finding, error)

	Begin(ctx context.Context, c casefile.Case, follows string, by audit.Person) (audit.Review, error)
	Draft(r audit.Review, rec audit.Record) (audit.Review, error)
	Keep(ctx context.Context, r audit.Review, rec audit.Record, said audit.Saying, by audit.Person) (audit.Review, error)
	Review(ctx context.Context, of casefile.ID, id string) (audit.Review, error)
	Reviews(ctx context.Context, f audit.ReviewFilter) ([]audit.Review, error)
}

// SeenFinding is a finding as a caller may see it.
type SeenFinding struct {
	audit.Finding
	Withheld bool // its texts are for those who may know what is restricted in the case
	MayMove  bool // release, close, reopen
	MayReply bool
}

func author(p auth.Principal) audit.Person {
	return audit.Person{Organ: p.Organ, Person: p.Person, Name: p.Name}
}

// auditing gives a case on which an auditor writes. Whoever has acted in it does not
// audit it.
func (g *Guard) auditing(ctx context.Context, p auth.Principal, id casefile.ID) (casefile.Case, error) {
	v, err := g.withAudit(ctx, p, WriteFindings, id)
	if err == nil && tookPart(p, v.c) {
		err = tookPartRefusal()
	}
	return v.c, err
}

func tookPartRefusal() error {
	return &casefile.Refusal{Code: casefile.RefusedSeparation, Message: casefile.Text{
		ZH: "您曾办理本案，不得对本案作审计记录。", EN: "whoever has acted in a case does not audit it"}}
}

func (g *Guard) withAudit(ctx context.Context, p auth.Principal, a Action, id casefile.ID) (view, error) {
	if err := Permit(p, a); err != nil {
		return view{}, err
	}
	if g.o.Audit == nil {
		return view{}, notFound("audit of case", id)
	}
	return g.visible(ctx, p, a, id)
}

// tookPart reports whether the caller opened the case or acted in it. Only people of
// its organ do.
func tookPart(p auth.Principal, c casefile.Case) bool {
	return p.Organ == c.Organ && (c.OpenedBy.Person == p.Person || slices.ContainsFunc(c.Acted, func(held casefile.Capacity) bool { return held.Person == p.Person }))
}

// RecordFinding keeps a finding on a case: a draft that auditors alone see. Who found it
// is set here.
func (g *Guard) RecordFinding(ctx context.Context, p auth.Principal, id casefile.ID, f audit.Finding) (SeenFinding, error) {
	c, err := g.auditing(ctx, p, id)
	if err != nil {
		return SeenFinding{}, err
	}
	f, err = g.o.Audit.Record(ctx, c, f, author(p))
	return g.seenFinding(p, view{c: c, cleared: true}, f), err
}

// MoveFinding releases, closes or reopens a finding. After is the event that the caller
// saw last, or -1.
func (g *Guard) MoveFinding(ctx context.Context, p auth.Principal, id casefile.ID, finding string, e audit.Event, after int64) (SeenFinding, error) {
	c, err := g.auditing(ctx, p, id)
	if err != nil {
		return SeenFinding{}, err
	}
	f, err := g.o.Audit.Finding(ctx, id, finding)
	if err != nil {
		return SeenFinding{}, err
	}
	if e.Move == audit.Reply { // is the other side's
		e.Move = ""
	}
	f, err = g.o.Audit.Move(ctx, f, e, after, author(p))
	return g.seenFinding(p, view{c: c, cleared: true}, f), err
}

// ReplyFinding answers a finding that was released, for the organ of the case. It is for
// those who may know what is restricted in the case, and not for whoever wrote the
// finding.
func (g *Guard) ReplyFinding(ctx context.Context, p auth.Principal, id casefile.ID, finding, text string, after int64) (SeenFinding, error) {
	v, err := g.withAudit(ctx, p, ReplyFinding, id)
	if err != nil {
		return SeenFinding{}, err
	}
	f, err := g.released(ctx, p, id, finding)
	if err != nil {
		return SeenFinding{}, err
	}
	if !g.replies(p, v, f) {
		return SeenFinding{}, &casefile.Refusal{Code: casefile.RefusedWrongRole, Message: casefile.Text{
			ZH: "审计意见由本案经办人员或程序指定岗位的人员回复，提出意见的人不得自行回复。",
			EN: "a finding is answered by those who work on the case or whom the procedure names, and not by whoever wrote it"}}
	}
	f, err = g.o.Audit.Move(ctx, f, audit.Event{Move: audit.Reply, Text: text}, after, author(p))
	return g.seenFinding(p, v, f), err
}

// replies reports whether the caller may answer a finding that the caller can see.
func (g *Guard) replies(p auth.Principal, v view, f audit.Finding) bool {
	return Permit(p, ReplyFinding) == nil && v.c.Organ == p.Organ && v.cleared && (f.By.Person != p.Person || f.By.Organ != p.Organ)
}

// released gives a finding that the caller may know of: of drafts, staff are not told.
func (g *Guard) released(ctx context.Context, p auth.Principal, id casefile.ID, finding string) (audit.Finding, error) {
	f, err := g.o.Audit.Finding(ctx, id, finding)
	if err == nil && !f.WasReleased() && !p.Holds(auth.Auditor) {
		err = notFound("finding", finding)
	}
	return f, err
}

// Finding gives a finding of a case.
func (g *Guard) Finding(ctx context.Context, p auth.Principal, id casefile.ID, finding string) (SeenFinding, error) {
	v, err := g.withAudit(ctx, p, ReadFindings, id)
	if err != nil {
		return SeenFinding{}, err
	}
	f, err := g.released(ctx, p, id, finding)
	if err != nil {
		return SeenFinding{}, err
	}
	return g.seenFinding(p, v, f), nil
}

// FindingsOf gives the findings on a case that the caller may know of, the newest first;
// none where auditors write nothing.
func (g *Guard) FindingsOf(ctx context.Context, p auth.Principal, id casefile.ID) ([]SeenFinding, error) {
	if g.o.Audit == nil {
		_, err := g.visible(ctx, p, ReadFindings, id)
		return nil, err
	}
	v, err := g.withAudit(ctx, p, ReadFindings, id)
	if err != nil {
		return nil, err
	}
	all, err := g.o.Audit.Findings(ctx, audit.Filter{Organs: []casefile.OrganID{v.c.Organ}, Case: id, Released: !p.Holds(auth.Auditor), Limit: maxOfCase})
	if err != nil {
		return nil, err
	}
	out := make([]SeenFinding, len(all))
	for i, f := range all {
		out[i] = g.seenFinding(p, v, f)
	}
	return out, nil
}

// maxOfCase bounds the findings that are shown of a case.
const maxOfCase = 500

// Findings gives one page of findings: an auditor's on all cases that are the auditor's
// to see, or of the one organ that the filter names; for others the released ones on
// cases of their own organ.
func (g *Guard) Findings(ctx context.Context, p auth.Principal, f audit.Filter) ([]SeenFinding, error) {
	if err := Permit(p, ReadFindings); err != nil {
		return nil, err
	}
	if g.o.Audit == nil {
		return nil, notFound("findings of", p.Organ)
	}
	f.Released = !p.Holds(auth.Auditor)
	switch own := append([]casefile.OrganID{p.Organ}, p.Oversees...); {
	case f.Released:
		f.Organs = own[:1]
	case len(f.Organs) == 0:
		f.Organs = own
	case !slices.Contains(own, f.Organs[0]):
		return nil, notFound("organ", f.Organs[0])
	}
	all, err := g.o.Audit.Findings(ctx, f)
	if err != nil {
		return nil, err
	}
	views := map[casefile.ID]view{}
	out := make([]SeenFinding, len(all))
	for i, one := range all {
		v, known := views[one.Case]
		if !known {
			if v, err = g.visible(ctx, p, ReadFindings, one.Case); err != nil {
				return nil, err
			}
			views[one.Case] = v
		}
		out[i] = g.seenFinding(p, v, one)
	}
	return out, nil
}

func (g *Guard) seenFinding(p auth.Principal, v view, f audit.Finding) SeenFinding {
	out := SeenFinding{Finding: f, Withheld: !v.cleared, MayMove: Permit(p, WriteFindings) == nil && !tookPart(p, v.c)}
	out.MayReply = f.WasReleased() && f.State() != audit.Closed && g.replies(p, v, f)
	if out.Withheld {
		out.Text, out.Remedy = "", ""
		out.Events = slices.Clone(f.Events)
		for i := range out.Events {
			out.Events[i].Text = ""
		}
	}
	return out
}
