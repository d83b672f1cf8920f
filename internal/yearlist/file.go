package yearlist

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Bounds of a file.
const (
	MaxBytes    = 2 << 20
	maxUnzipped = 16 << 20
	maxRows     = 400 // with headings and what stands around the table
	maxColumns  = 40
	maxCell     = 2000 // characters
)

// cell is the text of a cell; formula says that it computes.
type cell struct {
	text    string
	formula bool
}

// Read reads the items from a file, whose name says what it is. Year is that of the
// catalogue, for dates that do not name one.
func Read(name string, r io.Reader, year int) ([]Row, error) {
	content, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	if len(content) > MaxBytes {
		return nil, whole(fmt.Sprintf("文件超过%d兆字节。", MaxBytes>>20), fmt.Sprintf("the file is larger than %d MiB", MaxBytes>>20))
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		rows, err := readCSV(content)
		if err != nil {
			return nil, err
		}
		return table(rows, year)
	case ".xlsx":
		rows, err := readXLSX(content)
		if err != nil {
			return nil, err
		}
		return table(rows, year)
	case ".yaml", ".yml":
		return readYAML(content, year)
	}
	return nil, whole("只接受 .xlsx、.csv 或者 .yaml 文件；旧的 .xls 请另存为 .xlsx。", "name a file that ends in .xlsx, .csv or .yaml; save an old .xls as .xlsx")
}

// readCSV reads UTF-8, with or without a byte order mark, or what a Chinese
// spreadsheet program writes otherwise.
func readCSV(content []byte) ([][]cell, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if !utf8.Valid(content) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return nil, whole("文件的编码既不是 UTF-8 也不是 GB18030，请另存为“CSV UTF-8”。", "the file is neither UTF-8 nor GB18030; save it as CSV UTF-8")
		}
		content = decoded
	}
	in := csv.NewReader(bytes.NewReader(content))
	in.FieldsPerRecord = -1
	var rows [][]cell
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, whole("文件不是有效的 CSV："+err.Error(), "the file is not CSV: "+err.Error())
		}
		line, _ := in.FieldPos(0)
		for len(rows) < line-1 && len(rows) < maxRows { // the reader skips empty lines
			rows = append(rows, nil)
		}
		row := make([]cell, len(record))
		for x, text := range record {
			row[x] = cell{text: text, formula: len(text) > 1 && strings.HasPrefix(text, "=")}
		}
		if rows, err = within(rows, row); err != nil {
			return nil, err
		}
	}
}

// within adds a row, unless the file is too large.
func within(rows [][]cell, row []cell) ([][]cell, error) {
	switch {
	case len(rows) >= maxRows:
		return nil, whole(fmt.Sprintf("表格超过%d行。", maxRows), fmt.Sprintf("the table has more than %d rows", maxRows))
	case len(row) > maxColumns:
		return nil, whole(fmt.Sprintf("第%d行超过%d列；请删去表格以外的内容。", len(rows)+1, maxColumns),
			fmt.Sprintf("row %d has more than %d columns; delete what stands beyond the table", len(rows)+1, maxColumns))
	}
	for _, c := range row {
		if utf8.RuneCountInString(c.text) > maxCell {
			return nil, whole(fmt.Sprintf("第%d行有单元格超过%d字。", len(rows)+1, maxCell), fmt.Sprintf("row %d has a cell of more than %d characters", len(rows)+1, maxCell))
		}
	}
	return append(rows, row), nil
}

func readXLSX(content []byte) ([][]cell, error) {
	broken := func(err error) error {
		return whole("文件不是可以读取的工作簿（XLSX），请去掉密码后另存为 .xlsx。", "the file is no workbook that can be read; save it as .xlsx without a password: "+err.Error())
	}
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true,
	})
	if err != nil {
		return nil, broken(err)
	}
	defer f.Close()
	if names := f.GetSheetList(); len(names) != 1 {
		return nil, whole(fmt.Sprintf("工作簿有%d张工作表，请只保留目录所在的一张。", len(names)), fmt.Sprintf("the workbook has %d sheets; keep the one with the catalogue", len(names)))
	}
	sheet := f.GetSheetName(0)
	stream, err := f.Rows(sheet)
	if err != nil {
		return nil, broken(err)
	}
	defer stream.Close()
	var rows [][]cell
	for stream.Next() {
		texts, err := stream.Columns()
		if err != nil {
			return nil, broken(err)
		}
		row := make([]cell, len(texts))
		for x, text := range texts {
			row[x] = cell{text: text}
		}
		if rows, err = within(rows, row); err != nil {
			return nil, err
		}
	}
	if err := stream.Error(); err != nil {
		return nil, broken(err)
	}
	for y, row := range rows {
		for x := range row {
			at, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				return nil, broken(err)
			}
			formula, err := f.GetCellFormula(sheet, at)
			if err != nil {
				return nil, broken(err)
			}
			row[x].formula = formula != ""
		}
	}
	return rows, nil
}

// seen gives the text as a reader sees it: without characters of no width and other
// control characters, each run of spaces and line breaks as join.
func seen(text, join string) string {
	fields := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) })
	for i, field := range fields {
		fields[i] = strings.Map(func(r rune) rune {
			if unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co) || r == utf8.RuneError {
				return -1
			}
			return r
		}, field)
	}
	out := fields[:0]
	for _, field := range fields {
		if field != "" {
			out = append(out, field)
		}
	}
	return strings.Join(out, join)
}
