package procedure

import (
	"maps"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// Numbering says which number the entry takes; ok is false when it takes none. An
// attempt that a closed gate has stopped takes none, so it leaves no gap.
func (p *Plan) Numbering(e casefile.Entry) (n casefile.Numbering, ok bool) {
	if p.number.Kind == "" || e.Kind != casefile.EntryAct || e.Act == nil {
		return casefile.Numbering{}, false
	}
	series := casefile.Series{Organ: e.Organ, Kind: p.number.Kind, Year: e.On.Year(), Practice: e.Practice}
	return casefile.Numbering{Series: series, Case: e.Case, Act: e.Act.ID}, true
}

// Numbered gives the entry with its number.
func (p *Plan) Numbered(e casefile.Entry, number string) casefile.Entry {
	facts := maps.Clone(e.Facts)
	if facts == nil {
		facts = casefile.Values{}
	}
	facts[p.number.Fact] = number
	e.Facts = facts
	return e
}

// NumberedAs gives the entry with the number that the record shows: which number
// came next is a matter of fact that no rule decides.
func (p *Plan) NumberedAs(e, record casefile.Entry) casefile.Entry {
	if _, numbers := p.Numbering(e); !numbers {
		return e
	}
	return p.Numbered(e, asText(record.Facts[p.number.Fact]))
}

// NumberKinds gives the kinds of series from which acts take numbers, in the order
// of the step types.
func NumberKinds() []string {
	var out []string
	for _, id := range Types() {
		kind, _ := Type(id)
		for _, spec := range kind.Acts {
			if spec.Numbers.Kind != "" && !slices.Contains(out, spec.Numbers.Kind) {
				out = append(out, spec.Numbers.Kind)
			}
		}
	}
	return out
}
