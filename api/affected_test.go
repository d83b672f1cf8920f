package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

func TestAffectedCasesAreOfTheCallersOrgan(t *testing.T) {
	c := newClient(t)
	a := c.ask("GET", "/api/v1/affected?after=cur&limit=7", "drafter", "")
	a.want(t, http.StatusOK, "")
	if diff := cmp.Diff([]casework.Filter{{Organ: organ, After: "cur", Limit: 7}}, c.fake.filters, cmpopts.EquateComparable(legaltime.Date{})); diff != "" {
		t.Errorf("filter:\n%s", diff)
	}
	page := decode[struct {
		Affected []struct{ Case struct{ ID, Organ string } }
		Next     string
	}](t, a)
	if len(page.Affected) != 2 || page.Next != "cursor-2" {
		t.Errorf("page: %s", a.Body)
	}
	other := c.ask("GET", "/api/v1/affected", "stranger", "")
	other.want(t, http.StatusOK, "")
	if body := other.Body.String(); strings.Contains(body, string(organ)) || !strings.Contains(body, `"c9"`) {
		t.Errorf("what another organ sees: %s", body)
	}
	c.ask("GET", "/api/v1/affected?organ=x", "drafter", "").want(t, http.StatusUnprocessableEntity, "unknown-field")
}

// What the list says is enough to propose that the case moves.
func TestAnAffectedCaseCarriesThePayloadOfTheProposal(t *testing.T) {
	c := newClient(t)
	page := decode[struct {
		Affected []struct {
			To         casefile.Pinned
			Changes    []struct{ What, Name, From, To string }
			Hindrance  *casefile.Text
			ProposedBy string `json:"proposed_by"`
			Kept       bool
			With       map[string]any
		}
	}](t, c.ask("GET", "/api/v1/affected", "drafter", ""))
	first := page.Affected[0]
	with := casefile.Values{}
	for name, value := range first.With {
		if list, ok := value.([]any); ok {
			var texts []string
			for _, x := range list {
				texts = append(texts, x.(string))
			}
			value = texts
		}
		with[name] = value
	}
	if pinned, ok := procedure.ToBeAdopted(casefile.Act{Kind: "case.propose_adoption", With: with}); !ok || !pinned.Equal(first.To) {
		t.Errorf("the payload %v names %+v, want %+v", first.With, pinned, first.To)
	}
	if len(first.Changes) != 2 || first.Changes[0].From != "" || first.Changes[1].From != string(draft) || first.Changes[1].To != string(revised) {
		t.Errorf("changes: %+v", first.Changes)
	}
	if first.Hindrance == nil || first.Hindrance.EN != "a step is missing" || first.ProposedBy != "p8" || first.Kept || !page.Affected[1].Kept {
		t.Errorf("%+v", page.Affected)
	}
}
