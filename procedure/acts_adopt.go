package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// Facts that the acts below keep for one another; no rule reads them. Each lists
// pins as texts, and is empty when there is nothing to list.
const (
	proposedPins = "case.proposed_pins" // to which somebody proposed to move the case
	declinedPins = "case.declined_pins" // of the release that the case was decided not to move to
)

// PinsWith gives the payload by which the acts of adoption name pins. The reason
// is still to be added.
func PinsWith(p casefile.Pinned) casefile.Values {
	packs := []string{}
	for _, pack := range p.Packs {
		packs = append(packs, pack.Pack+"="+string(pack.Digest))
	}
	return casefile.Values{
		"procedure": p.Procedure, "definition": string(p.Definition), "packs": packs, "calendar": string(p.Calendar),
	}
}

// pinsOf is the inverse of PinsWith. It is nil when the payload does not have
// that form.
func pinsOf(with casefile.Values) *casefile.Pinned {
	p := &casefile.Pinned{
		Procedure:  asText(with["procedure"]),
		Definition: casefile.Digest(asText(with["definition"])),
		Calendar:   casefile.Digest(asText(with["calendar"])),
	}
	if !packForm.MatchString(p.Procedure) || !digestForm.MatchString(string(p.Definition)) || !digestForm.MatchString(string(p.Calendar)) {
		return nil
	}
	for _, text := range asTexts(with["packs"]) {
		name, digest, _ := strings.Cut(text, "=")
		twice := slices.ContainsFunc(p.Packs, func(x casefile.PinnedPack) bool { return x.Pack == name })
		if twice || !packForm.MatchString(name) || !digestForm.MatchString(digest) {
			return nil
		}
		p.Packs = append(p.Packs, casefile.PinnedPack{Pack: name, Digest: casefile.Digest(digest)})
	}
	return p
}

// ToBeAdopted gives the pins that an act proposes to adopt, or adopts; ok is false
// for other acts, and for a payload that names none.
func ToBeAdopted(act casefile.Act) (pinned casefile.Pinned, ok bool) {
	scope, verb := act.Split()
	if scope != casefile.CaseScope || verb != proposeAdoption().Verb && verb != adopt().Verb {
		return casefile.Pinned{}, false
	}
	p := pinsOf(act.With)
	if p == nil {
		return casefile.Pinned{}, false
	}
	return *p, true
}

func pinFields() []Field {
	return []Field{
		text("procedure", "程序及版本", "procedure and version").must(),
		text("definition", "程序定义（摘要值）", "definition (digest)").must(),
		texts("packs", "规则包（名称=摘要值）", "rule packs (name=digest)").must(),
		text("calendar", "日历（摘要值）", "calendar (digest)").must(),
		reason(),
	}
}

// listed writes pins as the facts above keep them.
func listed(p *casefile.Pinned) []string {
	with := PinsWith(*p)
	return append([]string{p.Procedure, string(p.Definition), string(p.Calendar)}, asTexts(with["packs"])...)
}

// Declined reports whether it was decided that the case does not move to these
// pins.
func Declined(c *casefile.Case, p casefile.Pinned) bool {
	return slices.Equal(asTexts(c.Facts[declinedPins].Value), listed(&p))
}

// Proposed reports whether somebody proposed to move the case to these pins, and
// who.
func Proposed(c *casefile.Case, p casefile.Pinned) (by casefile.PersonID, ok bool) {
	f := c.Facts[proposedPins]
	return f.Person, slices.Equal(asTexts(f.Value), listed(&p))
}

// proposeAdoption is the first of the two persons who move a case.
func proposeAdoption() ActSpec {
	return ActSpec{
		Verb: "propose_adoption", Title: title("提议改用新版规则", "propose that the case moves to a newer release"),
		WhileSuspended: true, Implied: true, Fields: pinFields(), Check: otherPins, Gives: []string{proposedPins},
		Derive: func(a *Acting) casefile.Values { return casefile.Values{proposedPins: listed(pinsOf(a.With))} },
	}
}

// adopt moves the case to the pins that another person proposed: from this entry
// on, they judge it.
func adopt() ActSpec {
	return ActSpec{
		Verb: "adopt", Title: title("改用新版规则", "move the case to a newer release"),
		WhileSuspended: true, Implied: true, Moves: true, Fields: pinFields(), Check: asProposed,
		Sets: casefile.Values{proposedPins: []string{}, declinedPins: []string{}},
	}
}

// keep decides that the case stays with its pins although there is a newer
// release.
func keep() ActSpec {
	return ActSpec{
		Verb: "keep", Title: title("沿用原规则", "keep the release that the case was opened under"),
		WhileSuspended: true, Implied: true, Fields: pinFields(), Check: otherPins, Gives: []string{declinedPins},
		Sets:   casefile.Values{proposedPins: []string{}},
		Derive: func(a *Acting) casefile.Values { return casefile.Values{declinedPins: listed(pinsOf(a.With))} },
	}
}

// otherPins refuses pins that are none, or that judge the case already.
func otherPins(a *Acting) *casefile.Refusal {
	p := pinsOf(a.With)
	switch {
	case p == nil:
		return badValue("packs", "程序须写作“名称@版本”，规则包须写作“名称@版本=摘要值”，摘要值为64位小写十六进制。",
			"write the procedure as name@version, packs as name@version=digest; a digest is a SHA-256 in lower-case hexadecimal")
	case p.Equal(a.Case.Pinned):
		return notNow("案件已经适用这一版规则。", "this release judges the case already")
	}
	return nil
}

// asProposed refuses what nobody proposed, and whoever did: it takes two.
func asProposed(a *Acting) *casefile.Refusal {
	if refusal := otherPins(a); refusal != nil {
		return refusal
	}
	if len(a.factTexts(proposedPins)) == 0 {
		return notNow("须先由另一人提议改用新版规则。", "another person has to propose it first")
	}
	by, ok := Proposed(a.Case, *pinsOf(a.With))
	if !ok {
		return badValue("packs", "与提议的版本不一致。", "this is not what was proposed")
	}
	if by == a.By.Person {
		return refuse(casefile.RefusedSeparation, "by", "提议人不得自行批准，须由另一人办理。",
			"whoever proposed it may not approve it; another person has to")
	}
	return nil
}
