// Package sheet writes the figures of the annual report as a workbook: the figures,
// and every entry that they count, so that they can be counted again with the filters
// of a spreadsheet program.
package sheet

import (
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/casefile"
)

// About is what a workbook says of the report besides its figures.
type About struct {
	Version int64 // of a frozen report; 0: it is not frozen
	Digest  casefile.Digest
	By      string // who froze it
}

// Write writes a report as XLSX. Texts are cells of text, also those that begin like a
// formula.
func Write(w io.Writer, r annual.Report, a About) (err error) {
	f := excelize.NewFile()
	defer func() {
		if closed := f.Close(); err == nil && closed != nil {
			err = fmt.Errorf("close workbook: %w", closed)
		}
	}()
	if err := f.SetSheetName("Sheet1", "数字"); err != nil {
		return fmt.Errorf("name sheet: %w", err)
	}
	for _, name := range []string{"计数依据", "说明"} {
		if _, err := f.NewSheet(name); err != nil {
			return fmt.Errorf("add sheet %s: %w", name, err)
		}
	}
	for _, one := range []struct {
		name string
		rows func(put func(...any) error) error
	}{
		{"数字", func(put func(...any) error) error { return figures(r, put) }},
		{"计数依据", func(put func(...any) error) error { return counted(r, put) }},
		{"说明", func(put func(...any) error) error { return about(r, a, put) }},
	} {
		if err := stream(f, one.name, one.rows); err != nil {
			return err
		}
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// stream writes the rows of a sheet one after the other; they do not stand in memory.
func stream(f *excelize.File, name string, rows func(put func(...any) error) error) error {
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	if err := out.SetColWidth(1, 10, 24); err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	row := 0
	err = rows(func(cells ...any) error {
		row++
		return out.SetRow("A"+strconv.Itoa(row), cells)
	})
	if err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	return nil
}

func figures(r annual.Report, put func(...any) error) error {
	if err := put("id", "分组", "名称", "name", "数值 value", "单位 unit", "计数 count", "总数 whole", "计算方法", "formula", "依据 basis"); err != nil {
		return err
	}
	for _, d := range annual.Definitions() {
		f, ok := r.Figure(d.ID)
		if !ok {
			continue
		}
		whole := any("")
		if f.Whole != nil {
			whole = *f.Whole
		}
		if err := put(d.ID, d.Group.Title().ZH, d.Name.ZH, d.Name.EN, valueOf(f), d.Unit.ZH, f.Count, whole, d.Formula.ZH, d.Formula.EN, d.Basis); err != nil {
			return err
		}
		for _, p := range f.Parts {
			if err := put(d.ID, d.Group.Title().ZH, "　"+p.Part, p.Part, p.N, d.Unit.ZH); err != nil {
				return err
			}
		}
	}
	return nil
}

// valueOf gives a value as a number where there is one.
func valueOf(f annual.Figure) any {
	if n, err := strconv.ParseFloat(f.Value, 64); err == nil {
		return n
	}
	return ""
}

func counted(r annual.Report, put func(...any) error) error {
	if err := put("figure", "计入 side", "案件 case", "记录 entry", "评查 review", "计 n", "分项 part"); err != nil {
		return err
	}
	for _, f := range r.Figures {
		for _, side := range []struct {
			name string
			refs []annual.Ref
		}{{"count", f.Counted}, {"whole", f.Of}} {
			for _, ref := range side.refs {
				entry := any("")
				if ref.Entry > 0 {
					entry = ref.Entry
				}
				if err := put(f.ID, side.name, string(ref.Case), entry, ref.Review, ref.N, ref.Part); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func about(r annual.Report, a About, put func(...any) error) error {
	version := "未定稿 not frozen"
	if a.Version > 0 {
		version = strconv.FormatInt(a.Version, 10)
	}
	for _, row := range [][]any{
		{"机关 organ", string(r.Organ)}, {"年度 year", int(r.Year)}, {"演练 practice", r.Practice}, {"计算时间 counted at", r.At.Format("2006-01-02T15:04:05.000Z07:00")},
		{"日志记录数 log size", r.Log.Size}, {"日志根 log root", r.Log.Root}, {"版本 version", version}, {"定稿人 frozen by", a.By}, {"摘要 SHA-256", string(a.Digest)},
	} {
		if err := put(row...); err != nil {
			return err
		}
	}
	return nil
}
