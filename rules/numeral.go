package rules

import "strings"

const (
	chineseDigits = "零一二三四五六七八九"
	maxNumeral    = 9999
)

// numeral writes a number from 1 to 9999 as instruments number their articles.
func numeral(n int) string {
	digits := []rune(chineseDigits)
	var out strings.Builder
	zero := false
	for _, place := range []struct {
		value int
		unit  string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / place.value % 10
		if d == 0 {
			zero = zero || out.Len() > 0
			continue
		}
		if zero {
			out.WriteRune(digits[0])
			zero = false
		}
		if d != 1 || place.value != 10 || out.Len() > 0 { // 十一, but 一百一十一
			out.WriteRune(digits[d])
		}
		out.WriteString(place.unit)
	}
	return out.String()
}

// parseNumeral reads what numeral writes; ok is false for any other text.
func parseNumeral(text string) (n int, ok bool) {
	digit := 0
	for _, r := range text {
		switch r {
		case '千', '百', '十':
			value := map[rune]int{'千': 1000, '百': 100, '十': 10}[r]
			n += max(digit, 1) * value
			digit = 0
		default:
			i := strings.IndexRune(chineseDigits, r)
			if i < 0 {
				return 0, false
			}
			digit = i / len("零")
		}
	}
	n += digit
	return n, n >= 1 && n <= maxNumeral && numeral(n) == text
}
