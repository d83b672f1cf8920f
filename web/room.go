package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// meeting is a round of a deliberation as its entries tell it.
type meeting struct {
	step                               procedure.Step
	run                                casefile.StepRun
	opened, decided, amended, recorded *access.SeenEntry // nil: not yet
	speeches                           []access.SeenEntry
	majority                           string // after the last speech; empty: nobody but the chief has spoken
	dissenters                         []string
}

// chief gives who speaks last: the chief, or the deputy who presides.
func (m meeting) chief() string {
	if m.opened == nil {
		return ""
	}
	if deputy := m.said(m.opened, "presiding"); deputy != "" {
		return deputy
	}
	return m.said(m.opened, "chief")
}

// said gives a text of the payload of an act.
func (meeting) said(e *access.SeenEntry, field string) string {
	if e == nil || e.Entry.Act == nil {
		return ""
	}
	return text(e.Entry.Act.With[field])
}

// meetingOf reads a round of a deliberation off the entries.
func meetingOf(step procedure.Step, run casefile.StepRun, entries []access.SeenEntry) meeting {
	m := meeting{step: step, run: run}
	for i := range entries {
		e := entries[i].Entry
		if e.Kind != casefile.EntryAct || e.Step != run.Step || e.Round != run.Round || e.Act == nil {
			continue // attempts that the rules stopped are no part of the meeting
		}
		switch e.Verb {
		case "open":
			m.opened = &entries[i]
		case "speak":
			m.speeches = append(m.speeches, entries[i])
		case "decide":
			m.decided, m.dissenters = &entries[i], texts(e.Facts["dissenters"])
		case "file_amended":
			m.amended = &entries[i]
		case "minutes":
			m.recorded = &entries[i]
		}
		if majority := text(e.Facts["majority_view"]); majority != "" {
			m.majority = majority
		}
	}
	return m
}

// meetingStep gives the deliberation of a case: the one that is running or was entered
// last, or the first of the definition before any was.
func meetingStep(f file) (step procedure.Step, ok bool) {
	for _, s := range slices.Backward(f.def.Steps) {
		if s.Type == procedure.Deliberation {
			step, ok = s, true
		}
	}
	for _, run := range f.c.Steps {
		if s, known := f.def.Step(run.Step); known && s.Type == procedure.Deliberation {
			step = s
		}
	}
	return step, ok
}

// meeting gives the deliberation that the address asks for, in the round that it names,
// or the last.
func (h *handler) meeting(c echo.Context) (v viewer, f file, m meeting, err error) {
	if v, f, err = h.caseFile(c); err != nil {
		return v, f, m, err
	}
	step, ok := meetingStep(f)
	if !ok {
		return v, f, m, fmt.Errorf("case %s has no deliberation: %w", f.c.ID, casefile.ErrNotFound)
	}
	run := casefile.StepRun{Step: step.ID}
	for _, r := range f.c.Steps {
		if r.Step == step.ID {
			run = r
		}
	}
	if wanted := c.QueryParam("round"); wanted != "" {
		round, _ := strconv.Atoi(clip(wanted, 6))
		at := slices.IndexFunc(f.c.Steps, func(r casefile.StepRun) bool { return r.Step == step.ID && r.Round == round })
		if at < 0 {
			return v, f, m, fmt.Errorf("round %.6q of case %s: %w", wanted, f.c.ID, casefile.ErrNotFound)
		}
		run = f.c.Steps[at]
	}
	return v, f, meetingOf(step, run, f.entries), nil
}

// showRoom handles GET /cases/:id/room.
func (h *handler) showRoom(c echo.Context) error {
	v, f, m, err := h.meeting(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	lang := language(c)
	n := h.names(lang, f.def)
	view := n.room(f, m)
	if m.run.State == casefile.StepActive {
		x, ok, err := h.explained(c.Request().Context(), v, f.c.ID, m.step.ID)
		if err != nil {
			return err
		}
		links := n.actLinks(v, f, m.step.ID)
		view.acts(links, m.step.ID)
		asked := n.possibleAskings(f, m.step.ID)
		if ok {
			asked = n.askings(slices.Concat(x.Guarded, x.Ahead))
			view.Panel, view.TaskURL = n.panel(x, f.called), taskURL(f.c.ID, m.step.ID)
			view.Withheld = view.Withheld || len(x.Withheld) > 0
			for _, need := range x.Guarded {
				if need.Kind == m.step.ID+".decide" && need.Waits != nil && m.decided == nil {
					view.Waits = n.pick(need.Waits.Message)
				}
			}
		}
		view.Checks = n.checks(asked)
		if m.opened == nil {
			n.notYet(view.Checks, m.step)
		}
		view.Lacking = hindering(view.Checks)
	}
	view.Page = h.frame(c, lang, v, "room.title")
	view.Page.Title, view.Page.Practice = view.Page.Title+" · "+f.c.Matter.Title, f.c.Practice
	return h.pages.show(c, http.StatusOK, lang, "room.html", view)
}

// showMinutes handles GET /cases/:id/minutes: the minutes of a meeting that was opened,
// to print and to sign.
func (h *handler) showMinutes(c echo.Context) error {
	v, f, m, err := h.meeting(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err == nil && m.opened == nil {
		err = fmt.Errorf("no meeting in case %s: %w", f.c.ID, casefile.ErrNotFound)
	}
	if err != nil {
		return err
	}
	lang := language(c)
	n := h.names(lang, f.def)
	view := n.room(f, m)
	view.Page = h.frame(c, lang, v, "minutes.title")
	view.Page.Title, view.Page.Practice = view.Page.Title+" · "+f.c.Matter.Title, f.c.Practice
	return h.pages.show(c, http.StatusOK, lang, "minutes.html", view)
}
