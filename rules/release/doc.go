// Package release makes rule packs travel safely. A release (规则包发布) is one
// file: a statement of what it is, signed by at least two people as a C2SP
// signed note, and the canonical archive of the pack. It is read strictly, down
// to the byte, and verified against the people whom an installation trusts.
// Nothing switches verification off. The form is described in
// docs/reference/releases.md.
//
// It reads no clock and no files.
package release
