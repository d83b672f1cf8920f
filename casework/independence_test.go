package casework

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/store"
	"github.com/zhengdang/chengxu/workflows"
)

var _ Identity = (*auth.Directory)(nil)

// evaluation is a made-up procedure of evaluation after the decision (决策后评估):
// whoever assessed the decision before does not evaluate it.
func evaluation(t *testing.T) *procedure.Definition {
	t.Helper()
	source, err := procedure.Shipped("cn.major-decision.2019.yaml")
	if err != nil {
		t.Fatal(err)
	}
	src := string(source.Content)
	for _, pair := range [][2]string{
		{"id: cn.major-decision\n", "id: xx.evaluation\n"},
		{"  - {role: expert, in: interests, with: [undertaking_unit, undertaking_units], basis: 国务院令第713号 第二十条}\n",
			"  - {role: risk_assessor, in: previous, from: [expert, risk_assessor, studier], basis: 国务院令第713号 第三十六条第二款}\n"},
	} {
		if !strings.Contains(src, pair[0]) {
			t.Fatalf("the shipped definition has no %q", pair[0])
		}
		src = strings.Replace(src, pair[0], pair[1], 1)
	}
	d, err := procedure.Load("evaluation.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// two is a store of a case and the one that it follows.
type two struct {
	*memory
	definition []byte
	previous   []SealedEntry
	now        []SealedEntry
}

func (s *two) Content(context.Context, casefile.Digest) ([]byte, error) { return s.definition, nil }

func (s *two) Case(ctx context.Context, id casefile.ID) (casefile.Case, error) {
	switch id {
	case "before":
		return casefile.Case{ID: "before", Organ: "district", Practice: true, Facts: map[string]casefile.Fact{
			"pre_decision_main_assessors": {Value: []any{"某设计院"}}}}, nil
	case "real":
		return casefile.Case{ID: "real", Organ: "district"}, nil
	case s.c.ID:
		return s.c, nil
	}
	return casefile.Case{}, fmt.Errorf("case %s: %w", id, casefile.ErrNotFound)
}

func (s *two) Sealed(_ context.Context, id casefile.ID) ([]SealedEntry, error) {
	if id == "before" {
		return s.previous, nil
	}
	return s.now, nil
}

// accepting is an engine that admits every act, and notes it.
type accepting struct {
	*engine
	acts []casefile.Act
}

func (e *accepting) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	act := o.Args[0].(workflows.ActInput).Act
	e.acts = append(e.acts, act)
	return answered{result: workflows.ActResult{Sequence: 1, ActDigest: workflows.ActDigest(act)}}, nil
}

func on(s string) legaltime.Date {
	d, err := legaltime.ParseDate(s)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return d
}

// graph is the directory that the tests ask: units with parts, people who moved,
// people with two records.
func graph(t *testing.T) *auth.Directory {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "directory.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	d := auth.NewDirectory(s, []casefile.Role{"expert", "risk_assessor", "studier", "drafter", "office"})
	entries := []auth.Entry{
		auth.Organ{ID: "district", Name: "区政府"}, auth.Organ{ID: "bureau", Name: "局", Superior: "district"},
		auth.Unit{ID: "assess", Organ: "district", Name: "评估中心"}, auth.Unit{ID: "assess-1", Organ: "district", Name: "评估一科", Parent: "assess"},
		auth.Unit{ID: "general", Organ: "district", Name: "综合科"}, auth.Unit{ID: "other", Organ: "bureau", Name: "评估中心"},
		auth.Person{ID: "wrote", Organ: "district", Name: "专家甲", Aliases: []casefile.PersonID{"wrote-too"}},
		auth.Person{ID: "wrote-too", Organ: "bureau", Name: "专家甲"},
		auth.Person{ID: "gave", Organ: "district", Name: "委托人"}, auth.Person{ID: "gave-too", Organ: "bureau", Name: "委托人", Aliases: []casefile.PersonID{"gave"}},
	}
	for _, p := range []struct {
		person      casefile.PersonID
		organ       casefile.OrganID
		unit, at    string
		from, until string
		role        casefile.Role
	}{
		{"assessed", "district", "assess", "1", "2020-01-01", "2024-12-31", "risk_assessor"},
		{"assessed", "district", "general", "2", "2025-01-01", "", "risk_assessor"},
		{"colleague", "district", "assess", "1", "2020-01-01", "", "risk_assessor"},
		{"in a part", "district", "assess-1", "1", "2020-01-01", "", "risk_assessor"},
		{"in the new unit", "district", "general", "1", "2020-01-01", "", "risk_assessor"},
		{"has left", "district", "assess", "1", "2020-01-01", "2025-05-31", "risk_assessor"},
		{"has left", "district", "general", "2", "2025-06-01", "", "risk_assessor"},
		{"of the same name", "bureau", "other", "1", "2020-01-01", "", "risk_assessor"},
		{"drafted", "district", "general", "1", "2020-01-01", "", "risk_assessor"},
	} {
		id := casefile.PersonID(strings.ReplaceAll(string(p.person), " ", "-"))
		if p.at == "1" {
			entries = append(entries, auth.Person{ID: id, Organ: p.organ, Name: string(p.person)})
		}
		a := auth.Appointment{ID: string(id) + p.at, Organ: p.organ, Person: id, Unit: p.unit, Roles: []casefile.Role{p.role}, From: on(p.from)}
		if p.until != "" {
			a.Until = on(p.until)
		}
		entries = append(entries, a)
	}
	for _, e := range entries {
		if _, err := d.Put(t.Context(), e, 0, "setup"); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
	}
	return d
}

func acted(sequence int64, kind casefile.EntryKind, by casefile.Actor, capacity casefile.Role) SealedEntry {
	by.Capacity = capacity
	return SealedEntry{Entry: casefile.Entry{Case: "before", Organ: "district", Sequence: sequence, Kind: kind, On: on("2024-06-03"),
		Act: &casefile.Act{ID: fmt.Sprint(sequence), Kind: "x.y", By: by}}}
}

func mandateOf(principal casefile.PersonID) *casefile.Mandate {
	return &casefile.Mandate{ID: "m", Kind: casefile.Delegation, Principal: principal, Document: casefile.Digest(strings.Repeat("a1", 32)), From: on("2020-01-01"), Until: on("2030-01-01")}
}

func evaluated(t *testing.T) (*Service, *two, *accepting) {
	t.Helper()
	pack := shippedLibrary(t).packs["cn.713@2019"]
	judge, err := rules.NewJudge([]*rules.Pack{pack}, shippedLibrary(t).calendar)
	if err != nil {
		t.Fatal(err)
	}
	m := caseAt(1, casefile.StatusRunning)
	m.c.ID, m.c.Organ, m.c.Practice, m.c.Today, m.c.Matter = "c", "district", true, on("2026-03-02"), casefile.Matter{Title: "评估", Follows: "before"}
	m.c.Facts = map[string]casefile.Fact{}
	for name, value := range pack.Vocabulary().Initial() {
		m.c.Facts[name] = casefile.Fact{Name: name, Value: value}
	}
	m.c.Steps = []casefile.StepRun{{Step: "risk_assessment", Round: 1, State: casefile.StepActive, Entry: 1}, {Step: "expert_argument", Round: 1, State: casefile.StepActive, Done: []string{"appoint"}, Entry: 1}}
	s := &two{memory: m, definition: evaluation(t).Canonical(), previous: []SealedEntry{
		acted(1, casefile.EntryOpened, casefile.Actor{Person: "opened", Unit: "综合科"}, "office"),
		acted(2, casefile.EntryAct, casefile.Actor{Person: "wrote"}, "expert"),
		acted(3, casefile.EntryAct, casefile.Actor{Person: "assessed"}, "risk_assessor"),
		acted(4, casefile.EntryAct, casefile.Actor{Person: "drafted", Unit: "综合科"}, "drafter"),
		acted(5, casefile.EntryBlocked, casefile.Actor{Person: "tried", Unit: "综合科"}, "expert"),
		acted(6, casefile.EntryAct, casefile.Actor{Person: "stood-in", Mandate: mandateOf("gave")}, "studier"),
		acted(7, casefile.EntryAct, casefile.Actor{Person: "token-only", Unit: "外聘一组"}, "expert"),
		{Entry: casefile.Entry{Case: "before", Organ: "district", Sequence: 8, Kind: casefile.EntryLapse, On: on("2024-07-01")}},
	}}
	e := &accepting{engine: &engine{}}
	return New(Options{Temporal: e, Store: s, Judges: pinnedJudge{judge}, Identity: graph(t)}), s, e
}

// Everybody in the graph tries to evaluate, in person and for everybody else. Whoever
// is bound by what was done before, as person, principal, delegate or member of a
// unit, is refused; nobody else is.
func TestWhoAssessedBeforeDoesNotEvaluate(t *testing.T) {
	s, _, e := evaluated(t)
	units := map[casefile.PersonID]string{"hired": "外聘一组", "hired-elsewhere": "外聘二组"}
	barred := map[casefile.PersonID]bool{
		"wrote": true, "wrote-too": true, "assessed": true, "colleague": true, "in-a-part": true,
		"stood-in": true, "gave": true, "gave-too": true, "token-only": true, "hired": true,
		"in-the-new-unit": false, "has-left": false, "of-the-same-name": false, "drafted": false, "opened": false, "tried": false,
		"nobody-knows": false, "hired-elsewhere": false,
	}
	refused, admitted := 0, 0
	try := func(name string, by casefile.Actor, want bool) {
		t.Helper()
		by.Roles = []casefile.Role{"risk_assessor"}
		sent := len(e.acts)
		_, err := s.Act(t.Context(), "c", casefile.Act{ID: fmt.Sprint("a", sent), Kind: "risk_assessment.report", By: by}, 0)
		var refusal *casefile.Refusal
		is := errors.As(err, &refusal) && refusal.Code == casefile.RefusedIndependence
		switch {
		case is != want:
			t.Errorf("%s: %v, want refused %t", name, err, want)
		case want && (strings.Contains(refusal.Message.ZH, "risk_assessor") || strings.Contains(refusal.Message.ZH, "expert") || strings.Contains(refusal.Message.ZH, "studier")):
			t.Errorf("%s: names a role by its id: %s", name, refusal.Message.ZH)
		case want && (len(e.acts) > sent || !strings.Contains(refusal.Message.ZH, "第三十六条第二款") || refusal.Act != "risk_assessment.report" || !errors.Is(err, casefile.ErrForbidden)):
			t.Errorf("%s: %+v, %d sent", name, refusal, len(e.acts)-sent)
		case !want && (err != nil || len(e.acts) != sent+1):
			t.Errorf("%s: %v", name, err)
		}
		possible, err := s.Possible(t.Context(), "c", by)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range possible {
			if p.Kind == "risk_assessment.report" && p.Allowed == want {
				t.Errorf("%s: offered %t", name, p.Allowed)
			}
		}
		if want {
			refused++
		} else {
			admitted++
		}
	}
	for _, person := range casefile.SortedNames(barred) {
		try(string(person), casefile.Actor{Person: person, Unit: units[person]}, barred[person])
		for _, principal := range casefile.SortedNames(barred) {
			if principal == person || units[principal] != "" { // of principals only the directory knows the unit
				continue
			}
			by := casefile.Actor{Person: person, Unit: units[person], Mandate: mandateOf(principal)}
			try(string(person)+" for "+string(principal), by, barred[person] || barred[principal])
		}
	}
	if refused < 50 || admitted < 50 {
		t.Errorf("%d refused, %d admitted: the test shows too little", refused, admitted)
	}
}

// Nobody is named as evaluator whom the case before names as having assessed there:
// among those who acted, in their units, or in its facts.
func TestWhoAssessedBeforeIsNotNamedAsEvaluator(t *testing.T) {
	s, store, e := evaluated(t)
	source, err := procedure.Shipped("cn.decision-execution.2019.yaml")
	if err != nil {
		t.Fatal(err)
	}
	def, err := procedure.Load(source.Name, source.Content)
	if err != nil {
		t.Fatal(err)
	}
	store.definition = def.Canonical()
	store.c.Steps = []casefile.StepRun{{Step: "post_evaluation", Round: 1, State: casefile.StepActive, Done: []string{"consider"}, Entry: 1}}
	store.previous = append(store.previous, acted(9, casefile.EntryAct, casefile.Actor{Person: "expert9", Name: "专家乙"}, "expert"),
		acted(10, casefile.EntryAct, casefile.Actor{Person: "office9", Name: "办公室", Unit: "综合科"}, "office"))
	for name, refused := range map[string]bool{
		"外聘一组": true, "评估中心": true, "某设计院": true, " 某设计院 ": true, "专家乙": true, "某研究院": false, "综合科": false, "办公室": false,
	} {
		sent := len(e.acts)
		act := casefile.Act{ID: fmt.Sprint("n", sent), Kind: "post_evaluation.appoint", By: casefile.Actor{Person: "office1", Name: "党政办", Roles: []casefile.Role{"office"}},
			With: casefile.Values{"evaluator": name, "kind": "institution", "plan": "问卷"}}
		_, err := s.Act(t.Context(), "c", act, 0)
		var refusal *casefile.Refusal
		is := errors.As(err, &refusal) && refusal.Code == casefile.RefusedIndependence && refusal.Field == "evaluator" && refusal.Act == act.Kind
		if is != refused || !refused && (err != nil || len(e.acts) != sent+1) {
			t.Errorf("%s: %v, want refused %t", name, err, refused)
		}
		if _, err := s.DryRun(t.Context(), "c", act); refused && (!errors.As(err, &refusal) || refusal.Code != casefile.RefusedIndependence) {
			t.Errorf("%s, tried: %v", name, err)
		}
	}
	store.c.Matter.Follows = ""
	act := casefile.Act{ID: "alone", Kind: "post_evaluation.appoint", By: casefile.Actor{Person: "office1", Name: "党政办", Roles: []casefile.Role{"office"}},
		With: casefile.Values{"evaluator": "某设计院", "kind": "institution", "plan": "问卷"}}
	if _, err := s.Act(t.Context(), "c", act, 0); err != nil {
		t.Errorf("in a case that follows none: %v", err)
	}
}

func TestIndependenceBindsOnlyTheRolesThatItNames(t *testing.T) {
	s, store, e := evaluated(t)
	wrote := casefile.Actor{Person: "wrote", Roles: []casefile.Role{"expert"}}
	if _, err := s.Act(t.Context(), "c", casefile.Act{ID: "a", Kind: "expert_argument.opinion", By: wrote}, 0); err != nil {
		t.Errorf("in a role that the rule does not name: %v", err)
	}
	assessor := casefile.Actor{Person: "wrote", Roles: []casefile.Role{"risk_assessor"}}
	if _, err := s.Act(t.Context(), "c", casefile.Act{ID: "b", Kind: "case.advance", By: assessor, With: casefile.Values{"to": "2026-03-03"}}, 0); err != nil {
		t.Errorf("an act that binds nobody: %v", err)
	}
	store.c.Matter.Follows = ""
	if _, err := s.Act(t.Context(), "c", casefile.Act{ID: "d", Kind: "risk_assessment.report", By: assessor}, 0); err != nil {
		t.Errorf("in a case that follows none: %v", err)
	}
	if len(e.acts) != 3 {
		t.Errorf("%d acts were sent", len(e.acts))
	}
}

// Somebody who is barred from one role acts in another one that the act admits, and
// is not recorded as holding the first.
func TestWhoIsBarredFromOneRoleActsInAnother(t *testing.T) {
	s, store, e := evaluated(t)
	def := strings.Replace(string(store.definition), `{"verb":"report","roles":["risk_assessor"]}`, `{"verb":"report","roles":["risk_assessor","studier"]}`, 1)
	if def == string(store.definition) {
		t.Fatal("the definition has no such act")
	}
	store.definition = []byte(def)
	act := casefile.Act{ID: "a", Kind: "risk_assessment.report", By: casefile.Actor{Person: "wrote", Roles: []casefile.Role{"risk_assessor", "studier"}}}
	if _, err := s.Act(t.Context(), "c", act, 0); err != nil {
		t.Fatal(err)
	}
	if by := e.acts[0].By; by.Holds("risk_assessor") || !by.Holds("studier") {
		t.Errorf("sent as %v", by.Roles)
	}
	recorded := e.acts[0]
	store.now = []SealedEntry{{Entry: casefile.Entry{Case: "c", Sequence: 1, Kind: casefile.EntryAct, Act: &recorded}}}
	if _, err := s.Act(t.Context(), "c", act, 0); err != nil || workflows.ActDigest(e.acts[1]) != workflows.ActDigest(recorded) {
		t.Errorf("repeated: %v", err)
	}
}

// What was done before an interest was declared stays done: repeating it gives its
// answer, and nothing new can be done under its id.
func TestAnActIsRepeatedThoughItsActorIsBarredSince(t *testing.T) {
	s, store, e := evaluated(t)
	done := casefile.Act{ID: "a", Kind: "risk_assessment.report", By: casefile.Actor{Person: "wrote", Roles: []casefile.Role{"risk_assessor"}}, With: casefile.Values{"text": "一"}}
	recorded := done
	recorded.By.Capacity = "risk_assessor"
	store.now = []SealedEntry{{Entry: casefile.Entry{Case: "c", Sequence: 1, Kind: casefile.EntryAct, Act: &recorded}}}
	if _, err := s.Act(t.Context(), "c", done, 0); err != nil {
		t.Errorf("repeated: %v", err)
	}
	done.With = casefile.Values{"text": "二"}
	if _, err := s.Act(t.Context(), "c", done, 0); !errors.Is(err, casefile.ErrForbidden) || len(e.acts) != 1 {
		t.Errorf("something else under its id: %v, %d sent", err, len(e.acts))
	}
}

func TestAnExpertWithADirectInterestGivesNoOpinion(t *testing.T) {
	s, store, e := evaluated(t)
	source, err := procedure.Shipped("cn.major-decision.2019.yaml")
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := procedure.Load(source.Name, source.Content)
	if err != nil {
		t.Fatal(err)
	}
	store.definition = shipped.Canonical()
	store.c.Facts["undertaking_unit"] = casefile.Fact{Value: "绿化市容局"}
	store.c.Facts["undertaking_units"] = casefile.Fact{Value: []any{"绿化市容局", "城管局"}}
	store.c.Matter.Title = "生活垃圾分类方案"
	d := graph(t)
	s.o.Identity = d
	for n, tt := range []struct {
		name        string
		kind        casefile.InterestKind
		of          string
		indirect    bool
		from, until string
		refused     bool
	}{
		{"the undertaking unit", casefile.InterestUnit, "绿化市容局", false, "2026-01-01", "", true},
		{"another undertaking unit", casefile.InterestOrgan, "城管局", false, "2026-01-01", "", true},
		{"a party of that name", casefile.InterestParty, "城管局", false, "2026-01-01", "", true},
		{"the organ", casefile.InterestOrgan, "district", false, "2026-01-01", "", true},
		{"the matter by its title", casefile.InterestMatter, "生活垃圾分类方案", false, "2026-01-01", "", true},
		{"the matter by its case", casefile.InterestMatter, "c", false, "2026-01-01", "", true},
		{"on its last day", casefile.InterestUnit, "绿化市容局", false, "2026-01-01", "2026-03-02", true},
		{"one that is not direct", casefile.InterestUnit, "绿化市容局", true, "2026-01-01", "", false},
		{"one that is over", casefile.InterestUnit, "绿化市容局", false, "2026-01-01", "2026-03-01", false},
		{"one to come", casefile.InterestUnit, "绿化市容局", false, "2026-03-03", "", false},
		{"another unit", casefile.InterestUnit, "绿化市容局环卫所", false, "2026-01-01", "", false},
		{"a unit of the organ's name", casefile.InterestUnit, "district", false, "2026-01-01", "", false},
		{"another matter", casefile.InterestMatter, "生活垃圾", false, "2026-01-01", "", false},
		{"a party of the matter's name", casefile.InterestParty, "生活垃圾分类方案", false, "2026-01-01", "", false},
	} {
		person := casefile.PersonID(fmt.Sprint("expert-", n))
		i := auth.Interest{Interest: casefile.Interest{ID: string(person), Kind: tt.kind, Of: tt.of, Direct: !tt.indirect}, Organ: "bureau", Person: person, From: on(tt.from)}
		if tt.until != "" {
			i.Until = on(tt.until)
		}
		if _, err := d.Put(t.Context(), i, 0, person); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		alias := auth.Person{ID: casefile.PersonID(fmt.Sprint("known-as-", n)), Organ: "district", Name: "专家", Aliases: []casefile.PersonID{person}}
		if _, err := d.Put(t.Context(), alias, 0, "admin"); err != nil {
			t.Fatal(err)
		}
		for how, by := range map[string]casefile.Actor{"": {Person: person}, " under another record": {Person: alias.ID}, " by a delegate": {Person: "nobody-knows", Mandate: mandateOf(person)}} {
			by.Roles = []casefile.Role{"expert"}
			_, err := s.Act(t.Context(), "c", casefile.Act{ID: fmt.Sprint("a", len(e.acts)), Kind: "expert_argument.opinion", By: by}, 0)
			var refusal *casefile.Refusal
			if is := errors.As(err, &refusal) && refusal.Code == casefile.RefusedIndependence && strings.Contains(refusal.Message.ZH, "第二十条"); is != tt.refused {
				t.Errorf("%s%s: %v, want refused %t", tt.name, how, err, tt.refused)
			}
		}
	}
}

// A procedure that takes up another one's cases takes up only those that have come to
// a result.
func TestACaseFollowsOnlyWhatItsProcedureTakesUp(t *testing.T) {
	s, _, _ := evaluated(t)
	def := evaluation(t)
	def.Open.Follows = []procedure.Previous{{Procedure: "cn.major-decision", As: []string{"published"}}}
	err := s.checkFollows(t.Context(), def, Opening{Matter: casefile.Matter{Follows: "before"}, Practice: true})
	var refusal *casefile.Refusal
	if !errors.As(err, &refusal) || refusal.Field != "matter.follows" || refusal.Message.EN == NoSuchPrevious().Message.EN {
		t.Errorf("a case under no procedure: %v", err)
	}
	def.Open.Follows = nil
	if err := s.checkFollows(t.Context(), def, Opening{Matter: casefile.Matter{Follows: "before"}, Practice: true}); err != nil {
		t.Errorf("any case: %v", err)
	}
}

func TestACaseFollowsOneThatExistsAndIsOfItsKind(t *testing.T) {
	s, _, _ := evaluated(t)
	for _, tt := range []struct {
		follows  casefile.ID
		practice bool
		want     bool
	}{
		{"before", true, true}, {"real", false, true}, {"", true, true},
		{"before", false, false}, {"real", true, false}, {"nosuch", true, false},
	} {
		err := s.checkFollows(t.Context(), evaluation(t), Opening{Matter: casefile.Matter{Follows: tt.follows}, Practice: tt.practice})
		var refusal *casefile.Refusal
		if got := err == nil; got != tt.want || !tt.want && (!errors.As(err, &refusal) || refusal.Field != "matter.follows") {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
