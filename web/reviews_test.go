package web_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
)

func (k *cabinet) AddReview(_ context.Context, r audit.Review) error {
	k.reviews = append(k.reviews, r)
	return nil
}

func (k *cabinet) AddReviewVersion(_ context.Context, id string, v audit.Version) error {
	for i := range k.reviews {
		if k.reviews[i].ID == id {
			k.reviews[i].Kept = v
		}
	}
	return nil
}

func (k *cabinet) Review(_ context.Context, id string) (audit.Review, error) {
	for _, r := range k.reviews {
		if r.ID == id {
			return r, nil
		}
	}
	return audit.Review{}, fmt.Errorf("review: %w", casefile.ErrNotFound)
}

func (k *cabinet) Reviews(_ context.Context, f audit.ReviewFilter) ([]audit.Review, error) {
	k.askedReviews = append(k.askedReviews, f)
	var out []audit.Review
	for _, r := range slices.Backward(k.reviews) {
		if slices.Contains(f.Organs, r.Organ) && (f.Case == "" || f.Case == r.Case) && (f.Finished == nil || *f.Finished == r.Kept.Finished) {
			out = append(out, r)
		}
	}
	return out, nil
}

// answers are those of a form in which every item is met with full marks.
func answers(t *testing.T, after string) url.Values {
	t.Helper()
	list, ok, err := audit.ChecklistFor("cn.major-decision@2019")
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	form := url.Values{"after": {after}, "head": {"4"}}
	for _, i := range list.Items {
		form.Set("result."+i.ID, "met")
		form.Set("reason."+i.ID, "seen <b>on</b> paper")
		if i.Kind == audit.Points {
			form.Set("marks."+i.ID, fmt.Sprint(i.Points))
		}
	}
	return form
}

func TestAReviewIsKeptFinishedAndLookedBackAt(t *testing.T) {
	b := newBrowser(t, false)
	of := "/cases/real/reviews"
	b.token = "inspector"
	b.wants("/cases/real", 200, of, "File reviews")
	b.wants(of, 200, "Begin a review", "There is no review of this case.", "no national standard")
	b.posted(of, url.Values{}, 303, of+"/")
	b.posted(of, url.Values{}, 303, of+"/") // the button pressed twice
	if len(b.cabinet.reviews) != 1 {
		t.Fatalf("%d reviews", len(b.cabinet.reviews))
	}
	at := of + "/" + b.cabinet.reviews[0].ID
	b.wants(at, 200, "Not finished", `name="result.legality-review"`, `name="marks.archive" min="0" max="10"`, `name="head" value="4"`, "国务院令第713号 第二十五条", "Cannot tell", "Excellent ≥ 90")

	sent := answers(t, "0")
	sent.Set("do", "finish")
	sent.Set("marks.archive", "11")
	b.posted(at, sent, 422, "between 0 and 10", `href="#item-archive"`, `aria-describedby="wrong-archive"`, `value="11"`, "seen &lt;b&gt;on&lt;/b&gt; paper", `role="alert"`)
	sent.Set("marks.archive", "many")
	b.posted(at, sent, 422, "between 0 and 10")
	sent.Set("marks.archive", "4")
	sent.Set("reason.archive", "")
	b.posted(at, sent, 422, `aria-describedby="wrong-archive"`)
	sent.Set("reason.archive", "=late")
	sent.Set("head", "3")
	b.posted(at, sent, 412, "new entries", "=late")
	sent.Set("head", "4")
	kept := answers(t, "0")
	kept.Set("do", "keep")
	b.posted(at, kept, 303, at)
	b.posted(at, sent, 412, "kept elsewhere")

	b.token = "drafter"
	b.wants(at, 404)
	for _, page := range []string{of, "/reviews", "/reviews.csv"} {
		if body := b.wants(page, 200); strings.Contains(body, at) || strings.Contains(body, "seen") {
			t.Errorf("%s tells staff of a review that is not finished", page)
		}
	}
	b.posted(at, sent, 403)
	b.posted(of, url.Values{}, 403)

	b.token = "inspector"
	sent.Set("after", "1")
	b.posted(at, sent, 303, at)
	page := b.wants(at, 200, "Finished", "94.0 points", "Excellent", "seen &lt;b&gt;on&lt;/b&gt; paper", "4 / 10", "/cases/real#entry-4", b.cabinet.reviews[0].Kept.Hash)
	if strings.Contains(page, "<textarea") || len(b.cabinet.reviews[0].Kept.Hash) != 64 {
		t.Error("a finished review is a form, or has no hash")
	}
	sent.Set("after", "2")
	b.posted(at, sent, 409)
	b.posted(of, url.Values{"follows": {b.cabinet.reviews[0].ID}}, 303, of+"/")
	again := of + "/" + b.cabinet.reviews[1].ID
	second := answers(t, "0")
	second.Set("do", "finish")
	second.Set("result.party-report", "not-met")
	b.posted(again, second, 303, again)
	b.wants(again, 200, "100.0 points", "Unqualified", "What changed since that review", "Met 4/10", "Met 10/10", at)

	b.token = "drafter"
	b.wants(at, 200, "94.0 points")
	b.wants("/reviews", 200, at, again, "2 finished, 97.0 points on average", "Finished reviews of this organ")
	rec := b.get("/reviews.csv")
	for _, want := range []string{"94.0", "Unqualified", "Records and papers were archived promptly and completely 4/10"} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, rec.Body)
		}
	}
	b.token = "inspector"
	b.lang = "zh"
	b.wants(again, 200, "不合格", "否决项", "与上次评查相比", "第二十五条")
	b.wants("/reviews", 200, "平均 97.0 分", "问题分布")
}

func TestReviewsAreOfOwnCasesAndKnownProcedures(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "inspector"
	b.wants("/reviews?grade=excellent&state=open&practice=false&organ="+url.QueryEscape(string(otherOrgan)), 200, "No review matches.")
	last := b.cabinet.askedReviews[len(b.cabinet.askedReviews)-1]
	if last.Grade != "excellent" || last.Finished == nil || *last.Finished || last.Practice == nil || *last.Practice || last.Organs[0] != otherOrgan {
		t.Errorf("asked for %+v", last)
	}
	b.wants("/reviews?organ=elsewhere", 404)
	b.wants("/cases/real/reviews/none", 404)
	c := b.fake.cases["real"]
	c.Pinned.Procedure = "cn.normative-document@2018"
	b.fake.cases["real"] = c
	if page := b.wants("/cases/real/reviews", 200, "There is no checklist for files of this procedure"); strings.Contains(page, "<button>Begin") {
		t.Error("a review without checklist is offered")
	}
	b.posted("/cases/real/reviews", url.Values{}, 409, "there is no checklist", `role="alert"`)
}
