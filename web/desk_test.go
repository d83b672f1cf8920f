package web_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/web"
)

// plain is a shelf of which the drafts are plain text.
type plain struct {
	shelf
	media, content string
	state          casefile.DocumentState
}

func (p plain) Find(context.Context, casefile.OrganID, casefile.Digest) (casefile.StoredDocument, error) {
	return casefile.StoredDocument{Document: casefile.Document{MediaType: p.media, Size: int64(len(p.content))}, State: p.state}, nil
}

func (p plain) Open(context.Context, casefile.OrganID, casefile.Digest) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(p.content)), nil
}

// reviewing gives the case a review that is running, and why it is on a desk.
func reviewing(b *browser) {
	c := b.fake.cases["real"]
	c.Steps = append(c.Steps, casefile.StepRun{Step: "review", Round: 1, State: casefile.StepActive, EnteredOn: date("2024-04-20"), Entry: 4})
	c.Acted = append(c.Acted, casefile.Capacity{Person: "p5", Role: "reviewer"})
	b.fake.cases["real"] = c
	conclude := procedure.ActSpec{Opinion: true, Fields: []procedure.Field{{Name: "conclusion", Fact: "conclusion_of_review"}}}
	v := casefile.Verdict{Result: casefile.Block, Findings: []casefile.Finding{
		{Rule: "rule-kept", Effect: casefile.EffectBlock, Result: casefile.Pass, Basis: "Decree 713 art. 26", Values: casefile.Values{"pack_filed": true}},
		{Rule: "rule-own", Effect: casefile.EffectBlock, Result: casefile.Undetermined, Basis: "Decree 713 art. 25", Missing: []string{"conclusion_of_review"}},
		{Rule: "rule-open", Effect: casefile.EffectBlock, Result: casefile.Undetermined, Basis: "Decree 713 art. 28", Missing: []string{"counsel_heard"}},
	}}
	need := casework.Need{Ahead: procedure.Ahead{Kind: "review.conclude", Title: both("Conclude"), Spec: conclude, Roles: []casefile.Role{"reviewer"}, Outcome: "lawful", To: "done"},
		Verdict: v, Required: []string{"conclusion_of_review", "counsel_heard", "pack_filed", "secret_fact"}, Present: casefile.Values{"pack_filed": true},
		Missing: []string{"counsel_heard"}, Supplies: []string{"conclusion_of_review"},
		Ways: []rules.Way{{Changes: []rules.Change{{Fact: "counsel_heard", Is: rules.RelationIs, Value: true}}, Rules: []rules.WayRule{{Basis: "Decree 713 art. 28"}}}}}
	other := need
	other.Outcome, other.Ways = "lawful-with-conditions", nil
	accept := casework.Need{Ahead: procedure.Ahead{Kind: "review.accept", Title: both("Accept"), Waits: &casefile.Refusal{Message: both("first: submit")}},
		Verdict: casefile.Verdict{Result: casefile.Block, Findings: []casefile.Finding{{Rule: "rule-pack", Effect: casefile.EffectBlock, Result: casefile.Block, Basis: "Decree 713 art. 26(1)",
			Message: both("The pack is not whole."), Remedy: both("Supplement it.")}}}}
	b.lists.explain = map[string]casework.Explanation{"review": {Round: 1, Title: both("Review"), Basis: "Decree 713, Review",
		Tasks: []casework.WorkItem{{Task: casework.Task{Case: "real", Task: casefile.Task{Step: "review", Role: "reviewer", Unit: "Legal", Due: date("2024-05-08")}}, Dated: true, Left: 4}},
		Ahead: []casework.Need{need, other}, Guarded: []casework.Need{accept},
		Deadlines: []casework.DeadlineLeft{{Deadline: casefile.Deadline{Title: both("Review time"), Due: date("2024-05-08"), State: casefile.DeadlineOpen}, Left: 4}},
		Mode:      procedure.PanelAll, Panel: procedure.PanelState{Asked: true, Members: []procedure.PanelMember{
			{Person: "p1", Role: "drafter", Vote: procedure.VoteAgree}, {Person: "p8", Role: "reviewer", Turn: true, Stale: true}}},
	}}
}

func TestWhyATaskIsOnTheDesk(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "reviewer"
	reviewing(b)
	page := b.wants("/work/real/review", 200, "On your desk", "Decree 713, Review", "Waste sorting real", "Working days left: 4", "You hold the role of Reviewer", "Legal",
		`href="/cases/real/desk/review"`, "Conclude", "Lawful, Lawful with conditions", "Facts are missing", "fact counsel_heard", "missing: 1", "Stated by the act", "Restricted",
		"must be yes", "Decree 713 art. 28", "The pack is not whole.", "Supplement it.", "Members: 2, voted: 1.", "Asked now: p8", "it can still go either way", "Li Hua", "Voted on an earlier draft", "Review time")
	if strings.Count(page, `class="need n-`) != 1 {
		t.Error("two outcomes that ask the same do not stand together")
	}
	if rec := b.get("/work/real/intake"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/cases/real" {
		t.Errorf("a step that is over: %d", rec.Code)
	}
	b.wants("/work/real/%3Cb%3E", 404)
	b.wants("/work/far/review", 404)
	b.token = "stand-in" // who has not worked on the case is not told the ways: they tell values
	if page := b.wants("/work/real/review", 200, "Some of this is restricted"); strings.Contains(page, "must be yes") {
		t.Error("the ways are told to somebody who may not know the values")
	}
	b = newBrowser(t, false)
	b.token = "reviewer"
	reviewing(b)
	b.lang = "zh"
	b.wants("/work/real/review", 200, "在您的案头", "最少需要补齐", "等待谁办理")
}

func TestTheDeskShowsDraftOpinionsAndWhatTheLawAsks(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "reviewer"
	reviewing(b)
	page := b.wants("/cases/real/desk/review", 200, "Draft plan, revised", "Version 2", string(draft2), "/cases/real/documents/"+string(draft2), "2 open", "Not met", "Facts missing", "Stated by the act",
		"about rule-pack", "Decree 713 art. 26(1)", "Lawful with conditions", "on version 1", "Yours", `href="/work/real/review"`, "Removed paper", "Content removed", "No opinion can be given now.")
	if strings.Contains(page, "The draft has changed since an opinion") {
		t.Error("an author who has given the opinion again is asked to")
	}
	first, last := strings.Index(page, "about rule-pack"), strings.Index(page, "about rule-kept")
	if first < 0 || last < first {
		t.Error("what is met stands before what is not")
	}
	c := b.fake.cases["real"]
	c.Opinions = c.Opinions[:1]
	b.fake.cases["real"] = c
	b.wants("/cases/real/desk/review", 200, `class="banner"`, "The draft has changed since an opinion", "The current draft is version 2")
	b.wants("/cases/real/desk/drafting", 200, "The step is not running")
	b.wants("/cases/real/desk/nosuch", 404)
	b.wants("/cases/real/desk/opinions", 404)
	b.wants("/cases/far/desk/review", 404)
}

func TestTheDeskShowsADraftThatIsPlainText(t *testing.T) {
	for name, tt := range map[string]struct {
		media, content string
		state          casefile.DocumentState
		want           string
	}{
		"plain":     {"text/plain; charset=utf-8", "\ufeffArticle 1 <b>scope</b>\n", casefile.DocumentClean, "Article 1 &lt;b&gt;scope&lt;/b&gt;</div>"},
		"not text":  {"text/plain", "a\xffb", casefile.DocumentClean, "This format is not shown here"},
		"another":   {"application/pdf", "%PDF", casefile.DocumentClean, "This format is not shown here"},
		"very long": {"text/plain", strings.Repeat("x", 300<<10), casefile.DocumentClean, "The text is long"},
		"unknown":   {"text/plain", "secret words", casefile.DocumentQuarantined, "it cannot be read now"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, false)
			b.token = "reviewer"
			reviewing(b)
			var err error
			b.web, err = web.New(web.Options{Guard: access.New(access.Options{Cases: b.fake, Documents: plain{shelf{b.fake}, tt.media, tt.content, tt.state}, Work: b.lists}),
				Entrance: b.door, Authenticator: tokens{}, Form: formOf})
			if err != nil {
				t.Fatal(err)
			}
			if page := b.wants("/cases/real/desk/review", 200, tt.want); tt.state == casefile.DocumentQuarantined && strings.Contains(page, "secret words") {
				t.Error("what was not examined is shown")
			}
		})
	}
}

// A visitor of open practice looks at a desk, and is not led to forms.
func TestAVisitorSeesADeskAndMayDoNothing(t *testing.T) {
	b := newBrowser(t, true)
	page := b.wants("/cases/drill/desk/participation", 200, "Close the window", "The window is open.")
	if strings.Contains(page, "/acts/") || strings.Contains(page, `href="/work/`) {
		t.Error("a visitor is led to an act")
	}
	b.token = "drafter"
	b.wants("/cases/drill/desk/participation", 200, `href="/cases/drill/acts/participation.close"`)
	b.token = "stand-in" // under a mandate of somebody who is a drafter
	b.wants("/cases/drill/desk/participation", 200, `href="/cases/drill/acts/participation.close"`)
	b.token = "overseer"
	if page := b.wants("/cases/drill/desk/participation", 200); strings.Contains(page, "/acts/") {
		t.Error("an auditor is led to an act")
	}
	b.token = ""
	b.wants("/cases/real/desk/participation", 404)
}

// meetingEntries are those of a meeting that departs from its majority.
func meetingEntries(c casefile.Case) []casework.SealedEntry {
	by := casefile.Actor{Person: "p4", Name: "Secretary Sun", Capacity: "secretary"}
	entry := func(verb string, with, facts casefile.Values) casefile.Entry {
		return casefile.Entry{Kind: casefile.EntryAct, Step: "meeting", Round: 1, Verb: verb, Facts: facts, Act: &casefile.Act{Kind: "meeting." + verb, By: by, With: with},
			Verdict: &casefile.Verdict{Result: casefile.Pass, Findings: []casefile.Finding{{Rule: "rule-" + verb, Effect: casefile.EffectBlock, Result: casefile.Pass, Basis: "Decree 713 art. 30"}}}}
	}
	stopped := entry("decide", casefile.Values{"decision": "approve"}, nil)
	stopped.Kind = casefile.EntryBlocked
	all := []casefile.Entry{
		entry("open", casefile.Values{"kind": "executive", "members_total": int64(4), "present": []any{"Chief", "Bai", "Cao"}, "chief": "Chief", "draft": string(draft2)}, nil),
		entry("speak", casefile.Values{"member": "Bai", "view": "approve", "text": "Early words"}, nil),
		entry("speak", casefile.Values{"member": "Bai", "view": "reject", "text": "Second thoughts", "dissent": "Costs are not covered"}, casefile.Values{"majority_view": "reject"}),
		stopped,
		entry("speak", casefile.Values{"member": "Cao", "view": "reject", "text": "No"}, casefile.Values{"majority_view": "reject"}),
		entry("speak", casefile.Values{"member": "Chief", "view": "approve"}, casefile.Values{"majority_view": "reject"}),
		entry("decide", casefile.Values{"decision": "approve", "draft": string(draft2), "reason": "The public interest", "reason_given": true}, casefile.Values{"dissenters": []any{"Bai", "Cao"}}),
		entry("minutes", casefile.Values{"summary": "Approved", "signed_by": []any{"Chief", "Bai"}, "dissents": []any{"Bai", "Cao"}, "signature": "ink"}, nil),
	}
	out := make([]casework.SealedEntry, len(all))
	for i, e := range all {
		e.Case, e.Organ, e.Sequence, e.On = c.ID, c.Organ, int64(i+10), date("2024-04-28")
		out[i] = casework.SealedEntry{Entry: e, Index: int64(50 + i), Leaf: []byte("leaf")}
	}
	return out
}

// meets gives a case a meeting of which so many entries are recorded.
func meets(b *browser, id casefile.ID, entries int) {
	b.fake.def.Steps = append(slices.Clone(definition().Steps), procedure.Step{ID: "meeting", Type: procedure.Deliberation, Title: both("Meeting"), Basis: "Decree 713 art. 30"})
	b.fake.def.Roles["secretary"] = both("Secretary")
	c := sample(id, organ, id == "drill")
	c.Steps = append(c.Steps, casefile.StepRun{Step: "meeting", Round: 1, State: casefile.StepActive, EnteredOn: date("2024-04-27"), Entry: 9})
	c.Acted = append(c.Acted, casefile.Capacity{Person: "p5", Role: "reviewer"})
	b.fake.cases[id], b.fake.entries[id] = c, meetingEntries(c)[:entries]
}

func TestTheRoomFollowsTheMeeting(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "reviewer"
	meets(b, "real", 0)
	decide := casework.Need{Ahead: procedure.Ahead{Kind: "meeting.decide", Title: both("Decide"), Waits: &casefile.Refusal{Message: both("first: open")}},
		Verdict: casefile.Verdict{Result: casefile.Block, Findings: []casefile.Finding{{Rule: "chief-last", Effect: casefile.EffectBlock, Result: casefile.Block, Basis: "Decree 713 art. 30(2)", Message: both("The chief did not speak last.")}}}}
	b.lists.explain = map[string]casework.Explanation{"meeting": {Title: both("Meeting"), Guarded: []casework.Need{decide}}}
	b.wants("/cases/real/room", 200, "To be opened", "The meeting has not been opened.", "What is lacking before the decision", "first: open", "about chief-last", "Decree 713 art. 30(2)", "Draft plan, revised", "1 open")
	b.wants("/cases/real/minutes", 404)
	meets(b, "real", 2)
	b.wants("/cases/real/room", 200, "In session", "3 present of 4", "Not heard yet: <b>Cao</b>", "Chief speaks last.", "Early words", "Recorded by Secretary Sun", "about rule-open")
	meets(b, "real", 6)
	page := b.wants("/cases/real/room", 200, "voiced another view later", "Dissent to be set out:", "Costs are not covered", "Majority: <b>reject</b>", "reject 2", "Stopped")
	if strings.Contains(page, "Not heard yet:") || strings.Contains(page, "approve 1") {
		t.Error("who has spoken, or whose view was taken back, is counted")
	}
	meets(b, "real", 7)
	b.wants("/cases/real/room", 200, "Decided; minutes to be signed", "The decision departs from the majority", "The public interest", "given at the meeting", "What is lacking before the minutes are signed", string(draft2))
	b.wants("/cases/real/minutes", 200, "Not signed: this is how the meeting stands.")
	meets(b, "real", 8)
	b.wants("/cases/real/room", 200, "Minutes signed", "Approved", "signed by hand", `href="/cases/real/minutes?round=1"`)
	b.wants("/cases/real", 200, `href="/cases/real/room"`)
	b.wants("/cases/real/room?round=2", 404)
	b.wants("/cases/real/room?round=x", 404)
	b.wants("/cases/far/room", 404)
	b.lang = "zh"
	b.wants("/cases/real/room", 200, "会议记录已签署", "决定与多数意见不一致", "要求载明的不同意见")
}

func TestTheMinutesHoldEveryViewDissentAndDigest(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "reviewer"
	meets(b, "real", 8)
	page := b.wants("/cases/real/minutes", 200, "Minutes of the deliberation", "executive meeting", "Chief, Bai, Cao", "Early words", "Second thoughts", "Costs are not covered", "<b>Cao</b>",
		"The public interest", "SHA-256 "+string(draft2), "Signatures", "Entry 17", "57")
	if strings.Contains(page, "Not signed") || strings.Count(page, "<i></i>") != 2 {
		t.Error("the lines to sign are not those of who signed")
	}
	b = newBrowser(t, true) // views are restricted: a visitor sees that there is something, and not what
	meets(b, "drill", 8)
	for _, target := range []string{"/cases/drill/minutes", "/cases/drill/room"} {
		page := b.wants(target, 200, "restricted", "Practice")
		for _, secret := range []string{"Early words", "Second thoughts", "Costs are not covered"} {
			if strings.Contains(page, secret) {
				t.Errorf("%s tells a visitor %q", target, secret)
			}
		}
	}
}

func TestPagesOfWorkAreInOneLanguageAndHostileTextIsText(t *testing.T) {
	const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`
	b := newBrowser(t, false)
	b.token = "reviewer"
	meets(b, "real", 8)
	reviewingCase := b.fake.cases["real"]
	reviewing(b)
	c := b.fake.cases["real"]
	c.Matter.Title, c.Documents[1].Title = hostile, hostile
	c.Steps = append(reviewingCase.Steps, c.Steps[len(c.Steps)-1])
	b.fake.cases["real"] = c
	b.fake.entries["real"][1].Entry.Act.With["text"] = hostile
	tasks(b.lists)
	for i := range b.lists.items {
		b.lists.items[i].Matter, b.lists.items[i].Unit = hostile, hostile
	}
	for _, target := range []string{"/work", "/work/real/review", "/cases/real/desk/review", "/cases/real/room", "/cases/real/minutes", "/work/feeds"} {
		page := b.wants(target, 200)
		if strings.Contains(page, "<img") || target != "/work/feeds" && !strings.Contains(page, "&lt;script&gt;alert(1)") {
			t.Errorf("%s: hostile text is markup, or lost", target)
		}
		for _, r := range page {
			if r >= 0x4e00 && r <= 0x9fff && !strings.ContainsRune("中文程", r) {
				t.Errorf("%s in English shows %q", target, r)
				break
			}
		}
	}
}
