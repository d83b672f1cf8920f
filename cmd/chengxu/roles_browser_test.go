package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// TestEveryRoleByKeyboard takes an organ from an empty directory to an archived case and
// its audit in real browsers, by keyboard alone: an administrator founds the organ by the
// printed link and invites people, who change their first password; others come in with a
// token; everybody does their acts of the shipped example that goes to the archive; an
// auditor looks into it; the administrator lets one person act for another. Beyond the printed link no address is typed but that of the
// home page, and everything else is come to by links and buttons with Tab, Shift and
// Tab, and Enter. At every stop the focus has to be seen, and to go on as one reads.
//
// It is driven in Chinese without script, and in English with script.
func TestEveryRoleByKeyboard(t *testing.T) {
	for _, way := range []struct {
		lang   string
		script bool
	}{{"zh", false}, {"en", true}} {
		t.Run(way.lang, func(t *testing.T) {
			process := browserFor(t, time.Hour)
			if way.script {
				process = chromium(t, time.Hour)
			}
			if err := chromedp.Run(process); err != nil { // the process lives as long as its first browser
				t.Fatal(err)
			}
			newOffices(t, process, way.lang).work()
		})
	}
}

// offices are an organ in which everybody works by keyboard.
type offices struct {
	t       *testing.T
	s       *stack
	script  *scenario.Scenario
	process context.Context
	url     string
	lang    string
	people  map[casefile.PersonID]*hands
	files   map[casefile.Digest]string // paths
	forms   int                        // that were filled in
	lines   int                        // of these, that were sent from a field
}

func newOffices(t *testing.T, process context.Context, lang string) *offices {
	t.Helper()
	s := startTestStack(t, 0)
	script, err := loadScenario(wholeCase)
	if err != nil {
		t.Fatal(err)
	}
	script.Overlays, script.Ends = nil, nil // pages open a case under the packs in use
	for id, p := range script.People {      // whoever is invited belongs to no unit yet
		p.Unit = ""
		script.People[id] = p
	}
	server := httptest.NewServer(must(s.handler(outside{}, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})))))
	t.Cleanup(server.Close)
	return &offices{t: t, s: s, script: script, process: process, url: server.URL, lang: lang, people: map[casefile.PersonID]*hands{}, files: map[casefile.Digest]string{}}
}

// work is the whole of it.
func (o *offices) work() {
	t := o.t
	began := time.Now()
	step := func(name string, do func()) {
		from := time.Now()
		do()
		t.Logf("%s: %s", name, time.Since(from).Round(time.Millisecond))
	}
	defer func() {
		tabs, pages := 0, 0
		for _, h := range o.people {
			tabs, pages = tabs+h.tabs, pages+h.pages
		}
		t.Logf("%d pages, %d times Tab, %d forms in %s", pages, tabs, o.forms, time.Since(began).Round(time.Second))
	}()
	var played *scenario.Result
	step("founding and inviting", func() {
		o.found()
		o.invite("auditor", "审计员", auth.Auditor)
		for _, id := range casefile.SortedNames(o.script.People) {
			if p := o.script.People[id]; id == "office" || id == "chief" {
				o.invite(id, p.Name, p.Roles...)
			} else {
				o.signIn(casefile.PersonID(id), p)
			}
		}
	})
	step("the case", func() {
		var err error
		if played, err = scenario.Play(t.Context(), o.script, o, "keys", nil); err != nil {
			t.Fatal(err)
		}
		for _, problem := range played.Problems {
			t.Error(problem)
		}
	})
	if o.lines == 0 {
		t.Error("no act was done by Enter in a field")
	}
	step("the same case by the API", func() { o.compare(played) })
	step("the audit", func() { o.audit(played.Case.ID) })
	step("a mandate", o.mandate)
}

// enters gives somebody a browser, at the home page in the language of the test.
func (o *offices) enters(id casefile.PersonID, path string) *hands {
	h := newHands(o.t, o.process, o.url, "zh")
	h.open(path)
	if o.lang != h.lang {
		if h.has("main [autofocus]") {
			h.back("a.skip")
		}
		h.to(".lang")
		h.lang = o.lang
		h.enter()
	}
	o.people[id] = h
	return h
}

// found founds the organ by the link that is printed.
func (o *offices) found() {
	var out strings.Builder
	if err := o.s.invite(o.t.Context(), o.url, &out); err != nil {
		o.t.Fatal(err)
	}
	h := o.enters("admin", regexp.MustCompile(`/first/\S+`).FindString(out.String()))
	h.back("a.skip") // the first field has the focus already
	h.fill(map[string][]string{"organ": {o.script.Organ}, "name": {"管理员"}, "login": {"admin"}, "password": {"correct horse 46"}}, nil, "main form button")
	h.enter()
}

// invite lets the administrator invite somebody, who comes in with the first password
// and changes it.
func (o *offices) invite(id, name string, roles ...casefile.Role) {
	admin := o.people["admin"]
	admin.home()
	admin.skip()
	admin.follow(`main a[href^="/admin/invite"]`)
	admin.skip()
	values := map[string][]string{"name": {name}, "login": {id}}
	for _, role := range roles {
		values["roles"] = append(values["roles"], string(role))
	}
	admin.fill(values, nil, "main form button")
	admin.enter()
	first, next := admin.text("#secret"), "我的新密码是很长的一句话"

	h := o.enters(casefile.PersonID(id), "/")
	h.back("a.skip")
	h.fill(map[string][]string{"login": {id}, "password": {first}}, nil, `form[action="/sign-in"] button`)
	h.enter()
	h.types(first) // the field has the focus
	h.tab("")
	h.types(next)
	h.tab("")
	h.types(next)
	h.enter()
	if !h.has(`form[action="/sign-out"]`) || h.has(`input[type="password"]`) {
		o.t.Fatalf("%s is not in:\n%s", id, h.shown())
	}
}

// signIn gives somebody a token, with which they come in.
func (o *offices) signIn(id casefile.PersonID, p scenario.Person) {
	o.t.Helper()
	secret, _, err := auth.New(o.s.store, o.s.shipped.roles(), auth.Options{}).Issue(o.t.Context(), auth.Grant{Organ: casefile.OrganID(o.script.Organ), Person: id,
		Name: p.Name, Roles: p.Roles, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		o.t.Fatal(err)
	}
	h := o.enters(id, "/")
	h.to("main summary")
	h.key(kb.Enter)
	h.to(`input[name="token"]`)
	h.types(secret)
	h.enter()
}

// Upload keeps a document for whoever files it by a form.
func (o *offices) Upload(_ context.Context, _, title string, content []byte) (casefile.Digest, error) {
	sum := sha256.Sum256(content)
	digest := casefile.Digest(hex.EncodeToString(sum[:]))
	o.files[digest] = filepath.Join(o.t.TempDir(), title+".txt")
	return digest, os.WriteFile(o.files[digest], content, 0o600)
}

// Open opens a practice case: the form, what the law asks of the matter, and the case.
func (o *offices) Open(ctx context.Context, r scenario.OpenRequest) (scenario.Outcome, error) {
	h := o.people[r.By.Person]
	h.home()
	h.follow(`nav a[href="/cases"]`)
	h.skip()
	h.follow(`main a[href="/cases/new"]`)
	h.skip()
	values := valuesOf(r.With)
	values["practice"], values["starts"], values["title"], values["category"] = []string{"true"}, []string{r.Starts.String()}, []string{r.Matter.Title}, []string{r.Matter.Category}
	if h.has(`select[name="procedure"]`) {
		values["procedure"] = []string{r.Procedure}
	}
	h.fill(values, nil, `button[value="try"]`)
	h.back(`input[name="title"]`) // Enter in a field checks, and opens nothing
	h.enter()
	if !h.looks("#triage", false).Is {
		o.t.Errorf("what the law asks of the matter does not have the focus")
	}
	h.follow(`button[value="act"]`)
	id := regexp.MustCompile(`^/cases/([^/?#]+)$`).FindStringSubmatch(h.address())
	if id == nil {
		return scenario.Outcome{}, fmt.Errorf("opening leads to %s: %s", h.address(), h.shown())
	}
	return o.outcome(ctx, casefile.ID(id[1]), 1)
}

// Act does an act by its form, come to from the home page. Where no link leads to the
// form, the page says whether the act is somebody else's or is not possible now.
func (o *offices) Act(ctx context.Context, id casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	h, ok := o.people[act.By.Person]
	if !ok {
		return scenario.Outcome{}, fmt.Errorf("nobody is %s", act.By.Person)
	}
	if code := o.comesTo(h, id, act.Kind); code != "" {
		return scenario.Outcome{Refusal: &casefile.Refusal{Code: code, Act: act.Kind}}, nil
	}
	values := valuesOf(act.With)
	for rule, reason := range act.Reasons {
		values["reason."+rule] = []string{reason}
	}
	h.skip()
	if bound := h.hidden("with.draft"); bound != "" {
		if !slices.Equal(values["with.draft"], []string{bound}) { // the form is about the draft as it is, and about no other
			return scenario.Outcome{Refusal: &casefile.Refusal{Code: casefile.RefusedStaleDigest, Act: act.Kind}}, nil
		}
		delete(values, "with.draft")
	}
	o.forms++
	h.fill(values, o.files, `button[value="act"]`)
	if line := `#typed input[name^="with."]:not([type])`; h.has(line) { // Enter in a field does the act
		o.lines++
		h.back(line)
	}
	h.enter()
	if !strings.Contains(h.address(), "#entry-") {
		if !h.looks("#result", false).Is || !h.has(`#result[data-code="blocked"]`) {
			return scenario.Outcome{}, fmt.Errorf("%s: neither done nor blocked, or the focus is elsewhere:\n%s", act.Kind, h.shown())
		}
		h.follow(`#result a[href*="#entry-"]`)
	}
	if !h.landed() {
		o.t.Errorf("%s: the entry is not what is shown at %s", act.Kind, h.address())
	}
	_, number, _ := strings.Cut(h.address(), "#entry-")
	sequence, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return scenario.Outcome{}, fmt.Errorf("%s leads to %s", act.Kind, h.address())
	}
	return o.outcome(ctx, id, sequence)
}

// comesTo comes to the form of an act: by the work list where the act's step is in it,
// and by the list of cases otherwise. What it gives is why there is no way.
func (o *offices) comesTo(h *hands, id casefile.ID, kind string) casefile.RefusalCode {
	theCase := "/cases/" + string(id)
	form := fmt.Sprintf(`main a[href="%s/acts/%s"]`, theCase, kind)
	step, _, _ := strings.Cut(kind, ".")
	h.home()
	if task := fmt.Sprintf(`main .task h3 a[href="/work/%s/%s"]`, id, step); h.has(task) {
		h.skip()
		h.follow(task)
		for _, desk := range []string{"", theCase + "/room", theCase + "/desk/" + step} {
			if !h.has(form) && desk != "" && h.has(fmt.Sprintf(`main a[href^=%q]`, desk)) {
				h.skip()
				h.follow(fmt.Sprintf(`main a[href^=%q]`, desk))
			}
		}
		if h.has(form) {
			h.skip()
			h.follow(form)
			return ""
		}
	}
	h.follow(`nav a[href="/cases"]`)
	h.skip()
	h.follow(fmt.Sprintf(`.case-row a[href=%q]`, theCase))
	h.skip()
	h.to(`.sections a[href="#possible"]`)
	h.jump()
	if !h.has(form) {
		if h.has(fmt.Sprintf("#possible h3[title=%q]", kind)) {
			return casefile.RefusedWrongRole
		}
		return casefile.RefusedNotPossible
	}
	if inside := "#possible > details:not([open])"; h.has(inside + " " + strings.TrimPrefix(form, "main ")) {
		h.to(inside + " > summary")
		h.key(kb.Enter)
	}
	h.follow(form)
	return ""
}

func (o *offices) outcome(ctx context.Context, id casefile.ID, sequence int64) (scenario.Outcome, error) {
	entries, err := o.s.cases.Entries(ctx, id)
	if err != nil {
		return scenario.Outcome{}, err
	}
	c, err := o.s.cases.Case(ctx, id)
	return scenario.Outcome{Entry: entries[sequence-1].Entry, Case: c}, err
}

// valuesOf gives a payload as the controls of a form have it.
func valuesOf(with casefile.Values) map[string][]string {
	out := map[string][]string{}
	for name, v := range with {
		list, ok := v.([]any)
		if !ok {
			out["with."+name] = []string{fmt.Sprint(v)}
			continue
		}
		for _, item := range list {
			out["with."+name] = append(out["with."+name], fmt.Sprint(item))
		}
		if len(list) == 0 {
			out["with."+name] = []string{"-"}
		}
	}
	return out
}
