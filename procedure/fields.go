package procedure

import "github.com/zhengdang/chengxu/casefile"

func field(kind FieldKind, name, zh, en string) Field {
	return Field{Name: name, Kind: kind, Title: casefile.Text{ZH: zh, EN: en}}
}

func flag(name, zh, en string) Field    { return field(KindBool, name, zh, en) }
func count(name, zh, en string) Field   { return field(KindInt, name, zh, en) }
func text(name, zh, en string) Field    { return field(KindText, name, zh, en) }
func texts(name, zh, en string) Field   { return field(KindTexts, name, zh, en) }
func date(name, zh, en string) Field    { return field(KindDate, name, zh, en) }
func paper(name, zh, en string) Field   { return field(KindDigest, name, zh, en) }
func papers(name, zh, en string) Field  { return field(KindDigests, name, zh, en) }
func other(name, zh, en string) Field   { return field(KindCase, name, zh, en) }
func title(zh, en string) casefile.Text { return casefile.Text{ZH: zh, EN: en} }

// must makes the field required.
func (f Field) must() Field { f.Required = true; return f }

// past says that the date is of something that has happened.
func (f Field) past() Field { f.Past = true; return f }

// of limits the field to these values.
func (f Field) of(values ...string) Field { f.Enum = values; return f }

// is names the fact that the field establishes.
func (f Field) is(fact string) Field { f.Fact = fact; return f }

// under limits the case that the field names to procedures.
func (f Field) under(procedures ...string) Field { f.Other.Procedures = procedures; return f }

// following says that the case named was opened as one that follows this case.
func (f Field) following() Field { f.Other.Follows = true; return f }

// closed says that the case named has ended.
func (f Field) closed() Field { f.Other.Closed = true; return f }

// ended limits the case that the field names to those that reached one of the ends.
func (f Field) ended(ends ...string) Field { f.Other.Ends = ends; return f }

// names says that the field names who is to act in the role.
func (f Field) names(role casefile.Role) Field { f.For = role; return f }

// restricted keeps the field to those who work on the case, and auditors.
func (f Field) restricted() Field { f.Level = casefile.LevelRestricted; return f }

// reason is the field by which an act says why.
func reason() Field { return text("reason", "理由", "reason").must() }

// currentDraft is the field by which an act names the exact draft it is about.
func currentDraft() Field {
	return paper("draft", "所针对的草案（摘要值）", "the draft it is about (digest)").must()
}

// attached is an optional paper of the file.
func attached() Field { return paper("document", "附件", "paper of the file") }
