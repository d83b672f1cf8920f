package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// reviewed makes the case "real" one whose draft was reviewed.
func (b *browser) reviewed() {
	for i, s := range b.fake.def.Steps {
		if s.ID == "review" {
			b.fake.def.Steps[i].Acts = []procedure.ActRule{{Verb: "submit"}, {Verb: "accept"}, {Verb: "return"}, {Verb: "conclude"}}
		}
	}
	var all []casework.SealedEntry
	add := func(e casefile.Entry) {
		e.Case, e.Organ, e.Sequence, e.On = "real", organ, int64(len(all)+1), date("2024-04-01")
		all = append(all, casework.SealedEntry{Entry: e})
	}
	add(casefile.Entry{Kind: casefile.EntryOpened, Matter: &casefile.Matter{Title: "Waste sorting"}, Pinned: &casefile.Pinned{}, Act: &casefile.Act{}})
	act := func(verb string, with casefile.Values, docs ...casefile.Document) {
		add(casefile.Entry{Kind: casefile.EntryAct, Step: "review", Round: 1, Verb: verb, Documents: docs,
			Act: &casefile.Act{Kind: "review." + verb, By: casefile.Actor{Name: "Li Hua", Unit: "Office"}, With: with}})
	}
	act("submit", casefile.Values{"draft": string(draft1), "pack": []any{"draft"}}, casefile.Document{Digest: draft1, Kind: casefile.KindDraft, Title: "Draft one", Version: 1})
	act("accept", nil)
	act("conclude", casefile.Values{"draft": string(draft1), "conclusion": "lawful", "covers": []any{"content"}, "text": "<b>fine</b>"})
	b.fake.entries["real"] = all
}

func TestPapersAreMadeOfWhatTheCaseHolds(t *testing.T) {
	b := newBrowser(t, false)
	b.reviewed()
	if rec := b.get("/cases/real/papers"); rec.Code != http.StatusSeeOther {
		t.Errorf("a visitor is answered %d", rec.Code)
	}
	b.token = "drafter"
	b.wants("/cases/real/papers", http.StatusOK, "legality review opinion", "legality-opinion.html", "legality-opinion@1", "” has not been done", "fonts are missing")
	b.wants("/cases/real/papers/review-return.html", http.StatusConflict, "It cannot be made", "review.return has not been done")
	b.wants("/cases/real/papers/legality-opinion.pdf", http.StatusConflict, "texlive-lang-chinese")
	for _, path := range []string{"/nothing.html", "/legality-opinion.exe", "/legality-opinion", "/legality-opinion.html?entry=99", "/legality-opinion.html?entry=x"} {
		if rec := b.get("/cases/real/papers" + path); rec.Code != http.StatusNotFound {
			t.Errorf("%s is answered %d", path, rec.Code)
		}
	}
	rec := b.get("/cases/real/papers/legality-opinion.html")
	if body := rec.Body.String(); rec.Code != http.StatusOK || !strings.Contains(body, "&lt;b&gt;fine") || !strings.Contains(body, "Draft one") {
		t.Errorf("%d %s", rec.Code, body)
	}
	policy := rec.Header().Get("Content-Security-Policy") // what is shown runs nothing and sends nothing
	if !strings.HasPrefix(rec.Header().Get("Content-Disposition"), "inline; filename=") || !strings.Contains(policy, "default-src 'none'; style-src 'sha256-") || !strings.HasSuffix(policy, "; sandbox") {
		t.Errorf("sent with %v", rec.Header())
	}
	if rec := b.get("/cases/real/papers/legality-opinion.docx"); !strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment; filename=") {
		t.Errorf("a file is sent with %v", rec.Header())
	}
}
