package access

import (
	"context"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// Seen is a case as a caller may see it. Withheld names what was left out.
type Seen struct {
	casefile.Case
	Withheld []string
}

// SeenEntry is an entry as a caller may see it. Withheld names what was left out.
type SeenEntry struct {
	casework.SealedEntry
	Withheld []string
}

// Reply is what an act led to, as the actor may see it.
type Reply struct {
	Entry    casefile.Entry
	Withheld []string // of the entry
	Case     Seen
}

func (g *Guard) reply(ctx context.Context, p auth.Principal, r casework.Reply) (Reply, error) {
	cleared, err := g.cleared(ctx, p, r.Case)
	if err != nil {
		return Reply{}, err
	}
	entry := g.seenEntry(casework.SealedEntry{Entry: r.Entry}, cleared)
	return Reply{Entry: entry.Entry, Withheld: entry.Withheld, Case: g.seen(view{c: r.Case, cleared: cleared})}, nil
}

// seen leaves out what the caller may not know.
func (g *Guard) seen(v view) Seen {
	if v.cleared {
		return Seen{Case: v.c}
	}
	c, out := v.c, Seen{}
	c.Facts = map[string]casefile.Fact{}
	for _, name := range casefile.SortedNames(v.c.Facts) {
		if g.levels.Fact(name) == casefile.LevelRestricted {
			out.Withheld = append(out.Withheld, "facts."+name)
			continue
		}
		c.Facts[name] = v.c.Facts[name]
	}
	c.Documents = slices.Clone(v.c.Documents)
	for i, d := range c.Documents {
		if d.Level == casefile.LevelRestricted {
			out.Withheld = append(out.Withheld, "documents."+string(d.Digest))
			c.Documents[i].Title, c.Documents[i].MediaType, c.Documents[i].Size = "", "", 0
		}
	}
	out.Case = c
	return out
}

// reads reports whether the caller may read a document of the case.
func (v view) reads(digest casefile.Digest) bool {
	return v.cleared || !slices.ContainsFunc(v.c.Documents, func(d casefile.Document) bool {
		return d.Digest == digest && d.Level == casefile.LevelRestricted
	})
}

// seenEntry leaves out of an entry what the caller may not know. The leaf stays:
// it holds commitments, not values.
func (g *Guard) seenEntry(sealed casework.SealedEntry, cleared bool) SeenEntry {
	if cleared {
		return SeenEntry{SealedEntry: sealed}
	}
	e, out := sealed.Entry, SeenEntry{SealedEntry: sealed}
	hide := func(prefix string, values casefile.Values, level func(name string) casefile.Level) casefile.Values {
		kept := casefile.Values{}
		for _, name := range casefile.SortedNames(values) {
			if level(name) == casefile.LevelRestricted {
				out.Withheld = append(out.Withheld, prefix+name)
				continue
			}
			kept[name] = values[name]
		}
		if len(values) == 0 {
			return values
		}
		return kept
	}
	if e.Act != nil {
		act := *e.Act
		_, verb := act.Split()
		act.With = hide("act.with.", act.With, func(name string) casefile.Level { return g.levels.Field(verb, name) })
		if act.Signature != nil && len(out.Withheld) > 0 { // what is withheld could be guessed, and the signature would tell
			act.Signature, out.Withheld = nil, append(out.Withheld, "act.signature")
		}
		e.Act = &act
	}
	e.Facts = hide("facts.", e.Facts, g.levels.Fact)
	e.Verdict = g.verdict(e.Verdict)
	e.Entered = slices.Clone(e.Entered)
	for i := range e.Entered {
		e.Entered[i].Verdict = g.verdict(e.Entered[i].Verdict)
	}
	e.Documents = slices.Clone(e.Documents)
	for i, d := range e.Documents {
		if d.Level == casefile.LevelRestricted {
			out.Withheld = append(out.Withheld, "documents."+string(d.Digest))
			e.Documents[i].Title, e.Documents[i].MediaType, e.Documents[i].Size = "", "", 0
		}
	}
	out.Openings = nil
	out.Entry = e
	return out
}

// verdict leaves out the values of restricted facts.
func (g *Guard) verdict(v *casefile.Verdict) *casefile.Verdict {
	if v == nil {
		return nil
	}
	out := *v
	out.Findings = slices.Clone(v.Findings)
	for i, f := range out.Findings {
		kept := casefile.Values{}
		for _, name := range casefile.SortedNames(f.Values) {
			if g.levels.Fact(name) != casefile.LevelRestricted {
				kept[name] = f.Values[name]
			}
		}
		if len(kept) < len(f.Values) {
			out.Findings[i].Values = kept
		}
	}
	return &out
}
