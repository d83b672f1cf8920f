package web

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
)

// typedView shows what was typed into a short form, to be sent from here.
type typedView struct {
	Page   frame
	Action string
	Does   string
	Why    string
	Hidden []pair // ID is the name
	Fields []typedField
}

// typedField is something that a person typed.
type typedField struct {
	ID, Name, Value string
	Long            bool
}

// typedFields are the fields of short forms into which people type, in the order in
// which they are shown. What else a form carries says what it is about.
func typedFields() []string {
	return []string{"login", "title", "text", "remedy", "due", "reason", "prefix", "request"}
}

// shortForm registers a form that stands on a page among others. Where it is not one of
// this session, what was typed is shown on a page of its own, with what it does.
func (h *handler) shortForm(e *echo.Echo, path, does string, send echo.HandlerFunc) {
	h.formRoute(e, path, send, func(c echo.Context) error { return h.showTyped(c, does) })
}

// showTyped shows what was typed into a short form. Nothing is done.
func (h *handler) showTyped(c echo.Context, does string) error {
	v, err := h.viewer(c)
	if err != nil {
		return err
	}
	t, err := readTyped(c)
	if err != nil {
		return err
	}
	lang := language(c)
	words := h.pages.words[lang]
	again := t.again(c, words)
	view := typedView{Page: h.frame(c, lang, v, "kept.typed"), Action: ownAddress(c.Request().URL), Does: words.name("typed-form", does), Why: again.why}
	view.Page.OtherURL, view.Page.Back = "", true // another address would lose it
	for _, name := range typedFields() {
		for _, value := range t.values[name] {
			view.Fields = append(view.Fields, typedField{ID: name, Name: words.name("typed-field", name), Value: value, Long: slices.Contains([]string{"text", "remedy", "request"}, name)})
		}
	}
	for _, name := range casefile.SortedNames(t.values) {
		if !slices.Contains(typedFields(), name) {
			for _, value := range t.values[name] {
				view.Hidden = append(view.Hidden, pair{ID: name, Value: value})
			}
		}
	}
	return h.pages.show(c, again.status(), lang, "typed.html", view)
}
