package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/procedure"
)

// yearlistBrowser knows a catalogue of which items are being called for.
func yearlistBrowser(t *testing.T) *browser {
	t.Helper()
	b := newBrowser(t, false)
	b.token = "drafter"
	sources, err := procedure.Embedded()
	at := slices.IndexFunc(sources, func(s procedure.Source) bool { return s.Name == "cn.decision-catalogue.2019.yaml" })
	if err != nil || at < 0 {
		t.Fatal(at, err)
	}
	b.fake.more = []*procedure.Definition{b.fake.def}
	b.fake.def.Open.Roles = []casefile.Role{"drafter"}
	if b.fake.def, err = procedure.Load(sources[at].Name, sources[at].Content); err != nil {
		t.Fatal(err)
	}
	c := b.fake.cases["real"]
	c.Steps = []casefile.StepRun{{Step: "call", Round: 1, State: casefile.StepActive, EnteredOn: date("2024-03-01"), Done: []string{"announce"}, Entry: 1}}
	c.Facts = map[string]casefile.Fact{"catalogue.year": {Value: float64(2024)}, "published_on": {Value: "2024-03-26"}}
	for i, lines := range [][]any{
		{"name=Road <repair>", "category=public-project", "unit=Roads office", "planned_on=2024-03-31", "timing=Q1", "screened=enter", "state=under-way", "mark=kept"},
		{"name=Market", "step=hearing", "screened=enter", "case=drill", "adjust=redate", "to.planned_on=2024-12-31"},
		{"name=Bridge", "screened=leave-out", "reason=too small"},
		{"name=Taken back", "screened=withdrawn"},
		{"name=Waste sorting drill", "screened=enter", "result=carried-over", "planned_on=2024-01-31"},
	} {
		fact := casefile.CatalogueItem{No: i + 1}.Fact()
		c.Facts[fact] = casefile.Fact{Name: fact, Value: lines}
	}
	b.fake.cases["real"] = c
	drill := b.fake.cases["drill"]
	drill.Matter.Follows = "real"
	b.fake.cases["drill"] = drill
	return b
}

func TestThePageOfACatalogueShowsItsItems(t *testing.T) {
	b := yearlistBrowser(t)
	b.wants("/cases/real", 200, `href="/cases/real/catalogue"`, "Items of the catalogue")
	page := b.wants("/cases/real/catalogue", 200, `scope="row"`, "Road &lt;repair&gt;", "Roads office", "2024-03-31", "late", "1 items are past", "under way", "kept",
		"left out", "too small", "to be published: ", "carried over", `href="/cases/drill"`,
		"/cases/new?category=public-project&amp;follows=real&amp;procedure=cn.major-decision%402019&amp;title=Road&#43;%3Crepair%3E", `enctype="multipart/form-data"`)
	if strings.Contains(page, "Taken back") || strings.Contains(page, "title=Market") || strings.Contains(page, "title=Bridge") {
		t.Error("shows what was taken back, or opens a case of what has one or is not listed")
	}
	b.lang = "zh"
	b.wants("/cases/real/catalogue", 200, "目录事项", "逾期", "立案办理", "保留")
	b.token = "reviewer"
	if page := b.wants("/cases/real/catalogue", 200); strings.Contains(page, "multipart") || strings.Contains(page, "/cases/new") {
		t.Error("somebody who may file nothing is offered to")
	}
	b.token = "stranger"
	b.wants("/cases/real/catalogue", 404)
	b.token = "drafter"
	b.fake.def = b.fake.more[0]
	b.wants("/cases/real/catalogue", 404) // it is no catalogue
}

// sendFile sends a file of items.
func (b *browser) sendFile(name, content string) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			b.t.Fatal(err)
		}
		_, _ = part.Write([]byte(content))
	}
	_ = w.Close()
	req := httptest.NewRequest(http.MethodPost, "/cases/real/catalogue?form="+url.QueryEscape("form of drafter"), &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Origin", "http://example.com")
	return b.send(req)
}

func TestAFileOfItemsIsFiledByWhoeverSendsIt(t *testing.T) {
	b := yearlistBrowser(t)
	rec := b.sendFile("list.csv", "name,unit,planned\nPark,Parks office,2024-Q3\nMarket,,\nTaken back,,\n")
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/cases/real/catalogue?filed=2&skipped=1" {
		t.Fatalf("%d %s %s", rec.Code, rec.Header().Get("Location"), rec.Body)
	}
	b.wants("/cases/real/catalogue?filed=2&skipped=1", 200, "2 items were filed.", "1 more of the same name")
	done := b.fake.done
	if len(done) != 2 || done[0].Kind != "call.file_item" || done[0].With["name"] != "Park" || done[0].With["planned_on"] != "2024-09-30" || done[0].By.Person != "p1" || done[0].ID == done[1].ID {
		t.Errorf("filed: %+v", done)
	}
	for name, tt := range map[string]struct {
		file, content string
		status        int
		want          string
	}{
		"no file":      {"", "", 422, "choose a file"},
		"another kind": {"list.doc", "x", 422, "name a file that ends in"},
		"a wrong row":  {"list.csv", "name,category\nPark,grand\n,\n", 422, "<b>row 2 category</b>"},
		"too large":    {"list.csv", strings.Repeat("x", 3<<20), 422, ""},
	} {
		b.fake.done = nil
		rec := b.sendFile(tt.file, tt.content)
		tooLarge := name == "too large" && rec.Code >= 400 && rec.Code < 500 // whoever reads first says so
		if rec.Code != tt.status && !tooLarge || !strings.Contains(rec.Body.String(), tt.want) || len(b.fake.done) > 0 {
			t.Errorf("%s: %d %d acts\n%s", name, rec.Code, len(b.fake.done), rec.Body)
		}
	}
	b.fake.actErr = &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: casefile.Text{ZH: "截止", EN: "the call is closed"}}
	if rec := b.sendFile("list.csv", "name\nPark\n"); rec.Code != http.StatusConflict || !strings.Contains(rec.Body.String(), "the call is closed") {
		t.Errorf("refused: %d %s", rec.Code, rec.Body)
	}
	b.fake.actErr = nil
	c := b.fake.cases["real"]
	c.Steps[0].Done = append(c.Steps[0].Done, "close")
	if rec := b.sendFile("list.csv", "name\nPark\n"); rec.Code != http.StatusForbidden {
		t.Errorf("after the call: %d", rec.Code)
	}
}

// A row that is refused keeps the whole file from being filed; what breaks off half-way is
// completed by the same file.
func TestAFileOfItemsIsFiledWholeOrCompletedLater(t *testing.T) {
	b := yearlistBrowser(t)
	const file = "name\nPark\nSquare\nLibrary\n"
	b.fake.refuses = map[string]error{"Square": &casefile.Refusal{Code: casefile.RefusedBadValue, Message: casefile.Text{ZH: "重名", EN: "a name of last year"}}}
	rec := b.sendFile("list.csv", file)
	if page := rec.Body.String(); rec.Code != http.StatusConflict || len(b.fake.done) > 0 || !strings.Contains(page, "<b>row 3</b> a name of last year") || !strings.Contains(page, "no item was filed") {
		t.Errorf("a row is refused: %d, %d acts\n%s", rec.Code, len(b.fake.done), page)
	}
	b.fake.refuses, b.fake.fails = nil, map[string]error{"Square": &casefile.Refusal{Code: casefile.RefusedChanged, Message: casefile.Text{ZH: "变动", EN: "the case has moved"}}}
	if rec := b.sendFile("list.csv", file); rec.Code != http.StatusConflict || len(b.fake.done) != 2 || !strings.Contains(rec.Body.String(), "1 items were filed") {
		t.Errorf("it breaks off: %d, %d acts\n%s", rec.Code, len(b.fake.done), rec.Body)
	}
	c := b.fake.cases["real"]
	fact := casefile.CatalogueItem{No: 6}.Fact() // as the engine keeps what was filed
	c.Facts[fact] = casefile.Fact{Name: fact, Value: []any{"name=Park"}}
	b.fake.fails, b.fake.done = nil, nil
	if rec := b.sendFile("list.csv", file); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/cases/real/catalogue?filed=2&skipped=1" {
		t.Errorf("again: %d %s", rec.Code, rec.Header().Get("Location"))
	}
	if done := b.fake.done; len(done) != 2 || done[0].With["name"] != "Square" || done[1].With["name"] != "Library" {
		t.Errorf("filed again: %+v", done)
	}
}

func TestThePublicSeesWhatWasPublishedOfACatalogue(t *testing.T) {
	b, f := newPublic(t, intake.Limits{})
	discuss(f)
	c := b.fake.cases["real"]
	c.Facts = map[string]casefile.Fact{"catalogue.year": {Value: float64(2024)}, "catalogue.adjusted_on": {Value: "2024-10-11"}}
	for i, lines := range [][]any{
		{"name=Waste sorting", "unit=Roads office", "planned_on=2024-03-31", "screened=enter", "state=under-way", "mark=kept", "reason=rain"},
		{"name=Market", "screened=enter", "mark=dropped"},
		{"name=Bridge", "screened=leave-out", "reason=too small"},
		{"name=Secret park", "adjust=add", "to.name=Secret park"},
		{"name=Lane", "screened=enter", "mark=added"},
	} {
		fact := casefile.CatalogueItem{No: i + 1}.Fact()
		c.Facts[fact] = casefile.Fact{Name: fact, Value: lines}
	}
	b.fake.cases["real"] = c
	f.catalogues = []consult.Decision{{Case: "real", Organ: organ, Title: "Catalogue of 2024", Number: "2024", On: date("2024-03-26")}}
	page := b.wants("/public/catalogue?year=2024", 200, "Catalogue of 2024", `href="/public/decisions/real"`, "2024-03-26", "2024-10-11", "Roads office", "kept", "dropped", "added",
		"/public/consultations/"+callID)
	for _, hidden := range []string{"Bridge", "Secret park", "under way", "rain"} {
		if strings.Contains(page, hidden) {
			t.Errorf("the public reads %q", hidden)
		}
	}
	b.lang = "zh"
	b.wants("/public/catalogue?year=2024", 200, "保留", "新增", "撤销", "调整公布于")
}
