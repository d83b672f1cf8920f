package rules_test

import (
	"testing"

	"github.com/zhengdang/chengxu/rules"
)

func TestTheShippedPacksAreFreeOfDefects(t *testing.T) {
	for _, p := range embedded(t) {
		found, err := rules.Analyse(p, calendar(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			t.Errorf("%s: %v", d.Pack, d)
		}
	}
}
