package documents

import (
	"strings"
	"unicode/utf8"
)

// formulaHeads are the characters with which a spreadsheet begins to compute, also in
// their full-width forms.
const formulaHeads = "=+-@\t\r\n＝＋－＠"

// Cell gives a text as a cell of a table that a spreadsheet shows and does not compute.
func Cell(text string) string {
	if head, _ := utf8.DecodeRuneInString(text); text != "" && strings.ContainsRune(formulaHeads, head) {
		return "'" + text
	}
	return text
}
