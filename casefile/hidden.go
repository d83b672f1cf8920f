package casefile

// Hidden reports whether a character is not seen and changes how others are read: those
// that turn the direction of writing, so that "fdp.exe" looks like "exe.pdf", and those
// without width, by which two names look the same. The joiners that some scripts are
// written with are not among them.
func Hidden(r rune) bool {
	switch {
	case r == 0x061c, r == 0x200b, r == 0x200e, r == 0x200f, r == 0x2060, r == 0xfeff:
		return true
	case r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}
