package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/web"
)

// sent is what the case "real" has filed.
type sent struct{ organ casefile.OrganID }

func (s sent) Filed(_ context.Context, id casefile.ID) (access.Filed, error) {
	if id != "real" {
		return access.Filed{}, fmt.Errorf("filing: %w", casefile.ErrNotFound)
	}
	return access.Filed{Case: id, Organ: s.organ, Filing: casefile.Filing{Document: numbered, Title: "Parking <b>rules</b>", Body: "Justice bureau", On: date("2024-04-02"), Pack: []string{"report", "official-text"},
		Papers: []casefile.Paper{{Digest: draft1, Title: "Text of the rules"}}}}, nil
}

func (s sent) FiledBy(ctx context.Context, organs []casefile.OrganID, _ string, _ int) (list []access.Filed, next string, err error) {
	if len(organs) != 1 || organs[0] != s.organ {
		return nil, "", nil
	}
	f, err := s.Filed(ctx, "real")
	return []access.Filed{f}, "next", err
}

// reviewer lets whoever holds the role drafter open a review.
type reviewer struct{ *fake }

func (r reviewer) Procedures() []*procedure.Definition {
	review := *r.def
	review.ID, review.Version, review.Open = "cn.filing-review", "2024", procedure.Opening{Roles: []casefile.Role{"drafter"}}
	return []*procedure.Definition{&review}
}

// hierarchy knows organs alone: one is below another.
type hierarchy struct {
	auth.Records

	above casefile.OrganID
}

func (h hierarchy) AllRecords(_ context.Context, kind string) ([]auth.Record, error) {
	var out []auth.Record
	for _, o := range []auth.Organ{{ID: organ}, {ID: otherOrgan}, {ID: "below", Superior: h.above}} {
		body, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		out = append(out, auth.Record{Kind: kind, ID: string(o.ID), Body: body})
	}
	return out, nil
}

// newFilings is a browser in an organ; above says which organ is right above the one
// that has filed something.
func newFilings(t *testing.T, above casefile.OrganID) *browser {
	t.Helper()
	b := newBrowser(t, false)
	var err error
	b.web, err = web.New(web.Options{
		Guard: access.New(access.Options{Cases: reviewer{b.fake}, Documents: shelf{b.fake}, Directory: auth.NewDirectory(hierarchy{above: above}, nil), Filings: sent{"below"}}), Entrance: b.door, Authenticator: tokens{}, Form: formOf,
		Gate: intake.NewGate(intake.Limits{PerMinute: 1, Burst: 1000}), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.token = "drafter"
	return b
}

func TestWhatWasFiledIsReviewedFromItsPage(t *testing.T) {
	b := newFilings(t, organ)
	b.wants("/filings", 200, "Parking &lt;b&gt;rules&lt;/b&gt;", "below", numbered, "2024-04-02", "/filings/real", "after=next")
	page := b.wants("/filings/real", 200, "Justice bureau", "Text of the rules", "/filings/real/papers/"+string(draft1), "follows=real", url.QueryEscape("cn.filing-review@2024"))
	if strings.Contains(page, "/cases/real") {
		t.Error("the page leads to the case of the maker")
	}
	b.wants("/filings/real/papers/"+string(draft1), 200)
	b.wants("/filings/real/papers/"+string(draft2)+"0", 404)
	b.wants("/filings/none", 404)
}

func TestWhatWasFiledElsewhereIsNotThere(t *testing.T) {
	b := newFilings(t, otherOrgan)
	if page := b.wants("/filings", 200, "Nothing has been filed"); strings.Contains(page, numbered) {
		t.Error("what was filed with another organ is listed")
	}
	b.wants("/filings/real", 404)
	b.wants("/filings/real/papers/"+string(draft1), 404)
}

// packages keep one package that has come in, and none that is uploaded.
type packages struct{ access.Packages }

const cameIn = casefile.Digest("4444444444444444444444444444444444444444444444444444444444444444")

func (packages) FilingPackages(context.Context, casefile.OrganID, string, int) ([]casefile.FilingPackage, string, error) {
	p, err := packages{}.FilingPackage(context.Background(), organ, cameIn)
	return []casefile.FilingPackage{p}, "", err
}

func (packages) FilingPackage(_ context.Context, of casefile.OrganID, digest casefile.Digest) (casefile.FilingPackage, error) {
	if of != organ || digest != cameIn {
		return casefile.FilingPackage{}, fmt.Errorf("package: %w", casefile.ErrNotFound)
	}
	said := `{"case":"far","document":"No. 9","entry":3,"filed":{"body":"Justice bureau","pack":["report"],"title":"Rules <of> elsewhere"},"form":1,"kind":"filing","on":"2024-04-03","organ":"Far Bureau","papers":[],"practice":true}`
	return casefile.FilingPackage{Organ: of, Digest: digest, Kind: "filing", Practice: true, Peer: "Far Bureau", Key: "log+1+key", About: "far", Document: "No. 9", Statement: []byte(said), ByName: "Li Hua"}, nil
}

func (packages) PackagesAbout(context.Context, casefile.OrganID, string, casefile.OrganID, casefile.ID) ([]casefile.FilingPackage, error) {
	return nil, nil
}

// What came from another installation is shown with where it is from, and a package that
// does not verify is refused on the page that it was sent from.
func TestPackagesOfOtherInstallationsAreShownAndRefused(t *testing.T) {
	b := newFilings(t, organ)
	var err error
	b.web, err = web.New(web.Options{
		Guard:    access.New(access.Options{Cases: reviewer{b.fake}, Documents: shelf{b.fake}, Directory: auth.NewDirectory(hierarchy{above: organ}, nil), Filings: sent{"below"}, Packages: packages{}}),
		Entrance: b.door, Authenticator: tokens{}, Form: formOf, Gate: intake.NewGate(intake.Limits{PerMinute: 1, Burst: 1000}), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.wants("/filings", 200, "Rules &lt;of&gt; elsewhere", "Far Bureau", "no review yet", "/filings/"+string(cameIn), `enctype="multipart/form-data"`)
	b.wants("/filings/"+string(cameIn), 200, "No. 9", "Justice bureau", "log&#43;1&#43;key", "Li Hua", `action="/filings/`+string(cameIn)+`/review"`, "contains_state_secret")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("package", "filing.zip")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("no package"))
	_ = w.Close()
	req := httptest.NewRequest(http.MethodPost, "/filings?form="+url.QueryEscape("form of drafter"), &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Origin", "http://example.com")
	if rec := b.send(req); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "not taken in") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func (hierarchy) DirectoryRecord(_ context.Context, _, id string) (auth.Record, error) {
	return auth.Record{}, fmt.Errorf("record %s: %w", id, casefile.ErrNotFound)
}
