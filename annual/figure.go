package annual

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Group is a part of the report.
type Group string

// The groups, in the order of the report.
const (
	Decisions     Group = "decisions"     // 重大行政决策
	Participation Group = "participation" // 公众参与
	Reviews       Group = "reviews"       // 合法性审查
	Documents     Group = "documents"     // 行政规范性文件
	Challenges    Group = "challenges"    // 附带审查和司法建议
	Files         Group = "files"         // 案卷评查
	Shortcomings  Group = "shortcomings"  // 存在的不足
)

// Groups gives every group in order.
func Groups() []Group {
	return []Group{Decisions, Participation, Reviews, Documents, Challenges, Files, Shortcomings}
}

// Title names the group.
func (g Group) Title() casefile.Text {
	switch g {
	case Decisions:
		return text("重大行政决策", "Major decisions")
	case Participation:
		return text("公众参与", "Public participation")
	case Reviews:
		return text("合法性审查（审核）", "Legality reviews")
	case Documents:
		return text("行政规范性文件", "Normative documents")
	case Challenges:
		return text("附带审查、司法建议和审查意见", "Incidental reviews, advice and opinions")
	case Files:
		return text("案卷评查", "Reviews of case files")
	case Shortcomings:
		return text("存在的不足：程序上的证据", "Evidence of shortcomings")
	}
	return casefile.Text{}
}

// Kind says how a figure comes from what is counted.
type Kind string

// The kinds.
const (
	Count   Kind = "count"   // the sum of what is counted
	Share   Kind = "share"   // that sum of the sum of the whole, in per cent
	Average Kind = "average" // that sum by the number of what the whole holds
)

// Definition fixes what a figure is.
type Definition struct {
	ID      string
	Group   Group
	Kind    Kind
	Name    casefile.Text
	Unit    casefile.Text
	Formula casefile.Text // in words
	Basis   string        // the article or source that it answers to

	scale int64 // by which the value is divided once more; 0: it is not

	inCase     func(t *Told, y Year, c *tally)    // nil: it is not counted case by case
	inRegister func(r register, y Year, c *tally) // nil: it does not come from the register of documents
	inReviews  func(all []audit.Review, c *tally) // nil: it does not come from reviews of files
}

// Ref is something that a figure counts: an entry of a case, or a finished review of
// its file.
type Ref struct {
	Case   casefile.ID `json:"case"`
	Entry  int64       `json:"entry,omitempty"`
	Review string      `json:"review,omitempty"`
	N      int64       `json:"n"`              // how much it counts for
	Part   string      `json:"part,omitempty"` // of a figure that has parts: which
}

// Year is the year that is reported on.
type Year int

// Holds reports whether a day lies in the year.
func (y Year) Holds(d legaltime.Date) bool { return d.Year() == int(y) }

// Last gives 31 December.
func (y Year) Last() legaltime.Date { return legaltime.NewDate(int(y), time.December, 31) }

// tally collects what a figure counts.
type tally struct {
	counted, whole []Ref
}

// of gives the entry of an event of a case.
func of(t *Told, at int) Ref { return Ref{Case: t.ID, Entry: t.Events[at].Sequence, N: 1} }

// count counts the event once.
func (c *tally) count(t *Told, at int) { c.add(of(t, at)) }

// times counts the event for so much; for nothing it is left out.
func (c *tally) times(t *Told, at int, n int64) {
	if n == 0 {
		return
	}
	r := of(t, at)
	r.N = n
	c.add(r)
}

// part counts the event for a part of the figure.
func (c *tally) part(t *Told, at int, part string, n int64) {
	r := of(t, at)
	r.N, r.Part = n, part
	c.add(r)
}

func (c *tally) add(r Ref) { c.counted = append(c.counted, r) }

// amongst counts the event as one of the whole, and as counted where it is so.
func (c *tally) amongst(t *Told, at int, so bool) {
	c.whole = append(c.whole, of(t, at))
	if so {
		c.add(of(t, at))
	}
}

// Figure is a figure as it was counted.
type Figure struct {
	ID      string `json:"id"`
	Value   string `json:"value"`           // decimal; empty: there is nothing of which it could be a share or an average
	Count   int64  `json:"count"`           // the sum of what is counted
	Whole   *int64 `json:"whole,omitempty"` // what it is a share of, or the average over; nil: neither
	Parts   []Part `json:"parts,omitempty"` // most first
	Counted []Ref  `json:"counted"`
	Of      []Ref  `json:"of,omitempty"` // the whole
}

// Part is a part of a figure, such as the times an article stopped an act.
type Part struct {
	Part string `json:"part"`
	N    int64  `json:"n"`
}

// figure puts together what was collected.
func (d Definition) figure(c tally) Figure {
	f := Figure{ID: d.ID, Counted: sorted(c.counted), Of: sorted(c.whole)}
	for _, r := range f.Counted {
		f.Count += r.N
		if r.Part != "" {
			f.Parts = addPart(f.Parts, r)
		}
	}
	slices.SortFunc(f.Parts, func(a, b Part) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Part, b.Part)) })
	var whole int64
	for _, r := range f.Of {
		whole += r.N
	}
	switch d.Kind {
	case Count:
		f.Value, f.Of = strconv.FormatInt(f.Count, 10), nil
	case Share:
		f.Whole, f.Value = &whole, ratio(f.Count*100, whole)
	case Average:
		whole = int64(len(f.Of))
		f.Whole, f.Value = &whole, ratio(f.Count, whole*max(1, d.scale))
	}
	return f
}

func addPart(parts []Part, r Ref) []Part {
	at := slices.IndexFunc(parts, func(p Part) bool { return p.Part == r.Part })
	if at < 0 {
		return append(parts, Part{Part: r.Part, N: r.N})
	}
	parts[at].N += r.N
	return parts
}

// ratio gives a quotient with one decimal, halves rounded up, in integers alone; empty
// when there is nothing to divide by.
func ratio(of, by int64) string {
	if by == 0 {
		return ""
	}
	tenths := (of*20 + by) / (2 * by)
	return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10)
}

// sorted brings what was counted into the one order in which it is kept.
func sorted(refs []Ref) []Ref {
	if len(refs) == 0 {
		return []Ref{}
	}
	slices.SortFunc(refs, func(a, b Ref) int {
		return cmp.Or(cmp.Compare(a.Case, b.Case), cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Review, b.Review), cmp.Compare(a.Part, b.Part), cmp.Compare(a.N, b.N))
	})
	return refs
}

func text(zh, en string) casefile.Text { return casefile.Text{ZH: zh, EN: en} }
