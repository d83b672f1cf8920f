package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

const (
	organ      casefile.OrganID = "上海市普陀区绿化和市容管理局"
	otherOrgan casefile.OrganID = "宁津县交通运输局"
)

var (
	draft   = casefile.Digest(strings.Repeat("ab", 32))
	revised = casefile.Digest(strings.Repeat("cd", 32))
)

func date(s string) legaltime.Date {
	d, err := legaltime.ParseDate(s)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return d
}

// people holds real tokens of three persons.
type people struct {
	*auth.Tokens
	secrets map[string]string
	rows    map[string]auth.Token
	broken  error
}

func newPeople(ctx context.Context) (*people, error) {
	p := &people{secrets: map[string]string{}, rows: map[string]auth.Token{}}
	p.Tokens = auth.New(p, []casefile.Role{"drafter", "legality_reviewer"}, auth.Options{})
	for name, g := range map[string]auth.Grant{
		"drafter":   {Person: "p1", Name: "承办人", Unit: "办公室", Organ: organ, Roles: []casefile.Role{"drafter"}},
		"trainer":   {Person: "p2", Name: "教员", Organ: organ, Roles: []casefile.Role{auth.Trainer}},
		"colleague": {Person: "p4", Name: "同事", Organ: organ, Roles: []casefile.Role{"drafter"}},
		"auditor":   {Person: "p5", Name: "审计", Organ: organ, Roles: []casefile.Role{auth.Auditor}},
		"stranger":  {Person: "p3", Name: "外人", Organ: otherOrgan, Roles: []casefile.Role{"drafter", auth.Trainer}},
	} {
		g.Expires = time.Now().Add(time.Hour)
		secret, _, err := p.Issue(ctx, g)
		if err != nil {
			return nil, err
		}
		p.secrets[name] = secret
	}
	return p, nil
}

func (p *people) CreateToken(_ context.Context, t auth.Token, _ auth.AccountChange) error {
	p.rows[t.Hash] = t
	return nil
}

func (p *people) TokenByHash(_ context.Context, hash string) (auth.Token, error) {
	t, ok := p.rows[hash]
	if p.broken == nil && !ok {
		return t, fmt.Errorf("token: %w", casefile.ErrNotFound)
	}
	return t, p.broken
}

func (*people) RevokeToken(context.Context, casefile.OrganID, string, auth.AccountChange) error {
	return nil
}

func (*people) NoteTokenUse(context.Context, string, time.Time) error { return nil }

func (*people) ListTokens(context.Context, casefile.OrganID) ([]auth.Token, error) { return nil, nil }

// fake stands in for casework and the refusal log, and notes what it was asked.
type fake struct {
	access.Cases // what the API does not ask
	mu           sync.Mutex
	cases        map[casefile.ID]casefile.Case
	expected     []int64
	opened       []casework.Opening
	acted        []casefile.Act
	tried        []casefile.Act
	filters      []casework.Filter
	actors       []casefile.Actor
	uploads      []documents.Upload
	papers       map[casefile.Digest]casefile.StoredDocument // of organ, with the digest as content
	attempts     []api.Attempt
	planned      []casework.PlanQuestion
	tasks        []casework.TaskFilter
	desks        []casework.Desk
	feeds        []access.Feed

	definition *procedure.Definition // nil: one without steps
	sealed     map[casefile.ID]bool  // practice, where the opening entry says otherwise than the case

	err     error // what the next use case ends in
	block   bool  // whether the next act is blocked
	damaged bool  // whether stored bytes are not those of their digest
	export  func(w io.Writer) error
}

func newFake() *fake {
	f := &fake{cases: map[casefile.ID]casefile.Case{}, papers: map[casefile.Digest]casefile.StoredDocument{}}
	f.papers[draft] = casefile.StoredDocument{State: casefile.DocumentClean, Document: casefile.Document{
		Digest: draft, Title: "草案 \"一\"", MediaType: "text/plain", Size: int64(len(paperOf(draft)))}}
	for _, c := range []casefile.Case{sample("c1", organ, false), sample("c2", organ, true), sample("c9", otherOrgan, false)} {
		f.cases[c.ID] = c
	}
	return f
}

// sample is a case with one of everything.
func sample(id casefile.ID, of casefile.OrganID, practice bool) casefile.Case {
	return casefile.Case{
		ID: id, Organ: of, Practice: practice, Status: casefile.StatusRunning, Sequence: 7,
		Matter:   casefile.Matter{Title: "垃圾分类方案", Category: "public_policy"},
		Pinned:   casefile.Pinned{Procedure: "cn.major-decision@2019", Definition: draft, Calendar: draft},
		OpenedOn: date("2024-03-01"), Today: date("2024-04-10"),
		OpenedBy: casefile.Actor{Person: "p1", Name: "承办人", Roles: []casefile.Role{"drafter"}},
		Steps:    []casefile.StepRun{{Step: "participation", Round: 1, State: casefile.StepActive, EnteredOn: date("2024-03-29"), Entry: 5}},
		Facts: map[string]casefile.Fact{
			"comment_open_on": {Name: "comment_open_on", Value: "2024-03-29", Sequence: 6, On: date("2024-03-29")},
			"channels":        {Name: "channels", Value: []any{"网站"}, Sequence: 6, On: date("2024-03-29")},
		},
		Documents: []casefile.Document{{Digest: draft, Kind: casefile.KindDraft, Title: "草案", Version: 1, Sequence: 4, FiledOn: date("2024-03-20")}},
		Opinions:  []casefile.Opinion{{Step: "legality", Round: 1, Verb: "conclude", Draft: "old", Version: 1, Person: "p5", Capacity: "reviewer", Sequence: 5, On: date("2024-03-21")}},
		Deadlines: []casefile.Deadline{{ID: "participation/comment", Due: date("2024-04-29"), State: casefile.DeadlineOpen, Sequence: 6}},
		Acted:     []casefile.Capacity{{Person: "p1", Role: "drafter"}},
	}
}

func verdict() casefile.Verdict {
	return casefile.Verdict{
		Result: casefile.Block, Gates: []string{"cn.713/close_comment"},
		Findings: []casefile.Finding{
			{Gate: "cn.713/close_comment", Rule: "mad-comment-window-elapsed", Effect: casefile.EffectBlock, Result: casefile.Block,
				Values: casefile.Values{"comment_close_on": "2024-04-29"}, Basis: "国务院令第713号 第十五条第二款",
				Message: casefile.Text{ZH: "征求意见期限未满。", EN: "The comment period has not run out."},
				Remedy:  casefile.Text{ZH: "期满后再结束。", EN: "Close after it has."}, Due: date("2024-04-30")},
			{Gate: "cn.713/close_comment", Rule: "mad-comment-min-30d-soft", Effect: casefile.EffectBlock, Result: casefile.Undetermined,
				Missing: []string{"comment_open_on"}, Basis: "国务院令第713号 第十五条第二款"},
			{Gate: "cn.713/close_comment", Rule: "other", Effect: casefile.EffectBlock, Result: casefile.Pass, Basis: "不应出现"},
		},
	}
}

func (f *fake) entry(id casefile.ID, act casefile.Act, kind casefile.EntryKind) casefile.Entry {
	v := verdict()
	return casefile.Entry{Case: id, Organ: organ, Sequence: 8, Kind: kind, On: date("2024-04-10"),
		At: time.Date(2024, 4, 10, 1, 2, 3, 4, time.UTC), Act: &act, Step: "participation", Round: 1, Verb: "close", Verdict: &v}
}

func (f *fake) Open(_ context.Context, o casework.Opening) (casework.Reply, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened = append(f.opened, o)
	if f.err != nil {
		return casework.Reply{}, f.err
	}
	act := casefile.Act{ID: o.ID, Kind: "case.open", By: o.By, With: o.With}
	return casework.Reply{Entry: f.entry("new1", act, casefile.EntryOpened), Case: casefile.Case{ID: "new1", Organ: o.Organ,
		Status: casefile.StatusRunning, Matter: o.Matter, Practice: o.Practice, OpenedBy: o.By}}, nil
}

func (f *fake) DryRun(_ context.Context, _ casefile.ID, act casefile.Act) (casework.DryRun, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tried = append(f.tried, act)
	if f.err != nil {
		return casework.DryRun{}, f.err
	}
	v := verdict()
	return casework.DryRun{
		Verdict: v,
		Rules: []*rules.Trace{{Pack: "cn.713@2019", Rule: v.Findings[0].Rule, Finding: v.Findings[0], Parts: []rules.TracePart{{
			Part: "require", Source: "today > comment_close_on",
			Root: &rules.TraceNode{Source: "today > comment_close_on", Op: ">", State: rules.StateEvaluated, Value: false},
		}}}},
		Ways: []rules.Way{{
			Changes: []rules.Change{{Fact: "comment_close_on", Title: casefile.Text{ZH: "截止日", EN: "closing day"},
				Now: "2024-04-29", Is: rules.RelationAtMost, Value: "2024-04-09"}},
			Rules:  []rules.WayRule{{Rule: v.Findings[0].Rule, Title: casefile.Text{ZH: "期满", EN: "elapsed"}, Basis: v.Findings[0].Basis}},
			Remedy: casefile.Text{ZH: "更正截止日。", EN: "Correct the closing day."},
		}},
	}, nil
}

func (f *fake) Act(_ context.Context, id casefile.ID, act casefile.Act, expect int64) (casework.Reply, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acted, f.expected = append(f.acted, act), append(f.expected, expect)
	if f.err != nil {
		return casework.Reply{}, f.err
	}
	kind := casefile.EntryAct
	if f.block {
		kind = casefile.EntryBlocked
	}
	return casework.Reply{Entry: f.entry(id, act, kind), Case: f.cases[id]}, nil
}

func (f *fake) Case(_ context.Context, id casefile.ID) (casefile.Case, error) {
	c, ok := f.cases[id]
	if !ok {
		return c, fmt.Errorf("case %s: %w", id, casefile.ErrNotFound)
	}
	return c, nil
}

func (f *fake) Practice(_ context.Context, id casefile.ID) (bool, error) {
	if practice, ok := f.sealed[id]; ok {
		return practice, nil
	}
	return f.cases[id].Practice, nil
}

func (f *fake) List(_ context.Context, filter casework.Filter) ([]casework.Summary, string, error) {
	f.filters = append(f.filters, filter)
	var out []casework.Summary
	for _, id := range casefile.SortedNames(f.cases) {
		if c := f.cases[id]; c.Organ == filter.Organ {
			out = append(out, casework.Summary{ID: c.ID, Organ: c.Organ, Title: c.Matter.Title, Status: c.Status, Practice: c.Practice, OpenedOn: c.OpenedOn})
		}
	}
	return out, "cursor-2", f.err
}

func (f *fake) Count(_ context.Context, filter casework.Filter) (int64, bool, error) {
	f.filters = append(f.filters, filter)
	return 2, true, f.err
}

// Affected gives every case of the list with another calendar and another pack.
func (f *fake) Affected(ctx context.Context, filter casework.Filter) ([]casework.Affected, string, error) {
	cases, next, err := f.List(ctx, filter)
	var out []casework.Affected
	for _, s := range cases {
		to := casefile.Pinned{Procedure: "cn.major-decision@2019", Definition: draft, Calendar: revised,
			Packs: []casefile.PinnedPack{{Pack: "cn.713@2019", Digest: revised}}}
		out = append(out, casework.Affected{Case: s, From: f.cases[s.ID].Pinned, To: to, ProposedBy: "p8", Declined: s.Practice,
			Changes: []casework.Change{{What: casework.ChangedPack, Name: "cn.713@2019", To: revised}, {What: casework.ChangedCalendar, From: draft, To: revised}},
			Refusal: &casefile.Refusal{Message: casefile.Text{ZH: "缺少环节", EN: "a step is missing"}}})
	}
	return out, next, err
}

// Following gives the cases of the organ that name the case as the one before.
func (f *fake) Following(_ context.Context, organ casefile.OrganID, id casefile.ID) ([]casework.Summary, error) {
	var out []casework.Summary
	for _, other := range casefile.SortedNames(f.cases) {
		if c := f.cases[other]; c.Organ == organ && c.Matter.Follows == id {
			out = append(out, casework.Summary{ID: c.ID, Organ: c.Organ, Procedure: c.Pinned.Procedure, Title: c.Matter.Title, Status: c.Status, Practice: c.Practice})
		}
	}
	return out, f.err
}

func (f *fake) Named(context.Context, casefile.ID, casefile.Act) (map[casefile.ID]procedure.Field, error) {
	return nil, f.err
}

func (f *fake) Entries(_ context.Context, id casefile.ID) ([]casework.SealedEntry, error) {
	lapse := casefile.Entry{Case: id, Organ: organ, Sequence: 9, Kind: casefile.EntryLapse, On: date("2024-04-30"), At: time.Date(2024, 4, 29, 16, 0, 0, 0, time.UTC),
		Step: "participation", Deadlines: []casefile.Deadline{{ID: "participation/comment", Step: "participation", Basis: "第十五条", Due: date("2024-04-29"), State: casefile.DeadlineElapsed}}}
	return []casework.SealedEntry{
		{Entry: f.entry(id, casefile.Act{ID: "a1", Kind: "participation.close", By: casefile.Actor{Person: "p1"}}, casefile.EntryAct), Index: 41, Leaf: []byte("leaf")},
		{Entry: lapse, Index: 42, Leaf: []byte("leaf")},
	}, f.err
}

func (f *fake) Possible(_ context.Context, _ casefile.ID, by casefile.Actor) ([]casework.Possible, error) {
	f.actors = append(f.actors, by)
	return []casework.Possible{
		{Possible: procedure.Possible{Kind: "participation.close", Step: "participation", Title: casefile.Text{ZH: "结束", EN: "Close"},
			Roles: []casefile.Role{"drafter"}, Gates: []rules.Ref{"cn.713/close_comment"}, Allowed: true,
			Spec: procedure.ActSpec{Fields: []procedure.Field{{Name: "closed_on", Kind: procedure.KindDate, Past: true, Fact: "comment_close_on"}}}},
			Verdict: verdict(), Supplies: []string{"comment_close_on"}},
		{Possible: procedure.Possible{Kind: "case.suspend", Title: casefile.Text{ZH: "中止", EN: "Suspend"}}, Verdict: casefile.Verdict{Result: casefile.Pass}},
	}, f.err
}

// shelf stands in for the documents of the fake.
type shelf struct{ *fake }

func (shelf) Check(context.Context, documents.Upload) error { return nil }

func (s shelf) Put(_ context.Context, up documents.Upload) (casefile.StoredDocument, error) {
	content, err := io.ReadAll(up.Content)
	if err != nil || s.err != nil {
		return casefile.StoredDocument{}, errors.Join(err, s.err)
	}
	up.Content = bytes.NewReader(content)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads = append(s.uploads, up)
	sum := sha256.Sum256(content)
	return casefile.StoredDocument{Document: casefile.Document{Digest: casefile.Digest(hex.EncodeToString(sum[:])), Title: up.Title,
		MediaType: up.MediaType, Size: int64(len(content)), Level: up.Level}, State: casefile.DocumentClean}, nil
}

func (s shelf) Find(_ context.Context, of casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	doc, ok := s.papers[digest]
	if of != organ || !ok {
		return casefile.StoredDocument{}, fmt.Errorf("document: %w", casefile.ErrNotFound)
	}
	return doc, s.err
}

func (s shelf) Open(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error) {
	if s.damaged {
		return documents.Verified(io.NopCloser(strings.NewReader(strings.Repeat("x", int(s.papers[digest].Size)))), digest), nil
	}
	return io.NopCloser(strings.NewReader(paperOf(digest))), nil
}

func (s shelf) CasesWith(_ context.Context, of casefile.OrganID, digest casefile.Digest) ([]casefile.ID, error) {
	var out []casefile.ID
	for _, id := range casefile.SortedNames(s.cases) {
		if c := s.cases[id]; c.Organ == of && c.HasDocument(digest) {
			out = append(out, id)
		}
	}
	return out, nil
}

// paperOf is the content of a document of the fake: a long text.
func paperOf(digest casefile.Digest) string {
	return strings.Repeat("<script>"+string(digest[:2]), 10_000)
}

func (f *fake) Export(_ context.Context, _ casefile.ID, w io.Writer) error {
	if f.export != nil {
		return f.export(w)
	}
	_, err := io.WriteString(w, "PK dossier")
	return err
}

func (f *fake) PlanOpening(context.Context, casework.Opening) (*planner.Plan, error) {
	return nil, casefile.ErrInvalid
}

func (f *fake) PlanMatter(_ context.Context, q casework.PlanQuestion) (*planner.Plan, error) {
	f.planned = append(f.planned, q)
	return plan(q.From), f.err
}

func (f *fake) PlanCase(_ context.Context, _ casefile.ID, q casework.PlanQuestion) (*planner.Plan, error) {
	f.planned = append(f.planned, q)
	return plan(date("2024-03-29")), f.err
}

// plan is a plan with one wait.
func plan(from legaltime.Date) *planner.Plan {
	wait := planner.Wait{
		Step: "participation", Act: "participation.conclude", Period: "cn.713/comment_window", Basis: "第十五条", From: from,
		Length: legaltime.Period{Length: 30, Unit: legaltime.CalendarDays}, Last: from.AddDays(30), Until: from.AddDays(31), Rule: "r",
	}
	return &planner.Plan{
		Procedure: "cn.major-decision@2019", Packs: []string{"cn.713@2019"}, Calendar: draft, From: from, End: wait.Until, EndAs: "published",
		Steps:    []planner.Step{{ID: "participation", Required: planner.RequiredAlways, Enter: from, Conclude: wait.Until, Waits: []planner.Wait{wait}}},
		Critical: []planner.Wait{wait}, Assumptions: []planner.Assumption{{Kind: planner.AssumedStep, Name: "expert_argument"}},
	}
}

func (f *fake) Sheet(_ context.Context, _ casefile.ID, deadline string) (planner.Sheet, error) {
	calendar, err := legaltime.Embedded()
	if err != nil {
		return planner.Sheet{}, err
	}
	derivation, err := calendar.Derive(date("2026-09-20"), legaltime.Period{Length: 7, Unit: legaltime.WorkingDays}, nil)
	if err != nil {
		return planner.Sheet{}, err
	}
	return planner.Sheet{
		Deadline: casefile.Deadline{ID: deadline, State: casefile.DeadlineOpen, Due: derivation.Deadline.DueOn}, Derivation: derivation,
	}, f.err
}

func (f *fake) Calendar(context.Context, casefile.ID) ([]byte, error) {
	return []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), f.err
}

func (f *fake) Procedures() []*procedure.Definition {
	if f.definition != nil {
		return []*procedure.Definition{f.definition}
	}
	return []*procedure.Definition{{ID: "cn.major-decision", Version: "2019", Title: casefile.Text{ZH: "重大行政决策", EN: "Major decision"},
		Basis: "国务院令第713号", Packs: []string{"cn.713@2019"}}}
}

func (f *fake) Ready(context.Context) error { return f.err }

func (f *fake) LogRefusal(_ context.Context, a api.Attempt) error {
	f.attempts = append(f.attempts, a)
	return nil
}

func (f *fake) Definition(context.Context, casefile.Case) (*procedure.Definition, error) {
	return f.Procedures()[0], f.err
}

// noReplies keeps no answers. Writes with an idempotency key are tried by tests of
// their own, in idempotency_internal_test.go and on the whole program.
type noReplies struct{}

func (noReplies) Begin(context.Context, api.Write, string, time.Time) (api.Known, bool, error) {
	return api.Known{}, true, nil
}
func (noReplies) Finish(context.Context, api.Write, []byte) error { return nil }
func (noReplies) Drop(context.Context, api.Write) error           { return nil }
func (noReplies) Purge(context.Context, time.Time) error          { return nil }
