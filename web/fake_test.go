package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

const (
	organ      casefile.OrganID = "Greening Bureau"
	otherOrgan casefile.OrganID = "Transport Bureau"
)

var (
	draft1 = casefile.Digest(strings.Repeat("1a", 32))
	draft2 = casefile.Digest(strings.Repeat("2b", 32))
	gone   = casefile.Digest(strings.Repeat("3c", 32))
)

func date(s string) legaltime.Date {
	d, err := legaltime.ParseDate(s)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return d
}

func both(s string) casefile.Text { return casefile.Text{ZH: "〔" + s + "〕", EN: s} }

// sessionKey is where a request holds whose session it is.
type sessionKey struct{}

// formOf gives what the forms of a session carry.
func formOf(ctx context.Context) string {
	if session, _ := ctx.Value(sessionKey{}).(string); session != "" {
		return "form of " + session
	}
	return ""
}

// door stands in for the entrance and notes who came.
type door struct {
	began   []string // login/password, or token
	ended   int
	changed []string
	first   []auth.First
	err     error

	provider string // address of the identity provider

	sessions []auth.Listed
	tokens   []auth.Token
	keys     []auth.Record
	noTokens bool
	gone     []string // sessions and tokens that were ended
}

func (d *door) Sessions(context.Context, auth.Principal) ([]auth.Listed, error) {
	return d.sessions, d.err
}

func (d *door) EndSession(_ context.Context, _ auth.Principal, id string) error {
	for _, s := range d.sessions {
		if s.ID == id {
			d.gone = append(d.gone, "session "+id)
			return nil
		}
	}
	return casefile.ErrNotFound
}

func (d *door) EndOtherSessions(_ context.Context, p auth.Principal) (int64, error) {
	d.gone = append(d.gone, "others than "+p.SessionID)
	return 1, nil
}

func (d *door) Keys(context.Context, auth.Principal) ([]auth.Record, error) { return d.keys, nil }

func (d *door) RegisterKey(_ context.Context, _ auth.Principal, k auth.SigningKey) (auth.Record, error) {
	switch {
	case k.Proof == "":
		return auth.Record{}, fmt.Errorf("proof: %w", casefile.ErrInvalid)
	case k.ID == "known":
		return auth.Record{}, fmt.Errorf("key: %w", casefile.ErrConflict)
	}
	d.gone = append(d.gone, "registered "+k.ID)
	return auth.Record{}, nil
}

func (d *door) EndKey(_ context.Context, _ auth.Principal, id, reason string) (auth.Record, error) {
	d.gone = append(d.gone, "key "+id+" because "+reason)
	return auth.Record{}, nil
}

func (d *door) OwnTokens(context.Context, auth.Principal) ([]auth.Token, error) {
	if d.noTokens {
		return nil, casefile.ErrForbidden
	}
	return d.tokens, nil
}

func (d *door) RevokeToken(_ context.Context, _ auth.Principal, id, _ string) error {
	d.gone = append(d.gone, "token "+id)
	return nil
}

func (d *door) SignIn(_ context.Context, login, password, _ string) error {
	if d.err != nil || login != "li" || password != "right" {
		return errors.Join(d.err, fmt.Errorf("wrong: %w", auth.ErrUnauthenticated))
	}
	d.began = append(d.began, login)
	return nil
}

func (d *door) SignInWithToken(_ context.Context, token, _ string) error {
	if token == "broken" {
		return errors.New("disk on fire at /secret/path")
	}
	if token != "drafter" {
		return fmt.Errorf("token: %w", auth.ErrUnauthenticated)
	}
	d.began = append(d.began, token)
	return nil
}

func (d *door) SignOut(context.Context, auth.Principal) error { d.ended++; return nil }

func (d *door) ChangePassword(_ context.Context, _ auth.Principal, current, next, _ string) error {
	switch {
	case current != "right":
		return auth.ErrUnauthenticated
	case len(next) < 12:
		return fmt.Errorf("password: want more: %w", casefile.ErrInvalid)
	}
	d.changed = append(d.changed, next)
	return nil
}

func (d *door) HasProvider() bool { return d.provider != "" }

func (d *door) StartProvider(context.Context, string, string) (string, error) {
	return d.provider, d.err
}

func (d *door) FinishProvider(_ context.Context, query url.Values, _ string) (string, error) {
	switch query.Get("code") {
	case "right":
		return "/cases/real", nil
	case "somebody":
		return "", &auth.UnknownIdentity{Issuer: "https://id.example", Subject: "<b>x</b>"}
	}
	return "", fmt.Errorf("token: %w", auth.ErrUnauthenticated)
}

func (d *door) Found(_ context.Context, secret string, f auth.First, _ string) error {
	switch {
	case secret != "once":
		return auth.ErrUnauthenticated
	case f.Login == "":
		return fmt.Errorf("login: want one: %w", casefile.ErrInvalid)
	}
	d.first = append(d.first, f)
	return nil
}

type tokens struct{}

func (tokens) Authenticate(ctx context.Context, authorization []string) (auth.Principal, error) {
	session, _ := ctx.Value(sessionKey{}).(string)
	if len(authorization) == 0 && session != "" {
		authorization = []string{"Bearer " + session}
	}
	switch strings.Join(authorization, "|") {
	case "Bearer new":
		return auth.Principal{Person: "p1", Name: "Li Hua", Organ: organ, Roles: []casefile.Role{"drafter"}, SessionID: "s", MustChange: true}, nil
	case "Bearer drafter":
		return auth.Principal{Person: "p1", Name: "Li Hua", Unit: "Office", Organ: organ, Roles: []casefile.Role{"drafter"}}, nil
	case "Bearer deputy":
		return auth.Principal{Person: "p2", Name: "Zhao", Unit: "Office", Organ: organ, Roles: []casefile.Role{"reviewer", auth.Auditor}, SessionID: "s1", Mandates: []auth.Held{
			{Mandate: casefile.Mandate{ID: "m1", Kind: casefile.ActingFor, Principal: "p9", PrincipalName: "Qian", From: date("2024-04-01"), Until: date("2024-05-15")}, Roles: []casefile.Role{"drafter"}, InForce: true},
			{Mandate: casefile.Mandate{ID: "m2", Kind: casefile.Delegation, Principal: "p8", PrincipalName: "Sun", From: date("2024-01-01"), Until: date("2024-01-31")}, Roles: []casefile.Role{"drafter"}}}}, nil
	case "Bearer overseer", "Bearer stand-in", "Bearer reviewer":
		return worker(session), nil
	case "Bearer inspector":
		return auth.Principal{Person: "p6", Name: "Shen", Organ: organ, Roles: []casefile.Role{auth.Auditor}, Oversees: []casefile.OrganID{otherOrgan}}, nil
	case "Bearer administrator":
		return auth.Principal{Person: "p7", Name: "Zhou", Organ: organ, Roles: []casefile.Role{auth.Administrator}, SessionID: "s7"}, nil
	case "Bearer trainer":
		return auth.Principal{Person: "p6", Name: "Wu", Organ: organ, Roles: []casefile.Role{auth.Trainer}, SessionID: "s6"}, nil
	case "Bearer stranger":
		return auth.Principal{Person: "p3", Name: "Wang", Organ: otherOrgan, Roles: []casefile.Role{"drafter"}}, nil
	case "Bearer broken":
		return auth.Principal{}, errors.New("disk on fire at /secret/path")
	}
	return auth.Principal{}, fmt.Errorf("token: %w", auth.ErrUnauthenticated)
}

type fake struct {
	access.Cases
	audits

	def     *procedure.Definition
	more    []*procedure.Definition // other procedures
	cases   map[casefile.ID]casefile.Case
	entries map[casefile.ID][]casework.SealedEntry
	filters []casework.Filter
	actors  []casefile.Actor
	leads   []procedure.Transition // of the act that the rules let pass
	hears   []procedure.Field      // of the same act
	next    string
	err     error
	export  func(w io.Writer) error
	acts    // of the forms
}

func newFake() *fake {
	f := &fake{def: definition(), cases: map[casefile.ID]casefile.Case{}, entries: map[casefile.ID][]casework.SealedEntry{}}
	for _, c := range []casefile.Case{sample("real", organ, false), sample("drill", organ, true),
		sample("far", otherOrgan, false), sample("far-drill", otherOrgan, true)} {
		f.cases[c.ID] = c
		f.entries[c.ID] = entries(c)
	}
	return f
}

func definition() *procedure.Definition {
	step := func(id string, kind procedure.StepTypeID, title string) procedure.Step {
		return procedure.Step{ID: id, Type: kind, Title: both(title), Basis: "Decree 713, " + title}
	}
	expert := step("expert", procedure.ExpertArgument, "Expert argument")
	expert.Applies = "cn.713/expert_applies"
	return &procedure.Definition{
		ID: "cn.major-decision", Version: "2019", Title: both("Major decision"),
		Roles: map[casefile.Role]casefile.Text{"drafter": both("Handling unit"), "reviewer": both("Reviewer")},
		Steps: []procedure.Step{
			step("intake", procedure.Intake, "Intake"), step("drafting", procedure.Drafting, "Drafting"),
			{ID: "opinions", Title: both("Hearing opinions"), Parallel: []string{"participation", "expert"}},
			step("participation", procedure.Participation, "Participation"), expert,
			step("review", procedure.LegalityReview, "Review"),
		},
		Ends: []procedure.End{{ID: "done", Title: both("Filed")}},
	}
}

func sample(id casefile.ID, of casefile.OrganID, practice bool) casefile.Case {
	return casefile.Case{
		ID: id, Organ: of, Practice: practice, Status: casefile.StatusRunning, Sequence: 4,
		Matter:   casefile.Matter{Title: "Waste sorting " + string(id), Category: "policy"},
		Pinned:   casefile.Pinned{Procedure: "cn.major-decision@2019", Definition: draft1, Calendar: draft1, Packs: []casefile.PinnedPack{{Pack: "cn.713@2019", Digest: draft2}}},
		OpenedOn: date("2024-03-01"), Today: date("2024-04-10"), OpenedBy: casefile.Actor{Person: "p1", Name: "Li Hua"},
		Steps: []casefile.StepRun{
			{Step: "intake", Round: 1, State: casefile.StepConcluded, EnteredOn: date("2024-03-01"), LeftOn: date("2024-03-05"), Outcome: "study", Entry: 1},
			{Step: "drafting", Round: 1, State: casefile.StepConcluded, EnteredOn: date("2024-03-05"), LeftOn: date("2024-03-20"), Outcome: "drafted", Done: []string{"conclude"}, Entry: 2},
			{Step: "drafting", Round: 2, State: casefile.StepInterrupted, EnteredOn: date("2024-03-21"), LeftOn: date("2024-03-22"), Entry: 2},
			{Step: "participation", Round: 1, State: casefile.StepActive, EnteredOn: date("2024-03-29"), Entry: 3},
			{Step: "expert", Round: 1, State: casefile.StepNotApplied, EnteredOn: date("2024-03-29"), LeftOn: date("2024-03-29"), Entry: 3},
		},
		Facts: map[string]casefile.Fact{
			"comment_open_on": {Name: "comment_open_on", Value: "2024-03-29", Sequence: 3, On: date("2024-03-29")},
			"secret":          {Name: "secret", Value: false, Sequence: 2, On: date("2024-03-05")},
			"channels":        {Name: "channels", Value: []any{"site", "paper"}, Sequence: 3, On: date("2024-03-29")},
			"unset_on":        {Name: "unset_on", Value: "", Sequence: 1, On: date("2024-03-01")},
		},
		Documents: []casefile.Document{
			{Digest: draft1, Kind: casefile.KindDraft, Title: "Draft plan", Version: 1, Sequence: 2, FiledOn: date("2024-03-10")},
			{Digest: draft2, Kind: casefile.KindDraft, Title: "Draft plan, revised", Version: 2, Sequence: 2, FiledOn: date("2024-03-18")},
			{Digest: gone, Kind: casefile.KindMaterial, Title: "Removed paper", Sequence: 2, FiledOn: date("2024-03-18"), Withdrawn: true},
		},
		Opinions: []casefile.Opinion{
			{Step: "review", Round: 1, Verb: "conclude", Draft: draft1, Version: 1, Conclusion: "lawful", Person: "p5", Capacity: "reviewer", Sequence: 3, On: date("2024-03-15")},
			{Step: "review", Round: 1, Verb: "conclude", Draft: draft2, Version: 2, Conclusion: "lawful-with-conditions", Person: "p5", Capacity: "reviewer", Sequence: 3, On: date("2024-03-19")},
		},
		Deadlines: []casefile.Deadline{
			{ID: "participation/comment", Title: both("Comment window"), Basis: "Decree 713 art. 15", Due: date("2024-04-29"), State: casefile.DeadlineOpen, Sequence: 3, Provisional: true},
			{ID: "late", Title: both("Late duty"), Due: date("2024-04-01"), State: casefile.DeadlineBreached, Sequence: 3},
		},
	}
}

func verdict() casefile.Verdict {
	return casefile.Verdict{Result: casefile.Block, Gates: []string{"cn.713/close_comment"}, Findings: []casefile.Finding{
		{Rule: "rule-passed", Effect: casefile.EffectBlock, Result: casefile.Pass},
		{Rule: "rule-window", Effect: casefile.EffectBlock, Result: casefile.Block, Basis: "Decree 713 art. 15(2)", Message: both("The window is open."),
			Remedy: both("Wait for it to close."), Values: casefile.Values{"comment_close_on": "2024-04-29"}, Due: date("2024-04-30")},
		{Rule: "rule-missing", Effect: casefile.EffectBlock, Result: casefile.Undetermined, Missing: []string{"highly_technical"}},
		{Rule: "rule-warns", Effect: casefile.EffectWarn, Result: casefile.Block, Reason: "short notice was agreed"},
	}}
}

func entries(c casefile.Case) []casework.SealedEntry {
	at := time.Date(2024, 4, 10, 1, 2, 3, 0, time.UTC)
	v := verdict()
	li := casefile.Actor{Person: "p1", Name: "Li Hua", Roles: []casefile.Role{"drafter"}, Capacity: "drafter"}
	all := []casefile.Entry{
		{Kind: casefile.EntryOpened, Matter: &c.Matter, Pinned: &c.Pinned, Act: &casefile.Act{ID: "o1", Kind: "case.open", By: li},
			Entered: []casefile.Entered{{Step: "intake", Round: 1, Applies: true}}},
		{Kind: casefile.EntryAct, Act: &casefile.Act{ID: "a2", Kind: "drafting.conclude", By: li, With: casefile.Values{"alternatives": int64(2)}},
			Step: "drafting", Verb: "conclude", Round: 1, Outcome: "drafted", Documents: c.Documents[:1],
			Entered: []casefile.Entered{{Step: "participation", Round: 1, Applies: true}, {Step: "expert", Round: 1}}},
		{Kind: casefile.EntryBlocked, Act: &casefile.Act{ID: "a3", Kind: "participation.close", By: li, Reasons: map[string]string{"rule-warns": "because"}},
			Step: "participation", Verb: "close", Round: 1, Verdict: &v},
		{Kind: casefile.EntryLapse, Deadlines: c.Deadlines[:1]},
	}
	out := make([]casework.SealedEntry, len(all))
	for i, e := range all {
		e.Case, e.Organ, e.Sequence, e.On, e.At = c.ID, c.Organ, int64(i+1), date("2024-04-10"), at
		out[i] = casework.SealedEntry{Entry: e, Index: int64(40 + i), Leaf: []byte("leaf")}
	}
	return out
}

func (f *fake) Case(_ context.Context, id casefile.ID) (casefile.Case, error) {
	c, ok := f.cases[id]
	if !ok {
		return c, fmt.Errorf("case %s: %w", id, casefile.ErrNotFound)
	}
	return c, f.err
}

func (f *fake) List(_ context.Context, filter casework.Filter) ([]casework.Summary, string, error) {
	f.filters = append(f.filters, filter)
	var out []casework.Summary
	for _, id := range casefile.SortedNames(f.cases) {
		c := f.cases[id]
		if c.Organ != filter.Organ || filter.Practice != nil && *filter.Practice != c.Practice {
			continue
		}
		out = append(out, casework.Summary{ID: c.ID, Organ: c.Organ, Procedure: c.Pinned.Procedure, Title: c.Matter.Title,
			Category: c.Matter.Category, Status: c.Status, Practice: c.Practice, OpenedOn: c.OpenedOn, UpdatedOn: c.Today,
			Sequence: c.Sequence, Steps: []string{"participation", "nosuchstep"}})
	}
	return out, f.next, f.err
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
	return f.entries[id], nil
}

func (f *fake) Possible(_ context.Context, _ casefile.ID, by casefile.Actor) ([]casework.Possible, error) {
	f.actors = append(f.actors, by)
	allowed := by.Holds("drafter")
	act := func(kind, step, title string, v casefile.Verdict, supplies ...string) casework.Possible {
		return casework.Possible{Possible: procedure.Possible{Kind: kind, Step: step, Title: both(title), Roles: []casefile.Role{"drafter"},
			Gates: []rules.Ref{"cn.713/x"}, Allowed: allowed}, Verdict: v, Supplies: supplies}
	}
	depends := casefile.Verdict{Result: casefile.Undetermined, Findings: []casefile.Finding{{Rule: "rule-own", Effect: casefile.EffectBlock, Result: casefile.Undetermined}}}
	reason := casefile.Verdict{Result: casefile.Block, Findings: []casefile.Finding{{Rule: "rule-warns", Effect: casefile.EffectWarn, Result: casefile.Block, Message: both("Thirty days is usual.")}}}
	hear := act("participation.hear", "participation", "Hold a hearing", casefile.Verdict{Result: casefile.Pass})
	hear.Leads, hear.Spec.Fields = f.leads, f.hears
	suspend := act("case.suspend", "", "Suspend", casefile.Verdict{Result: casefile.Pass})
	if f.leads != nil {
		return []casework.Possible{hear}, nil
	}
	return []casework.Possible{
		act("participation.close", "participation", "Close the window", verdict()),
		act("participation.open", "participation", "Open a window", depends, "comment_close_on"),
		hear,
		act("participation.shorten", "participation", "Shorten the window", reason),
		suspend,
	}, nil
}

// shelf stands in for the documents of the fake.
type shelf struct{ *fake }

func (shelf) Check(context.Context, documents.Upload) error { return nil }

func (shelf) Find(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	return casefile.StoredDocument{Document: casefile.Document{Digest: digest, Title: "Draft \"plan\"\r\n.html", MediaType: "text/html"}, State: casefile.DocumentClean}, nil
}

func (shelf) Open(_ context.Context, of casefile.OrganID, _ casefile.Digest) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("<script>" + string(of))), nil
}

func (shelf) CasesWith(context.Context, casefile.OrganID, casefile.Digest) ([]casefile.ID, error) {
	return nil, nil
}

func (f *fake) Export(_ context.Context, id casefile.ID, w io.Writer) error {
	if f.export != nil {
		return f.export(w)
	}
	_, err := io.WriteString(w, "PK "+string(id))
	return err
}

func (f *fake) Definition(context.Context, casefile.Case) (*procedure.Definition, error) {
	return f.def, nil
}

func (f *fake) Procedures() []*procedure.Definition {
	return append([]*procedure.Definition{f.def}, f.more...)
}
