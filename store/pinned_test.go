package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

func TestCasesAreListedWithTheirPacksAndDocuments(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		digest := func(letter string) casefile.Digest { return casefile.Digest(strings.Repeat(letter, 64)) }
		openCase(t, db, "open", "方案", 1)
		other := openingEntry("other", "elsewhere", "另一机关")
		other.Pinned.Packs = []casefile.PinnedPack{{Pack: "cn.other@1", Digest: digest("9")}}
		other.At = other.At.AddDate(0, 1, 0)
		record(t, db.Store, other)
		closing := actEntry(testOrgan, "open", 2)
		closing.Status, closing.End = casefile.StatusClosed, "published"
		closing.Documents = []casefile.Document{
			{Digest: digest("1"), Kind: casefile.KindDraft, Title: "草案"}, {Digest: digest("2"), Kind: casefile.KindMaterial, Title: "涉密"},
		}
		closing.Withdrawn = []casefile.Digest{digest("2")}
		record(t, db.Store, closing)
		got, err := db.PinnedCases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []store.PinnedCase{
			{
				ID: "open", Organ: testOrgan, Title: "方案", Status: casefile.StatusClosed, End: "published",
				Packs:     []casefile.PinnedPack{{Pack: "cn.713@2019", Digest: digest("b")}},
				Documents: []casefile.Document{{Digest: digest("1"), Kind: casefile.KindDraft, Title: "草案"}},
			},
			{ID: "elsewhere", Organ: "other", Title: "另一机关", Status: casefile.StatusRunning, Packs: other.Pinned.Packs},
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(casefile.Document{}, "Sequence", "FiledOn")); diff != "" {
			t.Errorf("cases (-want +got):\n%s", diff)
		}
	})
}
