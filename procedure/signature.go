package procedure

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// Statement gives the text that is signed when the act of the plan is signed: the
// canonical form of its [casefile.Statement]. It is nil when time acts.
func (p *Plan) Statement() ([]byte, error) {
	if p.entry.Act == nil {
		return nil, nil
	}
	//workflowcheck:ignore The canonical form is read from memory and written in one order.
	return ledger.Canonical(casefile.StatementOf(p.c, p.entry.Round, *p.entry.Act))
}

// signed refuses an act whose signature does not cover it. Whose key it is, is known
// to those who admitted the actor; that the signature holds can be checked again by
// whoever has the record.
func (p *Plan) signed() *casefile.Refusal {
	signature := p.entry.Act.Signature
	if signature == nil {
		return nil
	}
	text, err := p.Statement()
	if err != nil || !signature.Covers(text) {
		return refuse(casefile.RefusedSignature, "signature",
			"签名与本行为的署名内容不符：案件可能已有变化，请重新取得署名内容后签名。",
			"the signature does not cover the statement of this act; the case may have changed: get the statement anew and sign that")
	}
	return nil
}
