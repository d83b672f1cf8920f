package web_test

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/web"
)

// yearbook stands in for the counting of annual figures.
type yearbook struct {
	asked  []annual.Query
	frozen []annual.Frozen
	long   bool
}

func (y *yearbook) report(count int64) annual.Report {
	whole := int64(4)
	return annual.Report{Organ: organ, Year: 2026, Log: annual.Log{Size: 77, Root: strings.Repeat("ab", 32)}, At: time.Date(2027, 1, 4, 8, 0, 0, 0, time.UTC), Figures: []annual.Figure{
		{ID: "opinions-received", Value: "12", Count: 12, Counted: []annual.Ref{{Case: "real", Entry: 5, N: 12}}},
		{ID: "filing-rate", Value: "75.0", Count: count, Whole: &whole, Counted: []annual.Ref{{Case: "real", Entry: 9, N: 1}}, Of: []annual.Ref{{Case: "real", Entry: 8, N: 1}}},
		{ID: "file-score", Value: "", Whole: new(int64)},
		{ID: "blocked-by-article", Value: "2", Count: 2, Parts: []annual.Part{{Part: "第十五条 <款>", N: 2}}, Counted: []annual.Ref{{Case: "real", Entry: 3, N: 2, Part: "第十五条 <款>"}}},
		{ID: "file-reviews", Value: "1", Count: 1, Parts: []annual.Part{{Part: "qualified", N: 1}}, Counted: []annual.Ref{{Case: "real", Review: "r1", N: 1, Part: "qualified"}}},
	}}
}

func (y *yearbook) Current(_ context.Context, q annual.Query) (annual.Report, error) {
	y.asked = append(y.asked, q)
	if y.long || q.Year == 1 {
		code := casefile.RefusedNotPossible
		if q.Year == 1 {
			code = casefile.RefusedBadValue
		}
		return annual.Report{}, &casefile.Refusal{Code: code, Field: "year", Message: both("such a year cannot be counted")}
	}
	return y.report(3), nil
}

func (y *yearbook) Restated(ctx context.Context, q annual.Query, is annual.Report) ([]annual.Restated, error) {
	return y.Against(ctx, q, 1, is)
}

func (y *yearbook) Against(context.Context, annual.Query, int64, annual.Report) ([]annual.Restated, error) {
	if len(y.frozen) == 0 {
		return nil, nil
	}
	return []annual.Restated{{ID: "filing-rate", Was: "50.0", Is: "75.0", Added: []annual.Ref{{Case: "real", Entry: 9, N: 1}}}}, nil
}

func (y *yearbook) Versions(context.Context, annual.Query) ([]annual.Frozen, error) {
	return y.frozen, nil
}

func (y *yearbook) Version(_ context.Context, _ annual.Query, version int64) (annual.Frozen, error) {
	for _, f := range y.frozen {
		if f.Version == version {
			return f, nil
		}
	}
	return annual.Frozen{}, casefile.ErrNotFound
}

func (y *yearbook) Freeze(_ context.Context, q annual.Query, by annual.Person) (annual.Frozen, error) {
	if len(y.frozen) > 0 {
		return annual.Frozen{}, &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: both("the figures are those of the last version")}
	}
	content, err := y.report(2).Canonical()
	f := annual.Frozen{Organ: q.Organ, Year: int(q.Year), Version: 1, Size: 77, ByName: by.Name, At: time.Date(2027, 1, 4, 8, 0, 0, 0, time.UTC), Digest: annual.Digest(content), Content: content}
	y.frozen = append(y.frozen, f)
	return f, err
}

func newYearBrowser(t *testing.T) (*browser, *yearbook) {
	t.Helper()
	b, y := newBrowser(t, false), &yearbook{}
	var err error
	b.web, err = web.New(web.Options{Guard: access.New(access.Options{Cases: b.fake, Documents: shelf{b.fake}, Annual: y}), Entrance: b.door, Authenticator: tokens{}, Form: formOf,
		Now: func() time.Time { return time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	return b, y
}

func TestAnnualFiguresLeadToWhatTheyCount(t *testing.T) {
	b, y := newYearBrowser(t)
	b.token = "drafter"
	page := b.wants("/figures/annual", 200, "Greening Bureau", "<strong>12</strong> opinions", "3 ÷ 4", `href="/cases/real#entry-5"`, "×12", `href="/cases/real#entry-8"`, `href="/cases/real/reviews/r1"`, "Qualified",
		"第十五条 &lt;款&gt;", "none</span>", "Nothing is frozen", `href="/figures/annual.xlsx?year=2026"`, "77 entries in the log", `value="2026"`)
	if strings.Contains(page, `<button class="final">Freeze`) || strings.Contains(page, `id="restated"`) {
		t.Error("staff cannot freeze, and there is nothing to restate")
	}
	if y.asked[0] != (annual.Query{Organ: organ, Year: 2026}) {
		t.Errorf("asked for %+v", y.asked[0])
	}
	b.wants("/figures/annual?year=2025&practice=true", 200, "Practice case", "practice=true&amp;year=2025")
	b.wants("/figures/annual?year=1", 422, "such a year cannot be counted", `role="alert"`, `aria-invalid="true"`)
	b.wants("/figures/annual?organ=Transport+Bureau", 404)
	b.lang = "zh"
	b.wants("/figures/annual", 200, "规范性文件报备率", "上海市人民政府令第17号")
}

func TestFreezingIsForAuditorsAndAdministrators(t *testing.T) {
	b, y := newYearBrowser(t)
	for token, status := range map[string]int{"": 303, "drafter": 200, "inspector": 200, "administrator": 200} {
		b.token = token
		for _, target := range []string{"/figures/annual", "/figures/annual.xlsx", "/figures/annual.json"} {
			if rec := b.get(target); rec.Code != status {
				t.Errorf("GET %s by %q: %d", target, token, rec.Code)
			}
		}
	}
	form := url.Values{"year": {"2026"}, "organ": {string(organ)}, "practice": {"false"}}
	b.token = "drafter"
	if rec := b.post("/figures/annual", form); rec.Code != 403 || len(y.frozen) > 0 {
		t.Errorf("staff froze: %d", rec.Code)
	}
	b.token = "administrator"
	if page := b.wants("/figures/annual", 200, "real entry 5"); strings.Contains(page, `href="/cases/`) || strings.Contains(page, `href="/figures"`) {
		t.Error("whoever looks after the installation is led to what is not for them")
	}
	b.token = "inspector"
	b.wants("/figures/annual", 200, `<button class="final">Freeze`, `name="year" value="2026"`)
	rec := b.post("/figures/annual", form)
	if rec.Code != 303 || rec.Header().Get("Location") != "/figures/annual?organ=Greening+Bureau&version=1&year=2026" || len(y.frozen) != 1 {
		t.Fatalf("%d %q", rec.Code, rec.Header().Get("Location"))
	}
	shows(t, b.post("/figures/annual", form), 409, "the figures are those of the last version", "<strong>12</strong>")
	b.wants("/figures/annual", 200, `id="restated"`, "Not as in version 1", "50.0</td>", `href="#filing-rate"`, "Added:")
	b.wants("/figures/annual?version=1", 200, "Version 1</span>", "frozen by ", string(y.frozen[0].Digest), `aria-current="page"`, "See the figures as they are now")
	b.wants("/figures/annual?version=9", 404)
	y.long = true
	b.wants("/figures/annual", 200, "too long to be counted here", "Version 1</span>")
}

func TestTheFilesOfAnnualFigures(t *testing.T) {
	b, y := newYearBrowser(t)
	b.token = "inspector"
	if _, err := y.Freeze(t.Context(), annual.Query{Organ: organ, Year: 2026}, annual.Person{Name: "Shen"}); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/figures/annual.json?version=1").Body.Bytes(); annual.Digest(got) != y.frozen[0].Digest {
		t.Error("the file is not what the digest stands for")
	}
	book, err := excelize.OpenReader(bytes.NewReader(b.get("/figures/annual.xlsx?version=1").Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[[2]string]string{
		{"数字", "A2"}: "opinions-received", {"数字", "E2"}: "12", {"计数依据", "C2"}: "real", {"计数依据", "D2"}: "5", {"说明", "B7"}: "1", {"说明", "B9"}: string(y.frozen[0].Digest),
	} {
		if got, err := book.GetCellValue(cell[0], cell[1]); err != nil || got != want {
			t.Errorf("%v is %q, want %q (%v)", cell, got, want, err)
		}
	}
}
