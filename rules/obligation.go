package rules

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

const obligationsFile = "obligations.yaml"

// Obligation (义务) is one duty that an instrument sets, in the words of the pack,
// and what sees to it.
type Obligation struct {
	ID    string        `json:"id"`
	Place Citation      `json:"place"`
	Who   casefile.Text `json:"who"`
	Must  casefile.Text `json:"must"`
	MetBy MetBy         `json:"met_by,omitzero"`
	// Human says why the obligation, or a part of it, is left to human judgement.
	Human casefile.Text `json:"human,omitzero"`
	File  string        `json:"file"`
	Line  int           `json:"line"`
}

// MetBy names what sees to an obligation: things of the pack or of the packs that
// it builds on, and of the procedures that ask them.
type MetBy struct {
	Rules      []string `json:"rules,omitempty"`
	Periods    []string `json:"periods,omitempty"`
	Parameters []string `json:"parameters,omitempty"`
	Tables     []string `json:"tables,omitempty"`
	Documents  []string `json:"documents,omitempty"` // "<fact>/<paper>": a paper that one of the rules looks for in the fact
	Steps      []string `json:"steps,omitempty"`     // steps (环节) that a case cannot pass by
	Acts       []string `json:"acts,omitempty"`      // "<step>.<verb>", recorded with who did them and when
	Separate   []string `json:"separate,omitempty"`  // "<role>/<role>": nobody acts in both
}

// IsZero reports whether nothing is named.
func (m MetBy) IsZero() bool {
	return len(m.Rules)+len(m.Periods)+len(m.Parameters)+len(m.Tables)+len(m.Documents)+len(m.Steps)+len(m.Acts)+len(m.Separate) == 0
}

// FreeArticle is an article that obliges nobody in a procedure, and why.
type FreeArticle struct {
	Place   Citation      `json:"place"`
	Because casefile.Text `json:"because"`
}

// duties is what obligations.yaml says.
type duties struct {
	instrument  Instrument
	obligations []Obligation
	free        []FreeArticle
}

// Obligations gives the obligations of the instrument that the pack carries out,
// in the order of the file; none when the pack does not list them.
func (p *Pack) Obligations() []Obligation { return slices.Clone(p.duties.obligations) }

// FreeArticles gives the articles of that instrument that oblige nobody.
func (p *Pack) FreeArticles() []FreeArticle { return slices.Clone(p.duties.free) }

// obligationsYAML reads obligations.yaml.
func (l *loader) obligationsYAML(d *document, n *yaml.Node) {
	out := &l.pack.duties
	d.mapping(n, "obligations",
		must("instrument", func(n *yaml.Node) {
			var id string
			d.text("instrument", &id)(n)
			k := slices.IndexFunc(l.pack.instruments, func(i Instrument) bool { return i.ID == id })
			if k < 0 {
				l.add(d.at(n), "instrument: pack.yaml lists no instrument %s", id)
				return
			}
			out.instrument = l.pack.instruments[k]
		}),
		must("obligations", func(n *yaml.Node) {
			first := map[string]int{}
			for _, item := range d.items(n, "obligations") {
				o := l.obligation(d, item)
				if line, twice := first[o.ID]; twice && o.ID != "" {
					l.add(d.at(item), "obligation %s is given twice, first in line %d", o.ID, line)
				}
				first[o.ID] = item.Line
				out.obligations = append(out.obligations, o)
			}
		}),
		must("without_obligation", func(n *yaml.Node) {
			for _, item := range d.items(n, "without_obligation") {
				out.free = append(out.free, l.freeArticle(d, item))
			}
		}),
	)
}

func (l *loader) freeArticle(d *document, n *yaml.Node) (f FreeArticle) {
	d.mapping(n, "article without obligation",
		must("article", l.place(d, &f.Place)),
		must("because", d.bilingual("because", &f.Because)),
	)
	for _, o := range l.pack.duties.obligations {
		if o.Place.Article == f.Place.Article && f.Place.Article > 0 {
			l.add(d.at(n), "%s is said to have no obligation, but %s stands in it", f.Place.Place(), o.ID)
		}
	}
	return f
}

func (l *loader) obligation(d *document, n *yaml.Node) Obligation {
	o := Obligation{File: d.name, Line: n.Line}
	given := d.mapping(n, "obligation",
		must("id", d.matching("obligation id", ruleID, &o.ID)),
		must("article", l.place(d, &o.Place)),
		must("who", d.bilingual("who", &o.Who)),
		must("must", d.bilingual("must", &o.Must)),
		may("met_by", func(n *yaml.Node) { o.MetBy = l.metBy(d, n) }),
		may("human", d.bilingual("human", &o.Human)),
	)
	if given && o.MetBy.IsZero() && o.Human.IsZero() {
		l.add(d.at(n), "obligation %s: say by what it is met, or in human why it is left to human judgement", o.ID)
	}
	return o
}

// place reads one place in the instrument of the file.
func (l *loader) place(d *document, into *Citation) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var text string
		d.text("article", &text)(n)
		i := l.pack.duties.instrument
		if text == "" || i.ID == "" {
			return
		}
		list, err := l.pack.citer().parse(text, Citation{Instrument: i.ID, Name: i.cited()})
		switch {
		case err != nil:
			l.add(d.at(n), "article: %v", err)
		case len(list) != 1 || list[0].Article == 0 || list[0].Instrument != i.ID:
			l.add(d.at(n), "article: name one article of %s", i.ID)
		default:
			*into = list[0]
		}
	}
}

// cited gives the name under which the instrument is cited first.
func (i Instrument) cited() string {
	if len(i.CitedAs) == 0 {
		return i.Title.ZH
	}
	return i.CitedAs[0]
}

func (l *loader) metBy(d *document, n *yaml.Node) (m MetBy) {
	s := l.pack.scope
	known := func(what string, into *[]string, has func(id string) bool) func(*yaml.Node) {
		return func(n *yaml.Node) {
			d.texts(what, into)(n)
			for _, item := range n.Content {
				if item.Value != "" && !has(item.Value) {
					l.add(d.at(item), "met_by: there is no %s %s", what, item.Value)
				}
			}
		}
	}
	d.mapping(n, "met_by",
		may("rules", known("rule", &m.Rules, func(id string) bool { return l.pack.ruleInStack(id) != nil })),
		may("periods", known("period", &m.Periods, func(id string) bool { return s.periods[id] != nil })),
		may("parameters", known("parameter", &m.Parameters, func(id string) bool { _, ok := s.params[id]; return ok })),
		may("tables", known("table", &m.Tables, func(id string) bool { return s.tables[id] != nil })),
		may("documents", known("paper that its rules look for", &m.Documents, func(id string) bool { return l.pack.looksFor(m.Rules, id) })),
		may("steps", d.texts("steps", &m.Steps)),
		may("acts", d.texts("acts", &m.Acts)),
		may("separate", d.texts("separate", &m.Separate)),
	)
	return m
}

// ruleInStack gives the latest version of a rule of the pack or of one that it
// builds on; nil: there is none.
func (p *Pack) ruleInStack(id string) *compiledRule {
	for _, x := range slices.Backward(p.Stack()) {
		if versions := x.versions[id]; len(versions) > 0 {
			return versions[len(versions)-1]
		}
	}
	return nil
}

// looksFor reports whether one of the rules reads the fact and names the paper,
// itself or by a table that it reads.
func (p *Pack) looksFor(ids []string, document string) bool {
	fact, paper, _ := strings.Cut(document, "/")
	for _, id := range ids {
		r := p.ruleInStack(id)
		if r == nil || paper == "" || !slices.Contains(r.Facts, fact) {
			continue
		}
		if strings.Contains(r.Require+r.Met+r.Arises, `"`+paper+`"`) {
			return true
		}
		for _, name := range r.Tables {
			if slices.ContainsFunc(p.scope.tables[name].Rows, func(row TableRow) bool { return row.Then == paper }) {
				return true
			}
		}
	}
	return false
}
