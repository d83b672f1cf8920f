package rules

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Rank (效力位阶) is the rank of the instrument that a pack states.
type Rank string

// The ranks, from the highest. A lower pack may tighten what a higher one sets,
// never loosen it.
const (
	RankLaw                      Rank = "law"                       // 法律
	RankAdministrativeRegulation Rank = "administrative-regulation" // 行政法规
	RankLocalRegulation          Rank = "local-regulation"          // 地方性法规
	RankRule                     Rank = "rule"                      // 规章
	RankLocalMeasure             Rank = "local-measure"             // 行政规范性文件
)

// Provenance says how well the text behind a rule or a figure is known.
type Provenance string

// The provenances. A recalled rule warns and never blocks.
const (
	Verified  Provenance = "verified"   // the article was read in full
	Excerpt   Provenance = "excerpt"    // it was read in a partial copy
	Derived   Provenance = "derived"    // inferred to make a verified article executable
	OlderText Provenance = "older-text" // read in a version that may have been replaced
	Recalled  Provenance = "recalled"   // general knowledge; the text was not seen
)

// Span is a time of validity; both dates are included. A zero To is open.
type Span struct {
	From legaltime.Date `json:"from"`
	To   legaltime.Date `json:"to,omitzero"`
}

// Contains reports whether the date lies in the span.
func (s Span) Contains(d legaltime.Date) bool {
	return !d.Before(s.From) && (s.To.IsZero() || !d.After(s.To))
}

// Instrument (法律文件) is a text that the pack states.
type Instrument struct {
	ID       string
	Title    casefile.Text
	InForce  Span
	TextSeen string   // what of the text was read
	CitedAs  []string // the names under which a basis cites it
	Articles int      // how many articles it has; 0: not said
}

// Kind says what a gate is asked for.
type Kind string

// The kinds of gate. A gate holds rules of one kind only.
const (
	Admission Kind = "admission" // may the act happen: rules that block or warn
	Applying  Kind = "applies"   // is the discretionary step required
	Watching  Kind = "duties"    // which duties exist, and until when
)

// Gate (关口) is one question and the rules that answer it.
type Gate struct {
	ID       string
	Kind     Kind
	Question casefile.Text
	Rules    []string // rule ids, in the order of the pack
	// AddsTo is the gate of another pack whose question these rules answer too,
	// whenever that gate is asked. Empty: the gate is the pack's own.
	AddsTo Ref
	// Free says why the instrument asks nothing here, where a gate has no rule of
	// its own and stands for those that local packs add.
	Free casefile.Text
}

// ref names the gate as it is asked.
func (g Gate) ref(pack string) Ref {
	if g.AddsTo != "" {
		return g.AddsTo
	}
	return Ref(pack + "/" + g.ID)
}

// Rule is one rule with its citation, as the pack states it.
type Rule struct {
	ID         string
	Title      casefile.Text
	Effect     casefile.Effect
	Provenance Provenance
	Require    string // what the law requires; for a duty: that it is in order today
	Due        string // the date it derives
	Arises     string // duties only: that the duty exists
	Met        string // duties only: that it has been performed
	Basis      string // citation
	Message    casefile.Text
	Remedy     casefile.Text
	Note       string
	InForce    Span     // the pack's, unless the rule has its own
	Facts      []string // facts read, also through periods and tables, sorted
	Parameters []string // parameters read, also through periods, sorted, without "p."
	Periods    []string // periods read, sorted, without "d."
	Tables     []string // tables read, sorted, without "t."
	File       string   // where the rule stands in the pack
	Line       int
}

// Pack (规则包) is a loaded rule pack. It is immutable: what its methods return
// must not be changed. It may be used by several goroutines.
type Pack struct {
	id, version string
	revision    int
	title       casefile.Text
	rank        Rank
	territory   casefile.Text
	over        []*Pack // the packs that this one builds on, in the order of their ranks
	instruments []Instrument
	inForce     Span
	lawAt       string
	gates       []Gate
	vocabulary  Vocabulary
	parameters  []Parameter
	tightened   []Parameter // parameters of other packs, tightened here
	periods     []*period
	tables      []*table
	scope       scope // what expressions of the pack can name: its own and what it builds on
	rules       []*compiledRule
	versions    map[string][]*compiledRule // by rule id, by rising InForce.From
	duties      duties
	tests       []Test
	survivors   []Survivor
	archive     []byte
	digest      casefile.Digest
}

// compiledRule is a rule and its expressions; nil expressions are absent.
type compiledRule struct {
	Rule
	ownInForce                bool
	require, due, arises, met *expression
	reads                     []string // what the expressions name: facts, "p.<parameter>", "d.<period>", "t.<table>"; sorted
	deep                      []string // the same, and what periods and tables read; sorted
	at                        position
}

// ID gives the id, "cn.713".
func (p *Pack) ID() string { return p.id }

// Version gives the version, "2019".
func (p *Pack) Version() string { return p.version }

// Name gives id and version, "cn.713@2019".
func (p *Pack) Name() string { return p.id + "@" + p.version }

// Title gives the title.
func (p *Pack) Title() casefile.Text { return p.title }

// Revision gives the number of the revision of this version, from 1. A mended
// pack has a higher one.
func (p *Pack) Revision() int { return p.revision }

// Over gives the ids of the packs that this one builds on; none for a pack that
// stands alone.
func (p *Pack) Over() []string {
	ids := make([]string, len(p.over))
	for i, base := range p.over {
		ids[i] = base.id
	}
	return ids
}

// Territory gives where the pack is law; empty for the whole country.
func (p *Pack) Territory() casefile.Text { return p.territory }

// Rank gives the rank of the instrument that the pack states.
func (p *Pack) Rank() Rank { return p.rank }

// InForce gives the time in which the pack is law.
func (p *Pack) InForce() Span { return p.inForce }

// LawAt gives the name of the fact whose date picks the parameters, and the
// versions of rules.
func (p *Pack) LawAt() string { return p.lawAt }

// Instruments gives the texts that the pack states.
func (p *Pack) Instruments() []Instrument { return slices.Clone(p.instruments) }

// Gates gives the gates in the order of the pack.
func (p *Pack) Gates() []Gate { return slices.Clone(p.gates) }

// Gate gives a gate by id, without the pack's id.
func (p *Pack) Gate(id string) (Gate, bool) {
	for _, g := range p.gates {
		if g.ID == id {
			return g, true
		}
	}
	return Gate{}, false
}

// Rules gives the rules in the order of the pack's files. A rule with several
// versions stands there several times.
func (p *Pack) Rules() []Rule {
	out := make([]Rule, len(p.rules))
	for i, r := range p.rules {
		out[i] = r.Rule
	}
	return out
}

// Rule gives a rule by id; of several versions, the latest.
func (p *Pack) Rule(id string) (Rule, bool) {
	versions := p.versions[id]
	if len(versions) == 0 {
		return Rule{}, false
	}
	return versions[len(versions)-1].Rule, true
}

// Parameters gives the dated parameters of the pack, sorted by name, and then
// those of other packs that it tightens.
func (p *Pack) Parameters() []Parameter { return slices.Concat(p.parameters, p.tightened) }

// Vocabulary gives the facts that the pack declares. Its rules may read those of
// the packs that it builds on as well.
func (p *Pack) Vocabulary() Vocabulary { return p.vocabulary }

// Tests gives the pack's own tests.
func (p *Pack) Tests() []Test { return slices.Clone(p.tests) }

// Archive gives the canonical archive of the pack, of which Digest is the
// SHA-256. [ParseArchive] reads it.
func (p *Pack) Archive() []byte { return slices.Clone(p.archive) }

// Digest names the exact content of the pack.
func (p *Pack) Digest() casefile.Digest { return p.digest }

// Select gives the pack of the id that is in force on a date; of several, the
// one that came into force last.
func Select(packs []*Pack, id string, on legaltime.Date) (*Pack, error) {
	var found *Pack
	for _, p := range packs {
		if p.id != id || !p.inForce.Contains(on) {
			continue
		}
		if found == nil || p.inForce.From.After(found.inForce.From) {
			found = p
		}
	}
	if found == nil {
		return nil, fmt.Errorf("rule pack %s in force on %s: %w", id, on, casefile.ErrNotFound)
	}
	return found, nil
}
