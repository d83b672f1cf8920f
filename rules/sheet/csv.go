package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/rules"
)

// bom tells Excel that a CSV file is UTF-8.
const bom = "\ufeff"

// WriteCSV writes a table as CSV, in UTF-8 with a byte order mark. Title gives
// the Chinese title of a fact, see [Titles]. A cell that a spreadsheet would
// compute gets an apostrophe in front, which ReadCSV takes away. A text that
// does not fit a cell is [casefile.ErrInvalid].
func WriteCSV(w io.Writer, t rules.Table, title func(fact string) string) error {
	rows, err := grid(t, title)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, bom); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	out := csv.NewWriter(w)
	for _, row := range rows {
		for x := range row {
			row[x] = guard(row[x])
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// ReadCSV reads a table that [WriteCSV] wrote, or that has the same form. What is
// wrong comes back together, as [*Problem].
func ReadCSV(r io.Reader) (rules.Table, error) {
	content, err := readAll(r)
	if err != nil {
		return rules.Table{}, err
	}
	if !utf8.Valid(content) {
		return rules.Table{}, &Problem{Message: "the file is not UTF-8; in the spreadsheet program choose CSV UTF-8 when saving"}
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte(bom))))
	in.FieldsPerRecord = -1
	var rows [][]string
	next := 1 // the line on which the next row begins, if it is not empty
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return parse("", rows)
		}
		if err != nil {
			return rules.Table{}, &Problem{Message: fmt.Sprintf("the file is not CSV: %v", err)}
		}
		line, _ := in.FieldPos(0)
		for ; next < line && len(rows) < rules.MaxTableRows+rowFirst; next++ { // the reader skips empty lines
			rows = append(rows, nil)
		}
		for x := range row {
			next += strings.Count(row[x], "\n")
			row[x] = unguard(row[x])
		}
		next++
		rows = append(rows, row)
		if problem := tooLarge("", len(rows)-1, row); problem != nil {
			return rules.Table{}, problem
		}
	}
}

// readAll reads a whole file, up to a bound.
func readAll(r io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read spreadsheet: %w", err)
	}
	if len(content) > maxBytes {
		return nil, &Problem{Message: fmt.Sprintf("the file has more than %d bytes; is it a decision table?", maxBytes)}
	}
	return content, nil
}

// tooLarge refuses a row beyond the bounds, before more of the file is read.
func tooLarge(sheet string, y int, row []string) *Problem {
	switch long := slices.IndexFunc(row, func(text string) bool { return len(text) > maxCellBytes }); {
	case y >= rowFirst+rules.MaxTableRows && !blank(row):
		return &Problem{sheet, address(y, 0), fmt.Sprintf("a table has at most %d rows; split it", rules.MaxTableRows)}
	case len(row) > maxColumns:
		return &Problem{sheet, address(y, maxColumns), fmt.Sprintf("a table has at most %d columns; delete what stands beyond them", maxColumns)}
	case long >= 0:
		return &Problem{sheet, address(y, long), fmt.Sprintf("%d bytes are too many for a cell, at most %d are accepted", len(row[long]), maxCellBytes)}
	}
	return nil
}

// formula are the characters with which a spreadsheet begins to compute, also
// in their full-width forms, and the apostrophe that stops it.
const formula = "=+-@\t\r'＝＋－＠"

// guard makes a text that a spreadsheet shows and does not compute. The wildcard
// "-" alone is no formula.
func guard(text string) string {
	if text != "-" && text != "" && strings.ContainsRune(formula, first(text)) {
		return "'" + text
	}
	return text
}

// unguard is the inverse of guard.
func unguard(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && rest != "" && strings.ContainsRune(formula, first(rest)) {
		return rest
	}
	return text
}

func first(text string) rune {
	r, _ := utf8.DecodeRuneInString(text)
	return r
}
