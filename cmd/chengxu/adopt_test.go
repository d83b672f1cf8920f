package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// hand does acts on one practice case.
type hand struct {
	tb testing.TB
	s  *casework.Service
	c  casefile.Case
	n  int
}

func openCase(tb testing.TB, s *casework.Service, run, starts string) *hand {
	tb.Helper()
	on, err := legaltime.ParseDate(starts)
	if err != nil {
		tb.Fatal(err)
	}
	reply, err := s.Open(tb.Context(), casework.Opening{
		ID: run, Procedure: "cn.major-decision@2019", Organ: "示例区人民政府", By: person("office", "office"), Practice: true, Starts: on,
		Matter: casefile.Matter{Title: "农贸市场改造实施方案", Category: "public-project"},
		With:   casefile.Values{"body_kind": "district-gov", "decision_body": "区政府", "contains_state_secret": false},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return &hand{tb: tb, s: s, c: reply.Case}
}

func person(id casefile.PersonID, roles ...casefile.Role) casefile.Actor {
	return casefile.Actor{Person: id, Name: string(id), Roles: roles}
}

// do does an act that must not be refused, and gives its entry.
func (h *hand) do(role casefile.Role, kind string, with casefile.Values) casefile.Entry {
	h.tb.Helper()
	h.n++
	act := casefile.Act{ID: fmt.Sprintf("a%d", h.n), Kind: kind, By: person(casefile.PersonID(role), role), With: with}
	reply, err := h.s.Act(h.tb.Context(), h.c.ID, act, 0)
	if err != nil {
		h.tb.Fatalf("%s: %v", kind, err)
	}
	h.c = reply.Case
	return reply.Entry
}

// revised gives a library that is a release later: a figure of the pack and the
// title of the definition are others.
func revised(tb testing.TB, s *shipped) *casework.Library {
	tb.Helper()
	var packs []*rules.Pack
	for _, p := range s.packs {
		if len(p.Over()) > 0 {
			continue
		}
		archive := bytes.Replace(p.Archive(), []byte("{from: 2019-05-15, value: 20, unit: 工作日"), []byte("{from: 2019-05-15, value: 15, unit: 工作日"), 1)
		next, err := rules.ParseArchive(archive)
		if err != nil {
			tb.Fatal(err)
		}
		packs = append(packs, next)
	}
	sources, err := procedure.Embedded()
	if err != nil {
		tb.Fatal(err)
	}
	var definitions []*procedure.Definition
	for _, source := range sources {
		content := bytes.Replace(source.Content, []byte("en: Major administrative decision}"), []byte("en: Revised major administrative decision}"), 1)
		d, err := procedure.Load(source.Name, content)
		if err != nil {
			tb.Fatal(err)
		}
		definitions = append(definitions, d)
	}
	library, err := casework.NewLibrary(definitions, packs, s.calendar)
	if err != nil {
		tb.Fatal(err)
	}
	return library
}

// affected gives what is said of the case.
func affected(tb testing.TB, s *casework.Service, id casefile.ID) (casework.Affected, bool) {
	tb.Helper()
	list, _, err := s.Affected(tb.Context(), casework.Filter{Organ: "示例区人民政府", Limit: 200})
	if err != nil {
		tb.Fatal(err)
	}
	for _, a := range list {
		if a.Case.ID == id {
			return a, true
		}
	}
	return casework.Affected{}, false
}

var decided = casefile.Values{"outcome": "launch", "decided_by": "区政府", "undertaking_units": []string{"城建局"}}

// playAdopted plays a case that moves to a later release between two steps.
func playAdopted(tb testing.TB, s *stack, run string) casefile.Case {
	tb.Helper()
	h := openCase(tb, s.cases, run, "2025-03-03")
	h.do("office", "intake.register", casefile.Values{"proposer_kind": "leader", "proposer": "区领导", "received_on": "2025-03-03", "summary": "改造"})
	if _, is := affected(tb, s.cases, h.c.ID); is {
		tb.Fatal("a case is affected by the release that it was opened under")
	}
	h.s = s.service(revised(tb, s.shipped), 0)
	a, is := affected(tb, h.s, h.c.ID)
	if !is || a.Refusal != nil || a.Declined || a.ProposedBy != "" || len(a.Changes) < 2 {
		tb.Fatalf("affected %t: %+v", is, a)
	}
	with := procedure.PinsWith(a.To)
	with["reason"] = "公布期限缩短，对本案更为有利"
	h.do("office", "case.propose_adoption", with)
	if a, _ = affected(tb, h.s, h.c.ID); a.ProposedBy != "office" {
		tb.Errorf("proposed by %q", a.ProposedBy)
	}
	if e := h.do("chief", "case.adopt", with); e.Pinned == nil || !e.Pinned.Equal(a.To) {
		tb.Errorf("the entry names %+v", e.Pinned)
	}
	if _, is = affected(tb, h.s, h.c.ID); is {
		tb.Error("the case is affected by the release that it moved to")
	}
	h.do("office", "intake.triage", casefile.Values{"matter_type": "public-project", "special_procedure_by_law": false, "reason": "公共建设项目"})
	h.do("office", "intake.assign", casefile.Values{"study_unit": "城建局"})
	h.do("studier", "study.report", casefile.Values{"argued_points": []string{"problem", "grounds", "outline", "necessity", "feasibility"}, "summary": "可行"})
	h.do("studier", "study.conclude", casefile.Values{"recommendation": "recommended", "reason": "可行"})
	h.do("chief", "launch.decide", decided)
	return h.c
}

// playKept plays a case that stays with its release by a decision.
func playKept(tb testing.TB, s *stack, run string) casefile.Case {
	tb.Helper()
	h := openCase(tb, s.cases, run, "2025-03-03")
	h.s = s.service(revised(tb, s.shipped), 0)
	a, _ := affected(tb, h.s, h.c.ID)
	with := procedure.PinsWith(a.To)
	if others, _, err := h.s.Affected(tb.Context(), casework.Filter{Organ: "另一区人民政府", Limit: 200}); err != nil || len(others) > 0 {
		tb.Errorf("another organ sees %+v, error %v", others, err)
	}
	with["reason"] = "程序已经过半，沿用原规则"
	h.do("chief", "case.keep", with)
	if a, is := affected(tb, h.s, h.c.ID); !is || !a.Declined {
		tb.Errorf("affected %t, declined %t", is, a.Declined)
	}
	h.do("office", "intake.register", casefile.Values{"proposer_kind": "leader", "proposer": "区领导", "received_on": "2025-03-03", "summary": "改造"})
	return h.c
}

func TestADossierIsVerifiedAcrossAnAdoption(t *testing.T) {
	s := startTestStack(t, 0)
	c := playAdopted(t, s, "adopted")
	file := exported(t, s, c.ID)
	report := verified(t, file)
	if report.Law.Checked != int(c.Sequence) || report.Run.Checked != int(c.Sequence) || len(report.Adopted) != 1 {
		t.Errorf("report:\n%s", report)
	}
	d, err := dossier.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Adopted) < 2 {
		t.Errorf("the dossier holds %d contents that the case moved to, want definition and pack", len(d.Adopted))
	}
	verified(t, exported(t, s, playKept(t, s, "kept").ID))
}
