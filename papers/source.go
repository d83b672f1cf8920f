package papers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// Source is what papers are made from: a case, as it is recorded.
type Source struct {
	// Organ gives what the organ was called at an instant.
	Organ      func(at time.Time) (string, error)
	Definition *procedure.Definition
	Entries    []casefile.Entry // up to the one behind which the paper is made
	// Now is the case behind its last entry. What was made restricted, was removed as secret
	// or is not disclosed by law is so for papers of an earlier entry too.
	Now casefile.Case
	// Text gives the paragraphs of a document of the case.
	Text func(casefile.Digest) ([]string, error)
}

// Lack is what keeps a paper from being made: an act or a fact that the case has not
// recorded, with the acts that would, or another reason.
type Lack struct {
	Fact string   // empty: it is an act that is missing, or Why says what
	Acts []Giving // any of them gives it
	Why  casefile.Text
}

// Giving is an act of the procedure that gives what a paper lacks.
type Giving struct {
	Kind        string // "<step>.<verb>"
	Step, Title casefile.Text
}

// Missing says that a paper cannot be made yet, and why. It wraps [casefile.ErrConflict].
type Missing struct {
	Template *Template
	Lacks    []Lack
}

func (m *Missing) Error() string {
	return fmt.Sprintf("paper %s cannot be made yet: %s", m.Template.Name, m.Message().EN)
}

// Unwrap gives the kind of the error.
func (m *Missing) Unwrap() error { return casefile.ErrConflict }

// Message says what is missing, and which act gives it.
func (m *Missing) Message() casefile.Text {
	var zh, en []string
	for _, l := range m.Lacks {
		said := l.Message()
		zh, en = append(zh, said.ZH), append(en, said.EN)
	}
	return casefile.Text{ZH: strings.Join(zh, "；") + "。", EN: strings.Join(en, "; ")}
}

// Message says it of one thing.
func (l Lack) Message() casefile.Text {
	if !l.Why.IsZero() {
		return l.Why
	}
	var zh, en []string
	for _, g := range l.Acts {
		zh = append(zh, "“"+g.Step.ZH+"”环节的“"+g.Title.ZH+"”")
		en = append(en, g.Kind)
	}
	given := casefile.Text{ZH: strings.Join(zh, "或者"), EN: strings.Join(en, " or ")}
	if l.Fact == "" {
		return casefile.Text{ZH: "尚未办理" + given.ZH, EN: given.EN + " has not been done"}
	}
	return casefile.Text{ZH: "案件没有记录 " + l.Fact + "，由" + given.ZH + "认定", EN: l.Fact + " is not recorded; " + given.EN + " gives it"}
}

// gathering collects what the blocks of a template can name.
type gathering struct {
	t      *Template
	src    Source
	c      casefile.Case // behind the last of the entries
	levels procedure.Levels
	data   map[string]any
	organ  string
	of     casefile.Entry
	last   int64 // the last entry that anything is taken from
	lacks  []Lack
}

// For reports whether a procedure has the act that the paper is about.
func (t *Template) For(def *procedure.Definition) bool { return len(steps(def, t.Of)) > 0 }

// gather takes from the case what the template names. What is missing is [Missing].
func gather(t *Template, src Source) (g *gathering, err error) {
	g = &gathering{t: t, src: src, levels: procedure.NewLevels(), data: map[string]any{}}
	for _, e := range src.Entries {
		if err := g.c.Apply(e); err != nil {
			return nil, fmt.Errorf("rebuild the case: %w", err)
		}
	}
	g.mayBeShown()
	if of, ok := g.lastOf(t.Of); ok {
		g.of = of
		g.data["of"] = g.act(t.Of, of)
		g.data["draft"] = g.draftAt(of.Sequence)
	} else {
		g.lacks = append(g.lacks, Lack{Acts: steps(src.Definition, t.Of)})
	}
	g.others()
	g.facts()
	if len(g.lacks) > 0 {
		return nil, &Missing{Template: t, Lacks: g.lacks}
	}
	if g.organ, err = src.Organ(src.Entries[g.last-1].At); err != nil {
		return nil, err
	}
	g.data["organ"], g.data["matter"] = g.organ, g.c.Matter.Title
	return g, nil
}

// mayBeShown keeps what is not disclosed out of what the public reads (政府信息公开条例
// 第十四条).
func (g *gathering) mayBeShown() {
	if g.t.Level != casefile.LevelPublic {
		return
	}
	for _, fact := range []string{"contains_state_secret", "non_disclosable_by_law"} {
		if yes, _ := g.src.Now.Facts[fact].Value.(bool); yes {
			g.lacks = append(g.lacks, Lack{Fact: fact, Why: casefile.Text{
				ZH: "已认定事项涉及国家秘密或者依法不予公开，不得制作公开的文书", EN: "the matter is secret or lawfully not disclosed: there is no paper for the public (" + fact + ")"}})
		}
	}
}

// others takes the acts beside the one that the paper is about.
func (g *gathering) others() {
	for _, alias := range casefile.SortedNames(g.t.Acts) {
		act := g.t.Acts[alias]
		if e, ok := g.lastOf(act); ok {
			g.data[alias] = g.act(act, e)
		} else {
			g.lacks = append(g.lacks, Lack{Acts: steps(g.src.Definition, act)})
		}
	}
	for _, alias := range casefile.SortedNames(g.t.May) {
		g.data[alias] = nil
		if e, ok := g.lastOf(g.t.May[alias]); ok {
			g.data[alias] = g.act(g.t.May[alias], e)
		}
	}
	for _, alias := range casefile.SortedNames(g.t.All) {
		list := []any{}
		for _, e := range g.allOf(g.t.All[alias]) {
			list = append(list, g.act(g.t.All[alias], e))
		}
		g.data[alias] = list
	}
}

// allOf gives the entries of an act, in order. Of the step that the paper is about only
// the round of that act counts.
func (g *gathering) allOf(act string) []casefile.Entry {
	var out []casefile.Entry
	kind, verb, _ := strings.Cut(act, ".")
	ofKind, _, _ := strings.Cut(g.t.Of, ".")
	for _, e := range g.src.Entries {
		step, ok := g.src.Definition.Step(e.Step)
		if !ok || e.Kind != casefile.EntryAct || e.Act == nil || string(step.Type) != kind || e.Verb != verb {
			continue
		}
		if kind == ofKind && g.of.Sequence > 0 && (e.Step != g.of.Step || e.Round != g.of.Round) {
			continue
		}
		out = append(out, e)
	}
	return out
}

func (g *gathering) lastOf(act string) (casefile.Entry, bool) {
	all := g.allOf(act)
	if len(all) == 0 {
		return casefile.Entry{}, false
	}
	return all[len(all)-1], true
}

// act gives the fields of an act as blocks name them. One that was left out is empty;
// one that is above the level of the paper is not there.
func (g *gathering) act(name string, e casefile.Entry) map[string]any {
	g.last = max(g.last, e.Sequence)
	spec, _ := specOf(name)
	out := map[string]any{"acted_on": e.On.String(), "acted_by": e.Act.By.Name, "acted_unit": e.Act.By.Unit}
	for _, f := range spec.Fields {
		if g.t.Level != casefile.LevelRestricted && g.levels.Field(spec.Verb, f.Name) == casefile.LevelRestricted {
			continue
		}
		out[f.Name] = g.value(f, e.Act.With[f.Name])
	}
	return out
}

func (g *gathering) value(f procedure.Field, v any) any {
	switch f.Kind {
	case procedure.KindDigest:
		digest, _ := v.(string)
		return g.document(casefile.Digest(digest))
	case procedure.KindTexts:
		return textsOf(v)
	case procedure.KindDigests:
		out := []any{}
		for _, digest := range textsOf(v) {
			if doc := g.document(casefile.Digest(digest)); doc != nil {
				out = append(out, doc)
			}
		}
		return out
	case procedure.KindInt:
		n, _ := v.(int64)
		if x, ok := v.(float64); ok { // as JSON has it
			n = int64(x)
		}
		return n
	case procedure.KindBool:
		yes, _ := v.(bool)
		return yes
	case procedure.KindNumber, procedure.KindText, procedure.KindDate, procedure.KindCase:
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// document gives a document as it is filed; nil when none is named.
func (g *gathering) document(digest casefile.Digest) any {
	for _, d := range slices.Backward(g.c.Documents) {
		if d.Digest != digest {
			continue
		}
		title := d.Title
		if g.t.Level != casefile.LevelRestricted && g.restricted(digest) {
			title = "受限文件"
			if g.t.Level == casefile.LevelPublic {
				g.lacks = append(g.lacks, Lack{Why: casefile.Text{
					ZH: "所针对的文件为受限文件，不得用于公开的文书", EN: "the document that it is about is restricted and cannot be in a paper for the public"}})
			}
		}
		return map[string]any{"title": title, "version": d.Version, "digest": string(d.Digest)}
	}
	return nil
}

// draftAt gives the draft that was the current one behind an entry; nil before the first.
func (g *gathering) draftAt(sequence int64) any {
	for _, d := range slices.Backward(g.c.Documents) {
		if d.Kind == casefile.KindDraft && d.Sequence <= sequence {
			return g.document(d.Digest)
		}
	}
	return nil
}

func (g *gathering) restricted(digest casefile.Digest) bool {
	return slices.ContainsFunc(g.src.Now.Documents, func(d casefile.Document) bool {
		return d.Digest == digest && d.Level == casefile.LevelRestricted
	})
}

func (g *gathering) facts() {
	facts := map[string]any{}
	for _, name := range slices.Concat(g.t.Facts, g.t.FactsMay) {
		fact, ok := g.c.Facts[name]
		if ok = ok && fact.Value != nil && fact.Value != ""; ok {
			facts[name], g.last = fact.Value, max(g.last, fact.Sequence)
			if list := textsOf(fact.Value); list != nil {
				facts[name] = list
			}
			continue
		}
		facts[name] = ""
		if slices.Contains(g.t.Facts, name) {
			g.lacks = append(g.lacks, Lack{Fact: name, Acts: givers(g.src.Definition, name)})
		}
	}
	g.data["fact"] = facts
}

// steps gives an act of a step type as the steps of a definition have it.
func steps(def *procedure.Definition, act string) []Giving {
	kind, verb, _ := strings.Cut(act, ".")
	var out []Giving
	for _, s := range def.Steps {
		if string(s.Type) != kind || !slices.ContainsFunc(s.Acts, func(r procedure.ActRule) bool { return r.Verb == verb }) {
			continue
		}
		spec, _ := specOf(act)
		out = append(out, Giving{Kind: s.ID + "." + verb, Step: s.Title, Title: spec.Title})
	}
	return out
}

// givers gives the acts of a definition that establish a fact.
func givers(def *procedure.Definition, fact string) []Giving {
	var out []Giving
	for _, s := range def.Steps {
		kind, ok := procedure.Type(s.Type)
		if !ok {
			continue
		}
		for _, spec := range kind.Acts {
			if establishes(spec, fact) {
				out = append(out, steps(def, string(s.Type)+"."+spec.Verb)...)
			}
		}
	}
	return out
}

func establishes(spec procedure.ActSpec, fact string) bool {
	_, sets := spec.Sets[fact]
	return sets && spec.Sets[fact] != "" || spec.Numbers.Fact == fact || slices.Contains(spec.Gives, fact) ||
		slices.ContainsFunc(spec.Fields, func(f procedure.Field) bool { return f.Fact == fact })
}

func textsOf(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		out := make([]string, 0, len(v))
		for _, item := range v {
			out = append(out, fmt.Sprint(item))
		}
		return out
	}
	return nil
}
