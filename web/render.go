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
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
)

//go:embed templates catalogue assets
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
	live  []byte // the script
}

func newRenderer() (*renderer, error) {
	r := &renderer{words: map[string]catalogue{}, pages: map[string]map[string]*template.Template{}}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	for _, lang := range []string{zh, en} {
		words, err := readCatalogue(lang)
		if err != nil {
			return nil, err
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
	if r.style, err = joined("assets/style/*.css"); err != nil {
		return nil, err
	}
	r.live, err = joined("assets/live.js")
	return r, err
}

// readCatalogue reads the words of a language, which stand in a file for each
// subject. No key stands in two.
func readCatalogue(lang string) (catalogue, error) {
	names, err := fs.Glob(files, "catalogue/"+lang+"/*.json")
	if err != nil {
		return nil, fmt.Errorf("list catalogue %s: %w", lang, err)
	}
	all := catalogue{}
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		words := catalogue{}
		if err := json.Unmarshal(b, &words); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for key, text := range words {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("%s: %q stands in another file as well", name, key)
			}
			all[key] = text
		}
	}
	return all, nil
}

// joined gives the files of a pattern behind one another, in the order of their names.
func joined(pattern string) ([]byte, error) {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", pattern, err)
	}
	var out []byte
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		out = append(out, b...)
	}
	return out, nil
}

// parse reads a page with the layout and the parts that pages share.
func parse(words catalogue, name string) (*template.Template, error) {
	parts, err := fs.Glob(files, "templates/parts/*.html")
	if err != nil {
		return nil, fmt.Errorf("list parts of pages: %w", err)
	}
	t := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"t": words.text})
	for _, file := range append(parts, name) {
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
	return c.Blob(status, echo.MIMETextHTMLCharsetUTF8, visible(whole.Bytes()))
}

// visible shows characters that nobody sees and that change how others are read: what a
// reviewer reads is then what stands in the record. The pages themselves hold none.
func visible(page []byte) []byte {
	if !bytes.ContainsFunc(page, casefile.Hidden) {
		return page
	}
	var out bytes.Buffer
	for len(page) > 0 {
		r, size := utf8.DecodeRune(page)
		if casefile.Hidden(r) {
			fmt.Fprintf(&out, "‹U+%04X›", r)
		} else {
			out.Write(page[:size])
		}
		page = page[size:]
	}
	return out.Bytes()
}

// script handles GET /assets/live.js.
func (h *handler) script(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=300")
	return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", h.pages.live)
}

// stylesheet handles GET /assets/style.css.
func (h *handler) stylesheet(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=300")
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", h.pages.style)
}
