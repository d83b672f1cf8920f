package dossier

import (
	"bytes"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// held gives everything that pins of the case can name, by digest.
func held(d *Dossier) map[casefile.Digest]file {
	out := map[casefile.Digest]file{}
	add := func(name string, content []byte) { out[digest(content)] = file{name, content} }
	for _, x := range casefile.SortedNames(d.Adopted) {
		add(adoptedDir+string(x), d.Adopted[x])
	}
	for _, name := range casefile.SortedNames(d.Packs) {
		add(packName(name), d.Packs[name])
	}
	add(definitionName, d.Definition)
	add(calendarName, d.Calendar)
	return out
}

// load reads what judges the case. The seal has shown that it is what was pinned;
// here it must also be what its name says.
func (l *lawCheck) load(pinned casefile.Pinned) (procedure.Release, bool) {
	out, before := procedure.Release{Pinned: pinned}, l.failures()
	f := l.held[pinned.Definition]
	var err error
	if out.Definition, err = procedure.ParseCanonical(f.content); err != nil {
		l.fail(f.name, "程序定义无效：%v", "not a valid definition: %v", err)
		return out, false
	}
	if out.Definition.Name() != pinned.Procedure {
		l.fail(f.name, "是 %s，本案固定的是 %s", "is %s, pinned to the case is %s", out.Definition.Name(), pinned.Procedure)
	}
	if !bytes.Equal(out.Definition.Canonical(), f.content) {
		l.fail(f.name, "不是规范形式", "not in canonical form")
	}
	f = l.held[pinned.Calendar]
	cal, err := legaltime.ParseCalendar(f.content)
	if err != nil {
		l.fail(f.name, "日历无效：%v", "not a valid calendar: %v", err)
		return out, false
	}
	out.Packs = l.loadPacks(pinned, out.Definition)
	if l.failures() > before {
		return out, false
	}
	if out.Judge, err = rules.NewJudge(out.Packs, cal); err != nil {
		l.fail(packsDir, "规则包不能一起适用：%v", "the rule packs cannot judge together: %v", err)
		return out, false
	}
	return out, true
}

// loadPacks reads the rule packs of the case: those that the definition asks for,
// in its order, and after them the overlays that were activated for the organ.
func (l *lawCheck) loadPacks(pinned casefile.Pinned, def *procedure.Definition) []*rules.Pack {
	var packs []*rules.Pack
	var names []string
	before := l.failures()
	for _, pin := range pinned.Packs {
		f := l.held[pin.Digest]
		p, err := rules.ParseArchive(f.content, packs...)
		switch {
		case err != nil:
			l.fail(f.name, "规则包无效：%v", "not a valid rule pack: %v", err)
			continue
		case p.Name() != pin.Pack:
			l.fail(f.name, "是 %s", "is %s", p.Name())
		case !bytes.Equal(p.Archive(), f.content):
			l.fail(f.name, "不是规范形式", "not in canonical form")
		}
		packs, names = append(packs, p), append(names, pin.Pack)
	}
	if l.failures() > before {
		return packs
	}
	if further := len(names) - len(def.Packs); further < 0 || !slices.Equal(names[:len(def.Packs)], def.Packs) {
		l.fail(definitionName, "要求规则包 %v，本案固定的是 %v", "asks for the rule packs %v, pinned to the case are %v", def.Packs, names)
		return packs
	}
	for _, p := range packs[len(def.Packs):] { // beyond those of the procedure, only what is laid over them
		if len(p.Over()) == 0 {
			l.fail(packName(p.Name()), "程序没有要求此规则包", "is not asked for by the procedure")
		}
	}
	return packs
}
