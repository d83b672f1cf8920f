package papers

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// squares measures text as characters that are each one wide.
func squares(text string) []measured {
	var out []measured
	for _, r := range text {
		out = append(out, measured{glyphs: []glyph{{char: r, w: 1}}, w: 1, first: r, last: r, space: r == ' '})
	}
	return out
}

func broken(text string, width float64) []string {
	var out []string
	for _, l := range breakLines(squares(text), width, 0) {
		var b strings.Builder
		for _, g := range l.glyphs {
			b.WriteRune(g.char)
		}
		out = append(out, b.String())
	}
	return out
}

func TestMarksStandWhereTheyMay(t *testing.T) {
	tests := []struct {
		name, text string
		width      float64
		want       []string
	}{
		{"a line is filled", "一二三四五六", 3, []string{"一二三", "四五六"}},
		{"no comma begins a line", "一二三四，五六", 4, []string{"一二三", "四，五六"}},
		{"a comma is drawn in where there is a mark to narrow", "一，二，三四，五六七", 6, []string{"一，二，三四，", "五六七"}},
		{"no opening mark ends a line", "一二三《四五》", 4, []string{"一二三", "《四五》"}},
		{"two marks stay together", "一二三四》。五", 4, []string{"一二三", "四》。五"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := broken(tt.text, tt.width); strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzLines(f *testing.F) {
	f.Add("一二，《三四》。five 六", 4)
	f.Fuzz(func(t *testing.T, text string, width int) {
		text = clean(text)
		if !utf8.ValidString(text) || width < 1 || width > 100 || len(text) > 1000 {
			t.Skip("out of bounds, or what cleaning leaves out")
		}
		if got := strings.Join(broken(text, float64(width)), ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("lost text: %q of %q", got, text)
		}
	})
}

func FuzzCFF(f *testing.F) {
	f.Add([]byte{1, 0, 4, 4, 0, 1, 1, 1, 2, 'A', 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if font, err := parseCFF(b); err == nil {
			if _, err := font.subset([]uint16{0, 1}); err != nil && len(font.charStrings) > 1 {
				t.Error(err)
			}
		}
	})
}

func TestNumbersInChinese(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 11: "十一", 20: "二十", 35: "三十五", 99: "九十九", 100: "100"} {
		if got := chineseNumber(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestThePageHoldsTwentyTwoLines(t *testing.T) {
	l := &layout{}
	for range 45 {
		l.flow = append(l.flow, piece{height: linePitch, draw: func(p *page, _ float64) { p.marks = append(p.marks, mark{}) }})
	}
	pages := l.paginate()
	if len(pages) != 3 || len(pages[0].marks) != 22 || len(pages[1].marks) != 22 {
		t.Errorf("%d pages, %d lines on the first", len(pages), len(pages[0].marks))
	}
}
