package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// explanationView says why a step lies on a desk.
type explanationView struct {
	Case      casefile.ID        `json:"case"`
	Step      string             `json:"step"`
	Round     int                `json:"round"`
	Title     casefile.Text      `json:"title"`
	Basis     string             `json:"basis"`
	Mine      bool               `json:"mine"`
	Tasks     []taskView         `json:"tasks"`
	Acts      []possibleView     `json:"acts"`
	Deadlines []deadlineLeftView `json:"deadlines"`
	Ahead     []needView         `json:"ahead"`
	Guarded   []needView         `json:"guarded"`
	Panel     *panelView         `json:"panel,omitempty"`
	Withheld  []string           `json:"withheld,omitempty"`
}

type deadlineLeftView struct {
	Deadline casefile.Deadline `json:"deadline"`
	Left     int               `json:"left"`
}

type needView struct {
	Kind     string           `json:"kind"`
	Title    casefile.Text    `json:"title"`
	Roles    []casefile.Role  `json:"roles"`
	Outcome  string           `json:"outcome"`
	To       string           `json:"to"`
	Waits    *casefile.Text   `json:"waits,omitempty"`
	Verdict  casefile.Verdict `json:"verdict"`
	Required []string         `json:"required"`
	Present  casefile.Values  `json:"present"`
	Missing  []string         `json:"missing"`
	Supplies []string         `json:"supplies"`
	Ways     []rules.Way      `json:"ways"`
}

type panelView struct {
	Mode    procedure.PanelMode `json:"mode"`
	Asked   bool                `json:"asked"`
	Short   int                 `json:"short"`
	Lacking []casefile.Role     `json:"lacking"`
	Decided bool                `json:"decided"`
	Agreed  bool                `json:"agreed"`
	Members []memberView        `json:"members"`
}

type memberView struct {
	Person casefile.PersonID `json:"person"`
	Role   casefile.Role     `json:"role"`
	Stage  int               `json:"stage"`
	Vote   string            `json:"vote,omitempty"`
	Stale  bool              `json:"stale"`
	Turn   bool              `json:"turn"`
}

// explainWork handles GET /api/v1/work/{id}/{step}.
func (h *handler) explainWork(c echo.Context, p auth.Principal) error {
	id, step := c.Param("id"), c.Param("step")
	if !idPattern.MatchString(id) || !idPattern.MatchString(step) {
		return notFound()
	}
	x, err := h.guard.Explain(c.Request().Context(), p, casefile.ID(id), step)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, explanationOf(x))
}

func explanationOf(x access.Explained) explanationView {
	v := explanationView{
		Case: x.Case, Step: x.Step, Round: x.Round, Title: x.Title, Basis: x.Basis, Mine: x.Mine, Tasks: tasksOf(x.Tasks),
		Acts: possibleOf(x.Acts), Deadlines: []deadlineLeftView{}, Ahead: needsOf(x.Ahead), Guarded: needsOf(x.Guarded), Withheld: x.Withheld,
	}
	for _, d := range x.Deadlines {
		v.Deadlines = append(v.Deadlines, deadlineLeftView{Deadline: d.Deadline, Left: d.Left})
	}
	if x.Mode != "" {
		v.Panel = panelOf(x.Mode, x.Panel)
	}
	return v
}

func needsOf(list []casework.Need) []needView {
	out := []needView{}
	for _, n := range list {
		one := needView{
			Kind: n.Kind, Title: n.Title, Roles: filled(n.Roles), Outcome: n.Outcome, To: n.To, Verdict: n.Verdict,
			Required: filled(n.Required), Present: n.Present, Missing: filled(n.Missing), Supplies: filled(n.Supplies), Ways: filled(n.Ways),
		}
		one.Verdict.Gates, one.Verdict.Findings = filled(n.Verdict.Gates), filled(n.Verdict.Findings)
		if n.Waits != nil {
			one.Waits = &n.Waits.Message
		}
		if one.Present == nil {
			one.Present = casefile.Values{}
		}
		out = append(out, one)
	}
	return out
}

func panelOf(mode procedure.PanelMode, s procedure.PanelState) *panelView {
	v := &panelView{
		Mode: mode, Asked: s.Asked, Short: s.Short, Lacking: filled(s.Lacking), Decided: s.Decided, Agreed: s.Agreed, Members: []memberView{},
	}
	for _, m := range s.Members {
		v.Members = append(v.Members, memberView(m))
	}
	return v
}
