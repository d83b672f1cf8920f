package consult_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/consult"
)

func TestNearlyTheSameIsFound(t *testing.T) {
	base := "建议在小区增设分类投放点，并延长每日开放时间至晚上十点，方便上班的居民投放生活垃圾。"
	texts := []string{
		base,
		"反对涨价。",
		strings.ReplaceAll(base, "，", ", ") + "！！",
		base + "谢谢",
		"建议减少投放点，以免影响环境。",
		"",
		"。。。",
		"反对涨价！",
	}
	if diff := cmp.Diff([][]int{{0, 2, 3}, {1, 7}}, consult.Similar(texts)); diff != "" {
		t.Errorf("groups:\n%s", diff)
	}
}

// A campaign of thousands is one group, and does not take for ever.
func TestACampaignIsOneGroup(t *testing.T) {
	var texts []string
	for n := range 5000 {
		if n%2 == 0 {
			texts = append(texts, fmt.Sprintf("坚决反对在我们小区旁边建设垃圾中转站，严重影响居民健康和生活质量，请政府重新选址。业主%d", n))
			continue
		}
		texts = append(texts, strings.Repeat(fmt.Sprintf("第%d个不同的意见%d ", n, n*7919), 3))
	}
	groups := consult.Similar(texts)
	largest := slices.MaxFunc(groups, func(a, b []int) int { return len(a) - len(b) })
	if len(largest) != 2500 {
		t.Errorf("the campaign of 2500 is a group of %d", len(largest))
	}
}
