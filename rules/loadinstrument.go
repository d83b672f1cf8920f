package rules

import "gopkg.in/yaml.v3"

func (l *loader) instruments(d *document, n *yaml.Node) {
	seen, named := map[string]bool{}, map[string]string{}
	for _, item := range d.items(n, "instruments") {
		var i Instrument
		d.mapping(item, "instrument",
			must("id", d.text("instrument id", &i.ID)),
			must("title", d.bilingual("instrument title", &i.Title)),
			must("in_force", d.span("instrument in_force", &i.InForce)),
			must("text_seen", d.text("instrument text_seen", &i.TextSeen)),
			may("cited_as", d.texts("instrument cited_as", &i.CitedAs)),
			may("articles", func(n *yaml.Node) {
				count, ok := d.value(n, "articles").(int64)
				if !ok || count < 1 || count > maxNumeral {
					l.add(d.at(n), "articles: want a number from 1 to %d", maxNumeral)
					return
				}
				i.Articles = int(count)
			}),
		)
		if i.ID != "" && seen[i.ID] {
			l.add(d.at(item), "instrument %s is given twice", i.ID)
		}
		seen[i.ID] = true
		for _, name := range i.CitedAs {
			if other, taken := named[name]; taken && other != i.ID {
				l.add(d.at(item), "instrument %s: %s is cited as %q, too", i.ID, other, name)
			}
			named[name] = i.ID
		}
		l.pack.instruments = append(l.pack.instruments, i)
	}
	if len(l.pack.instruments) == 0 && n.Kind == yaml.SequenceNode {
		l.add(d.at(n), "instruments: name at least one")
	}
}

// citesChecked reports whether the pack says how its instruments are cited.
// Packs that do not were released before their citations were read.
func (l *loader) citesChecked() bool {
	for _, i := range l.pack.instruments {
		if len(i.CitedAs) > 0 {
			return true
		}
	}
	return false
}

// basis reads a citation.
func (l *loader) basis(d *document, what string, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.text(what, into)(n)
		if *into == "" || !l.citesChecked() {
			return
		}
		if _, err := l.pack.Citations(*into); err != nil {
			for _, err := range unjoined(err) {
				l.add(d.at(n), "%s: %v", what, err)
			}
		}
	}
}

// unjoined gives the errors that were joined.
func unjoined(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the outermost is meant
		var out []error
		for _, e := range joined.Unwrap() {
			out = append(out, unjoined(e)...)
		}
		return out
	}
	return []error{err}
}
