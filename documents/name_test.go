package documents_test

import (
	"mime"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/documents"
)

func TestTheNameOfAFile(t *testing.T) {
	for _, tt := range []struct{ title, media, want string }{
		{"草案", "application/pdf", `attachment; filename="__.pdf"; filename*=UTF-8''%E8%8D%89%E6%A1%88.pdf`},
		{"draft.PDF", "application/pdf", `attachment; filename="draft.PDF"`},
		{"a b", "text/plain; charset=utf-8", `attachment; filename="a b.txt"`},
		{"../../etc/passwd", "text/plain", `attachment; filename="_.._etc_passwd.txt"`},
		{"a\"; filename=b.exe", "text/plain", `attachment; filename="a_; filename=b.exe.txt"`},
		{"page.html", "text/html", `attachment; filename="page.html.txt"`},
		{"x", "", `attachment; filename="x.bin"`},
		{"...", "image/png", `attachment; filename="document.png"`},
	} {
		if got := documents.Disposition(tt.title, tt.media); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.title, got, tt.want)
		}
	}
}

// Whatever the title is, the header stays one header, the name stays one name.
func TestNoTitleBreaksAHeader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.String().Draw(t, "title")
		got := documents.Disposition(title, rapid.SampledFrom(append(documents.MediaTypes(), "", "x/y")).Draw(t, "media"))
		if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q", got)
		}
		kind, params, err := mime.ParseMediaType(got)
		name := params["filename"]
		if err != nil || kind != "attachment" || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\\r\n\x00") || strings.HasPrefix(name, ".") {
			t.Fatalf("%q: name %q, %v", got, name, err)
		}
		header := http.Header{}
		header.Set("Content-Disposition", got)
		var out strings.Builder
		if err := header.Write(&out); err != nil || strings.Count(out.String(), "\n") != 1 {
			t.Fatalf("%q", out.String())
		}
	})
}
