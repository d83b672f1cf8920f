package consult_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
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

// What was hashed before there were attachments is hashed as it was then.
func TestACommentIsHashedWithWhatIsAttached(t *testing.T) {
	plain := consult.Comment{Consultation: "c1.participation.1", Anchor: "第三条", Text: "同意"}
	with := plain
	with.Attachments = []consult.Attachment{{Digest: casefile.Digest(strings.Repeat("ab", 32))}, {Digest: casefile.Digest(strings.Repeat("cd", 32))}}
	turned := with
	turned.Attachments = []consult.Attachment{with.Attachments[1], with.Attachments[0]}
	for name, tt := range map[string]struct {
		c      consult.Comment
		hashed string
	}{
		"without":          {plain, "salt\x00c1.participation.1\x00第三条\x00同意"},
		"with two files":   {with, "salt\x00c1.participation.1\x00第三条\x00同意\x00" + strings.Repeat("ab", 32) + "\x00" + strings.Repeat("cd", 32)},
		"in another order": {turned, "salt\x00c1.participation.1\x00第三条\x00同意\x00" + strings.Repeat("cd", 32) + "\x00" + strings.Repeat("ab", 32)},
	} {
		sum := sha256.Sum256([]byte(tt.hashed))
		if got := tt.c.Digest("salt"); got != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if err := (consult.Comment{Text: "同意\x00" + strings.Repeat("ab", 32)}).Check(); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("a text that stands for an attachment: %v", err)
	}
}

func TestAttachmentsHaveBounds(t *testing.T) {
	good := func(n int) consult.Attachment {
		return consult.Attachment{Digest: casefile.Digest(strings.Repeat(fmt.Sprint(n), 64)), Name: "附件.pdf", MediaType: "application/pdf", Size: 3 << 20}
	}
	for name, tt := range map[string]struct {
		change func(list []consult.Attachment) []consult.Attachment
		ok     bool
	}{
		"three":        {func(l []consult.Attachment) []consult.Attachment { return l }, true},
		"four":         {func(l []consult.Attachment) []consult.Attachment { return append(l, good(4)) }, false},
		"one twice":    {func(l []consult.Attachment) []consult.Attachment { l[1] = l[0]; return l }, false},
		"no digest":    {func(l []consult.Attachment) []consult.Attachment { l[0].Digest = "x"; return l }, false},
		"no name":      {func(l []consult.Attachment) []consult.Attachment { l[0].Name = ""; return l }, false},
		"a line break": {func(l []consult.Attachment) []consult.Attachment { l[0].Name = "a\r\nb"; return l }, false},
		"a page":       {func(l []consult.Attachment) []consult.Attachment { l[0].MediaType = "text/html"; return l }, false},
		"a charset": {func(l []consult.Attachment) []consult.Attachment {
			l[0].MediaType = "text/plain; charset=utf-8"
			return l
		}, true},
		"nothing":         {func(l []consult.Attachment) []consult.Attachment { l[0].Size = 0; return l }, false},
		"as large as":     {func(l []consult.Attachment) []consult.Attachment { l[0].Size = consult.MaxAttachment; return l[:1] }, true},
		"too large":       {func(l []consult.Attachment) []consult.Attachment { l[0].Size = consult.MaxAttachment + 1; return l[:1] }, false},
		"large in all":    {func(l []consult.Attachment) []consult.Attachment { l[0].Size = 4 << 20; return l }, true},
		"too much in all": {func(l []consult.Attachment) []consult.Attachment { l[0].Size = 4<<20 + 1; return l }, false},
	} {
		c := consult.Comment{Text: "见附件", Attachments: tt.change([]consult.Attachment{good(1), good(2), good(3)})}
		if err := c.Check(); (err == nil) != tt.ok || err != nil && !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
