package papers

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// chineseDate writes a date in arabic digits without leading zeros (GB/T 9704-2012,
// 7.3.5.4); an empty one stays empty.
func chineseDate(v any) (string, error) {
	text := fmt.Sprint(v)
	if text == "" {
		return "", nil
	}
	d, err := legaltime.ParseDate(text)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d年%d月%d日", d.Year(), d.Month(), d.Day()), nil
}

// chineseNumber writes a number from 1 to 99 for the head of a paragraph; others as they are.
func chineseNumber(n int) string {
	digits := []rune("零一二三四五六七八九")
	switch {
	case n < 1 || n > 99:
		return strconv.Itoa(n)
	case n < 10:
		return string(digits[n])
	}
	out := "十"
	if n >= 20 {
		out = string(digits[n/10]) + out
	}
	if n%10 > 0 {
		out += string(digits[n%10])
	}
	return out
}

// word gives what an enumerated value is called in the paper.
func (t *Template) word(v any) (string, error) {
	value := fmt.Sprint(v)
	if value == "" {
		return "", nil
	}
	if said, ok := t.Words[value]; ok {
		return said, nil
	}
	return "", fmt.Errorf("template %s has no word for %q", t.Name, value)
}

func (t *Template) wordList(values []string) (string, error) {
	out := make([]string, len(values))
	for i, v := range values {
		var err error
		if out[i], err = t.word(v); err != nil {
			return "", err
		}
	}
	return listed(out), nil
}

// listed joins words as Chinese does (GB/T 15834-2011, 4.5).
func listed(words []string) string { return strings.Join(words, "、") }

// stopped ends a sentence that has no end.
func stopped(text string) string {
	text = strings.TrimRight(strings.TrimSpace(text), "；;，,、")
	last, _ := utf8.DecodeLastRuneInString(text)
	if text == "" || strings.ContainsRune("。！？：…”）.!?", last) {
		return text
	}
	return text + "。"
}

// clean takes out what no paper shows and no format carries: characters that control a
// terminal, have no width or turn the direction of writing.
func clean(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r == 0x85:
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0, r == utf8.RuneError, r >= 0xfff0 && r <= 0xffff, casefile.Hidden(r):
			return -1
		}
		return r
	}, text))
}
