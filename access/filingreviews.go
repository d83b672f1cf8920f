package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/filing"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// ReviewFiling takes a package into the review of its document: into the one that has asked
// for what it lacked, and else into a case that is opened for it with what the package says.
// What broke off half-way is done to its end when it is asked for again.
func (g *Guard) ReviewFiling(ctx context.Context, p auth.Principal, as As, digest casefile.Digest, with casefile.Values) (Reply, error) {
	if err := Permit(p, ReceiveFilings); err != nil {
		return Reply{}, err
	}
	r, err := g.ReceivedFiling(ctx, p, digest)
	if err != nil {
		return Reply{}, err
	}
	if r.Review != "" {
		return Reply{}, &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: casefile.Text{ZH: "该报送包已经接收。", EN: "the package was taken in already"}}
	}
	def, _ := g.reviewsFilings(p)
	step, err := g.mayReceive(p, as, def, r.Practice)
	if err != nil {
		return Reply{}, err
	}
	pack := filing.Package{Statement: r.Statement, Digest: r.Digest}
	into, waits, err := g.waiting(ctx, r, step)
	if err != nil {
		return Reply{}, err
	}
	if !waits {
		o := casework.Opening{ID: reviewID(digest), Procedure: def.Name(), Practice: r.Practice, With: with,
			Matter: casefile.Matter{Title: clipped(r.Statement.Filed.Title+"备案审查", 300), Category: "policy"}}
		if r.Practice {
			o.Starts = r.Statement.On
		}
		opened, err := g.Open(ctx, p, as, o)
		if err != nil {
			return Reply{}, err
		}
		into = opened.Case.Case
	}
	verb, values := pack.Receive(today(into), waits)
	return g.Act(ctx, p, as, into.ID, casefile.Act{ID: actID("take", digest, into), Kind: step + "." + verb, With: values}, 0)
}

// mayReceive gives the step in which filings are received, when the caller may receive them
// there: a case is not opened for somebody who could not go on.
func (g *Guard) mayReceive(p auth.Principal, as As, def *procedure.Definition, practice bool) (step string, err error) {
	by, err := actor(p, as, practice)
	if err != nil {
		return "", err
	}
	for _, s := range def.Steps {
		if s.Type != procedure.FilingReception {
			continue
		}
		for _, rule := range s.Acts {
			if rule.Verb == "receive" && slices.ContainsFunc(rule.Roles, func(r casefile.Role) bool { return by.Holds(r) }) {
				return s.ID, nil
			}
		}
	}
	return "", &casefile.Refusal{Code: casefile.RefusedWrongRole, Message: casefile.Text{
		ZH: "接收备案材料须由备案登记人员办理。", EN: "filings are taken in by the clerk who registers them"}}
}

// waiting gives the review that has taken in an earlier package of the same case and is
// still where papers are received.
func (g *Guard) waiting(ctx context.Context, r Received, step string) (c casefile.Case, ok bool, err error) {
	all, err := g.o.Packages.PackagesAbout(ctx, r.Organ, string(filing.KindFiling), r.Peer, r.About)
	if err != nil {
		return c, false, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		c, err := g.o.Cases.Case(ctx, casework.CaseID(r.Organ, reviewID(all[i].Digest)))
		if errors.Is(err, casefile.ErrNotFound) {
			continue
		}
		receives := slices.ContainsFunc(c.ActiveSteps(), func(s casefile.StepRun) bool { return s.Step == step })
		return c, err == nil && receives && all[i].Digest != r.Digest, err
	}
	return c, false, nil
}

// today is the date on the clock of a case.
func today(c casefile.Case) legaltime.Date {
	if c.Practice {
		return c.Today
	}
	return legaltime.DateIn(time.Now(), legaltime.China)
}

func clipped(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// FilingAnswer writes, as a signed package, what the review of a package has answered last.
func (g *Guard) FilingAnswer(ctx context.Context, p auth.Principal, digest casefile.Digest, w io.Writer) error {
	r, err := g.ReceivedFiling(ctx, p, digest)
	if err != nil {
		return err
	}
	none := casefile.Text{ZH: "审查尚未作出答复。", EN: "the review has answered nothing yet"}
	if r.Review == "" {
		return &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: none}
	}
	c, err := g.o.Cases.Case(ctx, r.Review)
	if err != nil {
		return err
	}
	return g.excerpt(ctx, c, filing.AnswerOf, none, w)
}

// TakeAnswer takes the answer of a reviewer elsewhere into the case that filed: by the act
// that says what was answered, with the date on which it came (zero: today).
func (g *Guard) TakeAnswer(ctx context.Context, p auth.Principal, as As, id casefile.ID, content []byte, on legaltime.Date) (Reply, error) {
	v, err := g.visible(ctx, p, ActOnCase, id)
	if err != nil {
		return Reply{}, err
	}
	def, err := g.o.Cases.Definition(ctx, v.c)
	if err != nil {
		return Reply{}, err
	}
	at := slices.IndexFunc(def.Steps, func(s procedure.Step) bool { return s.Type == procedure.Filing })
	if at < 0 || g.o.Packages == nil {
		return Reply{}, notTaken(casefile.Text{ZH: "本案没有报送备案的环节。", EN: "this case files nothing"})
	}
	pack, err := g.opened(p.Organ, content, filing.KindAnswer)
	if err != nil {
		return Reply{}, err
	}
	number, _ := v.c.Facts["doc_number"].Value.(string)
	if pack.Answered.Maker != v.c.Organ || pack.Document != number || pack.Practice != v.c.Practice {
		return Reply{}, notTaken(casefile.Text{ZH: fmt.Sprintf("答复的是 %s 的《%s》，不是本案的文件。", pack.Answered.Maker, pack.Document),
			EN: fmt.Sprintf("it answers %s of %s, not the document of this case", pack.Document, pack.Answered.Maker)})
	}
	if err := g.keepPapers(ctx, p, pack); err != nil {
		return Reply{}, err
	}
	if done, ok, err := g.answered(ctx, v.c, pack.Digest); err != nil || ok {
		if err == nil {
			_, err = g.keep(ctx, p, pack, id)
		}
		return g.orReply(ctx, p, done, err)
	}
	if on.IsZero() {
		on = today(v.c)
	}
	verb, with := pack.Take(on)
	reply, err := g.Act(ctx, p, as, id, casefile.Act{ID: actID("answer", pack.Digest, v.c), Kind: def.Steps[at].ID + "." + verb, With: with}, 0)
	if err != nil || reply.Entry.Kind == casefile.EntryBlocked {
		return reply, err
	}
	_, err = g.keep(ctx, p, pack, id)
	return reply, err
}

// reviewOf gives the case of the review that has taken a package in, or
// [casefile.ErrNotFound].
func (g *Guard) reviewOf(ctx context.Context, kept casefile.FilingPackage) (casefile.Case, error) {
	all, err := g.o.Packages.PackagesAbout(ctx, kept.Organ, string(filing.KindFiling), kept.Peer, kept.About)
	if err != nil {
		return casefile.Case{}, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		c, err := g.o.Cases.Case(ctx, casework.CaseID(kept.Organ, reviewID(all[i].Digest)))
		if errors.Is(err, casefile.ErrNotFound) {
			continue
		}
		if err != nil {
			return casefile.Case{}, err
		}
		taken, err := g.takenIn(ctx, c, kept.Digest)
		if err != nil || taken {
			return c, err
		}
	}
	return casefile.Case{}, notFound("review of filing", kept.Digest)
}

// takenIn reports whether an act of a review names the package.
func (g *Guard) takenIn(ctx context.Context, c casefile.Case, digest casefile.Digest) (bool, error) {
	entries, err := g.o.Cases.Entries(ctx, c.ID)
	return slices.ContainsFunc(entries, func(e casework.SealedEntry) bool {
		return e.Entry.Kind == casefile.EntryAct && e.Entry.Act != nil && e.Entry.Act.With["package_digest"] == string(digest)
	}), err
}

// reviewID is the id by which the review of a package is opened, so that it is opened once.
func reviewID(digest casefile.Digest) string { return "filing-" + string(digest[:32]) }

// actID is the id of an act about a package: one that was sent twice at once is done once,
// and one that the rules did not allow can be tried again later.
func actID(what string, digest casefile.Digest, c casefile.Case) string {
	return fmt.Sprintf("%s-%s-%d", what, digest[:32], c.Sequence)
}

// answered gives the reply to the act by which a case has taken an answer in.
func (g *Guard) answered(ctx context.Context, c casefile.Case, digest casefile.Digest) (casework.Reply, bool, error) {
	entries, err := g.o.Cases.Entries(ctx, c.ID)
	for _, e := range entries {
		if e.Entry.Kind == casefile.EntryAct && e.Entry.Act != nil && e.Entry.Act.With["answer_package"] == string(digest) {
			return casework.Reply{Entry: e.Entry, Case: c}, true, nil
		}
	}
	return casework.Reply{}, false, err
}

func (g *Guard) orReply(ctx context.Context, p auth.Principal, r casework.Reply, err error) (Reply, error) {
	if err != nil {
		return Reply{}, err
	}
	return g.reply(ctx, p, r)
}
