package documents_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/zhengdang/chengxu/documents"
)

const wordType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// wordText packs the body of a DOCX.
func wordText(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("word/document.xml")
	if err == nil {
		_, err = f.Write([]byte(`<w:document xmlns:w="w" xmlns:mc="mc"><w:body>` + body + `</w:body></w:document>`))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestParagraphsOfADocument(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("第一条 目的\r\n第二条 范围")
	if err != nil {
		t.Fatal(err)
	}
	articles := []string{"第一条 目的", "第二条 范围"}
	for name, c := range map[string]struct {
		media, content string
		want           []string
	}{
		"lines":                {"text/plain; charset=utf-8", "\ufeff第一条 目的\n\n  第二条 范围\n", articles},
		"markdown":             {"text/markdown", "# 第一条\n正文", []string{"# 第一条", "正文"}},
		"declared GB18030":     {"text/plain; charset=gb18030", gb, articles},
		"GB18030, not said so": {"text/plain", gb, articles},
		"DOCX": {wordType, wordText(t, `<w:p><w:pPr><w:t>no</w:t></w:pPr><w:r><w:t>第一条</w:t><w:tab/><w:t>目的</w:t></w:r></w:p><w:p/>`+
			`<w:p><w:ins><w:r><w:t>第二条 </w:t></w:r></w:ins><w:del><w:r><w:delText>旧</w:delText><w:t>旧</w:t></w:r></w:del><w:r><w:t>范围</w:t></w:r><mc:Fallback><w:t>再</w:t></mc:Fallback></w:p>`), articles},
		"a table": {wordType, wordText(t, `<w:tbl><w:tr><w:tc><w:p><w:t>甲</w:t></w:p></w:tc><w:tc><w:p><w:t>乙</w:t></w:p></w:tc></w:tr></w:tbl>`), []string{"甲", "乙"}},
	} {
		got, err := documents.Paragraphs(c.media, strings.NewReader(c.content))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestWhatGivesNoTextIsSaidWithTheReason(t *testing.T) {
	for name, c := range map[string]struct {
		media, content string
		want           documents.NoTextReason
	}{
		"PDF":                  {"application/pdf", "%PDF", documents.NoTextKind},
		"no type":              {"", "x", documents.NoTextKind},
		"too large":            {"text/plain", strings.Repeat("字", 3<<20), documents.NoTextSize},
		"too many lines":       {"text/plain", strings.Repeat("字\n", 9000), documents.NoTextSize},
		"no archive":           {wordType, "PK but no", documents.NoTextDamaged},
		"broken off":           {wordType, wordText(t, "<w:p><w:t>甲"), documents.NoTextDamaged},
		"unpacks to very much": {wordType, wordText(t, "<w:p>"+strings.Repeat(" ", 17<<20)+"</w:p>"), documents.NoTextSize},
		"entities":             {wordType, wordText(t, "<w:p><w:t>&lol;</w:t></w:p>"), documents.NoTextDamaged},
		"no text at all":       {"text/plain", "\xff\xff\xff", documents.NoTextDamaged},
	} {
		_, err := documents.Paragraphs(c.media, strings.NewReader(c.content))
		var no *documents.NoText
		if !errors.As(err, &no) || no.Reason != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
