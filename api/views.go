package api

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// caseView is a case with its lists filled and its opinions marked stale.
type caseView struct {
	casefile.Case
	Practice  bool                `json:"practice"`
	Steps     []casefile.StepRun  `json:"steps"`
	Documents []casefile.Document `json:"documents"`
	Opinions  []opinionView       `json:"opinions"`
	Deadlines []casefile.Deadline `json:"deadlines"`
	Acted     []casefile.Capacity `json:"acted"`
	Facts     factsView           `json:"facts"`
	Withheld  []string            `json:"withheld,omitempty"` // what the caller may not know
}

type factsView map[string]casefile.Fact

type opinionView struct {
	casefile.Opinion
	Stale bool `json:"stale"`
}

func caseOf(seen access.Seen) caseView {
	c := seen.Case
	v := caseView{Withheld: seen.Withheld,
		Case: c, Practice: c.Practice, Steps: filled(c.Steps), Documents: filled(c.Documents),
		Opinions: []opinionView{}, Deadlines: filled(c.Deadlines), Acted: filled(c.Acted), Facts: c.Facts,
	}
	if v.Facts == nil {
		v.Facts = factsView{}
	}
	for _, o := range c.Opinions {
		v.Opinions = append(v.Opinions, opinionView{Opinion: o, Stale: c.Stale(o)})
	}
	return v
}

// entryView is an entry, what made it when no person did, and what of it the
// caller may not know.
type entryView struct {
	casefile.Entry
	Cause    *casefile.Cause `json:"cause,omitempty"`
	Withheld []string        `json:"withheld,omitempty"`
}

func entryOf(e casefile.Entry, withheld []string) entryView {
	v := entryView{Entry: e, Withheld: withheld}
	if cause, ok := e.Cause(); ok {
		v.Cause = &cause
	}
	return v
}

type replyView struct {
	Entry entryView `json:"entry"`
	Case  caseView  `json:"case"`
}

func replyOf(r access.Reply) replyView {
	return replyView{Entry: entryOf(r.Entry, r.Withheld), Case: caseOf(r.Case)}
}

type readingView struct {
	Case     caseView       `json:"case"`
	Possible []possibleView `json:"possible"`
}

type possibleListView struct {
	Possible []possibleView `json:"possible"`
}

// possibleView is an act that the case admits now. Hindrances are the findings
// that keep its gate closed.
type possibleView struct {
	Kind       string             `json:"kind"`
	Step       string             `json:"step,omitempty"`
	Title      casefile.Text      `json:"title"`
	Roles      []casefile.Role    `json:"roles"`
	Gates      []string           `json:"gates"`
	Allowed    bool               `json:"allowed"`
	Fields     []fieldView        `json:"fields"`
	Verdict    casefile.Verdict   `json:"verdict"`
	Hindrances []casefile.Finding `json:"hindrances"`
	Supplies   []string           `json:"supplies"`
	Schema     procedure.Schema   `json:"schema"` // of the payload
}

type fieldView struct {
	Name     string              `json:"name"`
	Kind     procedure.FieldKind `json:"kind"`
	Title    casefile.Text       `json:"title"`
	Required bool                `json:"required"`
	Past     bool                `json:"past,omitempty"`
	Enum     []string            `json:"enum,omitempty"`
	Fact     string              `json:"fact,omitempty"`
	Level    casefile.Level      `json:"level,omitempty"`
}

func possibleOf(all []casework.Possible) []possibleView {
	out := []possibleView{}
	for _, p := range all {
		v := possibleView{
			Kind: p.Kind, Step: p.Step, Title: p.Title, Roles: filled(p.Roles), Gates: []string{}, Allowed: p.Allowed,
			Fields: []fieldView{}, Verdict: p.Verdict, Hindrances: filled(p.Verdict.Hindering()), Supplies: filled(p.Supplies),
			Schema: p.Spec.Schema(p.Kind),
		}
		for _, gate := range p.Gates {
			v.Gates = append(v.Gates, string(gate))
		}
		for _, f := range p.Spec.Fields {
			v.Fields = append(v.Fields, fieldView{Name: f.Name, Kind: f.Kind, Title: f.Title, Required: f.Required, Past: f.Past, Enum: f.Enum, Fact: f.Fact, Level: f.Level})
		}
		out = append(out, v)
	}
	return out
}

type pageView struct {
	Cases []summaryView `json:"cases"`
	Next  string        `json:"next,omitempty"`
	Count *countView    `json:"count,omitempty"`
}

// countView is how many there are in all; at least as many when not whole.
type countView struct {
	Cases int64 `json:"cases"`
	Whole bool  `json:"whole"`
}

type summaryView struct {
	casework.Summary
	Practice bool     `json:"practice"`
	Steps    []string `json:"steps"`
}

func pageOf(summaries []casework.Summary, next string) pageView {
	v := pageView{Cases: []summaryView{}, Next: next}
	for _, s := range summaries {
		v.Cases = append(v.Cases, summaryOf(s))
	}
	return v
}

func summaryOf(s casework.Summary) summaryView {
	return summaryView{Summary: s, Practice: s.Practice, Steps: filled(s.Steps)}
}

type entryListView struct {
	Entries []sealedView `json:"entries"`
}

type sealedView struct {
	Entry    entryView `json:"entry"`
	Index    int64     `json:"index"`
	LeafHash string    `json:"leaf_hash"`
}

func entriesOf(entries []access.SeenEntry) entryListView {
	v := entryListView{Entries: []sealedView{}}
	for _, e := range entries {
		v.Entries = append(v.Entries, sealedView{Entry: entryOf(e.Entry, e.Withheld), Index: e.Index, LeafHash: leafHash(e.Leaf)})
	}
	return v
}

// leafHash is the hash of a leaf as RFC 6962 defines it.
func leafHash(leaf []byte) string {
	sum := sha256.Sum256(append([]byte{0}, leaf...))
	return hex.EncodeToString(sum[:])
}

type procedureListView struct {
	Procedures []procedureSummary `json:"procedures"`
}

type procedureSummary struct {
	Name  string        `json:"name"`
	Title casefile.Text `json:"title"`
	Basis string        `json:"basis"`
	Packs []string      `json:"packs"`
}

type procedureView struct {
	Name       string                `json:"name"`
	Definition *procedure.Definition `json:"definition"`
}

type healthView struct {
	Status string `json:"status"`
}

// filled gives an empty list for none, so that clients never meet null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
