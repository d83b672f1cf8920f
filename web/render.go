package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"

	"github.com/labstack/echo/v4"
)

//go:embed templates/*.html catalogue/*.json assets/style.css
var files embed.FS

// The languages of the pages.
const (
	zh = "zh"
	en = "en"
)

// catalogue holds the words of one language.
type catalogue map[string]string

// text gives the words of a key that the code itself names.
func (c catalogue) text(key string) (string, error) {
	if words, ok := c[key]; ok {
		return words, nil
	}
	return "", fmt.Errorf("no words for %q", key)
}

// name gives the words of an identifier that data names; what the catalogue
// does not know is shown as it is.
func (c catalogue) name(kind, id string) string {
	if words, ok := c[kind+"."+id]; ok {
		return words
	}
	return id
}

// renderer holds every page in every language.
type renderer struct {
	words map[string]catalogue
	pages map[string]map[string]*template.Template // language, page
	style []byte
}

func newRenderer() (*renderer, error) {
	r := &renderer{words: map[string]catalogue{}, pages: map[string]map[string]*template.Template{}}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	for _, lang := range []string{zh, en} {
		b, err := files.ReadFile("catalogue/" + lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", lang, err)
		}
		words := catalogue{}
		if err := json.Unmarshal(b, &words); err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", lang, err)
		}
		r.words[lang], r.pages[lang] = words, map[string]*template.Template{}
		for _, name := range names {
			page, err := parse(words, name)
			if err != nil {
				return nil, err
			}
			r.pages[lang][path.Base(name)] = page
		}
	}
	if r.style, err = files.ReadFile("assets/style.css"); err != nil {
		return nil, fmt.Errorf("read stylesheet: %w", err)
	}
	return r, nil
}

// parse reads a page with the layout and the parts that pages share.
func parse(words catalogue, name string) (*template.Template, error) {
	t := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"t": words.text})
	for _, file := range []string{"templates/layout.html", "templates/parts.html", name} {
		src, err := files.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		if t, err = t.Parse(string(src)); err != nil {
			return nil, fmt.Errorf("parse %s: %w", file, err)
		}
	}
	return t, nil
}

// show writes the page only when all of it could be executed.
func (r *renderer) show(c echo.Context, status int, lang, page string, view any) error {
	t, ok := r.pages[lang][page]
	if !ok {
		return fmt.Errorf("no page %q in language %q", page, lang)
	}
	var whole bytes.Buffer
	if err := t.ExecuteTemplate(&whole, "layout", view); err != nil {
		return fmt.Errorf("render %s: %w", page, err)
	}
	return c.Blob(status, echo.MIMETextHTMLCharsetUTF8, whole.Bytes())
}

// stylesheet handles GET /assets/style.css.
func (h *handler) stylesheet(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=300")
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", h.pages.style)
}
