package filing

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Of gives what a case has filed last, as its entries tell, and which fields of them show
// it; ok is false when it has filed nothing. Papers are those that have says are there and
// that are not restricted. The entries are those of the case, in order; fields that are
// not needed may be missing.
func Of(entries []casefile.Entry, have func(casefile.Digest) bool) (s Statement, shows Shows, ok bool) {
	p, shows := papers{have: have}, Shows{}
	s = Statement{Form: form, Kind: KindFiling, Papers: []Paper{}, Filed: &Filed{Pack: []string{}}}
	for _, e := range entries {
		if e.Kind == casefile.EntryOpened && e.Matter != nil {
			s.Organ, s.Case, s.Practice, s.Filed.Title = e.Organ, e.Case, e.Practice, e.Matter.Title
			shows.add(e, "matter")
		}
		p.filed(e)
		if number, _ := e.Facts["doc_number"].(string); number != "" && e.Kind == casefile.EntryAct {
			s.Document = number
			p.number = e
		}
		on, files := filedOn(e)
		if !files {
			continue
		}
		ok = true
		s.Entry, s.On = e.Sequence, on
		if body := said(e, "body"); body != "" {
			s.Filed.Body = body
		}
		s.Filed.Pack = append([]string{}, texts(e.Act.With["pack"])...)
		shows.add(e, "act_with")
		p.send(shows, p.draft, casefile.Digest(said(e, "document")))
		for _, digest := range texts(e.Act.With["enclosed"]) {
			p.send(shows, casefile.Digest(digest))
		}
	}
	if !ok || s.Document == "" || s.Case == "" {
		return Statement{}, nil, false
	}
	shows.add(p.number, "facts")
	s.Papers = append(s.Papers, p.sent...)
	return s, shows, true
}

// filedOn gives the day on which an entry files the document, or files it again.
func filedOn(e casefile.Entry) (on legaltime.Date, ok bool) {
	if e.Kind != casefile.EntryAct || e.Act == nil {
		return on, false
	}
	switch e.Verb {
	case "file":
		return day(e, "filed_on")
	case "refile":
		return day(e, "refiled_on")
	}
	return on, false
}

// papers follows the documents of a case.
type papers struct {
	have   func(casefile.Digest) bool
	draft  casefile.Digest // as it is now
	number casefile.Entry  // that gave the document its number
	known  map[casefile.Digest]brought
	sent   []Paper
}

// brought is a document with the entry that brought it.
type brought struct {
	casefile.Document
	by     casefile.Entry
	hidden bool // the entry brought something restricted, too: its list is not shown
}

func (p *papers) filed(e casefile.Entry) {
	hidden := slices.ContainsFunc(e.Documents, func(d casefile.Document) bool { return d.Level == casefile.LevelRestricted })
	for _, d := range e.Documents {
		if p.known == nil {
			p.known = map[casefile.Digest]brought{}
		}
		if _, ok := p.known[d.Digest]; !ok || d.Level == casefile.LevelRestricted {
			p.known[d.Digest] = brought{Document: d, by: e, hidden: hidden}
		}
		if d.Kind == casefile.KindDraft {
			p.draft = d.Digest
		}
	}
}

func (p *papers) send(shows Shows, digests ...casefile.Digest) {
	for _, digest := range digests {
		doc, ok := p.known[digest]
		if !ok || doc.hidden || !p.have(digest) || slices.ContainsFunc(p.sent, func(s Paper) bool { return s.Digest == digest }) {
			continue
		}
		shows.add(doc.by, "documents")
		p.sent = append(p.sent, Paper{Digest: digest, Title: doc.Title, MediaType: doc.MediaType})
	}
}

// AnswerOf gives what a review has answered last, and which fields show it; ok is false
// when it has answered nothing yet. The entries are those of a case of filing review.
func AnswerOf(entries []casefile.Entry, have func(casefile.Digest) bool) (s Statement, shows Shows, ok bool) {
	p, shows := papers{have: have}, Shows{}
	s = Statement{Form: form, Kind: KindAnswer, Papers: []Paper{}, Answered: &Answered{}}
	var last casefile.Entry
	for _, e := range entries {
		if e.Kind == casefile.EntryOpened {
			s.Organ, s.Case, s.Practice = e.Organ, e.Case, e.Practice
			shows.add(e)
		}
		p.filed(e)
		if e.Kind != casefile.EntryAct || e.Act == nil {
			continue
		}
		switch e.Verb {
		case "receive", "supplemented":
			if e.Verb == "receive" {
				s.Answered.Maker, s.Document = casefile.OrganID(said(e, "maker")), said(e, "number")
			}
			s.Answered.Package = casefile.Digest(said(e, "package_digest"))
			shows.add(e, "act_with")
		case "register":
			s.Answered.RegisterNumber = said(e, "register_number")
			shows.add(e, "act_with")
			last, ok = e, true
		default:
			if result(e) != "" {
				last, ok = e, true
			}
		}
	}
	if !ok || s.Answered.Maker == "" || s.Case == "" {
		return Statement{}, nil, false
	}
	s.Entry, s.On = last.Sequence, last.On
	for _, name := range []string{"notice_on", "asked_on", "sent_on"} {
		if on, given := day(last, name); given {
			s.On = on
		}
	}
	s.Answered.Result, s.Answered.Asks, s.Answered.Lacking = result(last), said(last, "asks"), texts(last.Act.With["lacking"])
	s.Answered.Text = said(last, "text")
	if s.Answered.Text == "" {
		s.Answered.Text = said(last, "reason")
	}
	shows.add(last, "act_with")
	p.send(shows, casefile.Digest(said(last, "document")))
	s.Papers = append(s.Papers, p.sent...)
	return s, shows, true
}

// result gives what an act of a review answers; empty: it is no answer.
func result(e casefile.Entry) string {
	switch e.Verb {
	case "ask_supplement":
		return Supplement
	case "return":
		return Returned
	case "register":
		return Registered
	case "decline":
		return OutOfScope
	case "inquire":
		return Inquiry
	case "opinion":
		return Opinion
	case "corrected":
		return Corrected
	case "accept_explanation":
		return Explained
	case "annulled":
		return Annulled
	case "conclude":
		if r := said(e, "result"); r == NoProblem || r == Reminded { // what is to be corrected is asked for by the opinion
			return r
		}
	}
	return ""
}

func said(e casefile.Entry, name string) string {
	text, _ := e.Act.With[name].(string)
	return text
}

func day(e casefile.Entry, name string) (legaltime.Date, bool) {
	d, err := legaltime.ParseDate(said(e, name))
	return d, err == nil
}

// texts gives a list as a payload has it, read from JSON or made here.
func texts(v any) []string {
	switch list := v.(type) {
	case []string:
		return list
	case []any:
		var out []string
		for _, one := range list {
			if text, ok := one.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	return nil
}
