package dossier

import "github.com/zhengdang/chengxu/casefile"

// checkPinned compares what judged the case with what the opening pinned, and
// with what later entries moved it to.
func (s *sealCheck) checkPinned() {
	if len(s.records) == 0 || s.records[0].Pinned == nil {
		return // checkCase has said so
	}
	pinned := s.records[0].Pinned
	s.samePinned(definitionName, pinned.Definition, s.d.Definition)
	s.samePinned(calendarName, pinned.Calendar, s.d.Calendar)
	listed := map[string]bool{}
	for _, p := range pinned.Packs {
		place := packName(p.Pack)
		content, ok := s.d.Packs[p.Pack]
		if !ok {
			s.fail(shortName(place), "缺少本案固定的规则包", "the rule pack that is pinned to the case is missing")
			continue
		}
		s.samePinned(place, p.Digest, content)
		listed[p.Pack] = true
	}
	for _, name := range casefile.SortedNames(s.d.Packs) {
		if !listed[name] {
			s.fail(packName(name), "不是本案固定的规则包", "no such rule pack is pinned to the case")
		}
	}
	s.checkAdopted(*pinned)
}

// checkAdopted compares what is held beside the pins of the opening with what
// later entries name: all of it, and nothing else.
func (s *sealCheck) checkAdopted(opening casefile.Pinned) {
	known := map[casefile.Digest]bool{}
	for _, d := range digestsOf(opening) {
		known[d] = true
	}
	for i, record := range s.records[1:] {
		if record.Pinned == nil {
			continue
		}
		for _, d := range digestsOf(*record.Pinned) {
			if _, ok := s.d.Adopted[d]; !ok && !known[d] {
				s.fail(adoptedDir+shortDigest(d), "缺少第 %d 条记录改用的内容", "entry %d moves the case to this, and it is missing", i+2)
			}
			known[d] = true
		}
	}
	for _, d := range casefile.SortedNames(s.d.Adopted) {
		place := adoptedDir + string(d)
		s.samePinned(place, d, s.d.Adopted[d])
		if !known[d] {
			s.fail(place, "没有任何记录改用此内容", "no entry moves the case to this")
		}
	}
}

// digestsOf gives the digests of everything that the pins name.
func digestsOf(p casefile.Pinned) []casefile.Digest {
	out := []casefile.Digest{p.Definition, p.Calendar}
	for _, pack := range p.Packs {
		out = append(out, pack.Digest)
	}
	return out
}

func (s *sealCheck) samePinned(place string, want casefile.Digest, content []byte) {
	if got := digest(content); got != want {
		s.fail(place, "散列 %s，本案固定的是 %s", "has digest %s, pinned to the case is %s", got, shortDigest(want))
	}
}
