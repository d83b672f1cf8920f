package dossier

import (
	"fmt"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// Status is how a part of the verification came out.
type Status string

// The three ways. A part that could not be done is never taken for verified.
const (
	Verified Status = "verified" // 已验证
	Failed   Status = "failed"   // 不符
	Skipped  Status = "skipped"  // 未验证
)

// Problem is something that is not as it should be, and where.
type Problem struct {
	Place   string        `json:"place"` // file inside the dossier, with the field where there is one
	Message casefile.Text `json:"message"`
}

// Part is one of the three parts of the verification.
type Part struct {
	Status   Status        `json:"status"`
	Reason   casefile.Text `json:"reason,omitzero"` // why it was skipped
	Checked  int           `json:"checked"`         // entries that were looked at
	Problems []Problem     `json:"problems,omitempty"`
	More     int           `json:"more,omitempty"` // problems beyond those listed
}

// maxProblems bounds the problems that a part lists; the others are counted.
const maxProblems = 100

// fail notes a problem. Both formats take the same arguments.
func (p *Part) fail(place, zh, en string, args ...any) {
	p.Status = Failed
	if len(p.Problems) == maxProblems {
		p.More++
		return
	}
	p.Problems = append(p.Problems, Problem{Place: place, Message: casefile.Text{
		ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...),
	}})
}

func (p *Part) skip(zh, en string) {
	p.Status, p.Reason = Skipped, casefile.Text{ZH: zh, EN: en}
}

// done settles the status of a part in which nothing was skipped.
func (p *Part) done() {
	if p.Status == "" {
		p.Status = Verified
	}
}

// Report is the result of a verification.
type Report struct {
	Summary   *Summary `json:"summary,omitempty"` // nil when the dossier could not be read
	Key       string   `json:"key,omitempty"`     // verifier key that the seal was checked with
	KeyPinned bool     `json:"key_pinned"`        // the key was given, not taken from the dossier
	LogSize   int64    `json:"log_size,omitempty"`
	// Pinned names what judged the case. That it is what the organ published is
	// for the reader to compare.
	Pinned  *casefile.Pinned `json:"pinned,omitempty"`
	Adopted []Adopted        `json:"adopted,omitempty"` // what the case moved to later, in order
	// Signed are the acts whose signatures hold, in order. That a key is the person's
	// is for the reader to compare with what the organ has registered.
	Signed []Signed `json:"signed,omitempty"`
	Seal   Part     `json:"seal"`
	Law    Part     `json:"law"`
	Run    Part     `json:"run"`
}

// Adopted is what an entry moved the case to.
type Adopted struct {
	Entry  int64           `json:"entry"`
	Pinned casefile.Pinned `json:"pinned"`
}

// Signed is an act that was signed.
type Signed struct {
	Entry  int64             `json:"entry"`
	Act    string            `json:"act"`
	Person casefile.PersonID `json:"person"`
	Name   string            `json:"name"`
	Key    string            `json:"key"` // its [casefile.KeyID]
}

// OK reports whether all three parts are verified.
func (r Report) OK() bool {
	return r.Seal.Status == Verified && r.Law.Status == Verified && r.Run.Status == Verified
}

// Failed reports whether a part did not come out right, as against could not be
// done.
func (r Report) Failed() bool {
	return r.Seal.Status == Failed || r.Law.Status == Failed || r.Run.Status == Failed
}

// String gives the report for people, in Chinese and English.
func (r Report) String() string {
	var b strings.Builder
	if s := r.Summary; s != nil {
		fmt.Fprintf(&b, "案卷 dossier  %s  %s\n", s.Case, s.Matter.Title)
		fmt.Fprintf(&b, "  机关 organ      %s\n  程序 procedure  %s\n", s.Organ, s.Procedure)
		fmt.Fprintf(&b, "  记录 entries    %d（%s）\n", s.Entries, state(s))
		fmt.Fprintf(&b, "  日志 log        %s（%d）\n", s.Log, r.LogSize)
	}
	if r.Key != "" {
		fmt.Fprintf(&b, "  公钥 key        %s\n                  %s\n", r.Key, keyOrigin(r.KeyPinned))
	}
	r.printPinned(&b)
	r.Seal.print(&b, "封存 seal")
	r.Law.print(&b, "依法 law ")
	r.Run.print(&b, "运行 run ")
	for _, signed := range r.Signed {
		fmt.Fprintf(&b, "  署名 signed %d   %s  %s（%s）\n                  %s\n", signed.Entry, signed.Act, signed.Name, signed.Person, signed.Key)
	}
	b.WriteString(r.conclusion() + "\n")
	return b.String()
}

func (r Report) printPinned(b *strings.Builder) {
	if r.Pinned == nil {
		return
	}
	printPins(b, "固定 pinned    ", *r.Pinned)
	for _, a := range r.Adopted {
		printPins(b, fmt.Sprintf("改用 adopted %d ", a.Entry), a.Pinned)
	}
}

func printPins(b *strings.Builder, label string, pinned casefile.Pinned) {
	fmt.Fprintf(b, "  %s %s  %s\n", label, pinned.Definition, pinned.Procedure)
	for _, p := range pinned.Packs {
		fmt.Fprintf(b, "                  %s  %s\n", p.Digest, p.Pack)
	}
	fmt.Fprintf(b, "                  %s  日历 calendar\n", pinned.Calendar)
}

func state(s *Summary) string {
	out := string(s.Status)
	if s.End != "" {
		out += ", " + s.End
	}
	if s.Practice {
		out += ", 演练 practice"
	}
	return out
}

func keyOrigin(pinned bool) string {
	if pinned {
		return "由核验人给出 given by the verifier"
	}
	return "取自案卷本身，请与机关公布的公钥核对 taken from the dossier: compare it with the key that the organ has published"
}

func (p Part) print(b *strings.Builder, name string) {
	switch p.Status {
	case Verified:
		fmt.Fprintf(b, "%s  已验证 verified（%d）\n", name, p.Checked)
	case Skipped:
		fmt.Fprintf(b, "%s  未验证 not verified: %s %s\n", name, p.Reason.ZH, p.Reason.EN)
	case Failed:
		fmt.Fprintf(b, "%s  不符 FAILED\n", name)
	}
	for _, problem := range p.Problems {
		fmt.Fprintf(b, "  %s: %s / %s\n", problem.Place, problem.Message.ZH, problem.Message.EN)
	}
	if p.More > 0 {
		fmt.Fprintf(b, "  另有 and %d 处 more\n", p.More)
	}
}

func (r Report) conclusion() string {
	switch {
	case r.OK():
		return "结论：案卷属实。Conclusion: the dossier is verified."
	case r.Failed():
		return "结论：案卷不符。Conclusion: the dossier FAILED verification."
	}
	return "结论：未能全部验证。Conclusion: not everything could be verified."
}
