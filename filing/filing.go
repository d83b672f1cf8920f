// Package filing is what two installations hand each other when a normative document is
// filed (备案): the maker's package (报送包), with the document and the papers sent with it,
// and the reviewer's answer to it (答复包). Each is an excerpt of a case, signed by the log
// of the organ whose case it is: what it says is derived from entries that are shown with
// their proofs, and derived again by whoever takes it in.
//
// The package reads no clock and opens no connection.
package filing

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
)

// MaxSize is the largest package that is taken, in bytes.
const MaxSize = dossier.MaxExcerpt

// Kind says what a package is.
type Kind string

// The two kinds.
const (
	KindFiling Kind = "filing" // 报送
	KindAnswer Kind = "answer" // 答复
)

// form is the only version of the statement.
const form = 1

// Statement is what a package says.
type Statement struct {
	Form     int              `json:"form"`
	Kind     Kind             `json:"kind"`
	Organ    casefile.OrganID `json:"organ"` // whose case it is of
	Case     casefile.ID      `json:"case"`
	Practice bool             `json:"practice"`
	Entry    int64            `json:"entry"` // the act that says it
	On       legaltime.Date   `json:"on"`
	Document string           `json:"document"` // number of the normative document
	Papers   []Paper          `json:"papers"`
	Filed    *Filed           `json:"filed,omitempty"`    // of a filing
	Answered *Answered        `json:"answered,omitempty"` // of an answer
}

// Paper is a document in a package.
type Paper struct {
	Digest    casefile.Digest `json:"digest"`
	Title     string          `json:"title"`
	MediaType string          `json:"media_type"`
}

// Filed is what was filed.
type Filed struct {
	Title string   `json:"title"`
	Body  string   `json:"body"` // with which it is filed
	Pack  []string `json:"pack"` // kinds of papers
}

// Answered is what the reviewer answers.
type Answered struct {
	Maker          casefile.OrganID `json:"maker"`
	Package        casefile.Digest  `json:"package,omitempty"` // that was taken in last
	Result         string           `json:"result"`
	RegisterNumber string           `json:"register_number,omitempty"`
	Asks           string           `json:"asks,omitempty"` // amend or repeal
	Text           string           `json:"text,omitempty"`
	Lacking        []string         `json:"lacking,omitempty"`
}

// The results of an answer.
const (
	Supplement = "supplement"   // 补充
	Returned   = "returned"     // 退回
	Registered = "registered"   // 准予登记
	OutOfScope = "out-of-scope" // 不属于备案范围
	Inquiry    = "inquiry"      // 要求说明
	Opinion    = "opinion"      // 书面审查意见
	NoProblem  = "no-problem"   // 未发现问题
	Reminded   = "reminded"     // 函告提醒
	Corrected  = "corrected"    // 已经纠正
	Explained  = "explained"    // 认可说明
	Annulled   = "annulled"     // 撤销
)

// Shows says which fields of which entries a package shows, by sequence.
type Shows map[int64][]string

// core are the fields that are shown of every entry.
func core() []string {
	return []string{"act_kind", "case", "kind", "on", "organ", "outcome", "practice", "round", "sequence", "step", "verb"}
}

func (s Shows) add(e casefile.Entry, fields ...string) {
	for _, field := range append(core(), fields...) {
		if !slices.Contains(s[e.Sequence], field) {
			s[e.Sequence] = append(s[e.Sequence], field)
		}
	}
}

// Package is a package that was read and verified.
type Package struct {
	Statement
	Digest    casefile.Digest // of the whole file
	Key       string
	Documents map[casefile.Digest][]byte
	Parts     []byte // the package without its documents, see [dossier.JoinExcerpt]
}

// Open reads a package and verifies it offline: that it is signed by one of the keys, that
// the log of that key holds the entries, and that they say what the package says. What is
// wrong is listed; then the package is nil.
func Open(content []byte, keys []string) (*Package, []dossier.Problem) {
	x, err := dossier.ReadExcerpt(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, []dossier.Problem{problem("package", "不是报送包或者答复包，或者已经损坏：%v", "not such a package, or damaged: %v", err)}
	}
	if !slices.Contains(keys, x.Key) {
		return nil, []dossier.Problem{problem("key", "签署本包的密钥不在本机关信任的来源之内：%v", "the key that signed it is not among the origins that this organ trusts: %v", short(x.Key))}
	}
	shown, part := x.Check(x.Key)
	if part.Status != dossier.Verified {
		return nil, part.Problems
	}
	var said Statement
	if err := ledger.Decode(x.Statement, &said); err != nil {
		return nil, []dossier.Problem{problem("statement.json", "不能读取：%v", "cannot be read: %v", err)}
	}
	if why := proves(shown, said, x); why != nil {
		return nil, []dossier.Problem{*why}
	}
	parts, err := x.Parts()
	if err != nil {
		return nil, []dossier.Problem{problem("package", "不能读取：%v", "cannot be read: %v", err)}
	}
	sum := sha256.Sum256(content)
	return &Package{Statement: said, Digest: casefile.Digest(hex.EncodeToString(sum[:])), Key: x.Key, Documents: x.Documents, Parts: parts}, nil
}

// proves derives the statement again from the entries that are shown.
func proves(shown []dossier.Shown, said Statement, x *dossier.Excerpt) *dossier.Problem {
	entries := make([]casefile.Entry, len(shown))
	for i, one := range shown {
		for _, field := range core() {
			if slices.Contains(one.Withheld, field) {
				p := problem(fmt.Sprintf("entries/%06d.json", one.Sequence), "没有示出字段 %v", "field %v is not shown", field)
				return &p
			}
		}
		entries[i] = one.Entry
	}
	derive := Of
	if said.Kind == KindAnswer {
		derive = AnswerOf
	}
	again, _, ok := derive(entries, func(d casefile.Digest) bool { _, there := x.Documents[d]; return there })
	if ok {
		want, err := ledger.Canonical(again)
		if ok = err == nil && bytes.Equal(want, x.Statement) && len(again.Papers) == len(x.Documents); ok {
			return nil
		}
	}
	p := problem("statement.json", "所述与所示的案件记录不符%v", "does not say what the entries show%v", "")
	return &p
}

func problem(place, zh, en string, what any) dossier.Problem {
	return dossier.Problem{Place: place, Message: casefile.Text{ZH: fmt.Sprintf(zh, what), EN: fmt.Sprintf(en, what)}}
}

func short(text string) string {
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return fmt.Sprintf("%q", text)
}
