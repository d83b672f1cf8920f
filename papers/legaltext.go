package papers

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// How the parts of a normative text begin (立法技术规范; GB/T 9704-2012, 7.3.3).
var (
	startsPart    = regexp.MustCompile(`^第[一二三四五六七八九十百零〇]{1,8}[编章节](?:[\s　]|$)`)
	startsArticle = regexp.MustCompile(`^第[一二三四五六七八九十百零〇]{1,8}条(?:之[一二三四五六七八九十]{1,3})?`)
	startsHead    = regexp.MustCompile(`^[一二三四五六七八九十]{1,4}、`)
	startsSubhead = regexp.MustCompile(`^（[一二三四五六七八九十]{1,4}）`)
)

// headLength is the longest line that is a head and no paragraph, in characters.
const headLength = 30

// legalText makes blocks of the paragraphs of a text, by how they begin. A first line that
// is the title is left out: the paper has it.
func legalText(paragraphs []string, title string) []Block {
	var out []Block
	for i, line := range paragraphs {
		line = clean(line)
		if line == "" || i == 0 && line == title {
			continue
		}
		out = append(out, legalLine(line))
	}
	return out
}

func legalLine(line string) Block {
	short := utf8.RuneCountInString(line) <= headLength && !strings.ContainsAny(line, "。；：")
	switch {
	case startsPart.MatchString(line):
		return Block{Kind: KindPart, Runs: []Run{{Text: line, Face: Hei}}}
	case startsArticle.MatchString(line):
		article := startsArticle.FindString(line)
		rest := strings.TrimLeft(line[len(article):], " 　")
		return Block{Kind: KindParagraph, Runs: []Run{{Text: article, Face: Hei}, {Text: "　" + rest, Face: FangSong}}}
	case startsHead.MatchString(line) && short:
		return Block{Kind: KindHead, Runs: []Run{{Text: line, Face: Hei}}}
	case startsSubhead.MatchString(line) && short:
		return Block{Kind: KindSubhead, Runs: []Run{{Text: line, Face: Kai}}}
	}
	return Block{Kind: KindParagraph, Runs: []Run{{Text: line}}}
}
