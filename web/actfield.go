package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// fieldView is one control of a form.
type fieldView struct {
	Control, ID, Title  string
	Name                string // of the field
	Kind                controlKind
	Required            bool
	Help, Wrong         string
	Value, Max          string
	Choices             []choice
	None, NoneChosen    bool // a list can be said to hold nothing
	Restricted, Several bool
	NewURL              string // where the case that the field names is opened
}

type controlKind string

const (
	asRadio  controlKind = "radio"
	asSelect controlKind = "select"
	asBoxes  controlKind = "boxes"
	asLine   controlKind = "line"
	asLong   controlKind = "long"
	asLines  controlKind = "lines" // one item a line
	asNumber controlKind = "number"
	asDate   controlKind = "date"
	asPaper  controlKind = "paper"
)

// manyChoices is from how many on a closed set is a list that folds.
const manyChoices = 8

// short tells a text that fits in a line by its name; every other one may be long.
func short(name string) bool {
	return slices.Contains([]string{"title", "name", "unit", "person", "role", "chief", "presiding", "place", "time", "number", "reference",
		"register_number", "decided_by", "agreed_by", "proposer", "study_unit", "lead_unit", "expert", "counsel", "assessor", "member", "body",
		"presided_by", "location", "authority", "article", "to_procedure", "decision_body", "procedure", "definition", "calendar",
		"already_assessed_ref", "of", "which", "by_document"}, name)
}

func (n names) field(f procedure.Field, in *filled, today string) fieldView {
	name := "with." + f.Name
	v := fieldView{Control: name, ID: "f-" + f.Name, Name: f.Name, Title: n.fieldTitle(f), Required: f.Required, Value: plain(in.values.Get(name)),
		Wrong: in.wrong[name], Restricted: f.Level == casefile.LevelRestricted}
	sent := in.values[name]
	switch f.Kind {
	case procedure.KindBool:
		v.Kind, v.Choices = asRadio, n.bools(v.Value, f.Required)
	case procedure.KindInt, procedure.KindNumber:
		v.Kind = asNumber
	case procedure.KindDate:
		v.Kind = asDate
		if f.Past {
			v.Max, v.Help = today, fmt.Sprintf(n.words["act.help-past"], today)
		}
	case procedure.KindTexts:
		v.Kind, v.Help = asLines, n.words["act.help-lines"]
		if len(f.Enum) > 0 {
			v.Kind, v.Help, v.Choices = asBoxes, "", n.choices(f.Enum, sent)
		}
		v.Value = strings.Join(itemsOf(f, sent), "\n")
		v.None, v.NoneChosen = !f.Required && f.Fact != "", slices.Contains(sent, none)
	case procedure.KindCase:
		v.Kind, v.Help = asLine, n.words["act.help-case"]
	case procedure.KindDigest, procedure.KindDigests:
		v.Kind, v.Help, v.Several = asPaper, n.words["act.help-paper"], f.Kind == procedure.KindDigests
	case procedure.KindText:
		v.Kind = asLong
		if short(f.Name) {
			v.Kind = asLine
		}
		if len(f.Enum) > 0 {
			v.Kind, v.Choices = asRadio, n.choices(f.Enum, sent)
			if len(f.Enum) >= manyChoices {
				v.Kind = asSelect
			}
			if !f.Required {
				v.Choices = append(v.Choices, choice{Name: n.words["act.not-given"], Chosen: v.Value == ""})
			}
		}
	}
	return v
}

// among lets documents be chosen that the case knows, instead of being typed: several as
// boxes, one from a list. What was sent and is not among them stays, to be told what is wrong.
func (v *fieldView) among(documents, sent []string) {
	if len(documents) == 0 {
		return
	}
	several := v.Kind == asLines
	if !several && v.Kind != asLine {
		return
	}
	v.Kind, v.Help, v.Choices = asSelect, "", nil
	if several {
		v.Kind = asBoxes
	}
	var chosen []string
	for _, text := range sent {
		for line := range strings.Lines(plain(text)) {
			if line = strings.TrimSpace(line); line != "" && line != none {
				chosen = append(chosen, line)
			}
		}
	}
	for _, document := range documents {
		v.Choices = append(v.Choices, choice{Value: document, Name: document, Chosen: slices.Contains(chosen, document)})
	}
	for _, other := range chosen {
		if !slices.Contains(documents, other) {
			v.Choices = append(v.Choices, choice{Value: other, Name: other, Chosen: true})
		}
	}
}

// fieldTitle gives the title of a field as the head of a control: what stands in
// brackets about digests is for those who write programs.
func (n names) fieldTitle(f procedure.Field) string {
	title := n.pick(f.Title)
	if f.Kind == procedure.KindDigest || f.Kind == procedure.KindDigests {
		for _, tail := range []string{"（摘要值）", " (digest)", " (digests)"} {
			title = strings.TrimSuffix(title, tail)
		}
	}
	return title
}

func (n names) bools(value string, required bool) []choice {
	out := []choice{{Value: "true", Name: n.words["value.true"], Chosen: value == "true"},
		{Value: "false", Name: n.words["value.false"], Chosen: value == "false"}}
	if !required {
		out = append(out, choice{Name: n.words["act.not-given"], Chosen: value == ""})
	}
	return out
}

func (n names) choices(values, chosen []string) []choice {
	out := make([]choice, len(values))
	for i, value := range values {
		out[i] = choice{Value: value, Name: n.token(value), Chosen: slices.Contains(chosen, value)}
	}
	return out
}

// count gives words about a number.
func (c catalogue) count(key string, number int64) string { return fmt.Sprintf(c[key], number) }

// shown fills in what the page that led to the form showed: the draft that was looked at,
// and who is to speak. What the person kept stays, and what the case does not know is
// left out.
func (d *deed) shown(draft, member string) {
	fill := func(name, value string) {
		has := slices.ContainsFunc(d.form.Spec.Fields, func(f procedure.Field) bool { return f.Name == name })
		if has && d.values.Get("with."+name) == "" {
			d.values.Set("with."+name, value)
		}
	}
	if digest := casefile.Digest(draft); d.c.HasDocument(digest) && !d.form.Spec.FilesDraft {
		fill("draft", draft)
		if d.before == "" {
			d.before = digest
		}
	}
	if slices.Contains(texts(d.c.Facts["present"].Value), member) {
		fill("member", member)
	}
}
