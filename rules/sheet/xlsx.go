package sheet

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/zhengdang/chengxu/rules"
)

// Bounds of what a workbook unpacks to. They are equal so that nothing is written
// to the disk.
const (
	maxUnzipped = 16 << 20
	sheetName   = "table"
)

// textFormat is the number format of a cell that keeps what is typed as text.
const textFormat = 49

// WriteXLSX writes a table as a workbook with one sheet, all cells as text. Title
// gives the Chinese title of a fact, see [Titles]. A text that does not fit a
// cell is [casefile.ErrInvalid].
func WriteXLSX(w io.Writer, t rules.Table, title func(fact string) string) error {
	rows, err := grid(t, title)
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer f.Close()
	if err := fill(f, rows); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

func fill(f *excelize.File, rows [][]string) error {
	if err := f.SetSheetName(f.GetSheetName(0), sheetName); err != nil {
		return err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: textFormat, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	heading, err := f.NewStyle(&excelize.Style{NumFmt: textFormat, Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	last := strings.TrimRight(address(0, len(rows[rowNames])-1), "1")
	if err := f.SetColStyle(sheetName, "A:"+last, text); err != nil {
		return err
	}
	if err := f.SetColWidth(sheetName, "A", last, 24); err != nil {
		return err
	}
	for y, row := range rows {
		style := text
		if y == rowNames || y == rowTitles {
			style = heading
		}
		for x, value := range row {
			if err := f.SetCellStr(sheetName, address(y, x), value); err != nil {
				return err
			}
			if err := f.SetCellStyle(sheetName, address(y, x), address(y, x), style); err != nil {
				return err
			}
		}
	}
	return f.SetPanes(sheetName, &excelize.Panes{Freeze: true, YSplit: rowFirst, TopLeftCell: address(rowFirst, 0), ActivePane: "bottomLeft"})
}

// ReadXLSX reads a table that [WriteXLSX] wrote, or that has the same form. What
// is wrong comes back together, as [*Problem]. It refuses formulas, merged cells,
// further sheets and files that unpack to more than a table needs.
func ReadXLSX(r io.Reader) (rules.Table, error) {
	content, err := readAll(r)
	if err != nil {
		return rules.Table{}, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true,
	})
	if err != nil {
		return rules.Table{}, &Problem{Message: fmt.Sprintf("the file is no XLSX workbook that can be read: %v; save it as .xlsx without a password", err)}
	}
	defer f.Close()
	if names := f.GetSheetList(); len(names) != 1 {
		return rules.Table{}, &Problem{Message: fmt.Sprintf("the workbook has %d sheets, %s; keep the one with the table", len(names), strings.Join(names, ", "))}
	}
	sheet := f.GetSheetName(0)
	rows, err := cells(f, sheet)
	if err != nil {
		return rules.Table{}, err
	}
	return parse(sheet, rows)
}

// cells gives the texts of a sheet. The bounds are checked on the stream of rows,
// before the sheet is taken into memory.
func cells(f *excelize.File, sheet string) ([][]string, error) {
	broken := func(err error) error {
		return &Problem{Sheet: sheet, Message: fmt.Sprintf("the sheet %s cannot be read: %v", sheet, err)}
	}
	stream, err := f.Rows(sheet)
	if err != nil {
		return nil, broken(err)
	}
	defer stream.Close()
	var rows [][]string
	for y := 0; stream.Next(); y++ {
		row, err := stream.Columns()
		if err != nil {
			return nil, broken(err)
		}
		if problem := tooLarge(sheet, y, row); problem != nil {
			return nil, problem
		}
		rows = append(rows, row)
	}
	if err := stream.Error(); err != nil {
		return nil, broken(err)
	}
	if merged, err := f.GetMergeCells(sheet, true); err != nil {
		return nil, broken(err)
	} else if len(merged) > 0 {
		return nil, &Problem{sheet, merged[0].GetStartAxis(), "the cell is merged with others; unmerge it and fill each"}
	}
	for y, row := range rows {
		for x := range row {
			if err := typed(f, sheet, y, x, &row[x]); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// typed refuses a formula, and writes a truth value as a word.
func typed(f *excelize.File, sheet string, y, x int, text *string) error {
	at := address(y, x)
	written, err := f.GetCellFormula(sheet, at)
	if err != nil {
		return &Problem{sheet, at, fmt.Sprintf("the cell cannot be read: %v", err)}
	}
	if written != "" {
		return &Problem{sheet, at, "the cell holds a formula; replace it by its value"}
	}
	kind, err := f.GetCellType(sheet, at)
	if err != nil {
		return &Problem{sheet, at, fmt.Sprintf("the cell cannot be read: %v", err)}
	}
	if kind == excelize.CellTypeBool {
		*text = map[string]string{"1": "true", "0": "false"}[*text]
	}
	return nil
}
