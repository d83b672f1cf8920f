package ledger

// plainCanonical reports whether a JSON text, which is valid UTF-8, is in canonical
// form, without taking it apart: what was recorded is read far more often than it is
// written, and is canonical already. It knows the everyday spellings alone. False
// says nothing: the text then goes the long way, which decides.
func plainCanonical(raw []byte) bool {
	s := scan{raw: raw}
	return s.value(0) && s.at == len(raw)
}

// scan goes through a text byte by byte.
type scan struct {
	raw []byte
	at  int
}

// next takes the byte when it comes next.
func (s *scan) next(b byte) bool {
	if s.at == len(s.raw) || s.raw[s.at] != b {
		return false
	}
	s.at++
	return true
}

func (s *scan) literal(text string) bool {
	end := s.at + len(text)
	if end > len(s.raw) || string(s.raw[s.at:end]) != text {
		return false
	}
	s.at = end
	return true
}

func (s *scan) value(depth int) bool {
	if depth > maxDepth || s.at == len(s.raw) {
		return false
	}
	switch s.raw[s.at] {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		return s.text()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.integer()
}

func (s *scan) array(depth int) bool {
	s.at++
	if s.next(']') {
		return true
	}
	for s.value(depth + 1) {
		if s.next(']') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
	return false
}

// object takes one whose names are plain ASCII, and rise.
func (s *scan) object(depth int) bool {
	s.at++
	if s.next('}') {
		return true
	}
	for last, first := "", true; ; first = false {
		name, ok := s.name()
		if !ok || !first && name <= last || !s.next(':') || !s.value(depth+1) {
			return false
		}
		if s.next('}') {
			return true
		}
		if !s.next(',') {
			return false
		}
		last = name
	}
}

func (s *scan) name() (string, bool) {
	if !s.next('"') {
		return "", false
	}
	from := s.at
	for ; s.at < len(s.raw); s.at++ {
		switch b := s.raw[s.at]; {
		case b == '"':
			s.at++
			return string(s.raw[from : s.at-1]), true
		case b < 0x20 || b == '\\' || b >= 0x80:
			return "", false
		}
	}
	return "", false
}

// text takes one with short escapes, which are the only spelling of what they stand
// for; a slash and what could be a control character go the long way.
func (s *scan) text() bool {
	for s.at++; s.at < len(s.raw); s.at++ {
		switch b := s.raw[s.at]; {
		case b == '"':
			s.at++
			return true
		case b < 0x20:
			return false
		case b == '\\':
			if s.at++; s.at == len(s.raw) {
				return false
			}
			switch s.raw[s.at] {
			case '"', '\\', 'b', 'f', 'n', 'r', 't':
			default:
				return false
			}
		}
	}
	return false
}

// maxDigits keeps to integers that a double holds exactly and writes as they stand.
const maxDigits = 15

func (s *scan) integer() bool {
	if s.next('0') {
		return true
	}
	s.next('-')
	from := s.at
	for s.at < len(s.raw) && s.raw[s.at] >= '0' && s.raw[s.at] <= '9' {
		s.at++
	}
	digits := s.at - from
	return digits > 0 && digits <= maxDigits && s.raw[from] != '0'
}
