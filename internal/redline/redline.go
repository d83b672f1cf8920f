// Package redline compares two versions of a text as lawyers do: paragraph by
// paragraph, each with the article that it belongs to, and within a paragraph that
// was changed character by character. An article that only got another number is
// the same one, changed.
package redline

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Kind says what became of a piece of text.
type Kind string

// The kinds. A paragraph is of any; a segment is not [Changed].
const (
	Same     Kind = "same"
	Inserted Kind = "ins"
	Deleted  Kind = "del"
	Changed  Kind = "changed"
)

// Segment is a run of text of one paragraph.
type Segment struct {
	Kind Kind
	Text string
}

// Paragraph is a paragraph of two versions of a text.
type Paragraph struct {
	Kind     Kind
	Article  string // that it belongs to, 第三条; empty before the first
	Segments []Segment
}

// Bounds within which the smallest difference is looked for; beyond them, all that
// lies between what both begin and end with counts as replaced.
const (
	maxEdits      = 2_000
	maxPairs      = 40_000 // paragraphs that were taken out, times those that came in, of one gap
	similarEnough = 0.35
	shortRun      = 2 // characters that are kept between two changes; fewer are changed with them
)

// articleLabel finds the number of an article at the beginning of a paragraph.
var articleLabel = regexp.MustCompile(`^[#*\s　]*(第[一二三四五六七八九十百千零〇两0-9０-９]{1,9}条|Article \d{1,4})`)

func labelOf(paragraph string) string {
	if m := articleLabel.FindStringSubmatch(paragraph); m != nil {
		return m[1]
	}
	return ""
}

// Compare gives the difference of two texts paragraph by paragraph; within a
// paragraph that was changed, character by character.
func Compare(old, now []string) []Paragraph {
	var out []Paragraph
	article := ""
	add := func(kind Kind, text string, segments []Segment) {
		if label := labelOf(text); label != "" {
			article = label
		}
		out = append(out, Paragraph{Kind: kind, Article: article, Segments: segments})
	}
	gap := func(taken, came []string) {
		for _, p := range paired(taken, came) {
			switch {
			case p.now < 0:
				add(Deleted, taken[p.old], []Segment{{Deleted, taken[p.old]}})
			case p.old < 0:
				add(Inserted, came[p.now], []Segment{{Inserted, came[p.now]}})
			default:
				add(Changed, came[p.now], inParagraph(taken[p.old], came[p.now]))
			}
		}
	}
	i, j := 0, 0
	for _, m := range matches(old, now) {
		gap(old[i:m.old], now[j:m.now])
		add(Same, now[m.now], []Segment{{Same, now[m.now]}})
		i, j = m.old+1, m.now+1
	}
	gap(old[i:], now[j:])
	return out
}

// match is a place of the old text and one of the new; -1: there is none.
type match struct{ old, now int }

// paired finds out which paragraphs of a gap are the same one, changed: those that
// are most alike, in order.
func paired(taken, came []string) []match {
	n, m := len(taken), len(came)
	if n == 0 || m == 0 || n*m > maxPairs {
		return unpaired(n, m, 0, 0)
	}
	alike := make([][]float64, n)
	best := make([][]float64, n+1) // of what lies behind
	best[n] = make([]float64, m+1)
	old, now := grams(taken), grams(came)
	for i := n - 1; i >= 0; i-- {
		alike[i], best[i] = make([]float64, m), make([]float64, m+1)
		for j := m - 1; j >= 0; j-- {
			alike[i][j] = similarity(old[i], now[j])
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if alike[i][j] >= similarEnough {
				best[i][j] = max(best[i][j], alike[i][j]+best[i+1][j+1])
			}
		}
	}
	var out []match
	i, j, at, by := 0, 0, 0, 0
	for i < n && j < m {
		switch {
		case alike[i][j] >= similarEnough && best[i][j] == alike[i][j]+best[i+1][j+1]:
			out = append(append(out, unpaired(i-at, j-by, at, by)...), match{i, j})
			i, j = i+1, j+1
			at, by = i, j
		case best[i][j] == best[i+1][j]:
			i++
		default:
			j++
		}
	}
	return append(out, unpaired(n-at, m-by, at, by)...)
}

func unpaired(taken, came, at, by int) []match {
	var out []match
	for i := range taken {
		out = append(out, match{at + i, -1})
	}
	for j := range came {
		out = append(out, match{-1, by + j})
	}
	return out
}

// grams counts the pairs of characters of each paragraph, without the number of
// its article.
func grams(paragraphs []string) []map[[2]rune]int {
	out := make([]map[[2]rune]int, len(paragraphs))
	for i, p := range paragraphs {
		out[i] = map[[2]rune]int{}
		before := rune(0)
		for _, r := range articleLabel.ReplaceAllString(p, "") {
			if unicode.IsSpace(r) {
				continue
			}
			out[i][[2]rune{before, r}]++
			before = r
		}
	}
	return out
}

// similarity is twice what two paragraphs have in common, by what they have.
func similarity(a, b map[[2]rune]int) float64 {
	common, all := 0, 0
	for pair, n := range a {
		common += min(n, b[pair])
		all += n
	}
	for _, n := range b {
		all += n
	}
	if all == 0 {
		return 1
	}
	return 2 * float64(common) / float64(all)
}

// inParagraph gives the difference of two versions of a paragraph.
func inParagraph(old, now string) []Segment {
	a, b := tokens(old), tokens(now)
	var out []Segment
	add := func(kind Kind, text string) {
		if last := len(out) - 1; text != "" && last >= 0 && out[last].Kind == kind {
			out[last].Text += text
		} else if text != "" {
			out = append(out, Segment{kind, text})
		}
	}
	i, j := 0, 0
	for _, m := range matches(a, b) {
		add(Deleted, strings.Join(a[i:m.old], ""))
		add(Inserted, strings.Join(b[j:m.now], ""))
		add(Same, a[m.old])
		i, j = m.old+1, m.now+1
	}
	add(Deleted, strings.Join(a[i:], ""))
	add(Inserted, strings.Join(b[j:], ""))
	return smoothed(out)
}

// smoothed takes single characters that happen to stay between two changes into
// them, and puts what was taken out before what came in.
func smoothed(segments []Segment) []Segment {
	var out []Segment
	var del, ins string
	flush := func() {
		if del != "" {
			out = append(out, Segment{Deleted, del})
		}
		if ins != "" {
			out = append(out, Segment{Inserted, ins})
		}
		del, ins = "", ""
	}
	for i, s := range segments {
		switch {
		case s.Kind == Deleted:
			del += s.Text
		case s.Kind == Inserted:
			ins += s.Text
		case i > 0 && i < len(segments)-1 && len([]rune(s.Text)) < shortRun:
			del, ins = del+s.Text, ins+s.Text
		default:
			flush()
			out = append(out, s)
		}
	}
	flush()
	return out
}

// tokens takes a text apart: Chinese by characters, other words and numbers whole.
func tokens(text string) []string {
	var out []string
	word := false
	for _, r := range text {
		letter := r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if letter && word {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		word = letter
	}
	return out
}

// matches gives a longest common subsequence of two lists (Myers, 1986).
func matches(a, b []string) []match {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []match
	for i := range head {
		out = append(out, match{i, i})
	}
	for _, m := range middle(a[head:len(a)-tail], b[head:len(b)-tail]) {
		out = append(out, match{m.old + head, m.now + head})
	}
	for i := tail; i > 0; i-- {
		out = append(out, match{len(a) - i, len(b) - i})
	}
	return out
}

// middle walks along the furthest paths with ever more edits, and back.
func middle(a, b []string) []match {
	n, m := len(a), len(b)
	if n == 0 || m == 0 {
		return nil
	}
	limit := min(n+m, maxEdits)
	furthest := make([]int, 2*limit+3)
	origin := limit + 1
	var trace [][]int
	for d := 0; d <= limit; d++ {
		trace = append(trace, slices.Clone(furthest[origin-d-1:origin+d+2]))
		for k := -d; k <= d; k += 2 {
			x := furthest[origin+k-1] + 1
			if k == -d || k != d && furthest[origin+k-1] < furthest[origin+k+1] {
				x = furthest[origin+k+1]
			}
			y := x - k
			for x < n && y < m && a[x] == b[y] {
				x, y = x+1, y+1
			}
			furthest[origin+k] = x
			if x >= n && y >= m {
				return back(trace, n, m)
			}
		}
	}
	return nil
}

// back follows the trace from the end to the beginning.
func back(trace [][]int, x, y int) []match {
	var out []match
	for d := len(trace) - 1; d >= 0; d-- {
		before := func(k int) int { return trace[d][k+d+1] }
		k := x - y
		from := k - 1
		if k == -d || k != d && before(k-1) < before(k+1) {
			from = k + 1
		}
		px := before(from)
		py := px - from
		for x > px && y > py && x > 0 && y > 0 {
			x, y = x-1, y-1
			out = append(out, match{x, y})
		}
		x, y = px, py
	}
	slices.Reverse(out)
	return out
}
