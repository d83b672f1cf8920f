package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

// A list of hundreds of documents folds wherever it is shown, and an entry shows what
// came and went.
func TestLongListsAreFolded(t *testing.T) {
	items := make([]string, 152)
	for i := range items {
		items[i] = fmt.Sprintf("真新办〔2020〕%d号", i)
	}
	b := newBrowser(t, true)
	c := b.fake.cases["drill"]
	c.Facts = map[string]casefile.Fact{"documents": {Name: "documents", Value: items, Sequence: 2}, "few": {Name: "few", Value: items[:11], Sequence: 2}}
	b.fake.cases["drill"] = c
	entries := b.fake.entries["drill"]
	entries[0].Entry.Facts = casefile.Values{"documents": items[:150]}
	entries[1].Entry.Facts = casefile.Values{"documents": append(append([]string{}, items[2:150]...), "新增一", "新增二", "新增三")}
	stopped := entries[2].Entry.Verdict.Findings
	at := slices.IndexFunc(stopped, func(f casefile.Finding) bool { return f.Effect == casefile.EffectBlock && f.Result == casefile.Block })
	stopped[at].Values = casefile.Values{"left": items[:20]}
	page := b.wants("/cases/drill", 200, `<b>152 items</b>`, "150 items", "151 items, 3 added, 2 gone", "<li>＋ 新增三</li>", "<li>－ 真新办〔2020〕1号</li>",
		"真新办〔2020〕0号, 真新办〔2020〕1号, 真新办〔2020〕2号 … 20 in all")
	if n := strings.Count(page, "真新办〔2020〕77号"); n != 2 { // in the facts, and in the entry that brought it
		t.Errorf("a document is named %d times", n)
	}
	if strings.Contains(page, "11 items") {
		t.Error("a short list is folded")
	}
}

// A word that means something else as the value of another fact has words of its own.
func TestAValueHasTheWordsOfItsFact(t *testing.T) {
	b := newBrowser(t, true)
	c := b.fake.cases["drill"]
	c.Facts = map[string]casefile.Fact{"t.matter_scope": {Name: "t.matter_scope", Value: "outside", Sequence: 2}, "selection": {Name: "selection", Value: "outside", Sequence: 2}}
	b.fake.cases["drill"] = c
	b.wants("/cases/drill", 200, "<b>outside the scope of major decisions</b>", "<b>outside the pools</b>")
}

func TestWhatWasDoneSeveralTimesStandsOnce(t *testing.T) {
	b := newBrowser(t, true)
	c := b.fake.cases["drill"]
	c.Steps[0].Done = []string{"register", "triage", "register", "register"}
	b.fake.cases["drill"] = c
	b.wants("/cases/drill", 200, " ×3")
}
