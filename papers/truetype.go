package papers

import (
	"encoding/binary"
	"errors"
	"slices"
)

var errTrueType = errors.New("the tables of the TrueType font are damaged")

// tables are those of an OpenType font, by tag.
type tables map[string][]byte

// readTables reads the directory of a font, or of the first one of a collection.
func readTables(b []byte) (tables, error) {
	r := &cffReader{b: b}
	at := 0
	if string(r.at(0, 4)) == "ttcf" {
		at = r.number(12, 4)
	}
	out := tables{}
	for i := range r.number(at+4, 2) {
		record := at + 12 + 16*i
		out[string(r.at(record, 4))] = r.at(r.number(record+8, 4), r.number(record+12, 4))
		if r.bad {
			return nil, errTrueType
		}
	}
	return out, nil
}

// subsetTrueType writes a font program with the outlines of these glyphs, and of those that
// they are composed of, alone. Every glyph keeps its number.
func (t tables) subsetTrueType(glyphs []uint16) ([]byte, error) {
	head := &cffReader{b: t["head"]}
	wide := head.number(50, 2) == 1
	loca, glyf := &cffReader{b: t["loca"]}, &cffReader{b: t["glyf"]}
	count := (&cffReader{b: t["maxp"]}).number(4, 2)
	outline := func(g int) []byte {
		from, to := 2*loca.number(2*g, 2), 2*loca.number(2*g+2, 2)
		if wide {
			from, to = loca.number(4*g, 4), loca.number(4*g+4, 4)
		}
		return glyf.at(from, to-from)
	}
	wanted := map[uint16]bool{}
	for todo := slices.Clone(glyphs); len(todo) > 0; {
		g := todo[0]
		todo = todo[1:]
		if wanted[g] || int(g) >= count {
			continue
		}
		wanted[g] = true
		todo = append(todo, components(outline(int(g)))...)
	}
	var newGlyf, newLoca []byte
	for g := range count {
		newLoca = binary.BigEndian.AppendUint32(newLoca, uint32(len(newGlyf)))
		if !wanted[uint16(g)] {
			continue
		}
		newGlyf = append(newGlyf, outline(g)...)
		for len(newGlyf)%4 != 0 {
			newGlyf = append(newGlyf, 0)
		}
	}
	newLoca = binary.BigEndian.AppendUint32(newLoca, uint32(len(newGlyf)))
	if head.bad || loca.bad || glyf.bad || len(t["head"]) < 54 {
		return nil, errTrueType
	}
	out := tables{"glyf": newGlyf, "loca": newLoca, "head": slices.Clone(t["head"])}
	binary.BigEndian.PutUint16(out["head"][50:], 1)
	for _, tag := range []string{"hhea", "hmtx", "maxp", "cvt ", "fpgm", "prep"} {
		if b, ok := t[tag]; ok {
			out[tag] = b
		}
	}
	return out.write(), nil
}

// components gives the glyphs that an outline is composed of.
func components(outline []byte) []uint16 {
	r := &cffReader{b: outline}
	if int16(r.number(0, 2)) >= 0 {
		return nil
	}
	var out []uint16
	for at := 10; ; {
		flags := r.number(at, 2)
		out = append(out, uint16(r.number(at+2, 2)))
		at += 6
		if flags&0x1 != 0 { // its arguments are words
			at += 2
		}
		switch {
		case flags&0x8 != 0: // a scale
			at += 2
		case flags&0x40 != 0: // two
			at += 4
		case flags&0x80 != 0: // four
			at += 8
		}
		if r.bad {
			return nil
		}
		if flags&0x20 == 0 { // no more
			return out
		}
	}
}

// write writes a font of these tables.
func (t tables) write() []byte {
	tags := make([]string, 0, len(t))
	for tag := range t {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	out := []byte{0, 1, 0, 0}
	for _, n := range []int{len(tags), 128, 3, len(tags)*16 - 128} {
		out = binary.BigEndian.AppendUint16(out, uint16(n))
	}
	at := 12 + 16*len(tags)
	var body []byte
	for _, tag := range tags {
		b := t[tag]
		out = append(out, tag...)
		padded := append(slices.Clone(b), make([]byte, (4-len(b)%4)%4)...)
		sum := uint32(0)
		for i := 0; i < len(padded); i += 4 {
			sum += binary.BigEndian.Uint32(padded[i:])
		}
		for _, n := range []uint32{sum, uint32(at + len(body)), uint32(len(b))} {
			out = binary.BigEndian.AppendUint32(out, n)
		}
		body = append(body, padded...)
	}
	return append(out, body...)
}
