package web_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// audits is what auditors and leaders asked the fake for, and what it answers.
type audits struct {
	verification *casework.Verification // of whoever asks
	verified     []casework.Asker
	sampled      []casefile.OrganID
	figured      []casefile.FigureQuery
}

func (f *fake) At(ctx context.Context, id casefile.ID, sequence int64) (casework.Past, error) {
	all := f.entries[id]
	if sequence < 1 || sequence > int64(len(all)) {
		return casework.Past{}, fmt.Errorf("entry: %w", casefile.ErrNotFound)
	}
	past := casework.Past{Entries: all[:sequence], Last: int64(len(all))}
	for _, e := range past.Entries {
		if err := past.Case.Apply(e.Entry); err != nil {
			return past, err
		}
	}
	var err error
	past.Possible, err = f.Possible(ctx, id, casefile.Actor{})
	return past, err
}

func (f *fake) Start(_ context.Context, by casework.Asker, id casefile.ID) error {
	if f.verification != nil && f.verification.Stage != casework.StageDone && f.verification.Case != id {
		return casefile.ErrConflict
	}
	f.verified = append(f.verified, by)
	f.verification = &casework.Verification{Case: id, Stage: casework.StageLaw}
	return nil
}

func (f *fake) Last(context.Context, casework.Asker) (casework.Verification, bool, error) {
	if f.verification == nil {
		return casework.Verification{}, false, nil
	}
	return *f.verification, true, nil
}

func TestACaseIsShownAsItWasBehindAnEntry(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	page := b.wants("/cases/real/at/3", 200, "Waste sorting real", "behind entry 3 of 4", `href="/cases/real/at/2"`, `href="/cases/real/at/4"`,
		`type="range" name="entry" min="1" max="4" value="3"`, "Stopped by the rules", "The window is open.", "fact comment_close_on", "because",
		"Judged by the procedure and rules pinned on 2024-04-10", "Close the window", "Li Hua", "Handling unit", `aria-current="step"`)
	if strings.Contains(page, "Yours to do") || strings.Contains(page, "#entry-") {
		t.Error("an act of the past is offered, or a link leads to a place that the page has not")
	}
	first := b.wants("/cases/real/at/1", 200, "Intake", "Nothing had been stopped until then.")
	if strings.Contains(first, `rel="prev"`) || strings.Contains(first, "Participation</strong><span class=\"tag s-active\"") || strings.Contains(first, "Draft plan") {
		t.Error("behind the first entry something is shown that came later")
	}
	if last := b.wants("/cases/real/at/4", 200, "Comment window"); strings.Contains(last, `rel="next"`) {
		t.Error("behind the last entry there is a next one")
	}
	if rec := b.get("/cases/real/at?entry=2"); rec.Code != 303 || rec.Header().Get("Location") != "/cases/real/at/2" {
		t.Errorf("the slider: %d %s", rec.Code, rec.Header().Get("Location"))
	}
	for _, target := range []string{"/cases/real/at/0", "/cases/real/at/5", "/cases/real/at/x", "/cases/real/at/99999999999999999999", "/cases/far/at/1", "/cases/none/at/1"} {
		b.wants(target, 404)
	}
	b.token = ""
	if rec := b.get("/cases/real/at/1"); rec.Code != 303 || !strings.HasPrefix(rec.Header().Get("Location"), "/sign-in") {
		t.Errorf("without signing in: %d", rec.Code)
	}
	b.lang, b.token = "zh", "drafter"
	b.wants("/cases/real/at/3", 200, "第 3 项记录之后的案件（共 4 项）", "当时可以办什么")
}

func TestAPracticeCaseOfThePastIsUnmistakable(t *testing.T) {
	b := newBrowser(t, true)
	b.fake.entries["drill"][0].Entry.Practice = true
	b.wants("/cases/drill/at/2", 200, "Practice case", "is-practice")
	b.wants("/cases/real/at/2", 404)
}

func TestADossierIsVerifiedOnTheServer(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	b.wants("/cases/real/verify", 200, "Verify now", "chengxu dossier verify --key organ.key real.zip", `action="/cases/real/verify"`)
	if len(b.fake.verified) > 0 {
		t.Error("looking at the page began a verification")
	}
	if rec := b.post("/cases/real/verify", nil); rec.Code != 303 || rec.Header().Get("Location") != "/cases/real/verify" {
		t.Fatalf("start: %d %s", rec.Code, rec.Body)
	}
	if diff := cmp.Diff([]casework.Asker{{Organ: organ, Person: "p1"}}, b.fake.verified); diff != "" {
		t.Error(diff)
	}
	rec := b.get("/cases/real/verify")
	if got := rec.Header().Get("Refresh"); got != "2; url=/cases/real/verify" {
		t.Errorf("refresh %q", got)
	}
	for _, text := range []string{"The seal: hashes, signatures, nothing missing</span><span class=\"row-side\"><span class=\"tag vs-done\">Done", "tag vs-active", "tag vs-waiting"} {
		if !strings.Contains(rec.Body.String(), text) {
			t.Errorf("the progress lacks %q", text)
		}
	}
	if rec := b.post("/cases/drill/verify", nil); rec.Code != 409 || !strings.Contains(rec.Body.String(), "Another dossier of yours") || !strings.Contains(rec.Body.String(), `href="/cases/real/verify"`) {
		t.Errorf("a second one: %d", rec.Code)
	}
	report := &dossier.Report{Summary: &dossier.Summary{Entries: 3, Log: "the log"}, Key: "log+key", LogSize: 9, Pinned: &casefile.Pinned{Procedure: "p@1", Definition: draft1},
		Signed:  []dossier.Signed{{Entry: 2, Act: "drafting.conclude", Name: "Li <b>", Person: "p1", Key: "k1"}},
		Adopted: []dossier.Adopted{{Entry: 3}},
		Seal:    dossier.Part{Status: dossier.Verified, Checked: 3},
		Law:     dossier.Part{Status: dossier.Failed, Checked: 3, More: 7, Problems: []dossier.Problem{{Place: "entries/000002", Message: both("another outcome")}}},
		Run:     dossier.Part{Status: dossier.Skipped, Reason: both("no history")}}
	b.fake.verification = &casework.Verification{Case: "real", Stage: casework.StageDone, Size: 77, Digest: "d1gest", Report: report}
	page := b.wants("/cases/real/verify", 200, "Verify again", "at least one part does not agree", "entries/000002", "another outcome", "7 more", "no history", "3 entries checked",
		"Li &lt;b&gt;", "/cases/real/at/2", "k1", "d1gest", "log&#43;key", "Compare it with the key", "Adopted at entry 3", "to entry 4", "p@1")
	if strings.Contains(page, "Refresh") || b.get("/cases/real/verify").Header().Get("Refresh") != "" {
		t.Error("a result refreshes itself")
	}
	for err, want := range map[error]string{casework.ErrTooLarge: "too large", context.DeadlineExceeded: "took too long", casefile.ErrConflict: "being acted on", io.ErrUnexpectedEOF: "says nothing of whether"} {
		b.fake.verification = &casework.Verification{Case: "real", Stage: casework.StageDone, Err: fmt.Errorf("x: %w", err)}
		if page := b.wants("/cases/real/verify", 200, want); strings.Contains(page, err.Error()) {
			t.Errorf("%v is shown as it is", err)
		}
	}
	b.wants("/cases/far/verify", 404)
	b.token = "administrator"
	b.wants("/cases/real/verify", 403)
}

func TestAVisitorSignsInBeforeVerifying(t *testing.T) {
	b := newBrowser(t, true)
	for _, rec := range []*httptest.ResponseRecorder{b.get("/cases/drill/verify"), b.post("/cases/drill/verify", nil)} {
		if rec.Code != 303 || !strings.HasPrefix(rec.Header().Get("Location"), "/sign-in?to=") {
			t.Errorf("%d %s", rec.Code, rec.Header().Get("Location"))
		}
	}
	if len(b.fake.verified) > 0 {
		t.Error("a visitor began a verification")
	}
}

func (f *fake) Count(_ context.Context, filter casework.Filter) (int64, bool, error) {
	n := int64(0)
	for _, c := range f.cases {
		if c.Organ == filter.Organ && (filter.Practice == nil || *filter.Practice == c.Practice) {
			n++
		}
	}
	return n, filter.Query != "many", nil
}

func (f *fake) Sample(_ context.Context, organs []casefile.OrganID, filter casework.Filter, seed string, n int) (casework.Draw, error) {
	if seed == "" {
		return casework.Draw{}, &casefile.Refusal{Code: casefile.RefusedBadValue, Field: "seed", Message: both("a seed is missing")}
	}
	f.filters = append(f.filters, filter)
	f.sampled = organs
	return casework.Draw{Seed: seed, N: n, Population: 41, Cases: []casework.Drawn{{Hash: "00ab", Summary: casework.Summary{ID: "real", Organ: organ, Title: "=Waste, \"sorting\"",
		Status: casefile.StatusRunning, OpenedOn: date("2024-03-01"), UpdatedOn: date("2024-04-10"), Sequence: 4}}}}, nil
}

func TestAuditorsSearchTheirOrganAndThoseBelow(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "inspector"
	page := b.wants("/audit", 200, "Waste sorting real", "Waste sorting far", "2 cases meet these conditions", `href="/audit?organ=Transport&#43;Bureau&amp;practice=false"`, "/cases/real/verify")
	if strings.Contains(page, "drill") {
		t.Error("practice cases among those audited")
	}
	b.fake.next = "cur 2"
	b.fake.filters = nil
	b.wants("/audit?organ=Transport+Bureau&practice=all&q=many&status=closed&procedure=p&category=c&step=s&from=2024-01-01&until=2024-12-31&sort=updated&find=1&seed=&n=10&after=x", 200,
		"at least 2 cases", "Waste sorting far-drill", "after=cur&#43;2", "status=closed", `value="2024-12-31"`)
	want := casework.Filter{Organ: otherOrgan, Status: casefile.StatusClosed, Procedure: "p", Category: "c", Step: "s", OpenedFrom: date("2024-01-01"), OpenedUntil: date("2024-12-31"),
		Query: "many", Sort: "updated", After: "x", Limit: 50}
	if diff := cmp.Diff(want, b.fake.filters[0], cmp.Comparer(func(a, b legaltime.Date) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	b.wants("/audit?organ=Another", 404)
	for token, status := range map[string]int{"drafter": 403, "administrator": 403, "": 303} {
		b.token = token
		for _, target := range []string{"/audit", "/audit?seed=x&n=3", "/audit/sample.csv?seed=x&n=3"} {
			if rec := b.get(target); rec.Code != status {
				t.Errorf("GET %s by %q: %d", target, token, rec.Code)
			}
		}
	}
}

func TestASampleIsShownWithWhatItTakesToDrawItAgain(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "inspector"
	b.wants("/audit?seed=2024-03-01&n=1&q=waste", 200, "1 of 41 cases drawn", "2024-03-01", `href="/audit/sample.csv?n=1&amp;practice=false&amp;q=waste&amp;seed=2024-03-01"`, `href="/audit?n=1&amp;practice=false&amp;q=waste&amp;seed=2024-03-01"`)
	if len(b.fake.sampled) != 2 || b.fake.filters[0].Query != "waste" || *b.fake.filters[0].Practice {
		t.Errorf("drawn from %v by %+v", b.fake.sampled, b.fake.filters[0])
	}
	b.wants("/audit?seed=x&n=1&organ=Transport+Bureau", 200)
	if len(b.fake.sampled) != 1 || b.fake.sampled[0] != otherOrgan {
		t.Errorf("drawn from %v", b.fake.sampled)
	}
	b.wants("/audit?seed=&n=7", 422, "a seed is missing", `role="alert"`, `aria-invalid="true" aria-describedby="wrong"`, `value="7"`)
	rec := b.get("/audit/sample.csv?seed=s&n=1")
	if rec.Code != 200 || rec.Header().Get("Content-Disposition") != "attachment; filename=sample.csv" {
		t.Fatalf("%d %v", rec.Code, rec.Header())
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(rec.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != "real" || rows[1][4] != "'=Waste, \"sorting\"" || rows[1][15] != "41" {
		t.Errorf("%v %q", err, rows)
	}
	b.wants("/audit/sample.csv?seed=&n=1", 422)
}

func (f *fake) Course(_ context.Context, id casefile.ID) (casework.Course, error) {
	c := f.cases[id]
	out := casework.Course{Case: c, Definition: f.def, Days: 30, Returns: 1, Blocked: 1}
	for _, run := range c.Steps {
		if id == "far" && run.Step == "intake" {
			continue
		}
		if id == "far" && run.Step == "drafting" {
			run.Outcome = "returned"
		}
		out.Rounds = append(out.Rounds, casework.CourseRound{StepRun: run, Days: len(id)})
	}
	if id == "far" {
		out.Days, out.Case.Deadlines = 12, []casefile.Deadline{{ID: "late", Title: both("Late duty"), Due: date("2024-04-02"), State: casefile.DeadlineMet}}
	}
	return out, nil
}

func TestTwoCasesStandSideBySide(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "inspector"
	if page := b.wants("/audit/compare", 200, "Two cases side by side"); strings.Contains(page, "<table") {
		t.Error("nothing is compared")
	}
	page := b.wants("/audit/compare?a=real&b=far", 200, "Waste sorting real", "Waste sorting far", "A has 18 more", "In A alone", "A took 2 working days more", "Outcomes differ",
		"2024-03-05 – 2024-03-20 · 4 working days · ", "No such deadline", "2024-04-01 · Breached", "2024-04-02 · Met", "Same", "Not reached", `<th scope="row">Intake`)
	if strings.Count(page, `<tr class="differs">`) < 5 {
		t.Error("differences are not marked")
	}
	b.wants("/audit/compare?a=real&b=real", 200, "Same")
	b.wants("/audit/compare?case=real&case=far&picked=1", 200, "Waste sorting real", "Waste sorting far", "<table")
	b.wants("/audit/compare?case=real&picked=1", 422, "Tick two cases: it was 1", `role="alert"`)
	b.wants("/audit/compare?picked=1", 422, "Tick two cases: it was 0")
	b.wants("/audit", 200, `name="case" value="real"`)
	b.wants("/audit/compare?a=real&b=none", 404, "There is no case “none”", `value="real"`, `role="alert"`)
	b.token = "drafter"
	b.wants("/audit/compare?a=real&b=drill", 403)
	b.wants("/audit/compare", 403)
}

// Auditors look for a step by its name, whatever they know of ids.
func TestStepsAreFoundByName(t *testing.T) {
	b, _ := newLibrary(t)
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		if source.Name == "cn.major-decision.2019.yaml" {
			continue // there already
		}
		def, err := procedure.Load(source.Name, source.Content)
		if err != nil {
			t.Fatal(err)
		}
		b.fake.more = append(b.fake.more, def)
	}
	b.token = "inspector"
	page := b.wants("/audit?step=legality_review&procedure=cn.major-decision@2019", 200, `<option value="legality_review" selected>`, `<optgroup label="Steps of several procedures">`,
		`<optgroup label="Major administrative decision">`, `<option value="deliberation">Collective deliberation`, `<option value="cn.major-decision@2019" selected>`)
	if strings.Count(page, `value="legality_review"`) != 1 || strings.Contains(page, `name="step" value=`) || strings.Contains(page, `value="opinions"`) {
		t.Error("a step stands twice, is to be typed, or is a block of steps")
	}
	b.fake.filters = nil
	b.wants("/audit?step=of_old&procedure=cn.old@2001", 200, `<option value="of_old" selected>of_old`, `<option value="cn.old@2001" selected>`)
	if f := b.fake.filters[0]; f.Step != "of_old" || f.Procedure != "cn.old@2001" {
		t.Errorf("asked for %+v", f)
	}
	b.lang = "zh"
	b.wants("/audit", 200, "几个程序都有的环节", ">合法性审查")
}

// What came with the packs, and nobody has stated, is folded; what the opening states is
// not, though it be no.
func TestFactsThatNobodyStatedAreFolded(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	first := &b.fake.entries["real"][0].Entry
	first.Act.With = casefile.Values{"contains_state_secret": false, "body_kind": "district-gov"}
	first.Facts = casefile.Values{"contains_state_secret": false, "body_kind": "district-gov", "dissenters": []any{}, "fee": int64(0), "issue_on": "", "asked": true, "case_opened_on": "2024-03-01"}
	second := &b.fake.entries["real"][1].Entry
	second.Facts = casefile.Values{"heard": false}
	folded := func(page, marker string) string {
		_, rest, ok := strings.Cut(page, marker)
		if !ok {
			t.Fatalf("the page lacks %s", marker)
		}
		_, rest, _ = strings.Cut(rest, "Facts not stated yet")
		rest, _, _ = strings.Cut(rest, "</details>")
		return rest
	}
	for target, marker := range map[string]string{"/cases/real/at/1": `id="facts"`, "/cases/real/at/1?x": `id="now"`, "/cases/real": `id="entry-1"`} {
		got := folded(b.wants(target, 200, "fact contains_state_secret"), marker)
		for _, fact := range []string{"dissenters", "fee", "issue_on"} {
			if !strings.Contains(got, "fact "+fact) {
				t.Errorf("%s: %s is not folded", target, fact)
			}
		}
		for _, fact := range []string{"contains_state_secret", "body_kind", "asked", "case_opened_on", "heard"} {
			if strings.Contains(got, "fact "+fact) {
				t.Errorf("%s: %s is folded, and somebody has stated it", target, fact)
			}
		}
	}
	if page := b.wants("/cases/real/at/2", 200, "fact heard"); strings.Contains(folded(page, `id="facts"`), "heard") {
		t.Error("what an act has stated is folded")
	}
	b.lang = "zh"
	b.wants("/cases/real/at/1", 200, "尚未填写的事实")
}
