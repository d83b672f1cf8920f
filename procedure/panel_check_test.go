package procedure_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

func TestAPanelIsRefusedWithFileAndLine(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"a mode that does not exist", "mode: all", "mode: most", `"most": want all, any`},
		{"no mode", "      mode: all\n", "", `"": want all, any`},
		{"k of a mode that counts all", "mode: all", "mode: all\n      k: 2", "belongs to mode k_of_n only"},
		{"k of nobody", "mode: all", "mode: k_of_n", "0 of at most 5 members can never agree"},
		{"k of more than there can be", "mode: all", "mode: k_of_n\n      k: 6", "6 of at most 5 members can never agree"},
		{"k that is no number", "mode: all", "mode: k_of_n\n      k: two", "want a whole number"},
		{"a minimum above the members", "least: {members: 2,", "least: {members: 6,", "asks for 6 members, and the panel has at most 5"},
		{"a minimum of nobody", "least: {members: 2, roles: [justice],", "least: {", "asks for nobody"},
		{"a minimum without an article", "roles: [justice], basis: 本地办法 第五条}", "roles: [justice]}", "least.basis: is missing"},
		{"a role that cannot be invited", "roles: [justice], basis", "roles: [chief], basis", `role "chief" has to be represented and cannot be invited`},
		{"a role that does not exist", "members: [finance, justice]", "members: [finance, justice, treasurer]", `role "treasurer" does not exist`},
		{"nobody who may invite", "      by: [drafter]\n", "", "by: names no role"},
		{"no act that waits", "      before: [opine, omit]\n      agreed: [pass, omitted]\n", "", "the panel would decide nothing"},
		{"an act that concludes nothing", "before: [opine, omit]", "before: [opine, omit, explain]", `no act "explain" that concludes it`},
		{"an outcome that nobody waits for", "agreed: [pass, omitted]", "agreed: [rework]", `ends the step as "rework"`},
		{"too many members", "most: 5", "most: 51", "51: want 1 to 50"},
		{"no article", "      most: 5\n      basis: 本地办法 第四条\n", "      most: 5\n", "panel.basis: is missing"},
		{"an unknown key", "most: 5", "many: 5", `unknown key "many"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := os.ReadFile("testdata/panel/definition.yaml")
			if err != nil {
				t.Fatal(err)
			}
			_, err = procedure.Load("x.yaml", []byte(replaced(t, string(b), tt.old, tt.new)))
			if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "x.yaml:") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestAnOverlayDoesNotWeakenAPanel(t *testing.T) {
	local := []string{"id: xx.countersigned\n", "id: xx.local\nover: xx.countersigned@1\n"}
	panelOf := `    panel:
      mode: all
      before: [opine, omit]
      agreed: [pass, omitted]
      members: [finance, justice]
      by: [drafter]
      least: {members: 2, roles: [justice], basis: 本地办法 第五条}
      most: 5
      basis: 本地办法 第四条
`
	unused := []string{"  finance: {zh: 财政部门, en: finance}\n", "", "{verb: suspend, roles: [office]", "{verb: suspend, roles: [office, justice]"}
	for _, tt := range []struct {
		name       string
		base, over []string
		want       string // empty: tightens
	}{
		{"the same", nil, nil, ""},
		{"one after the other", nil, []string{"mode: all", "mode: sequential"}, ""},
		{"more members", nil, []string{"members: 2,", "members: 3,"}, ""},
		{"fewer roles that vote", nil, []string{"  finance: {zh: 财政部门, en: finance}\n", "", "members: [finance, justice]", "members: [justice]"}, ""},
		{"a panel more", append([]string{panelOf, ""}, unused...), unusedOnly(unused), ""},
		{"dropped", nil, append([]string{panelOf, ""}, unused...), "drops the panel"},
		{"a laxer mode", nil, []string{"mode: all", "mode: any"}, "in mode any instead of all"},
		{"fewer who agree", []string{"mode: all", "mode: k_of_n\n      k: 2"}, []string{"mode: all", "mode: k_of_n\n      k: 1"}, "lets fewer members agree"},
		{"a smaller panel", nil, []string{"members: 2,", "members: 1,"}, "or fewer come together"},
		{"a role not represented", nil, []string{"members: 2, roles: [justice],", "members: 2,"}, "drops the legal minimum"},
		{"an act before the panel", nil, []string{"before: [opine, omit]\n      agreed: [pass, omitted]", "before: [opine]\n      agreed: [pass]"}, "before the panel has decided"},
		{"against the panel", nil, []string{"agreed: [pass, omitted]", "agreed: [pass]"}, "as agreed against the panel"},
		{"somebody else who votes", nil, []string{"members: [finance, justice]", "members: [finance, justice, office]"}, `lets role "office" do`},
		{"somebody else who invites", nil, []string{"by: [drafter]", "by: [drafter, office]"}, `lets role "office" do`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := procedure.Tightens(countersigned(t, tt.base...), countersigned(t, append(local, tt.over...)...))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// unusedOnly leaves the roles of the definition as they are but for who suspends.
func unusedOnly(pairs []string) []string { return pairs[2:] }

func TestAPanelSurvivesTheCanonicalForm(t *testing.T) {
	d := countersigned(t, "mode: all", "mode: k_of_n\n      k: 2")
	kept, err := procedure.ParseCanonical(d.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	s, _ := kept.Step("countersign")
	if s.Panel == nil || s.Panel.K != 2 || s.Panel.Least.Members != 2 || len(kept.Escalate) != 2 {
		t.Errorf("kept as %+v", s.Panel)
	}
	if strings.Contains(string(decision(t).Canonical()), "panel") || strings.Contains(string(decision(t).Canonical()), "escalate") {
		t.Error("a definition without panels has another canonical form than before")
	}
	if err := procedure.Check(d, shippedPacks(t)); err != nil {
		t.Error(err)
	}
}

// The acts of a panel have forms like all others, with the roles that can be invited.
func TestTheActsOfAPanelHaveForms(t *testing.T) {
	d := countersigned(t)
	for kind, roles := range map[string][]casefile.Role{
		"countersign.invite": {"drafter"}, "countersign.excuse": {"drafter"}, "countersign.vote": {"finance", "justice"},
	} {
		f, err := d.Form(kind)
		if err != nil || !slices.Equal(f.Roles, roles) {
			t.Errorf("%s: roles %v (%v), want %v", kind, f.Roles, err, roles)
		}
	}
	f, err := d.Form("countersign.invite")
	if err != nil {
		t.Fatal(err)
	}
	role, _ := fieldOf(f.Spec, "role")
	if !slices.Equal(role.Enum, []string{"finance", "justice"}) {
		t.Errorf("members can be invited as %q", role.Enum)
	}
	if _, err := d.Form("drafting.vote"); err == nil {
		t.Error("a step without a panel has votes")
	}
}
