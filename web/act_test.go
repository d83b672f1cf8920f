package web_test

import (
	"bytes"
	"errors"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// actsBrowser is a browser on cases whose steps admit acts.
func actsBrowser(t *testing.T) *browser {
	b := newBrowser(t, false)
	b.token = "drafter"
	drafter := []casefile.Role{"drafter"}
	for i, s := range b.fake.def.Steps {
		switch s.ID {
		case "participation":
			b.fake.def.Steps[i].Acts = []procedure.ActRule{{Verb: "open", Roles: drafter}, {Verb: "close", Roles: []casefile.Role{"reviewer"}}, {Verb: "determine", Roles: []casefile.Role{"reviewer"}}}
		case "review":
			b.fake.def.Steps[i].Acts = []procedure.ActRule{{Verb: "accept", Roles: drafter}, {Verb: "counsel_opinion", Roles: drafter}}
		}
	}
	b.fake.def.Always = []procedure.ActRule{{Verb: "suspend", Roles: drafter}, {Verb: "note", Roles: drafter}, {Verb: "revise", Roles: drafter}}
	return b
}

// shows asserts what an answer shows.
func shows(t *testing.T, rec *httptest.ResponseRecorder, status int, texts ...string) string {
	t.Helper()
	page := html.UnescapeString(rec.Body.String())
	if rec.Code != status {
		t.Fatalf("%d, want %d: %s", rec.Code, status, page)
	}
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	return page
}

func suspension(also ...string) url.Values {
	form := url.Values{"id": {"act-1"}, "seen": {"4"}, "do": {"act"}, "with.reason": {"the law\r\nis being amended"}, "with.review_on": {"2024-06-01"}}
	for i := 0; i < len(also); i += 2 {
		form.Set(also[i], also[i+1])
	}
	return form
}

func TestTheFormOfAnActIsMadeFromItsFields(t *testing.T) {
	b := actsBrowser(t)
	page := b.wants("/cases/real/acts/participation.open", 200, `method="post"`, `name="seen" value="4"`, `enctype="multipart/form-data"`, "?form=form",
		`type="date" name="with.`, `<textarea id="f-channels"`, `type="checkbox" name="with.notice_has" value="channel"`, `type="file" name="file.notice"`,
		"Draft plan, revised · Version 2", `name="do" value="try"`, `name="do" value="save"`, "required")
	if strings.Contains(page, string(gone)) {
		t.Error("a document whose content was removed is offered")
	}
	first := regexp.MustCompile(`name="id" value="([A-Z2-7]+)"`)
	again := b.get("/cases/real/acts/participation.open").Body.String()
	if id := first.FindString(page); id == "" || id == first.FindString(again) {
		t.Errorf("the id of the act is %q each time", id)
	}
	b.lang = "zh"
	b.wants("/cases/real/acts/case.suspend", 200, "理由", "复查日期", "必填", "看看会怎样", `id="f-reason"`, `type="date" name="with.review_on"`)
}

func TestAnActIsDoneOnce(t *testing.T) {
	b := actsBrowser(t)
	b.fake.kept = nil
	rec := b.post("/cases/real/acts/case.suspend", suspension("reason.rule-warns", "it was agreed"))
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/cases/real#entry-5" {
		t.Fatalf("%d to %s: %s", rec.Code, rec.Header().Get("Location"), rec.Body)
	}
	act := b.fake.done[0]
	if act.ID != "act-1" || act.Kind != "case.suspend" || act.With["reason"] != "the law\nis being amended" || act.With["review_on"] != "2024-06-01" ||
		len(act.With) != 2 || act.Reasons["rule-warns"] != "it was agreed" || act.By.Person != "p1" || b.fake.expects[0] != 4 {
		t.Errorf("act %+v seen at %d", act, b.fake.expects[0])
	}
}

func TestARefusedActKeepsWhatWasTyped(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		form   url.Values
		status int
		shows  []string
		logged bool
		sameID bool
	}{
		"missing field": {form: suspension("with.reason", "  ", "with.decided_by", "the mayor"), status: 422, logged: true,
			shows: []string{"reason is missing", `id="f-reason-wrong"`, `aria-invalid="true"`, `value="the mayor"`, `href="#f-reason"`, `data-code="missing-field"`}},
		"two wrong fields": {form: suspension("with.reason", "", "with.review_on", "soon"), status: 422, logged: true,
			shows: []string{"reason is missing", "want a real date", `value="soon"`}},
		"not this role": {err: &casefile.Refusal{Code: casefile.RefusedWrongRole, Field: "by", Message: both("Not your role.")}, form: suspension(), status: 403, logged: true,
			shows: []string{"Not your role.", "is being amended", `role="alert"`}},
		"too late": {err: &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: both("Too late.")}, form: suspension(), status: 409, logged: true,
			shows: []string{"Too late.", "is being amended"}},
		"mandate": {err: &casefile.Refusal{Code: casefile.RefusedMandate, Field: "under", Message: both("It has ended.")}, form: suspension(), status: 403, logged: true,
			shows: []string{"It has ended."}},
		"reason": {err: &casefile.Refusal{Code: casefile.RefusedUnknownReason, Field: "reasons", Message: both("No reason is asked for.")}, form: suspension("reason.rule-x", "because"), status: 422, logged: true,
			shows: []string{"No reason is asked for.", "about rule-x", "because"}},
		"no answer": {err: errors.New("disk on fire at /secret/path"), form: suspension(), status: 500, sameID: true,
			shows: []string{"it is not known whether this was done", "is being amended"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := actsBrowser(t)
			b.fake.actErr = c.err
			page := shows(t, b.post("/cases/real/acts/case.suspend", c.form), c.status, c.shows...)
			if strings.Contains(page, "/secret/") {
				t.Error("the page tells what broke")
			}
			if (len(b.fake.refused) == 1) != c.logged {
				t.Errorf("logged: %+v", b.fake.refused)
			}
			if strings.Contains(page, `name="id" value="act-1"`) != c.sameID {
				t.Error("the id of what is sent again is the wrong one")
			}
		})
	}
}

func TestABlockedActShowsWhyAndAsksForReasons(t *testing.T) {
	b := actsBrowser(t)
	b.fake.blocks = true
	page := shows(t, b.post("/cases/real/acts/case.suspend", suspension()), 409, "Stopped by the rules; not done", "/cases/real#entry-5", "The window is open.", "Wait for it to close.",
		"Decree 713 art. 15(2)", "fact highly_technical", `name="reason.rule-warns"`, `name="seen" value="5"`, "is being amended", `data-code="blocked"`)
	if strings.Contains(page, `id="changes"`) {
		t.Error("the attempt itself is shown as a change of the case")
	}
}

func TestACaseThatMovedShowsWhatCame(t *testing.T) {
	b := actsBrowser(t)
	b.fake.moves, b.fake.actErr = true, &casefile.Refusal{Code: casefile.RefusedChanged, Message: both("The case has moved.")}
	page := shows(t, b.post("/cases/real/acts/case.suspend", suspension()), http.StatusPreconditionFailed,
		"The case has moved.", `id="changes"`, "Zhao Min", "/cases/real#entry-5", `name="seen" value="5"`, "is being amended")
	if strings.Count(page, "/cases/real#entry-") != 1 {
		t.Error("entries that were seen are shown as changes")
	}
	b.fake.actErr = nil
	if rec := b.post("/cases/real/acts/case.suspend", suspension("seen", "5", "id", "act-2")); rec.Code != http.StatusSeeOther || b.fake.expects[1] != 5 {
		t.Errorf("one more click: %d, %v", rec.Code, b.fake.expects)
	}
}

func TestAnOpinionBindsToTheDraftThatIsShown(t *testing.T) {
	b := actsBrowser(t)
	c := b.fake.cases["real"]
	c.Steps = append(c.Steps, casefile.StepRun{Step: "review", Round: 1, State: casefile.StepActive, Done: []string{"accept"}})
	b.fake.cases["real"] = c
	b.wants("/cases/real/acts/review.counsel_opinion", 200, "Draft plan, revised", "Version 2", string(draft2), `name="with.draft" value="`+string(draft2)+`"`)
	b.fake.actErr = &casefile.Refusal{Code: casefile.RefusedStaleDigest, Field: "draft", Message: both("Not the current draft.")}
	shows(t, b.post("/cases/real/acts/review.counsel_opinion", url.Values{"id": {"a"}, "seen": {"4"}, "with.draft": {string(draft1)}, "with.counsel": {"Sun"}, "with.text": {"fine"}}), 409,
		"There is another version of the draft", `name="with.draft" value="`+string(draft2)+`"`, "fine", `href="#draft"`)
	if got := b.fake.done[0].With["draft"]; got != string(draft1) {
		t.Errorf("the opinion was about %v, want the draft that was shown", got)
	}
}

func TestADryRunDoesNothing(t *testing.T) {
	b := actsBrowser(t)
	v := verdict()
	b.fake.run = casework.DryRun{Verdict: v, Ways: []rules.Way{{Remedy: both("Wait."), WaitUntil: date("2024-04-30"), Reasons: []string{"rule-warns"},
		Rules: []rules.WayRule{{Rule: "rule-window", Basis: "Decree 713 art. 15(2)"}}, Changes: []rules.Change{{Fact: "comment_days", Title: both("Days"), Is: rules.RelationAtLeast, Value: int64(30)}}}}}
	shows(t, b.post("/cases/real/acts/case.suspend", suspension("do", "try")), 200, "the rules would stop this", "nothing was recorded", "The window is open.", "What would open the way",
		"Days", "at least 30", "2024-04-30", "about rule-warns", "is being amended", `name="id" value="act-1"`)
	if len(b.fake.done) > 0 || len(b.fake.tried) != 1 || b.fake.tried[0].With["review_on"] != "2024-06-01" {
		t.Errorf("done %v, tried %v", b.fake.done, b.fake.tried)
	}
	b.fake.run = casework.DryRun{Admitted: true, Verdict: casefile.Verdict{Result: casefile.Pass}}
	shows(t, b.post("/cases/real/acts/case.suspend", suspension("do", "try")), 200, "this would go through")
}

func TestADraftIsKeptUntilTheActIsDone(t *testing.T) {
	b := actsBrowser(t)
	if rec := b.post("/cases/real/acts/case.suspend", suspension("do", "save", "with.reason", "half a")); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	b.wants("/cases/real/acts/case.suspend", 200, "half a", `value="2024-06-01"`, "The draft that you saved is shown", "kept for 90 days", `value="discard"`, `<button class="link" form="discard">`) // it is no button of the form: Enter in a field must not throw it away
	b.wants("/cases/real", 200, "Forms that I have begun", "/cases/real/acts/case.suspend")
	if strings.Contains(b.get("/cases/real/acts/case.note").Body.String(), "half a") {
		t.Error("a draft is shown in the form of another act")
	}
	b.token = "deputy"
	if page := b.get("/cases/real").Body.String(); strings.Contains(page, "Forms that I have begun") {
		t.Error("somebody sees the draft of another person")
	}
	b.token = "drafter"
	if rec := b.post("/cases/real/acts/case.suspend", suspension()); rec.Code != http.StatusSeeOther || len(b.fake.kept) > 0 {
		t.Errorf("%d, kept after the act: %v", rec.Code, b.fake.kept)
	}
	b.post("/cases/real/acts/case.suspend", suspension("do", "save"))
	if b.post("/cases/real/acts/case.suspend", suspension("do", "discard")); len(b.fake.kept) > 0 {
		t.Error("a draft that was discarded is kept")
	}
	for range 100 {
		b.fake.kept = append(b.fake.kept, b.fake.kept...)
		b.post("/cases/real/acts/case.suspend", suspension("do", "save"))
		if len(b.fake.kept) >= 100 {
			break
		}
	}
	shows(t, b.post("/cases/real/acts/case.suspend", suspension("do", "save", "draft-mark", keptIn(b.get("/cases/real/acts/case.suspend").Body.String()))), 409, "as many drafts as can be kept", "is being amended")
}

// keptIn gives which draft a form says that it was filled in from.
func keptIn(page string) string {
	_, rest, _ := strings.Cut(page, `name="draft-mark" value="`)
	mark, _, _ := strings.Cut(rest, `"`)
	return mark
}

func TestTwoWindowsDoNotOverwriteEachOthersDraft(t *testing.T) {
	b := actsBrowser(t)
	target := "/cases/real/acts/case.suspend"
	first := keptIn(b.get(target).Body.String())
	if rec := b.post(target, suspension("do", "save", "draft-mark", first, "with.reason", "from the first window")); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	page := shows(t, b.post(target, suspension("do", "save", "draft-mark", first, "with.reason", "from the second")), 409, "from another window", "from the second")
	if len(b.fake.kept) != 1 || !strings.Contains(b.fake.kept[0].Content, "from the first window") {
		t.Fatalf("kept %+v", b.fake.kept)
	}
	if rec := b.post(target, suspension("do", "save", "draft-mark", keptIn(page), "with.reason", "from the second")); rec.Code != http.StatusSeeOther {
		t.Errorf("knowingly: %d", rec.Code)
	}
}

// upload sends the form of an act with files.
func (b *browser) upload(target string, form url.Values, files map[string]string) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	for name, content := range files {
		part, err := w.CreateFormFile("file."+name, name+".txt")
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := part.Write([]byte(content)); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, target, &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Origin", "http://example.com")
	return b.send(req)
}

func TestAFileIsStoredAndNamed(t *testing.T) {
	b := actsBrowser(t)
	target := "/cases/real/acts/case.suspend?form=" + url.QueryEscape("form of drafter")
	if rec := b.upload(target, suspension("with.document", string(draft1)), map[string]string{"document": "words"}); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	if len(b.fake.uploads) != 1 || !strings.HasPrefix(b.fake.uploads[0], "document|application/octet-stream||words") || b.fake.done[0].With["document"] != string(uploaded) {
		t.Errorf("stored %q, named %v", b.fake.uploads, b.fake.done[0].With)
	}
	shows(t, b.upload(target, suspension(), map[string]string{"document": "a virus"}), 422, "It holds a virus.", "everything else is kept", "is being amended", `href="#f-document"`)
	if len(b.fake.done) != 1 {
		t.Error("an act was done without its file")
	}
	b.fake.actErr = &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: both("Too late.")}
	shows(t, b.upload(target, suspension(), map[string]string{"document": "words"}), 409, `value="`+string(uploaded)+`" selected`, "uploaded, not filed yet")
	for name, rec := range map[string]*httptest.ResponseRecorder{
		"without what forms carry": b.upload("/cases/real/acts/case.suspend", suspension(), nil),
		"a field that is no file":  b.upload(target, suspension(), map[string]string{"reason": "x"}),
	} {
		if rec.Code != http.StatusForbidden && rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
}

func TestAFormIsForWhoeverMayAct(t *testing.T) {
	b := actsBrowser(t)
	b.wants("/cases/real/acts/participation.close", 403, "not by you", "Reviewer")
	b.wants("/cases/real/acts/review.counsel_opinion", 409, "does not admit this now")
	b.wants("/cases/real/acts/participation.nonsense", 404)
	b.wants("/cases/real/acts/case.open", 404)
	b.wants("/cases/far/acts/case.suspend", 404)
	if page := b.get("/cases/real").Body.String(); !strings.Contains(page, `href="/cases/real/acts/participation.open"`) || !strings.Contains(page, `href="/cases/real/acts/case.suspend"`) {
		t.Error("the page of the case does not lead to what can be done")
	}
	b.token = "deputy"
	page := b.wants("/cases/real/acts/participation.open", 200, "Qian", `name="under" value="m1"`)
	if strings.Contains(page, `value="m2"`) || strings.Contains(page, "as.person") {
		t.Error("a mandate that is over, or a stand-in, is offered")
	}
	if rec := b.post("/cases/real/acts/case.suspend", suspension("under", "m1")); rec.Code != http.StatusSeeOther || b.fake.done[0].By.Mandate == nil {
		t.Errorf("under a mandate: %d", rec.Code)
	}
	b.token = ""
	if rec := b.get("/cases/real/acts/case.suspend"); rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), "/sign-in") {
		t.Errorf("nobody: %d", rec.Code)
	}
}

func TestATrainerStandsInForOthersInPracticeAlone(t *testing.T) {
	b := actsBrowser(t)
	b.token = "trainer"
	b.wants("/cases/drill/acts/participation.determine", 200, `name="as.person"`, `name="as.roles" value="reviewer" checked`, `class="is-practice"`)
	b.wants("/cases/real/acts/participation.close", 403)
	stand := suspension("as.person", "p8", "as.name", "Sun", "as.roles", "drafter")
	shows(t, b.post("/cases/real/acts/case.suspend", stand), 403, "only in practice cases", `value="p8"`, "is being amended")
	shows(t, b.post("/cases/drill/acts/case.suspend", suspension("as.person", "p8", "as.roles", "nonsense")), 422, `value="p8"`)
}

func TestAnEmptyListCanBeStated(t *testing.T) {
	b := actsBrowser(t)
	form := url.Values{"id": {"a"}, "seen": {"4"}, "with.channels": {"site \r\n\r\n paper"}, "with.notice_has": {"-"}, "with.opens_on": {"2024-04-01"}, "with.closes_on": {"2024-05-01"}}
	b.post("/cases/real/acts/participation.open", form)
	if len(b.fake.done) == 0 {
		t.Fatal("nothing was done")
	}
	with := b.fake.done[0].With
	if got, _ := with["channels"].([]string); !slices.Equal(got, []string{"site", "paper"}) {
		t.Errorf("channels %v", with["channels"])
	}
	if got, ok := with["notice_has"].([]string); !ok || len(got) > 0 {
		t.Errorf("an empty list came as %#v", with["notice_has"])
	}
}

func TestThePageOfACaseListensByAScriptOfThisSite(t *testing.T) {
	b := actsBrowser(t)
	b.wants("/cases/real", 200, liveScript, `data-case="real" data-seen="4" data-after="44"`, `role="status"`)
	rec := b.get("/assets/live.js")
	if csp := rec.Header().Get("Content-Security-Policy"); rec.Code != 200 || !strings.Contains(csp, "script-src 'self'; connect-src 'self';") || strings.Contains(csp, "unsafe") {
		t.Errorf("%d, %s", rec.Code, csp)
	}
	open := newBrowser(t, true)
	if page := open.get("/cases/drill").Body.String(); strings.Contains(page, "live.js") {
		t.Error("visitors are offered a stream that they cannot read")
	}
}

// The desk leads to the form with the draft that it shows, and the room with who is to
// speak: what has moved meanwhile is told, what the case does not know is left out.
func TestAFormKnowsWhatThePageThatLedToItShowed(t *testing.T) {
	b := actsBrowser(t)
	b.fake.hears = []procedure.Field{{Name: "draft", Kind: procedure.KindDigest}}
	b.wants("/cases/real/desk/participation", 200, `href="/cases/real/acts/participation.hear?draft=`+string(draft2)+`"`, `href="/cases/real/acts/participation.open"`)
	c := b.fake.cases["real"]
	c.Steps = append(c.Steps, casefile.StepRun{Step: "review", Round: 1, State: casefile.StepActive, Done: []string{"accept"}})
	b.fake.cases["real"] = c
	const moved = "There is another version of the draft"
	form := "/cases/real/acts/review.counsel_opinion?draft="
	for _, draft := range []string{string(draft2), strings.Repeat("9", 64), "x"} {
		if page := b.wants(form+draft, 200); strings.Contains(page, moved) {
			t.Errorf("the draft %s has moved, and it has not, or the case does not know it", draft)
		}
	}
	b.wants(form+string(draft1), 200, moved, `name="with.draft" value="`+string(draft2)+`"`)
	meets(b, "real", 2)
	b.fake.def.Steps[len(b.fake.def.Steps)-1].Acts = []procedure.ActRule{{Verb: "speak", Roles: []casefile.Role{"drafter"}}}
	c = b.fake.cases["real"]
	c.Steps[len(c.Steps)-1].Done = []string{"open"}
	c.Facts["present"] = casefile.Fact{Name: "present", Value: []any{"Bai", "Cao"}}
	b.fake.cases["real"] = c
	b.wants("/cases/real/acts/meeting.speak?member=Cao&view=approve", 200, `name="with.member" value="Cao"`)
	for _, target := range []string{"/cases/real/acts/meeting.speak?member=Zhu", "/cases/real/acts/meeting.speak"} {
		b.wants(target, 200, `name="with.member" value=""`)
	}
}
