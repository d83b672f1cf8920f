package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

// An administrator sees which numbers were given and sets how the next ones are
// printed; auditors look on.
func TestNumbersOfDocumentsAreListed(t *testing.T) {
	b := newBureau(t)
	take := func(act string, practice bool) casefile.Number {
		t.Helper()
		n, err := b.store.TakeNumber(t.Context(), casefile.Numbering{Series: casefile.Series{Organ: "district", Kind: "normative-document", Year: 2024, Practice: practice}, Case: "real", Act: act})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	b.wants("/admin/numbers", 200, "This series has no number yet.", "Nothing is set")
	first := take("a", false)
	b.sends("/admin/numbers", url.Values{"kind": {"normative-document"}, "prefix": {"  "}}, http.StatusUnprocessableEntity, "printed characters")
	b.sends("/admin/numbers", url.Values{"kind": {"normative-document"}, "prefix": {"a〔b〕"}}, http.StatusUnprocessableEntity, "a〔b〕", `aria-invalid="true"`)
	b.sends("/admin/numbers", url.Values{"kind": {"another"}, "prefix": {"x"}}, http.StatusNotFound)
	b.sends("/admin/numbers", url.Values{"kind": {"normative-document"}, "prefix": {"Doc <b>"}}, http.StatusUnprocessableEntity)
	b.sends("/admin/numbers", url.Values{"kind": {"normative-document"}, "prefix": {" Doc "}}, http.StatusSeeOther)
	second := take("b", false)
	b.fake.cases["real"].Facts["doc_number"] = casefile.Fact{Name: "doc_number", Value: second.Text}
	page := b.wants("/admin/numbers?year=2024", 200, first.Text, "Doc〔2024〕2号", `value="Doc"`)
	if strings.Count(page, ">void<") != 1 || strings.Count(page, ">valid<") != 1 {
		t.Errorf("the number that the case no longer has is void, the other is not:\n%s", page)
	}
	take("c", true)
	if page := b.wants("/admin/numbers?year=2024&practice=true", 200, "演练Doc〔2024〕1号"); strings.Contains(page, "Doc〔2024〕2号") {
		t.Error("practice and real numbers stand in one list")
	}
	for i := range 100 {
		take(fmt.Sprint("more-", i), false)
	}
	page = b.wants("/admin/numbers", 200, "Doc〔2024〕100号", "behind=100")
	if strings.Contains(page, "Doc〔2024〕101号") {
		t.Error("the page has no bound")
	}
	b.wants("/admin/numbers?behind=100", 200, "Doc〔2024〕102号")
	b.token = "sun"
	if strings.Contains(page, "/cases/real") {
		t.Error("an administrator, who sees no cases, is led to one")
	}
	if page := b.wants("/admin/numbers", 200, "Doc〔2024〕2号", "/cases/real"); strings.Contains(page, `name="prefix"`) {
		t.Error("an auditor is offered to set how numbers are printed")
	}
	b.sends("/admin/numbers", url.Values{"kind": {"normative-document"}, "prefix": {"Mine"}}, http.StatusForbidden)
	b.wants("/admin/numbers?organ=beside", 404)
	b.token = "drafter"
	b.wants("/admin/numbers", 403)
}
