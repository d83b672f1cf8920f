package annual

import (
	"cmp"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// register holds the changes in the register of documents of an organ, in the order of
// the days from which they hold, and of the log.
type register []change

// change is what an entry changes, and which entry that is.
type change struct {
	casefile.DocumentChange
	on    Year // of the entry
	index int64
	ref   Ref
}

// registered gives the changes that a case brings.
func (t *Told) registered(index func(at int) int64) []change {
	var out []change
	for i, e := range t.Events {
		for _, d := range e.Changes {
			out = append(out, change{DocumentChange: d, on: Year(e.On.Year()), index: index(i), ref: of(t, i)})
		}
	}
	return out
}

func (r register) inOrder() register {
	slices.SortStableFunc(r, func(a, b change) int { return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.index, b.index)) })
	return r
}

// standing is a document as the changes have left it.
type standing struct {
	published Ref
	until     change // that set its term; its Until is zero where it has none
	gone      bool
}

// at gives the documents as they stand on the last day of a year, by number.
func (r register) at(y Year) map[string]standing {
	out := map[string]standing{}
	for _, c := range r {
		if c.On.After(y.Last()) {
			continue
		}
		doc, known := out[c.Document]
		switch c.Change {
		case casefile.DocumentPublished:
			if !known {
				doc.published = c.ref
			}
			doc.until, doc.gone = c, false
		case casefile.DocumentExtended, casefile.DocumentAmended:
			if !c.Until.IsZero() {
				doc.until = c
			}
		case casefile.DocumentRepealed, casefile.DocumentLapsed:
			doc.gone = true
		case casefile.DocumentFiled, casefile.ClauseDisabled, casefile.ClauseRestored:
		}
		if known || c.Change == casefile.DocumentPublished {
			out[c.Document] = doc
		}
	}
	return out
}

// inForce counts the documents in force on 31 December.
func inForce(r register, y Year, c *tally) {
	all := r.at(y)
	for _, number := range casefile.SortedNames(all) {
		doc := all[number]
		if !doc.gone && (doc.until.Until.IsZero() || !doc.until.Until.Before(y.Last())) {
			c.add(doc.published)
		}
	}
}

// expired counts the documents whose term ended in the year, without being extended,
// repealed or declared lapsed before.
func expired(r register, y Year, c *tally) {
	all := r.at(y)
	for _, number := range casefile.SortedNames(all) {
		doc := all[number]
		if !doc.gone && y.Holds(doc.until.Until) && doc.until.Until.Before(y.Last()) {
			c.add(doc.until.ref)
		}
	}
}

// changed counts the changes of a kind that entries of the year brought, each document
// once for each entry.
func changed(kind casefile.ChangeKind) func(register, Year, *tally) {
	return func(r register, y Year, c *tally) {
		seen := map[string]bool{}
		for _, one := range r {
			key := string(one.ref.Case) + "\x00" + one.Document
			if one.Change != kind || one.on != y || seen[key] {
				continue
			}
			seen[key] = true
			ref := one.ref
			ref.Part = one.Document
			c.add(ref)
		}
	}
}

// documentFigures are those of normative documents.
func documentFigures() []Definition {
	const disclosure = "政府信息公开条例 第二十条第一项；国办公开办函〔2021〕30号"
	register := func(id string, kind casefile.ChangeKind, zh, en string) Definition {
		return Definition{ID: id, Group: Documents, Kind: Count, Name: text(zh, en), Unit: text("件", "documents"), Basis: disclosure,
			Formula:    text("本年度记入规范性文件登记簿的件数；一个案件涉及几个文件的逐件计", "documents entered as such in the register in the year; a case with several documents counts for each"),
			inRegister: changed(kind)}
	}
	return append([]Definition{
		{ID: "documents-made", Group: Documents, Kind: Count, Name: text("制定公布的规范性文件", "Documents made"), Unit: text("件", "documents"),
			Formula: text("本年度公布的规范性文件数", "normative documents published in the year"), Basis: disclosure, inCase: acts(procedure.DocumentPublication, "publish")},
		register("documents-amended", casefile.DocumentAmended, "修改的规范性文件", "Documents amended"),
		register("documents-repealed", casefile.DocumentRepealed, "废止的规范性文件", "Documents repealed"),
		register("documents-lapsed", casefile.DocumentLapsed, "宣布失效的规范性文件", "Documents declared lapsed"),
		register("documents-extended", casefile.DocumentExtended, "延长有效期的规范性文件", "Documents extended"),
		{ID: "documents-expired", Group: Documents, Kind: Count, Name: text("有效期届满的规范性文件", "Documents whose term ended"), Unit: text("件", "documents"),
			Formula: text("有效期在本年度12月31日以前届满、没有延长也没有先行废止或者宣布失效的件数", "documents whose term ended in the year before 31 December, not extended, repealed or declared lapsed before"), Basis: "国办发〔2018〕37号 第九项", inRegister: expired},
		{ID: "documents-in-force", Group: Documents, Kind: Count, Name: text("年末现行有效的规范性文件", "Documents in force at the end of the year"), Unit: text("件", "documents"),
			Formula: text("12月31日登记簿中已施行、未废止、未失效、有效期未满的件数", "documents in the register that have taken effect and are not repealed, lapsed or past their term on 31 December"), Basis: disclosure, inRegister: inForce},
	}, documentShares()...)
}

// filingDuties are the rules that set the day by which a document is filed.
func filingDuties() []string { return []string{"nd-filing-30d", "nd-congress-filing-30d"} }

// made gives the place of the event that published the document of a case in the year.
func (t *Told) made(y Year) (at int, ok bool) {
	at = t.last(len(t.Events), func(e Event) bool { return e.did(procedure.DocumentPublication, "publish") })
	return at, at >= 0 && y.Holds(t.Events[at].On)
}

// filed gives the place of the event that filed the document; -1: it was not filed.
func (t *Told) filed() int {
	return t.last(len(t.Events), func(e Event) bool { return e.did(procedure.Filing, "file") })
}

// documentShares are the shares of the documents made in the year.
func documentShares() []Definition {
	share := func(id, basis string, name, formula casefile.Text, count func(t *Told, published int, c *tally)) Definition {
		return Definition{ID: id, Group: Documents, Kind: Share, Unit: text("%", "%"), Name: name, Formula: formula, Basis: basis,
			inCase: func(t *Told, y Year, c *tally) {
				if at, ok := t.made(y); ok {
					count(t, at, c)
				}
			}}
	}
	const filing = "上海市人民政府令第17号；上海市人民代表大会常务委员会规范性文件备案审查条例 第十条至第十二条"
	return []Definition{
		share("documents-reviewed", "国办发〔2018〕37号 第六项", text("规范性文件合法性审核率", "Documents with a legality review"),
			text("本年度公布的文件中：审议前经合法性审核的 ÷ 全部", "of the documents published in the year: those whose draft passed a legality review ÷ all"),
			func(t *Told, at int, c *tally) {
				c.whole = append(c.whole, of(t, at))
				if _, done := t.stood(legalityStage(), at); done >= 0 {
					c.count(t, done)
				}
			}),
		share("interpretation-synchronous", "国办发〔2018〕37号 第八项", text("政策解读同步率", "Interpretations published with the document"),
			text("本年度公布的文件中：解读材料不晚于文件公布之日发布的 ÷ 全部", "of the documents published in the year: those whose interpretation came out no later than they did ÷ all"), interpreted),
		share("filing-rate", filing, text("规范性文件报备率", "Documents filed"),
			text("本年度公布的文件中：已报送备案的（年后报送的也计入） ÷ 全部", "of the documents published in the year: those that were filed, also after its end ÷ all"),
			func(t *Told, at int, c *tally) {
				c.whole = append(c.whole, of(t, at))
				if filed := t.filed(); filed >= 0 {
					c.count(t, filed)
				}
			}),
		share("filing-timely", filing, text("报备及时率", "Filed in time"),
			text("本年度公布、已报送备案且规则算出期限的文件中：报送日期不晚于法定期限最后一日的 ÷ 全部", "of the documents published in the year and filed, as far as the rules gave a last day: those filed by that day ÷ all"),
			func(t *Told, _ int, c *tally) {
				at, due := t.filed(), t.due(len(t.Events)-1, filingDuties()...)
				if at >= 0 && !due.IsZero() {
					c.amongst(t, at, !dateOf(t.text(at, "filed_on")).After(due))
				}
			}),
		share("filing-standard", filing, text("报备规范率", "Filed to standard"),
			text("本年度公布、已报送备案的文件中：未被退回或者要求补充即予备案的 ÷ 全部", "of the documents published in the year and filed: those registered without being sent back or supplemented ÷ all"), filedToStandard),
	}
}

func interpreted(t *Told, at int, c *tally) {
	c.whole = append(c.whole, of(t, at))
	published := dateOf(t.text(at, "published_on"))
	for i, e := range t.Events {
		if on := e.sets("interpretation_on"); e.did(procedure.DocumentPublication, "interpret") && !on.IsZero() && !on.After(published) {
			c.count(t, i)
			return
		}
	}
}

func filedToStandard(t *Told, _ int, c *tally) {
	at := t.filed()
	if at < 0 {
		return
	}
	registered, back := false, false
	for _, e := range t.Events[at:] {
		back = back || e.did(procedure.Filing, "sent_back")
		registered = registered || e.ended(procedure.Filing, "registered")
	}
	c.amongst(t, at, registered && !back)
}
