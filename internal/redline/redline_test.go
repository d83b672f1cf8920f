package redline

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shown writes a difference as text: {-taken out-}{+come in+}.
func shown(segments []Segment) string {
	var out strings.Builder
	for _, s := range segments {
		switch s.Kind {
		case Deleted:
			out.WriteString("{-" + s.Text + "-}")
		case Inserted:
			out.WriteString("{+" + s.Text + "+}")
		default:
			out.WriteString(s.Text)
		}
	}
	return out.String()
}

func TestParagraphsAreComparedByArticle(t *testing.T) {
	old := []string{"第一章 总则", "第一条 为了规范垃圾分类，制定本办法。", "第二条 本办法适用于本区。", "第三条 违反规定的，处二百元罚款。", "第四条 本办法自发布之日起施行。"}
	now := []string{"第一章 总则", "第一条 为了规范垃圾分类管理，制定本办法。", "第二条 街道办事处负责日常巡查，并公布结果。", "第三条 本办法适用于本区。", "第四条 违反规定的，处五百元罚款。", "第五条 本办法自发布之日起施行。"}
	var got []string
	for _, p := range Compare(old, now) {
		got = append(got, string(p.Kind)+" "+p.Article+": "+shown(p.Segments))
	}
	want := []string{
		"same : 第一章 总则",
		"changed 第一条: 第一条 为了规范垃圾分类{+管理+}，制定本办法。",
		"ins 第二条: {+第二条 街道办事处负责日常巡查，并公布结果。+}",
		"changed 第三条: 第{-二-}{+三+}条 本办法适用于本区。",
		"changed 第四条: 第{-三-}{+四+}条 违反规定的，处{-二-}{+五+}百元罚款。",
		"changed 第五条: 第{-四-}{+五+}条 本办法自发布之日起施行。",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWordsAreComparedWholeAndShortRunsWithTheChange(t *testing.T) {
	for _, c := range []struct{ old, now, want string }{
		{"within 30 days", "within 45 days", "within {-30-}{+45+} days"},
		{"甲乙丙丁", "甲子丙丑", "甲{-乙丙丁-}{+子丙丑+}"},
		{"", "新", "{+新+}"},
		{"同", "同", "同"},
	} {
		if got := shown(inParagraph(c.old, c.now)); got != c.want {
			t.Errorf("%q to %q: %s, want %s", c.old, c.now, got, c.want)
		}
	}
}

// Whatever the texts, what is same or taken out is the old one, and what is same or
// came in the new one.
func TestADifferenceIsMadeOfBothTexts(t *testing.T) {
	text := rapid.SliceOfN(rapid.StringMatching(`(第[一二三]条 )?[甲乙丙ab ]{1,8}`), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		old, now := text.Draw(t, "old"), text.Draw(t, "now")
		var was, is []string
		for _, p := range Compare(old, now) {
			var before, after string
			for _, s := range p.Segments {
				if s.Kind != Inserted {
					before += s.Text
				}
				if s.Kind != Deleted {
					after += s.Text
				}
			}
			if p.Kind != Inserted {
				was = append(was, before)
			}
			if p.Kind != Deleted {
				is = append(is, after)
			}
		}
		if !slices.Equal(was, old) || !slices.Equal(is, now) {
			t.Fatalf("%q %q came out as %q %q", old, now, was, is)
		}
	})
}

func TestAVeryLargeDifferenceStaysBounded(t *testing.T) {
	old, now := make([]string, 8000), make([]string, 8000)
	for i := range old {
		old[i], now[i] = strings.Repeat("甲", i%7+1)+string(rune('一'+i)), strings.Repeat("乙", i%5+1)+string(rune('一'+i))
	}
	if got := len(Compare(old, now)); got != 16000 {
		t.Errorf("%d paragraphs, want all of both", got)
	}
}
