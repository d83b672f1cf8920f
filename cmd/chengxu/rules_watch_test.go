package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

func TestWatchListsOpenCasesAndPublishedDocuments(t *testing.T) {
	own, err := loadShipped()
	if err != nil {
		t.Fatal(err)
	}
	base, _ := own.Pack("cn.713@2019")
	dir := t.TempDir()
	db, err := place{data: dir}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	day, err := legaltime.ParseDate("2024-03-01")
	if err != nil {
		t.Fatal(err)
	}
	by := casefile.Actor{Person: "p1", Name: "甲", Capacity: "drafter"}
	put := func(id casefile.ID, end string) {
		e := casefile.Entry{
			Case: id, Organ: "organ", Sequence: 1, Kind: casefile.EntryOpened, On: day, At: time.Date(2024, 3, 1, 1, 0, 0, 0, time.UTC),
			Matter: &casefile.Matter{Title: "方案" + string(id), Category: "public_policy"},
			Pinned: &casefile.Pinned{Procedure: "cn.major-decision@2019", Packs: []casefile.PinnedPack{{Pack: base.Name(), Digest: base.Digest()}}},
			Act:    &casefile.Act{ID: "open-" + string(id), Kind: "case.open", By: by},
		}
		if _, err := db.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if end == "" {
			return
		}
		last := casefile.Entry{
			Case: id, Organ: "organ", Sequence: 2, Kind: casefile.EntryAct, On: day, At: e.At.Add(time.Hour), Verb: "note",
			Act: &casefile.Act{ID: "end-" + string(id), Kind: "case.note", By: by}, Status: casefile.StatusClosed, End: end,
			Documents: []casefile.Document{{Digest: casefile.Digest(strings.Repeat("d", 64)), Kind: casefile.KindDraft, Title: "正式文本"}},
		}
		if _, err := db.Record(t.Context(), last); err != nil {
			t.Fatal(err)
		}
	}
	put("open", "")
	put("published", "published")
	put("rejected", "rejected")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		instrument, article string
		open                []casefile.ID
		published           []casefile.ID
	}{
		{"国务院令第713号", "第十五条", []casefile.ID{"open"}, []casefile.ID{"published"}},
		{"so-713", "", []casefile.ID{"open"}, []casefile.ID{"published"}},
		{"penalty-2021", "第一条", nil, nil},
	} {
		var out bytes.Buffer
		o := watchOptions{instrument: tt.instrument, article: tt.article, place: place{data: dir}, json: true}
		if err := own.watch(t.Context(), []*rules.Pack{base}, o, &out); err != nil {
			t.Fatal(err)
		}
		var got watched
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		var open, published []casefile.ID
		for _, c := range got.OpenCases {
			open = append(open, c.ID)
		}
		for _, d := range got.Published {
			published = append(published, d.Case)
		}
		if diff := cmp.Diff(tt.open, open); diff != "" {
			t.Errorf("%s %s: open cases (-want +got):\n%s", tt.instrument, tt.article, diff)
		}
		if diff := cmp.Diff(tt.published, published); diff != "" {
			t.Errorf("%s %s: published (-want +got):\n%s", tt.instrument, tt.article, diff)
		}
	}
	o := watchOptions{instrument: "so-713", place: place{data: t.TempDir()}}
	if err := own.watch(t.Context(), []*rules.Pack{base}, o, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "no data directory") {
		t.Errorf("a folder without a database: %v", err)
	}
}
