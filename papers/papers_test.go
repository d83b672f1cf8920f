package papers_test

import (
	"bytes"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/papers"
)

// written gives a paper in a format.
func written(t testing.TB, p *papers.Paper, format papers.Format) []byte {
	t.Helper()
	b, err := papers.Write(p, format, fonts(t))
	if err != nil {
		t.Fatalf("%s as %s: %v", p.Template.Name, format, err)
	}
	return b
}

func made(t testing.TB, name string, src papers.Source) *papers.Paper {
	t.Helper()
	p, err := papers.Make(template(t, name), src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheSameCaseGivesTheSameBytes(t *testing.T) {
	for _, name := range []string{"published-text", "legality-opinion", "meeting-minutes", "filing-report", "comment-notice"} {
		for _, format := range papers.Formats() {
			first := written(t, made(t, name, parking(t).source()), format)
			if again := written(t, made(t, name, parking(t).source()), format); !bytes.Equal(first, again) {
				t.Errorf("%s.%s is not the same twice", name, format)
			}
		}
	}
}

// What happens to the case later changes no paper of what was before.
func TestALaterActChangesNoPaperOfAnEarlierOne(t *testing.T) {
	r := parking(t)
	before := written(t, made(t, "legality-opinion", r.source()), papers.FormatHTML)
	r.add(casefile.Entry{Kind: casefile.EntryAct, On: day("2025-07-01"), Act: &casefile.Act{ID: "n", Kind: "case.note"}, Verb: "note"})
	if after := written(t, made(t, "legality-opinion", r.source()), papers.FormatHTML); !bytes.Equal(before, after) {
		t.Error("a note changed the opinion")
	}
}
