package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/zhengdang/chengxu/casefile"
)

// types replaces what a field holds by a text, as an input method gives it.
func (h *hands) types(text string) {
	h.t.Helper()
	h.run("type "+text, chromedp.KeyEvent("a", chromedp.KeyModifiers(input.ModifierCtrl)), input.InsertText(text))
}

// date types a date into its parts, in the order in which the browser has them.
func (h *hands) date(date string) {
	h.t.Helper()
	var order []string
	h.run("order of dates", chromedp.Evaluate(`new Intl.DateTimeFormat().formatToParts().map(p => p.type).filter(p => p !== "literal")`, &order))
	parts := map[string]string{"year": date[:4], "month": date[5:7], "day": date[8:]}
	for i, part := range order {
		h.key(parts[part])
		if part == "year" && i < len(order)-1 {
			h.key(kb.ArrowRight)
		}
	}
	if s := h.looks("", false); s.Value != date {
		h.t.Fatalf("%s: %s typed as %v gives %q", h.address(), date, order, s.Value)
	}
}

// choose goes through a closed list until a value is chosen.
func (h *hands) choose(value string) {
	h.t.Helper()
	h.key(kb.Home)
	for range 100 {
		if h.looks("", false).Value == value {
			return
		}
		h.key(kb.ArrowDown)
	}
	h.t.Fatalf("%s: the list does not come to %q", h.address(), value)
}

// radio chooses in the group whose button has the focus.
func (h *hands) radio(value string) {
	h.t.Helper()
	for range 20 {
		s := h.looks("", false)
		if s.Value == value {
			if !s.Checked {
				h.key(" ")
			}
			return
		}
		h.key(kb.ArrowDown)
	}
	h.t.Fatalf("%s: no button is %q", h.address(), value)
}

// file opens the chooser of the control that has the focus, and takes a file in it.
func (h *hands) file(path string) {
	h.t.Helper()
	h.key(kb.Enter)
	select {
	case node := <-h.chooser:
		h.run("choose a file", dom.SetFileInputFiles([]string{path}).WithBackendNodeID(node))
	case <-time.After(5 * time.Second):
		h.t.Fatalf("%s: no chooser opens", h.address())
	}
}

// hidden gives what a form carries by itself.
func (h *hands) hidden(name string) string {
	h.t.Helper()
	var value string
	h.run("what the form carries", chromedp.Evaluate(fmt.Sprintf(`document.querySelector('main input[type="hidden"][name=%q]')?.value || ""`, name), &value))
	return value
}

// fill goes through a form once, from where the focus is to its button, and does in every
// control what the values say. A list holds "-" for nothing; "*" ticks every box. What a
// list of papers does not offer is taken from its file.
func (h *hands) fill(values map[string][]string, files map[casefile.Digest]string, button string) {
	h.t.Helper()
	done := map[string]bool{}
	for range maxTabs {
		s := h.tab(button)
		if s.Is || s.Out {
			break
		}
		name, ofFile := strings.CutPrefix(s.Name, "file.")
		if ofFile {
			name = "with." + name
		}
		want, asked := values[name]
		if !asked || done[name] && s.Type != "checkbox" && s.Type != "file" {
			continue
		}
		done[name] = h.control(s, want, files) || done[name]
	}
	if s := h.looks(button, false); !s.Is {
		h.t.Fatalf("%s (%s): the keyboard does not come to %s, but to %s", h.address(), h.lang, button, s.What)
	}
	for name := range values {
		if !done[name] {
			h.t.Errorf("%s (%s): the keyboard comes to nothing for %s", h.address(), h.lang, name)
		}
	}
}

// control does what is wanted in the control that has the focus.
func (h *hands) control(s stop, want []string, files map[casefile.Digest]string) bool {
	h.t.Helper()
	switch s.Type {
	case "radio":
		h.radio(want[0])
	case "checkbox":
		wanted := slices.Contains(want, s.Value) || want[0] == "*"
		if wanted != s.Checked {
			h.key(" ")
		}
		return wanted
	case "select-one":
		var offered bool
		h.run("what is offered", chromedp.Evaluate(fmt.Sprintf(`[...document.activeElement.options].some(o => o.value === %q)`, want[0]), &offered))
		if offered {
			h.choose(want[0])
		}
		return offered
	case "file":
		if h.chosen(s.Name, want[0]) {
			return true
		}
		h.file(files[casefile.Digest(want[0])])
	case "date":
		h.date(want[0])
	default:
		h.types(strings.Join(want, "\n"))
	}
	return true
}

// chosen reports whether a paper has been chosen in the list beside its file.
func (h *hands) chosen(file, digest string) bool {
	var chosen bool
	h.run("what is chosen", chromedp.Evaluate(fmt.Sprintf(`document.querySelector('select[name="with.%s"]')?.value === %q`, strings.TrimPrefix(file, "file."), digest), &chosen))
	return chosen
}
