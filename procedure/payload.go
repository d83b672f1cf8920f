package procedure

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Bounds of a payload, so that nothing that somebody sends grows without limit.
const (
	MaxText   = 20_000        // characters of a text
	MaxItems  = 500           // items of a list
	maxInt    = 1_000_000_000 // of an integer field
	maxTotal  = 100_000       // characters of a list together
	firstYear = 1900
	lastYear  = 2200
)

var (
	digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	caseForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$`)
)

// payload checks what came with an act and brings it into its one form.
type payload struct {
	fields []Field
	today  legaltime.Date
	known  func(casefile.Digest) bool // a document with content that the act may name
}

// normalised gives a checked copy: bool, int64, float64, string or []string.
func (p payload) normalised(given casefile.Values) (casefile.Values, *casefile.Refusal) {
	for _, name := range casefile.SortedNames(given) {
		if !slices.ContainsFunc(p.fields, func(f Field) bool { return f.Name == name }) {
			return nil, refuse(casefile.RefusedUnknownField, clip(name), "没有这一项内容。", "the act has no such field")
		}
	}
	out := casefile.Values{}
	for _, f := range p.fields {
		v, ok := given[f.Name]
		if !ok || v == nil {
			if f.Required {
				return nil, lacking(f)
			}
			continue
		}
		value, refusal := p.value(f, v)
		if refusal != nil {
			return nil, refusal
		}
		out[f.Name] = value
	}
	return out, nil
}

func lacking(f Field) *casefile.Refusal {
	return missing(f.Name, fmt.Sprintf("缺少“%s”。", f.Title.ZH), fmt.Sprintf("%s is missing", f.Title.EN))
}

func (p payload) value(f Field, v any) (any, *casefile.Refusal) {
	switch f.Kind {
	case KindBool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case KindInt:
		return integer(f, v)
	case KindNumber:
		if n, ok := number(v); ok {
			return n, nil
		}
	case KindText:
		if s, ok := v.(string); ok {
			return s, p.text(f, s)
		}
	case KindDate:
		if s, ok := v.(string); ok {
			return s, p.date(f, s)
		}
	case KindDigest:
		if s, ok := v.(string); ok {
			return s, p.digest(f, s)
		}
	case KindCase:
		if s, ok := v.(string); ok {
			return s, caseNamed(f, s)
		}
	case KindTexts, KindDigests:
		return p.list(f, v)
	}
	return nil, badValue(f.Name, fmt.Sprintf("“%s”的值类型不对，应为%s。", f.Title.ZH, kindZH(f.Kind)),
		fmt.Sprintf("%s: want a value of kind %s", f.Title.EN, f.Kind))
}

func caseNamed(f Field, s string) *casefile.Refusal {
	switch {
	case s == "" && f.Required:
		return lacking(f)
	case s != "" && !caseForm.MatchString(s):
		return badValue(f.Name, fmt.Sprintf("“%s”须为案件编号。", f.Title.ZH), f.Title.EN+": want the id of a case")
	}
	return nil
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	}
	return 0, false
}

func integer(f Field, v any) (any, *casefile.Refusal) {
	n, ok := number(v)
	if !ok || n != math.Trunc(n) || n < 0 || n > maxInt {
		return nil, badValue(f.Name, fmt.Sprintf("“%s”须为0至%d之间的整数。", f.Title.ZH, maxInt),
			fmt.Sprintf("%s: want a whole number from 0 to %d", f.Title.EN, maxInt))
	}
	return int64(n), nil
}

func (p payload) text(f Field, s string) *casefile.Refusal {
	if refusal := bounded(f, s); refusal != nil {
		return refusal
	}
	if strings.TrimSpace(s) == "" {
		if f.Required {
			return lacking(f)
		}
		return nil
	}
	return permitted(f, s)
}

func bounded(f Field, s string) *casefile.Refusal {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return badValue(f.Name, fmt.Sprintf("“%s”含有无效字符。", f.Title.ZH), f.Title.EN+": not valid text")
	}
	if utf8.RuneCountInString(s) > MaxText {
		return badValue(f.Name, fmt.Sprintf("“%s”超过%d字。", f.Title.ZH, MaxText),
			fmt.Sprintf("%s: longer than %d characters", f.Title.EN, MaxText))
	}
	return nil
}

func permitted(f Field, s string) *casefile.Refusal {
	if len(f.Enum) == 0 || slices.Contains(f.Enum, s) {
		return nil
	}
	values := strings.Join(f.Enum, ", ")
	return badValue(f.Name, fmt.Sprintf("“%s”只能是：%s。", f.Title.ZH, values), fmt.Sprintf("%s: want one of %s", f.Title.EN, values))
}

func (p payload) date(f Field, s string) *casefile.Refusal {
	if s == "" && !f.Required {
		return nil
	}
	d, err := legaltime.ParseDate(s)
	if err != nil || d.Year() < firstYear || d.Year() > lastYear {
		return badValue(f.Name, fmt.Sprintf("“%s”须为真实日期，写作 YYYY-MM-DD。", f.Title.ZH),
			fmt.Sprintf("%s: want a real date, YYYY-MM-DD", f.Title.EN))
	}
	if f.Past && d.After(p.today) {
		return refuse(casefile.RefusedFutureDate, f.Name, fmt.Sprintf("“%s”晚于今天（%s）。", f.Title.ZH, p.today),
			fmt.Sprintf("%s lies after today, %s", f.Title.EN, p.today))
	}
	return nil
}

func (p payload) digest(f Field, s string) *casefile.Refusal {
	if s == "" && !f.Required {
		return nil
	}
	if !digestForm.MatchString(s) {
		return badValue(f.Name, fmt.Sprintf("“%s”须为64位小写十六进制的SHA-256摘要值。", f.Title.ZH),
			f.Title.EN+": want a SHA-256 in lower-case hexadecimal")
	}
	if !p.known(casefile.Digest(s)) {
		return refuse(casefile.RefusedUnknownDigest, f.Name, fmt.Sprintf("“%s”所指的材料不存在，请先上传。", f.Title.ZH),
			f.Title.EN+": there is no such document; store it first")
	}
	return nil
}

func (p payload) list(f Field, v any) (any, *casefile.Refusal) {
	items, ok := listOf(v)
	if !ok {
		return nil, badValue(f.Name, fmt.Sprintf("“%s”须为文字的列表。", f.Title.ZH), f.Title.EN+": want a list of texts")
	}
	if len(items) > MaxItems {
		return nil, badValue(f.Name, fmt.Sprintf("“%s”超过%d项。", f.Title.ZH, MaxItems), fmt.Sprintf("%s: more than %d items", f.Title.EN, MaxItems))
	}
	if len(items) == 0 && f.Required && f.Fact == "" {
		return nil, lacking(f)
	}
	total := 0
	one := f
	one.Required = true
	for _, s := range items {
		total += utf8.RuneCountInString(s)
		refusal := p.text(one, s)
		if f.Kind == KindDigests {
			refusal = p.digest(one, s)
		}
		if refusal != nil {
			return nil, refusal
		}
	}
	if total > maxTotal {
		return nil, badValue(f.Name, fmt.Sprintf("“%s”合计超过%d字。", f.Title.ZH, maxTotal),
			fmt.Sprintf("%s: longer than %d characters together", f.Title.EN, maxTotal))
	}
	return items, nil
}

func listOf(v any) ([]string, bool) {
	switch v := v.(type) {
	case []string:
		return append([]string{}, v...), true
	case []any:
		out := make([]string, 0, len(v))
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return nil, false
			}
			out = append(out, s)
		}
		return out, true
	}
	return nil, false
}

func kindZH(k FieldKind) string {
	switch k {
	case KindBool:
		return "是或否"
	case KindInt:
		return "整数"
	case KindNumber:
		return "数值"
	case KindText:
		return "文字"
	case KindDate:
		return "日期"
	case KindTexts:
		return "文字的列表"
	case KindDigest:
		return "摘要值"
	case KindDigests:
		return "摘要值的列表"
	case KindCase:
		return "案件编号"
	}
	return string(k)
}

// clip keeps a name that somebody sent short enough to show.
func clip(s string) string {
	const most = 60
	if r := []rune(strings.ToValidUTF8(s, "?")); len(r) > most {
		return string(r[:most]) + "…"
	}
	return strings.ToValidUTF8(s, "?")
}
