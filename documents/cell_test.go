package documents_test

import (
	"testing"

	"github.com/zhengdang/chengxu/documents"
)

func TestACellIsNoFormula(t *testing.T) {
	for text, want := range map[string]string{"": "", "意见": "意见", "a=1": "a=1", "=1+1": "'=1+1", "＝1+1": "'＝1+1", "－1": "'－1", "＠SUM(A1)": "'＠SUM(A1)", "＋1": "'＋1", "\n=1": "'\n=1", "@x": "'@x", "\tx": "'\tx"} {
		if got := documents.Cell(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
