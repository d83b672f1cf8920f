package filing

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Take gives the verb and the payload by which the maker's case takes an answer in, on the
// day on which it came. The answer package is named by its digest.
func (p *Package) Take(on legaltime.Date) (verb string, with casefile.Values) {
	a := p.Answered
	with = casefile.Values{"answer_package": string(p.Digest)}
	reference := func() { with["review_reference"] = string(p.Case) }
	switch a.Result {
	case Supplement, Returned:
		verb = "sent_back"
		reference()
		with["result"], with["notice_on"], with["reason"] = a.Result, on.String(), orNone(a.Text)
		if len(a.Lacking) > 0 {
			with["lacking"] = a.Lacking
		}
	case Registered:
		verb = "receipt"
		reference()
		with["notice_on"], with["register_number"] = on.String(), a.RegisterNumber
	case OutOfScope:
		verb = "conclude"
		with["result"], with["notice_on"] = OutOfScope, on.String()
	case NoProblem, Corrected, Explained:
		verb = "conclude"
		with["result"], with["notice_on"], with["register_number"] = Registered, on.String(), a.RegisterNumber
	default: // what is to be answered by the maker, or has its effect by itself
		verb = "opinion_received"
		reference()
		with["received_on"], with["text"] = on.String(), orNone(a.Text)
	}
	if len(p.Papers) > 0 {
		with["document"] = string(p.Papers[0].Digest)
	}
	return verb, with
}

func orNone(text string) string {
	if text == "" {
		return "（未载明 not stated）"
	}
	return text
}

// Receive gives the verb and the payload by which a review takes the filing in, on the day
// on which it came; again says that it supplements one that was taken in before.
func (p *Package) Receive(on legaltime.Date, again bool) (verb string, with casefile.Values) {
	with = casefile.Values{"received_on": on.String(), "pack": p.Filed.Pack, "package_digest": string(p.Digest), "package_verified": true}
	var papers []string
	for _, paper := range p.Papers {
		papers = append(papers, string(paper.Digest))
	}
	if len(papers) > 0 {
		with["papers"] = papers
	}
	if again {
		return "supplemented", with
	}
	with["maker"], with["number"] = string(p.Organ), p.Document
	return "receive", with
}
