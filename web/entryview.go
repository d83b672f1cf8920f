package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// entryView is one record of the case.
type entryView struct {
	ID                            string
	Sequence, Index               int64
	Kind, KindName                string
	On, At                        string
	Title, Step, Person, Capacity string
	Round                         int
	Outcome, Clock, End, Status   string
	Verdict, VerdictName          string
	Findings                      []findingView
	Why                           []whyView // of a blocked attempt
	Facts, Payload, Reasons       []pair
	Initial                       []pair // facts that nobody has stated: they came with the packs
	Documents                     []documentView
	Entered                       []enteredView
	Interrupted                   string
	Deadlines                     []deadlineView
	ActID, LeafHash               string
	PersonID, Unit                string
	Mandate                       *mandateView
	Cause                         *causeView     // of an entry that no person made
	Signature                     *signatureView // nil: not signed, or withheld
	Withheld                      int            // how much the viewer may not know
	Audited                       []findingRow   // what auditors found in it
}

type enteredView struct {
	Step     string
	Round    int
	Applies  bool
	Findings []findingView
}

func (n names) entry(s access.SeenEntry) entryView {
	e := s.Entry
	v := entryView{
		ID: fmt.Sprintf("entry-%d", e.Sequence), Sequence: e.Sequence, Index: s.Index, Kind: string(e.Kind),
		KindName: n.words.name("entry", string(e.Kind)), On: e.On.String(), At: e.At.In(legaltime.China).Format("2006-01-02 15:04:05"),
		Round: e.Round, Clock: e.Today.String(), LeafHash: leafHash(s.Leaf), Withheld: len(s.Withheld),
	}
	for _, fact := range n.pairs(e.Facts, n.fact) {
		if initial(e, fact.ID, e.Facts[fact.ID]) {
			v.Initial = append(v.Initial, fact)
		} else {
			v.Facts = append(v.Facts, fact)
		}
	}
	n.who(&v, e)
	if e.Outcome != "" {
		v.Outcome = n.outcome(e.Outcome)
	}
	if e.End != "" {
		v.End = n.end(e.End)
	}
	if e.Status != "" {
		v.Status = n.words.name("status", string(e.Status))
	}
	if e.Verdict != nil {
		v.Verdict, v.VerdictName = string(e.Verdict.Result), n.words.name("verdict", string(e.Verdict.Result))
		v.Findings = n.findings(*e.Verdict)
	}
	if e.Kind == casefile.EntryBlocked {
		v.Why = n.why(e.Verdict)
	}
	for _, d := range e.Documents {
		v.Documents = append(v.Documents, n.document(d, e.Case, false))
	}
	for _, in := range e.Entered {
		step := enteredView{Step: n.step(in.Step), Round: in.Round, Applies: in.Applies}
		if in.Verdict != nil {
			step.Findings = n.findings(*in.Verdict)
		}
		v.Entered = append(v.Entered, step)
	}
	broken := make([]string, len(e.Broken))
	for i, id := range e.Broken {
		broken[i] = n.step(id)
	}
	v.Interrupted = n.list(broken)
	for _, d := range e.Deadlines {
		v.Deadlines = append(v.Deadlines, n.deadline(d, legaltime.Date{}, e.Case))
	}
	return v
}

// initial reports whether a fact of an entry came with the packs that it pins, and is
// empty: nobody has stated it.
func initial(e casefile.Entry, name string, value any) bool {
	if e.Pinned == nil || !blank(value) {
		return false
	}
	return e.Act == nil || !slices.ContainsFunc(procedure.OpeningAct().Fields, func(f procedure.Field) bool {
		_, stated := e.Act.With[f.Name]
		return f.Fact == name && stated
	})
}

// blank reports whether a value says nothing: no, none, or not yet.
func blank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []string:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case bool, string, int, int64, float64:
		return reflect.ValueOf(v).IsZero()
	}
	return false
}

// who fills in what was done, and by whom; nobody when time acted.
func (n names) who(v *entryView, e casefile.Entry) {
	if e.Step != "" {
		v.Step = n.step(e.Step)
	}
	switch {
	case e.Kind == casefile.EntryOpened:
		v.Title = n.words["entry.opened"]
	case e.Act != nil:
		v.Title = n.act(e.Act.Kind)
	case len(e.Deadlines) > 0:
		v.Title = n.deadline(e.Deadlines[0], legaltime.Date{}, e.Case).Title
	default:
		v.Title = v.KindName
	}
	if e.Act == nil {
		v.Person = n.words["entry.time"]
		return
	}
	v.ActID, v.Person = e.Act.ID, e.Act.By.Name
	if v.Person == "" {
		v.Person = string(e.Act.By.Person)
	}
	if e.Act.By.Capacity != "" {
		v.Capacity = n.role(e.Act.By.Capacity)
	}
	step, verb := e.Act.Split()
	titles := map[string]string{}
	for _, spec := range n.acts(step) {
		for _, field := range spec.Fields {
			if spec.Verb == verb {
				titles[field.Name] = n.pick(field.Title)
			}
		}
	}
	v.Payload = n.pairs(e.Act.With, func(name string) string {
		if titles[name] != "" {
			return titles[name]
		}
		return n.fact(name)
	})
	for _, rule := range casefile.SortedNames(e.Act.Reasons) {
		v.Reasons = append(v.Reasons, pair{Name: n.rule(rule), ID: rule, Value: e.Act.Reasons[rule]})
	}
}

// findings gives what hinders first, then the rest, each in the order of the
// rules.
func (n names) findings(v casefile.Verdict) []findingView {
	var first, rest []findingView
	hindering := v.Hindering()
	for _, f := range v.Findings {
		same := func(o casefile.Finding) bool { return o.Gate == f.Gate && o.Rule == f.Rule }
		if slices.ContainsFunc(hindering, same) {
			first = append(first, n.finding(f))
		} else {
			rest = append(rest, n.finding(f))
		}
	}
	return append(first, rest...)
}

// leafHash is the hash of a leaf as RFC 6962 defines it.
func leafHash(leaf []byte) string {
	sum := sha256.Sum256(append([]byte{0}, leaf...))
	return hex.EncodeToString(sum[:])
}
