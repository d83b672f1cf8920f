package sheet

import (
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

// Problem is one thing wrong with a spreadsheet, in which cell, and what to do
// about it. It is [casefile.ErrInvalid].
type Problem struct {
	Sheet   string // empty: a CSV file has one sheet only
	Cell    string // "B12"; empty: the file as a whole
	Message string
}

// Error gives "sheet!cell: message".
func (p *Problem) Error() string {
	switch {
	case p.Cell == "":
		return p.Message
	case p.Sheet == "":
		return p.Cell + ": " + p.Message
	}
	return p.Sheet + "!" + p.Cell + ": " + p.Message
}

// Unwrap gives the kind of the error.
func (p *Problem) Unwrap() error { return casefile.ErrInvalid }

// address names a cell, both from 0, as spreadsheets do.
func address(row, column int) string {
	letters := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		letters = string(rune('A'+(n-1)%26)) + letters
	}
	return fmt.Sprintf("%s%d", letters, row+1)
}
