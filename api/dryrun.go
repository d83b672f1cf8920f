package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/rules"
)

// dryRunRequest is the body of POST /api/v1/cases/{id}/dry-run: an act without
// an id.
type dryRunRequest struct {
	Kind    string            `json:"kind"`
	With    payload           `json:"with"`
	Reasons map[string]string `json:"reasons"`
	As      *standIn          `json:"as"`
	Under   string            `json:"under"`
}

type dryRunView struct {
	Admitted bool             `json:"admitted"`
	Verdict  casefile.Verdict `json:"verdict"`
	Rules    []*rules.Trace   `json:"rules"`
	Ways     []rules.Way      `json:"ways"`
	// Statement is what whoever signs the act signs, as UTF-8.
	Statement string `json:"statement"`
}

// dryRun handles POST /api/v1/cases/{id}/dry-run. What is refused is not logged:
// nothing was attempted.
func (h *handler) dryRun(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	var req dryRunRequest
	if err := bindBody(c, &req); err != nil {
		return err
	}
	in, err := as(req.As, req.Under)
	if err != nil {
		return err
	}
	with := req.With.values()
	if err := h.checkAct(c, p, in, found.ID, req.Kind, with); err != nil {
		return err
	}
	run, err := h.guard.DryRun(c.Request().Context(), p, in, found.ID, casefile.Act{
		Kind: req.Kind, With: with, Reasons: req.Reasons})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, dryRunOf(run))
}

func dryRunOf(run casework.DryRun) dryRunView {
	v := dryRunView{Admitted: run.Admitted, Verdict: run.Verdict, Rules: filled(run.Rules), Ways: filled(run.Ways), Statement: string(run.Statement)}
	v.Verdict.Gates, v.Verdict.Findings = filled(v.Verdict.Gates), filled(v.Verdict.Findings)
	return v
}
