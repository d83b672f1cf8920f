package papers_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/papers"
)

func TestWhatIsMissingNamesTheActThatGivesIt(t *testing.T) {
	r := opened(t, "cn.normative-document", "停车管理办法")
	tests := []struct{ name, paper, act string }{
		{"the act it is about", "legality-opinion", "legality_review.conclude"},
		{"an act beside it", "legality-opinion", "legality_review.accept"},
		{"a fact that a number becomes", "published-text", "registration.register"},
		{"a fact that an act derives", "published-text", "registration.print"},
		{"a fact of a field", "filing-report", "publication.publish"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := papers.Make(template(t, tt.paper), r.source())
			var missing *papers.Missing
			if !errors.As(err, &missing) || !errors.Is(err, casefile.ErrConflict) {
				t.Fatalf("got %v", err)
			}
			if !slices.ContainsFunc(missing.Lacks, func(l papers.Lack) bool {
				return slices.ContainsFunc(l.Acts, func(g papers.Giving) bool { return g.Kind == tt.act })
			}) {
				t.Errorf("%s is not among %s", tt.act, missing.Message().EN)
			}
		})
	}
}

func TestNothingRestrictedIsInAPaperForThePublic(t *testing.T) {
	tests := map[string]func(r *record){
		"a secret found later":   func(r *record) { r.c.Facts["contains_state_secret"] = casefile.Fact{Value: true} },
		"not disclosed by law":   func(r *record) { r.c.Facts["non_disclosable_by_law"] = casefile.Fact{Value: true} },
		"the text is restricted": func(r *record) { r.restrict(digest(2)) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			r := parking(t)
			change(r)
			_, err := papers.Make(template(t, "published-text"), r.source())
			var missing *papers.Missing
			if !errors.As(err, &missing) {
				t.Fatalf("made, or %v", err)
			}
		})
	}
	r := parking(t)
	r.restrict(digest(2))
	page := string(written(t, made(t, "legality-opinion", r.source()), papers.FormatHTML))
	if strings.Contains(page, "停车管理办法（送审稿）") || !strings.Contains(page, "受限文件") {
		t.Error("the title of a restricted document is in a paper for the whole organ")
	}
}

// restrict makes a document restricted, as it is filed again later.
func (r *record) restrict(d casefile.Digest) {
	for i := range r.c.Documents {
		if r.c.Documents[i].Digest == d {
			r.c.Documents[i].Level = casefile.LevelRestricted
		}
	}
}

func TestATextThatCannotBeReadIsRefused(t *testing.T) {
	r := parking(t)
	delete(r.texts, digest(2))
	_, err := papers.Make(template(t, "published-text"), r.source())
	var missing *papers.Missing
	if !errors.As(err, &missing) || !strings.Contains(missing.Message().ZH, "无法读取") {
		t.Fatalf("got %v", err)
	}
}

func TestValuesAreEscapedAndMakeNoBlocks(t *testing.T) {
	r := parking(t)
	const bad = "<script>alert(1)</script>&\x00\u202e\n{{.of}}\n# 一、假标题"
	r.act("2025-06-30", "legality_review.conclude", "司法所", casefile.Values{"draft": string(digest(2)), "conclusion": "lawful", "covers": []any{"content"}, "text": bad}, nil)
	p := made(t, "legality-opinion", r.source())
	for _, format := range papers.Formats() {
		out := string(written(t, p, format))
		if strings.Contains(out, "<script>") || strings.ContainsAny(string(written(t, p, papers.FormatHTML)), "\x00\u202e") {
			t.Errorf("%s holds it as it was typed", format)
		}
	}
	heads := 0
	for _, b := range p.Blocks {
		if b.Kind == papers.KindHead {
			heads++
		}
	}
	if plain := made(t, "legality-opinion", parking(t).source()); heads != headsOf(plain) {
		t.Errorf("a value made a head: %d heads, else %d", heads, headsOf(plain))
	}
}

func headsOf(p *papers.Paper) int {
	n := 0
	for _, b := range p.Blocks {
		if b.Kind == papers.KindHead {
			n++
		}
	}
	return n
}

func TestMissingFontsAreNamed(t *testing.T) {
	_, err := papers.PDF(made(t, "legality-opinion", parking(t).source()), papers.NewFonts(t.TempDir()))
	var missing *papers.FontsMissing
	if !errors.As(err, &missing) || len(missing.Faces) != len(papers.Faces()) || !strings.Contains(missing.Message().ZH, "texlive-lang-chinese") {
		t.Fatalf("got %v", err)
	}
}

func TestACharacterThatNoFontHasIsNamed(t *testing.T) {
	r := parking(t)
	r.act("2025-06-30", "legality_review.conclude", "司法所", casefile.Values{"draft": string(digest(2)), "conclusion": "lawful", "covers": []any{"content"}, "text": "丨𪚥丨"}, nil)
	_, err := papers.PDF(made(t, "legality-opinion", r.source()), fonts(t))
	var missing *papers.Missing
	if !errors.As(err, &missing) || !strings.Contains(missing.Message().ZH, "𪚥") {
		t.Fatalf("got %v", err)
	}
}

func TestATemplateIsRefused(t *testing.T) {
	const head = "name: x\nversion: \"1\"\ntitle: {zh: 甲, en: a}\nbasis: b\nof: legality-review.conclude\n"
	tests := map[string]string{
		"an act that does not exist":  "name: x\nversion: \"1\"\ntitle: {zh: 甲, en: a}\nbasis: b\nof: legality-review.nothing\nblocks: [{kind: p, text: a}]\n",
		"a kind that does not exist":  head + "blocks: [{kind: picture, text: a}]\n",
		"a key that does not exist":   head + "blocks: [{kind: p, text: a, colour: red}]\n",
		"a text that does not parse":  head + "blocks: [{kind: p, text: \"{{.of\"}]\n",
		"a restricted fact":           head + "facts: [dissenters]\nblocks: [{kind: p, text: a}]\n",
		"a fact that nothing gives":   head + "facts: [no_such_fact]\nblocks: [{kind: p, text: a}]\n",
		"a table without a row":       head + "blocks: [{kind: table, text: a}]\n",
		"a list that does not exist":  head + "blocks: [{kind: p, text: a, each: others}]\n",
		"a level that does not exist": head + "level: secret\nblocks: [{kind: p, text: a}]\n",
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := papers.Load("x.yaml", []byte(src)); !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("got %v", err)
			}
		})
	}
}
