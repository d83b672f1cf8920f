package rules

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Citation (引用) is what a basis cites of one instrument: all of it, a chapter
// (章) or section (节), an article (条), a paragraph (款), an item (项), or a range
// at the lowest level that it names. A level that is not named is 0.
type Citation struct {
	Instrument string `json:"instrument"` // id in pack.yaml
	Name       string `json:"name"`       // as the basis names the instrument
	Chapter    int    `json:"chapter,omitempty"`
	Section    int    `json:"section,omitempty"`
	Article    int    `json:"article,omitempty"`
	Paragraph  int    `json:"paragraph,omitempty"`
	Item       int    `json:"item,omitempty"`
	To         int    `json:"to,omitempty"` // the last of a range; 0: no range
}

// levelNames are the levels in which an instrument is divided, from the widest.
const levelNames = "章节条款项"

const (
	levelArticle = 2
	levels       = 5
)

func (c *Citation) levels() [levels]*int {
	return [levels]*int{&c.Chapter, &c.Section, &c.Article, &c.Paragraph, &c.Item}
}

// lowest gives the lowest level that is named; -1: none.
func (c Citation) lowest() int {
	at := -1
	for i, n := range c.levels() {
		if *n > 0 {
			at = i
		}
	}
	return at
}

// Place gives what is cited of the instrument, "第十四条至第十八条"; empty: all of
// it.
func (c Citation) Place() string {
	var out strings.Builder
	names := []rune(levelNames)
	for i, n := range c.levels() {
		if *n > 0 {
			out.WriteString("第" + numeral(*n) + string(names[i]))
		}
	}
	if at := c.lowest(); c.To > 0 && at >= 0 {
		out.WriteString("至第" + numeral(c.To) + string(names[at]))
	}
	return out.String()
}

// String gives the citation as a basis has it, without remarks:
// "国务院令第713号 第十五条第一款".
func (c Citation) String() string { return strings.TrimSpace(c.Name + " " + c.Place()) }

// Touches reports whether the two have text in common, as far as can be told: a
// citation that names no article has text in common with every article.
func (c Citation) Touches(other Citation) bool {
	if c.Instrument != other.Instrument {
		return false
	}
	a, b := c.levels(), other.levels()
	for i := range a {
		if *a[i] == 0 || *b[i] == 0 {
			if i < levelArticle || *a[i] == *b[i] {
				continue
			}
			return true
		}
		lastA, lastB := *a[i], *b[i]
		if c.To > 0 && c.lowest() == i {
			lastA = c.To
		}
		if other.To > 0 && other.lowest() == i {
			lastB = other.To
		}
		if *a[i] > lastB || *b[i] > lastA {
			return false
		}
		if lastA != *a[i] || lastB != *b[i] {
			return true
		}
	}
	return true
}

// ParseCitations reads a basis: citations parted by ；, each the name of an
// instrument as its cited_as has it, and the places in it parted by 、. A name may
// stand in 《》 and have its number, or a remark, in （…）. What cannot be read, an
// instrument that is not listed and an article that the instrument does not have
// are errors; all come back together.
func ParseCitations(basis string, instruments []Instrument) ([]Citation, error) {
	return newCiter(instruments).parse(basis, Citation{})
}

// Citations reads a basis by the instruments of the pack and of those that it
// builds on; see [ParseCitations].
func (p *Pack) Citations(basis string) ([]Citation, error) {
	return p.citer().parse(basis, Citation{})
}

func (p *Pack) citer() citer {
	var all []Instrument
	for _, x := range p.Stack() {
		all = append(all, x.instruments...)
	}
	return newCiter(all)
}

// citer knows by which names instruments are cited.
type citer struct {
	byName   map[string]string // instrument id
	articles map[string]int    // by instrument id; 0: not known
}

func newCiter(instruments []Instrument) citer {
	c := citer{byName: map[string]string{}, articles: map[string]int{}}
	for _, i := range instruments {
		for _, name := range i.CitedAs {
			c.byName[name] = i.ID
		}
		c.articles[i.ID] = i.Articles
	}
	return c
}

var (
	placePart = regexp.MustCompile(`第([零一二三四五六七八九十百千]+)([章节条款项])`)
	onlyPlace = regexp.MustCompile(`^(第[零一二三四五六七八九十百千]+[章节条款项])+(至第[零一二三四五六七八九十百千]+[章节条款项])?$`)
	bracketed = regexp.MustCompile(`（[^（）]*）|《[^《》]*》`)
)

// parse reads a basis. A part that names no instrument speaks of the standing
// one, if there is one.
func (c citer) parse(basis string, standing Citation) ([]Citation, error) {
	var out []Citation
	var errs []error
	for part := range strings.SplitSeq(shielded(basis), "；") {
		list, err := c.part(unshielded(part), standing)
		if err != nil {
			errs = append(errs, err)
		}
		out = append(out, list...)
	}
	return out, errors.Join(errs...)
}

// part reads the citations of one instrument.
func (c citer) part(text string, standing Citation) ([]Citation, error) {
	bare := bracketed.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat(" ", len(s)) })
	name, places := strings.TrimSpace(text), ""
	if at := placePart.FindStringIndex(bare); at != nil {
		name, places = strings.TrimSpace(text[:at[0]]), bare[at[0]:]
	}
	base := Citation{Instrument: standing.Instrument, Name: standing.Name}
	if name != "" || base.Instrument == "" {
		id, err := c.instrument(name)
		if err != nil {
			return nil, err
		}
		base = Citation{Instrument: id, Name: name}
	}
	if places == "" {
		return []Citation{base}, nil
	}
	var out []Citation
	var errs []error
	last := base
	for place := range strings.SplitSeq(places, "、") {
		next, err := last.next(strings.TrimSpace(place))
		if err == nil {
			err = c.exists(next)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out, last = append(out, next), next
	}
	return out, errors.Join(errs...)
}

// instrument finds an instrument by the name under which a basis cites it: the
// whole of it, what is outside the brackets, or what is in one of them.
func (c citer) instrument(name string) (string, error) {
	candidates := []string{name, strings.TrimSpace(bracketed.ReplaceAllString(name, ""))}
	for _, in := range bracketed.FindAllString(name, -1) {
		_, first := utf8.DecodeRuneInString(in)
		_, last := utf8.DecodeLastRuneInString(in)
		candidates = append(candidates, in[first:len(in)-last])
	}
	var found []string
	for _, candidate := range candidates {
		if id, ok := c.byName[candidate]; ok && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%q is no instrument of pack.yaml; give the name in the cited_as of one", name)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%q names several instruments: %s", name, strings.Join(found, ", "))
}

// next reads a place. The levels above the first one that it names are those of
// the citation before it: 第十四条第一款、第二款.
func (c Citation) next(place string) (Citation, error) {
	if !onlyPlace.MatchString(place) {
		return c, fmt.Errorf("%q is not read as a place in an instrument, such as 第十五条第一款", place)
	}
	start, to, isRange := strings.Cut(place, "至")
	out := Citation{Instrument: c.Instrument, Name: c.Name}
	before, into := c.levels(), out.levels()
	lowest := -1
	for _, m := range placePart.FindAllStringSubmatch(start, -1) {
		level := strings.Index(levelNames, m[2]) / len("章")
		n, ok := parseNumeral(m[1])
		if !ok || level <= lowest {
			return c, fmt.Errorf("%q is not read as a place in an instrument: 条, 款 and 项 follow each other, their numbers are 一, 二 and so on", place)
		}
		if lowest < 0 {
			for i := range level {
				// Articles are counted through the chapters.
				if level != levelArticle {
					*into[i] = *before[i]
				}
			}
		}
		*into[level], lowest = n, level
	}
	if isRange {
		m := placePart.FindStringSubmatch(to)
		n, ok := parseNumeral(m[1])
		if !ok || strings.Index(levelNames, m[2])/len("章") != lowest || n <= *into[lowest] {
			return c, fmt.Errorf("%q is not a range: it ends at the level at which it begins, and later", place)
		}
		out.To = n
	}
	return out, nil
}

// exists refuses an article beyond the last one of the instrument.
func (c citer) exists(x Citation) error {
	last, article := c.articles[x.Instrument], x.Article
	if x.lowest() == levelArticle {
		article = max(article, x.To)
	}
	if last > 0 && article > last {
		return fmt.Errorf("%s has %d articles; there is no 第%s条", x.Name, last, numeral(article))
	}
	return nil
}

// shielded replaces the ； inside brackets, so that a basis can be split at the
// others; unshielded is the inverse.
func shielded(basis string) string {
	return bracketed.ReplaceAllStringFunc(basis, func(s string) string { return strings.ReplaceAll(s, "；", "\x00") })
}

func unshielded(part string) string { return strings.ReplaceAll(part, "\x00", "；") }
