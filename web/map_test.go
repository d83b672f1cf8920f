package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/web"
)

// standing stands in for the explanations of running steps.
type standing struct {
	lists // of which the page asks nothing else
	asked []string
	stuck bool // there is no way on that is open
}

func (s *standing) Explain(_ context.Context, id casefile.ID, step string, _ casefile.Actor) (casework.Explanation, error) {
	s.asked = append(s.asked, step)
	if step != "participation" {
		return casework.Explanation{}, fmt.Errorf("step: %w", casefile.ErrNotFound)
	}
	late := casefile.Deadline{ID: "late", Title: both("Late duty"), Due: date("2024-04-01"), State: casefile.DeadlineOpen}
	window := casefile.Deadline{ID: "participation/comment", Title: both("Comment window"), Due: date("2024-04-29"), State: casefile.DeadlineOpen}
	task := func(role casefile.Role, unit string) casework.WorkItem {
		return casework.WorkItem{Task: casework.Task{Task: casefile.Task{Step: step, Role: role, Unit: unit, Since: date("2024-03-29")}, Case: id}}
	}
	out := casework.Explanation{
		Case: id, Step: step, Round: 2, Title: both("Participation"), Basis: "Decree 713 art. 14",
		Tasks:     []casework.WorkItem{task("drafter", "Office"), task("reviewer", "")},
		Deadlines: []casework.DeadlineLeft{{Deadline: late, Left: -3}, {Deadline: window, Left: 13}},
		Ahead: []casework.Need{
			{Ahead: procedure.Ahead{Kind: "participation.conclude", Title: both("Conclude"), Outcome: "complete", To: "review"}, Verdict: verdict(),
				Present: casefile.Values{"comment_close_on": "2024-04-29"}, Missing: []string{"highly_technical"}},
			{Ahead: procedure.Ahead{Kind: "participation.exempt", Title: both("Exempt"), Outcome: "exempt", To: "review"}, Verdict: casefile.Verdict{Result: casefile.Pass}},
		},
	}
	if s.stuck {
		out.Ahead = out.Ahead[:1]
		out.Ahead[0].Waits = &casefile.Refusal{Message: both("Close the window first.")}
	}
	return out, nil
}

func (*standing) Checklists(context.Context, casefile.ID) ([]casework.Checklist, error) {
	return []casework.Checklist{{Step: "review", Held: "pack", Basis: "Decree 713 art. 29", Papers: []casework.Paper{{Name: "draft", Present: true}, {Name: "risk-report"}},
		Unknown: []string{"affects_operators"}}}, nil
}

// standingBrowser is a browser of an installation with work lists.
func standingBrowser(t *testing.T, cases access.Cases, f *fake, documents access.Documents) (*browser, *standing) {
	t.Helper()
	b := newBrowser(t, true)
	work := &standing{}
	if f != nil {
		b.fake = f
	}
	if cases == nil {
		cases = b.fake
	}
	if documents == nil {
		documents = shelf{b.fake}
	}
	var err error
	b.web, err = web.New(web.Options{
		Guard: access.New(access.Options{Cases: cases, Documents: documents, Work: work, OpenPractice: true}), Entrance: b.door, Authenticator: tokens{}, Form: formOf,
		OpenPractice: true, Organs: func(context.Context) ([]casefile.OrganID, error) { return []casefile.OrganID{organ}, nil },
		FactTitle: func(name string) casefile.Text { return both("fact " + name) },
		RuleTitle: func(id string) casefile.Text { return both("about " + id) },
		Now:       func() time.Time { return time.Date(2024, 4, 10, 2, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, work
}

func TestTheTopOfTheCaseSaysWhatItWaitsForAndWhatBlocksIt(t *testing.T) {
	b, work := standingBrowser(t, nil, nil, nil)
	b.token = "drafter"
	page := b.wants("/cases/real", 200, "Where it stands", "Waits for", "Handling unit (Office)", "Reviewer", "2024-03-29",
		"3 working days past", "13 working days left", "Rules in the way of: Conclude", "The window is open.", "Wait for it to close.",
		"Decree 713 art. 15(2)", "fact highly_technical", "fact comment_close_on", "/cases/real/deadlines/participation%2Fcomment")
	now, possible := strings.Index(page, `id="now"`), strings.Index(page, `id="possible"`)
	if now < 0 || possible < now {
		t.Error("where the case stands does not come first")
	}
	if top := page[now:strings.Index(page, `id="map"`)]; strings.Count(top, "about rule-window") != 1 || strings.Contains(top, "about rule-passed") {
		t.Error("what blocks the step is not shown once, or what does not block it is shown")
	}
	if len(work.asked) != 1 {
		t.Errorf("asked about %v", work.asked)
	}
	work.stuck = true
	page = b.wants("/cases/real", 200, "Rules in the way of: Conclude", "Close the window first.")
	if strings.Contains(page, "no rule in the way") || strings.Contains(page, "Further obstacles") {
		t.Error("an open way, or another obstacle, that there is not")
	}
	b.fake.def.Steps[3].Outcomes = []procedure.Transition{{Is: "exempt", To: "review"}, {Is: "complete", To: "review"}}
	work.stuck = false
	b.wants("/cases/real", 200, "no rule in the way", "Further obstacles")
	b.token = ""
	b.wants("/cases/drill", 200, "Where it stands", "13 working days left") // a visitor of the demonstration
	c := b.fake.cases["real"]
	c.Status = casefile.StatusClosed
	b.fake.cases["real"] = c
	b.token = "drafter"
	if page := b.wants("/cases/real", 200); strings.Contains(page, `id="now"`) {
		t.Error("a closed case waits for somebody")
	}
}

func TestTheChecklistNamesWhatIsThereAndWhatIsMissing(t *testing.T) {
	b, _ := standingBrowser(t, nil, nil, nil)
	b.token = "drafter"
	page := b.wants("/cases/real", 200, `id="papers"`, "Decree 713 art. 29", "1 there", "1 missing", "cannot be told without: fact affects_operators", "On record as: fact pack")
	list := page[strings.Index(page, `<ul class="papers">`):]
	list = list[:strings.Index(list, "</ul>")]
	if !strings.Contains(list, "Draft <span class=\"tag s-pass\">there") && !strings.Contains(list, "draft <span class=\"tag s-pass\">there") {
		t.Errorf("the draft is not there: %s", list)
	}
	if strings.Count(list, "missing</span>") != 1 {
		t.Errorf("not exactly one paper is missing: %s", list)
	}
}

func TestTheMapShowsEveryStepWithItsStateInWords(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	page := b.wants("/cases/real", 200, `<svg class="map"`)
	drawn := page[strings.Index(page, "<svg"):strings.Index(page, "</svg>")]
	for _, want := range []string{
		`href="#entry-1" class="map-step s-concluded"`, `href="#entry-2" class="map-step s-interrupted"><title>Drafting, Interrupted, Round 2</title>`,
		`class="map-step s-active"><title>Participation, In progress</title>`, `class="map-step s-not-applied"><title>Expert argument, Not applicable</title>`,
		`<g class="map-step s-waiting" role="img" aria-label="Review, Not reached">`, "Hearing opinions", "×2", "map-frame",
	} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the map lacks %s", want)
		}
	}
	if strings.Contains(drawn, "#entry-0") || !strings.Contains(page, `class="stages"`) {
		t.Error("a step that was not reached leads to an entry, or the list is gone")
	}
}

// Any definition can be drawn: one step, many, long words, a block of many branches.
func TestTheMapTakesAnyDefinition(t *testing.T) {
	b := newBrowser(t, false)
	b.token, b.lang = "drafter", "zh"
	def := definition()
	block := procedure.Step{ID: "block", Title: casefile.Text{ZH: "并行"}}
	def.Steps = nil
	for i := range 40 {
		id := fmt.Sprint("s", i)
		def.Steps = append(def.Steps, procedure.Step{ID: id, Title: casefile.Text{ZH: strings.Repeat("重大行政决策", i)}})
		if i%4 == 0 {
			block.Parallel = append(block.Parallel, id)
		}
	}
	def.Steps = append(def.Steps, block)
	b.fake.def = def
	page := b.wants("/cases/real", 200, "…")
	if n := strings.Count(page, "<title>"); n != 41 { // the steps and the page
		t.Errorf("%d steps are drawn, want 40", n-1)
	}
	def.Steps = nil
	if page := b.wants("/cases/real", 200); strings.Contains(page, "<svg") {
		t.Error("nothing is drawn as a map")
	}
}

func TestEntriesSayInWhoseRightTheyWereMade(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	act := b.fake.entries["real"][1].Entry.Act
	act.By.Unit = "Planning section"
	act.By.Mandate = &casefile.Mandate{ID: "m1", Kind: casefile.ActingFor, Principal: "p9", PrincipalName: "Qian", Document: draft1, From: date("2024-03-01"), Until: date("2024-05-01")}
	act.Signature = &casefile.Signature{Algorithm: casefile.Ed25519, Key: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", Value: "x"}
	duty := &b.fake.entries["real"][3].Entry
	duty.Deadlines = []casefile.Deadline{{ID: "rule-duty", Rule: "rule-duty", Title: both("Publish"), Basis: "Decree 713 art. 32", Due: date("2024-04-10")}}
	page := b.wants("/cases/real", 200, "Planning section", "Qian", "2024-05-01", "by document", `/cases/real/documents/`+string(draft1), "signed",
		"66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925", // SHA-256 of a key of 32 zero bytes
		"timer of a rule", "about rule-duty", "Decree 713 art. 32", "/cases/real/deadlines/rule-duty")
	if strings.Contains(page, "AAAAAAAA") {
		t.Error("the key is shown in another form than keys are named by")
	}
}
