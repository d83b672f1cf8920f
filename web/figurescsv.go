package web

import (
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/documents"
)

// table sends rows as a file for spreadsheets: with the mark by which they know
// UTF-8, and no cell that they would take for a formula.
func (h *handler) table(c echo.Context, name string, rows [][]string) error {
	out := &download{c: c, media: "text/csv; charset=utf-8", name: name}
	var text strings.Builder
	text.WriteString("\ufeff")
	w := csv.NewWriter(&text)
	w.UseCRLF = true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = documents.Cell(cell)
		}
		if err := w.Write(safe); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	w.Flush()
	_, err := out.Write([]byte(text.String()))
	return err
}
