package papers

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Operators of the DICTs of CFF (Adobe Technical Note 5176). Those of two bytes begin with 12.
const (
	cffCharset     = 15
	cffCharStrings = 17
	cffPrivate     = 18
	cffSubrs       = 19
	cffFontMatrix  = 12<<8 | 7
	cffROS         = 12<<8 | 30
	cffCIDCount    = 12<<8 | 34
	cffFDArray     = 12<<8 | 36
	cffFDSelect    = 12<<8 | 37
)

var errCFF = errors.New("the CFF table is not one of a CID-keyed font, or damaged")

// cffFont is a CID-keyed font program, as far as it takes to write one with fewer glyphs.
type cffFont struct {
	name        []byte
	matrix      []byte // operands of FontMatrix
	globalSubrs []byte // INDEX
	charStrings [][]byte
	fonts       []cffDict
	fontOf      []byte // of each glyph
}

// cffDict is one of its font dictionaries.
type cffDict struct {
	matrix, private, subrs []byte // operands, entries without Subrs, INDEX
}

// cffReader reads within bounds: what is read outside them is empty, and bad is set.
type cffReader struct {
	b   []byte
	bad bool
}

func (r *cffReader) at(from, n int) []byte {
	if from < 0 || n < 0 || from > len(r.b) || n > len(r.b)-from {
		r.bad = true
		return nil
	}
	return r.b[from : from+n]
}

func (r *cffReader) number(from, n int) int {
	out := 0
	for _, b := range r.at(from, n) {
		out = out<<8 | int(b)
	}
	return out
}

// index gives the items of an INDEX, and where it ends.
func (r *cffReader) index(from int) (items [][]byte, end int) {
	count := r.number(from, 2)
	if count == 0 || r.bad {
		return nil, from + 2
	}
	size := r.number(from+2, 1)
	if size < 1 || size > 4 {
		r.bad = true
		return nil, from
	}
	data := from + 3 + (count+1)*size - 1
	for i := range count {
		start, stop := r.number(from+3+i*size, size), r.number(from+3+(i+1)*size, size)
		items = append(items, r.at(data+start, stop-start))
		if r.bad {
			return nil, from
		}
	}
	return items, data + r.number(from+3+count*size, size)
}

// cffEntry is an entry of a DICT: its operator, its operands as they stand, and as whole
// numbers where they are.
type cffEntry struct {
	op   int
	raw  []byte
	ints []int
}

func (r *cffReader) dict(b []byte) []cffEntry {
	var out []cffEntry
	in := cffReader{b: b}
	e, start := cffEntry{}, 0
	for at := 0; at < len(b) && !in.bad; {
		switch b0 := int(b[at]); {
		case b0 <= 21:
			e.op, e.raw = b0, b[start:at]
			at++
			if b0 == 12 {
				e.op = 12<<8 | in.number(at, 1)
				at++
			}
			out = append(out, e)
			e, start = cffEntry{}, at
		case b0 == 28:
			e.ints = append(e.ints, int(int16(in.number(at+1, 2))))
			at += 3
		case b0 == 29:
			e.ints = append(e.ints, int(int32(in.number(at+1, 4))))
			at += 5
		case b0 == 30: // a real number ends with a half byte of ones
			for at++; at < len(b) && b[at]&0x0f != 0x0f && b[at]>>4 != 0x0f; {
				at++
			}
			at++
			e.ints = append(e.ints, 0)
		case b0 >= 32 && b0 <= 246:
			e.ints = append(e.ints, b0-139)
			at++
		case b0 >= 247 && b0 <= 250:
			e.ints = append(e.ints, (b0-247)*256+in.number(at+1, 1)+108)
			at += 2
		case b0 >= 251 && b0 <= 254:
			e.ints = append(e.ints, -(b0-251)*256-in.number(at+1, 1)-108)
			at += 2
		default:
			in.bad = true
		}
	}
	r.bad = r.bad || in.bad
	return out
}

// parseCFF reads a CID-keyed font program.
func parseCFF(b []byte) (*cffFont, error) {
	r := &cffReader{b: b}
	names, at := r.index(r.number(2, 1))
	tops, at := r.index(at)
	_, at = r.index(at) // strings
	_, end := r.index(at)
	f := &cffFont{globalSubrs: r.at(at, end-at)}
	if r.bad || len(names) != 1 || len(tops) != 1 {
		return nil, errCFF
	}
	f.name = names[0]
	offsets := map[int]int{}
	isCID := false
	for _, e := range r.dict(tops[0]) {
		switch e.op {
		case cffROS:
			isCID = true
		case cffFontMatrix:
			f.matrix = e.raw
		case cffCharStrings, cffFDArray, cffFDSelect:
			if len(e.ints) == 1 {
				offsets[e.op] = e.ints[0]
			}
		}
	}
	if !isCID || len(offsets) != 3 {
		return nil, errCFF
	}
	f.charStrings, _ = r.index(offsets[cffCharStrings])
	dicts, _ := r.index(offsets[cffFDArray])
	for _, d := range dicts {
		f.fonts = append(f.fonts, r.fontDict(d))
	}
	f.fontOf = r.fdSelect(offsets[cffFDSelect], len(f.charStrings))
	if r.bad || len(f.fontOf) != len(f.charStrings) || len(f.charStrings) == 0 {
		return nil, errCFF
	}
	for _, fd := range f.fontOf {
		if int(fd) >= len(f.fonts) {
			return nil, errCFF
		}
	}
	return f, nil
}

func (r *cffReader) fontDict(b []byte) cffDict {
	var out cffDict
	for _, e := range r.dict(b) {
		switch {
		case e.op == cffFontMatrix:
			out.matrix = e.raw
		case e.op == cffPrivate && len(e.ints) == 2:
			size, from := e.ints[0], e.ints[1]
			for _, p := range r.dict(r.at(from, size)) {
				if p.op == cffSubrs && len(p.ints) == 1 {
					start := from + p.ints[0]
					_, end := r.index(start)
					out.subrs = r.at(start, end-start)
					continue
				}
				out.private = append(append(out.private, p.raw...), operator(p.op)...)
			}
		}
	}
	return out
}

// fdSelect gives the font dictionary of every glyph.
func (r *cffReader) fdSelect(at, glyphs int) []byte {
	switch r.number(at, 1) {
	case 0:
		return r.at(at+1, glyphs)
	case 3:
		ranges := r.number(at+1, 2)
		out := make([]byte, 0, glyphs)
		for i := range ranges {
			from, fd, next := r.number(at+3+3*i, 2), r.number(at+5+3*i, 1), r.number(at+6+3*i, 2)
			if r.bad || from != len(out) || next > glyphs || next < from {
				return nil
			}
			for range next - from {
				out = append(out, byte(fd))
			}
		}
		return out
	}
	return nil
}

func operator(op int) []byte {
	if op > 255 {
		return []byte{byte(op >> 8), byte(op)}
	}
	return []byte{byte(op)}
}

// five writes a whole number in five bytes, whatever its size, so that a DICT has its
// length before its offsets are known.
func five(n int) []byte { return binary.BigEndian.AppendUint32([]byte{29}, uint32(int32(n))) }

func cffIndex(items ...[]byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, uint16(len(items)))
	if len(items) == 0 {
		return out
	}
	out = append(out, 4)
	at := uint32(1)
	for _, item := range items {
		out = binary.BigEndian.AppendUint32(out, at)
		at += uint32(len(item))
	}
	out = binary.BigEndian.AppendUint32(out, at)
	for _, item := range items {
		out = append(out, item...)
	}
	return out
}

// subset writes the font program with these glyphs alone, .notdef first. The CID of each is
// its place among them.
func (f *cffFont) subset(glyphs []uint16) ([]byte, error) {
	charStrings := make([][]byte, len(glyphs))
	selects := []byte{0}
	for i, g := range glyphs {
		if int(g) >= len(f.charStrings) {
			return nil, fmt.Errorf("glyph %d: %w", g, errCFF)
		}
		charStrings[i] = f.charStrings[g]
		selects = append(selects, f.fontOf[g])
	}
	head := []byte{1, 0, 4, 4}
	head = append(head, cffIndex(f.name)...)
	strings := cffIndex([]byte("Adobe"), []byte("Identity"))
	charset := binary.BigEndian.AppendUint16([]byte{2, 0, 1}, uint16(len(glyphs)-2)) // CIDs from 1 on, in order
	index := cffIndex(charStrings...)

	top := func(charsetAt, selectAt, stringsAt, arrayAt int) []byte {
		d := append(append(append(five(391), five(392)...), five(0)...), operator(cffROS)...)
		if f.matrix != nil {
			d = append(append(d, f.matrix...), operator(cffFontMatrix)...)
		}
		d = append(append(d, five(len(glyphs))...), operator(cffCIDCount)...)
		d = append(append(d, five(charsetAt)...), cffCharset)
		d = append(append(d, five(selectAt)...), operator(cffFDSelect)...)
		d = append(append(d, five(stringsAt)...), cffCharStrings)
		return append(append(d, five(arrayAt)...), operator(cffFDArray)...)
	}
	at := len(head) + len(cffIndex(top(0, 0, 0, 0))) + len(strings) + len(f.globalSubrs)
	charsetAt := at
	selectAt := charsetAt + len(charset)
	stringsAt := selectAt + len(selects)
	privateAt := stringsAt + len(index)
	privates, dicts := f.privates(privateAt)
	arrayAt := privateAt + len(privates)

	out := append(head, cffIndex(top(charsetAt, selectAt, stringsAt, arrayAt))...)
	for _, part := range [][]byte{strings, f.globalSubrs, charset, selects, index, privates, cffIndex(dicts...)} {
		out = append(out, part...)
	}
	return out, nil
}

// privates writes the private dictionaries, each with its subroutines behind it, and the
// font dictionaries that name them.
func (f *cffFont) privates(at int) (out []byte, dicts [][]byte) {
	for _, d := range f.fonts {
		private := d.private
		if d.subrs != nil {
			length := len(private) + len(five(0)) + 1
			private = append(append(append([]byte{}, private...), five(length)...), cffSubrs)
		}
		var dict []byte
		if d.matrix != nil {
			dict = append(append(dict, d.matrix...), operator(cffFontMatrix)...)
		}
		dict = append(append(append(dict, five(len(private))...), five(at+len(out))...), cffPrivate)
		dicts = append(dicts, dict)
		out = append(append(out, private...), d.subrs...)
	}
	return out, dicts
}
