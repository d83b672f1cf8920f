package rules

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

// ranks lists the ranks from the highest.
func ranks() []Rank {
	return []Rank{RankLaw, RankAdministrativeRegulation, RankLocalRegulation, RankRule, RankLocalMeasure}
}

// Below reports whether the rank is lower than another one.
func (r Rank) Below(other Rank) bool {
	return slices.Index(ranks(), r) > slices.Index(ranks(), other)
}

// Stack gives the pack after all that it builds on, in the order in which they
// judge together.
func (p *Pack) Stack() []*Pack {
	var out []*Pack
	for _, base := range append(slices.Clone(p.over), p) {
		below := []*Pack{base}
		if base != p {
			below = base.Stack()
		}
		for _, x := range below {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	return out
}

// readOver finds the packs that this one builds on, and takes what they declare
// into its scope.
func (l *loader) readOver(d *document, n *yaml.Node) {
	var ids []string
	d.texts("over", &ids)(n)
	for i, id := range ids {
		at := d.at(n)
		if i < len(n.Content) {
			at = d.at(n.Content[i])
		}
		k := slices.IndexFunc(l.among, func(p *Pack) bool { return p.id == id })
		if k < 0 {
			l.add(at, "over: there is no rule pack %s to build on", id)
			l.orphan = true
			continue
		}
		l.pack.over = append(l.pack.over, l.among[k])
		l.pack.scope.include(l.among[k])
		l.overAt = append(l.overAt, at)
	}
}

// checkOver checks that a pack builds on packs that are above it.
func (l *loader) checkOver() {
	for i, base := range l.pack.over {
		if l.pack.rank != "" && base.rank.Below(l.pack.rank) {
			l.add(l.overAt[i], "over: %s (%s) does not stand above this pack (%s)", base.Name(), base.rank, l.pack.rank)
		}
		for _, id := range casefile.SortedNames(l.pack.versions) {
			if len(base.versions[id]) > 0 {
				l.add(l.pack.versions[id][0].at, "rule %s: %s has a rule of this id; a lower pack adds rules, it does not replace them", id, base.Name())
			}
		}
	}
}

// gateShape checks what a gate says of itself.
func (l *loader) gateShape(at position, g *Gate) {
	switch {
	case g.AddsTo == "" && g.Question.ZH == "":
		l.add(at, "gate %s: question is missing", g.ID)
	case g.AddsTo != "" && g.Question.ZH != "":
		l.add(at, "gate %s: the question is that of %s", g.ID, g.AddsTo)
	}
	switch {
	case len(g.Rules) == 0 && (g.Free.ZH == "" || g.AddsTo != ""):
		l.add(at, "gate %s: name at least one rule, or say in free why the instrument asks nothing here", g.ID)
	case len(g.Rules) > 0 && g.Free.ZH != "":
		l.add(at, "gate %s: free is for a gate without rules", g.ID)
	case (g.Kind != "") != (len(g.Rules) == 0):
		l.add(at, "gate %s: kind is given for a gate without rules, and only there", g.ID)
	}
}

// checkAdded checks that the gate to which rules are added exists and asks for
// the same kind of answer.
func (l *loader) checkAdded(g *Gate) {
	if g.AddsTo == "" {
		return
	}
	at := l.gateAt[g.ID]
	k := slices.IndexFunc(l.pack.over, func(p *Pack) bool { return p.id == g.AddsTo.Pack() })
	if k < 0 {
		l.add(at, "gate %s: adds_to: this pack does not build on %s", g.ID, g.AddsTo.Pack())
		return
	}
	base, ok := l.pack.over[k].Gate(g.AddsTo.Gate())
	if !ok || base.AddsTo != "" {
		l.add(at, "gate %s: adds_to: %s has no gate %s", g.ID, l.pack.over[k].Name(), g.AddsTo.Gate())
		return
	}
	g.Kind = base.Kind // the rules are checked against it
}

// LoadAll loads the packs in folders, each after those that it builds on, which it
// finds among the folders and in over. All problems come back together.
func LoadAll(fsys fs.FS, dirs []string, over ...*Pack) ([]*Pack, error) {
	var packs []*Pack
	var errs []error
	waiting := slices.Clone(dirs)
	for len(waiting) > 0 {
		var still []string
		for _, dir := range waiting {
			base, err := declaredOver(fsys, dir)
			known := slices.Concat(over, packs)
			lacks := func(id string) bool {
				return !slices.ContainsFunc(known, func(p *Pack) bool { return p.id == id })
			}
			if err == nil && slices.ContainsFunc(base, lacks) {
				still = append(still, dir)
				continue
			}
			p, err := LoadPack(fsys, dir, known...)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			packs = append(packs, p)
		}
		if len(still) == len(waiting) { // none of them can be helped: let each say what it lacks
			for _, dir := range still {
				_, err := LoadPack(fsys, dir, slices.Concat(over, packs)...)
				errs = append(errs, err)
			}
			break
		}
		waiting = still
	}
	return packs, errors.Join(errs...)
}

// declaredOver reads which packs a folder's pack builds on. What is wrong with the
// file is for LoadPack to say.
func declaredOver(fsys fs.FS, dir string) ([]string, error) {
	b, err := fs.ReadFile(fsys, path.Join(dir, "pack.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	var head struct {
		Over []string `yaml:"over"`
	}
	if err := yaml.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	return head.Over, nil
}

func notFound(what, name string) error {
	return fmt.Errorf("%s %s: %w", what, name, casefile.ErrNotFound)
}
