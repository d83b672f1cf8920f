package web

import (
	"github.com/zhengdang/chengxu/casefile"
)

// mandateView says for whom somebody acted, and by which document.
type mandateView struct {
	ID, Kind, For, From, Until string
	Document, DocumentURL      string // digest, and where to read it when it is filed in the case
}

// causeView names the rule or the timer of an entry that no person made.
type causeView struct {
	Kind, Rule, RuleID, Basis string
	Timer, TimerURL           string
}

// signatureView says by which key an act was signed.
type signatureView struct {
	Algorithm, Key string
}

// origin fills in in whose right an entry was made: unit, mandate and signature of
// whoever acted, or what made it when nobody did.
func (n names) origin(v *entryView, e casefile.Entry, filed map[casefile.Digest]bool) {
	if cause, ok := e.Cause(); ok {
		v.Cause = &causeView{Kind: n.words.name("cause", string(cause.Kind)), Basis: cause.Basis,
			Timer: n.deadline(e.Deadlines[0], e.On, e.Case).Title, TimerURL: sheetURL(e.Case, cause.Deadline)}
		if cause.Rule != "" {
			v.Cause.Rule, v.Cause.RuleID = n.rule(cause.Rule), cause.Rule
		}
	}
	if e.Act == nil {
		return
	}
	v.PersonID, v.Unit = string(e.Act.By.Person), e.Act.By.Unit
	if m := e.Act.By.Mandate; m != nil {
		v.Mandate = &mandateView{ID: m.ID, Kind: n.words.name("mandate", string(m.Kind)), For: m.PrincipalName, From: m.From.String(), Until: m.Until.String(),
			Document: string(m.Document)}
		if v.Mandate.For == "" {
			v.Mandate.For = string(m.Principal)
		}
		if filed[m.Document] {
			v.Mandate.DocumentURL = caseURL(e.Case) + "/documents/" + string(m.Document)
		}
	}
	if s := e.Act.Signature; s != nil {
		v.Signature = &signatureView{Algorithm: s.Algorithm, Key: s.Key}
		if key, ok := casefile.PublicKey(s.Key); ok {
			v.Signature.Key = casefile.KeyID(key)
		}
	}
}

// readableIn gives the documents that are filed in a case and can be read.
func readableIn(c casefile.Case) map[casefile.Digest]bool {
	out := map[casefile.Digest]bool{}
	for _, d := range c.Documents {
		out[d.Digest] = !d.Withdrawn
	}
	return out
}
