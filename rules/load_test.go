package rules_test

import (
	"os"
	"testing"

	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

func calendar(t testing.TB) *legaltime.Calendar {
	t.Helper()
	c, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func demo(t testing.TB) *rules.Pack {
	t.Helper()
	p, err := rules.LoadPack(os.DirFS("testdata"), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThePacksOwnTestsPass(t *testing.T) {
	for _, r := range rules.RunTests(demo(t), calendar(t)) {
		if !r.Passed() {
			t.Errorf("%s:%d: %s: %s", r.Test.File, r.Test.Line, r.Test.Name, r.Problem)
		}
	}
}
