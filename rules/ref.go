package rules

import "strings"

// Ref names a gate: "<pack id>/<gate id>", as in "cn.713/participation_done".
// Which version of the pack is meant follows from the procedure that refers to
// it.
type Ref string

// Pack gives the pack id, the part before the slash.
func (r Ref) Pack() string {
	pack, _, _ := strings.Cut(string(r), "/")
	return pack
}

// Gate gives the gate id, the part after the slash.
func (r Ref) Gate() string {
	_, gate, _ := strings.Cut(string(r), "/")
	return gate
}
