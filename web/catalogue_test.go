package web_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

func catalogue(t *testing.T, lang string) map[string]string {
	t.Helper()
	names, err := filepath.Glob("catalogue/" + lang + "/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("catalogue %s: %v %v", lang, names, err)
	}
	words := map[string]string{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(b, &words)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return words
}

func TestBothLanguagesHaveTheSameWords(t *testing.T) {
	chinese, english := catalogue(t, "zh"), catalogue(t, "en")
	if diff := cmp.Diff(casefile.SortedNames(chinese), casefile.SortedNames(english)); diff != "" {
		t.Errorf("keys:\n%s", diff)
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	for key := range chinese {
		if strings.TrimSpace(chinese[key]) == "" || strings.TrimSpace(english[key]) == "" {
			t.Errorf("%s is empty in one language", key)
		}
		if diff := cmp.Diff(verbs.FindAllString(chinese[key], -1), verbs.FindAllString(english[key], -1)); diff != "" {
			t.Errorf("%s takes different values:\n%s", key, diff)
		}
		if regexp.MustCompile(`\p{Han}`).MatchString(english[key]) && key != "nav.other" {
			t.Errorf("%s is Chinese in the English catalogue", key)
		}
	}
}

// Every key that code or template names is in the catalogues, and every key of
// the catalogues is named.
func TestEveryWordIsThereAndUsed(t *testing.T) {
	words := catalogue(t, "zh")
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	templates, err := filepath.Glob("templates/*.html")
	if err != nil || len(templates) < 6 {
		t.Fatalf("templates: %v %v", templates, err)
	}
	key := regexp.MustCompile(`(?:\bt |words\[|frame\(c, lang, [^,]*(?:\{[^}]*\})?, )"([a-z.-]+)"`)
	kind := regexp.MustCompile(`\.name\("([a-z-]+)",`)
	used, kinds := map[string]bool{}, map[string]bool{}
	parts, err := filepath.Glob("templates/parts/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Concat(sources, templates, parts) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(src), -1) {
			used[m[1]] = true
			if _, ok := words[m[1]]; !ok && !strings.HasSuffix(m[1], ".") {
				t.Errorf("%s: no words for %q", path, m[1])
			}
		}
		for _, m := range kind.FindAllStringSubmatch(string(src), -1) {
			kinds[m[1]] = true
		}
	}
	for name := range words {
		prefix, _, _ := strings.Cut(name, ".")
		if !used[name] && !kinds[prefix] && prefix != "value" {
			t.Errorf("nothing uses %q", name)
		}
	}
}

// What the engine names by itself has words in both languages.
func TestClosedSetsHaveWords(t *testing.T) {
	var keys []string
	for _, id := range procedure.Types() {
		kind, _ := procedure.Type(id)
		for _, outcome := range kind.Outcomes {
			keys = append(keys, "outcome."+outcome)
		}
		for _, act := range kind.Acts {
			for _, field := range act.Fields {
				for _, value := range field.Enum {
					keys = append(keys, "token."+value)
				}
			}
		}
	}
	for prefix, ids := range map[string][]string{
		"status":   {"running", "suspended", "closed"},
		"step":     {"active", "concluded", "not-applied", "interrupted", "waiting"},
		"entry":    {"opened", "act", "blocked", "lapse", "breach"},
		"deadline": {"open", "met", "breached", "elapsed", "dropped"},
		"verdict":  {"pass", "block", "undetermined"},
		"finding":  {"pass", "block", "undetermined", "warn", "applies", "not-required"},
		"effect":   {"block", "warn", "duty", "applies"},
		"gate":     {"open", "depends", "reason", "undetermined", "block"},
		"document": {"draft", "material"},
		"fate":     {"done", "open", "moved"},
		"problem":  {"not-found", "forbidden", "invalid", "timeout", "internal", "method", "too-large", "too-many", "provider"},
	} {
		for _, id := range ids {
			keys = append(keys, prefix+"."+id)
		}
	}
	for _, lang := range []string{"zh", "en"} {
		words := catalogue(t, lang)
		for _, key := range keys {
			if words[key] == "" {
				t.Errorf("%s: no words for %q", lang, key)
			}
		}
	}
}

// With data that is English, or knows both languages, no Chinese is left on an
// English page but the way to the other language.
func TestPagesAreInOneLanguage(t *testing.T) {
	b := newBrowser(t, true)
	han := regexp.MustCompile(`\p{Han}+`)
	for _, target := range []string{"/", "/cases/drill", "/sign-in", "/nothing", "/cases/real"} {
		rec := b.get(target)
		for _, words := range han.FindAllString(rec.Body.String(), -1) {
			if words != "中文" && words != "程" {
				t.Errorf("GET %s in English shows %q", target, words)
			}
		}
	}
	b.lang = "zh"
	for target, want := range map[string]string{"/": "所处环节", "/cases/drill": "谁可以办什么", "/sign-in": "访问令牌", "/nothing": "未找到"} {
		page := b.get(target).Body.String()
		if !strings.Contains(page, want) || !strings.Contains(page, `lang="zh-CN"`) {
			t.Errorf("GET %s in Chinese lacks %q", target, want)
		}
		for key, words := range catalogue(t, "en") {
			if len(words) > 14 && !strings.Contains(words, "%") && strings.Contains(page, ">"+words+"<") {
				t.Errorf("GET %s in Chinese shows %s: %q", target, key, words)
			}
		}
	}
}

func TestTheLanguageIsChosenAndRemembered(t *testing.T) {
	b := newBrowser(t, true)
	b.lang = ""
	rec := b.get("/?lang=en")
	if !strings.Contains(rec.Body.String(), `<html lang="en">`) || len(rec.Result().Cookies()) != 1 || rec.Result().Cookies()[0].Value != "en" {
		t.Errorf("?lang=en: %v", rec.Result().Cookies())
	}
	if page := b.get("/").Body.String(); !strings.Contains(page, `<html lang="zh-CN">`) || !strings.Contains(page, `href="/?lang=en"`) {
		t.Error("the first language is not Chinese, or English is not offered")
	}
	b.lang = "fr"
	if rec := b.get("/?lang=xx"); !strings.Contains(rec.Body.String(), `<html lang="zh-CN">`) || len(rec.Result().Cookies()) > 0 {
		t.Error("a language that there is not")
	}
}
