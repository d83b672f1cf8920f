package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/ledger/dossier"
)

// verifyView is the verification of the dossier of a case.
type verifyView struct {
	Page                   frame
	Title, CaseURL         string
	DossierURL, File       string
	Elsewhere              string // where another verification of the person runs
	Running                bool
	Stages                 []stageOfVerify
	Wrong                  string // why there is no result
	Outcome                string // "ok", "failed" or "partly"; empty without a result
	OutcomeText            string
	Changed                string
	Parts                  []partView
	Signed                 []signedView
	Key, Log, Digest, Time string
	KeyPinned              bool
	LogSize, Size, Entries int64
	Pinned                 []pair
	Adopted                []adoptedView
}

type stageOfVerify struct{ Name, State, StateName string }

type partView struct {
	Name, State, StateName string
	Reason                 string
	Checked, More          int
	Problems               []problemOfPart
}

type problemOfPart struct{ Place, Message string }

type signedView struct{ Entry, URL, Act, Name, Person, Key string }

type adoptedView struct {
	Title  string
	Pinned []pair
}

// startVerification handles POST /cases/:id/verify.
func (h *handler) startVerification(c echo.Context) error {
	v, found, err := h.visible(c)
	if err == nil {
		err = h.o.Guard.Verify(c.Request().Context(), v.principal, found.ID)
	}
	switch {
	case errors.Is(err, errSignIn), errors.Is(err, auth.ErrUnauthenticated):
		return toSignIn(c)
	case errors.Is(err, casefile.ErrConflict):
		return h.verification(c, v, found, http.StatusConflict)
	case err != nil:
		return fmt.Errorf("verify case %.100q: %w", c.Param("id"), err)
	}
	return c.Redirect(http.StatusSeeOther, caseURL(found.ID)+"/verify")
}

// showVerification handles GET /cases/:id/verify.
func (h *handler) showVerification(c echo.Context) error {
	return h.audited(c, func(viewer) error {
		v, found, err := h.visible(c)
		if err != nil {
			return err
		}
		return h.verification(c, v, found, http.StatusOK)
	})
}

func (h *handler) verification(c echo.Context, v viewer, found casefile.Case, status int) error {
	last, ok, elsewhere, err := h.o.Guard.Verification(c.Request().Context(), v.principal, found.ID)
	if err != nil {
		return fmt.Errorf("verification of case %s: %w", found.ID, err)
	}
	lang := language(c)
	n := h.names(lang, h.library(found.Pinned.Procedure))
	view := verifyView{Title: found.Matter.Title, CaseURL: caseURL(found.ID), DossierURL: caseURL(found.ID) + "/dossier", File: string(found.ID) + ".zip"}
	if elsewhere != "" {
		view.Elsewhere = caseURL(elsewhere) + "/verify"
	}
	if ok {
		view.fill(n, last, found)
	}
	if view.Running {
		c.Response().Header().Set("Refresh", "2; url="+view.CaseURL+"/verify")
	}
	view.Page = h.frame(c, lang, v, "verify.title")
	view.Page.Practice = found.Practice
	return h.pages.show(c, status, lang, "verify.html", view)
}

// fill shows how far a verification is, or what came of it.
func (v *verifyView) fill(n names, last casework.Verification, c casefile.Case) {
	if v.Running = last.Stage != casework.StageDone; v.Running {
		v.progress(n, last.Stage)
		return
	}
	v.Time, v.Size, v.Digest = clock(last.Ended), last.Size, last.Digest
	if last.Err != nil || last.Report == nil {
		v.Wrong = n.words.name("verify-error", wrongOf(last.Err))
		return
	}
	r := last.Report
	switch {
	case r.OK():
		v.Outcome, v.OutcomeText = "ok", n.words["verify.ok"]
	case r.Failed():
		v.Outcome, v.OutcomeText = "failed", n.words["verify.failed"]
	default:
		v.Outcome, v.OutcomeText = "partly", n.words["verify.partly"]
	}
	v.Parts = []partView{n.part("seal", r.Seal), n.part("law", r.Law), n.part("run", r.Run)}
	for _, s := range r.Signed {
		v.Signed = append(v.Signed, signedView{Entry: fmt.Sprint(s.Entry), URL: pastURL(string(c.ID)) + fmt.Sprint(s.Entry), Act: n.act(s.Act),
			Name: s.Name, Person: string(s.Person), Key: s.Key})
	}
	v.Key, v.KeyPinned, v.LogSize = r.Key, r.KeyPinned, r.LogSize
	if r.Summary != nil {
		v.Log, v.Entries = r.Summary.Log, r.Summary.Entries
		if c.Sequence > v.Entries {
			v.Changed = fmt.Sprintf(n.words["verify.changed"], c.Sequence, v.Entries)
		}
	}
	if r.Pinned != nil {
		v.Pinned = n.pinned(*r.Pinned)
	}
	for _, a := range r.Adopted {
		v.Adopted = append(v.Adopted, adoptedView{Title: fmt.Sprintf(n.words["verify.adopted"], a.Entry), Pinned: n.pinned(a.Pinned)})
	}
}

func (v *verifyView) progress(n names, now casework.Stage) {
	state := "done"
	for _, stage := range casework.Stages() {
		if stage == casework.StageDone {
			break
		}
		if stage == now {
			state = "active"
		}
		v.Stages = append(v.Stages, stageOfVerify{Name: n.words.name("verify-stage", string(stage)), State: state, StateName: n.words.name("verify-state", state)})
		if stage == now {
			state = "waiting"
		}
	}
}

func wrongOf(err error) string {
	switch {
	case errors.Is(err, casework.ErrTooLarge):
		return "large"
	case errors.Is(err, context.DeadlineExceeded):
		return "late"
	case errors.Is(err, casefile.ErrConflict):
		return "busy"
	}
	return "internal"
}

func (n names) part(id string, p dossier.Part) partView {
	v := partView{Name: n.words.name("verify-stage", id), State: string(p.Status), StateName: n.words.name("verify-part", string(p.Status)),
		Reason: n.pick(p.Reason), Checked: p.Checked, More: p.More}
	for _, problem := range p.Problems {
		v.Problems = append(v.Problems, problemOfPart{Place: problem.Place, Message: n.pick(problem.Message)})
	}
	return v
}
