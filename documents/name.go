package documents

import (
	"mime"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
)

// MaxTitle is the longest title of a document, in characters.
const MaxTitle = 300

// checkTitle gives the title without blanks around it. Titles end up in headers,
// file names and pages: control characters, and those that turn the direction of
// writing around so that "fdp.exe" looks like "exe.pdf", are refused.
func checkTitle(title string) (string, error) {
	title = strings.TrimSpace(title)
	if n := utf8.RuneCountInString(title); n == 0 || n > MaxTitle || !utf8.ValidString(title) {
		return "", refused(CodeTitle, "标题须为 1 至 300 个字。", "the title must have 1 to 300 characters")
	}
	if strings.ContainsFunc(title, hidden) {
		return "", refused(CodeTitle, "标题不得含有控制字符或者改变书写方向的字符。",
			"the title must not hold control characters or such that turn the direction of writing")
	}
	return title, nil
}

// hidden reports whether a character is not seen and changes how others are.
func hidden(r rune) bool {
	return unicode.IsControl(r) || casefile.Hidden(r)
}

// FileName gives the name under which a document is saved: the title without what
// no file system takes, and with the extension of its type.
func FileName(title, mediaType string) string {
	name := strings.Map(func(r rune) rune {
		if hidden(r) || strings.ContainsRune(`/\:*?"<>|`, r) || r == utf8.RuneError {
			return '_'
		}
		return r
	}, title)
	name = strings.TrimLeft(name, ". ")
	if runes := []rune(name); len(runes) > 120 {
		name = string(runes[:120])
	}
	if name == "" {
		name = "document"
	}
	media, _, err := mime.ParseMediaType(mediaType)
	k, ok := kindOf(media)
	if err != nil || !ok {
		return name + ".bin"
	}
	if !strings.EqualFold(path.Ext(name), k.extension) {
		name += k.extension
	}
	return name
}

// Disposition gives the header Content-Disposition by which a document is saved
// and never shown in place (RFC 6266): a name in ASCII for those who read no
// other, and the whole one.
func Disposition(title, mediaType string) string {
	name := FileName(title, mediaType)
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	out := `attachment; filename="` + ascii + `"`
	if ascii != name {
		out += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return out
}
