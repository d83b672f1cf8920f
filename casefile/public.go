package casefile

import "github.com/zhengdang/chengxu/legaltime"

// Paper is a document that the public may read.
type Paper struct {
	Digest Digest `json:"digest"`
	Title  string `json:"title"`
	Role   string `json:"role,omitempty"` // one of the papers beside a decision; empty: another one
}

// The papers beside a published decision.
const (
	PaperInterpretation = "interpretation" // 解读: how it is to be understood
	PaperAdoption       = "adoption"       // 意见采纳情况: what became of the views given
)

// Consultation (征求意见) is an open call for the views of the public, as the record
// leaves it. Papers and Channels are given by the entry that opens it and empty in
// others, which leave them as they are.
type Consultation struct {
	Step     string
	Round    int
	OpensOn  legaltime.Date
	ClosesOn legaltime.Date // the last day
	Channels []string
	Papers   []Paper
	Open     bool // comments are taken until the last day is over
	Shown    bool // the public may read it; not once a secret was found, or the matter is not disclosed
	Adoption bool // what became of the views is published
}

// PublishedCatalogue is the kind of a publication that is an annual catalogue of
// decisions. Its number is the year.
const PublishedCatalogue = "catalogue"

// Publication (公布) is a published decision, or a catalogue.
type Publication struct {
	Kind   string // empty: a decision
	Number string
	On     legaltime.Date
	Papers []Paper
	Beside bool // the papers stand beside the decision: they are added to it, and shown once it is published
}
